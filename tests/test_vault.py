import base64
import hashlib
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from sms_app.vault import POSITION_BYTES, POSITION_ROOM, PositionTooLong, Vault, VaultError

OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
before, between, after = Vault({1: OLD}), Vault({2: NEW, 1: OLD}), Vault({2: NEW})


@given(st.text(max_size=200))
def test_what_is_sealed_opens_and_shows_nothing(text: str) -> None:
    row = uuid4()
    sealed = after.seal(text, "participant", "name_sealed", row)
    assert after.open(sealed, "participant", "name_sealed", row) == text
    assert len(text) < 4 or text.encode() not in sealed


def test_the_same_text_sealed_twice_looks_different() -> None:
    row = uuid4()
    sealed = {after.seal("Uwase", "participant", "name_sealed", row) for _ in range(10)}
    assert len(sealed) == 10


@pytest.mark.parametrize(
    "place", [("coach", "name_sealed", 1), ("participant", "bookmark", 1), ("participant", "name_sealed", 2)]
)
def test_a_value_moved_to_another_table_column_or_row_is_refused(place: tuple[str, str, int]) -> None:
    sealed = after.seal("Uwase", "participant", "name_sealed", UUID(int=1))
    with pytest.raises(VaultError):
        after.open(sealed, place[0], place[1], UUID(int=place[2]))


def test_changed_bytes_and_unknown_keys_are_refused() -> None:
    row = uuid4()
    sealed = before.seal("Uwase", "participant", "name_sealed", row)
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(VaultError):
            before.open(bytes(broken), "participant", "name_sealed", row)
    for bad in (b"", b"\1", sealed[:20]):
        with pytest.raises(VaultError):
            before.open(bad, "participant", "name_sealed", row)
    with pytest.raises(VaultError):
        after.open(sealed, "participant", "name_sealed", row)


def test_two_keys_are_valid_at_once() -> None:
    row = uuid4()
    sealed = before.seal("Uwase", "participant", "name_sealed", row)
    assert between.open(sealed, "participant", "name_sealed", row) == "Uwase"
    assert after.open(between.seal("Uwase", "t", "c", row), "t", "c", row) == "Uwase"
    assert between.indexes("+250788000001", "number") == [
        after.index("+250788000001", "number"),
        before.index("+250788000001", "number"),
    ]
    assert between.dialogue_ids("s1") == [after.dialogue_id("s1"), before.dialogue_id("s1")]
    assert between.pin_matches(row, "4821", before.pin(row, "4821"))
    assert between.open_position("s1", before.seal_position("s1", b"here")) == b"here"


def test_an_index_differs_by_purpose_and_value() -> None:
    found = {after.index(value, purpose) for value in ("1", "2") for purpose in ("number", "pin-guard")}
    assert len(found) == 4
    assert {len(index) for index in found} == {16}


def test_equal_pins_look_different_and_only_the_right_one_matches() -> None:
    one, two = uuid4(), uuid4()
    assert after.pin(one, "4821") != after.pin(two, "4821")
    assert after.pin_matches(one, "4821", after.pin(one, "4821"))
    assert not after.pin_matches(one, "4822", after.pin(one, "4821"))
    assert not after.pin_matches(two, "4821", after.pin(one, "4821"))
    assert not after.pin_matches(one, "4821", before.pin(one, "4821"))
    assert not after.pin_matches(one, "4821", b"")


@given(st.binary(max_size=POSITION_ROOM), st.text(min_size=1, max_size=40))
def test_a_position_opens_with_its_session_and_is_always_the_same_size(plain: bytes, session: str) -> None:
    sealed = after.seal_position(session, plain)
    assert len(sealed) == POSITION_BYTES
    assert after.open_position(session, sealed) == plain


def test_a_position_needs_the_session_id_and_its_room() -> None:
    sealed = after.seal_position("s1", b"here")
    for session, vault in (("s2", after), ("s1", before)):
        with pytest.raises(VaultError):
            vault.open_position(session, sealed)
    with pytest.raises(VaultError):
        after.open_position("s1", sealed[:30])
    with pytest.raises(PositionTooLong):
        after.seal_position("s1", b"x" * (POSITION_ROOM + 1))


def test_a_hop_names_one_entry_also_while_a_new_key_is_brought_in() -> None:
    entry = before.entry_id("s1", "2*1*2000*1")
    assert (
        entry == between.entry_id("s1", "2*1*2000*1") == Vault({1: OLD, 2: NEW}).entry_id("s1", "2*1*2000*1")
    )
    assert len({entry, before.entry_id("s2", "2*1*2000*1"), before.entry_id("s1", "2*1*2001*1")}) == 3


def test_keys_are_read_from_text() -> None:
    one, two = Vault.new_key(), Vault.new_key()
    vault = Vault.parse(f"2:{two}, 1:{one}")
    assert vault.active == 2
    assert one not in repr(vault)


