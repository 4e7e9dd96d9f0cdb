"""The keys of confidential support, made and loaded by command as people type them."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.main import app
from sms_app.private import recovery, sealing
from sms_app.private.support_request import CONTENT_BYTES, NOTHING, SupportRequest
from tests.world.times import NOW

WORDS = "seven words that nobody guesses"
LATER = (clock.now(0).date() + timedelta(days=100)).isoformat()


def run(*words: object, typed: str = "", env: dict[str, str] | None = None):
    return CliRunner(env=env).invoke(app, [str(word) for word in words], input=typed)


def key_file(place: Path, code: str) -> Path:
    """What a caseworker's page gives, as far as the roster needs it."""
    file = place / f"key-{code}.json"
    public = sealing.to_text(sealing.public_bytes(sealing.new_key().public_key()))
    file.write_text(json.dumps({"format": 1, "caseworker": code, "public_key": public, "wrapped_key": {}}))
    return file


@pytest.fixture
def sheets() -> tuple[str, str, str]:
    """Both sheets of a recovery key as they are printed, and its public key."""
    done = run("support", "recovery-key", "make")
    assert done.exit_code == 0
    first, second = done.output.split("\f")
    letters = [
        line.strip() for line in done.output.splitlines() if line.startswith("    ") and " " in line.strip()
    ]
    public = first.strip().splitlines()[-1].strip()
    assert public in second
    return letters[0], letters[1], public


@pytest.fixture
def signed(tmp_path, sheets):
    """A roster of two caseworkers, signed; gives its file and the pins."""
    holder = tmp_path / "roster-key.pem"
    made = run("support", "roster", "key", holder, typed=f"{WORDS}\n{WORDS}\n")
    assert made.exit_code == 0, made.output
    out = tmp_path / "roster.json"
    files = [key_file(tmp_path, code) for code in "12"]
    options = ["--version", 1, "--expires", LATER, "--recovery-key", sheets[2], "--out", out]
    done = run("support", "roster", "sign", holder, *files, *options, typed=f"{WORDS}\n")
    assert done.exit_code == 0, done.output
    return out, done.output.strip().splitlines()[-1].removeprefix("SMS_APP_SUPPORT_PINS=")


def test_the_roster_key_is_private_and_never_overwritten(tmp_path):
    file = tmp_path / "key.pem"
    assert "at least 16" in run("support", "roster", "key", file, typed="short\nshort\n").output
    assert not file.exists()
    assert run("support", "roster", "key", file, typed=f"{WORDS}\n{WORDS}\n").exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in file.read_bytes()
    before = file.read_bytes()
    again = run("support", "roster", "key", file, typed=f"{WORDS}\n{WORDS}\n")
    assert (again.exit_code, file.read_bytes()) == (1, before)


def test_a_signed_roster_is_loaded_once_and_only_with_its_pins(database, environment, signed):
    file, pins = signed
    with psycopg.connect(database.owner, autocommit=True) as conn:
        conn.execute(
            "insert into programme (slug, service_code, country, time_zone, currency, language)"
            " values ('rwanda', '*801#', 'RW', 'Africa/Kigali', 'RWF', 'rw') on conflict do nothing"
        )
        env = environment | {"SMS_APP_SUPPORT_PINS": pins}
        assert (
            "has nothing for the programme" in run("support", "roster", "load", file, env=environment).output
        )
        other = pins.replace(":1:", ":2:")
        refused = run("support", "roster", "load", file, env=env | {"SMS_APP_SUPPORT_PINS": other})
        assert "version is 1, the least is 2" in refused.output
        # a row that nobody signed keeps it not out, also with its version
        conn.execute("insert into private.roster select id, 1, 'x', '2026-03-11' from programme")
        done = run("support", "roster", "load", file, env=env)
        assert (done.exit_code, done.output) == (0, f"loaded: version 1, 2 caseworkers, until {LATER}\n")
        again = run("support", "roster", "load", file, env=env)
        assert (again.exit_code, "loaded already" in again.output) == (1, True)
        assert conn.execute("select version, signed from private.roster order by version").fetchall() == [
            (1, "x"),
            (2, file.read_text()),
        ]


def test_what_cannot_be_signed_says_why(tmp_path, sheets):
    holder = tmp_path / "key.pem"
    run("support", "roster", "key", holder, typed=f"{WORDS}\n{WORDS}\n")
    file, wrong = key_file(tmp_path, "1"), tmp_path / "wrong.json"

    def sign(*files: Path, expires: str = LATER, typed: str = WORDS, recovery_key: str = sheets[2]) -> str:
        options = ["--version", 1, "--expires", expires, "--recovery-key", recovery_key]
        done = run(
            "support",
            "roster",
            "sign",
            holder,
            *files,
            *options,
            "--out",
            tmp_path / "out",
            typed=f"{typed}\n",
        )
        assert isinstance(done.exception, SystemExit)
        assert done.exit_code == 1
        assert not (tmp_path / "out").exists()
        return done.output

    for text in (
        "{}",
        "[]",
        "7",
        '{"caseworker": "1", "public_key": 7}',
        '{"caseworker": "1", "public_key": "é"}',
    ):
        wrong.write_text(text)
        assert "no key-CODE.json" in sign(wrong), text
    assert "same caseworker" in sign(file, file)
    assert "within six months" in sign(file, expires="2040-01-01")
    assert "--expires is a day" in sign(file, expires="soon")
    assert "--expires is a day" in sign(file, recovery_key="x y")
    assert "no key on the curve" in sign(file, recovery_key="AAAA")
    assert "passphrase is wrong" in sign(file, typed="other words of enough letters")


