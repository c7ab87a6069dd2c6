"""The server counts exactly, outlives its clients, and stops at once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.employers.client import application, apply, call, send_json
from tests.employers.record import Record
from tests.employers.server import Employers

BASE = Path(__file__).resolve().parent.parent.parent


def test_counts_are_exact_under_sixteen_clients(employers: Employers) -> None:
    employers.plan("refused", "refused")
    employers.plan("after", "error_after")
    channels = ["plain", "recruitee", "greenhouse", "ashby"]

    def one(number: int) -> int:
        posting = ("ok", "refused", "after")[number % 3]
        channel = channels[number % len(channels)]
        return apply(employers, channel, posting, email=f"a{number}@example.com", key=f"k-{number}").status

    with ThreadPoolExecutor(16) as clients:
        statuses = list(clients.map(one, range(480)))

    record = employers.record
    assert record.counts() == {"arrival": 320, "refusal": 160}
    assert record.doubled() == {}
    assert len(record.arrivals(posting="ok")) == 160
    assert len(record.arrivals(channel="plain")) == 80
    assert [len(record.by_key(f"k-{number}")) for number in range(480)] == [1] * 480
    assert [statuses.count(status) for status in (422, 500)] == [160, 160]


def test_doubled_finds_every_pair(employers: Employers) -> None:
    with ThreadPoolExecutor(16) as clients:
        list(clients.map(lambda n: apply(employers, "plain", f"p{n % 20}"), range(40)))

    assert len(employers.record.doubled()) == 20


def test_connection_serves_request_after_request(employers: Employers) -> None:
    with socket.create_connection(("127.0.0.1", employers.port), timeout=5) as client:
        body = b'{"email": "ada@example.com"}'
        request = b"POST /plain/p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        chunked = (
            b"POST /plain/q HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        client.sendall(request + request + chunked)
        answers = b""
        while part := client.recv(65_536):
            answers += part

    assert answers.count(b"HTTP/1.1 201 Created\r\n") == 3
    assert employers.record.counts() == {"arrival": 3}


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST /plain/p HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"POST /plain/p HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /plain/p HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", 413),
    ],
)
def test_what_is_no_request_is_refused(employers: Employers, request_bytes: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", employers.port), timeout=5) as client:
        client.sendall(request_bytes)
        assert client.recv(65_536).startswith(b"HTTP/1.1 %d " % status)

    assert employers.record.counts() == {"refusal": 1}


def test_half_a_body_is_no_application(employers: Employers) -> None:
    with socket.create_connection(("127.0.0.1", employers.port), timeout=5) as client:
        client.sendall(b'POST /plain/p HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"email": "ada@example.com"}')
        client.shutdown(socket.SHUT_WR)
        client.recv(65_536)

    assert employers.record.counts() == {"refusal": 1}


def test_stop_does_not_wait_for_anybody(tmp_path: Path) -> None:
    before = threading.active_count()
    employers = Employers(tmp_path / "record")
    employers.start()
    employers.plan("stalled", "stall_after")
    employers.plan("slow", "slow", seconds=600)
    employers.plan("endless", "endless_body")
    employers.plan("jobs@employers.test", "stall_before")
    clients = []
    for posting in ("stalled", "slow", "endless"):
        _, body, _ = application(employers, "plain", posting)
        client = socket.create_connection(("127.0.0.1", employers.port), timeout=5)
        client.sendall(
            f"POST /plain/{posting} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        clients.append(client)
    mail = socket.create_connection(employers.smtp, timeout=5)
    mail.sendall(b"EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<jobs@employers.test>\r\n")
    clients.append(mail)
    clients.append(socket.create_connection(("127.0.0.1", employers.tls_port)))  # says nothing at all
    waited = threading.Event()
    while employers.record.counts() != {"arrival": 3, "refusal": 1}:
        waited.wait(0.01)

    stopping = threading.Thread(target=employers.stop)
    stopping.start()
    stopping.join(
        timeout=10
    )  # far above the second that it may take, far below the ten minutes of the slow one

    assert not stopping.is_alive()
    assert threading.active_count() == before
    for client in clients:
        client.close()


def test_start_says_that_a_port_is_taken(employers: Employers, tmp_path: Path) -> None:
    second = Employers(tmp_path / "second", port=employers.port)

    with pytest.raises(OSError, match="address already in use"):
        second.start()


# The record


def test_record_outlives_the_server(tmp_path: Path) -> None:
    path = tmp_path / "record"
    with Employers(path) as first:
        apply(first, "plain", "p", key="k-1")
        candidate = apply(first, "smartrecruiters", "u", key="k-2").json["id"]
    with Employers(path) as second:
        apply(second, "plain", "p", key="k-3")
        assert call("GET", f"{second.root('plain')}/asked/k-1").status == 200
        headers = {"X-SmartToken": second.key("smartrecruiters")}
        url = f"{second.root('smartrecruiters')}/v1/postings/u/candidates/{candidate}/status"
        assert call("GET", url, headers=headers).status == 200

    assert [entry.key for entry in Record(path).arrivals()] == ["k-1", "k-2", "k-3"]


def test_record_survives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "record"
    with Employers(path) as first:
        apply(first, "plain", "p", key="k-1")
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole + whole[:length])
        record = Record(path)
        assert [entry.key for entry in record.arrivals()] == ["k-1"]
        record.open()
        record.add("arrival", "plain", "p", key="k-2")
        record.close()
        assert [entry.key for entry in record.arrivals()] == ["k-1", "k-2"]


def test_record_is_empty_before_anything_came(tmp_path: Path) -> None:
    record = Record(tmp_path / "none")

    assert record.entries() == []
    with pytest.raises(RuntimeError, match="not open"):
        record.add("arrival", "plain", "p")


# As a process


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "tests.employers", *arguments]
    process = subprocess.Popen(command, cwd=BASE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_process_serves_can_be_told_and_stops(tmp_path: Path) -> None:
    path = tmp_path / "record"
    with running("--record", str(path), "--mix", "redirect=1", "--seed", "7") as (process, said):
        root = said["roots"]["plain"]
        admin = f"http://127.0.0.1:{said['port']}/admin"
        assert send_json(f"{root}/p", {"email": "ada@example.com"}).status == 302
        assert (
            send_json(f"{admin}/plan", {"posting": "p", "behaviour": "refused", "status": 410}).status == 204
        )
        assert send_json(f"{root}/p", {"email": "ada@example.com"}).status == 410
        assert send_json(f"{admin}/plan", {"posting": "p", "behaviour": "explode"}).status == 400
        assert send_json(f"{admin}/plan", {"behaviour": "ok"}).status == 400
        assert send_json(f"{admin}/dance", {}).status == 404
        assert send_json(f"{admin}/plan", {"posting": "p", "behaviour": "ok"}).status == 204
        assert send_json(f"{root}/p", {"email": "ada@example.com"}, Idempotency_Key="k-1").status == 201
        assert call("GET", f"{admin}/counts").json == {"refusal": 2, "arrival": 1}
        process.terminate()
        assert process.wait(timeout=20) == 0

    assert Record(path).has("k-1")


def test_process_that_is_killed_has_recorded_everything(tmp_path: Path) -> None:
    path = tmp_path / "record"
    with running("--record", str(path)) as (process, said):
        for number in range(20):
            send_json(f"{said['roots']['plain']}/p", {"email": f"a{number}@example.com"})
        os.kill(process.pid, signal.SIGKILL)

    assert Record(path).counts() == {"arrival": 20}
