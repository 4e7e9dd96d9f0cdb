"""Who is on duty: the rota, and signing in for today."""

from dataclasses import replace
from datetime import date, timedelta

from tests.world.console import PROGRAMME, World, give_key, load_roster
from tests.world.times import TODAY

ALL = "select day, caseworker, phone_number_id, signed_in from duty_day order by day"


def test_signing_in_puts_a_caseworker_on_duty_with_their_number(world: World) -> None:
    phone = "10000000-0000-4000-8000-000000000001"
    world.owner.exec_driver_sql(
        "insert into phone_number (id, programme_id, number_sealed, number_index, sharing)"
        " values (%(phone)s, %(programme)s, '', '', 'unmarked')",
        {"phone": phone, "programme": world.programme},
    )
    world.owner.exec_driver_sql(
        "update private.caseworker set phone_number_id = %(phone)s where code = '2'", {"phone": phone}
    )
    world.owner.commit()
    first, second = world.browser(signed_in=0), world.browser(signed_in=1)
    assert "Nobody is on duty." in first.get("/duty").text
    first.post("/duty/sign-in", "/duty")
    assert world.values(ALL) == [(TODAY, "1", None, True)]
    assert "You are on duty and signed in." in first.get("/duty").text
    second.post("/duty/sign-in", "/home")
    ((_, code, number, signed_in),) = world.values(ALL)
    assert (code, str(number), signed_in) == ("2", phone, True)
    assert "Caseworker 2 is on duty, and has signed in." in first.get("/home").text


def test_who_could_open_nothing_is_told_that_the_sign_in_does_not_count(world: World) -> None:
    browser = world.browser(signed_in=0)
    assert "does not count" in browser.get("/duty").text
    public = give_key(browser, "1")
    assert "does not count" in browser.get("/duty").text
    load_roster(world.owner, world.programme, TODAY, version=2, c1=public)
    assert "does not count" not in browser.get("/duty").text


def test_the_rota_is_of_fourteen_days(world: World) -> None:
    browser = world.browser(signed_in=0)
    days = [TODAY + timedelta(days=n) for n in range(15)]
    fields = {day.isoformat(): "1" for day in days} | {
        "2026-03-10": "1",
        "2026-03-12": "2",
        "2026-03-13": "9",
    }
    browser.post("/duty/rota", "/duty", **fields)
    stored = {day: code for day, code, _, _ in world.values(ALL)}
    expected = dict.fromkeys(days[:14], "1") | {days[1]: "2"}
    del expected[days[2]]
    assert stored == expected
    browser.post("/duty/rota", "/duty", **{day.isoformat(): "" for day in days})
    assert world.values(ALL) == []


def test_who_is_put_on_duty_anew_has_not_signed_in(world: World) -> None:
    browser = world.browser(signed_in=0)
    browser.post("/duty/sign-in", "/duty")
    browser.post("/duty/rota", "/duty", **{TODAY.isoformat(): "1"})
    assert world.values(ALL) == [(TODAY, "1", None, True)]
    browser.post("/duty/rota", "/duty", **{TODAY.isoformat(): "2"})
    assert world.values(ALL) == [(TODAY, "2", None, False)]


def test_the_day_is_the_programmes(world: World) -> None:
    # 23:30 in Kigali is 21:30 UTC, and an hour later it is the next day there
    browser = world.browser(signed_in=0)
    world.time.now = world.time.now.replace(hour=21, minute=30)
    browser.sign_in(world.people[0])
    browser.post("/duty/sign-in", "/duty")
    world.time.pass_(minutes=14)
    browser.get("/home")
    world.time.pass_(minutes=14)
    browser.get("/home")
    world.time.pass_(minutes=3)
    browser.post("/duty/sign-in", "/duty")
    assert [day for day, *_ in world.values(ALL)] == [TODAY, TODAY + timedelta(days=1)]


def test_on_a_day_off_nobody_is_on_duty(world: World) -> None:
    holiday = TODAY + timedelta(days=1)
    programmes = world.console.programmes
    assert isinstance(programmes, dict)

    def is_working_day(day: date) -> bool:
        return day.weekday() < 5 and day != holiday

    programmes["rwanda"] = replace(PROGRAMME, is_working_day=is_working_day)
    browser = world.browser(signed_in=0)
    days = [TODAY + timedelta(days=n) for n in range(14)]
    page = browser.get("/duty").text
    for day in days:
        assert (f'name="{day.isoformat()}"' in page) == is_working_day(day), day
    assert page.count("day off") == 5
    browser.post("/duty/rota", "/duty", **{day.isoformat(): "1" for day in days})
    assert [day for day, *_ in world.values(ALL)] == [day for day in days if is_working_day(day)]
    # one that is on the rota from before the day became a day off
    world.owner.exec_driver_sql(
        "insert into duty_day values (%(p)s, %(d)s, '2', null, true)", {"p": world.programme, "d": holiday}
    )
    world.owner.commit()
    world.time.pass_(days=1)
    browser.sign_in(world.people[0])
    for path in ("/home", "/duty"):
        page = browser.get(path).text
        assert "Today is a day off: nobody is on duty." in page
        assert "/duty/sign-in" not in page
    reply = browser.post("/duty/sign-in", "/duty")
    assert (reply.status_code, "a day off" in reply.text) == (409, True)
    assert (holiday, "2", None, True) in world.values(ALL)
