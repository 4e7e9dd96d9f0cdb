"""`sms-app sessions`: lists and changes sessions and savings meetings. The clock then plans the corrections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.contacts import format_coaches
from sms_app.cli.database import fail
from sms_app.cli.loading import loaded_programme
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.cli.session_series import series
from sms_app.messaging.coaches import gatherings
from sms_app.messaging.reminders import change_preview, corrections
from sms_app.messaging.reminders.change_preview import ChangePreview, Numbers
from sms_app.programme import schedule
from sms_app.programme.calendar import Calendar
from sms_app.programme.coaches import contacts
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.schedule import Changed, GatheringRow, PlannedChange

app = typer.Typer(help="Training sessions and savings groups' meetings.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The id of the session or meeting, or its first characters.")]
When = Annotated[str, typer.Argument(help="The programme's local time, as 2026-03-07 14:00.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Allow a day off.")]


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(help="How many days, from today.", min=1, max=366)] = 7,
    week: Annotated[str | None, typer.Option(help="List this week instead, as 2026-W49.")] = None,
    group: Annotated[
        str, typer.Option(help="Only this training group (its number) or savings group (its name).")
    ] = "",
    programme: Programme = "",
) -> None:
    """List sessions and meetings with their ids, local times, and coaches with their phones. A session also shows its
    check-in code, and how many said that they will come and that they cannot."""
    with loaded_programme(programme) as (staff, loaded):
        first, count = (staff.today, days) if week is None else (moments.monday(week), 7)
        start, end = (loaded.calendar.at(day) for day in (first, first + timedelta(days=count)))
        listed = schedule.gatherings(staff.conn, staff.programme_id, start, end)
        coaches = contacts(staff.conn, staff.vault, {item.coached for item in listed if item.coached})
    if group:
        names = {group.casefold(), f"group {group}".casefold()}
        listed = [item for item in listed if item.gathering.group.casefold() in names]
    for item in listed:
        coach = format_coaches(coaches[item.coached] if item.coached else ())
        typer.echo(_line(item, loaded.calendar, coach))
    if not listed:
        typer.echo("Nothing takes place.")


@app.command()
def move(id_: Id, to: When, by: By = "", anyway: Anyway = False, programme: Programme = "") -> None:
    """Change the start time. It lasts as long as before."""
    with office_transaction(programme, by) as (office, loaded):
        changed = schedule.move(office, id_, _moment(loaded.calendar, to, anyway))
        _print_change(office, loaded.calendar, changed, "starts at that time already")


@app.command()
def cancel(
    id_: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Cancel it. Shows who would be told, and asks first."""
    already = "is cancelled already"
    with office_transaction(programme, by) as (office, loaded):
        planned = schedule.plan_cancel(office, id_)
        if planned is None:
            _print_change(office, loaded.calendar, None, already)
            return
        for line in _preview(office, loaded, planned):
            typer.echo(line)
    # no lock is held while the question waits for an answer
    if not yes:
        _confirm()
    with office_transaction(programme, by) as (office, loaded):
        preview = change_preview.preview_cancellation(office.conn, loaded, planned.was.id, office.now)
        changed = schedule.cancel(office, str(planned.was.id))
        _print_change(office, loaded.calendar, changed, already, (preview.told, preview.to_tell.count))


