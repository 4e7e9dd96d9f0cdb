"""Which request may be called when: the page's rules, run by themselves in a browser, for a table of cases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from sms_app.private import outcome_code, sealing
from sms_app.programme.support import MAX_WAIT
from tests.world.support import (
    BAND,
    NOW,
    OTHER,
    SECTORS,
    TODAY,
    WOMAN,
    ZONE,
    call,
    do_not_call,
    in_library,
    nothing,
    outcome,
    seconds,
    typed_phone,
)

DAY_SECONDS = 24 * 60 * 60
BANDS = ["11:00-14:00", BAND, "14:00-17:00"]
YESTERDAY = TODAY - timedelta(days=1)
DAYS_AGO = TODAY - timedelta(days=2)
THIRD = "+250780001003"


def as_rows(requests):
    """Rows as the page has them after opening: a request, or a request and its outcomes."""
    rows = []
    for number, entry in enumerate(requests):
        request, *outcomes = entry if isinstance(entry, tuple) else (entry,)
        rows.append({"id": str(number), "request": json.loads(request.encode()), "outcomes": outcomes})
    return rows


def decide(library, *requests, **changes):
    context = {"now": seconds(NOW), "zone": ZONE, "caseworker": "1", "kin": ["Muhazi"], "failed": 0}
    values = {"rows": as_rows(requests), "context": context | {"sectors": list(SECTORS)} | changes}
    return in_library(library, "(v) => decide(v.rows, v.context)", values)


def states(library, *requests, **changes):
    """The state of each request by its place; None for one that is not shown."""
    shown = {entry["id"]: entry["state"] for entry in decide(library, *requests, **changes)["shown"]}
    return [shown.get(str(number)) for number in range(len(requests))]


DO_NOT_CALL = {
    "a request alone": ([call()], ["call"]),
    "refused later": ([call(0), do_not_call(1)], ["withdrawn", "do_not_call"]),
    "a tie in the second": ([call(1), do_not_call(1)], ["withdrawn", "do_not_call"]),
    "asked again later": ([do_not_call(0), call(1)], ["do_not_call", "call"]),
    "asked, refused, asked": ([call(0), do_not_call(1), call(2)], ["withdrawn", "do_not_call", "call"]),
    "refused twice": (
        [do_not_call(0), call(1), do_not_call(2)],
        ["do_not_call", "withdrawn", "do_not_call"],
    ),
    "refused by the typed phone, earlier": (
        [typed_phone(OTHER), do_not_call(1, OTHER)],
        ["withdrawn", "do_not_call"],
    ),
    "refused by the typed phone before": (
        [do_not_call(0, OTHER), call(1, number=OTHER)],
        ["do_not_call", "withdrawn"],
    ),
    "dialled from a phone that refused": (
        [do_not_call(5), typed_phone(OTHER)],
        ["do_not_call", "withdrawn"],
    ),
    "a later request from elsewhere lifts nothing": (
        [do_not_call(0), call(1, dialled_from=OTHER, who_answers="other_phone")],
        ["do_not_call", "withdrawn"],
    ),
    "a later request from that phone lifts it, also for what comes after from elsewhere": (
        [do_not_call(0), call(1), call(2, dialled_from=OTHER, who_answers="other_phone")],
        ["do_not_call", "call", "call"],
    ),
    "it lifts nothing for what came before it": (
        [do_not_call(0), call(1, dialled_from=OTHER, who_answers="other_phone"), call(2)],
        ["do_not_call", "withdrawn", "call"],
    ),
    "another number's refusal": ([call(0), do_not_call(1, OTHER)], ["call", "do_not_call"]),
    "dialled from that phone for another number": (
        [do_not_call(0), call(1, number=OTHER, who_answers="other_phone")],
        ["do_not_call", "call"],
    ),
    "both phones refused, one lifted": (
        [do_not_call(0), do_not_call(0, OTHER), call(1, number=OTHER, who_answers="other_phone")],
        ["do_not_call", "do_not_call", "withdrawn"],
    ),
    "a refusal that was dealt with still counts": (
        [call(0), (do_not_call(1), outcome("D", on=YESTERDAY))],
        ["withdrawn", None],
    ),
    "a refusal that somebody closed still counts": (
        [call(0), (do_not_call(1), outcome("X"))],
        ["withdrawn", "do_not_call"],
    ),
    "the same number with spaces": (
        [call(0), do_not_call(1, "+250 780 001 001")],
        ["withdrawn", "do_not_call"],
    ),
    "a request that was closed lifts it all the same": (
        [do_not_call(0), (call(1), outcome("X")), call(2, dialled_from=OTHER, who_answers="other_phone")],
        ["do_not_call", None, "call"],
    ),
}


@pytest.mark.parametrize("case", DO_NOT_CALL)
def test_do_not_call_comes_first(library, case):
    requests, expected = DO_NOT_CALL[case]
    assert states(library, *requests) == expected


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_do_not_call_wins_in_every_order_of_two_numbers(library, order):
    """Two numbers, each with a request and a do-not-call, made in every order: a number whose do-not-call is last is
    not called, whatever the other does. The rows stand in the order in which they are listed here, always."""
    a, b, c, d = order
    requests = [call(a), do_not_call(b), call(c, dialled_from=OTHER, number=OTHER), do_not_call(d, OTHER)]
    first = "call" if a > b else "withdrawn"
    second = "call" if c > d else "withdrawn"
    assert states(library, *requests) == [first, "do_not_call", second, "do_not_call"]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_order_of_the_rows_does_not_matter(library, order):
    requests = [call(0), do_not_call(1), call(2)]
    expected = ["withdrawn", "do_not_call", "call"]
    assert states(library, *[requests[n] for n in order]) == [expected[n] for n in order]


E_FROM_OTHER = call(1, dialled_from=OTHER, who_answers="other_phone")
AFTER_A_CALL = {
    "no answer yesterday": ([(call(), outcome("T", on=YESTERDAY), outcome("A", on=YESTERDAY))], ["call"]),
    "no answer today": ([(call(), outcome("A"))], ["called_today"]),
    "a colleague called today": ([(call(), outcome("A", by="2"))], ["called_today"]),
    "taken today, not yet called": ([(call(), outcome("T"))], ["call"]),
    "two calls": ([(call(), outcome("A", on=DAYS_AGO), outcome("A", on=YESTERDAY))], ["two_calls"]),
    "reached": ([(call(), outcome("R", on=YESTERDAY))], ["reached"]),
    "reached, with a new yes": (
        [(call(), outcome("R", on=YESTERDAY), outcome("F", on=YESTERDAY))],
        ["call"],
    ),
    "reached and a new yes today": ([(call(), outcome("R"), outcome("F"))], ["called_today"]),
    "called after the new yes": (
        [(call(), *(outcome(letter, on=DAYS_AGO) for letter in "RF"), outcome("A", on=YESTERDAY))],
        ["two_calls"],
    ),
    "reached again after the new yes": (
        [(call(), *(outcome(letter, on=DAYS_AGO) for letter in "RF"), outcome("R", on=YESTERDAY))],
        ["reached"],
    ),
    "another request for the same phone, called in this band today": (
        [(call(0), outcome("A")), call(1)],
        ["called_today", "called_today"],
    ),
    "another request for the same phone in another band": (
        [(call(0, band="11:00-14:00"), outcome("A")), call(1)],
        ["called_today", "call"],
    ),
    "someone else answered": ([(call(), outcome("E", on=YESTERDAY))], ["meet"]),
    "someone else answered: every request for that phone": (
        [(call(0), outcome("E", by="2", on=YESTERDAY)), E_FROM_OTHER, typed_phone(THIRD)],
        ["meet", "meet", "meet"],
    ),
    "someone else answered: also a request of a later day": (
        [
            (call(-1440), outcome("E", by="2", on=YESTERDAY)),
            call(1),
            call(2, dialled_from=OTHER, number=OTHER),
        ],
        ["meet", "meet", "call"],
    ),
    "meet in person": ([(call(), outcome("M"))], ["meet"]),
    "taken by a colleague": ([(call(), outcome("T", by="2"))], ["taken"]),
    "handed over by the colleague": ([(call(), outcome("T", by="2"), outcome("H", by="2"))], ["call"]),
    "handed over and taken again": (
        [(call(), outcome("T", by="2"), outcome("H", by="2"), outcome("T", by="2"))],
        ["taken"],
    ),
    "handed over by another colleague": ([(call(), outcome("T", by="2"), outcome("H", by="3"))], ["taken"]),
    "handed over by me": ([(call(), outcome("T"), outcome("H"))], ["handed"]),
    "closed": ([(call(), outcome("X"))], [None]),
    "the last day": ([call(until=TODAY)], ["call"]),
    "after the last day": ([call(until=YESTERDAY)], ["over"]),
    "kin": ([call(sectors=("Muhazi",))], ["kin"]),
    "kin, in other letters": ([call(sectors=("MUHAZI ",))], ["kin"]),
    "kin in one of several": ([call(sectors=("Kigabiro", "Muhazi"))], ["kin"]),
    "kin, handed over": ([(call(sectors=("Muhazi",)), outcome("H"))], ["handed"]),
    "kin and withdrawn": ([call(0, sectors=("Muhazi",)), do_not_call(1)], ["withdrawn", "do_not_call"]),
    "unknown sector": ([call(sectors=())], ["call"]),
    "outcomes that make no sense": (
        [(call(), {"code": "ZZ", "by": "1", "on": "2027"}, {}, None, 7, outcome(""), outcome("DX"))],
        ["call"],
    ),
}


@pytest.mark.parametrize("case", AFTER_A_CALL)
def test_what_may_be_called(library, case):
    requests, expected = AFTER_A_CALL[case]
    assert states(library, *requests) == expected


DAY = 24 * 60
FROM_OTHER = call(1 - DAY, dialled_from=OTHER, who_answers="other_phone")
"""Yesterday, for the woman's phone."""


