"""The feeds of ten very different people, read by a person: this job above that one, never a number.

The postings are those of the shipped archive and forty that were written for this test and say so in their source: the
archive holds few jobs for designers, accountants or product managers. Both go through the readers, so that a reader that
takes a turn for the worse shows here. A job that is no match stands below every match.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from bench.postings import ARCHIVE, read_postings, sketch_personas
from matching.engine import rank
from matching.knowledge import shipped_knowledge
from matching.scoring import JobFacts
from matching.snapshot import OpenJob, Snapshot, build_snapshot

WRITTEN = Path(__file__).parent / "data" / "order_postings.jsonl"
KNOWLEDGE = shipped_knowledge()
pytestmark = pytest.mark.skipif(
    not ARCHIVE.exists(), reason="the archive of real postings is not shipped with this copy"
)

# Each line falls: every job of it stands above all that follow in the line.
ORDER = [
    ("nurse", ["nurse-ward", "nurse-clinic", "nurse-recruiter"]),
    ("nurse", ["nurse-ward", "nurse-clinic", "nurse-sparse"]),
    ("nurse", ["nurse-clinic", "nurse-coder"]),
    ("nurse", ["cityofla:CORRECTIONAL NURSE 2317 101615", "usajobs:431483900", "nurse-recruiter"]),
    ("civil engineer", ["civil-bridge", "civil-sales"]),
    ("civil engineer", ["civil-bridge", "civil-sparse"]),
    (
        "civil engineer",
        [
            "cityofla:CIVIL ENGINEER 7237 020918",
            "cityofla:GEOTECHNICAL ENGINEER 7239 090718 REV 092018",
            "cityofla:STRUCTURAL STEEL FABRICATOR 3793 122316",
        ],
    ),
    ("data scientist", ["ds-bank", "ds-far", "ds-entry"]),
    ("data scientist", ["ds-bank", "ds-low", "ds-entry"]),
    ("data scientist", ["ds-low", "ds-sparse"]),
    ("teacher", ["teacher-primary", "teacher-trainer"]),
    ("teacher", ["teacher-primary", "teacher-sparse"]),
    ("teacher", ["hahu_redacted:67", "cityofla:AQUARIUM EDUCATOR 2493 010816", "teacher-sparse"]),
    ("remote designer", ["designer-remote", "designer-office", "designer-interior"]),
    ("remote designer", ["designer-remote", "designer-us", "designer-sparse"]),
    ("security analyst", ["sec-soc", "sec-far", "sec-guard"]),
    ("security analyst", ["sec-soc", "sec-sparse"]),
    ("security analyst", ["sec-soc", "tts_jobs:positions/login-security-analyst-apr2023", "sec-guard"]),
    ("accountant", ["acc-firm", "acc-clerk", "acc-exec"]),
    ("accountant", ["acc-firm", "acc-sparse"]),
    ("accountant", ["cityofla:ACCOUNTANT 1513 062218", "cityofla:TAX AUDITOR 1514 062218", "acc-exec"]),
    (
        "warehouse lead",
        ["wh-lead", "cityofla:WAREHOUSE AND TOOLROOM WORKER 1832 091418 REV 121218", "wh-data"],
    ),
    ("warehouse lead", ["wh-lead", "wh-sparse"]),
    ("product manager", ["pm-app", "pm-marketing", "pm-sparse"]),
    ("product manager", ["pm-app", "pm-project"]),
    ("product manager", ["pm-app", "tts_jobs:positions/login.gov-product-manager", "designer-us"]),
    ("policy analyst", ["policy-think", "policy-insurance"]),
    ("policy analyst", ["policy-think", "policy-sparse"]),
    ("policy analyst", ["policy-think", "usajobs:437787500", "usajobs:438320100"]),
]


@cache
def market() -> tuple[Snapshot, list[str], list[JobFacts]]:
    written = [(number.rpartition(":")[2], facts) for number, facts in read_postings(WRITTEN)]
    read = [*read_postings(ARCHIVE), *written]
    jobs = [OpenJob(UUID(int=row), 1, None, "", facts) for row, (_number, facts) in enumerate(read)]
    return (
        build_snapshot(jobs, knowledge=KNOWLEDGE),
        [number for number, _facts in read],
        [f for _n, f in read],
    )


@cache
def places(persona: str) -> dict[str, int]:
    """Where each matching posting stands in the feed of a persona, by its number at the source."""
    snapshot, numbers, _facts = market()
    (ranking,) = rank(snapshot, [sketch_personas()[persona]], knowledge=KNOWLEDGE)
    return {numbers[row]: place for place, row in enumerate(ranking.rows.tolist(), start=1)}


@pytest.mark.parametrize(
    ("persona", "falling"), ORDER, ids=lambda value: value if isinstance(value, str) else " > ".join(value)
)
def test_feed_is_in_the_order_a_person_would_give(persona: str, falling: list[str]) -> None:
    found = places(persona)
    nowhere = len(found) + 1

    stands = [found.get(number, nowhere) for number in falling]

    assert stands[0] < nowhere, f"{falling[0]} is no match"
    for (above, place), (below, next_place) in zip(
        zip(falling, stands, strict=True), zip(falling[1:], stands[1:], strict=True), strict=False
    ):
        assert place < next_place or place == next_place == nowhere, (
            f"{above} ({place}) above {below} ({next_place})"
        )


@pytest.mark.parametrize("persona", sketch_personas())
def test_posting_that_says_next_to_nothing_never_leads(persona: str) -> None:
    _snapshot, numbers, facts = market()
    by_number = dict(zip(numbers, facts, strict=True))

    for number, place in places(persona).items():
        job = by_number[number]
        stated = [job.annual_pay, job.places, job.workplace != "unknown", job.industry]
        names_skills = bool(job.required_skills or job.preferred_skills)
        assert place > 3 or names_skills or sum(map(bool, stated)) > 1, (
            f"{number} leads and says next to nothing"
        )


@pytest.mark.parametrize("persona", sketch_personas())
def test_no_feed_is_led_by_the_job_of_another_trade(persona: str) -> None:
    """Of the postings that were written for one persona, only that persona's may stand among its first three."""
    own = {number for name, falling in ORDER if name == persona for number in falling}
    written = {number for _name, falling in ORDER for number in falling}

    first = {number for number, place in places(persona).items() if place <= 3}

    assert not (first & written) - own
