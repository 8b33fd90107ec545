"""Links from the cells of a generated table to places in the workbook."""

import re
from collections.abc import Mapping, Sequence

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.cells import SheetEdit
from cvsb_xl.xlsx.markup import attributes, element_end, quoteattr, tag
from cvsb_xl.xlsx.refs import Box, cell_ref
from cvsb_xl.xlsx.tables import Table

_LINKS = tag(b"hyperlinks", None)
_LINK = tag(b"hyperlink", None)
# What may stand after <hyperlinks> in a worksheet (ECMA-376 part 1, CT_Worksheet).
_AFTER = (
    rb"printOptions|pageMargins|pageSetup|headerFooter|rowBreaks|colBreaks|customProperties|cellWatches|"
    rb"ignoredErrors|smartTags|drawing|legacyDrawing|legacyDrawingHF|drawingHF|picture|oleObjects|controls|"
    rb"webPublishItems|tableParts|extLst|AlternateContent"
)
_NEXT = re.compile(rb"<(?:[\w.-]+:)?(?:" + _AFTER + rb")[\s/>]|</(?:[\w.-]+:)?worksheet\s*>")


def replace_links(edit: SheetEdit, old: Table, new: Table, links: Mapping[str, Sequence[str | None]]) -> None:
    """Take the links off the table's rows and put others on: by heading, one place per row.

    Raises:
        UnsupportedWorkbook: a heading is not there, or has more links than the table has rows.
    """
    sheet = edit.sheet
    p = sheet.prefix.decode()
    made = []
    for heading, places in links.items():
        column = new.column(heading, sheet.name)
        if len(places) > new.last - new.first + 1:
            raise UnsupportedWorkbook(
                f'More links than rows are given for "{heading}" on the sheet {sheet.name}.'
            )
        for row, place in enumerate(places, new.first):
            if place:
                ref = cell_ref(row, column)
                made.append(
                    f"<{p}hyperlink ref={quoteattr(ref)} location={quoteattr(place.lstrip('#'))}/>".encode()
                )
    match = _LINKS.search(sheet.text, sheet.data_end)
    if match is None:
        if made:
            found = _NEXT.search(sheet.text, sheet.data_end)
            if found is None:
                raise UnsupportedWorkbook(f"The sheet {sheet.name} is cut short.")
            whole = f"<{p}hyperlinks>".encode() + b"".join(made) + f"</{p}hyperlinks>".encode()
            edit.splices.append((found.start(), found.start(), whole))
        return
    close, end = element_end(sheet.text, match, b"hyperlinks")
    kept = []
    for link in _LINK.finditer(sheet.text, match.end(), close):
        box = Box.parse(attributes(link[2]).get("ref", ""))
        inside = box is not None and old.first <= box.top and box.bottom <= old.last
        if box is None or not (inside and old.box.left <= box.left and box.right <= old.box.right):
            _, link_end = element_end(sheet.text, link, b"hyperlink")
            kept.append(sheet.data[link.start() : link_end])
    all_links = b"".join(kept + made)
    opened = sheet.data[match.start() : match.end()].removesuffix(b"/>").removesuffix(b">").rstrip() + b">"
    whole = opened + all_links + b"</" + match[1] + b"hyperlinks>" if all_links else b""
    edit.splices.append((match.start(), end, whole))
