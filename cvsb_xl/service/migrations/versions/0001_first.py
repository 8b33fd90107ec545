"""The first tables, and the triggers that keep the audit append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cvsb_xl.service.database import Moment

revision = "0001"
down_revision = None

_SQLITE = "CREATE TRIGGER audit_{verb} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
_POSTGRESQL = (
    """CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$""",
    "CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_is_append_only()",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("recovery_hashes", sa.JSON(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("founder", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_account_issuer")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("founder", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invitation_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("by_account", sa.String(length=36), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("as_at", sa.Text(), nullable=False),
        sa.Column("tracker_id", sa.Text(), nullable=False),
        sa.Column("log_seq", sa.Integer(), nullable=False),
        sa.Column("log_head", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=36), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tables_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_account"], ["account.id"], name=op.f("fk_publication_by_account")),
        sa.ForeignKeyConstraint(["previous"], ["publication.id"], name=op.f("fk_publication_previous")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("key", name=op.f("uq_publication_key")),
        sa.UniqueConstraint("number", name=op.f("uq_publication_number")),
    )
    op.create_table(
        "session",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.create_table(
        "sheet",
        sa.Column("sheet_id", sa.Text(), nullable=False),
        sa.Column("publication_id", sa.String(length=36), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.Text(), nullable=False),
        sa.Column("due_back_on", sa.Text(), nullable=True),
        sa.Column("base_digest", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_sheet_publication_id")),
        sa.PrimaryKeyConstraint("sheet_id", name=op.f("pk_sheet")),
    )
    op.create_index(op.f("ix_sheet_agency"), "sheet", ["agency"], unique=False)
    op.create_index(op.f("ix_sheet_publication_id"), "sheet", ["publication_id"], unique=False)
    op.create_table(
        "sign_in_flow",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.String(length=36), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_sign_in_flow_invitation_id")
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_flow")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.Text(), nullable=True),
        sa.Column("by_account", sa.String(length=36), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("plan_key", sa.Text(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("receipt_key", sa.Text(), nullable=True),
        sa.Column("receipt_text_key", sa.Text(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("accepted_publication", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_publication"], ["publication.id"], name=op.f("fk_upload_accepted_publication")
        ),
        sa.ForeignKeyConstraint(["by_account"], ["account.id"], name=op.f("fk_upload_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("key", name=op.f("uq_upload_key")),
    )
    op.create_index("ix_upload_agency_received", "upload", ["agency", "received_at"], unique=False)
    op.create_index("ix_upload_state", "upload", ["state"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        statements = tuple(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRESQL
    for statement in statements:
        op.execute(statement)
