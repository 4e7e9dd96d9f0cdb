"""A donor's report: what it counts, and that nothing in it tells of fewer than ten people."""

import re
import stat
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from sms_app import models
from sms_app.cli.report import app
from sms_app.trial import donor, donor_tables
from sms_app.trial.donor import Cost, Facts, Group, Person, Quarter, Savings
from sms_app.trial.donor_tables import HIDDEN, Table
from sms_app.vault import Vault
from tests.world.exposed import Exposed
from tests.world.office_commands import Run, runner, trail
from tests.world.programme import rwanda_as
from tests.world.records import Records
from tests.world.times import moment

GROUPS = [
    Group(1, "woman", "East"),
    Group(2, "woman", "West"),
    Group(3, "man", "East"),
    Group(4, "man", "West"),
]
JANUARY = date(2025, 10, 6)


def crowd(count: int, sector: str, role: str = "women", band: str = "25 to 34", **values) -> list[Person]:
    return (
        [Person(role, sector, band, True, 10, 8)] * count
        if not values
        else [replace(Person(role, sector, band, True, 10, 8), **values)] * count
    )


def facts(
    people: list[Person], savings: list[Savings] | None = None, costs: list[Cost] | None = None
) -> Facts:
    return Facts(people, GROUPS, savings or [], costs or [])


def cells(table: Table) -> dict[str, list[str]]:
    return {line.label: list(line.cells) for line in table.lines}


def saved(number: int, people: int, amount: int) -> Savings:
    return Savings(uuid4(), number, "East", people, amount, people, amount * 2)


@pytest.mark.parametrize(
    ("quarter", "first", "after"),
    [
        (Quarter(2026, 1), date(2026, 1, 5), date(2026, 4, 6)),
        (Quarter(2026, 2), date(2026, 4, 6), date(2026, 7, 6)),
        (Quarter(2026, 4), date(2026, 10, 5), date(2027, 1, 4)),
        # the first day is a Monday
        (Quarter(2024, 1), date(2024, 1, 1), date(2024, 4, 1)),
    ],
)
def test_a_week_is_of_the_quarter_of_its_monday(quarter: Quarter, first: date, after: date) -> None:
    assert (quarter.first, quarter.after) == (first, after)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (2009, "under 18"),
        (2008, "18 to 24"),
        (2002, "18 to 24"),
        (2001, "25 to 34"),
        (1991, "35 to 49"),
        (1976, "50 or more"),
        (1900, "50 or more"),
        (None, "not known"),
    ],
)
def test_age_bands(born: int | None, band: str) -> None:
    assert donor.age_band(born, 2026) == band


def test_what_is_large_enough_is_shown() -> None:
    bands = [*donor.BAND_NAMES]
    people = [
        person
        for sector, role in (("East", "women"), ("West", "women"), ("East", "men"), ("West", "men"))
        for band in bands
        for person in crowd(10, sector, role, band)
    ]
    shown = donor_tables.tables(
        facts(people, [saved(1, 20, 5000), saved(2, 12, 700)], [Cost("RWF", Decimal(4800))]), "RWF"
    )
    by_sector, by_age, attendance, savings, cost = map(cells, shown)
    assert by_sector == {
        "East": ["60", "60", "120"],
        "West": ["60", "60", "120"],
        "all": ["120", "120", "240"],
    }
    assert by_age["under 18"] == ["20", "20", "40"]
    assert by_age["all"] == ["120", "120", "240"]
    assert attendance == {
        "East": ["80 %"],
        "West": ["80 %"],
        "women": ["80 %"],
        "men": ["80 %"],
        "all": ["80 %"],
    }
    assert savings == {
        "group 1, East": ["5,000", "10,000"],
        "group 2, East": ["700", "1,400"],
        "all": ["5,700", "11,400"],
    }
    assert cost == {"RWF": ["4,800.00", "20.00"]}


def test_a_group_of_eight_savers_has_no_amount_nor_the_next_one() -> None:
    (savings,) = [
        cells(table)
        for table in donor_tables.tables(
            facts(crowd(30, "East"), [saved(1, 8, 900), saved(2, 25, 5000), saved(3, 12, 700)]), "RWF"
        )
        if table.title == "Savings"
    ]
    assert savings["group 1, East"] == [HIDDEN, HIDDEN]
    # with the total it would follow from the others
    assert savings["group 3, East"] == [HIDDEN, HIDDEN]
    assert savings["group 2, East"] == ["5,000", "10,000"]
    assert savings["all"] == ["6,600", "13,200"]


def test_a_few_people_have_no_cost_no_rate_and_no_count() -> None:
    shown = donor_tables.tables(facts(crowd(9, "East"), [], [Cost("RWF", Decimal(900))]), "RWF")
    by_sector, by_age, attendance, savings, cost = map(cells, shown)
    for table in (by_sector, by_age, attendance, savings):
        assert {cell for row in table.values() for cell in row} == {HIDDEN}
    assert cost == {"RWF": ["900.00", HIDDEN]}


def test_a_rate_near_all_or_none_is_a_bound() -> None:
    every = [*crowd(12, "East", attended=10), *crowd(12, "West", attended=0)]
    (attendance,) = [cells(t) for t in donor_tables.tables(facts(every), "RWF") if t.title == "Attendance"]
    assert (attendance["East"], attendance["West"]) == (["over 95 %"], ["under 5 %"])


def test_who_was_not_reached_is_not_counted() -> None:
    people = [*crowd(40, "East"), *crowd(40, "West", reached=False)]
    by_sector = cells(donor_tables.tables(facts(people), "RWF")[0])
    assert by_sector["all"][-1] in ("40", HIDDEN)
    assert "80" not in {cell for row in by_sector.values() for cell in row}


