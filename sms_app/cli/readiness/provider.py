"""Readiness of the account at the provider."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from sms_app.cli.account import AccountError, balance
from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.config import PREFIX, Config

REAL_PROVIDER = "africastalking.com"


def check_provider(inputs: Inputs, call: bool) -> Iterator[Finding]:
    """Whether the account at the provider is set; `call` also asks for its balance."""
    settings = inputs.settings
    if not (settings.provider_username and settings.provider_api_key):
        yield Finding("provider", "bad", "no username and key", "set SMS_APP_PROVIDER_USERNAME and …_API_KEY")
    elif not call:
        yield Finding("provider", "ok", "username and key are set, not tried (--call asks for the balance)")
    else:
        try:
            amount = balance(settings.provider_username, settings.provider_api_key, settings.provider_url)
            yield Finding("provider", "ok", f"balance {amount}")
        except AccountError as error:
            yield Finding(
                "provider", "bad", str(error), "set the right username and key, or look at its status page"
            )


def check_real_provider(settings: Config) -> Iterator[Finding]:
    """Whether messages reach real phones."""
    if is_real_provider(settings):
        yield Finding("provider for real", "ok", "its own address, a live account")
    else:
        do = f"unset {PREFIX}PROVIDER_URL, and set the live account's username and key"
        yield Finding("provider for real", "bad", "a stand-in or the sandbox", do)


def is_real_provider(settings: Config) -> bool:
    """Whether messages reach real phones: the provider's own address and a live account."""
    host = urlsplit(settings.provider_url).hostname or REAL_PROVIDER
    its_own = host == REAL_PROVIDER or host.endswith(f".{REAL_PROVIDER}")
    return its_own and "sandbox" not in host and settings.provider_username != "sandbox"
