-- What several statements of `sms_app/messaging` need. The views read with the rights of whoever asks, so that they give
-- nobody more than the tables do. PostgreSQL puts the body of a stable function that gives rows into the statement that
-- calls it, as it does with a view, so both cost what their text would cost there.

-- Whether a participant agrees to a purpose: the latest day counts, and a no on it.
create view consent_now with (security_invoker = true) as
  select distinct on (participant_id, purpose) participant_id, purpose, given
  from consent order by participant_id, purpose, taken_on desc, given;

-- The arm of each participant with a household, by its latest assignment.
create view arm_now with (security_invoker = true) as
  select h.participant_id, arm.code
  from household_link h
    join arm_assignment a on a.household_id = h.household_id
      and not exists (select from arm_assignment later where later.replaces = a.id)
    join arm on arm.id = a.arm_id
  where h.to_on is null;

-- The numbers of each group's coaches of now.
create view coach_phone with (security_invoker = true) as
  select k.group_id, c.phone_number_id
  from group_coach k join coach c on c.id = k.coach_id
  where k.to_on is null and c.phone_number_id is not null;

-- A fingerprint of each roll that a coach or staff entered.
create view roll_digest with (security_invoker = true) as
  select training_session_id,
    encode(sha256(convert_to(
      string_agg(participant_id::text || status, ',' order by participant_id), 'UTF8')), 'hex') as digest
  from attendance where source in ('coach', 'staff') group by training_session_id;

-- Who of a session's list says that she cannot come to it on the day that it has now. Who replied before it was moved to
-- another day has not replied to it.
create view cannot_come with (security_invoker = true) as
  select r.training_session_id, r.participant_id
  from session_reply r
    join training_session s on s.id = r.training_session_id
    join participant p on p.id = r.participant_id and p.group_id = s.group_id and p.left_on is null
    join programme z on z.id = s.programme_id
  where not r.coming
    and (r.session_on is null or r.session_on = (s.starts_at at time zone z.time_zone)::date);

-- What numbers were told about gatherings. What a number was told in the same words about another gathering, it was
-- told about this one, too.
create view told_of_gathering with (security_invoker = true) as
  select id, programme_id, gathering_id, phone_number_id, people, kind, status, planned_at, told_starts_at, told_place,
    told_cancelled, coalesce(claimed_at, sent_at, settled_at) as told_at
  from message
  where told_starts_at is not null and kind in ('gathering', 'correction')
    and (status in ('sent', 'delivered', 'unknown') or reason = 'same_text');

-- Whether the daily cap holds for a kind of text: corrections and number tests are always told, and so is a coach.
create function is_capped(of_kind text, for_people uuid[]) returns boolean language sql immutable parallel safe as $$
  select of_kind not in ('correction', 'number_test') and for_people <> '{}'
$$;

-- Why a text is not to go to a number, null when it may: the one rule for sending and for previews. `for_people` is
-- empty for a coach; `allowed_arms` is empty when every arm may have the text. Consent, who is on the number and the
-- arms are read as they are now.
create function refusal(
  to_phone uuid, for_people uuid[], of_kind text, allowed_arms text[], at_moment timestamptz, day_start timestamptz,
  most_a_day int
) returns table (reason text) language sql stable as $$
  select case
    when n.stopped_on is not null then 'number_stopped'
    when for_people = '{}' then null
    when not exists (
      select from participant_phone l join participant p on p.id = l.participant_id and p.left_on is null
      where l.phone_number_id = n.id and l.to_on is null and l.participant_id = any(for_people)
    ) then 'not_on_number'
    when not exists (
      select from participant_phone l join participant p on p.id = l.participant_id and p.left_on is null
      where l.phone_number_id = n.id and l.to_on is null and l.participant_id = any(for_people)
        and coalesce((select given from consent_now where participant_id = p.id and purpose = 'messages'), false)
        and (of_kind <> 'check_in'
          or coalesce((select given from consent_now where participant_id = p.id and purpose = 'check_in'), false))
    ) then 'no_consent'
    when allowed_arms <> '{}' and exists (
      select from participant_phone l join arm_now a on a.participant_id = l.participant_id
      where l.phone_number_id = n.id and l.to_on is null and a.code <> all(allowed_arms)
    ) then 'arm'
    when is_capped(of_kind, for_people) and (
      select count(*) from message s
      where s.phone_number_id = n.id and s.sent_at >= day_start
        -- what a clock that ran ahead wrote is not of this day
        and s.sent_at < at_moment + interval '1 hour'
    -- a broadcast leaves the last place of the day to a reminder
    ) >= greatest(1, most_a_day - (of_kind = 'broadcast')::int) then 'daily_cap'
    end
  from phone_number n where n.id = to_phone
$$;

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

-- The coaches whom a broadcast is for, by the groups that they have now; `phone_number_id` is null without a number.
create function broadcast_coaches(of_programme int, roles text[], groups int[], sectors text[])
returns table (coach_id uuid, phone_number_id uuid) language sql stable as $$
  select c.id, c.phone_number_id
  from coach c
  where c.programme_id = of_programme and 'coach' = any(roles) and (
    (groups = '{}' and sectors = '{}') or exists (
      select from group_coach k join training_group g on g.id = k.group_id
      where k.coach_id = c.id and k.to_on is null
        and (groups = '{}' or g.number = any(groups))
        and (sectors = '{}' or g.sector = any(sectors))))
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

