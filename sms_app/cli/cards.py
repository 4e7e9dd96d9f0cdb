"""`sms-app people cards`: member cards to print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli.database import config, fail
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.engine.checker.published import read_published
from sms_app.programme import cards as member_cards
from sms_app.programme.card_page import page


def cards(
    file: Annotated[Path, typer.Argument(help="The HTML file to write; it must not be there yet.")],
    group: Annotated[int | None, typer.Option(help="Only this training group, by its number.")] = None,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write member cards to print: the number, the service code, and the keys of the common ways as pictures. The file
    is readable by you alone."""
    with office_transaction(programme, by) as (office, loaded):
        published, _ = read_published(config("staff").flows / loaded.settings.slug)
        ways = member_cards.ways(published)
        members = member_cards.members(office, group)
        # within the transaction: the trail tells of no file that could not be written
        _write(file, page(members, loaded.settings.service_code, ways))
    typer.echo(f"{len(members)} card{'' if len(members) == 1 else 's'}, six on a sheet of A4.")
    missing = [name.replace("_", " ") for name in member_cards.WAYS if name not in {way.name for way in ways}]
    if missing:
        typer.echo(f"Without the keys for: {', '.join(missing)}. Publish the flows: sms-app flows publish.")


def _write(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file} is there already: choose another name.")
    except (FileNotFoundError, NotADirectoryError):
        fail(f"The folder of {file} is not there.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