@app.command()
def restore(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Take back a cancellation."""
    with office_transaction(programme, by) as (office, loaded):
        _print_change(office, loaded.calendar, schedule.restore(office, id_), "is not cancelled")


@app.command()
def place(
    id_: Id,
    where: Annotated[str, typer.Argument(help="The new place.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Change the place."""
    with office_transaction(programme, by) as (office, loaded):
        _print_change(
            office,
            loaded.calendar,
            schedule.place(office, id_, where, loaded.settings.banned_stems),
            "is held there already",
        )


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
    """Plan a savings group's meeting, and print its id."""
    with office_transaction(programme, by) as (office, loaded):
        start = _moment(loaded.calendar, starts, anyway)
        end = start + timedelta(hours=hours)
        typer.echo(
            schedule.plan_meeting(office, savings_group, start, end, where, loaded.settings.banned_stems)
        )


app.command("series")(series)


def _confirm() -> None:
    """Exit unless the answer is yes."""
    try:
        sure = typer.confirm("Cancel it?")
    except typer.Abort:
        fail("Nothing was changed. Use --yes where nobody can answer.")
    if not sure:
        fail("Nothing was changed.")


def _moment(calendar: Calendar, text: str, anyway: bool) -> datetime:
    """A local time within the programme's hours, on a day on which it meets unless `anyway`."""
    moment = moments.hour(text, calendar.zone, f"`{text}` is not a time: write it as 2026-03-07 14:00.")
    schedule.check_start(calendar, moment, anyway)
    return moment


def _print_change(
    office: OfficeTransaction,
    calendar: Calendar,
    changed: Changed | None,
    already: str,
    told: tuple[int, int] | None = None,
) -> None:
    """Print what changed, how many numbers were told otherwise, and how many of them will be told of the change.

    `told` gives both counts when the caller knows them more exactly than from the messages that were sent.
    """
    if changed is None:
        typer.echo(f"Nothing changed: it {already}.")
        return
    was, now = changed.was, changed.now
    group = was.group[:1].upper() + was.group[1:]
    start, moved = (
        f"{gathering.starts_at.astimezone(calendar.zone):%A %Y-%m-%d %H:%M}" for gathering in (was, now)
    )
    if was.cancelled != now.cancelled:
        done = f"{group}: {start} {'is cancelled' if now.cancelled else 'takes place after all'}."
    elif was.place != now.place:
        done = f"{group}, {start}: {was.place} -> {now.place}."
    else:
        done = f"{group}: {start} -> {moved}."
    typer.echo(f"{done} {_told(*(told or corrections.told(office.conn, now.id)))}")


def _told(told: int, to_tell: int) -> str:
    if not told:
        return "Nobody was told yet."
    numbers = f"{told:,} {'number was' if told == 1 else 'numbers were'} told"
    if to_tell == told:
        return f"{numbers} and will be told of the change."
    return f"{numbers}; {to_tell or 'none'} of them will be told of the change."


def _line(listed: GatheringRow, calendar: Calendar, coaches: str) -> str:
    gathering = listed.gathering
    start, end = (moment.astimezone(calendar.zone) for moment in (gathering.starts_at, gathering.ends_at))
    parts = [
        str(gathering.id),
        f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}",
        f"{gathering.group:<14} {gathering.place}",
    ]
    if gathering.cancelled:
        parts.append("cancelled")
    if listed.code is not None:
        parts += [f"code {listed.code}", f"will come {listed.will_come}, cannot {listed.cannot_come}"]
    return "  ".join([*parts, coaches])


def _preview(office: OfficeTransaction, loaded: LoadedProgramme, planned: PlannedChange) -> list[str]:
    """The session or meeting that would be cancelled, and who would be told."""
    gathering = planned.was
    preview = change_preview.preview_cancellation(office.conn, loaded, gathering.id, office.now)
    start = gathering.starts_at.astimezone(loaded.calendar.zone)
    group = gathering.group[:1].upper() + gathering.group[1:]
    lines = [
        f"{group}: {start:%A %Y-%m-%d %H:%M}, {gathering.place}.",
        _would_be_told(preview, loaded.calendar, office.now),
    ]
    lines += [
        f"  not told, {reason}: {_counted(numbers.count, 'number')}{_listed(numbers)}"
        for reason, numbers in preview.left_out.items()
    ]
    if preview.waiting:
        lines.append(f"{_counted(preview.waiting, 'reminder')} not sent yet will not be sent.")
    if planned.coached is not None:
        coaches = contacts(office.conn, office.vault, [planned.coached])[planned.coached]
        told = gatherings.to_tell(
            office.conn, gathering.id, gathering.starts_at, gathering.place, cancelled=True
        )
        lines.append(
            f"Coach: {format_coaches(coaches)}. {f'{told} would be told.' if told else 'Not told of it yet.'}"
        )
    return lines


def _would_be_told(preview: ChangePreview, calendar: Calendar, now: datetime) -> str:
    if not preview.told:
        return "Nobody was told yet, so nobody would be told."
    told = f"{_counted(preview.told, 'number')} {'was' if preview.told == 1 else 'were'} told of it"
    counts = f"{told}; {preview.to_tell.count:,} would be told that it is cancelled"
    if preview.first_at is None:
        return f"{counts}."
    first = preview.first_at.astimezone(calendar.zone)
    when = "at once" if preview.first_at <= now else f"from {first:%Y-%m-%d %H:%M} on"
    return f"{counts}, {when}{_listed(preview.to_tell)}."


def _listed(numbers: Numbers) -> str:
    """The list numbers, in the form that texts to coaches use."""
    return f" (list numbers {'*'.join(map(str, numbers.list_numbers))})" if numbers.list_numbers else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
