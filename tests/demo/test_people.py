"""The demo's people: how many there are, how they are reached, and what the DEMO_PHONE_ people promise."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import phonenumbers

from sms_app.channel.demo_numbers import is_demo_number
from sms_app.member_number import is_well_formed
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.demo import Loaded


def test_the_demo_has_the_programmes_people(loaded: Loaded) -> None:
    assert Counter(entry["role"] for entry in loaded.everyone) == {
        "woman": 300,
        "man": 150,
        "leader": 15,
        "coach": 10,
    }
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


def test_the_trial_has_the_demos_people_on_record(loaded: Loaded) -> None:
    nominated = loaded.all(
        "select l.relation as man, n.relation, count(*) from participant p"
        " left join nomination n on n.participant_id = p.id"
        " join household_link w on w.participant_id = p.id"
        " left join household_link l on l.household_id = w.household_id and l.participant_id <> p.id"
        " where p.role = 'woman' group by 1, 2"
    )
    assert sum(count for _, _, count in nominated) == 300
    assert all(relation == man for man, relation, _ in nominated if man)
    assert all(relation for _, relation, _ in nominated)
    assert loaded.all("select count(*) from household where village is null") == [(0,)]
    ages = "select min(extract(year from enrolled_on) - birth_year), count(*), count(birth_year) from participant"
    assert [tuple(row) for row in loaded.all(ages)] == [(19, 465, 465)]
    screened = loaded.all(
        "select s.seen, s.refused + s.enrolled + (select sum(count) from screening_exclusion e"
        " where e.screening_id = s.id), s.enrolled from screening s"
    )
    assert all(seen == parts for seen, parts, _ in screened)
    assert sum(enrolled for _, _, enrolled in screened) == 300


def test_the_demo_has_what_real_lists_have(loaded: Loaded) -> None:
    people = [entry for entry in loaded.everyone if entry["role"] != "coach"]
    on_number = Counter(entry["number"] for entry in people if entry["number"])
    assert set(on_number.values()) == {1, 2, 3}
    assert sum(count == 3 for count in on_number.values()) >= 10
    assert sum(not entry["number"] for entry in people) >= 30
    contacts = Counter(contact for (contact,) in loaded.all("select contact from participant"))
    assert set(contacts) == {"own", "household", "neighbour", "leader", "none"}
    assert contacts["none"] == sum(not entry["number"] for entry in people)
    kinds = loaded.all("select distinct sharing, stopped_on is not null from phone_number order by 1, 2")
    assert ("unmarked", True) in kinds
    assert ("private", False) in kinds
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
        "select n.id from phone_number n join participant_phone t on t.phone_number_id = n.id"
        " where n.sharing = 'private' group by n.id having count(*) > 1"
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
    assert all(is_demo_number(number) for number in numbers)
    assert not is_demo_number("+250788123456")
    members = [entry["member"] for entry in loaded.everyone if entry["role"] != "coach"]
    assert len(set(members)) == 465
    assert all(len(member) == 6 and is_well_formed(member) for member in members)


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
        "DEMO_PHONE_COACH_1",
        "DEMO_PHONE_COACH_2",
    ]
    on_number = Counter(entry["number"] for entry in loaded.everyone)
    for name, entry in chosen.items():
        assert on_number[entry["number"]] == 1
        assert bool(entry["pin"]) == (entry["role"] == "coach")
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
    told = {entry["member"]: entry["pin"] for entry in loaded.everyone if entry["pin"] and entry["member"]}
    assert 20 <= len(told) <= 60
    kept = loaded.all("select member_number, id, pin from participant where pin is not null")
    assert {member for member, _, _ in kept} == set(told)
    assert all(vault.pin_matches(id_, told[member], pin) for member, id_, pin in kept)


def test_a_pin_that_was_changed_is_told_no_longer(loaded: Loaded, vault: Vault) -> None:
    member = next(entry["member"] for entry in loaded.everyone if entry["pin"] and entry["member"])
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


def test_everyone_agreed_to_the_programme(loaded: Loaded) -> None:
    agreed = loaded.all(
        "select count(distinct participant_id) from consent where purpose = 'programme' and given"
    )
    assert agreed == [(465,)]
    refused = loaded.all("select distinct purpose from consent where not given order by purpose")
    assert [purpose for (purpose,) in refused] == ["check_in", "messages", "research"]
