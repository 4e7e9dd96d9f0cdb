"""A law: every route stands beside a guard, and what a guard refuses looks like what isn't there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from flask import Blueprint, Flask

from sms_app import clock
from sms_app.config import Config, ConfigError
from sms_app.simulator.phone.inbox import Inbox
from sms_app.simulator.phone.network import Network
from sms_app.simulator.phone.page import Callers
from sms_app.simulator.phone.page import create_app as phone_app
from sms_app.vault import Vault
from sms_app.web import auth
from tests.world.app import application, populate
from tests.world.databases import CALLBACK_SECRET, METRICS_TOKEN, Database
from tests.world.provider import provider

PHONE_URL = "http://127.0.0.1:8011"
OPEN_BY_INTENT = {"/healthz", "/readyz"}
WEB = {
    "/at/<secret>/ussd": "provider",
    "/at/<secret>/ussd-events": "provider",
    "/at/<secret>/delivery": "provider",
    "/at/<secret>/sms": "provider",
    "/at/<secret>/opt-out": "provider",
    "/healthz": "anyone",
    "/readyz": "anyone",
    "/metrics": "bearer",
}
TO_THE_PHONE = dict.fromkeys(("/", "/phone"), "this_machine")
PHONE = dict.fromkeys(
    (
        "/",
        "/phone",
        "/phone/people",
        "/phone/dial",
        "/phone/answer",
        "/phone/hang-up",
        "/phone/messages",
        "/phone/reply",
        "/phone/opt-out",
        "/phone/static/<path:filename>",
    ),
    "this_machine",
)
# a call of the provider's names its account in each request
STAND_IN = dict.fromkeys(("/version1/messaging", "/version1/user"), "anyone") | dict.fromkeys(
    ("/control/faults", "/control/messages", "/control/incoming", "/control/opt-out", "/control/report"),
    "bearer",
)


@pytest.fixture
def app(config: Config, demo_database: Database, vault: Vault) -> Iterator[Flask]:
    populate(demo_database, vault)
    with application(replace(config, phone_url=PHONE_URL, demo=True)) as found:
        yield found


@pytest.fixture
def phone() -> Flask:
    """The phone page's application; nobody is behind it."""
    nowhere = "http://127.0.0.1:1"
    network, inbox = Network(nowhere, CALLBACK_SECRET), Inbox(nowhere, CALLBACK_SECRET)
    return phone_app(network, inbox, Callers([], ZoneInfo("UTC"), []), clock.now)


def guarded(app: Flask) -> dict[str, str]:
    """Each route with the name of its blueprint's guard, the first of what Flask runs before it."""
    found = {}
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.rpartition(".")[0]
        first = app.before_request_funcs[blueprint][0]
        assert first is auth.guards(app)[blueprint]
        found[rule.rule] = first.__qualname__.partition(".")[0]
    return found


def test_every_route_has_the_guard_that_this_table_says(app: Flask):
    assert guarded(app) == WEB | TO_THE_PHONE


def test_every_route_of_the_simulator_has_the_guard_that_this_table_says(phone: Flask):
    assert guarded(phone) == PHONE
    with provider() as running:
        assert guarded(running.app) == STAND_IN


def test_without_the_phone_its_routes_are_not_there(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    with application(config) as app:
        assert guarded(app) == WEB
        for path in PHONE:
            assert app.test_client().get(path).status_code == 404


def test_the_demos_web_process_leads_to_the_phone_page(app: Flask):
    for path in TO_THE_PHONE:
        reply = app.test_client().get(path)
        assert (reply.status_code, reply.location) == (302, f"{PHONE_URL}/phone")


def test_a_phone_page_on_another_machine_is_refused():
    env = {"SMS_APP_PHONE_URL": "http://elsewhere.example"}
    with pytest.raises(ConfigError, match="SMS_APP_PHONE_URL is an address of this machine"):
        Config.from_env(env, "flows")


def test_a_stranger_is_refused_everything_but_health(app: Flask):
    client = app.test_client()
    missing = client.get("/nothing")
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<secret>", "x" * 40).replace("<path:filename>", "phone.js")
        for method in rule.methods or ():
            reply = client.open(path, method=method, environ_base={"REMOTE_ADDR": "192.0.2.7"})
            if rule.rule in OPEN_BY_INTENT:
                assert reply.status_code == 200
            else:
                assert reply.status_code == 404
                assert reply.data == (b"" if method == "HEAD" else missing.data)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", ""]
)
def test_the_phone_answers_under_no_other_name(phone: Flask, host: str):
    reply = phone.test_client().get("/phone", headers={"Host": host})
    assert reply.status_code in {400, 404}


def test_the_phone_answers_under_names_of_this_machine_only(phone: Flask):
    client = phone.test_client()
    for host in ("127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert client.get("/phone", headers={"Host": host}).status_code == 200, host
    for host in (
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "127.0.0.2.evil:1",
    ):
        assert client.get("/phone", headers={"Host": host}).status_code == 404, host


TOKENS = (
    None,
    "",
    "Bearer",
    "Bearer ",
    f"Bearer {METRICS_TOKEN}x",
    f"bearer {METRICS_TOKEN}",
    METRICS_TOKEN,
    f"Bearer {CALLBACK_SECRET}",
    "Bearer é",
)


def test_metrics_want_their_token(app: Flask):
    client = app.test_client()
    for token in TOKENS:
        headers = {} if token is None else {"Authorization": token}
        assert client.get("/metrics", headers=headers).status_code == 404, token
    assert client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).status_code == 200


def test_an_empty_metrics_token_lets_nobody_in(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    with application(replace(config, metrics_token="")) as app:
        assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_blueprint_without_a_guard_stops_the_start():
    app, routes = Flask("bare", static_folder=None), Blueprint("loose", __name__)
    routes.add_url_rule("/loose", view_func=str)
    app.register_blueprint(routes)
    with pytest.raises(auth.UnguardedRoute, match="/loose"):
        auth.refuse_unguarded(app)


def test_a_route_of_no_blueprint_stops_the_start():
    app = Flask("bare", static_folder=None)
    app.add_url_rule("/loose", view_func=str)
    with pytest.raises(auth.UnguardedRoute, match="/loose"):
        auth.refuse_unguarded(app)


def test_flasks_own_static_folder_stops_the_start():
    with pytest.raises(auth.UnguardedRoute, match="/static"):
        auth.refuse_unguarded(Flask("bare"))
