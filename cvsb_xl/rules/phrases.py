"""Find phrases in a text, word by word: what schemas/wording.yaml is written in.

A phrase is a row of words; upper and lower case, hyphens and kinds of apostrophe do not matter. Besides words it may hold

    word*     any ending: consider* is considers, considering; *ly any beginning
    ~         up to three words, of one sentence
    ...       up to ten words of one clause, none of them one at which such a stretch breaks off (`stops`)
    <name>    any phrase of that named list
    #         a number, in figures or in words
    |         the beginning of a sentence or clause that is not the first

Regular expressions over such lists take a millisecond a text and a second to compile; this takes some microseconds: each distinct
word is asked once which phrases can begin with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

_PIECE = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[%.:;!?\n•,]")
_SENTENCE_ENDS = frozenset(".;!?\n")
_CLAUSE_ENDS = frozenset(".:;!?\n•")
_MARKS = _CLAUSE_ENDS | {","}
_NUMBERS = frozenset(
    (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
        "twenty thirty forty fifty sixty seventy eighty ninety hundred"
    ).split()
)
_SHORT_GAP, _LONG_GAP, _GAP_BEFORE = 3, 10, 4
_REACH = 8


class Words:
    """A text as words.

    Attributes:
        words: in small letters, without punctuation.
        distinct: the same, each once.
        begins: whether each begins a sentence or clause.
        sentence: the number of the sentence each stands in; a colon ends none.
        after_comma: the places of words that stand right after a comma.
        denied: by the name of a list, where one of its phrases stood last that did not count.
        spots, weighing: where a phrase can begin, and where somebody weighs a thing instead of doing it, once that has been looked for.
    """

    __slots__ = (
        "_spans",
        "after_comma",
        "begins",
        "denied",
        "distinct",
        "sentence",
        "spots",
        "text",
        "weighing",
        "words",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.after_comma: set[int] = set()
        ends: list[tuple[int, bool]] = []
        for piece in _pieces(text):
            if piece not in _MARKS:
                self.words.append(piece)
            elif piece == ",":
                self.after_comma.add(len(self.words))
            else:
                ends.append((len(self.words), piece in _SENTENCE_ENDS))
        self.distinct = set(self.words)
        number = len(self.words)
        self.begins = [False] * number
        self.sentence = [0] * number
        self.begins[:1] = [True] * min(number, 1)
        for at, ends_sentence in ends:
            if at < number:
                self.begins[at] = True
                if ends_sentence:
                    last = self.sentence[-1] + 1
                    self.sentence[at:] = [last] * (number - at)
        self._spans: list[tuple[int, int]] = []
        self.denied: dict[str, int] = {}
        self.spots: list[int] | None = None
        self.weighing: list[int] | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word begins and ends in the text."""
        if not self._spans and self.text.isascii():
            end, small = 0, self.text.lower()
            for word in self.words:  # between two words stands no letter and no digit
                start = small.index(word, end)
                end = start + len(word)
                self._spans.append((start, end))
        elif not self._spans:
            pieces = _PIECE.finditer(self.text.replace("’", "'"))
            self._spans = [found.span() for found in pieces if found.group() not in _MARKS]
        return self._spans

    def phrase(self, start: int, end: int) -> str:
        """Return the text from one word to before another, as it is written."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]]


def _pieces(text: str) -> list[str]:
    if text.isascii():
        return _PIECE.findall(text.lower())
    # Small letters may take more room than capitals (İ), and the places of words are those in the text as it stands.
    return [piece.lower() for piece in _PIECE.findall(text.replace("’", "'"))]


Pattern = tuple["str | Group", ...]
Item = TypeVar("Item")


class FirstWords(Generic[Item]):
    """Things found by the word that a pattern begins with. A word that has not come before costs some look-ups, not a look at each."""

    def __init__(self, items: Iterable[tuple[Pattern, Item]]) -> None:
        self._by_opening: dict[str, list[Item]] = {}
        for pattern, item in items:
            for opening in dict.fromkeys(openings(pattern)):
                self._by_opening.setdefault(opening, []).append(item)
        self._prefixes = sorted({len(name) - 1 for name in self._by_opening if name[-1] == "*"})
        self._suffixes = sorted({len(name) - 1 for name in self._by_opening if name[0] == "*"})

    def of(self, word: str) -> list[Item]:
        """Return the things whose pattern can begin with a word, each once."""
        if word[0].isdigit():
            names = [word, "#"]
        else:
            names = [word, *(f"{word[:length]}*" for length in self._prefixes if length <= len(word))]
            names += [f"*{word[-length:]}" for length in self._suffixes if length <= len(word)]
            if word in _NUMBERS:
                names.append("#")
        found = {id(item): item for name in names for item in self._by_opening.get(name, ())}
        return list(found.values())


class Group:
    """Phrases of which any may stand at one place."""

    __slots__ = ("_first", "_starts", "anywhere", "at_beginnings")

    def __init__(self, phrases: Sequence[str], named: Mapping[str, Group]) -> None:
        patterns = [_compiled(phrase, named) for phrase in phrases]
        self.at_beginnings = [item for item in patterns if item[0] == "|"]
        self.anywhere = [item for item in patterns if item[0] != "|"]
        self._first = FirstWords((item, item) for item in self.anywhere)
        self._starts: dict[str, list[Pattern]] = {}

    def beginning(self, word: str) -> list[Pattern]:
        """Return the patterns that can begin with a word, wherever it stands."""
        found = self._starts.get(word)
        if found is None:
            found = self._starts[word] = self._first.of(word)
        return found


class Matcher:
    """Phrases to look for, and the words at which a long gap breaks off.

    Attributes:
        begins: gives the phrases that can begin with a word.
    """

    __slots__ = ("_first_words", "_group", "_stops", "begins")

    def __init__(self, phrases: Sequence[str], named: Mapping[str, Group], stops: Sequence[str] = ()) -> None:
        self._group = Group(phrases, named)
        self._stops = frozenset(stops)
        self.begins = self._group.beginning
        first = {word for pattern in self._group.anywhere for word in openings(pattern)}
        plain = not any("*" in word or word == "#" for word in first)
        self._first_words = frozenset(first) if plain else None  # a text with none of them holds no phrase

    @property
    def group(self) -> Group:
        """The phrases."""
        return self._group

    def end(self, pattern: Pattern, words: Words, position: int) -> int:
        """Return the place past a pattern that begins at a word it can begin with; 0 when it does not fit there."""
        if len(pattern) == 1 and pattern[0].__class__ is str:
            return position + 1
        return self._end(pattern, 0, words, position)

    def starts_at(self, words: Words, start: int) -> bool:
        """Tell whether a phrase begins at a word."""
        if start >= len(words.words):
            return False
        patterns = self._group.beginning(words.words[start])
        return bool(patterns) and any(self._end(pattern, 0, words, start) for pattern in patterns)

    def ends_at(self, words: Words, end: int) -> bool:
        """Tell whether a phrase ends right before a word. A gap at a phrase's end is up to four words, none of the stops."""
        if self._first_words is not None and self._first_words.isdisjoint(words.distinct):
            return False
        sentence, listed, beginning = words.sentence, words.words, self._group.beginning
        for start in range(end - 1, max(-1, end - _REACH), -1):
            if sentence[start] != sentence[end]:
                return False
            for pattern in beginning(listed[start]):
                if pattern[-1] == "~":
                    after = self._end(pattern[:-1], 0, words, start)
                    between = listed[after:end]
                    if (
                        after
                        and after <= end
                        and len(between) <= _GAP_BEFORE
                        and self._stops.isdisjoint(between)
                    ):
                        return True
                elif self._end(pattern, 0, words, start) == end:
                    return True
        return False

    def _end(self, pattern: Pattern, at: int, words: Words, position: int) -> int:
        """Return the place past a pattern that begins at a word; 0 when it does not fit there."""
        listed, begins = words.words, words.begins
        last = len(listed)
        for index in range(at, len(pattern)):
            element = pattern[index]
            if element == "|":
                if position >= last or not begins[position]:
                    return 0
                continue
            if element in ("~", "..."):
                return self._over_gap(pattern, index, words, position)
            if position >= last or (index and begins[position] and pattern[index - 1] != "|"):
                return 0
            if isinstance(element, Group):
                return self._over_group(element, pattern, index, words, position)
            if not _fits(element, listed[position]):
                return 0
            position += 1
        return position

    def _over_group(self, group: Group, pattern: Pattern, index: int, words: Words, position: int) -> int:
        inner = group.beginning(words.words[position])
        if not inner:
            return 0
        ends = {self.end(item, words, position) for item in inner}
        for end in sorted(ends, reverse=True):
            rest = self._end(pattern, index + 1, words, end) if end and index + 1 < len(pattern) else end
            if rest:
                return rest
        return 0

    def _over_gap(self, pattern: Pattern, index: int, words: Words, position: int) -> int:
        long = pattern[index] == "..."
        opening = index > 0 and pattern[index - 1] == "|"
        listed, follows = words.words, pattern[index + 1]
        can_follow = follows.beginning if isinstance(follows, Group) else None
        for here in range(
            position, min(position + (_LONG_GAP if long else _SHORT_GAP) + 1, len(words.words))
        ):
            if words.begins[here] and not (opening and here == position):
                return 0
            if can_follow is None or can_follow(listed[here]):
                end = self._end(pattern, index + 1, words, here)
                if end:
                    return end
            if long and listed[here] in self._stops:
                return 0
        return 0


