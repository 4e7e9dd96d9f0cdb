"""Three functions over `pin_guard`, which several statements call instead of repeating them."""

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
# A guard stays under the key that it was made with, and is found under each valid key; a new one is made under the
# active key, the first of `guards`.
COUNT_PHONE_TRY = """
create function count_phone_try(guards bytea[], today date, most int)
returns table (id bytea, wrong int, counted boolean) language sql as $$
  insert into public.pin_guard as g (id, wrong, day_before, counted, tried_on)
  values (
    coalesce((select p.id from public.pin_guard p where p.id = any(guards) order by p.wrong desc limit 1), guards[1]),
    1, 0, true, today
  )
  on conflict (id) do update set
    counted = g.tried_on < today or g.wrong < most,
    wrong = case when g.tried_on < today then 1 else least(g.wrong + 1, most) end,
    tried_on = greatest(g.tried_on, today)
  returning g.id, g.wrong, g.counted
$$
"""


def upgrade() -> None:
    op.execute(WRONG_TRIES)
    op.execute(GIVE_BACK_TRIES)
    op.execute(COUNT_PHONE_TRY)


def downgrade() -> None:
    op.execute("drop function count_phone_try")
    op.execute("drop function give_back_tries")
    op.execute("drop function wrong_tries")
