"""Large imports as jobs: a page that shows how far they are, stored once whatever ends in between."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from sms_app.console.people import import_jobs, import_work, importing
from tests.world.console import Browser
from tests.world.imports import confirmation, people, send, workbook
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import key_of
from tests.world.times import NOW
from tests.world.workbooks import sound

JOBS = "select id, asked is null, answer is null from import_job order by asked_at, id"
WHO = "console:officer@example.org"


@pytest.fixture
def officer(world: StaffWorld, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """An officer to whom every file is a large one."""
    monkeypatch.setattr(import_jobs, "FROM_BYTES", 0)
    world.owner.exec_driver_sql("delete from training_group")
    world.owner.commit()
    return world.browser("officer")


def previewed(world: StaffWorld, officer: Browser, file: tuple[str, bytes]) -> str:
    """The page of a first look at a file, after its job."""
    asked = send(officer, file)
    assert asked.status_code == 303
    assert import_jobs.run_next(world.console)
    return officer.get(asked.location).text


def confirmed(world: StaffWorld, officer: Browser, tmp_path: Path) -> TestResponse:
    """The answer to the form that confirms a sound workbook; its job waits."""
    file = workbook(tmp_path, sound())
    return send(officer, file, **confirmation(previewed(world, officer, file)))


def step_of(world: StaffWorld, job: object) -> object:
    ((step,),) = world.values("select step from import_progress where import_job_id = %(j)s", j=job)
    return step


def test_a_large_file_is_looked_at_and_stored_by_jobs(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file = workbook(tmp_path, sound())
    asked = send(officer, file)
    assert asked.location.startswith(f"{importing.PATH}/jobs/")
    waiting = officer.get(asked.location)
    for said in (f'<progress max="{import_work.STEPS}" value="0"', "You may leave this page", "Look again"):
        assert said in waiting.text
    assert "script-src 'self'" in waiting.headers["Content-Security-Policy"]
    assert import_jobs.run_next(world.console)
    assert not import_jobs.run_next(world.console)
    preview = officer.get(asked.location).text
    assert ("This file would enrol 3 people" in preview, "Uwera Mukamana" in preview) == (True, True)
    assert ("data-refresh" in preview, "<progress" in preview, people(world)) == (False, False, 0)
    world.time.pass_(seconds=1)
    done = send(officer, file, **confirmation(preview))
    assert import_jobs.run_next(world.console)
    # it can be come back to
    assert f'href="{done.location}"' in officer.get(importing.PATH).text
    for _ in range(2):
        assert "rows were stored" in officer.get(done.location).text
    assert people(world) == 3
    assert {(WHO, "preview_import", "programme"), (WHO, "import_people", "programme")} <= set(world.trail())
    # the files are gone
    assert [gone for _, gone, _ in world.values(JOBS)] == [True, True]


def test_faults_are_listed_as_for_a_small_file(world: StaffWorld, officer: Browser, tmp_path: Path) -> None:
    book = sound()
    book["People"][1][9] = "not a Number7"
    page = previewed(world, officer, workbook(tmp_path, book))
    for said in ("1 fault. Nothing was stored.", '<td>People</td><td class="n">2</td><td>Phone</td>'):
        assert said in page
    assert ("Number7" in page, people(world)) == (False, 0)
    assert "This is not an .xlsx workbook" in previewed(world, officer, ("a.pdf", b"%PDF"))


def test_the_same_form_twice_is_one_job_and_stores_once(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file = workbook(tmp_path, sound())
    preview = previewed(world, officer, file)
    twice = {**confirmation(preview), "key": key_of(preview)}
    assert send(officer, file, **twice).location == send(officer, file, **twice).location
    # another window confirms the same, too
    world.time.pass_(seconds=1)
    other = send(officer, file, **confirmation(preview))
    while import_jobs.run_next(world.console):
        pass
    assert people(world) == 3
    assert "has changed since you looked" in officer.get(other.location).text
    assert world.trail().count((WHO, "import_people", "programme")) == 1


def test_what_was_lost_in_the_middle_has_stored_nothing_and_is_begun_again(
    world: StaffWorld, officer: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends when the last sheet is written, and not committed."""
    asked = confirmed(world, officer, tmp_path)
    steps: list[int] = []

    def ends(_: import_jobs._Ticks) -> None:
        steps.append(1)
        if len(steps) == import_work.STEPS:
            raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(import_jobs._Ticks, "__call__", ends)
        with pytest.raises(SystemExit):
            import_jobs.run_next(world.console)
    assert len(steps) == import_work.STEPS
    assert people(world) == 0
    assert "<progress" in officer.get(asked.location).text
    assert import_jobs.run_next(world.console)
    assert people(world) == 3
    assert "rows were stored" in officer.get(asked.location).text
    assert world.values("select begun from import_progress order by begun") == [(1,), (2,)]


