"""A compound file (the container of vbaProject.bin), written from nothing: the same streams give the same bytes.

Format: [MS-CFB], version 3: sectors of 512 bytes; streams under 4,096 bytes share a stream of 64-byte sectors; the
entries of a storage form a binary tree ordered by the length of their names, then by their capitals.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_NOBODY = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_HEADER_FATS = 109

Tree = Mapping[str, "bytes | Tree"]
"""Name -> a stream's content, or a storage."""


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    left: int = _NOBODY
    right: int = _NOBODY
    child: int = _NOBODY
    colour: int = _BLACK
    start: int = 0
    size: int = 0
    children: list[int] = field(default_factory=list)

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        return struct.pack(
            "<64sHBBLLL16sLQQLQ", name, len(name), self.kind, self.colour, self.left, self.right, self.child,
            b"", 0, 0, 0, self.start, self.size,
        )  # fmt: skip


def compound_file(tree: Tree) -> bytes:
    """Return the file that holds these streams and storages.

    Raises:
        ValueError: it would be larger than the 7 MB that need no second table of tables.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    _add(entries, 0, tree)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini = bytearray()
    mini_fat: list[int] = []
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.content)
        if entry.size >= _CUTOFF:
            entry.start = _chain(sectors, fat, entry.content)
        elif entry.size:
            entry.start = len(mini_fat)
            mini += entry.content + bytes(-entry.size % _MINI)
            mini_fat += [*range(entry.start + 1, len(mini) // _MINI), _END]
        else:
            entry.start = _END
    root = entries[0]
    root.size = len(mini)
    root.start = _chain(sectors, fat, bytes(mini)) if mini else _END
    mini_start = _chain(sectors, fat, _table(mini_fat)) if mini_fat else _END
    mini_count = len(_table(mini_fat)) // _SECTOR
    while len(entries) % (_SECTOR // 128):
        entries.append(_Entry("", 0))
    listing = b"".join(entry.packed() if entry.name else _blank() for entry in entries)
    directory = _chain(sectors, fat, listing)
    count = -(-len(sectors) // (_SECTOR // 4 - 1))
    if count > _HEADER_FATS:
        raise ValueError("a VBA project of more than 7 MB is not written")
    first = len(fat)
    fat += [_FAT] * count
    sectors += [_table(fat)[at : at + _SECTOR] for at in range(0, count * _SECTOR, _SECTOR)]
    header = struct.pack(
        "<8s16sHHHHH6sLLLLLLLLL",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory, 0, _CUTOFF, mini_start,
        mini_count, _END, 0,
    )  # fmt: skip
    places = [*range(first, first + count), *[_FREE] * (_HEADER_FATS - count)]
    return header + struct.pack(f"<{_HEADER_FATS}L", *places) + b"".join(sectors)


def _blank() -> bytes:
    return struct.pack("<64sHBBLLL16sLQQLQ", b"", 0, 0, 0, _NOBODY, _NOBODY, _NOBODY, b"", 0, 0, 0, 0, 0)


def _chain(sectors: list[bytes], fat: list[int], content: bytes) -> int:
    """Put content into sectors of its own; return the first."""
    start = len(sectors)
    padded = content + bytes(-len(content) % _SECTOR)
    sectors += [padded[at : at + _SECTOR] for at in range(0, len(padded), _SECTOR)]
    fat += [*range(start + 1, len(sectors)), _END]
    return start


def _table(numbers: Sequence[int]) -> bytes:
    padded = [*numbers, *[_FREE] * (-len(numbers) % (_SECTOR // 4))]
    return struct.pack(f"<{len(padded)}L", *padded)


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    for name, content in tree.items():
        number = len(entries)
        entries[parent].children.append(number)
        if isinstance(content, bytes):
            entries.append(_Entry(name, _STREAM, content))
        else:
            entries.append(_Entry(name, _STORAGE))
            _add(entries, number, content)
    order = sorted(
        entries[parent].children,
        key=lambda at: (len(entries[at].name.encode("utf-16-le")), entries[at].name.upper()),
    )
    depth = len(order).bit_length()
    entries[parent].child = _balanced(entries, order, depth)


def _balanced(entries: list[_Entry], order: Sequence[int], levels: int) -> int:
    """Join sorted entries to a tree whose last, partly filled level is red: a valid red-black tree."""
    if not order:
        return _NOBODY
    middle = len(order) // 2
    entry = entries[order[middle]]
    entry.left = _balanced(entries, order[:middle], levels - 1)
    entry.right = _balanced(entries, order[middle + 1 :], levels - 1)
    entry.colour = _RED if levels == 1 else _BLACK
    return order[middle]
