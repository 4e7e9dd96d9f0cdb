"""The demo's support console: its keys are made once, and without them help is off and says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection

from sms_app.cli import demo_support
from sms_app.config import Config
from sms_app.conversation.support_board import read_pins
from sms_app.programme.installation import StartRefused
from sms_app.vault import Vault
from tests.world.app import application
from tests.world.databases import Database
from tests.world.programme import stored_rwanda
from tests.world.times import NOW, TODAY


@pytest.fixture
def prepare(environment: dict[str, str], owner: Connection, vault: Vault):
    """Prepare the demo's support as `up` does, with a data folder."""
    programme = stored_rwanda(owner, vault)
    settings = Config.from_env(environment | {"SMS_APP_DEMO": "1"}, "web")

    def prepare(place: Path) -> dict[str, str]:
        place.mkdir(exist_ok=True)
        made = demo_support.prepare(owner, settings, programme.settings, programme.id, place, NOW)
        owner.commit()
        return dict(made)

    return prepare


def test_the_keys_are_made_once_and_the_rota_has_working_days_only(
    prepare, owner: Connection, tmp_path: Path
) -> None:
    made = prepare(tmp_path)
    assert prepare(tmp_path) == made
    assert read_pins(made["SMS_APP_SUPPORT_PINS"]).keys() == {"rwanda"}
    days = owner.exec_driver_sql("select day from duty_day").scalars().all()
    assert TODAY in days
    assert {day.weekday() for day in days} == set(range(5))


@pytest.mark.parametrize(
    "file", [None, "", "{}", '{"caseworkers": [], "roster_key": "x", "recovery_key": "y"}']
)
def test_with_another_data_folder_help_is_off_and_the_words_say_why(
    prepare,
    owner: Connection,
    demo_database: Database,
    environment: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str | None,
) -> None:
    first, other = tmp_path / "first", tmp_path / "other"
    made = prepare(first)
    roster = owner.exec_driver_sql("select signed from private.roster").scalars().all()
    other.mkdir()
    if file is not None:
        (other / demo_support.FILE).write_text(file)
    assert prepare(other) == {}
    said = capsys.readouterr().err
    assert said.startswith("Confidential support is off: this database has caseworkers")
    assert str(other / demo_support.FILE) in said
    assert not (other / demo_support.PAGE).exists()
    assert owner.exec_driver_sql("select signed from private.roster").scalars().all() == roster
    owner.commit()
    # the demo's service starts without it, and a real one does not
    web = {**environment, "SMS_APP_REDIS_URL": environment["SMS_APP_WEB_REDIS_URL"]}
    with application(Config.from_env(web | {"SMS_APP_DEMO": "1"}, "web")) as app:
        assert app.test_client().get("/readyz").status_code == 200
    owner.exec_driver_sql("update installation set kind = 'production'")
    owner.commit()
    with (
        pytest.raises(StartRefused, match="Help was switched on in rwanda"),
        application(Config.from_env(web | {"SMS_APP_DEMO": "0"}, "web")),
    ):
        pass
    # with the file it goes on
    (other / demo_support.FILE).write_text((first / demo_support.FILE).read_text())
    assert prepare(other)["SMS_APP_SUPPORT_PINS"] == made["SMS_APP_SUPPORT_PINS"]
    assert json.loads((other / demo_support.FILE).read_text())["caseworkers"]
