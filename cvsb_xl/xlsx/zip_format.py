"""The zip format itself: its directory read into entries, entries' bytes found and unpacked, headers written.

Format: PKWARE APPNOTE 6.3, sections 4.3 and 4.5.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from cvsb_xl.errors import UnsupportedWorkbook

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENCRYPTED = 0x0001
DESCRIPTOR = 0x0008
_UTF8 = 0x0800
LARGEST = 0xFFFFFFFE
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


def read_directory(data: bytes) -> tuple[list[Entry], bytes]:
    """Every entry the directory lists, and the comment on the whole.

    Raises:
        UnsupportedWorkbook: with what is wrong.
    """
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
    if offset + size > directory_end or (count and data[offset : offset + 4] != b"PK\x01\x02"):
        raise UnsupportedWorkbook("The file's directory does not stand where the file says it does.")
    entries: list[Entry] = []
    at = offset
    try:
        for _ in range(count):
            entry, at = _read_central(data, at, directory_end)
            entries.append(entry)
    except struct.error:
        raise UnsupportedWorkbook("The file's directory is damaged.") from None
    if at != offset + size:
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


def without_zip64(extra: bytes) -> bytes:
    """An extra field without its zip64 sizes."""
    fields = list(_fields(extra))
    if all(kind != 1 for kind, _ in fields):
        return extra
    return b"".join(struct.pack("<2H", kind, len(value)) + value for kind, value in fields if kind != 1)


def body_start(data: bytes, entry: Entry) -> tuple[int, bytes]:
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
    start, _ = body_start(data, entry)
    return data[start : start + entry.packed]


def unpacked(data: bytes, entry: Entry) -> bytes:
    """An entry's content, its checksum proved."""
    content = _packed(data, entry)
    if entry.method == 8:
        try:
            content = zlib.decompressobj(-15).decompress(content, entry.size + 1)
        except zlib.error:
            raise UnsupportedWorkbook(f"The part {entry.name} is damaged.") from None
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise UnsupportedWorkbook(f"The part {entry.name} is damaged: its checksum does not match.")
    return content


def check_packed(data: bytes, entry: Entry) -> None:
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


def new_entry(name: str) -> Entry:
    """An entry for a part that is added."""
    raw = name.encode("utf-8")
    flags = 0 if name.isascii() else _UTF8
    # 1 January 1980, as Excel itself stamps parts: the same edit gives the same bytes.
    return Entry(name, raw, 45, 20, flags, 8, 0, 0x21, 0, 0, 0, b"", b"", 0, 0, 0)


def local_header(e: Entry) -> bytes:
    """What stands before an entry's bytes."""
    return (
        _LOCAL.pack(
            b"PK\x03\x04", e.needs, e.flags, e.method, e.time, e.date, e.crc, e.packed, e.size,
            len(e.raw_name), len(e.local_extra),
        )
        + e.raw_name
        + e.local_extra
    )  # fmt: skip


def central_header(e: Entry) -> bytes:
    """What the directory says of an entry."""
    return (
        _CENTRAL.pack(
            b"PK\x01\x02", e.made_by, e.needs, e.flags, e.method, e.time, e.date, e.crc, e.packed, e.size,
            len(e.raw_name), len(e.extra), len(e.comment), 0, e.internal, e.external, e.offset,
        )
        + e.raw_name
        + e.extra
        + e.comment
    )  # fmt: skip


def end_record(count: int, size: int, at: int, comment: bytes) -> bytes:
    """What ends a zip: how many entries, how long their directory is and where it begins."""
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, size, at, len(comment)) + comment