def yesterday(*letters, by="1", minute=-DAY):
    return (call(minute), *(outcome(letter, by=by, on=YESTERDAY) for letter in letters))


@pytest.mark.parametrize("second", [call(1 - DAY), FROM_OTHER, typed_phone(THIRD, at=call(1 - DAY).at)])
@pytest.mark.parametrize(
    ("first", "state"),
    [
        (yesterday("T", "R"), "reached"),
        (yesterday("T", "M"), "meet"),
        (yesterday("T", "A", "A"), "two_calls"),
        (yesterday("T", by="2"), "taken"),
        (yesterday("T", "H"), "handed"),
        (yesterday("T", "R", "X"), "reached"),
        (yesterday("T", "R", "F"), "call"),
        (yesterday("T", "R", "F", by="2"), "taken"),
        (yesterday("T", "H", by="2"), "call"),
        (yesterday("T", "X", by="2"), "call"),
        (yesterday("A"), "call"),
        ((*yesterday("R", "F"), outcome("A", on=TODAY)), "two_calls"),
    ],
)
def test_what_happened_holds_for_each_request_that_names_the_phone(library, first, state, second):
    assert states(library, first, second)[1] == state
    assert states(library, second, first)[0] == state


@pytest.mark.parametrize("codes", ["TR", "TM", "TAA", "TH"])
def test_a_request_that_is_dialled_on_a_later_day_opens_the_phone_again(library, codes):
    assert states(library, yesterday(*codes), call(1))[1] == "call"
    # not one of the same day, since the console notes no hour
    assert states(library, (call(0), *(outcome(code, on=TODAY) for code in codes)), call(1))[1] != "call"


