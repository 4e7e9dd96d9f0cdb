"""Confidential support by phone: what is offered, what is stored, what the next person who holds the phone can see."""

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from sms_app.conversation import help, support_board
from sms_app.conversation.hop_connections import HopConnection
from sms_app.private import roster, rosters, sealing
from sms_app.private.rosters import StoredRoster
from sms_app.private.sealing import RECOVERY_SLOT
from sms_app.programme.support import MAX_WAIT
from tests.world.dialogue import NOW, STRANGER, World
from tests.world.wall import LOAD, WITHDRAW, Wall, public, serve, switch_on

ASK = ("3", "3", "1", "1", "1", "1")
DO_NOT_CALL = ("3", "3", "4", "1")
WITH_CALL = "CON Umujyanama\n1. Twaguhamagara\n2. Hamagara\n3. Ku isomo\n4. Ntimumpamagare\n0. Gusohoka"
WITHOUT = WITH_CALL.replace("1. Twaguhamagara\n", "")
OFF = WITHOUT.replace("4. Ntimumpamagare\n", "")
END = "END Murakoze."
KILL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"


@pytest.fixture(autouse=True)
def no_fillers(monkeypatch):
    """Fillers come by chance; the tests that are about them say when."""
    monkeypatch.setattr(support_board, "draw", lambda: 1.0)


@pytest.fixture
def wall() -> Wall:
    return Wall()


def settings(world: World, wall: Wall, **changes: object) -> None:
    """Serve the programme with other settings."""
    (programme,) = world.conversation.programmes.values()
    serve(world, wall, replace(programme, settings=replace(programme.settings, **changes)))


def speak(world: World, language: str) -> None:
    """Everyone has chosen a language."""
    world.do("update phone_number set language = %(language)s", language=language)
    world.do("update participant set language = %(language)s", language=language)


def adviser(world: World, number: str = STRANGER) -> str:
    return world.dial(number, "3", "3")[2]


def test_until_help_is_switched_on_there_are_only_numbers_and_meetings(world, wall):
    assert adviser(world) == OFF
    (programme,) = world.conversation.programmes.values()
    serve(world, wall, programme)
    assert adviser(world) == OFF


def test_she_asks_for_a_call_and_both_caseworkers_and_the_recovery_key_open_it(world, wall):
    switch_on(world, wall)
    woman = world.phone("woman_1")
    screens = world.dial(woman["number"], *ASK, "0")
    called = f"0{woman['number'][4:7]} {woman['number'][7:10]} {woman['number'][10:]}"
    assert screens[2:] == [
        WITH_CALL,
        "CON Ni nde witaba iyi telefoni?\n1. Jye gusa\n2. N'abandi\n3. Indi telefoni\n0. Gusohoka",
        "CON Hitamo:\n1. 08:00-11:00\n2. 11:00-14:00\n3. 14:00-17:00\n0. Gusohoka",
        f"CON Twahamagara {called}, 08:00-11:00, kugeza 27/11?\n1. Yego\n2. Oya\n0. Gusohoka",
        "CON Murakoze. Niba tutaguhamagaye kugeza 27/11, ongera hano cyangwa hamagara 0788 000 000.\n0. Gusohoka",
        END,
    ]
    for slot in (0, 1, RECOVERY_SLOT):
        (request,) = wall.requests(world, slot)
        assert (request.kind, request.at) == ("call", NOW)
        assert (request.dialled_from, request.number) == (woman["number"], woman["number"])
        assert (request.who_answers, request.band) == ("alone", "08:00-11:00")
        assert (request.until, request.role) == (date(2026, 11, 27), "woman")
        assert len(request.sectors) == 1


def test_the_sector_is_unknown_when_somebody_of_the_phone_has_no_group(world, wall):
    switch_on(world, wall)
    number = world.phone("three")["number"]
    world.dial(number, *ASK)
    assert wall.requests(world)[0].sectors
    world.do(
        "update participant set group_id = null where id = (select min(l.participant_id::text)::uuid"
        " from participant_phone l join participant_phone b on b.phone_number_id = l.phone_number_id"
        " join participant p on p.id = b.participant_id where p.member_number = %(member)s and l.to_on is null)",
        member=world.phone("three")["member"],
    )
    world.do("truncate private.inbox")
    world.dial(number, *ASK)
    assert [request.sectors for request in wall.requests(world)] == [()]


