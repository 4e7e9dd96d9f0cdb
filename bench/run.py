"""`make bench`: a hop's cost, beside two baselines in the same run, under the same server, on one core; then planning
and sending messages, and people in and out.

Prints requests/s, p50 and p99 in milliseconds, the ratios, and the server's processor time for a request. Rounds
alternate, so that a change in the machine's speed affects all alike; the median round counts. Exits with 1 when a
reply was wrong, or a message was not sent exactly once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from shutil import which
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from bench import console, people, planning, sending
from bench.coaching import PIN, coaches
from bench.dialogues import balances, baseline, refusals, rolls, savings
from bench.load import Dialogues, Result, run
from bench.scale import grow
from bench.support import switch_on
from bench.world import BOTH, Served, World, peer, served, web_env, world
from sms_app.simulator import demo

Contest = tuple[str, Served, Callable[[], Dialogues]]


def main() -> None:
    """Run the benchmark that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--no-scale", action="store_true", help="leave out the 500,000 participants")
    parser.add_argument(
        "--only", choices=("hops", "planning", "sending", "people", "console"), help="leave out the others"
    )
    parser.add_argument("--pages", default="", help="a pattern: of the console measure only these")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the console's database, which a later run uses"
    )
    options = parser.parse_args()
    if options.only in (None, "hops"):
        with world() as place:
            wrong = _hops(place, options) + (0 if options.no_scale else _scale(place, options))
        if wrong:
            raise SystemExit(f"{wrong} wrong replies")
    if options.only in (None, "planning"):
        _planning()
    if options.only in (None, "sending"):
        _sending()
    if options.only in (None, "people"):
        _people_files()
    if options.only in (None, "console"):
        _console(options)


def _console(options: argparse.Namespace) -> None:
    """The pages of the console among 100,000 people and 2,000,000 texts."""
    measured = console.contest(options.pages, options.keep)
    columns = f"{'median ms':>10}{'slowest ms':>12}{'CPU ms':>9}{'statements':>12}{'wire bytes':>12}{'plain bytes':>13}"
    print(f"\n{'page':34}{'role':>14}{columns}")
    for page in measured.pages:
        print(
            f"{page.name:34}{page.role:>14}{page.median_ms:10.1f}{page.slowest_ms:12.1f}{page.cpu_ms:9.1f}"
            f"{page.statements or '-':>12}{page.wire_bytes:12,}{page.plain_bytes:13,}"
        )
    start, end = measured.memory_mb
    print(f"memory of the process: {start} MB at the start, {end} MB at the end")
    if measured.not_reached and not options.pages:
        print("no link led to: " + ", ".join(measured.not_reached))


def _people_files() -> None:
    """Importing and exporting 50,000 rows."""
    print(f"\n{'people':32}{'rows':>9}{'seconds':>9}{'rows/s':>12}")
    with world(BOTH) as place, TemporaryDirectory(prefix="sms-bench-") as name:
        for result in people.contest(place, Path(name), 41_750):
            print(
                f"{result.name:32}{result.rows:9,}{result.seconds:9.1f}{result.rows / result.seconds:12,.0f}"
            )


def _planning() -> None:
    """Planning reminders for 100,000 people, among 100,000 and among 500,000 enrolled."""
    columns = (
        f"{'planned':>9}{'seconds':>9}{'messages/s':>12}{'again s':>9}{'idle tick s':>13}{'one left s':>12}"
    )
    print(f"\n{'planning':32}{columns}")
    for result in planning.contest(100_000, 400_000):
        name = f"{result.enrolled:,} enrolled"
        print(
            f"{name:32}{result.count:9,}{result.seconds:9.2f}{result.rate:12,.0f}{result.again_s:9.2f}"
            f"{result.idle_s:13.3f}{result.person_left_s:12.2f}"
        )


def _sending() -> None:
    """Sending to a provider 50 ms away, beside the SDK with a call for each message."""
    columns = (
        f"{'messages':>9}{'seconds':>9}{'messages/s':>12}{'ratio':>9}{'steady/s':>10}{'worst second':>14}"
    )
    print(f"\n{'sending':32}{columns}")
    results = sending.contest(10_000, 100, 2000)
    for result in results:
        ratio = result.rate / results[0].rate
        print(
            f"{result.name:32}{result.count:9,}{result.seconds:9.2f}{result.rate:12,.0f}{ratio:9.0f}"
            f"{result.steady_rate:10,.0f}{result.worst_second:14,}"
        )