def test_two_calls_count_also_when_each_is_of_another_request(library):
    first, second = yesterday("A"), (call(1 - DAY), outcome("A", on=YESTERDAY))
    assert states(library, first, second) == ["two_calls", "two_calls"]


def test_a_call_in_hours_that_overlap_counts_as_one_of_this_band(library):
    first = (call(0, band="10:00-12:00"), outcome("A"))
    assert states(library, first, call(1), call(2, band="12:00-14:00"))[1:] == ["called_today", "call"]


def test_after_a_new_yes_no_request_is_called_before_the_next_day(library):
    first = (call(0, band="05:00-08:00"), outcome("R"), outcome("F"))
    assert states(library, first, call(1)) == ["called_today", "called_today"]


def test_when_two_took_requests_for_one_phone_the_first_has_it(library):
    requests = [(call(0), outcome("T", by="2")), (call(1), outcome("T", by="1"))]
    shown = decide(library, *requests)["shown"]
    assert [entry["state"] for entry in shown] == ["taken", "taken"]
    assert [entry["codes"] for entry in shown] == [[], ["H", "X"]]
    assert states(library, *requests, caseworker="2") == ["call", "taken"]


SAID = outcome("D", by="2", on=YESTERDAY)


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([(call(-DAY), SAID), call(1 - DAY), FROM_OTHER], [None, "withdrawn", "withdrawn"]),
        # later requests too, whoever made them, but for one that is dialled from that phone
        ([(call(-DAY), SAID), call(1, dialled_from=OTHER, who_answers="other_phone")], [None, "withdrawn"]),
        ([(call(-DAY), SAID), call(1)], [None, "call"]),
        # the phone to call is closed, not the one that it was dialled from
        ([(typed_phone(OTHER, at=call(-DAY).at), SAID), call(1 - DAY)], [None, "call"]),
        ([(typed_phone(OTHER, at=call(-DAY).at), SAID), call(1, dialled_from=OTHER)], [None, "call"]),
        ([(typed_phone(OTHER, at=call(-DAY).at), SAID), call(1, number=OTHER)], [None, "withdrawn"]),
    ],
)
def test_do_not_call_again_said_in_a_call_closes_the_phone(library, requests, expected):
    assert states(library, *requests) == expected


