"""What `sms-app up` makes for the demo's console: an account of each role, two of officers. Their addresses end in
`.example`, and such accounts sign in on the machine of the demo only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from sms_app.accounts import passwords
from sms_app.accounts.secret import Secret
from sms_app.console.access import ADMINISTRATOR, OFFICER, RESEARCHER, SUPERVISOR
from sms_app.console.accounts import store

LOGINS = {
    "DEMO_LOGIN_ADMINISTRATOR": ("administrator@console.example", ADMINISTRATOR),
    "DEMO_LOGIN_OFFICER": ("officer@console.example", OFFICER),
    "DEMO_LOGIN_OFFICER_2": ("second-officer@console.example", OFFICER),
    "DEMO_LOGIN_SUPERVISOR": ("supervisor@console.example", SUPERVISOR),
    "DEMO_LOGIN_RESEARCHER": ("researcher@console.example", RESEARCHER),
}
"""By variable of `DIR/env`: the address and the role."""


def prepare(
    conn: Connection,
    secret: Secret,
    programme_id: int,
    kept: Mapping[str, str],
    who: str,
    now: datetime,
    today: date,
) -> Mapping[str, str]:
    """Make the accounts that are missing, in the caller's transaction as the owner; gives the variables of `DIR/env`,
    each `email password totp-secret`. `kept` are those of the last run.

    An account whose variable was lost, as after a killed start, is disabled and made anew."""
    logins = {}
    for name, (email, role) in LOGINS.items():
        account = store.by_email(conn, email)
        if account is not None and kept.get(name, "").startswith(f"{email} "):
            logins[name] = kept[name]
            continue
        if account is not None:
            store.disable(conn, account, who, now, today)
        password = passwords.new()
        given = store.add(conn, secret, programme_id, email, role, "en", who, now, today, password)
        logins[name] = f"{email} {password} {given.totp_secret}"
    return logins
