"""Ten minutes are ten minutes: the sweep also takes dialogues that a clock which was ahead has dated."""

from alembic import op

revision = "0005"
down_revision = "0004"

# A deleted row stays in its table's file, where the provider's session id would still open it: so what goes on is put
# into a new file, and the old one is unlinked. The clock does it as the owner, and can do nothing else as such.
# `over` is the last minute of a dialogue that is over, `ahead` the last one of a dialogue that can go on.
SWEEP = """
create function sweep_dialogues(over timestamptz, ahead timestamptz) returns void language plpgsql security definer
set search_path = pg_catalog, public as $$
declare going_on public.ussd_dialogue[];
begin
  if not exists (select from public.ussd_dialogue where touched_at <= over or touched_at > ahead) then return; end if;
  lock table public.ussd_dialogue in access exclusive mode;
  going_on := array(select d from public.ussd_dialogue d where touched_at > over and touched_at <= ahead);
  truncate public.ussd_dialogue;
  insert into public.ussd_dialogue select (unnest(going_on)).*;
end $$
"""
SWEEP_BEFORE = """
create function sweep_dialogues(last_kept timestamptz) returns void language plpgsql security definer
set search_path = pg_catalog, public as $$
declare going_on public.ussd_dialogue[];
begin
  if not exists (select from public.ussd_dialogue where touched_at <= last_kept) then return; end if;
  lock table public.ussd_dialogue in access exclusive mode;
  going_on := array(select d from public.ussd_dialogue d where touched_at > last_kept);
  truncate public.ussd_dialogue;
  insert into public.ussd_dialogue select (unnest(going_on)).*;
end $$
"""


def upgrade() -> None:
    op.execute("drop function sweep_dialogues")
    op.execute(SWEEP)
    op.execute("revoke all on function sweep_dialogues from public")


def downgrade() -> None:
    op.execute("drop function sweep_dialogues")
    op.execute(SWEEP_BEFORE)
    op.execute("revoke all on function sweep_dialogues from public")
