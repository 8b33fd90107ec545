"""S1: specific. What the words of an action commit somebody to, judged by the lists of schemas/wording.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.rules.wording import Hit
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.wording import counted, listed

_SHOWN = 3


@looks_for("S101", "S102", "S103")
def wording_of_actions(facts: Facts) -> Iterator[Finding]:
    """Three rules in one pass: each text is taken apart once."""
    wording = facts.wording
    for row, words in facts.worded_actions:
        vague, joined = wording.vague(words), wording.joined(words)
        if vague:
            yield facts.finding(
                "S101",
                "actions",
                row,
                "action",
                f"the action says {quoted(vague)}, which commits nobody to anything one could check",
                " ".join(dict.fromkeys(wording.advice(hit) for hit in vague[:_SHOWN])),
            )
        if wording.deliverable(words) is None:
            yield facts.finding(
                "S102",
                "actions",
                row,
                "action",
                "nothing would exist afterwards that did not before",
                "Name what will be made, changed or held (a policy, an audit, a training session, a report), and who "
                "makes it; or, if it is a change in practice, say what will bring it about.",
            )
        if joined:
            yield facts.finding(
                "S103",
                "actions",
                row,
                "action",
                f"several actions stand in one cell; another begins at {quoted(joined[:1])}",
                "Give each its own row, so that each has its own lead, date and evidence; or, if it is one action, say it "
                "in one sentence.",
            )


@looks_for("S105")
def wording_in_welsh(facts: Facts) -> Iterator[Finding]:
    rows = facts.welsh_actions
    if rows:
        keys = listed([facts["actions"].key_of(row) or f"row {row.number}" for row in rows], 5)
        yield facts.about_table(
            "S105",
            "actions",
            "action",
            f"{counted(len(rows), 'action')} written in Welsh ({keys}): the word lists are English, so the wording is not judged",
            "Read them as cvsb rule S101, S102 and S201 describe; every other rule looks at them as at the rest.",
        )


def quoted(hits: list[Hit]) -> str:
    """Return the phrases in quotation marks, each once: "consider" and "as appropriate"."""
    phrases = list(dict.fromkeys(" ".join(hit.phrase.split()).casefold() for hit in hits))
    shown = [f'"{phrase}"' for phrase in phrases[:_SHOWN]]
    if len(phrases) > _SHOWN:
        shown.append(f"{len(phrases) - _SHOWN} more")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
