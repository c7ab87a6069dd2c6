"""Pages of what to learn: the few that pay most, one of them in full, everything that was weighed, and courses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from learning.gaps import list_doors
from learning.languages import base_of, name_of
from learning.models import Course, CourseSkill, LearningState, Progress, Recommendation
from learning.offers import list_offered, offers_for
from learning.pages import count_archived, read_lessons, read_weighed
from learning.reasons import tell_nothing
from learning.refresh import refresh_persona
from learning.thresholds import USUAL
from matching.knowledge import shipped_knowledge
from matching.market import glance_at_market
from matching.models import Job
from matching.services import read_persona_facts
from personas.choosing import choose_persona
from personas.models import Persona
from personas.services import Gone
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from personas.accounts import SignedInRequest

DOORS_SHOWN = 10
COURSES_A_PAGE = 20
STALE_AFTER = timedelta(days=2)
ORDERS = {
    "worth": None,
    "doors": lambda each: -each[0].crossing,
    "rise": lambda each: -each[0].lift,
    "demand": lambda each: -each[0].asks,
    "weeks": lambda each: each[1].weeks,
}
"""How the skills that were weighed can be ordered: by what pays most for its hours, or by one number."""


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """What to learn next, for one persona (`?persona=`, else the active one)."""
    context = _of_persona(request)
    if context["persona"]:
        rows = Recommendation.objects.owned_by(request.user).filter(persona=context["persona"])
        state = context["state"]
        context |= {
            "lessons": read_lessons(list(rows.live(timezone.now()).in_order()), locale=request.user.locale),
            "nothing": tell_nothing(state) if state else "",
            "put_aside": Progress.objects.owned_by(request.user).filter(status="not_for_me").count(),
        }
    return render(request, "learning/overview.html", context)


@require_POST
def count(request: SignedInRequest) -> HttpResponse:
    """Count a persona's gaps now: of the one that is named, else of the active one."""
    asked = request.POST.get("persona", "")
    persona = _own_persona(request, asked) if asked else _personas_of(request).first()
    if persona is None:
        return redirect("learning:overview")
    try:
        refresh_persona(persona=persona, now=timezone.now())
    except Gone:
        raise Http404 from None
    messages.success(request, _("Counted anew among the open jobs."))
    return redirect(f"{reverse('learning:overview')}?persona={persona.pk}")


@require_GET
def recommendation(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One recommendation in full: its numbers, the jobs that would open, all its courses."""
    own = Recommendation.objects.owned_by(request.user).live(timezone.now()).select_related("persona")
    row = get_object_or_404(own, pk=pk)
    lesson = read_lessons([row], locale=request.user.locale)[0]
    offer = offers_for(user=request.user, skill_keys=[row.skill_key])[row.skill_key]
    context = {
        "lesson": lesson,
        "doors": _read_doors(row, lesson.gap) if row.persona and lesson.gap else [],
        "more_courses": max(0, offer.count - len(lesson.courses)),
        "others_in": sorted((name_of(code), number) for code, number in offer.in_others.items()),
    }
    return render(request, "learning/recommendation.html", context)


@require_GET
def gaps(request: SignedInRequest) -> HttpResponse:
    """Every skill that was weighed for a persona, in the order that is asked for."""
    order = request.GET.get("by", "worth")
    if order not in ORDERS:
        raise Http404
    context = _of_persona(request)
    state = context.get("state")
    if state:
        weighed = read_weighed(state)
        key = ORDERS[order]
        context |= {"weighed": sorted(weighed, key=key) if key else weighed, "nothing": tell_nothing(state)}
    return render(request, "learning/gaps.html", {**context, "order": order})


@require_GET
def courses(request: SignedInRequest) -> HttpResponse:
    """Courses for a skill, or all of them, in languages that the person understands first."""
    asked = " ".join(request.GET.get("skill", "").split())[:255]
    rows = list_offered(user=request.user, skill_key=taxonomy().key(asked) if asked else "")
    page = Paginator(rows, COURSES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "skill": taxonomy().canonical(asked) if asked else "",
        "page": page,
        "lines": [(course, _language(course, request.user.locale)) for course in page.object_list],
        "taught": CourseSkill.objects.taught().values("skill_key").distinct().count() if not asked else 0,
    }
    return render(request, "learning/courses.html", context)


def _language(course: Course, locale: str) -> str:
    return name_of(course.language) if base_of(course.language) != base_of(locale) else ""


def _of_persona(request: SignedInRequest) -> dict[str, Any]:
    """The personas to choose from, the chosen one with what was counted for it, and what that rests on."""
    personas = list(_personas_of(request))
    persona = choose_persona(personas, request.GET.get("persona", ""))
    context: dict[str, Any] = {"personas": personas, "persona": persona, "usual": USUAL}
    if persona is not None:
        state = LearningState.objects.filter(persona=persona).first()
        archived = count_archived()
        context |= {
            "state": state,
            "archived": archived,
            "all_archived": state is not None and archived >= state.open_jobs > 0,
            "is_behind": state is not None
            and (
                state.inputs_revision != persona.inputs_revision
                or timezone.now() - state.refreshed_at > STALE_AFTER
            ),
        }
    return context


def _personas_of(request: SignedInRequest) -> QuerySet[Persona]:
    own: QuerySet[Persona] = Persona.objects.owned_by(request.user)
    return own.order_by("-is_active", "name", "pk")


def _own_persona(request: SignedInRequest, pk: str) -> Persona:
    try:
        key = UUID(pk)
    except ValueError:
        raise Http404 from None
    persona: Persona = get_object_or_404(Persona.objects.owned_by(request.user), pk=key)
    return persona


def _read_doors(row: Recommendation, gap: Any) -> list[tuple[Any, Job]]:
    """Give the best of the open jobs that would come to the threshold, counted now; each with the job."""
    facts = read_persona_facts(Persona.objects.select_related("preferences", "user").get(pk=row.persona_id))
    doors = list_doors(
        glance_at_market().snapshot,
        facts,
        key=row.skill_key,
        to_level=row.to_level,
        threshold=gap.threshold,
        knowledge=shipped_knowledge(),
        most=DOORS_SHOWN,
    )
    jobs = Job.objects.open().for_list().in_bulk([door.job_id for door in doors])
    return [(door, jobs[door.job_id]) for door in doors if door.job_id in jobs]
