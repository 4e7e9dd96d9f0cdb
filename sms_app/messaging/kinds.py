"""Every kind of message with its composer. A kind that is not here can't be sent."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.messaging import duty
from sms_app.messaging.broadcasts.composing import compose_broadcast
from sms_app.messaging.coaches import gatherings as coach_gatherings
from sms_app.messaging.coaches import rolls, weeks
from sms_app.messaging.content import Composer
from sms_app.messaging.reminders import composing, corrections

COMPOSERS: Mapping[str, Composer] = {
    "gathering": composing.compose_gathering,
    "correction": corrections.compose_correction,
    "check_in": composing.compose_check_in,
    "month": composing.compose_month,
    "number_test": composing.compose_number_test,
    "broadcast": compose_broadcast,
    "coach_gathering": coach_gatherings.compose_coach_gathering,
    "coach_roll_missing": rolls.compose_coach_roll_missing,
    "coach_roll": rolls.compose_coach_roll,
    "coach_week": weeks.compose_coach_week,
    "duty": duty.compose_duty,
}
