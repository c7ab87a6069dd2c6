"""`python -m tests.fuzz`: ten thousand broken résumé files through the readers, counted; writes docs/fuzz.md.

Files are broken copies of sound ones: bits turned, pieces cut, doubled, swapped or filled with noise, within packages and streams as
well. Each is read as the child of an upload reads it, under its limits of memory; every fiftieth, and every one that took long, goes
through `read_resume` too, with a process of its own and all limits.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
import resource
import signal
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

from personas.readers.child import Limits, answer_for, reader_for
from personas.readers.refusals import UploadRefused
from personas.readers.resume import read_resume
from personas.readers.upload import check_upload
from tests.personas.resume_corpus import corpus, rendercv
from tests.personas.resume_files import DATA, arabic_pdf, docx_of, encrypted_pdf, image_pdf, japanese_pdf

RESULTS = Path(__file__).parents[1] / "docs" / "fuzz.md"
SLOW = 5.0
"""Seconds from which a file goes through the whole of an upload again."""
EVERY = 50
LIMITS = Limits()
SPARE = 3.0
"""Seconds that starting and ending a process may add to its limit on a busy machine."""
Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(slots=True)
class Outcome:
    """What became of some files: counts by outcome, faults by their place, the slowest, and what should never be."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    slowest: float = 0
    whole: int = 0
    longest_whole: float = 0
    escaped: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take over what another counted."""
        self.counts += other.counts
        self.faults += other.faults
        self.slowest = max(self.slowest, other.slowest)
        self.whole += other.whole
        self.longest_whole = max(self.longest_whole, other.longest_whole)
        self.escaped += other.escaped


def _without_times(content: bytes) -> bytes:
    """A package whose entries were all made at the same time, whenever that is run."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


@cache
def sound_files() -> list[tuple[str, bytes]]:
    """Files of every kind that are read, and some that are refused, by name."""
    found = [(made.name, made.content) for made in (*corpus(), *rendercv()) if len(made.content) < 200_000]
    found += [(path.name, path.read_bytes()) for path in sorted(DATA.glob("*.json"))]
    found += [("a.pdf", arabic_pdf("ليلى حداد")), ("j.pdf", japanese_pdf("山田太郎")), ("i.pdf", image_pdf())]
    found += [
        ("e.pdf", encrypted_pdf(image_pdf(), password="")),
        ("d.docx", docx_of("Ada", "Engineer, Acme")),
    ]
    return [(name, _without_times(content) if name.endswith(".docx") else content) for name, content in found]


def turn_bits(content: bytes, dice: random.Random) -> bytes:
    """Up to forty bytes with a bit turned."""
    out = bytearray(content)
    for _turn in range(dice.randint(1, 40)):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def cut(content: bytes, dice: random.Random) -> bytes:
    """A piece taken out, or the end."""
    start = dice.randrange(len(content))
    return content[:start] + (content[start + dice.randint(1, 2000) :] if dice.random() < 0.5 else b"")


def double(content: bytes, dice: random.Random) -> bytes:
    """A piece many times."""
    start = dice.randrange(len(content))
    piece = content[start : start + dice.randint(1, 400)]
    return content[:start] + piece * dice.randint(2, 60) + content[start:]


def fill(content: bytes, dice: random.Random) -> bytes:
    """A piece of noise in the place of another."""
    start = dice.randrange(len(content))
    length = dice.randint(1, 300)
    return content[:start] + dice.randbytes(length) + content[start + length :]


def swap_numbers(content: bytes, dice: random.Random) -> bytes:
    """Numbers that stand for places and sizes, changed: references, lengths, boxes."""
    numbers = list(re.finditer(rb"\d+", content))
    for found in sorted(dice.sample(numbers, min(len(numbers), 6)), key=lambda each: -each.start()):
        number = dice.choice(
            [b"0", b"-1", b"1", b"999999999", b"4294967296", b"1e9", str(dice.randrange(50)).encode()]
        )
        content = content[: found.start()] + number + content[found.end() :]
    return content


def inside(content: bytes, dice: random.Random) -> bytes:
    """Something broken within a package or a packed stream, and packed again."""
    change = dice.choice([turn_bits, cut, double, fill, swap_numbers])
    if content.startswith(b"PK"):
        try:
            return _in_package(content, dice, change)
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, OverflowError):
            return change(content, dice)
    streams = [
        found for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL) if found[1]
    ]
    for found in dice.sample(streams, min(len(streams), 2)):
        try:
            plain = zlib.decompress(found[1])
        except zlib.error:
            continue
        if plain:
            return content[: found.start(1)] + zlib.compress(change(plain, dice)) + content[found.end(1) :]
    return change(content, dice)


