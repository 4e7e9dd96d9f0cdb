"""Which command helps with a fault. The modules below `cli` name the case, and only `cli` names commands."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.config import ConfigError
from sms_app.programme import disputes
from sms_app.programme.desk import Refused
from sms_app.programme.installation import StartFaults
from sms_app.texts import STALE

HINTS: Mapping[str, str] = {
    # StartFault
    "no_key_table": "run `sms-app db upgrade`",
    "key_not_registered": "run `sms-app vault register`",
    "key_made_up": "make one with `sms-app vault new-key`",
    "values_under_key": "run `sms-app vault rotate`",
    # disputes.Refused
    "answered": "say --again to replace that answer",
    "answered_meanwhile": "`sms-app disputes list --all` shows the answer",
    "no_dispute": "`sms-app disputes list` shows them",
    # desk.Refused
    "asked_alone": "ask her again with nobody else there, and say --asked-alone",
    "oral_witness": "name her with --witness",
    "gathering_id": "`sms-app sessions list` shows it",
    "no_gathering": "`sms-app sessions list` shows them",
    "day_off": "use --anyway if they do",
}
COMPILE = "run `sms-app flows compile`"
NEW_KEY = "Make a key with `sms-app vault new-key`."


def hinted(text: str, help: str | None) -> str:
    """A sentence or clause with the command that helps, if one does; a full stop stays at the end."""
    if help is None:
        return text
    stop = "." if text.endswith(".") else ""
    return f"{text.removesuffix('.')}: {HINTS[help]}{stop}"


def hinted_line(fault: str) -> str:
    """A flow's or catalogue's fault, as one line, with the command that helps."""
    return f"{fault}: {COMPILE}" if fault.endswith(STALE) else fault


def with_hints(error: Exception) -> str:
    """An error's text with the commands that help."""
    if isinstance(error, ConfigError) and error.malformed_keys:
        return f"{error}\n{NEW_KEY}"
    if isinstance(error, StartFaults):
        lines = str(error).splitlines()
        return "\n".join(hinted(*pair) for pair in zip(lines, (f.help for f in error.faults), strict=True))
    if isinstance(error, disputes.Refused | Refused):
        return hinted(str(error), error.help)
    return "\n".join(map(hinted_line, str(error).splitlines()))
