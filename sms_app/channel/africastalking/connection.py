"""Requests to the provider: the SDK's SMS service over our connections, and the answer.

No exception of ours has a number, a text or the key."""

from __future__ import annotations

import io
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from africastalking.SMS import SMSService  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from sms_app.channel.outcome import Kind

PARALLEL = 100
"""The threads that may use a gateway at once and keep a connection each. Further threads open and close theirs."""
CONNECT_S, READ_S = 5.0, 30.0
"""Seconds to wait for a connection, and for each piece of an answer. An answer that is given up is `unknown`."""
MAX_ANSWER_BYTES = 1_000_000
"""Bytes; a hundred recipients take about 20,000."""
VERSION = "/version1"
PROVIDER, SANDBOX = "africastalking.com", "sandbox.africastalking.com"
_KEY = re.compile(r"[!-~]+")


def with_version(base_url: str) -> str:
    """The provider's address as its SDK expects it, with the version at the end, whether or not it was given."""
    return base_url.rstrip("/").removesuffix(VERSION) + VERSION


@dataclass(frozen=True)
class Answer:
    """The provider's answer: the HTTP status and body; without an answer no status, and in `lost` its reason and
    kind."""

    status: int | None
    body: bytes = b""
    lost: tuple[str, Kind] = ("no_answer", "unknown")


class _Form(io.BytesIO):
    """A request's body. It is first read when the connection is open and the headers are written. Before that nothing
    can have been sent, whatever went wrong."""

    begun = False

    def read(self, size: int | None = -1) -> bytes:
        self.begun = True
        return super().read(size)


class _Connections(HTTPAdapter):
    """Kept connections with TCP keepalive, since a connection that was lost silently would make the next request
    `unknown`."""

    def init_poolmanager(self, *args: Any, **given: Any) -> None:
        options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
        super().init_poolmanager(*args, socket_options=options, **given)


class Messaging(SMSService):  # type: ignore[misc]
    """The SDK's SMS service with kept connections, any address, and the HTTP status of each answer."""

    def __init__(self, username: str, api_key: str, base_url: str) -> None:
        super().__init__(username, api_key)
        if not _KEY.fullmatch(api_key):
            raise ValueError("the provider's key has letters, digits and signs, without spaces")
        if base_url:
            self._baseUrl = with_version(base_url)
        secure, host = _address(self._baseUrl)
        self.reaches_phones = _is_of(host, PROVIDER) and not _is_of(host, SANDBOX)
        self.session = requests.Session()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Connections(pool_maxsize=PARALLEL, max_retries=0))
        # A proxy of the environment is used only with TLS, and not for this machine.
        self.session.trust_env = secure and not _is_here(host)
        self.session.auth = _nothing_of_netrc
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any],
        params: None,
        callback: None = None,
        timeout: tuple[float, float] = (CONNECT_S, READ_S),
    ) -> Answer:
        """Make a request; the SDK calls this for every request. Raises nothing for what the network does."""
        form = _Form(urlencode(data).encode())
        form_headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            with self.session.request(
                method,
                url,
                data=form,
                headers=form_headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, _body(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            return Answer(None) if form.begun else Answer(None, lost=("no_connection", "retry"))


def _body(response: requests.Response) -> bytes:
    """The complete body of an answer; empty for an answer that is cut off or too long, whose status still counts."""
    body = b""
    try:
        for part in response.iter_content(65_536):
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                return b""
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        return b""
    return body


def _address(base_url: str) -> tuple[bool, str]:
    """Whether an address uses TLS, and its host. Raises ValueError, without the address."""
    try:
        url = urlsplit(base_url)
        host, _port = (url.hostname or "").rstrip("."), url.port
        sound = url.scheme in {"http", "https"} and not (url.query or url.fragment or "@" in url.netloc)
    except ValueError:
        host, sound = "", False
    if not host or not sound or (url.scheme == "http" and _is_of(host, PROVIDER)):
        raise ValueError("the provider's address is like https://host, with no password in it")
    return url.scheme == "https", host


def _is_of(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _nothing_of_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no password; without this, requests would take one from ~/.netrc."""
    return request
