"""Saving politely: backups, people who have the tracker open, copies made by a conflict."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cvsb_xl.errors import CannotSave, TrackerChanged, TrackerLocked, UnsupportedWorkbook, UnusableFile
from cvsb_xl.xlsx.patch import patch_workbook
from cvsb_xl.xlsx.save import BACKUPS, backups_of, check_not_open, conflict_copies, save_bytes
from tests.xlsx.handmade import handmade
from tests.xlsx.lossless import by_calamine

BOOK = handmade('<row r="1"><c r="A1"><v>1</v></c></row>')


def tracker(folder: Path) -> Path:
    path = folder / "Tracker.xlsx"
    path.write_bytes(BOOK)
    return path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process holds a lock on a file, as a spreadsheet program or a file server does."""
    code = "import fcntl,sys,time; f=open(sys.argv[1],'r+b'); fcntl.lockf(f,fcntl.LOCK_EX); print('held',flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.kill()


def owner_file(name: str) -> bytes:
    """What Excel writes into ~$Tracker.xlsx: length and name in bytes, padded, then both in UTF-16."""
    short = name.encode("cp1252", "replace")
    wide = name.encode("utf-16-le").ljust(108, b"\0")
    return (bytes([len(short)]) + short).ljust(55) + len(name).to_bytes(2, "little") + wide


def test_patching_a_file_keeps_its_old_version(tmp_path: Path) -> None:
    """Saved in place; the version before stands in `.cvsb-backups/`."""
    path = tracker(tmp_path)
    patch_workbook(path, path, {("Actions", "A1"): "new"})
    assert by_calamine(path.read_bytes())["Actions"]["A1"] == "new"
    assert [backup.read_bytes() for backup in backups_of(path)] == [BOOK]
    patch_workbook(str(path), str(tmp_path / "Other.xlsx"), {("Actions", "A1"): "other"})
    assert len(list(tmp_path.glob("*.xlsx"))) == 2
    assert len(backups_of(path)) == 1


def test_ten_versions_are_kept(tmp_path: Path) -> None:
    """The oldest go first; those of other files are not counted."""
    path = tracker(tmp_path)
    save_bytes(tmp_path / "Tracker 2.xlsx", BOOK)
    save_bytes(tmp_path / "Tracker 2.xlsx", BOOK + b"")
    for n in range(13):
        save_bytes(path, f"version {n}".encode())
    kept = [backup.read_bytes().decode() for backup in backups_of(path)]
    assert kept == [f"version {n}" for n in range(2, 12)]
    save_bytes(path, b"last", backups=0)
    assert len(backups_of(path)) == 10


def test_saving_the_same_bytes_touches_nothing(tmp_path: Path) -> None:
    """No new version, no backup."""
    path = tracker(tmp_path)
    before = path.stat().st_mtime_ns
    save_bytes(path, BOOK, expect=BOOK)
    assert path.stat().st_mtime_ns == before
    assert not (tmp_path / BACKUPS).exists()


def test_a_file_that_changed_meanwhile_is_not_saved_over(tmp_path: Path) -> None:
    """Somebody else's changes are not lost to ours; nor is a file that went away made anew."""
    path = tracker(tmp_path)
    with pytest.raises(TrackerChanged, match="changed by someone else"):
        save_bytes(path, b"ours", expect=b"what was read")
    assert path.read_bytes() == BOOK
    path.unlink()
    with pytest.raises(TrackerChanged):
        save_bytes(path, b"ours", expect=BOOK)


def test_a_damaged_workbook_is_never_put_in_place(tmp_path: Path) -> None:
    """What goes out is read back and checked first."""
    path = tracker(tmp_path)
    damaged = bytearray(BOOK)
    damaged[60] ^= 0xFF
    with pytest.raises(CannotSave, match="failed its check"):
        save_bytes(path, bytes(damaged))
    assert path.read_bytes() == BOOK
    assert list(tmp_path.glob("*.tmp")) == list(tmp_path.glob(".*.tmp")) == []


def test_an_open_tracker_is_refused_by_the_name_of_its_user(tmp_path: Path) -> None:
    """Excel's owner file tells who; the lock tells that it is so."""
    path = tracker(tmp_path)
    (tmp_path / "~$Tracker.xlsx").write_bytes(owner_file("Siân Morgan"))
    with held(path), pytest.raises(TrackerLocked, match=r"Siân Morgan has Tracker\.xlsx open"):
        save_bytes(path, b"x")
    with held(tmp_path / "~$Tracker.xlsx"), pytest.raises(TrackerLocked, match="Siân Morgan"):
        check_not_open(path)
    assert path.read_bytes() == BOOK


