"""Compares the texts of a simulated year: the messages stored, the provider's own log, the delivery reports, and the
service's counters of hops, reports and texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from sms_app.simulator.provider.messaging import PRICE, segments
from sms_app.simulator.year.check import Records
from sms_app.simulator.year.differences import differences, number_differs
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage

KEPT = timedelta(days=27)
"""Reports of these last days are certainly kept: the clock deletes those of thirty days ago."""
ASKED = ("sent", "delivered", "unknown")
RESULTS = {"Success": "delivered", "Failed": "not_delivered", "Sent": "under_way"}


def messages(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """Each message that the provider took is stored once with the outcome that was reported, and nothing else is."""
    rows = records.rows("messages")
    by_id = Counter(row["provider_id"] for row in rows if row["provider_id"] is not None)
    yield from number_differs("messages with the id of another", 0, sum(n - 1 for n in by_id.values()))
    known = {row["provider_id"]: row["status"] for row in rows if row["provider_id"] is not None}
    # a lost answer gives no id, unless a report told it
    done = {id_: said for id_, said in post.outcomes.items() if said != "unknown"}
    yield from differences("messages by outcome", done, known)
    unknown = sum(said == "unknown" for said in post.outcomes.values())
    yield from number_differs(
        "messages without a known outcome", unknown, sum(row["status"] == "unknown" for row in rows)
    )
    yield from number_differs(
        "messages that were left half sent", 0, sum(row["status"] == "sending" for row in rows)
    )
    refused = sum(row["status"] == "failed" and row["provider_id"] is None for row in rows)
    yield from number_differs("messages refused", post.faults.refusals.total(), refused)


def taken_once(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """The provider's log has as many messages to each number as are stored for it: none is doubled, none invented."""
    taken = Counter(message.number for message, _ in post.taken)
    stored: Counter[str] = Counter()
    numbers: dict[object, str] = {}
    for row in records.rows("messages"):
        if row["status"] in ASKED or row["provider_id"] is not None:
            phone = row["phone_number_id"]
            if phone not in numbers:
                numbers[phone] = records.number(phone, row["number_sealed"])
            stored[numbers[phone]] += 1
    yield from differences("messages taken by number", taken, stored)
    stopped: dict[str, list[tuple[object, object]]] = {}
    against = 0
    for stop in stage.tally.stops:
        stopped.setdefault(stop.number, []).append((stop.since, stop.until))
    for message, moment in post.taken:
        for since, until in stopped.get(message.number, ()):
            against += since < moment and (until is None or moment < until)  # type: ignore[operator]
    yield from number_differs("messages to a number that had stopped them", 0, against)


def expired(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """The only texts that were too late are reminders of sessions whose time passed while sending was stopped."""
    stored = {row["subject_id"]: row["count"] for row in records.rows("expired")}
    yield from differences("texts that expired unsent, by session", stage.tally.expired, stored)
    yield from number_differs(
        "texts that expired unsent", sum(stage.tally.expired.values()), sum(stored.values())
    )


def paid(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """What the provider charged is stored, but for the messages whose answer was lost."""
    charged = Decimal(0)
    nth: Counter[str] = Counter()
    for message, _ in post.taken:
        if not post.faults.lost[message.number][nth[message.number]]:
            charged += PRICE * segments(message.text)
        nth[message.number] += 1
    stored = sum((Decimal(row["cost"]) for row in records.rows("messages") if row["cost"]), Decimal(0))
    yield from number_differs("cost of messages", charged, stored)


def reports(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """The delivery reports that are still kept: each once, however often it came."""
    since = stage.travel.now() - KEPT
    done = {(id_, status): True for at, id_, status in post.reported if at > since}
    stored = {
        (row["provider_id"], row["status"]): True for row in records.rows("delivery_reports", since=since)
    }
    yield from differences("delivery reports", done, stored)


def counters(stage: Stage, records: Records, post: Post) -> Iterator[str]:
    """The service's own counters in both web processes: hops, reports and texts, none failed, none refused."""
    figures = Counter(stage.webhooks.figures()) + Counter(stage.web_process.figures())
    hops, told, texts = (
        f"sms_app_{name}_total" for name in ("ussd_hops", "delivery_reports", "inbound_messages")
    )
    done = {f'{hops}{{result="{result}"}}': 0.0 for result in ("failed", "refused")}
    done[f'{hops}{{result="answered"}}'] = float(stage.tally.hops)
    done |= {f'{told}{{result="{result}"}}': 0.0 for result in (*RESULTS.values(), "failed", "refused")}
    for status, count in post.reports.items():
        done[f'{told}{{result="{RESULTS[status]}"}}'] = float(count)
    done |= {f'{texts}{{result="{result}"}}': 0.0 for result in ("failed", "refused")}
    done[f'{texts}{{result="taken"}}'] = float(stage.tally.texts)
    stored = {name: figures.get(name, 0.0) for name in done}
    yield from differences("the service's counters", done, stored)


SUBJECTS = (messages, taken_once, expired, paid, reports, counters)
"""Every comparison of texts and counters."""
