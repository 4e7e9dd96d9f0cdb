"""Who is in the demo: 300 women in 12 groups, 150 of their men in 6, 15 leaders in one, and their coaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from sms_app import models
from sms_app.programme.people import member_number
from sms_app.programme.settings import Programme
from sms_app.vault import Vault

WOMEN, MEN, LEADERS, GROUP_SIZE = 300, 150, 15, 25
WOMEN_GROUPS, MEN_GROUPS = WOMEN // GROUP_SIZE, MEN // GROUP_SIZE
FREE_WOMEN, FREE_MEN = 1, WOMEN_GROUPS + 1
DEMO_PEOPLE = 3
COACHES = 10
RETIRED_LIST_NUMBER = 7
LEFT = GROUP_SIZE + RETIRED_LIST_NUMBER  # the woman of group 2 who left: her list number retires with her
FIRST = {
    "woman": ("Uwera", "Ingabire", "Mutesi", "Keza", "Umutoni", "Iradukunda", "Uwimbabazi", "Teta", "Ishimwe"),
    "man": ("Mugisha", "Kalisa", "Ntwari", "Gasana", "Rukundo", "Manzi", "Shema", "Karangwa"),
}
LAST = ("Uwase", "Mukamana", "Nyirahabimana", "Uwamahoro", "Bizimana", "Habimana", "Murekatete", "Nsengimana")


@dataclass
class Made:
    """Rows made so far, by table, and what later parts of the demo need to know."""

    rows: dict[type[models.Base], list[dict[str, Any]]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)

    def add(self, model: type[models.Base], **row: Any) -> dict[str, Any]:
        self.rows.setdefault(model, []).append(row)
        return row

    def store(self, conn: Connection) -> None:
        """Insert all rows, a statement a table, in the order in which tables were first used."""
        for model, rows in self.rows.items():
            conn.execute(insert(model), rows)
        self.rows = {}


def new_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def pins(seed: int) -> dict[str, str]:
    """The PINs of the few who have one, by member number: the same for the same seed."""
    random = Random(f"pins {seed}")
    with_pin = [n for n in range(GROUP_SIZE + 1, WOMEN + 1) if n % 7 == 0 and n != LEFT]
    return {member_number(n): f"{random.randrange(1000, 10000)}" for n in with_pin}


def make(
    conn: Connection, vault: Vault, programme: Programme, programme_id: int, today: date, random: Random
) -> Made:
    """Make the people, their numbers, households, arms, coaches and consents."""
    made = Made()
    maker = _Maker(made, vault, programme, programme_id, today - timedelta(weeks=14), random)
    maker.groups()
    women = [maker.person("woman", n, made.groups[(n - 1) // GROUP_SIZE]) for n in range(1, WOMEN + 1)]
    men = [
        maker.person("man", WOMEN + n, made.groups[WOMEN_GROUPS + (n - 1) // GROUP_SIZE])
        for n in range(1, MEN + 1)
    ]
    leaders = [maker.person("leader", WOMEN + MEN + n, made.groups[-1]) for n in range(1, LEADERS + 1)]
    maker.left(women[LEFT - 1], today)
    maker.households(conn, women, men)
    maker.phones(women, men, leaders)
    maker.coaches()
    maker.consents()
    made.store(conn)
    return made


@dataclass
class _Maker:
    made: Made
    vault: Vault
    programme: Programme
    programme_id: int
    since: date
    random: Random
    numbers: int = 0

    def groups(self) -> None:
        places = [(sector, place) for sector, names in self.programme.sectors.items() for place in names]
        roles = ["woman"] * WOMEN_GROUPS + ["man"] * MEN_GROUPS + ["leader"]
        for number, role in enumerate(roles, 1):
            sector, place = places[number % len(places)]
            group = self.made.add(
                models.TrainingGroup, id=new_id(self.random), programme_id=self.programme_id, number=number,
                role=role, sector=sector, place=f"{sector}, {place}",
            )  # fmt: skip
            self.made.groups.append(group)

    def person(self, role: str, n: int, group: dict[str, Any]) -> dict[str, Any]:
        id_ = new_id(self.random)
        first = FIRST["man" if role == "man" or (role == "leader" and n % 2) else "woman"]
        name = f"{self.random.choice(LAST)} {self.random.choice(first)}"
        person = self.made.add(
            models.Participant, id=id_, programme_id=self.programme_id, role=role, group_id=group["id"],
            member_number=member_number(n), name_sealed=self.vault.seal(name, "participant", "name_sealed", id_),
            language="en" if n % 40 == 20 else self.programme.languages[0], contact="none",
            list_number=(n - 1) % GROUP_SIZE + 1, pin=None, pin_changed_on=None, amounts_by_phone=n % 30 != 29,
            bookmark=None, bookmark_on=None, enrolled_on=self.since, left_on=None,
        )  # fmt: skip
        pin = pins(1).get(member_number(n))
        if pin:
            person |= {"pin": self.vault.pin(id_, pin), "pin_changed_on": self.since}
        self.made.people.append(person)
        return person

    def left(self, person: dict[str, Any], today: date) -> None:
        person["left_on"] = today - timedelta(weeks=3)

    def households(self, conn: Connection, women: list[dict[str, Any]], men: list[dict[str, Any]]) -> None:
        """Half the households at random in arm A, where a man is trained too: husband, father or brother."""
        arms = dict(conn.exec_driver_sql("select code, id from arm").all())
        both = [w for w in women[:DEMO_PEOPLE]]
        both += self.random.sample(women[DEMO_PEOPLE:], MEN - len(both))
        men_of = {w["id"]: man for w, man in zip(sorted(both, key=lambda w: w["member_number"]), men, strict=True)}
        for woman in women:
            household = self.made.add(models.Household, id=new_id(self.random), programme_id=self.programme_id)
            man = men_of.get(woman["id"])
            self.made.add(
                models.ArmAssignment, id=new_id(self.random), household_id=household["id"],
                arm_id=arms["A" if man else "B"], assigned_on=self.since, replaces=None, reason=None,
            )  # fmt: skip
            self._link(woman, household, "head" if man is None else "wife")
            if man is not None:
                self._link(man, household, self.random.choice(("husband", "husband", "father", "brother")))
                man["wife_like"] = woman

    def _link(self, person: dict[str, Any], household: dict[str, Any], relation: str) -> None:
        self.made.add(
            models.HouseholdLink, id=new_id(self.random), participant_id=person["id"],
            household_id=household["id"], relation=relation, from_on=self.since, to_on=None,
        )  # fmt: skip

    def phones(
        self, women: list[dict[str, Any]], men: list[dict[str, Any]], leaders: list[dict[str, Any]]
    ) -> None:
        """Own numbers, a husband's number shared by both, a neighbour's by three, a leader's, and none at all."""
        for leader in leaders:
            self._reach(leader, self._number(), "own")
        for man in men:
            self._reach(man, self._number(), "own")
        phone_of = {p["participant_id"]: p["phone_number_id"] for p in self.made.rows[models.ParticipantPhone]}
        at_home = {man.pop("wife_like")["id"]: phone_of[man["id"]] for man in men}
        neighbour = None
        for n, woman in enumerate(women, 1):
            if n == LEFT or n % 10 == 9:
                continue
            if n <= GROUP_SIZE:
                self._reach(woman, self._number(), "own")
            elif woman["id"] in at_home and n % 3 == 0:
                self._reach(woman, at_home[woman["id"]], "household")
            elif n % 20 < 3:
                neighbour = self._number() if n % 20 == 0 or neighbour is None else neighbour
                self._reach(woman, neighbour, "neighbour")
            elif n % 20 == 5:
                self._reach(woman, phone_of[leaders[n % LEADERS]["id"]], "leader")
            else:
                self._reach(woman, self._number(), "own")

    def _number(self) -> UUID:
        self.numbers += 1
        number, id_ = f"+25078000{self.numbers:04d}", new_id(self.random)
        self.made.add(
            models.PhoneNumber, id=id_, programme_id=self.programme_id, shared=self.numbers % 3 > 0,
            number_sealed=self.vault.seal(number, "phone_number", "number_sealed", id_),
            number_index=self.vault.index(number, "number"), stopped_on=None, language=None,
        )  # fmt: skip
        return id_

    def _reach(self, person: dict[str, Any], phone: UUID, contact: str) -> None:
        person["contact"] = contact
        self.made.add(
            models.ParticipantPhone, id=new_id(self.random), participant_id=person["id"],
            phone_number_id=phone, from_on=self.since, to_on=None,
        )  # fmt: skip

    def coaches(self) -> None:
        for n in range(COACHES):
            id_ = new_id(self.random)
            name = f"{self.random.choice(LAST)} {self.random.choice(FIRST['woman'])}"
            self.made.add(
                models.Coach, id=id_, programme_id=self.programme_id, phone_number_id=self._number(),
                name_sealed=self.vault.seal(name, "coach", "name_sealed", id_),
            )  # fmt: skip
            for group in self.made.groups[n::COACHES]:
                self.made.add(
                    models.GroupCoach, id=new_id(self.random), group_id=group["id"], coach_id=id_,
                    from_on=self.since, to_on=None,
                )  # fmt: skip

    def consents(self) -> None:
        for n, person in enumerate(self.made.people):
            for purpose in ("programme", "messages", "surveys", "research"):
                self.made.add(
                    models.Consent, id=new_id(self.random), participant_id=person["id"], purpose=purpose,
                    given=not (purpose == "messages" and n % 50 == 37), version="2026-1",
                    language=person["language"], how="oral", witness="group", taken_by="office",
                    taken_on=self.since,
                )  # fmt: skip
