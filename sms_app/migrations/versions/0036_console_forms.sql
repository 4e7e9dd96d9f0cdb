-- Revision 0036. A later change is a later revision: this file stays as it is.

drop function ties_two_arms, refusals_of_texts;

-- A large import that an account asked for: what was asked (the file) until it ended, and then what came of it. Both are
-- sealed with the console's own secret.
create table import_job (
  id uuid not null, programme_id integer not null, account_id uuid not null, asked bytea, answer bytea,
  asked_at timestamp with time zone not null, ended_at timestamp with time zone,
  constraint pk_import_job primary key (id),
  constraint ck_import_job_ended check ((ended_at is null) = (answer is null) and (ended_at is null) = (asked is not null)),
  constraint fk_import_job_programme_id foreign key (programme_id) references programme (id),
  constraint fk_import_job_account_id foreign key (account_id) references account (id)
);
create index ix_import_job_asked_at on import_job (asked_at);

-- How far an import is, which is written while its own transaction is open, and how often it was begun.
create table import_progress (
  import_job_id uuid not null, begun integer not null, step integer not null,
  constraint pk_import_progress primary key (import_job_id),
  constraint fk_import_progress_import_job_id foreign key (import_job_id) references import_job (id) on delete cascade
);