def number(cell: str) -> int | None:
    return int(cell.replace(",", "")) if cell not in (HIDDEN, "") else None


@st.composite
def crowds(draw: st.DrawFn) -> list[Person]:
    people = []
    for sector, role in (("East", "women"), ("West", "women"), ("East", "men"), ("West", "men")):
        for band in draw(st.lists(st.sampled_from(donor.BAND_NAMES), max_size=3, unique=True)):
            people += crowd(draw(st.integers(0, 30)), sector, role, band)
    return people


@settings(max_examples=40)
@given(crowds())
def test_no_difference_of_a_total_and_its_parts_is_small(people: list[Person]) -> None:
    """In each line of both tables, what is left of the total when all that is shown is taken away."""
    by_sector, by_age, *_ = donor_tables.tables(facts(people), "RWF")
    for table in (by_sector, by_age):
        grid = [[number(cell) for cell in line.cells] for line in table.lines]
        for line in [*grid, *map(list, zip(*grid, strict=True))]:
            *parts, total = line
            assert all(part is None or part >= 10 for part in line)
            left = None if total is None else total - sum(part for part in parts if part is not None)
            assert left is None or left == 0 or left >= 10
            if left is not None and None in parts:
                assert parts.count(None) > 1
                assert left >= 10
    # the two tables have the totals of the roles in common
    assert by_sector.lines[-1].cells == by_age.lines[-1].cells


@pytest.fixture
def world(records: Records) -> Exposed:
    return Exposed(records)


def fill(world: Exposed) -> None:
    """Twelve women who came once, one who was sent a text, one who did nothing, and one without a group."""
    women = [world.woman(n, JANUARY, birth_year=2000 if n < 12 else None) for n in range(1, 15)]
    world.woman(20, JANUARY, group_id=None, list_number=None)
    session = world.session(moment("2025-10-08 10:00"))
    world.held(session)
    for n, woman in enumerate(women[:12]):
        world.said(session, woman, "present" if n < 6 else "late")
    phone = world.records.number("+250780000101")
    world.text(
        phone, moment("2025-10-07 10:00"), "delivered", women[12], cost=Decimal("12.5"), currency="RWF"
    )
    world.text(phone, moment("2025-10-07 10:00"), "delivered", kind="duty", cost=99, currency="RWF")
    world.text(phone, moment("2026-01-05 10:00"), "delivered", women[12], cost=99, currency="RWF")
    for day, cost in ((date(2025, 10, 6), 7), (date(2025, 10, 5), 99)):
        world.conn.execute(
            insert(models.UssdCost).values(
                programme_id=world.records.programme,
                day=day,
                network_code="63510",
                currency="RWF",
                sessions=3,
                cost=cost,
            )
        )
    cycle = world.records.cycle(*women)
    for woman in women[:11]:
        old = world.report(cycle, woman, date(2025, 10, 8), 200)
        world.report(cycle, woman, date(2025, 10, 8), -200, reverses=old, shares=-1)
        world.report(cycle, woman, date(2025, 10, 8), 300)
    world.report(cycle, women[13], date(2026, 1, 5), 5000)


def test_a_quarter_is_read_from_what_is_stored(world: Exposed) -> None:
    fill(world)
    read = donor.facts(world.conn, world.records.programme, Quarter(2025, 4))
    assert len(read.people) == 14
    assert [
        sum(person.reached for person in read.people),
        sum(p.band == "25 to 34" for p in read.people),
    ] == [13, 11]
    assert sum(person.attended for person in read.people) == sum(p.reported for p in read.people) == 12
    assert read.costs == [Cost("RWF", Decimal("19.5"))]
    (group,) = read.savings
    assert (group.reported_people, group.reported, group.counted_people, group.counted) == (11, 3300, 0, 0)
    assert read.groups == [Group(1, "woman", "Kigabiro")]


def test_the_command_writes_one_file_that_loads_nothing(
    environment: dict[str, str], records: Records, world: Exposed, tmp_path: Path
) -> None:
    run: Run = runner(app, environment, records)
    fill(world)
    path = tmp_path / "donor.html"
    said = run("donor", str(path), "--quarter", "2025Q4")
    assert said.exit_code == 0, said.output
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["donor.html"]
    for loads in ("<script", "<link", "<img", "http", "src=", "url(", "@import", "javascript", "<iframe"):
        assert loads not in text.lower()
    assert "2025 Q4: the weeks from 2025-10-06 to 2026-01-04" in text
    assert "<td>13</td>" in text
    assert "<td>3,300</td>" in text or "<td>*</td>" in text
    # a number above one that is cut by a tag is no count of people under ten
    assert not [cell for cell in re.findall(r"<td>(\d+)</td>", text) if int(cell) < 10]
    assert trail(records) == [("office", "report_donor")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--quarter", "2026Q1"), "The quarter is not over: its last week ends before 2026-04-06."),
        (("--quarter", "2026Q5"), "`2026Q5` is not a quarter: write it as 2026Q4."),
        (("--quarter", "1026Q1"), "`1026Q1` is not a quarter: write it as 2026Q4."),
    ],
)
def test_a_wrong_quarter_is_refused(
    environment: dict[str, str], records: Records, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    refused = runner(app, environment, records)("donor", str(tmp_path / "a.html"), *words)
    assert (refused.exit_code, refused.output) == (1, f"{sentence}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_page_escapes_what_it_shows(vault: Vault) -> None:
    from sms_app.trial import donor_page

    odd = [Group(1, "woman", "<b>&East")]
    text = donor_page.page(
        Facts(crowd(12, "<b>&East"), odd, [], []),
        rwanda_as(1, vault).settings,
        Quarter(2025, 4),
        date(2026, 3, 4),
    )
    assert "&lt;b&gt;&amp;East" in text
    assert "<b>" not in text
