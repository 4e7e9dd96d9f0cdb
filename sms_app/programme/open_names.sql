-- name: mark(programme)
-- A sum over all sealed names with their groups: it differs when a name was added, removed or sealed anew, or somebody
-- came to another group.
select sum(hashtext(encode(name_sealed, 'base64')) # coalesce(uuid_hash(group_id), 0)) as mark
from participant where programme_id = :programme

-- name: blocks(programme)
-- The people of a programme in blocks, by their groups' numbers: of each group, and of who is in no group by the first two
-- digits of the id. `mark` is a sum over the sealed names, each of which has a nonce of its own: it differs when a name was
-- added, removed or sealed anew.
select group_id, part, mark from (
  select g.number, p.group_id, '' as part, sum(hashtext(encode(p.name_sealed, 'base64'))) as mark
  from participant p join training_group g on g.id = p.group_id
  where p.programme_id = :programme group by g.number, p.group_id
  union all
  select null, null, left(p.id::text, 2), sum(hashtext(encode(p.name_sealed, 'base64')))
  from participant p where p.programme_id = :programme and p.group_id is null group by 3
) b order by number nulls last, part

-- name: names(programme, groups, parts)
-- The sealed names of some blocks, in the order in which people are listed.
select id, group_id, part, name_sealed from (
  select id, group_id, '' as part, name_sealed, list_number, member_number from participant
  where programme_id = :programme and group_id = any(:groups)
  union all
  select id, null, left(id::text, 2), name_sealed, list_number, member_number from participant
  where programme_id = :programme and group_id is null and left(id::text, 2) = any(:parts)
) n order by list_number, member_number
