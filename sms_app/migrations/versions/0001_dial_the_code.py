"""The tables needed to dial the code; the append-only ones held so; the wall's schema, empty for now."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

TABLES = Path(__file__).with_suffix(".sql")
APPEND_ONLY = ("contribution", "consent", "arm_assignment", "audit_entry")
REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$
"""
# A deleted row stays in its table's file, where the provider's session id would still open it: so what goes on is put
# into a new file, and the old one is unlinked. The clock does it as the owner, and can do nothing else as such.
SWEEP = """
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
# newest first, so that each goes before what it refers to
DROPPED = (
    "audit_entry",
    "ussd_cost",
    "ussd_event_seen",
    "ussd_dialogue",
    "dispute",
    "contribution",
    "group_meeting",
    "cycle",
    "savings_member",
    "savings_group",
    "attendance",
    "session_reply",
    "training_session",
    "number_claim",
    "pin_opening",
    "pin_guard",
    "consent",
    "household_link",
    "participant_phone",
    "participant",
    "group_coach",
    "coach",
    "training_group",
    "phone_number",
    "arm_assignment",
    "household",
    "arm",
    "programme",
)


def upgrade() -> None:
    op.execute(TABLES.read_text())
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table}"
            " for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_all before truncate on {table}"
            " for each statement execute function refuse_change()"
        )
    op.execute(SWEEP)
    op.execute("revoke all on function sweep_dialogues from public")
    op.execute("create schema private")
    op.execute("revoke all on schema private from public")


def downgrade() -> None:
    op.execute("drop schema private")
    op.execute("drop function sweep_dialogues")
    for table in DROPPED:
        op.execute(f"drop table {table}")
    op.execute("drop function refuse_change()")
