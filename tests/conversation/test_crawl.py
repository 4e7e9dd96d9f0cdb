"""The whole menu tree, from every kind of phone, in both languages: the laws that each screen keeps."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import pytest

from sms_app import texts
from sms_app.conversation import support_board
from sms_app.engine.flow import Screen
from tests.world.crawl import Crawl, Role, Seen, keep
from tests.world.dialogue import STRANGER, World, code_of_today, opened
from tests.world.wall import Wall, switch_on

# 3GPP TS 23.038: the default alphabet, sixteen characters a row, and its extension table, which costs two
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
END = {"rw": "END Murakoze.", "en": "END Thank you."}
WRONG = {"rw": "Wahisemo nabi.", "en": "Wrong choice."}
EXIT = {"rw": "\n0. Gusohoka", "en": "\n0. Exit"}
BACK = {"rw": "\n0. Subira inyuma", "en": "\n0. Back"}
GUARDS = {"pin_guard", "who_reports"}
# phones that are nobody's: on one the day's wrong tries are used up
NOBODYS = {"stranger": STRANGER, "spent": "+250780000001"}
NO_CODE, NOBODY = "0001", "999987"
ROLES = (
    "woman",
    "man",
    "leader",
    "pin",
    "money",
    "shared",
    "three",
    "coach",
    "stranger",
    "spent",
    "no_amounts",
    "left_off",
    "locked",
    "new",
)
# Amounts that nothing else on a screen can be taken for.
CANARIES = """
alter table contribution disable trigger user;
update contribution c set amount = 700000 + 37 * k.n, shares = case when c.shares is null then null else 10000 + k.n end
from (select id, row_number() over (order by id) as n from contribution) k where k.id = c.id;
alter table contribution enable trigger user;
"""
ANSWERED = """
insert into dispute (id, participant_id, about, raised_on, closed_on, answer)
values (gen_random_uuid(), %(p)s, %(about)s, '2026-11-20', '2026-11-23', 'right')
"""
AMOUNTS = """
select amount from contribution union select shares from contribution where shares is not null
union select sum(amount) from contribution group by participant_id, cycle_id, source
union select sum(shares) from contribution where shares is not null group by participant_id, cycle_id, source
union select sum(amount) from contribution c join group_meeting m on m.id = c.group_meeting_id
  where m.confirmed_on is not null group by participant_id, c.cycle_id
union select sum(shares) from contribution c join group_meeting m on m.id = c.group_meeting_id
  where m.confirmed_on is not null and shares is not null group by participant_id, c.cycle_id
"""


class Cast:
    """The demo's people by what their phones are like: the PIN of the last four is in a state of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        with_pin = [p for p in world.people if p["role"] == "woman" and p["pin"] and self._alone(p)]
        self.named = {name: world.phone(name) for name in ("pin", "shared", "three")}
        self.named |= {name: world.phone(f"{name}_1") for name in ("woman", "man", "coach")}
        self.named["leader"] = next(p for p in world.people if p["role"] == "leader" and p["number"])
        self.named["money"] = next(p for p in with_pin if p["group"] == self.named["woman"]["group"])
        used = [p["member"] for p in self.named.values()]
        self.named |= zip(
            ROLES[-4:], (p for p in reversed(with_pin) if p["member"] not in used), strict=False
        )

    def _alone(self, person: dict[str, str]) -> bool:
        return sum(other["number"] == person["number"] for other in self.world.people) == 1

    def role(self, name: str) -> Role:
        """The phone, and the card that its holder types from: strangers and coaches have one of another woman's."""
        person = self.named["money" if name in {"coach", *NOBODYS} else name]
        number = NOBODYS[name] if name in NOBODYS else self.named[name]["number"]
        card = {
            "member": person["member"],
            "pin_guard.pin": person["pin"] or NO_CODE,
            "other.pin_new": "1234",
            "other.pin_easy": "5938",
            "other.pin_code": opened(self.world, person["member"]),
            "code": code_of_today(self.world, person["member"]) or NO_CODE,
            "money": "2000",
            "number": "3",
            "phone": "0788000111",
        }
        return Role(name, number, card)

    def prepare(self) -> None:
        """Bring some into their states by their own phones, and nobody's amounts near what any screen may show.

        The items of officers and coaches store rows that the walk cannot put back; test_group_meeting.py, test_roll.py,
        test_for_her.py and test_coach_meeting.py test them. So nobody holds an office here, and the suspended coach
        gets everyone's menu."""
        self.world.do(CANARIES)
        self.world.do("delete from savings_officer")
        self.world.do("update coach set suspended_on = '2026-11-23'")
        for name, keys in {
            "no_amounts": ("4", "5", "{pin}", "1"),
            "left_off": ("2", "2", "{pin}", "1"),
            "locked": ("2", "2", NO_CODE, NO_CODE, NO_CODE),
        }.items():
            person = self.named[name]
            self.world.dial(person["number"], *(key.format(**person) for key in keys))
        for _ in range(7):  # and no code is looked at on these phones today
            self.world.dial(self.named["locked"]["number"], "4", "2", NO_CODE, NO_CODE, NO_CODE)
            self.world.dial(NOBODYS["spent"], "4", "2", NOBODY, NO_CODE, NO_CODE, NO_CODE)
        for about in ("loan", "attendance"):
            self.world.do(ANSWERED, p=self.world.person(self.named["left_off"]["member"]), about=about)
        member = self.named["new"]["member"]
        self.world.do("update participant set group_id = null where member_number = %(m)s", m=member)
        self.world.do(
            "update savings_member set to_on = from_on where participant_id = %(p)s",
            p=self.world.person(member),
        )

    def speak(self, lang: str) -> None:
        """Everyone's language. A stranger's number speaks another one only once it is on record."""
        if lang != "rw":
            for number in NOBODYS.values():
                self.world.dial(number, "4", "3", "1", "1")
        for table in ("participant", "phone_number"):
            self.world.do(f"update {table} set language = %(l)s", l=lang)


