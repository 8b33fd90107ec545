"""The core properties: when a workbook says it was last saved."""

import re
from datetime import UTC, datetime

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import masked, utf8
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import relationships

_MODIFIED = re.compile(rb"<((?:[\w.-]+:)?modified)(\s[^>]*)?>([^<]*)</\1\s*>")


def set_modified(package: Package, at: datetime) -> None:
    """Have the workbook say that it was last saved at that time, to the microsecond.

    Raises:
        UnsupportedWorkbook: it says nothing of the kind.
    """
    part = next((rel.target for rel in relationships(package, "") if rel.kind == "core-properties"), "")
    data = utf8(package.part(part), part) if part in package else b""
    found = _MODIFIED.search(masked(data))
    if found is None:
        raise UnsupportedWorkbook("The workbook does not say when it was last saved.")
    told = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    package.replace(part, data[: found.start(3)] + told + data[found.end(3) :])
