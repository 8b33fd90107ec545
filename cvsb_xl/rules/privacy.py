"""P: people. A tracker is shared with a dozen agencies; children and adults at risk must not be named in its free text.

Columns that are there for names (who leads, who chairs, contacts, members) are not looked at, nor are keys and lists. A finding
travels further than the tracker (a log, an e-mail, a code-scanning service), so it tells enough to find the words and never all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cvsb_xl.framework.schema import Table
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row

_FOR_NAMES = frozenset(
    "lead_name lead_email review_manager chair reviewer recorded_by evidence_seen_by acknowledged_by raised_by "
    "granted_by source external_ref".split()
)
_WITHOUT_NARRATIVE = frozenset(("agencies", "members", "settings"))

_TEN_DIGITS = re.compile(r"(?<![\d.])(?<!\d[ -])\d{3}([ -]?)\d{3}\1\d{4}(?![\d.]*\d)(?![ -]\d)")
_BIRTH = re.compile(
    r"\b(?:d\.?\s?o\.?\s?b\.?|date\s+of\s+birth|dyddiad\s+geni|born(?:\s+on)?|ganwyd(?:\s+ar)?|b\.)\s*[:\-–]?\s*(?:is\s+|on\s+)?\(?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s/.\-]+(?:of\s+)?(?:\d{1,2}|[A-Za-z]{3,10})[\s/.,\-]+\d{2,4}|\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\b(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?)\s?\d[ABD-HJLNP-UW-Z]{2}\b")
_PHONE = re.compile(r"(?<![\d/+.\-])(?:\+44\s?(?:\(0\)\s?)?|0)(?:\d[\s\-]?){8,9}\d(?![\d/]|-\d)")
# Freephone numbers and those that begin with 03 are organisations': Childline's, the council's.
_HELPLINE = re.compile(r"0\s?8(?:00|08|4\d)|0\s?3")
_EMAIL = re.compile(r"\b([A-Za-z0-9._%+'-]+)@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ROLE_MAILBOX = re.compile(
    r"(?:info|enquir|contact|safeguard|admin|team|office|hub|mash|referral|support|help|service|mail|post|train|reception|"
    r"business|board|susr|unit|duty|no-?reply)",
    re.IGNORECASE,
)
_CAPITAL, _SMALL = "[A-ZÀ-ÖØ-ÞŴŶ]", "[a-zà-öø-ÿŵŷ]"
_SURNAME = rf"(?:{_CAPITAL}{_SMALL}+(?:['’-]{_CAPITAL}?{_SMALL}+)*|{_CAPITAL}['’]{_CAPITAL}{_SMALL}+|Ma?c{_CAPITAL}{_SMALL}+)"
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof(?:essor)?|Nurse|Sister|PC|PS|DC|DS|DI|DCI|Sgt|Sergeant|Constable|Inspector|Rev(?:erend)?)"
    rf"\.?\s+(?:{_CAPITAL}\.?\s+)?({_SURNAME})\b"
)
_RELATION = (
    r"(?:(?:grand|step|foster |half-?)?(?:mother|father|son|daughter|brother|sister|parent)|(?:grand)?mum|(?:grand)?dad|aunt|uncle|"
    r"cousin|niece|nephew|husband|wife|(?:ex-?)?partner|boyfriend|girlfriend|baby|toddler|twin)"
)
# "Llamau's partner schools", "Swansea's sister board": no kin of anybody.
_NO_KIN = (
    r"(?!\s+(?:agenc|organi[sz]|board|bod(?:y|ies)|hostel|school|group|service|team|project|charit|college|hospital|trust|figure|force|"
    r"council|provider|programme|site|ward|compan|universit|authorit|police|region|area))"
)
_FIRST_NAME = rf"({_CAPITAL}{_SMALL}{{2,}})"
_RELATED = re.compile(
    rf"\b(?:[Hh]is|[Hh]er|[Tt]heir|[Tt]he)\s+(?:\w+\s+)?{_RELATION}(?:,?\s+|\s*\(|,?\s+(?:called|named)\s+){_FIRST_NAME}\b"
    rf"|\b{_FIRST_NAME}['’]s?\s+(?:\w+\s+)?{_RELATION}\b{_NO_KIN}"
    rf"|\b{_FIRST_NAME},?\s+(?:who\s+(?:is|was)\s+)?(?:his|her|their)\s+{_RELATION}\b"
)
_NUMBERED = re.compile(r"\d(?:[\d\s()\-]{8,}\d|[A-Z]{2}|\D{1,16}\d)")
_TITLES = "Mr Ms Miss Mx Dr Prof Nurse Sister PC PS DC DS DI Sgt Sergeant Constable Inspector Rev".split()
_KIN = (
    "mother father son daughter brother sister parent mum dad aunt uncle cousin niece nephew husband wife partner friend baby toddler twin"
).split()
_NOT_A_NAME = frozenset(
    (
        "Child Children Adult Adults Baby Victim Victims Perpetrator Patient Patients Person People Persons Man Men Woman Women Boy Boys Girl "
        "Girls Mother Mothers Father Fathers Parent Parents Carer Carers Family Families Sibling Siblings Subject Client Clients Resident "
        "Residents Pupil Pupils Student Students Everyone Everybody Nobody Somebody Someone Anyone Each Every Both The This That These Those "
        "When Where While What Who Whose With Without And But For From His Her Their Its Our Your Not Was Were Has Had Have Will Would Should "
        "Could Must May Might Can Did Does Also Then There Here After Before During Since Until Yes "
        "January February March April June July August September October November December Monday Tuesday Wednesday Thursday Friday "
        "Saturday Sunday Christmas Easter Today Yesterday Tomorrow "
        "Welsh English British Cardiff Vale Glamorgan Wales England Board Council Police Health Social Services Service School College "
        "University Hospital Court Probation Government Review Reviews Practice Group Panel Agency Agencies Education Housing Crown Family "
        "Mental Domestic Abuse Safeguarding Protection Plan Action Report Trust Royal National Local Regional Community Early Young Junior "
        "Senior Chief Case Care Unit Team Head Lead Midwife Officer Manager Director Chair Reviewer Worker Practitioner "
        "Cymru Gwent Dyfed Powys Swansea Newport Barry Penarth Bridgend Merthyr Rhondda Teams Office Surgery Curiosity Justice General "
        "Guardian Custody Crime Training Vulnerability Liaison Consultant Hub Desk Support Operations Response Neighbourhood Roads Firearms "
        "Understanding Protocol Pathway Policy "
        "SUSR MAPF Relevant Appropriate Clinic Ward Bank Centre Box Steps Loss Network Forum Charity Line Named Unknown Redacted Withheld Anonymous"
    ).split()
)


def is_nhs_number(text: str) -> bool:
    """Tell whether ten digits are an NHS number: weights 10 to 2, modulus 11, the last digit the check."""
    digits = [int(character) for character in text if character.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return check % 11 == digits[9] and check != 10


def personal_contact(text: str) -> str | None:
    """Return what kind of address or number a text gives, and a part of it: "a postcode (CF10...)"."""
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _ROLE_MAILBOX.search(found[1]):
                return f"an e-mail address ({found[1][0]}...@{found.group().partition('@')[2]})"
    if _NUMBERED.search(text):
        postcode = _POSTCODE.search(text)
        phone = next((found for found in _PHONE.finditer(text) if not _HELPLINE.match(found.group())), None)
        if postcode:
            return f"a postcode ({postcode.group()[:-3].strip()}...)"
        if phone:
            return f"a telephone number (...{phone.group().strip()[-3:]})"
    return None


def likely_name(text: str) -> str | None:
    """Return words that look like a person's name, cut short: a title with a surname, a first name with a relation."""
    for found in _TITLED.finditer(text):
        if re.sub("['’]s$", "", found[1]) not in _NOT_A_NAME:
            return found.group().replace(found[1], f"{found[1][0]}...")
    for found in _RELATED.finditer(text):
        name = found[1] or found[2] or found[3]
        if name not in _NOT_A_NAME:
            return found.group().replace(name, f"{name[0]}...")
    return None


