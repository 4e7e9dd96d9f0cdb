"""The download, typed outcomes, two claims at once, envelopes sealed again, and the purge."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.private import outcome_code, sealing
from sms_app.private.console import accounts, requests
from tests.world.console import PROGRAMME, TOKEN, Browser, World, form_id, give_key, load_roster, record
from tests.world.databases import Database
from tests.world.times import NOW, TODAY
from worker import clock

PURGE = "select purge_requests(%(today)s)"
AFTER = TODAY + timedelta(days=91)


def test_the_download_names_the_days_off_of_a_month(world: World) -> None:
    off = {TODAY, TODAY + timedelta(days=29), TODAY + timedelta(days=30)}
    programmes = world.console.programmes
    assert isinstance(programmes, dict)
    programmes["rwanda"] = replace(PROGRAMME, is_working_day=lambda day: day not in off)
    browser = world.browser(signed_in=0)
    give_key(browser, "1")
    assert json.loads(browser.get("/download").data)["days_off"] == ["2026-03-11", "2026-04-09"]


def test_the_download_has_what_the_page_needs(world: World) -> None:
    browser = world.browser(signed_in=0)
    assert browser.get("/download").status_code == 409
    public = give_key(browser, "1")
    rows = [world.request() for _ in range(3)]
    record(browser, outcome_code.code(rows[0], "A"), outcome_code.code(rows[0], "F"))
    withdrawn = b"w" * 32
    signed = load_roster(world.owner, world.programme, TODAY, version=2)
    world.owner.exec_driver_sql(
        "insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on) values (%(p)s, %(f)s, %(d)s)",
        {"p": world.programme, "f": withdrawn, "d": TODAY},
    )
    world.owner.commit()
    reply = browser.get("/download")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="requests-2026-03-11.json"'
    assert reply.headers["Cache-Control"] == "no-store"
    file = json.loads(reply.data)
    listed = {entry["id"]: entry for entry in file.pop("requests")}
    assert file == {
        "format": 1,
        "programme": "rwanda",
        "made": int(world.time.now.timestamp()),
        "rewritten": int(NOW.timestamp()),
        "time_zone": "Africa/Kigali",
        "caseworker": "1",
        "public_key": sealing.to_text(public),
        "wrapped_key": {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"d" * 200)},
        "roster": signed,
        "withdrawn": [sealing.to_text(withdrawn)],
        "sectors": ["Kigabiro", "Muhazi"],
        "bands": ["08:00-11:00", "11:00-14:00"],
        "days_off": [],
        "programme_line": "0788 000 000",
        "rules": {"under_18": "Ask who she trusts.", "men": "Give the numbers to call."},
    }
    assert listed.keys() == {sealing.to_text(row) for row in rows}
    day = "2026-03-11"
    assert [entry["outcomes"] for entry in (listed[sealing.to_text(row)] for row in rows)] == [
        [{"code": "A", "by": "1", "on": day}, {"code": "F", "by": "1", "on": day}],
        [],
        [],
    ]
    for entry in listed.values():
        assert len(sealing.from_text(entry["envelope"])) == sealing.ENVELOPE_BYTES


def test_there_is_no_download_while_the_newest_requests_are_not_in_it(world: World) -> None:
    browser = world.browser(signed_in=0)
    give_key(browser, "1")
    now = world.time.now
    for at, status in (
        (now - timedelta(minutes=26), 503),
        (now + timedelta(minutes=2), 503),
        (None, 503),
        (now - timedelta(minutes=24), 200),
        (now, 200),
    ):
        world.rewritten(at)
        reply = browser.get("/download")
        assert reply.status_code == status, at
        assert (status == 200) != ("make no call" in reply.text)


def test_there_is_no_download_while_no_roster_is_accepted(world: World) -> None:
    browser = world.browser(signed_in=0)
    give_key(browser, "1")
    assert browser.get("/download").status_code == 200
    # a row that is not signed, such as anybody with the console's role adds
    world.owner.exec_driver_sql(
        "insert into private.roster values (%(p)s, 2147483647, 'x', %(d)s)",
        {"p": world.programme, "d": TODAY},
    )
    world.owner.commit()
    file = json.loads(browser.get("/download").data)
    assert json.loads(json.loads(file["roster"])["roster"])["version"] == 1
    pins = world.console.pins["rwanda"]
    world.console.pins["rwanda"] = replace(pins, least_version=2)  # type: ignore[index]
    reply = browser.get("/download")
    assert reply.status_code == 503
    assert "no roster is accepted" in reply.text
    world.console.pins["rwanda"] = pins  # type: ignore[index]
    world.time.pass_(days=184)
    browser.sign_in(world.people[0])
    world.rewritten(world.time.now)
    reply = browser.get("/download")
    assert reply.status_code == 503
    assert "the roster is not accepted any more (it ends on 11/09/2026)" in reply.text


def test_requests_are_downloaded_in_random_order(world: World) -> None:
    browser = world.browser(signed_in=0)
    give_key(browser, "1")
    for _ in range(12):
        world.request()
    orders = {
        tuple(entry["id"] for entry in json.loads(browser.get("/download").data)["requests"])
        for _ in range(4)
    }
    assert len(orders) > 1


def test_each_code_gets_a_plain_answer(world: World) -> None:
    first, second = world.browser(signed_in=0), world.browser(signed_in=1)
    row, other = world.request(), world.request()
    good = outcome_code.code(row, "T")
    missing = outcome_code.code(bytes(b ^ 255 for b in row), "T")
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert record(first, good.lower(), missing, wrong, "hello") == [
        "recorded.",
        "not recorded: there is no such request.",
        "not recorded: this is a wrong code. Compare it with the page, each character.",
        "not recorded: this is a wrong code. Compare it with the page, each character.",
    ]
    assert record(second, good) == ["not recorded: a colleague has taken this request."]
    assert record(first, outcome_code.code(other, "X"), outcome_code.code(other, "R")) == [
        "recorded.",
        "not recorded: this request is closed already.",
    ]
    assert "No code was typed." in first.post("/outcomes", codes="  ", form=str(uuid4())).text
    page = first.post("/outcomes", codes="<b>hi</b>", form="x").text
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("codes", "taken", "closed", "kept"),
    [
        ("T", True, False, False),
        ("TR", True, True, False),
        ("TA", True, False, False),
        ("TAA", True, True, False),
        ("TAAR", True, True, False),
        ("TAAM", True, False, False),
        ("TAF", True, False, False),
        ("TAFA", True, True, False),
        ("TRF", True, False, False),
        ("TRX", True, True, False),
        ("TRH", False, False, False),
        ("H", False, False, False),
        ("XD", True, True, True),
        ("TE", True, True, False),
        ("TEM", True, False, False),
        ("TEMX", True, True, False),
        ("TH", False, False, False),
        ("D", True, True, True),
        ("X", True, True, False),
    ],
)
def test_outcomes_take_and_close_a_request(
    world: World, codes: str, taken: bool, closed: bool, kept: bool
) -> None:
    browser, row = world.browser(signed_in=0), world.request()
    assert record(browser, *(outcome_code.code(row, letter) for letter in codes)) == ["recorded."] * len(
        codes
    )
    state = world.values("select taken_by is not null, closed_on, kept from private.request_state")
    assert state == [(taken, TODAY if closed else None, kept)]
    stored = world.values("select code, on_day from private.outcome order by n")
    assert stored == [(letter, TODAY) for letter in codes]


def test_what_is_handed_over_a_colleague_takes(world: World) -> None:
    first, second, row = world.browser(signed_in=0), world.browser(signed_in=1), world.request()
    record(first, outcome_code.code(row, "T"), outcome_code.code(row, "H"))
    assert record(second, outcome_code.code(row, "T")) == ["recorded."]
    assert record(first, outcome_code.code(row, "R")) == ["not recorded: a colleague has taken this request."]


def test_a_colleague_may_close_a_request_that_a_do_not_call_closed(world: World) -> None:
    first, second, row = world.browser(signed_in=0), world.browser(signed_in=1), world.request()
    record(first, outcome_code.code(row, "T"))
    assert record(second, outcome_code.code(row, "X")) == ["recorded."]
    assert record(first, outcome_code.code(row, "R")) == ["not recorded: this request is closed already."]


def test_many_codes_are_counted_and_those_that_were_not_recorded_listed(world: World) -> None:
    browser = world.browser(signed_in=0)
    codes = [
        outcome_code.code(world.request(n.to_bytes(4) + b"r" * 12), "X")
        for n in range(1 << 8, 25 << 8, 1 << 8)
    ]
    page = browser.post("/outcomes", codes=" ".join([*codes, "wrong"]), form=str(uuid4())).text
    assert "24 codes are recorded." in page
    assert page.count("<li><span") == 1
    many = browser.post("/outcomes", codes=" ".join(["x"] * 2_003), form=str(uuid4())).text
    assert "The last 3 codes were not read" in many


def test_one_code_closes_many_requests_and_the_purge_destroys_them(world: World, database: Database) -> None:
    first, second = world.browser(signed_in=0), world.browser(signed_in=1)
    rows = [world.request(n.to_bytes(4) + b"r" * 12) for n in range(1 << 8, 61 << 8, 1 << 8)]
    other, kept, reached = (world.request(letter * 16) for letter in (b"o", b"k", b"e"))
    # a colleague's, a do-not-call, and one whose 90 days run
    record(second, outcome_code.code(rows[0], "T"), outcome_code.code(kept, "D"))
    record(second, outcome_code.code(reached, "T"), outcome_code.code(reached, "R"))
    code = outcome_code.closing([*rows, kept, reached, b"gone" * 4])
    said = record(first, code.lower(), outcome_code.code(other, "T"))
    assert said == ["closed: 60. Closed before, or not there: 3.", "recorded."]
    closed = world.values("select request_id from private.outcome where code = 'X' order by 1")
    assert closed == [(row,) for row in rows]
    audited = world.values("select caseworker, subject from private.audit where what = 'close_many'")
    assert audited == [("1", f"60 {sha256(code.encode()).hexdigest()[:16]}")]
    assert record(second, code) == ["closed: 0. Closed before, or not there: 63."]
    assert record(second, code[5:]) == [
        "not recorded: this is a wrong code. Compare it with the page, each character."
    ]
    worker = create_engine(sqlalchemy_url(database.worker), poolclass=pool.NullPool)
    with worker.begin() as conn:
        conn.exec_driver_sql(PURGE, {"today": AFTER})
    assert {row for (row,) in world.values("select id from private.request")} == {other, kept}


def test_of_rows_with_the_same_characters_one_code_closes_all_or_none(world: World) -> None:
    """The code of an empty entry must not close a request that begins like it."""
    browser = world.browser(signed_in=0)
    twins = [world.request(b"same" + bytes([n]) * 12) for n in (1, 2)]
    assert record(browser, outcome_code.closing(twins[:1])) == ["closed: 0. Closed before, or not there: 1."]
    assert record(browser, outcome_code.closing(twins)) == ["closed: 2. Closed before, or not there: 0."]


def test_a_do_not_call_is_kept_whoever_took_the_request_and_nothing_lifts_it(world: World) -> None:
    first, second, row = world.browser(signed_in=0), world.browser(signed_in=1), world.request()
    record(first, outcome_code.code(row, "T"))
    assert record(second, outcome_code.code(row, "D")) == ["recorded."]
    for browser, letter in ((first, "F"), (second, "F"), (second, "T"), (first, "X")):
        assert record(browser, outcome_code.code(row, letter)) == [
            "not recorded: this request is closed already."
        ]


def test_a_form_that_is_sent_twice_is_recorded_once(world: World) -> None:
    browser, row = world.browser(signed_in=0), world.request()
    form, code = form_id(browser.get("/outcomes").text), outcome_code.code(row, "A")
    for _ in range(2):
        assert "recorded." in browser.post("/outcomes", codes=f"{code} {code}", form=form).text
    assert world.values("select count(*) from private.outcome") == [(2,)]


def test_of_two_rows_with_the_same_characters_the_open_one_is_meant(world: World) -> None:
    browser, row = world.browser(signed_in=0), world.request(b"same" + b"1" * 12)
    record(browser, outcome_code.code(row, "X"))
    twin = world.request(b"same" + b"2" * 12)
    assert record(browser, outcome_code.code(row, "T")) == ["recorded."]
    assert world.values("select request_id from private.outcome where code = 'T'") == [(twin,)]
    world.request(b"same" + b"3" * 12)
    (said,) = record(browser, outcome_code.code(row, "A"))
    assert said.startswith("not recorded: two requests begin")


def test_of_two_caseworkers_who_take_a_request_at_once_one_does(world: World) -> None:
    people, start = [world.caseworker(n) for n in (0, 1)], Barrier(2)

    def take(n: int, row: bytes) -> str:
        with world.console.engine.begin() as conn:
            start.wait()
            (answer,) = requests.record(
                conn, people[n], outcome_code.code(row, "T"), uuid4(), world.time.now, TODAY
            )
        return answer.result

    with ThreadPoolExecutor(2) as pool_:
        for _ in range(20):
            row = world.request()
            results = list(pool_.map(take, (0, 1), (row, row)))
            assert sorted(results) == ["recorded", "taken"]
    assert world.values("select count(*), count(distinct request_id) from private.outcome") == [(20, 20)]


def test_two_forms_that_wait_for_each_other_are_both_recorded(world: World) -> None:
    """Each has recorded a code that the other one's form has too, in another order."""
    first, second = world.browser(signed_in=0), world.browser(signed_in=1)
    rows = [world.request(bytes((n,)) * 16) for n in range(60)]
    start = Barrier(2)

    def close(browser: Browser, listed: list[bytes]) -> int:
        form = form_id(browser.get("/outcomes").text)
        token = TOKEN.search(browser.get("/outcomes").text)
        assert token
        codes = " ".join(outcome_code.code(row, "X") for row in listed)
        start.wait()
        return browser.send("/outcomes", codes=codes, form=form, csrf_token=token[1]).status_code

    with ThreadPoolExecutor(2) as pool_:
        assert list(pool_.map(close, (first, second), (rows, rows[::-1]))) == [200, 200]
    assert world.values("select count(distinct request_id) from private.outcome") == [(60,)]


