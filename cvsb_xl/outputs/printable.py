"""Text that can be printed: what a returned cell may hold, and no page can show."""

from __future__ import annotations

import re

# Characters that XML cannot hold, and the bidirectional ones that make text read otherwise than it is.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """Return the text with characters that no page can show told by their number: "[U+0007]"."""
    return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)
