-- name: proposals(programme, id, states)
-- A programme's proposals with their texts: the one with an id, or those in some states.
select p.id, p.roles, p.groups, p.sectors, p.languages, p.contacts, p.send_at, p.is_weekly, p.state, p.reason,
  p.recipients, p.made_by, p.made_at, p.approved_by, p.broadcast_id,
  coalesce(array_agg(t.id order by t.language) filter (where t.id is not null), '{}') as text_ids,
  coalesce(array_agg(t.language order by t.language) filter (where t.id is not null), '{}') as text_languages,
  coalesce(array_agg(t.text_sealed order by t.language) filter (where t.id is not null), '{}') as texts
from broadcast_proposal p left join broadcast_proposal_text t on t.proposal_id = p.id
where p.programme_id = :programme and (p.id = :id::uuid or p.state = any(:states::varchar[]))
group by p.id order by p.made_at, p.id