def test_a_withdrawn_caseworkers_requests_go_back_to_the_others(world: World) -> None:
    first, second, row = world.browser(signed_in=0), world.browser(signed_in=1), world.request()
    public = give_key(first, "1")
    record(first, outcome_code.code(row, "T"))
    with world.console.engine.begin() as conn:
        accounts.withdraw(conn, world.caseworker(0), world.time.now, TODAY)
    assert first.get("/home").status_code == 404
    assert world.browser().give_password(world.people[0].email, world.people[0].password).status_code == 403
    assert record(second, outcome_code.code(row, "T")) == ["recorded."]
    assert world.values("select code from private.outcome where n = 2") == [("H",)]
    assert world.values("select fingerprint from private.withdrawn_key") == [(sealing.fingerprint(public),)]
    assert world.values("select wrapped_key from private.caseworker where code = '1'") == [(None,)]


def test_a_withdrawn_caseworker_is_not_on_duty_any_more(world: World) -> None:
    world.browser(signed_in=0).post("/duty/sign-in", "/duty")
    world.browser(signed_in=1).post("/duty/rota", "/duty", **{(TODAY + timedelta(days=1)).isoformat(): "2"})
    with world.console.engine.begin() as conn:
        accounts.withdraw(conn, world.caseworker(0), world.time.now, TODAY)
    assert world.values("select day, caseworker from duty_day") == [(TODAY + timedelta(days=1), "2")]


