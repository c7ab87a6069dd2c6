"""Pages of one job for one persona: the stored match or its score of now, and two personas side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from matching.changes import tell_changes
from matching.comparison import tell_comparison
from matching.explanation import Explanation, read_explanation
from matching.match_rows import as_match, tell_why_not
from matching.models import Job, Match, MatchState
from matching.proposals import ASKED_WHY, a_period, attach_proposals, persona_url
from matching.ranking import compare_personas, read_what_ifs
from matching.values import align_values
from personas.choosing import choose_persona
from personas.models import Persona, UserSkill

if TYPE_CHECKING:
    from django.http import HttpRequest

    from matching.counterfactuals import WhatIf

WHAT_IFS_SHOWN = 3


@require_GET
def match_detail(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """One match: what the job states, the factors, the reasons made from them, what would change it."""
    match: Match = get_object_or_404(Match.objects.owned_by(request.user).for_page(), pk=match_id)
    context: dict[str, Any] = {"is_fresh": match.expires_at > timezone.now()}
    if match.persona:
        attach_proposals([match], match.persona)
    # The page itself asks why.
    if request.session.get(ASKED_WHY) == str(match_id):
        del request.session[ASKED_WHY]
    return _job_page(request, job=match.job, persona=match.persona, match=match, context=context)


@require_GET
def job_detail(request: HttpRequest, persona_id: UUID, job_id: UUID) -> HttpResponse:
    """One job for a persona that keeps no match of it, scored now; where a match is kept, on to that."""
    persona, job = _persona_and_job(request, persona_id, job_id)
    stored = Match.objects.owned_by(request.user).filter(persona=persona, job=job).values("pk").first()
    if stored:
        return redirect("matching:detail", stored["pk"])
    ((_persona, factors, score),) = compare_personas(personas=[persona], job=job)
    if factors is None or score is None:
        return _job_page(
            request, job=job, persona=persona, match=None, context={"mismatch": tell_why_not(persona, job)}
        )
    coverage = Decimal(str(factors["coverage"]))
    match = as_match(persona=persona, job=job, score=score, coverage=coverage, factors=factors)
    state = MatchState.objects.filter(persona=persona).first()
    kept = settings.MATCHES_PER_PERSONA
    context = {"is_fresh": True, "kept": kept if state and state.matching_jobs > kept else None}
    return _job_page(request, job=job, persona=persona, match=match, context=context)


@require_GET
def compare(request: HttpRequest, persona_id: UUID, job_id: UUID) -> HttpResponse:
    """One job for two personas side by side: the one of the address and `?with=`, else the next by name."""
    persona, job = _persona_and_job(request, persona_id, job_id)
    others = list(
        Persona.objects.owned_by(request.user)
        .exclude(pk=persona.pk)
        .select_related("preferences")
        .order_by("name", "pk")
    )
    other = choose_persona(others, request.GET.get("with", ""))
    context: dict[str, Any] = {"persona": persona, "job": job, "others": others, "other": other}
    if other:
        sides = [
            {
                "persona": each,
                "factors": factors,
                "score": score,
                "why_not": "" if factors else tell_why_not(each, job),
            }
            for each, factors, score in compare_personas(personas=[persona, other], job=job)
        ]
        context |= {"sides": sides, "verdict": _tell_verdict(sides)}
    return render(request, "matching/compare.html", context)


def _job_page(
    request: HttpRequest,
    *,
    job: Job,
    persona: Persona | None,
    match: Match | None,
    context: dict[str, Any],
) -> HttpResponse:
    told = _told(read_explanation(match.match_factors)) if match else {}
    if persona:
        context |= {
            "currency": persona.preferences.currency,
            "values": align_values(persona.preferences.mission_values, job.description_text),
            "has_others": Persona.objects.owned_by(request.user).exclude(pk=persona.pk).exists(),
        }
    if match and persona and not job.closed_at:
        context["what_ifs"] = [
            _tell_what_if(*each, persona=persona) for each in read_what_ifs(persona=persona, job=job)
        ][:WHAT_IFS_SHOWN]
    if match:
        context["changes"] = tell_changes(match.changes)
    page = {"match": match, "job": job, "persona": persona, **told, **context}
    return render(request, "matching/match_detail.html", page)


def _persona_and_job(request: HttpRequest, persona_id: UUID, job_id: UUID) -> tuple[Persona, Job]:
    personas = Persona.objects.owned_by(request.user).select_related("preferences")
    persona = get_object_or_404(personas, pk=persona_id)
    return persona, get_object_or_404(Job.objects.select_related("source").defer("raw"), pk=job_id)


def _tell_verdict(sides: list[dict[str, Any]]) -> list[str]:
    """Which of two personas fits better and why; a persona that the job does not match fits worse."""
    fits = [side for side in sides if side["factors"]]
    if not fits:
        return [_("The job matches neither of the two.")]
    if len(fits) == 1:
        (side,) = fits
        return [_("It matches only “%(name)s”.") % {"name": side["persona"].name}]
    first, second = [(side["persona"].name, side["factors"], side["score"]) for side in sides]
    return tell_comparison(first, second)


def _tell_what_if(what_if: WhatIf, now: int | None, then: int | None, *, persona: Persona) -> dict[str, str]:
    """One change in words: its points, what it is, the places it moves, where it is made."""
    points = number_format(what_if.points.normalize() + 0)
    return {
        "points": str(points),
        "text": _tell_change(what_if),
        "places": _tell_places(now, then),
        "url": _url_of_change(what_if, persona),
    }


def _tell_change(what_if: WhatIf) -> str:
    subject, detail = what_if.subject, what_if.detail
    if what_if.kind in {"skill", "level"}:
        level = UserSkill.Level(detail).label if detail in UserSkill.Level.values else detail
        return _("with %(skill)s (%(level)s)") % {"skill": subject, "level": level}
    if what_if.kind == "place":
        return _("if %(place)s is among your places") % {"place": subject}
    if what_if.kind == "workplace":
        return _("if the workplace you want is %(workplace)s") % {
            "workplace": Job.Workplace(subject).label if subject in Job.Workplace.values else subject
        }
    words = {"currency": detail, "amount": intcomma(subject)}
    return _("if your lowest pay is %(currency)s %(amount)s a year") % words


def _tell_places(now: int | None, then: int | None) -> str:
    if now is None or then is None:
        return ""
    if now == then:
        return _("still at place %(now)s") % {"now": intcomma(now)}
    if then > now:
        return _("to place %(then)s, as other jobs gain more") % {"then": intcomma(then)}
    return _("from place %(now)s to %(then)s") % {"now": intcomma(now), "then": intcomma(then)}


def _url_of_change(what_if: WhatIf, persona: Persona) -> str:
    if what_if.kind in {"skill", "level"}:
        query = urlencode({"name": what_if.subject, "level": what_if.detail})
        return f"{reverse('personas:skills')}?{query}"
    if what_if.kind == "place":
        return persona_url(persona, "locations", what_if.subject)
    if what_if.kind == "workplace":
        return persona_url(persona, "remote_preference", what_if.subject)
    return persona_url(persona, "min_salary", a_period(int(what_if.subject), persona, up=False))


def _told(explanation: Explanation) -> dict[str, Any]:
    return {
        "reasons": [{"text": text, "points": ""} for text in explanation.reasons],
        "gaps": [{"text": text, "points": ""} for text in explanation.gaps],
        "unknowns": explanation.unknowns,
    }
