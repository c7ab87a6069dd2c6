"""A résumé file read in a process of its own, which may fail or be killed without harm to the one that asked."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from personas.readers.child import Limits
from personas.readers.lines import MAX_CHARACTERS
from personas.readers.refusals import Refusal, UploadRefused
from personas.readers.upload import Kind, check_upload

LIMITS = Limits()
MAX_ANSWER = 32 * 1024 * 1024
"""The most bytes taken from the child: a million characters twice, and a JSON Resume of 5 MB."""
PIECE = 64 * 1024
START = "import sys; sys.path[:] = sys.argv[1:-4]; from personas.readers.child import main; main()"
"""The child gets this process's own search path, because -I and -S take every other one from it."""
ROOT = str(Path(__file__).resolve().parents[2])

ENDED_BY: dict[int, Refusal] = {signal.SIGXCPU: Refusal.TOO_SLOW, signal.SIGALRM: Refusal.TOO_SLOW}
"""The signals by which the child's own limits end it, and what they mean to a person."""
PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Where the interpreter itself may have its libraries; nothing else of our environment reaches the child."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResumeRead:
    """What a file says: its text, a JSON Resume document, the lines that the document does not account for,
    the numbers (from 1) of pages that are pictures without text, and how many pages there are (0: not known)."""

    kind: Kind
    text: str
    document: dict[str, Any]
    unplaced: tuple[str, ...]
    pages_without_text: tuple[int, ...] = ()
    pages: int = 0


def read_resume(name: str, content: bytes, *, limits: Limits = LIMITS) -> ResumeRead:
    """Read an uploaded file within 15 seconds and 512 MB; raise UploadRefused, and nothing else, where it cannot be read.

    A JSON Resume comes back as the very document; of other files `document` holds `basics` with what is certain.
    """
    kind = check_upload(name, content)
    answer = _ask_child(kind.value, content, limits=limits)
    if "refused" in answer:
        if "fault" in answer:
            logger.warning("A %s file could not be read: %s", kind.value, answer["fault"])
        raise UploadRefused(Refusal(answer["refused"]), **answer["facts"])
    return ResumeRead(
        kind=kind,
        text=answer["text"],
        document=answer["document"],
        unplaced=tuple(answer["unplaced"]),
        pages_without_text=tuple(answer["pages_without_text"]),
        pages=answer["pages"],
    )


def draw_page(content: bytes, number: int, *, limits: Limits = LIMITS) -> bytes:
    """A page (from 1) of a PDF as PNG, drawn by a child with the same limits; raise UploadRefused where that cannot be."""
    answer = _ask_child(f"page {number}", content, limits=limits)
    if "refused" in answer:
        raise UploadRefused(Refusal(answer["refused"]), **answer["facts"])
    return b64decode(answer["image"])


def _ask_child(kind: str, content: bytes, *, limits: Limits) -> dict[str, Any]:
    deadline = time.monotonic() + limits.wall_seconds
    child = start_child(kind, limits=limits)
    try:
        written = exchange(child, content, deadline=deadline)
        child.wait(timeout=max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired as error:
        raise UploadRefused(Refusal.TOO_SLOW) from error
    finally:
        end_child(child)
    if child.returncode != 0:
        logger.warning("The reader of a %s file ended with %s", kind, child.returncode)
        raise UploadRefused(ENDED_BY.get(-child.returncode, Refusal.STOPPED))
    answer: dict[str, Any] = json.loads(written)
    return answer


def start_child(kind: str, *, limits: Limits) -> subprocess.Popen[bytes]:
    """Start the reader of one file as the leader of a process group of its own, with almost nothing of our environment."""
    costs = map(str, (limits.cpu_seconds, limits.wall_seconds, limits.memory_bytes))
    paths = [ROOT, *(path for path in sys.path if path)]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-I", "-S", "-B", "-c", START, *paths, kind, *costs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        process_group=0,
    )


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Kill the child with its group if it still runs, and take its exit status, so that no zombie stays."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    child.wait()


def exchange(child: subprocess.Popen[bytes], content: bytes, *, deadline: float) -> bytes:
    """Write the file to the child and take its whole answer, both at once.

    Raises TimeoutExpired at the deadline (of time.monotonic), UploadRefused where the answer is too long.
    """
    to_child, from_child = _pipes_of(child)
    answer = bytearray()
    rest = memoryview(content)
    with selectors.DefaultSelector() as selector:
        selector.register(to_child, selectors.EVENT_WRITE)
        selector.register(from_child, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                raise subprocess.TimeoutExpired("reader", timeout=0)
            for key, _event in ready:
                pipe = to_child if key.fileobj is to_child else from_child
                if pipe is to_child:
                    rest = _write_some(to_child, rest)
                    is_done = not rest
                else:
                    is_done = not _read_some(from_child, answer)
                if is_done:
                    selector.unregister(pipe)
                    pipe.close()
    return bytes(answer)


def _pipes_of(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise ValueError("the child was started without pipes")
    for pipe in (child.stdin, child.stdout):
        os.set_blocking(pipe.fileno(), False)
    return child.stdin, child.stdout


def _write_some(pipe: IO[bytes], rest: memoryview) -> memoryview:
    try:
        return rest[os.write(pipe.fileno(), rest[:PIECE]) :]
    except BrokenPipeError:
        # The child is gone; its exit status, read later, says why.
        return rest[:0]


def _read_some(pipe: IO[bytes], answer: bytearray) -> bool:
    piece = os.read(pipe.fileno(), PIECE)
    answer += piece
    if len(answer) > MAX_ANSWER:
        raise UploadRefused(Refusal.TOO_LONG, limit=MAX_CHARACTERS)
    return bool(piece)
