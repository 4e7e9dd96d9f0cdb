"""Two programmes in one database and one process: the second one's zone, cents, people, languages and words are its
own, and nothing of the first one's is in the code."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from sms_app.channel.inbound import UssdEvent, UssdHop
from sms_app.config import CHECKOUT
from sms_app.conversation import support_board
from sms_app.conversation.costs import add
from sms_app.conversation.hop import reply, sorry
from sms_app.conversation.service import Conversation
from sms_app.engine.checker.catalogue import Sentences, read_sentences
from sms_app.member_number import with_check_digit
from sms_app.private.sealing import SealError
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.dialogue import NOW, World
from tests.world.programme import RWANDA, TINY, start_from
from tests.world.records import Records
from tests.world.times import LONG_AGO
from tests.world.wall import Wall

FIRST, SECOND = "*801#", "*384*96#"
SAILOR, STRANGER = "+999555000001", "+999555000009"
PIN = "4321"
ROOT = "CON Two harbours\n1. Boat\n2. Lines\n3. Purse\n4. Tongue\n0. Ashore"
ASKS_CARD = "CON Number on the card?\n0. Astern"
_sessions = itertools.count(1)


@dataclass(frozen=True)
class Harbours:
    """Both programmes: `world` has the first, `records` adds to the second, whose only sailor is alone on SAILOR."""

    world: World
    conversation: Conversation
    programme: LoadedProgramme
    group: UUID
    sailor: UUID
    member: str

    def hop(self, code: str, session: str, number: str, text: str, now: datetime = NOW) -> str:
        return reply(self.conversation, UssdHop(session, number, code, "63510", text), now)

    def dial(self, number: str, *typed: str, now: datetime = NOW, code: str = SECOND) -> list[str]:
        """A dialogue's answers, the first dial's included."""
        session = f"second-{next(_sessions)}"
        texts = ["", *itertools.accumulate(typed, "{}*{}".format)]
        return [self.hop(code, session, number, text, now) for text in texts]

    def session(self, starts: datetime, code: str = "4821") -> None:
        with self.world.owner.begin() as conn:
            Records(conn, self.conversation.vault, self.programme.id, self.group).session(
                starts,
                code,
                title="First day",
                ends_at=starts + timedelta(minutes=30),
                place="North, Old Harbour",
            )

    def reports(self) -> list[tuple[object, ...]]:
        """What the sailor reported: amount, week and day of recording."""
        return self.world.rows(
            "select amount, week_of, recorded_on from contribution where participant_id = %(p)s and source = 'member'",
            p=self.sailor,
        )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of flows and of catalogues, with both programmes in them."""
    both = tmp_path_factory.mktemp("both")
    folders, catalogues = both / "flows", both / "locales"
    folders.mkdir()
    for folder in (RWANDA.parent, TINY.parent):
        (folders / folder.name).symlink_to(folder)
    for source in (
        *(CHECKOUT / "locales").glob("*/*/rwanda.?o"),
        *(TINY.parent / "locales").glob("*/*/tiny.?o"),
    ):
        link = catalogues.joinpath(*source.parts[-3:])
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
    return folders, catalogues


@pytest.fixture
def harbours(world: World, vault: Vault, folders: tuple[Path, Path]) -> Harbours:
    """The demo programme's database with the second programme in it, and one process that answers both codes."""
    with world.owner.begin() as conn:
        records = start_from(conn, vault, TINY)
        member = with_check_digit(9_000)
        sailor = records.participant(1, member_number=member, language="en")
        records.link(sailor, records.number(SAILOR), LONG_AGO)
        records.cycle(sailor, mode="free")
        conn.exec_driver_sql(
            "update participant set pin = %(pin)s where id = %(id)s",
            {"pin": vault.pin(sailor, PIN), "id": sailor},
        )
    conversation = Conversation.build(world.conversation.engine, vault, *folders)
    return Harbours(world, conversation, conversation.programme(SECOND), records.group, sailor, member)


def test_one_process_answers_both_codes(harbours: Harbours) -> None:
    woman = harbours.world.phone("woman_1")["number"]
    assert harbours.dial(SAILOR) == [ROOT]
    assert harbours.dial(woman, code=FIRST) == harbours.world.dial(woman)


