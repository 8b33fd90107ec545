"""How alike two recommendations are, from 0 to 100, and which earlier ones are like a new one. Offline, by rapidfuzz.

What is compared is the words that carry the meaning: who is to do it, the verbs every plan is written in and the forms every plan
uses (a protocol, a briefing) are left out, and endings are cut off. The score is the mean of two: how alike the texts are with their words sorted, and how much of the
shorter is in the longer. Two texts that share nothing but a topic stay below LIKE.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

LIKE = 68
"""From this score on, two texts say much the same."""

_WORD = re.compile(r"[a-zà-ÿ]{3,}")
_EMPTY = frozenset(
    (
        "the and for that with from this into their there they them its are was were has have had been being will shall should must may can "
        "all any each every other such which who whom whose what when where while than then also both not nor only more most some "
        "agency agencies board partner partners service services staff practitioner practitioners professional professionals team teams council "
        "police health ensure ensures consider considers review reviews develop develops provide provides implement make makes made take takes "
        "seven minute briefing briefings leaflet leaflets protocol protocols policy policies training train trained audit audits session sessions "
        "produce produced publish published write written circulate circulated deliver delivered create created establish established set "
        "raise awareness aware remind reminded promote encourage improve strengthen enhance support explore seek further regular appropriate "
        "undertake include includes including recommendation recommended action actions across within between through about over under "
        "about regarding relation relating order whether how our your his her out upon per via"
    ).split()
)
_ENDINGS = (
    "isations",
    "isation",
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ions",
    "ion",
    "ies",
    "ers",
    "er",
    "ed",
    "es",
    "s",
    "y",
)
_MOST_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Likeness:
    """An earlier text that is like a new one.

    Attributes:
        score: from 0 to 100.
    """

    key: str
    score: int


def gist(text: str) -> tuple[str, ...]:
    """Return the words of a text that carry its meaning, without their endings."""
    return tuple(_stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY)


def likeness(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how alike two gists are. A word or two in common is a topic, unless there is hardly more to either."""
    from rapidfuzz import fuzz

    common, all_words = set(one) & set(other), set(one) | set(other)
    if len(common) < 2 or (len(common) < 3 and len(common) < 0.6 * len(all_words)):
        return 0
    left, right = " ".join(one), " ".join(other)
    shared = fuzz.token_set_ratio(left, right)
    return round((shared + fuzz.token_sort_ratio(left, right)) / 2) if shared >= LIKE else 0


class Earlier:
    """Texts that were written before, found again by the rarest words they share with a new one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._gists = {key: gist(text) for key, text in texts.items()}
        self._with_word: dict[str, list[str]] = defaultdict(list)
        for key, words in self._gists.items():
            for word in set(words):
                self._with_word[word].append(key)

    def like(self, text: str, among: frozenset[str] | set[str], limit: int = 2) -> list[Likeness]:
        """Return those of `among` that say much the same, closest first."""
        words = gist(text)
        candidates: set[str] = set()
        for word in sorted(set(words), key=lambda item: len(self._with_word.get(item, ()))):
            keys = self._with_word.get(word, ())
            if candidates and len(candidates) + len(keys) > _MOST_CANDIDATES:
                break
            candidates.update(keys[:_MOST_CANDIDATES])
        found = [
            Likeness(key, score)
            for key in candidates & among
            if (score := likeness(words, self._gists[key])) >= LIKE
        ]
        return sorted(found, key=lambda item: (-item.score, item.key))[:limit]


@lru_cache(maxsize=16_384)
def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
