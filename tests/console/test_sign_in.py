"""Signing in with both factors or a recovery code, locks, and the ends of sessions."""

import pytest
from sqlalchemy import Connection

from sms_app.accounts import passwords
from sms_app.console.accounts import store
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import HOME, StaffWorld, code, sign_in, staff_world


def test_password_and_code_open_the_console(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    assert browser.give_password(given.email.upper(), given.password).location == "/?step=code"
    # the password alone opens nothing
    assert browser.get(HOME).location == "/"
    assert browser.give_code(code(given, world.time)).location == HOME
    assert browser.get(HOME).status_code == 200
    assert browser.get("/").location == HOME
    assert ("console:officer@example.org", "sign_in", "account") in world.trail()


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("officer@example.org", "wrong"),
        ("nobody@example.org", "a long enough password"),
        ("", ""),
        ("é", "\0"),
    ],
)
def test_what_is_wrong_is_not_told(world: StaffWorld, email: str, password: str) -> None:
    reply = world.browser().give_password(email, password)
    assert (reply.status_code, "The e-mail address or the password is wrong." in reply.text) == (403, True)


def test_an_address_without_an_account_costs_as_much(
    world: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password is compared with a hash of the same kind, so the time of the answer does not tell."""
    compared, is_password = [], passwords.is_password
    monkeypatch.setattr(
        passwords, "is_password", lambda *given: compared.append(given[0]) or is_password(*given)
    )
    for email in (world.given["officer"].email, "nobody@example.org"):
        world.browser().give_password(email, "wrong")
    mine, nobodys = [stored.rpartition("$")[0].rpartition("$")[0] for stored in compared]
    assert mine == nobodys
    assert mine.startswith("$argon2id$")


def test_a_code_works_once(world: StaffWorld) -> None:
    given = world.given["officer"]
    first, second = world.browser(), world.browser()
    for browser in (first, second):
        browser.give_password(given.email, given.password)
    typed = code(given, world.time)
    assert first.give_code(typed).location == HOME
    reply = second.give_code(typed)
    assert (reply.status_code, "was used already" in reply.text) == (403, True)


def test_a_recovery_code_stands_in_for_a_code_once(world: StaffWorld) -> None:
    given = world.given["officer"]
    typed = given.recovery_codes[0].upper().replace("-", " ")
    first, second = world.browser(), world.browser()
    for browser in (first, second):
        browser.give_password(given.email, given.password)
    assert first.give_code(typed).location == HOME
    assert second.give_code(typed).status_code == 403
    assert second.give_code(given.recovery_codes[1]).location == HOME
    assert "8 recovery codes are left" in second.get("/account").text
    stored = world.values("select hash, used_on from recovery_code where used_on is not null")
    assert len(stored) == 2
    assert given.recovery_codes[0].replace("-", "").encode() not in b"".join(bytes(row[0]) for row in stored)


def test_another_ones_recovery_code_opens_nothing(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    browser.give_password(given.email, given.password)
    assert browser.give_code(world.given["supervisor"].recovery_codes[0]).status_code == 403


def test_the_code_must_follow_within_five_minutes(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    browser.give_password(given.email, given.password)
    world.time.pass_(minutes=6)
    assert "That took too long" in browser.give_code(code(given, world.time)).text


def test_a_code_after_another_password_is_too_late(world: StaffWorld) -> None:
    """Who knew the password of before gets no further with its page."""
    browser, given = world.browser(), world.given["officer"]
    browser.give_password(given.email, given.password)
    with world.console.engine.begin() as conn:
        changed = ("a quite different password",) * 2
        store.change_password(conn, world.account("officer"), given.password, *changed, world.time.now)
    assert "That took too long" in browser.give_code(code(given, world.time)).text
    assert world.values("select count(*) from account_session") == [(0,)]


def test_a_wrong_password_takes_back_the_right_one_before_it(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    browser.give_password(given.email, given.password)
    browser.give_password(given.email, "wrong")
    assert 'name="password"' in browser.get("/?step=code").text
    assert "That took too long" in browser.post("/", "/", code=code(given, world.time)).text


def test_a_sign_in_forgets_the_wrong_tries_before_it(world: StaffWorld) -> None:
    for _ in range(3):
        for _ in range(4):
            world.browser().give_password(world.given["officer"].email, "wrong")
        world.browser("officer")


def test_wrong_passwords_lock_the_account_and_many_the_address(world: StaffWorld) -> None:
    given = world.given["officer"]
    for n in range(5):
        assert world.browser(address=f"192.0.2.{n}").give_password(given.email, "wrong").status_code == 403
    other = world.browser(address="198.51.100.1")
    assert other.give_password(given.email, given.password).status_code == 429
    world.time.pass_(seconds=61)
    assert other.give_password(given.email, given.password).location == "/?step=code"
    guesser = world.browser(address="203.0.113.5")
    for n in range(15):
        guesser.give_password(f"guess{n}@example.org", "wrong")
    supervisor = world.given["supervisor"]
    assert guesser.give_password(supervisor.email, supervisor.password).status_code == 429
    world.browser("supervisor")


def test_a_locked_address_leaves_no_row_for_each_name_that_it_tries(world: StaffWorld) -> None:
    guesser = world.browser(address="203.0.113.5")
    for n in range(40):
        guesser.give_password(f"guess{n}@example.org", "wrong")
    # fifteen names, and the address
    assert world.values("select count(*) from account_guard") == [(16,)]


@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        ([f"2001:db8:0:1::{n:x}" for n in range(1, 17)], 429),
        ([f"2001:db8:0:{n:x}::1" for n in range(1, 17)], 403),
        (["::ffff:192.0.2.9", "192.0.2.9"] * 8, 429),
        ([f"192.0.2.{n}" for n in range(1, 17)], 403),
    ],
    ids=["one network", "sixteen networks", "two ways to write", "sixteen addresses"],
)
def test_of_ipv6_the_network_is_locked(world: StaffWorld, addresses: list[str], status: int) -> None:
    """Who has one address of such a network has them all."""
    replies = [
        world.browser(address=address).give_password(f"guess{n}@example.org", "wrong").status_code
        for n, address in enumerate(addresses)
    ]
    assert replies == [403] * 15 + [status]


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("198.51.100.{n}, 203.0.113.7", 429),
        ("198.51.100.{n}, 203.0.113.7:50{n}", 429),
        ("198.51.100.{n}, [2001:db8::7]:50{n}", 429),
        ("198.51.100.{n},", 429),
        ("203.0.113.7, 198.51.100.{n}", 403),
    ],
)
def test_of_a_proxy_on_this_machine_the_last_address_counts(
    world: StaffWorld, forwarded: str, status: int
) -> None:
    for n in range(16):
        browser = world.browser(address="127.0.0.1")
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded.format(n=n)
        reply = browser.give_password(f"guess{n}@example.org", "wrong")
    assert reply.status_code == status


def test_nobody_else_says_where_a_form_comes_from(world: StaffWorld) -> None:
    for n in range(16):
        browser = world.browser(address="192.0.2.9")
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{n}"
        reply = browser.give_password(f"guess{n}@example.org", "wrong")
    assert reply.status_code == 429


def test_wrong_codes_lock_the_account_too(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    browser.give_password(given.email, given.password)
    for _ in range(5):
        assert browser.give_code("000000").status_code == 403
    assert browser.give_code(given.recovery_codes[0]).status_code == 429


def test_fifteen_idle_minutes_end_a_session_and_twelve_hours_every_one(world: StaffWorld) -> None:
    browser = world.browser("officer")
    for _ in range(4):
        world.time.pass_(minutes=14)
        assert browser.get(HOME).status_code == 200
    world.time.pass_(minutes=15)
    assert browser.get(HOME).location == "/"
    browser = world.browser("officer")
    for _ in range(71):
        world.time.pass_(minutes=10)
        assert browser.get("/account").status_code == 200
    world.time.pass_(minutes=10)
    assert browser.get("/account").location == "/"


def test_signing_out_ends_the_session_also_for_a_copied_cookie(world: StaffWorld) -> None:
    browser, copy = world.browser("officer"), world.browser()
    name = world.app.config["SESSION_COOKIE_NAME"]
    cookie = browser.client.get_cookie(name)
    assert cookie is not None
    copy.client.set_cookie(name, cookie.value)
    assert copy.get(HOME).status_code == 200
    assert browser.post("/sign-out", "/account").location == "/"
    assert copy.get(HOME).location == "/"


def test_what_the_cookie_has_is_stored_as_a_digest(world: StaffWorld) -> None:
    """Who reads the table of sessions can't use them."""
    world.browser("officer")
    ((stored,),) = world.values("select id from account_session")
    assert isinstance(stored, bytes | memoryview)
    # the token itself has 43 letters
    assert len(bytes(stored)) == 32


def test_an_account_of_the_demo_signs_in_on_its_own_machine_only(
    database: Database, owner: Connection, vault: Vault
) -> None:
    records = start_from(owner, vault)
    with staff_world(database, records, vault, secure=True, domain="console.example") as elsewhere:
        given = elsewhere.given["officer"]
        assert elsewhere.browser().give_password(given.email, given.password).status_code == 403
    owner.exec_driver_sql("update account set disabled_on = created_on")
    with staff_world(database, records, vault, secure=False, domain="console.example") as here:
        sign_in(here.browser(), here.given["officer"])


def test_a_form_without_its_token_does_nothing(world: StaffWorld) -> None:
    given = world.given["officer"]
    reply = world.browser().send("/", email=given.email, password=given.password)
    assert (reply.status_code, reply.location) == (400, None)
    browser = world.browser("officer")
    reply = browser.send("/sign-out-everywhere", csrf_token="made up")
    assert (reply.status_code, "Nothing was stored" in reply.text) == (400, True)
    assert browser.get(HOME).status_code == 200
