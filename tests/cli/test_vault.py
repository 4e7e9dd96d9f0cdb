"""`sms-app vault`, as an operator types it."""

from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app.cli.vault import app
from sms_app.vault import Vault
from tests.world.records import Records


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
        "Moved to key 3: 1.\nPINs with an older key: 1. Keep that key until their owners set new PINs.\n"
    )
    trail = records.conn.execute(text("select who, what, subject_id from audit_entry order by id")).all()
    assert [tuple(row) for row in trail] == [("Keza", "register_key", "3"), ("Keza", "rotate_keys", "3")]


def test_rotate_without_the_old_key_moves_nothing_and_says_what_is_missing_and_where(
    environment: dict[str, str], records: Records
) -> None:
    person = records.participant(1)
    records.conn.commit()
    said = _run({**environment, "SMS_APP_KEYS": f"3:{Vault.new_key()}"}, "rotate")
    assert said.exit_code == 1
    assert (
        "Key 2 is in use in this database and not in SMS_APP_KEYS: put it back, after the first."
        in said.output
    )
    assert "Nothing was moved." in said.output
    assert (
        f"participant.name_sealed, 1 rows, sealed with key 2, which is not in SMS_APP_KEYS: {person}"
        in said.output
    )
    assert records.conn.execute(text("select count(*) from vault_key_check")).scalar_one() == 2


def test_rotate_names_the_rows_of_another_key_and_how_to_go_on(
    environment: dict[str, str], records: Records
) -> None:
    other = f"1:{Vault.new_key()}"
    records.participant(1)
    wrong = Records(records.conn, Vault.parse(other), records.programme, records.group)
    strays = [str(wrong.number(f"+2507880000{n}")) for n in range(10, 35)]
    records.conn.commit()
    newest = {**environment, "SMS_APP_KEYS": f"3:{Vault.new_key()},{environment['SMS_APP_KEYS']}"}
    said = _run(newest, "rotate")
    assert said.exit_code == 1
    assert "Moved to key 3: 1." in said.output
    assert (
        "phone_number.number_sealed, 25 rows, sealed with another key 1 than the one in SMS_APP_KEYS"
        in said.output
    )
    assert sum(row in said.output for row in strays) == 20
    assert "and 5 more" in said.output
    assert "SMS_APP_FORMER_KEYS=1:KEY" in said.output
    assert "+2507880000" not in said.output
    assert not any(part.partition(":")[2] in said.output for part in newest["SMS_APP_KEYS"].split(","))
    with_it = _run({**newest, "SMS_APP_FORMER_KEYS": other}, "rotate")
    assert (with_it.exit_code, with_it.output) == (0, "Moved to key 3: 25.\n")


def test_a_key_is_registered_used_and_retired(environment: dict[str, str], records: Records) -> None:
    records.participant(1)
    records.conn.commit()
    last = {**environment, "SMS_APP_KEYS": f"{environment['SMS_APP_KEYS']},3:{Vault.new_key()}"}
    assert _run(last, "register").output == "Registered: 3.\n"
    assert _run(last, "register").output == "All keys were registered before.\n"
    assert "participant.name_sealed are under key 2" in str(_run(last, "retire", "2").exception)
    two, one, three = last["SMS_APP_KEYS"].split(",")
    first = {**environment, "SMS_APP_KEYS": ",".join((three, two, one))}
    assert _run(first, "rotate").exit_code == 0
    for key in ("1", "2"):
        assert _run(first, "retire", key).output == f"Key {key} may be removed now.\n"
    assert _run({**environment, "SMS_APP_KEYS": three}, "register").exit_code == 0