-- The people whom a rule reminds of one thing, and whether they agree to it (where that takes a consent of its own):
-- of gatherings that start at a moment, of check-in on a day, or of a month. `roles` and `groups` are the rule's; empty:
-- all.
create function reminder_audience(
  of_programme int, of_kind text, at_start timestamptz, of_occasion text, roles text[], groups int[]
) returns table (gathering_id uuid, subject_id uuid, participant_id uuid, enrolled_on date, agrees boolean)
language sql stable as $$
  select t.gathering_id, t.subject_id, t.participant_id, t.enrolled_on, t.agrees
  from (
    select g.id as gathering_id, g.id as subject_id, m.participant_id, p.enrolled_on, true as agrees, m.role,
      m.training_group_id
    from gathering g
      -- `offset 0`: each gathering's people are found by its group, never all people of all gatherings
      cross join lateral (select * from gathering_member where gathering_id = g.id offset 0) m
      join participant p on p.id = m.participant_id
    where of_kind = 'gathering' and g.programme_id = of_programme and g.starts_at = at_start
      and g.cancelled_at is null
    union all
    -- the day is the occasion; what anyone saved is never asked
    select null, g.id, m.participant_id, m.enrolled_on,
      coalesce((select given from consent_now where participant_id = m.participant_id and purpose = 'check_in'), false),
      m.role, m.group_id
    from savings_group g
      cross join lateral (
        select k.participant_id, p.role, p.group_id, p.enrolled_on
        from savings_member k join participant p on p.id = k.participant_id and p.left_on is null
        where k.savings_group_id = g.id and k.to_on is null offset 0
      ) m
    where of_kind = 'check_in' and g.programme_id = of_programme
      and g.check_in_weekday = extract(isodow from of_occasion::date) - 1
    union all
    select null, p.group_id, p.id, p.enrolled_on, true, p.role, p.group_id
    from participant p
    where of_kind = 'month' and p.programme_id = of_programme and p.left_on is null and p.group_id is not null
  ) t
  where (roles = '{}' or t.role = any(roles)) and (groups = '{}' or exists (
    select from training_group g where g.id = t.training_group_id and g.number = any(groups)))
$$;

-- The latest of what each number was told about these gatherings; what is under way right now comes after all else, but
-- not the messages `apart`.
create function latest_told(gatherings uuid[], apart uuid[])
returns table (
  id uuid, gathering_id uuid, phone_number_id uuid, people uuid[], status text, told_starts_at timestamptz,
  told_place text, told_cancelled boolean
) language sql stable as $$
  select distinct on (t.gathering_id, t.phone_number_id) t.id, t.gathering_id, t.phone_number_id, t.people, t.status,
    t.told_starts_at, t.told_place, t.told_cancelled
  from (
    select id, gathering_id, phone_number_id, people, kind, status, planned_at, told_starts_at, told_place,
      told_cancelled, told_at
    from told_of_gathering where gathering_id = any(gatherings)
    union all
    select id, gathering_id, phone_number_id, people, kind, status, planned_at, told_starts_at, told_place,
      told_cancelled, claimed_at
    from message
    where gathering_id = any(gatherings) and kind in ('gathering', 'correction') and status = 'sending'
      and id <> all(apart)
  ) t
  order by t.gathering_id, t.phone_number_id, t.status = 'sending' desc, t.told_at desc, t.kind = 'correction' desc,
    t.planned_at desc, t.id
$$;

-- The other gatherings of someone on a number that are just as it was told of one gathering.
create function others_as_told(
  of_programme int, of_gathering uuid, to_phone uuid, at_start timestamptz, at_place text, is_cancelled boolean
) returns table (gathering_id uuid) language sql stable as $$
  select o.id
  from (
    select id from gathering
    where programme_id = of_programme and starts_at = at_start and place = at_place and id <> of_gathering
      and (cancelled_at is not null) = is_cancelled offset 0
  ) o
  where exists (
    -- `offset 0`: looked up for each person on the number, never all people of all gatherings
    select from participant_phone l
      cross join lateral (
        select from gathering_member m where m.gathering_id = o.id and m.participant_id = l.participant_id offset 0) m
    where l.phone_number_id = to_phone and l.to_on is null offset 0)
$$;

-- The other messages to a number (`phones`, its rows in all programmes) that a report which came at a moment could mean:
-- those under way, and those that were given up as unknown since `since`. Two parts, as there are two indexes.
create function others_in_doubt(of_message uuid, phones uuid[], at_moment timestamptz, since timestamptz)
returns table (id uuid) language sql stable as $$
  select o.id from message o
  where o.phone_number_id = any(phones) and o.open and o.id <> of_message
    and o.status in ('sending', 'unknown') and o.provider_id is null and o.claimed_at <= at_moment
  union all
  select o.id from message o
  where o.phone_number_id = any(phones) and o.sent_at > since and o.id <> of_message
    and o.status in ('sending', 'unknown') and o.provider_id is null and o.claimed_at <= at_moment
