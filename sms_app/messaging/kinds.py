"""Every kind of message, and what says what it says. A kind that is not here can't be sent."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.messaging.broadcasts import making as broadcasts
from sms_app.messaging.coaches import gatherings as coach_gatherings
from sms_app.messaging.coaches import rolls, weeks
from sms_app.messaging.reminders import corrections, saying
from sms_app.messaging.say import Sayer

SAYERS: Mapping[str, Sayer] = {
    "gathering": saying.say_gathering,
    "correction": corrections.say_correction,
    "check_in": saying.say_check_in,
    "month": saying.say_month,
    "number_test": saying.say_number_test,
    "broadcast": broadcasts.say,
    "coach_gathering": coach_gatherings.say_coach_gathering,
    "coach_roll_missing": rolls.say_coach_roll_missing,
    "coach_roll": rolls.say_coach_roll,
    "coach_week": weeks.say_coach_week,
}
