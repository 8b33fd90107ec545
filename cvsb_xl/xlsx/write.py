"""One cell as bytes: what is to stand in it, and the element that says so."""

from dataclasses import dataclass

from cvsb_xl.xlsx.markup import quoteattr
from cvsb_xl.xlsx.scan import Cell
from cvsb_xl.xlsx.values_out import CellValue

_DROPPED = ("r", "s", "t", "cm", "vm")  # what a cell's old value said of itself; the rest of its tag stays


@dataclass(frozen=True, slots=True)
class Write:
    """What is to stand in one cell.

    `style` None keeps the cell's own, or for a new cell takes what its surroundings give. With `formula`
    (the whole <f> element), `value` is its stored answer. `raw` is a cell carried over from another row.
    """

    value: CellValue = None
    style: int | None = None
    formula: bytes | None = None
    raw: tuple[dict[str, str], bytes] | None = None


def element(prefix: str, local: str, have: dict[str, str], inner: bytes) -> bytes:
    """An element with attributes, empty where nothing stands in it."""
    listed = "".join(f" {name}={_quoted(value)}" for name, value in have.items())
    if not inner:
        return f"<{prefix}{local}{listed}/>".encode()
    return f"<{prefix}{local}{listed}>".encode() + inner + f"</{prefix}{local}>".encode()


def _quoted(value: str) -> str:
    return f'"{value}"' if value.isalnum() else quoteattr(value)


def kept_attributes(cell: Cell | None, what: Write) -> dict[str, str]:
    """What stays of a cell's tag when something else is written to it."""
    dropped = ("r", "s", "t") if what.formula is not None else _DROPPED  # cm says what kind of formula it is
    return {k: v for k, v in cell.attributes.items() if k not in dropped} if cell else {}
