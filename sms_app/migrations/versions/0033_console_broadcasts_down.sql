drop function cancel_broadcast_messages;
drop function broadcast_refusals;
drop function broadcast_numbers;
drop function broadcast_people;
alter table broadcast drop languages, drop contacts, drop approved_by;
drop table saved_audience, broadcast_proposal_text, broadcast_proposal;

-- The participants whom a broadcast is for, with their arm. All groups, sectors or arms are meant when none is named.
create function broadcast_people(of_programme int, roles text[], groups int[], sectors text[], arms text[])
returns table (participant_id uuid, arm text) language sql stable as $$
  select p.id, a.code
  from participant p
    left join training_group g on g.id = p.group_id
    left join arm_now a on a.participant_id = p.id
  where p.programme_id = of_programme and p.left_on is null and p.role = any(roles)
    and (groups = '{}' or g.number = any(groups))
    and (sectors = '{}' or g.sector = any(sectors))
    and (arms = '{}' or a.code = any(arms))
$$;

-- The numbers that a broadcast is for, each with the people of its audience on it, none for a coach.
create function broadcast_numbers(of_programme int, roles text[], groups int[], sectors text[], arms text[])
returns table (phone_number_id uuid, people uuid[]) language sql stable as $$
  select l.phone_number_id, array_agg(p.participant_id order by p.participant_id)
  from broadcast_people(of_programme, roles, groups, sectors, arms) p
    join participant_phone l on l.participant_id = p.participant_id and l.to_on is null
  group by l.phone_number_id
  union all
  select distinct c.phone_number_id, '{}'::uuid[]
  from broadcast_coaches(of_programme, roles, groups, sectors) c
  where c.phone_number_id is not null
$$;

-- The same numbers, each with the reason why the broadcast is not to go there at a moment, null when it may.
create function broadcast_refusals(
  of_programme int, roles text[], groups int[], sectors text[], arms text[], allowed_arms text[],
  at_moment timestamptz, day_start timestamptz, most_a_day int
) returns table (phone_number_id uuid, people uuid[], reason text) language sql stable as $$
  select b.phone_number_id, b.people, r.reason
  from broadcast_numbers(of_programme, roles, groups, sectors, arms) b
    cross join lateral refusal(
      b.phone_number_id, b.people, 'broadcast', allowed_arms, at_moment, day_start, most_a_day) r
$$;
