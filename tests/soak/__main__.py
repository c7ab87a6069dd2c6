"""`python -m tests.soak`: the machine under everything that can befall it; ends with code 1 where a target is missed.

Parts: run (kills and changes of mind), control, behaviours, failpoints, switches, drills. Each has a world of its own; what
they come to is added to docs/soak.json, and docs/soak.md tells all of it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.soak import report
from tests.soak.stage import enter
from tests.soak.world import BASE, Clocks, World

PARTS = ("run", "control", "behaviours", "failpoints", "switches", "drills")
FIGURES = BASE / "docs" / "soak.json"


def main() -> int:
    """Run the parts that are asked for, each in a process of its own: Django is set up once for a world."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help="all of them, unless some are named")
    parser.add_argument("--sends", type=int, default=7500, help="a run ends after so many sendings")
    parser.add_argument("--minutes", type=float, default=60, help="or after so many minutes")
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--matches", type=int, default=25)
    parser.add_argument("--times", type=int, default=100, help="of each behaviour")
    parser.add_argument("--share", type=float, default=1.0, help="of the lines of the way of a sending")
    parser.add_argument("--switches", type=int, default=600)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="the file that figures are added to")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs came to")
    parser.add_argument("--keep", type=Path, help="where logs and the record are kept")
    asked = parser.parse_args()
    if asked.fresh:
        asked.figures.unlink(missing_ok=True)
    missed = 0
    parts = asked.parts or list(PARTS)
    if len(parts) > 1:
        command = [each for each in sys.argv[1:] if each not in PARTS and each != "--fresh"]
        for part in parts:
            done = subprocess.run([sys.executable, "-m", "tests.soak", part, *command], cwd=BASE, check=False)
            missed += done.returncode != 0
    else:
        figures = _run_part(parts[0], asked)
        report.add(asked.figures, parts[0], figures)
        missed = report.missed(parts[0], figures)
        sys.stdout.write(json.dumps({parts[0]: figures}, indent=1) + "\n")
    if asked.figures == FIGURES:
        report.write(FIGURES, BASE / "docs" / "soak.md")
    return int(missed > 0)


def _run_part(part: str, asked: argparse.Namespace) -> dict[str, Any]:
    mix = "perfect" if part in ("behaviours", "failpoints", "switches", "drills") else "bad"
    clocks = Clocks(send=1.5) if part == "behaviours" else Clocks()
    with World(mix=mix, seed=asked.seed, clocks=clocks) as world:
        enter(world)
        try:
            # Its models can be imported only now.
            return importlib.import_module("tests.soak.parts").run(part, world, asked)  # type: ignore[no-any-return]
        finally:
            if asked.keep:
                shutil.copytree(world.state / "logs", asked.keep / "logs", dirs_exist_ok=True)
                shutil.copy(world.record.path, asked.keep)


if __name__ == "__main__":
    sys.exit(main())
