"""The zip under a workbook: read its directory, hand out parts, write it back with the rest untouched.

`zipfile` can read an archive but not copy an entry without packing it again. This keeps each entry's raw
compressed bytes, its name as written, timestamp, flags, attributes, extra fields and comment, and the order
of entries; only parts that were replaced are packed anew. Written entries never have a data descriptor: sizes
go in front, where every reader looks (a descriptor and zip64 fields are the only things normalised).

Format: PKWARE APPNOTE 6.3, sections 4.3 and 4.5.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.deflate import deflated

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENCRYPTED = 0x0001
_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_LARGEST = 0xFFFFFFFE
_LARGEST_PART = 1 << 30
_STEP = 1 << 14  # unpacks to 16 MB at most
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the zip, as its directory describes it."""

    name: str  # as readers know it, with "/" between folders
    raw_name: bytes
    made_by: int
    needs: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    extra: bytes
    comment: bytes
    internal: int
    external: int
    offset: int
    local_extra: bytes = b""
    body: bytes | None = field(default=None, repr=False)  # set where the part was replaced


class Package:
    """A workbook's parts by name. Names are compared as OPC does: case does not matter."""

    def __init__(self, data: bytes) -> None:
        """Reads the directory only; parts are unpacked when asked for.

        Raises:
            UnsupportedWorkbook: not a zip, encrypted, damaged, or with two parts of one name.
        """
        self._data = data
        entries, self._comment = _directory(data)
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            key = _key(entry.name)
            if key in self._entries:
                raise UnsupportedWorkbook(
                    f"The file holds two parts named {entry.name}, and programs disagree on which one counts. "
                    "Open it in Excel and save it again."
                )
            self._entries[key] = entry
        self._parts: dict[str, bytes] = {}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._entries

    def __iter__(self) -> Iterator[str]:
        return (entry.name for entry in self._entries.values())

    def part(self, name: str) -> bytes:
        """A part's content.

        Raises:
            UnsupportedWorkbook: it is missing, damaged, or packed in a way only some programs can read.
        """
        key = _key(name)
        if key in self._parts:
            return self._parts[key]
        entry = self._entries.get(key)
        if entry is None:
            raise UnsupportedWorkbook(f"The workbook's part {name} is missing from the file.")
        return _unpacked(self._data, entry)

    def replace(self, name: str, content: bytes) -> None:
        """Give a part new content; a part that is not there yet is added at the end."""
        key = _key(name)
        if key not in self._entries:
            self._entries[key] = _new_entry(name)
        elif (
            key not in self._parts and self._entries[key].size == len(content) and self.part(name) == content
        ):
            return
        self._parts[key] = content

    def remove(self, name: str) -> None:
        """Take a part out, if it is there."""
        self._entries.pop(_key(name), None)
        self._parts.pop(_key(name), None)

    def replaced(self) -> dict[str, bytes]:
        """The parts that have new content."""
        return {self._entries[key].name: content for key, content in self._parts.items()}

    def test(self) -> None:
        """Unpack every part that is still as it was in the file, as a check.

        Raises:
            UnsupportedWorkbook: naming the damaged part.
        """
        for key, entry in self._entries.items():
            if key not in self._parts:
                _check_packed(self._data, entry)

    def to_bytes(self) -> bytes:
        """The whole zip again."""
        out: list[bytes | memoryview] = []
        central: list[bytes] = []
        at = 0
        view = memoryview(self._data)
        for key, entry in self._entries.items():
            content = self._parts.get(key)
            if content is None:
                start, extra = _body_start(self._data, entry)
                body: bytes | memoryview = view[start : start + entry.packed]
                written = replace(entry, local_extra=_without_zip64(extra))
            else:
                packed = deflated(content)
                body = packed
                written = replace(
                    entry,
                    method=8,
                    needs=max(20, entry.needs),
                    crc=zlib.crc32(content),
                    packed=len(packed),
                    size=len(content),
                )
            written = replace(
                written, flags=written.flags & ~_DESCRIPTOR, extra=_without_zip64(written.extra), offset=at
            )
            head = _local_header(written)
            out += [head, body]
            at += len(head) + len(body)
            if at > _LARGEST or max(written.packed, written.size) > _LARGEST:
                raise UnsupportedWorkbook("The workbook is larger than 4 GB.")
            central.append(_central_header(written))
        if len(central) > 0xFFFE:
            raise UnsupportedWorkbook("The workbook has more than 65,534 parts.")
        directory = b"".join(central)
        end = _END.pack(
            b"PK\x05\x06", 0, 0, len(central), len(central), len(directory), at, len(self._comment)
        )
        return b"".join([*out, directory, end, self._comment])


