"""Functions behind a coach's *My groups*: her groups, who is not reached, standing in, follow-ups and questions."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

MY_GROUPS = Path(__file__).with_suffix(".sql")
FUNCTIONS = (
    "store_nobody",
    "follow_up_sessions",
    "answer_question",
    "corrected_since",
    "close_follow_up",
    "stand_in",
    "not_reached",
    "group_initials",
    "coaches_group",
)
# as revision 0017 has them
LATE_OR_EXCUSED = """
create or replace function correct_roll(
  coach uuid, session uuid, numbers integer[], said text, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment) or said is null or said not in ('late', 'excused')
    or not exists (select from public.roll r where r.training_session_id = session and r.outcome = 'held')
  then
    return 'closed';
  end if;
  if numbers is null or (select count(*) from public.session_list l
    where l.training_session_id = session and l.list_number = any(numbers)) <> cardinality(numbers)
  then
    return 'changed';
  end if;
  insert into public.attendance as a (training_session_id, participant_id, status, source, assisted, recorded_on)
    select session, l.participant_id, said, 'coach', false, today
    from public.session_list l where l.training_session_id = session and l.list_number = any(numbers)
    on conflict (training_session_id, participant_id, source)
    do update set status = excluded.status, recorded_on = excluded.recorded_on, corrected_on = case
      when excluded.status = 'excused' then null
      when a.status in ('absent', 'excused') then excluded.recorded_on
      else a.corrected_on end;
  update public.roll r set coach_id = coach, changed_on = today, headcount = (
      select count(*) from public.attendance a
      where a.training_session_id = session and a.source = 'coach' and a.status in ('present', 'late'))
    where r.training_session_id = session;
  perform public.raise_follow_ups(session, today);
  return 'stored';
end $$
"""
FOLLOW_UPS = """
create or replace function raise_follow_ups(session uuid, today date) returns void language sql security definer
set search_path = pg_catalog, public as $$
  delete from public.follow_up f where f.training_session_id = session and f.closed_on is null;
  insert into public.follow_up (id, participant_id, training_session_id, reason, raised_on)
    select gen_random_uuid(), h.participant_id, session, 'absent_twice', today
    from public.presence h
    join public.presence b on b.participant_id = h.participant_id and b.status = 'absent'
    join public.participant p on p.id = h.participant_id and p.left_on is null
    where h.training_session_id = session and h.status = 'absent' and b.training_session_id = (
      select e.id from public.training_session s
      join public.training_session e on e.group_id = s.group_id and e.starts_at < s.starts_at and e.cancelled_at is null
      join public.roll r on r.training_session_id = e.id and r.outcome = 'held'
      where s.id = session order by e.starts_at desc limit 1
    )
    on conflict (participant_id) where closed_on is null do nothing
$$
"""


def upgrade() -> None:
    op.execute(MY_GROUPS.read_text())


def downgrade() -> None:
    for statement in (LATE_OR_EXCUSED, FOLLOW_UPS):
        op.execute(statement)
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
