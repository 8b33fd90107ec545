"""Whatever stands in the tracker's cells, every paper is written, can be put into Word, and says how many actions there are."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.word import word_bytes
from cvsb_xl.papers.board import board
from cvsb_xl.papers.changes import changes
from cvsb_xl.papers.crg import crg
from cvsb_xl.papers.mapf import mapf
from cvsb_xl.papers.plan import plan
from cvsb_xl.papers.progress_due import progress_due
from cvsb_xl.papers.prove import prove
from cvsb_xl.papers.ratify_pack import ratify
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.ratify import record
from cvsb_xl.verbs.sample import sample_rows
from tests.rounds import META, TODAY, context

FRAMEWORK = load_framework()
SAMPLE = sample_rows(FRAMEWORK, TODAY)
JUNK = st.sampled_from(
    [
        None, "", "On going", "31 September 2020", "03/04/27", date(1900, 1, 1), date(9999, 12, 31), datetime.fromisoformat("2027-03-01T09:30"),
        0, -1, 3.5, True, "=1+1", "x\x07y", "]]>", "<b>", "\u202eabc", "a\nb", "é" * 9000, "RV-0001", "A-0001", "SWP; VALE", "#REF!",
    ]
)  # fmt: skip
PLACES = [
    (table, at, field.name)
    for table, rows in SAMPLE.items()
    if FRAMEWORK[table].kind == "input"
    for at in range(len(rows))
    for field in FRAMEWORK[table].fields
]


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=60))
def test_no_cell_stops_a_paper(changed: list[tuple[tuple[str, int, str], object]]) -> None:
    rows = {table: [dict(row) for row in found] for table, found in SAMPLE.items()}
    for (table, at, name), value in changed:
        rows[table][at][name] = value  # type: ignore[assignment]
    tracker = tracker_of(FRAMEWORK, rows, META)
    now = context()
    made = [
        ratify(tracker, now),
        board(tracker, now),
        crg(tracker, now),
        progress_due(tracker, now),
        changes(tracker, now, date(2027, 1, 1)),
    ]
    for key in ("RV-0003", "RV-0010"):
        for verb in (
            lambda key=key: plan(tracker, now, key, draft=True),
            lambda key=key: mapf(tracker, now, key),
            lambda key=key: prove(tracker, now, key, redact=True),
        ):
            try:
                made.append(verb())
            except CannotDo as refused:  # the key itself was changed, or the review is no forum
                assert len(str(refused)) > 40
    assert made[1].report.position.actions == len(tracker["actions"].by_key)
    for outcome in made[:3]:
        assert word_bytes(outcome.documents[0])
    apply_edits(tracker, record(tracker, now).edits)
