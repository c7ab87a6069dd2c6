"""The journal of sendings: durable, read back from its end, and never the worse for a crash."""

from __future__ import annotations

import resource
import signal
import stat
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from autoapply import journal
from autoapply.journal import Entry, read_last_entries, write_entry

KEY = UUID("5f0e4d3c-2b1a-4c5d-8e9f-0a1b2c3d4e5f")


def test_entry_is_read_back(own_journal: Path) -> None:
    write_entry(Entry(7, KEY, 2))

    assert list(read_last_entries()) == [Entry(7, KEY, 2)]
    assert own_journal.read_text() == f"7 {KEY} 2\n"


def test_entries_are_read_oldest_first(own_journal: Path) -> None:
    written = [Entry(number, uuid4(), 1) for number in range(1, 6)]
    for each in written:
        write_entry(each)

    assert list(read_last_entries()) == written


def test_journal_that_is_not_there_yet_is_empty(own_journal: Path) -> None:
    assert list(read_last_entries()) == []
    assert not own_journal.exists()


def test_journal_is_nobody_elses_to_read(own_journal: Path) -> None:
    write_entry(Entry(1, KEY, 1))

    assert stat.S_IMODE(own_journal.stat().st_mode) == 0o600


@pytest.mark.parametrize("piece", [b"2", b"2 5f0e4d3c-2b1a", f"2 {KEY} ".encode(), f"2 {KEY} 1".encode()])
def test_line_that_a_crash_cut_off_is_left_out_and_swallows_no_later_one(
    own_journal: Path, piece: bytes
) -> None:
    write_entry(Entry(1, KEY, 1))
    with own_journal.open("ab") as file:
        file.write(piece)
    assert list(read_last_entries()) == [Entry(1, KEY, 1)]

    write_entry(Entry(3, KEY, 2))

    # A line that lacked its end alone is whole.
    numbers = [each.number for each in read_last_entries()]
    assert numbers == ([1, 2, 3] if piece.endswith(b" 1") else [1, 3])


@pytest.mark.parametrize("line", [b"\n", b"x y z\n", b"1 2 3 4\n", b"\xff\xfe\n", b"1 nobody 1\n"])
def test_line_that_is_no_entry_is_left_out(own_journal: Path, line: bytes) -> None:
    own_journal.write_bytes(line)
    write_entry(Entry(1, KEY, 1))

    assert list(read_last_entries()) == [Entry(1, KEY, 1)]


def test_only_the_end_of_a_long_journal_is_read(own_journal: Path) -> None:
    lines = [f"{number} {KEY} 1\n" for number in range(1, 5001)]
    own_journal.write_text("".join(lines))

    numbers = [each.number for each in read_last_entries()]

    assert numbers == list(range(numbers[0], 5001))
    assert 1000 < len(numbers) < 2000
    assert sum(len(line) for line in lines[-len(numbers) :]) <= journal._TAIL


def test_journal_that_cannot_be_written_says_so(own_journal: Path) -> None:
    own_journal.mkdir()

    with pytest.raises(OSError, match="directory"):
        write_entry(Entry(1, KEY, 1))


def test_full_disk_says_so_and_leaves_the_rest_readable(own_journal: Path) -> None:
    write_entry(Entry(1, KEY, 1))
    size = own_journal.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
    try:
        with pytest.raises(OSError, match="space"):
            write_entry(Entry(2, KEY, 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)

    write_entry(Entry(3, KEY, 1))
    assert [each.number for each in read_last_entries()] == [1, 3]
