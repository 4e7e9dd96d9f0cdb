"""`sms-app vault`: makes, registers and retires keys, and moves everything sealed to the first key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

import typer
from sqlalchemy import Engine

from sms_app import clock
from sms_app.cli.database import config, fail, operator_name
from sms_app.cli.hints import with_hints
from sms_app.cli.options import By
from sms_app.config import Config
from sms_app.database import unpooled_engine
from sms_app.programme import key_check, rotation
from sms_app.programme.rotation import Left
from sms_app.vault import Vault

app = typer.Typer(help="The keys of encrypted data.", no_args_is_help=True)
MAX_LISTED = 20
"""How many rows are listed for each column and key."""


@app.command("new-key")
def new_key() -> None:
    """Print a new random key.

    Give it an id above the others. Add ID:KEY at the end of SMS_APP_KEYS, run `sms-app vault register`, and
    restart every process; then move it to the front, restart again, and run `sms-app vault rotate`."""
    typer.echo(Vault.new_key())


@app.command()
def register(by: By = "") -> None:
    """Store a check value for each key of SMS_APP_KEYS that the database does not have yet. May be repeated.

    A process serves only with registered keys."""
    settings, engine, vault = _connection()
    with engine.begin() as conn:
        new = key_check.register(conn, vault, by or operator_name(), clock.now(settings.time_offset_s))
    typer.echo(f"Registered: {', '.join(map(str, new))}." if new else "All keys were registered before.")


@app.command()
def retire(key: Annotated[int, typer.Argument(help="The key's id.", metavar="ID")], by: By = "") -> None:
    """Retire a key that seals nothing any more, so that it may be removed from SMS_APP_KEYS."""
    settings, engine, vault = _connection()
    with engine.begin() as conn:
        done = key_check.retire(conn, vault, key, by or operator_name(), clock.now(settings.time_offset_s))
    typer.echo(f"Key {key} may be removed now." if done else f"Key {key} was retired before.")


@app.command()
def rotate(by: By = "") -> None:
    """Seal and index everything with the first key of SMS_APP_KEYS. May be stopped and repeated.

    A value that no key opens stays as it is; the command lists it and says what to do."""
    settings, engine, vault = _connection()
    who, now = by or operator_name(), clock.now(settings.time_offset_s)
    try:
        with engine.begin() as conn:
            key_check.register(conn, vault, who, now)
    except key_check.KeysRefused as refused:
        left = _lines_of_left(rotation.foreign(engine, vault), vault)
        fail("\n".join([with_hints(refused), "Nothing was moved.", *left]))
    former = Vault.parse(settings.former_keys) if settings.former_keys else None
    done = rotation.rotate(engine, vault, who, now, former)
    typer.echo(f"Moved to key {vault.active}: {done.moved}.")
    if done.pins_waiting:
        typer.echo(
            f"PINs with an older key: {done.pins_waiting}. Keep that key until their owners set new PINs."
        )
    if done.left:
        fail("\n".join(_lines_of_left(done.left, vault)))


def _connection() -> tuple[Config, Engine, Vault]:
    settings = config("staff")
    return settings, unpooled_engine(settings.staff_database_url), Vault.parse(settings.keys)


def _lines_of_left(left: Iterable[Left], vault: Vault) -> list[str]:
    """Lines that list the rows left as they were, by column and key, with ids only, and say what to do."""
    groups: dict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    for value in left:
        groups[value.table, value.column, value.key_id, value.why].append(str(value.row))
    lines = []
    for (table, column, key_id, why), rows in groups.items():
        if why == rotation.TWICE:
            reason = "a number that another row already has"
            do = "find the other row of that number, copy to it what only this row has, then delete this row"
        elif key_id in vault.ids:
            reason = f"sealed with another key {key_id} than the one in SMS_APP_KEYS"
            do = (
                f"if that other key is known, set SMS_APP_FORMER_KEYS={key_id}:KEY for this command and run it again;"
                " if it is lost, nobody can read these values: enter them again"
            )
        else:
            reason = f"sealed with key {key_id}, which is not in SMS_APP_KEYS"
            do = "put that key back after the first key, and run this command again"
        more = f" and {len(rows) - MAX_LISTED} more" if len(rows) > MAX_LISTED else ""
        lines.append(
            f"Left as it is, {table}.{column}, {len(rows)} rows, {reason}: {', '.join(rows[:MAX_LISTED])}{more}"
        )
        lines.append(f"  -> {do}.")
    return lines
