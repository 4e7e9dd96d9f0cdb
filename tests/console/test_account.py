"""One's own account, and the administrator's list."""

import re

from sms_app.console.accounts import store
from tests.world.staff_console import HOME, StaffWorld, code, sign_in

NEW = "another long password"


def test_a_first_password_opens_only_the_page_that_replaces_it(world: StaffWorld) -> None:
    secret, time = world.console.secret, world.time
    with world.console.engine.begin() as conn:
        given = store.reset(conn, secret, world.account("officer"), "test", time.now)
    browser = world.browser()
    browser.give_password(given.email, given.password)
    assert browser.give_code(code(given, time)).location == "/account"
    assert browser.get(HOME).location == "/account"
    assert browser.post("/account/recovery-codes", "/account").location == "/account"
    reply = browser.post("/account/password", "/account", old=given.password, new=NEW, again=NEW)
    assert "The password is changed." in reply.text
    assert browser.get(HOME).status_code == 200


def test_a_password_is_replaced_when_it_is_typed_right(world: StaffWorld) -> None:
    browser, given = world.browser("officer"), world.given["officer"]
    wrong = {
        "is not this one": ("not mine", NEW, NEW),
        "in two ways": (given.password, NEW, f"{NEW}s"),
        "at least 12": (given.password, "short", "short"),
        "is the one that you have": (given.password, given.password, given.password),
    }
    for said, (old, new, again) in wrong.items():
        reply = browser.post("/account/password", "/account", old=old, new=new, again=again)
        assert (reply.status_code, said in reply.text) == (400, True)
    # of a longer one only the beginning would count at the sign-in
    longest = "x" * 201
    values = {"old": given.password, "new": longest, "again": longest}
    assert browser.post("/account/password", "/account", **values).status_code == 400
    browser.post("/account/password", "/account", old=given.password, new=NEW, again=NEW)
    assert world.browser().give_password(given.email, given.password).status_code == 403
    assert world.browser().give_password(given.email, NEW).location == "/?step=code"


def test_wrong_passwords_lock_the_account_here_too_and_a_new_one_ends_other_sessions(
    world: StaffWorld,
) -> None:
    browser, other, given = world.browser("officer"), world.browser("officer"), world.given["officer"]
    for _ in range(5):
        browser.post("/account/password", "/account", old="wrong", new=NEW, again=NEW)
    reply = browser.post("/account/password", "/account", old=given.password, new=NEW, again=NEW)
    assert (reply.status_code, "Too many wrong tries" in reply.text) == (429, True)
    world.time.pass_(seconds=61)
    assert (
        browser.post("/account/password", "/account", old=given.password, new=NEW, again=NEW).status_code
        == 200
    )
    assert browser.get(HOME).status_code == 200
    assert other.get(HOME).location == "/"


def test_new_recovery_codes_are_shown_once_and_replace_the_earlier_ones(world: StaffWorld) -> None:
    browser, given = world.browser("officer"), world.given["officer"]
    world.time.pass_(seconds=30)
    made = browser.post("/account/recovery-codes", "/account", code=code(given, world.time)).text
    codes = re.findall(r"<li>([2-9a-z-]{14})</li>", made)
    assert len(set(codes)) == 10
    assert codes[0] not in browser.get("/account").text
    other = world.browser()
    other.give_password(given.email, given.password)
    assert other.give_code(given.recovery_codes[0]).status_code == 403
    assert other.give_code(codes[0]).location == HOME
    assert ("console:officer@example.org", "renew_recovery_codes", "account") in world.trail()


def test_new_recovery_codes_need_the_second_factor(world: StaffWorld) -> None:
    """A desk that was left open is not enough to make some."""
    browser, given = world.browser("officer"), world.given["officer"]
    # the code of the sign-in was used
    for typed in ("", "000000", code(given, world.time), world.given["supervisor"].recovery_codes[0]):
        reply = browser.post("/account/recovery-codes", "/account", code=typed)
        assert (reply.status_code, "The code is wrong, or was used already" in reply.text) == (403, True)
    for typed, status in (("000000", 403), (given.recovery_codes[0], 429)):
        assert browser.post("/account/recovery-codes", "/account", code=typed).status_code == status
    assert [what for _, what, _ in world.trail()].count("renew_recovery_codes") == 0
    world.time.pass_(seconds=61)
    reply = browser.post("/account/recovery-codes", "/account", code=given.recovery_codes[0])
    assert len(re.findall(r"<li>[2-9a-z-]{14}</li>", reply.text)) == 10


