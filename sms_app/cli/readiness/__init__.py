"""The readiness checks of `sms-app doctor`, a file for each subject. Each check gives findings.

The package belongs to `cli` because findings name the command to run."""

from __future__ import annotations

from collections.abc import Iterator

from sms_app.cli.readiness import (
    database,
    disk,
    minors,
    programmes,
    provider,
    real_people,
    redis,
    secrets,
    settings,
    support,
    wall,
)
from sms_app.cli.readiness.finding import Finding, Inputs, run_all
from sms_app.vault import Vault


def check_service(inputs: Inputs, call: bool = False) -> list[Finding]:
    """Check the service. `call`: also ask the provider for the account's balance."""
    return run_all(
        {
            "settings": lambda: settings.check_environment(inputs),
            "database": lambda: database.check_database(inputs),
            "keys": lambda: database.check_keys(inputs),
            "roles": lambda: database.check_roles(inputs),
            "Redis": lambda: redis.check_redis(inputs),
            "flows": lambda: programmes.check_flows(inputs),
            "consents": lambda: minors.check_minors(inputs),
            "provider": lambda: provider.check_provider(inputs, call),
            "disk": disk.check_disk,
        }
    )


def check_go_live(inputs: Inputs) -> list[Finding]:
    """What people must still do before the service speaks to real people."""
    return run_all(
        {
            "programmes": lambda: programmes.check_all_programmes(inputs),
            "the database's content": lambda: _content(inputs),
            "settings for real people": lambda: _for_real_people(inputs),
            "confidential support": lambda: support.check_support(inputs),
            "the wall": lambda: wall.check_wall(inputs),
            "secrets": lambda: secrets.check_secrets(inputs),
            "owner's URL": secrets.check_owners_url,
        }
    )


def _for_real_people(inputs: Inputs) -> Iterator[Finding]:
    yield from settings.check_for_real_people(inputs)
    yield from provider.check_real_provider(inputs.settings)


def _content(inputs: Inputs) -> Iterator[Finding]:
    if not (inputs.settings.worker_database_url and inputs.settings.keys):
        do = "set the worker's URL and SMS_APP_KEYS"
        yield Finding("the database's content", "bad", "not checked", do)
        return
    with database.check_connection(inputs.settings.worker_database_url) as conn:
        for programme, _ in inputs.programmes().programmes:
            yield from programmes.check_sectors(conn, programme, inputs.now)
            yield from programmes.check_rota(conn, programme, inputs.now)
        yield from real_people.check_for_real_people(conn, Vault.parse(inputs.settings.keys))
