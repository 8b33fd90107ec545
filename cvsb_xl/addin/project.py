"""A VBA project (vbaProject.bin) from source text. No Excel is needed, and the same text gives the same bytes.

Format: [MS-OVBA] 2.3. The compiled form is left out, as its version says (0xFFFF), so Excel compiles the source when it
opens the file; nothing stands in it that its text does not show.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cvsb_xl.addin.compound import compound_file
from cvsb_xl.addin.compression import compress

Kind = Literal["module", "workbook", "sheet"]
CODE_PAGE = "cp1252"

_NOT_COMPILED = bytes.fromhex("cc61ffff000100")
_COOKIE = 0xFFFF
_ENGLISH = 0x0409
_REFERENCES = (
    (
        "stdole",
        r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
    ),
    (
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL"
        "#Microsoft Office 16.0 Object Library",
    ),
)
_DOCUMENT = (
    'Attribute VB_Base = "0{{{guid}-0000-0000-C000-000000000046}}"',
    "Attribute VB_GlobalNameSpace = False",
    "Attribute VB_Creatable = False",
    "Attribute VB_PredeclaredId = True",
    "Attribute VB_Exposed = True",
    "Attribute VB_TemplateDerived = False",
    "Attribute VB_Customizable = True",
)
_BASES = {"workbook": "00020819", "sheet": "00020820"}


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its name and its text, without the attribute lines that the writer puts above it."""

    name: str
    text: str = ""
    kind: Kind = "module"

    def source(self) -> bytes:
        """The module as the file holds it: attributes and text, CRLF, in the project's code page.

        Raises:
            ValueError: for a character that the code page lacks.
        """
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.kind != "module":
            lines += [line.format(guid=_BASES[self.kind]) for line in _DOCUMENT]
        text = "\n".join([*lines, *self.text.splitlines()]) + "\n"
        try:
            return text.replace("\n", "\r\n").encode(CODE_PAGE)
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{self.name}: VBA source holds {text[error.start]!r}, which Windows-1252 lacks"
            ) from error


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """Return vbaProject.bin. The project's id is drawn from its name and text, so that equal text gives equal bytes."""
    sources = {module.name: module.source() for module in modules}
    digest = hashlib.sha256(name.encode() + b"\0".join(sources.values())).hexdigest().upper()
    guid = f"{{{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}}}"
    vba = {
        "dir": compress(_dir(name, modules)),
        "_VBA_PROJECT": _NOT_COMPILED,
        **{module: compress(source) for module, source in sources.items()},
    }
    names = b"".join(
        module.name.encode(CODE_PAGE) + b"\0" + module.name.encode("utf-16-le") + b"\0\0"
        for module in modules
    )
    return compound_file(
        {"VBA": vba, "PROJECT": _listing(name, guid, modules).encode(CODE_PAGE), "PROJECTwm": names + b"\0\0"}
    )


def _record(number: int, body: bytes) -> bytes:
    return struct.pack("<HL", number, len(body)) + body


def _twice(number: int, text: str, other: int) -> bytes:
    """A text in the code page and again in UTF-16."""
    return _record(number, text.encode(CODE_PAGE)) + _record(other, text.encode("utf-16-le"))


def _dir(name: str, modules: Sequence[Module]) -> bytes:
    """The stream that lists the project: 2.3.4.2."""
    long, short = struct.Struct("<L").pack, struct.Struct("<H").pack
    out = [
        _record(0x01, long(1)),  # 32-bit Windows, as every project that Excel writes says
        _record(0x02, long(_ENGLISH)),
        _record(0x14, long(_ENGLISH)),
        _record(0x03, short(1252)),
        _record(0x04, name.encode(CODE_PAGE)),
        _twice(0x05, "", 0x40),
        _record(0x06, b"") + _record(0x3D, b""),
        _record(0x07, long(0)),
        _record(0x08, long(0)),
        struct.pack("<HLLH", 0x09, 4, 1, 1),
        _twice(0x0C, "", 0x3C),
    ]
    for reference, library in _REFERENCES:
        body = library.encode(CODE_PAGE)
        out += [_twice(0x16, reference, 0x3E), _record(0x0D, long(len(body)) + body + bytes(6))]
    out += [_record(0x0F, short(len(modules))), _record(0x13, short(_COOKIE))]
    for module in modules:
        out += [
            _twice(0x19, module.name, 0x47),
            _twice(0x1A, module.name, 0x32),
            _twice(0x1C, "", 0x48),
            _record(0x31, long(0)),
            _record(0x1E, long(0)),
            _record(0x2C, short(_COOKIE)),
            _record(0x21 if module.kind == "module" else 0x22, b""),
            _record(0x2B, b""),
        ]
    return b"".join([*out, _record(0x10, b"")])


def _listing(name: str, guid: str, modules: Sequence[Module]) -> str:
    """The PROJECT stream: 2.3.1."""
    kinds = [
        f"Module={module.name}" if module.kind == "module" else f"Document={module.name}/&H00000000"
        for module in modules
    ]
    lines = [
        f'ID="{guid}"',
        *kinds,
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_encrypted(guid, bytes(4))}"',
        f'DPB="{_encrypted(guid, bytes(1))}"',
        f'GC="{_encrypted(guid, bytes([0xFF]))}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
        "",
    ]
    return "\r\n".join(lines)


def _encrypted(guid: str, data: bytes, seed: int = 0xA6) -> str:
    """2.4.3.2: how the project says that it has no protection, no password and is visible."""
    key = sum(guid.encode(CODE_PAGE)) & 0xFF
    version = 2
    out = [seed, seed ^ version, seed ^ key]
    plain, before, last = key, seed ^ key, seed ^ version
    for byte in bytes((seed & 6) // 2) + struct.pack("<L", len(data)) + data:
        made = byte ^ (last + plain & 0xFF)
        last, before, plain = before, made, byte
        out.append(made)
    return bytes(out).hex().upper()
