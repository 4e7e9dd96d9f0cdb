"""Alembic runs this for each command of `sms_app.migrations.run`, on the connection of the caller."""

from __future__ import annotations

from alembic import context

from sms_app.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
