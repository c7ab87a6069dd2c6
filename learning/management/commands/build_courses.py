"""Builds the shipped catalogs from the lists of free-programming-books and of Open Source Society University."""

from __future__ import annotations

import gzip
import html
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from learning.catalogs import DATA
from learning.hours import read_hours

OSSU = "https://github.com/ossu/"
_MARKS = re.compile("<[^>]+>|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOTE = re.compile(r"\*?\(([^()]*)\)\*?")
_LICENSE = re.compile(r"(?:CC[ -](?:BY|0)\S*(?: \d\.\d)?|MIT|GPL\S*|Apache\S*|BSD)", re.IGNORECASE)
_LEVELS = (
    (
        "beginner",
        re.compile(
            r"\b(?:beginners?|for newbies|from scratch|absolute basics|introduction to|intro to)\b",
            re.IGNORECASE,
        ),
    ),
    ("advanced", re.compile(r"\badvanced\b", re.IGNORECASE)),
    ("intermediate", re.compile(r"\bintermediate\b", re.IGNORECASE)),
)


class Command(BaseCommand):
    """The `build_courses` command."""

    help = _("Write the shipped catalogs of courses from the lists of their sources.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two lists."""
        parser.add_argument(
            "books", type=Path, help=_("free-programming-books: all languages, JSON lines, gzip")
        )
        parser.add_argument(
            "curricula", type=Path, help=_("Open Source Society University: JSON lines, gzip")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write both files and say how many courses they hold, and what was left out."""
        for key, rows in (
            ("free-programming-books", _read_books(_lines(options["books"]))),
            ("ossu", _read_curricula(_lines(options["curricula"]))),
        ):
            kept: dict[str, Mapping[str, Any]] = {}
            left_out = 0
            for row in rows:
                if (
                    row["url"] in kept
                    or not row["url"].startswith(("http://", "https://"))
                    or not row["title"]
                ):
                    left_out += 1
                else:
                    kept[row["url"]] = {name: value for name, value in row.items() if value}
            text = "".join(
                json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in kept.values()
            )
            # Without name and time, so that the same lists give the same bytes.
            (DATA / f"{key}.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
            self.stdout.write(
                _("%(key)s: %(kept)s courses, %(left)s left out (no address, or named twice)")
                % {"key": key, "kept": len(kept), "left": left_out}
            )


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _read_books(entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        notes = _plain(entry["by_and_notes"] or "")
        title = _plain(entry["title"])
        stated = _LICENSE.search(" ".join(_NOTE.findall(notes)))
        yield {
            "title": title,
            "url": entry["url"].strip(),
            "provider": _NOTE.sub("", notes).strip(" -–,;*:")[:255],
            "language": entry["language"].replace("_", "-"),
            "level": _read_level(title),
            "topic": _plain(entry["topic"]),
            "license": stated[0] if stated else "",
        }


def _read_curricula(entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        repository = entry["curriculum"].removeprefix("ossu/")
        prerequisites = entry["prerequisites"]
        stated = [entry[name] for name in ("duration", "effort") if entry[name] not in ("", "-")]
        duration = ", ".join(stated)
        hours = read_hours(duration)
        yield {
            "title": _plain(entry["title"]),
            "url": urljoin(f"{OSSU}{repository}/blob/master/", entry["url"].strip()),
            "provider": f"OSSU {repository}",
            "language": "en",
            "level": "beginner" if prerequisites == "none" else "",
            "duration": duration,
            "hours": f"{hours[0]}-{hours[1]}" if hours else "",
            "prerequisites": "" if prerequisites in ("-", "none") else _plain(prerequisites),
        }


def _plain(text: str) -> str:
    """A text without markup, entities, marks of direction and escapes."""
    return " ".join(_MARKS.sub(" ", html.unescape(text)).replace("\\", "").split())


def _read_level(title: str) -> str:
    found = {level for level, words in _LEVELS if words.search(title)}
    return found.pop() if len(found) == 1 else ""
