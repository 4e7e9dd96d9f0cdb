"""Asks the provider for our account's balance, through its SDK. Sends no message and costs nothing."""

from __future__ import annotations

from typing import Any

from africastalking.Application import ApplicationService  # type: ignore[import-untyped]
from africastalking.Service import AfricasTalkingException  # type: ignore[import-untyped]
from requests.exceptions import RequestException

from sms_app.channel.africastalking.connection import with_version


class AccountError(Exception):
    """The provider did not give the balance; the message says why, without the key."""


def balance(username: str, api_key: str, base_url: str = "") -> str:
    """The account's balance as the provider writes it, like `RWF 1200.00`. Raises AccountError."""
    try:
        service = ApplicationService(username, api_key)
        if base_url:
            service._baseUrl = with_version(base_url)
        answer: Any = service.fetch_application_data()
        return str(answer["UserData"]["balance"])
    except AfricasTalkingException:
        raise AccountError("it refuses the username and key") from None
    except RequestException as error:
        raise AccountError(f"it does not answer ({type(error).__name__})") from None
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise AccountError("its answer has no balance") from None
