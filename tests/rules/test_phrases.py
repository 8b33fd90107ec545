"""The little language of the word lists: what each sign stands for, and where a phrase breaks off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.rules.phrases import Matcher, Words, groups

NAMED = groups(
    {"make": ["write", "draw up"], "thing": ["leaflet*", "action plan*"], "any": ["<make>", "<thing>"]}
)


def found(phrase: str, text: str, stops: tuple[str, ...] = ("in", "for")) -> str | None:
    """Return the first place where the phrase stands, as written."""
    words = Words(text)
    matcher = Matcher([phrase], NAMED, stops)
    for position in range(len(words.words)):
        if matcher.starts_at(words, position):
            [pattern] = matcher.group.anywhere
            return words.phrase(position, matcher.end(pattern, words, position))
    return None


@pytest.mark.parametrize(
    ("phrase", "text", "place"),
    [
        ("consider*", "Agencies are CONSIDERING it", "CONSIDERING"),
        ("consider", "Agencies are considering it", None),
        ("*ly", "It is fully done", "fully"),
        ("follow up", "a follow-up call", "follow-up"),
        ("child's", "the child’s words", "child’s"),
        ("take ~ steps", "take all reasonable steps", "take all reasonable steps"),
        ("take ~ steps", "take one two three four steps", None),
        ("take ~ steps", "take care. Further steps follow", None),
        (
            "<make> ... <thing>",
            "Write, with young people, a short leaflet.",
            "Write, with young people, a short leaflet",
        ),
        ("<make> ... <thing>", "Draw up an action plan", "Draw up an action plan"),
        ("<make> ... <thing>", "Write in a leaflet", None),
        ("<make> ... <thing>", "Write to all: leaflets are there", None),
        ("within # hours", "within 24 hours", "within 24 hours"),
        ("within # hours", "within twenty hours", "within twenty hours"),
        ("within # hours", "within some hours", None),
        ("# %", "in 95% of cases", "95%"),
        ("<any>", "an action plan", "action plan"),
        ("as soon as", "as soon", None),
    ],
)
def test_a_phrase_is_found_where_it_stands_and_only_there(phrase: str, text: str, place: str | None) -> None:
    assert found(phrase, text) == place


def test_what_stands_before_a_word_may_leave_a_gap_that_no_stop_breaks() -> None:
    before = Matcher(["in ~", "to"], NAMED, ["and"])
    text = Words("Set out in all of the reports and plans; to plan")
    at = {word: place for place, word in enumerate(text.words)}
    assert before.ends_at(text, at["reports"])
    assert not before.ends_at(text, at["plans"])
    assert before.ends_at(text, at["plan"])


def test_sentences_clauses_and_commas_are_told_apart() -> None:
    words = Words("When asked, say so: write 1.5 pages. Stop\nGo")
    assert [word for word, begins in zip(words.words, words.begins, strict=True) if begins] == [
        "when",
        "write",
        "stop",
        "go",
    ]
    assert words.sentence == [0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert [words.words[place] for place in sorted(words.after_comma)] == ["say"]


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_and_each_word_is_where_it_says(text: str) -> None:
    words = Words(text)
    assert len(words.words) == len(words.spans) == len(words.begins) == len(words.sentence)
    for word, (start, end) in zip(words.words, words.spans, strict=True):
        assert text[start:end].replace("’", "'").lower() == word
