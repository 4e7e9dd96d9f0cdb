"""The demo's phone numbers: own numbers, numbers that two or three share, a leader's number, and no phone at all."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sms_app import models
from sms_app.channel.demo_numbers import BLOCK, IN_BLOCK
from sms_app.simulator.demo.builder import DemoBuilder, Row
from sms_app.simulator.demo.people import DEMO_PEOPLE, People, coach_pins, name

COACHES = 10


def make(builder: DemoBuilder, people: People, seed: int = 1) -> None:
    """Make everyone's numbers, and the coaches with theirs."""
    _Phones(builder, seed).make(people)


class _Phones:
    def __init__(self, builder: DemoBuilder, seed: int) -> None:
        self.builder, self.seed = builder, seed
        self.numbers = iter(builder.random.sample(range(IN_BLOCK), IN_BLOCK))
        self.phone_of: dict[object, Row] = {}

    def make(self, people: People) -> None:
        for leader in people.leaders:
            self._own(leader)
        for n, man in enumerate(people.men):
            if n % 12 != 11:
                self._own(man)
        for n, woman in enumerate(people.women):
            self._woman(n, woman, people)
        self._mark(people)
        self._coaches(people)

    def _woman(self, n: int, woman: Row, people: People) -> None:
        man = people.man_of.get(woman["id"])
        place = n % 20
        if n < DEMO_PEOPLE:
            self._own(woman)
        elif place in {8, 18}:
            return
        elif place in {1, 2}:
            # they share the number of the woman before them on the list: three on one number
            self._reach(woman, self.phone_of[people.women[n - place]["id"]], "neighbour")
        elif place == 5:
            self._reach(woman, self.phone_of[people.leaders[n // 20]["id"]], "leader")
        elif place in {4, 9, 13, 16} and man and man["id"] in self.phone_of:
            self._reach(woman, self.phone_of[man["id"]], "household")
        else:
            self._own(woman)

    def _own(self, person: Row) -> None:
        self._reach(person, self._number(), "own")

    def _number(self) -> Row:
        number = f"{BLOCK}{next(self.numbers):04d}"
        phone = self.builder.add(
            models.PhoneNumber,
            programme_id=self.builder.programme_id,
            sharing="unmarked",
            stopped_on=None,
            language=None,
            number_index=self.builder.vault.index(number, "number"),
        )
        self.builder.seal(phone, models.PhoneNumber, "number_sealed", number)
        return phone

    def _reach(self, person: Row, phone: Row, contact: str) -> None:
        person["contact"] = contact
        self.phone_of[person["id"]] = phone
        self.builder.add(
            models.ParticipantPhone,
            participant_id=person["id"],
            phone_number_id=phone["id"],
            from_on=self.builder.since,
            to_on=None,
        )

    def _mark(self, people: People) -> None:
        """Mark some of the numbers with one woman as private, and stop messages to a few."""
        on_number = Counter(phone["id"] for phone in self.phone_of.values())
        for n, woman in enumerate(people.women[DEMO_PEOPLE:]):
            phone = self.phone_of.get(woman["id"])
            if phone and on_number[phone["id"]] == 1:
                phone["sharing"] = "private" if n % 4 == 0 else "unmarked"
                if self.builder.past.is_lived and n % 60 == 27:
                    phone["stopped_on"] = self.builder.today - timedelta(weeks=2)

    def _coaches(self, people: People) -> None:
        pins = coach_pins(self.seed, COACHES)
        for n in range(COACHES):
            coach = self.builder.add(
                models.Coach,
                programme_id=self.builder.programme_id,
                code=f"C{n + 1:02}",
                phone_number_id=self._number()["id"],
                pin=None,
                pin_changed_on=self.builder.since,
            )
            coach["pin"] = self.builder.vault.pin(coach["id"], pins[coach["code"]])
            self.builder.seal(
                coach, models.Coach, "name_sealed", name(self.builder, "man" if n % 3 == 2 else "woman")
            )
            for group in people.groups[n::COACHES]:
                self.builder.add(
                    models.GroupCoach,
                    group_id=group.row["id"],
                    coach_id=coach["id"],
                    from_on=self.builder.since,
                    to_on=None,
                )
