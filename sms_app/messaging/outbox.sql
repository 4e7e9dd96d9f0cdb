-- name: release(programme, now)!
-- Queue what is due.
with due as (
  -- Not the messages of a paused broadcast. A message that is locked by another transaction waits for the next tick.
  select m.id from message m
  where m.programme_id = :programme and m.status = 'planned' and m.due_at <= :now and m.expires_at > :now
    and not exists (
      select from broadcast b where b.id = m.subject_id and m.kind = 'broadcast' and b.paused_at is not null)
  for update skip locked
)
update message m set status = 'queued', reason = null from due where m.id = due.id

-- name: count_due(programme, now, most)$
-- How many messages `take` could take now, counted up to `most`.
select count(*) from (
  select from message m
  where m.programme_id = :programme and m.status = 'queued' and m.due_at <= :now and m.expires_at > :now
    and not exists (select from message o where o.phone_number_id = m.phone_number_id and o.open)
    and not exists (
      select from broadcast b where b.id = m.subject_id and m.kind = 'broadcast' and b.paused_at is not null)
  limit :most
) due

-- name: take(programme, now, most)
-- Take up to `most` messages that can be claimed now, with their numbers. `people_language` is the language of the people
-- whom a message is for, if they have one language.
with due as (
  -- The hour has come, no other message to the number has an open outcome, and no paused broadcast is meant. The
  -- number's row is locked, too, so that two workers never take two messages to one number.
  select m.id, m.phone_number_id, m.due_at from message m join phone_number n on n.id = m.phone_number_id
  where m.programme_id = :programme and m.status = 'queued' and m.due_at <= :now and m.expires_at > :now
    and not exists (select from message o where o.phone_number_id = m.phone_number_id and o.open)
    and not exists (
      select from broadcast b where b.id = m.subject_id and m.kind = 'broadcast' and b.paused_at is not null)
  order by m.due_at limit :most for no key update of m, n skip locked
), first_of_number as (
  -- the earliest due message of each number
  select distinct on (phone_number_id) id from due order by phone_number_id, due_at, id
)
select m.id, m.phone_number_id, m.kind, m.rule, m.subject_id, m.occasion, m.gathering_id, m.people, m.due_at,
  m.expires_at, m.told_starts_at, m.told_place, m.told_cancelled, m.attempts, n.number_sealed, n.language,
  (select case when count(distinct p.language) = 1 then min(p.language) end from participant p
   where p.id = any(m.people)) as people_language
from first_of_number f join message m on m.id = f.id join phone_number n on n.id = m.phone_number_id

-- name: claim(rows, claim, provider, now)!
-- Claim messages, with what each is going to say.
update message m set status = 'sending', reason = null, claim = :claim, claimed_at = :now, open = true,
  provider = :provider,
  attempts = m.attempts + 1, body_sealed = decode(r.body, 'hex'), language = r.language, segments = r.segments,
  told_starts_at = r.starts_at, told_place = r.place, told_cancelled = r.cancelled, told_digest = r.digest,
  text_index = decode(r.text_index, 'hex')
from json_to_recordset(:rows) as r(id uuid, body text, text_index text, language text, segments int,
  starts_at timestamptz, place text, cancelled bool, digest text)
where m.id = r.id

-- name: put_back(rows, now)!
-- Put back messages that were taken and are not claimed: cancelled for a reason, or planned again.
update message m set status = r.status, reason = r.reason, due_at = coalesce(r.due_at, m.due_at),
  settled_at = case when r.status = 'cancelled' then :now end,
  told_starts_at = r.starts_at, told_place = r.place, told_cancelled = r.cancelled
from json_to_recordset(:rows) as r(id uuid, status text, reason text, due_at timestamptz, starts_at timestamptz,
  place text, cancelled bool)
where m.id = r.id and m.status = 'queued'

-- name: release_claim(rows, claim, now)!
-- Give up claimed messages that the provider was not called for: such an attempt does not count.
update message m set status = r.status, reason = r.reason, due_at = coalesce(r.due_at, m.due_at), open = false,
  claim = null, claimed_at = null, settled_at = case when r.status = 'cancelled' then :now end,
  attempts = m.attempts - 1, body_sealed = null
from json_to_recordset(:rows) as r(id uuid, status text, reason text, due_at timestamptz)
where m.id = r.id and m.claim = :claim and m.status = 'sending'

-- name: record(rows, claim, now)!
-- Record what became of claimed messages. An answer with an id overrides a match by number.
update message m set status = r.status, reason = nullif(r.reason, ''), provider_id = r.provider_id, cost = r.cost,
  currency = r.currency, open = (m.open and r.status = 'unknown'), due_at = coalesce(r.due_at, m.due_at),
  sent_at = case when r.status in ('sent', 'unknown') then :now end,
  settled_at = case when r.status = 'failed' then :now end
from json_to_recordset(:rows) as r(id uuid, status text, reason text, provider_id text, cost numeric,
  currency text, due_at timestamptz)
where m.id = r.id and m.claim = :claim and (
  m.status in ('sending', 'unknown') or (r.status = 'sent' and m.status in ('sent', 'delivered', 'failed')))
