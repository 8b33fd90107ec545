"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import re

from cvsb_xl.errors import RefusedWorkbook

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
)
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a Word document (RTF)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
_ENCRYPTED = (
    "is protected with a password and cannot be read. Open it in Excel, remove the password under File > Info > "
    "Protect Workbook > Encrypt with Password, and save it again."
)
_SAVE_AS_XLSX = "Open it in Excel, save it as Excel Workbook (File > Save As, .xlsx), and use that."


def refuse_unless_zip(data: bytes, name: str) -> None:
    """Refuse, saying what it looks like, a file that does not begin as a workbook does.

    Raises:
        RefusedWorkbook: X101 encrypted, X102 something else, X103 another kind of workbook, X105 empty.
    """
    if data.startswith(b"PK\x03\x04"):
        return
    code, message = _refusal(data)
    raise RefusedWorkbook(code, f"{name} {message}")


def _refusal(data: bytes) -> tuple[str, str]:
    if not data.strip(b"\x00 \r\n\t"):
        return "X105", "is empty. Ask for it again: it was lost on its way or while saving."
    if data.startswith(_COMPOUND_FILE):
        return _compound(data)
    if data.startswith(_OLD_EXCEL):
        return "X103", f"is an old Excel file (.xls), whatever its name says. {_SAVE_AS_XLSX}"
    for magic, what in _OTHERS:
        if data.startswith(magic):
            return "X102", f"is {what}, not a workbook. Ask for the workbook itself (.xlsx)."
    text = _text(data[:4096])
    folded = text.casefold()
    if "urn:schemas-microsoft-com:office:spreadsheet" in folded:
        return "X103", f"is an Excel file of 2003 (XML Spreadsheet), whatever its name says. {_SAVE_AS_XLSX}"
    if re.search(r"<(!doctype html|html|head|body|table|meta|style)\b", folded):
        return (
            "X102",
            f"is a web page (HTML), whatever its name says: some systems export reports so. {_SAVE_AS_XLSX}",
        )
    if _mostly_readable(text) and re.search(r"[,;\t]", text):
        return "X102", f"is a text file (CSV), whatever its name says. {_SAVE_AS_XLSX}"
    return "X102", "is not an Excel workbook (.xlsx). Ask for the workbook itself."


def _compound(data: bytes) -> tuple[str, str]:
    """Excel's container before 2007, and the envelope of every encrypted Office file."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "X101", _ENCRYPTED
    if any(stream.encode("utf-16-le") + b"\x00\x00" in data for stream in ("Workbook", "Book")):
        return "X103", f"is an old Excel file (.xls), whatever its name says. {_SAVE_AS_XLSX}"
    return (
        "X102",
        "is an old Office document or a mail message, not a workbook. Ask for the workbook itself (.xlsx).",
    )


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace") if b"\x00" not in data else ""


def _mostly_readable(text: str) -> bool:
    readable = sum((c.isprintable() and c != "\ufffd") or c in "\r\n\t" for c in text)
    return bool(text) and readable >= 0.95 * len(text)