def test_another_phone_is_typed_once_and_read_back(world, wall):
    switch_on(world, wall)
    screens = world.dial(STRANGER, "3", "3", "1", "3", "0788", "0788 000 111", "2", "1")
    assert screens[5].startswith("CON Wahisemo nabi.\nAndika nimero ya telefoni.")
    assert "Twahamagara 0788 000 111, 11:00-14:00, kugeza 27/11?" in screens[7]
    (request,) = wall.requests(world)
    assert (request.dialled_from, request.number) == (STRANGER, "+250788000111")
    assert (request.who_answers, request.sectors, request.role) == ("other_phone", (), "")


def test_no_means_no_and_after_it_her_own_phone_is_meant_again(world, wall):
    switch_on(world, wall)
    screens = world.dial(STRANGER, "3", "3", "1", "3", "0788000111", "2", "2", "1", "1", "3", "1")
    assert screens[7] == WITH_CALL
    (request,) = wall.requests(world)
    assert (request.number, request.band, request.who_answers) == (STRANGER, "14:00-17:00", "alone")


def test_nothing_is_stored_before_the_yes(world, wall):
    switch_on(world, wall)
    for keys in (ASK[:-1], (*ASK[:-1], "0"), (*ASK[:-1], "2"), (*ASK[:-1], "3"), DO_NOT_CALL[:-1]):
        world.dial(STRANGER, *keys)
    world.dial(STRANGER, "3", "3", "2", "0")
    world.dial(STRANGER, "3", "3", "3", "1", "0")
    assert wall.requests(world) == []


def test_zero_leaves_from_every_screen_of_help_with_the_words_of_every_end(world, wall):
    switch_on(world, wall)
    for keys in (*(ASK[:n] for n in range(1, len(ASK) + 1)), DO_NOT_CALL[:3], ("3", "3", "1", "3")):
        assert world.dial(STRANGER, *keys, "0")[-1] == END
    assert world.dial(STRANGER, "0")[-1] == END


def test_do_not_call_is_sealed_like_a_request_and_ends_like_every_dialogue(world, wall):
    switch_on(world, wall)
    number = world.phone("woman_1")["number"]
    screens = world.dial(number, *DO_NOT_CALL)
    assert screens[3:] == ["CON Ntituzahamagara iyi telefoni.\n1. Emeza\n0. Gusohoka", END]
    (request,) = wall.requests(world, RECOVERY_SLOT)
    assert (request.kind, request.dialled_from, request.number) == ("do_not_call", number, "")
    assert {len(bytes(envelope)) for (envelope,) in world.rows("select envelope from private.inbox")} == {
        2407
    }


def test_a_hop_that_comes_again_stores_one_request_and_gets_the_same_screen(world, wall):
    switch_on(world, wall)
    first = world.dial(STRANGER, *ASK, session="again")[-1]
    assert world.hop("again", STRANGER, "*".join(ASK)) == first
    assert len(wall.requests(world)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        "roster of one",
        "withdrawn",
        "expired",
        "line",
        "old line",
        "code",
        "duty",
        "no key",
        "key withdrawn",
    ],
)
def test_without_one_condition_the_call_is_gone_for_everyone_and_do_not_call_stays(world, wall, fault):
    switch_on(world, wall, **({"caseworkers": 1} if fault == "roster of one" else {}))
    (programme,) = world.conversation.programmes.values()
    lines, networks = programme.settings.emergency, programme.settings.networks
    police = lines["police"]
    today = NOW.date()
    if fault == "withdrawn":
        key = support_board.recipients.sealing.fingerprint(public(wall.caseworkers[1]))
        world.do(WITHDRAW, key=key, day=today)
    if fault == "expired":
        world.now = NOW + timedelta(days=100)
        settings(world, wall)
        world.do("update duty_day set day = day + 100 where day <= %(day)s", day=today)
    if fault == "line":
        settings(world, wall, emergency={**lines, "police": replace(police, verified_on=None)})
    if fault == "old line":
        old = replace(police, verified_on=today - timedelta(days=91))
        settings(world, wall, emergency={**lines, "police": old})
    if fault == "code":
        code = next(iter(networks))
        settings(world, wall, networks={**networks, code: replace(networks[code], free_proven_on=None)})
    if fault == "duty":
        world.do("update duty_day set signed_in = false")
    if fault == "no key":
        world.do("update duty_day set caseworker = '3'")
    if fault == "key withdrawn":
        wall.caseworkers.append(sealing.new_key())
        with world.owner.begin() as conn:
            wall.load(conn, programme.id, today, version=2, caseworkers=3)
        world.do(WITHDRAW, key=sealing.fingerprint(public(wall.caseworkers[0])), day=today)
    speak(world, "rw")
    for name in ("woman_1", "man_1", "stranger"):
        assert adviser(world, world.phone(name)["number"]) == WITHOUT
    assert world.dial(STRANGER, *DO_NOT_CALL)[-1] == END
    assert [request.kind for request in wall.requests(world, RECOVERY_SLOT)] == ["do_not_call"]


