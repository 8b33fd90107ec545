"""The last look before anything is saved: whatever was changed must be well-formed XML.

A damaged part is damaged still after a careful edit; then nothing is saved. Small parts are parsed whole. Of a
large sheet only its frame and the rows written are, for parsing the rest would take longer than all else.
"""

from xml.parsers import expat

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.scan import Sheet

_SMALL = 1_000_000


def check_part(data: bytes, name: str) -> None:
    """Refuse a part that is not well-formed.

    Raises:
        UnsupportedWorkbook: with the place.
    """
    try:
        # No entity can be declared: a DOCTYPE was refused when the part was read.
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError as error:
        raise UnsupportedWorkbook(
            f"{name} in the workbook is damaged ({error}). Save it again in Excel."
        ) from error


def check_sheet(data: bytes, name: str, rows: set[int]) -> None:
    """Refuse a sheet that is not well-formed, as far as it was written."""
    if len(data) <= _SMALL:
        check_part(data, f"The sheet {name}")
        return
    sheet = Sheet(data, name)
    found = [sheet.row(number) for number in sorted(rows)]
    body = b"".join(data[row.start : row.end] for row in found if row)
    frame = data[: sheet.data_open_end] + body + data[sheet.data_close :]
    check_part(frame, f"The sheet {name}")
