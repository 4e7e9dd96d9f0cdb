-- name: change_groups(ids, groups, weekdays)!
-- Savings groups that are stored already.
update savings_group s set training_group_id = t.group_id, check_in_weekday = t.weekday
from unnest(:ids::uuid[], :groups::uuid[], :weekdays::integer[]) as t (id, group_id, weekday) where s.id = t.id;

-- name: change_cycles(ids, opened, modes, share_values, most_shares)!
-- Open cycles that are stored already.
update cycle y set opened_on = t.opened_on, mode = t.mode, share_value = t.share_value, most_shares = t.most_shares
from unnest(:ids::uuid[], :opened::date[], :modes::text[], :share_values::bigint[], :most_shares::integer[])
  as t (id, opened_on, mode, share_value, most_shares)
where y.id = t.id;
