"""Sending and reports through a provider of the tests' own, which has its own words: the outbox knows ours only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app.channel.africastalking.inbound import delivery as their_rivals
from sms_app.channel.inbound import Delivery, Result
from sms_app.channel.outcome import OPTED_OUT, Kind, SendOutcome
from sms_app.messaging import reports, sending_switch
from sms_app.messaging.sending import Sender
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world import crowd
from tests.world.programme import stored_rwanda
from tests.world.provider import Always
from tests.world.times import NOON

MINUTE = timedelta(minutes=1)
FATES: dict[str, tuple[Kind, str]] = {
    "flown": ("sent", ""),
    "net cut": ("unknown", "net_cut"),
    "leave me alone": ("refused", OPTED_OUT),
    "no corn": ("halt", "no_corn"),
    "moulting": ("retry", "moulting"),
}
"""What the pigeons say of a letter, and what that is in our words."""
NEWS: dict[str, Result] = {"home": "delivered", "hawk": "not_delivered", "over the hills": "under_way"}


@dataclass
class Pigeons:
    """A provider that sends by pigeon: its folder, as it were."""

    says: dict[str, str] = field(default_factory=dict)
    """By number; all others are flown."""
    provider: str = "pigeons"
    recipients_a_call: int = 100
    flown: list[str] = field(default_factory=list)

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        return [self._one(number) for number in numbers]

    def _one(self, number: str) -> SendOutcome:
        kind, reason = FATES[self.says.get(number, "flown")]
        if kind != "sent":
            return SendOutcome(number, kind, reason)
        self.flown.append(number)
        return SendOutcome(
            number, kind, provider_id=f"ring {len(self.flown)}", cost=Decimal(3), currency="CRN"
        )


def news(ring: str, word: str, number: str) -> Delivery:
    """What the loft tells of a pigeon."""
    result = NEWS[word]
    return Delivery("pigeons", ring, number, result, word, word if result == "not_delivered" else "")


@pytest.fixture
def programme(conn: Connection, vault: Vault) -> LoadedProgramme:
    """The programme, with sending on."""
    found = stored_rwanda(conn, vault)
    sending_switch.start(conn, "office", NOON)
    return found


@pytest.fixture
def sent(engine: Engine, conn: Connection, programme: LoadedProgramme) -> Pigeons:
    """The provider, after a `Sender` sent four people's messages through it."""
    crowd.broadcast(conn, programme, crowd.people(conn, programme, 4))
    conn.commit()
    one, two, three, _ = (crowd.number(n) for n in range(4))
    pigeons = Pigeons({one: "leave me alone", two: "net cut", three: "moulting"})
    send(engine, programme, pigeons)
    return pigeons


def send(engine: Engine, programme: LoadedProgramme, pigeons: Pigeons) -> bool:
    """Send all that is due, in rounds; whether sending was halted."""
    sender = Sender(engine, programme, pigeons, Always(), lambda: NOON)
    halted = [sender.round().halted for _ in range(3)]
    sender.close()
    return any(halted)


def rows(conn: Connection) -> list[tuple[object, ...]]:
    query = "select status, reason, provider, provider_id from message order by status, reason"
    return [tuple(row) for row in conn.execute(text(query))]


def test_its_outcomes_are_recorded_in_our_words(conn: Connection, sent: Pigeons) -> None:
    assert rows(conn) == [
        ("failed", OPTED_OUT, "pigeons", None),
        ("planned", "moulting", "pigeons", None),
        ("sent", None, "pigeons", "ring 1"),
        ("unknown", "net_cut", "pigeons", None),
    ]
    stopped = conn.execute(text("select stopped_on from phone_number where stopped_on is not null")).scalars()
    assert stopped.all() == [date(2026, 3, 10)]
    assert sending_switch.why_stopped(conn) is None


def test_what_halts_it_stops_sending_with_its_reason(
    engine: Engine, conn: Connection, programme: LoadedProgramme
) -> None:
    crowd.broadcast(conn, programme, crowd.people(conn, programme, 1))
    conn.commit()
    assert send(engine, programme, Pigeons({crowd.number(0): "no corn"}))
    assert sending_switch.why_stopped(conn) == "no_corn"


@pytest.mark.parametrize(
    ("word", "row"),
    [
        ("home", ("delivered", None)),
        ("hawk", ("failed", "hawk")),
        ("over the hills", ("sent", None)),
    ],
)
def test_its_reports_settle_its_messages(
    conn: Connection, vault: Vault, sent: Pigeons, word: str, row: tuple[str, str | None]
) -> None:
    assert reports.store(conn, vault, news("ring 1", word, sent.flown[0]), NOON + MINUTE)
    query = "select status, reason from message where provider_id = 'ring 1'"
    assert tuple(conn.execute(text(query)).one()) == row


def test_another_providers_report_with_the_same_id_is_of_another_message(
    conn: Connection, vault: Vault, sent: Pigeons
) -> None:
    before = rows(conn)
    number = sent.flown[0]
    assert reports.store(conn, vault, their_rivals("ring 1", "Failed", number), NOON + MINUTE)
    assert rows(conn) == before
    # kept beside it, though its id and word are the same
    assert reports.store(conn, vault, news("ring 1", "hawk", number), NOON + MINUTE)
    assert reports.store(conn, vault, their_rivals("ring 1", "hawk", number), NOON + MINUTE)
    assert (
        conn.execute(text("select count(*) from delivery_report where message_id is not null")).scalar() == 1
    )


@pytest.mark.parametrize("later", [False, True])
def test_only_its_own_report_is_taken_for_a_message_without_an_id(
    conn: Connection, vault: Vault, sent: Pigeons, later: bool
) -> None:
    (unsure,) = [number for number, word in sent.says.items() if word == "net cut"]

    def store(report: Delivery, at: datetime) -> None:
        reports.store(conn, vault, report, at)
        if later:
            ids = conn.execute(text("select id from message where status = 'unknown'")).scalars().all()
            reports.settle(conn, list(ids))

    store(their_rivals("ATXid_9", "Success", unsure), NOON + MINUTE)
    assert ("unknown", "net_cut", "pigeons", None) in rows(conn)
    store(news("ring 2", "home", unsure), NOON + MINUTE)
    assert ("delivered", None, "pigeons", "ring 2") in rows(conn)