def _key(length: int) -> str:
    return base64.urlsafe_b64encode(b"k" * length).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1:",
        "x:" + _key(32),
        "1:" + _key(31),
        "1:" + _key(33),
        "256:" + _key(32),
        "²:" + _key(32),
        "1:" + _key(32) + ",1:" + _key(32),
        "1:" + "!" + _key(32)[1:],
        "1:!!!!" + _key(32),
        "1:" + "é" + _key(32)[1:],
        "-1:" + _key(32),
    ],
)
def test_a_bad_key_is_refused_without_being_named(text: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        Vault.parse(text)
    assert _key(32)[4:] not in str(caught.value)


def test_a_code_read_out_or_shown_is_never_a_pin(vault):
    person = uuid4()
    kept = {purpose: vault.pin(person, "4821", purpose) for purpose in ("pin", "opening", "claim")}
    assert len(set(kept.values())) == 3
    assert not vault.pin_matches(person, "4821", kept["claim"])
    assert vault.pin_matches(person, "4821", kept["claim"], "claim")


def test_what_was_stored_once_is_opened_and_found_by_every_later_version(monkeypatch):
    """Known answers: another length, order or purpose would make a database unreadable."""
    row = UUID(int=1)
    sealed = base64.b64decode("AbtiOHdd0epDZLi1nPBz5Ue7JQTNsRdO+lbUBYgkgNbDvw==")
    assert before.open(sealed, "participant", "name_sealed", row) == "Uwase"
    check = base64.b64decode(
        "AQJDVmIM99bAZQk098OE60PMC5N8ry43PXOuK9D+v7BBT+Ue8IrHKYL4/DkVA0OxQXguvgjP5SB9Om1tfFHSPkxgLvy/eA=="
    )
    assert before.check_opens(1, check)
    assert before.index("+250788000001", "number").hex() == "182004264ae54490c8ed9eff9fbeba96"
    assert (
        before.pin(row, "4821").hex() == "016790c92b1e147a71a2aa22e3c67f4549eb601039994b3d04dceb27e3e04d5f82"
    )
    opening = "0143e5690381dffba6781a2f775d4d9e82516cef8e0dcdb60b7501569e8a00dddb"
    assert before.pin(row, "4821", "opening").hex() == opening
    assert before.dialogue_id("s1").hex() == "81c605bacf1513cf6f2d93424a6365c4"
    assert before.entry_id("s1", "2*1*2000*1") == UUID("3f638b20-10b9-5227-b06f-f89ea2d2c72d")
    monkeypatch.setattr("os.urandom", lambda n: bytes(range(n)))
    position = hashlib.sha256(before.seal_position("s1", b"here")).hexdigest()
    assert position == "5484082cc9ef528fa0f8055410eb734cb6bddcf3889acd821ad3735049ddcbff"


def test_a_check_value_opens_under_its_own_key_alone():
    check = between.seal_check(1)
    assert between.check_opens(1, check)
    assert before.check_opens(1, check)
    assert not between.check_opens(2, check)
    assert not Vault({1: NEW}).check_opens(1, check)
    assert not between.check_opens(2, b"\2" + check[1:])
    for bad in (b"", check[:5], check[:-1]):
        assert not between.check_opens(1, bad)
    # what the key sealed, but not as a check, and another text sealed as one
    assert not before.check_opens(1, before.seal("Uwase", "t", "c", UUID(int=1)))
    cipher = AESGCM(before._sub[1]["check"])
    assert not before.check_opens(1, b"\1" + bytes(12) + cipher.encrypt(bytes(12), b"another text", b"\1"))
    assert len({between.seal_check(1) for _ in range(9)}) == 9


@pytest.mark.parametrize("keys", [{}, {1: b"k" * 31}, {1: OLD, 2: b"k" * 33}, {-1: OLD}, {256: OLD}], ids=str)
def test_keys_that_are_none_are_refused(keys):
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys)


def test_the_first_and_the_last_id_are_good_and_the_order_is_kept():
    vault = Vault({255: NEW, 0: OLD})
    assert (vault.ids, vault.active) == ((255, 0), 255)
    row = UUID(int=1)
    assert vault.open(Vault({0: OLD}).seal("Uwase", "t", "c", row), "t", "c", row) == "Uwase"
    # an entry's name is under the lowest id, in whatever order they stand
    assert vault.entry_id("s1", "2") == Vault({0: OLD}).entry_id("s1", "2")


def test_a_new_key_is_thirty_two_random_bytes():
    keys = {Vault.new_key() for _ in range(9)}
    assert len(keys) == 9
    assert {len(base64.urlsafe_b64decode(key + "=")) for key in keys} == {32}
    assert "=" not in "".join(keys)


def test_a_position_that_is_not_sealed_at_all_is_refused():
    for bad in (b"", b"\1", b"\7" + bytes(POSITION_BYTES - 1)):
        with pytest.raises(VaultError):
            before.open_position("s1", bad)


def test_the_same_position_sealed_twice_looks_different():
    assert len({before.seal_position("s1", b"here") for _ in range(9)}) == 9


def test_a_position_that_fills_its_room_is_kept_whole():
    plain = bytes(range(256)) * 8
    assert (
        before.open_position("s1", before.seal_position("s1", plain[:POSITION_ROOM])) == plain[:POSITION_ROOM]
    )
