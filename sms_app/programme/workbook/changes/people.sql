-- name: change(ids, roles, names, initials, languages, contacts, groups, list_numbers, sinces, amounts, enrolled, lefts, reasons, births)!
-- People that are stored already. A trigger keeps the history of their groups. A language, contact or choice about
-- amounts that the file did not change is null and stays as it is now: she may change them while an import runs. Amounts
-- that she turned off stay off.
update participant p set role = t.role, name_sealed = t.name, initials_sealed = t.initials,
  language = coalesce(t.language, p.language),
  contact = coalesce(t.contact, p.contact), group_id = t.group_id, list_number = t.list_number, group_since = t.since,
  amounts_by_phone = p.amounts_by_phone and coalesce(t.amounts, true),
  enrolled_on = t.enrolled_on, left_on = t.left_on, left_reason = t.left_reason, birth_year = t.birth_year
from unnest(:ids::uuid[], :roles::text[], :names::bytea[], :initials::bytea[], :languages::text[], :contacts::text[],
    :groups::uuid[], :list_numbers::integer[], :sinces::date[], :amounts::boolean[], :enrolled::date[], :lefts::date[],
    :reasons::text[], :births::smallint[])
  as t (id, role, name, initials, language, contact, group_id, list_number, since, amounts, enrolled_on, left_on,
    left_reason, birth_year)
where p.id = t.id;

-- name: end_phones(people, today)!
-- Whose number changed is no longer reached on the earlier one.
update participant_phone set to_on = :today where participant_id = any(:people::uuid[]) and to_on is null;

-- name: end_households(people, today)!
-- Whose household changed is no longer in the earlier one.
update household_link set to_on = :today where participant_id = any(:people::uuid[]) and to_on is null;

-- name: end_offices(people, today)!
-- Who left has no office in a savings group any more.
update savings_officer set to_on = :today where participant_id = any(:people::uuid[]) and to_on is null;
