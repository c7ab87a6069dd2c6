"""Why a job and a persona are no match: the same refusals that `scoring.score_prepared` makes, by name and in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from matching.scoring import (
    LEAST_SKILL,
    JobFacts,
    Knowledge,
    PersonaFacts,
    Wants,
    judge_skill,
    judge_title,
    read_requirement,
    read_wants,
    score_pair,
)
from personas.companies import company_key


def tell_mismatch(job: JobFacts, persona: PersonaFacts, *, knowledge: Knowledge) -> str:
    """Tell in one sentence why the two are no match, in the language that is active; empty where they are one."""
    if score_pair(job, persona, knowledge=knowledge) is not None:
        return ""
    wants = read_wants(persona, knowledge=knowledge)
    if wants.is_empty:
        return _(
            "This persona names no job title, no skill and no industry, so there is nothing to weigh a job by."
        )
    if company_key(job.company) in wants.excluded:
        return _("%(company)s is among the companies that this persona leaves out.") % {
            "company": job.company
        }
    return _tell_skill(job, wants, knowledge=knowledge) or _("Nothing that this persona asks for is stated.")


def _tell_skill(job: JobFacts, wants: Wants, *, knowledge: Knowledge) -> str:
    """Why the work itself is no match; empty where it is not what stands against it."""
    title_score, _nearest = judge_title(wants.persona.titles, job.title)
    skill = judge_skill(read_requirement(job, knowledge=knowledge), wants, title_score)
    if not wants.asks_skill_factor or (skill or 0) >= LEAST_SKILL:
        return ""
    if skill is None:
        return _("It states neither skills nor a title we can place.")
    # Rounded down: what stays below the least is never called the least.
    words = {"percent": skill // 1000, "least": LEAST_SKILL // 1000}
    return _("The work fits at %(percent)d of 100; below %(least)d nothing is called a match.") % words
