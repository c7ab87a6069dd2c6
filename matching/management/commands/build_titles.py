"""`manage.py build_titles`: builds the shipped bank of job titles from O*NET and ESCO files."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import log2
from pathlib import Path
from typing import IO, Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from matching.titles import BANK_FILE, normalize_title, title_terms

ONET_FILES = (
    ("Occupation Data.txt", ("Title",)),
    ("Alternate Titles.txt.gz", ("Alternate Title", "Short Title")),
    ("Sample of Reported Titles.txt", ("Reported Job Title",)),
)
ESCO_FILE = "tabiya_occupations.csv.gz"
_BRACKET = re.compile(r"^(?P<outside>[^()]*)\((?P<inside>[^()]*)\)(?P<after>[^()]*)$")
# A zip entry needs a date; a fixed one keeps equal input equal to the byte.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


class Command(BaseCommand):
    """Build the bank that `matching.titles` reads; equal input gives equal bytes."""

    help = "Build the shipped bank of job titles from the O*NET and ESCO releases."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folders of the two releases, their names, and where the bank goes."""
        parser.add_argument("--onet", type=Path, required=True, help="folder of the O*NET text files")
        parser.add_argument("--esco", type=Path, required=True, help="folder of the ESCO occupation file")
        parser.add_argument("--release", default="onet29.2-esco1.1.1", help="version written into the bank")
        parser.add_argument("--output", type=Path, default=BANK_FILE, help="file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, count, write; a missing file or column ends the command with a sentence."""
        try:
            pairs = sorted({*read_onet(options["onet"]), *read_esco(options["esco"])})
        except (OSError, KeyError) as error:
            raise CommandError(
                _("A file or column of the releases is missing: %(error)s") % {"error": error}
            ) from error
        arrays = index_titles(pairs)
        write_arrays(options["output"], {"version": _bytes(options["release"]), **arrays})
        self.stdout.write(
            _("%(titles)s titles, %(terms)s terms, %(size)s bytes in %(file)s")
            % {
                "titles": len(arrays["row_counts"]),
                "terms": len(arrays["weights"]),
                "size": options["output"].stat().st_size,
                "file": options["output"],
            }
        )


def read_onet(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (normalized title, occupation) of the titles, alternates and reported titles in a folder of O*NET."""
    for name, columns in ONET_FILES:
        with _open(folder / name) as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                for column in columns:
                    if row[column] != "n/a":
                        yield from _spell_out(row[column], "O:" + row["O*NET-SOC Code"])


def read_esco(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (normalized title, occupation) of the preferred and alternative labels in a folder of ESCO."""
    with _open(folder / ESCO_FILE) as file:
        for row in csv.DictReader(file):
            for label in (row["PREFERREDLABEL"], *row["ALTLABELS"].split("\n")):
                yield from _spell_out(label, "E:" + row["CODE"])


def index_titles(pairs: Iterable[tuple[str, str]]) -> dict[str, np.ndarray]:
    """Turn (title, occupation) pairs into the arrays of the bank; a pair of stems needs two titles to be a term."""
    occupations: dict[str, set[str]] = defaultdict(set)
    for title, occupation in pairs:
        occupations[title].update((occupation, *list_families(occupation)))
    titles = sorted(occupations)
    spelled = {title: title_terms(title) for title in titles}
    counts = Counter(term for terms in spelled.values() for term in terms)
    terms = sorted(term for term, count in counts.items() if count > 1 or " " not in term)
    number = {term: at for at, term in enumerate(terms)}
    rows = [[number[term] for term in spelled[title] if term in number] for title in titles]
    codes = {code: at for at, code in enumerate(sorted({c for found in occupations.values() for c in found}))}
    concepts = [sorted(codes[code] for code in occupations[title]) for title in titles]
    return {
        "terms": _bytes("\n".join(terms)),
        "weights": np.array([weigh_term(term, counts[term], len(titles)) for term in terms], np.uint16),
        "row_counts": np.array([len(row) for row in rows], np.uint8),
        "row_terms": np.array([term for row in rows for term in row], np.int32),
        "concept_counts": np.array([len(found) for found in concepts], np.uint16),
        "concepts": np.array([code for found in concepts for code in found], np.int32),
    }


def list_families(occupation: str) -> list[str]:
    """Give the wider groups of an occupation: SOC broad and minor group, or ISCO unit and minor group."""
    scheme, code = occupation.split(":")
    return (
        [f"{scheme}:{code[:6]}", f"{scheme}:{code[:5]}"]
        if scheme == "O"
        else [f"{scheme}:{code[:4]}", f"{scheme}:{code[:3]}"]
    )


def weigh_term(term: str, count: int, titles: int) -> int:
    """Give a term's inverse document frequency in sixteenths of a bit; a pair of stems weighs half."""
    bits = log2(1 + titles / count) / (2 if " " in term else 1)
    return round(16 * bits)


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as an .npz file without dates."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.save(buffer, arrays[name], allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_NO_DATE)
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)


def _spell_out(title: str, occupation: str) -> Iterator[tuple[str, str]]:
    """Yield a title, and of "CEO (Chief Executive Officer)" both spellings."""
    bracket = _BRACKET.match(title)
    spellings = [title]
    if bracket and bracket["outside"].strip():
        spellings.append(f"{bracket['inside']} {bracket['after']}")
    for spelling in spellings:
        normal = normalize_title(spelling)
        if normal:
            yield normal, occupation


def _open(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)
