-- Revision 0023. A later change is a later revision: this file stays as it is.

-- The caseworkers' accounts. `code` is theirs in the roster; a code and an address are free again after a withdrawal.
-- `totp_sealed` is sealed with the console's own secret. `wrapped_key` is the private key as the opening page wrapped it,
-- and its only copy.
create table private.caseworker (
  id uuid not null, programme_id integer not null, code text not null, email text not null,
  password text not null, password_once boolean not null, totp_sealed bytea not null, totp_counter bigint not null,
  wrapped_key text, public_key bytea, phone_number_id uuid, created_on date not null, disabled_on date,
  constraint pk_caseworker primary key (id),
  constraint fk_caseworker_programme_id foreign key (programme_id) references programme (id),
  constraint fk_caseworker_phone_number_id foreign key (phone_number_id) references phone_number (id),
  constraint ck_caseworker_code check (code ~ '^[1-9]$'),
  constraint ck_caseworker_email check (email = lower(email)),
  constraint ck_caseworker_key check ((wrapped_key is null) or octet_length(public_key) = 65)
);
create unique index uq_caseworker_code on private.caseworker (programme_id, code) where disabled_on is null;
create unique index uq_caseworker_email on private.caseworker (email) where disabled_on is null;
-- The active ones, without what they sign in with.
create view private.caseworker_now as
  select c.id, c.programme_id, p.slug, c.code, c.email, c.password_once, c.wrapped_key, c.public_key, c.phone_number_id
  from private.caseworker c join programme p on p.id = c.programme_id
  where c.disabled_on is null;

-- Who is signed in. The id is the SHA-256 of what the cookie has.
create table private.caseworker_session (
  id bytea not null, caseworker_id uuid not null, began_at timestamptz not null, seen_at timestamptz not null,
  constraint pk_caseworker_session primary key (id),
  constraint fk_caseworker_session_caseworker_id foreign key (caseworker_id) references private.caseworker (id)
);
create index ix_caseworker_session_caseworker_id on private.caseworker_session (caseworker_id);

-- Wrong tries of an account (whether or not there is one) or from an address. The id is a keyed hash.
create table private.sign_in_guard (
  id bytea not null, wrong integer not null, tried_at timestamptz not null, locked_until timestamptz,
  constraint pk_sign_in_guard primary key (id)
);

-- How a request stands, beside it, since the rewrite of the requests would lose it. A request without a row is open.
-- `calls` counts those that nobody answered; after a new yes it begins at one. `kept`: a do-not-call, which is never destroyed.
create table private.request_state (
  request_id bytea not null, taken_by uuid, calls integer not null, kept boolean not null, closed_on date,
  constraint pk_request_state primary key (request_id),
  constraint fk_request_state_taken_by foreign key (taken_by) references private.caseworker (id)
);

-- What came of a request: the n-th outcome, dated to the day.
create table private.outcome (
  id uuid not null, request_id bytea not null, n integer not null, caseworker_id uuid not null,
  code text not null, on_day date not null,
  constraint pk_outcome primary key (id),
  constraint uq_outcome_request_id_n unique (request_id, n),
  constraint fk_outcome_caseworker_id foreign key (caseworker_id) references private.caseworker (id),
  constraint ck_outcome_code check (code in ('T', 'R', 'A', 'E', 'F', 'M', 'H', 'D', 'X'))
);
create trigger append_only before update on private.outcome for each row execute function refuse_change();

-- What caseworkers did and read, each entry with the hash of the one before. `caseworker` is a code, or `-` for a
-- command. The hash is over a line for each value, so no value has a line break.
create table private.audit (
  n bigint not null, at timestamptz not null, programme_id integer not null, caseworker text not null,
  what text not null, subject text not null, previous bytea not null, hash bytea not null,
  constraint pk_audit primary key (n),
  constraint fk_audit_programme_id foreign key (programme_id) references programme (id),
  constraint ck_audit_lines check (strpos(caseworker || what || subject, chr(10)) = 0)
);
create trigger append_only before update or delete on private.audit for each row execute function refuse_change();
create trigger append_only_all before truncate on private.audit
  for each statement execute function refuse_change();

