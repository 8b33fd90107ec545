"""The store of files, and how they leave it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cvsb_xl.service.files import Files
from cvsb_xl.service.pages.common import attachment


def test_a_name_is_random_and_a_file_is_written_once(tmp_path: Path) -> None:
    files = Files((tmp_path / "files").as_uri())
    first, second = files.put(b"same"), files.put(b"same")
    assert first != second
    assert files.get(first) == files.get(second) == b"same"
    kept = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert {path.parent.name + path.name for path in kept} == {first, second}
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o400}


@pytest.mark.parametrize("key", ["", "../service.db", "a" * 39, "A" * 40, "/etc/passwd", "a" * 38 + "/x"])
def test_what_is_no_key_finds_nothing(tmp_path: Path, key: str) -> None:
    (tmp_path / "service.db").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        Files((tmp_path / "files").as_uri()).get(key)


def test_any_store_that_fsspec_knows_will_do() -> None:
    files = Files("memory://cvsb-files-test")
    assert files.get(files.put(b"kept elsewhere")) == b"kept elsewhere"


def test_a_download_is_an_attachment_whose_name_can_break_nothing() -> None:
    headers = attachment(b"x", 'Return"; filename="evil.html\r\nX: y/../é.xlsx').headers
    said = headers["content-disposition"]
    assert said.startswith('attachment; filename="')
    assert said.count('"') == 2
    assert not {"\r", "\n", "/"} & set(said)
    assert "X: y" not in said
    assert headers["content-type"].startswith("application/vnd.openxmlformats")