def _in_package(content: bytes, dice: random.Random, change: Mutation) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = dice.choice([name for name in names if name.endswith(".xml")] or names or [""])
        for name in names:
            try:
                body = old.read(name)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError):
                continue
            new.writestr(
                zipfile.ZipInfo(name),
                change(body, dice) if name == chosen and body else body,
                zipfile.ZIP_DEFLATED,
            )
    return out.getvalue()


MUTATIONS: tuple[Mutation, ...] = (turn_bits, cut, double, fill, swap_numbers, *[inside] * 7)


def broken_files(numbers: range) -> Iterator[tuple[str, bytes]]:
    """Broken files by their numbers, the same each time."""
    sound = sound_files()
    for number in numbers:
        dice = random.Random(number)
        name, content = dice.choice(sound)
        for _turn in range(dice.randint(1, 2)):
            content = dice.choice(MUTATIONS)(content, dice) if content else content
        yield name, content


class TooLong(BaseException):
    """Raised by the alarm; no handler of exceptions on the way takes it."""


def _ring(_signal: int, _frame: object) -> None:
    raise TooLong


def read_some(numbers: range) -> Outcome:
    """Read broken files in this process, under the memory limit of a child."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _ring)
    resource.setrlimit(resource.RLIMIT_AS, (2 * LIMITS.memory_bytes, 2 * LIMITS.memory_bytes))
    outcome = Outcome()
    for number, (name, content) in zip(numbers, broken_files(numbers), strict=True):
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, LIMITS.wall_seconds)
        try:
            kind = check_upload(name, content)
            answer = json.loads(answer_for(reader_for(kind.value), content))
            outcome.counts[f"refused: {answer['refused']}" if "refused" in answer else "read"] += 1
            if "fault" in answer:
                outcome.faults[answer["fault"]] += 1
        except UploadRefused as refused:
            outcome.counts[f"refused: {refused.code.value}"] += 1
        except TooLong:
            # The child of an upload is ended by its own alarm; here it goes through that below.
            outcome.counts["ended by its alarm"] += 1
        except Exception as error:
            outcome.escaped.append(f"file {number}: {type(error).__name__}")
        signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic() - began
        outcome.slowest = max(outcome.slowest, took)
        if took > SLOW or number % EVERY == 0:
            _upload(number, name, content, outcome)
    return outcome


def _upload(number: int, name: str, content: bytes, outcome: Outcome) -> None:
    """Read a file as an upload does, and see that it ends in time and with nothing but a reading or a refusal."""
    began = time.monotonic()
    try:
        read_resume(name, content)
    except UploadRefused:
        pass
    except Exception as error:
        outcome.escaped.append(f"file {number}, uploaded: {type(error).__name__}")
    took = time.monotonic() - began
    outcome.whole += 1
    outcome.longest_whole = max(outcome.longest_whole, took)
    if took > LIMITS.wall_seconds + SPARE:
        outcome.escaped.append(f"file {number}, uploaded: {took:.1f} s")


def run(files: int, processes: int) -> Outcome:
    """Read so many broken files in several processes, a hundred at a time."""
    pieces = [range(start, min(start + 100, files)) for start in range(0, files, 100)]
    total = Outcome()
    with ProcessPoolExecutor(processes, max_tasks_per_child=1) as pool:
        for outcome in pool.map(read_some, pieces):
            total.add(outcome)
    return total


def write_table(files: int, outcome: Outcome) -> str:
    """The outcome for people."""
    lines = [
        "# Broken résumé files",
        "",
        f"Written by `make fuzz`: {files:,} broken copies of sound PDF, DOCX, JSON and text files.",
        "",
        "| outcome | files |",
        "|---|---|",
        *(f"| {name} | {number:,} |" for name, number in outcome.counts.most_common()),
        "",
        f"- exceptions that escaped, and uploads that outlived their limits: **{len(outcome.escaped)}**",
        f"- slowest reading: {outcome.slowest:.1f} s; limit of an upload: {LIMITS.wall_seconds} s",
        f"- read once more as whole uploads, each in a process of its own: {outcome.whole:,}, the longest {outcome.longest_whole:.1f} s",
        f"- refused as damaged because a library broke on them: {sum(outcome.faults.values()):,}, at {len(outcome.faults)} places",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run, print, write; fail where anything escaped."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    outcome = run(options.files, options.processes)
    text = write_table(options.files, outcome)
    sys.stdout.write("\n".join([text, *outcome.escaped[:20], ""]))
    if options.files >= 10_000:
        RESULTS.write_text(text, encoding="utf-8")
    if outcome.escaped or sum(outcome.counts.values()) != options.files:
        raise SystemExit("something escaped")


if __name__ == "__main__":
    main()
