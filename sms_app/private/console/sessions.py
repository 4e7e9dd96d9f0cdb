"""Which caseworkers are signed in to the support console."""

from __future__ import annotations

from sms_app.accounts.sessions import SessionTable
from sms_app.private.console.accounts import Caseworker

SESSIONS = SessionTable(
    Caseworker,
    insert="""
insert into private.caseworker_session (id, caseworker_id, began_at, seen_at)
values (%(id)s, %(account)s, %(now)s, %(now)s)
""",
    touch="""
with seen as (
  update private.caseworker_session set seen_at = %(now)s
  where id = %(id)s and seen_at > %(idle)s and began_at > %(longest)s
    and greatest(seen_at, began_at) <= %(ahead)s
  returning caseworker_id
)
select c.* from seen join private.caseworker_now c on c.id = seen.caseworker_id
""",
    delete="delete from private.caseworker_session where id = %(id)s",
    delete_all="delete from private.caseworker_session where caseworker_id = %(account)s",
    sweep="""
delete from private.caseworker_session
where seen_at <= %(idle)s or began_at <= %(longest)s or greatest(seen_at, began_at) > %(ahead)s
""",
)
begin, see, end, end_all = SESSIONS.begin, SESSIONS.see, SESSIONS.end, SESSIONS.end_all
