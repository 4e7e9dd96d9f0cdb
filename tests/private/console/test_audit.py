"""The console's audit trail: what is in it, and that a change is noticed."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from sms_app.private import audit, outcome_code
from tests.world.console import World
from tests.world.databases import Database
from tests.world.times import NOW, TODAY

UNGUARDED = "set session_replication_role = replica"


@pytest.fixture
def trail(world: World, server_urls: dict[str, str], database: Database) -> World:
    """A trail of some entries."""
    browser, row = world.browser(signed_in=0), world.request()
    browser.get("/audit")
    browser.post("/outcomes", codes=outcome_code.code(row, "T"), form="x")
    browser.post("/duty/sign-in", "/duty")
    return world


def test_what_is_done_and_read_is_in_it_by_ids_only(trail: World) -> None:
    browser = trail.browser(signed_in=1)
    page = browser.get("/audit").text
    entries = trail.values("select caseworker, what, subject from private.audit order by n")
    (row,) = trail.values("select request_id from private.outcome")
    assert entries == [
        ("-", "add_caseworker", "1"),
        ("-", "add_caseworker", "2"),
        ("1", "sign_in", ""),
        ("1", "read_audit", ""),
        ("1", "outcome", outcome_code.prefix(bytes(row[0]))),
        ("1", "sign_in_for_duty", TODAY.isoformat()),
        ("2", "sign_in", ""),
        ("2", "read_audit", ""),
    ]
    assert page.count("<tr>") == 9
    assert "sign in for duty" in page
    with trail.console.engine.connect() as conn:
        assert audit.head(conn) in page


def test_a_download_is_in_it_without_the_requests(world: World) -> None:
    browser, row = world.browser(signed_in=0), world.request()
    world.owner.exec_driver_sql(
        "update private.caseworker set wrapped_key = '{}', public_key = %(key)s", {"key": b"\4" * 65}
    )
    world.owner.commit()
    browser.get("/download")
    assert world.values("select what, subject from private.audit order by n desc limit 1") == [
        ("download", "")
    ]
    assert row.hex() not in str(world.values("select * from private.audit"))


def test_a_whole_trail_is_verified_against_a_head_of_earlier(trail: World) -> None:
    with trail.console.engine.begin() as conn:
        before = audit.verify(conn)
        assert (before.fault, before.entries) == ("", 6)
        audit.append(conn, trail.programme, "1", "read_audit", NOW)
        after = audit.verify(conn, before.head[:16].upper())
    assert (after.fault, after.entries) == ("", 7)
    assert after.head != before.head


def superuser(server_urls: dict[str, str], database: Database) -> psycopg.Connection:
    """Who can do everything on the database, as after a break-in."""
    conn = psycopg.connect(server_urls["superuser"], dbname=database.name, autocommit=True)
    conn.execute(UNGUARDED)
    return conn


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("update private.audit set caseworker = '2' where n = 4", "entry 4 was changed"),
        ("update private.audit set subject = 'x' where n = 4", "entry 4 was changed"),
        ("update private.audit set at = at - interval '1 day' where n = 3", "entry 3 was changed"),
        ("update private.audit set hash = sha256(hash) where n = 5", "entry 5 was changed"),
        ("delete from private.audit where n = 4", "after entry 3 an entry is missing"),
        ("delete from private.audit where n = 1", "after entry 0 an entry is missing"),
    ],
)
def test_a_changed_trail_is_noticed(
    trail: World, server_urls: dict[str, str], database: Database, change: str, fault: str
) -> None:
    with superuser(server_urls, database) as conn:
        conn.execute(change)
    with trail.console.engine.connect() as conn:
        assert audit.verify(conn).fault.startswith(fault)


def test_a_trail_that_was_cut_or_written_anew_is_noticed_by_the_copied_head(
    trail: World, server_urls: dict[str, str], database: Database
) -> None:
    with trail.console.engine.connect() as conn:
        copied = audit.head(conn)
    with superuser(server_urls, database) as conn:
        conn.execute("delete from private.audit where n > 4")
    with trail.console.engine.begin() as conn:
        assert audit.verify(conn).fault == ""
        assert audit.verify(conn, copied).fault.startswith("no entry has the head")
        audit.append(conn, trail.programme, "1", "outcome", NOW, "other")
        assert audit.verify(conn, copied).fault.startswith("no entry has the head")


@pytest.mark.parametrize("change", ["update {} set what = ''", "delete from {}", "truncate {}"])
def test_the_trail_is_append_only_even_for_its_owner(trail: World, owner: Connection, change: str) -> None:
    with pytest.raises(IntegrityError, match="audit is append-only"):
        owner.execute(text(change.format("private.audit")))


def test_an_outcome_is_never_changed(trail: World, owner: Connection) -> None:
    with pytest.raises(IntegrityError, match="outcome is append-only"):
        owner.execute(text("update private.outcome set code = 'X'"))


def test_no_entry_breaks_its_line(world: World) -> None:
    with world.console.engine.begin() as conn, pytest.raises(IntegrityError, match="ck_audit_lines"):
        audit.append(conn, world.programme, "1", "x\ny", NOW)


def test_the_page_shows_the_latest_entries_only(world: World) -> None:
    with world.console.engine.begin() as conn:
        for n in range(250):
            audit.append(conn, world.programme, "1", "download", NOW + timedelta(seconds=n))
    assert world.browser(signed_in=0).get("/audit").text.count("<tr>") == 201
