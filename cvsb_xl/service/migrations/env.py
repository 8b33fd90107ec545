"""Alembic's entry: runs the migrations in the transaction that `open_database` began."""

from __future__ import annotations

from alembic import context

from cvsb_xl.service.database import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
