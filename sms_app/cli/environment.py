"""The environment of a service that `up` runs: secrets that are kept, this run's addresses, the user's variables."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sms_app.config import ALL_MAY, ALL_MAY_IN_DEMO, CHECKOUT, PREFIX, VARIABLES, ConfigError
from sms_app.migrations.rights import ROLES
from sms_app.migrations.roles import role
from sms_app.vault import Vault

SERVERS = (f"{PREFIX}DATABASE_URL", f"{PREFIX}REDIS_URL")
OWN_REDIS = {
    name: f"{PREFIX}{variables.redis}"
    for name, variables in VARIABLES.items()
    if variables.redis != "REDIS_URL"
}
"""By process, the variable with its Redis URL, for those whose Redis user is not the worker's."""
PROVIDER_URL, LOCAL_PROVIDER_URL = f"{PREFIX}PROVIDER_URL", "LOCAL_PROVIDER_URL"
USERNAME = "demo"
PASSWORD_BYTES = 24
REDIS_URL = f"{PREFIX}REDIS_URL"
Values = dict[str, str]
NO_DEMO = {f"{PREFIX}PHONE_URL": "", "PHONE_URL": "", f"{PREFIX}DEMO": "0"}
"""The variables of an installation without the demo's people: it has no phone page."""


def with_secrets(kept: Mapping[str, str], given: Mapping[str, str]) -> Values:
    """The variables that are kept from run to run: keys, secrets, the provider account, each role's URL."""
    fresh = {
        f"{PREFIX}KEYS": f"1:{Vault.new_key()}",
        f"{PREFIX}CALLBACK_SECRET": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}METRICS_TOKEN": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}SUPPORT_SECRET": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}CONSOLE_SECRET": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}PROVIDER_USERNAME": USERNAME,
        f"{PREFIX}PROVIDER_API_KEY": secrets.token_urlsafe(PASSWORD_BYTES * 2),
    }
    own = {key: given.get(key) or kept.get(key) or value for key, value in fresh.items()}
    return own | {name: kept.get(name) or _new_role_url(name) for name in map(_url_name, ROLES)}


def external_servers(given: Mapping[str, str], place: Path) -> tuple[str, str] | None:
    """The URLs of the owner's database and of Redis when the user runs these servers, else None.

    Raises ConfigError when only one of the two is set.
    """
    database_url, redis_url = (given.get(name, "") for name in SERVERS)
    # after `. DIR/env` they name the embedded servers, which are about to start
    if not (database_url or redis_url) or str(place / "postgres") in database_url:
        return None
    if not (database_url and redis_url):
        raise ConfigError(f"Set both {SERVERS[0]} and {SERVERS[1]}, or neither.")
    return database_url, redis_url


def redis_of(url: str, given: Mapping[str, str]) -> Values:
    """The Redis URL of each Redis user, on a Redis that the user runs. A process without one gets the worker's."""
    return {"owner": url, "worker": url} | {
        name: given.get(variable) or url for name, variable in OWN_REDIS.items()
    }


def external_provider(given: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """The address of the provider that the user gave; empty: the stand-in is to be used."""
    url = given.get(PROVIDER_URL, "")
    # after `. DIR/env` the variable names the stand-in of an earlier run
    return "" if url == kept.get(LOCAL_PROVIDER_URL) else url


def complete(
    kept: Values,
    given: Mapping[str, str],
    owner_url: str,
    redis: Mapping[str, str],
    web_url: str,
    phone_url: str,
    provider: Values,
) -> Values:
    """Every SMS_APP_ variable of this run, and the short names that people and scripts use.

    `redis` has the URL of each Redis user; commands typed by hand use the worker's. `provider` is from `at_provider`.
    """
    user_gave = {key: value for key, value in given.items() if key.startswith(PREFIX) and key not in SERVERS}
    flows, locales = (
        Path(user_gave.get(f"{PREFIX}{name}") or CHECKOUT / name.lower()).resolve()
        for name in ("FLOWS", "LOCALES")
    )
    env = user_gave | kept | provider
    env |= _role_urls(env, owner_url)
    env |= {
        f"{PREFIX}DATABASE_URL": owner_url,
        REDIS_URL: redis["worker"],
        **{variable: redis[name] for name, variable in OWN_REDIS.items()},
        f"{PREFIX}FLOWS": str(flows),
        f"{PREFIX}LOCALES": str(locales),
        f"{PREFIX}PHONE_URL": phone_url,
        f"{PREFIX}DEMO": "1",
        "DATABASE_URL": owner_url,
        "REDIS_URL": redis["owner"],
        "WEB_URL": web_url,
        "PHONE_URL": phone_url,
        "CALLBACK_SECRET": env[f"{PREFIX}CALLBACK_SECRET"].split(",")[0],
    }
    return env


def at_provider(url: str, local: bool) -> Values:
    """The variables with the provider's address. `local`: it is the stand-in."""
    return {PROVIDER_URL: url, "PROVIDER_URL": url, **({LOCAL_PROVIDER_URL: url} if local else {})}


def only(env: Mapping[str, str], inherited: Mapping[str, str], process: str) -> Values:
    """A process's environment: only those of our variables that it uses, and everything else that we inherited."""
    used = VARIABLES[process]
    names = (*used.needs, *used.may, *used.demo, *ALL_MAY, *ALL_MAY_IN_DEMO)
    own = {f"{PREFIX}{name}" for name in names}
    passed = {key: value for key, value in inherited.items() if not key.startswith(PREFIX) and key not in env}
    result = passed | {key: value for key, value in env.items() if key in own}
    if process in OWN_REDIS:
        result[REDIS_URL] = env[OWN_REDIS[process]]
    return result


def _role_urls(env: Values, owner_url: str) -> Values:
    with psycopg.connect(owner_url) as conn:
        database = conn.info.dbname
    return {
        _url_name(name): _with_address(owner_url, role(database, name), _password(env[_url_name(name)]))
        for name in ROLES
    }


def _url_name(name: str) -> str:
    return f"{PREFIX}{name.upper()}_DATABASE_URL"


def _new_role_url(name: str) -> str:
    """A URL with a new password and without an address: the server's address is not known yet."""
    return f"postgresql://{name}:{secrets.token_urlsafe(PASSWORD_BYTES)}@"


def _password(url: str) -> str:
    return str(conninfo_to_dict(url).get("password") or "")


def _with_address(owner_url: str, user: str, password: str) -> str:
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