$$;

-- A message that a plan wants.
create type wanted_message as (
  subject_id uuid, gathering_id uuid, rule varchar, occasion varchar, phone_number_id uuid, people uuid[],
  due_at timestamptz, expires_at timestamptz, reason varchar, corrects_id uuid, truth_digest varchar, ambiguous boolean
);

-- Bring the messages of a kind that wait in line with those that a plan wants: add what is missing, bring back what was
-- cancelled for one of the `revivable` reasons, move what is due at another moment or for other people. It locks those
-- that wait and are not wanted, and gives their ids (`unwanted`): the plan cancels them. `skipped` were to be changed,
-- and somebody else had them in hand. `beyond` is when the first one is due of those that are due after `furthest_at`,
-- which are left alone.
create function reconcile_messages(
  of_programme int, of_kind text, at_moment timestamptz, furthest_at timestamptz, revivable text[],
  wanted wanted_message[]
) returns table (
  added bigint, moved bigint, revived bigint, skipped bigint, unwanted uuid[], beyond timestamptz
) language sql as $$
  with waiting as (
    -- what is due far ahead was planned by a clock that runs ahead of this one, as in a demo
    select id, subject_id, gathering_id, rule, phone_number_id, occasion, status, reason, people, due_at, expires_at
    from message where programme_id = of_programme and status in ('planned', 'queued') and kind = of_kind
      and expires_at > at_moment and due_at <= furthest_at
  ), seen as materialized (
    -- What is wanted beside what waits. A message that was held, or waits to be tried again, keeps its hour unless the
    -- thing itself was moved. The full join is there for its plan, too: it is never done row by row.
    select w.subject_id as wanted_id, w.gathering_id, w.rule, w.occasion, w.phone_number_id, w.people, w.due_at,
      w.expires_at, w.reason, w.corrects_id, w.truth_digest, w.ambiguous, m.id,
      m.people <> w.people or m.expires_at <> w.expires_at as differs,
      m.due_at <> w.due_at and (m.status = 'planned' or w.due_at > at_moment)
        and (m.expires_at <> w.expires_at or (m.due_at < w.due_at and w.due_at > at_moment)
          or (m.status = 'planned' and m.reason is null)) as moves
    from unnest(wanted) w full join waiting m on m.subject_id = w.subject_id and m.rule = w.rule
      and m.phone_number_id = w.phone_number_id and m.occasion = w.occasion
  ), missing as materialized (
    -- what is wanted and does not wait, with the message that is there already, if any
    select s.*, m.id as old_id, m.status as old_status, m.reason as old_reason
    from seen s left join message m on m.subject_id = s.wanted_id and m.rule = s.rule
      and m.phone_number_id = s.phone_number_id and m.occasion = s.occasion
    where s.id is null
  ), new as (
    -- the order has all of `missing` read before the table grows
    insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, gathering_id,
      corrects_id, truth_digest, ambiguous, people, status, reason, planned_at, due_at, expires_at)
    select gen_random_uuid(), of_programme, phone_number_id, of_kind, rule, wanted_id, occasion, gathering_id,
      corrects_id, truth_digest, ambiguous, people, 'planned', reason, at_moment, due_at, expires_at
    from missing where old_id is null order by wanted_id, phone_number_id
    on conflict (subject_id, rule, phone_number_id, occasion) do nothing returning 1
  ), back as (
    -- what was cancelled because it was not true any more, and is true again
    update message m set status = 'planned', reason = s.reason, people = s.people, due_at = s.due_at,
      expires_at = s.expires_at, settled_at = null
    from missing s
    where m.id = s.old_id and s.old_status = 'cancelled' and s.old_reason = any(revivable) and m.status = 'cancelled'
    returning 1
  ), free as (
    -- what waits, is to be changed, and nobody has in hand
    select s.*, m.status from seen s join message m on m.id = s.id
    where s.wanted_id is not null and (s.differs or s.moves) and m.status in ('planned', 'queued')
    for update of m skip locked
  ), changed as (
    update message m set people = s.people, expires_at = s.expires_at,
      due_at = case when s.moves then s.due_at else m.due_at end,
      status = case when s.moves and s.due_at > at_moment then 'planned' else m.status end,
      reason = case when s.moves then s.reason else m.reason end
    from free s where m.id = s.id returning 1
  ), ending as (
    -- what waits, is not wanted, and nobody has in hand
    select s.id from seen s join message m on m.id = s.id
    where s.wanted_id is null and m.status in ('planned', 'queued')
    for update of m skip locked
  )
  select (select count(*) from new), (select count(*) from changed), (select count(*) from back),
    (select count(*) from seen where id is not null and (wanted_id is null or differs or moves))
      - (select count(*) from free) - (select count(*) from ending),
    array(select id from ending),
    (select min(due_at) from message where programme_id = of_programme and status in ('planned', 'queued')
      and kind = of_kind and due_at > furthest_at)
$$;
