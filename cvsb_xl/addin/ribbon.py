"""What must hold of a ribbon's XML: Excel shows no tab at all for one mistake, and says nothing.

Rules: [MS-CUSTOMUI2], the 2009/07 schema, as far as our ribbon goes; that each button calls a procedure that is there, once; and
that a picture's name is one that Excel has (it shows an empty place for others).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
_INSIDE = {
    "customUI": "ribbon",
    "ribbon": "tabs",
    "tabs": "tab",
    "tab": "group",
    "group": "button",
    "button": "",
}
_ONCE = ("ribbon", "tabs")
_ATTRIBUTES = {
    "tab": {"id", "label", "keytip", "insertAfterMso"},
    "group": {"id", "label"},
    "button": {"id", "label", "size", "imageMso", "keytip", "onAction", "screentip", "supertip"},
}
_ID = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_KEYTIP = re.compile(r"[A-Z0-9]{1,3}")
_LONGEST = 1024
_CALLBACK = re.compile(r"^Public Sub (\w+)\(\w+ As Object\)\s*$", re.MULTILINE)
_TABS = ("TabHome", "TabInsert", "TabPageLayoutExcel", "TabFormulas", "TabData", "TabReview", "TabView")

PICTURES = frozenset(
    "CalculateNow ChartInsert DataValidation EnvelopesAndLabelsDialog ErrorChecking ExportExcel ExportWord FileCheckIn FileOpen "
    "FileSaveAs FileSaveAsPdfOrXps FileSendAsAttachment FindDialog GetExternalDataFromWeb Help ImportExcel MeetingsWorkspace "
    "RefreshAll ReviewAcceptChange ReviewShowAllComments ReviewShowOrHideComment ReviewTrackChanges SignatureLineInsert Undo".split()
)
"""Names of Office's own pictures that published ribbons use: look a new one up before it is added here."""


def callbacks(sources: Iterable[str]) -> set[str]:
    """Return the procedures that a button can call: public, taking one object, the control that was pressed, and there once."""
    names = [name for source in sources for name in _CALLBACK.findall(source)]
    found = Counter(name.casefold() for name in names)
    return {name for name in names if found[name.casefold()] == 1}


def faults(ribbon: bytes, sources: Iterable[str]) -> list[str]:
    """Return what is wrong with a ribbon, in sentences; nothing when Excel will show it.

    Args:
        ribbon: the XML, our own.
        sources: the text of each VBA module of the same file.
    """
    try:
        root = ET.fromstring(ribbon)  # noqa: S314 - our own file, from workbook/
    except ET.ParseError as error:
        return [f"the ribbon is not well-formed XML: {error}"]
    if root.tag != f"{{{NAMESPACE}}}customUI":
        return [f"<{root.tag}> is not the customUI of 2009/07"]
    found = [] if b"<!DOCTYPE" not in ribbon else ["a ribbon has no DOCTYPE"]
    known = callbacks(sources)
    for element in root.iter():
        found += _about_element(element)
        if _local(element) == "button" and element.get("onAction") not in known:
            found.append(
                f"{element.get('id')} calls {element.get('onAction')}, which no module has as a callback, or two have"
            )
    return found + _about_all([element.attrib for element in root.iter()])


def _local(element: ET.Element) -> str:
    """The element's name in our namespace; "" for one of another."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    return name if name in _INSIDE and name != element.tag else ""


def _about_element(element: ET.Element) -> list[str]:
    name = _local(element)
    if not name:
        return [f"<{element.tag}> is no element of the 2009/07 ribbon that this program makes"]
    inside = [_local(child) for child in element]
    found = [
        f"<{child.tag}> cannot stand in <{name}>"
        for child, kind in zip(element, inside, strict=True)
        if kind != _INSIDE[name]
    ]
    if (_INSIDE[name] in _ONCE and len(inside) != 1) or (_INSIDE[name] and not inside):
        found.append(
            f"<{name}> holds {len(inside)} <{_INSIDE[name]}>, and must hold one{' or more' * (name in ('tabs', 'tab', 'group'))}"
        )
    words = [element.text, *(child.tail for child in element)]
    if any(text and text.strip() for text in words):
        found.append(f"<{name}> holds words, which only attributes may")
    return found + _about_attributes(name, element.attrib)


def _about_attributes(name: str, attributes: Mapping[str, str]) -> list[str]:
    allowed = _ATTRIBUTES.get(name, set())
    who = attributes.get("id", f"<{name}>")
    found = [f"{who}: {name} has no attribute {key}" for key in attributes if key not in allowed]
    found += [f"{who}: lacks {key}" for key in sorted(allowed) if not attributes.get(key, "").strip()]
    found += [
        f"{who}: its {key} is longer than {_LONGEST:,}"
        for key, value in attributes.items()
        if len(value) > _LONGEST
    ]
    if attributes.get("size", "normal") not in ("normal", "large"):
        found.append(f"{who}: its size is neither normal nor large")
    if not _ID.fullmatch(attributes.get("id", "a")):
        found.append(f"{who}: this is no id")
    if not _KEYTIP.fullmatch(attributes.get("keytip", "A")):
        found.append(f"{who}: a key tip is one to three capitals or digits")
    if attributes.get("imageMso", "Help") not in PICTURES:
        found.append(f"{who}: {attributes['imageMso']} is no picture that is known to be in Excel")
    if attributes.get("insertAfterMso", "TabHome") not in _TABS:
        found.append(f"{who}: {attributes['insertAfterMso']} is no tab of Excel")
    return found


def _about_all(every: list[dict[str, str]]) -> list[str]:
    found = []
    for key in ("id", "keytip", "label"):
        counts = Counter(attributes[key] for attributes in every if key in attributes)
        found += [f"two elements have the {key} {value}" for value, count in counts.items() if count > 1]
    tips = {
        attributes["keytip"] for attributes in every if "keytip" in attributes and "onAction" in attributes
    }
    found += [
        f"the key tip {short} begins {long}, so Excel never waits for the rest"
        for long in sorted(tips)
        for short in sorted(tips)
        if long != short and long.startswith(short)
    ]
    return found
