"""A server accepts the pinned holder's roster only, while it is valid, and anyone can withdraw a key."""

import json
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from sms_app.private import roster, sealing
from sms_app.private.roster import Pins, Roster, RosterError

TODAY = date(2027, 3, 9)
HOLDER, RECOVERY = sealing.new_key(), sealing.new_key()
AMINA, BEATA = sealing.new_key(), sealing.new_key()


def public(key):
    return sealing.public_bytes(key.public_key())


PINS = Pins(public(HOLDER), public(RECOVERY), 2)


def a_roster(**changes):
    values = {
        "programme": "rwanda",
        "version": 2,
        "expires": date(2027, 8, 1),
        "keys": {"1": public(AMINA), "2": public(BEATA)},
        "recovery": public(RECOVERY),
    }
    return Roster(**(values | changes))


def signed(**changes):
    return roster.sign(a_roster(**changes), HOLDER, TODAY)


def test_a_signed_roster_is_accepted_as_it_was_signed():
    assert roster.accepted(signed(), "rwanda", PINS, TODAY) == a_roster()


def test_recipients_are_the_keys_by_slot_without_the_withdrawn_and_always_the_recovery_key():
    accepted = roster.accepted(signed(), "rwanda", PINS, TODAY)
    assert accepted.recipients() == {0: public(AMINA), 1: public(BEATA), 5: public(RECOVERY)}
    gone = [sealing.fingerprint(public(AMINA))]
    assert accepted.recipients(gone) == {1: public(BEATA), 5: public(RECOVERY)}


def refused(text, reason, today=TODAY, programme="rwanda", pins=PINS):
    with pytest.raises(RosterError, match=reason):
        roster.accepted(text, programme, pins, today)


def test_a_roster_of_another_signer_is_refused():
    refused(roster.sign(a_roster(), sealing.new_key(), TODAY), "not signed by the pinned")
    # the recovery key is no roster key
    refused(roster.sign(a_roster(), RECOVERY, TODAY), "not signed by the pinned")


@pytest.mark.parametrize("change", ['"version":2', '"expires":"2027-08-01"'])
def test_a_roster_changed_after_its_signature_is_refused(change):
    file = json.loads(signed())
    file["roster"] = file["roster"].replace(change, change.replace("2", "3", 1))
    refused(json.dumps(file), "not signed by the pinned")


def test_a_key_put_in_by_who_writes_the_database_is_refused():
    file = json.loads(signed())
    document = json.loads(file["roster"])
    document["keys"].append({"caseworker": "3", "key": sealing.to_text(public(sealing.new_key()))})
    file["roster"] = json.dumps(document, sort_keys=True, separators=(",", ":"))
    refused(json.dumps(file), "not signed by the pinned")


def test_old_expired_long_and_foreign_rosters_are_refused():
    refused(signed(version=1), "version is 1, the least is 2")
    refused(signed(), "expired on 01/08/2027", today=date(2027, 8, 1))
    refused(signed(), "more than six months", today=TODAY - timedelta(days=60))
    refused(signed(programme="tanzania"), "for the programme tanzania")
    refused(signed(recovery=public(sealing.new_key())), "recovery key is not the pinned")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "no", '{"roster": 1, "signature": "AA"}', '{"roster": "x"}']
)
def test_what_is_no_roster_is_refused(text):
    refused(text, "no signed roster|not signed by")


def test_a_roster_that_no_server_would_accept_is_not_signed():
    other = sealing.public_bytes(generate_private_key(SECP384R1()).public_key())
    many = {str(n): public(sealing.new_key()) for n in range(6)}
    for changes, reason in (
        ({"expires": TODAY}, "within six months"),
        ({"expires": TODAY + timedelta(days=185)}, "within six months"),
        ({"keys": {}}, "1 to 5 caseworkers"),
        ({"keys": many}, "1 to 5 caseworkers"),
        ({"keys": {"1": other}}, "no key on the curve"),
        ({"keys": {"1": public(AMINA), "2": public(AMINA)}}, "twice"),
        ({"keys": {"1": public(RECOVERY)}}, "twice"),
    ):
        with pytest.raises(RosterError, match=reason):
            roster.sign(a_roster(**changes), HOLDER, TODAY)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, json.dumps({"roster": "\ud800", "signature": sealing.to_text(bytes(64))})],
    ids=["nested deeply", "half a surrogate pair"],
)
def test_a_file_that_no_parser_likes_is_refused_like_every_other(text):
    with pytest.raises(RosterError):
        roster.accepted(text, "rwanda", PINS, TODAY)
