"""What must hold of a ribbon's XML: Excel shows no tab at all for one mistake, and says nothing.

Rules: [MS-CUSTOMUI2], the 2009/07 schema, as far as our ribbon goes; and that each button calls a procedure that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
_ATTRIBUTES = {
    "tab": {"id", "label", "keytip", "insertAfterMso"},
    "group": {"id", "label"},
    "button": {"id", "label", "size", "imageMso", "keytip", "onAction", "screentip", "supertip"},
}
_ID = re.compile(r"[A-Za-z_][\w.-]*")
_KEYTIP = re.compile(r"[A-Z0-9]{1,3}")
_LONGEST = 1024
_CALLBACK = re.compile(r"^Public Sub (\w+)\(\w+ As Object\)\s*$", re.MULTILINE)


def callbacks(sources: Iterable[str]) -> set[str]:
    """Return the procedures that a button can call: public, and taking one object, the control that was pressed."""
    return {name for source in sources for name in _CALLBACK.findall(source)}


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
    found: list[str] = []
    seen: dict[str, set[str]] = {"id": set(), "keytip": set()}
    known = callbacks(sources)
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        if name == element.tag or name not in _INSIDE:
            found.append(f"<{element.tag}> is no element of the 2009/07 ribbon that this program makes")
            continue
        found += [
            f"<{child.tag}> cannot stand in <{name}>"
            for child in element
            if child.tag != f"{{{NAMESPACE}}}{_INSIDE[name]}"
        ]
        found += _about(name, element.attrib, seen)
        if name == "button" and element.get("onAction") not in known:
            found.append(
                f"{element.get('id')} calls {element.get('onAction')}, which no module has as a callback"
            )
    return found


def _about(name: str, attributes: dict[str, str], seen: dict[str, set[str]]) -> list[str]:
    allowed = _ATTRIBUTES.get(name, set())
    who = attributes.get("id", f"<{name}>")
    found = [f"{who}: {name} has no attribute {key}" for key in attributes if key not in allowed]
    found += [f"{who}: lacks {key}" for key in allowed if not attributes.get(key)]
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
    for key, values in seen.items():
        value = attributes.get(key)
        if value in values:
            found.append(f"{who}: another element has the {key} {value}")
        if value:
            values.add(value)
    return found
