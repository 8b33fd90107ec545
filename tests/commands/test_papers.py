"""The commands that write papers, on a real file: each is written, says its figures, and leaves the tracker as it was."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import docx
import pytest

from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.xlsx.patch import patch_workbook
from tests.commands.line import cvsb

PAPERS = [
    (("ratify",), "Actions for ratification"),
    (("board",), "Reviews and actions: report to the Board"),
    (("plan", "--review", "RV-0003"), "Action plan"),
    (("mapf", "--review", "RV-0010"), "Multi Agency Professional Forum: learning"),
    (("crg",), "Referrals and open reviews"),
    (("changes", "--since", "2026-11-01"), "What has changed"),
    (("prove", "A-0013"), "Record of an action"),
    (("prove", "RV-0003", "--redact"), "Record of a review"),
]


@pytest.mark.parametrize(("words", "title"), PAPERS)
def test_each_paper_is_written_with_real_headings_and_captions_and_the_tracker_is_only_read(
    words: tuple[str, ...],
    title: str,
    tracker: Path,
    built: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Title, headings, a repeated heading row and a description on each table, the as-at date on each page."""
    code = cvsb(monkeypatch, words[0], tracker, *words[1:], "--out", "p.docx")
    assert code in (0, 1)
    assert tracker.read_bytes() == built
    paper = docx.Document("p.docx")
    assert paper.paragraphs[0].text == title
    assert paper.paragraphs[0].style.name == "Title"
    assert "as at 23 November 2026" in paper.sections[0].footer.paragraphs[0].text
    assert paper.sections[0].header.paragraphs[0].text.endswith("SAMPLE - INVENTED DATA")
    for table in paper.tables:
        xml = table._tbl.xml
        assert "w:tblDescription" in xml
        assert xml.count("<w:tblHeader/>") == 1
    assert capsys.readouterr().out


