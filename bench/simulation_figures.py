"""How long a page waits for a rule over the last 30 days, the reads of the database included."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from autoapply.models import Rule
from autoapply.simulation import simulate
from bench.database import backend, log_in_as
from bench.measuring import Figure, Spent, percentile, tell, watch
from matching.market import read_market
from matching.models import JobSource
from matching.recent_market import read_recent_market
from personas.identity import acting_as
from personas.models import Persona
from relevnt.embedded import place

GOAL_SECONDS = 2
# A common word and one that hardly any posting holds: the first is found at once, the other is looked for in every text.
RULES: Mapping[str, Mapping[str, Any]] = {
    "lowest score 75": {"match_score_threshold": Decimal(75)},
    "any score": {"max_applications_per_week": 10},
    "lowest score 60, a common word, on weekdays": {
        "match_score_threshold": Decimal(60),
        "require_all_keywords": ["experience"],
        "active_days": ["mon", "tue", "wed", "thu", "fri"],
    },
    "lowest score 60, a rare word": {
        "match_score_threshold": Decimal(60),
        "require_all_keywords": ["Terraform"],
    },
}
EXCLUDED = 50


def measure_simulations(
    source: JobSource, personas: Sequence[Persona], companies: Sequence[str], *, jobs: int, at: datetime
) -> tuple[list[tuple[str, str]], Figure]:
    """Simulate several rules for some personas; give lines, and the 95th percentile of the seconds beside its goal.

    The jobs of the source are made to be of a file, seen first on a day of the last 60, with an address each, since nobody
    applies to an archive; every tenth can be sent by us.
    """
    log_in_as(place.OWNER)
    JobSource.objects.filter(pk=source.pk).update(kind=JobSource.Kind.FILE)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs SET
                first_seen_at = least(%s - random() * interval '60 days', closed_at),
                url = CASE WHEN random() < .1 THEN 'https://employer.recruitee.com/o/' ELSE 'https://jobs.example/' END || id
            """,
            [at],
        )
        cursor.execute("VACUUM ANALYZE jobs")
    log_in_as(place.WORKER)
    read_market()
    with watch(backend()) as first:
        closed = len(read_recent_market(now=at).snapshot)
    lines = [(f"reading {closed:,} jobs that closed lately for the first time", _tell(first))]
    log_in_as(place.APP)
    rules = {**RULES, f"lowest score 60, {EXCLUDED} employers excluded": _excluding(companies)}
    walls: list[float] = []
    for name, values in rules.items():
        taken, found = [], []
        for persona in personas:
            rule = Rule(user=persona.user, persona=persona, name=name, **values)
            with acting_as(persona.user_id):
                started = time.perf_counter()
                found.append(simulate(rule=rule, at=at))
                taken.append(time.perf_counter() - started)
        walls += taken
        matching, sent = (
            statistics.median(counts)
            for counts in zip(*((each.matching, each.total) for each in found), strict=True)
        )
        lines.append(
            (
                f"{name}, {len(personas)} personas: median and longest wall time; jobs that match, applications (medians)",
                f"{tell(statistics.median(taken), 's')}, {tell(max(taken), 's')}; {matching:,.0f}, {sent:.0f}",
            )
        )
    name = f"simulate a rule over {jobs:,} jobs, p95 of {len(walls)} simulations"
    return lines, Figure(name, percentile(walls, 95), GOAL_SECONDS, "s", at_most=True)


def _excluding(companies: Sequence[str]) -> Mapping[str, Any]:
    return {"match_score_threshold": Decimal(60), "exclude_companies": list(companies[:EXCLUDED])}


def _tell(spent: Spent) -> str:
    return f"client {tell(spent.client, 's')}, server {tell(spent.server, 's')}, wall {tell(spent.wall, 's')}"
