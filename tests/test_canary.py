"""Dialogues with words and numbers that stand out, failures among them: none is found again in logs, metrics or
tables; and a visit to help leaves what a way out at the root leaves."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from sms_app import clock
from sms_app.channel.inbound import UssdHop
from sms_app.config import Config
from sms_app.conversation import position as positions
from sms_app.conversation.hop import dialogue_name
from sms_app.conversation.position import Position
from sms_app.engine.state import State
from sms_app.programme import codes
from sms_app.vault import Vault
from tests.world.app import CODE, application, form, metrics, totals
from tests.world.canaries import (
    AMOUNT,
    CARD_CODE,
    COUNTED,
    DIALOGUES,
    MEMBERS,
    PIN,
    REFUSED,
    SESSION,
    SHORT,
    STRANGER,
    TEXT_ID,
    TEXTS,
    TOLD,
    USSD,
    WOMAN,
    Service,
    given_away,
    populate,
)
from tests.world.databases import CALLBACK_SECRET, Database
from tests.world.times import NOW


@pytest.fixture
def service(
    config: Config,
    database: Database,
    vault: Vault,
    server_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Service]:
    """Two women: one alone on WOMAN with a PIN, one without a phone. Libraries log all that they do."""
    for library in (None, "sqlalchemy"):
        caplog.set_level(logging.INFO, library)
    monkeypatch.setattr(clock, "now", lambda _offset=0: NOW)
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: int(CARD_CODE) - 1000)
    populate(database, vault)
    (place,) = parse_qs(urlsplit(server_urls["superuser"]).query)["host"]
    with application(config) as app:
        yield Service(app.test_client(), database, vault, Path(place).parent / "postgres.log")


def converse(service: Service) -> list[str]:
    """All dialogues, and what the provider tells afterwards; gives every screen."""
    screens = []
    for n, (number, keys) in enumerate(DIALOGUES):
        screens += service.dial(number, keys, f"{SESSION}-{n}")
        service.ended(number, "*".join(keys), len(keys))
    return screens


def fail(service: Service) -> list[str]:
    """A constraint that is violated, a place that no flow knows, bytes that no key opens; gives the answers."""
    read_back = service.dial(WOMAN, ("2", "1", REFUSED), f"{SESSION}-refused")
    service.do(f"alter table contribution add constraint canary check (amount <> {REFUSED}) not valid")
    answers = [service.hop(WOMAN, f"2*1*{REFUSED}*1", f"{SESSION}-refused")]
    assert read_back[-1].startswith("CON ")
    spoilt = b"\x02" + REFUSED.encode() * 300
    for session, sealed in ((f"{SESSION}-lost", lost(service)), (f"{SESSION}-spoilt", spoilt)):
        service.dial(WOMAN, ("2", "1"), session)
        id_ = service.vault.dialogue_id(name(session))
        service.do("update ussd_dialogue set position = %s where id = %s", sealed, id_)
        answers.append(service.hop(WOMAN, f"2*1*{REFUSED}", session))
    return answers


def name(session: str) -> str:
    """What the dialogue of a session on her phone is found and opened by."""
    return dialogue_name(UssdHop(session, WOMAN, CODE, "", ""))


def lost(service: Service) -> bytes:
    """The position of a dialogue that stands where no flow has a block."""
    state = State("rw", answers={"amount": int(REFUSED)}, current_block=f"canary.{REFUSED}")
    position = Position.begin(state).after("", state, "CON").after("2*1", state, f"CON {REFUSED}")
    return positions.write(
        position, NOW, lambda plain: service.vault.seal_position(name(f"{SESSION}-lost"), plain)
    )


def refuse(service: Service) -> None:
    """What is no hop of ours, full of what must not be kept."""
    malformed = {
        "phoneNumber": WOMAN[1:],
        "serviceCode": f"*{REFUSED}#",
        "text": AMOUNT * 1000,
        "networkCode": "é",
    }
    for changed in malformed.items():
        assert (
            service.client.post(USSD, data=form(AMOUNT, sessionId=SESSION) | dict([changed])).status_code
            == 400
        )
    for path in (f"{USSD}/{PIN}", f"/at/{CALLBACK_SECRET[:-1]}/ussd", f"/at/{CALLBACK_SECRET}", f"/{WOMAN}"):
        assert service.client.post(path, data=form(AMOUNT, phoneNumber=WOMAN)).status_code == 404
    assert service.client.get(USSD, headers={"Authorization": f"Bearer {CALLBACK_SECRET}"}).status_code == 404


def test_nothing_of_a_dialogue_is_found_again(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, redis_url: str
):
    screens, failures = converse(service), fail(service)
    refuse(service)
    shown = "\n".join(screens)
    assert all(digits in shown for digits in (f"{int(AMOUNT):,}", f"{int(COUNTED):,}", CARD_CODE))
    assert len(set(failures)) == 1
    assert failures[0].startswith("END ")
    screens += failures

    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["error"] for line in lines] == ["CheckViolation", "KeyError", "VaultError"]
    assert all(set(line) <= {"event", "error", "sqlstate", "id", "level", "timestamp"} for line in lines)
    assert err == ""
    assert "ussd_cost" in caplog.text
    server = service.server_log()
    assert 'violates check constraint "canary"' in server
    for text in (out, caplog.text, server, metrics(service.client)):
        assert given_away(text, screens) == []
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0

    for name, rows in service.tables().items():
        by_right = {"public.contribution": SHORT, "public.participant": MEMBERS}.get(name, ())
        assert given_away("\n".join(rows), screens, by_right) == [], name


def test_nothing_of_what_the_provider_tells_of_texts_is_found_again(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, redis_url: str
):
    for number in (WOMAN, STRANGER, WOMAN[1:]):
        for n, text in enumerate(TEXTS):
            assert service.told("sms", number, f"{TEXT_ID}_{number}_{n}", text) == 200
        for reason in ("", "UserInBlackList"):
            assert (
                service.told("delivery", number, f"ATXid_{reason}", status="Failed", failureReason=reason)
                == 200
            )
        assert service.told("opt-out", number, "") == 200
    for table in ("delivery_report", "inbound_message_seen", "phone_number"):
        service.do(f"alter table {table} add constraint canary check (false) not valid")
    for hook in TOLD:
        assert service.told(hook, "+250780093573", f"{TEXT_ID}_again", TEXTS[3]) == 500
        assert service.told(hook, f"{WOMAN[1:]}c4n4ry", f"{TEXT_ID}_again", TEXTS[0]) == 400

    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line["event"] for line in lines} == {"report failed", "text failed", "opt-out failed"}
    assert all(set(line) == {"event", "error", "sqlstate", "id", "level", "timestamp"} for line in lines)
    assert err == ""
    server = service.server_log()
    assert 'violates check constraint "canary"' in server
    for text in (out, caplog.text, server, metrics(service.client)):
        assert given_away(text) == []
        assert "250780093573" not in text
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
    for name, rows in service.tables().items():
        by_right = {"public.contribution": SHORT, "public.participant": MEMBERS}.get(name, ())
        assert given_away("\n".join(rows), (), by_right) == [], name


GO_SOON = ("ussd_dialogue", "ussd_event_seen", "inbound_message_seen")
STATISTICS = """
select count(*) from pg_statistic s join pg_class c on c.oid = s.starelid where c.relname = any(%s)
"""


def superuser(service: Service, server_urls: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
    url = server_urls["superuser"].replace("/postgres?", f"/{service.database.name}?")
    return psycopg.connect(url, autocommit=True)


def test_dialogues_reach_neither_statistics_nor_the_wal(service: Service, server_urls: dict[str, str]):
    """As autoanalyse did it: what it counts of a table is a copy that outlives the rows, in a table that is logged."""
    screens = converse(service)
    for n, text in enumerate(TEXTS):
        assert service.told("sms", WOMAN, f"{TEXT_ID}_{n}", text) == 200
    with superuser(service, server_urls) as conn:
        ids = [
            bytes(row[0])
            for table in GO_SOON[:2]
            for row in conn.execute(f"select id from {table}").fetchall()
        ]
        assert len(ids) > len(DIALOGUES)
        conn.execute("analyze")
        for table in GO_SOON:
            conn.execute(f"vacuum (analyze) {table}")
        assert conn.execute(STATISTICS, (list(GO_SOON),)).fetchone() == (0,)
        stored = conn.execute("select id from contribution").fetchone()[0].bytes
        conn.execute("select pg_switch_wal()")
        views = [
            row[0]
            for row in conn.execute(
                "select viewname from pg_views where schemaname = 'pg_catalog' and viewname ~ '^pg_stat'"
            )
        ]
        assert {"pg_stats", "pg_stat_activity", "pg_stat_user_tables"} <= set(views)
        for view in views:
            # figures are numbers of chance, so short ones are not looked for
            rows = "\n".join(str(row) for row in conn.execute(f"select * from {view} t"))
            assert [id_ for id_ in ids if id_.hex() in rows or repr(id_)[2:-1] in rows] == [], view
            assert [canary for canary in given_away(rows, screens, SHORT | MEMBERS) if canary] == [], view
        place = conn.execute("show data_directory").fetchone()[0]
    wal = b"".join(path.read_bytes() for path in sorted(Path(place, "pg_wal").iterdir()) if path.is_file())
    assert stored in wal, "this is where a row that is logged is found"
    assert [id_ for id_ in ids if id_ in wal] == []
    assert SESSION.encode() not in wal


def test_the_settings_outlive_the_sweep(service: Service, server_urls: dict[str, str]):
    converse(service)
    look = """
    select c.relname, c.reloptions::text like '%%autovacuum_enabled=off%%',
      array(select attstattarget from pg_attribute a where a.attrelid = c.oid and attnum > 0 order by attnum)
    from pg_class c where c.relname = any(%s) order by 1
    """
    with superuser(service, server_urls) as conn:
        before = conn.execute(look, (list(GO_SOON),)).fetchall()
        assert all(off and set(targets) == {0} for _, off, targets in before)
        conn.execute("select sweep_dialogues(%s, %s)", (NOW + timedelta(minutes=2), NOW + timedelta(days=1)))
        conn.execute("select sweep_seen(%s, %s)", (NOW, NOW))
        assert conn.execute("select count(*) from ussd_dialogue").fetchone() == (0,)
        assert conn.execute(look, (list(GO_SOON),)).fetchall() == before
        conn.execute("analyze")
        assert conn.execute(STATISTICS, (list(GO_SOON),)).fetchone() == (0,)


# of the same number of hops: dropped, left by 0, or gone back to the root
HELP = (
    ("3",),
    ("3", "0"),
    ("3", "4"),
    ("3", "4", "0"),
    ("3", "3", "2", "0"),
    ("3", "3", "9", "3"),
    ("3", "1", "00", "0"),
    ("3", "2", "1", "0"),
    ("3", "3", "3", "2", "0"),
)
OUT = (
    ("9",),
    ("9", "0"),
    ("4", "9"),
    ("4", "0", "0"),
    ("4", "3", "00", "0"),
    ("9", "4", "0", "9"),
    ("9", "9", "00", "0"),
    ("4", "0", "9", "0"),
    ("4", "3", "0", "0", "0"),
)


@pytest.mark.parametrize("number", [WOMAN, STRANGER])
def test_a_visit_to_help_leaves_what_a_way_out_at_the_root_leaves(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, number: str
):
    def left(keys: tuple[str, ...]) -> tuple[object, ...]:
        """Rows, counts and log lines of one dialogue, which the clock then sweeps."""
        before = totals(service.client)
        caplog.clear()
        capfd.readouterr()
        service.dial(number, keys)
        service.ended(number, "*".join(keys), len(keys))
        lines = [re.sub(r"[0-9.]+s ago", "", record.getMessage()) for record in caplog.records]
        after, tables = totals(service.client), service.tables()
        service.do("delete from ussd_dialogue; delete from ussd_event_seen; delete from ussd_cost")
        return tables, {name: after[name] - before[name] for name in after}, lines, capfd.readouterr()

    left(())
    for inside, outside in zip(HELP, OUT, strict=True):
        helped, gone = left(inside), left(outside)
        assert helped == gone, (inside, outside)
        tables, counted, lines, printed = helped
        assert len(tables["public.ussd_dialogue"]) == len(tables["public.ussd_cost"]) == 1
        assert counted['sms_app_ussd_hops_total{result="answered"}'] == len(inside) + 1
        assert lines
        assert printed == ("", "")
