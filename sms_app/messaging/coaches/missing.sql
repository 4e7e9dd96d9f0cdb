-- name: missing_rolls(programme, now, since, latest_first, most, skip)
-- Sessions that are over and whose roll neither a coach nor staff entered, the oldest first or with `latest_first` the
-- latest; `reminded` counts the texts about it that went.
select s.group_id, g.number, s.starts_at, s.check_in_code, p.time_zone, (
    select count(distinct m.occasion) from message m where m.subject_id = s.id and m.kind = 'coach_roll_missing'
    and m.status in ('sent', 'delivered', 'unknown')) as reminded
from training_session s join training_group g on g.id = s.group_id join programme p on p.id = s.programme_id
where s.programme_id = :programme and s.cancelled_at is null and s.ends_at <= :now and s.starts_at > :since
and s.awaits_roll
and not exists (
  select from attendance a where a.training_session_id = s.id and a.source in ('coach', 'staff'))
order by case when :latest_first then s.starts_at end desc, s.starts_at, g.number limit :most offset :skip

-- name: count_missing_rolls(programme, now, since)
-- How many sessions are over and have no roll: as missing_rolls has them.
select count(*) from training_session s
where s.programme_id = :programme and s.cancelled_at is null and s.ends_at <= :now and s.starts_at > :since
and s.awaits_roll
and not exists (
  select from attendance a where a.training_session_id = s.id and a.source in ('coach', 'staff'))

-- name: unreached_coaches(programme, most, skip)
-- Groups of which a coach has no number or stopped texts to it, and groups without a coach.
select g.id, g.number, count(c.id) as coaches, count(c.phone_number_id) as numbers
from training_group g
left join group_coach gc on gc.group_id = g.id and gc.to_on is null
left join coach c on c.id = gc.coach_id and c.suspended_on is null
left join phone_number n on n.id = c.phone_number_id
where g.programme_id = :programme
group by g.id
having count(*) filter (where n.id is not null and n.stopped_on is null) < greatest(count(c.id), 1)
order by g.number limit :most offset :skip
