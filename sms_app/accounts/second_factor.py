"""The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238), each accepted once."""

from __future__ import annotations

from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

STEP_S = 30
DRIFT = 1
"""How many steps a telephone's clock may be off, in both directions."""


def new_secret() -> str:
    """A new secret for an authenticator, base32, 160 bits."""
    return pyotp.random_base32()


def link(secret: str, email: str, issuer: str) -> str:
    """The address that authenticators read, for a QR code. `issuer` is how they call the console."""
    return pyotp.TOTP(secret, interval=STEP_S, name=email, issuer=issuer).provisioning_uri()


def accepted(secret: str, typed: str, last: int, now: datetime) -> int | None:
    """The step whose code was typed, if it is later than the step `last` of the last accepted code; else None."""
    code, codes = "".join(typed.split()), pyotp.HOTP(secret)
    step = int(now.timestamp()) // STEP_S
    matching = [n for n in range(step - DRIFT, step + DRIFT + 1) if strings_equal(codes.at(n), code)]
    return next((n for n in matching if n > last), None)
