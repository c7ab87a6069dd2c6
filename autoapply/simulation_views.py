"""The page of a simulation: the last days of a rule as a picture, as a table and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autoapply.day_strip import day_strip, short_date
from autoapply.gate_words import evidence_of, mend_words, verdict_words
from autoapply.histogram import score_histogram
from autoapply.models import Application, Rule
from autoapply.policy import Verdict
from autoapply.simulation import Sample, SimulatedDay, Simulation, simulate
from autoapply.simulation_words import stopped_in_days_words
from personas.accounts import SignedInRequest

# Of what let a job through, that which differs from job to job.
_TOLD = ("threshold", "coverage", "channel_can_send")


@dataclass(frozen=True, slots=True)
class Week:
    """A row of the table: the Monday, its seven days from Monday on (None outside the simulation), and their sum."""

    begins: date
    days: Sequence[SimulatedDay | None]
    total: int


@dataclass(frozen=True, slots=True)
class ToldSample:
    """A sample with what is said of it: when, how it would go out, what let it through, the words that were asked for."""

    sample: Sample
    day: str
    channel: Any
    words: Sequence[str]
    evidence: Sequence[tuple[str, str]]


@require_safe
def show(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """What a rule would have done on the last 30 days, enabled or not; nothing is written."""
    own = Rule.objects.owned_by(request.user).select_related("user", "persona")
    rule = get_object_or_404(own, pk=rule_id)
    found = simulate(rule=rule, at=timezone.now())
    context: dict[str, Any] = {"rule": rule, "found": found, "empty": _tell_empty(found)}
    if found.matching:
        context |= {
            "stopped": _tell_stopped(found.stopped),
            "histogram": score_histogram(found.histogram, threshold=found.threshold, passing=found.reaching),
        }
    if found.total:
        context |= {
            "strip": day_strip(found.days),
            "weeks": _list_weeks(found.days),
            "samples": [_tell_sample(sample) for sample in found.samples],
        }
    # That it is not enabled is no fault of a rule that is being tried.
    context["to_do"] = [_tell_to_do(each) for each in found.to_do if each.gate != "rule_enabled"]
    return render(request, "autoapply/simulation.html", context)


def _list_weeks(days: Sequence[SimulatedDay]) -> list[Week]:
    by_day = {day.on: day for day in days}
    weeks = []
    for begins in sorted({day.week for day in days}):
        row = [by_day.get(begins + timedelta(days=number)) for number in range(7)]
        weeks.append(Week(begins, row, sum(day.total for day in row if day)))
    return weeks


def _tell_stopped(stopped: Mapping[str, int]) -> list[str]:
    return [stopped_in_days_words(gate, count) for gate, count in stopped.items()]


def _tell_sample(sample: Sample) -> ToldSample:
    verdicts = {verdict.gate: verdict for verdict in sample.verdicts.all}
    told = [verdicts[gate] for gate in _TOLD if gate in verdicts]
    return ToldSample(
        sample,
        short_date(sample.day),
        Application.Channel(sample.channel).label,
        [verdict_words(verdict) for verdict in told],
        evidence_of(verdicts["keywords"]),
    )


def _tell_to_do(verdict: Verdict) -> tuple[str, str]:
    return verdict_words(verdict), mend_words(verdict)


def _tell_empty(found: Simulation) -> tuple[str, str]:
    """Say why nothing would have been applied to, as a title and a sentence; two empty ones where something would."""
    if not found.personas:
        return _("You have no persona yet"), _(
            "A persona says what you are looking for; without one no job can be weighed."
        )
    if not found.looked_at:
        return _("There are no jobs yet"), _("As soon as a source of jobs has been read, come back.")
    if not found.matching:
        return _("No job matched"), _(
            "Of the jobs that were open in these days, none matches what the persona looks for. Widen what it looks for, or choose another."
        )
    if found.total:
        return "", ""
    if not found.a_week:
        return _("The rule has no place in any week"), _(
            "Its applications a week, or yours over all rules, stand at zero."
        )
    gate, count = max(found.stopped.items(), key=lambda item: item[1])
    words = _("Most of the jobs that matched were stopped at one point: %(words)s.")
    return _("Nothing would have been applied to"), words % {"words": stopped_in_days_words(gate, count)}