def test_one_button_ends_all_sessions_of_an_account(world: StaffWorld) -> None:
    first, second, colleague = world.browser("officer"), world.browser("officer"), world.browser("supervisor")
    assert first.post("/sign-out-everywhere", "/account").location == "/"
    assert (first.get(HOME).location, second.get(HOME).location) == ("/", "/")
    assert colleague.get(HOME).status_code == 200
    assert ("console:officer@example.org", "end_sessions", "account") in world.trail()


def test_the_administrator_ends_all_sessions_of_another_account(world: StaffWorld) -> None:
    officer, administrator = world.browser("officer"), world.browser("administrator")
    page = administrator.get("/accounts").text
    assert [role in page for role in ("officer@example.org", "researcher@example.org")] == [True, True]
    path = f"/accounts/{world.account('officer').id}/end-sessions"
    assert administrator.post(path, "/accounts").location == "/accounts"
    assert officer.get(HOME).location == "/"
    assert ("console:administrator@example.org", "end_sessions", "account") in world.trail()


def test_the_language_is_the_accounts_own(world: StaffWorld) -> None:
    browser = world.browser("officer")
    browser.post("/account/language", "/account", language="rw")
    assert '<html lang="rw">' in browser.get(HOME).text
    browser.post("/account/language", "/account", language="de")
    assert '<html lang="rw">' in browser.get(HOME).text
    # before the sign-in the browser's language counts
    assert "Injira" in world.browser(language="rw-RW, en;q=0.5").get("/").text
    assert "Sign in" in world.browser(language="de").get("/").text


def test_an_account_of_another_programme_is_not_found(world: StaffWorld) -> None:
    with world.owner.begin():
        id_ = world.owner.exec_driver_sql(
            "insert into programme (slug, service_code, country, time_zone, currency, language)"
            " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
        ).scalar_one()
    with world.console.engine.begin() as conn:
        now = world.time.now
        values = (id_, "far@example.org", "officer", "en", "test", now, now.date(), "a long password of hers")
        given = store.add(conn, world.console.secret, *values)
        account = store.by_email(conn, given.email)
    assert account is not None
    administrator = world.browser("administrator")
    assert "far@example.org" not in administrator.get("/accounts").text
    path = f"/accounts/{account.id}/end-sessions"
    assert administrator.post(path, "/accounts").status_code == 404
    # this console's process does not have her programme
    far = world.browser()
    far.give_password(given.email, given.password)
    far.give_code(code(given, world.time))
    assert far.get("/account").status_code == 404


def test_a_reset_ends_the_sessions_the_lock_and_all_that_opened_the_account(world: StaffWorld) -> None:
    browser, given = world.browser("officer"), world.given["officer"]
    for _ in range(5):
        world.browser().give_password(given.email, "wrong")
    with world.console.engine.begin() as conn:
        new = store.reset(conn, world.console.secret, world.account("officer"), "test", world.time.now)
    assert browser.get(HOME).location == "/"
    assert world.browser().give_password(given.email, given.password).status_code == 403
    other = world.browser()
    assert other.give_password(new.email, new.password).location == "/?step=code"
    world.time.pass_(seconds=30)
    for old in (code(given, world.time), given.recovery_codes[0]):
        assert other.give_code(old).status_code == 403
    assert other.give_code(code(new, world.time)).location == "/account"


def test_a_disabled_account_is_out_at_once(world: StaffWorld) -> None:
    browser = world.browser("officer")
    with world.console.engine.begin() as conn:
        store.disable(conn, world.account("officer"), "test", world.time.now, world.time.now.date())
    assert world.values("select count(*) from account_session") == [(0,)]
    assert browser.get(HOME).location == "/"
    given = world.given["officer"]
    assert world.browser().give_password(given.email, given.password).status_code == 403
    sign_in(world.browser(), world.given["supervisor"])
