"""The service's tables, on SQLite or PostgreSQL, and how a transaction begins.

One set of statements serves both. The tables come about by the migrations alone (`migrations/`); a test holds that they
make what stands here. All times are UTC; ids are random UUIDs as text unless a column says otherwise.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.types import TypeDecorator

from cvsb_xl.errors import CannotDo
from cvsb_xl.service.settings import Settings

WRITING = "cvsb_writing"
_MIGRATION_LOCK = 0x63767362
"""A number of our own for PostgreSQL's advisory locks: "cvsb"."""


class Moment(TypeDecorator[datetime]):
    """A time with its zone; SQLite, which keeps none, holds UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(36), primary_key=True)


account = Table(
    "account", metadata, _id(),
    Column("email", Text, nullable=False, unique=True),  # case-folded
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("totp_secret", Text),  # sealed with keys/secrets.key
    Column("totp_step", Integer),  # the last time step whose code was used: no code counts twice
    Column("recovery_hashes", JSON),
    Column("issuer", Text),
    Column("subject", Text),
    Column("founder", Boolean, nullable=False, default=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("issuer", "subject"),
)  # fmt: skip

invitation = Table(
    "invitation", metadata, _id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("email", Text),  # none for the founder's: the link alone says who
    Column("founder", Boolean, nullable=False, default=False),
    Column("made_by", String(36)),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("account_id", ForeignKey("account.id")),
)  # fmt: skip

session = Table(
    "session", metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("stage", String(8), nullable=False),  # "code": the password was right, the second step is still to come; "full"
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("about", Text, nullable=False),  # the browser's family alone
)  # fmt: skip

sign_in_flow = Table(
    "sign_in_flow", metadata,  # a sign-in at the organisation's own page that has begun and not come back
    Column("state_hash", String(64), primary_key=True),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("next", Text, nullable=False),
    Column("invitation_id", ForeignKey("invitation.id")),
    Column("email", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)  # fmt: skip

token = Table(
    "token", metadata, _id(),
    Column("hash", String(64), nullable=False, unique=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # words with a space between
    Column("made_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)  # fmt: skip

publication = Table(
    "publication", metadata, _id(),
    Column("number", Integer, nullable=False, unique=True),
    Column("key", Text, nullable=False, unique=True),
    Column("by_account", ForeignKey("account.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("as_at", Text, nullable=False),
    Column("tracker_id", Text, nullable=False),
    Column("log_seq", Integer, nullable=False),
    Column("log_head", Text, nullable=False),
    Column("previous", ForeignKey("publication.id")),
    Column("digest", String(64), nullable=False),
    Column("tables_key", Text, nullable=False),
)  # fmt: skip

sheet = Table(
    "sheet", metadata,
    Column("sheet_id", Text, primary_key=True),
    Column("publication_id", ForeignKey("publication.id"), nullable=False, index=True),
    Column("agency", Text, nullable=False, index=True),
    Column("issued_at", Text, nullable=False),
    Column("due_back_on", Text),
    Column("base_digest", String(64), nullable=False),
    Column("file_key", Text, nullable=False),
    Column("current", Boolean, nullable=False),
)  # fmt: skip

upload = Table(
    "upload", metadata, _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("agency", Text, nullable=False),
    Column("sheet_id", Text),
    Column("by_account", ForeignKey("account.id"), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("file_key", Text, nullable=False),
    Column("source", String(8), nullable=False),  # "file" or "page"
    Column("state", String(12), nullable=False),  # quarantined -> received | refused -> accepted
    Column("reason", Text),
    Column("plan_key", Text),
    Column("counts", JSON),
    Column("receipt_key", Text),
    Column("receipt_text_key", Text),
    Column("decided_at", Moment),
    Column("accepted_publication", ForeignKey("publication.id")),
    Index("ix_upload_agency_received", "agency", "received_at"),
    Index("ix_upload_state", "state"),
)  # fmt: skip

audit = Table(
    "audit", metadata,  # append-only: triggers refuse UPDATE and DELETE
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("about", Text, nullable=False),  # canonical JSON
    Column("previous", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
)  # fmt: skip


def new_id() -> str:
    """Return a random id for a row."""
    return str(uuid.uuid4())


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def open_database(settings: Settings) -> Engine:
    """Connect, and bring the tables up to this version; several processes may start at once.

    Raises:
        CannotDo: the database cannot be reached, or a newer version of cvsb-xl has changed it.
    """
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = _engine(settings)
        with writing(engine) as conn:
            if engine.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            _migrate(conn)
    except CommandError as error:
        raise CannotDo(f"The service's database was made by another version of cvsb-xl: {error}") from error
    except SQLAlchemyError as error:
        raise CannotDo(
            f"The service's database cannot be used ({type(error).__name__}): {_reason(error)}"
        ) from error
    return engine


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _engine(settings: Settings) -> Engine:
    room = 2 * settings.at_once
    options: dict[str, Any] = {"pool_size": room, "max_overflow": room, "hide_parameters": True}
    if settings.database_url.startswith("sqlite"):
        engine = create_engine(
            settings.database_url, connect_args={"timeout": 60, "check_same_thread": False}, **options
        )
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)
        return engine
    if not settings.database_url.startswith("postgresql+psycopg:"):
        raise CannotDo("database_url should begin with sqlite: or postgresql+psycopg:")
    return create_engine(settings.database_url, pool_pre_ping=True, **options)


def _sqlite_connects(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=60000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begins(connection: Connection) -> None:
    # One that will write takes its lock at once: a reader that becomes a writer halfway can be refused by another.
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITING) else "BEGIN"
    )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; kept when the block ends, undone when it fails."""
    with engine.connect().execution_options(**{WRITING: True}) as conn, conn.begin():
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with engine.connect() as conn, conn.begin():
        yield conn


def _migrate(conn: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