def test_a_do_not_call_that_was_said_has_its_code_with_every_call_that_may_have_been_made(library):
    for request in (call(), (call(), outcome("A")), (call(), outcome("R")), (call(), outcome("M"))):
        (shown,) = decide(library, request)["shown"]
        assert "D" in shown["codes"]


@pytest.mark.parametrize(
    ("request_", "changes", "confirm", "sectors"),
    [
        (call(), {}, [], ["Kigabiro"]),
        (call(sectors=()), {}, ["sector"], list(SECTORS)),
        (call(sectors=("Kigabiro", "Musha")), {}, ["sector"], ["Kigabiro", "Musha"]),
        (call(), {"failed": 2}, ["failed"], ["Kigabiro"]),
        (call(sectors=()), {"failed": 1}, ["sector", "failed"], list(SECTORS)),
        # a sector that was renamed since the group, or the caseworker's key, was made
        (call(sectors=("Kigabiro I",)), {}, ["sector"], ["Kigabiro I"]),
        (call(), {"kin": ["Old name"]}, ["sector"], ["Kigabiro"]),
        # the sector is that of the phone which was dialled
        (typed_phone(OTHER), {}, ["sector"], ["Kigabiro"]),
    ],
)
def test_a_colleague_confirms_when_something_is_not_certain(library, request_, changes, confirm, sectors):
    (shown,) = decide(library, request_, **changes)["shown"]
    assert (shown["confirm"], shown["sectors"]) == (confirm, sectors)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # the typed phone has dialled itself once, from a sector in which she has kin
        (call(0, dialled_from=OTHER, number=OTHER, sectors=("Muhazi",)), typed_phone(OTHER), ["kin", "kin"]),
        (call(0, dialled_from=OTHER, number=THIRD, sectors=("Muhazi",)), typed_phone(OTHER), ["kin", "kin"]),
        (call(0, sectors=("Muhazi",)), call(1), ["kin", "kin"]),
        # closed, and kept until it is destroyed
        ((call(0, sectors=("Muhazi",)), outcome("X")), call(1), [None, "kin"]),
        # it was typed only: nothing is known of it
        (call(0, dialled_from=THIRD, number=OTHER, sectors=("Muhazi",)), typed_phone(OTHER), ["kin", "call"]),
        (call(0, dialled_from=OTHER, number=OTHER, sectors=("Muhazi",)), call(1), ["kin", "call"]),
    ],
)
def test_kin_is_judged_by_the_sectors_of_each_phone_that_a_request_names(library, first, second, expected):
    assert states(library, first, second) == expected
    assert states(library, second, first) == expected[::-1]


