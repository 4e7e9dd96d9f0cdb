"""The provider's stand-in: what it answers, what goes wrong when a test says so, and what it calls back."""

from __future__ import annotations

import http.client
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from sms_app.simulator.provider.faults import BadFaults, Faults
from sms_app.simulator.provider.running import Provider
from tests.world.databases import CALLBACK_SECRET
from tests.world.provider import API_KEY, provider
from tests.world.waiting import PATIENCE_S

ONE, TWO = "+250780000001", "+250780000002"
Posted = list[tuple[str, dict[str, str]]]


@pytest.fixture
def p() -> Iterator[Provider]:
    with provider() as found:
        yield found


@contextmanager
def webhooks(status: Callable[[int], int] = lambda nth: 200) -> Iterator[tuple[str, Posted]]:
    """Somebody who takes what is posted: the address, and the paths and forms that came."""
    posted: Posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted.append((self.path, dict(parse_qsl(body))))
            self.send_response(status(len(posted)))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()
    thread.join()
    server.server_close()


def send(
    p: Provider, *numbers: str, text: str = "Muraho", key: str = API_KEY, **more: str
) -> requests.Response:
    form = {"username": "demo", "to": ",".join(numbers), "message": text, "bulkSMSMode": "1", **more}
    return requests.post(
        f"{p.url}/version1/messaging", data=form, headers={"apiKey": key}, timeout=PATIENCE_S
    )


def recipients(reply: requests.Response) -> list[dict[str, Any]]:
    assert reply.status_code == 201
    assert reply.headers["Content-Type"] == "application/json"
    found: list[dict[str, Any]] = reply.json()["SMSMessageData"]["Recipients"]
    return found


