"""Figures of many workers after the places of one week at once: `python -m tests.autoapply.slot_harness --rounds 1000`.

Runs on a throw-away PostgreSQL, or on a `--database` of a test run that is there already, and prints a line of JSON for
each way of queueing (slot_race.py says which). Ends with code 1 where a way did what it must not: any but the naive one
over a cap, the product's own not exactly at it, or the naive one at it, which would mean that the race is none.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from typing import Any

import django
from django.db import connection

from tests import servers
from tests.roles import log_in_as_owner_acting_as

WORKER = "relevnt_worker"


def main() -> int:
    """Run the ways that are asked for."""
    parser = argparse.ArgumentParser(prog="slot_harness")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--cap", type=int, default=5)
    parser.add_argument("--way", action="append", default=[])
    parser.add_argument("--same-opening", action="store_true")
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    prepare(asked.database)
    # Its models can be imported only now.
    race = importlib.import_module("tests.autoapply.slot_race")
    failed = False
    for way in asked.way or race.WAYS:
        figures = race.run(
            way, rounds=asked.rounds, workers=asked.workers, cap=asked.cap, same=asked.same_opening
        )
        failed |= not is_right(figures)
        sys.stdout.write(json.dumps(figures) + "\n")
        sys.stdout.flush()
    return int(failed)


def is_right(figures: dict[str, Any]) -> bool:
    """Tell whether a way did what it must."""
    if figures["way"] == "naive":
        return bool(figures["over"])
    exact = figures["exact"] == figures["rounds"] or figures["way"] != "reserve"
    return exact and not figures["over"]


def prepare(database: str) -> None:
    """Set Django up on this database, or on a new one of a server of our own, in the worker's role."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "relevnt.settings"
    os.environ["RELEVNT_ROLE"] = "owner"
    if not database:
        servers.start()
    django.setup()
    if database:
        connection.settings_dict["NAME"] = database
    else:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    log_in_as_owner_acting_as(WORKER)


if __name__ == "__main__":
    code = main()
    connection.close()
    servers.stop()
    sys.exit(code)
