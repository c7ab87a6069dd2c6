"""The button that keeps a job, for its own pages."""

from __future__ import annotations

from typing import Any

from django import template

from matching.models import Job, SavedJob

register = template.Library()


@register.inclusion_tag("matching/_keep_job.html", takes_context=True)
def keep_job(context: Any, job: Job) -> dict[str, Any]:
    """Keep `job`, or keep it no longer, and come back to this page."""
    request = context["request"]
    return {
        "csrf_token": context.get("csrf_token"),
        "job": job,
        "is_kept": SavedJob.objects.owned_by(request.user).filter(job=job).exists(),
        "here": request.get_full_path(),
    }
