"""Which review a row of an old plan belongs to: the one its own column names, the one that was asked for, or the file's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.synonyms import Synonyms, fold
from cvsb_xl.tracker.edits import AppendRow, Edit, set_cell
from cvsb_xl.tracker.ids import free_ids
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import MAXIMUM_TEXT, Value, as_text
from cvsb_xl.verbs.taking_over.matching import Choices
from cvsb_xl.verbs.taking_over.old_plan import OldPlan
from cvsb_xl.verbs.taking_over.remarks import Remarks


class Reviews:
    """The reviews that the plan's rows belong to: those of the tracker, and those that are added."""

    def __init__(self, tracker: Tracker, synonyms: Synonyms, choices: Choices, remarks: Remarks) -> None:
        self._tracker, self._synonyms, self._choices, self._remarks = tracker, synonyms, choices, remarks
        self._ids: Iterator[str] = free_ids(tracker["reviews"])
        self._by_name: dict[str, str] = {}
        self.added: dict[str, dict[str, Value]] = {}
        self._notes: dict[str, list[str]] = {}
        for name in ("review_id", "external_ref", "title"):
            for key, row in tracker["reviews"].by_key.items():
                if row[name] is not None:
                    self._by_name.setdefault(fold(row.text(name)), key)
        if choices.review_id and fold(choices.review_id) not in self._by_name:
            raise CannotDo(
                f"{tracker.name} has no review {choices.review_id}. Reviews it has: "
                f"{', '.join(tracker['reviews'].by_key) or 'none'}. Leave --review out to have one made from the plan."
            )

    def find(self, plan: OldPlan, values: Mapping[str, Value]) -> tuple[str, bool]:
        """Return the ID of the review that these values (field -> value) name, and whether it was added just now."""
        name = as_text(values.get("title")) or as_text(values.get("external_ref"))
        if not name:
            name = self._choices.review_id or self._title(plan)
        known = self._by_name.get(fold(name))
        if known:
            return known, False
        key = next(self._ids)
        self._by_name[fold(name)] = key
        if values.get("external_ref"):
            self._by_name.setdefault(fold(as_text(values["external_ref"])), key)
        row: dict[str, Value] = {"review_id": key, **values, "title": name}
        row["review_type"] = values.get("review_type") or self._type_told_by(name)
        self.added[key] = row
        self._ask_for_what_is_missing(plan, key, row)
        return key, True

    def keep(self, key: str, words: str) -> None:
        """Keep words in a review's notes, once."""
        kept = self._notes.setdefault(key, [])
        if words not in kept:
            kept.append(words)

    def edits(self) -> list[Edit]:
        """Return the reviews to add, and the notes to add to reviews that stand already."""
        edits: list[Edit] = []
        for key, row in self.added.items():
            notes = "\n".join(filter(None, [as_text(row.get("notes")), *self._notes.get(key, [])]))
            edits.append(AppendRow("reviews", {**row, "notes": fitting(notes, f"the notes of review {key}")}))
        data = self._tracker["reviews"]
        for key, kept in self._notes.items():
            if key not in self.added:
                standing = data.by_key[key]
                new = [words for words in kept if words not in standing.text("notes")]
                if new:
                    notes = "\n".join(filter(None, [standing.text("notes"), *new]))
                    edits.append(
                        set_cell(data, standing, "notes", fitting(notes, f"the notes of review {key}"))
                    )
        return edits

    def _title(self, plan: OldPlan) -> str:
        return plan.above[0][1] if plan.above else PurePath(plan.file).stem

    def _type_told_by(self, name: str) -> str | None:
        """Return the one type that the words name, else the one that was asked for; never a likely one."""
        found = {
            code
            for code, words in self._synonyms.review_types.items()
            for word in words
            # A code counts in capitals only: "Apr 2023" is no Adult Practice Review.
            if re.search(rf"\b{re.escape(word)}\b", name, 0 if word == code else re.IGNORECASE)
        }
        return found.pop() if len(found) == 1 else (self._choices.review_type or None)

    def _ask_for_what_is_missing(self, plan: OldPlan, key: str, row: Mapping[str, Value]) -> None:
        missing = [
            f"its {words}"
            for field, words in (("review_type", "type"), ("started_on", "start"))
            if not row.get(field)
        ]
        if missing:
            hint = "" if row.get("review_type") else "; or run the import with --review-type"
            self._remarks.plan(
                "F307",
                f'the plan does not tell {" or ".join(missing)} (review {key}, "{as_text(row["title"])[:80]}"). '
                f"Fill it in on the sheet Reviews{hint}.",
                plan.file,
                plan.sheet,
                ("reviews", key, "review_type" if not row.get("review_type") else "started_on"),
            )


def fitting(text: str, what: str) -> str | None:
    """Return text that a cell can hold, None for none.

    Raises:
        CannotDo: when it is longer; nothing is cut.
    """
    if len(text) > MAXIMUM_TEXT:
        raise CannotDo(
            f"{what[0].upper()}{what[1:]} would be {len(text):,} characters long and a cell holds {MAXIMUM_TEXT:,}. "
            "Send some columns to other fields with --map, so that nothing has to be cut."
        )
    return text or None