def test_the_drill_takes_both_sheets_and_opens_a_download(tmp_path, sheets):
    first, second, public = sheets
    row = sealing.new_row()
    key = recovery.combine(first, second)
    own = {sealing.RECOVERY_SLOT: sealing.public_bytes(key.public_key())}
    envelopes = [sealing.seal(SupportRequest(NOTHING, NOW), row, "rwanda", to) for to in (own, {})]
    rows = [{"id": sealing.to_text(row), "envelope": sealing.to_text(sealed)} for sealed in envelopes]
    file = tmp_path / "requests.json"
    file.write_text(json.dumps({"programme": "rwanda", "requests": rows}))
    done = run("support", "recovery-key", "drill", public, "--requests", file, typed=f"{first}\n{second}\n")
    assert done.exit_code == 0, done.output
    assert "The two sheets give the recovery key." in done.output
    assert "It opens 1 of 2 rows." in done.output
    assert first not in done.output
    wrong = run("support", "recovery-key", "drill", public, typed=f"{second}\n{first}\n")
    assert (wrong.exit_code, "sheet 1" in wrong.output) == (1, True)
    other = run("support", "recovery-key", "drill", "AAAA", typed=f"{first}\n{second}\n")
    assert "of another key" in other.output


def test_no_roster_has_a_version_that_the_pins_cannot_name(tmp_path, sheets):
    options = ["--expires", LATER, "--recovery-key", sheets[2], "--out", tmp_path / "out"]
    done = run("support", "roster", "sign", tmp_path / "k", tmp_path / "f", "--version", 1_000_000, *options)
    assert (done.exit_code, "999999" in done.output) == (2, True)


class Forged:
    """What somebody seals who knows the public keys."""

    def __init__(self, content: str) -> None:
        self.content = content

    def encode(self) -> bytes:
        return self.content.encode().ljust(CONTENT_BYTES)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "7",
        '{"kind":"call"}',
        '{"kind":"do_not_call","at":1e999,"from":"","number":"","answers":"","band":"","until":"","sectors":[],"role":""}',
        '{"kind":"do_not_call","at":99999999999999999,"from":"","number":"","answers":"","band":"","until":"","sectors":[],'
        '"role":""}',
    ],
)
def test_a_forged_row_ends_no_drill(tmp_path, sheets, content):
    first, second, public = sheets
    to = {sealing.RECOVERY_SLOT: sealing.public_bytes(recovery.combine(first, second).public_key())}
    rows = []
    for request in (Forged(content), SupportRequest(NOTHING, NOW)):
        row = sealing.new_row()
        sealed = sealing.seal(request, row, "rwanda", to)
        rows.append({"id": sealing.to_text(row), "envelope": sealing.to_text(sealed)})
    file = tmp_path / "requests.json"
    file.write_text(json.dumps({"programme": "rwanda", "requests": rows}))
    done = run("support", "recovery-key", "drill", public, "--requests", file, typed=f"{first}\n{second}\n")
    assert (done.exit_code, "It opens 1 of 2 rows." in done.output) == (0, True), done.output


@pytest.mark.parametrize(
    "text",
    ["[]", "7", '{"requests": 7}', '{"programme": 1, "requests": [{"id": 7, "envelope": 8}]}', "[" * 100_000],
)
def test_a_file_that_is_no_download_ends_the_drill_with_a_sentence(tmp_path, sheets, text):
    first, second, public = sheets
    file = tmp_path / "requests.json"
    file.write_text(text)
    done = run("support", "recovery-key", "drill", public, "--requests", file, typed=f"{first}\n{second}\n")
    assert isinstance(done.exception, SystemExit)
    assert f"{file} is no " in done.output


def test_the_page_is_written_with_its_sum(tmp_path, signed):
    _, pins = signed
    file = tmp_path / "page.html"
    done = run("support", "page", file, env={"SMS_APP_SUPPORT_PINS": pins})
    assert done.output == f"SHA-256: {sha256(file.read_bytes()).hexdigest()}\n"
    assert pins.split(":")[2] in file.read_text()
    again = run("support", "page", tmp_path / "again.html", env={"SMS_APP_SUPPORT_PINS": pins})
    assert again.output == done.output
    unset = run("support", "page", file, env={"SMS_APP_SUPPORT_PINS": ""})
    assert "SMS_APP_SUPPORT_PINS is missing" in unset.output
