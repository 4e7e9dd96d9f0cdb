-- name: meant(programme, group, coach, sector)
-- The groups whose gatherings are meant: a training group by its number or a savings group by its name (empty: all), those
-- of a coach (null: all), those of a sector (empty: all). Each array as text: thousands of ids are only handed on.
select
  array(
    select t.id from training_group t
    where t.programme_id = :programme and :group in ('', t.number::text) and :sector in ('', t.sector)
      and (:coach::uuid is null or exists (
        select from group_coach c where c.coach_id = :coach and c.to_on is null and c.group_id = t.id))
  )::text as training,
  array(
    select k.id from savings_group k left join training_group t on t.id = k.training_group_id
    where k.programme_id = :programme and :group in ('', lower(k.name)) and :sector in ('', t.sector)
      and (:coach::uuid is null or exists (
        select from group_coach c where c.coach_id = :coach and c.to_on is null and c.group_id = k.training_group_id))
  )::text as savings

-- name: counts(programme, after, before, zone, every, training, savings)
-- How many sessions and meetings each local day of a span has, with those that were to take place on it before they were
-- moved; of all groups (`every`) or of these.
with shown as (
  -- where they take place
  select g.starts_at as at, count(*) as many from gathering g
  where g.programme_id = :programme and g.starts_at >= :after and g.starts_at < :before
    and (:every or g.training_group_id in (select unnest(:training::uuid[]))
      or g.savings_group_id in (select unnest(:savings::uuid[])))
  group by g.starts_at
  union all
  -- where they were to take place first
  select m.was_starts_at, 1
  from gathering_move m cross join lateral (select * from gathering where id = m.gathering_id offset 0) g
  where m.programme_id = :programme and m.was_starts_at >= :after and m.was_starts_at < :before
    and g.starts_at <> m.was_starts_at
    and (:every or g.training_group_id in (select unnest(:training::uuid[]))
      or g.savings_group_id in (select unnest(:savings::uuid[])))
    and not exists (select from gathering_move e where e.gathering_id = m.gathering_id and e.id < m.id)
)
select (at at time zone :zone::text)::date as day, sum(many)::integer as many from shown group by 1

-- name: entries(programme, starts, ends, zone, every, training, savings, most, skip)
-- The sessions and meetings of some days, given by their first moments and those of the days after, and those that were to
-- take place on them before they were moved: of each day at most `most` after the first `skip`.
with days as (
  -- the days
  select d.starts, d.ends from unnest(:starts::timestamptz[], :ends::timestamptz[]) as d(starts, ends)
), shown as (
  -- where each takes place
  select g.id, g.starts_at as at, null::timestamptz as moved_to, g.training_group_id, g.savings_group_id
  from days d join gathering g on g.starts_at >= d.starts and g.starts_at < d.ends
  where g.programme_id = :programme
    and (:every or g.training_group_id in (select unnest(:training::uuid[]))
      or g.savings_group_id in (select unnest(:savings::uuid[])))
  union all
  -- where each was to take place first, with where it takes place
  select g.id, m.was_starts_at, g.starts_at, g.training_group_id, g.savings_group_id
  from days d join gathering_move m on m.was_starts_at >= d.starts and m.was_starts_at < d.ends
    cross join lateral (select * from gathering where id = m.gathering_id offset 0) g
  where m.programme_id = :programme and g.starts_at <> m.was_starts_at
    and (:every or g.training_group_id in (select unnest(:training::uuid[]))
      or g.savings_group_id in (select unnest(:savings::uuid[])))
    and not exists (select from gathering_move e where e.gathering_id = m.gathering_id and e.id < m.id)
), named as (
  -- with the group and the local day
  select s.*, coalesce(t.number::text, k.name) as "group", coalesce(t.number, 0) as number,
    (s.at at time zone :zone::text)::date as day
  from shown s left join training_group t on t.id = s.training_group_id
    left join savings_group k on k.id = s.savings_group_id
), numbered as (
  -- with its place among those of the day
  select n.*, row_number() over (partition by n.day order by n.at, n.number, n."group") as place_of_day from named n
)
select n.id, n.at, g.ends_at + (n.at - g.starts_at) as ends_at, g.place, n."group",
  n.savings_group_id is null as is_session, g.cancelled_at is not null as cancelled, n.moved_to,
  case when n.moved_to is null then nullif(
    (select m.was_starts_at from gathering_move m where m.gathering_id = n.id order by m.id limit 1), n.at)
  end as moved_from,
  r.outcome, n.day
