"""The rewrite of the requests loses no row, whoever calls it and whatever the inbox has."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"

REWRITE = Path(__file__).with_suffix(".sql")
BEFORE = Path(__file__).with_name("0022_requests.sql")


def upgrade() -> None:
    op.execute(REWRITE.read_text())


def downgrade() -> None:
    text = BEFORE.read_text()
    function = text[text.index("create function rewrite_requests") : text.index("end $$;")] + "end $$;"
    op.execute("create or replace" + function.removeprefix("create"))
