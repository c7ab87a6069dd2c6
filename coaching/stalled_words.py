"""Why a client's search stands still, in sentences for the coach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from autoapply.gate_words import gate_name
from autoapply.models import Application
from coaching.models import SCOPES, Scope
from coaching.stalled import TOLD_BY, Reason

# Those with a number are sentences in singular and plural, by the fact that is named second.
_SAID: Mapping[str, tuple[Any, str]] = {
    "no_persona": (gettext_lazy("There is no active persona yet, so nothing can be matched."), ""),
    "no_match": (
        ngettext_lazy(
            "The only open job does not fit the active persona.",
            "None of the %(jobs)s open jobs fits the active persona.",
            "number",
        ),
        "jobs",
    ),
    "none_left": (
        ngettext_lazy(
            "%(jobs)s job fits the active persona, and it is set aside, closed or out of date.",
            "%(jobs)s jobs fit the active persona, and all of them are set aside, closed or out of date.",
            "number",
        ),
        "jobs",
    ),
    "salary_floor": (
        gettext_lazy(
            "The salary floor excludes %(percent)s %% of the matches that state their pay: %(below)s of %(stated)s."
        ),
        "",
    ),
    "no_resume": (
        gettext_lazy("The active persona has no résumé, so nothing can be sent for it."),
        "",
    ),
    "paused": (
        ngettext_lazy(
            "Auto-apply has been paused for %(days)s day, and nothing was sent by hand lately.",
            "Auto-apply has been paused for %(days)s days, and nothing was sent by hand lately.",
            "number",
        ),
        "days",
    ),
    "rules_off": (
        ngettext_lazy(
            "The only rule is disabled, and nothing was sent by hand lately.",
            "All %(rules)s rules are disabled, and nothing was sent by hand lately.",
            "number",
        ),
        "rules",
    ),
    "gate": (
        ngettext_lazy(
            "The rule “%(rule)s” has sent nothing lately: of the %(judged)s job that it judged, one gate stops %(stopped)s: %(gate)s.",
            "The rule “%(rule)s” has sent nothing lately: of the %(judged)s jobs that it judged, one gate stops %(stopped)s: %(gate)s.",
            "number",
        ),
        "judged",
    ),
    "waiting": (
        ngettext_lazy(
            "%(applications)s application waits for your client’s word, for %(days)s days now.",
            "%(applications)s applications wait for your client’s word, the oldest for %(days)s days.",
            "number",
        ),
        "applications",
    ),
    "unanswered": (
        ngettext_lazy(
            "%(applications)s application was sent more than %(days)s days ago, and it has not been answered.",
            "%(applications)s applications were sent more than %(days)s days ago, and none has been answered.",
            "number",
        ),
        "applications",
    ),
    "same_stage": (
        ngettext_lazy(
            "The only refusal came at the stage “%(stage)s”.",
            "All %(refusals)s refusals came at the same stage: “%(stage)s”.",
            "number",
        ),
        "refusals",
    ),
    "idle": (
        ngettext_lazy(
            "Your client has done nothing here for %(days)s day.",
            "Your client has done nothing here for %(days)s days.",
            "number",
        ),
        "days",
    ),
    "week_full": (
        ngettext_lazy(
            "The only place of the week has been used in each of the last %(weeks)s weeks.",
            "All %(places)s places of the week have been used in each of the last %(weeks)s weeks.",
            "number",
        ),
        "places",
    ),
}


# A gate whose name speaks to the person themselves.
_GATES: Mapping[str, Any] = {"not_dismissed": gettext_lazy("jobs that were set aside")}


def reason_words(reason: Reason) -> str:
    """Say a reason in one sentence, with its numbers as they are written where the coach lives."""
    sentence, counted = _SAID[reason.code]
    words = {name: _written(value) for name, value in reason.facts.items()}
    if reason.code == "gate":
        words["gate"] = str(_GATES.get(reason.facts["gate"]) or gate_name(reason.facts["gate"]))
    if reason.code == "same_stage":
        words["stage"] = str(Application.Stage(reason.facts["stage"]).label)
    if counted:
        words["number"] = reason.facts[counted]
    return str(sentence % words) if words else str(sentence)


def untold_words(granted: Collection[str]) -> str:
    """Say that a reason cannot be told, and what is not granted; empty where enough is."""
    missing = [str(Scope(scope).label) for scope in TOLD_BY if scope not in granted]
    if not missing:
        return ""
    if len(missing) == 1:
        return _("Not told: %(scope)s are not granted.") % {"scope": missing[0]}
    return _("Not told: %(scopes)s are not granted.") % {"scopes": get_text_list(missing, _("and"))}


def scopes_words(granted: Collection[str]) -> str:
    """Name what is granted, in one fixed order."""
    named = [str(Scope(scope).label) for scope in SCOPES if scope in granted]
    return capfirst(get_text_list(named, _("and"))) if named else ""


def _written(value: Any) -> str:
    return number_format(value, force_grouping=True) if isinstance(value, int) else str(value)
