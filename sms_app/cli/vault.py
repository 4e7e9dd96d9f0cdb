"""`sms-app vault`: keys, which of them a database knows, and moving everything sealed under the newest one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

import typer
from sqlalchemy import Engine

from sms_app import clock
from sms_app.cli.database import config, fail, operator_name
from sms_app.config import Config
from sms_app.database import unpooled_engine
from sms_app.programme import key_check, rotation
from sms_app.programme.rotation import Left
from sms_app.vault import Vault

app = typer.Typer(help="Keys for what is stored encrypted.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
MAX_LISTED = 20
"""Rows that are listed of each column and key."""


@app.command("new-key")
def new_key() -> None:
    """Print a fresh random key.

    Give it an id above the others. Add ID:KEY at the end of SMS_APP_KEYS, run `sms-app vault register`, and
    restart every process; then move it to the front, restart again, and run `sms-app vault rotate`."""
    typer.echo(Vault.new_key())


@app.command()
def register(by: By = "") -> None:
    """Store a check value for each key of SMS_APP_KEYS that this database does not know yet. May be repeated.

    A process serves only with keys that are registered."""
    settings, engine, vault = _place()
    with engine.begin() as conn:
        new = key_check.register(conn, vault, by or operator_name(), clock.now(settings.time_offset_s))
    typer.echo(f"Registered: {', '.join(map(str, new))}." if new else "All keys were registered before.")


@app.command()
def retire(key: Annotated[int, typer.Argument(help="The key's id.", metavar="ID")], by: By = "") -> None:
    """Let a key be left out of SMS_APP_KEYS, once nothing is sealed with it."""
    settings, engine, vault = _place()
    with engine.begin() as conn:
        done = key_check.retire(conn, vault, key, by or operator_name(), clock.now(settings.time_offset_s))
    typer.echo(f"Key {key} may be left out now." if done else f"Key {key} was retired before.")


@app.command()
def rotate(by: By = "") -> None:
    """Seal and index everything anew under the first key of SMS_APP_KEYS. May be stopped and repeated.

    A value that none of the keys opens is left as it is and listed; what to do about it is said."""
    settings, engine, vault = _place()
    who, now = by or operator_name(), clock.now(settings.time_offset_s)
    try:
        with engine.begin() as conn:
            key_check.register(conn, vault, who, now)
    except key_check.KeysRefused as refused:
        told = _told(rotation.foreign(engine, vault), vault)
        fail("\n".join([str(refused), "Nothing was moved.", *told]))
    former = Vault.parse(settings.former_keys) if settings.former_keys else None
    done = rotation.rotate(engine, vault, who, now, former)
    typer.echo(f"Moved to key {vault.active}: {done.moved}.")
    if done.pins_waiting:
        typer.echo(
            f"PINs under an older key: {done.pins_waiting}. Keep that key until their owners set new ones."
        )
    if done.left:
        fail("\n".join(_told(done.left, vault)))


def _place() -> tuple[Config, Engine, Vault]:
    settings = config("staff")
    return settings, unpooled_engine(settings.staff_database_url), Vault.parse(settings.keys)


def _told(left: Iterable[Left], vault: Vault) -> list[str]:
    """Which rows were left, by column and key, and how to go on. Ids only."""
    groups: dict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    for one in left:
        groups[one.table, one.column, one.key_id, one.why].append(str(one.row))
    said = []
    for (table, column, key_id, why), rows in groups.items():
        if why == rotation.TWICE:
            reason = "a number that another row has already"
            do = "find that number's row by its number, enter there what only this row says, then delete this row"
        elif key_id in vault.ids:
            reason = f"sealed with another key {key_id} than the one in SMS_APP_KEYS"
            do = (
                f"if that other key is known, set SMS_APP_FORMER_KEYS={key_id}:KEY for this command and run it again;"
                " if it is lost, nobody can read these values: enter them anew"
            )
        else:
            reason = f"sealed with key {key_id}, which is not in SMS_APP_KEYS"
            do = "put that key back, after the first, and run this command again"
        more = f" and {len(rows) - MAX_LISTED} more" if len(rows) > MAX_LISTED else ""
        said.append(
            f"Left as it is, {table}.{column}, {len(rows)} rows, {reason}: {', '.join(rows[:MAX_LISTED])}{more}"
        )
        said.append(f"  -> {do}.")
    return said