def test_a_colleague_confirms_when_a_phone_called_from_two_sectors(library):
    shown = decide(library, call(0, sectors=("Musha",)), call(1))["shown"]
    assert [(entry["confirm"], sorted(entry["sectors"])) for entry in shown] == [
        (["sector"], ["Kigabiro", "Musha"])
    ] * 2


def test_nothing_that_is_shown_has_a_number(library):
    requests = [
        call(0),
        do_not_call(1, THIRD),
        typed_phone(OTHER, sectors=("Muhazi",)),
        call(until=YESTERDAY),
    ]
    text = json.dumps(decide(library, *requests))
    for number in (WOMAN, OTHER, THIRD):
        assert number[-9:] not in text


def test_fillers_are_dropped_and_their_ids_given_until_they_are_closed(library):
    decided = decide(library, nothing(), call(), (nothing(), outcome("X")))
    assert decided["closable"] == ["0"]
    assert [shown["id"] for shown in decided["shown"]] == ["1"]


LONG_PAST = TODAY - timedelta(days=31)


@pytest.mark.parametrize(
    ("codes", "closable"),
    [
        ("", True),
        ("T", True),
        ("TH", True),
        ("TA", True),
        ("TRF", True),
        # the 90 days run already
        ("TR", False),
        ("TE", False),
        ("TAA", False),
        ("TAFA", False),
        ("TRX", False),
        # someone meets her
        ("TM", False),
        ("TRM", False),
        ("TMH", False),
    ],
)
def test_a_request_whose_date_is_past_for_thirty_days_is_closed_with_the_fillers(library, codes, closable):
    outcomes = [outcome(code, by="2") for code in codes]
    requests = [
        (call(until=LONG_PAST), *outcomes),
        (call(until=LONG_PAST + timedelta(days=1)), *outcomes),
        (do_not_call(0, THIRD), *outcomes),
    ]
    assert decide(library, *requests)["closable"] == (["0"] if closable else [])


def test_the_page_makes_the_same_code_for_many_rows(library):
    for count in (1, 2, 300):
        rows = [sealing.new_row() for _ in range(count)]
        made = in_library(
            library,
            """(rows) => closingCode(rows.map((row) =>
            Uint8Array.from(row.match(/../g), (byte) => parseInt(byte, 16))))""",
            [row.hex() for row in rows],
        )
        assert made == outcome_code.closing(rows)


def test_do_not_calls_are_listed_first_then_what_may_be_called_and_the_oldest_first(library):
    requests = [
        call(3, until=YESTERDAY),
        call(2),
        call(1, dialled_from=OTHER, number=OTHER),
        do_not_call(0, THIRD),
    ]
    assert [shown["id"] for shown in decide(library, *requests)["shown"]] == ["3", "2", "1", "0"]


