"""JSONL: one JSON object a line, in the posting shape or as a schema.org JobPosting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from matching.feeds.json_objects import read_object
from matching.feeds.lines import numbered_lines, too_long
from matching.posting import Read, Rejection


def read_jsonl(stream: BinaryIO) -> Iterator[Read]:
    """Every line of a JSONL file with its number; empty lines are passed over."""
    for number, line in numbered_lines(stream):
        if line is None:
            yield number, Rejection(line=number, field="", reason=too_long())
        elif line.strip():
            yield from read_object(number, line)