def test_a_new_caseworker_gets_a_code_that_nobody_had_as_long_as_there_is_one(world: World) -> None:
    def add(n: int) -> str:
        with world.console.engine.begin() as conn:
            email = f"colleague{n}@example.org"
            given = accounts.add(conn, world.console.secret, world.programme, email, world.time.now, TODAY)
        return given.code

    with world.console.engine.begin() as conn:
        accounts.withdraw(conn, world.caseworker(0), world.time.now, TODAY)
    assert [add(n) for n in range(8)] == ["3", "4", "5", "6", "7", "8", "9", "1"]


# --- the key


def test_the_setup_file_says_for_whom_the_page_makes_a_key(world: World) -> None:
    browser = world.browser(signed_in=1)
    reply = browser.get("/setup/file")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="caseworker-2.json"'
    assert json.loads(reply.data) == {
        "format": 1,
        "setup": True,
        "programme": "rwanda",
        "caseworker": "2",
        "sectors": ["Kigabiro", "Muhazi"],
        "time_zone": "Africa/Kigali",
    }


def test_a_key_is_stored_and_its_fingerprint_shown(world: World) -> None:
    browser = world.browser(signed_in=0)
    public = give_key(browser, "1")
    page = browser.get("/setup").text
    assert sealing.fingerprint(public).hex() in page.replace(" ", "")
    assert "not in the roster" in browser.get("/home").text
    load_roster(world.owner, world.programme, TODAY, version=2, c1=public)
    assert "not in the roster" not in browser.get("/home").text


