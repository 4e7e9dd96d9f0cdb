-- Revision 0030. A later change is a later revision: this file stays as it is.

-- Whether a coach has a PIN, for who may not read PINs.
create function has_coach_pin(coach uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select c.pin is not null from public.coach c where c.id = has_coach_pin.coach
$$;

-- Open the PIN of a participant or coach, for who may not read openings: `code` is the HMAC of what is read out to her. A
-- new opening replaces the one before. It lasts ten minutes at most.
create function open_pin(holder uuid, code bytea, opened_by text, moment timestamptz, expires timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if expires > moment + interval '10 minutes' or not exists (select from public.pin_holder h where h.id = holder) then
    raise exception 'this PIN can not be opened so' using errcode = 'insufficient_privilege';
  end if;
  insert into public.pin_opening as o (holder_id, code, opened_by, expires_at, tried, used)
    values (holder, open_pin.code, open_pin.opened_by, expires, '{}', false)
    on conflict (holder_id) do update set code = excluded.code, opened_by = excluded.opened_by,
      expires_at = excluded.expires_at, tried = '{}', used = false;
end $$;

-- Plan the text that shows a participant that a number of hers works, for who may not plan others: once for an occasion.
create function plan_number_test(message_id uuid, person uuid, phone uuid, occasion text, moment timestamptz,
  expires timestamptz) returns void language sql security definer set search_path = pg_catalog, public as $$
  insert into public.message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status,
    planned_at, due_at, expires_at)
  select message_id, n.programme_id, n.id, 'number_test', 'number_test', person, plan_number_test.occasion, array[person],
    'planned', moment, moment, expires
  from public.participant_phone l join public.phone_number n on n.id = l.phone_number_id
  where l.participant_id = person and l.phone_number_id = phone and l.to_on is null
  on conflict (subject_id, rule, phone_number_id, occasion) do nothing
$$;

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

revoke execute on function has_coach_pin, open_pin, plan_number_test, ties_two_arms from public;
