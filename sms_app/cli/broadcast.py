"""`sms-app broadcast`: one text to many people. Shows a draft first, and creates it when its count is typed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection

from sms_app.cli import moments
from sms_app.cli.broadcast_drawing import HEAD, draft_lines, listed, shown
from sms_app.cli.database import StaffContext, fail, operator_name, staff_context
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import By, Programme
from sms_app.messaging import sending_switch
from sms_app.messaging.broadcasts import creating, records
from sms_app.messaging.broadcasts.audience import Audience, AudienceFaults
from sms_app.messaging.broadcasts.creating import DraftFaults, DuplicateBroadcast
from sms_app.messaging.broadcasts.drafts import Draft, prepare
from sms_app.messaging.broadcasts.records import Broadcast, NoSuchBroadcast, pending
from sms_app.programme.loaded import LoadedProgramme

app = typer.Typer(help="One text to many people, by role, group and sector.", no_args_is_help=True)
LATEST = 20
Id = Annotated[str, typer.Argument(help="The id of the broadcast, or its first characters.")]
Again = Annotated[bool, typer.Option("--again", help="Create it although an equal broadcast is not over.")]


@app.command()
def new(
    role: Annotated[
        list[str] | None, typer.Option(help="woman, man or leader, or only coach; may be repeated.")
    ] = None,
    group: Annotated[
        list[int] | None, typer.Option(help="A training group's number; may be repeated.")
    ] = None,
    sector: Annotated[list[str] | None, typer.Option(help="A sector; may be repeated.")] = None,
    arm: Annotated[list[str] | None, typer.Option(help="An arm of the trial; may be repeated.")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="The language of the people who are meant; may be repeated.")
    ] = None,
    contact: Annotated[
        list[str] | None,
        typer.Option(help="own, household, neighbour or leader: whose number it is; may be repeated."),
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=WORDS; repeat it for each language.")
    ] = None,
    text_file: Annotated[list[str] | None, typer.Option(help="LANGUAGE=FILE, instead of --text.")] = None,
    at: Annotated[
        str, typer.Option(help="The programme's local time, as 2026-12-01 10:00; at once if left out.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the draft only; create nothing.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="List everyone who gets no text.")] = False,
    yes: Annotated[
        int | None, typer.Option(help="The count of recipients, so that you are not asked.")
    ] = None,
    again: Again = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Show who would get a text, who would not, when, and the cost. Create it when you type the count."""
    audience = Audience(
        tuple(role or ()),
        tuple(group or ()),
        tuple(sector or ()),
        tuple(arm or ()),
        tuple(language or ()),
        tuple(contact or ()),
    )
    texts = _texts(text or [], text_file or [])
    try:
        draft, send_at = _show(programme, audience, texts, at, all_)
        if dry_run:
            return
        _confirm(draft.recipients, yes)
        # the answer may have taken a while: prepare the draft again, and create that one
        with loaded_programme(programme) as (staff, loaded):
            current = prepare(staff.conn, loaded, audience, texts, send_at, staff.now)
            id_ = _create(staff, loaded, current, draft.recipients, by, again)
            stopped = sending_switch.why_stopped(staff.conn)
    except (AudienceFaults, DraftFaults) as faults:
        fail("\n".join(faults.faults))
    typer.echo(f"Created: broadcast {id_}.")
    if stopped is not None:
        typer.echo(f"Sending is stopped ({stopped}): the broadcast waits until sending is started again.")


def _show(
    programme: str, audience: Audience, texts: Mapping[str, str], at: str, all_: bool
) -> tuple[Draft, datetime | None]:
    """Print the draft; gives it and its hour, or None for at once. Exits when it has faults; raises AudienceFaults."""
    with loaded_programme(programme) as (staff, loaded):
        send_at = _moment(loaded, at)
        draft = prepare(staff.conn, loaded, audience, texts, send_at, staff.now)
    for line in draft_lines(loaded.settings, draft, all_):
        typer.echo(line)
    if draft.faults:
        fail("Nothing was created.")
    return draft, send_at


def _create(
    staff: StaffContext, loaded: LoadedProgramme, draft: Draft, confirmed: int, by: str, again: bool
) -> UUID:
    """Create a draft's broadcast. Exits when it would go to another count of numbers than `confirmed`, or when an equal
    broadcast is not over."""
    if draft.recipients != confirmed:
        fail(f"It would go to {draft.recipients:,} numbers now, not {confirmed:,}: check the draft again.")
    try:
        return creating.create(staff.conn, loaded, draft, by or operator_name(), staff.now, again)
    except DuplicateBroadcast as equal:
        fail(
            f"Nothing was created: broadcast {equal.broadcast_id} has the same text and audience and is not over."
            " `sms-app broadcast show` shows it. To send the text twice, use --again."
        )


