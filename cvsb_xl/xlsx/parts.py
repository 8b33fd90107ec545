"""Which part is what: relationships, content types, sheets and tables, resolved as OPC says (ECMA-376 part 2).

Nothing is looked up by a usual path: the workbook part is where `_rels/.rels` says, a sheet where the
workbook's relationships say, its table where the sheet's say. Strict workbooks use other addresses for the
same relationships, so only a type's last word counts.
"""

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import attributes, masked, tag, utf8
from cvsb_xl.xlsx.package import Package

_RELATIONSHIP = tag(b"Relationship", None)
_SHEET = tag(b"sheet", None)
_CONTENT_TYPES = "[Content_Types].xml"
_ROOT = re.compile(rb"</((?:[\w.-]+:)?)(?:Relationships|Types)\s*>")
_OVERRIDE = tag(b"Override", None)


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship: `kind` is the type's last word, `target` a part's name ("" for what lies outside)."""

    id: str
    kind: str
    target: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; start and end are its tag's place in the workbook part."""

    name: str
    part: str
    kind: str
    state: str
    start: int
    end: int


def rels_name(part: str) -> str:
    """Where a part's relationships stand."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + ".rels")


def relationships(package: Package, part: str) -> list[Relationship]:
    """A part's relationships ("" for those of the whole package)."""
    name = rels_name(part)
    if name not in package:
        return []
    data = utf8(package.part(name), name)
    found = []
    for match in _RELATIONSHIP.finditer(masked(data)):
        have = attributes(match[2])
        outside = have.get("TargetMode") == "External"
        target = "" if outside else _resolved(package, part, have.get("Target", ""))
        kind = have.get("Type", "").rstrip("/").rpartition("/")[2]
        found.append(Relationship(have.get("Id", ""), kind, target, match.start(), match.end()))
    return found


def _resolved(package: Package, part: str, target: str) -> str:
    target = target.replace("\\", "/").partition("#")[0]
    base = "" if target.startswith("/") else posixpath.dirname(part)
    name = posixpath.normpath(posixpath.join(base, target.lstrip("/"))).lstrip("/")
    plain = unquote(name)
    return plain if name not in package and plain in package else name


def workbook_part(package: Package) -> str:
    """The name of the workbook part.

    Raises:
        UnsupportedWorkbook: the package is no workbook, is signed, or is of the binary kind (.xlsb).
    """
    top = relationships(package, "")
    if any(rel.kind == "origin" for rel in top) or any("_xmlsignatures/" in name for name in package):
        raise UnsupportedWorkbook(
            "The workbook carries a digital signature, which any change would break. Remove the signature in "
            "Excel (File > Info > View Signatures) and try again."
        )
    for rel in top:
        if rel.kind == "officeDocument":
            if rel.target.lower().endswith(".bin"):
                raise UnsupportedWorkbook("The file is a binary workbook (.xlsb). Save it as .xlsx in Excel.")
            if rel.target in package:
                return rel.target
    raise UnsupportedWorkbook(
        "The file holds no workbook: it is another kind of Office document, or damaged."
    )


def sheets(package: Package, workbook: str) -> list[SheetEntry]:
    """Every sheet the workbook lists, in its order."""
    data = utf8(package.part(workbook), workbook)
    by_id = {rel.id: rel for rel in relationships(package, workbook)}
    listed = []
    text = masked(data)
    opened = tag(b"sheets", None).search(text)
    if opened is None:
        raise UnsupportedWorkbook("The workbook lists no sheets.")
    end = re.compile(rb"</" + re.escape(opened[1]) + rb"sheets\s*>").search(text, opened.end())
    for match in _SHEET.finditer(text, opened.end(), end.start() if end else len(text)):
        have = attributes(match[2])
        rel_id = next((value for name, value in have.items() if name.rpartition(":")[2] == "id"), "")
        rel = by_id.get(rel_id)
        listed.append(
            SheetEntry(
                have.get("name", ""),
                rel.target if rel else "",
                rel.kind if rel else "",
                have.get("state", "visible"),
                match.start(),
                match.end(),
            )
        )
    return listed


def find_sheet(listed: list[SheetEntry], name: str) -> SheetEntry:
    """The sheet of that name; Excel does not mind case.

    Raises:
        UnsupportedWorkbook: there is none, or it has no cells.
    """
    for sheet in listed:
        if sheet.name.casefold() == name.casefold():
            if sheet.kind != "worksheet":
                raise UnsupportedWorkbook(f"The sheet {name} has no cells: it is a chart or dialog sheet.")
            return sheet
    there = ", ".join(sheet.name for sheet in listed)
    raise UnsupportedWorkbook(f"The workbook has no sheet named {name}. It has: {there}.")


def drop_part(package: Package, owner: str, kind: str) -> None:
    """Take out the parts of one kind that `owner` points at: the part, its relationship, its content type."""
    rels = [rel for rel in relationships(package, owner) if rel.kind == kind]
    if not rels:
        return
    name = rels_name(owner)
    data = utf8(package.part(name), name)
    for rel in sorted(rels, key=lambda one: -one.start):
        end = rel.end
        closing = re.compile(rb"\s*</(?:[\w.-]+:)?Relationship\s*>").match(data, end)
        end = closing.end() if closing and not data[:end].endswith(b"/>") else end
        data = data[: rel.start] + data[end:]
        package.remove(rel.target)
        _drop_override(package, rel.target)
    package.replace(name, data)


def add_part(package: Package, owner: str, kind: str, content: bytes) -> None:
    """Add a spreadsheet part (such as "styles") beside its owner: the part, its relationship, its content type."""
    folder = posixpath.dirname(owner)
    part = posixpath.join(folder, f"{kind}.xml")
    name = rels_name(owner)
    data = utf8(package.part(name), name)
    types = utf8(package.part(_CONTENT_TYPES), _CONTENT_TYPES)
    taken = {rel.id for rel in relationships(package, owner)}
    rel_id = next(f"rId{n}" for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
    root = _ROOT.search(data)
    types_root = _ROOT.search(types)
    if part in package or root is None or types_root is None:
        raise UnsupportedWorkbook("The workbook has no cell formats at all. Save it again in Excel.")
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    rel = f'<{root[1].decode()}Relationship Id="{rel_id}" Type="{office}{kind}" Target="/{part}"/>'
    sort = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
    override = f'<{types_root[1].decode()}Override PartName="/{part}" ContentType="{sort}"/>'
    package.replace(name, data[: root.start()] + rel.encode() + data[root.start() :])
    package.replace(
        _CONTENT_TYPES, types[: types_root.start()] + override.encode() + types[types_root.start() :]
    )
    package.replace(part, content)


def _drop_override(package: Package, part: str) -> None:
    data = utf8(package.part(_CONTENT_TYPES), _CONTENT_TYPES)
    for match in _OVERRIDE.finditer(masked(data)):
        if attributes(match[2]).get("PartName", "").lstrip("/").casefold() == part.casefold():
            closing = re.compile(rb"\s*</(?:[\w.-]+:)?Override\s*>").match(data, match.end())
            end = closing.end() if closing and not match[2].endswith(b"/") else match.end()
            package.replace(_CONTENT_TYPES, data[: match.start()] + data[end:])
            return


def content_types(package: Package) -> dict[str, str]:
    """Content type by part name (lower case), of parts that have one of their own."""
    data = utf8(package.part(_CONTENT_TYPES), _CONTENT_TYPES)
    found = (attributes(match[2]) for match in _OVERRIDE.finditer(masked(data)))
    return {have.get("PartName", "").lstrip("/").casefold(): have.get("ContentType", "") for have in found}
