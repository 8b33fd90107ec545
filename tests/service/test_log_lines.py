"""No cell value, name, e-mail, password, token or link in any log line: words planted everywhere, and the log of a real run searched."""

from __future__ import annotations

import gzip
import json
import logging
import re
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, Depends
from sqlalchemy import text

from cvsb_xl.service import app as service_app
from cvsb_xl.service import logs, sessions
from cvsb_xl.service.app import routers
from cvsb_xl.service.depends import Conn, anyone
from tests.service.process import started
from tests.service.running import PASSWORD, served, settings_for

pytestmark = pytest.mark.slow

PLANTED = {
    "name": "Zyngfriede Quaxworth",
    "email": "zyngfriede.quaxworth@example.org",
    "password": "vexed umbrella ninety lighthouse",
    "wrong": "blorptastic wrongness twelve",
    "query": "quibblesnort",
    "path": "flimflammery",
    "agent": "Snorkelbrowser",
    "cell": "Child Ombrosius lives at 4 Grimble Street",
    "form": "wuthermuffin",
    "file": "grobblewhistle.xlsx",
    "token": "cvsb_snickerdoodletoken",
    "cookie": "cookiecrumblebelly",
}


def test_a_real_runs_log_holds_none_of_what_people_and_programs_sent(tmp_path: Path) -> None:
    secrets: dict[str, str] = {}
    with started(tmp_path / "data") as process:
        link = process.link()
        secrets["link"] = link.rsplit("/", 1)[-1]
        agent = {"Origin": process.url, "User-Agent": PLANTED["agent"]}
        with httpx2.Client(base_url=process.url, headers=agent, trust_env=False, timeout=60) as client:

            def post(path: str, form: dict[str, str], **headers: str) -> httpx2.Response:
                return client.post(path, data=form, headers=headers)

            post(link, {"name": PLANTED["name"], "email": PLANTED["form"], "password": "short"})
            made = post(
                link, {"name": PLANTED["name"], "email": PLANTED["email"], "password": PLANTED["password"]}
            )
            cookie = made.headers["set-cookie"].split(";")[0]
            secrets["session"] = cookie.partition("=")[2]
            page = client.get("/account/two-step", headers={"Cookie": cookie}).text
            secrets["totp"] = re.search(r'name="secret" value="(\w+)"', page)[1]  # type: ignore[index]
            post("/account/two-step", {"secret": secrets["totp"], "code": PLANTED["form"]}, Cookie=cookie)
            post("/account/password", {"old": PLANTED["wrong"], "new": PLANTED["password"]}, Cookie=cookie)
            post("/sign-in", {"email": PLANTED["email"], "password": PLANTED["wrong"]})
            post(
                "/sign-in",
                {"email": PLANTED["form"], "password": PLANTED["wrong"], "next": "/" + PLANTED["query"]},
            )
            post("/sign-in/code", {"code": PLANTED["form"]}, Cookie=f"{sessions.COOKIE}={PLANTED['cookie']}")
            client.get("/" + PLANTED["path"], params={"q": PLANTED["query"]})
            client.get("/invitation/" + PLANTED["path"])
            client.get("/agency/rows/assignments/" + PLANTED["path"], headers={"Cookie": cookie})
            client.get("/sign-in", params={"next": "/" + PLANTED["query"]})
            client.request(PLANTED["path"].upper(), "/")
            client.request("X" + PLANTED["path"], "/" + PLANTED["path"])
            bearer = {"Authorization": f"Bearer {PLANTED['token']}"}
            publication = {
                "tables": {"assignments": [{"evidence": PLANTED["cell"]}]},
                "name": PLANTED["file"],
            }
            for path in ("/api/publications", "/api/verbs/merge", "/api/returns"):
                client.post(path, json=publication, headers={**bearer, "Idempotency-Key": PLANTED["query"]})
                client.post(path, content=gzip.compress(json.dumps(publication).encode()), headers=bearer)
            file = {"file": (PLANTED["file"], PLANTED["cell"].encode())}
            client.post("/api/returns", files=file, headers={"Cookie": cookie})
            client.get("/", headers={"Host": PLANTED["path"]})
            client.get("/", headers={"Cookie": f"{sessions.COOKIE}={PLANTED['cookie']}"})
        process.process.terminate()
        process.waits_for('"event": "stopped"')
        said = [line for line in process.said if secrets["link"] not in line or not line.startswith("http")]
    log = "\n".join(said).lower()
    assert log.count('"event": "request"') >= 20, "the log was looked at"
    assert '"route": "/invitation/{secret}"' in log
    found = {what for what, words in {**PLANTED, **secrets}.items() if words.lower() in log}
    found |= {
        word
        for words in (PLANTED["name"], PLANTED["cell"])
        for word in words.lower().split()
        if len(word) > 6 and word in log
    }
    assert not found
    told = [
        line for line in said if not line.startswith(("{", "The CVSB service", "Open this link", "Stopped."))
    ]
    assert not told, "every line is one of ours"


def test_a_fault_in_the_code_is_logged_by_its_place_and_not_by_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of an exception can hold a cell's value: a database's "duplicate key (evidence)=(...)" does."""
    broken = APIRouter()

    @broken.get("/breaks", dependencies=[Depends(anyone)])
    def breaks(conn: Conn) -> None:
        conn.execute(text("SELECT :cell FROM nowhere"), {"cell": PLANTED["cell"]})

    monkeypatch.setattr(service_app, "routers", lambda: [*routers(), broken])
    monkeypatch.setattr(logging.getLogger("cvsb.service"), "handlers", [])  # what is started here ends here
    with served(settings_for(tmp_path / "data")) as running:
        logs.start()
        answer = running.visitor().get("/breaks")
    log = capsys.readouterr().err
    assert answer.status_code == 500
    fault = next(json.loads(line) for line in log.splitlines() if '"event": "fault"' in line)
    assert fault["request"] == answer.headers["x-request-id"]
    assert fault["kind"] == "OperationalError"
    assert any("test_log_lines.py" in place for place in fault["at"])
    assert "Ombrosius" not in log
    assert PASSWORD not in log
