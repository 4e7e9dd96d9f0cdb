-- A broadcast while officers work on it, and afterwards what became of it. `send_at` is null when it goes as soon as it
-- may. `recipients` is the count that was typed. One in the state `weekly` makes a broadcast each week: the next one
-- for `send_at`.
create table broadcast_proposal (
  id uuid not null, programme_id integer not null, roles varchar[] not null, groups integer[] not null,
  sectors varchar[] not null, languages varchar[] not null, contacts varchar[] not null,
  send_at timestamp with time zone, is_weekly boolean not null, state varchar not null, reason varchar,
  recipients integer not null, made_by varchar not null, made_at timestamp with time zone not null,
  approved_by varchar, broadcast_id uuid,
  constraint pk_broadcast_proposal primary key (id),
  constraint fk_broadcast_proposal_programme_id foreign key (programme_id) references programme (id),
  constraint fk_broadcast_proposal_broadcast_id foreign key (broadcast_id) references broadcast (id),
  constraint ck_broadcast_proposal_state check (state in ('open', 'waiting', 'weekly', 'stopped', 'created')),
  constraint ck_broadcast_proposal_weekly check (not is_weekly or send_at is not null),
  constraint ck_broadcast_proposal_approval check (approved_by <> made_by)
);
create index ix_broadcast_proposal_programme_id on broadcast_proposal (programme_id);

create table broadcast_proposal_text (
  id uuid not null, proposal_id uuid not null, language varchar not null, text_sealed bytea not null,
  constraint pk_broadcast_proposal_text primary key (id),
  constraint fk_broadcast_proposal_text_proposal_id foreign key (proposal_id) references broadcast_proposal (id)
    on delete cascade,
  constraint uq_broadcast_proposal_text_proposal_id_language unique (proposal_id, language)
);

-- An audience under a name, to choose again.
create table saved_audience (
  id uuid not null, programme_id integer not null, name varchar(40) not null, roles varchar[] not null,
  groups integer[] not null, sectors varchar[] not null, languages varchar[] not null, contacts varchar[] not null,
  constraint pk_saved_audience primary key (id),
  constraint fk_saved_audience_programme_id foreign key (programme_id) references programme (id),
  constraint uq_saved_audience_programme_id_name unique (programme_id, name)
);

alter table broadcast
  add languages varchar[] default '{}' not null,
  add contacts varchar[] default '{}' not null,
  add approved_by varchar;

drop function broadcast_refusals;
drop function broadcast_numbers;
drop function broadcast_people;

-- The participants whom a broadcast is for, with their arm. Of groups, sectors, arms, languages and kinds of contact all
-- are meant when none is named.
create function broadcast_people(
  of_programme int, roles text[], groups int[], sectors text[], arms text[], languages text[], contacts text[]
) returns table (participant_id uuid, arm text) language sql stable as $$
  select p.id, a.code
  from participant p
    left join training_group g on g.id = p.group_id
    left join arm_now a on a.participant_id = p.id
  where p.programme_id = of_programme and p.left_on is null and p.role = any(roles)
    and (groups = '{}' or g.number = any(groups))
    and (sectors = '{}' or g.sector = any(sectors))
    and (arms = '{}' or a.code = any(arms))
    and (languages = '{}' or p.language = any(languages))
    and (contacts = '{}' or p.contact = any(contacts))
$$;

-- The numbers that a broadcast is for, each with the people of its audience on it, none for a coach.
create function broadcast_numbers(
  of_programme int, roles text[], groups int[], sectors text[], arms text[], languages text[], contacts text[]
) returns table (phone_number_id uuid, people uuid[]) language sql stable as $$
  select l.phone_number_id, array_agg(p.participant_id order by p.participant_id)
  from broadcast_people(of_programme, roles, groups, sectors, arms, languages, contacts) p
    join participant_phone l on l.participant_id = p.participant_id and l.to_on is null
  group by l.phone_number_id
  union all
  select distinct c.phone_number_id, '{}'::uuid[]
  from broadcast_coaches(of_programme, roles, groups, sectors) c
  where c.phone_number_id is not null
$$;

-- The same numbers, each with the reason why the broadcast is not to go there at a moment, null when it may.
create function broadcast_refusals(
  of_programme int, roles text[], groups int[], sectors text[], arms text[], languages text[], contacts text[],
  allowed_arms text[], at_moment timestamptz, day_start timestamptz, most_a_day int
) returns table (phone_number_id uuid, people uuid[], reason text) language sql stable as $$
  select b.phone_number_id, b.people, r.reason
  from broadcast_numbers(of_programme, roles, groups, sectors, arms, languages, contacts) b
    cross join lateral refusal(
      b.phone_number_id, b.people, 'broadcast', allowed_arms, at_moment, day_start, most_a_day) r
$$;

-- Cancel what was not sent of a broadcast that is cancelled; gives how many numbers do not get it. It locks in order of
-- id, as other transactions do, to avoid a deadlock.
create function cancel_broadcast_messages(of_broadcast uuid, at_moment timestamptz) returns bigint
language sql security definer set search_path = pg_catalog, public as $$
  with mine as materialized (
    -- the broadcast's messages that no worker has claimed
    select m.id from public.message m join public.broadcast b on b.id = m.subject_id
    where m.subject_id = of_broadcast and m.rule = 'broadcast' and m.status in ('planned', 'queued')
      and b.cancelled_at is not null
    order by m.id for update of m
  ), cancelled as (
    -- they are never sent
    update public.message m set status = 'cancelled', reason = 'broadcast_cancelled', settled_at = at_moment
    from mine where m.id = mine.id
    returning m.id
  )
  select count(*) from cancelled
$$;
revoke execute on function cancel_broadcast_messages from public;
