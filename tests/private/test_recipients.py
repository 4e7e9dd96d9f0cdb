"""The pinned keys are read from the configuration or refused, and each programme has recipients of its own."""

from datetime import date, timedelta

import pytest

from sms_app.config import ConfigError
from sms_app.private import recipients, sealing
from sms_app.private.roster import Pins
from sms_app.private.sealing import RECOVERY_SLOT
from tests.world.programme import HILLS, add_programme
from tests.world.wall import Wall, public

TODAY = date(2027, 3, 9)
HOLDER, RECOVERY = (public(sealing.new_key()) for _ in range(2))
WITHDRAW = """
insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on) values (%(programme)s, %(key)s, %(day)s)
"""
NO_POINT = b"\x04" + bytes(64)


def pin(programme="rwanda", version="2", holder=HOLDER, recovery=RECOVERY):
    return ":".join((programme, version, sealing.to_text(holder), sealing.to_text(recovery)))


def test_pins_are_read_by_programme():
    other = public(sealing.new_key())
    assert recipients.parse_pins(f"{pin()}, {pin('tiny', '17', other)},") == {
        "rwanda": Pins(HOLDER, RECOVERY, 2),
        "tiny": Pins(other, RECOVERY, 17),
    }
    assert recipients.parse_pins("") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rwanda", "is written as"),
        (pin(version="two"), "is written as"),
        (pin(holder=HOLDER[:64]), "is written as"),
        (f"{pin()},{pin()}", "is written as"),
        (pin(holder=NO_POINT), "a key of rwanda is no key on the curve"),
        (pin(recovery=NO_POINT), "a key of rwanda is no key on the curve"),
        (pin(recovery=HOLDER), "the roster key of rwanda must be another key"),
    ],
)
def test_pins_that_are_not_as_written_are_refused_without_their_keys(text, reason):
    with pytest.raises(ConfigError, match=f"SMS_APP_SUPPORT_PINS.*{reason}") as refused:
        recipients.parse_pins(text)
    assert sealing.to_text(HOLDER)[:20] not in str(refused.value)


@pytest.fixture
def walls(conn):
    """Two programmes with a roster of their own each, by slug: the wall, and the programme's id."""
    made = {}
    for number, slug in enumerate(("rwanda", "tiny")):
        wall, id_ = (
            Wall(slug=slug),
            add_programme(conn, HILLS | {"slug": slug, "service_code": f"*80{number}#"}),
        )
        wall.load(conn, id_, TODAY)
        made[slug] = wall, id_
    return made


def now(conn, slug, made, day=TODAY):
    wall, id_ = made[slug]
    return recipients.active(conn, id_, slug, wall.pins, day)


def test_a_withdrawn_key_is_that_of_its_programme_only(conn, walls):
    (first, first_id), (second, second_id) = walls["rwanda"], walls["tiny"]
    gone = sorted(sealing.fingerprint(public(key)) for key in first.caseworkers)
    for fingerprint in gone:
        conn.exec_driver_sql(WITHDRAW, {"programme": first_id, "key": fingerprint, "day": TODAY})
    assert recipients.withdrawn(conn, first_id) == gone
    assert recipients.withdrawn(conn, second_id) == []
    assert now(conn, "rwanda", walls).keys == {RECOVERY_SLOT: public(first.recovery)}
    assert set(now(conn, "tiny", walls).keys) == {0, 1, RECOVERY_SLOT}
    assert public(second.recovery) == now(conn, "tiny", walls).keys[RECOVERY_SLOT]


def test_a_roster_that_has_expired_keeps_its_keys_and_is_not_accepted(conn, walls):
    assert now(conn, "rwanda", walls).accepted
    expired = now(conn, "rwanda", walls, TODAY + timedelta(days=100))
    assert not expired.accepted
    assert expired.keys == now(conn, "rwanda", walls).keys


def test_a_roster_that_the_pins_do_not_accept_leaves_the_recovery_key(conn, walls):
    _, id_ = walls["rwanda"]
    other = Wall().pins
    sealed_to = recipients.active(conn, id_, "rwanda", other, TODAY)
    assert (sealed_to.keys, sealed_to.accepted) == ({RECOVERY_SLOT: other.recovery_key}, False)


def test_a_programme_with_a_roster_needs_pins(conn, walls):
    wall, _ = walls["tiny"]
    assert recipients.unpinned(conn, {}) == ["rwanda", "tiny"]
    assert recipients.unpinned(conn, {"tiny": wall.pins}) == ["rwanda"]
    third = add_programme(conn, HILLS | {"slug": "without", "service_code": "*899#"})
    assert recipients.unpinned(conn, {}) == ["rwanda", "tiny"]
    assert recipients.active(conn, third, "without", wall.pins, TODAY) is None
