"""What a meeting, a partner or an inspector is given to read: pure, from a tracker to pages; outputs/ writes them down."""
