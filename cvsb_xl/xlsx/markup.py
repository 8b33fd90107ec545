"""Small tools on XML as bytes: find a tag, read and set its attributes, escape and unescape text.

Parsing a 10 MB sheet into a tree costs more time and memory than everything else the patcher does, and
writing the tree back changes what nobody asked to change. So parts stay bytes: a change is a list of
`Splice`s (start, end, new bytes) against the part as it was, applied once.

Comments, CDATA and processing instructions may hold anything that looks like a tag. `masked` blanks them
out at equal length: tags are looked for in the masked copy, and cut out of the original at the same place.
"""

import re
from collections.abc import Iterable, Iterator

from cvsb_xl.errors import UnsupportedWorkbook

Splice = tuple[int, int, bytes]

_NAME = rb"[^\s=/>\"'<]+"
_ATTRIBUTE = re.compile(rb"(" + _NAME + rb")\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_OPAQUE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_ANY_TAG = re.compile(rb"<[^\s/>]+((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>")
_ENTITY = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|amp|lt|gt|quot|apos);")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What XML cannot carry, what XML parsers change (CR), and what would itself be read as an escape.
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def utf8(data: bytes, what: str) -> bytes:
    """The part as UTF-8 bytes (a UTF-8 byte order mark stays), refusing a DOCTYPE.

    Raises:
        UnsupportedWorkbook: the part declares a DOCTYPE, or an encoding that cannot be decoded.
    """
    encoding = ""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        encoding = "utf-16-le" if data[:1] == b"<" else "utf-16-be"
    else:
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
        if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
            encoding = declared[1].decode("ascii")
    if encoding:
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeError):
            raise UnsupportedWorkbook(
                f"{what} is written in {encoding} and cannot be decoded. Save the workbook again in Excel."
            ) from None
        text = re.sub(r"(<\?xml\s[^>]*?encoding\s*=\s*[\"'])[A-Za-z0-9._-]+", r"\1UTF-8", text, count=1)
        data = text.encode("utf-8", "surrogatepass")
    if _holds(data, b"<!") and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise UnsupportedWorkbook(
            f"{what} declares a DOCTYPE, which no spreadsheet program writes and which can hide an attack."
        )
    return data


def _holds(data: bytes, mark: bytes, start: int = 0) -> bool:
    """Whether a two-byte mark stands in the data. One byte is looked for first: far faster, and rarely there."""
    at = data.find(mark[1:], start)
    while 0 <= at < start + 200:  # the declaration's own question marks
        if data[at - 1 : at + 1] == mark:
            return True
        at = data.find(mark[1:], at + 1)
    return at >= 0 and data.find(mark, at - 1) >= 0


def masked(data: bytes) -> bytes:
    """The same bytes with comments, CDATA and processing instructions blanked out at equal length."""
    # The XML declaration is an instruction too, but in nobody's way: it begins at 0, or 3 after a byte order mark.
    if not _holds(data, b"<!") and not _holds(data, b"<?", 5):
        return data
    return _OPAQUE.sub(lambda found: b" " * len(found[0]), data)


def tag(local: bytes, prefix: bytes | None = b"") -> re.Pattern[bytes]:
    """A pattern for an opening or empty tag; group 1 is the prefix, group 2 its attributes.

    `prefix` is b"" or such as b"x:"; None finds the element under any prefix. An empty element's
    attributes end in b"/".
    """
    before = rb"((?:[A-Za-z_][\w.-]*:)?)" if prefix is None else b"(" + re.escape(prefix) + b")"
    return re.compile(rb"<" + before + local + rb"(?=[\s/>])((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>")


def element_end(text: bytes, opened: re.Match[bytes], local: bytes) -> tuple[int, int]:
    """Where an element's content ends and where the element ends, given its opening tag."""
    if opened[2].endswith(b"/"):
        return opened.end(), opened.end()
    name = opened[1] + local
    closed = re.compile(rb"</" + re.escape(name) + rb"\s*>").search(text, opened.end())
    if closed is None:
        raise UnsupportedWorkbook(f"<{name.decode('ascii', 'replace')}> is opened and never closed.")
    return closed.start(), closed.end()


def attributes(raw: bytes) -> dict[str, str]:
    """An opening tag's attributes, unescaped, by their name as written (with prefix)."""
    return {
        name.decode("utf-8", "replace"): unescape_xml((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(raw)
    }


def attribute(raw: bytes, name: str) -> str | None:
    """One attribute of an opening tag, or None."""
    return attributes(raw).get(name)


def _opened(text: bytes, start: int) -> re.Match[bytes]:
    match = _ANY_TAG.match(text, start)
    if match is None:
        raise UnsupportedWorkbook("A part of the workbook is not well-formed XML.")
    return match


def tag_end(text: bytes, start: int) -> int:
    """Where the tag that opens at `start` ends."""
    return _opened(text, start).end()


def with_attribute(element: bytes, name: str, value: str | None) -> bytes:
    """The element with an attribute of its first tag set (kept in place, else put last), or taken away."""
    opened = _opened(element, 0)
    written = b"" if value is None else f"{name}={quoteattr(value)}".encode()
    for found in _ATTRIBUTE.finditer(element, opened.start(1), opened.end(1)):
        if found[1] == name.encode():
            start = found.start() if value is not None else found.start() - 1
            return element[:start] + written + element[found.end() :]
    if value is None:
        return element
    end = opened.end() - (2 if opened[1].endswith(b"/") else 1)
    return element[:end].rstrip() + b" " + written + element[end:]


def splice(data: bytes, splices: Iterable[Splice]) -> bytes:
    """`data` with every (start, end, new) put in; they must not overlap. Insertions at one place keep their order."""
    out: list[bytes] = []
    at = 0
    view = memoryview(data)
    for start, end, new in sorted(splices, key=lambda item: item[:2]):
        if start < at:
            raise UnsupportedWorkbook("Two changes meet in the same place of a sheet.")
        out.append(view[at:start])  # type: ignore[arg-type]  # join takes any buffer
        out.append(new)
        at = end
    out.append(view[at:])  # type: ignore[arg-type]
    return b"".join(out)


def unescape_xml(text: str) -> str:
    """XML's own entities and character references, resolved."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _NAMED[name]
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return chr(number) if number < 0x110000 else "\ufffd"


def escape_xml(text: str) -> str:
    """Text for an element's content."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoteattr(text: str) -> str:
    """Text as an attribute's value, in quotation marks. The standard library's takes http and email in to do this."""
    text = escape_xml(text).replace('"', "&quot;")
    return '"' + text.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;") + '"'


def escape_control(text: str) -> str:
    """Text as a spreadsheet's string type (ST_Xstring): what XML cannot carry becomes `_x0007_`."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescape_control(text: str) -> str:
    """The other way about: `_x0007_` becomes the character."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def plain_text(fragment: bytes) -> str:
    """The text inside a fragment: tags go, CDATA is taken as it is, entities are resolved."""
    return "".join(_texts(fragment))


def _texts(fragment: bytes) -> Iterator[str]:
    for found in re.finditer(rb"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<[^>]*>|([^<]+)", fragment, re.DOTALL):
        if found[1] is not None:
            yield found[1].decode("utf-8", "replace")
        elif found[2] is not None:
            yield unescape_xml(found[2].decode("utf-8", "replace"))
