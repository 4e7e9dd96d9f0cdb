"""Looking for names that are open in memory: what is found is what is stored now, and opened once."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Connection

from sms_app.programme import lookup
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.open_names import OpenNames
from sms_app.vault import Vault
from tests.world.databases import KEYS
from tests.world.programme import start_from
from tests.world.records import Records
from tests.world.times import NOW, TODAY

ALINE = [f"Uwase Aliné {n}" for n in range(1, 5)]


class Counting(Vault):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: bytes, table: str, column: str, row: UUID) -> str:
        self.opened += 1
        return super().open(sealed, table, column, row)


@pytest.fixture
def records(owner: Connection, vault: Vault) -> Records:
    """Four women of group 1, one of group 2, and one of no group."""
    made = start_from(owner, vault)
    for n, name in enumerate(ALINE, 1):
        made.participant(n, name)
    made.participant(5, "Mukamana", group_id=made.training_group(2))
    made.participant(6, "Uwase Keza", group_id=None, list_number=None)
    return made


@pytest.fixture
def at(records: Records) -> OfficeTransaction:
    vault = Counting.parse(KEYS)
    return OfficeTransaction(records.conn, vault, records.programme, "office", NOW, TODAY, "RW")


def found(names: OpenNames, at: OfficeTransaction, part: str, most: int = 50) -> tuple[list[str], int]:
    people, many = names.find(at, lookup.folded(part), most)
    return [lookup.name(at, person) for person in people], many


def opened(names: OpenNames, at: OfficeTransaction) -> int:
    """How many names a search opens that finds nobody."""
    assert isinstance(at.vault, Counting)
    before = at.vault.opened
    assert found(names, at, "nobody") == ([], 0)
    return at.vault.opened - before


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("aline", ALINE),
        ("UWASE", [*ALINE, "Uwase Keza"]),
        ("Aliné 3", ["Uwase Aliné 3"]),
        # two names that are kept side by side are two
        ("1uwase", []),
    ],
)
def test_a_part_of_a_name_is_found_by_group_and_list_number(
    at: OfficeTransaction, part: str, expected: list[str]
) -> None:
    assert found(OpenNames(), at, part) == (expected, len(expected))
    assert [lookup.name(at, person) for person in lookup.find(at, part)] == expected


def test_the_first_are_listed_and_all_are_counted(at: OfficeTransaction) -> None:
    assert found(OpenNames(), at, "uwase", 2) == (ALINE[:2], 5)


def test_names_are_opened_once_and_those_of_a_group_again_after_a_change(
    records: Records, at: OfficeTransaction
) -> None:
    names = OpenNames()
    assert (opened(names, at), opened(names, at)) == (6, 0)
    records.participant(7, "Ingabire")
    # group 1 has five now
    assert (opened(names, at), found(names, at, "ingabire")[1]) == (5, 1)
    records.conn.exec_driver_sql("delete from participant where group_id is null")
    assert (opened(names, at), found(names, at, "keza")) == (0, ([], 0))


def test_a_name_that_was_changed_or_erased_is_not_found_by_the_old_one(
    records: Records, at: OfficeTransaction
) -> None:
    names = OpenNames()
    ((her,), _) = names.find(at, "keza", 1)
    for called in ("Uwase Solange", ""):
        sealed = at.vault.seal(called, "participant", "name_sealed", her.id)
        records.conn.exec_driver_sql(
            "update participant set name_sealed = %(sealed)s where id = %(id)s",
            {"sealed": sealed, "id": her.id},
        )
        assert found(names, at, "keza") == ([], 0)
        assert found(names, at, "solange")[1] == bool(called)


def test_somebody_who_came_to_another_group_is_listed_there(records: Records, at: OfficeTransaction) -> None:
    names = OpenNames()
    assert found(names, at, "uwase", 1) == (["Uwase Aliné 1"], 5)
    records.conn.exec_driver_sql(
        "update participant set group_id = (select id from training_group where number = 2), list_number = 1"
        " where list_number = 1"
    )
    assert found(names, at, "uwase")[0] == [*ALINE[1:], "Uwase Aliné 1", "Uwase Keza"]


def test_a_name_that_cannot_be_opened_stops_no_search(records: Records, at: OfficeTransaction) -> None:
    records.conn.exec_driver_sql("update participant set name_sealed = '' where list_number = 2")
    assert found(OpenNames(), at, "uwase")[1] == 4


def test_another_programme_has_names_of_its_own(records: Records, at: OfficeTransaction) -> None:
    names = OpenNames()
    other = OfficeTransaction(records.conn, at.vault, records.programme + 1, "office", NOW, TODAY, "RW")
    assert (found(names, at, "uwase")[1], found(names, other, "uwase")) == (5, ([], 0))


def test_names_are_forgotten_some_minutes_after_the_last_search(at: OfficeTransaction) -> None:
    names = OpenNames(kept_s=3600)
    opened(names, at)
    timer = names._timer
    assert timer is not None
    opened(names, at)
    # the search started the time anew
    latest = names._timer
    assert (timer.finished.is_set(), latest is timer, latest and latest.daemon) == (True, False, True)
    names.forget()
    assert (names.is_open(at.programme_id), opened(names, at)) == (False, 6)