@app.command("list")
def list_(programme: Programme = "") -> None:
    """Print the latest broadcasts, the newest first."""
    with loaded_programme(programme) as (staff, loaded):
        latest = records.latest(staff.conn, loaded, LATEST)
        counts = records.progress_of(staff.conn, [broadcast.id for broadcast in latest])
    if not latest:
        typer.echo("There is no broadcast yet.")
        return
    typer.echo(HEAD)
    for broadcast in latest:
        typer.echo(listed(loaded.settings, broadcast, counts[broadcast.id], staff.now))


@app.command()
def show(id_: Id, programme: Programme = "") -> None:
    """Print a broadcast: its audience, its texts, and the statuses of its messages with their reasons."""
    with loaded_programme(programme) as (staff, loaded):
        broadcast = _find(staff.conn, loaded, id_)
        for line in shown(loaded.settings, broadcast, records.progress(staff.conn, broadcast.id), staff.now):
            typer.echo(line)


@app.command()
def pause(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Pause a broadcast: hold back the messages that were not sent yet."""
    with loaded_programme(programme) as (staff, loaded):
        broadcast = _find(staff.conn, loaded, id_)
        done = records.pause(staff.conn, loaded, broadcast.id, by or operator_name(), staff.now)
    typer.echo("Paused." if done else "It is paused or cancelled already.")


@app.command()
def resume(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Resume a paused broadcast."""
    with loaded_programme(programme) as (staff, loaded):
        broadcast = _find(staff.conn, loaded, id_)
        done = records.resume(staff.conn, loaded, broadcast.id, by or operator_name(), staff.now)
    typer.echo("Resumed." if done else "It is not paused, or it is cancelled.")


@app.command()
def cancel(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Cancel a broadcast: the messages that were not sent yet are never sent."""
    with loaded_programme(programme) as (staff, loaded):
        broadcast = _find(staff.conn, loaded, id_)
        cancelled = records.cancel(staff.conn, loaded, broadcast.id, by or operator_name(), staff.now)
    typer.echo(
        "It is cancelled already."
        if cancelled is None
        else f"Cancelled: {cancelled:,} numbers will not get it."
    )


@app.command()
def watch(
    id_: Id,
    every: Annotated[float, typer.Option(help="Seconds between two updates.", min=0.1)] = 1,
    programme: Programme = "",
) -> None:
    """Show a progress bar until no message of the broadcast waits any more."""
    with loaded_programme(programme) as (staff, loaded):
        broadcast = _find(staff.conn, loaded, id_)
        counts = records.progress(staff.conn, broadcast.id)
    done, total = sum(counts.values()) - pending(counts), sum(counts.values())
    with typer.progressbar(length=total, label=str(broadcast.id)[:8]) as bar:
        bar.update(done)
        while pending(counts):
            time.sleep(every)
            with staff_context(programme) as staff:
                counts = records.progress(staff.conn, broadcast.id)
            # a message that is tried again may count as done, and then as waiting again
            settled = total - pending(counts)
            bar.update(max(0, settled - done))
            done = max(done, settled)
    for line in shown(loaded.settings, broadcast, counts, staff.now):
        typer.echo(line)


def _find(conn: Connection, loaded: LoadedProgramme, start: str) -> Broadcast:
    try:
        return records.find(conn, loaded, start)
    except NoSuchBroadcast:
        fail("No broadcast, or more than one, has an id that begins like this: see `sms-app broadcast list`.")


def _texts(given: Sequence[str], files: Sequence[str]) -> dict[str, str]:
    """The texts by language, from --text and --text-file."""
    texts: dict[str, str] = {}
    for part, is_file in [*((option, False) for option in given), *((option, True) for option in files)]:
        language, equals, words = part.partition("=")
        if not equals or not language:
            fail(
                f"`{part}` has no language: write {'--text-file rw=FILE' if is_file else '--text rw=WORDS'}."
            )
        if language in texts:
            fail(f"There are two texts in {language}.")
        texts[language] = _read(Path(words)) if is_file else words
    if not texts:
        fail("There is no text: give one in each language with --text or --text-file.")
    return texts


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        fail(f"{path} is not a readable file of UTF-8 text.")


def _moment(loaded: LoadedProgramme, at: str) -> datetime | None:
    """The time that was given, in the programme's zone; None when none was given."""
    if not at:
        return None
    zone = loaded.calendar.zone
    return moments.hour(at, zone, f"`{at}` is not a time: write it as 2026-12-01 10:00.")


def _confirm(recipients: int, yes: int | None) -> None:
    """Exit unless the count of recipients is given or typed."""
    typed = str(yes) if yes is not None else typer.prompt("To create it, type how many numbers get it")
    if typed.strip().replace(",", "") != str(recipients):
        fail(f"Nothing was created: {typed.strip()} is not the count of recipients.")
