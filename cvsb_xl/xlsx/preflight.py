"""A look at a file before anything reads it: is it a workbook, is it whole, is it safe?

Only the zip's directory is looked at, the first bytes of each XML part, and (for returns) the small parts that say what
is linked to what. Nothing is unpacked to disk. The cases were measured: openpyxl unpacks a 300 MB bomb into 1.1 GB,
every reader silently takes the later of two parts of one name, and all of them read on past macros and links.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Literal

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.xlsx.sniff import refuse_unless_zip

REFUSALS: Mapping[str, tuple[str, str]] = {
    "X101": ("password-protected", "The file is encrypted: it needs a password to be opened."),
    "X102": ("not-a-workbook", "The file is something else than a workbook, whatever its name says."),
    "X103": (
        "other-workbook-format",
        "The file is a workbook of another kind: .xls, .xlsb, .ods or XML 2003.",
    ),
    "X104": ("sheet-too-large", "A sheet reaches over far more rows and columns than a tracker holds."),
    "X105": (
        "damaged-file",
        "The file is empty, cut short, lacks a part, or holds what no spreadsheet program writes.",
    ),
    "X106": ("unpacks-too-large", "The file unpacks to far more than its size says, as a zip bomb does."),
    "X107": ("unsafe-part-names", "Two parts of the file share one name, or a name points outside the file."),
    "X108": (
        "doctype",
        "A part of the file declares a DOCTYPE, which can pull in other files or grow without end.",
    ),
    "X109": (
        "repeated-cell",
        "A cell or a row stands twice on a sheet, so that programs read different values.",
    ),
    "X110": (
        "holds-macros",
        "A returned file holds program code: macros, dialog sheets or an Office add-in.",
    ),
    "X111": (
        "holds-external-links",
        "A returned file takes values from other files or programs (links, DDE).",
    ),
    "X112": ("holds-embedded-objects", "A returned file holds embedded files or ActiveX controls."),
    "X113": (
        "holds-data-connections",
        "A returned file is connected to a database, a web page or a data model.",
    ),
    "X114": (
        "could-not-be-read-safely",
        "Reading the file took more time or memory than any real return needs.",
    ),
}
"""Code -> (name, what it is), for each reason a whole file is refused."""

_MOST_PARTS = 5_000
# Unpacked bytes. A tracker of 10,000 rows is 12 MB; an agency sheet of 200 rows is a quarter of one.
_MOST_UNPACKED = {"tracker": 400_000_000, "return": 100_000_000}
_MOST_XML = {"tracker": 250_000_000, "return": 40_000_000}
_WORTH_A_RATIO = 10_000_000
_HIGHEST_RATIO = 150  # blank formatted rows reach 100; a bomb 1,000
_PROLOG = 65_536

_CODE = "program code (macros)"
_LINKS = "links to other files or programs"
_OBJECTS = "embedded files or controls"
_CONNECTIONS = "connections to a database or a web page"
# What a part is, by its name, and by the last word of a relationship's type, whatever the part is called.
_UNWANTED_PARTS = (
    (re.compile(r"vbaproject|vbadata|(^|/)(macrosheets|dialogsheets|webextensions)/"), "X110", _CODE),
    (re.compile(r"(^|/)externallinks/"), "X111", _LINKS),
    (re.compile(r"(^|/)(embeddings|activex|oleobjects)/|oleobject[^/]*\.bin$"), "X112", _OBJECTS),
    (re.compile(r"(^|/)(querytables|model)/|(^|/)connections\.xml$"), "X113", _CONNECTIONS),
)
_UNWANTED_TYPES = {
    "vbaproject": ("X110", _CODE),
    "wordvbadata": ("X110", _CODE),
    "xlmacrosheet": ("X110", _CODE),
    "xlintlmacrosheet": ("X110", _CODE),
    "dialogsheet": ("X110", _CODE),
    "webextensiontaskpanes": ("X110", _CODE),
    "webextension": ("X110", _CODE),
    "externallink": ("X111", _LINKS),
    "externallinkpath": ("X111", _LINKS),
    "oleobject": ("X112", _OBJECTS),
    "package": ("X112", _OBJECTS),
    "control": ("X112", _OBJECTS),
    "activexcontrolbinary": ("X112", _OBJECTS),
    "connections": ("X113", _CONNECTIONS),
    "querytable": ("X113", _CONNECTIONS),
    "powerpivotdata": ("X113", _CONNECTIONS),
}
_WAY_OUT = {
    "X110": "Open it in Excel and save it as a plain workbook (File > Save As > Excel Workbook, .xlsx), and return that.",
    "X111": "Open it in Excel, choose Data > Edit Links > Break Link (values stay), and save it again.",
    "X112": "Open it in Excel, delete the embedded objects (send such files beside the workbook), and save it again.",
    "X113": "Open it in Excel, remove them under Data > Queries & Connections (values stay), and save it again.",
}
_UNWANTED_CONTENT = (
    (re.compile(rb"vbaproject|macrosheet|dialogsheet|webextension"), "X110", _CODE),
    (re.compile(rb"\.externallink\+xml"), "X111", _LINKS),
    (re.compile(rb"oleobject|activex"), "X112", _OBJECTS),
    (re.compile(rb"\.(connections|querytable)\+xml|\.model\+data"), "X113", _CONNECTIONS),
)
_OVERRIDE = re.compile(rb"""<(?:[\w.-]+:)?Override\s[^>]*?ContentType\s*=\s*["']([^"']+)["']""")
_RELATIONSHIP = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^>]*)>")
_TYPE = re.compile(rb"""\bType\s*=\s*["'][^"']*/([^/"']+)["']""")
_OUTSIDE = re.compile(rb"""\bTargetMode\s*=\s*["']External["']""")


