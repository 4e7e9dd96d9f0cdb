"""Configuration: every fault at once, by variable, and never a value."""

import base64
from datetime import timedelta

import pytest

from sms_app import clock
from sms_app.config import VARIABLES, Config, ConfigError, sqlalchemy_url
from sms_app.migrations.roles import ROLES

SECRET = "Zm9yLXRlc3RzLW9ubHktMDEyMzQ1Njc4OWFiY2Rl"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
GOOD = {
    "SMS_APP_WEB_DATABASE_URL": "postgresql://w:p@/d",
    "SMS_APP_KEYS": f"1:{KEY}",
    "SMS_APP_CALLBACK_SECRET": SECRET,
    "SMS_APP_METRICS_TOKEN": SECRET,
}


def faults(**changed):
    env = {**GOOD, **{f"SMS_APP_{name}": value for name, value in changed.items()}}
    with pytest.raises(ConfigError) as caught:
        Config.from_env(env, "web")
    return str(caught.value)


def test_a_complete_environment_is_read():
    given = {"SMS_APP_TIME_OFFSET_S": "-86400", "SMS_APP_PHONE_URL": "http://127.0.0.1:8011"}
    config = Config.from_env({**GOOD, **given}, "web")
    assert (config.time_offset_s, config.phone_url, config.demo) == (-86400, "http://127.0.0.1:8011", False)
    assert config.callback_secrets == (SECRET,)
    assert config.flows.name == "flows"
    assert config.flows.is_absolute()


def test_every_missing_variable_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        Config.from_env({}, "web")
    for name in GOOD:
        assert f"{name} is missing" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLBACK_SECRET", "short"),
        ("CALLBACK_SECRET", "a" * 40),
        ("CALLBACK_SECRET", f"{SECRET},weak"),
        ("CALLBACK_SECRET", f"{SECRET},{SECRET}x,{SECRET}y"),
        ("METRICS_TOKEN", "changeme"),
        ("SUPPORT_SECRET", "changeme"),
        ("KEYS", "1:c2hvcnQ"),
        ("KEYS", f"{KEY}"),
        ("KEYS", f"1:{KEY},1:{KEY}"),
        ("KEYS", f"256:{KEY}"),
        ("KEYS", f"1:{KEY},"),
        ("TIME_OFFSET_S", "tomorrow"),
        ("TIME_OFFSET_S", "--5"),
    ],
)
def test_a_weak_or_wrong_value_is_named_and_not_shown(name, value):
    said = faults(**{name: value})
    assert f"SMS_APP_{name}" in said
    assert value not in said


def test_each_process_needs_what_is_its_own():
    staff = {"SMS_APP_STAFF_DATABASE_URL": "postgresql://w:p@/d", "SMS_APP_KEYS": f"1:{KEY}"}
    assert Config.from_env(staff, "staff").callback_secrets == ()
    assert Config.from_env({}, "flows").keys == ""


def test_a_config_shows_no_secret_in_its_repr():
    shown = repr(Config.from_env(GOOD, "web"))
    assert SECRET not in shown
    assert KEY not in shown


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_driver_is_named_for_sqlalchemy(scheme):
    assert sqlalchemy_url(f"{scheme}://u:p@/d?host=/s") == "postgresql+psycopg://u:p@/d?host=/s"


def test_the_clock_can_be_set_ahead():
    ahead = clock.now(7 * 86400) - clock.now()
    assert abs(ahead - timedelta(days=7)) < timedelta(seconds=60)
    assert clock.now().utcoffset() == timedelta(0)


def test_what_is_behind_the_wall_is_nobody_elses_variable():
    assert VARIABLES["support"].needs == {"SUPPORT_DATABASE_URL", "SUPPORT_SECRET"}
    for name, used in VARIABLES.items():
        held = {*used.needs, *used.may, *used.demo}
        assert "SUPPORT_SECRET" not in held or name == "support"
        assert "SUPPORT_DATABASE_URL" not in held or name in {"support", "release"}


def test_what_is_the_consoles_is_nobody_elses_variable():
    assert VARIABLES["console"].needs == {"CONSOLE_DATABASE_URL", "CONSOLE_SECRET", "KEYS"}
    for name, used in VARIABLES.items():
        held = {*used.needs, *used.may, *used.demo}
        assert "CONSOLE_SECRET" not in held or name == "console"
        assert "CONSOLE_DATABASE_URL" not in held or name in {"console", "release"}


def test_a_release_needs_the_url_of_every_role():
    urls = {f"{name.upper()}_DATABASE_URL" for name in ROLES}
    assert VARIABLES["release"].needs == {"DATABASE_URL", "KEYS", *urls}
