"""A PIN is opened face to face, set once, and locked by wrong tries, whichever key is active."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, text

from sms_app import models
from sms_app.conversation import facts
from sms_app.member_number import with_check_digit
from sms_app.programme import people, pins
from sms_app.programme.numbers import Number
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.records import Records
from tests.world.times import MONDAY, NOW, TODAY

HERS, HIS = "+250788004827", "+250788005938"
MEMBER, NOBODY = with_check_digit(1), with_check_digit(9)
OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
# as docs/configuration.md puts a new key in place; the old one goes a day later
STEPS = (Vault({1: OLD}), Vault({1: OLD, 2: NEW}), Vault({2: NEW, 1: OLD}))


@pytest.fixture
def database(module_database: Database) -> Database:
    """One for all tests here: none commits, so each finds it as it was made."""
    return module_database


def _trail(conn: Connection) -> list[tuple[Any, ...]]:
    return [
        tuple(row) for row in conn.execute(text("select at, who, what, subject, subject_id from audit_entry"))
    ]


def test_an_opened_pin_has_a_code_for_ten_minutes(records: Records) -> None:
    person = records.participant(1)
    code = pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    assert len(code) == 4
    assert code.isdigit()
    row = records.conn.execute(text("select * from pin_opening")).one()
    assert records.vault.pin_matches(person, code, bytes(row.code), "opening")
    assert (row.opened_by, row.expires_at) == ("coach", NOW + timedelta(minutes=10))
    assert (row.tried, row.used) == ([], False)
    assert _trail(records.conn) == [(NOW, "coach", "open_pin", "participant", str(person))]


def test_opening_again_replaces_the_code(records: Records) -> None:
    records.participant(1)
    pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    records.conn.execute(text("update pin_opening set tried = array['x'::bytea], used = true"))
    later = NOW + timedelta(hours=1)
    pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "office", later)
    row = records.conn.execute(text("select * from pin_opening")).one()
    assert (row.opened_by, row.expires_at) == ("office", later + timedelta(minutes=10))
    assert (row.tried, row.used) == ([], False)


def test_who_is_unknown_or_has_left_gets_no_code(records: Records) -> None:
    records.participant(1, left_on=MONDAY)
    for member in (MEMBER, with_check_digit(2), ""):
        with pytest.raises(people.UnknownMember):
            pins.open_pin(records.conn, records.vault, records.programme, member, "coach", NOW)
    with pytest.raises(people.UnknownMember):
        pins.open_pin(records.conn, records.vault, records.programme + 1, MEMBER, "coach", NOW)
    assert _trail(records.conn) == []


def _try(
    records: Records,
    pin: str,
    vault: Vault | None = None,
    member: str = MEMBER,
    phone: str = HERS,
    days: int = 0,
    at: datetime = NOW,
) -> str:
    return _tried(records, pin, vault, member, phone, days, at).result


def _tried(
    records: Records,
    pin: str,
    vault: Vault | None = None,
    member: str = MEMBER,
    phone: str = HERS,
    days: int = 0,
    at: datetime = NOW,
) -> pins.Tried:
    """A try some days later, with what the caller does after a right one."""
    calling, later = Number(records.programme, phone), timedelta(days=days)
    tried = pins.try_pin(
        records.conn, vault or records.vault, calling, member, pin, at + later, TODAY + later
    )
    if tried.result == "right":
        records.conn.exec_driver_sql(pins.GIVE_BACK, {"guards": list(tried.guards)})
    return tried


def _open(records: Records, vault: Vault | None = None) -> str:
    return pins.open_pin(records.conn, vault or records.vault, records.programme, MEMBER, "coach", NOW)


def _try_code(
    records: Records, code: str, phone: str = HERS, member: str = MEMBER, vault: Vault | None = None
) -> str:
    calling = Number(records.programme, phone)
    return pins.try_opening(records.conn, vault or records.vault, calling, member, code, NOW, TODAY).result


def _use(records: Records, code: str, pin: str, vault: Vault | None = None, phone: str = HERS) -> str:
    calling = Number(records.programme, phone)
    return pins.set_pin(records.conn, vault or records.vault, calling, MEMBER, code, pin, "*801#", NOW, TODAY)


def _set(records: Records, pin: str, vault: Vault | None = None) -> str:
    return _use(records, _open(records, vault), pin, vault)


def _guards(records: Records) -> list[tuple[Any, ...]]:
    query = "select wrong, day_before, tried_on - date '2026-03-11', locked_until from pin_guard order by wrong, id"
    return [tuple(row) for row in records.conn.execute(text(query))]


def _count(records: Records) -> int:
    return int(records.conn.execute(text("select count(*) from pin_guard")).scalar_one())


def test_a_code_sets_one_pin(records: Records) -> None:
    records.participant(1)
    code = _open(records)
    assert _try_code(records, code) == "right"
    assert _use(records, code, "5938") == "set"
    assert _use(records, code, "7401") == "wrong"
    assert _try(records, "5938") == "right"


def test_a_phone_tries_a_code_five_times(records: Records) -> None:
    records.participant(1)
    code = _open(records)
    assert [_try_code(records, "0000") for _ in range(5)] == ["wrong"] * 5
    assert _try_code(records, code) == "wrong"
    assert _use(records, code, "5938") == "wrong"
    assert _try_code(records, _open(records)) == "right"


def test_a_right_code_is_no_wrong_one(records: Records) -> None:
    """Who drops the line may come back as often as she likes, within the ten minutes."""
    records.participant(1)
    code = _open(records)
    assert [_try_code(records, "0000") for _ in range(4)] == ["wrong"] * 4
    assert [_try_code(records, code) for _ in range(7)] == ["right"] * 7
    assert _use(records, code, "5938") == "set"


@pytest.mark.parametrize("phones", [1, 4, 30])
def test_wrong_codes_from_other_phones_leave_the_code_to_her(records: Records, phones: int) -> None:
    records.participant(1)
    code = _open(records)
    for n in range(phones):
        assert [_try_code(records, "0000", f"+2507880001{n:02d}") for _ in range(6)] == ["wrong"] * 6
    assert _use(records, code, "5938") == "set"


@pytest.mark.parametrize("pin", ["1234", "0000", "1212", "1990", "2580", "0018", "4827", "8010", "7316"])
def test_an_easy_pin_is_refused_and_the_code_still_holds(records: Records, pin: str) -> None:
    person, other = records.participant(1), records.participant(2)
    for owner, number in ((person, "+250788007316"), (other, "+250788009153")):
        phone = records.number(number)
        records.link(owner, phone)
    code = _open(records)
    assert [_use(records, code, pin) for _ in range(8)] == ["easy"] * 8
    assert records.conn.execute(text("select count(pin) from participant")).scalar_one() == 0
    assert _use(records, code, "9153") == "set"


def test_tries_at_nobody_are_counted_alike(records: Records) -> None:
    records.participant(1)
    for member in (MEMBER, NOBODY):
        assert [_try(records, "0000", member=member) for _ in range(4)] == [
            "wrong",
            "wrong",
            "locked",
            "locked",
        ]


def test_a_new_pin_ends_a_lock(records: Records) -> None:
    records.participant(1)
    assert [_try(records, "0000") for _ in range(3)][-1] == "locked"
    assert _set(records, "5938") == "set"
    assert _try(records, "5938") == "right"


def test_her_right_pin_does_not_wipe_the_wrong_ones(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    assert [_try(records, "0000", phone=HIS) for _ in range(2)] == ["wrong", "wrong"]
    tried = _tried(records, "5938")
    assert (tried.result, tried.wrong) == ("right", 2)
    assert _try(records, "0000", phone=HIS) == "locked"


def test_the_next_lock_is_as_long_as_the_wrong_tries_of_two_days_make_it(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")

    def lock(days: int, hours: int) -> timedelta:
        """How long the third of three wrong tries locks, the right PIN having been typed before them."""
        at = NOW + timedelta(hours=hours)
        assert _try(records, "5938", days=days, at=at) == "right"
        assert [_try(records, "0000", days=days, at=at) for _ in range(3)][-1] == "locked"
        until = records.conn.execute(
            text("select locked_until from pin_guard where locked_until is not null")
        )
        return until.scalar_one() - at - timedelta(days=days)

    assert lock(0, 0) == timedelta(minutes=15)
    assert lock(0, 1) == timedelta(hours=1)
    assert lock(1, 0) == timedelta(hours=4)
    # of the first day nothing is left on the third
    assert lock(2, 5) == timedelta(hours=1)
    assert lock(5, 0) == timedelta(minutes=15)


@pytest.mark.parametrize(("days_ago", "stand"), [(-1, 7), (0, 7), (1, 5), (2, 0), (3, 0)])
def test_wrong_tries_stand_on_their_day_and_the_next(records: Records, days_ago: int, stand: int) -> None:
    """Five of the guard's last day and two of the day before it."""
    guards = pins.guards(records.vault, records.programme, MEMBER)
    tried_on = TODAY - timedelta(days=days_ago)
    records.add(models.PinGuard, id=guards[0], wrong=5, day_before=2, counted=True, tried_on=tried_on)
    standing = records.conn.exec_driver_sql(facts.SQL["pin_tries"], {"guards": guards, "today": TODAY})
    assert standing.scalar_one() == stand


