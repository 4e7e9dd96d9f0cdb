"""Servers out of wheels: private, restarted when they crash, orphans stopped, no stranger's folder touched."""

import errno
import os
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from sms_app import cluster, embedded, folder
from sms_app.children import arguments
from sms_app.cli.faults import sentence
from tests.world.waiting import wait_for


@pytest.fixture
def place(tmp_path):
    """A data folder below a private one, as in root's home."""
    home = tmp_path / "h"
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


def test_a_folder_that_was_made_unsafe_is_durable_when_it_is_opened_again(place):
    with folder.own(place):
        for unsafe, fsync in ((True, "off"), (False, "on")):
            with embedded.servers(place, unsafe) as found, psycopg.connect(found.owner_url) as conn:
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    assert conn.execute("select current_setting(%s)", (name,)).fetchone() == (fsync,)


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
        assert found.revive() == dict.fromkeys(["PostgreSQL", "Redis"], embedded.CRASHED)
        assert found.revive() == {}
        with psycopg.connect(found.owner_url) as conn:
            assert conn.execute("select one from kept").fetchone() == (1,)


def test_a_redis_that_was_asked_to_stop_stays_down(place):
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        valkey = found.children[1][0]
        valkey.process.terminate()
        valkey.process.wait()
        assert found.revive() == {}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_a_postgresql_that_was_asked_to_stop_is_started_again(place, sign):
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        postgres = found.children[0][0]
        # for whose end a PostgreSQL that got SIGTERM would wait
        with psycopg.connect(found.owner_url, autocommit=True) as held:
            os.kill(postgres.process.pid, sign)
            happened = {}
            wait_for(lambda: happened.update(found.revive()) or happened)
            with pytest.raises(psycopg.OperationalError):
                held.execute("select 1")
        assert happened in ({"PostgreSQL": embedded.STOPPED}, {"PostgreSQL": embedded.CRASHED})
        assert sign == signal.SIGQUIT or happened == {"PostgreSQL": embedded.STOPPED}
        psycopg.connect(found.owner_url).close()


def test_a_backend_that_outlives_its_killed_server_does_not_stop_the_next_one(place):
    with folder.own(place), embedded.servers(place, unsafe=True) as found, ThreadPoolExecutor(1) as pool:
        with psycopg.connect(found.owner_url, autocommit=True) as busy:
            pid = busy.info.backend_pid
            # it looks for its server's end only when it waits
            pool.submit(_without_end, busy)
            wait_for(lambda: _processor_seconds(pid) > 0.2)
            postgres = found.children[0][0]
            os.kill(postgres.process.pid, signal.SIGKILL)
            postgres.process.wait()
            assert _processor_seconds(pid), "the backend lives on"
            assert found.revive() == {"PostgreSQL": embedded.CRASHED}
            assert not _processor_seconds(pid)
        psycopg.connect(found.owner_url).close()


def _without_end(conn):
    with suppress(psycopg.OperationalError):
        conn.execute("select count(*) from generate_series(1, 100000000000)")


def _processor_seconds(pid):
    """What a process has used; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[11]) / os.sysconf("SC_CLK_TCK")


def test_servers_that_outlived_their_parent_are_stopped_first(place, monkeypatch):
    monkeypatch.setattr("sms_app.children.die_with_parent", lambda sign: None)
    with folder.own(place):
        first = embedded._postgres(place, True)[0]
        first.command = [part for part in first.command if part != "--pdeathsig=INT"]
        first.start()
        first.wait_until((place / "postgres" / "data" / "postmaster.pid").exists)
        with embedded.servers(place, unsafe=True):
            assert first.process.wait(5) == 0


@pytest.fixture
def neighbour():
    """A process of the user as whom PostgreSQL runs, which PostgreSQL takes for a server if a lock file names it."""
    with subprocess.Popen(embedded._as_nobody(["sleep", "600"])) as found:
        yield found.pid
        found.kill()


LOCKS = (*(f"postgres/{name}" for name in cluster.LOCKS), "redis.pid")


@pytest.mark.parametrize(
    "lines",
    ["{pid}\n", "{pid}\n{data}\n1600000000\n5432\n{data}\n", ""],
    ids=["a number", "a whole lock", "nothing"],
)
def test_lock_files_that_name_somebody_else_are_cleared(place, neighbour, lines):
    with folder.own(place):
        with embedded.servers(place, unsafe=True):
            pass
        for name in LOCKS:
            (place / name).write_text(lines.format(pid=neighbour, data=place / "postgres" / "data"))
        with embedded.servers(place, unsafe=True) as found:
            psycopg.connect(found.owner_url).close()
    assert arguments(neighbour)


def test_lock_files_of_a_killed_server_that_is_a_zombie_are_cleared(place):
    """Its parent has not asked what became of it; PostgreSQL would take its number for a server's that runs."""
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        killed = [child.process for child, _ in found.children]
        for process in killed:
            process.kill()
        wait_for(lambda: not any(arguments(process.pid) for process in killed))
        # the zombies are still there
        assert all(Path(f"/proc/{process.pid}").exists() for process in killed)
        with embedded.servers(place, unsafe=True) as again:
            psycopg.connect(again.owner_url).close()


