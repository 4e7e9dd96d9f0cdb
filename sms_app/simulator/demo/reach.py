"""How the demo's people are reached: own numbers, one number for two or three, a leader's, and no phone at all."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sms_app import models
from sms_app.channel.demo_numbers import BLOCK, IN_BLOCK
from sms_app.simulator.demo.made import Made, Row
from sms_app.simulator.demo.people import DEMO_PEOPLE, People, coach_pins, name

COACHES = 10


def make(made: Made, people: People, seed: int = 1) -> None:
    """Make everyone's numbers, and the coaches with theirs."""
    _Phones(made, seed).make(people)


class _Phones:
    def __init__(self, made: Made, seed: int) -> None:
        self.made, self.seed = made, seed
        self.numbers = iter(made.random.sample(range(IN_BLOCK), IN_BLOCK))
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
            # with the woman before them, who has a number of her own: three on one
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
        phone = self.made.add(
            models.PhoneNumber,
            programme_id=self.made.programme_id,
            sharing="unmarked",
            stopped_on=None,
            language=None,
            number_index=self.made.vault.index(number, "number"),
        )
        self.made.seal(phone, models.PhoneNumber, "number_sealed", number)
        return phone

    def _reach(self, person: Row, phone: Row, contact: str) -> None:
        person["contact"] = contact
        self.phone_of[person["id"]] = phone
        self.made.add(
            models.ParticipantPhone,
            participant_id=person["id"],
            phone_number_id=phone["id"],
            from_on=self.made.since,
            to_on=None,
        )

    def _mark(self, people: People) -> None:
        """Of those alone on their number, some had a coach mark it private, and a few stopped its messages."""
        on_number = Counter(phone["id"] for phone in self.phone_of.values())
        for n, woman in enumerate(people.women[DEMO_PEOPLE:]):
            phone = self.phone_of.get(woman["id"])
            if phone and on_number[phone["id"]] == 1:
                phone["sharing"] = "private" if n % 4 == 0 else "unmarked"
                if n % 60 == 27:
                    phone["stopped_on"] = self.made.today - timedelta(weeks=2)

    def _coaches(self, people: People) -> None:
        pins = coach_pins(self.seed, COACHES)
        for n in range(COACHES):
            coach = self.made.add(
                models.Coach,
                programme_id=self.made.programme_id,
                code=f"C{n + 1:02}",
                phone_number_id=self._number()["id"],
                pin=None,
                pin_changed_on=self.made.since,
            )
            coach["pin"] = self.made.vault.pin(coach["id"], pins[coach["code"]])
            self.made.seal(
                coach, models.Coach, "name_sealed", name(self.made, "man" if n % 3 == 2 else "woman")
            )
            for group in people.groups[n::COACHES]:
                self.made.add(
                    models.GroupCoach,
                    group_id=group.row["id"],
                    coach_id=coach["id"],
                    from_on=self.made.since,
                    to_on=None,
                )
