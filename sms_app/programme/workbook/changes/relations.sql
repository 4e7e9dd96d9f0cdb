-- name: change_kin(ids, sinces, untils)!
-- From when until when two are related.
update kinship k set from_on = t.since, to_on = t.until
from unnest(:ids::uuid[], :sinces::date[], :untils::date[]) as t (id, since, until) where k.id = t.id;

-- name: change_group_coaches(ids, sinces, untils)!
-- From when until when a coach has a group.
update group_coach k set from_on = t.since, to_on = t.until
from unnest(:ids::uuid[], :sinces::date[], :untils::date[]) as t (id, since, until) where k.id = t.id;

-- name: change_members(ids, sinces, untils, list_numbers)!
-- From when until when somebody saves in a group, with which number.
update savings_member k set from_on = t.since, to_on = t.until, list_number = t.list_number
from unnest(:ids::uuid[], :sinces::date[], :untils::date[], :list_numbers::integer[]) as t (id, since, until, list_number)
where k.id = t.id;

-- name: change_officers(ids, sinces, untils)!
-- From when until when somebody has an office.
update savings_officer k set from_on = t.since, to_on = t.until
from unnest(:ids::uuid[], :sinces::date[], :untils::date[]) as t (id, since, until) where k.id = t.id;

-- name: change_villages(ids, villages)!
-- Where households live that are stored already.
update household h set village = t.village from unnest(:ids::uuid[], :villages::text[]) as t (id, village)
where h.id = t.id;

-- name: arms(programme)
-- The programme's arms.
select code, id from arm where programme_id = :programme;
