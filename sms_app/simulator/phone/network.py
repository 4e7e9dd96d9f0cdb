"""The telephone network's side of a simulated dialogue: posts the provider's forms to the real webhook.

The phone page and `sms-app dial` use it. The caller keeps the call from hop to hop, so that a call survives a restart
of the service, as a real one does.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

NETWORK_CODE = "99999"
"""The provider's code for a simulated network."""
NO_COST = "XXX 0.00"
"""The cost of a simulated dialogue; XXX is ISO 4217's code for no currency."""
TIMEOUT_S = 20
_ANY_CODE = re.compile(r"(\*[0-9]+)(?:\*([^#]*))?#")


class NetworkError(Exception):
    """No screen came back. The message says why, without the secret and without what was typed."""


@dataclass(frozen=True)
class Call:
    """A dialogue that is going on: `text` is every input so far, joined with `*`; `hops` is how many were answered."""

    session_id: str
    number: str
    service_code: str
    text: str = ""
    hops: int = 0

    def typed(self, answer: str) -> Call:
        """The call after another answer. The network adds each answer to the text, the first one without a star."""
        return replace(self, text=f"{self.text}*{answer}" if self.text else answer)


@dataclass(frozen=True)
class Reply:
    """The screen that the phone shows, and whether the dialogue is over."""

    screen: str
    ends: bool


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Network:
    """The provider, from our webhook's point of view."""

    def __init__(self, url: str, secret: str) -> None:
        """`url` is the service's address, without the webhook's path."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise NetworkError(f"The service's address must begin with http:// or https://, not {url!r}.")
        self._base = f"{url.rstrip('/')}/at/{secret}"
        # no proxy from the environment: the service runs on this machine
        self._opener = build_opener(ProxyHandler({}), _NoRedirect)

    def hop(self, call: Call) -> tuple[Call, Reply]:
        """Post a hop. Returns the call after it, and the reply. Raises NetworkError."""
        body = self._post("ussd", {**_common(call), "text": call.text})
        word, _, screen = body.partition(" ")
        if word not in {"CON", "END"}:
            raise NetworkError("The service's answer begins with neither CON nor END.")
        return replace(call, hops=call.hops + 1), Reply(screen, word == "END")

    def ended(self, call: Call, last: str, orderly: bool) -> None:
        """Post the end-of-session notification, with every field of the real one. Raises NetworkError."""
        form = {
            **_common(call),
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "status": "Success" if orderly else "Incomplete",
            "cost": NO_COST,
            "durationInMillis": "10000",
            "hopsCount": str(call.hops),
            "input": call.text,
            "lastAppResponse": last,
            "errorMessage": "",
        }
        self._post("ussd-events", form)

    def _post(self, path: str, form: Mapping[str, str]) -> str:
        request = Request(f"{self._base}/{path}", urlencode(form).encode())  # noqa: S310 (scheme checked above)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return str(response.read().decode())
        except HTTPError as error:
            with error:
                raise NetworkError(_refusal(error.code)) from None
        except URLError as error:
            raise NetworkError(f"The service cannot be reached: {error.reason}.") from None
        except (OSError, ValueError) as error:
            raise NetworkError(f"The service did not answer: {type(error).__name__}.") from None


def new_call(number: str, service_code: str, text: str = "") -> Call:
    """A call with a new session id."""
    return Call(f"ATUid_{secrets.token_hex(16)}", number, service_code, text)


def read_dialled(dialled: str, service_codes: Sequence[str]) -> tuple[str, str] | None:
    """Split what was dialled into a service code and a first text: `*801*1*2#` is `*801#` and `1*2`.

    The longest matching code of `service_codes` counts; without any codes, the first number is the code. None when
    nothing matches.
    """
    for code in sorted(service_codes, key=len, reverse=True):
        stem = code.removesuffix("#")
        if dialled == code:
            return code, ""
        if dialled.startswith(f"{stem}*") and dialled.endswith("#"):
            return code, dialled[len(stem) + 1 : -1]
    match = None if service_codes else _ANY_CODE.fullmatch(dialled)
    return (f"{match[1]}#", match[2] or "") if match else None


def _common(call: Call) -> dict[str, str]:
    return {
        "sessionId": call.session_id,
        "phoneNumber": call.number,
        "serviceCode": call.service_code,
        "networkCode": NETWORK_CODE,
    }


def _refusal(status: int) -> str:
    known = {
        404: "The service does not know this callback secret (404).",
        400: "The service refuses this number or service code (400).",
    }
    return known.get(status, f"The service answered HTTP {status}.")