def test_a_key_is_not_replaced_by_mistake(world: World) -> None:
    browser = world.browser(signed_in=0)
    public = give_key(browser, "1")
    reply = browser.post("/setup", text="{}")
    assert (reply.status_code, "Tick the box" in reply.text) == (400, True)
    assert world.values("select public_key from private.caseworker where code = '1'") == [(public,)]


def test_a_key_that_is_replaced_is_withdrawn_and_never_stored_again(world: World) -> None:
    browser = world.browser(signed_in=0)
    first = give_key(browser, "1")
    file = {
        "format": 1,
        "caseworker": "1",
        "public_key": sealing.to_text(first),
        "wrapped_key": {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"e" * 200)},
    }
    assert browser.post("/setup", text=json.dumps(file), replace="yes").location == "/setup"
    withdrawn = "select fingerprint from private.withdrawn_key"
    assert world.values(withdrawn) == [], "the same key, wrapped under other words"
    second = give_key(browser, "1")
    assert world.values(withdrawn) == [(sealing.fingerprint(first),)]
    reply = browser.post("/setup", text=json.dumps(file), replace="yes")
    assert (reply.status_code, "was withdrawn" in reply.text) == (400, True)
    assert world.values("select public_key from private.caseworker where code = '1'") == [(second,)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "of another version"),
        ({"caseworker": "2"}, "for another caseworker"),
        ({"public_key": sealing.to_text(b"\4" + b"x" * 64)}, "damaged"),
        ({"public_key": 7}, "damaged"),
        ({"wrapped_key": None}, "damaged"),
        ({"wrapped_key": {"iv": "AAAA", "data": "A" * 200}}, "damaged"),
        ({"wrapped_key": {"iv": "A" * 16, "data": "A" * 100_000}}, "damaged"),
    ],
)
def test_a_wrong_key_file_is_refused_with_a_reason(
    world: World, change: dict[str, object], said: str
) -> None:
    browser = world.browser(signed_in=0)
    file = {
        "format": 1,
        "caseworker": "1",
        "public_key": sealing.to_text(sealing.public_bytes(sealing.new_key().public_key())),
        "wrapped_key": {"iv": "A" * 16, "data": "A" * 200},
    }
    reply = browser.post("/setup", text=json.dumps(file | change))
    assert (reply.status_code, said in reply.text) == (400, True)
    for text in ("", "{", "[]", "null", "\udc80"):
        assert browser.post("/setup", text=text.encode("utf-8", "surrogatepass")).status_code == 400
    assert world.values("select count(public_key) from private.caseworker") == [(0,)]


