"""Signing in with both factors, locks, and the ends of sessions."""

from datetime import timedelta

import pytest

from sms_app.private.console import accounts, guard
from sms_app.private.console.settings import Limits
from tests.world.console import Browser, World


def test_password_and_code_open_the_console(world: World) -> None:
    browser, person = world.browser(), world.people[0]
    assert browser.give_password(person.email.upper(), person.password).location == "/?step=code"
    # the password alone opens nothing
    assert browser.get("/home").status_code == 404
    assert browser.give_code(person.code(world.time.now)).location == "/home"
    assert "What to do now" in browser.get("/home").text
    assert browser.get("/").location == "/home"


@pytest.mark.parametrize(
    ("email", "password"),
    [("first@example.org", "wrong"), ("nobody@example.org", "a long enough password"), ("", ""), ("é", "\0")],
)
def test_what_is_wrong_is_not_told(world: World, email: str, password: str) -> None:
    reply = world.browser().give_password(email, password)
    assert reply.status_code == 403
    assert "The e-mail address or the password is wrong." in reply.text
    assert world.browser().get("/?step=code").text.count("Password") > 0


def test_a_code_works_once_and_only_near_its_time(world: World) -> None:
    person = world.people[0]
    code = person.code(world.time.now)
    first, second = world.browser(), world.browser()
    first.give_password(person.email, person.password)
    second.give_password(person.email, person.password)
    assert first.give_code(code).location == "/home"
    assert "was used already" in second.give_code(code).text
    # the code of the step before is older than the one that was used
    world.time.pass_(seconds=1)
    assert (
        second.give_code(person.code(world.time.now.replace(second=0) - Limits().code_within)).status_code
        == 403
    )
    world.time.pass_(seconds=60)
    assert second.give_code(person.code(world.time.now)).location == "/home"


def test_an_earlier_code_is_refused_after_a_later_one(world: World) -> None:
    person = world.people[0]
    earlier = person.code(world.time.now)
    world.time.pass_(seconds=30)
    browser = world.browser()
    browser.give_password(person.email, person.password)
    browser.give_code(person.code(world.time.now))
    again = world.browser()
    again.give_password(person.email, person.password)
    assert again.give_code(earlier).status_code == 403


def test_the_code_must_follow_within_five_minutes(world: World) -> None:
    person, browser = world.people[0], world.browser()
    browser.give_password(person.email, person.password)
    world.time.pass_(minutes=6)
    reply = browser.give_code(person.code(world.time.now))
    assert (reply.status_code, "That took too long" in reply.text) == (403, True)


def test_a_code_without_a_password_is_refused(world: World) -> None:
    browser = world.browser()
    reply = browser.post("/", "/", code=world.people[0].code(world.time.now))
    assert reply.status_code == 403


def test_wrong_passwords_lock_the_account_longer_each_time(world: World) -> None:
    person = world.people[0]
    for n in range(5):
        # from different addresses
        assert world.browser(address=f"192.0.2.{n}").give_password(person.email, "wrong").status_code == 403
    other = world.browser(address="198.51.100.1")
    assert other.give_password(person.email, person.password).status_code == 429
    world.time.pass_(seconds=61)
    assert other.give_password(person.email, "wrong").status_code == 403
    world.time.pass_(seconds=61)
    assert other.give_password(person.email, person.password).status_code == 429
    world.time.pass_(seconds=61)
    assert other.give_password(person.email, person.password).location == "/?step=code"
    # the colleague is not locked
    world.browser(signed_in=1)


def test_a_command_ends_the_lock_that_others_tries_made(world: World) -> None:
    person = world.people[0]
    for n in range(5):
        world.browser(address=f"192.0.2.{n}").give_password(person.email, "wrong")
    with world.console.engine.begin() as conn:
        given = accounts.renew(conn, world.console.secret, world.caseworker(0), world.time.now)
    other = world.browser(address="198.51.100.1")
    assert other.give_password(person.email, given.password).location == "/?step=code"


def test_an_address_that_no_database_takes_is_refused_like_any_other(world: World) -> None:
    assert world.browser().give_password("first@example.org\0", "wrong").status_code == 403


def test_a_lock_is_the_same_for_an_account_that_is_not_there(world: World) -> None:
    for n in range(5):
        world.browser(address=f"192.0.2.{n}").give_password("nobody@example.org", "wrong")
    reply = world.browser(address="198.51.100.1").give_password("nobody@example.org", "wrong")
    assert (reply.status_code, "Too many wrong tries" in reply.text) == (429, True)


def test_wrong_codes_lock_the_account_too(world: World) -> None:
    person, browser = world.people[0], world.browser()
    browser.give_password(person.email, person.password)
    for _ in range(5):
        assert browser.give_code("000000").status_code == 403
    assert browser.give_code(person.code(world.time.now)).status_code == 429


