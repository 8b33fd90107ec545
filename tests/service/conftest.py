"""Every test of the service runs on SQLite and on PostgreSQL, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from cvsb_xl.service import accounts
from tests.service.postgres import Cluster, postgres
from tests.service.running import Service, served, settings_for


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed with little work here; test_lockout.py holds the product's own parameters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own."""
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database; "" for SQLite in the data folder."""
    if request.param == "sqlite":
        return ""
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """A service that runs."""
    with served(settings_for(tmp_path / "data", database_url)) as running:
        yield running
