"""What the API takes and gives, strict: a part too many, too few or of another kind is refused before anything is done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_MOST_ROWS = 200_000
_MOST_SHEETS = 500
_LARGEST = 2**31 - 1
"""What an integer column holds."""


def _plain(text: str) -> str:
    if any(ord(one) < 32 or 0xD800 <= ord(one) <= 0xDFFF for one in text):
        raise ValueError("control characters and halves of characters are not taken")
    return text


def _whole(text: str) -> str:
    if any(one == "\0" or 0xD800 <= ord(one) <= 0xDFFF for one in text):
        raise ValueError("NUL and halves of characters are not taken")
    return text


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time needs its zone")
    return text


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._\-]{1,80}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Chain = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")]
Plain = Annotated[str, StringConstraints(min_length=1, max_length=260), AfterValidator(_plain)]
Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_moment)]
Day = Annotated[str, StringConstraints(max_length=10), AfterValidator(_day)]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", min_length=4)]
Count = Annotated[int, Field(ge=0, le=_LARGEST)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_\-]{1,60}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Head(_Strict):
    """The head of a log."""

    seq: Count
    head: Chain


class DateValue(_Strict):
    """A day."""

    date: Day


class TimeValue(_Strict):
    """A day and a time."""

    time: Annotated[str, StringConstraints(max_length=40)]


class ErrorValue(_Strict):
    """A spreadsheet's error value."""

    error: Annotated[str, StringConstraints(max_length=20), AfterValidator(_plain)]


Text = Annotated[str, StringConstraints(max_length=32_767), AfterValidator(_whole)]
Value = (
    bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
    | Text
    | DateValue
    | TimeValue
    | ErrorValue
    | None
)


class Sheet(_Strict):
    """One agency's sheet, as it was issued."""

    sheet_id: Id
    agency: Plain
    issued_at: Moment
    due_back_on: Day | None
    base_digest: Digest
    file: Base64


class Publication(_Strict):
    """One state of the tracker: see hosts/publication.py."""

    format: Literal[1]
    tracker_id: Id
    name: Plain
    language: Literal["en", "cy"]
    schema_version: Plain
    as_at: Moment
    log: Head
    previous: Id | None
    tables: dict[FieldName, Annotated[list[dict[FieldName, Value]], Field(max_length=_MOST_ROWS)]]
    sheets: Annotated[list[Sheet], Field(max_length=_MOST_SHEETS)]


class Counts(_Strict):
    """What became of a return's cells: read = applied + unchanged + conflicts + rejected."""

    read: Count
    applied: Count
    unchanged: Count
    conflicts: Count
    rejected: Count


class ReceiptIn(_Strict):
    """What the tracker says of a return."""

    state: Literal["accepted", "refused"]
    counts: Counts
    receipt: Base64
    text: Annotated[str, StringConstraints(max_length=5_000_000), AfterValidator(_whole)]
    log: Head


class AuditHead(BaseModel):
    """The head of the service's own audit, to be kept outside it."""

    seq: int
    head: str


class Latest(BaseModel):
    """A publication, without its tables."""

    id: str
    number: int
    at: str
    by: str
    as_at: str
    tracker_id: str
    log_seq: int
    log_head: str
    audit: AuditHead


class Waiting(BaseModel):
    """A return that was handed in."""

    id: str
    agency: str
    sheet_id: str | None
    file_name: str
    received_at: str
    sha256: str
    by: str


class State(BaseModel):
    """What an upload has come to."""

    id: str
    state: str
    again: bool = False


class Me(BaseModel):
    """Whose token it is."""

    name: str
    roles: list[str]
    expires_at: str | None


class Verbs(BaseModel):
    """What the pane may ask for, and the sheets it sends, by their names in lower case."""

    name: str
    verbs: list[str]
    sheets: list[str]


class VerbRequest(BaseModel):
    """A button and the tables it is pressed on: see hosts/json.py, which checks the rest."""

    model_config = ConfigDict(extra="forbid")

    sheet: str = ""
    row: int = 0
    returns: list[dict[str, str]] = []
    workbook: dict[str, Any]


class ProblemOut(BaseModel):
    """Why nothing was done."""

    code: str
    message: str
