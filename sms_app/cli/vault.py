"""`sms-app vault`: keys, and moving everything sealed under the newest one."""

from __future__ import annotations

import typer
from sqlalchemy import create_engine, pool

from sms_app.cli.database import config
from sms_app.config import sqlalchemy_url
from sms_app.programme import rotation
from sms_app.vault import Vault

app = typer.Typer(help="Keys for what is stored encrypted.", no_args_is_help=True)


@app.command("new-key")
def new_key() -> None:
    """Print a fresh random key. Put `ID:KEY` in front of SMS_APP_KEYS to make it the active one."""
    typer.echo(Vault.new_key())


@app.command()
def rotate() -> None:
    """Seal and index everything anew under the first key of SMS_APP_KEYS. May be stopped and repeated."""
    settings = config("worker")
    engine = create_engine(sqlalchemy_url(settings.worker_database_url), poolclass=pool.NullPool)
    done, waiting = rotation.rotate(engine, Vault.parse(settings.keys))
    typer.echo(f"{done} values moved to the active key.")
    if waiting:
        typer.echo(f"{waiting} PINs stay under the key that made them: keep it until their owners set new ones.")
