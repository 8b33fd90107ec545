"""Read a text as a careful reader would: what is vague in it, what would exist afterwards, how one would know.

The lists stand in schemas/wording.yaml, each with the principle behind it, so that a board can read and extend them; how a phrase is
written stands in phrases.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder
from cvsb_xl.rules.phrases import FirstWords, Group, Matcher, Pattern, Words, groups, needs

_LISTS = ("vague", "deliverables", "measures", "joined")
_QUOTED = re.compile(r"[\"“”][^\"“”]{1,200}[\"“”]|‘[^‘’]{1,200}’(?!\w)|(?<!\w)'[^']{1,200}'(?!\w)")
_AFTER = 4
_WELSH = 0.15  # the share of small words such as "yn" and "gan"; in Welsh a third, in English with a Welsh name in it a twentieth
_WHEN = frozenset("when while whilst where whenever wherever if".split())
_MAYBE = frozenset(
    "necessary appropriate required possible relevant needed applicable practicable feasible".split()
)
_MODAL = frozenset("should must will shall".split())
_AND = frozenset(("and", "by", "through"))
_IN_A_LIST = 5  # words between two things of one list: "assessment tools, new birth protocols and policies"


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
    again: Matcher
    not_promised: Matcher

    def weighed(self, words: Words, at: int) -> bool:
        """Tell whether what stands there is only weighed or spoken of, only possible, or only says when something is done."""
        if self.not_promised.ends_at(words, at):
            return True
        first = words.sentence.index(words.sentence[at])
        if not _WHEN.isdisjoint(words.distinct) and self._says_when(words, first, at):
            return True
        weighs = [start for start in self._weighing(words) if first <= start < at]
        return bool(weighs) and not any(
            # "consider a protocol" weighs it; "consider the options and develop a protocol" does not.
            (words.words[place] in _AND or place + 1 in words.after_comma) and self._orders(words, place + 1)
            for place in range(weighs[-1] + 1, at)
        )

    def _orders(self, words: Words, place: int) -> bool:
        return self.again.starts_at(words, place) or self.again.starts_at(words, place + 1)

    @staticmethod
    def _says_when(words: Words, first: int, at: int) -> bool:
        """Tell whether a place is in a "when ..." clause, which ends at a comma or with the verb that orders."""
        listed = words.words
        for place in range(at, first - 1, -1):
            if listed[place] in _MODAL:
                return False
            if place < at and listed[place] in _WHEN:
                return listed[place + 1] not in _MAYBE
            if place in words.after_comma:
                return False
        return False

    def _weighing(self, words: Words) -> list[int]:
        if words.weighing is None:
            begins = self.weigh.begins
            words.weighing = [
                place
                for place, word in enumerate(words.words)
                if begins(word) and self.weigh.starts_at(words, place)
            ]
        return words.weighing


@dataclass(frozen=True, slots=True)
class WordList:
    """One list of schemas/wording.yaml.

    Attributes:
        principle: why these phrases are on one list.
        advice: what to write instead.
        patterns: regular expressions on the text as it stands, for what words cannot tell (numbered parts).
    """

    name: str
    principle: str
    advice: str
    phrases: Matcher
    unless_before: Matcher | None
    unless_followed: Matcher | None
    unless_here: Matcher | None
    only_after: Matcher | None
    within: int
    unless_begins: frozenset[str]
    unless_weighed: bool
    skips_names: bool
    patterns: tuple[re.Pattern[str], ...]

    def admits(self, words: Words, start: int, end: int, doubts: Doubts) -> bool:
        """Tell whether a phrase of this list counts where it stands."""
        if words.words[start] in self.unless_begins:
            return False
        if self.within and True not in words.begins[max(0, start - self.within) : start + 1]:
            return False
        if self.unless_before and self._denied_before(self.unless_before, words, start, doubts):
            return False
        if self.unless_followed and any(
            self.unless_followed.starts_at(words, place) for place in range(end, end + _AFTER)
        ):
            return False
        if self.unless_here and self.unless_here.starts_at(words, start):
            return False
        if (
            self.only_after
            and not _is_ordered_first(words, start)
            and not self.only_after.ends_at(words, start)
        ):
            return False
        if doubts.negation.ends_at(words, start) or (self.skips_names and _is_a_name(words, start, end)):
            return False
        return not (self.unless_weighed and doubts.weighed(words, start))

    def _denied_before(self, denying: Matcher, words: Words, start: int, doubts: Doubts) -> bool:
        """Tell whether what stands before takes the force from a phrase, or from the one before it in the same list."""
        last = words.denied.get(self.name, -1)
        denied = denying.ends_at(words, start) or (
            0 <= last < start <= last + 1 + _IN_A_LIST
            and words.sentence[last] == words.sentence[start]
            and _is_one_list(words, last + 1, start, doubts.again)
        )
        if denied:
            words.denied[self.name] = start
        return denied


def _is_one_list(words: Words, first: int, start: int, again: Matcher) -> bool:
    """Tell whether only commas, "and" and words that describe a thing stand between two things."""
    between = words.words[first:start]
    if not _MODAL.isdisjoint(between) or any(again.starts_at(words, place) for place in range(first, start)):
        return False
    return (
        "and" in between
        or "or" in between
        or (first in words.after_comma and words.words[first] not in ("a", "an"))
    )


def _is_ordered_first(words: Words, start: int) -> bool:
    """Tell whether an order can begin there: with the sentence, or after its "If ...," or "When ...,"."""
    if words.begins[start]:
        return True
    return start in words.after_comma and words.words[words.sentence.index(words.sentence[start])] in _WHEN


_Entry = tuple[WordList, Pattern, tuple[frozenset[str], ...]]


class _Index:
    """The phrases of some lists by the words they begin with, so that each word of a text is looked up once."""

    def __init__(self, items: Sequence[WordList]) -> None:
        self._items = items
        self._first: FirstWords[_Entry] = FirstWords(
            (one, (item, one, needs(one))) for item in items for one in item.phrases.group.anywhere
        )
        self._at_beginnings: list[_Entry] = [
            (item, one, needs(one)) for item in items for one in item.phrases.group.at_beginnings
        ]
        self._known: dict[str, Sequence[_Entry]] = {}

    def beginning(self, word: str) -> Sequence[_Entry]:
        """Return the phrases that can begin with a word."""
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = self._first.of(word)
        return found

    def hits(self, words: Words, spots: Sequence[int], doubts: Doubts) -> Iterator[Hit]:
        """Yield the phrases found.

        Args:
            spots: the places of the words with which a phrase of any list can begin.
        """
        listed, distinct, known = words.words, words.distinct, self._known
        for place in spots:
            entries = known.get(listed[place])
            if entries is None:
                entries = self.beginning(listed[place])
            if entries:
                yield from self._fitting(entries, words, place, distinct, doubts)
        if self._at_beginnings and words.sentence[-1:] > [0]:
            for place, begins in enumerate(words.begins):
                if begins and words.sentence[place]:
                    yield from self._fitting(self._at_beginnings, words, place, distinct, doubts)
        for item in self._items:
            for expression in item.patterns:
                for match in expression.finditer(words.text):
                    yield Hit(match.group().strip(), item.name, *match.span())

    @staticmethod
    def _fitting(
        entries: Sequence[_Entry], words: Words, place: int, distinct: set[str], doubts: Doubts
    ) -> Iterator[Hit]:
        lacks = distinct.isdisjoint
        for item, pattern, needed in entries:
            for one_of in needed:
                if lacks(one_of):
                    break
            else:
                end = item.phrases.end(pattern, words, place)
                if end and item.admits(words, place, end, doubts):
                    spans = words.spans
                    start, stop = spans[place][0], spans[end - 1][1]
                    yield Hit(words.text[start:stop], item.name, start, stop)


class Wording:
    """The lists by the rule that reads them: vague (S101), deliverables (S102), measures (S201), joined (S103).

    Attributes:
        lists: question -> its lists.
    """

    def __init__(
        self, lists: Mapping[str, tuple[WordList, ...]], doubts: Doubts, welsh: Iterable[str] = ()
    ) -> None:
        self.lists = lists
        self._welsh = frozenset(welsh)
        self._doubts = doubts
        self._every = {name: _Index(items) for name, items in lists.items()}
        self._opens: dict[str, bool] = {}

    def is_welsh(self, words: Words) -> bool:
        """Tell whether a text is Welsh, which these lists cannot judge."""
        found = self._welsh & words.distinct
        return len(found) > 1 and sum(word in found for word in words.words) >= _WELSH * len(words.words)

    def vague(self, words: Words) -> list[Hit]:
        """Return the phrases that commit nobody to anything. What is quoted is somebody else's wording."""
        return self._all("vague", words)

    def joined(self, words: Words) -> list[Hit]:
        """Return where a second action begins in the same text."""
        return self._all("joined", words)

    def deliverable(self, words: Words) -> Hit | None:
        """Return something that would exist afterwards and did not before; None when nothing would."""
        return self._first("deliverables", words)

    def measure(self, words: Words) -> Hit | None:
        """Return something that would let a reader tell that it was done; None when nothing would."""
        return self._first("measures", words)

    def advice(self, hit: Hit) -> str:
        """Return what the hit's list says to write instead."""
        return next(item.advice for lists in self.lists.values() for item in lists if item.name == hit.group)

    def _all(self, question: str, words: Words) -> list[Hit]:
        hits = _unquoted(self._every[question].hits(words, self._spots(words), self._doubts), words.text)
        return _outermost(hits, words.text)

    def _first(self, question: str, words: Words) -> Hit | None:
        return next(self._every[question].hits(words, self._spots(words), self._doubts), None)

    def _spots(self, words: Words) -> list[int]:
        """Return where a phrase of any list can begin: found once for all questions, since most words begin none."""
        if words.spots is None:
            opens = self._opens
            for word in words.distinct:
                if word not in opens:
                    opens[word] = any(index.beginning(word) for index in self._every.values())
            words.spots = [place for place, word in enumerate(words.words) if opens[word]]
        return words.spots