from numbered n cross join lateral (select * from gathering where id = n.id offset 0) g
  left join lateral (select outcome from roll where training_session_id = n.id offset 0) r on true
where n.place_of_day > :skip and n.place_of_day <= :skip + :most
order by n.at, n.number, n."group"

-- name: starts(programme, after, before, every, training, savings)
-- The moments at which gatherings of a span start, with how many do; those that are cancelled are left out.
select g.starts_at, count(*) as gatherings, count(g.training_group_id) as sessions
from gathering g
where g.programme_id = :programme and g.starts_at >= :after and g.starts_at < :before and g.cancelled_at is null
  and (:every or g.training_group_id in (select unnest(:training::uuid[]))
    or g.savings_group_id in (select unnest(:savings::uuid[])))
group by g.starts_at order by g.starts_at

-- name: check_in_days(programme, every, training, savings)
-- How many savings groups have their check-in on each weekday.
select k.check_in_weekday as weekday, count(*) as many
from savings_group k
where k.programme_id = :programme and k.check_in_weekday is not null
  and (:every or k.id in (select unnest(:savings::uuid[])) or k.training_group_id in (select unnest(:training::uuid[])))
group by k.check_in_weekday

-- name: gathering(programme, id)
-- A session or meeting, with the starts that it had before and what its roll says.
select g.id, g.starts_at, g.ends_at, g.place, s.title, g.cancelled_at is not null as cancelled,
  coalesce(t.number::text, k.name) as "group", t.number, t.role, g.savings_group_id is null as is_session,
  coalesce(g.training_group_id, k.training_group_id) as coached,
  array(select m.was_starts_at from gathering_move m where m.gathering_id = g.id order by m.id) as was,
  r.outcome, r.headcount, r.reason, r.taken_on
from gathering g left join training_group t on t.id = g.training_group_id
  left join savings_group k on k.id = g.savings_group_id
  left join training_session s on s.id = g.id
  left join roll r on r.training_session_id = g.id
where g.programme_id = :programme and g.id = :id

-- name: expected(id)
-- Who is expected: the list that was fixed when the session began, before that the people of the group or of the savings
-- group. A reply from before the session was moved to another day does not count.
with fixed as (
  -- the list of a session that has begun
  select participant_id, list_number from session_list where training_session_id = :id
), listed as (
  select participant_id, list_number from fixed
  union all
  -- the present members
  select m.participant_id, case when g.savings_group_id is null then p.list_number else k.list_number end
  from gathering_member m join gathering g on g.id = m.gathering_id
    join participant p on p.id = m.participant_id
    left join savings_member k on k.savings_group_id = g.savings_group_id and k.participant_id = m.participant_id
      and k.to_on is null
  where m.gathering_id = :id and not exists (select from fixed)
)
select l.list_number, p.member_number::text as member_number, r.coming, a.status
from listed l join participant p on p.id = l.participant_id
  left join training_session s on s.id = :id
  left join programme z on z.id = s.programme_id
  left join session_reply r on r.training_session_id = :id and r.participant_id = l.participant_id
    and (r.session_on is null or r.session_on = (s.starts_at at time zone z.time_zone)::date)
  left join presence a on a.training_session_id = :id and a.participant_id = l.participant_id
order by l.list_number, p.member_number
