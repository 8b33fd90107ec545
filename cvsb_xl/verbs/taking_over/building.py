"""Turn the rows of an old plan into reviews, recommendations, actions and assignments. Nothing is cut, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.framework.synonyms import fold
from cvsb_xl.tracker.edits import AppendRow, Edit, set_cell
from cvsb_xl.tracker.ids import free_ids
from cvsb_xl.tracker.log import Place
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.taking_over.acting import Acting, acting_of
from cvsb_xl.verbs.taking_over.matching import OWNER_FIELDS, Placement
from cvsb_xl.verbs.taking_over.old_plan import OldPlan, PlanRow
from cvsb_xl.verbs.taking_over.owners import Register
from cvsb_xl.verbs.taking_over.reading import ReadRow, read_row
from cvsb_xl.verbs.taking_over.remarks import Remarks
from cvsb_xl.verbs.taking_over.reviews import Reviews, fitting

_STANDS_IN = (
    "{rows}: the plan gives no action, so the recommendation's own words stand as the action. "
    "Agree what will be done, and write that instead."
)
_UNRECOMMENDED = (
    "{rows}: no recommendation stands beside the action. Give its Recommendation ID on the sheet Actions, "
    "or leave it blank if it came from none."
)
_NO_ACTION = (
    "{rows}: neither an action nor a recommendation stands there, but other cells do. Write the action."
)


class Building:
    """The rows as they are built, from one or more sheets of one file."""

    def __init__(
        self,
        tracker: Tracker,
        register: Register,
        reviews: Reviews,
        remarks: Remarks,
        whose_plan: str = "",
        where: str = "",
    ) -> None:
        self._tracker, self._register, self._reviews = tracker, register, reviews
        self._remarks, self._whose_plan, self._where = remarks, whose_plan, where
        names = ("recommendations", "actions", "assignments")
        self._ids: dict[str, Iterator[str]] = {name: free_ids(tracker[name]) for name in names}
        self._rows: dict[str, dict[str, dict[str, Value]]] = {name: {} for name in names}
        self._known: dict[tuple[str, str], str] = {}
        self._notes: dict[str, list[str]] = {}
        self.sources: dict[Place, str] = {}
        for key, row in tracker["recommendations"].by_key.items():
            self._know(key, row.text("review_id"), row.text("recommendation"), row.text("number"))

    def add(self, plan: OldPlan, placements: list[Placement]) -> None:
        """Add every row of one sheet, and keep what stands above and below them in a review's notes."""
        targets = {item.target for item in placements}
        # "Addressed to", and no column of actions: each recommendation is somebody's to act on.
        every_row_acts = bool(targets & set(OWNER_FIELDS)) and "actions.action" not in targets
        first = ""
        for row in plan.rows:
            read = read_row(plan, row, placements, self._tracker.framework, self._register, self._remarks)
            review = self._review(plan, row, read, named="reviews.title" in targets)
            first = first or review
            self._row(plan, row, read, review, every_row_acts=every_row_acts)
        first = first or self._reviews.find(plan, {})[0]
        title = self._reviews.added.get(first, {}).get("title")
        for text in [*(text for _, text in plan.above if text != title), *plan.loose]:
            self._reviews.keep(first, text)

    def edits(self) -> list[Edit]:
        """Return what is to be added, parents first."""
        edits: list[Edit] = [
            AppendRow("agencies", {"agency": code, "name": name})
            for code, name in self._register.proposed.items()
        ]
        edits += self._reviews.edits()
        stood = self._tracker["recommendations"]
        for key, words in self._notes.items():
            held = self._rows["recommendations"].get(key)
            row = stood.by_key.get(key)
            before = as_text(held.get("notes")) if held is not None else row.text("notes") if row else ""
            notes = fitting("\n".join(filter(None, [before, *words])), f"the notes of recommendation {key}")
            if held is not None:
                held["notes"] = notes
            elif row is not None:
                edits.append(set_cell(stood, row, "notes", notes))
        for table, rows in self._rows.items():
            for key, values in rows.items():
                for name, value in values.items():
                    if isinstance(value, str):
                        fitting(value, f"{self._tracker[table].schema[name].title} of {key}")
                edits.append(AppendRow(table, values))
        return edits

    def _review(self, plan: OldPlan, row: PlanRow, read: ReadRow, *, named: bool) -> str:
        values = read.of("reviews")
        key, new = self._reviews.find(plan, values)
        for words in read.told("reviews"):
            self._reviews.keep(key, words)
        held = self._reviews.added.get(key) or {}
        if new:
            self._note_sources(plan, row, read, "reviews", key)
        else:
            for name, value in values.items():
                if as_text(held.get(name)) != as_text(value) and name != "title":
                    title = self._tracker["reviews"].schema[name].title
                    self._reviews.keep(key, f"{title}: {as_text(value)}")
        if named and not values.get("title"):
            self._remarks.rows(
                "F308", f"{{rows}}: no review is named; put under {key}. Check the Review ID.", plan, row
            )
        return key

    def _row(self, plan: OldPlan, row: PlanRow, read: ReadRow, review: str, *, every_row_acts: bool) -> None:
        recommendation, left = self._recommendation(plan, row, read, review)
        if read.acts or (recommendation and every_row_acts):
            self._act(plan, row, read, review, recommendation, left)
        elif recommendation:
            self._notes.setdefault(recommendation, []).extend([*left, *read.unplaced])
        else:
            for words in [*left, *read.unplaced]:
                self._reviews.keep(review, f"Row {row.number}: {words}")

    def _recommendation(
        self, plan: OldPlan, row: PlanRow, read: ReadRow, review: str
    ) -> tuple[str, list[str]]:
        """Return the recommendation's ID, blank for none, and what of the row it does not hold."""
        values, told = read.of("recommendations"), read.told("recommendations")
        text, number = as_text(values.get("recommendation")), as_text(values.get("number"))
        schema = self._tracker["recommendations"].schema
        if not text and not number:
            return "", [*told, *(f"{schema[name].title}: {as_text(value)}" for name, value in values.items())]
        key = self._known.get((review, fold(text) or f"\0{fold(number)}"))
        if key is None:
            key = next(self._ids["recommendations"])
            self._rows["recommendations"][key] = {"recommendation_id": key, "review_id": review, **values}
            self._know(key, review, text, number)
            self._note_sources(plan, row, read, "recommendations", key)
            if told:
                self._notes.setdefault(key, []).extend(told)
            if not text:
                self._remarks.cell(
                    "F304",
                    f"the plan gives the recommendation's number {number} and not its words. Write them on the sheet "
                    f"Recommendations ({key}).",
                    plan,
                    row,
                    read.places.get(("recommendations", "number")),
                    ("recommendations", key, "recommendation"),
                )
            return key, []
        stood = self._tracker["recommendations"].by_key.get(key)
        held = self._rows["recommendations"].get(key) or (stood.values if stood else {})
        return key, [
            *told,
            *(
                f"{schema[name].title}: {as_text(value)}"
                for name, value in values.items()
                if fold(as_text(held.get(name))) != fold(as_text(value))
            ),
        ]

    def _know(self, key: str, review: str, text: str, number: str) -> None:
        if text:
            self._known.setdefault((review, fold(text)), key)
        if number:
            self._known.setdefault((review, f"\0{fold(number)}"), key)

    def _act(
        self, plan: OldPlan, row: PlanRow, read: ReadRow, review: str, recommendation: str, left: list[str]
    ) -> None:
        acting = acting_of(read, self._register, self._whose_plan, self._where)
        key = next(self._ids["actions"])
        action: dict[str, Value] = {
            "action_id": key,
            "review_id": review,
            "recommendation_id": recommendation or None,
            **acting.action,
        }
        if action.get("action") is None:
            action["action"] = self._words_of(recommendation) or None
            self._remarks.rows("F306", _STANDS_IN if action["action"] else _NO_ACTION, plan, row)
        elif not recommendation:
            self._remarks.rows("F309", _UNRECOMMENDED, plan, row)
        words = [*left, *read.told("actions"), *read.told("assignments"), *read.unplaced]
        notes = "\n".join(filter(None, [as_text(action["ownership_notes"]), *words]))
        action["ownership_notes"] = fitting(notes, f"the ownership notes of {key} (row {row.number})")
        self._rows["actions"][key] = action
        self._note_sources(plan, row, read, "actions", key)
        for position, values in enumerate(acting.assignments):
            own = next(self._ids["assignments"])
            self._rows["assignments"][own] = {"assignment_id": own, "action_id": key, **values}
            if position == 0:
                self._note_sources(plan, row, read, "assignments", own)
        self._remark_on_owners(plan, row, read, key, acting)

    def _words_of(self, recommendation: str) -> str:
        stood = self._tracker["recommendations"].by_key.get(recommendation)
        held = self._rows["recommendations"].get(recommendation) or (stood.values if stood else {})
        return as_text(held.get("recommendation"))

    def _remark_on_owners(self, plan: OldPlan, row: PlanRow, read: ReadRow, key: str, acting: Acting) -> None:
        if not acting.lead:
            named = "; ".join(cell.text for cell in read.owners)
            said = f'"{named}" names no agency; the words are kept' if named else "no agency is named"
            too = ", and Agency of their Assignments" if acting.assignments else ""
            self._remarks.rows(
                "O101",
                f"{{rows}}: {said}. Fill in Lead agency of their Actions{too}; or run the import with --agency "
                "if the whole plan is one agency's.",
                plan,
                row,
            )
        for cell in acting.maybe_several:
            self._remarks.cell(
                "F303",
                f'"{"; ".join(cell.owners.maybe_several)}" may name more than one agency; it was left whole. '
                f"Check Lead agency and Contributing of {key}.",
                plan,
                row,
                cell.column,
                ("actions", key, "lead_agency"),
            )

    def _note_sources(self, plan: OldPlan, row: PlanRow, read: ReadRow, table: str, key: str) -> None:
        for (name, field), column in read.places.items():
            if name == table:
                where = f"{plan.file} [{plan.digest}] {plan.sheet}!{plan.address(row, column)}"
                self.sources[table, key, field] = where
