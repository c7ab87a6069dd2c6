"""Who the coaches' own pages of the admin are for, and how they are rendered."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from coaching.admin.client_admin import is_coach
from personas.models import User
from personas.services import Refused


def coach_of(request: HttpRequest) -> User:
    """The coach who asks; raise PermissionDenied for everybody else, the staff included."""
    if not is_coach(request):
        raise PermissionDenied
    return cast("User", request.user)


def coach_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page in the frame of the admin, rendered at once: its rows are open in this transaction alone."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, frame | context, status=status).render()


def posted(request: HttpRequest) -> Any:
    """What a form was sent; None where it is only asked for."""
    return request.POST if request.method == "POST" else None


def explain(form: forms.Form, refused: Refused) -> None:
    """Say what a service refused beside the fields that it is about."""
    for field, sentences in refused.faults.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)
