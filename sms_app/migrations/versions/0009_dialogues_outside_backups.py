"""A function that makes `ussd_dialogue` when it is missing: a backup leaves the table out, and a restore calls this.

A dump that names the table, even without its rows, holds a lock on it until the dump ends, and the sweep must rewrite
it. **Who changes the table in a later revision replaces this function in the same revision**; a test compares them."""

from alembic import op

revision = "0009"
down_revision = "0008"

MAKE = """
create function make_ussd_dialogue() returns void language plpgsql set search_path = pg_catalog, public as $$
begin
  if to_regclass('public.ussd_dialogue') is not null then return; end if;
  create unlogged table public.ussd_dialogue (
    id bytea not null, position bytea not null, touched_at timestamptz not null,
    constraint pk_ussd_dialogue primary key (id)
  );
  alter table public.ussd_dialogue alter column position set storage plain;
  alter table public.ussd_dialogue set (
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, autovacuum_enabled = off
  );
  alter table public.ussd_dialogue alter column id set statistics 0, alter column position set statistics 0,
    alter column touched_at set statistics 0;
end $$
"""


def upgrade() -> None:
    op.execute(MAKE)
    op.execute("revoke all on function make_ussd_dialogue from public")


def downgrade() -> None:
    op.execute("drop function make_ussd_dialogue")
