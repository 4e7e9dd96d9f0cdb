-- name: plan_reminders(programme, kind, now, rules, roles, groups, starts, occasions, dues, expiries, days, reasons, furthest_at, revivable)
-- Reconcile the messages of one kind of reminder with what these moments of the rules want.
with moment as materialized (
  -- the moments of the rules, one row each
  select rule, roles::text[] as roles, groups::int[] as groups, starts_at, occasion, due_at, expires_at, day, reason, n
  from unnest(:rules::text[], :roles::text[], :groups::text[], :starts::timestamptz[], :occasions::text[],
    :dues::timestamptz[], :expiries::timestamptz[], :days::date[], :reasons::text[]) with ordinality
    as t(rule, roles, groups, starts_at, occasion, due_at, expires_at, day, reason, n)
), addressed as (
  -- One copy a number: of what several people share on it the first group's is kept. Who was enrolled, or got the
  -- number, after the moment's day is not reminded.
  select t.n, a.gathering_id, (array_agg(a.subject_id order by a.subject_id))[1] as subject_id, l.phone_number_id,
    array_agg(a.participant_id order by a.participant_id) as people
  from moment t
    cross join lateral reminder_audience(:programme, :kind, t.starts_at, t.occasion, t.roles, t.groups) a
    join participant_phone l on l.participant_id = a.participant_id and l.to_on is null and l.from_on <= t.day
  where a.agrees and a.enrolled_on <= t.day
  group by t.n, a.gathering_id, l.phone_number_id
), wanted as (
  -- one row for each message that should wait
  select (d.subject_id, d.gathering_id, t.rule, t.occasion, d.phone_number_id, d.people, t.due_at, t.expires_at,
    t.reason, null, null, false)::wanted_message as message
  from addressed d join moment t on t.n = d.n
)
select r.* from reconcile_messages(
  :programme, :kind, :now, :furthest_at, :revivable, array(select message from wanted)) r

-- name: cancel_reminders(ids, now, rules, starts, occasions)!
-- Cancel reminders that are not wanted any more, with the reason: the gathering is cancelled, or at another time than the
-- moments, or it is not for these people any more. A message without a gathering gets `not_in_audience`.
with moment as (
  -- the moments of the rules, one row each
  select * from unnest(:rules::text[], :starts::timestamptz[], :occasions::text[]) as t(rule, starts_at, occasion)
)
update message m set status = 'cancelled', settled_at = :now, reason = coalesce((
  select case when g.cancelled_at is not null then 'session_cancelled'
    when not exists (
      select from moment t where t.rule = m.rule and t.starts_at = g.starts_at and t.occasion = m.occasion)
    then 'session_moved' end
  from gathering g where g.id = m.gathering_id), 'not_in_audience')
where m.id = any(:ids)
