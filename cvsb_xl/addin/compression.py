"""The compression of VBA source: a container of chunks of 4,096 bytes, each packed by itself.

Format: [MS-OVBA] 2.4.1. A token byte says for the eight items after it whether each is a plain byte or a copy of bytes
that stand before it in the same chunk; a copy is 16 bits, of which the distance takes the more the further in it stands.
"""

from __future__ import annotations

_CHUNK = 4096
_SIGNATURE = 0x3000
_PACKED = 0x8000
_SHORTEST = 3
_TRIES = 64
"""How many earlier places are looked at for the longest copy; more packs hardly better."""


def compress(data: bytes) -> bytes:
    """Pack.

    Raises:
        ValueError: for noise that the format cannot hold exactly: a last chunk that no packing makes shorter. Source
            text is never that.
    """
    out = bytearray(b"\x01")
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        packed = _pack(chunk)
        if len(packed) < _CHUNK:
            out += (_PACKED | _SIGNATURE | (len(packed) - 1)).to_bytes(2, "little") + packed
        elif len(chunk) == _CHUNK:
            out += (_SIGNATURE | (_CHUNK - 1)).to_bytes(2, "little") + chunk
        else:
            raise ValueError("this is noise, not source text: its last chunk cannot be packed")
    return bytes(out)


def _pack(chunk: bytes) -> bytes:
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    at = 0
    while at < len(chunk):
        flags, items = 0, bytearray()
        for bit in range(8):
            if at >= len(chunk):
                break
            distance, length = _longest(chunk, at, places)
            if length:
                flags |= 1 << bit
                items += (((distance - 1) << (16 - _bits(at))) | (length - _SHORTEST)).to_bytes(2, "little")
            else:
                items.append(chunk[at])
                length = 1
            for place in range(at, at + length):
                places.setdefault(chunk[place : place + _SHORTEST], []).append(place)
            at += length
        out.append(flags)
        out += items
    return bytes(out)


def _bits(at: int) -> int:
    """How many of a copy's 16 bits its distance takes, at a place in the chunk."""
    return max(4, (at - 1).bit_length())


def _longest(chunk: bytes, at: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """(distance, length) of the longest copy of what follows; length 0 for none."""
    most = min(len(chunk) - at, (0xFFFF >> _bits(at)) + _SHORTEST) if at else 0
    distance = length = 0
    if most < _SHORTEST:
        return distance, length
    for place in reversed(places.get(chunk[at : at + _SHORTEST], [])[-_TRIES:]):
        have = _SHORTEST
        while have < most and chunk[place + have] == chunk[at + have]:
            have += 1
        if have > length:
            distance, length = at - place, have
            if have == most:
                break
    return distance, length


def decompress(packed: bytes) -> bytes:
    """Unpack.

    Raises:
        ValueError: for bytes that are no such container.
    """
    if packed[:1] != b"\x01":
        raise ValueError("no compressed VBA source: the first byte is not 1")
    out = bytearray()
    at = 1
    while at < len(packed):
        head = int.from_bytes(packed[at : at + 2], "little")
        end = at + (head & 0x0FFF) + 3
        if head & 0x7000 != _SIGNATURE or end > len(packed):
            raise ValueError(f"damaged VBA source: no whole chunk at byte {at}")
        body = packed[at + 2 : end]
        out += _unpack(body) if head & _PACKED else body
        at = end
    return bytes(out)


def _unpack(body: bytes) -> bytes:
    chunk = bytearray()
    at = 0
    while at < len(body):
        flags = body[at]
        at += 1
        for bit in range(8):
            if at >= len(body):
                break
            if not flags >> bit & 1:
                chunk.append(body[at])
                at += 1
                continue
            token = int.from_bytes(body[at : at + 2], "little")
            bits = _bits(len(chunk))
            distance = (token >> (16 - bits)) + 1
            if distance > len(chunk):
                raise ValueError("damaged VBA source: a copy from before its chunk")
            for _ in range((token & (0xFFFF >> bits)) + _SHORTEST):
                chunk.append(chunk[-distance])
            at += 2
    return bytes(chunk)
