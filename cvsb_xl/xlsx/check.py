"""The last look before anything is saved: whatever was changed must be well-formed XML.

A damaged part is damaged still after a careful edit; then nothing is saved.
"""

from xml.parsers import expat

from cvsb_xl.errors import UnsupportedWorkbook


def check_part(data: bytes, name: str) -> None:
    """Refuse a part that is not well-formed.

    Raises:
        UnsupportedWorkbook: with the place.
    """
    try:
        # No entity can be declared: a DOCTYPE was refused when the part was read.
        # The separator turns on namespaces: a prefix that is not declared is an error too.
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError as error:
        raise UnsupportedWorkbook(
            f"{name} in the workbook is damaged ({error}). Save it again in Excel."
        ) from error
