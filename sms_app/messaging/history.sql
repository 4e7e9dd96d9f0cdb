-- name: due_messages(programme, start, end, rule, without, statuses, reason, group, most)
-- What became of each message that was due in a span, for staff; null means any, or all. A group is the one of the
-- session or of the subject, and those of the people whom a message is for. `most` counts before the group is looked at.
with texts as materialized (
  -- which messages, by the index on due_at: only these get their groups and people
  select id, due_at, sent_at, rule, status, reason, people, gathering_id, subject_id from message
  where programme_id = :programme and due_at >= :start and due_at < :end
    and (:rule::text is null or rule = :rule) and (:without::text is null or rule <> :without)
    and (:statuses::text[] is null or status = any(:statuses)) and (:reason::text is null or reason = :reason)
  order by due_at, id limit :most::bigint
), messages as (
  -- with their groups and people
  select coalesce(m.sent_at, m.due_at) as at, m.rule, m.status, coalesce(m.reason, '') as reason,
    array(select distinct n from unnest(p.groups || s.number || b.number) n where n is not null order by n) as groups,
    p.members
  from texts m
    left join lateral (select * from gathering where id = m.gathering_id offset 0) g on true
    left join training_group s on s.id = g.training_group_id
    left join training_group b on b.id = m.subject_id
    cross join lateral (
      select coalesce(array_agg(p.member_number::text order by p.member_number), '{}') as members,
        coalesce(array_agg(t.number), '{}') as groups
      from participant p left join training_group t on t.id = p.group_id where p.id = any(m.people)) p
)
select at, rule, status, reason, groups, members from messages
where :group::int is null or :group = any(groups) order by at, rule, groups, members

-- name: texts_of(person, most)
-- The latest texts that went to the numbers on which she is reached now, and were for her; by the index on both.
select m.sent_at as at, m.rule, m.status, coalesce(m.reason, '') as reason
from participant_phone l join message m on m.phone_number_id = l.phone_number_id
where l.participant_id = :person and l.to_on is null and m.sent_at is not null and :person = any(m.people)
order by m.sent_at desc limit :most

-- name: waiting_for(programme, person)
-- The texts that wait to be sent and are for somebody, the next first; by the numbers on which she is or was reached.
select m.due_at as at, m.rule, m.status, '' as reason from message m
where m.programme_id = :programme and m.status in ('planned', 'queued') and :person = any(m.people)
  and m.phone_number_id in (select l.phone_number_id from participant_phone l where l.participant_id = :person)
order by m.due_at, m.rule

-- name: texts_of_gathering(gathering)
-- What became of the texts about a session or meeting, by rule, minute, status and reason; by the index on gathering_id.
select date_trunc('minute', coalesce(sent_at, due_at)) as at, rule, status, coalesce(reason, '') as reason,
  count(*) as many
from message where gathering_id = :gathering group by 1, 2, 3, 4 order by 1, 2, 3, 4