def test_with_a_roster_that_is_not_accepted_only_the_recovery_key_gets_anything(world, wall):
    switch_on(world, wall)
    world.do("update private.roster set signed = replace(signed, '1', '2')")
    assert adviser(world) == WITHOUT
    world.dial(STRANGER, *DO_NOT_CALL)
    ((row, envelope),) = world.rows("select id, envelope from private.inbox")
    assert wall.open(bytes(row), bytes(envelope), RECOVERY_SLOT).kind == "do_not_call"
    for slot in (0, 1):
        with pytest.raises(support_board.recipients.SealError):
            wall.open(bytes(row), bytes(envelope), slot)


def test_with_a_roster_that_has_expired_its_caseworkers_still_learn_whom_not_to_call(world, wall):
    switch_on(world, wall, days=3)
    gone = sealing.fingerprint(public(wall.caseworkers[1]))
    world.do(WITHDRAW, key=gone, day=NOW.date())
    world.now = NOW + timedelta(days=3)
    assert adviser(world) == WITHOUT
    world.dial(STRANGER, *DO_NOT_CALL)
    ((row, envelope),) = world.rows("select id, envelope from private.inbox")
    for slot in (0, RECOVERY_SLOT):
        assert wall.open(bytes(row), bytes(envelope), slot).kind == "do_not_call"
    with pytest.raises(support_board.recipients.SealError):
        wall.open(bytes(row), bytes(envelope), 1)


def test_a_row_that_is_not_signed_changes_nothing_and_keeps_no_roster_out(world, wall):
    switch_on(world, wall)
    (programme,) = world.conversation.programmes.values()
    today = NOW.date()
    with world.owner.begin() as conn:
        bogus = {"programme": programme.id, "signed": "x", "day": today}
        for version in (2, 2147483647):
            conn.exec_driver_sql(LOAD, {**bogus, "version": version})
        # the signed text of another version, in a row that says more
        conn.exec_driver_sql(LOAD, {**bogus, "version": 2147483646, "signed": wall.sign(today)})
        newer = wall.sign(today, version=2, caseworkers=2)
        value = roster.accepted(newer, "rwanda", wall.pins, today)
        rosters.store(conn, programme.id, StoredRoster(value, newer), today)
        newest = rosters.newest(conn, programme.id, "rwanda", wall.pins)
        assert newest is not None
        assert newest.roster.version == 2
    assert adviser(world) == WITH_CALL


def test_the_caseworker_signs_in_by_the_fixed_hour_and_until_then_yesterdays_sign_in_counts(world, wall):
    switch_on(world, wall)
    # Tuesday; the fixed hour is 08:30 in Kigali
    world.do("delete from duty_day where day >= %(day)s", day=NOW.date())
    world.now = NOW.replace(hour=6, minute=29)
    assert adviser(world) == WITH_CALL
    world.now = NOW.replace(hour=6, minute=31)
    assert adviser(world) == WITHOUT


def test_over_a_weekend_fridays_sign_in_counts(world, wall):
    switch_on(world, wall)
    world.do("delete from duty_day where day <> '2026-11-27'")
    world.now = NOW + timedelta(days=4)
    assert world.now.weekday() == 5
    assert adviser(world) == WITH_CALL
    world.now = NOW.replace(day=30, hour=7)
    assert adviser(world) == WITHOUT


def test_over_a_day_off_the_sign_in_of_the_working_day_before_counts(world, wall):
    switch_on(world, wall)
    (programme,) = world.conversation.programmes.values()
    # 24/11 is a Tuesday, and the day after it a holiday
    calendar = replace(programme.settings.calendar, closed_days=frozenset({NOW.date() + timedelta(days=1)}))
    settings(world, wall, calendar=calendar)
    world.do("delete from duty_day where day <> '2026-11-24'")
    for day, hour, minute, screen in ((25, 10, 0, WITH_CALL), (26, 6, 29, WITH_CALL), (26, 6, 31, WITHOUT)):
        world.now = NOW.replace(day=day, hour=hour, minute=minute)
        assert adviser(world) == screen


