"""What the trial needs from the first day on: screening, nominated men, who gave a consent, villages, study ids."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"

TRIAL = Path(__file__).with_suffix(".sql")
# as in revision 0015
CONSENT_NOW = """
create or replace view consent_now with (security_invoker = true) as
  select distinct on (participant_id, purpose) participant_id, purpose, given
  from consent order by participant_id, purpose, taken_on desc, given
"""
# as in revision 0011
WATCHED = """
create trigger plans_read_this
  after insert or delete or truncate or update of participant_id, purpose, given, taken_on on consent
  for each statement execute function note_plan_change('consent')
"""


def upgrade() -> None:
    op.execute(TRIAL.read_text())


def downgrade() -> None:
    op.execute("drop schema study cascade")
    op.execute("drop function trial_consent")
    op.execute(CONSENT_NOW)
    op.execute("drop trigger plans_read_this on consent")
    op.execute(WATCHED)
    op.execute("drop table nomination, screening_exclusion, screening")
    op.execute("alter table consent drop column given_by, drop column asked_alone")
    op.execute("alter table household drop column village")
    op.execute("alter table participant drop column birth_year")
