"""`sms-app support roster`, `recovery-key` and `page`: the keys of confidential support. All but `roster load` need no
database, and are run on a computer that is not connected to anything."""

from __future__ import annotations

import json
import os
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from sms_app import clock
from sms_app.cli.database import config, fail, only_programme
from sms_app.config import Config
from sms_app.database import unpooled_engine
from sms_app.private import recipients, recovery, roster, rosters, sealing
from sms_app.private.roster import Roster, RosterError
from sms_app.private.rosters import StoredRoster
from sms_app.private.sealing import SealError
from sms_app.private.support_request import ContentError
from sms_app.programme.settings import load_programme

MIN_PASSPHRASE = 16
MAX_VERSION = 999_999
"""The highest version of a roster that the pins can name."""
SHEET = """\
Recovery key, sheet {number} of 2            programme: {programme}

    {letters}

This sheet alone opens nothing. Keep it sealed, at another place and with another person than sheet {other}.
Nobody can print it again. To try both sheets: sms-app support recovery-key drill PUBLIC-KEY
The public key that belongs to it:
    {public}
"""
roster_app = typer.Typer(no_args_is_help=True, help="The signed list of keys that requests are sealed to.")
recovery_app = typer.Typer(no_args_is_help=True, help="The key on two printed sheets, for the worst case.")
Slug = Annotated[
    str, typer.Option("--programme", help="The programme's short name; not needed when there is one.")
]


@roster_app.command("key")
def make_roster_key(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
) -> None:
    """Make the roster key, protected by a passphrase, and print its public key. Its holder keeps the file offline."""
    if file.exists():
        fail(f"{file} is there already: a roster key is never overwritten.")
    passphrase = _passphrase(confirm=True)
    key = sealing.new_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    typer.echo(f"roster key: {_public(key)}")


@roster_app.command("sign")
def sign_roster(
    key: Annotated[Path, typer.Argument(help="The file of the roster key.")],
    caseworkers: Annotated[
        list[Path], typer.Argument(help="Each caseworker's key-CODE.json, from their own page.")
    ],
    version: Annotated[int, typer.Option(help="One more than the last roster's.", min=1, max=MAX_VERSION)],
    expires: Annotated[
        str,
        typer.Option(help="The first day on which it no longer counts, like 2027-05-01: within six months."),
    ],
    recovery_key: Annotated[
        str, typer.Option(help="The public recovery key, as `recovery-key make` prints it.")
    ],
    out: Annotated[Path, typer.Option(help="The signed roster's file.")] = Path("roster.json"),
    programme: Slug = "",
) -> None:
    """Sign the whole roster. Compare the fingerprints with those that each caseworker reads out to you."""
    settings = config("flows")
    today, programme = clock.now(settings.time_offset_s).date(), _slug(settings, programme)
    keys = dict(_caseworker_key(file) for file in caseworkers)
    if len(keys) < len(caseworkers):
        fail("Two files are of the same caseworker.")
    try:
        value = Roster(programme, version, date.fromisoformat(expires), keys, sealing.from_text(recovery_key))
    except ValueError:
        fail("--expires is a day like 2027-05-01, and --recovery-key as `recovery-key make` prints it.")
    holder = _open_roster_key(key)
    try:
        signed = roster.sign(value, holder, today)
    except RosterError as error:
        fail(f"Nothing was signed: {error}.")
    out.write_text(signed)
    for code, public in keys.items():
        typer.echo(f"caseworker {code}: {fingerprint(public)}")
    typer.echo(f"SMS_APP_SUPPORT_PINS={pin(programme, version, _public(holder), recovery_key)}")


@roster_app.command("load")
def load_roster(
    file: Annotated[Path, typer.Argument(help="The signed roster.")], programme: Slug = ""
) -> None:
    """Store a signed roster, if the pins of the configuration accept it. It counts within a minute."""
    settings = config("support")
    programme = _slug(settings, programme)
    pins = recipients.parse_pins(settings.support_pins)
    if programme not in pins:
        fail(f"SMS_APP_SUPPORT_PINS has nothing for the programme {programme}.")
    signed, today = _text(file), clock.now(settings.time_offset_s).date()
    try:
        value = roster.accepted(signed, programme, pins[programme], today)
    except RosterError as error:
        fail(f"Nothing was loaded: {error}.")
    with unpooled_engine(settings.support_database_url).begin() as conn:
        id_ = only_programme(conn, programme).id
        newest = rosters.newest(conn, id_, programme, pins[programme])
        if newest is not None and newest.roster.version >= value.version:
            fail(f"Version {newest.roster.version} is loaded already: a new roster has a higher version.")
        rosters.store(conn, id_, StoredRoster(value, signed), today)
    typer.echo(f"loaded: version {value.version}, {len(value.keys)} caseworkers, until {value.expires}")


