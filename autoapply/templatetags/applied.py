"""Whether somebody has applied to a job, for the pages of jobs and matches."""

from __future__ import annotations

from typing import Any

from django import template

from autoapply.tracker import find_application
from matching.models import Job, JobSource
from personas.models import Persona

register = template.Library()


@register.inclusion_tag("autoapply/_applied.html", takes_context=True)
def applied(context: Any, job: Job, persona: Persona | None) -> dict[str, Any]:
    """The application to `job`, or the way to note one that was sent elsewhere; nothing for a job of an archive."""
    user = context["request"].user
    is_archive = job.source.kind == JobSource.Kind.ARCHIVE
    application = find_application(user=user, job=job)
    return {
        "csrf_token": context.get("csrf_token"),
        "application": application,
        "job": job,
        "persona": persona,
        "can_apply": application is None and not is_archive,
    }
