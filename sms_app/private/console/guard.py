"""The support console's locks after wrong sign-ins."""

from __future__ import annotations

from sms_app.accounts.guards import GuardTable

GUARDS = GuardTable(
    add="""
insert into private.sign_in_guard (id, wrong, tried_at) select unnest(%(ids)s::bytea[]), 0, %(now)s
on conflict do nothing
""",
    lock="""
select id, wrong, tried_at, locked_until from private.sign_in_guard where id = any(%(ids)s) order by id for update
""",
    count="""
update private.sign_in_guard set wrong = %(wrong)s, tried_at = %(now)s, locked_until = %(until)s where id = %(id)s
""",
    clear="delete from private.sign_in_guard where id = any(%(ids)s)",
    forget="""
delete from private.sign_in_guard where id in (
  select id from private.sign_in_guard where tried_at < %(before)s or tried_at > %(ahead)s for update skip locked
)
""",
)
take, count_wrong = GUARDS.take, GUARDS.count_wrong
clear, clear_account = GUARDS.forget_tries, GUARDS.forget_account
