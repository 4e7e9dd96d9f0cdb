"""What kind of installation a database belongs to, and a check value for each key that it is sealed with."""

from pathlib import Path

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0006"

TABLES = Path(__file__).with_suffix(".sql")
# `up` notes in the trail that it loaded the demo's people
DEMO_WAS_LOADED = "select exists (select from audit_entry where what = 'load_demo')"


def upgrade() -> None:
    op.execute(TABLES.read_text())
    conn = op.get_bind()
    decide = context.config.attributes.get("kind")
    if decide is not None:
        kind = decide(conn)
    else:
        kind = "demo" if conn.exec_driver_sql(DEMO_WAS_LOADED).scalar_one() else "production"
    conn.execute(sa.text("insert into installation values (1, :kind)"), {"kind": kind})


def downgrade() -> None:
    op.execute("drop table vault_key_check")
    op.execute("drop table installation")
