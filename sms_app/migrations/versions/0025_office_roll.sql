-- Revision 0025. A later change is a later revision: this file stays as it is.

-- What the office says of those with these list numbers at a session that has begun: present, late, absent or excused. It
-- counts before a coach's word and their own, and no day is too late for it. `stored`; `closed`: the session has not begun,
-- is cancelled, or was not held; `changed`: a number is not on its list.
create function correct_roll_by_office(
  programme integer, session uuid, numbers integer[], said text, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not exists (
      select from public.training_session s
      where s.id = session and s.programme_id = programme and s.starts_at <= moment and s.cancelled_at is null
    )
    or exists (select from public.roll r where r.training_session_id = session and r.outcome = 'not_held')
    or said is null or said not in ('present', 'late', 'absent', 'excused')
  then
    return 'closed';
  end if;
  perform public.fix_session_list(session, moment);
  if numbers is null or cardinality(numbers) = 0 or (select count(*) from public.session_list l
    where l.training_session_id = session and l.list_number = any(numbers)) <> cardinality(numbers)
  then
    return 'changed';
  end if;
  insert into public.attendance as a
    (training_session_id, participant_id, status, source, assisted, recorded_on, corrected_on)
    select session, l.participant_id, said, 'staff', false, today,
      case when said in ('present', 'late') then today end
    from public.session_list l where l.training_session_id = session and l.list_number = any(numbers)
    on conflict (training_session_id, participant_id, source)
    do update set status = excluded.status, recorded_on = excluded.recorded_on, corrected_on = excluded.corrected_on;
  update public.roll r set changed_on = today where r.training_session_id = session;
  perform public.raise_follow_ups(session, today);
  return 'stored';
end $$;
revoke all on function correct_roll_by_office from public;
