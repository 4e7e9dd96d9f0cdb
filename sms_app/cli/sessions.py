"""`sms-app sessions`: when the groups meet, as staff see and change it. What was said of it is corrected by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from sms_app.cli import moments
from sms_app.cli.contacts import written
from sms_app.cli.database import fail, someone
from sms_app.cli.loading import loaded_programme
from sms_app.cli.session_series import series
from sms_app.messaging.coaches import gatherings
from sms_app.messaging.reminders import cancellations, corrections
from sms_app.messaging.reminders.cancellations import Numbers, Telling
from sms_app.programme import schedule
from sms_app.programme.calendar import Calendar
from sms_app.programme.coaches import contacts
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.schedule import Change, Changed, Listed, Looked
from sms_app.vault import Vault

app = typer.Typer(help="Sessions and savings groups' meetings.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The session's or meeting's id, or how it begins.")]
When = Annotated[str, typer.Argument(help="The programme's local time, as 2026-03-07 14:00.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Also on a day off.")]


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(help="How many days from today on.", min=1, max=366)] = 7,
    week: Annotated[str | None, typer.Option(help="A whole week instead, as 2026-W49.")] = None,
    group: Annotated[
        str, typer.Option(help="Only this training group (its number) or savings group (its name).")
    ] = "",
    programme: Programme = "",
) -> None:
    """List what takes place, with ids and local times; of sessions also the check-in code and who said that they will
    come or cannot; and the coaches with their phones."""
    with loaded_programme(programme) as (at, loaded):
        first, count = (at.today, days) if week is None else (moments.monday(week), 7)
        start, end = (loaded.calendar.at(day) for day in (first, first + timedelta(days=count)))
        found = schedule.gatherings(at.conn, at.programme_id, start, end)
        coaches = contacts(at.conn, at.vault, {one.coached for one in found if one.coached})
    if group:
        called = {group.casefold(), f"group {group}".casefold()}
        found = [one for one in found if one.gathering.group.casefold() in called]
    for one in found:
        typer.echo(_line(one, loaded.calendar, written(coaches[one.coached] if one.coached else ())))
    if not found:
        typer.echo("Nothing takes place.")


@app.command()
def move(id_: Id, to: When, by: By = "", anyway: Anyway = False, programme: Programme = "") -> None:
    """Let it start at another time; it lasts as long as before."""
    with _changing(programme, by) as at:
        changed = schedule.move(at.conn, at.change, id_, at.moment(to, anyway))
        _say(at, changed, "starts then already")


@app.command()
def cancel(
    id_: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: for scripts.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Call it off. Shows who would be told, and asks."""
    already = "is cancelled already"
    with _changing(programme, by) as at:
        looked_at = schedule.look(at.conn, at.change, id_)
        if looked_at is None:
            _say(at, None, already)
            return
        for line in _telling(at, looked_at):
            typer.echo(line)
    # nothing is locked while someone thinks
    if not yes:
        _confirm()
    with _changing(programme, by) as at:
        found = cancellations.telling(at.conn, at.loaded, looked_at.id, at.change.now)
        changed = schedule.cancel(at.conn, at.change, str(looked_at.id))
        _say(at, changed, already, (found.told, found.to_tell.count))


