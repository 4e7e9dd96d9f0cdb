-- Revision 0024. A later change is a later revision: this file stays as it is.

-- Move the inbox to the requests, and rewrite both in random order: see revision 0022.
create or replace function rewrite_requests() returns void language plpgsql security definer
set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare
  ids bytea[];
  envelopes bytea[];
begin
  -- in a transaction with a snapshot of earlier, the rows that came since would be destroyed unseen
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the rewrite runs in read committed only' using errcode = 'invalid_transaction_state';
  end if;
  lock table private.inbox, private.request in access exclusive mode;
  select array_agg(mixed.id order by mixed.at), array_agg(mixed.envelope order by mixed.at) into ids, envelopes
  from (
    select waiting.id, waiting.envelope, random() as at
    from (table private.inbox union all table private.request) waiting
  ) mixed;
  truncate private.inbox, private.request;
  insert into private.request (id, envelope) select * from unnest(ids, envelopes)
    -- who broke into `web` may insert an id of its own again, and must not stop the rewrite by that
    on conflict do nothing;
end $$;
