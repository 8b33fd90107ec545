"""The local service lets in only this user's own programs, does what a button asks, and says nothing of what it saw."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.commands.serve import _press, answer_json
from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.lines import escaped, pairs
from cvsb_xl.service.local import Doors, LocalService

SECRET = "Gwenllian of Harbour Street"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def service(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalService]:
    monkeypatch.setenv("CVSB_HOME", str(tmp_path))
    with (
        click.Context(cvsb, info_name="cvsb").scope() as ctx,
        LocalService(
            tmp_path,
            Doors(
                press=lambda name: _press(ctx, name),
                verb=lambda verb, request, lines: answer_json(ctx, verb, request, lines=lines),
                tell=told.append,
            ),
        ) as running,
    ):
        yield running


def asked(
    service: LocalService, path: str, body: str = "", method: str = "POST", **headers: str | None
) -> tuple[int, str]:
    """Ask as the launcher does; headers given as None are left out, others replaced."""
    sent: dict[str, str | None] = {
        "Host": f"127.0.0.1:{service.port}",
        "Authorization": f"Bearer {service.token}",
        **headers,
    }
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    data = body.encode()
    for name, value in (sent | {"Content-Length": str(len(data))}).items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(data)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_port_and_token_stand_where_only_the_user_can_read(service: LocalService) -> None:
    path = service.home / "local.txt"
    said = pairs(path.read_text(encoding="ascii"))
    assert said["port"] == [str(service.port)]
    assert said["token"] == [service.token]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(service.token) >= 40


def test_a_sign_of_life_is_given_to_who_has_the_token(service: LocalService) -> None:
    assert asked(service, "/ping") == (200, "cvsb")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": None},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ŵ".encode().decode("latin-1")},
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Host": "example.org"},
        {"Host": "127.0.0.1:1"},
        {"Host": None},
    ],
    ids=str,
)
def test_a_wrong_token_host_or_origin_is_refused(
    service: LocalService, headers: dict[str, str | None]
) -> None:
    for path in ("/ping", "/press/x", "/run/update", "/stop"):
        assert asked(service, path, **headers)[0] == 403
    assert not service._stopped.is_set()


def test_it_listens_on_the_loopback_address_alone(service: LocalService) -> None:
    assert service._server.server_address[0] == "127.0.0.1"


def test_no_other_program_can_listen_on_its_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr("socket.SO_EXCLUSIVEADDRUSE", -5, raising=False)  # Windows' own, which Linux lacks
    monkeypatch.setattr("socket.socket.setsockopt", lambda _self, *option: asked.append(option))
    with LocalService(tmp_path, Doors(press=lambda _: "", verb=lambda *_: "", tell=lambda _: None)):
        assert asked == [(socket.SOL_SOCKET, -5, 1)], "exclusive, and no SO_REUSEADDR, which undoes it"


@pytest.mark.parametrize("name", ["..", "%2e%2e", "none", "a/b", ""])
def test_only_a_run_of_the_users_own_is_answered(service: LocalService, name: str) -> None:
    assert asked(service, f"/press/{name}")[0] in (400, 404)


def test_get_and_what_is_not_json_are_refused(service: LocalService) -> None:
    assert asked(service, "/ping", method="GET")[0] == 405
    assert asked(service, "/run/update", "{")[0] == 400
    assert asked(service, "/run/update", "[" * 100_000)[0] == 400
    assert asked(service, "/run/update", "{}")[0] == 400
    assert asked(service, "/ping") == (200, "cvsb"), "it still answers"


def test_a_run_is_answered_in_its_folder(service: LocalService, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "20270331-090000"
    run.mkdir(parents=True)
    assert CliRunner().invoke(cvsb, ["new", str(run / "copy.xlsx")]).exit_code == 0
    tracker = escaped(str(tmp_path / "Tracker.xlsx"))
    (run / "request.txt").write_text(
        f"verb\tcheck\r\nworkbook\t{tracker}\r\ncopy\tcopy.xlsx\r\n", encoding="ascii"
    )
    assert asked(service, f"/press/{run.name}") == (200, "answered")
    assert (run / "answer.txt").read_text(encoding="ascii").startswith("cvsb-lines\t1\n")


def request(tmp_path: Path) -> dict[str, Any]:
    """A new tracker's tables as a client sends them, with a secret in one cell."""
    from cvsb_xl.hosts.json import value_to
    from cvsb_xl.xlsx.read import read_book

    path = tmp_path / "T.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(path), "--sample"]).exit_code == 0
    book = read_book(path.read_bytes(), name=path.name)
    sheets = [
        {
            "name": sheet.name,
            "rows": [[value_to(value) for value in row] for row in sheet.grid],
            "tables": [{"name": ref.name, "ref": ref.ref} for ref in sheet.tables],
        }
        for sheet in book.sheets.values()
    ]
    learning = next(sheet for sheet in sheets if sheet["name"] == "Learning")
    learning["rows"][4][-1] = SECRET  # type: ignore[index]
    return {"workbook": {"name": "T.xlsx", "sheets": sheets}}