@app.command()
def restore(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Let it take place after all."""
    with _changing(programme, by) as at:
        _say(at, schedule.restore(at.conn, at.change, id_), "is not cancelled")


@app.command()
def place(
    id_: Id,
    where: Annotated[str, typer.Argument(help="The new place.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Hold it somewhere else."""
    with _changing(programme, by) as at:
        _say(at, schedule.place(at.conn, at.change, id_, where), "is held there already")


@app.command("plan-meeting")
def plan_meeting(
    savings_group: Annotated[str, typer.Argument(help="The savings group's name or id.")],
    starts: When,
    where: Annotated[str, typer.Option("--place", help="Where they meet.")],
    hours: Annotated[float, typer.Option(help="How long it lasts.", min=0.25, max=12)] = 2,
    by: By = "",
    anyway: Anyway = False,
    programme: Programme = "",
) -> None:
    """Plan a savings group's meeting. Prints its id."""
    with _changing(programme, by) as at:
        start = at.moment(starts, anyway)
        end = start + timedelta(hours=hours)
        typer.echo(schedule.plan_meeting(at.conn, at.change, savings_group, start, end, where))


app.command("series")(series)


def _confirm() -> None:
    """Stop unless someone answers yes."""
    try:
        sure = typer.confirm("Call it off?")
    except typer.Abort:
        fail("Nothing was changed. Say --yes where nobody can answer.")
    if not sure:
        fail("Nothing was changed.")


@dataclass(frozen=True)
class _Desk:
    conn: Connection
    vault: Vault
    change: Change
    loaded: LoadedProgramme

    @property
    def calendar(self) -> Calendar:
        return self.loaded.calendar

    def moment(self, text: str, anyway: bool) -> datetime:
        """A local time within the programme's hours, on a day on which it meets unless `anyway`."""
        found = moments.hour(text, self.calendar.zone, f"`{text}` is no time: write it as 2026-03-07 14:00.")
        local, opens, closes = found.astimezone(self.calendar.zone), self.calendar.opens, self.calendar.closes
        if not opens <= local.time() < closes:
            fail(
                f"Nobody meets at {local:%H:%M}: the programme's day is from {opens:%H:%M} to {closes:%H:%M}."
            )
        if not anyway and not self.calendar.may_meet(found):
            fail(f"Nobody meets at {local:%Y-%m-%d %H:%M}: a day off. Say --anyway if they do.")
        return found


@contextmanager
def _changing(programme: str, by: str) -> Iterator[_Desk]:
    """One transaction for a change; what is refused is said in a sentence."""
    try:
        with loaded_programme(programme) as (at, loaded):
            change = Change(at.programme_id, by or someone(), at.now, loaded.settings.banned_stems)
            yield _Desk(at.conn, at.vault, change, loaded)
    except schedule.Refused as refused:
        fail(str(refused))


def _say(at: _Desk, changed: Changed | None, already: str, told: tuple[int, int] | None = None) -> None:
    """One sentence of what changed, how many numbers know it otherwise, and how many of them will be told (both in
    `told` when they are known more exactly than by what was sent)."""
    if changed is None:
        typer.echo(f"Nothing changed: it {already}.")
        return
    was, now = changed.was, changed.now
    group = was.group[:1].upper() + was.group[1:]
    start, moved = (f"{one.starts_at.astimezone(at.calendar.zone):%A %Y-%m-%d %H:%M}" for one in (was, now))
    if was.cancelled != now.cancelled:
        done = f"{group}: {start} {'is called off' if now.cancelled else 'takes place after all'}."
    elif was.place != now.place:
        done = f"{group}, {start}: {was.place} -> {now.place}."
    else:
        done = f"{group}: {start} -> {moved}."
    typer.echo(f"{done} {_told(*(told or corrections.told(at.conn, now.id)))}")


def _told(told: int, to_tell: int) -> str:
    if not told:
        return "Nobody was told yet."
    numbers = f"{told:,} {'number was' if told == 1 else 'numbers were'} told"
    if to_tell == told:
        return f"{numbers} and will be told of the change."
    return f"{numbers}; {to_tell or 'none'} of them will be told of the change."


def _line(listed: Listed, calendar: Calendar, coaches: str) -> str:
    one = listed.gathering
    start, end = (moment.astimezone(calendar.zone) for moment in (one.starts_at, one.ends_at))
    parts = [str(one.id), f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}", f"{one.group:<14} {one.place}"]
    if one.cancelled:
        parts.append("cancelled")
    if listed.code is not None:
        parts += [f"code {listed.code}", f"will come {listed.will_come}, cannot {listed.cannot_come}"]
    return "  ".join([*parts, coaches])


def _telling(at: _Desk, one: Looked) -> list[str]:
    """What is to be called off, and who would be told."""
    found = cancellations.telling(at.conn, at.loaded, one.id, at.change.now)
    start = one.starts_at.astimezone(at.calendar.zone)
    group = one.group[:1].upper() + one.group[1:]
    lines = [f"{group}: {start:%A %Y-%m-%d %H:%M}, {one.place}.", _would_be_told(found, at)]
    lines += [
        f"  not told, {reason}: {_counted(numbers.count, 'number')}{_listed(numbers)}"
        for reason, numbers in found.left_out.items()
    ]
    if found.waiting:
        lines.append(f"{_counted(found.waiting, 'reminder')} that did not go yet will not go.")
    if one.coached is not None:
        coaches = contacts(at.conn, at.vault, [one.coached])[one.coached]
        told = gatherings.told(at.conn, one.id)
        lines.append(
            f"Coach: {written(coaches)}. {f'{told} would be told.' if told else 'Not told of it yet.'}"
        )
    return lines


def _would_be_told(found: Telling, at: _Desk) -> str:
    if not found.told:
        return "Nobody was told yet, so nobody would be told."
    knowing = f"{_counted(found.told, 'number')} {'was' if found.told == 1 else 'were'} told of it"
    said = f"{knowing}; {found.to_tell.count:,} would be told that it is off"
    if found.first_at is None:
        return f"{said}."
    first = found.first_at.astimezone(at.calendar.zone)
    when = "at once" if found.first_at <= at.change.now else f"from {first:%Y-%m-%d %H:%M} on"
    return f"{said}, {when}{_listed(found.to_tell)}."


def _listed(numbers: Numbers) -> str:
    """List numbers as in texts to coaches."""
    return f" (list numbers {'*'.join(map(str, numbers.list_numbers))})" if numbers.list_numbers else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
