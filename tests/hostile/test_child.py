"""The child processes: their limits, their deaths, and that one bad file harms no other."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cvsb_xl.errors import CannotDo, RefusedWorkbook
from cvsb_xl.xlsx import child as module
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.read import Book
from cvsb_xl.xlsx.wire import book_from_json
from tests.hostile.packages import workbook

# Tags that are never closed: looking for their ends takes a time that grows with the square of their number.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GREEDY = '<row r="1"><c r="A1"><v>1</v></c>' + "<f ref=" * 1_000_000 + "</row>"


def code(result: object) -> str:
    return result.code if isinstance(result, RefusedWorkbook) else type(result).__name__


def test_no_files_start_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert read_untrusted([]) == []


def test_an_ordinary_user_reads_a_return_though_a_child_may_start_no_thread(tmp_path: Path) -> None:
    # The limit on processes, which counts threads, holds for everybody but root: as root this test becomes somebody else.
    (tmp_path / "sound.xlsx").write_bytes(workbook())
    says = (
        "import pathlib, sys; from cvsb_xl.xlsx.child import read_untrusted; "
        "print(read_untrusted([('sound.xlsx', pathlib.Path(sys.argv[1]).read_bytes())])[0])"
    )
    reads = "+dac_read_search,+dac_override"  # wherever Python is installed
    somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    somebody += [f"--inh-caps={reads}", f"--ambient-caps={reads}"]
    told = subprocess.run(
        [*(somebody if os.getuid() == 0 else []), sys.executable, "-c", says, tmp_path / "sound.xlsx"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])},
    )
    assert told.stdout.startswith("Book("), told.stdout


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WALL_SECONDS", 1.0)
    files = [("slow.xlsx", workbook(GREEDY)), ("sound.xlsx", workbook())]
    slow, sound = read_untrusted(files)
    assert code(slow) == "X114"
    assert "took longer than 1.0 seconds" in str(slow)
    assert isinstance(sound, Book)


def test_a_file_that_uses_up_the_processor_is_refused_by_the_child_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CPU_SECONDS", 1)
    results = read_untrusted([("greedy.xlsx", workbook(GREEDY)), ("sound.xlsx", workbook())])
    assert [code(result) for result in results] == ["X114", "Book"]
    assert "more memory or time" in str(results[0])


def test_a_file_that_uses_up_the_memory_is_refused_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MEMORY", 120_000_000)
    wide = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{c}{row}"><v>{row}.5</v></c>' for c in LETTERS) + "</row>"
        for row in range(1, 20_000)
    )
    results = read_untrusted([("wide.xlsx", workbook(wide)), ("sound.xlsx", workbook())])
    assert [code(result) for result in results] == ["X114", "Book"]


def test_a_child_killed_from_outside_costs_one_file_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[module._Child] = []
    begin = module._Child.__init__

    def remember(self: module._Child) -> None:
        begin(self)
        started.append(self)

    monkeypatch.setattr(module._Child, "__init__", remember)
    read = module._Child.read

    def kill_first(self: module._Child, name: str, data: bytes, only: object) -> module.Result:
        if name == "1.xlsx":
            self._process.kill()
        return read(self, name, data, only)  # type: ignore[arg-type]

    monkeypatch.setattr(module._Child, "read", kill_first)
    results = read_untrusted([(f"{n}.xlsx", workbook()) for n in range(4)])
    assert [code(result) for result in results].count("Book") >= 3
    assert len(started) == 1
    assert all(child._process.poll() is not None for child in started), "no child outlives the call"


def test_a_computer_on_which_no_child_starts_is_told_so_and_no_file_is_blamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(CannotDo, match="could not be started"):
        read_untrusted([("a.xlsx", workbook())])


def test_sixty_returns_do_not_pay_sixty_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    start = module._Child._start
    starts: list[subprocess.Popen[bytes]] = []

    def counted() -> subprocess.Popen[bytes]:
        starts.append(start())
        return starts[-1]

    monkeypatch.setattr(module._Child, "_start", staticmethod(counted))
    one = workbook("".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 200)))
    results = read_untrusted([(f"{n}.xlsx", one) for n in range(60)])
    assert all(isinstance(result, Book) for result in results)
    assert len(starts) <= module._MOST_CHILDREN


def test_only_the_sheets_asked_for_come_back() -> None:
    (result,) = read_untrusted([("a.xlsx", workbook())], only=["other"])
    assert isinstance(result, Book)
    assert dict(result.sheets) == {}


def test_a_module_lying_beside_the_returns_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Returns are saved from e-mail into the folder that people stand in; so could be a python_calamine.py."""
    mark = tmp_path / "ran"
    for name in ("python_calamine.py", "zipfile.py", "openpyxl.py"):
        (tmp_path / name).write_text(f"open({str(mark)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (result,) = read_untrusted([("a.xlsx", workbook())])
    assert isinstance(result, Book)
    assert not mark.exists()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"B",
        b"R",
        b"Bnull",
        b'B{"sheets": 1}',
        b'B{"sheets": [], "properties": [], "date1904": false}',
        b'B{"sheets": [{"name": "S", "state": "odd", "grid": [], "formulas": [], "tables": []}], "properties": {}, "date1904": 0}',
        b'B{"sheets": [{"name": "S", "state": "visible", "grid": [[["x"]]], "formulas": [], "tables": []}], "properties": {}}',
        b"B" + b"[" * 100_000,
        b"B" + pickle.dumps(os.getcwd),
        b'R{"code": 1}',
        b"\x80\x04",
    ],
)
def test_an_answer_that_is_no_book_is_a_refusal(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    replies = iter([b"ready", answer])
    monkeypatch.setattr(module, "_receive", lambda pipe: next(replies))
    (result,) = read_untrusted([("a.xlsx", workbook())])
    assert code(result) == "X114"


def test_a_value_of_an_unknown_kind_is_not_taken() -> None:
    grid = [[{"__class__": "os.system"}]]
    told = {
        "sheets": [{"name": "S", "state": "visible", "grid": grid, "formulas": [], "tables": []}],
        "properties": {},
        "date1904": False,
    }
    with pytest.raises(TypeError):
        book_from_json(json.dumps(told).encode())