def test_an_amount_with_cents_is_read_back_and_stored_in_cents(harbours: Harbours) -> None:
    asked, read, thanks = harbours.dial(SAILOR, "3", "2", "12.50", "1")[2:]
    assert asked == "CON How much in EUR? Like 12.50.\n0. Astern"
    assert read == "CON 12.50 EUR, week from Monday 23/11\n1. Sure\n0. Astern"
    assert thanks == "END Fair winds."
    assert harbours.reports() == [(1250, date(2026, 11, 23), date(2026, 11, 24))]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12,50", "12.50"),
        ("7", "7.00"),
        ("1,000", "1,000.00"),
        ("1.000,00", "1,000.00"),
        ("0.50 EUR", "0.50"),
        ("0.05", None),
        ("1,000.01", None),
        ("12.345,6", None),
        ("-5", None),
    ],
)
def test_amounts_are_held_against_limits_in_cents(harbours: Harbours, typed: str, read: str | None) -> None:
    last = harbours.dial(SAILOR, "3", "2", typed)[-1]
    expected = f"CON {read} EUR, week" if read else "CON No such choice.\nHow much in EUR?"
    assert last.startswith(expected)


def test_what_a_meeting_counted_is_told_with_its_cents(harbours: Harbours) -> None:
    with harbours.world.owner.begin() as conn:
        records = Records(conn, harbours.conversation.vault, harbours.programme.id, harbours.group)
        cycle = conn.exec_driver_sql(
            "select c.id from cycle c join savings_member m using (savings_group_id) where m.participant_id = %(p)s",
            {"p": harbours.sailor},
        ).scalar_one()
        meeting = records.meeting(cycle, date(2026, 11, 16), confirmed_by="office")
        records.counted(meeting, cycle, harbours.sailor, 123405)
    assert harbours.dial(SAILOR, "3", "1", PIN)[-1] == "CON Counted 1,234.05 EUR on 16/11.\n0. Astern"


def test_the_first_programme_has_no_cents(harbours: Harbours) -> None:
    woman = harbours.world.phone("woman_1")["number"]
    *_, asked, refused = harbours.dial(woman, "2", "1", "12.50", code=FIRST)
    assert refused.endswith(asked.removeprefix("CON "))
    assert refused != asked


@pytest.mark.parametrize(
    ("now", "today", "week"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 28), date(2026, 3, 23)),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30), date(2026, 3, 30)),
        (datetime(2026, 10, 18, 23, 30, tzinfo=UTC), date(2026, 10, 19), date(2026, 10, 19)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 25), date(2026, 10, 19)),
    ],
)
def test_today_and_the_week_follow_the_zone_across_the_change(
    harbours: Harbours, now: datetime, today: date, week: date
) -> None:
    read = harbours.dial(SAILOR, "3", "2", "12.50", "1", now=now)[-2]
    assert f"week from Monday {week:%d/%m}" in read
    assert harbours.reports() == [(1250, week, today)]


@pytest.mark.parametrize(
    ("starts", "shown"),
    [
        (datetime(2026, 3, 27, 10, tzinfo=UTC), "Friday 27 March at 10:00"),
        (datetime(2026, 3, 30, 9, tzinfo=UTC), "Monday 30 March at 10:00"),
        (datetime(2026, 6, 30, 23, 15, tzinfo=UTC), "Wednesday 1 July at 00:15"),
        (datetime(2026, 10, 24, 9, tzinfo=UTC), "Saturday 24 October at 10:00"),
        (datetime(2026, 10, 26, 10, tzinfo=UTC), "Monday 26 October at 10:00"),
    ],
)
def test_a_session_is_shown_in_local_time_on_both_sides_of_the_change(
    harbours: Harbours, starts: datetime, shown: str
) -> None:
    harbours.session(starts)
    told = harbours.dial(SAILOR, "1", "1", now=starts - timedelta(days=4))[-1]
    assert told == f"CON Sails {shown}, North, Old Harbour\n0. Astern"