def test_before_a_break_that_is_longer_than_a_call_may_be_promised_there_is_no_call(world, wall):
    switch_on(world, wall)
    (programme,) = world.conversation.programmes.values()
    calendar = programme.settings.calendar
    tomorrow = NOW.date() + timedelta(days=1)

    def is_offered(days: int) -> bool:
        last = tomorrow + timedelta(days=days - 1)
        settings(
            world, wall, calendar=replace(calendar, quiet_periods=((f"{tomorrow:%m-%d}", f"{last:%m-%d}"),))
        )
        return adviser(world) == WITH_CALL

    assert is_offered(15)
    assert world.dial(STRANGER, *ASK)[-1].startswith("CON Murakoze.")
    (asked,) = wall.requests(world)
    assert asked.until is not None
    assert timedelta(0) < asked.until - NOW.date() <= MAX_WAIT
    assert not is_offered(30)


def test_a_yes_to_a_date_that_is_too_far_stores_nothing(world, wall):
    """The days off changed, or a day began, since the call was offered."""
    switch_on(world, wall)
    adviser(world)
    (programme,) = world.conversation.programmes.values()
    first, last = NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=31)
    calendar = replace(programme.settings.calendar, quiet_periods=((f"{first:%m-%d}", f"{last:%m-%d}"),))
    offered = world.conversation.support
    settings(world, wall, calendar=calendar)
    world.conversation.__dict__["support"] = offered
    assert "0788 000 000" in world.dial(STRANGER, *ASK)[-1]
    assert wall.requests(world) == []


def test_when_nobody_is_active_at_the_yes_nothing_is_stored_and_she_reads_the_number_to_call(world, wall):
    switch_on(world, wall)
    world.dial(STRANGER, *ASK[:-1], session="gone")
    world.do("update duty_day set signed_in = false")
    world.now += timedelta(minutes=1)
    screen = world.hop("gone", STRANGER, "*".join(ASK))
    assert screen.startswith("CON Hamagara 0788 000 000")
    assert wall.requests(world) == []


def test_help_is_the_same_to_the_byte_for_everyone_in_both_languages(world, wall):
    switch_on(world, wall)
    for language in ("rw", "en"):
        speak(world, language)
        seen = set()
        for name in ("woman_1", "man_1", "shared", "coach_1", "stranger"):
            number = world.phone(name)["number"]
            item = "3"
            if name == "stranger" and language == "en":
                # a number that the programme does not have is answered in its first language
                continue
            asked = [
                screen.replace(called(number), "N") for screen in world.dial(number, item, *ASK[1:], "0")[1:]
            ]
            stopped = world.dial(number, item, *DO_NOT_CALL[1:])[1:]
            again = world.dial(number, item, "3")[1:]
            seen.add((*asked, *stopped, *again))
        assert len(seen) == 1


def called(number: str) -> str:
    return f"0{number[4:7]} {number[7:10]} {number[10:]}"


def test_a_hop_in_help_runs_the_statements_of_any_other_and_the_yes_those_of_a_filler(
    world, wall, monkeypatch
):
    switch_on(world, wall)
    number = world.phone("woman_1")["number"]
    adviser(world)

    def statements(*texts):
        noted = []
        for text in texts:
            world.hop(f"same-{texts}", number, text)
            noted.append(list(world.statements))
        return noted

    menu = statements("", "4", "4*3", "4*3*0", "4*3*0*3", "4*3*0*3*0")
    asked = statements("", "3", "3*3", "3*3*1", "3*3*1*1", "3*3*1*1*1", "3*3*1*1*1*1")
    assert asked[:6] == menu
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    filled = statements("", "4")
    assert asked[6] == filled[1]
    assert [statement.split()[0] for statement in filled[1]] == [
        "select",
        "begin",
        "insert",
        "update",
        "commit",
    ]
    assert filled[0] == asked[0]


