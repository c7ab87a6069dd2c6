"""Who applies in a soak, to what, and what they change their minds about; runs in the harness's own Django."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from autoapply import employer_keys
from autoapply.models import Rule, Standing
from matching.models import Job, Match
from personas.companies import company_key
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import make_applicant
from tests.factories import JobFactory, JobSourceFactory, MatchFactory, UserFactory
from tests.roles import OWNER_ROLE, as_role

KEYED = ("greenhouse", "lever", "ashby", "smartrecruiters", "workable")
SHARES = {"recruitee": 0.80, "email": 0.10} | dict.fromkeys(KEYED, 0.02)
BOARDS = 6  # of each keyed system
ZONES = (
    "Pacific/Kiritimati", "Pacific/Auckland", "Asia/Tokyo", "Asia/Kathmandu", "Africa/Cairo", "Europe/Berlin",
    "UTC", "America/Sao_Paulo", "America/St_Johns", "America/New_York", "America/Los_Angeles", "Pacific/Pago_Pago",
)  # fmt: skip


@dataclass(slots=True)
class Character:
    """One person: the rule that applies for them, what it may send, and the companies of their openings."""

    user_id: uuid.UUID
    email: str
    rule_id: uuid.UUID
    cap: int
    ceiling: int
    companies: list[str] = field(default_factory=list)


def populate(*, people: int, matches: int, keys: dict[str, str], seed: str) -> list[Character]:
    """Make people with a persona, a résumé, an automatic rule without a hold, and matches with openings of every channel."""
    chance = random.Random(f"{seed}/people")
    openings = make_openings(count=max(matches * 2, people * matches // 2), keys=keys, chance=chance)
    cast = [_make_character(number, matches, chance) for number in range(people)]
    for person in cast:
        chosen = chance.sample(openings, min(matches, len(openings)))
        person.companies = [job.company for job in chosen]
        with acting_as(person.user_id):
            persona = Rule.objects.select_related("persona__user").get(pk=person.rule_id).persona
            found = {"match_score": "90.00", "coverage": "0.9000"}
            rows = [
                MatchFactory.build(persona=persona, user=persona.user, job=job, **found) for job in chosen
            ]
            Match.objects.bulk_create(rows)
    return cast


def make_openings(*, count: int, keys: dict[str, str], chance: random.Random) -> list[Job]:
    """Openings, each at a company of its own."""
    with as_role(OWNER_ROLE):
        for system in KEYED:
            for board in range(BOARDS):
                employer_keys.set_key(channel=system, board=f"board{board}", secret=keys[system])
    source = JobSourceFactory()
    systems = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    rows = [_opening(number, system, source, chance) for number, system in enumerate(systems)]
    with as_role(WORKER_ROLE):
        return list(Job.objects.bulk_create(rows, batch_size=500))


def address(system: str, number: int, posting: str = "") -> str:
    """Where an opening is applied for; recruitee has a board, and so a host, for each."""
    board = f"board{number % BOARDS}"
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"{system}/{number}")
    return {
        "recruitee": f"https://firm{number}.recruitee.com/o/{posting or f'job-{number}'}",
        "email": f"mailto:jobs@firm{number}.test",
        "greenhouse": f"https://boards.greenhouse.io/{board}/jobs/{4_000_000 + number}",
        "lever": f"https://jobs.lever.co/{board}/{made}",
        "ashby": f"https://jobs.ashbyhq.com/{board}/{made}",
        "smartrecruiters": f"https://jobs.smartrecruiters.com/{board}/{743_000_000 + number}-engineer",
        "workable": f"https://apply.workable.com/{board}/j/{made.hex[:10].upper()}",
    }[system]


def _opening(number: int, system: str, source: Any, chance: random.Random) -> Job:
    company = f"Firm {number}"
    job: Job = JobFactory.build(
        source=source,
        external_id=f"soak-{number}",
        canonical_key=f"{number:064d}",
        company=company,
        company_key=company_key(company),
        apply_url=address(system, number),
        title=chance.choice(["Data Engineer", "Nurse", "Head of Purchasing"]),
    )
    return job


def _make_character(number: int, matches: int, chance: random.Random) -> Character:
    user: User = UserFactory(
        email=f"person{number}@soak.example", display_name=f"Person {number}", time_zone=chance.choice(ZONES)
    )
    cap = max(5, matches - chance.randrange(4))
    ceiling = max(5, matches - chance.randrange(4))
    made = make_applicant(user, max_applications_per_week=cap, match_score_threshold="60.00")
    with acting_as(user.pk):
        Standing.objects.filter(user=user).update(weekly_ceiling=ceiling, company_interval_days=0)
    connection.close_if_unusable_or_obsolete()
    return Character(user.pk, user.email, made.rule.pk, cap, ceiling)