@pytest.mark.parametrize(
    ("starts", "now", "received"),
    [
        # 29 March has 23 hours: a quarter past midnight belongs to the 30th
        (datetime(2026, 3, 29, 23, 15, tzinfo=UTC), datetime(2026, 3, 29, 22, 30, tzinfo=UTC), None),
        (datetime(2026, 3, 29, 23, 15, tzinfo=UTC), datetime(2026, 3, 29, 23, 20, tzinfo=UTC), "30/03"),
        # 25 October has 25: from 23:00 UTC the day before to midnight UTC
        (datetime(2026, 10, 24, 23, 15, tzinfo=UTC), datetime(2026, 10, 25, 23, 50, tzinfo=UTC), "25/10"),
        (datetime(2026, 10, 25, 23, 45, tzinfo=UTC), datetime(2026, 10, 24, 23, 5, tzinfo=UTC), "25/10"),
        (datetime(2026, 10, 26, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 23, 50, tzinfo=UTC), None),
    ],
)
def test_checking_in_holds_for_the_local_day_however_long_it_is(
    harbours: Harbours, starts: datetime, now: datetime, received: str | None
) -> None:
    harbours.session(starts)
    told = harbours.dial(SAILOR, "1", "2", "4821", now=now)[-1]
    wanted = f"CON Aboard on {received}.\n0. Ashore" if received else "CON No such choice.\nCode of the day"
    assert told.startswith(wanted)


