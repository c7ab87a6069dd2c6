"""Every number of a recommendation counted once more from the tables; of `learning` only the rows are read.

Jobs, wishes and skills are read as they stand, and each job is scored alone by the definition. `differences` names what a row says
otherwise; the sentence is read for its numbers. `python -m tests.learning.recount` does so for everybody in a running copy's database, and
fails where anything differs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
    django.setup()

from django.utils import timezone

from learning.models import Recommendation
from matching.context import convert_middle
from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.models import Job
from matching.scoring import ENOUGH_COVERAGE, LEVELS, JobFacts, PersonaFacts, score_pair
from matching.services import read_persona_facts
from matching.titles import title_likeness
from personas.identity import acting_as
from personas.models import User
from personas.taxonomy import taxonomy

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
BEGINNERS, SENIORS = {"intern", "entry", "junior"}, {"senior", "lead", "manager", "director", "executive"}


def likeness_of(persona: PersonaFacts, title: str) -> int:
    """How like a title is to the nearest wanted one."""
    return max(title_likeness(wanted, title) for wanted in persona.titles)


def differences(row: Any, persona: PersonaFacts) -> Iterator[str]:
    """Name every number of a recommendation that is another here."""
    rows = list(Job.objects.open().for_scoring())
    jobs = [(job, job_facts(job)) for job in rows]
    told = row.facts
    threshold = Decimal(told["threshold"])
    tried = replace(persona, held={**persona.held, row.skill_key: row.to_level})
    now = _score(jobs, persona)
    then = _score(jobs, tried)
    best = _best_roles(jobs, now, persona)
    asking = [number for number in best if _asks(jobs[number], row)]
    rises = [then[number][0] - now[number][0] for number in asking]
    counted = {
        "open_jobs": len(jobs),
        "above": sum(_is_door(each, threshold) for each in now),
        "crossing": sum(
            _is_door(after, threshold) and not _is_door(before, threshold)
            for before, after in zip(now, then, strict=True)
        ),
        "near": len(best),
        "asks": len(asking),
        "lift": str((sum(rises) / len(rises)).quantize(Decimal("0.01"), ROUND_HALF_UP)) if rises else "0.00",
        "pay": _pay(jobs, persona, row.skill_key),
    }
    for name, value in counted.items():
        if told[name] != value:
            yield f"{name} is {told[name]}, counted {value}"
    known = {Decimal(counted[name]) for name in ("asks", "near", "crossing", "lift")} | {threshold}
    if pay := counted["pay"]:
        known |= {
            Decimal(abs(pay["asking"] - pay["others"])),
            Decimal(pay["asking_count"]),
            Decimal(pay["others_count"]),
        }
    for found in NUMBER.findall(row.reason_text):
        if Decimal(found.replace(",", "")) not in known:
            yield f"the sentence says {found}"


def _score(jobs: Sequence[tuple[Job, JobFacts]], persona: PersonaFacts) -> list[Any]:
    scores = [score_pair(facts, persona, knowledge=shipped_knowledge()) for _job, facts in jobs]
    return [None if each is None else (each.score, each.coverage) for each in scores]


def _is_door(scored: Any, threshold: Decimal) -> bool:
    return scored is not None and scored[1] >= ENOUGH_COVERAGE and scored[0] >= threshold


def _best_roles(jobs: Sequence[tuple[Job, JobFacts]], now: Sequence[Any], persona: PersonaFacts) -> list[int]:
    matching = [number for number, scored in enumerate(now) if scored is not None]
    newest = {job.pk: place for place, job in enumerate(Job.objects.open().newest_first())}
    matching.sort(
        key=lambda number: (now[number][1] < ENOUGH_COVERAGE, -now[number][0], newest[jobs[number][0].pk])
    )
    near = [number for number in matching if likeness_of(persona, jobs[number][1].title) >= 50]
    far = [number for number in matching if 33 <= likeness_of(persona, jobs[number][1].title) < 50]
    return near[:120] + far[: max(0, 40 - len(near[:120]))]


def _names(facts: JobFacts, key: str) -> bool:
    return key in {taxonomy().key(name) for name in (*facts.required_skills, *facts.preferred_skills)}


def _asks(pair: tuple[Job, JobFacts], row: Any) -> bool:
    job, facts = pair
    asked = (
        "beginner"
        if job.seniority in BEGINNERS
        else "advanced"
        if job.seniority in SENIORS
        else "intermediate"
    )
    return _names(facts, row.skill_key) and LEVELS.get(row.from_level, 0) < LEVELS[asked]


def _pay(jobs: Sequence[tuple[Job, JobFacts]], persona: PersonaFacts, key: str) -> dict[str, Any] | None:
    paid: dict[bool, list[int]] = {True: [], False: []}
    for _job, facts in jobs:
        if facts.annual_pay is None or likeness_of(persona, facts.title) < 50:
            continue
        middle = convert_middle(facts.annual_pay, persona.currency)
        if middle is not None:
            paid[_names(facts, key)].append(middle)
    if min(map(len, paid.values())) < 10:
        return None
    asking, others = (
        int(Decimal(median(paid[side])).quantize(Decimal(1), ROUND_HALF_UP)) for side in (True, False)
    )
    return {
        "currency": persona.currency,
        "asking": asking,
        "asking_count": len(paid[True]),
        "others": others,
        "others_count": len(paid[False]),
    }


def main() -> None:
    """Count everybody's live recommendations once more and print what differs."""
    rows_counted, found = 0, []
    for user in User.objects.order_by("pk"):
        with acting_as(user.pk):
            live = Recommendation.objects.owned_by(user).live(timezone.now()).exclude(facts={})
            for row in live.select_related("persona__preferences", "persona__user").in_order():
                rows_counted += 1
                found += [f"{row}: {each}" for each in differences(row, read_persona_facts(row.persona))]
    sys.stdout.write("".join(f"{each}\n" for each in found))
    sys.stdout.write(f"{rows_counted} recommendations, {len(found)} differences\n")
    sys.exit(1 if found or not rows_counted else 0)


if __name__ == "__main__":
    main()
