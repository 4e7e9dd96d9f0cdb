"""The demo programme: how many, who is reached how, a timetable that keeps days off, and the same again by seed."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from sqlalchemy import Connection, Engine, create_engine, pool

from sms_app import demo
from sms_app.config import sqlalchemy_url
from sms_app.programme.people import is_member_number
from sms_app.programme.settings import Programme, load_programme, store_programme
from sms_app.vault import Vault
from tests.conftest import Database

RWANDA = Path(__file__).parent.parent / "flows" / "rwanda" / "programme.yaml"
TODAY = date(2026, 3, 10)
TABLES = (
    "training_group", "participant", "household", "arm_assignment", "household_link", "phone_number", "coach",
    "participant_phone", "group_coach", "consent", "training_session", "attendance", "savings_group",
    "savings_member", "cycle", "group_meeting", "contribution",
)  # fmt: skip
NEW_EACH_TIME = {"name_sealed", "number_sealed", "programme_id", "arm_id"}


@dataclass(frozen=True)
class Loaded:
    """A loaded demo: the connection that it was loaded on, and everyone in it."""

    conn: Connection
    programme: Programme
    id: int
    everyone: Sequence[demo.Entry]

    def all(self, query: str, **values: Any) -> Sequence[Any]:
        return self.conn.exec_driver_sql(query, {"programme": self.id, **values}).all()

    def demo_phones(self) -> dict[str, demo.Entry]:
        by_number = {entry["number"]: entry for entry in self.everyone}
        return {name: by_number[number] for name, number in demo.env(self.everyone).items()}


def _load(conn: Connection, vault: Vault, today: date = TODAY, seed: int = 1) -> Loaded:
    programme = load_programme(RWANDA)
    id_ = store_programme(conn, programme)
    assert demo.load(conn, vault, programme, id_, today, seed)
    return Loaded(conn, programme, id_, demo.phones(conn, vault, id_, seed))


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as found:
        yield found


@pytest.fixture(scope="module")
def loaded(module_database: Database, vault: Vault) -> Iterator[Loaded]:
    """One demo for all tests that only read it."""
    engine = create_engine(sqlalchemy_url(module_database.worker), poolclass=pool.NullPool)
    with engine.connect() as found:
        yield _load(found, vault)


def _snapshot(loaded: Loaded) -> dict[str, Any]:
    """Every table but for what is sealed, which is new each time, and ids that the database gives."""
    found: dict[str, Any] = {"everyone": loaded.everyone}
    for table in TABLES:
        rows = loaded.conn.exec_driver_sql(f"select * from {table}").mappings()
        found[table] = sorted(str({k: v for k, v in row.items() if k not in NEW_EACH_TIME}) for row in rows)
    return found


def test_it_has_the_programmes_people(loaded: Loaded) -> None:
    assert Counter(entry["role"] for entry in loaded.everyone) == {
        "woman": 300, "man": 150, "leader": 15, "coach": 10,
    }  # fmt: skip
    groups = loaded.all(
        "select g.number, g.role, count(*) from training_group g join participant p on p.group_id = g.id"
        " where p.role = g.role group by g.id order by g.number"
    )
    sizes = [("woman", 25)] * 12 + [("man", 25)] * 6 + [("leader", 15)]
    assert [tuple(group) for group in groups] == [(n, *size) for n, size in enumerate(sizes, 1)]
    coached = loaded.all("select count(distinct group_id) from group_coach where to_on is null")
    assert coached == [(len(sizes),)]


def test_each_arm_a_household_has_a_woman_and_one_of_her_men_trained(loaded: Loaded) -> None:
    households = loaded.all(
        "select a.code, count(*) filter (where l.relation = 'woman'), count(*) filter (where l.relation in"
        " ('husband', 'father', 'brother')), count(*) from household h join arm_assignment s on s.household_id = h.id"
        " join arm a on a.id = s.arm_id join household_link l on l.household_id = h.id group by h.id, a.code"
    )
    assert Counter(tuple(household) for household in households) == {("A", 1, 1, 2): 150, ("B", 1, 0, 1): 150}
    relations = loaded.all("select relation, count(*) from household_link group by relation")
    assert min(count for _, count in relations) >= 15
    asked = loaded.all("select count(*) from consent where purpose = 'approach_man' and given")
    assert asked == [(150,)]


def test_it_has_what_real_lists_have(loaded: Loaded) -> None:
    people = [entry for entry in loaded.everyone if entry["role"] != "coach"]
    on_number = Counter(entry["number"] for entry in people if entry["number"])
    assert set(on_number.values()) == {1, 2, 3}
    assert sum(count == 3 for count in on_number.values()) >= 10
    assert sum(not entry["number"] for entry in people) >= 30
    contacts = Counter(contact for (contact,) in loaded.all("select contact from participant"))
    assert set(contacts) == {"own", "household", "neighbour", "leader", "none"}
    assert contacts["none"] == sum(not entry["number"] for entry in people)
    kinds = loaded.all("select distinct shared, stopped_on is not null from phone_number order by 1, 2")
    assert (True, True) in kinds
    assert (False, False) in kinds
    together = loaded.all(
        "select count(distinct t.phone_number_id) from household_link w join household_link m"
        " on m.household_id = w.household_id and m.relation = 'husband'"
        " join participant_phone t on t.participant_id = w.participant_id"
        " join participant_phone u on u.participant_id = m.participant_id and u.phone_number_id = t.phone_number_id"
        " where w.relation = 'woman'"
    )
    assert together[0][0] >= 10


def test_a_number_of_several_people_is_never_marked_private(loaded: Loaded) -> None:
    assert not loaded.all(
        "select n.id from phone_number n join participant_phone t on t.phone_number_id = n.id where not n.shared"
        " group by n.id having count(*) > 1"
    )


def test_one_list_number_is_retired(loaded: Loaded) -> None:
    lists: dict[int, set[int]] = {}
    for group, number in loaded.all(
        "select g.number, p.list_number from participant p join training_group g on g.id = p.group_id"
    ):
        lists.setdefault(group, set()).add(number)
    gaps = {group: set(range(1, max(numbers) + 1)) - numbers for group, numbers in lists.items()}
    assert {group: gap for group, gap in gaps.items() if gap} == {2: {7}}


def test_numbers_are_valid_in_form_and_known_as_the_demos(loaded: Loaded) -> None:
    numbers = {entry["number"] for entry in loaded.everyone if entry["number"]}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    assert all(demo.is_demo_number(number) for number in numbers)
    assert not demo.is_demo_number("+250788123456")
    members = [entry["member"] for entry in loaded.everyone if entry["role"] != "coach"]
    assert len(set(members)) == 465
    assert all(len(member) == 5 and is_member_number(member) for member in members)


def test_names_and_numbers_are_sealed_and_found(loaded: Loaded, vault: Vault) -> None:
    for id_, sealed in loaded.all("select id, name_sealed from participant"):
        assert len(vault.open(sealed, "participant", "name_sealed", id_).split()) == 2
    entry = loaded.demo_phones()["DEMO_PHONE_WOMAN_1"]
    found = loaded.all(
        "select p.member_number from phone_number n join participant_phone t on t.phone_number_id = n.id"
        " join participant p on p.id = t.participant_id where n.number_index = %(index)s",
        index=vault.index(entry["number"], "number"),
    )
    assert found == [(entry["member"],)]


def test_the_demo_phones_are_as_promised(loaded: Loaded) -> None:
    chosen = loaded.demo_phones()
    assert list(chosen) == [
        *(f"DEMO_PHONE_{role}_{n}" for role in ("WOMAN", "MAN") for n in (1, 2, 3)),
        "DEMO_PHONE_COACH_1", "DEMO_PHONE_COACH_2",
    ]  # fmt: skip
    on_number = Counter(entry["number"] for entry in loaded.everyone)
    for name, entry in chosen.items():
        assert on_number[entry["number"]] == 1
        assert not entry["pin"]
        assert name.split("_")[2].lower() == entry["role"]
    members = [entry["member"] for entry in chosen.values() if entry["member"]]
    found = loaded.all(
        "select p.contact, p.pin, c.mode, n.stopped_on, sum(e.amount) > 0 from participant p"
        " join savings_member s on s.participant_id = p.id and s.to_on is null"
        " join cycle c on c.savings_group_id = s.savings_group_id and c.closed_on is null"
        " join participant_phone t on t.participant_id = p.id join phone_number n on n.id = t.phone_number_id"
        " join contribution e on e.participant_id = p.id and e.cycle_id = c.id and e.source = 'meeting'"
        " where p.member_number = any(%(members)s) group by p.id, c.mode, n.stopped_on",
        members=members,
    )
    assert [tuple(row) for row in found] == [("own", None, "free", None, True)] * 6


def test_each_demo_man_is_of_the_household_of_the_woman_with_his_number(loaded: Loaded) -> None:
    chosen = loaded.demo_phones()
    for n in (1, 2, 3):
        members = [chosen[f"DEMO_PHONE_{role}_{n}"]["member"] for role in ("WOMAN", "MAN")]
        found = loaded.all(
            "select distinct l.household_id from household_link l join participant p on p.id = l.participant_id"
            " where p.member_number = any(%(members)s)",
            members=members,
        )
        assert len(found) == 1


def test_some_women_have_pins_and_the_file_tells_them(loaded: Loaded, vault: Vault) -> None:
    told = {entry["member"]: entry["pin"] for entry in loaded.everyone if entry["pin"]}
    assert 20 <= len(told) <= 60
    kept = loaded.all("select member_number, id, pin from participant where pin is not null")
    assert {member for member, _, _ in kept} == set(told)
    assert all(vault.pin_matches(id_, told[member], pin) for member, id_, pin in kept)


def test_a_pin_that_was_changed_is_told_no_longer(loaded: Loaded, vault: Vault) -> None:
    member = next(entry["member"] for entry in loaded.everyone if entry["pin"])
    ((id_,),) = loaded.all("select id from participant where member_number = %(member)s", member=member)
    change = "update participant set pin = %(pin)s where id = %(id)s"
    with loaded.conn.begin_nested() as change_for_now:
        loaded.conn.exec_driver_sql(change, {"id": id_, "pin": vault.pin(id_, "0042")})
        (entry,) = [e for e in demo.phones(loaded.conn, vault, loaded.id) if e["member"] == member]
        change_for_now.rollback()
    assert entry["pin"] == ""


def test_the_file_has_the_columns_that_were_promised(loaded: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "demo-phones.csv"
    demo.write_phones(path, loaded.everyone)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert path.read_text().splitlines()[0] == "number,member,role,arm,group,pin"
    assert rows == list(loaded.everyone)
    assert {row["arm"] for row in rows if row["role"] in {"woman", "man"}} == {"A", "B"}
    assert {row["arm"] for row in rows if row["role"] in {"leader", "coach"}} == {""}


TODAYS = {
    "an ordinary day": date(2026, 3, 10),
    "a Sunday": date(2026, 3, 15),
    "Umuganda": date(2026, 3, 28),
    "mourning week": date(2026, 4, 9),
    "between two holidays": date(2026, 12, 25),
    "a year that is not listed": date(2029, 1, 30),
}


@pytest.mark.parametrize("today", TODAYS.values(), ids=TODAYS)
def test_no_session_is_held_on_a_day_off(today: date, conn: Connection, vault: Vault) -> None:
    loaded = _load(conn, vault, today)
    sessions = loaded.all(
        "select g.number, s.starts_at at time zone 'Africa/Kigali' from training_session s"
        " join training_group g on g.id = s.group_id"
    )
    for _, local in sessions:
        last_saturday = local.weekday() == 5 and (local + timedelta(days=7)).month != local.month
        assert local.weekday() != 6
        assert not (4, 7) <= (local.month, local.day) <= (4, 13)
        assert f"{local:%m-%d}" not in {
            "01-01",
            "02-01",
            "05-01",
            "07-01",
            "07-04",
            "08-15",
            "12-25",
            "12-26",
        }
        assert local.date() not in loaded.programme.calendar.closed_days
        assert local.hour >= 12 or not last_saturday
        assert 8 <= local.hour <= 16
    assert len(set(sessions)) == len({(group, local.date()) for group, local in sessions})
    for group in range(1, 20):
        days = [local.date() for number, local in sessions if number == group]
        assert 48 <= len(days) <= 54
        assert max(days) - min(days) > timedelta(days=345)


@pytest.mark.parametrize("today", [date(2026, 3, 9) + timedelta(days=n) for n in range(6)])
def test_the_demo_phones_groups_meet_today_and_soon_again(
    today: date, conn: Connection, vault: Vault
) -> None:
    loaded = _load(conn, vault, today)
    for group in {e["group"] for name, e in loaded.demo_phones().items() if "COACH" not in name}:
        days = loaded.all(
            "select (s.starts_at at time zone 'Africa/Kigali')::date, s.check_in_code from training_session s"
            " join training_group g on g.id = s.group_id where g.number = %(group)s"
            " and s.starts_at at time zone 'Africa/Kigali' >= %(today)s order by 1",
            group=int(group),
            today=today,
        )
        assert days[0][0] == today
        assert days[0][1].isdigit()
        assert days[1][0] <= today + timedelta(days=4)


def test_savings_are_counted_by_meetings_that_a_second_person_confirmed(loaded: Loaded) -> None:
    cycles = loaded.all(
        "select mode, share_value, most_shares, count(*) from cycle group by 1, 2, 3 order by 1"
    )
    assert [tuple(cycle) for cycle in cycles] == [("free", 1, 0, 2), ("shares", 200, 5, 11)]
    assert loaded.all("select count(*) from group_meeting where confirmed_on is null") == [(1,)]
    assert not loaded.all(
        "select id from group_meeting where held_on >= %(today)s or confirmed_on > %(today)s", today=TODAY
    )
    # a savings meeting is held on a day of its group's training
    assert not loaded.all(
        "select m.id from group_meeting m join cycle c on c.id = m.cycle_id join savings_group g"
        " on g.id = c.savings_group_id where not exists (select 1 from training_session s where s.group_id ="
        " g.training_group_id and (s.starts_at at time zone 'Africa/Kigali')::date = m.held_on)"
    )
    assert not loaded.all(
        "select e.id from contribution e join cycle c on c.id = e.cycle_id where c.mode = 'shares'"
        " and (e.shares not between 0 and 5 or e.amount <> e.shares * 200)"
    )
    reported = loaded.all(
        "select count(*), max(week_of), max(recorded_on) from contribution where source = 'member'"
    )
    assert reported[0][0] >= 50
    assert reported[0][1] == date(2026, 3, 2)
    assert reported[0][2] < TODAY


def test_everyone_agreed_to_the_programme(loaded: Loaded) -> None:
    agreed = loaded.all(
        "select count(distinct participant_id) from consent where purpose = 'programme' and given"
    )
    assert agreed == [(465,)]
    refused = loaded.all("select distinct purpose from consent where not given order by purpose")
    assert [purpose for (purpose,) in refused] == ["messages", "research"]


def test_the_same_seed_and_day_make_the_same_programme(engine: Engine, vault: Vault) -> None:
    found = []
    for seed in (1, 1, 2):
        with engine.connect() as conn:  # never committed
            found.append(_snapshot(_load(conn, vault, seed=seed)))
    assert [part for part in found[0] if found[0][part] != found[1][part]] == []
    assert found[0]["everyone"] != found[2]["everyone"]


def test_it_is_loaded_once_and_quickly(conn: Connection, vault: Vault) -> None:
    before = time.monotonic()
    loaded = _load(conn, vault)
    assert time.monotonic() - before < 10
    assert not demo.load(conn, vault, loaded.programme, loaded.id, TODAY)
    assert loaded.all("select count(*) from participant") == [(465,)]