def _key(name: str) -> str:
    return name.lstrip("/").casefold()


def _directory(data: bytes) -> tuple[list[Entry], bytes]:
    if data.startswith(_COMPOUND_FILE):
        raise UnsupportedWorkbook(
            "The file is protected with a password to open it, or is an old .xls file under another name. "
            "Open it in Excel, take the password off (File > Info > Protect Workbook) or save it as .xlsx."
        )
    if not data.startswith(b"PK"):
        raise UnsupportedWorkbook("The file is not an Excel workbook (.xlsx or .xlsm): it is no zip package.")
    end_at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end_at < 0 or end_at + _END.size > len(data):
        raise UnsupportedWorkbook("The file is cut short: the directory at its end is missing.")
    _, disk, start_disk, _, count, size, offset, comment_size = _END.unpack_from(data, end_at)
    comment = data[end_at + _END.size : end_at + _END.size + comment_size]
    directory_end = end_at
    locator_at = end_at - _END64_LOCATOR.size
    if locator_at >= 0 and data[locator_at : locator_at + 4] == b"PK\x06\x07":
        _, _, end64_at, _ = _END64_LOCATOR.unpack_from(data, locator_at)
        if end64_at + _END64.size > len(data) or data[end64_at : end64_at + 4] != b"PK\x06\x06":
            raise UnsupportedWorkbook("The file's zip64 directory is damaged.")
        _, _, _, _, disk, start_disk, _, count, size, offset = _END64.unpack_from(data, end64_at)
        directory_end = end64_at
    if disk or start_disk:
        raise UnsupportedWorkbook("The file is one of several volumes of a split zip.")
    if offset + size != directory_end:
        raise UnsupportedWorkbook("The file's directory does not stand where the file says it does.")
    entries: list[Entry] = []
    at = offset
    try:
        for _ in range(count):
            entry, at = _read_central(data, at, directory_end)
            entries.append(entry)
    except struct.error:
        raise UnsupportedWorkbook("The file's directory is damaged.") from None
    if at != directory_end:
        raise UnsupportedWorkbook("The file's directory does not hold as many parts as it says.")
    return entries, comment


def _read_central(data: bytes, at: int, limit: int) -> tuple[Entry, int]:
    (signature, made_by, needs, flags, method, time, date, crc, packed, size, name_size, extra_size,
     comment_size, disk, internal, external, offset) = _CENTRAL.unpack_from(data, at)  # fmt: skip
    name_at = at + _CENTRAL.size
    extra_at = name_at + name_size
    comment_at = extra_at + extra_size
    end = comment_at + comment_size
    if signature != b"PK\x01\x02" or end > limit:
        raise UnsupportedWorkbook("The file's directory is damaged.")
    raw_name, extra, comment = data[name_at:extra_at], data[extra_at:comment_at], data[comment_at:end]
    size, packed, offset, disk = _zip64(extra, size, packed, offset, disk)
    name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace").replace("\\", "/")
    if disk or offset + _LOCAL.size > len(data):
        raise UnsupportedWorkbook(f"The part {name} lies outside the file.")
    entry = Entry(
        name, raw_name, made_by, needs, flags, method, time, date, crc, packed, size, extra, comment, internal,
        external, offset,
    )  # fmt: skip
    return entry, end