def test_libreoffice_and_nameless_locks_are_recognised_too(tmp_path: Path) -> None:
    """LibreOffice writes `.~lock.Tracker.xlsx#`; some programs write nothing."""
    path = tracker(tmp_path)
    with held(path), pytest.raises(TrackerLocked, match="Somebody has"):
        check_not_open(path)
    (tmp_path / ".~lock.Tracker.xlsx#").write_text(",ann,PC7,23.11.2026 10:00,file:///somewhere/ann/.config;")
    with held(path), pytest.raises(TrackerLocked, match="ann has"):
        check_not_open(path)


def test_a_stale_owner_file_keeps_nobody_out(tmp_path: Path) -> None:
    """Excel leaves it behind when it crashes."""
    path = tracker(tmp_path)
    (tmp_path / "~$Tracker.xlsx").write_bytes(owner_file("Siân Morgan"))
    save_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_two_saves_at_once_do_not_lose_one(tmp_path: Path) -> None:
    """Of two that read the same file, one saves; the other is told, whatever the timing."""
    path = tracker(tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom cvsb_xl.errors import CvsbError\nfrom cvsb_xl.xlsx.save import save_bytes\n"
        "path=Path(sys.argv[1]); old=path.read_bytes(); print('read',flush=True); sys.stdin.readline()\n"
        "try: save_bytes(path, sys.argv[2].encode(), expect=old)\nexcept CvsbError as e: sys.exit(1)\n"
    )
    root = Path(__file__).parents[2]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        for text in ("one", "two")
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "read\n"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    codes = []
    for run in runs:
        run.communicate(timeout=60)
        codes.append(run.returncode)
    assert sorted(codes) == [0, 1]
    assert path.read_text() == ("one" if codes[0] == 0 else "two")


def test_leftovers_of_a_crash_are_cleaned_up_but_nobody_elses_files(tmp_path: Path) -> None:
    """Only names this program gives."""
    path = tracker(tmp_path)
    left = tmp_path / f".Tracker.xlsx.{'0' * 16}.tmp"
    others = [
        tmp_path / name for name in (".Tracker.xlsx.mine.tmp", f".Tracker 2.xlsx.{'0' * 16}.tmp", "a.tmp")
    ]
    for file in [left, *others]:
        file.write_bytes(b"x")
    save_bytes(path, b"new")
    assert not left.exists()
    assert all(file.exists() for file in others)


def test_errors_say_what_is_wrong(tmp_path: Path) -> None:
    """A missing folder, a missing source, a workbook that cannot be edited."""
    with pytest.raises(CannotSave, match="the folder does not exist"):
        save_bytes(tmp_path / "nowhere" / "Tracker.xlsx", b"x")
    with pytest.raises(UnusableFile, match="cannot be read"):
        patch_workbook(tmp_path / "none.xlsx", tmp_path / "none.xlsx", {})
    path = tracker(tmp_path)
    with pytest.raises(UnsupportedWorkbook, match=r"Tracker\.xlsx: .*no sheet named Other"):
        patch_workbook(path, path, {("Other", "A1"): 1})
    assert path.read_bytes() == BOOK


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    """The file behind it is replaced, not the link."""
    path = tracker(tmp_path)
    link = tmp_path / "link.xlsx"
    link.symlink_to(path)
    save_bytes(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("Tracker-LAPTOP-7QX.xlsx", True),
        ("Tracker (1).xlsx", True),
        ("Tracker (Ann's conflicted copy 2027-03-01).xlsx", True),
        ("Tracker-2026.xlsx", False),
        ("Tracker-2026-11.xlsx", False),
        ("Tracker old.xlsx", False),
        ("Tracker-final.xlsx", False),
        ("Tracker (1).docx", False),
        ("My Tracker (1).xlsx", False),
    ],
)
def test_conflict_copies_are_told_from_other_files(tmp_path: Path, name: str, is_copy: bool) -> None:
    """OneDrive adds the computer's name or a number; a year or a word is somebody's own name for a file."""
    path = tracker(tmp_path)
    (tmp_path / name).write_bytes(b"x")
    assert conflict_copies(path) == ([tmp_path / name] if is_copy else [])


def test_importing_the_package_loads_no_library() -> None:
    """Editing and saving are standard library only."""
    code = (
        "import sys, cvsb_xl.xlsx.patch, cvsb_xl.xlsx.save; "
        "print([m for m in ('openpyxl','python_calamine','xlsxwriter','lxml','pandas','numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "[]\n"