def test_what_ends_its_process_each_time_is_given_up(
    world: StaffWorld, officer: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = send(officer, workbook(tmp_path, sound()))

    def ends(*_about: object) -> None:
        raise MemoryError

    monkeypatch.setattr(import_work, "examine", ends)
    for _ in range(import_jobs.MAX_BEGUN):
        with pytest.raises(MemoryError):
            import_jobs.run_next(world.console)
    assert import_jobs.run_next(world.console)
    assert "The file could not be worked on" in officer.get(asked.location).text
    assert [gone for _, gone, _ in world.values(JOBS)] == [True]


def test_two_processes_run_a_job_once_and_its_page_sees_each_step(
    world: StaffWorld, officer: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = confirmed(world, officer, tmp_path)
    reached, go_on = threading.Event(), threading.Event()
    noted = import_jobs._Ticks.__call__

    def waits(ticks: import_jobs._Ticks) -> None:
        noted(ticks)
        if ticks.step == 2:
            reached.set()
            go_on.wait(60)

    monkeypatch.setattr(import_jobs._Ticks, "__call__", waits)
    first = threading.Thread(target=import_jobs.run_next, args=(world.console,))
    first.start()
    assert reached.wait(60)
    assert not import_jobs.run_next(world.console)
    assert f'<progress max="{import_work.STEPS}" value="2"' in officer.get(asked.location).text
    go_on.set()
    first.join(60)
    assert people(world) == 3
    assert world.trail().count((WHO, "import_people", "programme")) == 1


def test_another_accounts_and_another_programmes_job_is_not_found(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    asked = send(officer, workbook(tmp_path, sound()))
    assert officer.get(asked.location).status_code == 200
    assert officer.get(f"{importing.PATH}/jobs/{uuid4()}").status_code == 404
    assert officer.get(f"{importing.PATH}/jobs/x").status_code == 404
    supervisor = world.account("supervisor")
    world.owner.exec_driver_sql("update import_job set account_id = %(a)s", {"a": supervisor.id})
    world.owner.commit()
    assert officer.get(asked.location).status_code == 404
    assert asked.location not in officer.get(importing.PATH).text
    own, other = world.account("officer").id, world.other_programme()
    values = {"a": own, "p": other}
    world.owner.exec_driver_sql("update import_job set account_id = %(a)s, programme_id = %(p)s", values)
    world.owner.commit()
    assert officer.get(asked.location).status_code == 404


def test_who_was_disabled_meanwhile_stores_nothing(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    confirmed(world, officer, tmp_path)
    world.owner.exec_driver_sql("update account set disabled_on = %(d)s where role = 'officer'", {"d": NOW})
    world.owner.commit()
    assert not import_jobs.run_next(world.console)
    assert people(world) == 0


def test_who_may_not_import_any_more_stores_nothing(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    asked = confirmed(world, officer, tmp_path)
    world.owner.exec_driver_sql("update account set role = 'supervisor' where role = 'officer'")
    world.owner.commit()
    assert import_jobs.run_next(world.console)
    assert people(world) == 0
    assert world.browser("supervisor").get(asked.location).status_code == 404


def test_what_is_kept_is_sealed_and_goes_after_a_day(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    name, content = workbook(tmp_path, sound())
    asked = send(officer, (name, content))
    job = UUID(asked.location.rpartition("/")[2])
    ((kept,),) = world.values("select asked from import_job")
    assert isinstance(kept, bytes)
    assert (content[:40] in kept, name.encode() in kept) == (False, False)
    opened = world.console.secret.open(kept, world.account("officer").id, import_jobs.LONG_WORK)
    assert json.loads(opened)["files"][0][0] == name
    import_jobs.run_next(world.console)
    ((answer,),) = world.values("select answer from import_job where id = %(j)s", j=job)
    assert isinstance(answer, bytes)
    assert b"Uwera" not in answer
    assert step_of(world, job) == import_work.STEPS
    world.time.pass_(days=1, seconds=1)
    import_jobs.run_next(world.console)
    assert world.values("select count(*) from import_job") == [(0,)]
    assert world.values("select count(*) from import_progress") == [(0,)]