def preflight(data: bytes, name: str, *, kind: Literal["tracker", "return"]) -> None:
    """Refuse a file that is no workbook, is damaged, or is unsafe to read.

    Args:
        name: the file's name, for messages.
        kind: what it is read as. A tracker is its owner's and may hold macros and links; a return may not.

    Raises:
        RefusedWorkbook: the code is one of REFUSALS, the message says what the file is and what to do.
    """
    refuse_unless_zip(data, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_names(entries, name)
            _refuse_other_packages(archive, entries, name)
            _refuse_sizes(entries, len(data), name, kind)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _refuse_doctype(archive, entry, name)
            if kind == "return":
                _refuse_unwanted(archive, entries, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise _damaged(name) from error


def _damaged(name: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X105",
        f"{name} is damaged and cannot be read: it is cut short, lacks a part, or was changed on its way. Ask for it "
        "again, or open it in Excel, let Excel repair it, and save it again.",
    )


def _refuse_names(entries: list[zipfile.ZipInfo], name: str) -> None:
    seen: set[str] = set()
    for entry in entries:
        written = entry.orig_filename.replace("\\", "/")
        parts = written.split("/")
        if written.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in written:
            what = "holds a part whose name points outside the file"
        elif written.casefold() in seen:
            what = f"holds two parts named {written[:80]}, and programs disagree on which one counts"
        else:
            seen.add(written.casefold())
            continue
        raise RefusedWorkbook(
            "X107",
            f"{name} is not read: it {what}. No spreadsheet program writes such a file. Ask the sender to open their own "
            "copy in Excel, save it again, and return that.",
        )


def _refuse_other_packages(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> None:
    names = {entry.filename.replace("\\", "/").casefold(): entry for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedWorkbook(
            "X101",
            f"{name} is a zip file protected with a password. Unpack it, and return the workbook that is in it.",
        )
    if "mimetype" in names and b"opendocument" in archive.open(names["mimetype"]).read(200):
        raise RefusedWorkbook(
            "X103",
            f"{name} is an OpenDocument file (.ods), not an Excel workbook. Open it in LibreOffice or Excel, save it as "
            "Excel Workbook (.xlsx), and return that.",
        )
    if "xl/workbook.bin" in names:
        raise RefusedWorkbook(
            "X103",
            f"{name} is a binary workbook (.xlsb), which is not read. Open it in Excel and save it as Excel Workbook (.xlsx).",
        )
    if "[content_types].xml" not in names:
        if any(n.startswith("xl/") for n in names):
            raise _damaged(name)
        if any(n.endswith(".iwa") for n in names):
            raise RefusedWorkbook(
                "X103",
                f"{name} is a Numbers document, not an Excel workbook. In Numbers, choose File > Export To > Excel, and return "
                "that.",
            )
        inside = next((entry.filename for n, entry in names.items() if n.endswith((".xlsx", ".xlsm"))), None)
        raise RefusedWorkbook(
            "X102",
            f"{name} is a zip folder with the workbook {inside[:80]} in it. Unpack it, and use that file."
            if inside
            else f"{name} is a zip file, but not a workbook. Ask for the workbook itself (.xlsx).",
        )
    for folder, what in (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation")):
        if any(n.startswith(folder) for n in names) and not any(n.startswith("xl/") for n in names):
            raise RefusedWorkbook(
                "X102", f"{name} is {what}, not a workbook. Ask for the workbook itself (.xlsx)."
            )


def _refuse_sizes(
    entries: list[zipfile.ZipInfo], size: int, name: str, kind: Literal["tracker", "return"]
) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    xml = sum(entry.file_size for entry in entries if entry.filename.lower().endswith((".xml", ".rels")))
    bomb = (
        len(entries) > _MOST_PARTS
        or unpacked > _MOST_UNPACKED[kind]
        or xml > _MOST_XML[kind]
        or sum(entry.compress_size for entry in entries) > size
        or any(
            entry.file_size > _WORTH_A_RATIO and entry.file_size > _HIGHEST_RATIO * entry.compress_size
            for entry in entries
        )
    )
    if bomb:
        raise RefusedWorkbook(
            "X106",
            f"{name} is not read: its {size:,} bytes unpack to {unpacked:,} in {len(entries):,} parts, far more than a "
            f"{kind} needs. If it is a real one, delete unused rows, columns and pictures in Excel and save it again.",
        )


def _refuse_doctype(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    """A DOCTYPE may only stand before the first element; what stands there fits in 64 KB in any real file."""
    with archive.open(entry) as part:
        prolog = part.read(_PROLOG).replace(b"\x00", b"")
    if _declares_something(prolog):
        raise RefusedWorkbook(
            "X108",
            f"{name} is not read: its part {entry.filename[:80]} declares a DOCTYPE, which no spreadsheet program writes and "
            "which can hide an attack. Ask the sender to open their own copy in Excel, save it again, and return that.",
        )


def _declares_something(prolog: bytes) -> bool:
    """Tell whether anything but comments and instructions stands before the first element."""
    at = max(prolog.find(b"<"), 0)
    while prolog.startswith((b"<?", b"<!--"), at):
        end = prolog.find(b"-->" if prolog.startswith(b"<!", at) else b"?>", at)
        if end < 0:
            return len(prolog) == _PROLOG
        at = max(prolog.find(b"<", end), end)
    return prolog.startswith(b"<!", at)


def _refuse_unwanted(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> None:
    """By the parts' names, by what the file says they are, and by what links to them: any one is enough."""
    for entry in entries:
        written = entry.filename.replace("\\", "/").casefold()
        for pattern, code, what in _UNWANTED_PARTS:
            if pattern.search(written):
                raise _unwanted(code, what, name)
        if written == "[content_types].xml":
            types = b"\n".join(_OVERRIDE.findall(archive.read(entry).replace(b"\x00", b""))).lower()
            for content, code, what in _UNWANTED_CONTENT:
                if content.search(types):
                    raise _unwanted(code, what, name)
        if written.endswith(".rels"):
            _refuse_unwanted_links(archive.read(entry).replace(b"\x00", b""), name)


def _refuse_unwanted_links(part: bytes, name: str) -> None:
    for match in _RELATIONSHIP.finditer(part):
        found = _TYPE.search(match[1])
        kind = found[1].decode("ascii", "replace").casefold() if found else ""
        if kind in _UNWANTED_TYPES:
            raise _unwanted(*_UNWANTED_TYPES[kind], name)
        if _OUTSIDE.search(match[1]) and kind != "hyperlink":
            raise _unwanted("X111", _LINKS, name)


def _unwanted(code: str, what: str, name: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        code, f"{name} is not read: it holds {what}, which a return must not. {_WAY_OUT[code]}"
    )
