-- name: change_coaches(ids, names, phones, suspensions)!
-- Coaches that are stored already.
update coach c set name_sealed = t.name, phone_number_id = t.phone, suspended_on = t.suspended_on
from unnest(:ids::uuid[], :names::bytea[], :phones::uuid[], :suspensions::date[]) as t (id, name, phone, suspended_on)
where c.id = t.id;

-- name: change_groups(ids, roles, sectors, places)!
-- Groups that are stored already.
update training_group g set role = t.role, sector = t.sector, place = t.place
from unnest(:ids::uuid[], :roles::text[], :sectors::text[], :places::text[]) as t (id, role, sector, place)
where g.id = t.id;

-- name: change_sessions(ids, ends, places, titles, cancellations)!
-- Sessions that are stored already.
update training_session s set ends_at = t.ends_at, place = t.place, title = t.title, cancelled_at = t.cancelled_at
from unnest(:ids::uuid[], :ends::timestamptz[], :places::text[], :titles::text[], :cancellations::timestamptz[])
  as t (id, ends_at, place, title, cancelled_at)
where s.id = t.id;