def test_a_call_from_the_future_is_forged_and_lifts_nothing(library):
    later = (NOW - call().at) // timedelta(minutes=1) + 10
    decided = decide(library, do_not_call(0), call(later), call(1, dialled_from=OTHER, who_answers="alone"))
    assert decided["forged"] == 1
    assert [(shown["id"], shown["state"]) for shown in decided["shown"]] == [
        ("0", "do_not_call"),
        ("2", "withdrawn"),
    ]
    # it is one of the rows of which a colleague has to know
    fine = call(2, number=THIRD, dialled_from=THIRD)
    assert [shown["confirm"] for shown in decide(library, call(later), fine)["shown"]] == [["failed"]]
    # a do-not-call from the future counts
    assert states(library, call(0), do_not_call(later)) == ["withdrawn", "do_not_call"]


@pytest.mark.parametrize(
    ("band", "until", "local", "expected"),
    [
        (BAND, TODAY, (11, 8, 0), (True, "2027-03-11")),
        (BAND, TODAY, (11, 10, 59), (True, "2027-03-11")),
        (BAND, TODAY, (11, 7, 59), (False, "2027-03-11")),
        (BAND, TODAY, (11, 11, 0), (False, None)),
        (BAND, date(2027, 3, 12), (11, 11, 0), (False, "2027-03-12")),
        (BAND, TODAY, (12, 9, 0), (False, None)),
        ("14:00-17:00", TODAY, (11, 9, 30), (False, "2027-03-11")),
        (BAND, date(2027, 4, 1), (31, 23, 59), (False, "2027-04-01")),
        # Saturday the 13th, Sunday the 14th, and Wednesday the 17th, a day off
        (BAND, date(2027, 3, 16), (13, 9, 0), (False, "2027-03-15")),
        (BAND, date(2027, 3, 16), (14, 9, 0), (False, "2027-03-15")),
        (BAND, date(2027, 3, 16), (12, 11, 0), (False, "2027-03-15")),
        (BAND, date(2027, 3, 14), (12, 11, 0), (False, None)),
        (BAND, date(2027, 3, 18), (17, 9, 0), (False, "2027-03-18")),
        (BAND, date(2027, 3, 17), (17, 9, 0), (False, None)),
        (BAND, date(2027, 3, 16), (15, 9, 0), (True, "2027-03-15")),
    ],
)
def test_a_number_may_be_called_in_its_band_until_its_date(library, band, until, local, expected):
    day, hour, minute = local
    now = datetime(2027, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=2)
    script = f"(v) => callTime(v.request, v.now, {{ time_zone: v.zone, days_off: ['2027-03-17'], bands: {BANDS} }})"
    values = {"request": {"band": band, "until": until.isoformat()}, "now": seconds(now), "zone": ZONE}
    when = in_library(library, script, values)
    assert (when["now"], when.get("day")) == expected


@pytest.mark.parametrize(
    ("band", "hours"),
    [
        ("00:00-23:59", (8, 17)),
        ("07:00-09:00", (8, 9)),
        ("16:30-20:00", (16.5, 17)),
        ("09:30-12:00", (9.5, 12)),
        ("05:00-08:00", None),
        ("17:00-18:00", None),
    ],
)
def test_no_number_is_shown_outside_the_programmes_hours_whatever_a_request_says(library, band, hours):
    script = f"(v) => callTime(v.request, v.now, {{ time_zone: v.zone, days_off: [], bands: {BANDS} }})"
    request = {"band": band, "until": TODAY.isoformat()}
    for half in range(48):
        now = datetime.combine(TODAY, time(), UTC) + timedelta(hours=half / 2 - 2)
        when = in_library(library, script, {"request": request, "now": seconds(now), "zone": ZONE})
        assert when["now"] == (hours is not None and hours[0] <= half / 2 < hours[1]), now
        assert (when["day"] is None) == (hours is None or half / 2 >= hours[1]), now


def test_the_band_is_in_the_programmes_time_zone_also_with_daylight_saving(library):
    values = {"request": {"band": BAND, "until": "2027-07-02"}, "zone": "America/New_York"}
    for hour, expected in ((11, False), (12, True), (14, True), (15, False)):
        now = seconds(datetime(2027, 7, 1, hour, 30, tzinfo=UTC))
        script = (
            f"(v) => callTime(v.request, v.now, {{ time_zone: v.zone, days_off: [], bands: {BANDS} }}).now"
        )
        assert in_library(library, script, {**values, "now": now}) is expected


