-- Revision 0026. A later change is a later revision: this file stays as it is.

-- What the trial needs to know of people from the first day on.
alter table participant add column birth_year smallint,
  add constraint ck_participant_birth_year check (birth_year between 1900 and 2100);
alter table household add column village varchar(30);
alter table consent add column given_by varchar not null default 'herself', add column asked_alone boolean,
  add constraint ck_consent_given_by check (given_by in ('herself', 'guardian'));

-- Whom the programme looked at, by day and village: counts, no names. Who is excluded counts once, under the first
-- criterion that she does not meet.
create table screening (
  id uuid not null, programme_id integer not null, screened_on date not null, village varchar(30) not null,
  seen integer not null, refused integer not null, enrolled integer not null,
  constraint pk_screening primary key (id),
  constraint fk_screening_programme_id foreign key (programme_id) references programme (id),
  constraint uq_screening_programme_id_screened_on_village unique (programme_id, screened_on, village),
  constraint ck_screening_counts check (seen >= 0 and refused >= 0 and enrolled >= 0 and refused + enrolled <= seen)
);
create table screening_exclusion (
  screening_id uuid not null, criterion varchar not null, count integer not null,
  constraint pk_screening_exclusion primary key (screening_id, criterion),
  constraint fk_screening_exclusion_screening_id foreign key (screening_id) references screening (id),
  constraint ck_screening_exclusion_count check (count >= 0)
);

-- Append-only: the man whom a woman named before her household was assigned to an arm, by relation only. The later row
-- of a woman counts.
create table nomination (
  id uuid not null, participant_id uuid not null, relation varchar not null, nominated_on date not null,
  recorded_by varchar not null,
  constraint pk_nomination primary key (id),
  constraint fk_nomination_participant_id foreign key (participant_id) references participant (id),
  constraint ck_nomination_relation check (relation in ('husband', 'father', 'brother', 'none'))
);
create trigger append_only before update or delete on nomination for each row execute function refuse_change();
create trigger append_only_all before truncate on nomination for each statement execute function refuse_change();
create index ix_nomination_participant_id on nomination (participant_id, nominated_on);

-- Which study id is whose. It stands in a schema of its own, so that it can be kept and backed up apart; an export has
-- the study id and nothing that finds a person without this table.
create schema study;
revoke all on schema study from public;
create table study.identity (
  participant_id uuid not null, study_id text not null,
  constraint pk_identity primary key (participant_id),
  constraint fk_identity_participant_id foreign key (participant_id) references public.participant (id),
  constraint uq_identity_study_id unique (study_id)
);
