"""The styleguide: every component once, on made-up samples, so that a page author sees what there is."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from matching.models import Job, JobSource, Match

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

WEIGHTS = {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10}


class SampleForm(forms.Form):
    """One field of each kind, two of them in error."""

    name = forms.CharField(label=_("Name"), help_text=_("Only you see it."))
    email = forms.EmailField(label=_("E-mail address"))
    period = forms.ChoiceField(label=_("Paid for"), choices=[("year", _("a year")), ("hour", _("an hour"))])
    description = forms.CharField(label=_("Description"), widget=forms.Textarea, required=False)
    resume = forms.FileField(
        label=_("Résumé"), required=False, help_text=_("PDF, DOCX, TXT or JSON Resume, up to 5 MB.")
    )
    workplace = forms.ChoiceField(
        label=_("Workplace"),
        widget=forms.RadioSelect,
        choices=[("any", _("any")), ("remote", _("remote")), ("hybrid", _("hybrid"))],
    )
    active = forms.BooleanField(
        label=_("Search as this persona"), required=False, help_text=_("One is active at a time.")
    )


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on sample data; it reads nothing from the database."""
    return render(request, "styleguide.html", sample_context())


def sample_context() -> dict[str, Any]:
    """What the styleguide shows; the rows are never saved."""
    archive = JobSource(name="Sample archive", kind=JobSource.Kind.ARCHIVE)
    file = JobSource(name="Sample file", kind=JobSource.Kind.FILE)
    known = _match(
        1,
        Job(
            source=file,
            title="Senior Data Engineer",
            company="Example Harbour Authority",
            places=[_place("Hamburg", "DE"), _place("Bremen", "DE")],
            workplace=Job.Workplace.HYBRID,
            pay_minimum=7_200_000,
            pay_maximum=8_800_000,
            pay_currency="EUR",
            pay_period="year",
            posted_at=datetime(2026, 11, 12, 9, tzinfo=UTC),
        ),
        score="91.40",
        values=(95, 88, 100, 80, 100),
        explanation="Skills fit in 7 of 8: SQL, Python, Airflow, PostgreSQL, dbt, Kafka and Docker.\nMissing: Terraform.",
    )
    silent = _match(
        2,
        Job(
            source=archive,
            title="Civil Engineering Associate, Transportation Planning and Street Lighting",
            company="",
            location="Los Angeles, CA",
            places=[],
            workplace=Job.Workplace.UNKNOWN,
            posted_at=datetime(2016, 3, 14, 9, tzinfo=UTC),
        ),
        score="74.99",
        values=(75, None, 75, None, None),
        explanation="The title is what this persona looks for. Pay, workplace and industry are not stated.",
    )
    dismissed = _match(
        3, silent.job, score="52.00", values=(52, None, None, 0, None), explanation="Set aside on Monday."
    )
    dismissed.is_dismissed = True
    return {
        "factors": known.match_factors,
        "sparse_factors": silent.match_factors,
        "matches": [known, silent, dismissed],
        "form": SampleForm({"name": "", "email": "maria@example", "period": "year", "active": "on"}),
        "reasons": [
            {
                "points": "33",
                "text": _("Seven of eight skills asked for are yours: SQL, Python, Airflow and four more."),
            },
            {"points": "", "text": _("The pay starts above your minimum.")},
        ],
        "gaps": [{"points": "4", "text": _("Terraform is asked for and is not among your skills.")}],
        "unknowns": [_("The posting does not say in which industry the employer works.")],
        "facts": [
            (_("Employer"), "Example Harbour Authority"),
            (_("Pay as stated"), "EUR 72,000 to 88,000 a year"),
            (_("Closing date"), _("not stated")),
        ],
        "counts": [2, 3, 8, 14, 31, 40, 26, 18, 9, 4],
        "month": [0, 0, 3, 5, 2, 0, 0, 4, 6, 8, 3, 2, 0, 0, 5, 7, 4, 3, 2, 0, 0, 6, 4, 2, 3, 1, 0, 0],
        "samples": [
            {"level_tag": "success", "message": _("The persona is saved.")},
            {
                "level_tag": "error",
                "message": _("The file is encrypted. Save it without a password and upload it again."),
            },
        ],
    }


def _match(number: int, job: Job, *, score: str, values: tuple[int | None, ...], explanation: str) -> Match:
    scores = {f"{name}_score": value for name, value in zip(WEIGHTS, values, strict=True)}
    return Match(
        id=uuid.UUID(int=number),
        job=job,
        match_score=score,
        match_factors=scores | {"asked": list(WEIGHTS), "weights": WEIGHTS},
        explanation=explanation,
    )


def _place(city: str, country: str) -> dict[str, Any]:
    return {"city": city, "region": "", "country": country, "latitude": None, "longitude": None}
