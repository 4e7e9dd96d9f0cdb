"""`sms-app vault`: keys, and moving everything sealed under the newest one."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import create_engine, pool

from sms_app import clock
from sms_app.cli.database import config, fail, someone
from sms_app.config import sqlalchemy_url
from sms_app.programme import rotation
from sms_app.vault import Vault, VaultError

app = typer.Typer(help="Keys for what is stored encrypted.", no_args_is_help=True)


@app.command("new-key")
def new_key() -> None:
    """Print a fresh random key.

    Give it an id above the others. Add ID:KEY at the end of SMS_APP_KEYS and restart every process; then move it to
    the front, restart again, and run `sms-app vault rotate`."""
    typer.echo(Vault.new_key())


@app.command()
def rotate(
    by: Annotated[
        str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")
    ] = "",
) -> None:
    """Seal and index everything anew under the first key of SMS_APP_KEYS. May be stopped and repeated."""
    settings = config("staff")
    engine = create_engine(sqlalchemy_url(settings.staff_database_url), poolclass=pool.NullPool)
    vault = Vault.parse(settings.keys)
    try:
        done = rotation.rotate(engine, vault, by or someone(), clock.now(settings.time_offset_s))
    except VaultError:
        fail(
            "Some values can't be opened: put the key that sealed them back into SMS_APP_KEYS, after the first."
        )
    typer.echo(f"Moved to key {vault.active}: {done.moved}.")
    if done.pins_waiting:
        typer.echo(
            f"PINs under an older key: {done.pins_waiting}. Keep that key until their owners set new ones."
        )
