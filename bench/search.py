"""`python -m bench.search [--jobs N]`: the page of all jobs at 300,000 of them, into docs/search.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.database import log_in_as, throw_away_database
from relevnt.embedded import place

RESULTS = Path(__file__).parents[1] / "docs" / "search.md"


def main() -> None:
    """Fill a database, make its jobs findable, ask for pages; write the table at full size."""
    parser = argparse.ArgumentParser(prog="bench.search", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300_000)
    jobs = parser.parse_args().jobs
    with throw_away_database():
        # Django is set up by now.
        from bench.search_figures import measure_search  # noqa: PLC0415

        log_in_as(place.OWNER)
        text = measure_search(jobs)
    print(text)
    if jobs >= 300_000:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