def test_many_wrong_tries_from_one_address_lock_it_for_all_accounts(world: World) -> None:
    browser = world.browser(address="203.0.113.5")
    for n in range(15):
        browser.give_password(f"guess{n}@example.org", "wrong")
    person = world.people[0]
    assert browser.give_password(person.email, person.password).status_code == 429
    assert world.browser().give_password(person.email, person.password).location == "/?step=code"


def test_behind_a_proxy_of_this_machine_its_header_is_the_address(world: World) -> None:
    client, person = world.app.test_client(), world.people[0]
    world.browser(address="203.0.113.9")
    locked = Browser(client, world.time, "127.0.0.1")
    for n in range(15):
        client.environ_base["HTTP_X_FORWARDED_FOR"] = "10.9.9.9, 203.0.113.9"
        locked.give_password(f"guess{n}@example.org", "wrong")
    assert locked.give_password(person.email, person.password).status_code == 429
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.9, 203.0.113.10"
    assert locked.give_password(person.email, person.password).location == "/?step=code"


def test_a_monitor_that_asks_for_the_head_of_the_page_locks_nobody_out(world: World) -> None:
    browser = world.browser()
    for _ in range(20):
        assert browser.client.head("/", environ_base={"REMOTE_ADDR": browser.address}).status_code == 200
    assert world.values("select * from private.sign_in_guard") == []
    browser.sign_in(world.people[0])


def test_a_lock_grows_to_an_hour_and_tries_are_forgotten_after_a_day(world: World) -> None:
    secret, limits, now = world.console.secret, world.console.limits, world.time.now
    with world.console.engine.begin() as conn:
        for _ in range(40):
            guard.count_wrong(conn, guard.take(conn, secret, "a@b", "1", now, limits), now, limits)
        guards = guard.take(conn, secret, "a@b", "1", now, limits)
        assert {row.wrong for row in guards.rows} == {40}
        assert {row.locked_until for row in guards.rows} == {now + limits.longest_lock}
        later = now + 2 * limits.forgotten_after
        assert not guard.take(conn, secret, "a@b", "1", later, limits).is_locked(later, limits)


def test_a_complete_sign_in_forgets_wrong_tries(world: World) -> None:
    person = world.people[0]
    for _ in range(4):
        world.browser().give_password(person.email, "wrong")
    world.browser(signed_in=0)
    for _ in range(4):
        assert world.browser().give_password(person.email, "wrong").status_code == 403
    assert world.browser().give_password(person.email, person.password).location == "/?step=code"


def test_fifteen_idle_minutes_end_a_session(world: World) -> None:
    browser = world.browser(signed_in=0)
    for _ in range(4):
        world.time.pass_(minutes=14)
        assert browser.get("/home").status_code == 200
    world.time.pass_(minutes=15)
    assert browser.get("/home").status_code == 404
    assert "Sign in" in browser.get("/").text


def test_no_session_lasts_longer_than_twelve_hours(world: World) -> None:
    browser = world.browser(signed_in=0)
    for _ in range(51):
        world.time.pass_(minutes=14)
        assert browser.get("/home").status_code == 200
    world.time.pass_(minutes=14)
    assert browser.get("/home").status_code == 404


def test_signing_out_ends_the_session_also_for_a_copy_of_the_cookie(world: World) -> None:
    browser = world.browser(signed_in=0)
    cookie = browser.client.get_cookie("__Host-support")
    assert cookie
    assert browser.post("/sign-out", "/home").location == "/"
    assert browser.get("/home").status_code == 404
    thief = world.app.test_client()
    thief.set_cookie("__Host-support", cookie.value)
    assert thief.get("/home").status_code == 404


def test_one_button_ends_all_sessions_of_the_account_and_no_other(world: World) -> None:
    here, elsewhere, colleague = (world.browser(signed_in=n) for n in (0, 0, 1))
    assert here.post("/end-all", "/password").location == "/"
    assert [b.get("/home").status_code for b in (here, elsewhere, colleague)] == [404, 404, 200]


def test_a_form_needs_its_token(world: World) -> None:
    browser = world.browser(signed_in=0)
    posts = [
        rule.rule
        for rule in world.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule != "/"
    ]
    assert len(posts) >= 8
    before = world.values("select count(*) from private.audit")
    for path in posts:
        for fields in ({}, {"csrf_token": "forged"}):
            reply = browser.send(path, **fields)
            assert (reply.status_code, "Nothing was done" in reply.text) == (400, True), path
    assert world.values("select count(*) from private.audit") == before
    assert browser.get("/home").status_code == 200


def test_a_token_of_an_other_session_is_refused(world: World) -> None:
    browser, other = world.browser(signed_in=0), world.browser(signed_in=1)
    token = other.get("/duty").text.partition('csrf_token" value="')[2].partition('"')[0]
    assert browser.send("/duty/sign-in", csrf_token=token).status_code == 400
    assert world.values("select * from duty_day") == []


