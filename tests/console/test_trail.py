"""The page of the audit trail."""

from sms_app.console.trail.pages import ON_A_PAGE
from sms_app.programme import audit
from tests.world.staff_console import StaffWorld


def test_the_latest_entries_come_first_and_older_ones_on_the_next_page(world: StaffWorld) -> None:
    for n in range(ON_A_PAGE + 5):
        audit.record(world.owner, world.programme, "office", f"step-{n:03}", "participant", n, world.time.now)
    world.owner.commit()
    browser = world.browser("administrator")
    page = browser.get("/trail").text
    assert page.index("sign_in") < page.index("step-054") < page.index("step-053")
    assert "step-000" not in page
    older = page.partition('href="/trail?before=')[2].partition("&")[0]
    assert "step-000" in browser.get(f"/trail?before={older}").text


def test_the_trail_of_one_actor(world: StaffWorld) -> None:
    audit.record(world.owner, world.programme, "office", "a-step", "participant", 1, world.time.now)
    world.owner.commit()
    page = world.browser("administrator").get("/trail?who=office").text
    assert ("a-step" in page, "sign_in" in page) == (True, False)
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
