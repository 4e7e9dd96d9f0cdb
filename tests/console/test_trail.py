"""The page of the audit trail."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sms_app.console.trail.pages import ON_A_PAGE
from sms_app.programme import audit
from tests.world.staff_console import StaffWorld


def test_the_latest_entries_come_first_and_older_ones_on_the_next_page(world: StaffWorld) -> None:
    for n in range(ON_A_PAGE + 5):
        audit.record(world.owner, world.programme, "office", f"step-{n:03}", "participant", n, world.time.now)
    world.owner.commit()
    browser = world.browser("administrator")
    page = browser.get("/trail").text
    assert page.index("signed in") < page.index("step-054") < page.index("step-053")
    assert "step-000" not in page
    older = page.partition('href="/trail?before=')[2].partition("&")[0]
    assert "step-000" in browser.get(f"/trail?before={older}").text


def test_the_trail_of_one_actor(world: StaffWorld) -> None:
    audit.record(world.owner, world.programme, "office", "a-step", "participant", 1, world.time.now)
    world.owner.commit()
    page = world.browser("administrator").get("/trail?who=office").text
    assert ("a-step" in page, "signed in" in page) == (True, False)
    assert "There is no such entry." in world.browser("administrator").get("/trail?who=nobody").text


def test_another_programmes_entries_are_not_shown_and_what_is_typed_is_harmless(world: StaffWorld) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    audit.record(world.owner, other, "office", "far-away", "participant", 1, world.time.now)
    audit.record(world.owner, world.programme, "<script>", "near", "participant", 1, world.time.now)
    world.owner.commit()
    browser = world.browser("administrator")
    page = browser.get("/trail?before=é&who=").text
    assert ("far-away" in page, "near" in page, "<script>" in page) == (False, True, False)
    assert browser.get("/trail?before=99999999999999999999").status_code == 200


def recorded() -> Iterator[tuple[str, str]]:
    """What our code records and of which table, as far as the call says it: ("merge", "participant")."""
    for path in (Path(__file__).parents[2] / "sms_app").rglob("*.py"):
        if "private" in path.parts:
            # the caseworkers' trail is another one
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                words = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                if name in {"record", "record_each", "note"} and len(words) >= 2:
                    yield words[-2], words[-1]


def test_every_action_and_table_has_its_words(world: StaffWorld) -> None:
    texts = next(iter(world.console.programmes.values())).texts
    pairs = set(recorded())
    assert {("merge", "participant"), ("sign_in", "account")} <= pairs
    keys = {key for what, table in pairs for key in (f"did.{what}", f"table.{table}")}
    for language in ("en", "rw"):
        missing = []
        for key in sorted(keys):
            try:
                texts.render(language, key, {})
            except KeyError:
                missing.append(key)
        assert missing == []


def test_what_has_no_words_is_shown_as_it_is_stored(world: StaffWorld) -> None:
    audit.record(world.owner, world.programme, "office", "do_nothing_new", "a_table", 1, world.time.now)
    audit.record(world.owner, world.programme, "office", "merge", "participant", 1, world.time.now)
    world.owner.commit()
    page = world.browser("administrator").get("/trail?who=office").text
    assert all(
        words in page for words in ("do nothing new", "a table", "merged a double entry", "participant")
    )
