-- name: count_numbers(programme, roles, groups, sectors, only_arms, only_languages, contacts, arms, now, day_start, most_a_day, languages, first, near_cap)
-- How many numbers may get a broadcast in each language, and how many may not by reason; with the numbers of `near_cap`
-- among them, and a digest of which numbers they are.
with judged as materialized (
  -- each number of the audience with the reason why it would not get the broadcast, null if it would
  select phone_number_id, people, reason from broadcast_refusals(
    :programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts, :arms, :now, :day_start, :most_a_day)
), spoken as materialized (
  -- the number's own language, or that of the people on it if they have one language
  select j.phone_number_id, j.people = '{}' as to_coach, j.reason, coalesce(n.language, (
    select case when count(distinct p.language) = 1 then min(p.language) end
    from participant p where p.id = any(j.people))) as language
  from judged j join phone_number n on n.id = j.phone_number_id
)
select reason, to_coach, case when language = any(:languages) then language else :first end as language,
  count(*) as numbers, bit_xor(hashtextextended(phone_number_id::text, 0)) as digest,
  array_agg(phone_number_id) filter (where phone_number_id = any(:near_cap::uuid[])) as near_cap
from spoken group by 1, 2, 3
