"""The people of the demo, all invented: 300 women in 12 groups, 150 of their men in 6 groups, 15 leaders in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sms_app import member_number, models
from sms_app.programme.people import initials
from sms_app.programme.sectors import place_name
from sms_app.simulator.demo.builder import DemoBuilder, Row, chance

WOMEN, MEN, LEADERS, GROUP_SIZE = 300, 150, 15, 25
FIRST_MEN_GROUP = WOMEN // GROUP_SIZE + 1
LEADERS_GROUP = FIRST_MEN_GROUP + MEN // GROUP_SIZE
FREE_GROUPS = (1, FIRST_MEN_GROUP)
"""The groups that save free amounts, one of women and one of men. The DEMO_PHONE_ people are first on their lists."""
DEMO_PEOPLE = 3
# the woman with this number on this group's list left and was erased on request: a list number is never reused
RETIRED_GROUP, RETIRED_LIST_NUMBER = 2, 7
FIRST_NAMES = {
    "woman": (
        "Uwera",
        "Ingabire",
        "Mutesi",
        "Keza",
        "Umutoni",
        "Iradukunda",
        "Teta",
        "Ishimwe",
        "Gatesi",
        "Izere",
    ),
    "man": (
        "Mugisha",
        "Kalisa",
        "Ntwari",
        "Gasana",
        "Rukundo",
        "Manzi",
        "Shema",
        "Karangwa",
        "Cyusa",
        "Ganza",
    ),
}
LAST_NAMES = {
    "woman": ("Uwase", "Mukamana", "Uwamahoro", "Murekatete", "Nyiraneza", "Mukeshimana", "Uwimana"),
    "man": ("Bizimana", "Habimana", "Nsengimana", "Hakizimana", "Niyonzima", "Ndayisaba", "Twagirayezu"),
}


@dataclass
class Group:
    """A training group's row, and its people's rows in the order of its list."""

    row: Row
    people: list[Row] = field(default_factory=list)

    @property
    def number(self) -> int:
        return int(self.row["number"])

    @property
    def is_free(self) -> bool:
        """Whether it saves free amounts; the DEMO_PHONE_ people are in such groups."""
        return self.number in FREE_GROUPS


@dataclass(frozen=True)
class Home:
    """A woman's household, and what the man in it is of hers; None without one."""

    household: Row
    kin: str | None


@dataclass(frozen=True)
class People:
    """Everyone's rows. `man_of` gives the man of an arm A woman's household by her id, `homes` each household."""

    groups: Sequence[Group]
    women: Sequence[Row]
    men: Sequence[Row]
    leaders: Sequence[Row]
    man_of: Mapping[object, Row]
    homes: Mapping[object, Home]


def member_numbers(seed: int) -> list[str]:
    """Everyone's member number, in the order in which the demo makes its people."""
    return member_number.draw(chance(seed, "member numbers"), WOMEN + MEN + LEADERS)


def pins(seed: int) -> dict[str, str]:
    """The PINs of the few women who have set one, by member number. The DEMO_PHONE_ people have none."""
    random = chance(seed, "pins")
    women = member_numbers(seed)[:WOMEN]
    return {member: f"{random.randint(1000, 9999)}" for n, member in enumerate(women) if n % 7 == 6}


def coach_pins(seed: int, coaches: int) -> dict[str, str]:
    """The PINs of the demo's coaches, by their codes."""
    random = chance(seed, "coach pins")
    return {f"C{n:02}": f"{random.randint(1000, 9999)}" for n in range(1, coaches + 1)}


def make(builder: DemoBuilder, arms: Mapping[str, int], seed: int) -> People:
    """Make groups, people, households with their arms, and consents. `arms` has the arms' ids by code."""
    groups = [_group(builder, number) for number in range(1, LEADERS_GROUP + 1)]
    seats = _seats(groups)
    with_pin = pins(seed)
    numbers = enumerate(member_numbers(seed))
    everyone = [_person(builder, n, member, next(seats), with_pin) for n, member in numbers]
    women, men, leaders = everyone[:WOMEN], everyone[WOMEN:-LEADERS], everyone[-LEADERS:]
    # the first women and the first men are the DEMO_PHONE_ people, and form households
    chosen = {*range(DEMO_PEOPLE), *builder.random.sample(range(DEMO_PEOPLE, WOMEN), MEN - DEMO_PEOPLE)}
    homes: dict[object, Home] = {}
    man_of = {women[n]["id"]: man for n, man in zip(sorted(chosen), men, strict=True)}
    for n, woman in enumerate(women, 1):
        homes[woman["id"]] = _household(builder, arms, f"H{n:03}", woman, man_of.get(woman["id"]))
    for n, person in enumerate(everyone):
        _consents(builder, n, person, person["id"] in man_of)
    return People(groups, women, men, leaders, man_of, homes)


