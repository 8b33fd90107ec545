"""Make the add-in, and trackers that carry their own ribbon, from the text in workbook/. No Excel is needed."""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from cvsb_xl.addin.project import Module, vba_project
from cvsb_xl.addin.ribbon import faults
from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import data_folder
from cvsb_xl.xlsx.markup import attributes, masked, tag, utf8, with_attribute
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import content_types, relationships, rels_name, sheets, workbook_part

ADDIN_NAME = "cvsb.xlam"
PROJECT_NAME = "CVSB"

_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
_CONTENT_TYPES = "[Content_Types].xml"
_RIBBON_PART = "customUI/customUI14.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RIBBON_REL = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_VBA_REL = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_VBA_TYPE = "application/vnd.ms-office.vbaProject"
_ADDIN_TYPE = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_MACRO_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_PLAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_END = re.compile(rb"</(?:[\w.-]+:)?(?:Relationships|Types)\s*>")
_CODE_NAME = "codeName"


def ribbon_xml(folder: Path | None = None) -> bytes:
    """Return the ribbon.

    Raises:
        CannotDo: when Excel would not show it, with every reason.
    """
    folder = folder or data_folder("workbook")
    ribbon = (folder / "ribbon" / "customUI14.xml").read_bytes()
    wrong = faults(ribbon, [module.text for module in code_modules(folder)])
    if wrong:
        raise CannotDo("The ribbon in workbook/ would not be shown by Excel: " + "; ".join(wrong) + ".")
    return ribbon


def code_modules(folder: Path | None = None) -> list[Module]:
    """Return the modules in workbook/vba, by name."""
    folder = folder or data_folder("workbook")
    return [
        Module(path.stem, path.read_text(encoding="ascii")) for path in sorted((folder / "vba").glob("*.bas"))
    ]


def build_addin(version: str, folder: Path | None = None) -> bytes:
    """Return cvsb.xlam, the same bytes for the same text.

    Args:
        version: of the package, shown in Excel's list of add-ins.
    """
    package = Package(_EMPTY_ZIP)
    about = f"The buttons of cvsb-xl {version} for a safeguarding board's action tracker."
    types = (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="bin" ContentType="{_VBA_TYPE}"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_ADDIN_TYPE}"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}"/>'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        "</Types>"
    )
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    parts = {
        _CONTENT_TYPES: types,
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_RELS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELS}'
        f'/metadata/core-properties" Target="docProps/core.xml"/>'
        f'<Relationship Id="rId3" Type="{_RIBBON_REL}" Target="{_RIBBON_PART}"/></Relationships>',
        "docProps/core.xml": f'{_HEAD}<cp:coreProperties xmlns:cp="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>CVSB</dc:title><dc:description>{escape(about)}</dc:description></cp:coreProperties>",
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr codeName="ThisWorkbook"/>'
        '<sheets><sheet name="CVSB" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_RELS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_VBA_REL}" Target="vbaProject.bin"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr codeName="Sheet1"/>'
        f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{escape(about)}</t></is></c></row></sheetData></worksheet>',
    }
    for name, text in parts.items():
        package.replace(name, text.encode())
    documents = [Module("ThisWorkbook", kind="workbook"), Module("Sheet1", kind="sheet")]
    package.replace("xl/vbaProject.bin", vba_project(PROJECT_NAME, [*documents, *code_modules(folder)]))
    package.replace(_RIBBON_PART, ribbon_xml(folder))
    return package.to_bytes()


