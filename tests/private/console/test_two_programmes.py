"""Two programmes with caseworkers in one database: a caseworker of one gets nothing of the other, whatever is asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

import pytest

from sms_app.private import audit, outcome_code, sealing
from sms_app.private.console import accounts
from tests.world.console import PINS, PROGRAMME, Browser, Person, World, give_key, load_roster, record
from tests.world.programme import COAST, add_programme
from tests.world.times import TODAY

EMAIL, PASSWORD = "coast@example.org", "a password of the coast"


@dataclass
class Two:
    """The console of two programmes; `world.people` has a third caseworker, of the second programme, code 1."""

    world: World
    coast: int

    def browser(self, number: int) -> Browser:
        return self.world.browser(signed_in=number)

    def request(self) -> bytes:
        """A sealed request of the second programme; gives its id."""
        return replace(self.world, programme=self.coast).request()


@pytest.fixture
def two(world: World) -> Two:
    coast = add_programme(world.owner, COAST)
    world.owner.commit()
    programmes = world.console.programmes
    assert isinstance(programmes, dict)
    pins = world.console.pins
    assert isinstance(pins, dict)
    pins["coast"] = PINS
    load_roster(world.owner, coast, TODAY, slug="coast")
    programmes["coast"] = replace(PROGRAMME, slug="coast", sectors=("Shore",))
    with world.console.engine.begin() as conn:
        now = world.time.now
        given = accounts.add(conn, world.console.secret, coast, EMAIL, now, TODAY, None, PASSWORD)
    assert given.code == "1", "each programme has its own codes"
    world.people.append(Person(EMAIL, PASSWORD, given))
    return Two(world, coast)


def ids(browser: Browser) -> set[str]:
    """The requests in a download."""
    return {entry["id"] for entry in json.loads(browser.get("/download").data)["requests"]}


def test_a_download_has_the_rows_and_withdrawn_keys_of_its_programme_only(two: Two) -> None:
    first, coast = two.browser(0), two.browser(2)
    earlier = {n: give_key(browser, "1") for n, browser in enumerate((first, coast))}
    for browser in (first, coast):
        give_key(browser, "1")
    own, theirs = [two.world.request() for _ in range(3)], [two.request() for _ in range(2)]
    assert ids(first) == {sealing.to_text(row) for row in own}
    assert ids(coast) == {sealing.to_text(row) for row in theirs}
    for n, browser in enumerate((first, coast)):
        file = json.loads(browser.get("/download").data)
        assert file["withdrawn"] == [sealing.to_text(sealing.fingerprint(earlier[n]))]
    assert (file["programme"], file["sectors"]) == ("coast", ["Shore"])


def test_codes_of_the_other_programmes_requests_are_of_no_request(two: Two) -> None:
    first, coast, row = two.browser(0), two.browser(2), two.request()
    for letter in outcome_code.LETTERS:
        assert record(first, outcome_code.code(row, letter)) == ["not recorded: there is no such request."]
    assert two.world.values("select count(*) from private.request_state") == [(0,)]
    assert record(coast, outcome_code.code(row, "T")) == ["recorded."]
    # the same first characters in both programmes: each means its own
    twin = two.world.request(row[:4] + b"t" * 12)
    assert record(first, outcome_code.code(twin, "X")) == ["recorded."]
    assert two.world.values("select request_id, code from private.outcome order by code") == [
        (row, "T"),
        (twin, "X"),
    ]


def test_the_database_records_no_outcome_for_a_caseworker_of_another_programme(two: Two) -> None:
    row, worker = two.request(), two.world.caseworker(0)
    with two.world.console.engine.begin() as conn:
        statement = "select record_outcome(gen_random_uuid(), %(worker)s, %(row)s, 'D', %(today)s)"
        values = {"worker": worker.id, "row": row, "today": TODAY}
        assert conn.exec_driver_sql(statement, values).scalar_one() == "unknown"


def test_an_outcome_of_the_other_programme_is_in_no_download(two: Two) -> None:
    """A request of before revision 0027 may be there for both."""
    first, coast, row = two.browser(0), two.browser(2), two.world.request()
    for browser in (first, coast):
        give_key(browser, "1")
    replace(two.world, programme=two.coast).request(row)
    assert record(first, outcome_code.code(row, "T")) == ["recorded."]
    outcomes = [json.loads(b.get("/download").data)["requests"][0]["outcomes"] for b in (first, coast)]
    assert [len(listed) for listed in outcomes] == [1, 0]


def test_envelopes_of_the_other_programme_are_not_replaced(two: Two) -> None:
    browser, row, own = two.browser(0), two.request(), two.world.request()
    before = two.world.values("select envelope from private.request where id = %(row)s", row=row)
    new = sealing.to_text(bytes((sealing.VERSION,)) + b"n" * (sealing.ENVELOPE_BYTES - 1))
    rows = [{"id": sealing.to_text(id_), "envelope": new} for id_ in (row, own)]
    page = browser.post("/reseal", text=json.dumps({"format": 1, "programme": "rwanda", "requests": rows}))
    assert "1 requests are sealed for the new roster now." in page.text
    assert two.world.values("select envelope from private.request where id = %(row)s", row=row) == before


def test_no_page_shows_anything_of_the_other_programme(two: Two) -> None:
    coast, row = two.browser(2), two.request()
    public = give_key(coast, "1")
    record(coast, outcome_code.code(row, "T"))
    coast.post("/duty/sign-in", "/duty")
    browser = two.browser(0)
    give_key(browser, "1")
    paths = {rule.rule for rule in two.world.app.url_map.iter_rules() if "GET" in rule.methods}
    for path in sorted(paths):
        page = re.sub(r"\s", "", browser.get(path).get_data(as_text=True))
        for theirs in (
            EMAIL,
            "coast",
            "Shore",
            outcome_code.prefix(row),
            sealing.to_text(row),
            row.hex(),
            sealing.to_text(public),
            sealing.fingerprint(public).hex(),
        ):
            assert theirs not in page, path
    assert "Nobody is on duty." in browser.get("/home").text
    for id_ in (sealing.to_text(row), row.hex(), str(two.coast), "coast"):
        for path in (f"/download/{id_}", f"/requests/{id_}", f"/{id_}", f"/audit/{id_}"):
            assert browser.get(path).status_code == 404
    asked = f"/download?programme={two.coast}&programme_id={two.coast}&slug=coast"
    assert json.loads(browser.get(asked).data)["programme"] == "rwanda"


def test_the_rota_and_the_trail_are_of_one_programme(two: Two) -> None:
    coast, browser = two.browser(2), two.browser(1)
    coast.post("/duty/sign-in", "/duty")
    # code 2 is of the first programme only
    coast.post("/duty/rota", "/duty", **{TODAY.isoformat(): "2"})
    browser.post("/duty/rota", "/duty", **{TODAY.isoformat(): "2"})
    assert two.world.values("select programme_id, caseworker, signed_in from duty_day order by 1") == [
        (two.world.programme, "2", False),
        (two.coast, "1", True),
    ]
    with two.world.console.engine.connect() as conn:
        entries = {id_: audit.latest(conn, id_, 100) for id_ in (two.world.programme, two.coast)}
        assert audit.verify(conn).fault == ""
    for id_, listed in entries.items():
        assert {entry.programme_id for entry in listed} == {id_}
    assert "sign_in_for_duty" not in {entry.what for entry in entries[two.world.programme]}


def test_a_key_that_one_programme_withdraws_is_not_withdrawn_in_the_other(two: Two) -> None:
    """So nobody stops the other programme's calls with a key that they have seen."""
    first, coast = two.browser(0), two.browser(2)
    public = give_key(coast, "1")
    file = {
        "format": 1,
        "caseworker": "1",
        "public_key": sealing.to_text(public),
        "wrapped_key": {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"d" * 200)},
    }
    assert first.post("/setup", text=json.dumps(file)).location == "/setup"
    give_key(first, "1")
    withdrawn = "select programme_id, fingerprint from private.withdrawn_key"
    assert two.world.values(withdrawn) == [(two.world.programme, sealing.fingerprint(public))]
