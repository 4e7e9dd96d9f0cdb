-- name: count_by_phone(phones, today, phone_tries)^
-- Count a try from a calling number, unless the number has none left today.
select id, wrong, counted from count_phone_try(:phones, :today, :phone_tries)

-- name: try_pin(phones, guards, today, phone_tries, now, minute, tries, locks, lock_most, programme, member)
-- Count a try of a PIN by calling number and by the number of its holder, and read the holder's PIN.
with phone as (
  -- the guard of the calling number, always locked first
  select id, wrong, counted from count_phone_try(:phones, :today, :phone_tries)
), member as (
  -- The guard of the member number. A locked phone counts nothing here, since it could keep her locked for ever. Tries
  -- while the lock holds do not make it longer.
  insert into pin_guard as g (id, wrong, day_before, counted, tried_on)
  select
    coalesce((select id from pin_guard where id = any(:guards) order by wrong desc limit 1), (:guards::bytea[])[1]),
    1, 0, true, :today
  from phone where phone.counted
  on conflict (id) do update set
    counted = g.locked_until is null or g.locked_until <= :now,
    wrong = case when g.locked_until > :now then g.wrong when g.tried_on >= :today then g.wrong + 1 else 1 end,
    day_before = case
      when g.locked_until > :now or g.tried_on >= :today then g.day_before
      when g.tried_on = :today - 1 then g.wrong
      else 0
    end,
    tried_on = case when g.locked_until > :now then g.tried_on else greatest(g.tried_on, :today) end,
    locked_until = case
      when g.locked_until > :now then g.locked_until
      when (wrong_tries(g.tried_on, g.wrong, g.day_before, :today) + 1) %% :tries <> 0 then null
      else :minute + (:locks::interval[])[
        least((wrong_tries(g.tried_on, g.wrong, g.day_before, :today) + 1) / :tries, :lock_most)]
    end
  returning g.id, g.wrong + g.day_before as wrong, g.counted
)
select f.id as phone, f.wrong as phone_wrong, f.counted as phone_counted, m.id as guard, m.wrong, m.counted,
  p.id as person, p.pin
from phone f left join member m on true
  left join pin_holder p on p.programme_id = :programme and p.number = :member

-- name: try_opening(phones, today, phone_tries, programme, member, tried, opening_tries, now)
-- Count a try of the code that a coach read out, by calling number and in the opening itself, and read the code.
with phone as (
  -- the guard of the calling number
  select id, wrong, counted from count_phone_try(:phones, :today, :phone_tries)
), opening as (
  -- each calling number has its own tries
  update pin_opening o set tried = array_append(o.tried, (:tried::bytea[])[1])
  from phone f, pin_holder p
  where f.counted and p.programme_id = :programme and p.number = :member
    and o.holder_id = p.id and not o.used and o.expires_at > :now
    and (select count(*) from unnest(o.tried) t where t = any(:tried)) < :opening_tries
  returning p.id, o.code
)
select f.id as phone, f.wrong as phone_wrong, f.counted as phone_counted, o.id as person, o.code
from phone f left join opening o on true

-- name: give_back_opening(guards, tried, person)
-- Give back the try of a right code.
with given_back as (select give_back_tries(:guards))
update pin_opening set tried = array_remove(tried, (:tried::bytea[])[1])
from given_back where holder_id = :person