def groups(named: Mapping[str, Sequence[str]]) -> dict[str, Group]:
    """Compile named lists; one may name those before it."""
    found: dict[str, Group] = {}
    for name, phrases in named.items():
        found[name] = Group(phrases, found)
    return found


def _compiled(phrase: str, named: Mapping[str, Group]) -> Pattern:
    elements: list[str | Group] = []
    for part in phrase.replace("’", "'").casefold().split():
        if part.startswith("<"):
            elements.append(named[part.strip("<>")])
        elif part in ("~", "...", "#", "|"):
            elements.append(part)
        else:
            elements += [item for item in part.split("-") if item]
    return tuple(elements)


def openings(pattern: Pattern) -> Iterator[str]:
    """Yield what a pattern can begin with: words, beginnings and endings of words (consider*), or a number (#)."""
    element = pattern[0]
    if isinstance(element, Group):
        for inner in element.anywhere:
            yield from openings(inner)
    else:
        yield element


def needs(pattern: Pattern) -> tuple[frozenset[str], ...]:
    """Return sets of words: a text that lacks all of one of them cannot hold the pattern, wherever its first word stands."""
    found = []
    for element in pattern[1:]:
        words = frozenset(openings((element,)))
        if not any(word in ("~", "...", "#", "|") or "*" in word for word in words):
            found.append(words)
    return tuple(reversed(found))


def _fits(element: str, word: str) -> bool:
    if element == word:
        return True
    if element == "#":
        return word[0].isdigit() or word in _NUMBERS
    if element[-1] == "*":
        return word.startswith(element[:-1])
    return element[0] == "*" and word.endswith(element[1:])
