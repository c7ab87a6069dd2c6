"""Pages of the ledger: why a rule sent nothing, what it says of each job, and what would have to change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from rest_framework.exceptions import NotFound

from autoapply import ledger
from autoapply.gate_words import evidence_of, gate_name, mend_words, stopped_words, verdict_words
from autoapply.ledger import Summary
from autoapply.ledger_words import tightest_words
from autoapply.models import Application, Decision, Rule
from autoapply.policy import GATES, Verdict, Verdicts, read_verdicts
from autoapply.queueing import decide_now
from autoapply.weeks import begins_at, week_start, zone_of
from matching.models import Job, Match
from personas.accounts import SignedInRequest
from personas.paging import PAGE_SIZE, CursorPages, Key

PASSED = "passed"
"""The filter of jobs that every gate lets through."""


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict in words: the gate, what it found, what it stood on, what would have to change ("" where it passed)."""

    gate: str
    passed: bool
    words: str
    mend: str
    evidence: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One job of the ledger: the first gate that stops it (None where none does), the others, and its application."""

    decision: Decision
    first: Told | None
    others: Sequence[Told]
    application: Application | None
    was: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list: its address, its words, how many jobs it leaves."""

    query: str
    words: str
    jobs: int
    is_chosen: bool


def _read_score(text: Any) -> Decimal:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,3}\.[0-9]{2}", text):
        raise ValueError(text)
    return Decimal(text)


def _read_number(text: Any) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,3}", text):
        raise ValueError(text)
    return int(text)


class _LedgerOrder:
    """Those that came furthest first: the order of `Decision.objects.for_ledger`."""

    page_keys = (
        Key("gates_passed", _read_number, falling=True),
        Key("match_score", _read_score, falling=True, may_be_empty=True),
        Key("pk", UUID),
    )


