"""No export of the trial tells a number, a name, a member number or an id, nor that somebody asked for help."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, pool
from typer.testing import CliRunner

from sms_app.cli import exposure, nominations, report, screening, study
from sms_app.config import sqlalchemy_url
from sms_app.vault import Vault
from tests.world.databases import build_once
from tests.world.demo import load
from tests.world.dialogue import NOW, STRANGER, World, opened_world
from tests.world.service import offset_to
from tests.world.wall import Wall, switch_on

DEMO = "sms_app_demo_template"
EXPORTS = {
    "exposure.csv": (exposure.app, ("export",), ("--from", "2026-06-01", "--until", "2026-11-24")),
    "contamination.csv": (exposure.app, ("contamination",), ()),
    "donor.html": (report.app, ("donor",), ("--quarter", "2026Q3")),
    "households.csv": (study.households_app, ("export",), ()),
    "nominations.csv": (nominations.app, ("export",), ()),
    "screening.csv": (screening.app, ("export",), ()),
}
"""Every export with its command, and what comes after the file. The map of study ids is not one of them: it is there to
say whose each is, and is kept apart from all of these."""
ASK, NOT_CALL = ("3", "3", "1", "1", "1", "1"), ("3", "3", "4", "1")
OTHER_PHONE = ("3", "3", "1", "3", "0788000111", "2", "1")
TRACES = (
    "help",
    "support",
    "advis",
    "umujyanama",
    "inbox",
    "private",
    "request",
    "duty",
    "casework",
    "envelope",
    "violence",
)
TEXTS = """
insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status, planned_at,
  due_at, expires_at, sent_at, cost, currency)
select gen_random_uuid(), p.programme_id, l.phone_number_id, 'month', 'month', p.id, 'once', array[p.id], 'delivered',
  moment, moment, moment + interval '1 day', moment, 12, 'RWF'
from participant_phone l join participant p on p.id = l.participant_id
  cross join (select timestamptz '2026-08-04 10:00+02' as moment) m
where l.to_on is null
"""
IDS = ("participant", "phone_number", "household", "training_group", "coach", "message", "savings_group")


@pytest.fixture(scope="module")
def world(template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A copy of the demo programme, with a text to each number."""

    def fill(url: str) -> None:
        with create_engine(sqlalchemy_url(url), poolclass=pool.NullPool).begin() as conn:
            load(conn, vault, NOW.date())

    build_once(server_urls, DEMO, fill, template)
    with opened_world(server_urls, DEMO, vault) as made:
        made.do(TEXTS)
        yield made


@pytest.fixture
def export(world: World, environment: dict[str, str], tmp_path: Path) -> Callable[[str], dict[str, bytes]]:
    """Make all exports in a folder; gives what is in each file, the dictionaries included."""
    env = {
        **environment,
        "SMS_APP_STAFF_DATABASE_URL": world.database.staff,
        "SMS_APP_TIME_OFFSET_S": str(offset_to(NOW)),
        "USER": "office",
    }

    def make(folder: str) -> dict[str, bytes]:
        (tmp_path / folder).mkdir()
        for name, (app, command, words) in EXPORTS.items():
            said = CliRunner().invoke(app, [*command, str(tmp_path / folder / name), *words], env=env)
            assert said.exit_code == 0, said.output
        return {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}

    return make


def ask_for_help(world: World, wall: Wall) -> int:
    """Several people ask for a call, or not to be called; gives how many requests are stored."""
    ((version,),) = world.rows("select 1 + count(*)::int from private.roster")
    switch_on(world, wall, version=version)
    for name, keys in (("woman_1", ASK), ("woman_2", ASK), ("three", ASK), ("woman_3", NOT_CALL)):
        world.dial(world.phone(name)["number"], *keys)
    world.dial(STRANGER, *OTHER_PHONE)
    asked = len(world.rows("select from private.inbox"))
    # as the clock does each ten minutes
    world.do("select rewrite_requests()")
    return asked


def test_who_asked_for_help_changes_no_byte(world: World, export: Callable[[str], dict[str, bytes]]) -> None:
    before = export("before")
    assert set(before) == {*EXPORTS, "exposure-dictionary.csv", "contamination-dictionary.csv"}
    assert ask_for_help(world, Wall()) >= 5
    assert export("after") == before


def test_no_export_has_a_number_a_name_or_an_id(
    world: World, vault: Vault, export: Callable[[str], dict[str, bytes]]
) -> None:
    ask_for_help(world, Wall())
    files = {name: content.decode() for name, content in export("files").items()}
    secrets = personal(world, vault)
    assert len(secrets) > 2000
    for name, content in files.items():
        assert (name, leaks(content, secrets)) == (name, [])
        for label, secret in list(secrets.items())[::200]:
            planted = f"{content}1,{secret},2\n"
            assert label in leaks(planted, secrets)
        assert leaks(f"{content}A duty text", secrets) == ["duty"]


def personal(world: World, vault: Vault) -> dict[str, str]:
    """What no export may have, in small letters, with a label that says what it is."""
    secrets = {}
    for table in ("participant", "coach"):
        for id_, sealed in world.rows(f"select id, name_sealed from {table}"):
            name = vault.open(bytes(sealed), table, "name_sealed", id_).lower()
            secrets |= {f"name {part}": part for part in (name, *name.split()) if len(part) > 4}
    for id_, sealed in world.rows("select id, number_sealed from phone_number"):
        number = vault.open(bytes(sealed), "phone_number", "number_sealed", id_)
        secrets |= {f"number {number}, {how}": number[start:] for how, start in (("whole", 1), ("short", 4))}
        secrets[f"number {number}, at home"] = f"0{number[4:]}"
    for table in IDS:
        secrets |= {f"{table} {id_}": str(id_) for (id_,) in world.rows(f"select id from {table}")}
    for member, reference in world.rows("select member_number, reference from participant"):
        secrets |= {f"member {member}": str(member), f"reference {reference}": str(reference).lower()}
    secrets |= {
        f"savings group {name}": str(name).lower() for (name,) in world.rows("select name from savings_group")
    }
    return secrets


def leaks(content: str, secrets: dict[str, str]) -> list[str]:
    """What a file (in small letters) has of all this: short ones as whole words, long ones anywhere."""
    content = content.lower()
    words = set(re.findall(r"[^\s,;<>\"]+", content))
    seen = [
        what for what, secret in secrets.items() if secret in words or (len(secret) > 8 and secret in content)
    ]
    return seen + [trace for trace in TRACES if trace in content]


def test_the_donors_report_of_the_demo_has_no_small_count(
    world: World, export: Callable[[str], dict[str, bytes]]
) -> None:
    page = export("donor")["donor.html"].decode()
    by_sector, by_age = (
        [
            re.findall(r"<td>([^<]*)</td>", row)
            for row in re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", section)
        ]
        for section in re.findall(r"<section>.*?</section>", page, re.DOTALL)[:2]
    )
    assert by_sector[-1] == by_age[-1]
    assert any(cell.isdecimal() for row in by_sector for cell in row)
    for table in (by_sector, by_age):
        for line in (*table, *map(list, zip(*table, strict=True))):
            *parts, total = line
            shown = [int(part) for part in parts if part.isdecimal()]
            assert all(part >= 10 for part in shown)
            if total.isdecimal() and "*" in parts:
                assert int(total) - sum(shown) >= 10
                assert parts.count("*") > 1
