"""The closed table of SMS texts. A text that is not in it has no sentence and no rule, and can't be sent.

No text to a participant has a name, an amount, a group, a session's title, a role, a sex or an arm, so that anyone may
read it aloud. So only a day, a place or the service code can fill its placeholders. No text is caused by absence,
savings, loans, fines or a balance."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.programme import rules
from sms_app.programme.support import Support

# What fills a placeholder, by its name. `moment` is a day and time, `group` a group's number, `numbers` list
# numbers such as 3*7*12, `recorded` one of the words of `RECORDED`.
Placeholders = Mapping[str, str]
_MEETING = {"start": "moment", "place": "place"}
_DIAL = {"service_code": "service_code"}

PARTICIPANTS: Mapping[str, Placeholders] = {
    "session_tomorrow": _MEETING,
    "session_today": _MEETING,
    "session_moved": {"was": "moment", **_MEETING},
    "session_changed": _MEETING,
    "session_cancelled": {"start": "moment"},
    "please_dial": {"by": "day", **_DIAL},
    "number_test": _DIAL,
    "leader_month": _DIAL,
}
_SESSION = {"group": "group", "start": "moment"}
COACHES: Mapping[str, Placeholders] = {
    "coach_tomorrow": {
        **_SESSION,
        "place": "place",
        "total": "number",
        "cannot_come": "number",
        "not_reached": "numbers",
    },
    "coach_changed": {**_SESSION, "place": "place", "not_reached": "numbers"},
    "coach_cancelled": {**_SESSION, "not_reached": "numbers"},
    "coach_roll_missing": {**_SESSION, **_DIAL},
    "coach_roll_summary": {
        **_SESSION,
        "present": "number",
        "total": "number",
        "absent": "numbers",
        "excused": "number",
        "late": "number",
        "not_reported": "number",
    },
    "coach_week": {
        "monday": "day",
        "group": "group",
        "held": "number",
        "planned": "number",
        "present": "number",
        "total": "number",
        "not_reported": "number",
        "absent_twice": "numbers",
        "meeting": "recorded",
    },
}
CASEWORKERS: Mapping[str, Placeholders] = {"duty_check": {}}
"""What who is on duty for confidential support is told. It has no placeholder, so it is the same each time."""
RECORDED = ("coach.recorded", "coach.not_recorded", "coach.no_savings_group")
TEXTS: Mapping[str, Placeholders] = {**PARTICIPANTS, **COACHES, **CASEWORKERS}
# sent without a rule of their own: corrections, the test of a number with the coach present, texts to caseworkers
CORRECTIONS: Mapping[str, tuple[str, ...]] = {"coach_tomorrow": ("coach_changed", "coach_cancelled")}
ALWAYS = ("session_moved", "session_changed", "session_cancelled", "number_test")


def needed(messages: rules.Messages, support: Support | None) -> frozenset[str]:
    """The texts that a programme sends: those of its rules with their corrections, those of every programme, and with
    caseworkers theirs."""
    ruled = {rule.text for rule in messages.rules.values()}
    corrected = {text for said in ruled for text in CORRECTIONS.get(said, ())}
    caseworkers = () if support is None else tuple(CASEWORKERS)
    return frozenset({*ALWAYS, *ruled, *corrected, *caseworkers})