@require_GET
def show_ledger(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """What a rule says of its matches, those that came furthest first; `?gate=` leaves those that one gate stops first."""
    rule = _own_rule(request, rule_id)
    at = timezone.now()
    summary = ledger.summarize(rule=rule)
    chosen = request.GET.get("gate", "")
    context: dict[str, Any] = {"rule": rule, "summary": summary, "chosen": chosen}
    if not summary.jobs:
        own = Match.objects.owned_by(request.user)
        matches = own.filter(persona=rule.persona) if rule.persona else own
        context["has_matches"] = matches.exists()
        return render(request, "autoapply/ledger.html", context)
    rows, before, after = _read_rows(request, rule, chosen)
    context |= {
        "why": _tell_why(summary),
        "tightest": _tell_tightest(rule, at),
        "blocked": ledger.count_blocked(rule=rule, since=_monday(request, at)),
        "filters": _list_filters(summary, chosen),
        "chosen_name": gate_name(chosen) if chosen in GATES else "",
        "rows": _tell_rows(request, rows),
        "previous_url": _page_url(chosen, before),
        "next_url": _page_url(chosen, after),
    }
    return render(request, "autoapply/ledger.html", context)


@require_GET
def show_decision(request: SignedInRequest, rule_id: UUID, job_id: UUID) -> HttpResponse:
    """What a rule says of one job, gate by gate: now, or as it was when the rule applied for it."""
    rule = _own_rule(request, rule_id)
    job = get_object_or_404(Job.objects.select_related("source").defer("raw", "description_html"), pk=job_id)
    application = Application.objects.owned_by(request.user).filter(job=job).first()
    stored = None
    if application and application.rule_id == rule.pk:
        # Why it was applied for, not what the gates would say of it today.
        stored = Decision.objects.owned_by(request.user).filter(rule=rule, job=job).first()
    verdicts = read_verdicts(stored.verdicts) if stored else decide_now(rule=rule, job=job, at=timezone.now())
    told = [_tell(verdict) for verdict in verdicts.all]
    context = {
        "rule": rule,
        "job": job,
        "application": application,
        "by_this_rule": bool(application and application.rule_id == rule.pk),
        "decided_at": stored.decided_at if stored else None,
        "score": _score_of(verdicts),
        "gates": told,
        "failed": [each for each in told if not each.passed],
        "passes": verdicts.passed,
    }
    return render(request, "autoapply/decision.html", context)


def _own_rule(request: SignedInRequest, rule_id: UUID) -> Rule:
    rules = Rule.objects.owned_by(request.user).select_related("persona")
    rule: Rule = get_object_or_404(rules, pk=rule_id)
    return rule


def _read_rows(request: SignedInRequest, rule: Rule, chosen: str) -> tuple[list[Decision], str, str]:
    own = Decision.objects.owned_by(request.user).filter(rule=rule).for_ledger()
    if chosen == PASSED:
        own = own.filter(first_failed="")
    elif chosen in GATES:
        own = own.filter(first_failed=chosen)
    elif chosen:
        raise Http404
    try:
        return CursorPages().read_page(
            own, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE, view=_LedgerOrder
        )
    except NotFound:
        raise Http404 from None


def _tell_rows(request: SignedInRequest, rows: Sequence[Decision]) -> list[Row]:
    own = Application.objects.owned_by(request.user).filter(job__in=[row.job_id for row in rows])
    applications = {application.job_id: application for application in own}
    told = []
    for row in rows:
        failed = [_tell(verdict) for verdict in read_verdicts(row.verdicts).failed]
        was = (row.changes or {}).get("was")
        told.append(
            Row(
                decision=row,
                first=failed[0] if failed else None,
                others=failed[1:],
                application=applications.get(row.job_id),
                was="" if was is None else _tell_was(was, row.changed_at),
            )
        )
    return told


def _tell(verdict: Verdict) -> Told:
    return Told(
        gate=gate_name(verdict.gate),
        passed=verdict.passed,
        words=verdict_words(verdict),
        mend=mend_words(verdict),
        evidence=evidence_of(verdict),
    )


def _tell_was(gate: str, changed_at: datetime) -> str:
    words = {"gate": gate_name(gate), "day": date_format(timezone.localtime(changed_at), "DATE_FORMAT")}
    if not gate:
        return _("Until %(day)s every gate let it through.") % words
    return _("Until %(day)s it was stopped by “%(gate)s”.") % words


def _tell_why(summary: Summary) -> list[str]:
    """Why nothing was sent, or what was, in sentences; the most frequent first gate with its count."""
    sentences = [_tell_sent(summary)]
    judged = ngettext(
        "Of %(jobs)s job that it judges, %(passing)s passes every gate.",
        "Of %(jobs)s jobs that it judges, %(passing)s pass every gate.",
        summary.jobs,
    )
    sentences.append(judged % {"jobs": intcomma(summary.jobs), "passing": intcomma(summary.passing)})
    if summary.stopped:
        gate, jobs = summary.stopped[0]
        most = _("Most others are stopped first by this: %(stopped)s.") if summary.passing else None
        most = most or _("Most are stopped first by this: %(stopped)s.")
        if len(summary.stopped) == 1:
            most = _("What stops them first: %(stopped)s.")
        sentences.append(most % {"stopped": stopped_words(gate, jobs)})
    return sentences


def _tell_sent(summary: Summary) -> str:
    waiting = ngettext(
        "%(count)s application waits to be sent.", "%(count)s applications wait to be sent.", summary.waiting
    ) % {"count": intcomma(summary.waiting)}
    if summary.sent and summary.last_sent_at:
        sent = ngettext(
            "This rule has sent %(count)s application, on %(day)s.",
            "This rule has sent %(count)s applications, the last one on %(day)s.",
            summary.sent,
        ) % {
            "count": intcomma(summary.sent),
            "day": date_format(timezone.localtime(summary.last_sent_at), "DATE_FORMAT"),
        }
        return f"{sent} {waiting}" if summary.waiting else sent
    if summary.waiting:
        return _("Nothing has been sent yet.") + f" {waiting}"
    if summary.passing:
        return _("Nothing was sent, and nothing waits to be sent.")
    return _("Nothing was sent, because no job passes every gate.")


def _tell_tightest(rule: Rule, at: datetime) -> str:
    tightest = ledger.tightest_gate(rule=rule, at=at)
    return tightest_words(tightest) if tightest else ""


def _list_filters(summary: Summary, chosen: str) -> list[Filter]:
    filters = [Filter("?", _("all"), summary.jobs, chosen == "")]
    if summary.passing or chosen == PASSED:
        filters.append(Filter(f"?gate={PASSED}", _("passes every gate"), summary.passing, chosen == PASSED))
    counted = dict(summary.stopped)
    if chosen in GATES:
        counted.setdefault(chosen, 0)
    filters += [
        Filter(f"?gate={gate}", gate_name(gate), counted[gate], chosen == gate)
        for gate in GATES
        if gate in counted
    ]
    return filters


def _page_url(chosen: str, cursor: str) -> str:
    query = {**({"gate": chosen} if chosen else {}), "cursor": cursor}
    return f"?{urlencode(query)}" if cursor else ""


def _monday(request: SignedInRequest, at: datetime) -> datetime:
    zone = zone_of(request.user.time_zone)
    return begins_at(week_start(at, zone), zone)


def _score_of(verdicts: Verdicts) -> str | None:
    found = next((each.facts.get("score") for each in verdicts.all if each.gate == "threshold"), None)
    return str(found) if found is not None else None
