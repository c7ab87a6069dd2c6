"""`python -m bench.quality`: measures every reader against its labelled data and writes docs/quality.md.

Each module of READERS has a function `measure()` that yields figures. Data that may not be passed on is measured where
it is present (`--shared FOLDER`); a reader whose data is absent says so in the table instead of leaving it out.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import django

from bench.quality.figure import Figure

READERS: tuple[str, ...] = (
    "skills",
    "industry",
    "phrases",
    "occupations",
    "titles",
    "pay",
    "places",
    "facts",
    "courses",
    "resumes",
)
ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "quality.md"


def main() -> None:
    """Measure, print and write the table; fail where a figure stays below its target."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
    django.setup()
    parser = argparse.ArgumentParser(prog="bench.quality", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--shared",
        type=Path,
        default=ROOT.parent / "shared" / "data",
        help="folder of data that is not shipped",
    )
    parser.add_argument("--only", action="append", choices=READERS, help="measure this reader alone")
    options = parser.parse_args()
    figures = list(measure(options.only or READERS, options.shared))
    text = write_table(figures)
    print(text)
    if not options.only:
        RESULTS.write_text(text, encoding="utf-8")
    missed = [each for each in figures if not each.reached]
    if missed:
        raise SystemExit(f"below target: {', '.join(f'{each.reader} ({each.measure})' for each in missed)}")


def measure(readers: Sequence[str], shared: Path) -> Iterator[Figure]:
    """Give the figures of each reader in turn."""
    for name in readers:
        yield from importlib.import_module(f"bench.quality.{name}").measure(shared)


def write_table(figures: Sequence[Figure]) -> str:
    """Give the figures as a document."""
    lines = [
        "# Reading, measured",
        "",
        "Written by `make quality`. Shares are 0–1, rates have their unit in the measure. Rows called unseen were not looked at",
        "while the reader was made; labels are one person's opinion and stand in the repository where others can disagree.",
        "",
        "| reader | data | rows | measure | reached | target | rows seen while tuning |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in figures:
        target = "–" if each.target is None else f"{each.target:g}"
        verdict = "" if each.reached else " **missed**"
        lines.append(
            f"| {each.reader} | {each.data} | {each.rows:,} | {each.measure} | {_number(each.value)}{verdict} | {target} | {each.seen} |"
        )
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"


if __name__ == "__main__":
    main()
