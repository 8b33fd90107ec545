"""Privacy: what gives a person away is found, and ordinary safeguarding prose is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.rules.privacy import is_nhs_number, likely_name, narrative_fields, personal_contact
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from tests.markdown import tracker_from


def codes(text: str) -> list[str]:
    tracker = tracker_from(f"## Reviews\n| review_id | notes |\n|--|--|\n| RV-1 | {text} |")
    return [item.code for item in check(tracker, Context(), select=["P"]).findings]


@pytest.mark.parametrize("text", ["943 476 5919", "9434765919", "943-476-5919", "NHS no. 9434765919."])
def test_an_nhs_number_is_found_however_it_is_written(text: str) -> None:
    assert codes(text) == ["P101"]


@pytest.mark.parametrize(
    "text",
    ["943 476 5918", "1111111111", "case 123456789012", "ref 94347659190", "9434 765919", "0.9434765919"],
)
def test_ten_digits_that_are_no_nhs_number_are_left_alone(text: str) -> None:
    assert "P101" not in codes(text)


@given(st.text("0123456789", min_size=9, max_size=9))
def test_at_most_one_last_digit_makes_nine_digits_an_nhs_number(nine: str) -> None:
    assert sum(is_nhs_number(nine + last) for last in "0123456789") <= 1


@pytest.mark.parametrize(
    "text",
    [
        "DOB 14/02/2019",
        "d.o.b. 14.2.19",
        "Date of birth: 14 February 2019",
        "born on 3rd of May 2011",
        "(b. 2011-05-03)",
    ],
)
def test_a_date_of_birth_is_found(text: str) -> None:
    assert codes(text) == ["P102"]


@pytest.mark.parametrize(
    "text",
    [
        "Seen on 14/02/2026.",
        "born prematurely",
        "The date of birth is recorded.",
        "Unborn baby protocol of 3 May 2026",
    ],
)
def test_other_dates_and_births_are_left_alone(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "CF10 1AA",
        "at SA1 3SN.",
        "029 2018 0000",
        "07700 900123",
        "+44 7700 900123",
        "01632960001",
        "a.person@example.org",
    ],
)
def test_a_postcode_telephone_or_personal_address_is_found(text: str) -> None:
    assert codes(text) == ["P103"]


@pytest.mark.parametrize(
    "text",
    ["safeguarding@example.org", "info@example.org", "A-0014", "RV-0001", "2026-11-23", "0 of 10 cases", "Childline 0800 1111", "NSPCC 0808 800 5000", "0300 123 6600",
     "invoice 4500123456", "£1,250,000", "section 3.140(a)",
     "04/11/2026 and 05/11/2026", "M4 corridor", "Year 7", "COVID19", "12 of 12 clinics", "policy CP12 v3"],
)  # fmt: skip
def test_references_figures_and_shared_mailboxes_are_left_alone(text: str) -> None:
    assert personal_contact(text) is None


@pytest.mark.parametrize(
    "text",
    ["Statement of Mrs Morgan", "Dr. Rhys-Jones agreed", "PC Bevan attended", "seen by Miss O'Neill", "his mother Siân was told", "the father, Gareth,",
     "Ffion's brother", "her ex-partner Dylan", "Owain, her son,", "Mr J. Pugh", "Professor McKenzie", "the son (Tomos) was"],
)  # fmt: skip
def test_a_title_with_a_surname_or_a_first_name_with_a_relation_is_found(text: str) -> None:
    assert likely_name(text) is not None


@pytest.mark.parametrize(
    "text",
    ["Mr S's relations", "Child T's mother", "Adult B's brother", "the mother of Child A", "The child's father was told", "Each Child's parents",
     "Welsh Government's partner agencies", "Miss the appointment", "Dr to be named", "her Social Worker", "his mother English is limited",
     "Cardiff Council's parent groups", "the baby Clinic", "South Wales Police's partner boards", "Family Court", "Monday's baby clinic",
     "Director of Nursing", "the mother and father", "his parent's home", "NSPCC", "The Trust's son et lumière", "Ms X", "DI lead to be agreed",
     "Sister Board in Gwent", "Llamau's partner hostels", "Swansea's sister board", "DS Cymru was told", "PC Gwent", "Ms Teams",
     "Prof Curiosity module", "Barnardo's partner schools", "Wales's father figures project",
     "PS Team to audit", "his brother Police were told of", "Everyone's partner"],
)  # fmt: skip
def test_ordinary_prose_is_not_taken_for_a_name(text: str) -> None:
    assert likely_name(text) is None, likely_name(text)


def test_columns_for_names_keys_and_lists_are_not_looked_at() -> None:
    framework = load_framework()
    assert "lead_name" not in narrative_fields(framework["assignments"])
    assert "lead_email" not in narrative_fields(framework["assignments"])
    assert "assignment_id" not in narrative_fields(framework["assignments"])
    assert {"evidence", "impact", "barriers", "progress_update"} <= set(
        narrative_fields(framework["assignments"])
    )
    assert narrative_fields(framework["members"]) == narrative_fields(framework["agencies"]) == ()
    assert narrative_fields(framework["change-log"]) == ()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Ring 07700 900123", "900123"),
        ("at CF10 1AA", "1AA"),
        ("write to a.person@example.org", "a.person"),
        ("seen by Mrs Morgan", "Morgan"),
        ("Ffion's brother", "Ffion"),
    ],
)
def test_a_finding_never_repeats_all_of_what_gives_a_person_away(text: str, whole: str) -> None:
    tracker = tracker_from(f"## Reviews\n| review_id | notes |\n|--|--|\n| RV-1 | {text} |")
    [finding] = check(tracker, Context(), select=["P"]).findings
    assert whole not in finding.message
