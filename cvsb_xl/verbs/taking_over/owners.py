"""Who owns an action, from words in a cell: agencies by code or name, people and roles, or nobody in particular.

An agency is matched by its code, name, Welsh name or a former name, never by likeness. An owner that is none of these and
reads like an organisation is proposed as a new agency, for a person to accept before anything is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cvsb_xl.framework.synonyms import Synonyms, fold
from cvsb_xl.tracker.tables import Tracker

PERSON, TEXT = "person", "text"
"""What a map may say of an owner's words, instead of an agency's code."""

_SMALL_WORDS = frozenset("of the and for to in a y yr o ac i ar".split())
_RESERVED = frozenset({"BOARD"})
_LONGEST_CODE = 20
_LONGEST_NAME = 10
"""An owner of more words than this is a sentence, not a name."""


@dataclass(frozen=True)
class Owners:
    """What one cell says.

    Attributes:
        agencies: codes, in the order of the cell.
        people: words that name a person or a role.
        words: words that name nobody in particular.
        maybe_several: a part that may name more than one owner, and was left whole.
    """

    agencies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    maybe_several: tuple[str, ...] = ()


@dataclass
class Register:
    """The agencies that are known, and those that the plan proposes.

    Attributes:
        proposed: code -> name of each new agency.
    """

    known: dict[str, str]
    synonyms: Synonyms
    chosen: Mapping[str, str] = field(default_factory=dict)
    proposed: dict[str, str] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, tracker: Tracker, synonyms: Synonyms, chosen: Mapping[str, str]) -> Register:
        """Return the register of a tracker's agencies; an agency's code counts before any name."""
        known: dict[str, str] = {}
        agencies = tracker["agencies"]
        for code in agencies.by_key:
            known.setdefault(fold(code), code)
        for name in ("name", "name_cy", "former_names"):
            for code, row in agencies.by_key.items():
                text = row.text(name)
                for part in text.split(";") if name == "former_names" else [text]:
                    if part.strip():
                        known.setdefault(fold(part), code)
        codes = {code.upper() for code in agencies.by_key} | _RESERVED
        return cls(known, synonyms, {fold(key): value for key, value in chosen.items()}, codes=codes)

    def learn(self, cells: Iterable[tuple[str, bool]]) -> None:
        """Propose agencies for the owners of every cell: (text, whether its heading asks for a person)."""
        cells = list(cells)
        for joined in (False, True):  # owners that stand alone first: they tell where " and " joins two
            for text, person in cells:
                for part in self.parts(text):
                    if joined is self._looks_joined(part):
                        self._propose(part, person)

    def read(self, text: str, *, person: bool) -> Owners:
        """Read one cell, once every owner of the plan has been learnt.

        Args:
            person: the heading asks for a person, as "Person responsible" does.
        """
        agencies: list[str] = []
        people: list[str] = []
        words: list[str] = []
        several: list[str] = []
        for part in self.parts(text):
            kind = self._kind(part, person)
            if kind == TEXT:
                words.append(part)
            elif kind == PERSON:
                people.append(part)
            else:
                codes = self._codes_of(part)
                agencies += [code for code in codes if code not in agencies]
                if len(codes) == 1 and fold(part) not in self.chosen and self._reads_as_several(part):
                    several.append(part)
        return Owners(tuple(agencies), tuple(people), tuple(words), tuple(several))

    def name_of(self, code: str) -> str:
        """Return a proposed agency's name; blank for one that the tracker has."""
        return self.proposed.get(code, "")

    def hint(self, name: str) -> str:
        """Return a question that names the agency a proposed one may be; blank where none is like it."""
        others = {key: code for key, code in self.known.items() if code not in self.proposed}
        near = get_close_matches(fold(name), list(others), n=1, cutoff=0.75)
        return f"Is it {others[near[0]]}? " if near else ""

    def parts(self, text: str) -> list[str]:
        """Return the owners that a cell names between its separators."""
        pattern = "|".join(re.escape(mark) for mark in self.synonyms.separators)
        return [part.strip() for part in re.split(pattern, text) if part.strip()]

    def _kind(self, part: str, person: bool) -> str:
        key = fold(part)
        chosen = self.chosen.get(key)
        if chosen is not None:
            return chosen if chosen in (PERSON, TEXT) else "agency"
        if key in self.known:
            return "agency"
        if not key or key in self.synonyms.nobody:
            return TEXT
        if self._sides(part):
            return "agency"
        words = {fold(word) for word in re.findall(r"[\w'\-]+", part)}
        if len(part.split()) > _LONGEST_NAME:
            return TEXT
        if words & self.synonyms.roles:
            return PERSON
        if person and not words & self.synonyms.organisations:
            return PERSON
        return "agency"

    def _codes_of(self, part: str) -> list[str]:
        key = fold(part)
        if key in self.chosen and self.chosen[key] not in (PERSON, TEXT):
            return [self.known.get(fold(self.chosen[key]), self.chosen[key])]
        if key in self.known:
            return [self.known[key]]
        return [self.known[fold(side)] for side in self._sides(part)]

    def _sides(self, part: str) -> list[str]:
        """Return the owners on both sides of an "and", where each of them is known; else nothing."""
        for joiner in self.synonyms.joiners:
            sides = [side.strip() for side in re.split(re.escape(joiner), part, flags=re.IGNORECASE)]
            if len(sides) > 1 and all(fold(side) in self.known or self._sides(side) for side in sides):
                return [
                    one
                    for side in sides
                    for one in ([side] if fold(side) in self.known else self._sides(side))
                ]
        return []

    def _looks_joined(self, part: str) -> bool:
        return any(joiner.casefold() in part.casefold() for joiner in self.synonyms.joiners)

    def _reads_as_several(self, part: str) -> bool:
        """Tell whether at least one side of an "and" is an agency by itself."""
        for joiner in self.synonyms.joiners:
            sides = re.split(re.escape(joiner), part, flags=re.IGNORECASE)
            if len(sides) > 1 and any(fold(side) in self.known for side in sides):
                return True
        return False

    def _propose(self, part: str, person: bool) -> None:
        key = fold(part)
        if self._kind(part, person) != "agency" or key in self.known or self._sides(part):
            return
        chosen = self.chosen.get(key, "")
        if chosen and fold(chosen) in self.known:
            self.known[key] = self.known[fold(chosen)]
            return
        code = chosen or self._free_code(part)
        self.proposed[code] = part
        self.known[key] = code
        self.known.setdefault(fold(code), code)
        self.codes.add(code.upper())

    def _free_code(self, name: str) -> str:
        code = made_code(name)
        number = 1
        while (candidate := code if number == 1 else f"{code[: _LONGEST_CODE - 2]}{number}") in self.codes:
            number += 1
        return candidate


def made_code(name: str) -> str:
    """Make a short code from a name: "South Wales Police" is SWP, "NHS England" NHSE, "KSCS" itself."""
    outside = re.sub(r"\([^)]*\)", " ", name)
    plain = unicodedata.normalize("NFKD", outside if outside.strip() else name)
    plain = "".join(letter for letter in plain if letter.isascii()).replace("'", "")
    words: list[str] = [
        word for word in re.findall(r"[A-Za-z0-9]+", plain) if word.casefold() not in _SMALL_WORDS
    ]
    if not words:
        return "AGENCY"
    if len(words) == 1:
        return words[0].upper()[: 12 if words[0].isupper() else 8]
    return "".join(word if word.isupper() and len(word) <= 5 else word[0].upper() for word in words)[
        :_LONGEST_CODE
    ]
