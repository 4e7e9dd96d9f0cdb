-- name: list_disputes(programme, closed, group, start, most, skip)
-- The open disputes, or all of them with `closed`, of one group or (empty) of all, whose ids begin with `start`; at most
-- `most` (null: no limit) after the first `skip`.
select d.id, d.about, d.raised_on, d.closed_on, d.answer, g.number as "group", p.list_number, p.member_number,
  k.name as savings_group, d.assisted
from dispute d join participant p on p.id = d.participant_id
left join training_group g on g.id = p.group_id
left join savings_member sm on sm.participant_id = p.id and sm.to_on is null
left join savings_group k on k.id = sm.savings_group_id
where p.programme_id = :programme
and (:closed or d.closed_on is null)
and (:group = '' or g.number::text = :group or lower(k.name) = :group)
and left(d.id::text, length(:start)) = :start
order by d.raised_on, g.number, p.list_number, d.about, d.id limit :most offset :skip
