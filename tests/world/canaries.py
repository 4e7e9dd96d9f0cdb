"""Words and numbers that stand out, people who have them, and a look at everything that a dialogue leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.member_number import with_check_digit
from sms_app.programme import pins
from sms_app.vault import Vault
from tests.world.app import CODE, form
from tests.world.databases import CALLBACK_SECRET, KEYS, METRICS_TOKEN, Database
from tests.world.programme import start_from
from tests.world.times import NOW

WOMAN, STRANGER = "+250780093571", "+250780093572"
SESSION, NAME = "ATUid_5e5510n", "Uwase Karuhimbi"
PIN, NEW_PIN, CARD_CODE = "9351", "9357", "8642"
# above every process id, which the server's log is full of
AMOUNT, REFUSED, COUNTED = "9351300", "9357100", "9357000"
FIRST, SECOND = with_check_digit(1), with_check_digit(2)
USSD, EVENTS = (f"/at/{CALLBACK_SECRET}/{hook}" for hook in ("ussd", "ussd-events"))
TOLD = {"delivery", "sms", "opt-out"}
TEXT_ID, TEXTS = (
    "in_c4n4ry",
    ("Mfasha!", "yego", "ubufasha vuba c4n4ry", "stop", "93571 c4n4ry", "\x00c4n4ry"),
)
DIALOGUES = (
    (WOMAN, ("2", "1", AMOUNT, "1")),
    (WOMAN, ("2", "3", AMOUNT, "1")),
    (WOMAN, ("2", "2", PIN, "1", "3")),
    (WOMAN, ("2", "2", PIN, "1")),
    (WOMAN, ("2", "2", NEW_PIN, NEW_PIN, NEW_PIN, "0")),
    (WOMAN, ("4", "2", CARD_CODE, NEW_PIN)),
    (WOMAN, ("4", "5", NEW_PIN, "1")),
    (WOMAN, ("1", "1", "1")),
    (WOMAN, ("1", "2", "9351", "4821")),
    (WOMAN, ("3", "4", "0")),
    (WOMAN, ("3", "3", "2", "0")),
    (WOMAN, ("4", "1", "2")),
    (WOMAN, ("2", "1", f"{AMOUNT}x", "\x00'; drop table contribution; --", "\U0001f600")),
    (STRANGER, ("2", "2", SECOND, PIN)),
    (STRANGER, ("1", "2", SECOND, "0")),
    (STRANGER, ("4", "4", SECOND)),
    (STRANGER, ("4", "3", "1", "1")),
)
LONG = {
    WOMAN[1:],
    f"0{WOMAN[4:]}",
    WOMAN[4:],
    STRANGER[4:],
    SESSION,
    NAME,
    CALLBACK_SECRET,
    METRICS_TOKEN,
    "drop table contribution",
    TEXT_ID,
    "c4n4ry",
    "Mfasha",
    "ubufasha vuba",
    *re.findall(r"[\w-]{43}", KEYS),
}
# as numbers of their own: longer ones and random ids hold any few digits by chance
SHORT = {
    PIN,
    NEW_PIN,
    CARD_CODE,
    AMOUNT,
    f"{int(AMOUNT):,}",
    f"{AMOUNT}x",
    REFUSED,
    COUNTED,
    f"{int(COUNTED):,}",
}
TYPED = {"*".join(keys) for _, keys in DIALOGUES if len(keys) > 2}
MEMBERS = {FIRST, SECOND}


@dataclass
class Service:
    """The application on a test's database, and everything that it leaves behind."""

    client: FlaskClient
    database: Database
    vault: Vault
    postgres_log: Path

    def hop(self, number: str, text: str, session: str = SESSION) -> str:
        reply = self.client.post(USSD, data=form(text, phoneNumber=number, sessionId=session))
        assert reply.status_code == 200
        return reply.get_data(as_text=True)

    def dial(self, number: str, keys: Iterable[str], session: str = SESSION) -> list[str]:
        answers, text = [self.hop(number, "", session)], ""
        for key in keys:
            text = f"{text}*{key}" if text else key
            answers.append(self.hop(number, text, session))
        return answers

    def ended(self, number: str, text: str, hops: int) -> None:
        """What the network tells of a dialogue that is over."""
        told = {
            "date": "2026-03-11 09:00:00",
            "sessionId": SESSION,
            "phoneNumber": number,
            "serviceCode": CODE,
            "networkCode": "63510",
            "status": "Success",
            "cost": "RWF 5.00",
            "durationInMillis": str(hops * 3571),
            "hopsCount": str(hops),
            "input": text,
            "lastAppResponse": "END Murakoze.",
            "errorMessage": "",
        }
        assert self.client.post(EVENTS, data=told).status_code == 200

    def told(self, hook: str, number: str, id_: str, text: str = "", **other: str) -> int:
        """What the provider posts about texts; the answer's status."""
        form = {
            "date": "2026-03-11 09:00:00",
            "from": number,
            "phoneNumber": number,
            "id": id_,
            "text": text,
            "linkId": "",
            "to": "801",
            "cost": "0",
            "networkCode": "63510",
            "status": "Success",
            "failureReason": "",
            "retryCount": "0",
            "senderId": "Programme",
        }
        return self.client.post(f"/at/{CALLBACK_SECRET}/{hook}", data=form | other).status_code

    def server_log(self) -> str:
        """What PostgreSQL wrote, without process ids and the figures of its checkpoints: a few digits of chance."""
        lines = self.postgres_log.read_text(errors="replace").splitlines()
        told = "\n".join(line for line in lines if "LOG:  checkpoint" not in line)
        return re.sub(r"\[\d+\]|\b(PID|process) \d+", "", told)

    def do(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.database.owner) as conn:
            conn.execute(statement, values)

    def tables(self) -> dict[str, list[str]]:
        """Every row of every table and every sequence, as text; a dialogue's sealed bytes by their number only."""
        with psycopg.connect(self.database.owner) as conn:
            names = [
                str(row[0])
                for row in conn.execute(
                    "select format('%I.%I', schemaname, tablename) from pg_tables"
                    " where schemaname not in ('pg_catalog', 'information_schema') order by 1"
                )
            ]
            selects = {name: f"select t::text from {name} t order by 1" for name in names}
            selects["public.ussd_dialogue"] = (
                "select row(id, octet_length(position), touched_at)::text from ussd_dialogue order by 1"
            )
            selects["sequences"] = "select row(sequencename, last_value)::text from pg_sequences order by 1"
            return {name: [str(row[0]) for row in conn.execute(query)] for name, query in selects.items()}


