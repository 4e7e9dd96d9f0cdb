"""The variables of a service that `up` runs: secrets made once and kept, addresses of this run, what the user gave."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sms_app.config import ALL_MAY, ALL_MAY_IN_DEMO, CHECKOUT, PREFIX, VARIABLES, ConfigError
from sms_app.migrations.roles import ROLES, role
from sms_app.vault import Vault

SERVERS = (f"{PREFIX}DATABASE_URL", f"{PREFIX}REDIS_URL")
OWN_REDIS = {
    name: f"{PREFIX}{variables.redis}"
    for name, variables in VARIABLES.items()
    if variables.redis != "REDIS_URL"
}
"""The variables with the Redis URLs of the processes that have another Redis user than the worker's."""
PROVIDER_URL, LOCAL_PROVIDER_URL = f"{PREFIX}PROVIDER_URL", "LOCAL_PROVIDER_URL"
USERNAME = "demo"
PASSWORD_BYTES = 24
REDIS_URL = f"{PREFIX}REDIS_URL"
Values = dict[str, str]
NO_DEMO = {f"{PREFIX}PHONE_URL": "", "PHONE_URL": "", f"{PREFIX}DEMO": "0"}
"""An installation without the demo's people has no phone page."""


def with_secrets(kept: Mapping[str, str], given: Mapping[str, str]) -> Values:
    """What is kept from run to run: the keys, the secrets, the account at the provider, each role's URL."""
    fresh = {
        f"{PREFIX}KEYS": f"1:{Vault.new_key()}",
        f"{PREFIX}CALLBACK_SECRET": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}METRICS_TOKEN": secrets.token_urlsafe(PASSWORD_BYTES * 2),
        f"{PREFIX}PROVIDER_USERNAME": USERNAME,
        f"{PREFIX}PROVIDER_API_KEY": secrets.token_urlsafe(PASSWORD_BYTES * 2),
    }
    own = {key: given.get(key) or kept.get(key) or value for key, value in fresh.items()}
    return own | {name: kept.get(name) or _unplaced(name) for name in map(_url_name, ROLES)}


def external_servers(given: Mapping[str, str], place: Path) -> tuple[str, str] | None:
    """The owner's and Redis's URLs, when the user has servers of their own. Raises ConfigError for half of it."""
    found = [given.get(name, "") for name in SERVERS]
    # after `. DIR/env` they name the servers that we are about to start
    if not any(found) or str(place / "postgres") in found[0]:
        return None
    if not all(found):
        raise ConfigError(f"Set both {SERVERS[0]} and {SERVERS[1]}, or neither.")
    return found[0], found[1]


def redis_of(url: str, given: Mapping[str, str]) -> Values:
    """Each user's URL on the user's own Redis: where none is given, that process has the same as the worker."""
    return {"owner": url, "worker": url} | {
        name: given.get(variable) or url for name, variable in OWN_REDIS.items()
    }


def external_provider(given: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """The address of the user's own provider; empty when it is to be the stand-in."""
    url = given.get(PROVIDER_URL, "")
    # after `. DIR/env` it names the stand-in of an earlier run
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
    """Every SMS_APP_ variable of this run, and the short names that people and scripts use by hand. `redis` has the URL
    of each of its users: by hand, everything is the worker; `provider` is what `at_provider` gave."""
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
    """The variables that say where the provider is; `local` when it is the stand-in."""
    return {PROVIDER_URL: url, "PROVIDER_URL": url, **({LOCAL_PROVIDER_URL: url} if local else {})}


def only(env: Mapping[str, str], inherited: Mapping[str, str], process: str) -> Values:
    """A process's environment: of ours the variables that are its business, and what else we inherited."""
    its = VARIABLES[process]
    names = (*its.needs, *its.may, *its.demo, *ALL_MAY, *ALL_MAY_IN_DEMO)
    own = {f"{PREFIX}{name}" for name in names}
    passed = {key: value for key, value in inherited.items() if not key.startswith(PREFIX) and key not in env}
    found = passed | {key: value for key, value in env.items() if key in own}
    if process in OWN_REDIS:
        found[REDIS_URL] = env[OWN_REDIS[process]]
    return found


def _role_urls(env: Values, owner_url: str) -> Values:
    with psycopg.connect(owner_url) as conn:
        database = conn.info.dbname
    return {
        _url_name(name): _placed(owner_url, role(database, name), _password(env[_url_name(name)]))
        for name in ROLES
    }


def _url_name(name: str) -> str:
    return f"{PREFIX}{name.upper()}_DATABASE_URL"


def _unplaced(name: str) -> str:
    """A URL with a fresh password, for a server whose address is not known yet."""
    return f"postgresql://{name}:{secrets.token_urlsafe(PASSWORD_BYTES)}@"


def _password(url: str) -> str:
    return str(conninfo_to_dict(url).get("password") or "")


def _placed(owner_url: str, user: str, password: str) -> str:
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
