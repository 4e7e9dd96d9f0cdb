"""The telephones of a simulated year: dialogues of hops, some of which the network delivers twice or drops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from random import Random

from sms_app.simulator.year.screens import MORE, Screens
from sms_app.simulator.year.tally import Tally
from sms_app.simulator.year.travel import Travel
from sms_app.simulator.year.web_process import WebProcess
from sms_app.simulator.year.webhooks import Webhooks

REPEATED, NOTIFIED_TWICE = 0.02, 0.02
SECONDS = (2, 9)
"""How long somebody takes for a key."""
HOP_COST, CURRENCY = Decimal("0.25"), "RWF"
OK = 200


class Astray(Exception):
    """A step led to another screen than it should; the text is the step's name and nothing that was typed or shown."""


class Call:
    """A dialogue that goes on. `answer` is the last answer, with `CON ` or `END `."""

    def __init__(self, phones: Phones, session: str, number: str, text: str) -> None:
        self.number, self.hops, self.answer = number, 0, ""
        self._phones, self._session, self._text = phones, session, text
        self._hop()

    def press(self, *keys: str) -> str:
        """Type answers one after the other. Gives the last screen. Raises Astray after the dialogue's end."""
        for key in keys:
            if not self.answer.startswith("CON "):
                raise Astray("typed after the end")
            self._text = f"{self._text}*{key}" if self._text else key
            self._hop()
        return self.answer

    def expect(self, *keys: str) -> Mapping[str, str]:
        """The values of the screen that shows, which must be one of these sentences. Raises Astray."""
        for key in keys:
            values = self._phones.screens.values(self.answer, key)
            if values is not None:
                return values
        raise Astray(f"expected {' or '.join(keys)}")

    def shows(self, key: str) -> bool:
        """Whether the screen is this sentence."""
        return self._phones.screens.shows(self.answer, key)

    def choose(self, key: str, values: Mapping[str, str]) -> str:
        """Press the digit of a list's line, on whichever page it is. Gives the next screen. Raises Astray."""
        while True:
            digit = self._phones.screens.digit(self.answer, key, values)
            if digit is not None:
                return self.press(digit)
            if not self._phones.screens.has_more(self.answer):
                raise Astray(f"not on the list of {key}")
            self.press(MORE)

    def thanks(self) -> None:
        """The dialogue must have ended with thanks. Raises Astray."""
        self.expect("common.thanks")
        if not self.answer.startswith("END "):
            raise Astray("not at the end")

    def _hop(self) -> None:
        self.answer = self._phones.hop(self._session, self.number, self._text)
        self.hops += 1


class Phones:
    """All telephones. `networks` are the provider's codes; `random` is for the network only."""

    def __init__(
        self,
        webhooks: Webhooks,
        web_process: WebProcess,
        travel: Travel,
        tally: Tally,
        screens: Screens,
        service_code: str,
        networks: Sequence[str],
        random: Random,
    ) -> None:
        self.screens = screens
        self._webhooks, self._web_process = webhooks, web_process
        self._travel, self._tally = travel, tally
        self._code, self._networks, self._random = service_code, networks, random
        self._sessions = 0

    @contextmanager
    def call(self, number: str, text: str = "") -> Iterator[Call]:
        """Dial from a number; `text` is what was dialled beyond the service code. The dialogue ends with the block,
        whether or not it came to its end, and the network then tells its cost."""
        self._sessions += 1
        session = f"year-{self._sessions}"
        self._tally.counts["dialogues"] += 1
        call = Call(self, session, number, text)
        try:
            yield call
        finally:
            self._end(session, call)

    def hop(self, session: str, number: str, text: str) -> str:
        """Deliver a hop, now and then twice; both must get the same answer."""
        self._travel.on(self._random.uniform(*SECONDS))
        answer = self._deliver(session, number, text)
        if self._random.random() < REPEATED:
            self._tally.counts["hops delivered twice"] += 1
            if self._deliver(session, number, text) != answer:
                self._tally.faults["a hop that came twice was answered differently"] += 1
        return answer

    def _deliver(self, session: str, number: str, text: str) -> str:
        form = {**self._common(session, number), "text": text}
        self._tally.hops += 1
        status, answer = self._webhooks.post("ussd", form)
        if status != OK:
            self._tally.faults[f"a hop was answered with {status}"] += 1
        return answer

    def _end(self, session: str, call: Call) -> None:
        self._travel.on(1)
        cost = HOP_COST * call.hops
        form = {
            **self._common(session, call.number),
            "status": "Success" if call.answer.startswith("END ") else "Incomplete",
            "cost": f"{CURRENCY} {cost}",
        }
        times = 2 if self._random.random() < NOTIFIED_TWICE else 1
        self._web_process.begin(self._travel.now(), [[("ussd-events", form)] * times], self._end_was_answered)
        charged = self._tally.costs[self._travel.today, form["networkCode"]]
        charged.dialogues, charged.cost = charged.dialogues + 1, charged.cost + cost

    def _end_was_answered(self, statuses: Sequence[Sequence[int]]) -> None:
        for status in statuses[0]:
            if status != OK:
                self._tally.faults[f"the end of a dialogue was answered with {status}"] += 1

    def _common(self, session: str, number: str) -> dict[str, str]:
        return {
            "sessionId": session,
            "phoneNumber": number,
            "serviceCode": self._code,
            "networkCode": self._networks[int(number[-1]) % len(self._networks)],
        }
