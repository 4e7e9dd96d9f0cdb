"""What people must still do: by the programme's settings and by what is in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
from sqlalchemy import Connection, Engine

from sms_app.cli.readiness import programmes, real_people
from sms_app.programme.settings import Network, Programme
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import rwanda_files
from tests.world.records import Records
from tests.world.times import NOW, TODAY

RWANDA = rwanda_files().settings


def verified(day: date | None) -> Programme:
    return replace(
        RWANDA,
        lines={name: replace(line, verified_on=day) for name, line in RWANDA.lines.items()},
        emergency={name: replace(line, verified_on=day) for name, line in RWANDA.emergency.items()},
        networks={"63510": Network("MTN", day)},
    )


def bad(programme: Programme, **unreviewed: int) -> list[str]:
    found = {language: (many, 94) for language, many in unreviewed.items()}
    return [
        line.name for line in programmes.check_programme(programme, found, TODAY) if line.verdict == "bad"
    ]


def test_an_unverified_programme_is_not_proven_free() -> None:
    found = bad(RWANDA, rw=3)
    assert found[0] == "rwanda: sentences, rw"
    assert {f"rwanda: line {name}" for name in ("programme", "adviser", "police", "safety_line")} < set(found)
    assert "rwanda: *801# on MTN (63510)" in found


def test_a_programme_that_was_verified_lately_is_clean() -> None:
    assert bad(verified(TODAY), rw=0) == []
    assert bad(verified(TODAY - programmes.FRESH), rw=0) == []


def test_after_half_a_year_it_is_stale_and_a_day_to_come_is_no_proof() -> None:
    every = bad(verified(None))
    assert bad(verified(TODAY - programmes.FRESH - timedelta(days=1))) == every
    assert bad(verified(TODAY + timedelta(days=1))) == every


def test_a_programme_without_networks_is_not_proven_free() -> None:
    assert bad(replace(verified(TODAY), networks={})) == ["rwanda: *801#"]


def test_too_few_caseworkers_hold_back_help_only() -> None:
    (line,) = [line for line in programmes.check_programme(RWANDA, {}, TODAY) if "caseworkers" in line.name]
    assert (line.verdict, line.result) == ("warn", "help by caseworkers is off: it needs two")


def of_database(conn: Connection, vault: Vault) -> dict[str, tuple[str, str]]:
    return {line.name: (line.verdict, line.result) for line in real_people.check_for_real_people(conn, vault)}


def test_invented_people_are_found_among_real_ones(engine: Engine, records: Records, vault: Vault) -> None:
    person = records.participant(1)
    for number in ("+250788000001", "+250780000001", "+250780009999"):
        phone = records.number(number)
        records.link(person, phone)
    records.conn.commit()
    with engine.connect() as worker:
        assert of_database(worker, vault)["invented people"] == (
            "bad",
            "2 demo numbers, with 1 people",
        )


def test_a_database_of_real_people_is_clean(engine: Engine, records: Records, vault: Vault) -> None:
    records.number("+250788000001")
    records.conn.commit()
    records.conn.close()
    # it keeps connections as the owner
    records.conn.engine.dispose()
    with engine.connect() as worker:
        found = of_database(worker, vault)
    assert found["invented people"] == ("ok", "none")
    assert found["owner's connections"] == ("ok", "none")


def test_numbers_that_do_not_open_are_said(engine: Engine, records: Records) -> None:
    records.number("+250788000001")
    records.conn.commit()
    with engine.connect() as worker:
        assert of_database(worker, Vault({9: bytes(32)}))["invented people"][0] == "bad"


def test_a_log_that_would_tell_and_a_process_as_the_owner_are_said(
    engine: Engine, database: Database, vault: Vault, server_urls: dict[str, str]
) -> None:
    with psycopg.connect(server_urls["superuser"], autocommit=True) as root:
        root.execute(f"alter database {database.name} set log_statement = 'mod'")
    with psycopg.connect(database.owner), engine.connect() as worker:
        found = of_database(worker, vault)
    assert found["PostgreSQL's log"] == ("bad", "may record what people typed")
    assert found["owner's connections"] == ("bad", "1")


def test_each_sector_says_whether_a_group_meets_when_the_adviser_comes(records: Records) -> None:
    programme = replace(RWANDA, slug="hills")
    sector = programme.sectors["Kigabiro"]
    first, second = sector.adviser.next_meetings(programme.calendar, TODAY)
    records.session(first)
    session = records.session(second)
    records.conn.exec_driver_sql("update training_session set place = 'Rwamagana, Kigabiro'")

    def verdicts() -> dict[str, tuple[str, str]]:
        found = programmes.check_sectors(records.conn, programme, NOW)
        return {line.name: (line.verdict, line.result) for line in found}

    assert verdicts()["hills: sector Kigabiro"] == ("ok", "the adviser comes when a group meets")
    assert verdicts()["hills: sector Mukarange"][0] == "warn"
    records.conn.exec_driver_sql(
        "update training_session set cancelled_at = %(now)s where id = %(id)s", {"now": NOW, "id": session}
    )
    assert verdicts()["hills: sector Kigabiro"] == (
        "warn",
        f"the adviser comes when no group meets: {second:%Y-%m-%d}",
    )
    unset = replace(sector, health_centre="?")
    programme = replace(programme, sectors={"Kigabiro": unset})
    assert verdicts() == {"hills: sector Kigabiro": ("bad", "not filled in")}


def test_who_is_on_duty_needs_a_number_on_each_working_day(records: Records) -> None:
    programme = replace(RWANDA, slug="hills")
    phone = records.number("+250780000001")
    add = (
        "insert into duty_day select %(programme)s, day::date, '2', %(phone)s, false"
        " from generate_series(%(today)s::date, %(today)s::date + 13, interval '1 day') day"
    )
    values = {"programme": records.programme, "phone": phone, "today": TODAY}

    def findings() -> list[tuple[str, str]]:
        return [(line.verdict, line.result) for line in programmes.check_rota(records.conn, programme, NOW)]

    # of the ten days, 20 March 2026 is a day off
    assert findings() == [("warn", "nobody on 9 of 9 working days")]
    records.conn.exec_driver_sql(add, values)
    assert findings() == [("ok", "someone with a number on each of 9 working days")]
    records.conn.exec_driver_sql(
        "delete from duty_day where day in ('2026-03-12', '2026-03-14', '2026-03-20')"
    )
    assert findings() == [("warn", "nobody on 1 of 9 working days")]
    records.conn.exec_driver_sql(
        "update duty_day set phone_number_id = null, caseworker = '1' where day > '2026-03-16'"
    )
    assert findings()[1] == ("warn", "caseworkers without a number: 1")
    programme = replace(programme, support=None)
    assert findings() == []
