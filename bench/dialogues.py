"""The dialogues that the load generator plays; each hop has the text that its answer must contain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from urllib.parse import urlencode

from bench.coaching import Coach
from bench.load import Hop, post
from bench.world import SECRET

Keys = Sequence[tuple[str, str]]
SERVICE_CODE = "*801#"


def saving(amount: int) -> Keys:
    """Root, savings, amount, confirm: the input of each hop, and a part of the Kinyarwanda answer."""
    return (
        ("", "CON Murakaza"),
        ("2", "CON Ubwizigame"),
        ("1", "CON Iki cyumweru"),
        (str(amount), f"CON {amount:,} Frw."),
        ("1", "END Murakoze"),
    )


def balance(pin: str) -> Keys:
    """Root, savings, balance, PIN."""
    return (
        ("", "CON Murakaza"),
        ("2", "CON Ubwizigame"),
        ("2", "CON Andika umubare"),
        (pin, "CON Wazigamye"),
    )


def refusal() -> Keys:
    """Root, help, adviser, "do not call me", confirm: the last hop seals and stores, as the last of a saving stores."""
    return (
        ("", "CON Murakaza"),
        ("3", "CON Amakuru"),
        ("3", "CON Umujyanama"),
        ("4", "CON Ntituzahamagara"),
        ("1", "END Murakoze"),
    )


def roll(pin: str, coach: Coach) -> Keys:
    """Coach's menu, roll, PIN, the session, take it again, headcount, two absent, confirm."""
    return (
        ("", "CON Murakaza"),
        ("1", "CON Andika umubare"),
        (pin, "CON Hitamo"),
        ("1", "CON Itsinda"),
        ("1", "CON Itsinda"),
        (str(coach.listed - 2), "CON Oya: 2."),
        (coach.absent, "CON Itsinda"),
        ("1", "END Murakoze"),
    )


def savings(numbers: Sequence[str]) -> Iterator[list[Hop]]:
    """Endless savings dialogues, number by number, each with a different amount."""
    for n in count(1):
        yield hops(f"bench-{id(numbers)}-{n}", numbers[n % len(numbers)], saving(100 + n % 90_000))


def refusals(numbers: Sequence[str]) -> Iterator[list[Hop]]:
    """Endless dialogues of "do not call me", number by number."""
    for n in count(1):
        yield hops(f"help-{id(numbers)}-{n}", numbers[n % len(numbers)], refusal())


def balances(people: Sequence[tuple[str, str]]) -> Iterator[list[Hop]]:
    """Endless balance dialogues of people who are alone on a number and have a PIN."""
    for n in count(1):
        number, pin = people[n % len(people)]
        yield hops(f"pin-{id(people)}-{n}", number, balance(pin))


def rolls(coaches: Sequence[Coach], pin: str) -> Iterator[list[Hop]]:
    """Endless dialogues of coaches who take their session's roll again."""
    for n in count(1):
        coach = coaches[n % len(coaches)]
        yield hops(f"roll-{id(coaches)}-{n}", coach.number, roll(pin, coach))


def hops(session: str, number: str, keys: Keys) -> list[Hop]:
    """The requests of a dialogue. The text grows as the network joins it."""
    made, text = [], ""
    for typed, expected in keys:
        text = f"{text}*{typed}" if text else typed
        made.append((request(f"/at/{SECRET}/ussd", session, number, text), expected.encode()))
    return made


def baseline(path: str) -> Iterator[list[Hop]]:
    """The same traffic for a baseline route, which answers with its constant or with the text that it got."""
    for n in count(1):
        made, text = [], ""
        for typed, _ in saving(100 + n % 90_000):
            text = f"{text}*{typed}" if text else typed
            expected = "CON constant" if path == "/constant" else f"CON {text}"
            made.append((request(path, f"base-{n}", f"+25078000{n % 200:04d}", text), expected.encode()))
        yield made


def request(path: str, session: str, number: str, text: str) -> bytes:
    """A hop as the provider posts it."""
    form = {
        "sessionId": session,
        "phoneNumber": number,
        "networkCode": "63510",
        "serviceCode": SERVICE_CODE,
        "text": text,
    }
    return post(path, urlencode(form))
