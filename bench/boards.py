"""`python -m bench.boards FILE`: whole boards of real postings through the reading of a source, into docs/boards.md.

FILE holds one object a line, `{"board": …, "job": …}`, as Ashby's API gives jobs. Each board is one answer, so that only the network is
left out. What cannot be read is counted by its reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.database import log_in_as, throw_away_database
from relevnt.embedded import place

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "boards.md"


def main() -> None:
    """Read all boards when they are new, then unchanged, then with one posting in thirty changed, then all as one board; write the table."""
    parser = argparse.ArgumentParser(prog="bench.boards", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "file", type=Path, nargs="?", default=ROOT.parent / "shared/data/jobs/ashby_raw_postings.jsonl.gz"
    )
    path = parser.parse_args().file
    if not path.exists():
        raise SystemExit(f"{path} is not here: name a file of recorded postings")
    boards = _read(path)
    with throw_away_database():
        # Django is set up by now.
        from bench.board_figures import measure_boards  # noqa: PLC0415

        log_in_as(place.WORKER)
        text = measure_boards(boards)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    boards: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            boards[found["board"]].append(found["job"])
    return boards


if __name__ == "__main__":
    sys.exit(main())