def test_fillers_are_some_fifty_a_day_of_the_hops_that_store_nothing_else(world, wall, monkeypatch):
    switch_on(world, wall)
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    number = world.phone("woman_1")["number"]
    world.dial(number, "4", "0")
    assert [request.kind for request in wall.requests(world)] == ["nothing", "nothing"]
    # the hop that stores the saving is none
    before = len(wall.requests(world))
    world.dial(number, "2", "1", "2000", "1", session="saving")
    assert len(wall.requests(world)) == before + 3
    (programme,) = world.conversation.programmes.values()
    share = world.conversation.support.offer(programme, world.now).filler_share
    sessions = "insert into ussd_cost values (%(p)s, %(day)s, '63510', 'RWF', 7000, 1)"
    world.do("delete from ussd_cost")
    world.do(sessions, p=programme.id, day=NOW.date() - timedelta(days=1))
    world.now += timedelta(minutes=2)
    busy = world.conversation.support.offer(programme, world.now).filler_share
    assert 0 < busy < share <= 0.5
    # 1,000 dialogues a day, three hops each after the first
    assert busy * 3 * 1000 == pytest.approx(50)


def role(world: World) -> str:
    """The database role of web."""
    return world.database.web.split("//")[1].split(":")[0]


def test_a_filler_that_cannot_be_stored_fails_no_hop(world, wall, monkeypatch):
    switch_on(world, wall)
    told = [world.dial(STRANGER, *["4", "0"] * 10), world.dial(STRANGER, "3", "4", "0")]
    draws = iter(n % 2 / 2 for n in range(1_000))
    monkeypatch.setattr(support_board, "draw", lambda: next(draws))
    world.do(f"revoke insert on private.inbox from {role(world)}")
    assert [world.dial(STRANGER, *["4", "0"] * 10), world.dial(STRANGER, "3", "4", "0")] == told
    assert next(draws) > 0 or next(draws), "fillers were drawn"
    # every hop took effect once, and a request that cannot be stored is none
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    world.dial(STRANGER, *ASK[:-1], session="refused")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.hop("refused", STRANGER, "*".join(ASK))
    assert wall.requests(world) == []
    world.do(f"grant insert on private.inbox to {role(world)}")
    assert world.hop("refused", STRANGER, "*".join(ASK)).startswith("CON Murakoze.")
    assert [request.kind for request in wall.requests(world)] == ["call"]


def test_a_hop_is_taken_without_its_filler_once(world, wall, monkeypatch):
    """Also when what fails comes after the filler: then the second try fails as a hop without a filler does."""
    switch_on(world, wall)
    world.dial(STRANGER, session="once")
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    world.do("alter table ussd_dialogue add constraint never check (false) not valid")
    with pytest.raises(psycopg.errors.CheckViolation):
        world.hop("once", STRANGER, "4")
    assert wall.requests(world) == []
    assert [statement.split()[0] for statement in world.statements].count("update") == 2
    world.do("alter table ussd_dialogue drop constraint never")
    assert world.hop("once", STRANGER, "4").startswith("CON ")
    assert [request.kind for request in wall.requests(world)] == ["nothing"]


def test_without_help_there_are_no_fillers(world, wall, monkeypatch):
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    (programme,) = world.conversation.programmes.values()
    serve(world, wall, programme)
    world.dial(STRANGER, "4", "3", "0")
    assert wall.requests(world) == []


def test_when_the_database_does_not_tell_do_not_call_stays_and_the_call_goes(world, wall):
    switch_on(world, wall)
    assert adviser(world) == WITH_CALL
    world.do(f"revoke select on private.roster from {role(world)}")
    world.now += timedelta(minutes=1)
    assert adviser(world) == WITHOUT
    assert world.dial(STRANGER, *DO_NOT_CALL)[-1] == END
    assert [request.kind for request in wall.requests(world)] == ["do_not_call"]


def test_a_process_that_could_not_read_yet_seals_do_not_call_to_the_recovery_key(world, wall):
    switch_on(world, wall)
    world.do(f"revoke select on private.roster from {role(world)}")
    assert adviser(world) == WITHOUT
    assert world.dial(STRANGER, *DO_NOT_CALL)[-1] == END
    assert [request.kind for request in wall.requests(world, RECOVERY_SLOT)] == ["do_not_call"]


def test_a_reading_that_fails_in_an_unforeseen_way_fails_no_hop(world, wall, monkeypatch):
    switch_on(world, wall)
    assert adviser(world) == WITH_CALL
    monkeypatch.setattr(support_board.recipients, "active", lambda *_: 1 / 0)
    world.now += timedelta(minutes=1)
    assert adviser(world) == WITHOUT
    assert world.dial(STRANGER, "4").pop().startswith("CON ")


