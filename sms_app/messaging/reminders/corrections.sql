-- name: wrongly_told(programme, since)
-- What numbers were told about gatherings, where it is not what is true now.
with told as materialized (
  -- the different facts that numbers were told, each once
  select distinct gathering_id, told_starts_at, told_place, told_cancelled from told_of_gathering
  where programme_id = :programme and told_starts_at > :since
)
select g.id as gathering_id, g.starts_at, g.place, g.cancelled_at is not null as cancelled, t.told_starts_at,
  t.told_place, t.told_cancelled
from told t cross join lateral (select * from gathering where id = t.gathering_id offset 0) g
where (g.cancelled_at is not null) <> t.told_cancelled or (g.cancelled_at is null
  and (g.starts_at <> t.told_starts_at or g.place <> t.told_place))

-- name: latest_told(gatherings, apart)
-- The latest of what each number was told about gatherings, or is being told now but by the messages `apart`.
select id, gathering_id, phone_number_id, people, status, told_starts_at, told_place, told_cancelled
from latest_told(:gatherings, :apart)

-- name: ambiguous(programme, gatherings, phones, starts, places, cancelled)
-- The gatherings and numbers for which what was told holds for another gathering of someone on the number.
select t.gathering_id, t.phone_number_id
from unnest(:gatherings::uuid[], :phones::uuid[], :starts::timestamptz[], :places::text[], :cancelled::bool[])
  as t(gathering_id, phone_number_id, told_starts_at, told_place, told_cancelled)
where exists (select from others_as_told(
  :programme, t.gathering_id, t.phone_number_id, t.told_starts_at, t.told_place, t.told_cancelled))

-- name: plan_corrections(programme, kind, now, gatherings, gathering, starts, places, cancelled, dues, expiries, truths, furthest_at, revivable)
-- Reconcile the corrections with what numbers were told last of these gatherings, where that is not true any more.
with told as materialized (
  -- the numbers that were last told wrong facts of a gathering, with what is to be told instead
  select l.*, w.due_at, w.expires_at, w.truth
  from latest_told(:gatherings, '{}') l
    join unnest(:gathering::uuid[], :starts::timestamptz[], :places::text[], :cancelled::bool[],
      :dues::timestamptz[], :expiries::timestamptz[], :truths::text[])
      as w(gathering_id, told_starts_at, told_place, told_cancelled, due_at, expires_at, truth)
      on w.gathering_id = l.gathering_id and w.told_starts_at = l.told_starts_at and w.told_place = l.told_place
        and w.told_cancelled = l.told_cancelled
  where l.status <> 'sending'
), judged as materialized (
  -- with whether the text could be taken for another gathering's
  select t.*, exists (select from others_as_told(
    :programme, t.gathering_id, t.phone_number_id, t.told_starts_at, t.told_place, t.told_cancelled)) as ambiguous
  from told t
), named as materialized (
  -- with the occasion, which is part of the message's unique key
  select j.*,
    'corrects ' || j.id || ' ' || j.truth || case when j.ambiguous then ' ambiguous' else '' end as occasion
  from judged j
), wanted as (
  -- For those people of the corrected message who are on the number still. A correction that is due already stays as it
  -- is, though the next hour for one would be now again.
  select (n.gathering_id, n.gathering_id, :kind::text, n.occasion, n.phone_number_id, p.people,
    case when m.due_at <= :now and m.status in ('planned', 'queued') then m.due_at else n.due_at end, n.expires_at,
    null, n.id, n.truth, n.ambiguous)::wanted_message as message
  from named n
    cross join lateral (
      select array_agg(k.participant_id order by k.participant_id) as people
      from participant_phone k join participant q on q.id = k.participant_id and q.left_on is null
      where k.phone_number_id = n.phone_number_id and k.to_on is null and k.participant_id = any(n.people)
    ) p
    left join message m on m.subject_id = n.gathering_id and m.rule = :kind
      and m.phone_number_id = n.phone_number_id and m.occasion = n.occasion
  where p.people is not null
)
select r.* from reconcile_messages(
  :programme, :kind, :now, :furthest_at, :revivable, array(select message from wanted)) r

-- name: count_told(gathering)^
-- How many numbers were told about a gathering, and to how many of them that is not true any more.
with latest as (
  -- what each number was told last
  select distinct on (phone_number_id) told_starts_at, told_place, told_cancelled from told_of_gathering
  where gathering_id = :gathering order by phone_number_id, told_at desc
)
select count(*) as told, count(*) filter (where l.told_cancelled <> (g.cancelled_at is not null)
    or (g.cancelled_at is null and (l.told_starts_at, l.told_place) <> (g.starts_at, g.place))) as wrong
from latest l cross join gathering g where g.id = :gathering
