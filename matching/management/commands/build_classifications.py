"""`manage.py build_classifications`: builds the shipped tables of ESCO skills, ESCO occupations and O*NET work."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from matching.reading.esco import DATA, OCCUPATIONS_FILE, SKILL_URI, SKILLS_FILE, WORK_FILE

_SPACES = re.compile(r"\s+")


class Command(BaseCommand):
    """Build the tables that `matching.reading.esco` reads; equal input gives equal bytes."""

    help = "Build the shipped tables of ESCO skills, ESCO occupations and O*NET work."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folders of the two releases and where the tables go."""
        parser.add_argument("--onet", type=Path, required=True, help="folder of the O*NET text files")
        parser.add_argument("--esco", type=Path, required=True, help="folder of the ESCO files")
        parser.add_argument("--output", type=Path, default=DATA, help="folder to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and write; a missing file or column ends the command with a sentence."""
        try:
            tables = {
                SKILLS_FILE.name: sorted(list_skills(options["esco"]), key=lambda row: (row[1], row[0])),
                OCCUPATIONS_FILE.name: sorted(list_occupations(options["esco"])),
                WORK_FILE.name: sorted(list_work(options["onet"])),
            }
        except (OSError, KeyError) as error:
            raise CommandError(_("A file or column is missing: %(error)s") % {"error": error}) from error
        for name, rows in tables.items():
            path = options["output"] / name
            write_table(path, rows)
            self.stdout.write(
                _("%(rows)s rows, %(size)s bytes in %(file)s")
                % {"rows": len(rows), "size": path.stat().st_size, "file": path}
            )


def list_skills(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield key, preferred label, other labels and groups of each skill; groups of all levels, the widest first."""
    groups: dict[str, list[str]] = {}
    for row in _read_rows(folder / "skills_labels_hierarchy.csv.gz"):
        if row["type"] == "preferredLabel":
            # ESCO's pillars (level 0: S, K, T, L, A) are too wide to tell anything.
            paths = [path[1:] for path in ast.literal_eval(row["hierarchy_levels"])]
            groups[row["id"]] = [group for path in paths for group in path if group]
    with gzip.open(folder / "esco_skills.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            skill = json.loads(line)
            key = skill["uri"].removeprefix(SKILL_URI)
            name = _fold(skill["preferred_label"])
            labels = dict.fromkeys(_fold(label) for label in skill["alt_labels"])
            labels.pop(name, None)
            yield key, name, "|".join(labels), "|".join(dict.fromkeys(groups.get(key, [])))


def list_occupations(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield code, preferred label, other labels and description of each occupation."""
    for row in _read_rows(folder / "tabiya_occupations.csv.gz"):
        name = _fold(row["PREFERREDLABEL"])
        labels = dict.fromkeys(_fold(label) for label in row["ALTLABELS"].split("\n"))
        labels.pop(name, None)
        yield row["CODE"], name, "|".join(label for label in labels if label), _fold(row["DESCRIPTION"])


def list_work(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield code, title, and description with tasks of each O*NET occupation."""
    tasks: dict[str, list[str]] = defaultdict(list)
    for row in _read_rows(folder / "Task Statements.txt.gz"):
        tasks[row["O*NET-SOC Code"]].append(row["Task"])
    for row in _read_rows(folder / "Occupation Data.txt"):
        code = row["O*NET-SOC Code"]
        yield code, _fold(row["Title"]), _fold(" ".join([row["Description"], *tasks[code]]))


def write_table(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write rows as tab-separated lines, packed without a date, so that equal rows give equal bytes."""
    text = "".join("\t".join(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def _fold(text: str) -> str:
    return _SPACES.sub(" ", text.replace("|", "/")).strip()


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    with _open(path) as file:
        if path.name.removesuffix(".gz").endswith(".csv"):
            yield from csv.DictReader(file)
        else:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
