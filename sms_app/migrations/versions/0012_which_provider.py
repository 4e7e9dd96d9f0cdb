"""Which provider sent a message and reported on it, and reports and reasons in our own words."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(TABLES.read_text())


def downgrade() -> None:
    # the reasons stay as they are: the former code reads them, too
    op.execute("alter table delivery_report drop constraint uq_delivery_report_provider_id_provider_status")
    op.execute("alter table delivery_report drop column provider, drop column result")
    op.execute(
        "alter table delivery_report add constraint uq_delivery_report_provider_id_status unique (provider_id, status)"
    )
    op.execute("alter table message drop column provider")
