"""A person whose rule applies by itself, openings at employers on the loopback, and the way from one to the other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.functions import Now
from django.utils import timezone

from autoapply import dispatch, packing, slots
from autoapply.destination import read_destination
from autoapply.models import Application, ReceiverHost, Rule, Standing
from autoapply.outcomes import Outcome
from matching.models import Job
from personas.companies import company_key
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.factories import (
    JobFactory,
    MatchFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    RuleFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, as_role

DOCUMENT = {"basics": {"name": "Ada Lovelace", "phone": "+44 20 7946 0000", "location": {"city": "London"}}}
PDF = b"%PDF-1.4 a resume"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody with a confirmed address, a persona with a résumé, and an automatic rule without a hold."""

    user: User
    persona: Persona
    rule: Rule


def make_applicant(user: User | None = None, *, hold_minutes: int = 0, **rule: Any) -> Applicant:
    """Make one; `rule` sets columns of the rule."""
    user = user or UserFactory(display_name="Ada Lovelace")
    with as_role(OWNER_ROLE):
        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
    resume = ResumeFactory(user=user, document=DOCUMENT)
    ResumeFileFactory(resume=resume, name="ada.pdf", media_type="application/pdf", content=PDF)
    persona = PersonaFactory(user=user, resume=resume)
    values = {"enabled": True, "mode": Rule.Mode.AUTOMATIC, **rule}
    made = RuleFactory(user=user, persona=persona, **values)
    with acting_as(user.pk):
        Standing.objects.filter(user=user).update(hold_minutes=hold_minutes)
    return Applicant(user, persona, made)


def open_job(*, system: str = "recruitee", company: str = "", posting: str = "", **job: Any) -> Job:
    """An opening at a company of its own, reached by the given system."""
    number = next(_numbers)
    company = company or f"Company {number}"
    board = company_key(company).replace(" ", "-")
    posting = posting or f"job-{number}"
    address = {
        "recruitee": f"https://{board}.recruitee.com/o/{posting}",
        "greenhouse": f"https://boards.greenhouse.io/{board}/jobs/{posting}",
        "lever": f"https://jobs.lever.co/{board}/{posting}",
        "email": f"mailto:{posting}@{board}.test",
        "site": f"https://{board}.example/careers/{posting}",
    }[system]
    return JobFactory(company=company, company_key=company_key(company), apply_url=address, **job)


def match(applicant: Applicant, job: Job, **values: Any) -> Any:
    """A fresh match of the applicant's persona with a job."""
    found = {"match_score": "90.00", "coverage": "0.9000", **values}
    return MatchFactory(persona=applicant.persona, job=job, **found)


def queue(applicant: Applicant, job: Job | None = None, *, matched: bool = True) -> Application:
    """An application of the applicant's rule, queued in the first free place of this week."""
    job = job or open_job()
    if matched:
        match(applicant, job)
    destination = read_destination(apply_url=job.apply_url, url=job.url, job_id=str(job.pk))
    application = Application(
        user=applicant.user,
        rule=applicant.rule,
        persona=applicant.persona,
        job=job,
        origin=Application.Origin.RULE,
        apply_key=destination.apply_key,
        job_title=job.title,
        company=job.company,
        company_key=job.company_key,
        job_url=job.apply_url,
        channel=destination.system if destination.system != "site" else "handoff",
        host=destination.host,
        moved_by=Application.Actor.RULE,
        moved_because="rule",
    )
    with acting_as(applicant.user.pk):
        reserved = slots.reserve(application=application, at=timezone.now())
        assert reserved is slots.Reserved.QUEUED, reserved
    return application


def prepare(application: Application) -> Application:
    """Let the machine prepare it, as the worker does when its receiver's pace allows."""
    forget_pace()
    with as_role(WORKER_ROLE):
        packing.prepare(user_id=application.user_id, application_id=application.pk, worker="test")
    return read(application)


def submit(application: Application) -> Outcome | None:
    """Let the machine send it, as the worker does, if it is due and its receiver's pace allows."""
    forget_pace()
    with as_role(WORKER_ROLE):
        return dispatch.submit(user_id=application.user_id, application_id=application.pk, worker="test")


def go(application: Application) -> Application:
    """From queued to where it comes."""
    if prepare(application).status == "held":
        submit(application)
    return read(application)


def forget_pace() -> None:
    """Let the pace of all receivers be over, not what they are left alone for."""
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1))


def read(application: Application) -> Application:
    """The application as it stands now."""
    with acting_as(application.user_id):
        return Application.objects.select_related("user", "rule", "job").get(pk=application.pk)


def change(application: Application, **values: Any) -> Application:
    """Set columns, as a test needs them."""
    with acting_as(application.user_id):
        Application.objects.filter(pk=application.pk).update(**values)
    return read(application)


def make_due(application: Application) -> Application:
    """Let whatever it waits for be over."""
    return change(application, next_at=Now() - timedelta(seconds=1))
