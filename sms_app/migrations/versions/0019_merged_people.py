"""Functions by which a merged participant's member number and rows are the other one's; suspensions are planned by."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"

MERGED = Path(__file__).with_suffix(".sql")
EVERY_COACH = """
create or replace view pin_holder as
  select id, programme_id, member_number::text as number, pin from participant where left_on is null
  union all
  select id, programme_id, 'coach:' || id::text, pin from coach where suspended_on is null;
create or replace view coach_phone with (security_invoker = true) as
  select k.group_id, c.phone_number_id
  from group_coach k join coach c on c.id = k.coach_id
  where k.to_on is null and c.phone_number_id is not null;
create or replace function broadcast_coaches(of_programme int, roles text[], groups int[], sectors text[])
returns table (coach_id uuid, phone_number_id uuid) language sql stable as $$
  select c.id, c.phone_number_id
  from coach c
  where c.programme_id = of_programme and 'coach' = any(roles) and (
    (groups = '{}' and sectors = '{}') or exists (
      select from group_coach k join training_group g on g.id = k.group_id
      where k.coach_id = c.id and k.to_on is null
        and (groups = '{}' or g.number = any(groups))
        and (sectors = '{}' or g.sector = any(sectors))))
$$
"""
# as revision 0018 has it
ENTERED = """
create or replace function entered_meeting(meeting uuid, actor text) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (
    select from (
      select m.entered_by from public.group_meeting m where m.id = meeting
      union all select l.entered_by from public.meeting_line l where l.group_meeting_id = meeting
    ) e
    where e.entered_by = actor or exists (
      select from public.coach k join public.participant_phone h on h.phone_number_id = k.phone_number_id
      where h.to_on is null and e.entered_by = 'coach:' || k.id and actor = 'participant:' || h.participant_id
    )
  )
$$
"""


def upgrade() -> None:
    op.execute(MERGED.read_text())


def downgrade() -> None:
    op.execute(EVERY_COACH)
    op.execute(ENTERED)
    op.execute("drop trigger plans_read_this on coach")
    op.execute(
        "create trigger plans_read_this after insert or delete or truncate or update of id, phone_number_id on coach"
        " for each statement execute function note_plan_change('coach')"
    )
    op.execute("drop function ids_of")
    op.execute("drop function member_of")
