"""A PIN is opened face to face, set once, and locked by wrong tries, whichever key is active."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, text

from sms_app.member_number import with_check_digit
from sms_app.programme import people, pins
from sms_app.vault import Vault
from tests.records import MONDAY, NOW, TODAY, Records

MEMBER, NOBODY = with_check_digit(1), with_check_digit(9)
OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
# as docs/configuration.md puts a new key in place; the old one goes a day later
STEPS = (Vault({1: OLD}), Vault({1: OLD, 2: NEW}), Vault({2: NEW, 1: OLD}))


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
    assert (row.opened_by, row.expires_at, row.wrong, row.used) == (
        "coach",
        NOW + timedelta(minutes=10),
        0,
        False,
    )
    assert _trail(records.conn) == [(NOW, "coach", "open_pin", "participant", str(person))]


def test_opening_again_replaces_the_code(records: Records) -> None:
    records.participant(1)
    pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    records.conn.execute(text("update pin_opening set wrong = 5, used = true"))
    later = NOW + timedelta(hours=1)
    pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "office", later)
    row = records.conn.execute(text("select * from pin_opening")).one()
    assert (row.opened_by, row.expires_at, row.wrong, row.used) == (
        "office",
        later + timedelta(minutes=10),
        0,
        False,
    )


def test_who_is_unknown_or_has_left_gets_no_code(records: Records) -> None:
    records.participant(1, left_on=MONDAY)
    for member in (MEMBER, with_check_digit(2), ""):
        with pytest.raises(people.UnknownMember):
            pins.open_pin(records.conn, records.vault, records.programme, member, "coach", NOW)
    with pytest.raises(people.UnknownMember):
        pins.open_pin(records.conn, records.vault, records.programme + 1, MEMBER, "coach", NOW)
    assert _trail(records.conn) == []


def _try(records: Records, pin: str, vault: Vault | None = None, member: str = MEMBER) -> str:
    tried = pins.try_pin(records.conn, vault or records.vault, records.programme, member, pin, NOW, TODAY)
    return tried.result


def _set(records: Records, pin: str, vault: Vault | None = None) -> bool:
    vault = vault or records.vault
    code = pins.open_pin(records.conn, vault, records.programme, MEMBER, "coach", NOW)
    return pins.set_pin(records.conn, vault, records.programme, MEMBER, code, pin, NOW, TODAY)


def test_a_code_sets_one_pin(records: Records) -> None:
    person = records.participant(1)
    code = pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    place = (records.conn, records.vault, records.programme, MEMBER, code)
    assert pins.use_opening(*place, NOW) == person
    assert pins.set_pin(*place, "2580", NOW, TODAY)
    assert not pins.set_pin(*place, "1470", NOW, TODAY)
    assert _try(records, "2580") == "right"


def test_a_code_is_tried_five_times(records: Records) -> None:
    records.participant(1)
    code = pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    place = (records.conn, records.vault, records.programme, MEMBER)
    for _ in range(5):
        assert pins.use_opening(*place, "0000", NOW) is None
    assert pins.use_opening(*place, code, NOW) is None


def test_a_code_that_is_right_at_its_last_try_sets_the_pin(records: Records) -> None:
    records.participant(1)
    code = pins.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    place = (records.conn, records.vault, records.programme, MEMBER)
    for _ in range(4):
        assert pins.use_opening(*place, "0000", NOW) is None
    assert pins.use_opening(*place, code, NOW) is not None
    assert pins.set_pin(*place, code, "2580", NOW, TODAY)


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
    assert _set(records, "2580")
    assert _try(records, "2580") == "right"


@pytest.mark.parametrize(("before", "after"), [*pairwise(STEPS), *pairwise(reversed(STEPS))])
def test_a_lock_holds_while_keys_are_changed(records: Records, before: Vault, after: Vault) -> None:
    records.participant(1)
    _set(records, "2580", STEPS[0])
    assert [_try(records, "0000", before) for _ in range(3)] == ["wrong", "wrong", "locked"]
    assert _try(records, "2580", after) == "locked"
    assert records.conn.execute(text("select count(*) from pin_guard")).scalar_one() == 1
    assert _set(records, "1470", after)
    assert records.conn.execute(text("select count(*) from pin_guard")).scalar_one() == 0
