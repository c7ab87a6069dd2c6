"""Pages of standing rules: written with a preview beside them, enabled, disabled, deleted; limits over all; the pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from autoapply import rules
from autoapply.gate_words import mend_words, stopped_words, verdict_words
from autoapply.histogram import score_histogram
from autoapply.models import Application, Rule
from autoapply.policy import Verdict, judge_company
from autoapply.preview import CLOSELY_BEFORE_ENABLING, Preview, what_passes
from autoapply.rule_forms import RuleForm, StandingForm
from autoapply.rule_rows import read_rows
from autoapply.slot_marks import read_week
from personas.accounts import SignedInRequest
from personas.companies import company_key
from personas.going_back import go_back
from personas.services import Gone, Refused

require_form = require_http_methods(["GET", "HEAD", "POST"])

# What a button of the editor asks for besides keeping the rule.
_LOOK = "look"


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """How many of the jobs that pass go one way, and why, in words."""

    words: str
    number: int


@dataclass(frozen=True, slots=True)
class CompanyTest:
    """What the lists as they are typed say of one company."""

    company: str
    key: str
    blocked: bool
    words: str


def overview(request: SignedInRequest) -> HttpResponse:
    """Every rule with its state, its places of the week, and what it blocked or why it has gone quiet."""
    at = timezone.now()
    week = read_week(user=request.user, at=at)
    listed = read_rows(user=request.user, week=week, at=at)
    context = {"week": week, "listed": listed, "has_room": len(listed) < rules.MAX_RULES}
    return render(request, "autoapply/overview.html", context)


@require_form
def create(request: SignedInRequest) -> HttpResponse:
    """Write a new rule; what is kept is disabled, and the next page offers to enable it."""
    form = RuleForm(request.POST or None, user=request.user)
    if request.method != "POST" or _only_looks(request):
        return _editor(request, form)
    if form.is_valid():
        try:
            rule = rules.create_rule(user=request.user, values=form.values())
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is kept, and disabled.") % {"name": rule.name})
            return redirect("autoapply:rule_enable", rule.pk)
    return _editor(request, form)


@require_form
def edit(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """Change a rule."""
    rule = _own_rule(request, rule_id)
    form = RuleForm(request.POST or None, user=request.user, rule=rule)
    if request.method != "POST" or _only_looks(request):
        return _editor(request, form, rule)
    if form.is_valid():
        try:
            rules.edit_rule(rule=rule, values=form.values())
        except Gone:
            raise Http404 from None
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is changed.") % {"name": form.cleaned_data["name"]})
            return redirect("autoapply:overview")
    return _editor(request, form, rule)


@require_POST
def preview(request: SignedInRequest) -> HttpResponse:
    """What the rule in the form would let through, as a part of the page."""
    form = RuleForm(request.POST, user=request.user)
    context = {**_looked(request, form), "test": _tested(request, form), "swap": True, "scores_apart": True}
    return render(request, "autoapply/_preview.html", context)


@require_POST
def test_company(request: SignedInRequest) -> HttpResponse:
    """Whether the lists in the form would block a company, as a part of the page."""
    form = RuleForm(request.POST, user=request.user)
    return render(request, "autoapply/_company_test.html", {"test": _tested(request, form)})


@require_form
def enable(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """Show what a rule would do and what is promised, then enable it."""
    rule = _own_rule(request, rule_id)
    fault = ""
    if request.method == "POST":
        try:
            rules.enable_rule(rule=rule)
        except Gone:
            raise Http404 from None
        except Refused as refused:
            fault = " ".join(sentence for each in refused.faults.values() for sentence in each)
        else:
            messages.success(request, _("“%(name)s” is enabled.") % {"name": rule.name})
            return redirect("autoapply:overview")
    standing = rules.find_standing(user=request.user)
    found = what_passes(
        user=request.user,
        rule=rule,
        standing=standing,
        at=timezone.now(),
        closely=CLOSELY_BEFORE_ENABLING,
    )
    context = {"rule": rule, "standing": standing, "fault": fault, **_told(found, rule)}
    return render(request, "autoapply/rule_enable.html", context)


@require_POST
def disable(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """Stop a rule at once; the answer comes when nothing more is sent for it."""
    rule = _own_rule(request, rule_id)
    try:
        rules.disable_rule(rule=rule)
    except Gone:
        raise Http404 from None
    waiting = Application.objects.owned_by(request.user).filter(rule=rule).unsent().count()
    said = _("“%(name)s” is disabled. Nothing more is sent for it.") % {"name": rule.name}
    if waiting:
        more = ngettext(
            "%(number)s application of it waits; you can cancel it.",
            "%(number)s applications of it wait; you can cancel them.",
            waiting,
        )
        said = f"{said} {more % {'number': waiting}}"
    messages.success(request, said)
    return go_back(request, request.POST.get("next", ""), otherwise=reverse("autoapply:overview"))


@require_form
def delete(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """Ask, then delete a rule."""
    rule = _own_rule(request, rule_id)
    if request.method == "POST":
        try:
            rules.delete_rule(rule=rule)
        except Gone:
            raise Http404 from None
        messages.success(request, _("“%(name)s” is deleted.") % {"name": rule.name})
        return redirect("autoapply:overview")
    own = Application.objects.owned_by(request.user).filter(rule=rule)
    context = {
        "rule": rule,
        "unsent": own.unsent().count(),
        "sent": own.filter(sent_at__isnull=False).count(),
    }
    return render(request, "autoapply/rule_delete.html", context)


@require_form
def limits(request: SignedInRequest) -> HttpResponse:
    """What all rules may do together."""
    standing = rules.find_standing(user=request.user)
    form = StandingForm(request.POST or None, standing=standing)
    if request.method == "POST" and form.is_valid():
        try:
            rules.edit_standing(user=request.user, values=form.values())
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("Your limits are changed."))
            return redirect("autoapply:overview")
    return render(request, "autoapply/limits.html", {"form": form})


@require_POST
def pause(request: SignedInRequest) -> HttpResponse:
    """Pause everything (`on=yes`), or let the enabled rules act again (`on=no`)."""
    if request.POST.get("on") == "no":
        try:
            rules.resume(user=request.user)
        except Refused as refused:
            for sentences in refused.faults.values():
                messages.error(request, " ".join(sentences))
        else:
            messages.success(request, _("Your enabled rules act again."))
    else:
        rules.pause(user=request.user)
        messages.success(request, _("Everything is paused. Nothing more is sent until you say so."))
    return go_back(request, request.POST.get("next", ""), otherwise=reverse("autoapply:overview"))


# --- the editor ----------------------------------------------------------------------------------------------------------


def _own_rule(request: SignedInRequest, rule_id: UUID) -> Rule:
    own = Rule.objects.owned_by(request.user).select_related("persona")
    rule: Rule = get_object_or_404(own, pk=rule_id)
    return rule


def _editor(request: SignedInRequest, form: RuleForm, rule: Rule | None = None) -> HttpResponse:
    context = {"form": form, "rule": rule, **_looked(request, form, rule)}
    context["test"] = _tested(request, form)
    return render(request, "autoapply/rule_form.html", context)


def _looked(request: SignedInRequest, form: RuleForm, rule: Rule | None = None) -> dict[str, Any]:
    """What the rule that stands in the form would let through; its faults where it says nothing that can be judged."""
    tried = _tried(request, form) if form.is_bound else rule or Rule(user=request.user)
    if tried is None:
        faults = [
            (form.fields[name].label, each) for name, each in form.errors.items() if name in form.fields
        ]
        return {"preview": None, "faults": faults}
    standing = rules.find_standing(user=request.user)
    found = what_passes(user=request.user, rule=tried, standing=standing, at=timezone.now())
    return _told(found, tried)


def _only_looks(request: SignedInRequest) -> bool:
    """Tell whether a preview or a test was asked for: by its button, or with Enter while a company is typed to be tested."""
    tests = "enter" in request.POST and bool(request.POST.get("company", "").strip())
    return _LOOK in request.POST or tests


def _tried(request: SignedInRequest, form: RuleForm) -> Rule | None:
    """The rule as it is typed, not kept; None where it cannot be. A missing name keeps nobody from looking."""
    if _only_looks(request) or request.htmx:  # type: ignore[attr-defined]
        form.errors.pop("name", None)
    if form.errors.keys() - {"name"}:
        return None
    values = form.values()
    values["name"] = values.get("name") or "—"
    try:
        return Rule(user=request.user, **rules.check_rule(values=values))
    except Refused as refused:
        form.explain(refused)
        return None


def _told(found: Preview, rule: Rule) -> dict[str, Any]:
    """What a preview found, as pages show it."""
    return {
        "preview": found,
        "picture": _draw(found, rule),
        "stopped": [stopped_words(gate, number) for gate, number in found.stopped],
        "channels": [
            ChannelWords(verdict_words(_channel_verdict(each.channel, each.because)), each.number)
            for each in found.channels
        ],
        "holds": [(verdict_words(each), mend_words(each)) for each in found.holds],
    }


def _draw(found: Preview, rule: Rule) -> SafeString | str:
    if not found.matching:
        return ""
    return score_histogram(found.histogram, threshold=rule.match_score_threshold, passing=found.reaching)


def _channel_verdict(channel: str, because: str) -> Verdict:
    code = "by_you" if channel == "handoff" else "by_us"
    return Verdict("channel_can_send", True, code, {"channel": channel, "because": because})


def _tested(request: SignedInRequest, form: RuleForm) -> CompanyTest | None:
    """What the lists in the form say of the company in the test box; None where it is empty."""
    company = request.POST.get("company", "").strip()
    if not company:
        return None
    verdicts = judge_company(
        company, excluded=form.lines("exclude_companies"), included=form.lines("include_only_companies")
    )
    told = verdicts.first_failed or next((each for each in verdicts.all if each.facts), verdicts.all[0])
    return CompanyTest(company, company_key(company), not verdicts.passed, verdict_words(told))
