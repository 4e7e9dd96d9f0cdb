"""Servers out of wheels: private, restarted when they crash, orphans stopped, no stranger's folder touched."""

import errno
import os
import signal
import stat
import subprocess

import psycopg
import pytest
import redis

from sms_app import embedded, folder
from sms_app.cli.faults import sentence


@pytest.fixture
def place(tmp_path):
    """A data folder below a private one, as in root's home."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home / "data"


def test_both_serve_and_no_folder_outside_changes(place):
    before = [path.stat() for path in place.parents]
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        with psycopg.connect(found.owner_url) as conn:
            assert conn.execute("select current_user, current_database()").fetchone() == (
                "sms_app_owner",
                "sms_app",
            )
        for url in found.redis_urls.values():
            with redis.Redis.from_url(url) as client:
                assert client.ping()
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for path, old in zip(place.parents, before, strict=True):
        assert (path.stat().st_mode, path.stat().st_uid) == (old.st_mode, old.st_uid)
    assert not any(child.running for child, _ in found.children)


def test_the_servers_user_finds_programs_below_a_private_home(place):
    program = place.parent / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    subprocess.run(embedded._as_nobody(["test", "-x", str(program)]), check=True)


def test_nobody_gets_in_without_a_password(place):
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        open_door = found.superuser_url.split(":")[0] + "://postgres@" + found.superuser_url.split("@")[1]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(open_door)
        with psycopg.connect(found.owner_url) as conn:
            may = "select rolsuper or rolcreatedb or rolbypassrls from pg_roles where rolname = current_user"
            assert conn.execute(may).fetchone() == (False,)


def test_the_log_of_the_server_keeps_no_row(place):
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        with psycopg.connect(found.owner_url, autocommit=True) as conn:
            conn.execute("create table kept (name text check (length(name) < 3))")
            with pytest.raises(psycopg.errors.CheckViolation):
                conn.execute("insert into kept values ('canary')")
        assert "kept_name_check" in (place / "postgres.log").read_text()
    assert "canary" not in (place / "postgres.log").read_text()


def test_what_crashes_is_started_again_and_what_was_stored_is_there(place):
    with folder.own(place), embedded.servers(place) as found:
        with psycopg.connect(found.owner_url) as conn:
            conn.execute("create table kept as select 1 as one")
        for child, _ in found.children:
            os.kill(child.process.pid, signal.SIGKILL)
            child.process.wait()
        assert found.revive() == ["PostgreSQL", "Redis"]
        assert found.revive() == []
        with psycopg.connect(found.owner_url) as conn:
            assert conn.execute("select one from kept").fetchone() == (1,)


def test_what_was_asked_to_stop_stays_down(place):
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        valkey = found.children[1][0]
        valkey.process.terminate()
        valkey.process.wait()
        assert found.revive() == []


def test_servers_that_outlived_their_parent_are_stopped_first(place, monkeypatch):
    monkeypatch.setattr("sms_app.children.die_with_parent", lambda sign: None)
    with folder.own(place):
        first = embedded._postgres(place, unsafe=True)[0]
        first.command = [part for part in first.command if part != "--pdeathsig=INT"]
        first.start()
        first.wait_until((place / "postgres" / "data" / "postmaster.pid").exists)
        with embedded.servers(place, unsafe=True):
            assert first.process.wait(5) == 0


def test_another_process_that_got_the_old_number_is_left_alone(place):
    with folder.own(place):
        with embedded.servers(place, unsafe=True):
            pass
        for name in ("postgres/data/postmaster.pid", "redis.pid"):
            (place / name).write_text(f"{os.getpid()}\n")
        with embedded.servers(place, unsafe=True) as found:
            psycopg.connect(found.owner_url).close()


def test_a_set_up_that_was_killed_begins_afresh(place):
    (place / "postgres" / "half").mkdir(parents=True)
    (place / "postgres" / "half" / "PG_VERSION").write_text("18")
    (place / "version").write_text("1")
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        psycopg.connect(found.owner_url).close()


def test_a_path_too_long_for_a_socket_is_said(tmp_path):
    place = tmp_path / ("long" * 30)
    too_long = pytest.raises(embedded.EmbeddedError, match="characters too long")
    with folder.own(place), too_long, embedded.servers(place):
        pass


def test_a_full_disk_is_said():
    initdb = "initdb: error: could not write file: No space left on device\ninitdb: removing data directory"
    for error in (
        embedded.EmbeddedError(embedded._reason("PostgreSQL", initdb)),
        OSError(errno.ENOSPC, "No space left on device"),
        psycopg.errors.DiskFull("could not extend file: canary"),
    ):
        assert sentence(error) == "The disk is full: free some space, then start again."


def test_one_run_at_a_time(place):
    with folder.own(place), pytest.raises(folder.FolderError, match="in use"), folder.own(place):
        pass
    with folder.own(place):
        pass


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(place):
    place.mkdir(mode=0o755)
    (place / "letter.txt").write_text("dear")
    with pytest.raises(folder.FolderError, match="other things"), folder.own(place):
        pass
    assert stat.S_IMODE(place.stat().st_mode) == 0o755


def test_a_folder_of_a_newer_version_is_refused(place):
    with folder.own(place):
        pass
    (place / "version").write_text("99\n")
    with pytest.raises(folder.FolderError, match="newer version"), folder.own(place):
        pass


@pytest.mark.parametrize("where", ["missing/data", "file"])
def test_a_place_that_can_not_be_a_folder_is_said(tmp_path, where):
    (tmp_path / "file").touch()
    with pytest.raises(folder.FolderError), folder.own(tmp_path / where):
        pass


def test_env_is_private_and_reads_back(place):
    values = {"A": 'it\'s $HOME `x` "quoted"', "B": "", "C": "*801#"}
    with folder.own(place):
        folder.write_env(place, values)
        assert folder.read_env(place) == values
        script = f'. {place}/env; printf %s "$A"'
        assert (
            subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
            == values["A"]
        )
        assert stat.S_IMODE((place / "env").stat().st_mode) == 0o600


def test_keys_that_are_gone_stop_the_start(place):
    with folder.own(place):
        (place / "postgres" / "data").mkdir(parents=True)
        with pytest.raises(folder.FolderError, match="put it back"):
            folder.read_env(place)