def test_a_lock_of_a_server_that_runs_on_another_cluster_is_respected_and_said(place):
    with folder.own(place), embedded.servers(place, unsafe=True):
        pass
    beside = place.parent / "b"
    with folder.own(beside), embedded.servers(beside, unsafe=True) as other:
        server = other.children[0][0]
        lock = place / "postgres" / f"{cluster.SOCKET}.lock"
        lock.write_text(f"{server.process.pid}\n{beside / 'postgres' / 'data'}\n")
        with folder.own(place), pytest.raises(embedded.EmbeddedError) as said:  # noqa: SIM117
            with embedded.servers(place, unsafe=True):
                pass
        assert lock.exists()
        assert server.running
    assert f'lock file "{lock}" already exists' in str(said.value)
    assert str(said.value).endswith("stop that, or choose another folder with --data.")


def test_why_it_does_not_start_is_the_fatal_line_and_what_to_do():
    log = """2026-01-01 10:00:00.000 UTC [9] LOG:  starting PostgreSQL 18.4
2026-01-01 10:00:00.001 UTC [12] FATAL:  the database system is starting up
2026-01-01 10:00:00.002 UTC [11] PANIC:  could not locate a valid checkpoint record at 0/1
2026-01-01 10:00:00.003 UTC [9] LOG:  aborting startup due to startup process failure
2026-01-01 10:00:00.004 UTC [9] LOG:  database system is shut down
"""
    assert cluster.reason("PostgreSQL", log) == (
        "PostgreSQL does not start: could not locate a valid checkpoint record at 0/1. " + cluster.OTHERWISE
    )


@pytest.mark.parametrize("file", ["postgres-password", "version"])
def test_a_start_that_was_killed_while_it_wrote_leaves_no_half_file(place, monkeypatch, file):
    """Killed between opening and writing: as if the disk ended there."""
    place.mkdir(mode=0o700)
    half = place / f"{file}.half"
    half.touch()
    if file != "version":
        (place / "version").write_text("1\n")
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        psycopg.connect(found.owner_url).close()
    assert (place / file).read_text()
    assert not half.exists()


def test_a_set_up_that_was_killed_begins_afresh(place):
    (place / "postgres" / "half").mkdir(parents=True)
    (place / "postgres" / "half" / "PG_VERSION").write_text("18")
    (place / "version").write_text("1")
    with folder.own(place), embedded.servers(place, unsafe=True) as found:
        psycopg.connect(found.owner_url).close()
    assert not list((place / "postgres").glob("half*"))


def test_a_path_too_long_for_a_socket_is_said(tmp_path):
    place = tmp_path / ("long" * 30)
    too_long = pytest.raises(embedded.EmbeddedError, match="characters too long")
    with folder.own(place), too_long, embedded.servers(place):
        pass


def test_a_full_disk_is_said():
    initdb = "initdb: error: could not write file: No space left on device\ninitdb: removing data directory"
    for error in (
        embedded.EmbeddedError(cluster.reason("PostgreSQL", initdb)),
        OSError(errno.ENOSPC, "No space left on device"),
        psycopg.errors.DiskFull("could not extend file: canary"),
    ):
        assert sentence(error) == "The disk is full: free some space, then start again."


def test_a_folder_has_one_run_at_a_time(place):
    with folder.own(place), pytest.raises(folder.FolderError, match="in use"), folder.own(place):
        pass
    with folder.own(place):
        pass


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(place):
    place.mkdir()
    place.chmod(0o755)
    (place / "letter.txt").write_text("dear")
    with pytest.raises(folder.FolderError, match="other files"), folder.own(place):
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
        with pytest.raises(folder.FolderError, match="restore it"):
            folder.read_env(place)