def test_tables_go_in_and_steps_come_out_and_no_value_is_told(
    service: LocalService, tmp_path: Path, told: list[str]
) -> None:
    body = json.dumps(request(tmp_path))
    status, text = asked(service, "/run/check", body)
    assert status == 200, text
    answer = json.loads(text)
    assert {"put", "show", "linkcell"} <= {step["step"] for step in answer["steps"]}
    status, lines = asked(service, "/run/check", body, Accept="text/plain")
    assert status == 200
    assert lines.startswith("cvsb-lines\t1\r\n")
    assert lines.isascii()
    assert told
    assert not any(SECRET in line or "A-0001" in line or service.token in line for line in told)


def test_it_stops_when_it_is_told_and_takes_its_file_away(tmp_path: Path) -> None:
    doors = Doors(press=lambda _: "", verb=lambda *_: "", tell=lambda _: None)
    with LocalService(tmp_path, doors) as service:
        waiting = threading.Thread(target=service.wait)
        waiting.start()
        assert asked(service, "/stop")[0] == 200
        waiting.join(30)
        assert not waiting.is_alive()
    assert not (tmp_path / "local.txt").exists()


def test_it_stops_by_itself_when_nobody_asks(tmp_path: Path) -> None:
    doors = Doors(press=lambda _: "", verb=lambda *_: "", tell=lambda _: None)
    with LocalService(tmp_path, doors, rest_after=0.05) as service:
        service.wait()


def test_a_fault_of_ours_is_no_end_of_the_service_and_shows_nothing(tmp_path: Path, told: list[str]) -> None:
    def broken(_: str) -> str:
        raise RuntimeError(SECRET)

    with LocalService(tmp_path, Doors(press=broken, verb=lambda *_: "", tell=told.append)) as service:
        assert asked(service, "/press/x") == (500, "This is a fault of cvsb-xl.")
        assert asked(service, "/ping") == (200, "cvsb")
    assert not any(SECRET in line for line in told)


def test_a_refusal_in_words_reaches_the_person(tmp_path: Path) -> None:
    def refused(_: str) -> str:
        raise CannotDo("There is no such run.")

    with LocalService(tmp_path, Doors(press=refused, verb=lambda *_: "", tell=lambda _: None)) as service:
        assert asked(service, "/press/x") == (400, "There is no such run.")


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "local.txt"
    process = subprocess.Popen(
        [sys.executable, "-m", "cvsb_xl", "serve", "--local"],
        env={**os.environ, "CVSB_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert "The CVSB service answers Excel at 127.0.0.1:" in process.stderr.readline()
        said = pairs(path.read_text(encoding="ascii"))
        connection = HTTPConnection("127.0.0.1", int(said["port"][0]), timeout=60)
        connection.request("POST", "/stop", headers={"Authorization": f"Bearer {said['token'][0]}"})
        assert connection.getresponse().status == 200
        connection.close()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    assert not path.exists()