@pytest.fixture(scope="module")
def cast(module_world: World) -> Cast:
    found = Cast(module_world)
    found.prepare()
    return found


@pytest.fixture(scope="module")
def amounts(cast: Cast) -> set[str]:
    """Every amount that is stored or is somebody's sum before the crawl types any, as digits."""
    return {str(row[0]) for row in cast.world.rows(AMOUNTS)}


@pytest.fixture(scope="module")
def seen(cast: Cast, amounts: set[str]) -> list[Seen]:
    """Every screen of every role in both languages, with help switched on."""
    switch_on(cast.world, Wall())
    found: list[Seen] = []
    roles = [cast.role(name) for name in ROLES]
    with (
        cast.world.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
        pytest.MonkeyPatch.context() as patch,
    ):
        # a filler would be taken for something that a key stored
        patch.setattr(support_board, "draw", lambda: 1.0)
        for lang in END:
            cast.speak(lang)
            keep(cast.world)
            for role in roles:
                found += Crawl(cast.world, role, lang, conn).walk()
    return found


def faults(seen: list[Seen], is_sound: Callable[[Seen], bool]) -> list[tuple[str, str, str, str]]:
    """The screens that break a law, where they are, and what they say."""
    return [(s.role, s.lang, "*".join(s.keys), s.screen) for s in seen if not is_sound(s)]


def everything(screen: Seen) -> Iterable[str]:
    """The screen and every answer that a key on it gave."""
    return (screen.screen, *screen.answers.values())


def septets(text: str) -> int:
    return sum(2 if character in EXTENSION else 1 for character in text)


def digits(text: str) -> str:
    """A text with the marks inside its numbers gone: 9,600 and 9 600 are 9600."""
    return re.sub(r"(?<=\d)[., ](?=\d)", "", text)


def test_the_alphabet_is_the_standards() -> None:
    assert len(ALPHABET) == 128
    assert set(ALPHABET) - {"\x1b"} == texts.GSM7
    assert set(EXTENSION) == texts.GSM7_TWICE


def test_the_whole_tree_was_walked_in_both_languages(module_world: World, seen: list[Seen]) -> None:
    blocks = module_world.conversation.programme("*801#").flows.blocks
    everyones = {
        name
        for name, block in blocks.items()
        if isinstance(block, Screen) and not name.startswith(("group.", "coach.", "coach_"))
    }
    # without a call, and before help is switched on: tests/conversation/test_support.py
    everyones -= {"help.adviser_no_call", "help.adviser_off"}
    assert {s.block for s in seen} == everyones
    trees = {lang: Counter((s.role, s.keys, s.block) for s in seen if s.lang == lang) for lang in END}
    assert trees["rw"] == trees["en"]
    assert {s.role for s in seen} == set(ROLES)


def test_every_answer_fits_the_phone(seen: list[Seen]) -> None:
    assert not faults(seen, lambda s: all(septets(text[4:]) <= 160 for text in everything(s)))
    assert not faults(seen, lambda s: all(set(text) <= set(ALPHABET + EXTENSION) for text in everything(s)))
    assert not faults(seen, lambda s: all(text[:4] in {"CON ", "END "} for text in everything(s)))


def test_no_answer_has_a_banned_stem(module_world: World, seen: list[Seen]) -> None:
    stems = module_world.conversation.programme("*801#").settings.banned_stems
    assert stems

    def is_sound(s: Seen) -> bool:
        letters = [re.sub("[^a-z]", "", text.lower()) for text in everything(s)]
        return not any(stem in text for stem in stems for text in letters)

    assert not faults(seen, is_sound)


