"""What a rule needs around it: somebody with a résumé, a persona, open jobs that match it, a rule that lets them through."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from autoapply.models import Application, Fence, Rule, Standing
from matching.models import Job, JobSource, Match
from personas.identity import acting_as
from personas.models import Persona, User
from tests.factories import (
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    RuleFactory,
)
from tests.roles import OWNER_ROLE, as_role


def make_persona(user: User, **values: Any) -> Persona:
    """A persona with a résumé and the file it came as."""
    resume = ResumeFactory(user=user)
    ResumeFileFactory(resume=resume, user=user)
    return PersonaFactory(user=user, resume=resume, **values)


def make_rule(persona: Persona | None, *, user: User | None = None, **values: Any) -> Rule:
    """A rule of that persona that is switched on; fresh as the database has it."""
    owner = user or persona.user  # type: ignore[union-attr]
    rule = RuleFactory(user=owner, persona=persona, **{"enabled": True, **values})
    with acting_as(owner.pk):
        return Rule.objects.select_related("persona").get(pk=rule.pk)


def make_match(persona: Persona, at: datetime, *, company: str = "", **values: Any) -> Match:
    """An open job at an employer of its own, with an address, and its fresh match; `job_…` values go to the job."""
    number = Job.objects.count()
    job_values = {
        name.removeprefix("job_"): values.pop(name) for name in list(values) if name.startswith("job_")
    }
    job = values.pop("job", None) or JobFactory(
        **{
            "source": JobSource.objects.first() or JobSourceFactory(),
            "company": company or f"Employer {number}",
            "url": f"https://jobs.example/{number}",
            **job_values,
        }
    )
    return MatchFactory(
        persona=persona,
        user=persona.user,
        job=job,
        **{"coverage": "0.9000", "expires_at": at + timedelta(days=3), "match_score": "80.00", **values},
    )


def standing_of(user: User) -> Standing:
    """The limits of a person, who has had a rule."""
    with acting_as(user.pk):
        return Standing.objects.get(user=user)


def set_standing(user: User, **values: Any) -> None:
    """Change the limits of a person by plain UPDATE."""
    with acting_as(user.pk):
        assert Standing.objects.filter(user=user).update(**values) == 1


def the_fence() -> Fence:
    """The one row of the fence, made anew where a test before emptied all tables."""
    with as_role(OWNER_ROLE):
        return Fence.objects.get_or_create(pk=1)[0]


def applications_of(user: User) -> list[Application]:
    """All applications of a person, in the order in which they were queued."""
    with acting_as(user.pk):
        return list(Application.objects.order_by("week_start", "user_slot", "pk"))
