"""Whether confidential support is ready: the roster, the caseworkers' keys, and what the call waits for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection

from sms_app.cli.readiness import database
from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.conversation.support_board import MIN_CASEWORKERS, lines_are_fresh
from sms_app.private import recipients, rosters
from sms_app.private.roster import Pins, RosterError
from sms_app.programme.settings import Programme

NAME = "confidential support"
PROGRAMME = "select id from programme where slug = %(slug)s"
EXPIRES_SOON = timedelta(days=30)


def check_support(inputs: Inputs) -> Iterator[Finding]:
    """A finding for each programme that has caseworkers. Read as the role web, which may see the rosters."""
    if not inputs.settings.web_database_url:
        yield Finding(NAME, "bad", "not checked", "set SMS_APP_WEB_DATABASE_URL")
        return
    pins = recipients.parse_pins(inputs.settings.support_pins)
    with database.check_connection(inputs.settings.web_database_url) as conn:
        for programme, _ in inputs.programmes().programmes:
            if programme.support is not None:
                yield _check(conn, programme, pins.get(programme.slug), inputs)


def _check(conn: Connection, programme: Programme, pins: Pins | None, inputs: Inputs) -> Finding:
    name = f"{NAME}: {programme.slug}"
    id_ = conn.exec_driver_sql(PROGRAMME, {"slug": programme.slug}).scalar()
    if id_ is None or not rosters.is_any(conn, id_):
        do = "docs/safeguarding.md says what must be true before a roster is loaded"
        return Finding(name, "warn", "off: no roster", do)
    if pins is None:
        return Finding(name, "bad", "no pins", f"set {recipients.NAME} to what `support roster sign` printed")
    today = inputs.now.astimezone(programme.calendar.zone).date()
    stored = rosters.newest(conn, id_, programme.slug, pins)
    if stored is None:
        return Finding(name, "bad", "no roster is accepted by the pins", "sign and load a new roster")
    accepted = stored.roster
    try:
        accepted.check_day(today)
    except RosterError as error:
        return Finding(name, "bad", str(error), "sign and load a new roster")
    withdrawn = recipients.withdrawn(conn, id_)
    active = len(accepted.recipients(withdrawn)) - 1
    if active < MIN_CASEWORKERS:
        return Finding(name, "bad", f"{active} active caseworker", "no call is offered: sign a new roster")
    if accepted.expires <= today + EXPIRES_SOON:
        return Finding(
            name, "warn", f"the roster expires on {accepted.expires}", "sign and load a new roster"
        )
    if not lines_are_fresh(programme, today, inputs.settings.demo):
        do = "call each line and dial on each network, and write the days into programme.yaml"
        return Finding(name, "bad", "no call is offered: lines or networks are not proven", do)
    return Finding(name, "ok", f"{active} caseworkers, until {accepted.expires}")