def control(
    p: Provider, method: str, path: str, secret: str = CALLBACK_SECRET, **more: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {secret}"}
    return requests.request(method, f"{p.url}/control/{path}", headers=headers, timeout=5, **more)


def test_a_call_is_answered_as_the_provider_does(p: Provider):
    reply = send(p, ONE, TWO, **{"from": "PROGRAMME"})
    assert reply.json()["SMSMessageData"]["Message"] == "Sent to 2/2 Total Cost: RWF 24.0000"
    first, second = recipients(reply)
    assert first == {
        "statusCode": 101,
        "number": ONE,
        "status": "Sent",
        "cost": "RWF 12.0000",
        "messageId": p.messages[0].id,
    }
    assert second["number"] == TWO
    assert first["messageId"].startswith("ATXid_")
    assert first["messageId"] != second["messageId"]
    assert [(m.number, m.text, m.sender) for m in p.messages] == [
        (n, "Muraho", "PROGRAMME") for n in (ONE, TWO)
    ]


def test_a_long_text_costs_as_many_as_it_is(p: Provider):
    costs = [recipients(send(p, ONE, text=text))[0]["cost"] for text in ("a" * 160, "a" * 161, "ī" * 71)]
    assert costs == ["RWF 12.0000", "RWF 24.0000", "RWF 24.0000"]


def test_who_has_no_account_is_401(p: Provider):
    assert send(p, ONE, key="wrong").status_code == 401
    assert send(p, ONE, username="somebody").status_code == 401
    assert requests.get(f"{p.url}/version1/messaging", timeout=PATIENCE_S).status_code == 404
    assert p.messages == []


def test_what_is_missing_is_400(p: Provider):
    assert send(p, ONE, text="").status_code == send(p, text="x").status_code == 400


def test_refused_numbers_are_an_ordinary_answer(p: Provider):
    p.faults.refused = {TWO: 406}
    found = {r["number"]: r for r in recipients(send(p, ONE, TWO, "0780000003"))}
    assert {number: (r["statusCode"], r["status"]) for number, r in found.items()} == {
        ONE: (101, "Sent"),
        TWO: (406, "UserInBlacklist"),
        "0780000003": (403, "InvalidPhoneNumber"),
    }
    assert found[TWO]["messageId"] == "None"
    assert [m.number for m in p.messages] == [ONE]


def test_no_balance_refuses_all(p: Provider):
    p.faults.no_balance = 1
    assert {r["statusCode"] for r in recipients(send(p, ONE, TWO))} == {405}
    assert p.messages == []


def test_the_account_tells_its_balance(p: Provider):
    def asked(key: str) -> requests.Response:
        url = f"{p.url}/version1/user"
        return requests.get(url, {"username": "demo"}, headers={"apiKey": key}, timeout=PATIENCE_S)

    assert asked(API_KEY).json() == {"UserData": {"balance": "RWF 100000.0000"}}
    p.faults.no_balance = 1
    assert asked(API_KEY).json() == {"UserData": {"balance": "RWF 0.0000"}}
    assert asked("wrong").status_code == 401


@pytest.mark.parametrize(("name", "status"), [("bad_key", 401), ("too_many", 429), ("error_before", 500)])
def test_a_call_is_refused_before_anything_is_taken(p: Provider, name: str, status: int):
    setattr(p.faults, name, 1)
    assert send(p, ONE).status_code == status
    assert p.messages == []


def test_in_any_second_so_many_recipients_are_taken():
    now = [datetime(2026, 3, 10, 10, tzinfo=UTC)]
    p = Provider("demo", API_KEY, CALLBACK_SECRET, now=lambda: now[0]).start()
    p.faults.per_second, p.faults.reports = 2, False
    try:
        assert send(p, ONE, TWO, "+250780000003").status_code == 429, (
            "more at once than are taken in a second"
        )
        assert [send(p, one).status_code for one in (ONE, TWO, ONE)] == [201, 201, 429]
        now[0] += timedelta(seconds=0.9)
        assert send(p, ONE).status_code == 429
        now[0] += timedelta(seconds=0.1)
        assert send(p, ONE, TWO).status_code == 201
        assert len(p.messages) == 4
    finally:
        p.close()


def test_a_call_may_fail_after_all_is_taken(p: Provider):
    p.faults.error_after = 1
    assert send(p, ONE).status_code == 500
    assert len(p.messages) == 1


def other_descriptors() -> set[str]:
    """The descriptors of this process that are no sockets, and are still open when it is asked for them."""
    return {entry for entry in os.listdir("/dev/fd") if not is_socket(entry)}


def is_socket(descriptor: str) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(int(descriptor)).st_mode)
    except OSError:
        return True


def test_a_cut_connection_leaves_no_descriptor_open(p: Provider):
    p.faults.cut_before = 1
    before = other_descriptors()
    for _ in range(5):
        with pytest.raises(requests.ConnectionError):
            send(p, ONE)
    assert other_descriptors() <= before


