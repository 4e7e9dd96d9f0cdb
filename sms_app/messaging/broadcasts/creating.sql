-- name: add_messages(programme, roles, groups, sectors, only_arms, only_languages, contacts, arms, now, day_start, most_a_day, broadcast, made_at, due_at, expires_at, waits)$
-- Add a broadcast's messages and count those that are planned. A number that is left out gets a cancelled message, so
-- that staff see it; the message is never planned again.
with judged as materialized (
  -- each number of the audience with the reason why it does not get the broadcast, null if it gets it
  select phone_number_id, people, nullif(reason, :waits) as reason from broadcast_refusals(
    :programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts, :arms, :now, :day_start, :most_a_day)
), added as (
  -- the order makes PostgreSQL read all of `judged` before it inserts
  insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status, reason,
    planned_at, due_at, expires_at, settled_at)
  select gen_random_uuid(), :programme, phone_number_id, 'broadcast', 'broadcast', :broadcast, 'once', people,
    case when reason is null then 'planned' else 'cancelled' end, reason, :made_at, :due_at, :expires_at,
    case when reason is not null then :made_at::timestamptz end
  from judged order by phone_number_id
  returning status
)
select count(*) from added where status = 'planned'
