"""What a person might change after saying why a match is not for them: proposed as a link, never made by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from matching.context import convert_middle
from matching.facts import job_facts
from matching.models import DismissalReason
from matching.reading.seniority import SENIORITIES
from personas.money import YEARLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.models import Job, Match
    from personas.models import Persona

    _Maker = Callable[[Job, Persona], "Proposed | None"]

# In the session: the match that was set aside without htmx a moment ago, of which the next page asks why.
ASKED_WHY = "asked_why"
ROUND_TO = 1000


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change that is offered: what the link says, and where it leads."""

    label: str
    url: str


def attach_proposals(matches: Iterable[Match], persona: Persona) -> None:
    """Set `proposal` on each dismissed match of a persona (with its preferences) that says why; None where nothing would help."""
    for match in matches:
        match.proposal = propose(match, persona) if match.dismissed_because else None  # type: ignore[attr-defined]


def propose(match: Match, persona: Persona) -> Proposed | None:
    """Give the change that follows from why a match was dismissed, or None."""
    make = _MAKERS.get(match.dismissed_because)
    return make(match.job, persona) if make else None


def persona_url(persona: Persona, field: str, value: str | int | None = None) -> str:
    """Give the address of a persona's form at one field, with a value that is proposed there and not saved."""
    query = "" if value is None else f"?{urlencode({field: value})}"
    return f"{reverse('personas:edit', args=[persona.pk])}{query}#id_{field}"


def a_period(amount: int, persona: Persona, *, up: bool) -> int:
    """Give a yearly amount for the period in which a persona states its pay, rounded up or down to whole units."""
    times = YEARLY[persona.preferences.salary_period][0]
    return -(-amount // times) if up else amount // times


def _more_pay(job: Job, persona: Persona) -> Proposed:
    wishes, pay = persona.preferences, job_facts(job).annual_pay
    offered = convert_middle(pay, wishes.currency) if pay else None
    if offered:
        least = (offered // ROUND_TO + 1) * ROUND_TO
        amount = a_period(least, persona, up=True)
        if wishes.min_salary is None or wishes.min_salary < amount:
            words = {"currency": wishes.currency, "amount": intcomma(least)}
            label = _("Raise your lowest pay to %(currency)s %(amount)s a year?") % words
            return Proposed(label, persona_url(persona, "min_salary", amount))
        return Proposed(_("Weigh pay more?"), f"{reverse('matching:tuner')}?persona={persona.pk}")
    return Proposed(_("Look at your lowest pay"), persona_url(persona, "min_salary"))


def _without_company(job: Job, persona: Persona) -> Proposed | None:
    if not job.company:
        return None
    label = _("Leave out all jobs of %(company)s?") % {"company": job.company}
    return Proposed(label, persona_url(persona, "excluded_companies", job.company))


def _other_seniority(job: Job, persona: Persona) -> Proposed | None:
    if not job.seniority:
        return None
    others = [("seniority", code) for code in SENIORITIES if code != job.seniority]
    query = urlencode([("persona", str(persona.pk)), *others, ("unstated", "on")])
    return Proposed(_("List only jobs of another level"), f"{reverse('matching:list')}?{query}")


def _look_at(label: str, field: str) -> _Maker:
    """A proposal without a value: the field, to look at again."""
    return lambda _job, persona: Proposed(gettext(label), persona_url(persona, field))


_MAKERS: dict[str, _Maker] = {
    DismissalReason.PAY: _more_pay,
    DismissalReason.COMPANY: _without_company,
    DismissalReason.SENIORITY: _other_seniority,
    DismissalReason.INDUSTRY: _look_at(gettext_noop("Choose your industries"), "industries"),
    DismissalReason.TITLE: _look_at(gettext_noop("Look at your job titles"), "job_title_keywords"),
    DismissalReason.SKILLS: _look_at(gettext_noop("Look at the skills the work must use"), "required_skills"),
    DismissalReason.PLACE: _look_at(gettext_noop("Look at your places"), "locations"),
    DismissalReason.WORKPLACE: _look_at(gettext_noop("Change the workplace you want"), "remote_preference"),
}