@pytest.mark.parametrize(("name", "taken"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_may_be_cut(p: Provider, name: str, taken: int):
    setattr(p.faults, name, 1)
    with pytest.raises(requests.ConnectionError):
        send(p, ONE)
    assert len(p.messages) == taken


def test_it_takes_and_never_answers(p: Provider):
    p.faults.hang_after = 1
    form = {"username": "demo", "to": ONE, "message": "Muraho"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{p.url}/version1/messaging", data=form, headers={"apiKey": API_KEY}, timeout=(PATIENCE_S, 0.1)
        )
    assert len(p.messages) == 1


def test_an_answer_that_lacks_some_and_one_that_ends_in_the_middle(p: Provider):
    p.faults.missing = 1
    assert recipients(send(p, ONE, TWO)) == []
    p.faults = Faults(truncated=1)
    with pytest.raises(ValueError, match=r"."):
        send(p, ONE, TWO).json()
    p.faults = Faults(charset=True)
    assert send(p, ONE).headers["Content-Type"] == "application/json; charset=utf-8"
    assert len(p.messages) == 5


def test_another_order_is_the_same_by_the_same_seed():
    orders = []
    for _ in range(2):
        with provider() as p:
            p.faults = Faults(seed=7, shuffled=1, missing=0.5)
            orders.append(
                [r["number"] for r in recipients(send(p, *(f"+2507800000{n:02}" for n in range(40))))]
            )
    assert orders[0] == orders[1] != sorted(orders[0])
    assert 0 < len(orders[0]) < 40


def test_chances_are_the_seeds_and_each_try_is_another():
    with provider() as p:
        p.faults = Faults(seed=1, too_many=0.5)
        statuses = [send(p, ONE).status_code for _ in range(20)]
        assert set(statuses) == {201, 429}
        assert p.calls == 20
    with provider() as p:
        p.faults = Faults(seed=1, too_many=0.5)
        assert [send(p, ONE).status_code for _ in range(20)] == statuses


def test_a_fault_may_last_for_so_many_calls(p: Provider):
    p.faults = Faults(error_before=1, calls=2)
    assert [send(p, ONE).status_code for _ in range(3)] == [500, 500, 201]


def test_a_switch_that_is_not_there_is_named():
    for given in ({"slowly": 1}, {"too_many": "often"}, {"refused": 1}, {"reports": 1}, {"calls": 0.5}):
        with pytest.raises(BadFaults, match=next(iter(given))):
            Faults.read(given)


def test_reports_go_to_the_webhook():
    with webhooks() as (web, posted), provider(web) as p:
        p.faults.final = {TWO: ["AbsentSubscriber", "Failed UserIsInactive"]}
        send(p, ONE, TWO)
        p.wait_reported()
        assert {path for path, _ in posted} == {f"/at/{CALLBACK_SECRET}/delivery"}
        by_number = {n: [form for _, form in posted if form["phoneNumber"] == n] for n in (ONE, TWO)}
        assert [form["status"] for form in by_number[ONE]] == ["Sent", "Success"]
        assert [form["status"] for form in by_number[TWO]] == ["Sent", "AbsentSubscriber", "Failed"]
        assert by_number[TWO][-1] == {
            "id": p.messages[1].id,
            "status": "Failed",
            "phoneNumber": TWO,
            "networkCode": "99999",
            "failureReason": "UserIsInactive",
            "retryCount": "0",
        }
        assert [m.status for m in p.messages] == ["Success", "Failed"]


def test_reports_twice_in_the_wrong_order_or_never():
    with webhooks() as (web, posted), provider(web) as p:
        p.faults = Faults(twice=1, disordered=1)
        send(p, ONE)
        p.wait_reported()
        assert [form["status"] for _, form in posted] == ["Success", "Success", "Sent", "Sent"]
        for faults in (Faults(lost_reports=1), Faults(reports=False)):
            p.faults = faults
            send(p, ONE)
            p.wait_reported()
        assert len(posted) == 4
        assert p.report(p.messages[0], "Rejected") == 200
        assert posted[-1][1]["status"] == "Rejected"


def test_reports_before_the_answer():
    with webhooks() as (web, posted), provider(web) as p:
        p.faults.early_reports = 1
        send(p, ONE)
        assert len(posted) == 2


def test_a_report_that_is_not_answered_comes_again():
    with webhooks(lambda nth: 200 if nth > 2 else 503) as (web, posted), provider(web) as p:
        p.faults.retry_after_s = 0.01
        send(p, ONE)
        p.wait_reported()
        assert [form["status"] for _, form in posted] == ["Sent", "Sent", "Sent", "Success"]


def test_a_text_and_an_opt_out_from_a_phone():
    with webhooks() as (web, posted), provider(web) as p:
        assert p.incoming(ONE, "STOP") == p.opt_out(ONE, "PROGRAMME") == 200
        (path, form), opt_out = posted
        assert path == f"/at/{CALLBACK_SECRET}/sms"
        assert (form["from"], form["text"], form["to"]) == (ONE, "STOP", "801")
        assert opt_out == (f"/at/{CALLBACK_SECRET}/opt-out", {"phoneNumber": ONE, "senderId": "PROGRAMME"})
    with provider("http://127.0.0.1:1") as p:
        assert p.incoming(ONE, "STOP") == 0


def test_the_control_api_sets_and_shows_everything():
    with webhooks() as (web, posted), provider(web) as p:
        assert (
            control(p, "POST", "faults", json={"slow_s": 0.001, "reports": False}).json()["slow_s"] == 0.001
        )
        assert p.faults.slow_s == 0.001
        assert control(p, "GET", "faults").json() == p.faults.as_json()
        assert "slowly" in control(p, "POST", "faults", json={"slowly": 1}).json()["error"]
        for number in (ONE, TWO, ONE):
            send(p, number)
        everything = {"count": 3, "calls": 3, "messages": [asdict(m) for m in p.messages]}
        assert control(p, "GET", "messages").json() == everything
        its = control(p, "GET", "messages", params={"number": ONE, "last": "1"}).json()
        assert (its["count"], its["messages"]) == (2, [asdict(p.messages[2])])
        assert control(p, "GET", "messages", params={"last": "0"}).json()["messages"] == []
        report = {"id": p.messages[0].id, "status": "Failed"}
        for path, given in (
            ("incoming", {"from": ONE, "text": "STOP", "to": "801"}),
            ("opt-out", {"number": ONE, "sender": ""}),
            ("report", report),
        ):
            assert control(p, "POST", path, json=given).json() == {"answered": 200}
        assert [path.rpartition("/")[2] for path, _ in posted] == ["sms", "opt-out", "delivery"]
        assert p.messages[0].status == "Failed"


def test_the_control_api_is_for_who_has_the_secret(p: Provider):
    assert control(p, "GET", "messages", secret="x").status_code == 404
    assert requests.get(f"{p.url}/control/messages", timeout=PATIENCE_S).status_code == 404
    headers = {"Authorization": f"Bearer {CALLBACK_SECRET}", "Origin": "http://elsewhere.example"}
    assert requests.get(f"{p.url}/control/messages", headers=headers, timeout=PATIENCE_S).status_code == 404
    assert control(p, "GET", "nothing").status_code == 404
    for path, given in (
        ("incoming", b"[]"),
        ("incoming", b"{"),
        ("incoming", b'{"from": 1}'),
        ("report", b"{}"),
    ):
        assert control(p, "POST", path, data=given).status_code == 400


def test_a_file_keeps_what_was_taken_and_the_next_run_reports_on_it(tmp_path):
    file = tmp_path / "provider.jsonl"
    with provider(file=file) as p:
        send(p, ONE, TWO)
        taken = p.messages
    with file.open("a") as half:
        half.write('{"event": "took", "id"')
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()[:2]] == [ONE, TWO]
    with webhooks() as (web, posted), provider(web, file=file) as p:
        assert [(m.id, m.number, m.text) for m in p.messages] == [(m.id, m.number, m.text) for m in taken]
        p.wait_reported()
        assert len(posted) == 4
        assert {m.status for m in p.messages} == {"Success"}
    with webhooks() as (web, posted), provider(web, file=file) as p:
        send(p, ONE)
        p.wait_reported()
        assert len(posted) == 2
    assert file.stat().st_mode & 0o077 == 0


def test_what_is_no_http_is_400(p: Provider):
    connection = http.client.HTTPConnection("127.0.0.1", p.port, timeout=PATIENCE_S)
    connection.connect()
    connection.sock.sendall(b"nonsense\r\n\r\n")
    assert connection.sock.recv(20).startswith(b"HTTP/1.1 400")
    connection.close()


def test_a_port_that_is_taken_is_said(p: Provider):
    with pytest.raises(OSError, match="in use"), provider(port=p.port):
        pass
