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
-- A household has a study id, too: its reference is the office's.
create table study.household (
  household_id uuid not null, study_id text not null,
  constraint pk_household primary key (household_id),
  constraint fk_household_household_id foreign key (household_id) references public.household (id),
  constraint uq_household_study_id unique (study_id)
);

-- Whether a participant agrees to a purpose: the latest day counts, and a no on it. A guardian's word is beside hers
-- and never in its place.
create or replace view consent_now with (security_invoker = true) as
  select distinct on (participant_id, purpose) participant_id, purpose, given
  from consent where given_by = 'herself' order by participant_id, purpose, taken_on desc, given;

-- Of each participant of a programme who has not left: the consents that the trial needs, hers and her guardian's, null
-- where nobody was asked. Who is under 18 on the day of her word needs both; with only a year, she is under 18 until
-- the year in which she turns 18 is over. Without a word of hers, the day is `today`.
create function trial_consent(of_programme int, today date)
returns table (participant_id uuid, purpose text, hers boolean, guardians boolean, is_minor boolean, given boolean)
language sql stable as $$
  select p.id, q.purpose, h.given, g.given, m.is_minor,
    coalesce(h.given, false) and (not m.is_minor or coalesce(g.given, false))
  from participant p
    cross join (values ('programme'), ('research'), ('surveys')) q (purpose)
    left join lateral (
      select c.given, c.taken_on from consent c
      where c.participant_id = p.id and c.purpose = q.purpose and c.given_by = 'herself'
      order by c.taken_on desc, c.given limit 1
    ) h on true
    left join lateral (
      select c.given from consent c
      where c.participant_id = p.id and c.purpose = q.purpose and c.given_by = 'guardian'
      order by c.taken_on desc, c.given limit 1
    ) g on true
    cross join lateral (
      select coalesce(extract(year from coalesce(h.taken_on, today)) <= p.birth_year + 18, false) as is_minor
    ) m
  where p.programme_id = of_programme and p.left_on is null
$$;