def _hops(place: World, options: argparse.Namespace) -> int:
    with psycopg.connect(
        place.owner.url.render_as_string(hide_password=False).replace("+psycopg", "")
    ) as conn:
        conn.execute("create table bench_row (id int primary key, position bytea) with (fillfactor = 50)")
        conn.execute(
            "insert into bench_row select n, decode(repeat('00', 512), 'hex') from generate_series(0, 9999) n"
        )
        conn.execute("grant select, update on bench_row to sms_app_web")
    free, with_pin = _people(place)
    coaching = coaches(place)
    env = {**web_env(place), "BENCH_DATABASE_URL": place.web_url}
    with_help = env | switch_on(place)
    node = which("node")
    with ExitStack() as stack:
        ours = stack.enter_context(served("sms_app.web.app:create_server", with_help))
        theirs = stack.enter_context(served("bench.baselines:create_server", env))
        contests: list[Contest] = [
            ("constant", theirs, lambda: baseline("/constant")),
            ("transaction", theirs, lambda: baseline("/transaction")),
            ("hop", ours, lambda: savings(free)),
            ("hop with PIN", ours, lambda: balances(with_pin)),
            ("hop of a roll", ours, lambda: rolls(coaching, PIN)),
            # as many hops as a saving has, and the last one stores, too
            ("hop of do-not-call", ours, lambda: refusals(free)),
        ]
        if node:
            for name, redis_url in (("peer, memory", ""), ("peer, Redis", place.redis_url)):
                contests.append((name, stack.enter_context(peer(node, redis_url)), lambda: savings(free)))
        else:
            print("the Node peer is left out: `node` is not installed")
        results = _rounds(contests, options)
    _print(results)
    return sum(len(r.wrong) for rs in results.values() for r in rs)


def _scale(place: World, options: argparse.Namespace) -> int:
    """The same dialogue among 500 and among 500,000 participants, in alternating rounds."""
    few, _ = _people(place)
    env = web_env(place)
    print("\nthe same hop as people are added")
    with world() as large:
        many, _ = _people(large)
        grow(large, participants=500_000, contributions=1_000_000)
        with (
            served("sms_app.web.app:create_server", env) as small_port,
            served("sms_app.web.app:create_server", web_env(large)) as large_port,
        ):
            results = _rounds(
                [
                    ("500 people", small_port, lambda: savings(few)),
                    ("500,000 people", large_port, lambda: savings(many)),
                ],
                options,
            )
    pairs = zip(results["500,000 people"], results["500 people"], strict=True)
    _print(results)
    print(f"median of paired ratios: {median(a.rate / b.rate for a, b in pairs):.2f}")
    return sum(len(r.wrong) for rs in results.values() for r in rs)


def _people(place: World) -> tuple[list[str], list[tuple[str, str]]]:
    """The numbers of women who are alone on a number, save, and read Kinyarwanda; and the numbers and PINs of people
    who are alone on a number and have a PIN."""
    with place.owner.begin() as conn:
        # the same dialogue for all: free amounts, so that no hop asks for shares
        conn.exec_driver_sql("update cycle set mode = 'free'")
        conn.exec_driver_sql("update participant set language = 'rw', amounts_by_phone = true")
        rows = demo.phones(conn, place.vault, place.programme_id)
    participants = [row for row in rows if row["number"] and row["role"] != "coach"]
    alone = [row for row in participants if sum(r["number"] == row["number"] for r in rows) == 1]
    saving = [row["number"] for row in alone if row["role"] == "woman"]
    return saving, [(row["number"], row["pin"]) for row in alone if row["pin"]]


def _rounds(contests: list[Contest], options: argparse.Namespace) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {name: [] for name, _, _ in contests}
    for _, server, dialogues in contests:
        run(server.port, dialogues, options.connections, 1)  # warm up
    for _ in range(options.rounds):
        for name, server, dialogues in contests:
            before = server.cpu_s()
            result = run(server.port, dialogues, options.connections, options.seconds)
            result.cpu_s = server.cpu_s() - before
            results[name].append(result)
    return results


def _print(results: dict[str, list[Result]]) -> None:
    base = results.get("transaction", next(iter(results.values())))
    print(
        f"{'':16}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'rate ratio':>12}{'p99 ratio':>11}"
        f"{'CPU ms':>9}{'wrong':>7}"
    )
    for name, rounds in results.items():
        rate = median(r.rate for r in rounds)
        p50, p99 = (median(r.percentile(p) for r in rounds) for p in (0.5, 0.99))
        ratio = median(r.rate / b.rate for r, b in zip(rounds, base, strict=True))
        p99_ratio = p99 / median(b.percentile(0.99) for b in base)
        wrong = sum(len(r.wrong) for r in rounds)
        cpu = median(r.cpu_ms for r in rounds)
        print(f"{name:16}{rate:12,.0f}{p50:9.2f}{p99:9.2f}{ratio:12.2f}{p99_ratio:11.2f}{cpu:9.3f}{wrong:7}")
        for text in rounds[0].wrong[:3]:
            print("   ", text)


if __name__ == "__main__":
    main()