def test_do_not_call_is_not_confirmed_when_nobody_could_open_it(world, wall):
    switch_on(world, wall)
    world.dial(STRANGER, *DO_NOT_CALL[:-1], session="switched off")
    (programme,) = world.conversation.programmes.values()
    serve(world, wall, programme)
    world.conversation.support._pins = {}
    screen = world.hop("switched off", STRANGER, "*".join(DO_NOT_CALL))
    assert screen.startswith("CON Hamagara 0788 000 000")
    assert wall.requests(world, RECOVERY_SLOT) == []


class Killed:
    """Ends every connection of a world's database, once, before or after the n-th statement of a hop that stores."""

    def __init__(self, world: World, superuser: str, statement: int, after: bool) -> None:
        self.left, self.after = statement, after
        self.database, self.superuser = world.database.name, superuser

    def kill(self) -> None:
        with psycopg.connect(self.superuser, autocommit=True) as conn:
            conn.execute(KILL, (self.database,))

    def around(self, run):
        def killing(*args, **kwargs):
            self.left -= 1
            if self.left == 0 and not self.after:
                self.kill()
            result = run(*args, **kwargs)
            if self.left == 0 and self.after:
                self.kill()
            return result

        return killing


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5], ids=["select", "begin", "insert", "update", "commit"])
@pytest.mark.parametrize("keys", [ASK, DO_NOT_CALL], ids=["call", "do not call"])
def test_when_the_connection_is_lost_at_any_step_one_request_is_stored_and_the_screen_tells_it(
    world, wall, server_urls, monkeypatch, keys, statement, after
):
    switch_on(world, wall)
    told = world.dial(STRANGER, *keys, session="told")[-1]
    world.dial(STRANGER, *keys[:-1], session="lost")
    assert len(wall.requests(world)) == 1
    killed = Killed(world, server_urls["superuser"], statement, after)
    monkeypatch.setattr(HopConnection, "run", killed.around(HopConnection.run))
    monkeypatch.setattr(help.door, "store", killed.around(help.door.store))
    assert world.hop("lost", STRANGER, "*".join(keys)) == told
    assert killed.left <= 0, "the connection was lost during the hop"
    # the kill took the test's own connections, too
    world.owner.dispose()
    assert len(wall.requests(world)) == 2


def test_when_the_request_cannot_be_stored_nothing_is_and_no_screen_says_so(world, wall):
    switch_on(world, wall)
    world.dial(STRANGER, *ASK[:-1], session="refused")
    world.do("alter table private.inbox add constraint never check (false) not valid")
    with pytest.raises(psycopg.errors.CheckViolation):
        world.hop("refused", STRANGER, "*".join(ASK))
    assert wall.requests(world) == []
    world.do("alter table private.inbox drop constraint never")
    # the network sends the hop again
    assert world.hop("refused", STRANGER, "*".join(ASK)).startswith("CON Murakoze.")
    assert len(wall.requests(world)) == 1


@pytest.mark.parametrize("asked", [ASK, DO_NOT_CALL])
def test_a_yes_that_comes_with_the_choices_before_it_stops_at_the_question(world, wall, asked):
    switch_on(world, wall)
    (_, *_, question, _) = world.dial("+250780000902", *asked)
    for n, number in enumerate(("+250780000903", "+250780000904", "+250780000905")):
        session = f"ATUid_together_{n}"
        first, text = asked[:n], "*".join(asked)
        for typed in range(n + 1):
            world.hop(session, number, "*".join(first[:typed]))
        stored = wall.requests(world)
        assert world.hop(session, number, text) == question.replace("0780 000 902", number_at_home(number))
        assert world.hop(session, number, text) == question.replace("0780 000 902", number_at_home(number))
        # two answers are no yes either
        again = world.hop(session, number, f"{text}*1*1")
        assert again.startswith("CON")
        assert again.splitlines()[-1] == question.splitlines()[-1]
        assert wall.requests(world) == stored
        world.hop(session, number, f"{text}*1*1*1")
        assert len(wall.requests(world)) == len(stored) + 1


def number_at_home(number: str) -> str:
    return f"0{number[4:7]} {number[7:10]} {number[10:]}"
