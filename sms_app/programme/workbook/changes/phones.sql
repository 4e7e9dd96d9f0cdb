-- name: change(ids, sharings, stops, languages)!
-- What is known of numbers that are stored. What the file did not change is null and stays as it is now: she may change it
-- while an import runs. A stop is never lifted, and what she marked as shared is not made private.
update phone_number n set
  sharing = case when n.sharing = 'marked_shared' then n.sharing else coalesce(t.sharing, n.sharing) end,
  stopped_on = coalesce(t.stopped_on, n.stopped_on),
  resumed_at = case when t.stopped_on is null then n.resumed_at end,
  language = coalesce(t.language, n.language)
from unnest(:ids::uuid[], :sharings::text[], :stops::date[], :languages::text[])
  as t (id, sharing, stopped_on, language)
where n.id = t.id;

-- name: unmark(ids)!
-- Numbers that a coach marked as one person's alone, and that somebody else is reached on from now on.
update phone_number set sharing = 'unmarked' where id = any(:ids::uuid[]) and sharing = 'private';
