"""A small market whose order depends on the weights: jobs that fit the work better pay worse."""

from __future__ import annotations

from matching.models import Job, JobSnapshot
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobSourceFactory
from tests.roles import as_role

FITS = ("Data Engineer", 60_000)
PAYS = ("Data Analyst Engineer", 200_000)


def open_jobs(*kinds: tuple[str, int]) -> list[Job]:
    """Open jobs of a title and an annual pay each, with nothing left of an earlier reading."""
    source = JobSourceFactory()
    jobs = [
        JobFactory(
            source=source,
            title=title,
            pay_minimum=pay * 100,
            pay_currency="USD",
            pay_period="year",
            pay_annual_minimum=pay,
        )
        for title, pay in kinds
    ]
    with as_role(WORKER_ROLE):
        JobSnapshot.objects.all().delete()
    return jobs


def wants_data_and_pay(persona: Persona) -> Persona:
    """A persona that asks for a title and for pay, and for nothing else."""
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=["Data Engineer"], min_salary=100_000, currency="USD"
        )
        return Persona.objects.get(pk=persona.pk)
