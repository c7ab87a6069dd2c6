"""From rows to what scoring reads: a job as JobFacts, a persona as PersonaFacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.pay import AnnualPay
from matching.scoring import DEFAULT_WEIGHTS, JobFacts, PersonaFacts, Weights
from personas.gazetteer import Place, gazetteer
from personas.money import annual
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.models import Job, TunerSettings
    from personas.models import Persona, UserSkill


def job_facts(job: Job) -> JobFacts:
    """What scoring reads of one job."""
    pay = None
    if job.pay_annual_minimum is not None or job.pay_annual_maximum is not None:
        pay = AnnualPay(job.pay_annual_minimum, job.pay_annual_maximum, job.pay_currency, job.pay_assumption)
    return JobFacts(
        title=job.title,
        company=job.company,
        required_skills=tuple(job.required_skills),
        preferred_skills=tuple(job.preferred_skills),
        annual_pay=pay,
        places=tuple(Place.from_dict(place) for place in job.places),
        remote_countries=tuple(job.remote_countries),
        workplace=job.workplace,
        industry=job.industry,
    )


def persona_facts(
    persona: Persona, *, skills: Iterable[UserSkill], tuner: TunerSettings | None
) -> PersonaFacts:
    """What scoring reads of one persona: its preferences, its owner's skills and default weights.

    A wanted place that the gazetteer does not know is not asked for; the form says so when it is typed.
    """
    wanted = persona.preferences
    known = taxonomy()
    places = (gazetteer().find(name) for name in wanted.locations)
    return PersonaFacts(
        titles=tuple(wanted.job_title_keywords),
        held={known.key(skill.skill_name): skill.proficiency_level for skill in skills},
        required_skills=tuple(wanted.required_skills),
        nice_to_have_skills=tuple(wanted.nice_to_have_skills),
        minimum_salary=_a_year(wanted.min_salary, wanted.salary_period),
        maximum_salary=_a_year(wanted.max_salary, wanted.salary_period),
        currency=wanted.currency,
        places=tuple(place for place in places if place),
        remote_preference=wanted.remote_preference,
        industries=tuple(wanted.industries),
        excluded_companies=tuple(wanted.excluded_companies),
        mission_values=tuple(wanted.mission_values),
        weights=weights_of(tuner),
    )


def weights_of(tuner: TunerSettings | None) -> Weights:
    """A preset's weights in whole percents; without a preset the defaults."""
    if tuner is None:
        return DEFAULT_WEIGHTS
    return Weights(
        skill=int(tuner.skill_weight * 100),
        salary=int(tuner.salary_weight * 100),
        location=int(tuner.location_weight * 100),
        remote=int(tuner.remote_weight * 100),
        industry=int(tuner.industry_weight * 100),
    )


def _a_year(amount: int | None, period: str) -> int | None:
    return None if amount is None else int(annual(amount, period)[0])
