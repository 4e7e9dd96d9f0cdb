-- Revision 0022. A later change is a later revision: this file stays as it is.

-- What hops store behind the wall: sealed, with a random id, no time, no number from a sequence, no foreign key.
create table private.inbox (
  id bytea not null, envelope bytea not null,
  constraint pk_inbox primary key (id),
  constraint ck_inbox_size check (octet_length(id) = 16 and octet_length(envelope) = 2407)
);
-- The same, after `rewrite_requests` has moved it.
create table private.request (
  id bytea not null, envelope bytea not null,
  constraint pk_request primary key (id),
  constraint ck_request_size check (octet_length(id) = 16 and octet_length(envelope) = 2407)
);
-- An envelope stays in its row; PostgreSQL neither vacuums nor analyses the tables by itself, and keeps no statistics
-- of their columns: what it would count and keep would tell how many rows came and when.
alter table private.inbox alter column envelope set storage plain;
alter table private.request alter column envelope set storage plain;
alter table private.inbox set (autovacuum_enabled = off);
alter table private.request set (autovacuum_enabled = off);
alter table private.inbox alter column id set statistics 0, alter column envelope set statistics 0;
alter table private.request alter column id set statistics 0, alter column envelope set statistics 0;

-- The signed rosters of a programme: the one with the highest version counts. A row also tells that help was switched
-- on once, so none is ever deleted.
create table private.roster (
  programme_id integer not null, version integer not null, signed text not null, loaded_on date not null,
  constraint pk_roster primary key (programme_id, version),
  constraint fk_roster_programme_id foreign key (programme_id) references programme (id)
);
-- The fingerprints of keys to which nothing is sealed any more.
create table private.withdrawn_key (
  fingerprint bytea not null, withdrawn_on date not null,
  constraint pk_withdrawn_key primary key (fingerprint),
  constraint ck_withdrawn_key_size check (octet_length(fingerprint) = 32)
);

-- Move the inbox to the requests, and rewrite both in random order into new files: then no transaction id and no place
-- in a file tells when a row came or beside which one. It gives up after 200 ms when another connection holds a table,
-- since each hop that stores a request would wait behind it. It returns nothing, also not how many rows there are.
create function rewrite_requests() returns void language plpgsql security definer
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
revoke all on function rewrite_requests from public;

-- Who is on duty, and whether they signed in: `support` alone writes it, and nobody has to read behind the wall for it.
create table duty_day (
  programme_id integer not null, day date not null, caseworker varchar(1) not null, phone_number_id uuid,
  signed_in boolean not null,
  constraint pk_duty_day primary key (programme_id, day),
  constraint fk_duty_day_programme_id foreign key (programme_id) references programme (id),
  constraint fk_duty_day_phone_number_id foreign key (phone_number_id) references phone_number (id)
);