def _outermost(hits: Iterable[Hit], text: str) -> list[Hit]:
    """Return the hits that lie in no other, first to last; those that overlap as one."""
    hits = list(hits)
    if len(hits) < 2:
        return hits
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not found or hit.start >= found[-1].end:
            found.append(hit)
        elif hit.end > found[-1].end:
            first = found[-1]
            found[-1] = Hit(text[first.start : hit.end], first.group, first.start, hit.end)
    return found


def _unquoted(hits: Iterable[Hit], text: str) -> Iterable[Hit]:
    if not any(mark in text for mark in "\"“”‘'"):
        return hits
    quoted = [found.span() for found in _QUOTED.finditer(text)]
    return [hit for hit in hits if not any(first <= hit.start < last for first, last in quoted)]


def _is_a_name(words: Words, start: int, end: int) -> bool:
    """Tell whether a phrase is capitalised inside a sentence: it is then part of a name (a "Quality Improvement" centre)."""
    if words.begins[start]:
        return False
    phrase = words.phrase(start, end)
    return phrase[0].isupper() and not phrase.isupper()


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
            Matcher(["<negation>"], named),
            Matcher(["<weigh>", "<speak>"], named),
            Matcher(["<again>"], named),
            Matcher(["<not_promised>"], named),
        )
        lists = {name: tuple(_list(item, named) for item in raw[name]) for name in _LISTS}
        return Wording(lists, doubts, _phrases(raw.get("welsh", "")))
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

    return WordList(
        name=str(raw["name"]),
        principle=" ".join(str(raw["principle"]).split()),
        advice=" ".join(str(raw.get("advice", "")).split()),
        phrases=Matcher(_phrases(raw["phrases"]), named, _phrases(raw.get("stops", ""))),
        unless_before=matcher("unless_before"),
        unless_followed=matcher("unless_followed"),
        unless_here=matcher("unless_here"),
        only_after=matcher("only_after"),
        within=int(raw.get("within", 0)),
        unless_begins=frozenset(_phrases(raw.get("unless_begins", ""))),
        unless_weighed=bool(raw.get("unless_weighed", False)),
        skips_names=bool(raw.get("skips_names", False)),
        patterns=tuple(re.compile(pattern) for pattern in raw.get("patterns", ())),
    )
