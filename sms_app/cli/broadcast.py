"""`sms-app broadcast`: one text to many. It is looked at first, and made when its count is typed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from sms_app.cli import moments
from sms_app.cli.broadcast_drawing import HEAD, draft_lines, listed, pending, shown
from sms_app.cli.database import fail, operator_name, staff_context
from sms_app.cli.loading import loaded_programme
from sms_app.messaging import sending_switch
from sms_app.messaging.broadcasts import making as broadcasts
from sms_app.messaging.broadcasts.audience import Audience, AudienceFaults
from sms_app.messaging.broadcasts.drafts import prepare
from sms_app.messaging.broadcasts.making import Broadcast, DraftFaults, Equal, NoSuchBroadcast
from sms_app.programme.loaded import LoadedProgramme

app = typer.Typer(help="One text to many, by role, group and sector.", no_args_is_help=True)
LATEST = 20
Id = Annotated[str, typer.Argument(help="The broadcast's id, or how it begins.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@app.command()
def new(
    role: Annotated[
        list[str] | None, typer.Option(help="woman, man, leader, or coach alone; may be repeated.")
    ] = None,
    group: Annotated[
        list[int] | None, typer.Option(help="A training group's number; may be repeated.")
    ] = None,
    sector: Annotated[list[str] | None, typer.Option(help="A sector; may be repeated.")] = None,
    arm: Annotated[list[str] | None, typer.Option(help="An arm of the trial; may be repeated.")] = None,
    text: Annotated[list[str] | None, typer.Option(help="LANGUAGE=WORDS; once for each language.")] = None,
    text_file: Annotated[list[str] | None, typer.Option(help="LANGUAGE=FILE, instead of --text.")] = None,
    at: Annotated[
        str, typer.Option(help="The programme's local time, as 2026-12-01 10:00; at once if left out.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: nothing is made.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="List everyone who is left out.")] = False,
    yes: Annotated[int | None, typer.Option(help="The count of recipients, instead of typing it.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make it though an equal one is not over yet.")
    ] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Show who gets a text and who does not, when, and at what cost; make it when the count is typed."""
    audience = Audience(tuple(role or ()), tuple(group or ()), tuple(sector or ()), tuple(arm or ()))
    texts = _texts(text or [], text_file or [])
    try:
        with loaded_programme(programme) as (place, loaded):
            send_at = _moment(loaded, at)
            draft = prepare(place.conn, loaded, audience, texts, send_at, place.now)
        for line in draft_lines(loaded.settings, draft, all_):
            typer.echo(line)
        if draft.faults:
            fail("Nothing was made.")
        if dry_run:
            return
        _confirm(draft.recipients, yes)
        looked_at = draft.recipients
        # it may have taken a while to type: look again, and make what is seen then
        with loaded_programme(programme) as (place, loaded):
            draft = prepare(place.conn, loaded, audience, texts, send_at, place.now)
            if draft.recipients != looked_at:
                fail(f"It would go to {draft.recipients:,} numbers now, not {looked_at:,}: look again.")
            id_ = broadcasts.create(place.conn, loaded, draft, by or operator_name(), place.now, again)
            stopped = sending_switch.why_stopped(place.conn)
    except (AudienceFaults, DraftFaults) as faults:
        fail("\n".join(faults.faults))
    except Equal as found:
        fail(
            f"Nothing was made: broadcast {found.broadcast_id} says the same to the same people and is not over yet."
            " See it with `sms-app broadcast show`; if it is meant to go twice, say --again."
        )
    typer.echo(f"Made: broadcast {id_}.")
    if stopped is not None:
        typer.echo(f"Sending is stopped now ({stopped}): it goes when that is started again.")


@app.command("list")
def list_(programme: Programme = "") -> None:
    """Print the latest broadcasts, the newest first."""
    with loaded_programme(programme) as (staff, loaded):
        found = broadcasts.latest(staff.conn, loaded, LATEST)
        counts = {one.id: broadcasts.progress(staff.conn, one.id) for one in found}
    if not found:
        typer.echo("There is no broadcast yet.")
        return
    typer.echo(HEAD)
    for one in found:
        typer.echo(listed(loaded.settings, one, counts[one.id], staff.now))