def narrative_fields(table: Table) -> tuple[str, ...]:
    """Return the fields of a table in which people write freely."""
    if table.kind != "input" or table.name in _WITHOUT_NARRATIVE:
        return ()
    references = {link.field for link in table.foreign_keys} | set(table.primary_key) | _FOR_NAMES
    return tuple(
        field.name
        for field in table.fields
        if field.type == "string"
        and not field.enum
        and field.owner != "computed"
        and field.name not in references
    )


@looks_for("P101", "P102", "P103", "P104")
def person_in_free_text(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        fields = narrative_fields(data.schema)
        for field in fields:
            written = [(row, text) for row in data if isinstance(text := row.values.get(field), str)]
            # Most texts are told clear by a quick look: the expressions above are slow on text that has nothing of the kind.
            said = " ".join({word for _, text in written for word in text.split()})
            marks = [mark for mark in ("@", *_TITLES, *_KIN) if mark in said]
            for row, text in written:
                if any(map(text.__contains__, marks)) or _NUMBERED.search(text):
                    yield from _looked_at(facts, name, row, field, text)


def _looked_at(facts: Facts, name: str, row: Row, field: str, text: str) -> Iterator[Finding]:
    way = (
        "Take it out: the tracker is shared with every partner; refer to the person as the review does (Child A). If it must "
        "stay, waive it with the reason."
    )
    if _NUMBERED.search(text):
        if any(is_nhs_number(found.group()) for found in _TEN_DIGITS.finditer(text)):
            yield facts.finding("P101", name, row, field, "the text holds an NHS number", way)
        if _BIRTH.search(text):
            yield facts.finding("P102", name, row, field, "the text gives a date of birth", way)
    contact = personal_contact(text)
    if contact:
        yield facts.finding("P103", name, row, field, f"the text gives {contact}", way)
    person = likely_name(text)
    if person:
        yield facts.finding("P104", name, row, field, f'"{person}" looks like a person\'s name', way)
