"""The doctor says whether confidential support can be offered; web does not start where it could not keep its word."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from sms_app.cli.readiness import support
from sms_app.cli.readiness.finding import Inputs
from sms_app.cli.support_keys import pin
from sms_app.config import Config
from sms_app.private import sealing
from sms_app.programme.installation import StartRefused
from sms_app.web.app import create_app
from tests.world.programme import start_from
from tests.world.wall import WITHDRAW, Wall, public, verified


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def programme(owner, vault) -> int:
    id_ = start_from(owner, vault).programme
    owner.commit()
    return id_


def pinned(environment, wall: Wall) -> dict[str, str]:
    keys = (sealing.to_text(public(key)) for key in (wall.holder, wall.recovery))
    return environment | {"SMS_APP_SUPPORT_PINS": pin("rwanda", 1, *keys)}


def finding(env: dict[str, str], proven: bool = True) -> tuple[str, str]:
    inputs = Inputs.of(env)
    if proven:
        checks = inputs.programmes()
        checks.programmes[:] = [(verified(one, inputs.now.date()), sound) for one, sound in checks.programmes]
    (found,) = support.check_support(inputs)
    return found.verdict, found.result


def test_each_step_until_a_call_can_be_offered_is_said(environment, owner, programme, wall):
    today = Inputs.of(environment).now.date()
    env = pinned(environment, wall)
    assert finding(env) == ("warn", "off: no roster")
    wall.load(owner, programme, today)
    owner.commit()
    assert finding(environment) == ("bad", "no pins")
    assert finding(env) == ("ok", f"2 caseworkers, until {today + timedelta(days=100)}")
    assert finding(env, proven=False)[0] == "bad"
    wall.load(owner, programme, today, version=2, days=20)
    owner.commit()
    assert finding(env) == ("warn", f"the roster expires on {today + timedelta(days=20)}")
    key = sealing.fingerprint(public(wall.caseworkers[0]))
    owner.exec_driver_sql(WITHDRAW, {"key": key, "day": today})
    owner.commit()
    assert finding(env) == ("bad", "1 active caseworker")
    owner.execute(text("update private.roster set signed = replace(signed, 'a', 'b')"))
    owner.commit()
    assert finding(env)[0] == "bad"


def test_web_does_not_start_without_the_pins_of_a_programme_whose_help_was_switched_on(
    environment, owner, programme, wall
):
    config = Config.from_env(environment, "web")
    create_app(config).extensions["engine"].dispose()
    wall.load(owner, programme, date(2026, 3, 9))
    owner.commit()
    with pytest.raises(StartRefused, match="SMS_APP_SUPPORT_PINS has nothing for it"):
        create_app(config)
    pins = pinned(environment, wall)["SMS_APP_SUPPORT_PINS"]
    create_app(replace(config, support_pins=pins)).extensions["engine"].dispose()
