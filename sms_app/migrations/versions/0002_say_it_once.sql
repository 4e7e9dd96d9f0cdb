-- The tables of revision 0002: what the service says. A later change is a later revision: this file stays as it is.

-- What reminders need to know

alter table savings_group add column check_in_weekday integer;
alter table savings_group add constraint ck_savings_group_check_in_weekday
  check (check_in_weekday between 0 and 6);
alter table consent drop constraint ck_consent_purpose;
alter table consent add constraint ck_consent_purpose
  check (purpose in ('programme', 'messages', 'surveys', 'research', 'approach_man', 'check_in'));
create index ix_training_session_programme_id_starts_at on training_session (programme_id, starts_at);
create index ix_participant_programme_id_role on participant (programme_id, role) where left_on is null;

create table planned_meeting (
  id uuid not null, programme_id integer not null, savings_group_id uuid not null,
  starts_at timestamptz not null, ends_at timestamptz not null, place varchar(30) not null,
  cancelled_at timestamptz,
  constraint pk_planned_meeting primary key (id),
  constraint ck_planned_meeting_ends_after_start check (ends_at > starts_at),
  constraint fk_planned_meeting_programme_id foreign key (programme_id) references programme(id),
  constraint fk_planned_meeting_savings_group_id foreign key (savings_group_id) references savings_group(id)
);
create index ix_planned_meeting_savings_group_id on planned_meeting (savings_group_id, starts_at);
create index ix_planned_meeting_programme_id_starts_at on planned_meeting (programme_id, starts_at);

-- A training session and a savings group's meeting are reminded alike.
create view gathering as
  select id, programme_id, group_id as training_group_id, null::uuid as savings_group_id,
    starts_at, ends_at, place, cancelled_at from training_session
  union all
  select id, programme_id, null::uuid, savings_group_id, starts_at, ends_at, place, cancelled_at
    from planned_meeting;
create view gathering_member as
  select s.id as gathering_id, p.id as participant_id, p.role, p.group_id as training_group_id
    from training_session s
    join participant p on p.group_id = s.group_id and p.left_on is null
  union all
  select m.id, p.id, p.role, p.group_id
    from planned_meeting m
    join savings_member k on k.savings_group_id = m.savings_group_id and k.to_on is null
    join participant p on p.id = k.participant_id and p.left_on is null;

-- The outbox

create table message (
  id uuid not null, programme_id integer not null, phone_number_id uuid not null,
  kind varchar not null, rule varchar not null, subject_id uuid not null, occasion varchar not null,
  gathering_id uuid, people uuid[] not null,
  status varchar not null, reason varchar,
  planned_at timestamptz not null, due_at timestamptz not null, expires_at timestamptz not null,
  claim uuid, claimed_at timestamptz, open boolean not null default false, attempts integer not null default 0,
  sent_at timestamptz, settled_at timestamptz,
  told_starts_at timestamptz, told_place varchar, told_cancelled boolean, told_digest varchar,
  language varchar, segments integer, body_sealed bytea, text_index bytea,
  provider_id varchar, cost numeric(14,4), currency varchar,
  constraint pk_message primary key (id),
  constraint uq_message_once unique (subject_id, rule, phone_number_id, occasion),
  constraint ck_message_status check (status in (
    'planned', 'queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'cancelled', 'expired')),
  constraint ck_message_open check (not open or status in ('sending', 'unknown')),
  constraint ck_message_sending check ((status <> 'sending') or (open and claim is not null and claimed_at is not null)),
  constraint fk_message_programme_id foreign key (programme_id) references programme(id),
  constraint fk_message_phone_number_id foreign key (phone_number_id) references phone_number(id)
);
-- A report carries only the provider's id and the number: one message a number may wait for it.
create unique index uq_message_open on message (phone_number_id) where open;
create index ix_message_due on message (programme_id, status, due_at) where status in ('planned', 'queued');
create index ix_message_day on message using brin (due_at) with (autosummarize = on);
create index ix_message_coach on message (subject_id) where kind in ('coach_gathering', 'coach_roll');
create index ix_message_provider_id on message (provider_id) where provider_id is not null;
create index ix_message_told on message (programme_id, told_starts_at) where told_starts_at is not null;
create index ix_message_gathering_id on message (gathering_id) where gathering_id is not null;
create index ix_message_phone_sent on message (phone_number_id, sent_at) where sent_at is not null;
create index ix_message_body on message (claimed_at) where body_sealed is not null;

create table broadcast (
  id uuid not null, programme_id integer not null, roles varchar[] not null, groups integer[] not null,
  sectors varchar[] not null, arms varchar[] not null, send_at timestamptz not null,
  expires_at timestamptz not null, made_by varchar not null, made_at timestamptz not null,
  recipients integer not null, estimate numeric(14,4) not null,
  paused_at timestamptz, cancelled_at timestamptz,
  constraint pk_broadcast primary key (id),
  constraint fk_broadcast_programme_id foreign key (programme_id) references programme(id)
);
create table broadcast_text (
  id uuid not null, broadcast_id uuid not null, language varchar not null, text_sealed bytea,
  constraint pk_broadcast_text primary key (id),
  constraint uq_broadcast_text_broadcast_id_language unique (broadcast_id, language),
  constraint fk_broadcast_text_broadcast_id foreign key (broadcast_id) references broadcast(id)
);

-- What the provider tells us. A report may come before we know its id, twice, or for a message that is not ours.

create table delivery_report (
  id uuid not null, provider_id varchar not null, status varchar not null, number_index bytea not null,
  network_code varchar not null, failure_reason varchar not null, received_at timestamptz not null,
  message_id uuid,
  constraint pk_delivery_report primary key (id),
  constraint uq_delivery_report_provider_id_status unique (provider_id, status),
  constraint fk_delivery_report_message_id foreign key (message_id) references message(id)
);
create index ix_delivery_report_number on delivery_report (number_index) where message_id is null;
create index ix_delivery_report_message_id on delivery_report (message_id);
create index ix_delivery_report_received on delivery_report (received_at);

create table inbound_message_seen (
  id bytea not null, seen_at timestamptz not null,
  constraint pk_inbound_message_seen primary key (id)
);

-- One switch for all sending, and who is alive

create table sending_switch (
  id integer not null, stopped boolean not null, reason varchar not null, changed_by varchar not null,
  changed_at timestamptz,
  constraint pk_sending_switch primary key (id),
  constraint ck_sending_switch_one check (id = 1)
);
insert into sending_switch values (1, true, 'not started', 'nobody', null);

create table heartbeat (
  name varchar not null, beat_at timestamptz not null,
  constraint pk_heartbeat primary key (name)
);
