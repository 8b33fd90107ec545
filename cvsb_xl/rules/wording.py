"""Read a text as a careful reader would: what is vague in it, what would exist afterwards, how one would know.

The lists stand in schemas/wording.yaml, each with the principle behind it, so that a board can read and extend them; how a phrase is
written stands in phrases.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder
from cvsb_xl.rules.phrases import Group, Matcher, Pattern, Words, groups, may_begin, second_word

_LISTS = ("vague", "deliverables", "measures", "joined")
_OUGHT_TO_BE_THERE = ("deliverables", "measures")
_QUOTED = re.compile(r"[\"“”][^\"“”]{1,200}[\"“”]|‘[^‘’]{1,200}’(?!\w)|(?<!\w)'[^']{1,200}'(?!\w)")
_WHEN = frozenset("when while whilst where whenever wherever if".split())


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text.

    Attributes:
        group: the name of the list it stands in.
        start, end: where it stands, in characters.
    """

    phrase: str
    group: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Doubts:
    """What takes the force from a phrase that stands after it."""

    negation: Matcher
    weigh: Matcher
    make: Matcher
    not_promised: Matcher

    def weighed(self, words: Words, at: int) -> bool:
        """Tell whether what stands there is only weighed, only possible, or only says when something is done."""
        if self.not_promised.ends_at(words, at):
            return True
        sentence = words.sentence[at]
        first = words.sentence.index(sentence)
        if words.words[first] in _WHEN and not any(words.after_comma[first + 1 : at + 1]):
            return True
        for start in range(at - 1, first - 1, -1):
            # "consider a protocol" weighs it; "consider the options and develop a protocol" does not.
            if words.words[start] == "and" and (
                self.make.starts_at(words, start + 1) or self.make.starts_at(words, start + 2)
            ):
                return False
            if self.weigh.starts_at(words, start):
                return True
        return False


@dataclass(frozen=True, slots=True)
class WordList:
    """One list of schemas/wording.yaml.

    Attributes:
        principle: why these phrases are on one list.
        advice: what to write instead.
        patterns: a regular expression on the text as it stands, for what words cannot tell (numbered parts).
    """

    name: str
    principle: str
    advice: str
    phrases: Matcher
    unless_before: Matcher | None
    only_after: Matcher | None
    unless_begins: frozenset[str]
    unless_weighed: bool
    skips_names: bool
    later_sentences: bool
    patterns: re.Pattern[str] | None

    def admits(self, words: Words, start: int, end: int, doubts: Doubts) -> bool:
        """Tell whether a phrase of this list counts where it stands."""
        if words.words[start] in self.unless_begins:
            return False
        if self.unless_before and self.unless_before.ends_at(words, start):
            return False
        if self.only_after and not words.begins[start] and not self.only_after.ends_at(words, start):
            return False
        if doubts.negation.ends_at(words, start) or (self.skips_names and _is_a_name(words, start, end)):
            return False
        return not (self.unless_weighed and doubts.weighed(words, start))


_Entry = tuple[str, WordList, Pattern, str | None]


