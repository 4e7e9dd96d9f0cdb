"""Every kind of message, and what says what it says. A kind that is not here can't be sent."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.messaging.say import Sayer

SAYERS: Mapping[str, Sayer] = {}
