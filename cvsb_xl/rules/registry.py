"""Every rule: its page, and the function that looks for its fault.

A rule's page is `pages/<CODE>.md`: code, name, severity, what it stands on, what it does, why, an example, a better version
and how to settle it. The page is the only place where these stand; `cvsb rule` prints it, and one test proves for each
page that its example trips the rule and its better version does not. The looking is done by functions marked with
`@looks_for`, one file to a family. A rule that only `merge` or the reader can report has a page and no function here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cvsb_xl.errors import SchemaError
from cvsb_xl.tracker.findings import SEVERITIES, Finding, Severity

if TYPE_CHECKING:
    from cvsb_xl.rules.facts import Facts

FAMILIES = {
    "F": "File, structure and waivers",
    "K": "Keys and references",
    "D": "Dates and types",
    "S": "SMART: specific, measurable, achievable, realistic, time specific",
    "O": "Ownership",
    "W": "Workflow and timeliness",
    "R": "Returns",
    "P": "Privacy",
    "X": "Hostile content",
}
_MODULES = (
    "structure keys dates specific measurable achievable realistic timed ownership workflow reviews privacy said_before"
).split()
_SECTIONS = ("What it does", "Why it matters", "Example", "Better", "How to settle it")
_HEAD = re.compile(r"# ([A-Z]\d{3}) ([a-z0-9]+(?:-[a-z0-9]+)*)\n\n((?:- [a-z ]+: .+\n(?:  .+\n)*)+)")
_PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code, name: such as "S502" and "due-date-not-a-date"; the name is the fault's.
        severity: before a board changes it in Settings.
        stands_on: the sentence it stands on, and where that sentence is.
        since: the version it came with.
        reported_by: "check", or what alone can see the fault ("merge", "reading", "opening" a tracker).
        sections: heading -> text of the page, Markdown.
        page: the whole page as it is printed.
    """

    code: str
    name: str
    severity: Severity
    stands_on: str
    since: str
    reported_by: str
    sections: Mapping[str, str]
    page: str

    @property
    def summary(self) -> str:
        """The first sentence of what it does."""
        return re.split(r"(?<=\.)\s", self.sections["What it does"], maxsplit=1)[0].replace("\n", " ")


Look = Callable[["Facts"], Iterator[Finding]]


def looks_for(*codes: str) -> Callable[[Look], Look]:
    """Mark a function of a family's file as the one that looks for these rules' faults."""

    def mark(function: Look) -> Look:
        function.codes = codes  # type: ignore[attr-defined]
        return function

    return mark


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by code, in the order of codes.

    Raises:
        SchemaError: when a page lacks a part.
    """
    return {path.stem: read_page(path) for path in sorted(_PAGES.glob("[A-Z]*[0-9].md"))}


@cache
def looks() -> Mapping[Look, tuple[str, ...]]:
    """Return every looking function of the families, with the codes it looks for."""
    found: dict[Look, tuple[str, ...]] = {}
    for name in _MODULES:
        module = importlib.import_module(f"cvsb_xl.rules.{name}")
        for item in vars(module).values():
            if callable(item) and hasattr(item, "codes") and item.__module__ == module.__name__:
                found[item] = item.codes
    return found


def selected(code: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Tell whether a code is wanted: `select` and `ignore` hold codes or prefixes; the longer match counts, ignore on a tie."""
    chosen = max((len(item) for item in select if code.startswith(item)), default=-1 if select else 0)
    refused = max((len(item) for item in ignore if code.startswith(item)), default=-1)
    return chosen > refused and chosen >= 0


def read_page(path: Path) -> Rule:
    """Read one page.

    Raises:
        SchemaError: naming the page and the part it lacks.
    """
    text = path.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    if head is None or head[1] != path.stem:
        raise SchemaError(
            f"{path.name}: should begin with '# {path.stem} name' and a list of its properties."
        )
    properties = {
        name: " ".join(value.split()) for name, value in re.findall(r"- ([a-z ]+): (.+(?:\n  .+)*)", head[3])
    }
    parts = re.split(r"^## (.+)\n", text[head.end() :], flags=re.MULTILINE)[1:]
    sections = {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}
    lacking = [title for title in _SECTIONS if not sections.get(title)]
    lacking += [name for name in ("severity", "since", "stands on") if not properties.get(name)]
    if lacking or properties["severity"] not in SEVERITIES:
        raise SchemaError(
            f"{path.name}: lacks {', '.join(lacking) or 'a severity that is one of the three'}."
        )
    return Rule(
        code=head[1],
        name=head[2],
        severity=properties["severity"],
        stands_on=properties["stands on"],
        since=properties["since"],
        reported_by=properties.get("reported by", "check"),
        sections=sections,
        page=text,
    )
