-- name: sessions(programme, now, rolls_from, behind, near, furthest)
-- The sessions that a plan looks at: those that are so near that a text may be planned, and those further on of which
-- there is a text already. With the roll's digest where a text about it can still go, and whether the session is over
-- without a roll.
select s.id, s.group_id, s.starts_at, s.ends_at, s.place, s.cancelled_at,
  case when s.starts_at > :rolls_from and s.starts_at <= :now
    then (select d.digest from roll_digest d where d.training_session_id = s.id) end as digest,
  s.ends_at <= :now and not exists (select from attendance a
    where a.training_session_id = s.id and a.source in ('coach', 'staff'))
    and not exists (select from roll r where r.training_session_id = s.id) as misses_roll
from training_session s
where s.programme_id = :programme and s.starts_at > :behind and s.starts_at < :furthest
  and (s.starts_at < :near or exists (select from message m where m.subject_id = s.id and m.kind = 'coach_gathering'))

-- name: told(sessions)
-- What each coach was told last of each session; for rolls also failed texts, so that they are not planned again.
select distinct on (kind, rule, subject_id, phone_number_id) rule, subject_id, phone_number_id, id,
  told_starts_at, told_place, told_cancelled, told_digest, coalesce(sent_at, claimed_at, planned_at) as told_at
from message
where subject_id = any(:sessions) and kind in ('coach_gathering', 'coach_roll')
  and (status in ('sent', 'delivered', 'unknown') or (kind = 'coach_roll' and status = 'failed'))
order by kind, rule, subject_id, phone_number_id, coalesce(sent_at, claimed_at, planned_at) desc

-- name: plan_coach_texts(programme, kind, now, subjects, gatherings, rules, occasions, phones, dues, expiries, corrects, furthest_at, revivable)
-- Reconcile one kind of coaches' texts with the texts that the rules want now.
select r.* from reconcile_messages(
  :programme, :kind, :now, :furthest_at, :revivable,
  array(
    select (subject_id, gathering_id, rule, occasion, phone_number_id, '{}', due_at, expires_at, null, corrects_id, null,
      false)::wanted_message
    from unnest(:subjects::uuid[], :gatherings::uuid[], :rules::text[], :occasions::text[], :phones::uuid[],
      :dues::timestamptz[], :expiries::timestamptz[], :corrects::uuid[])
      as w(subject_id, gathering_id, rule, occasion, phone_number_id, due_at, expires_at, corrects_id)
  )) r

-- name: cancel_coach_texts(ids, now, zone)!
-- Cancel coaches' texts that are not wanted any more, with the reason. The group is the session's, or of a week the
-- subject.
update message m set status = 'cancelled', settled_at = :now, reason = (
  select case
    when m.corrects_id is not null then 'undone'
    when not exists (select from coach_phone c
      where c.group_id = coalesce(s.group_id, m.subject_id) and c.phone_number_id = m.phone_number_id)
      then 'not_in_audience'
    when s.cancelled_at is not null then 'session_cancelled'
    when m.kind = 'coach_gathering' and m.occasion <> to_char(s.starts_at at time zone :zone, 'YYYY-MM-DD')
      then 'session_moved'
    else 'no_longer_true' end
  from (values (m.gathering_id)) as about(id) left join training_session s on s.id = about.id)
where m.id = any(:ids)
