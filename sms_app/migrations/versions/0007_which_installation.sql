-- The tables of revision 0007: what kind of installation a database belongs to, and which keys it is sealed with.

create table installation (
  id integer not null, kind varchar not null,
  constraint pk_installation primary key (id),
  constraint ck_installation_one check (id = 1),
  constraint ck_installation_kind check (kind in ('demo', 'bare', 'production'))
);

-- A known value sealed with each key that was ever valid. A key that is not retired must be configured.
create table vault_key_check (
  key_id integer not null, sealed bytea not null, retired boolean not null,
  constraint pk_vault_key_check primary key (key_id),
  constraint ck_vault_key_check_key_id check (key_id between 0 and 255)
);
