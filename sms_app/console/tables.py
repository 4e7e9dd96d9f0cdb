"""The console's tables of locks and of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sms_app.accounts.guards import GuardTable
from sms_app.accounts.sessions import SessionTable


@dataclass(frozen=True)
class Account:
    """An active account, a row of the view `account_now`. `password_once`: the password must be replaced."""

    id: UUID
    programme_id: int
    email: str
    role: str
    language: str
    password_once: bool

    @property
    def who(self) -> str:
        """What the audit trail calls this account."""
        return f"console:{self.email}"


GUARDS = GuardTable(
    add="""
insert into account_guard (id, wrong, tried_at) select unnest(%(ids)s::bytea[]), 0, %(now)s
on conflict do nothing
""",
    lock="select id, wrong, tried_at, locked_until from account_guard where id = any(%(ids)s) order by id for update",
    count="""
update account_guard set wrong = %(wrong)s, tried_at = %(now)s, locked_until = %(until)s where id = %(id)s
""",
    clear="delete from account_guard where id = any(%(ids)s)",
    forget="""
delete from account_guard where id in (
  select id from account_guard where tried_at < %(before)s or tried_at > %(ahead)s for update skip locked
)
""",
)
SESSIONS = SessionTable(
    Account,
    insert="""
insert into account_session (id, account_id, began_at, seen_at) values (%(id)s, %(account)s, %(now)s, %(now)s)
""",
    touch="""
with seen as (
  update account_session set seen_at = %(now)s
  where id = %(id)s and seen_at > %(idle)s and began_at > %(longest)s
    and greatest(seen_at, began_at) <= %(ahead)s
  returning account_id
)
select a.* from seen join account_now a on a.id = seen.account_id
""",
    delete="delete from account_session where id = %(id)s",
    delete_all="delete from account_session where account_id = %(account)s",
    sweep="""
delete from account_session
where seen_at <= %(idle)s or began_at <= %(longest)s or greatest(seen_at, began_at) > %(ahead)s
""",
)
