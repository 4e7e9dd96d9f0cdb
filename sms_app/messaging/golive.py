"""What people must still do before the service may speak to real people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from sms_app.channel.demo_numbers import is_demo_number
from sms_app.messaging.health import Finding
from sms_app.programme.sectors import place_name
from sms_app.programme.settings import Helpline, Programme
from sms_app.vault import Vault, VaultError

FRESH = timedelta(days=180)
"""How long a telephone line counts as verified, and a code as proven free."""
NUMBERS = "select id, number_sealed from phone_number"
PEOPLE = (
    "select count(distinct participant_id) from participant_phone where phone_number_id = any(%(numbers)s)"
)
# what may carry typed words into the server's log, and what it must be
LOG_SETTINGS = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_duration": "off",
}
UNSET = "?"
"""What `programme new` writes where somebody has to write something."""
# those of the adviser's days on which no session of the programme begins then and there
NOBODY_MEETS = """
select day from unnest(%(days)s::timestamptz[]) as day where not exists (
  select from training_session s join programme p on p.id = s.programme_id
  where p.slug = %(slug)s and s.starts_at = day and s.place = %(place)s and s.cancelled_at is null)
order by day
"""
LOGGED = "select name, setting from pg_settings where name = any(%(names)s)"
# a connection as the owner is a process that could change the tables
AS_OWNER = """
select count(*) from pg_stat_activity a join pg_class c on c.oid = to_regclass('alembic_version')
where a.datname = current_database() and a.usesysid = c.relowner
"""


def of_programme(
    programme: Programme, unreviewed: Mapping[str, tuple[int, int] | None], today: date
) -> Iterator[Finding]:
    """What one programme's settings and sentences lack. `unreviewed` has by language how many sentences no native
    programme has passed, of how many; None when its catalogue can't be read."""
    slug = programme.slug
    for language, found in unreviewed.items():
        name = f"{slug}: sentences, {language}"
        if found is None:
            yield Finding(name, "bad", "can't be read", "`sms-app flows check` says why")
        elif found[0]:
            do = "have each read by a native programme: `sms-app texts review out FILE.xlsx`, and `in` when it is back"
            yield Finding(name, "bad", f"{found[0]} of {found[1]} unreviewed", do)
        else:
            yield Finding(name, "ok", f"all {found[1]} reviewed")
    for name, line in {**programme.lines, **programme.emergency}.items():
        yield _verified(f"{slug}: line {name}", line, today)
    if not programme.networks:
        do = "list the networks in programme.yaml (`networks`), and dial from a phone without credit on each"
        yield Finding(f"{slug}: {programme.service_code}", "bad", "proven free on no network", do)
    for code, network in programme.networks.items():
        yield _dated(
            f"{slug}: {programme.service_code} on {network.name} ({code})",
            network.free_proven_on,
            today,
            "proven free",
            "dial it there from a phone without credit, then write the day (`free_proven_on`)",
        )
    # there is no help by caseworkers yet: nothing in help promises one, so this holds back help, not sending
    yield Finding(f"{slug}: caseworkers", "warn", "help by caseworkers is off: it needs two", "")


def of_sectors(conn: Connection, programme: Programme, now: datetime) -> Iterator[Finding]:
    """Whether each sector's settings are filled in, and a group meets where and when help says that the adviser is."""
    today = programme.calendar.day(now)
    for sector in programme.sectors.values():
        name = f"{programme.slug}: sector {sector.name}"
        if UNSET in (sector.name, sector.district, sector.health_centre, sector.adviser.place):
            yield Finding(name, "bad", "not filled in", "write it in programme.yaml (`sectors`)")
            continue
        place = place_name(sector.district, sector.adviser.place)
        days = sector.adviser.next_meetings(programme.calendar, today)
        values = {"slug": programme.slug, "place": place, "days": list(days)}
        alone = conn.exec_driver_sql(NOBODY_MEETS, values).scalars().all()
        if alone:
            said = ", ".join(f"{programme.calendar.day(day)}" for day in alone)
            do = "plan a session then, or change `adviser` in programme.yaml: help tells these days to everyone"
            yield Finding(name, "warn", f"the adviser comes when no group meets: {said}", do)
        else:
            yield Finding(name, "ok", "the adviser comes when a group meets")


def of_database(conn: Connection, vault: Vault) -> Iterator[Finding]:
    """Invented people among the real ones, a log that would tell, a process that may do everything."""
    yield _demo(conn, vault)
    settings = conn.exec_driver_sql(LOGGED, {"names": list(LOG_SETTINGS)}).all()
    telling = sorted(name for name, value in settings if value != LOG_SETTINGS[name])
    if telling:
        should = ", ".join(f"{name} = {LOG_SETTINGS[name]}" for name in telling)
        yield Finding("PostgreSQL's log", "bad", "can carry what people typed", f"set {should}")
    else:
        yield Finding("PostgreSQL's log", "ok", "carries no statement and no row")
    owners = conn.exec_driver_sql(AS_OWNER).scalar_one()
    if owners:
        do = "end them; only `sms-app db` connects so, while it works"
        yield Finding("owner's connections", "bad", str(owners), do)
    else:
        yield Finding("owner's connections", "ok", "none")


def has_only_demo_numbers(conn: Connection, vault: Vault) -> bool:
    """Whether there are numbers, and all that the keys open are the demo's."""
    found = False
    for row in conn.exec_driver_sql(NUMBERS):
        try:
            number = vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id)
        except VaultError:
            continue
        if not is_demo_number(number):
            return False
        found = True
    return found


def _demo(conn: Connection, vault: Vault) -> Finding:
    try:
        found = [
            row.id
            for row in conn.exec_driver_sql(NUMBERS)
            if is_demo_number(vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id))
        ]
    except VaultError:
        return Finding(
            "invented people", "bad", "some numbers can't be opened", "put their key back into SMS_APP_KEYS"
        )
    if not found:
        return Finding("invented people", "ok", "none")
    people = conn.exec_driver_sql(PEOPLE, {"numbers": found}).scalar_one()
    said = f"{len(found)} numbers of the demo, with {people} people"
    return Finding(
        "invented people", "bad", said, "start with a database that the demo was never loaded into"
    )


def _verified(name: str, line: Helpline, today: date) -> Finding:
    return _dated(name, line.verified_on, today, "verified", "call it, then write the day (`verified_on`)")


def _dated(name: str, day: date | None, today: date, what: str, do: str) -> Finding:
    if day is None:
        return Finding(name, "bad", f"never {what}", do)
    if day > today:
        return Finding(name, "bad", f"{what} on {day}, which is yet to come", do)
    if today - day > FRESH:
        return Finding(name, "bad", f"{what} on {day}, more than {FRESH.days} days ago", do)
    return Finding(name, "ok", f"{what} on {day}")