# --- sealed again


@pytest.mark.parametrize("field", ["text", "file"])
def test_the_rows_of_a_year_can_be_sealed_again(world: World, field: str) -> None:
    """Fifty fillers a day, each destroyed 90 days after it was closed, are 4,500 rows at any time."""
    row, envelope = sealing.to_text(world.request()), sealing.to_text(b"\1" * sealing.ENVELOPE_BYTES)
    rows = [{"id": sealing.to_text(n.to_bytes(16, "big")), "envelope": envelope} for n in range(5_000)]
    text = json.dumps(
        {"format": 1, "programme": "rwanda", "requests": [*rows, {"id": row, "envelope": envelope}]}
    )
    sent: object = text if field == "text" else (BytesIO(text.encode()), "resealed.json")
    reply = world.browser(signed_in=0).post("/reseal", **{field: sent})
    assert (reply.status_code, "too large" in reply.text) == (200, False)


def test_envelopes_are_replaced_by_their_rows(world: World) -> None:
    browser = world.browser(signed_in=0)
    rows = [world.request() for _ in range(3)]
    new = bytes((sealing.VERSION,)) + b"n" * (sealing.ENVELOPE_BYTES - 1)
    sent = [rows[0], rows[1], sealing.new_row()]
    file = {
        "format": 1,
        "programme": "rwanda",
        "requests": [{"id": sealing.to_text(row), "envelope": sealing.to_text(new)} for row in sent],
    }
    page = browser.post("/reseal", text=json.dumps(file)).text
    assert "2 requests are sealed for the new roster now." in page
    assert "1 of the file are not there any more" in page
    sum_ = sha256(json.dumps(file).encode()).hexdigest()[:16]
    audited = "select subject from private.audit where what = 'seal_again'"
    assert world.values(audited) == [(f"2 {sum_}",)]
    stored = dict(world.values("select id, envelope from private.request"))
    assert [stored[row] == new for row in rows] == [True, True, False]
    assert len(stored) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"programme": "hills"},
        {"requests": []},
        {"requests": [{"id": "AAAA", "envelope": "AAAA"}]},
        {"requests": [{}]},
        {"requests": "x"},
    ],
)
def test_a_wrong_file_replaces_nothing(world: World, change: dict[str, object]) -> None:
    browser, row = world.browser(signed_in=0), world.request()
    before = world.values("select * from private.request")
    envelope = bytes((sealing.VERSION,)) + b"n" * (sealing.ENVELOPE_BYTES - 1)
    good = {"id": sealing.to_text(row), "envelope": sealing.to_text(envelope)}
    file = {"format": 1, "programme": "rwanda", "requests": [good]}
    short = {**good, "envelope": sealing.to_text(envelope[:-1])}
    for sent in ({**file, **change}, {**file, "requests": [good, short]}):
        assert browser.post("/reseal", text=json.dumps(sent)).status_code == 400
    assert world.values("select * from private.request") == before


