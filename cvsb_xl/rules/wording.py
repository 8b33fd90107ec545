"""Read a text as a careful reader would: what is vague in it, what would exist afterwards, how one would know.

The lists stand in schemas/wording.yaml, each with the principle behind it, so that a board can read and extend them. A phrase is
written as words; `*` at a word's end stands for any ending ("consider*": considers, considering), `~` for one to three words
between. Entries that begin with `re:` are regular expressions, for the few that need them.
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

_LISTS = ("vague", "deliverables", "measures", "joined")
_BETWEEN = r"[\s\-]+"
_QUOTED = re.compile(r"[\"“”](?:[^\"“”]{1,200})[\"“”]|‘[^‘’]{1,200}’(?!\w)|(?<!\w)'[^']{1,200}'(?!\w)")

# Not promised ("could be", "no new"), only weighed (to the end of the sentence, unless "and develop ..." follows), or only when.
_WEIGHED = (
    r"\b(?:(?:can|could|may|might)\s+(?:\w+\s+)?be\s+(?:\w+\s+)?|(?:no|without(?:\s+an?)?|not\s+an?)\s+(?:new\s+|further\s+)?)\Z"
    r"|\b<weigh>\b(?:(?!\band\s+(?:then\s+)?<make>\b)[^.;])*\Z"
    r"|(?:^|[.;]\s+)(?:when|while|whilst|where|whenever|if)\b[^,.;]*\Z"
)
_NOT_MEANT = re.compile(
    r"\b(?:not|never|no\s+longer|rather\s+than|instead\s+of)\s+(?:just\s+|only\s+|merely\s+|to\s+)?\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text.

    Attributes:
        group: the name of the list it stands in.
        start: where it begins.
    """

    phrase: str
    group: str
    start: int


@dataclass(frozen=True, slots=True)
class WordList:
    """One list of schemas/wording.yaml, compiled.

    Attributes:
        principle: why these phrases are on one list.
        advice: what to write instead.
    """

    name: str
    principle: str
    advice: str
    pattern: re.Pattern[str]
    unless_before: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    unless_weighed: re.Pattern[str] | None
    skips_names: bool

    def hits(self, text: str) -> list[Hit]:
        """Return the phrases of this list in a text, first to last."""
        found = []
        for match in self.pattern.finditer(text):
            if self.unless_before and self.unless_before.search(text, 0, match.start()):
                continue
            if self.unless_after and self.unless_after.match(text, match.end()):
                continue
            if self.unless_weighed and self.unless_weighed.search(text, 0, match.start()):
                continue
            if _NOT_MEANT.search(text, 0, match.start()):
                continue
            if self.skips_names and _is_a_name(text, match):
                continue
            found.append(Hit(match.group().strip(), self.name, match.start()))
        return found


@dataclass(frozen=True)
class Wording:
    """The lists by the rule that reads them: vague (S101), deliverables (S102), measures (S201), joined (S103)."""

    lists: Mapping[str, tuple[WordList, ...]]

    def vague(self, text: str) -> list[Hit]:
        """Return the phrases that commit nobody to anything. What is quoted is somebody else's wording."""
        return self._hits("vague", without_quotations(text))

    def deliverables(self, text: str) -> list[Hit]:
        """Return what would exist afterwards that did not before."""
        return self._hits("deliverables", text)

    def measures(self, text: str) -> list[Hit]:
        """Return what would let a reader tell that it was done."""
        return self._hits("measures", text)

    def joined(self, text: str) -> list[Hit]:
        """Return where a second action begins in the same text."""
        return self._hits("joined", without_quotations(text))

    def advice(self, hit: Hit) -> str:
        """Return what the hit's list says to write instead."""
        return next(item.advice for lists in self.lists.values() for item in lists if item.name == hit.group)

    def _hits(self, name: str, text: str) -> list[Hit]:
        hits = [hit for item in self.lists[name] for hit in item.hits(text)]
        return sorted(hits, key=lambda hit: hit.start)