@recovery_app.command("make")
def make_recovery_key(programme: Slug = "") -> None:
    """Print a new recovery key on two sheets (a form feed between them), and store nothing."""
    programme = _slug(config("flows"), programme)
    key = sealing.new_key()
    for number, letters in zip(recovery.SHEETS, recovery.split(key), strict=True):
        sheet = SHEET.format(
            number=number, other=3 - number, letters=letters, programme=programme, public=_public(key)
        )
        typer.echo(sheet + ("\f" if number == 1 else ""))


@recovery_app.command("drill")
def drill(
    public: Annotated[str, typer.Argument(help="The public recovery key, as the sheets show it.")],
    requests: Annotated[Path | None, typer.Option(help="A download: says how many of its rows open.")] = None,
) -> None:
    """Type both sheets, and see that they give the recovery key. Nothing is stored or shown."""
    first, second = (typer.prompt(f"sheet {number}", hide_input=True) for number in recovery.SHEETS)
    try:
        key = recovery.combine(first, second)
    except recovery.SheetError as error:
        fail(f"{error}.")
    if _public(key) != public:
        fail("The sheets are of another key.")
    typer.echo("The two sheets give the recovery key.")
    if requests:
        opened, rows = _count_opened(requests, key)
        typer.echo(f"It opens {opened} of {rows} rows.")


def page(file: Annotated[Path, typer.Argument(help="The file to write.")], programme: Slug = "") -> None:
    """Write the caseworkers' page, and print the SHA-256 that stands on their printed sheet."""
    from sms_app.private.page import build

    settings = config("support_page")
    programme = _slug(settings, programme)
    pins = recipients.parse_pins(settings.support_pins)
    if programme not in pins:
        fail(f"SMS_APP_SUPPORT_PINS has nothing for the programme {programme}.")
    zone = load_programme(settings.flows / programme / "programme.yaml").time_zone
    text = build.page(programme, zone, pins[programme].roster_key, pins[programme].recovery_key)
    file.write_text(text)
    typer.echo(f"SHA-256: {sha256(text.encode()).hexdigest()}")


def pin(programme: str, version: int, roster_key: str, recovery_key: str) -> str:
    """A programme's pins, as SMS_APP_SUPPORT_PINS has them."""
    return f"{programme}:{version}:{roster_key}:{recovery_key}"


def fingerprint(key: bytes) -> str:
    """A key's fingerprint in groups of four, to be read out."""
    digits = sealing.fingerprint(key).hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _slug(settings: Config, given: str) -> str:
    """The programme that was given, or the only one in the flows folder."""
    slugs = [given] if given else sorted(path.parent.name for path in settings.flows.glob("*/programme.yaml"))
    if len(slugs) != 1:
        fail("Say which programme with --programme: " + ", ".join(slugs) + ".")
    return slugs[0]


def _public(key: EllipticCurvePrivateKey) -> str:
    return sealing.to_text(sealing.public_bytes(key.public_key()))


def _passphrase(confirm: bool = False) -> str:
    passphrase: str = typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm)
    if len(passphrase) < MIN_PASSPHRASE:
        fail(f"The passphrase has at least {MIN_PASSPHRASE} characters: take several words.")
    return passphrase


def _open_roster_key(file: Path) -> EllipticCurvePrivateKey:
    if not file.exists():
        fail(f"There is no file {file}.")
    try:
        key = load_pem_private_key(file.read_bytes(), _passphrase().encode())
    except (ValueError, TypeError):
        fail("The file is no roster key, or the passphrase is wrong.")
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def _caseworker_key(file: Path) -> tuple[str, bytes]:
    """A caseworker's code and public key. Exits when the file has none."""
    values = _json(file)
    try:
        key = sealing.from_text(values["public_key"])
        sealing.public_key(key)
        return str(values["caseworker"]), key
    except (ValueError, KeyError, TypeError, AttributeError, SealError):
        fail(f"{file} is no key-CODE.json of a caseworker.")


def _count_opened(file: Path, key: EllipticCurvePrivateKey) -> tuple[int, int]:
    """How many of a download's rows the recovery key opens, and how many there are."""
    values, opened = _json(file), 0
    try:
        programme = values["programme"]
        rows = [
            (sealing.from_text(row["id"]), sealing.from_text(row["envelope"])) for row in values["requests"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        fail(f"{file} is no download of requests.")
    for row, envelope in rows:
        try:
            sealing.open_slot(envelope, sealing.RECOVERY_SLOT, row, programme, key)
            opened += 1
        except (SealError, ContentError):
            # sealed to others, altered, or forged
            continue
    return opened, len(rows)


def _json(file: Path) -> Any:
    try:
        return json.loads(_text(file))
    except (ValueError, RecursionError):
        fail(f"{file} is no JSON file.")


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        fail(f"{file} can't be read.")
