"""The numbers of a broadcast's audience, judged as at sending."""

from __future__ import annotations

from sms_app.messaging.broadcasts.audience import AUDIENCE
from sms_app.messaging.eligibility import JUDGED

WAITS = "daily_cap"
"""The one reason for which a number is not left out: it waits for the next day."""
NO_PHONE = "no_phone"
LOOKED_AT = f"""
{AUDIENCE}, candidate as (
  select phone_number_id as key, phone_number_id, people, 'broadcast' as kind, %(arms)s::varchar[] as arms from reached
), {JUDGED}
"""  # noqa: S608
"""SQL: `candidate` and `judged`, see `refusals`. Its values are `drafts.values(…)`."""
