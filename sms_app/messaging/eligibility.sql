-- name: refusals_of_messages(ids, now, day_start, most_a_day)
-- Why messages may not go, read at the moment of sending; those that may are left out.
with judged as materialized (
  -- each message with its reason, null if it may go
  select m.id, r.reason
  from message m
    left join broadcast b on m.kind = 'broadcast' and b.id = m.subject_id
    cross join lateral refusal(
      m.phone_number_id, m.people, m.kind, coalesce(b.arms, '{}'), :now, :day_start, :most_a_day) r
  where m.id = any(:ids)
)
select id, reason from judged where reason is not null

-- name: refusals_of_candidates(phones, people, kinds, now, day_start, most_a_day)
-- Why texts that are not messages yet would not be sent, by their place (from 0); those that would are left out.
with judged as materialized (
  -- each text with its reason, null if it would be sent
  select c.number - 1 as place, r.reason
  from unnest(:phones::uuid[], :people::text[], :kinds::text[]) with ordinality
      as c(phone_number_id, people, kind, number)
    cross join lateral refusal(
      c.phone_number_id, c.people::uuid[], c.kind, '{}', :now, :day_start, :most_a_day) r
)
select place, reason from judged where reason is not null
