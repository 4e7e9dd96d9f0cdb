"""`sms-app redis`: prints the users that Redis needs."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import typer

from sms_app import redis_users
from sms_app.cli.database import config
from sms_app.config import Config, ConfigError

app = typer.Typer(help="Redis: its users.", no_args_is_help=True)


@app.callback()
def _redis() -> None:
    """Redis: its users."""


@app.command()
def users() -> None:
    """Print an ACL file for Redis: the rights of web, clock and worker, with the hashed passwords from their URLs. The
    user `default` is off."""
    typer.echo(redis_users.acl(passwords(config("flows"))), nl=False)


def passwords(settings: Config) -> dict[str, str]:
    """Each user's password, from its URL. Raises ConfigError, which names each wrong variable."""
    urls = {
        "web": ("SMS_APP_WEB_REDIS_URL", settings.web_redis_url),
        "clock": ("SMS_APP_CLOCK_REDIS_URL", settings.clock_redis_url),
        "worker": ("SMS_APP_REDIS_URL", settings.redis_url),
    }
    by_user, faults = {}, []
    for user, (variable, url) in urls.items():
        parts = urlsplit(url)
        if parts.username != user or not parts.password:
            faults.append(f"{variable} must name the user {user} and its password: redis://{user}:PASSWORD@…")
        by_user[user] = unquote(parts.password or "")
    if faults:
        raise ConfigError("\n".join(faults))
    return by_user