def test_a_sign_in_form_without_its_token_says_so(world: World) -> None:
    person = world.people[0]
    reply = world.browser().send("/", email=person.email, password=person.password)
    assert (reply.status_code, "Try once more" in reply.text) == (400, True)


def test_a_given_password_is_replaced_before_anything_else(world: World) -> None:
    person = world.people[0]
    with world.console.engine.begin() as conn:
        given = accounts.renew(conn, world.console.secret, world.caseworker(0), world.time.now)
    person.password, person.credentials = given.password, given
    browser = world.browser(signed_in=0)
    for path in ("/home", "/download", "/audit"):
        assert browser.get(path).location == "/password"
    fields = {"old": person.password, "new": "my own long words", "again": "my own long words"}
    for wrong in ({"old": "x"}, {"again": "x"}, {"new": "short", "again": "short"}):
        assert browser.post("/password", **{**fields, **wrong}).status_code == 400
    assert browser.post("/password", **fields).location == "/home"
    assert browser.get("/home").status_code == 200
    person.password = "my own long words"
    world.browser(signed_in=0)


def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    here, elsewhere = world.browser(signed_in=0), world.browser(signed_in=0)
    old = world.people[0].password
    here.post("/password", old=old, new="my own long words", again="my own long words")
    assert [b.get("/home").status_code for b in (here, elsewhere)] == [200, 404]


def test_nothing_to_sign_in_with_is_stored_as_it_is(world: World) -> None:
    browser = world.browser(signed_in=0)
    with browser.client.session_transaction() as session:
        token = session["token"]
    stored = str(world.values("select c, s from private.caseworker c, private.caseworker_session s"))
    for person in world.people:
        assert person.password not in stored
        assert person.credentials.totp_secret not in stored
    assert token not in stored
    assert stored.count("$argon2id$") == 2


def test_a_wrong_old_password_counts_as_a_wrong_sign_in(world: World) -> None:
    person, browser = world.people[0], world.browser(signed_in=0)
    new = "quite another password"
    for n in range(5):
        reply = browser.post("/password", old=f"guess {n}", new=new, again=new)
        assert (reply.status_code, "not this one" in reply.text) == (400, True)
    reply = browser.post("/password", old=person.password, new=new, again=new)
    assert (reply.status_code, "Too many wrong tries" in reply.text) == (429, True)
    assert (
        world.browser(address="198.51.100.1").give_password(person.email, person.password).status_code == 429
    )
    # what is wrong with the new password is no guess
    colleague = world.browser(signed_in=1, address="198.51.100.2")
    for _ in range(7):
        assert (
            colleague.post("/password", old=world.people[1].password, new="x", again="x").status_code == 400
        )
    world.time.pass_(seconds=61)
    assert browser.post("/password", old=person.password, new=new, again=new).location == "/home"
    assert world.browser(address="198.51.100.1").give_password(person.email, new).location == "/?step=code"


def test_a_lock_that_a_wrong_clock_made_ends_with_the_wrong_clock(world: World) -> None:
    person, right = world.people[0], world.time.now
    for ahead in (timedelta(hours=2), timedelta(days=400)):
        world.time.now = right + ahead
        for n in range(9):
            world.browser(address=f"192.0.2.{n}").give_password(person.email, "wrong")
        assert world.browser(address="198.51.100.1").give_password(person.email, "wrong").status_code == 429
        world.time.now = right
        browser = world.browser(address="198.51.100.1")
        assert browser.give_password(person.email, person.password).location == "/?step=code"
    # and tries are counted anew
    for n in range(8):
        world.browser(address=f"192.0.2.{n}").give_password(person.email, "wrong")
    assert (
        world.browser(address="198.51.100.1").give_password(person.email, person.password).status_code == 429
    )


def test_a_session_that_a_wrong_clock_began_is_over(world: World) -> None:
    right = world.time.now
    world.time.pass_(hours=1)
    browser = world.browser(signed_in=0)
    assert browser.get("/home").status_code == 200
    world.time.now = right
    assert browser.get("/home").status_code == 404
    # one that the wrong clock only saw, too
    world.time.pass_(minutes=5)
    browser = world.browser(signed_in=1)
    world.time.pass_(minutes=10)
    assert browser.get("/home").status_code == 200
    world.time.pass_(minutes=-8)
    assert browser.get("/home").status_code == 404


def test_requests_that_overlap_end_no_session(world: World) -> None:
    browser = world.browser(signed_in=0)
    browser.get("/home")
    world.time.pass_(seconds=-2)
    assert browser.get("/home").status_code == 200


def test_a_code_is_not_awaited_until_a_wrong_clocks_time(world: World) -> None:
    person, browser = world.people[0], world.browser()
    world.time.pass_(hours=3)
    browser.give_password(person.email, person.password)
    world.time.pass_(hours=-3)
    reply = browser.give_code(person.code(world.time.now))
    assert (reply.status_code, "That took too long" in reply.text) == (403, True)
