-- name: change(ids, sharings, stops, languages)!
-- What is known of numbers that are stored.
update phone_number n set sharing = t.sharing, stopped_on = t.stopped_on, language = t.language,
  resumed_at = case when t.stopped_on is distinct from n.stopped_on then null else n.resumed_at end
from unnest(:ids::uuid[], :sharings::text[], :stops::date[], :languages::text[])
  as t (id, sharing, stopped_on, language)
where n.id = t.id;

-- name: unmark(ids)!
-- Numbers that a coach marked as one person's alone, and that somebody else is reached on from now on.
update phone_number set sharing = 'unmarked' where id = any(:ids::uuid[]) and sharing = 'private';
