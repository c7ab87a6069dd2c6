"""The process that reads a résumé keeps its limits, and files that somebody broke are read or refused."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from personas.readers import child
from personas.readers.child import Limits, reader_for
from personas.readers.refusals import Refusal, UploadRefused
from personas.readers.resume import ROOT, end_child, exchange, read_resume, start_child
from personas.readers.upload import Kind, check_upload
from tests.personas.resume_files import (
    ARABIC,
    JAPANESE,
    LAYOUTS,
    LETTER,
    SAMPLES,
    arabic_pdf,
    columns,
    docx_of,
    japanese_pdf,
    pdf_with,
    refusal_of,
    text_pdf,
)

FUZZ_ROUNDS = int(os.environ.get("RELEVNT_FUZZ_ROUNDS", "500"))
DOCUMENT = docx_of("Jane Doe", "jane@example.com")


# The process that reads


def slow_pdf() -> bytes:
    """A small file that keeps a parser busy for many seconds: 30 MB of drawing operators in 30 KB."""
    return pdf_with(b"0 0 m 1 1 l S " * 2_000_000)


def test_a_reading_that_takes_too_much_processor_is_ended() -> None:
    start = time.monotonic()

    refused = refusal_of("cv.pdf", slow_pdf(), cpu_seconds=1)

    assert refused.code is Refusal.TOO_SLOW
    assert time.monotonic() - start < 6


def test_a_reading_that_takes_too_long_is_ended() -> None:
    start = time.monotonic()

    refused = refusal_of("cv.pdf", slow_pdf(), wall_seconds=1)

    assert refused.code is Refusal.TOO_SLOW
    assert time.monotonic() - start < 3


def test_a_reading_that_takes_too_much_memory_is_ended() -> None:
    bomb = pdf_with(bytes(200_000_000))

    refused = refusal_of("cv.pdf", bomb, memory_bytes=256 * 1024 * 1024)

    assert refused.code is Refusal.TOO_MUCH_MEMORY


def children() -> set[int]:
    """The processes of this one, dead ones that nobody has waited for among them."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        # A thread may end between its listing and its reading.
        with suppress(FileNotFoundError, ProcessLookupError):
            found.update(map(int, (task / "children").read_text().split()))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_killed_reader_gives_a_clear_refusal_and_no_zombie() -> None:
    before = children()
    caught: list[UploadRefused] = []

    def read() -> None:
        caught.append(refusal_of("cv.pdf", slow_pdf()))

    thread = threading.Thread(target=read)
    thread.start()
    while not (started := children() - before):
        time.sleep(0.01)
    time.sleep(0.5)
    os.kill(started.pop(), signal.SIGKILL)
    thread.join(timeout=5)

    assert caught[0].code is Refusal.STOPPED
    assert children() == before


def test_a_reader_whose_asker_is_gone_ends_by_itself() -> None:
    process = start_child(Kind.TXT, limits=Limits(wall_seconds=1))

    try:
        assert process.wait(timeout=5) == -signal.SIGALRM
    finally:
        end_child(process)


def test_a_reading_costs_little() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    read_resume("cv.pdf", text_pdf(LETTER))

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Seconds of the processor, which do not depend on what else the machine does.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.7


INSIDE = """
import sys; sys.path[:] = {path!r}
from personas.readers import child
child.limit_process(child.Limits())
child.reader_for("pdf")
assert "django.conf" not in sys.modules or not sys.modules["django.conf"].settings.configured
child.close_network()
try:
    {attempt}
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', {port}), timeout=2)",
        "import _socket; _socket.socket()",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "open('/tmp/relevnt-reader-test', 'w')",
        "import os; os.open('/tmp/relevnt-reader-test', os.O_CREAT)",
    ],
    ids=["connect", "socket", "system", "subprocess", "write", "create"],
)
def test_the_child_reaches_neither_network_nor_files(attempt: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = INSIDE.format(
            path=[ROOT, *filter(None, sys.path)], attempt=attempt.format(port=server.getsockname()[1])
        )

        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", code],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert (done.stdout, done.returncode) == ("PermissionError\n", 0), done.stderr
    assert not Path("/tmp/relevnt-reader-test").exists()


def test_an_answer_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("personas.readers.resume.MAX_ANSWER", 10_000)
    process = start_child(Kind.TXT, limits=Limits())

    try:
        with pytest.raises(UploadRefused) as caught:
            exchange(process, b"word " * 10_000, deadline=time.monotonic() + 5)
    finally:
        end_child(process)

    assert caught.value.code is Refusal.TOO_LONG
    assert process.returncode is not None


# Files that somebody broke


def mutations(content: bytes, *, rounds: int) -> list[bytes]:
    """The file with bytes flipped, cut out, doubled or cut off, by a fixed seed."""
    chance = random.Random(20261122)
    found = []
    for _ in range(rounds):
        broken = bytearray(content)
        for _ in range(chance.choice([1, 3, 20])):
            place = chance.randrange(len(broken))
            match chance.randrange(4):
                case 0:
                    broken[place] ^= 1 << chance.randrange(8)
                case 1:
                    broken[place : place + chance.randrange(1, 64)] = b""
                case 2:
                    broken[place:place] = broken[place : place + chance.randrange(1, 64)]
                case _ if chance.random() < 0.1:
                    del broken[max(place, 1) :]
            if not broken:
                broken = bytearray(b"x")
        found.append(bytes(broken))
    return found


def outcome_of(name: str, content: bytes) -> str:
    """The text of a file, or the reason why it is not read."""
    try:
        return read_resume(name, content).text
    except UploadRefused as refused:
        return refused.code


FUZZED = {
    "letter.pdf": text_pdf(LETTER, LETTER),
    "columns.pdf": text_pdf(columns(list)),
    "arabic.pdf": arabic_pdf(ARABIC),
    "japanese.pdf": japanese_pdf(JAPANESE),
    "plain.docx": DOCUMENT,
    "plain.txt": "Jane Doe\njane@example.com\n+49 30 1234567\nKöln".encode(),
    **{sample.name: sample.read_bytes() for sample in SAMPLES},
}


@pytest.mark.parametrize("name", FUZZED)
def test_broken_files_are_read_or_refused(name: str) -> None:
    """In this process for speed: the very function that the child runs, which must answer and never raise."""
    outcomes = []
    for broken in mutations(FUZZED[name], rounds=FUZZ_ROUNDS):
        try:
            kind = check_upload(name, broken)
        except UploadRefused as refused:
            outcomes.append(refused.message)
            continue
        outcomes.append(json.loads(child.answer_for(reader_for(kind), broken)))

    assert len(outcomes) == FUZZ_ROUNDS
    assert all(isinstance(outcome, str) or outcome.keys() & {"text", "refused"} for outcome in outcomes)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda path: path.stem)
def test_broken_layouts_are_read_or_refused_in_the_child(layout: Path) -> None:
    broken = mutations(layout.read_bytes(), rounds=max(FUZZ_ROUNDS // 100, 1))

    outcomes = [outcome_of(layout.name, content) for content in broken]

    assert outcomes
    assert not {Refusal.STOPPED, Refusal.TOO_SLOW}.intersection(outcomes)