def _is_a_name(text: str, match: re.Match[str]) -> bool:
    """Tell whether a phrase is capitalised inside a sentence: it is then part of a name (a "Quality Improvement" centre)."""
    first, before = text[match.start()], text[: match.start()].rstrip()
    return (
        first.isupper() and bool(before) and before[-1] not in ".:;!?\n•-–*)" and not match.group().isupper()
    )


def without_quotations(text: str) -> str:
    """Blank out what stands between quotation marks, keeping every position."""
    if not any(mark in text for mark in "\"“”‘'"):
        return text
    return _QUOTED.sub(lambda found: " " * len(found.group()), text)


@lru_cache(maxsize=8)
def load_wording(folder: Path | None = None) -> Wording:
    """Load the word lists: from the board's own copy of schemas/, or the one that came with cvsb-xl.

    Raises:
        SchemaError: naming what is wrong in wording.yaml.
    """
    import yaml

    own = (folder or data_folder("schemas")) / "wording.yaml"
    path = own if own.is_file() else data_folder("schemas") / "wording.yaml"
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    try:
        shared = {name: tuple(map(str, words)) for name, words in raw.get("shared", {}).items()}
        return Wording({name: tuple(_list(item, shared) for item in raw[name]) for name in _LISTS})
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise SchemaError(
            f"{path}: a word list is not as it should be ({error!r}). Each has a name, a principle, an advice "
            "and phrases."
        ) from error


def _list(raw: Mapping[str, Any], shared: Mapping[str, tuple[str, ...]]) -> WordList:
    def compiled(name: str, form: str) -> re.Pattern[str] | None:
        return (
            re.compile(form.format(alternatives(raw[name], shared)), re.IGNORECASE) if raw.get(name) else None
        )

    weigh, make = _any_of(shared["weigh"]), _any_of(shared["make"])
    return WordList(
        name=str(raw["name"]),
        principle=" ".join(str(raw["principle"]).split()),
        advice=" ".join(str(raw.get("advice", "")).split()),
        pattern=re.compile(alternatives(raw["phrases"], shared), re.IGNORECASE),
        unless_before=compiled("unless_before", r"(?:{})\s*\Z"),
        unless_after=compiled("unless_after", r"\s*(?:{})"),
        unless_weighed=re.compile(_WEIGHED.replace("<weigh>", weigh).replace("<make>", make), re.IGNORECASE)
        if raw.get("unless_weighed")
        else None,
        skips_names=bool(raw.get("skips_names", False)),
    )


def alternatives(phrases: list[str], shared: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Return the regular expression that matches any of the phrases."""
    plain = [_words(phrase, shared or {}) for phrase in phrases if not phrase.startswith("re:")]
    other = [_expression(phrase[3:], shared or {}) for phrase in phrases if phrase.startswith("re:")]
    # Longer phrases first, so that "as soon as possible" is told whole.
    plain.sort(key=len, reverse=True)
    return "|".join([*([rf"\b(?:{'|'.join(plain)})"] if plain else []), *other])


def _expression(text: str, shared: Mapping[str, tuple[str, ...]]) -> str:
    for name, words in shared.items():
        if f"<{name}>" in text:
            text = text.replace(f"<{name}>", _any_of(words))
    return text


def _any_of(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(sorted((_words(word, {}) for word in words), key=len, reverse=True)) + ")"


def _words(phrase: str, shared: Mapping[str, tuple[str, ...]]) -> str:
    text, gap = "", ""
    for word in phrase.split():
        if word == "~":
            gap = _BETWEEN + r"(?:\S+\s+){0,3}?"
            continue
        if word[0] == "<":
            piece = _any_of(shared[word.strip("<>")])
        else:
            ending = r"\w*" if word.endswith("*") else (r"\b" if word[-1].isalnum() else "")
            piece = re.escape(word.rstrip("*")).replace("'", "['’]").replace(r"\-", r"[\-‐–]?") + ending
        text += (gap or _BETWEEN) + piece if text else piece
        gap = ""
    return text
