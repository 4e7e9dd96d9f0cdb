"""What the trial needs from the first day on: screening, nominated men, who gave a consent, villages, study ids."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"

TRIAL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(TRIAL.read_text())


def downgrade() -> None:
    op.execute("drop schema study cascade")
    op.execute("drop table nomination, screening_exclusion, screening")
    op.execute("alter table consent drop column given_by, drop column asked_alone")
    op.execute("alter table household drop column village")
    op.execute("alter table participant drop column birth_year")
