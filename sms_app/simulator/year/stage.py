"""What everyone who acts in a simulated year uses: the people, the time, the phones, the office and the tally."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.loaded import LoadedProgramme
from sms_app.simulator.year.people import World
from sms_app.simulator.year.phones import Phones
from sms_app.simulator.year.screens import Screens
from sms_app.simulator.year.tally import Tally
from sms_app.simulator.year.travel import Travel
from sms_app.simulator.year.web_process import WebProcess
from sms_app.simulator.year.webhooks import Webhooks


@dataclass
class Stage:
    """`random` is the day's; `office` opens a transaction of the office at the present moment; `stop_sending` turns all
    sending off, and `start_sending` on again."""

    world: World
    programme: LoadedProgramme
    travel: Travel
    webhooks: Webhooks
    web_process: WebProcess
    phones: Phones
    screens: Screens
    tally: Tally
    office: Callable[[], AbstractContextManager[OfficeTransaction]]
    stop_sending: Callable[[], None]
    start_sending: Callable[[], None]
    random: Random
    list_numbers: dict[UUID, dict[UUID, int]] = field(default_factory=dict)
    """By session, the list number of each person on the group's list when it began."""
