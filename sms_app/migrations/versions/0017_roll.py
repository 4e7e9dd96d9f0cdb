"""Attendance by source, who was expected at a session, who took its roll, and the PINs of coaches."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

ROLL = Path(__file__).with_suffix(".sql")
PIN_WAS_OPENED = """
create or replace function pin_was_opened() returns trigger language plpgsql as $$
begin
  if not exists (select from public.pin_opening o where o.participant_id = new.id) then
    raise exception 'no coach opened this PIN' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$
"""
ROLL_DIGEST = """
create or replace view roll_digest with (security_invoker = true) as
  select training_session_id,
    encode(sha256(convert_to(
      string_agg(participant_id::text || status, ',' order by participant_id), 'UTF8')), 'hex') as digest
  from attendance where source in ('coach', 'staff') group by training_session_id
"""
FUNCTIONS = (
    "fix_session_lists",
    "fix_session_list",
    "correct_roll",
    "store_not_held",
    "store_roll",
    "lock_roll",
    "raise_follow_ups",
    "roll_initials",
    "may_take_roll",
    "coaches_session",
)


def upgrade() -> None:
    op.execute(ROLL.read_text())


def downgrade() -> None:
    op.execute("drop trigger pin_was_opened on coach")
    op.execute(
        "delete from pin_opening o where not exists (select from participant p where p.id = o.holder_id)"
    )
    op.execute("alter table pin_opening add column participant_id uuid")
    op.execute("update pin_opening set participant_id = holder_id")
    op.execute("alter table pin_opening drop column holder_id, alter column participant_id set not null")
    op.execute(
        "alter table pin_opening add constraint pk_pin_opening primary key (participant_id),"
        " add constraint fk_pin_opening_participant_id foreign key (participant_id) references participant (id)"
    )
    op.execute(PIN_WAS_OPENED)
    op.execute("drop view pin_holder")
    op.execute(ROLL_DIGEST)
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
    op.execute("drop table follow_up, session_substitute, roll, session_list")
    # one row a person and session is left: what counts
    op.execute(
        "delete from attendance a where not exists (select from presence p where p.source = a.source"
        " and p.training_session_id = a.training_session_id and p.participant_id = a.participant_id)"
    )
    op.execute("drop view presence")
    op.execute(
        "alter table attendance drop column corrected_on, drop constraint pk_attendance,"
        " add constraint pk_attendance primary key (training_session_id, participant_id)"
    )