@app.command()
def show(id_: Id, programme: Programme = "") -> None:
    """Print a broadcast: its audience and texts, and what became of it, with the reasons."""
    with loaded_programme(programme) as (staff, loaded):
        one = _find(staff.conn, loaded, id_)
        for line in shown(loaded.settings, one, broadcasts.progress(staff.conn, one.id), staff.now):
            typer.echo(line)


@app.command()
def pause(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Hold back what has not gone yet."""
    with loaded_programme(programme) as (staff, loaded):
        one = _find(staff.conn, loaded, id_)
        done = broadcasts.pause(staff.conn, loaded, one.id, by or operator_name(), staff.now)
    typer.echo("Paused." if done else "It is paused or cancelled already.")


@app.command()
def resume(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Let a paused broadcast go on."""
    with loaded_programme(programme) as (staff, loaded):
        one = _find(staff.conn, loaded, id_)
        done = broadcasts.resume(staff.conn, loaded, one.id, by or operator_name(), staff.now)
    typer.echo("It goes on." if done else "It is not paused, or it is cancelled.")


@app.command()
def cancel(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Take back what has not gone yet, for good."""
    with loaded_programme(programme) as (staff, loaded):
        one = _find(staff.conn, loaded, id_)
        taken = broadcasts.cancel(staff.conn, loaded, one.id, by or operator_name(), staff.now)
    typer.echo(
        "It is cancelled already." if taken is None else f"Cancelled: {taken:,} numbers will not get it."
    )


@app.command()
def watch(
    id_: Id,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 1,
    programme: Programme = "",
) -> None:
    """Show a bar that grows until nothing of a broadcast waits any more."""
    with loaded_programme(programme) as (staff, loaded):
        one = _find(staff.conn, loaded, id_)
        counts = broadcasts.progress(staff.conn, one.id)
    done, total = sum(counts.values()) - pending(counts), sum(counts.values())
    with typer.progressbar(length=total, label=str(one.id)[:8]) as bar:
        bar.update(done)
        while pending(counts):
            time.sleep(every)
            with staff_context(programme) as staff:
                counts = broadcasts.progress(staff.conn, one.id)
            # a text that waits for another try may count as done and then not
            settled = total - pending(counts)
            bar.update(max(0, settled - done))
            done = max(done, settled)
    for line in shown(loaded.settings, one, counts, staff.now):
        typer.echo(line)


def _find(conn: Connection, loaded: LoadedProgramme, start: str) -> Broadcast:
    try:
        return broadcasts.find(conn, loaded, start)
    except NoSuchBroadcast:
        fail("No one broadcast has an id that begins like this: see `sms-app broadcast list`.")


def _texts(given: Sequence[str], files: Sequence[str]) -> dict[str, str]:
    """The words by language."""
    found: dict[str, str] = {}
    for part, is_file in [*((one, False) for one in given), *((one, True) for one in files)]:
        language, equals, words = part.partition("=")
        if not equals or not language:
            fail(
                f"`{part}` has no language: write {'--text-file rw=FILE' if is_file else '--text rw=WORDS'}."
            )
        if language in found:
            fail(f"There are two texts in {language}.")
        found[language] = _read(Path(words)) if is_file else words
    if not found:
        fail("There is no text: give one in each language with --text or --text-file.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        fail(f"{path} is no file of UTF-8 text that can be read.")


def _moment(loaded: LoadedProgramme, at: str) -> datetime | None:
    """The hour in the programme's zone; None when none is given."""
    if not at:
        return None
    zone = loaded.calendar.zone
    return moments.hour(at, zone, f"`{at}` is no hour: write it as 2026-12-01 10:00.")


def _confirm(recipients: int, yes: int | None) -> None:
    """Stop unless the count of recipients is given or typed."""
    typed = str(yes) if yes is not None else typer.prompt("To make it, type how many numbers get it")
    if typed.strip().replace(",", "") != str(recipients):
        fail(f"Nothing was made: {typed.strip()} is not the count of recipients.")