def with_ribbon(workbook: bytes, folder: Path | None = None) -> bytes:
    """Return a workbook that carries the ribbon and the macros; save it as .xlsm.

    Beside the added parts only what names them changes: the content types, two lists of relationships, and the code names
    of the workbook and its sheets, by which Excel ties them to their modules. All other parts are copied byte for byte.

    Raises:
        CannotDo: when it has macros or a ribbon of its own.
        UnsupportedWorkbook: when it is no workbook.
    """
    package = Package(workbook)
    main = workbook_part(package)
    own = {rel.kind for part in ("", main) for rel in relationships(package, part)}
    if own & {"vbaProject", "extensibility"}:
        raise CannotDo(
            "The workbook has macros or a ribbon of its own, which would be lost. Leave it as it is and use the add-in "
            "instead: cvsb addin install. If they are cvsb-xl's, from an earlier version: save it in Excel as a workbook "
            "without macros (.xlsx), then run this again."
        )
    listed = [sheet for sheet in sheets(package, main) if sheet.part in package]
    documents = [Module(_code_name(package, main, b"workbookPr", "ThisWorkbook"), kind="workbook")]
    taken = {documents[0].name.casefold()}
    for number, sheet in enumerate(listed, 1):
        name = _code_name(package, sheet.part, b"sheetPr", f"Sheet{number}")
        if name.casefold() in taken:
            raise CannotDo(
                f"Two sheets of the workbook have the code name {name}. Save it again in Excel first."
            )
        taken.add(name.casefold())
        documents.append(Module(name, kind="sheet"))
    bin_part = main.rpartition("/")[0].lstrip("/") + "/vbaProject.bin"
    _relate(package, main, _VBA_REL, "/" + bin_part)
    _relate(package, "", _RIBBON_REL, "/" + _RIBBON_PART)
    _declare(package, main, bin_part)
    package.replace(bin_part, vba_project(PROJECT_NAME, [*documents, *code_modules(folder)]))
    package.replace(_RIBBON_PART, ribbon_xml(folder))
    return package.to_bytes()


def _code_name(package: Package, part: str, element: bytes, name: str) -> str:
    """The code name that a part has, or is given."""
    data = utf8(package.part(part), part)
    text = masked(data)
    found = tag(element, None).search(text)
    if found:
        have = attributes(found[2]).get(_CODE_NAME)
        if have:
            return have
        new = with_attribute(data[found.start() : found.end()], _CODE_NAME, name)
        package.replace(part, data[: found.start()] + new + data[found.end() :])
        return name
    # sheetPr comes first in a sheet; workbookPr after fileVersion and fileSharing in a workbook (ECMA-376, part 1).
    before = [
        tag(local, None).search(text) for local in (b"worksheet", b"chartsheet", b"workbook", b"fileVersion")
    ]
    opened = max((match for match in before if match), key=lambda match: match.end())
    new = b"<" + opened[1] + element + f' {_CODE_NAME}="{name}"/>'.encode()
    package.replace(part, data[: opened.end()] + new + data[opened.end() :])
    return name


def _relate(package: Package, owner: str, kind: str, target: str) -> None:
    name = rels_name(owner)
    data = utf8(package.part(name), name)
    taken = {rel.id for rel in relationships(package, owner)}
    rel_id = next(f"rId{n}" for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
    _insert(package, name, data, f'<{{p}}Relationship Id="{rel_id}" Type="{kind}" Target="{target}"/>')


def _insert(package: Package, name: str, data: bytes, element: str) -> None:
    closing = list(_END.finditer(masked(data)))[-1]
    prefix = closing[0][2:].partition(b":")[0].decode() + ":" if b":" in closing[0] else ""
    package.replace(
        name, data[: closing.start()] + element.format(p=prefix).encode() + data[closing.start() :]
    )


def _declare(package: Package, main: str, bin_part: str) -> None:
    """Say in the content types that this is a workbook with macros, and which part they are."""
    kind = content_types(package).get(main.casefold(), "")
    data = utf8(package.part(_CONTENT_TYPES), _CONTENT_TYPES)
    if kind not in (_PLAIN_TYPE, _MACRO_TYPE):
        raise CannotDo(
            "The file is a template or an add-in, not a workbook. Save it as a workbook in Excel first."
        )
    data = data.replace(_PLAIN_TYPE.encode(), _MACRO_TYPE.encode())
    _insert(
        package, _CONTENT_TYPES, data, f'<{{p}}Override PartName="/{bin_part}" ContentType="{_VBA_TYPE}"/>'
    )