def test_the_log_of_sessions_is_in_local_days(harbours: Harbours) -> None:
    harbours.session(datetime(2026, 3, 28, 23, 30, tzinfo=UTC))
    harbours.session(datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    assert "Sailed: 28/03 no word, 30/03 no word" in harbours.dial(SAILOR, "1", "4", PIN)[-1]


def test_a_network_cost_is_summed_on_the_programmes_own_day(harbours: Harbours) -> None:
    event = UssdEvent("s", SAILOR, SECOND, "63510", "Success", Decimal("0.05"), "EUR")
    add(harbours.conversation, event, datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    found = harbours.world.rows("select programme_id, day, currency, cost from ussd_cost")
    assert found == [(harbours.programme.id, date(2026, 3, 30), "EUR", Decimal("0.0500"))]


def test_a_day_and_a_text_with_stars_are_taken(harbours: Harbours) -> None:
    *_, asked, read, why, thanks = harbours.dial(SAILOR, "1", "3", "31/02/2026", "1.3.2026", "1", "wind*rain")
    assert asked.startswith("CON No such choice.\nAway on which day?")
    assert (read, why) == (
        "CON Away on Sunday 1 March\n1. Sure\n0. Astern",
        "CON Why? A few words.\n0. Astern",
    )
    assert thanks == "END Fair winds."


def test_a_number_known_in_one_programme_is_a_stranger_in_the_other(harbours: Harbours) -> None:
    woman = harbours.world.phone("woman_1")
    assert harbours.dial(woman["number"], "3", "2")[-1] == ASKS_CARD
    assert harbours.dial(SAILOR, "2", "1", code=FIRST) == harbours.dial(STRANGER, "2", "1", code=FIRST)


def test_a_member_number_of_one_programme_is_unknown_in_the_other(harbours: Harbours) -> None:
    woman = harbours.world.phone("woman_1")
    harbours.world.do(
        "update phone_number set sharing = 'marked_shared' where programme_id = %(p)s",
        p=harbours.programme.id,
    )
    unknown = harbours.dial(SAILOR, "3", "2", woman["member"])[-1]
    assert unknown == "CON No such choice.\nNumber on the card?\n0. Astern"
    assert harbours.dial(STRANGER, "3", "2", harbours.member)[-1] == unknown
    assert harbours.dial(SAILOR, "3", "2", harbours.member)[-1].startswith("CON How much in EUR?")


def test_a_phone_in_both_programmes_speaks_and_saves_for_another_in_each(harbours: Harbours) -> None:
    world, woman = harbours.world, harbours.world.phone("woman_1")
    with world.owner.begin() as conn:
        records = Records(conn, harbours.conversation.vault, harbours.programme.id, harbours.group)
        phone = records.number(woman["number"])
        records.link(harbours.sailor, phone, from_on=date(2026, 1, 5))
    root = harbours.dial(woman["number"], code=FIRST)
    before = world.rows("select count(*) from contribution")[0][0]
    for code, keys in (
        (FIRST, ("2", "2*1", "2*1*2000", "2*1*2000*1")),
        (SECOND, ("3", "3*2", "3*2*8", "3*2*8*1")),
    ):
        for text in ("", *keys):  # the provider may use one session id for both
            said = harbours.hop(code, "same", woman["number"], text)
        assert said.startswith("END"), said
    assert world.rows("select count(*) from contribution")[0][0] == before + 2
    assert harbours.reports() == [(800, date(2026, 11, 23), date(2026, 11, 24))]
    harbours.dial(woman["number"], "4", "1")
    assert harbours.dial(woman["number"])[0].startswith("CON Duz havnaz")
    assert harbours.dial(woman["number"], code=FIRST) == root


def test_a_lock_in_one_programme_locks_nobody_in_the_other(harbours: Harbours) -> None:
    """Member numbers are each programme's own, so the same one is two people."""
    world, woman = harbours.world, harbours.world.phone("pin")
    world.do(
        "update participant set member_number = %(m)s where id = %(id)s",
        m=woman["member"],
        id=harbours.sailor,
    )
    counted = harbours.dial(woman["number"], "2", "2", woman["pin"], code=FIRST)[-1]
    assert harbours.dial(SAILOR, "3", "1", "0001", "0002", "0003")[-1].startswith("CON Locked.")
    assert harbours.dial(SAILOR, "3", "1", PIN)[-1].startswith("CON Locked.")
    assert harbours.dial(woman["number"], "2", "2", woman["pin"], code=FIRST)[-1] == counted
    card = (woman["member"], woman["pin"])
    assert harbours.dial(woman["number"], "3", "1", *card)[-1].startswith("CON Locked.")


def test_the_first_language_is_the_programmes_own(harbours: Harbours) -> None:
    assert harbours.dial(STRANGER) == [ROOT]
    assert sorry(harbours.conversation, SECOND) == "END Becalmed. Try again later."
    assert harbours.dial(STRANGER, "4", "1")[-1] == "END Vazu."
    assert harbours.dial(STRANGER)[0].startswith("CON Duz havnaz")


def test_a_language_that_the_programme_does_not_speak_becomes_its_first(harbours: Harbours) -> None:
    harbours.world.do("update participant set language = 'rw' where id = %(id)s", id=harbours.sailor)
    assert harbours.dial(SAILOR) == [ROOT]


EVERYWHERE = (
    ("1", "1"),
    ("1", "2", "9999"),
    ("1", "3", "1/3/2026", "1", "rain"),
    ("1", "4", PIN),
    ("2",),
    ("3", "1", PIN),
    ("3", "2", "12.50", "1"),
    ("3", "2", "x", "y", "z"),
    ("3", "1", "1", "2", "3"),
    ("3", "1", "0001", "0002", "0003"),
    ("4", "9"),
    ("9", "9", "9"),
    ("0",),
    ("3", "0", "00"),
)
ANY_OF_RWANDA = re.compile(r"rwand|kigali|\bfrw\b|\brwf\b|\brw\b|umuganda|ikimina|murakoze|\*801|\+250", re.I)


@pytest.mark.parametrize("language", ["en", "zz"])
@pytest.mark.parametrize("number", [SAILOR, STRANGER])
def test_no_sentence_of_the_first_programme_is_said_in_the_second(
    harbours: Harbours, language: str, number: str
) -> None:
    harbours.session(NOW + timedelta(days=1))
    harbours.dial(SAILOR, "4", {"zz": "1", "en": "2"}[language])
    theirs = first_programmes_lines()
    for typed in EVERYWHERE:
        card = (harbours.member,) if number == STRANGER and typed[:1] != ("9",) and len(typed) > 2 else ()
        for screen in harbours.dial(number, *typed[:2], *card, *typed[2:]):
            lines = {line.partition(". ")[2] or line for line in screen[len("CON ") :].split("\n")}
            assert not lines & theirs, screen
            assert not ANY_OF_RWANDA.search(screen), screen


def first_programmes_lines() -> set[str]:
    """Every line of its sentences, without its digit; what is the same in every language tells nothing."""
    lines: set[str] = set()
    for language in ("rw", "en"):
        read = read_sentences(CHECKOUT / "locales", language, "rwanda")
        assert isinstance(read, Sentences)
        for sentence in read.by_key.values():
            lines |= {line.partition(". ")[2] or line for form in sentence.forms for line in form.split("\n")}
    return {line for line in lines if len(line) > 2} - {"English"}


def test_each_programme_has_requests_and_fillers_of_its_own(
    harbours: Harbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, tiny = harbours.conversation.programmes[FIRST], harbours.programme
    walls = {first.id: Wall(), tiny.id: Wall(slug=tiny.settings.slug)}
    with_help = replace(tiny, settings=replace(tiny.settings, support=first.settings.support))
    with harbours.world.owner.begin() as conn:
        for id_, wall in walls.items():
            wall.load(conn, id_, NOW.date())
        # a busy week of the first programme takes no filler from the second
        sessions = "insert into ussd_cost values (%(p)s, %(day)s, '63510', 'RWF', 70000, 1)"
        conn.exec_driver_sql(sessions, {"p": first.id, "day": NOW.date() - timedelta(days=1)})
    conversation = Conversation(
        harbours.conversation.engine,
        harbours.conversation.vault,
        {FIRST: first, SECOND: with_help},
        {wall.slug: wall.pins for wall in walls.values()},
    )
    harbours = replace(harbours, conversation=conversation)
    offers = {programme.id: conversation.support.offer(programme, NOW) for programme in (first, with_help)}
    assert offers[first.id].filler_share < offers[tiny.id].filler_share == 0.5
    monkeypatch.setattr(support_board, "draw", lambda: 0.0)
    harbours.dial(SAILOR, "2", "0")
    harbours.dial(STRANGER, "3", "3", "4", "1", code=FIRST)
    stored = harbours.world.rows("select programme_id, id, envelope from private.inbox")
    kinds: dict[object, list[str]] = {id_: [] for id_ in walls}
    for id_, row, envelope in stored:
        assert isinstance(id_, int)
        kinds[id_].append(walls[id_].open(bytes(row), bytes(envelope)).kind)
        (other,) = walls.keys() - {id_}
        with pytest.raises(SealError):
            walls[other].open(bytes(row), bytes(envelope))
    assert {id_: sorted(of) for id_, of in kinds.items()} == {
        first.id: ["do_not_call", "nothing", "nothing", "nothing"],
        tiny.id: ["nothing", "nothing"],
    }


EXAMPLES = {
    # what is said of a wrong value in programme.yaml, by example, and in the help of a command
    "sms_app/programme/settings.py": {"rwanda", "RW", '"*801#"', "rw", "RWF", "Frw"},
    "sms_app/cli/dial.py": {
        "What to dial, like '*801#', or '*801*1*2*4821#' with the answers in it.",
        "The number that calls, like +250780000001.",
        " is not a service code: dial something like '*801#'.",
    },
    "sms_app/simulator/phone/page.py": {"Not sent: write the number as +250780000001."},
    "sms_app/cli/broadcast.py": {"--text rw=WORDS", "--text-file rw=FILE"},
    # the languages of the staff's console
    "sms_app/console/settings.py": {"rw"},
    "sms_app/cli/accounts.py": {"The language of its pages: en or rw."},
}
# the demo programme is the first one, a simulated year is of it, and the provider's stand-in has its currency
ITS_OWN = {
    "sms_app/simulator/demo",
    "sms_app/simulator/year",
    "sms_app/channel/demo_numbers.py",
    "sms_app/simulator/provider",
}


def test_nothing_of_the_first_programme_is_in_the_code() -> None:
    found: dict[str, set[str]] = {}
    for path in itertools.chain.from_iterable(
        (CHECKOUT / programme).rglob("*.py") for programme in ("sms_app", "worker")
    ):
        name = path.relative_to(CHECKOUT).as_posix()
        if not any(name.startswith(own) for own in ITS_OWN):
            said = {text for text in strings(path) if ANY_OF_RWANDA.search(text)}
            found |= {name: said} if said else {}
    assert found == EXAMPLES


def strings(path: Path) -> Iterator[str]:
    """A module's string constants, its docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value
