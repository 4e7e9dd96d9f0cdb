"""Two functions over `pin_guard`, which statements of several modules call instead of repeating them."""

from alembic import op

revision = "0013"
down_revision = "0012"

WRONG_TRIES = """
create function wrong_tries(tried_on date, wrong int, day_before int, today date) returns int
language sql immutable parallel safe as $$
  select case when tried_on >= today then wrong + day_before when tried_on = today - 1 then wrong else 0 end
$$
"""
GIVE_BACK_TRIES = """
create function give_back_tries(guards bytea[]) returns void language sql as $$
  with fewer as (
    update public.pin_guard set
      wrong = case when wrong > 1 then wrong - 1 else day_before end,
      tried_on = case when wrong > 1 then tried_on else tried_on - 1 end,
      day_before = case when wrong > 1 then day_before else 0 end,
      locked_until = null
    where id = any(guards) and wrong + day_before > 1
  )
  delete from public.pin_guard where id = any(guards) and wrong + day_before = 1
$$
"""


def upgrade() -> None:
    op.execute(WRONG_TRIES)
    op.execute(GIVE_BACK_TRIES)


def downgrade() -> None:
    op.execute("drop function give_back_tries")
    op.execute("drop function wrong_tries")