def _zip64(extra: bytes, size: int, packed: int, offset: int, disk: int) -> tuple[int, int, int, int]:
    """Sizes too large for 32 bits stand in extra field 1, in this order, each only where the plain one is full."""
    for kind, value in _fields(extra):
        if kind != 1:
            continue
        at = 0
        if size == 0xFFFFFFFF:
            (size,), at = struct.unpack_from("<Q", value, at), at + 8
        if packed == 0xFFFFFFFF:
            (packed,), at = struct.unpack_from("<Q", value, at), at + 8
        if offset == 0xFFFFFFFF:
            (offset,), at = struct.unpack_from("<Q", value, at), at + 8
        if disk == 0xFFFF:
            (disk,) = struct.unpack_from("<L", value, at)
    return size, packed, offset, disk


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _without_zip64(extra: bytes) -> bytes:
    fields = list(_fields(extra))
    if all(kind != 1 for kind, _ in fields):
        return extra
    return b"".join(struct.pack("<2H", kind, len(value)) + value for kind, value in fields if kind != 1)


def _body_start(data: bytes, entry: Entry) -> tuple[int, bytes]:
    """Where an entry's packed bytes begin, and the extra field of its own header."""
    head = _LOCAL.unpack_from(data, entry.offset)
    extra_at = entry.offset + _LOCAL.size + head[9]
    start = extra_at + head[10]
    if head[0] != b"PK\x03\x04" or start + entry.packed > len(data):
        raise UnsupportedWorkbook(f"The part {entry.name} is damaged or cut short.")
    return start, data[extra_at:start]


def _packed(data: bytes, entry: Entry) -> bytes:
    if entry.flags & _ENCRYPTED:
        raise UnsupportedWorkbook("The file is a zip protected with a password.")
    if entry.method not in (0, 8):
        raise UnsupportedWorkbook(
            f"The part {entry.name} is packed by a method ({entry.method}) Excel cannot read."
        )
    if entry.size > _LARGEST_PART:
        raise UnsupportedWorkbook(f"The part {entry.name} would unpack to more than 1 GB.")
    start, _ = _body_start(data, entry)
    return data[start : start + entry.packed]


def _unpacked(data: bytes, entry: Entry) -> bytes:
    content = _packed(data, entry)
    if entry.method == 8:
        try:
            content = zlib.decompressobj(-15).decompress(content, entry.size + 1)
        except zlib.error:
            raise UnsupportedWorkbook(f"The part {entry.name} is damaged.") from None
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise UnsupportedWorkbook(f"The part {entry.name} is damaged: its checksum does not match.")
    return content


def _check_packed(data: bytes, entry: Entry) -> None:
    """The same check without holding the whole part in memory."""
    packed = _packed(data, entry)
    size, crc = 0, 0
    unpacker = zlib.decompressobj(-15) if entry.method == 8 else None
    for at in range(0, len(packed), _STEP):
        piece = packed[at : at + _STEP]
        try:
            out = unpacker.decompress(piece) if unpacker else piece
        except zlib.error:
            raise UnsupportedWorkbook(f"The part {entry.name} is damaged.") from None
        size, crc = size + len(out), zlib.crc32(out, crc)
        if size > entry.size:
            break
    if size != entry.size or crc != entry.crc:
        raise UnsupportedWorkbook(f"The part {entry.name} is damaged: its checksum does not match.")


def _new_entry(name: str) -> Entry:
    raw = name.encode("utf-8")
    flags = 0 if name.isascii() else _UTF8
    # 1 January 1980, as Excel itself stamps parts: the same edit gives the same bytes.
    return Entry(name, raw, 45, 20, flags, 8, 0, 0x21, 0, 0, 0, b"", b"", 0, 0, 0)


def _local_header(e: Entry) -> bytes:
    return (
        _LOCAL.pack(
            b"PK\x03\x04", e.needs, e.flags, e.method, e.time, e.date, e.crc, e.packed, e.size,
            len(e.raw_name), len(e.local_extra),
        )
        + e.raw_name
        + e.local_extra
    )  # fmt: skip


def _central_header(e: Entry) -> bytes:
    return (
        _CENTRAL.pack(
            b"PK\x01\x02", e.made_by, e.needs, e.flags, e.method, e.time, e.date, e.crc, e.packed, e.size,
            len(e.raw_name), len(e.extra), len(e.comment), 0, e.internal, e.external, e.offset,
        )
        + e.raw_name
        + e.extra
        + e.comment
    )  # fmt: skip
