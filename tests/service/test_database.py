"""The tables, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from cvsb_xl.service import audit
from cvsb_xl.service.database import audit as audit_table
from cvsb_xl.service.database import metadata, open_database, reading, writing
from tests.service.running import Service, settings_for


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path, database_url: str) -> None:
    engine = open_database(settings_for(tmp_path / "data", database_url))
    with reading(engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    engine.dispose()


def test_a_second_start_changes_nothing(tmp_path: Path, database_url: str) -> None:
    settings = settings_for(tmp_path / "data", database_url)
    open_database(settings).dispose()
    open_database(settings).dispose()


@pytest.mark.parametrize("statement", [update(audit_table).values(actor="x"), delete(audit_table)])
def test_the_database_itself_refuses_to_change_or_delete_an_audit_row(
    service: Service, statement: object
) -> None:
    with writing(service.state.engine) as conn:
        audit.append(conn, "a", "board", "looked", "dashboard")
    with pytest.raises(DBAPIError, match="append-only"), writing(service.state.engine) as conn:
        conn.execute(statement)  # type: ignore[call-overload]
    with reading(service.state.engine) as conn:
        assert audit.count(conn) == 1
        assert conn.execute(text("SELECT actor FROM audit")).scalar() == "a"
