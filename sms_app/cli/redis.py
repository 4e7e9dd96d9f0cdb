"""`sms-app redis`: the users that Redis should know."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import typer

from sms_app import redis_users
from sms_app.cli.database import config
from sms_app.config import Config, ConfigError

app = typer.Typer(help="Redis: its users.", no_args_is_help=True)


@app.callback()
def _redis() -> None:
    """A subject with one command."""


@app.command()
def users() -> None:
    """Print an ACL file for Redis: what web, clock and worker may do, with the passwords of their URLs as hashes, and
    `default` off."""
    typer.echo(redis_users.acl(passwords(config("flows"))), nl=False)


def passwords(settings: Config) -> dict[str, str]:
    """Each user's password, out of its URL. Raises ConfigError, naming each variable at fault."""
    urls = {
        "web": ("SMS_APP_WEB_REDIS_URL", settings.web_redis_url),
        "clock": ("SMS_APP_CLOCK_REDIS_URL", settings.clock_redis_url),
        "worker": ("SMS_APP_REDIS_URL", settings.redis_url),
    }
    found, faults = {}, []
    for user, (variable, url) in urls.items():
        parts = urlsplit(url)
        if parts.username != user or not parts.password:
            faults.append(f"{variable} must name the user {user} and its password: redis://{user}:PASSWORD@…")
        found[user] = unquote(parts.password or "")
    if faults:
        raise ConfigError("\n".join(faults))
    return found
