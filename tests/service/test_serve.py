"""`cvsb serve --data`: one command; the first start prints a one-time link."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo
from cvsb_xl.service.server import check_address
from cvsb_xl.service.settings import read_settings
from tests.service.process import Process, started
from tests.service.running import PASSWORD

pytestmark = pytest.mark.slow


def make_account(process: Process, link: str) -> int:
    form = {"email": "ann@example.org", "name": "Ann", "password": PASSWORD}
    with httpx2.Client(base_url=process.url, trust_env=False) as client:
        return client.post(link, data=form, headers={"Origin": process.url}).status_code


def test_each_start_without_an_account_prints_a_new_link_and_one_with_an_account_none(tmp_path: Path) -> None:
    with started(tmp_path / "data") as first:
        old = first.link()
    assert first.process.returncode in (0, -15)
    with started(tmp_path / "data") as second:
        new = second.link()
        assert make_account(second, old) == 410, "the link of an earlier start stops working"
        assert make_account(second, new) == 303
        assert make_account(second, new) == 410
    with started(tmp_path / "data") as third:
        third.waits_for('"event": "started"')
        assert "/invitation/" not in "\n".join(third.said)
    with started(tmp_path / "data", "--new-link") as fourth:
        assert fourth.link()


def test_it_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    with started(tmp_path / "data") as process:
        process.link()
        process.process.terminate()
        process.waits_for('"event": "stopped"')
        process.process.wait(30)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_else_can_read_what_it_keeps(tmp_path: Path) -> None:
    with started(tmp_path / "data") as process:
        process.link()
    found = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert {"service.db", "audit.key", "secrets.key", "files"} <= {path.name for path in found}
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


@pytest.mark.parametrize(
    ("host", "changes", "words"),
    [
        ("0.0.0.0", {}, "without TLS"),
        ("::", {"base_url": "http://127.0.0.1:8710"}, "without TLS"),
        ("127.0.0.1", {"base_url": "http://tracker.example.org"}, "only over HTTPS"),
        ("127.0.0.1", {"base_url": "https://tracker.example.org"}, "behind_proxy = true"),
    ],
)
def test_it_refuses_to_listen_where_passwords_could_be_read_on_the_way(
    tmp_path: Path, host: str, changes: dict[str, str], words: str
) -> None:
    settings = dataclasses.replace(read_settings(tmp_path / "data", {}), **changes)  # type: ignore[arg-type]
    with pytest.raises(CannotDo, match=words):
        check_address(settings, host)


def test_behind_a_proxy_it_may_listen_to_other_computers(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "data", {})
    check_address(
        dataclasses.replace(settings, base_url="https://t.example.org", behind_proxy=True), "0.0.0.0"
    )


def test_the_command_wants_a_data_folder_or_local() -> None:
    for words in ([], ["--local", "--data", "x"]):
        result = CliRunner().invoke(cvsb, ["serve", *words])
        assert result.exit_code == 2
        assert "--data DIR" in result.output


def test_without_its_libraries_it_says_how_to_install_them() -> None:
    """And everything else of cvsb works without them: help does."""
    start = "import sys; sys.modules['uvicorn'] = None; sys.argv = ['cvsb', *{}]; from cvsb_xl.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start.format(["serve", "--data", "x"])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install '.[service]'" in done.stderr
    loaded = "import sys; from cvsb_xl.cli import cvsb; cvsb(['check', '--help'], standalone_mode=False); print(sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert not {"fastapi", "sqlalchemy", "uvicorn", "jinja2", "cvsb_xl.service"} & set(
        re.findall(r"'([\w.]+)'", said)
    )
