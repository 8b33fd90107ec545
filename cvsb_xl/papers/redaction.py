"""What a paper for release leaves out: what people wrote in their own words, and who they are. It counts what it leaves out."""

from __future__ import annotations

from collections import Counter

from cvsb_xl.framework.schema import Table
from cvsb_xl.rules.privacy import narrative_fields
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context

LEFT_OUT = "[left out]"
PUBLISHED = {
    "reviews": {"title"},
    "recommendations": {"recommendation", "number", "theme"},
    "actions": {"action", "measure", "contributing"},
    "agencies": {"name", "name_cy", "areas", "former_names"},
    "learning": {"theme"},
}
"""What the review's own report and plan print: kept, unless the privacy rules find a person in it."""


class Redaction:
    """Decides cell by cell. Made without a tracker it leaves nothing out.

    Attributes:
        counts: title of a column -> how many texts were left out, each cell once.
    """

    def __init__(self, tracker: Tracker | None = None, context: Context | None = None) -> None:
        self.is_on = tracker is not None
        self.counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str, str, str]] = set()
        self._hides: dict[str, set[str]] = {}
        self._named: set[tuple[str | None, str | None, str | None]] = set()
        if tracker is not None and context is not None:
            self._tracker = tracker
            self._hides = {name: _hidden_fields(data.schema) for name, data in tracker.tables.items()}
            found = check(tracker, context, select=("P",)).findings
            self._named = {(item.table, item.key, item.field) for item in found}

    def text(self, table: str, row: Row, name: str) -> str:
        """Return a cell's text, or that it is left out."""
        text = row.text(name)
        if not text or not self.is_on:
            return text
        key = self._tracker[table].key_of(row)
        return self._decided(self._tracker[table].schema, key, name, text)

    def logged(self, tracker: Tracker, row: Row, text: str) -> str:
        """Return what a row of the change log says a cell held, or that it is left out."""
        schema = tracker.framework.by_sheet.get(row.text("table"))
        if not self.is_on:
            return text
        if schema is None or row.text("field") not in schema.by_name:
            return self._leave_out("Columns that are not known", ("log", row.text("seq"), "", text))
        name, key = row.text("field"), row.text("key")
        held = tracker[schema.name].by_key.get(key)
        if name in PUBLISHED.get(schema.name, ()) and (held is None or held.text(name) != text):
            # An earlier wording was perhaps changed because it named somebody, and nothing has looked at it since.
            return self._leave_out(f"Earlier {schema[name].title.lower()}", (schema.name, key, name, text))
        return self._decided(schema, key, name, text)

    def person(self, title: str) -> str:
        """Return that a person's name is left out."""
        self.counts[title] += 1
        return LEFT_OUT

    def _decided(self, schema: Table, key: str, name: str, text: str) -> str:
        if name in self._hides[schema.name] or (schema.name, key, name) in self._named:
            return self._leave_out(schema[name].title, (schema.name, key, name, text))
        return text

    def _leave_out(self, title: str, place: tuple[str, str, str, str]) -> str:
        if place not in self._seen:
            self._seen.add(place)
            self.counts[title] += 1
        return LEFT_OUT


def _hidden_fields(schema: Table) -> set[str]:
    """Return the text columns that are neither keys, lists, references nor published words."""
    keys = {*schema.primary_key, *(link.field for link in schema.foreign_keys)}
    kept = (
        keys
        | PUBLISHED.get(schema.name, set())
        | {"updated_from", "sheet_id", "digest", "waiting_on", "status"}
    )
    texts = {item.name for item in schema.fields if item.type == "string" and not item.enum}
    return (texts - kept) | (set(narrative_fields(schema)) - kept)
