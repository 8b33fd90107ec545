"""A run's folder: what a button asks for, what is left there, and what is refused."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.lines import escaped
from cvsb_xl.hosts.runs import documents_folder, drop_old, read_request

ASKS = "verb\t{verb}\r\nworkbook\t{workbook}\r\ncopy\tcopy.xlsx\r\nsheet\tActions\r\nrow\t{row}\r\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    made = tmp_path_factory.mktemp("sample") / "Tracker.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(made), "--sample"]).exit_code == 0
    return made.read_bytes()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CVSB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def pressed(
    sample: bytes, home: Path, verb: str, row: int = 5, workbook: Path | None = None
) -> tuple[Path, str, int]:
    """Ask as the launcher does; return the run's folder, the answer and the exit code."""
    run = home / "runs" / f"20270331-0900-{verb}"
    run.mkdir(parents=True)
    tracker = workbook or home.parent / "Board" / "Tracker.xlsx"
    tracker.parent.mkdir(exist_ok=True)
    tracker.write_bytes(sample)
    (run / "copy.xlsx").write_bytes(sample)
    (run / "request.txt").write_text(
        ASKS.format(verb=verb, workbook=escaped(str(tracker)), row=row), encoding="ascii"
    )
    result = CliRunner().invoke(cvsb, ["run", verb, "--request", str(run)])
    return run, (run / "answer.txt").read_text(encoding="ascii"), result.exit_code


def test_check_answers_with_lines_and_changes_neither_the_workbook_nor_the_copy(
    sample: bytes, home: Path
) -> None:
    run, answer, code = pressed(sample, home, "check")
    lines = answer.split("\n")
    assert lines[0] == "cvsb-lines\t1"
    assert lines[-2] == f"end\t{len(lines) - 1}"
    assert "front\tFindings" in lines
    assert any(one.startswith("put\t5\t1\tn1\ttError") for one in lines)
    assert code == 1, "the sample has errors"
    assert (run / "copy.xlsx").read_bytes() == sample
    assert (home.parent / "Board" / "Tracker.xlsx").read_bytes() == sample
    assert "The same at a command line: cvsb check" in answer


def test_issue_makes_its_sheets_in_the_run_and_says_where_they_go_after_the_workbook_is_saved(
    sample: bytes, home: Path
) -> None:
    _, answer, _ = pressed(sample, home, "issue")
    lines = answer.split("\n")
    documents = [one.split("\t") for one in lines if one.startswith("document\t")]
    assert len(documents) > 5
    assert lines.index("save") < lines.index("\t".join(documents[0]))
    for _, made, place in documents:
        assert Path(made).is_file()
        assert Path(place).parent == home.parent / "Board" / "Agency sheets"
        assert Path(place).parent.is_dir()
        assert not Path(place).exists()


@pytest.mark.parametrize(
    ("verb", "made"),
    [
        ("progress", "Progress report RV-0001.docx"),
        ("prove", "Evidence A-0001.docx"),
        ("ratify", "Ratification pack.docx"),
        ("board", "Board report.docx"),
        ("crg", "Case Review Group.docx"),
        ("plan", "Action plan RV-0001.docx"),
        ("dashboard", "Dashboard.html"),
        ("export", "datapackage.json"),
    ],
)
def test_each_paper_is_made_for_the_row_that_is_picked(
    sample: bytes, home: Path, verb: str, made: str
) -> None:
    row = _actions(sample, home).by_key["A-0001"].number
    _, answer, code = pressed(sample, home, verb, row=row)
    assert code in (0, 1), answer
    made_at = [Path(one.split("\t")[1]) for one in answer.split("\n") if one.startswith("document\t")]
    assert made in {path.name for path in made_at}, answer
    assert all(path.stat().st_size > 0 for path in made_at)


def _actions(sample: bytes, home: Path):  # type: ignore[no-untyped-def]
    home.mkdir(parents=True, exist_ok=True)
    path = home / "look.xlsx"
    path.write_bytes(sample)
    return open_tracker(path).tracker["actions"]


def test_a_verb_that_needs_a_row_says_so_when_none_is_picked(sample: bytes, home: Path) -> None:
    _, answer, _ = pressed(sample, home, "progress", row=1)
    assert "failed\tNothing was done. Pick any row that belongs to the review" in answer


def test_merge_without_a_returns_folder_says_what_to_do(sample: bytes, home: Path) -> None:
    _, answer, _ = pressed(sample, home, "merge")
    assert (
        "failed\tNothing was done. Settings does not say where returned sheets are put (returns_folder)."
        in answer
    )


def test_the_doctor_answers_a_button(sample: bytes, home: Path) -> None:
    _, answer, _ = pressed(sample, home, "doctor")
    assert "say\tok    Python: 3." in answer
    assert "Tracker: can be read" in answer


def test_a_workbook_that_is_no_tracker_is_told_in_words(home: Path) -> None:
    _, answer, _ = pressed(b"PK not a workbook", home, "update")
    assert "\nfailed\tNothing was done." in answer


@pytest.mark.parametrize("copy", ["../copy.xlsx", "/etc/passwd", "..", ""])
def test_a_request_cannot_name_a_file_outside_its_folder(tmp_path: Path, copy: str) -> None:
    (tmp_path / "request.txt").write_text(
        f"verb\tcheck\r\nworkbook\tT.xlsx\r\ncopy\t{copy}\r\n", encoding="ascii"
    )
    with pytest.raises(CannotDo, match="not in its own folder"):
        read_request(tmp_path)


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    for number in range(14):
        (tmp_path / "runs" / f"20270331-0900{number:02}").mkdir(parents=True)
    drop_old(tmp_path)
    left = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert left == [f"20270331-0900{number:02}" for number in range(4, 14)]


def test_a_paper_alone_does_not_save_the_workbook(sample: bytes, home: Path) -> None:
    _, answer, _ = pressed(sample, home, "crg")
    lines = answer.split("\n")
    assert any(one.startswith("document\t") for one in lines)
    assert "save" not in lines


def test_what_is_made_from_a_tracker_on_the_web_goes_to_documents_and_the_line_to_redo_it_can_be_run(
    sample: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvsb_xl.commands.pressing.documents_folder", lambda: home.parent / "Documents")
    run = home / "runs" / "20270331-0900"
    run.mkdir(parents=True)
    (run / "copy.xlsx").write_bytes(sample)
    (run / "request.txt").write_text(
        ASKS.format(verb="export", workbook="https://board.sharepoint.com/sites/x/My Tracker.xlsx", row=5),
        encoding="ascii",
    )
    assert CliRunner().invoke(cvsb, ["run", "export", "--request", str(run)]).exit_code == 0
    answer = (run / "answer.txt").read_text(encoding="ascii")
    assert str(home.parent / "Documents" / "CVSB" / "My Tracker" / "Export") in answer
    assert 'cvsb export "My Tracker.xlsx" --out' in answer
    assert "in the folder of this device that holds the tracker" in answer


def test_documents_are_where_windows_says_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """OneDrive moves them, and says so in the registry alone."""
    windows = ModuleType("winreg")
    windows.HKEY_CURRENT_USER = "user"  # type: ignore[attr-defined]
    windows.OpenKey = lambda _, key: nullcontext(key)  # type: ignore[attr-defined]
    windows.QueryValueEx = lambda _, name: ({"Personal": "$MOVED/Documents"}[name], 2)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "winreg", windows)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("MOVED", "/u/a/OneDrive")
    assert documents_folder() == Path("/u/a/OneDrive/Documents")
