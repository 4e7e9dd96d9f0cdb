-- name: keep(id, provider, provider_id, result, status, index, network, reason, now)^
-- Keep a report with the message of its id, if there is one, and say whether another report of that message has to be
-- attached to it. No row when the report was kept before.
with of as (
  -- whose report it is
  select :provider::varchar as provider, :provider_id::varchar as provider_id
)
insert into delivery_report as k (id, provider, provider_id, result, status, number_index, network_code, failure_reason,
  received_at, message_id)
select :id, of.provider, of.provider_id, :result, :status, :index, :network, :reason, :now,
  (select m.id from message m where m.provider_id = of.provider_id and m.provider = of.provider limit 1)
from of
on conflict do nothing returning message_id as message, exists (
  select from delivery_report r, of where r.provider_id = of.provider_id and r.provider = of.provider
  and r.message_id is distinct from k.message_id) as others

-- name: match_by_number(phones, provider, provider_id, now, since)
-- Give a report's id to the message that it must mean when no message has this id: one of its number (`phones`) whose
-- answer we never got, if no other message to the number could be meant.
with meant as (
  -- the message, if it is the only candidate and no other transaction has it locked
  select m.id from message m
  where m.phone_number_id = any(:phones) and m.status = 'unknown' and m.open and m.provider_id is null
    and m.claimed_at <= :now and m.provider = :provider
    and not exists (select from others_in_doubt(m.id, :phones, :now, :since))
  for update of m skip locked
)
update message m set provider_id = :provider_id from meant where m.id = meant.id returning m.id

-- name: match_stored_by_number(phones, within)
-- The same for the reports that are kept without a message, as if each had been looked at when it came: of several
-- reports that could be a message's, the first is.
with meant as (
  -- each message that is the only candidate for a report, with the report's id
  -- `same` are the rows of the message's number in all programmes
  select distinct on (m.id) m.id, r.provider_id
  from message m join phone_number n on n.id = m.phone_number_id
    join delivery_report r on r.number_index = n.number_index and r.message_id is null
    cross join lateral (
      select array_agg(k.id) as phones from phone_number k
      where k.id = any(:phones) and k.number_index = n.number_index) same
  where m.phone_number_id = any(:phones) and m.status = 'unknown' and m.open and m.provider_id is null
    and m.claimed_at <= r.received_at and m.provider = r.provider
    and not exists (
      select from others_in_doubt(m.id, same.phones, r.received_at, r.received_at - :within::interval))
    and not exists (select from message o where o.provider_id = r.provider_id and o.provider = r.provider)
  order by m.id, r.received_at, r.provider_id
), ready as (
  -- The row as it is by now: an answer that was recorded since this statement began overrides a match by number.
  select id from message where id in (select id from meant) and status = 'unknown' and provider_id is null
  for update skip locked
)
update message m set provider_id = meant.provider_id from meant join ready using (id) where m.id = meant.id
returning m.id

-- name: anything_to_settle(ids)$
-- Whether there is anything to settle. Mostly reports come after the answer, and then there is nothing. A report that
-- another transaction is storing now is not seen here; the clock finds it by its id (`settle_late`). One that could only
-- be found by number waits for the lock, which an unknown message always takes.
select exists (
  select from message m where m.id = any(:ids) and m.status = 'unknown'
) or exists (
  select from delivery_report r where r.message_id = any(:ids)
) or exists (
  select from message m join phone_number n on n.id = m.phone_number_id
  join delivery_report r on r.number_index = n.number_index and r.message_id is null where m.id = any(:ids)
) or exists (
  select from message m join message o on o.provider_id = m.provider_id and o.provider = m.provider and o.id <> m.id
  where m.id = any(:ids)
)

-- name: settle(ids)!
-- Set each message's status from all of its reports.
with ready as (
  -- the messages that are not locked by another transaction
  select id from message where id = any(:ids) and status in ('sent', 'unknown', 'failed', 'delivered')
  for update skip locked
), reported as (
  -- what all reports of a message say together
  select message_id as id, bool_or(result = 'delivered') as delivered, bool_or(result = 'not_delivered') as failed,
    min(received_at) filter (where result = 'delivered') as delivered_at,
    min(received_at) filter (where result = 'not_delivered') as failed_at,
    min(failure_reason) filter (where result = 'not_delivered') as why
  from delivery_report where message_id = any(:ids) group by message_id
)
update message m set
  status = case when t.delivered or m.status = 'delivered' then 'delivered' when t.failed then 'failed'
    when m.status = 'unknown' then 'sent' else m.status end,
  reason = case when t.delivered or m.status = 'delivered' then null when t.failed then t.why
    when m.status = 'unknown' then null else m.reason end,
  open = false, sent_at = coalesce(m.sent_at, m.claimed_at),
  settled_at = coalesce(t.delivered_at, t.failed_at, m.settled_at)
from reported t join ready using (id) where m.id = t.id
