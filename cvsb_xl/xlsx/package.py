"""The zip under a workbook: hand out its parts, write it back with the rest untouched.

`zipfile` can read an archive but not copy an entry without packing it again. This keeps each entry's raw
compressed bytes, its name as written, timestamp, flags, attributes, extra fields and comment, and the order
of entries; only parts that were replaced are packed anew. Written entries never have a data descriptor: sizes
go in front, where every reader looks (a descriptor and zip64 fields are the only things normalised).
"""

import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.deflate import deflated
from cvsb_xl.xlsx.zip_format import (
    DESCRIPTOR,
    LARGEST,
    Entry,
    body_start,
    central_header,
    check_packed,
    end_record,
    local_header,
    new_entry,
    read_directory,
    unpacked,
    without_zip64,
)

_LARGE = 1_000_000  # bytes


class Package:
    """A workbook's parts by name. Names are compared as OPC does: case does not matter."""

    def __init__(self, data: bytes, *, keep: bool = False) -> None:
        """Reads the directory only; parts are unpacked when asked for; kept, if they are asked for more than once.

        Raises:
            UnsupportedWorkbook: not a zip, encrypted, damaged, or with two parts of one name.
        """
        self._data = data
        self._keep = keep
        entries, self._comment = read_directory(data)
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
        self._unpacked: dict[str, bytes] = {}
        self._packing: dict[str, Future[bytes]] = {}
        self._beside = ThreadPoolExecutor(1)  # its thread starts with the first large part

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
        for known in (self._parts, self._unpacked):
            if key in known:
                return known[key]
        entry = self._entries.get(key)
        if entry is None:
            raise UnsupportedWorkbook(f"The workbook's part {name} is missing from the file.")
        content = unpacked(self._data, entry)
        if self._keep:
            self._unpacked[key] = content
        return content

    def replace(self, name: str, content: bytes) -> None:
        """Give a part new content; a part that is not there yet is added at the end."""
        key = _key(name)
        if key not in self._entries:
            self._entries[key] = new_entry(name)
        elif (
            key not in self._parts and self._entries[key].size == len(content) and self.part(name) == content
        ):
            return
        self._parts[key] = content
        self._packing.pop(key, None)
        if len(content) > _LARGE:  # packed beside, while other parts are being changed
            self._packing[key] = self._beside.submit(deflated, content)

    def remove(self, name: str) -> None:
        """Take a part out, if it is there."""
        self._entries.pop(_key(name), None)
        self._parts.pop(_key(name), None)
        self._unpacked.pop(_key(name), None)

    def replaced(self) -> dict[str, bytes]:
        """The parts that have new content."""
        return {self._entries[key].name: content for key, content in self._parts.items()}

    def test(self) -> None:
        """Unpack every part that is still as it was in the file, and has not been unpacked yet, as a check.

        Raises:
            UnsupportedWorkbook: naming the damaged part.
        """
        for key, entry in self._entries.items():
            if key not in self._parts and key not in self._unpacked:
                check_packed(self._data, entry)

    def to_bytes(self) -> bytes:
        """The whole zip again."""
        out: list[bytes | memoryview] = []
        central: list[bytes] = []
        at = 0
        view = memoryview(self._data)
        for key, entry in self._entries.items():
            content = self._parts.get(key)
            if content is None:
                start, extra = body_start(self._data, entry)
                body: bytes | memoryview = view[start : start + entry.packed]
                written = replace(entry, local_extra=without_zip64(extra))
            else:
                packed = self._packing[key].result() if key in self._packing else deflated(content)
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
                written, flags=written.flags & ~DESCRIPTOR, extra=without_zip64(written.extra), offset=at
            )
            head = local_header(written)
            out += [head, body]
            at += len(head) + len(body)
            if at > LARGEST or max(written.packed, written.size) > LARGEST:
                raise UnsupportedWorkbook("The workbook is larger than 4 GB.")
            central.append(central_header(written))
        if len(central) > 0xFFFE:
            raise UnsupportedWorkbook("The workbook has more than 65,534 parts.")
        directory = b"".join(central)
        end = end_record(len(central), len(directory), at, self._comment)
        return b"".join([*out, directory, end])


def _key(name: str) -> str:
    return name.lstrip("/").casefold()