-- Append an entry to the audit trail. `sms_app/private/audit.py` computes the same hash.
create function append_support_audit(
  programme integer, caseworker text, what text, subject text, moment timestamptz
) returns void language plpgsql security definer set search_path = pg_catalog as $$
declare
  last private.audit;
  next private.audit;
begin
  -- entries are appended one after the other, and may be read meanwhile
  lock table private.audit in share row exclusive mode;
  select * into last from private.audit a order by a.n desc limit 1;
  next.n := coalesce(last.n, 0) + 1;
  next.at := date_trunc('second', moment);
  next.programme_id := programme;
  next.caseworker := append_support_audit.caseworker;
  next.what := append_support_audit.what;
  next.subject := append_support_audit.subject;
  next.previous := coalesce(last.hash, sha256(''));
  next.hash := sha256(next.previous || convert_to(concat_ws(chr(10), next.n,
    extract(epoch from next.at)::bigint, programme, next.caseworker, next.what, next.subject), 'UTF8'));
  insert into private.audit select (next).*;
end $$;

-- Record what came of a request, and say how that went: `recorded`; `unknown`, `taken` (by a colleague) or `closed`,
-- and then nothing is stored. A form that is sent again has the same `entry`, and is recorded once.
--
-- T takes it: of two caseworkers one does. So does every other outcome, but H, which gives it back to all. D and X are
-- for whoever: nothing comes after D, which keeps it as a do-not-call for good, and only D after X. The 90 days until it
-- is destroyed begin with R, E, X, or the second call that nobody answered (after F, a new yes, the first one); F, M and
-- H end them.
create function record_outcome(entry uuid, worker uuid, request bytea, said text, today date) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  state private.request_state;
begin
  if not exists (select from private.caseworker c where c.id = worker and c.disabled_on is null)
    or not exists (select from private.request r where r.id = request)
  then
    return 'unknown';
  end if;
  insert into private.request_state (request_id, calls, kept) values (request, 0, false) on conflict do nothing;
  select s.* into state from private.request_state s where s.request_id = request for update;
  if exists (select from private.outcome o where o.id = entry) then
    return 'recorded';
  elsif state.kept
    or said <> 'D' and exists (select from private.outcome o where o.request_id = request and o.code = 'X')
  then
    return 'closed';
  elsif said not in ('D', 'X') and state.taken_by <> worker then
    return 'taken';
  end if;
  insert into private.outcome (id, request_id, n, caseworker_id, code, on_day)
    select entry, request, count(*) + 1, worker, said, today from private.outcome o where o.request_id = request;
  state.calls := case said when 'A' then state.calls + 1 when 'F' then 1 else state.calls end;
  update private.request_state s set
    taken_by = case said when 'H' then null else worker end,
    calls = state.calls,
    kept = said = 'D',
    closed_on = case
      when said in ('R', 'E', 'X', 'D') or said = 'A' and state.calls >= 2 then today
      when said in ('F', 'M', 'H') then null
      else s.closed_on end
    where s.request_id = request;
  return 'recorded';
end $$;

-- Hand over the requests that a withdrawn caseworker took and did not finish.
create function release_requests(worker uuid, today date) returns void language sql security definer
set search_path = pg_catalog as $$
  insert into private.outcome (id, request_id, n, caseworker_id, code, on_day)
    select gen_random_uuid(), s.request_id,
      (select count(*) + 1 from private.outcome o where o.request_id = s.request_id), c.id, 'H', release_requests.today
    from private.request_state s join private.caseworker c on c.id = s.taken_by
    where c.id = worker and c.disabled_on is not null and s.closed_on is null;
  update private.request_state s set taken_by = null
    from private.caseworker c
    where c.id = worker and c.disabled_on is not null and s.taken_by = c.id and s.closed_on is null
$$;

-- Destroy the requests that were closed more than 90 days ago, with their outcomes; do-not-calls are kept. It returns
-- nothing, also not how many there were.
create function purge_requests(today date) returns void language plpgsql security definer
set search_path = pg_catalog as $$
declare
  past bytea[];
begin
  past := array(select s.request_id from private.request_state s where s.closed_on < today - 90 and not s.kept);
  delete from private.request r where r.id = any(past);
  delete from private.outcome o where o.request_id = any(past);
  delete from private.request_state s where s.request_id = any(past);
end $$;

revoke execute on function append_support_audit, record_outcome, release_requests, purge_requests from public;
