-- Revision 0029. A later change is a later revision: this file stays as it is.

-- The accounts of the staff's console. An address is free again after its account was disabled. `totp_sealed` is sealed
-- with the console's own secret; `totp_counter` is the step of the last code that was accepted.
create table account (
  id uuid not null, programme_id integer not null, email varchar not null, role varchar not null,
  language varchar not null, password varchar not null, password_once boolean not null, totp_sealed bytea not null,
  totp_counter bigint not null, created_on date not null, disabled_on date,
  constraint pk_account primary key (id),
  constraint fk_account_programme_id foreign key (programme_id) references programme (id),
  constraint ck_account_email check (email = lower(email)),
  constraint ck_account_role check (role in ('administrator', 'officer', 'supervisor', 'researcher'))
);
create unique index uq_account_email on account (email) where disabled_on is null;
create index ix_account_programme_id on account (programme_id);
-- The active ones, without what they sign in with.
create view account_now with (security_invoker = true) as
  select id, programme_id, email, role, language, password_once from account where disabled_on is null;

-- Who is signed in. The id is the SHA-256 of what the cookie has.
create table account_session (
  id bytea not null, account_id uuid not null, began_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  constraint pk_account_session primary key (id),
  constraint fk_account_session_account_id foreign key (account_id) references account (id)
);
create index ix_account_session_account_id on account_session (account_id);

-- Wrong tries of an account (whether or not there is one) or from an address. The id is a keyed hash.
create table account_guard (
  id bytea not null, wrong integer not null, tried_at timestamp with time zone not null,
  locked_until timestamp with time zone,
  constraint pk_account_guard primary key (id)
);

-- Codes that stand in for a lost second factor, each once: keyed hashes.
create table recovery_code (
  account_id uuid not null, hash bytea not null, used_on date,
  constraint pk_recovery_code primary key (account_id, hash),
  constraint fk_recovery_code_account_id foreign key (account_id) references account (id)
);

-- Participants whom nothing reached since a moment (its local day is `since_day`), and why no text did. Who was enrolled
-- later is left out. A text reached her when the provider took it for her number, and did not report that it failed; a
-- roll when it says that she came; a report when she made one herself or her coach made it with her.
create function silent_people(of_programme int, since timestamptz, since_day date)
returns table (participant_id uuid, group_id uuid, reason text) language sql stable as $$
  with texts as (
    -- what was due since then, by person: the best that became of it
    select person, bool_or(m.status in ('sent', 'delivered')) as reached, bool_or(m.status = 'unknown') as unknown,
      bool_or(m.status in ('failed', 'expired')) as failed
    from message m cross join lateral unnest(m.people) person
    where m.programme_id = of_programme and m.due_at >= since
      and m.status in ('sent', 'delivered', 'unknown', 'failed', 'expired')
    group by person
  ), phones as (
    -- her numbers of now
    select l.participant_id, bool_and(n.stopped_on is not null) as stopped
    from participant_phone l join phone_number n on n.id = l.phone_number_id
    where n.programme_id = of_programme and l.to_on is null
    group by l.participant_id
  ), seen as (
    -- who came to a session, by its roll or by her own check-in
    select a.participant_id
    from training_session s join attendance a on a.training_session_id = s.id
    where s.programme_id = of_programme and s.starts_at >= since and a.status in ('present', 'late')
    union
    select r.participant_id from session_reply r where r.replied_on >= since_day
    union
    select d.participant_id from dispute d where d.raised_on >= since_day
    union
    select c.participant_id from contribution c where c.source = 'member' and c.recorded_on >= since_day
  )
  select p.id, p.group_id, case
    when h.participant_id is null then 'no_phone'
    when h.stopped then 'stopped'
    when not coalesce((
      select c.given from consent_now c where c.participant_id = p.id and c.purpose = 'messages'), false) then 'refused'
    when t.unknown then 'unknown'
    when t.failed then 'failed'
    else 'no_text'
    end
  from participant p left join texts t on t.person = p.id left join phones h on h.participant_id = p.id
  where p.programme_id = of_programme and p.left_on is null and p.enrolled_on <= since_day
    and not coalesce(t.reached, false)
    and not exists (select from seen where seen.participant_id = p.id)
$$;
revoke execute on function silent_people from public;

-- Whether somebody has a PIN, for who may not read PINs.
create function has_pin(participant uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select p.pin is not null from public.participant p where p.id = has_pin.participant
$$;
revoke execute on function has_pin from public;