# --- the purge


def test_the_worker_destroys_what_was_closed_more_than_90_days_ago(world: World, database: Database) -> None:
    browser = world.browser(signed_in=0)
    closed, kept, open_, untouched, late = (world.request() for _ in range(5))
    record(
        browser, outcome_code.code(closed, "X"), outcome_code.code(kept, "D"), outcome_code.code(open_, "T")
    )
    world.time.pass_(days=1)
    browser.sign_in(world.people[0])
    record(browser, outcome_code.code(late, "X"))
    worker = create_engine(sqlalchemy_url(database.worker), poolclass=pool.NullPool)
    with worker.begin() as conn:
        conn.exec_driver_sql(PURGE, {"today": AFTER - timedelta(days=1)})
    assert len(world.values("select id from private.request")) == 5
    with worker.begin() as conn:
        assert conn.exec_driver_sql(PURGE, {"today": AFTER}).all() in ([(None,)], [("",)])
    rest = {row for (row,) in world.values("select id from private.request")}
    assert rest == {kept, open_, untouched, late}
    for table in ("outcome", "request_state"):
        assert {row for (row,) in world.values(f"select request_id from private.{table}")} == {
            kept,
            open_,
            late,
        }


def test_the_clock_purges_and_rewrites(world: World, engine: Engine) -> None:
    browser = world.browser(signed_in=0)
    closed, open_ = world.request(), world.request()
    record(browser, outcome_code.code(closed, "X"))
    assert clock.rewrite_requests(engine, world.time.now + timedelta(days=90))
    assert len(world.values("select id from private.request")) == 2
    assert clock.rewrite_requests(engine, world.time.now + timedelta(days=91))
    assert world.values("select id from private.request") == [(open_,)]


def test_the_worker_reads_nothing_behind_the_wall(world: World, database: Database) -> None:
    with psycopg.connect(database.worker, autocommit=True) as conn:
        for table in ("request", "outcome", "request_state", "audit", "caseworker"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select * from private.{table}")


def test_an_outcome_is_audited_once_to_the_day_and_without_its_letter(world: World) -> None:
    browser, row, form = world.browser(signed_in=0), world.request(), str(uuid4())
    for _ in range(2):
        page = browser.post("/outcomes", codes=outcome_code.code(row, "T"), form=form).text
        assert "recorded." in page
    audited = "select subject, at at time zone 'Africa/Kigali' from private.audit where what = 'outcome'"
    assert world.values(audited) == [(outcome_code.prefix(row), datetime(2026, 3, 11))]