def test_the_page_takes_every_date_that_may_be_promised(library):
    assert in_library(library, "() => LONGEST_WAIT_DAYS", None) == MAX_WAIT.days


def test_the_page_makes_the_same_outcome_codes(library):
    vectors = json.loads((Path(__file__).parent / "outcome_codes.json").read_text())
    script = """(vectors) => vectors.map(({ row, letter }) =>
        outcomeCode(Uint8Array.from(row.match(/../g), (byte) => parseInt(byte, 16)), letter))"""
    assert in_library(library, script, vectors) == [vector["code"] for vector in vectors]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "maybe"},
        {"at": "9"},
        {"from": ""},
        {"number": ""},
        {"number": "0780001001"},
        {"number": "<b>+250780001001</b>"},
        {"number": "+2507800010011234"},
        {"number": ["+250780001001"]},
        {"band": "mornings"},
        {"band": "08:00-25:00"},
        {"band": "11:00-08:00"},
        {"until": ""},
        {"until": "2027-02-30"},
        {"until": "9999-99-99"},
        {"until": "2027-04-02"},
        {"at": 10**17},
        {"at": -(10**17)},
        {"at": 1.5},
        {"at": seconds(datetime(2019, 12, 31, tzinfo=UTC))},
        {"at": seconds(NOW) + DAY_SECONDS + 1},
        {"answers": "nobody"},
        {"sectors": "Kigabiro"},
        {"sectors": [1]},
        {"role": None},
    ],
)
def test_content_that_is_no_request_is_refused(library, change):
    assert read_content(library, change) == "refused"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"until": "2027-04-01"},
        {"band": "14:00-17:00"},
        # the programme had other bands when she asked
        {"band": "09:30-12:00"},
        {"band": "07:00-09:00"},
        {"band": "00:00-23:59"},
        # clocks differ
        {"at": seconds(NOW) + DAY_SECONDS},
    ],
)
def test_content_within_the_bounds_is_read(library, change):
    assert read_content(library, change) == "read"


@pytest.mark.parametrize("kind", ["do_not_call", "nothing"])
def test_the_time_of_every_kind_is_bounded(library, kind):
    assert read_content(library, {"kind": kind}) == "read"
    for at in (10**17, 253402300799, seconds(NOW) + DAY_SECONDS + 1):
        assert read_content(library, {"kind": kind, "at": at}) == "refused"


def read_content(library, change):
    bounds = {"made": seconds(NOW), "time_zone": ZONE}
    script = """({ text, bounds }) => {
        try { return readContent(utf8(text), bounds) && "read"; } catch { return "refused"; } }"""
    text = json.dumps(json.loads(call().encode()) | change)
    return in_library(library, script, {"text": text, "bounds": bounds})


@pytest.mark.parametrize(
    "change", [{"at": 10**17}, {"until": "2026-99-99"}, {"band": None}, {"sectors": [None]}]
)
def test_a_row_that_cannot_be_read_is_counted_and_the_others_are_shown(library, change):
    rows = as_rows([call(0), do_not_call(1, OTHER), call(2, number=THIRD, dialled_from=THIRD)])
    rows[2]["request"] |= change
    # as if readContent had let it through
    context = {"now": seconds(NOW), "zone": ZONE, "caseworker": "1", "kin": ["Muhazi"], "failed": 0}
    values = {"rows": rows, "context": context | {"sectors": list(SECTORS)}}
    decided = in_library(library, "(v) => decide(v.rows, v.context)", values)
    assert decided["forged"] == 1
    states = [(shown["id"], shown["state"], shown.get("confirm")) for shown in decided["shown"]]
    assert states == [("1", "do_not_call", None), ("0", "call", ["failed"])]