def given_away(text: str, screens: Iterable[str] = (), known: Iterable[str] = ()) -> list[str]:
    """What of the dialogues a text holds, plain or as the bytes of a column; `known` may stand there by right."""
    whole = LONG | TYPED | {line for screen in screens for line in screen[4:].split("\n")}
    found = [canary for canary in whole if canary in text or canary.encode().hex() in text]
    alone = "|".join(re.escape(canary) for canary in (SHORT | MEMBERS) - set(known))
    return found + re.findall(rf"(?<![0-9A-Za-z-])(?:{alone})(?![0-9A-Za-z-])", text)


def populate(database: Database, vault: Vault) -> None:
    engine = create_engine(sqlalchemy_url(database.owner), poolclass=pool.NullPool)
    with engine.begin() as conn:
        records = start_from(conn, vault)
        women = [records.participant(n, NAME) for n in (1, 2)]
        for woman in women:
            conn.exec_driver_sql(
                "update participant set pin = %s where id = %s", (vault.pin(woman, PIN), woman)
            )
        records.link(women[0], records.number(WOMAN))
        cycle = records.cycle(*women, mode="free")
        records.counted(records.meeting(cycle, confirmed_by="office"), cycle, women[0], int(COUNTED))
        records.session(NOW)
        pins.open_pin(conn, vault, records.programme, FIRST, "coach", NOW)
