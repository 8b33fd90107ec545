"""`import`: take an existing tracker or action plan over, cell by cell.

Headings are matched by name and synonym (schemas/synonyms.yaml) or by a map; a cell that no column of the tracker can hold
is kept in words beside its row; what is missing is left blank and told, never guessed. Nothing is written until a person has
seen the mapping and said yes: that is the face's part; the verb only says what would come of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.synonyms import Synonyms
from cvsb_xl.tracker.edits import AppendRow
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text, parse
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.taking_over.building import Building
from cvsb_xl.verbs.taking_over.matching import OWNER_FIELDS, Choices, Placement, check_map, match
from cvsb_xl.verbs.taking_over.old_plan import OldPlan, OldSheet, filled_cells, read_plan
from cvsb_xl.verbs.taking_over.owners import PERSON, TEXT, Register
from cvsb_xl.verbs.taking_over.remarks import Remarks
from cvsb_xl.verbs.taking_over.reviews import Reviews

VERB = "import"
_TABLES = ("reviews", "recommendations", "actions", "assignments", "agencies")


@dataclass(frozen=True)
class SheetTaken:
    """One sheet of the old workbook, and where each of its columns goes."""

    name: str
    heading_row: int
    rows: int
    cells: int
    placements: tuple[Placement, ...]


@dataclass(frozen=True)
class TakeOver:
    """What came of an import, or would.

    Attributes:
        added: table -> how many rows are added; every table of the import has an entry.
        agencies: code -> name of each agency that the plan names and the tracker does not have.
        owners: an owner's words -> what they were taken for: a code, "person" or "text".
    """

    file: str
    sheets: tuple[SheetTaken, ...]
    added: dict[str, int]
    agencies: dict[str, str]
    owners: dict[str, str]


@dataclass(frozen=True)
class OldWorkbook:
    """The old workbook as it was read.

    Attributes:
        digest: eight characters that tell its content; the same file is known by it again.
    """

    file: str
    sheets: Sequence[OldSheet]
    digest: str


def take_over(
    tracker: Tracker, context: Context, old: OldWorkbook, synonyms: Synonyms, choices: Choices | None = None
) -> Outcome:
    """Return the edits that add every row of the old workbook, logged with the cell each value came from.

    Returns:
        An outcome whose report is a TakeOver; its findings point into the old file.

    Raises:
        CannotDo: when no sheet has headings that can be told, the map does not fit the file, a named review is not there,
            or the same file was taken over before and `choices.again` is not set.
    """
    choices = _checked(tracker, old, choices or Choices())
    remarks = Remarks()
    plans = _plans(old, synonyms, choices, remarks)
    matched = [(plan, match(plan, synonyms, tracker.framework, choices.columns)) for plan in plans]
    register = Register.of(tracker, synonyms, choices.owners)
    cells = [owner for plan, placements in matched for owner in _owner_cells(plan, placements)]
    if choices.agency:
        cells.insert(0, (choices.agency, False))
    register.learn(cells)
    lead = register.read(choices.agency, person=False).agencies if choices.agency else ()
    if choices.agency and len(lead) != 1:
        raise CannotDo(f"--agency {choices.agency!r} names no one agency. Give the code or the name of one.")
    reviews = Reviews(tracker, synonyms, choices, remarks)
    building = Building(tracker, register, reviews, remarks, lead[0] if lead else "", choices.area)
    for plan, placements in matched:
        building.add(plan, placements)
    edits = building.edits()
    _tell_proposed(register, remarks, old.file)
    counts = Counter(edit.table for edit in edits if isinstance(edit, AppendRow))
    report = TakeOver(
        old.file,
        tuple(
            SheetTaken(
                plan.sheet,
                plan.heading_row,
                len(plan.rows),
                sum(len(row.cells) for row in plan.rows),
                tuple(placements),
            )
            for plan, placements in matched
        ),
        {table: counts[table] for table in _TABLES},
        dict(register.proposed),
        _taken_for(register, cells),
    )
    return Outcome(finish(tracker, edits, context, VERB, building.sources), remarks.all(), report)


def _checked(tracker: Tracker, old: OldWorkbook, choices: Choices) -> Choices:
    check_map(choices.columns, tracker.framework)
    code = tracker.framework["agencies"]["agency"]
    for words, value in choices.owners.items():
        if value not in (PERSON, TEXT) and parse(code, value).fault:
            raise CannotDo(
                f"The map takes the owner {words!r} for {value!r}. Write an agency's code (letters, figures, - and _, at most "
                f"20), or {PERSON}, or {TEXT}."
            )
    before = _taken_before(tracker, old.digest)
    if before and not choices.again:
        raise CannotDo(
            f"{old.file} was taken over already, on {before}: this tracker holds its rows. To add them once more all the "
            "same, run this again with --again."
        )
    return replace(
        choices,
        area=_on_list(tracker, "actions", "area", choices.area, "--area"),
        review_type=_on_list(tracker, "reviews", "review_type", choices.review_type, "--review-type"),
    )


def _on_list(tracker: Tracker, table: str, name: str, given: str, option: str) -> str:
    field = tracker.framework[table][name]
    parsed = parse(field, given)
    if parsed.fault:
        raise CannotDo(f"{option} {given!r} is not on the list: {', '.join(field.enum)}.")
    return as_text(parsed.value)


def _taken_before(tracker: Tracker, digest: str) -> str:
    for row in tracker["change-log"]:
        if row["verb"] == VERB and digest and f"[{digest}]" in row.text("source"):
            return row.text("at")[:10]
    return ""


def _plans(old: OldWorkbook, synonyms: Synonyms, choices: Choices, remarks: Remarks) -> list[OldPlan]:
    plans = []
    unread = []
    for sheet in old.sheets:
        if not filled_cells(sheet.grid):
            continue
        plan = read_plan(old.file, sheet, synonyms, choices.columns, old.digest)
        if plan is not None and plan.rows:
            plans.append(plan)
        else:
            unread.append(sheet)
    if not plans:
        raise CannotDo(
            f"{old.file}: no sheet has a row of headings that can be told, with rows below it ({_named(unread)}). A row with "
            "at least two of Recommendation, Action, Lead agency, Due date and the like is looked for in the first 30. "
            "Name the headings in a map: --map FILE."
        )
    headings = {column.heading.casefold() for plan in plans for column in plan.columns}
    for heading in choices.columns:
        if heading.casefold() not in headings:
            there = ", ".join(column.heading for plan in plans for column in plan.columns)
            raise CannotDo(
                f"The map names the column {heading!r}, which {old.file} does not have. Its columns: {there}."
            )
    for sheet in unread:
        remarks.plan(
            "F301",
            f"no row of headings can be told on this sheet, so its {filled_cells(sheet.grid)} filled cells were not taken "
            "over. If it holds actions, name its headings in a map (--map).",
            old.file,
            sheet.name,
        )
    return plans


def _named(sheets: Sequence[OldSheet]) -> str:
    return ", ".join(sheet.name for sheet in sheets) or "every sheet is empty"


def _owner_cells(plan: OldPlan, placements: Sequence[Placement]) -> list[tuple[str, bool]]:
    return [
        (as_text(row.cells[item.column.number]), item.target == "assignments.lead_name")
        for item in placements
        if item.target in OWNER_FIELDS
        for row in plan.rows
        if item.column.number in row.cells
    ]


def _tell_proposed(register: Register, remarks: Remarks, file: str) -> None:
    for code, name in register.proposed.items():
        remarks.plan(
            "F302",
            f'"{name}" is no agency that the tracker has; it is added as {code}. {register.hint(name)}If it is one of yours under '
            "another name, or a person, say so in a map under owners.",
            file,
            None,
            ("agencies", code, "name"),
        )


def _taken_for(register: Register, cells: Sequence[tuple[str, bool]]) -> dict[str, str]:
    taken: dict[str, str] = {}
    for text, person in cells:
        for part in register.parts(text):
            owners = register.read(part, person=person)
            taken[part] = " + ".join(
                [*owners.agencies, *[PERSON] * bool(owners.people), *[TEXT] * bool(owners.words)]
            )
    return taken
