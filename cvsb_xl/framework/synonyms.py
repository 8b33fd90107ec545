"""Read schemas/synonyms.yaml: the other names that old plans give to the tracker's columns and owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder, load_framework
from cvsb_xl.framework.schema import Framework


@dataclass(frozen=True)
class Synonyms:
    """What an old plan's words mean.

    Attributes:
        fields: folded heading -> (field such as "actions.due_on", rank); where two columns claim one field, the lower
            rank takes it: 0 is the field's own heading.
        kept: folded heading -> why no field takes it.
        targets: the fields that a plan's column may fill.
        review_types: review type -> the words that name it, the type's own code first.
        separators, joiners: what stands between several owners of one cell; joiners only where both sides are known.
        nobody: folded cells that name nobody in particular.
        roles, organisations: folded words that tell a person or a role, or an organisation.
    """

    fields: Mapping[str, tuple[str, int]]
    kept: Mapping[str, str]
    targets: tuple[str, ...]
    review_types: Mapping[str, tuple[str, ...]]
    separators: tuple[str, ...]
    joiners: tuple[str, ...]
    nobody: frozenset[str]
    roles: frozenset[str]
    organisations: frozenset[str]


def fold(text: str) -> str:
    """Fold words so that case, stray blanks and line breaks, and full stops or colons at the ends, do not matter."""
    return re.sub(r"\s+", " ", text.replace("\u2019", "'")).strip(" .:;*").casefold()


@lru_cache(maxsize=8)
def load_synonyms(folder: Path | None = None) -> Synonyms:
    """Load the synonyms from a board's own schemas folder; from the one that came with cvsb-xl where it has none.

    Raises:
        SchemaError: naming what is wrong in the file.
    """
    import yaml

    framework = load_framework(folder)
    path = (folder or data_folder("schemas")) / "synonyms.yaml"
    if not path.is_file():
        path = data_folder("schemas") / "synonyms.yaml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SchemaError(f"{path}: cannot be read: {error}") from error
    try:
        return _synonyms(raw, framework)
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaError(f"{path.name}: is not laid out as it should be ({error!r}).") from error


def _synonyms(raw: Mapping[str, Any], framework: Framework) -> Synonyms:
    fields: dict[str, tuple[str, int]] = {}
    for target, names in raw["fields"].items():
        table, _, name = target.partition(".")
        if table not in framework.tables or name not in framework[table].by_name:
            raise SchemaError(f"synonyms.yaml: {target} is no field of the tracker.")
        field = framework[table][name]
        own = (field.title, field.title_cy)
        for rank, heading in enumerate([*own, *names.get("en", ()), *names.get("cy", ())]):
            _claim(fields, heading, (target, 0 if heading in own else rank))
    kept: dict[str, str] = {}
    for group in raw["kept_in_notes"]:
        for heading in group["headings"]:
            if fold(_text(heading)) in fields:
                raise SchemaError(
                    f"synonyms.yaml: the heading {heading!r} is both a field's and kept in notes."
                )
            kept[fold(heading)] = group["because"]
    owners = raw["owners"]
    return Synonyms(
        fields=fields,
        kept=kept,
        targets=tuple(raw["fields"]),
        review_types={code: (code, *words) for code, words in raw["review_types"].items()},
        separators=tuple(owners["separators"]),
        joiners=tuple(owners["joiners"]),
        nobody=_folded(owners["nobody"]),
        roles=_folded(owners["roles"]),
        organisations=_folded(owners["organisations"]),
    )


def _claim(fields: dict[str, tuple[str, int]], heading: object, claim: tuple[str, int]) -> None:
    key = fold(_text(heading))
    holder = fields.setdefault(key, claim)
    if holder[0] != claim[0]:
        raise SchemaError(
            f"synonyms.yaml: the heading {heading!r} stands for {holder[0]} and for {claim[0]}."
        )


def _text(heading: object) -> str:
    if not isinstance(heading, str):
        raise SchemaError(f"synonyms.yaml: YAML does not read {heading!r} as text; put it in quotes.")
    return heading


def _folded(words: Iterable[object]) -> frozenset[str]:
    return frozenset(fold(_text(word)) for word in words)
