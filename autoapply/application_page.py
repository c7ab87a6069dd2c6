"""The page of one application: how it was sent, and what its person keeps about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from autoapply.application_list import read_suggestions
from autoapply.models import Application
from autoapply.sending_page import read_sending
from autoapply.timeline import tell_story
from autoapply.tracker import ON_ITS_WAY
from autoapply.tracker_forms import ContactForm, FollowUpForm, NoteForm, StageForm
from autoapply.weeks import zone_of
from personas.accounts import SignedInRequest


def show_page(request: SignedInRequest, application: Application, **shown: Any) -> HttpResponse:
    """The page; `shown` holds forms that were not accepted (stage_form, note_form, contact_form, follow_up_form) and whatever
    the sending half adds."""
    return render(request, "autoapply/application_detail.html", {**_tracked(request, application), **shown})


def _tracked(request: SignedInRequest, application: Application) -> dict[str, Any]:
    today = timezone.localdate()
    notes = list(application.notes.order_by("created_at", "pk"))
    suggestions = read_suggestions(
        request.user, today=today, zone=zone_of(request.user.time_zone), application=application
    )
    return {
        "application": application,
        "sending": read_sending(application, at=timezone.now()),
        "today": today,
        "story": tell_story(events=application.events.order_by("pk"), notes=notes),
        "contacts": list(application.contacts.order_by("name", "created_at", "pk")),
        "follow_ups": list(application.follow_ups.order_by("due_on", "created_at", "pk")),
        "takes_stage": application.status not in ON_ITS_WAY,
        "suggestion": suggestions[0][1] if suggestions else None,
        "stage_form": StageForm(initial={"stage": application.stage or Application.Stage.APPLIED}),
        "note_form": NoteForm(),
        "contact_form": ContactForm(),
        "follow_up_form": FollowUpForm(),
    }
