-- Revision 0036, taken back: the tables, and the functions as revisions 0030 and 0032 made them.

drop table import_progress, import_job;

-- Whether a man or leader is tied to women of two arms, by kin or household: the participant, or a relative of now. For
-- who may not read arms.
create function ties_two_arms(participant uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  with around as (
    -- the participant, and the relatives of now
    select ties_two_arms.participant as id
    union
    select case when k.participant_id = ties_two_arms.participant then k.other_id else k.participant_id end
    from public.kinship k
    where k.to_on is null and ties_two_arms.participant in (k.participant_id, k.other_id)
  ), men as (
    -- those of them who are no woman
    select a.id from around a join public.participant p on p.id = a.id where p.role <> 'woman'
  ), ties as (
    -- their own households, and those of the women whose relatives they are
    select m.id, h.household_id
    from men m join public.household_link h on h.participant_id = m.id and h.to_on is null
    union
    select m.id, h.household_id
    from men m
    join public.kinship k on k.to_on is null and m.id in (k.participant_id, k.other_id)
    join public.participant w
      on w.id = case when k.participant_id = m.id then k.other_id else k.participant_id end and w.role = 'woman'
    join public.household_link h on h.participant_id = w.id and h.to_on is null
  )
  select exists (
    select from ties t
    join public.arm_assignment a on a.household_id = t.household_id
      and not exists (select from public.arm_assignment later where later.replaces = a.id)
    group by t.id having count(distinct a.arm_id) > 1)
$$;

-- Why texts that are not messages yet would not be sent, by their place (from 0); those that would are left out. It is
-- the rule `refusal`, for a role that may not read what that reads: of each text it tells the reason and nothing else.
create function refusals_of_texts(
  phones uuid[], people text[], kinds text[], at_moment timestamptz, day_start timestamptz, most_a_day int
) returns table (place bigint, reason text) language sql stable security definer
set search_path = pg_catalog, public as $$
  with judged as materialized (
    -- each text with its reason, null if it would be sent
    select c.number - 1 as place, r.reason
    from unnest(phones, people, kinds) with ordinality as c(phone_number_id, people, kind, number)
      cross join lateral refusal(
        c.phone_number_id, c.people::uuid[], c.kind, '{}', at_moment, day_start, most_a_day) r
  )
  select j.place, j.reason from judged j where j.reason is not null
$$;

revoke execute on function ties_two_arms, refusals_of_texts from public;