def test_json_names_the_file_and_holds_the_figures(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cvsb(monkeypatch, "board", tracker, "--out", "b.docx", "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["out"] == "b.docx"
    assert told["position"]["actions"] == sum(item["actions"] for item in told["reviews"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ratify",), "Give --out PACK.docx"),
        (("ratify", "--record", "--out", "x.docx"), "not both"),
        (("ratify", "--out", "x.odt"), "give it a name that ends in .docx"),
        (("board", "--out", "nowhere/x.docx"), "does not exist"),
        (("changes", "--since", "soon"), "is no date"),
        (("changes", "--since", "03/04/2026"), "more than one date"),
        (("progress", "--out", "x.docx"), "or --due"),
        (("mapf", "--review", "RV-0003", "--out", "x.docx"), "is for a MAPF"),
        (("plan", "--review", "RV-0099", "--out", "x.docx"), "holds no review"),
        (("board", "--out", "x.docx", "--template", "t.xlsx"), "is no Word document"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_and_nothing_is_written(
    words: tuple[str, ...],
    says: str,
    tracker: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cvsb(monkeypatch, words[0], tracker, *words[1:]) == 2
    assert says in capsys.readouterr().err
    assert [path.name for path in tracker.parent.iterdir()] == ["t.xlsx"]


def test_decisions_typed_in_the_workbook_are_recorded_and_the_status_moves(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is ratified, one is refused without a reason: the first closes its action, the second stays as typed."""
    data = open_tracker(tracker).tracker["ratification"]
    rows = {row.text("action_id"): row for row in data}
    done, kept = rows["A-0044"], rows["A-0016"]
    cells = {
        ("Ratification", str(data.cell(row, name))): value
        for row, decision in ((done, "Ratified"), (kept, "Not ratified"))
        for name, value in (("meeting_on", date(2026, 11, 20)), ("decision", decision))
    }
    patch_workbook(tracker, tracker, cells)
    assert cvsb(monkeypatch, "ratify", tracker, "--record", "--dry-run") == 1
    assert "Dry run" in capsys.readouterr().out
    assert cvsb(monkeypatch, "ratify", tracker, "--record") == 1
    said = capsys.readouterr().out
    assert "A-0016 (Complete, Not ratified): not recorded: what is not ratified needs a reason" in said
    assert "1 recorded, 1 could not be" in said
    after = open_tracker(tracker).tracker
    assert after["actions"].by_key["A-0044"]["status"] == "Complete"
    assert after["decisions"].rows[-1].text("recorded_by") == "Sample Review Manager"
    held = {row.text("action_id"): row for row in after["ratification"]}
    assert "A-0044" not in held
    assert (held["A-0016"]["meeting_on"], held["A-0016"].text("decision")) == (
        date(2026, 11, 20),
        "Not ratified",
    )
    assert cvsb(monkeypatch, "update", tracker) in (0, 1)
    held = {row.text("action_id"): row for row in open_tracker(tracker).tracker["ratification"]}
    assert held["A-0016"].text("decision") == "Not ratified"
    assert cvsb(monkeypatch, "log", tracker, "verify") == 0
    assert cvsb(monkeypatch, "undo", tracker) == 0
    back = open_tracker(tracker).tracker
    held = {row.text("action_id"): row for row in back["ratification"]}
    assert back["actions"].by_key["A-0044"]["status"] == "Awaiting ratification"
    assert held["A-0044"].text("decision") == "Ratified"
    assert held["A-0016"].text("decision") == "Not ratified"
    assert cvsb(monkeypatch, "log", tracker, "verify") == 0


def test_every_progress_report_that_is_owed_is_written_to_a_folder(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cvsb(monkeypatch, "progress", tracker, "--due", "--out", "reports")
    owed = [
        key
        for key, row in open_tracker(tracker).tracker["reviews"].by_key.items()
        if isinstance(row["progress_due"], date)
        and row["progress_due"] <= date(2026, 12, 23)
        and row["progress_reported_on"] is None
    ]
    assert sorted(path.name for path in Path("reports").iterdir()) == [
        f"Progress report {key}.docx" for key in sorted(owed)
    ]
    assert f"{len(owed)} progress report" in capsys.readouterr().out
    assert owed


def test_a_handover_on_the_file_moves_the_row_and_is_logged(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cvsb(monkeypatch, "handover", tracker, "NPS", "PROB")
    assert "from NPS to PROB on 23 November 2026" in capsys.readouterr().out
    after = open_tracker(tracker).tracker
    assert after["assignments"].by_key["AS-0008"].text("agency") == "PROB"
    assert cvsb(monkeypatch, "log", tracker, "verify") == 0


def test_a_boards_own_template_gives_the_paper_its_look(
    tracker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template's styles, margins and header stand; its text is gone; what it has not, the house style adds."""
    from docx.shared import Cm, Pt

    own = docx.Document()
    own.styles["Heading 1"].font.size = Pt(33)
    own.sections[0].left_margin = Cm(4)
    own.sections[0].header.paragraphs[0].text = "The Board's own letterhead"
    own.add_paragraph("Words of the template")
    own.save("board-template.docx")
    cvsb(monkeypatch, "board", tracker, "--out", "b.docx", "--template", "board-template.docx")
    paper = docx.Document("b.docx")
    assert paper.styles["Heading 1"].font.size == Pt(33)
    assert round(paper.sections[0].left_margin / Cm(1), 1) == 4.0
    head = [paragraph.text for paragraph in paper.sections[0].header.paragraphs]
    assert head == ["The Board's own letterhead", "SAMPLE - INVENTED DATA"]
    assert "Words of the template" not in [paragraph.text for paragraph in paper.paragraphs]
    assert "Board Table" in [style.name for style in paper.styles]
    width = sum(int(column.width or 0) for column in paper.tables[0].columns)
    section = paper.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    assert round(width / Cm(1), 1) <= round(room / Cm(1), 1)


def test_a_template_without_a_list_style_is_refused_with_the_way_out() -> None:
    from cvsb_xl.errors import CannotDo
    from cvsb_xl.outputs.word_template import from_template

    bare = docx.Document()
    styles = bare.styles.element
    styles.remove(bare.styles["List Bullet"].element)
    written = io.BytesIO()
    bare.save(written)
    with pytest.raises(CannotDo, match='no style "List Bullet"'):
        from_template(written.getvalue(), "en-GB")


def test_without_libreoffice_a_pdf_is_refused_with_the_way_out(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tracker.parent))
    assert cvsb(monkeypatch, "board", tracker, "--out", "b.pdf") == 2
    assert "a PDF is made by LibreOffice, which is not installed here" in capsys.readouterr().err


@pytest.mark.live
@pytest.mark.slow
def test_a_name_that_ends_in_pdf_gives_a_tagged_pdf(tracker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tagged, so that a screen reader finds headings and tables in it; nothing but the PDF is left in the folder."""
    cvsb(monkeypatch, "board", tracker, "--out", "b.pdf")
    made = Path("b.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made
    assert sorted(path.name for path in tracker.parent.iterdir()) == ["b.pdf", "t.xlsx"]
