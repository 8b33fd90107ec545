"""Who may do what: one table, schemas/access.yaml, asked by the merge and by the sync service. What it does not allow is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from cvsb_xl.errors import SchemaError

if TYPE_CHECKING:
    from cvsb_xl.framework.schema import Table

Of = Literal["all", "own", "published"]
VERBS = ("read", "write", "add")
OFS: tuple[Of, ...] = ("all", "published", "own")
"""Whose rows, the widest first."""
_KEYS = {"roles", "may", "of", "tables", "things", "fields"}
_OWNERS = ("manager", "agency", "computed")
_KINDS = ("all", "input", "issued", "insertable")


class Access:
    """What each role may do. Made once; every question is one look-up."""

    def __init__(
        self, raw: Mapping[str, Any] | None = None, tables: Mapping[str, Table] | None = None
    ) -> None:
        """Reads the content of access.yaml. Without it, nobody may do anything.

        Raises:
            SchemaError: naming the rule and what is wrong in it.
        """
        raw, tables = raw or {}, tables or {}
        self.roles: Mapping[str, str] = raw.get("roles") or {}
        self.things: Mapping[str, str] = raw.get("things") or {}
        self._allowed: dict[tuple[str, str, str, str], Of] = {}
        for number, rule in enumerate(raw.get("rules") or [], 1):
            where = f"schemas/access.yaml: rule {number}"
            _check(rule, where, self.roles, self.things, tables)
            for target, field in _targets(rule, tables):
                for role in rule["roles"]:
                    for verb in rule["may"]:
                        self._allow((role, verb, target, field), rule["of"])

    def _allow(self, place: tuple[str, str, str, str], of: Of) -> None:
        known = self._allowed.get(place)
        if known is None or OFS.index(of) < OFS.index(known):
            self._allowed[place] = of

    def can(self, role: str, verb: str, table: str, field: str = "") -> bool:
        """Tell whether a role may do a verb ("read", "write", "add") on a table or thing, or on one field of it.

        Without a field: whether it may on any part of it at all.
        """
        return (role, verb, table, field) in self._allowed

    def of(self, role: str, verb: str, table: str, field: str = "") -> Of | None:
        """Return whose rows a role may do it on; None for nobody's."""
        return self._allowed.get((role, verb, table, field))


def _targets(rule: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Yield (table or thing, field) that a rule is about; the field "" for the whole."""
    for thing in rule.get("things", ()):
        yield thing, ""
    named = rule.get("tables", ())
    owners = rule.get("fields", _OWNERS)
    for table in tables.values():
        if not _is_meant(table, named):
            continue
        fields = [field.name for field in table.fields if field.owner in owners]
        if fields:
            yield table.name, ""
        for name in fields:
            yield table.name, name


def _is_meant(table: Table, named: Any) -> bool:
    if isinstance(named, str):
        kinds = {
            "all": True,
            "input": table.kind == "input",
            "issued": table.issued,
            "insertable": table.insertable,
        }
        return kinds[named]
    return table.name in named


def _check(
    rule: Any, where: str, roles: Mapping[str, str], things: Mapping[str, str], tables: Mapping[str, Table]
) -> None:
    if not isinstance(rule, dict) or not set(rule) <= _KEYS or not {"roles", "may", "of"} <= set(rule):
        raise SchemaError(
            f"{where}: has roles, may, of, and tables or things (and fields), and nothing else."
        )
    named = rule.get("tables", [])
    faults = [
        *(f"{one} is no role" for one in rule["roles"] if one not in roles),
        *(f"{one} is no verb" for one in rule["may"] if one not in VERBS),
        *([] if rule["of"] in OFS else [f"of is {rule['of']!r}"]),
        *(f"{one} is no thing" for one in rule.get("things", []) if one not in things),
        *(f"{one} is no table" for one in ([] if isinstance(named, str) else named) if one not in tables),
        *([f"tables is {named!r}"] if isinstance(named, str) and named not in _KINDS else []),
        *(f"{one} is no owner" for one in rule.get("fields", []) if one not in _OWNERS),
    ]
    if faults:
        raise SchemaError(f"{where}: {'; '.join(faults)}.")
