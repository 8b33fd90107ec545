"""The audit: append-only, chained, and verified from the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo
from cvsb_xl.service import audit, keys
from cvsb_xl.service.app import open_state
from cvsb_xl.service.database import audit as table
from cvsb_xl.service.database import reading, writing
from tests.service.running import Service, served, settings_for


def fill(service: Service, rows: int = 5) -> list[tuple[int, str]]:
    heads = []
    with writing(service.state.engine) as conn:
        for number in range(rows):
            heads.append(audit.append(conn, "a-1", "board", "looked", f"sheet {number}", {"cells": number}))
    return heads


def faults(service: Service, against: tuple[int, str] | None = None) -> list[str]:
    with reading(service.state.engine) as conn:
        return audit.verify(conn, against)


def tamper(service: Service, statement: str) -> None:
    """Change rows as somebody with the whole database could: without the triggers."""
    with writing(service.state.engine) as conn:
        if conn.dialect.name == "sqlite":
            conn.execute(text("DROP TRIGGER audit_UPDATE"))
            conn.execute(text("DROP TRIGGER audit_DELETE"))
        else:
            conn.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        conn.execute(text(statement))


def test_an_audit_as_it_was_written_holds(service: Service) -> None:
    heads = fill(service)
    assert faults(service) == []
    assert faults(service, heads[2]) == []
    with reading(service.state.engine) as conn:
        assert audit.head(conn) == heads[-1]
        assert conn.execute(select(table.c.about).where(table.c.seq == 3)).scalar_one() == '{"cells":2}'


@pytest.mark.parametrize("column", ["actor", "role", "action", "object_key", "about"])
def test_it_names_the_first_row_that_somebody_changed(service: Service, column: str) -> None:
    fill(service)
    tamper(service, f"UPDATE audit SET {column} = 'x' WHERE seq IN (3, 4)")
    assert faults(service)[0] == "row 3 is not as it was written"


def test_it_names_a_row_whose_time_was_changed(service: Service) -> None:
    fill(service)
    tamper(
        service,
        "UPDATE audit SET at = '2020-01-01 00:00:00+00' WHERE seq = 2"
        if service.state.engine.dialect.name == "postgresql"
        else "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2",
    )
    assert faults(service)[0] == "row 2 is not as it was written"


def test_it_names_rows_that_are_missing(service: Service) -> None:
    fill(service)
    tamper(service, "DELETE FROM audit WHERE seq IN (2, 3)")
    assert faults(service)[0] == "rows 2 to 3 are missing"


def test_a_row_taken_out_and_the_rest_counted_anew_does_not_hold_either(service: Service) -> None:
    fill(service)
    tamper(service, "DELETE FROM audit WHERE seq = 5")
    tamper_again = "UPDATE audit SET seq = 5 WHERE seq = 4"
    with writing(service.state.engine) as conn:
        conn.execute(text(tamper_again))
        conn.execute(text("UPDATE audit SET seq = 4 WHERE seq = 3"))
        conn.execute(text("UPDATE audit SET seq = 3 WHERE seq = 2"))
    assert faults(service)[0] == "row 2 is missing"


def test_an_end_that_is_cut_off_shows_against_a_head_that_left(service: Service) -> None:
    heads = fill(service)
    tamper(service, "DELETE FROM audit WHERE seq > 3")
    assert faults(service) == [], "the chain alone cannot know"
    assert faults(service, heads[-1]) == ["the end is cut off: it had a row 5, and now ends at 3"]
    assert faults(service, (3, "0" * 64)) == ["row 3 is not the one that the given head was made of"]


def test_rows_of_requests_at_the_same_time_follow_one_another(service: Service) -> None:
    import threading

    def work() -> None:
        for _ in range(5):
            fill(service, 2)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults(service) == []
    with reading(service.state.engine) as conn:
        assert audit.head(conn)[0] == 60


def test_what_is_refused_to_somebody_stands_in_it(service: Service) -> None:
    service.publish_members({"email": "ann@example.org", "board": "Yes"})
    assert service.signed_in("ann@example.org").get("/manage").status_code == 403
    with reading(service.state.engine) as conn:
        rows = conn.execute(select(table.c.actor, table.c.role, table.c.action)).all()
    assert (service.account("ann@example.org"), "board", "refused") in [tuple(row) for row in rows]


def test_a_database_without_its_key_is_refused_and_not_given_a_new_one(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with served(settings) as running:
        fill(running)
    (tmp_path / "data" / "keys" / keys.AUDIT).unlink()
    with pytest.raises(CannotDo, match=r"its key .* is missing"):
        open_state(settings)


# The command


def verify(data: Path, *more: str) -> Result:
    return CliRunner().invoke(cvsb, ["log", "verify", "--service", str(data), *more])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with served(settings_for(tmp_path / "data")) as running:
        fill(running)
        with reading(running.state.engine) as conn:
            seq, chain = audit.head(conn)
    (tmp_path / "receipt.txt").write_text(f"Receipt\n\nAudit head: {seq} {chain}\n", encoding="utf-8")
    return tmp_path / "data"


def change(data: Path, statement: str) -> None:
    with sqlite3.connect(data / "service.db") as conn:
        conn.execute("DROP TRIGGER audit_UPDATE")
        conn.execute("DROP TRIGGER audit_DELETE")
        conn.execute(statement)
    conn.close()


def test_the_command_says_that_it_holds_and_where_it_ends(data: Path) -> None:
    result = verify(data)
    assert result.exit_code == 0, result.output
    assert "The service's audit of 5 rows holds. Its head is 5 " in result.output
    said = json.loads(verify(data, "--format", "json").output)
    assert (said["rows"], said["faults"], said["head"][0]) == (5, [], 5)


def test_the_command_names_the_first_bad_row(data: Path) -> None:
    change(data, "UPDATE audit SET actor = 'x' WHERE seq = 4")
    result = verify(data)
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "Audit: row 4 is not as it was written"
    assert "does not hold" in result.output


def test_the_last_head_of_a_text_counts_because_an_agencys_words_stand_above_it(data: Path) -> None:
    path = data.parent / "receipt.txt"
    path.write_text(f'- Evidence: "Audit head: 3 {"0" * 64}"\n\n{path.read_text()}', encoding="utf-8")
    assert verify(data, "--against", str(path)).exit_code == 0


def test_a_file_without_a_head_is_no_proof_of_anything(data: Path) -> None:
    (data.parent / "note.txt").write_text("Nothing.", encoding="utf-8")
    result = verify(data, "--against", str(data.parent / "note.txt"))
    assert result.exit_code != 0
    assert "carries no head of the service's audit" in str(result.exception)


def test_the_command_holds_it_against_a_receipt(data: Path) -> None:
    receipt = str(data.parent / "receipt.txt")
    assert verify(data, "--against", receipt).exit_code == 0
    change(data, "DELETE FROM audit WHERE seq = 5")
    result = verify(data, "--against", receipt)
    assert result.exit_code == 1
    assert "the end is cut off" in result.output


def test_the_command_makes_no_service_where_there_is_none(tmp_path: Path) -> None:
    result = verify(tmp_path / "nothing")
    assert result.exit_code != 0
    assert not (tmp_path / "nothing").exists()
    assert "no sync service" in str(result.exception)