def name(builder: DemoBuilder, sex: str) -> str:
    """An invented name for a woman or a man."""
    return f"{builder.random.choice(LAST_NAMES[sex])} {builder.random.choice(FIRST_NAMES[sex])}"


def _group(builder: DemoBuilder, number: int) -> Group:
    role = "woman" if number < FIRST_MEN_GROUP else "man" if number < LEADERS_GROUP else "leader"
    places = [(sector, place) for sector in builder.programme.sectors.values() for place in sector.places]
    sector, place = places[(number - 1) % len(places)]
    row = builder.add(
        models.TrainingGroup,
        programme_id=builder.programme_id,
        number=number,
        role=role,
        sector=sector.name,
        place=place_name(sector.district, place),
    )
    return Group(row)


def _seats(groups: Sequence[Group]) -> Iterator[tuple[Group, int]]:
    """The places on the groups' lists, in order."""
    for group in groups:
        for number in range(1, GROUP_SIZE + 1):
            shift = group.number == RETIRED_GROUP and number >= RETIRED_LIST_NUMBER
            yield group, number + shift


def _person(
    builder: DemoBuilder, n: int, member: str, seat: tuple[Group, int], with_pin: Mapping[str, str]
) -> Row:
    (group, list_number), role = seat, seat[0].row["role"]
    languages = builder.programme.languages
    person = builder.add(
        models.Participant,
        programme_id=builder.programme_id,
        role=role,
        member_number=member,
        reference=f"{role[0].upper()}{n + 1:03}",
        language=languages[-1] if n % 40 == 20 else languages[0],
        contact="none",
        group_id=group.row["id"],
        list_number=list_number,
        pin=None,
        pin_changed_on=None,
        amounts_by_phone=n % 30 != 28,
        bookmark=None,
        bookmark_on=None,
        enrolled_on=builder.since,
        left_on=None,
    )
    sex = "man" if role == "man" or (role == "leader" and n % 2) else "woman"
    called = name(builder, sex)
    builder.seal(person, models.Participant, "name_sealed", called)
    builder.seal(person, models.Participant, "initials_sealed", initials(called))
    pin = with_pin.get(member)
    if pin:
        person |= {"pin": builder.vault.pin(person["id"], pin), "pin_changed_on": builder.since}
    group.people.append(person)
    return person


def _household(
    builder: DemoBuilder, arms: Mapping[str, int], reference: str, woman: Row, man: Row | None
) -> Home:
    household = builder.add(models.Household, programme_id=builder.programme_id, reference=reference)
    builder.add(
        models.ArmAssignment,
        household_id=household["id"],
        arm_id=arms["A" if man else "B"],
        assigned_on=builder.since,
        replaces=None,
        reason=None,
    )
    members, kin = [(woman, "woman")], None
    if man:
        kin = builder.random.choice(("husband", "husband", "husband", "father", "brother"))
        members.append((man, kin))
        builder.add(
            models.Kinship,
            participant_id=man["id"],
            relation=f"{kin}_of",
            other_id=woman["id"],
            from_on=builder.since,
            to_on=None,
        )
    for person, relation in members:
        builder.add(
            models.HouseholdLink,
            participant_id=person["id"],
            household_id=household["id"],
            relation=relation,
            from_on=builder.since,
            to_on=None,
        )
    return Home(household, kin)


def _consents(builder: DemoBuilder, n: int, person: Row, may_approach_man: bool) -> None:
    purposes = ["programme", "messages", "surveys", "research"] + ["approach_man"] * may_approach_man
    refused = {37: "messages", 41: "research"}.get(n % 50)
    written = n % 4 == 0
    for purpose in purposes:
        builder.add(
            models.Consent,
            participant_id=person["id"],
            purpose=purpose,
            given=purpose != refused,
            version="1",
            language=person["language"],
            how="written" if written else "oral",
            witness=None if written else "group leader",
            taken_by="coach",
            taken_on=builder.since,
            given_by="herself",
            asked_alone=True if purpose == "approach_man" else None,
        )
