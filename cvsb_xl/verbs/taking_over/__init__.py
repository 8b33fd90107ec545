"""The parts of `cvsb import`: reading an old plan, matching its headings and owners, building the tracker's rows."""