def test_from_the_fourth_lock_of_two_days_on_each_is_a_day(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    at = NOW
    for hours in (0.25, 1, 4, 24, 24):
        # each from a phone of its own, so that no phone's twenty are used up, and all on one local day
        for n in range(3):
            calling = Number(records.programme, f"+25078800{hours * 4:04.0f}{n}")
            pins.try_pin(records.conn, records.vault, calling, MEMBER, "0000", at, TODAY)
        until = records.conn.execute(text("select max(locked_until) from pin_guard")).scalar_one()
        assert until - at == timedelta(hours=hours)
        at = until


def test_a_right_pin_leaves_the_guards_as_they_were(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    assert _try(records, "5938") == "right"
    assert _guards(records) == []
    _try(records, "0000")
    assert _try(records, "5938", days=1) == "right"
    # the day of the right one shows nowhere; on his phone, which tried nothing wrong, nothing is kept
    assert _guards(records) == [(1, 0, 0, None)]
    _try(records, "0000", phone=HIS, days=1)
    before = _guards(records)
    assert _try(records, "5938", phone=HIS, days=1) == "right"
    assert _guards(records) == before
    assert _try(records, "5938", days=2) == "right"
    assert _guards(records) == [(1, 0, 1, None), (1, 0, 1, None)]


def test_a_lock_neither_grows_nor_lasts_by_tries_while_it_holds(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    for _ in range(3):
        _try(records, "0000")
    before = _guards(records)
    assert [_try(records, pin) for pin in ("0000", "5938") * 20] == ["locked"] * 40
    assert _guards(records) == before
    assert before[0][0] == before[1][0] == 3, "what is not looked at counts against no phone either"


def test_a_lock_tells_no_second(records: Records) -> None:
    records.participant(1)
    at = NOW + timedelta(seconds=17, microseconds=5)
    for _ in range(3):
        _try(records, "0000", at=at)
    assert {until for *_, until in _guards(records)} == {None, NOW + timedelta(minutes=16)}


def _members(n: int) -> list[str]:
    return [with_check_digit(number) for number in range(101, 101 + n)]


def test_after_twenty_wrong_tries_a_phone_is_locked_for_every_member_number_until_its_day_ends(
    records: Records,
) -> None:
    records.participant(1)
    _set(records, "5938")
    code = _open(records)
    results = [_try(records, "0000", member=member, phone=HIS) for member in _members(20)]
    assert results == ["wrong"] * 19 + ["locked"]
    for member, pin in ((MEMBER, "5938"), (MEMBER, "0000"), (NOBODY, "5938"), (_members(1)[0], "0000")):
        assert _try(records, pin, member=member, phone=HIS) == "locked"
    assert _try_code(records, code, HIS) == _try_code(records, code, HIS, NOBODY) == "locked"
    assert _use(records, code, "7401", phone=HIS) == "locked"
    # it burns nothing of hers, and on her phone all goes on
    assert _tried(records, "5938").wrong == 0
    assert _use(records, code, "7401") == "set"
    assert _try(records, "7401", phone=HIS) == "locked"
    assert _try(records, "7401", phone=HIS, days=1) == "right"


def test_right_pins_of_many_do_not_count_on_their_leaders_phone(records: Records) -> None:
    for n in range(1, 26):
        person = records.participant(n)
        records.conn.exec_driver_sql(
            "update participant set pin = %(pin)s where id = %(id)s",
            {"pin": records.vault.pin(person, "5938"), "id": person},
        )
    for _ in range(2):
        for n in range(1, 26):
            assert _try(records, "5938", member=with_check_digit(n)) == "right"
    assert _count(records) == 0


def test_wrong_codes_and_other_wrong_tries_count_into_the_same_twenty(records: Records) -> None:
    records.participant(1)
    _open(records)
    his = Number(records.programme, HIS)
    place = (records.conn, records.vault, his, TODAY)
    assert [_try_code(records, "0000", HIS, member) for member in _members(12)] == ["wrong"] * 12
    assert [_try(records, "0000", member=member, phone=HIS) for member in _members(4)] == ["wrong"] * 4
    assert [pins.count_wrong_try(*place) for _ in range(4)] == [True] * 4
    assert not pins.count_wrong_try(*place)
    assert _try_code(records, "0000", HIS) == _try(records, "0000", phone=HIS) == "locked"
    assert pins.count_wrong_try(records.conn, records.vault, Number(records.programme, HERS), TODAY)
    assert pins.count_wrong_try(records.conn, records.vault, Number(records.programme + 1, HIS), TODAY)
    assert pins.count_wrong_try(records.conn, records.vault, his, TODAY + timedelta(days=1))


def test_a_try_that_was_right_is_given_back(records: Records) -> None:
    place = (records.conn, records.vault, Number(records.programme, HIS), TODAY)
    for _ in range(30):
        assert pins.count_wrong_try(*place)
        pins.give_back_try(*place)
    assert _count(records) == 0


@pytest.mark.parametrize(("before", "after"), [*pairwise(STEPS), *pairwise(reversed(STEPS))])
def test_a_lock_holds_while_keys_are_changed(records: Records, before: Vault, after: Vault) -> None:
    records.participant(1)
    _set(records, "5938", STEPS[0])
    assert [_try(records, "0000", before) for _ in range(3)] == ["wrong", "wrong", "locked"]
    assert _try(records, "5938", after) == "locked"
    assert _count(records) == 2  # hers, and the phone's
    assert _set(records, "7401", after) == "set"
    assert _count(records) == 1


@pytest.mark.parametrize(("before", "after"), [*pairwise(STEPS), *pairwise(reversed(STEPS))])
def test_what_a_phone_tried_holds_while_keys_are_changed(
    records: Records, before: Vault, after: Vault
) -> None:
    records.participant(1)
    code = _open(records, STEPS[0])
    assert [_try_code(records, "0000", HIS, vault=before) for _ in range(5)] == ["wrong"] * 5
    assert _try_code(records, code, HIS, vault=after) == "wrong"
    assert _count(records) == 1
    for vault in (before, after) * 7:
        pins.count_wrong_try(records.conn, vault, Number(records.programme, HIS), TODAY)
    for vault in (before, after):
        assert not pins.count_wrong_try(records.conn, vault, Number(records.programme, HIS), TODAY)
        assert _try(records, "5938", vault, phone=HIS) == "locked"
    assert _count(records) == 1


@pytest.mark.parametrize("more", [0, 1], ids=["under the active key", "under the other key"])
def test_of_two_guards_that_two_keys_made_at_once_the_stricter_counts(records: Records, more: int) -> None:
    """Two processes on either side of a change of keys may each make one."""
    records.participant(1)
    _set(records, "5938")
    guards = pins.guards(records.vault, records.programme, MEMBER)
    for n, guard in enumerate(guards):
        records.add(
            models.PinGuard, id=guard, wrong=2 if n == more else 1, day_before=0, counted=True, tried_on=TODAY
        )
    standing = records.conn.exec_driver_sql(facts.SQL["pin_tries"], {"guards": guards, "today": TODAY})
    assert standing.scalar_one() == 2
    assert _try(records, "0000") == "locked"
    assert _try(records, "5938") == "locked"


def _try_something(records: Records, kind: str, vault: Vault, days: int = 0) -> None:
    """A wrong try from HERS of a PIN, of a coach's code, or of something else."""
    calling, later = Number(records.programme, HERS), timedelta(days=days)
    if kind == "pin":
        # of another member each time, so that no member's lock takes the try off the calling number
        member = with_check_digit(100 + _count(records))
        pins.try_pin(records.conn, vault, calling, member, "0000", NOW + later, TODAY + later)
    elif kind == "code":
        pins.try_opening(records.conn, vault, calling, NOBODY, "0000", NOW + later, TODAY + later)
    else:
        pins.count_wrong_try(records.conn, vault, calling, TODAY + later)


def _phone_guards(records: Records, vault: Vault) -> list[tuple[Any, ...]]:
    """The guards of HERS under each of a vault's keys, the active one first."""
    query = text(
        "select wrong, day_before, tried_on - date '2026-03-11', counted from pin_guard where id = :id"
    )
    ids = vault.indexes(f"{records.programme}:{HERS}", "pin-guard-phone")
    return [tuple(row) for id_ in ids for row in records.conn.execute(query, {"id": id_})]


KINDS = ("pin", "code", "other")


@pytest.mark.parametrize("kind", KINDS)
def test_a_calling_number_is_counted_alike_by_day_whatever_is_tried(records: Records, kind: str) -> None:
    for days, wrong, tried_on in ((0, 1, 0), (0, 2, 0), (1, 1, 1), (0, 2, 1)):
        _try_something(records, kind, records.vault, days)
        assert _phone_guards(records, records.vault) == [(wrong, 0, tried_on, True)]


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_calling_numbers_two_guards_the_one_with_more_tries_counts_on(
    records: Records, kind: str
) -> None:
    both = STEPS[1]
    for vault, count in ((STEPS[0], 2), (Vault({2: NEW}), 5)):
        for _ in range(count):
            _try_something(records, kind, vault)
    assert sorted(_phone_guards(records, both)) == [(2, 0, 0, True), (5, 0, 0, True)]
    _try_something(records, kind, both)
    assert sorted(_phone_guards(records, both)) == [(2, 0, 0, True), (6, 0, 0, True)]


def test_a_right_pin_tells_how_many_wrong_ones_stand_today(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    for _ in range(2):
        assert _try(records, "0000") == "wrong"
    assert [_tried(records, "5938", days=days).wrong for days in (0, 1, 2)] == [2, 2, 0]
    assert _tried(records, "5938", days=9).wrong == 0
    assert pins.Tried("locked").wrong == 0


def test_a_lock_and_a_code_end_at_their_very_minute(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    assert [_try(records, "0000") for _ in range(3)][-1] == "locked"
    until = max(locked for *_, locked in _guards(records) if locked)
    assert _try(records, "5938", at=until - timedelta(seconds=1)) == "locked"
    assert _try(records, "0000", at=until) == "wrong"
    calling, code = Number(records.programme, HIS), _open(records)
    for at, result in ((pins.codes.LASTS, "wrong"), (pins.codes.LASTS - timedelta(seconds=1), "right")):
        tried = pins.try_opening(records.conn, records.vault, calling, MEMBER, code, NOW + at, TODAY)
        assert tried.result == result


def test_the_wrong_tries_of_another_member_do_not_stand_for_her(records: Records) -> None:
    records.participant(1)
    assert _try(records, "0000", member=NOBODY) == "wrong"
    values = {"guards": pins.guards(records.vault, records.programme, MEMBER), "today": TODAY}
    assert records.conn.exec_driver_sql(facts.SQL["pin_tries"], values).all() == []


def test_a_try_at_the_very_end_of_yesterdays_lock_counts_today(records: Records) -> None:
    records.participant(1)
    _set(records, "5938")
    guard, *_ = pins.guards(records.vault, records.programme, MEMBER)
    yesterday = {"wrong": 3, "day_before": 0, "counted": True, "tried_on": TODAY - timedelta(days=1)}
    records.add(models.PinGuard, id=guard, locked_until=NOW, **yesterday)
    assert _try(records, "0000") == "wrong"
    row = records.conn.execute(
        text("select wrong, day_before, tried_on from pin_guard where id = :id"), {"id": guard}
    )
    assert tuple(row.one()) == (1, 3, TODAY)
