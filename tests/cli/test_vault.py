"""`sms-app vault`, as an operator types it."""

from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app.cli.vault import app
from sms_app.vault import Vault
from tests.records import Records


def _run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={**environment, "USER": "office"})


def test_a_new_key_is_a_key_and_never_the_same() -> None:
    keys = {_run({}, "new-key").output.strip() for _ in range(2)}
    assert len(keys) == 2
    assert [Vault.parse(f"1:{key}").active for key in keys] == [1, 1]


def test_rotate_says_what_it_moved_and_which_pins_wait(environment: dict[str, str], records: Records) -> None:
    person = records.participant(1)
    records.conn.execute(
        text("update participant set pin = :pin"), {"pin": records.vault.pin(person, "4821")}
    )
    records.conn.commit()
    newest = f"3:{Vault.new_key()},{environment['SMS_APP_KEYS']}"
    said = _run({**environment, "SMS_APP_KEYS": newest}, "rotate", "--by", "Keza")
    assert said.exit_code == 0
    assert said.output == (
        "Moved to key 3: 1.\nPINs under an older key: 1. Keep that key until their owners set new ones.\n"
    )
    assert records.conn.execute(text("select who, subject_id from audit_entry")).one() == ("Keza", "3")


def test_rotate_without_the_old_key_says_what_is_missing(
    environment: dict[str, str], records: Records
) -> None:
    records.participant(1)
    records.conn.commit()
    said = _run({**environment, "SMS_APP_KEYS": f"3:{Vault.new_key()}"}, "rotate")
    assert said.exit_code == 1
    assert "SMS_APP_KEYS" in said.output
