"""Readiness of the programmes: flows, sentences, telephone lines, networks, and the adviser's days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.engine.checker.catalogue import SOURCE_LANGUAGE, Sentences, is_reviewed, read_sentences
from sms_app.engine.flow import Fault
from sms_app.programme.sectors import place_name
from sms_app.programme.settings import Helpline, Programme
from sms_app.programme.support import is_working_day

FRESH = timedelta(days=180)
"""How long a telephone line counts as verified, and a code as proven free."""
UNSET = "?"
"""What `programme new` writes where a person must fill in a value."""
ROTA_DAYS = 14
ROTA = """
select d.day, d.caseworker, d.phone_number_id is not null as has_number
from duty_day d join programme p on p.id = d.programme_id where p.slug = %(slug)s and d.day = any(%(days)s)
"""
# the adviser's days on which no session begins at that time and place
NOBODY_MEETS = """
select day from unnest(%(days)s::timestamptz[]) as day where not exists (
  select from training_session s join programme p on p.id = s.programme_id
  where p.slug = %(slug)s and s.starts_at = day and s.place = %(place)s and s.cancelled_at is null)
order by day
"""


def check_flows(inputs: Inputs) -> Iterator[Finding]:
    """Whether flows and catalogues have faults."""
    checks = inputs.programmes()
    if checks.every:
        yield Finding(
            "flows and catalogues", "bad", f"{len(checks.every)} faults", "`sms-app flows check` lists them"
        )
    elif not checks.programmes:
        yield Finding(
            "flows and catalogues", "bad", "no programme", "set SMS_APP_FLOWS to the folder of programmes"
        )
    else:
        yield Finding("flows and catalogues", "ok", f"{len(checks.programmes)} programmes, no fault")


def check_all_programmes(inputs: Inputs) -> Iterator[Finding]:
    """What is missing in the settings and sentences of each programme."""
    for settings, _ in inputs.programmes().programmes:
        unreviewed = {
            language: _unreviewed(read_sentences(inputs.settings.locales, language, settings.slug))
            for language in settings.languages
            if language != SOURCE_LANGUAGE
        }
        yield from check_programme(settings, unreviewed, settings.calendar.day(inputs.now))


def check_programme(
    programme: Programme, unreviewed: Mapping[str, tuple[int, int] | None], today: date
) -> Iterator[Finding]:
    """What is missing in a programme's settings and sentences.

    `unreviewed` has, by language, how many sentences no native speaker has approved, and of how many; None when the
    catalogue cannot be read.
    """
    slug = programme.slug
    for language, counts in unreviewed.items():
        name = f"{slug}: sentences, {language}"
        if counts is None:
            yield Finding(name, "bad", "cannot be read", "`sms-app flows check` says why")
        elif counts[0]:
            do = "have a native speaker read each: `sms-app texts review out FILE.xlsx`, then `in` when it comes back"
            yield Finding(name, "bad", f"{counts[0]} of {counts[1]} unreviewed", do)
        else:
            yield Finding(name, "ok", f"all {counts[1]} reviewed")
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
    # caseworkers are not built yet, and no screen promises one: a warning only, sending may start
    yield Finding(f"{slug}: caseworkers", "warn", "help by caseworkers is off: it needs two", "")


def check_sectors(conn: Connection, programme: Programme, now: datetime) -> Iterator[Finding]:
    """Whether each sector's settings are filled in, and a group meets when and where help names the adviser."""
    today = programme.calendar.day(now)
    for sector in programme.sectors.values():
        name = f"{programme.slug}: sector {sector.name}"
        if UNSET in (sector.name, sector.district, sector.health_centre, sector.adviser.place):
            yield Finding(name, "bad", "not filled in", "write it in programme.yaml (`sectors`)")
            continue
        place = place_name(sector.district, sector.adviser.place)
        days = sector.adviser.next_meetings(programme.calendar, today)
        values = {"slug": programme.slug, "place": place, "days": list(days)}
        days_alone = conn.exec_driver_sql(NOBODY_MEETS, values).scalars().all()
        if days_alone:
            listed = ", ".join(f"{programme.calendar.day(day)}" for day in days_alone)
            do = "plan a session then, or change `adviser` in programme.yaml: help tells these days to everyone"
            yield Finding(name, "warn", f"the adviser comes when no group meets: {listed}", do)
        else:
            yield Finding(name, "ok", "the adviser comes when a group meets")


def check_rota(conn: Connection, programme: Programme, now: datetime) -> Iterator[Finding]:
    """Whether someone is on duty on each working day of the next two weeks, and gets the text `duty_check`."""
    if programme.support is None:
        return
    name, today = f"{programme.slug}: who is on duty", programme.calendar.day(now)
    days = [
        day
        for day in (today + timedelta(days=n) for n in range(ROTA_DAYS))
        if is_working_day(programme.calendar, day)
    ]
    rota = conn.exec_driver_sql(ROTA, {"slug": programme.slug, "days": days}).all()
    numberless = sorted({row.caseworker for row in rota if not row.has_number})
    if len(rota) < len(days):
        do = "when help by caseworkers is switched on, fill in the rota in the support console"
        yield Finding(name, "warn", f"nobody on {len(days) - len(rota)} of {len(days)} working days", do)
    if numberless:
        do = "they get no text `duty_check`: `sms-app support caseworker add` takes the number (`--phone`)"
        yield Finding(name, "warn", f"caseworkers without a number: {', '.join(numberless)}", do)
    if rota and len(rota) == len(days) and not numberless:
        yield Finding(name, "ok", f"someone with a number on each of {len(days)} working days")


def _verified(name: str, line: Helpline, today: date) -> Finding:
    return _dated(name, line.verified_on, today, "verified", "call it, then write the day (`verified_on`)")


def _dated(name: str, day: date | None, today: date, what: str, do: str) -> Finding:
    if day is None:
        return Finding(name, "bad", f"never {what}", do)
    if day > today:
        return Finding(name, "bad", f"{what} on {day}, which is in the future", do)
    if today - day > FRESH:
        return Finding(name, "bad", f"{what} on {day}, more than {FRESH.days} days ago", do)
    return Finding(name, "ok", f"{what} on {day}")


def _unreviewed(sentences: Sentences | Fault) -> tuple[int, int] | None:
    """How many sentences of a catalogue no native speaker has approved as they are now, and of how many; None when the
    catalogue cannot be read."""
    if isinstance(sentences, Fault):
        return None
    every = sentences.by_key.values()
    return sum(not is_reviewed(sentence) for sentence in every), len(every)