class Wording:
    """The lists by the rule that reads them: vague (S101), deliverables (S102), measures (S201), joined (S103).

    Attributes:
        lists: question -> its lists.
    """

    def __init__(self, lists: Mapping[str, tuple[WordList, ...]], doubts: Doubts) -> None:
        self.lists = lists
        self.doubts = doubts
        self._anywhere: list[_Entry] = []
        self._at_beginnings: list[_Entry] = []
        for name, items in lists.items():
            for item in items:
                group = item.phrases.group
                self._anywhere += [(name, item, pattern, second_word(pattern)) for pattern in group.anywhere]
                self._at_beginnings += [(name, item, pattern, None) for pattern in group.at_beginnings]
        self._starts: dict[str, list[_Entry]] = {}

    def read(self, text: str, *, every: bool = True) -> Mapping[str, list[Hit]]:
        """Return the phrases found, by question ("vague", "deliverables", "measures", "joined"), in one pass over the text.

        What is quoted is somebody else's wording: it is neither vague nor an order. Of phrases within one another the outer counts.

        Args:
            every: False to stop at the first deliverable and the first measure, where only their absence matters.
        """
        words = Words(text)
        quoted = _quoted(text)
        found: dict[str, list[Hit]] = {name: [] for name in self.lists}
        for position, word in enumerate(words.words):
            entries = self._starts.get(word)
            if entries is None:
                entries = self._starts[word] = [
                    entry for entry in self._anywhere if may_begin(entry[2], word)
                ]
            if words.begins[position]:
                entries = entries + self._at_beginnings
            following = words.words[position + 1] if position + 1 < len(words.words) else ""
            for name, item, pattern, second in entries:
                if second is not None and second != following:
                    continue
                if item.later_sentences and not words.sentence[position]:
                    continue
                if name in _OUGHT_TO_BE_THERE:
                    if found[name] and not every:
                        continue
                elif quoted and any(first <= words.spans[position][0] < last for first, last in quoted):
                    continue
                end = item.phrases.end(pattern, words, position)
                if end and item.admits(words, position, end, self.doubts):
                    span = (words.spans[position][0], words.spans[end - 1][1])
                    found[name].append(Hit(text[slice(*span)], item.name, *span))
        for name, items in self.lists.items():
            for item in items:
                if item.patterns:
                    found[name] += [
                        Hit(match.group().strip(), item.name, *match.span())
                        for match in item.patterns.finditer(text)
                    ]
        return {name: _outermost(hits) for name, hits in found.items()}

    def vague(self, text: str) -> list[Hit]:
        """Return the phrases that commit nobody to anything."""
        return self.read(text)["vague"]

    def deliverables(self, text: str) -> list[Hit]:
        """Return what would exist afterwards that did not before."""
        return self.read(text)["deliverables"]

    def measures(self, text: str) -> list[Hit]:
        """Return what would let a reader tell that it was done."""
        return self.read(text)["measures"]

    def joined(self, text: str) -> list[Hit]:
        """Return where a second action begins in the same text."""
        return self.read(text)["joined"]

    def advice(self, hit: Hit) -> str:
        """Return what the hit's list says to write instead."""
        return next(item.advice for lists in self.lists.values() for item in lists if item.name == hit.group)


def _outermost(hits: list[Hit]) -> list[Hit]:
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not found or hit.end > found[-1].end:
            found.append(hit)
    return found


def _quoted(text: str) -> list[tuple[int, int]]:
    if not any(mark in text for mark in "\"“”‘'"):
        return []
    return [found.span() for found in _QUOTED.finditer(text)]


def _is_a_name(words: Words, start: int, end: int) -> bool:
    """Tell whether a phrase is capitalised inside a sentence: it is then part of a name (a "Quality Improvement" centre)."""
    phrase = words.phrase(start, end)
    return not words.begins[start] and phrase[0].isupper() and not phrase.isupper()


@lru_cache(maxsize=8)
def load_wording(folder: Path | None = None) -> Wording:
    """Load the word lists: from the board's own copy of schemas/, or the one that came with cvsb-xl.

    Raises:
        SchemaError: naming what is wrong in wording.yaml.
    """
    import yaml

    own = (folder or data_folder("schemas")) / "wording.yaml"
    path = own if own.is_file() else data_folder("schemas") / "wording.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
        named = groups({name: _phrases(words) for name, words in raw["shared"].items()})
        doubts = Doubts(
            *(Matcher([f"<{name}>"], named) for name in ("negation", "weigh", "make", "not_promised"))
        )
        return Wording({name: tuple(_list(item, named) for item in raw[name]) for name in _LISTS}, doubts)
    except (KeyError, TypeError, AttributeError, IndexError, re.error, yaml.YAMLError) as error:
        raise SchemaError(
            f"{path}: a word list is not as it should be ({error!r}). Each has a name, a principle and phrases."
        ) from error


def _phrases(text: str) -> list[str]:
    return [phrase for part in text.split(",") if (phrase := " ".join(part.split()))]


def _list(raw: Mapping[str, Any], named: Mapping[str, Group]) -> WordList:
    def matcher(name: str) -> Matcher | None:
        stops = _phrases(raw.get("before_stops", ""))
        return Matcher(_phrases(raw[name]), named, stops) if raw.get(name) else None

    patterns = raw.get("patterns")
    return WordList(
        name=str(raw["name"]),
        principle=" ".join(str(raw["principle"]).split()),
        advice=" ".join(str(raw.get("advice", "")).split()),
        phrases=Matcher(_phrases(raw["phrases"]), named, _phrases(raw.get("stops", ""))),
        unless_before=matcher("unless_before"),
        only_after=matcher("only_after"),
        unless_begins=frozenset(_phrases(raw.get("unless_begins", ""))),
        unless_weighed=bool(raw.get("unless_weighed", False)),
        skips_names=bool(raw.get("skips_names", False)),
        later_sentences=bool(raw.get("later_sentences", False)),
        patterns=re.compile("|".join(patterns)) if patterns else None,
    )
