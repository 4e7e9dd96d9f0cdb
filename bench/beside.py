"""`python -m bench.beside CHECKOUT`: compares a hop's processor time in this checkout and in another one.

Each checkout runs in its own process, on the same database. In turn they play some savings dialogues, from the WSGI
environment to the answer, without an HTTP server. Rounds are short, so that the fastest one ran undisturbed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from statistics import median

HOPS = ("", "2", "1", "700", "1")


def main() -> None:
    """Compare two checkouts."""
    from bench.run import _people
    from bench.world import BOTH, CHECKOUT, web_env, world

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other checkout, with compiled catalogues")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--dialogues", type=int, default=10, help="in each round")
    options = parser.parse_args()
    with world(BOTH) as place:
        numbers = _people(place)[0]
        sides = [_started(path, web_env(place), numbers) for path in (options.checkout.resolve(), CHECKOUT)]
        took = [[_round(side, options.dialogues) for side in sides] for _ in range(options.rounds)]
        for side in sides:
            side.communicate()
    least = [min(round_[n] for round_ in took) for n in (0, 1)]
    print(
        f"CPU ms a hop, the least: there {least[0]:.3f}, here {least[1]:.3f}, ratio {least[1] / least[0]:.2f}"
    )
    print(f"median of paired ratios: {median(here / there for there, here in took):.2f}")


def _started(checkout: Path, env: dict[str, str], numbers: list[str]) -> subprocess.Popen[str]:
    path = {"PYTHONPATH": str(checkout)}
    side = subprocess.Popen(
        [sys.executable, __file__, json.dumps(numbers)],
        cwd=checkout,
        env={**os.environ, **env, **path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _round(side, 50)  # warm up
    return side


def _round(side: subprocess.Popen[str], dialogues: int) -> float:
    assert side.stdin is not None
    assert side.stdout is not None
    print(dialogues, file=side.stdin, flush=True)
    return float(side.stdout.readline())


def play(numbers: list[str]) -> None:
    """For each line of the input play that many dialogues, and print the milliseconds for a hop."""
    from urllib.parse import urlencode

    from sms_app.web.app import create_app

    app, path, count = create_app(), f"/at/{os.environ['SMS_APP_CALLBACK_SECRET']}/ussd", 0

    def hop(session: str, number: str, text: str) -> bytes:
        form = {"sessionId": session, "phoneNumber": number, "serviceCode": "*801#", "text": text}
        body = urlencode(form).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "here",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
        }
        return b"".join(app(environ, lambda status, headers, *_: lambda data: None))

    for line in sys.stdin:
        start = time.process_time()
        for _ in range(int(line)):
            count += 1
            session, number = f"{os.getpid()}-{count}", numbers[count % len(numbers)]
            told = [hop(session, number, "*".join(HOPS[1:n])) for n in range(1, len(HOPS) + 1)]
            assert told[-1].startswith(b"END Murakoze"), told
        print(1000 * (time.process_time() - start) / (int(line) * len(HOPS)), flush=True)


if __name__ == "__main__":
    # run as a file with numbers, this is one of the two sides, and must import the modules of its own checkout
    play(json.loads(sys.argv[1])) if len(sys.argv) == 2 and sys.argv[1].startswith("[") else main()