def test_0_goes_back_or_leaves_as_the_screen_says(seen: list[Seen]) -> None:
    def is_sound(s: Seen) -> bool:
        if s.screen.endswith(EXIT[s.lang]):
            return s.answers["0"] == END[s.lang]
        # what a guard asked on the way (a PIN, a member number) is not a place to go back to from behind it
        before = [b for b in s.before if b.flow not in GUARDS or b.flow == s.flow]
        return s.screen.endswith(BACK[s.lang]) and s.answers["0"] == before[-1].screen

    assert not faults(seen, is_sound)


def test_in_help_0_leaves_at_once(seen: list[Seen]) -> None:
    helps = [s for s in seen if s.keys[:1] == ("3",)]
    assert helps
    assert not faults(helps, lambda s: s.answers["0"] == END[s.lang])


def test_00_goes_to_the_root(seen: list[Seen]) -> None:
    roots = {lang: {s.screen for s in seen if s.lang == lang and not s.keys} for lang in END}
    for lang, found in roots.items():
        assert len(found) == 1, found
        assert not faults(
            [s for s in seen if s.lang == lang], lambda s, root=found: {s.answers["00"]} == root
        )


def without_number(screen: str) -> str:
    """A screen without the number that its reader asked to be called on, which is read back once."""
    return re.sub(r"0\d{3} \d{3} \d{3}, (?=\d\d:\d\d-)", "NUMBER, ", screen)


def test_the_tree_under_3_is_the_same_for_everyone(seen: list[Seen]) -> None:
    trees = defaultdict(dict)
    for s in seen:
        if s.keys[:1] == ("3",):
            answers = {key: without_number(answer) for key, answer in s.answers.items()}
            trees[s.lang, s.role][s.keys] = (without_number(s.screen), answers)
    for lang in END:
        found = [trees[lang, role] for role in ROLES]
        assert len(found[0]) > 5
        assert all(tree == found[0] for tree in found)


def test_the_printed_digits_are_accepted_and_no_others(seen: list[Seen]) -> None:
    def is_sound(s: Seen) -> bool:
        again = f"CON {WRONG[s.lang]}\n{s.screen[4:]}"
        refused = {key for key in map(str, range(1, 10)) if s.answers[key] == again}
        return refused == set(map(str, range(1, 10))) - s.printed and s.answers["x"] == again

    assert not faults([s for s in seen if s.kind == "menu"], is_sound)


def test_a_question_offers_no_digits_and_refuses_letters(seen: list[Seen]) -> None:
    questions = [s for s in seen if s.kind != "menu"]
    assert {s.kind for s in questions} == {"member", "pin", "code", "money", "number", "phone"}
    refusals = {lang: set() for lang in END}
    for s in questions:
        refusals[s.lang].add(s.answers["x"].replace(s.screen[4:], "").partition("\n")[0])
    way_out = {"help": EXIT}
    assert not faults(
        questions, lambda s: not s.printed and s.answers["x"].endswith(way_out.get(s.flow, BACK)[s.lang])
    )
    assert refusals["en"] == {
        "CON Wrong choice.",
        "CON Not accepted. Try again.",
        "CON Code not accepted. Try again.",
    }


def test_before_a_pin_no_amount_of_anyones_is_on_any_screen(seen: list[Seen], amounts: set[str]) -> None:
    assert min(len(amount) for amount in amounts) >= 5

    def shows(s: Seen) -> bool:
        found = digits(s.screen)
        return re.search("[0-9]{5}", found) is not None and any(amount in found for amount in amounts)

    assert not faults([s for s in seen if not s.proved], lambda s: not shows(s))
    # what is behind the PIN does show hers, so that the look above is not blind
    behind = {s.role for s in seen if s.proved and shows(s)}
    assert behind >= {"pin", "money", "shared", "coach", "stranger"}


def test_who_went_back_is_asked_the_pin_again(cast: Cast) -> None:
    woman = cast.named["pin"]
    for away in (("0",), ("00", "2")):
        shown = cast.world.dial(woman["number"], "2", "2", woman["pin"], *away, "2")
        assert shown[-1] == shown[2] != shown[3]


@pytest.mark.parametrize("item", [("1", "3"), ("2", "2"), ("4", "3", "2"), ("4", "5")])
def test_no_reply_tells_whose_a_member_number_is(cast: Cast, item: tuple[str, ...]) -> None:
    world, with_pin, without = cast.world, cast.named["shared"]["member"], cast.named["woman"]["member"]
    for number in (STRANGER, cast.named["shared"]["number"]):
        world.do("delete from pin_guard")
        replies = [
            world.dial(number, *item, member, NO_CODE, NO_CODE, NO_CODE)
            for member in (with_pin, without, NOBODY)
        ]
        assert replies[0] == replies[1] == replies[2]
