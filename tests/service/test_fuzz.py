"""Whatever is asked of any address, by whatever role: no fault of the service, and no word of another agency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok

from cvsb_xl.commands import apart
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.service.app import build_app
from cvsb_xl.service.jobs import check_waiting
from cvsb_xl.xlsx.patch import patch_workbook
from tests.service.postgres import Cluster
from tests.service.rounds import LEADS, MANAGER, Manager, hand_in, issued_sheet, lead, token_of, typed
from tests.service.running import Service, Visitor, served, settings_for

pytestmark = pytest.mark.slow

WORDS = "Rhiannon of Orchard Lane"
"""Planted wherever another agency speaks; invented."""
ROLES = {
    "nobody": "",
    "a stranger": "stranger@example.org",
    "agency lead": LEADS["SWP"],
    "board": "sample.chair@example.org",
    "member": "sample.member5@example.org",
    "manager": MANAGER,
}
BLIND = ("nobody", "a stranger", "agency lead")
"""Those who may see no other agency's words."""
EXAMPLES = 12


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service to which a tracker was published, and in which another agency's answers wait."""
    folder = tmp_path_factory.mktemp("fuzz")
    url = ""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.new_database()
    with served(settings_for(folder / "data", url), verbs=apart.verbs(None)) as running:
        manager = Manager(folder, running).new()
        _plant(manager.tracker)
        manager.run("publish")
        data = typed(issued_sheet(running, "CVUHB"), {"Barriers": f"{WORDS} has left"})
        assert hand_in(lead(running, "CVUHB"), data, name=f"{WORDS}.xlsx").status_code == 202
        from collections import Counter

        check_waiting(running.state, Counter())
        yield running


def _plant(path: Path) -> None:
    data = open_tracker(path).tracker["assignments"]
    cells = {
        (data.schema.sheet, str(data.cell(row, name))): WORDS
        for row in data
        if row["agency"] == "CVUHB"
        for name in ("evidence", "progress_update", "lead_name")
    }
    assert cells
    patch_workbook(path, path, cells)


def visitor(service: Service, role: str, *, by_token: bool) -> Visitor:
    email = ROLES[role]
    if not email:
        return service.visitor()
    if by_token:
        return service.visitor(token_of(service, email, "publish", "return", "verbs"))
    return service.signed_in(email)


def operations(service: Service) -> list[tuple[str, object]]:
    schema = schemathesis.openapi.from_dict(build_app(service.state).openapi())
    found = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        found.append((result.ok().label, result.ok()))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_no_address_fails_or_tells_another_agencys_words(service: Service, role: str) -> None:
    every = operations(service)
    assert len(every) > 15
    seen: set[int] = set()
    for label, operation in every:
        for by_token in (True, False):
            if by_token and "/api/" not in label:
                continue
            _try(service, role, label, operation, seen, by_token=by_token)
    assert seen & {200, 201, 202, 303, 401, 403}


def _try(
    service: Service, role: str, label: str, operation: object, seen: set[int], *, by_token: bool
) -> None:
    who = visitor(service, role, by_token=by_token)
    own = {"Origin": service.url, "Sec-Fetch-Site": "same-origin"}
    if by_token and ROLES[role]:
        own = {"Authorization": f"Bearer {who._token}"}
    if who.cookies:
        own["Cookie"] = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    session = requests.Session()
    session.trust_env = False
    few = 3 if "/api/verbs/{verb}" in label else EXAMPLES

    @given(case=operation.as_strategy())  # type: ignore[attr-defined]
    @settings(
        max_examples=few,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Case) -> None:
        answer = case.call(
            base_url=service.url, headers=own, session=session, allow_redirects=False, timeout=60
        )
        seen.add(answer.status_code)
        assert answer.status_code < 500, (label, answer.status_code)
        if role in BLIND:
            assert WORDS.encode() not in answer.content, label
            assert WORDS not in str(answer.headers), label

    attempt()
