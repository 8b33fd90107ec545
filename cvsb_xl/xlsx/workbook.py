"""The workbook part: told to recalculate, its sheets shown or hidden, which date system it counts in."""

from collections.abc import Mapping

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.change import Visibility
from cvsb_xl.xlsx.markup import Splice, attributes, element_end, masked, splice, tag, utf8, with_attribute
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import find_sheet, sheets

_CALC = tag(b"calcPr", None)
_PROPERTIES = tag(b"workbookPr", None)
_VIEW = tag(b"workbookView", None)
_SHEET_VIEW = tag(b"sheetView", None)
# What may stand before calcPr (ECMA-376 part 1, CT_Workbook); it goes after the last of these.
_BEFORE_CALC = (b"definedNames", b"externalReferences", b"functionGroups", b"sheets")


def counts_from_1904(package: Package, workbook: str) -> bool:
    """Whether the workbook's dates count from 1904, as old Macs did."""
    match = _PROPERTIES.search(masked(utf8(package.part(workbook), workbook)))
    return match is not None and attributes(match[2]).get("date1904") in ("1", "true", "on")


def ask_to_recalculate(package: Package, workbook: str) -> None:
    """Have Excel work out every formula when it next opens the workbook."""
    data = utf8(package.part(workbook), workbook)
    text = masked(data)
    match = _CALC.search(text)
    if match:
        if attributes(match[2]).get("fullCalcOnLoad") in ("1", "true"):
            return
        new = with_attribute(data[match.start() : match.end()], "fullCalcOnLoad", "1")
        package.replace(workbook, data[: match.start()] + new + data[match.end() :])
        return
    for local in _BEFORE_CALC:
        opened = tag(local, None).search(text)
        if opened:
            _, at = element_end(text, opened, local)
            new = b"<" + opened[1] + b'calcPr fullCalcOnLoad="1"/>'
            package.replace(workbook, data[:at] + new + data[at:])
            return
    raise UnsupportedWorkbook("The workbook lists no sheets.")


def set_visibility(package: Package, workbook: str, wanted: Mapping[str, Visibility]) -> None:
    """Show or hide sheets; the sheet in front stays a visible one.

    Raises:
        UnsupportedWorkbook: a sheet does not exist, or none would be left to see.
    """
    listed = sheets(package, workbook)
    by_name = {sheet.name.casefold(): sheet for sheet in listed}
    for name, state in wanted.items():
        if name.casefold() not in by_name:
            find_sheet(listed, name)  # raises, naming what there is
        if state not in ("visible", "hidden", "veryHidden"):
            raise UnsupportedWorkbook(f"A sheet is visible, hidden or veryHidden, not {state}.")
    folded: dict[str, str] = {name.casefold(): state for name, state in wanted.items()}
    states: list[str] = [folded.get(sheet.name.casefold(), sheet.state) for sheet in listed]
    if "visible" not in states:
        raise UnsupportedWorkbook("A workbook must keep at least one sheet visible.")
    data = utf8(package.part(workbook), workbook)
    splices: list[Splice] = []
    for sheet, now in zip(listed, states, strict=True):
        if now != sheet.state:
            new = with_attribute(data[sheet.start : sheet.end], "state", None if now == "visible" else now)
            splices.append((sheet.start, sheet.end, new))
    if not splices:
        return
    front = states.index("visible")
    text = masked(data)
    for view in _VIEW.finditer(text):
        written = attributes(view[2]).get("activeTab", "0")
        active = int(written) if written.isdecimal() else 0
        if active < len(states) and states[active] != "visible":
            new = with_attribute(data[view.start() : view.end()], "activeTab", str(front))
            splices.append((view.start(), view.end(), new))
            _select(package, listed[front].part, selected=True)
        first = attributes(view[2]).get("firstSheet")
        if first and first.isdecimal() and int(first) < len(states) and states[int(first)] != "visible":
            splices = [s for s in splices if s[0] != view.start()]
            new = with_attribute(data[view.start() : view.end()], "firstSheet", str(front))
            if active < len(states) and states[active] != "visible":
                new = with_attribute(new, "activeTab", str(front))
            splices.append((view.start(), view.end(), new))
    package.replace(workbook, splice(data, splices))
    for sheet, now in zip(listed, states, strict=True):
        if now != "visible" and sheet.state == "visible":
            # Two selected sheets are a group: what is typed into one would go into both.
            _select(package, sheet.part, selected=False)


def _select(package: Package, part: str, *, selected: bool) -> None:
    if part not in package:
        return
    data = utf8(package.part(part), part)
    match = _SHEET_VIEW.search(masked(data))
    if match is None:
        return
    is_selected = attributes(match[2]).get("tabSelected") in ("1", "true")
    if is_selected != selected:
        new = with_attribute(data[match.start() : match.end()], "tabSelected", "1" if selected else None)
        package.replace(part, data[: match.start()] + new + data[match.end() :])
