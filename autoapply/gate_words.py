"""What the gates of a rule say, in words: what each found, what it stood on, what would have to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from autoapply.gate_facts import facts_in_words
from autoapply.policy import Verdict

# Nouns that fit whether the gate lets through or not.
_NAMES: Mapping[str, Any] = {
    "rule_enabled": gettext_lazy("the rule itself"),
    "not_paused": gettext_lazy("pause"),
    "fence_lifted": gettext_lazy("restored backup"),
    "day": gettext_lazy("day of the week"),
    "match_fresh": gettext_lazy("age of the match"),
    "not_dismissed": gettext_lazy("your “Not for me”"),
    "job_open": gettext_lazy("state of the job"),
    "employer_not_excluded": gettext_lazy("excluded employers"),
    "employer_included": gettext_lazy("wanted employers"),
    "keywords": gettext_lazy("required words"),
    "threshold": gettext_lazy("lowest score"),
    "coverage": gettext_lazy("share that is stated"),
    "has_resume": gettext_lazy("résumé"),
    "resume_reviewed": gettext_lazy("review of the résumé"),
    "job_not_applied": gettext_lazy("earlier application"),
    "company_not_applied": gettext_lazy("time between applications to one company"),
    "channel_can_send": gettext_lazy("way to apply"),
    "answers_known": gettext_lazy("answers to the questions"),
    "weekly_slot": gettext_lazy("places in the week"),
}

_SAID: Mapping[tuple[str, str], Any] = {
    ("rule_enabled", "enabled"): gettext_lazy("The rule is enabled."),
    ("rule_enabled", "disabled"): gettext_lazy("The rule is disabled."),
    # Of an application whose rule or posting is not there any more.
    ("rule_enabled", "deleted"): gettext_lazy("The rule was deleted."),
    ("not_paused", "running"): gettext_lazy("Auto-apply is not paused."),
    ("not_paused", "paused"): gettext_lazy("You have paused auto-apply."),
    ("fence_lifted", "lifted"): gettext_lazy("No restored backup holds sending back."),
    ("fence_lifted", "fenced"): gettext_lazy(
        "A backup was restored, and nothing is sent until somebody has confirmed that it may be."
    ),
    ("not_paused", "not_known"): gettext_lazy("It is not known whether you have paused auto-apply."),
    ("fence_lifted", "not_known"): gettext_lazy(
        "It is not known whether a restored backup holds sending back."
    ),
    ("day", "every_day"): gettext_lazy("The rule applies on every day of the week."),
    ("day", "today"): gettext_lazy("Today is %(today)s, one of the rule’s days."),
    ("day", "not_today"): gettext_lazy("Today is %(today)s; the rule applies on %(days)s only."),
    ("match_fresh", "fresh"): gettext_lazy("The match was found or confirmed within the last seven days."),
    ("match_fresh", "expired"): gettext_lazy("The match has not been confirmed for more than seven days."),
    ("match_fresh", "not_known"): gettext_lazy("It is not known how old this match is."),
    ("not_dismissed", "kept"): gettext_lazy("You have not set this job aside."),
    ("not_dismissed", "dismissed"): gettext_lazy("You marked this job “Not for me”."),
    ("not_dismissed", "not_known"): gettext_lazy("It is not known whether you set this job aside."),
    ("job_open", "open"): gettext_lazy("The job is open."),
    ("job_open", "closed"): gettext_lazy("The job is closed."),
    ("job_open", "gone"): gettext_lazy("The posting is not kept here any more."),
    ("job_open", "archive"): gettext_lazy(
        "This posting is from an archive; nobody can apply to it any more."
    ),
    ("job_open", "brought"): gettext_lazy(
        "Somebody who uses this installation brought this posting; rules apply only to what sources list."
    ),
    ("job_open", "not_known"): gettext_lazy("It is not known whether the job is open."),
    ("employer_not_excluded", "no_list"): gettext_lazy("The rule excludes no employers."),
    ("employer_not_excluded", "not_named"): gettext_lazy(
        "The posting does not name the employer, so it cannot be compared with the employers that the rule excludes."
    ),
    ("employer_not_excluded", "not_listed"): gettext_lazy(
        "%(company)s is not among the employers that the rule excludes."
    ),
    ("employer_not_excluded", "listed"): gettext_lazy(
        "%(company)s is excluded by line %(line)s of the rule’s list: “%(written)s”."
    ),
    ("employer_included", "no_list"): gettext_lazy("The rule does not limit itself to certain employers."),
    ("employer_included", "not_named"): gettext_lazy(
        "The posting does not name the employer, so it cannot be compared with the rule’s lists."
    ),
    ("employer_included", "not_listed"): gettext_lazy(
        "%(company)s is not among the employers that the rule is limited to."
    ),
    ("employer_included", "listed"): gettext_lazy(
        "%(company)s is wanted by line %(line)s of the rule’s list: “%(written)s”."
    ),
    ("keywords", "no_list"): gettext_lazy("The rule requires no words."),
    ("keywords", "not_known"): gettext_lazy(
        "The text of the posting could not be read, so the required words were not looked for."
    ),
    ("keywords", "missing"): ngettext_lazy(
        "The posting does not contain the required word %(missing)s.",
        "The posting does not contain the required words %(missing)s.",
        "number",
    ),
    ("keywords", "found"): ngettext_lazy(
        "The posting contains the required word %(found)s.",
        "The posting contains all required words: %(found)s.",
        "number",
    ),
    ("threshold", "no_match"): gettext_lazy("The job is no match of the persona, so it has no score."),
    ("threshold", "any"): gettext_lazy("The score is %(score)s; the rule takes any."),
    ("threshold", "reached"): gettext_lazy("The score is %(score)s; the rule asks for at least %(least)s."),
    ("threshold", "below"): gettext_lazy("The score is %(score)s; the rule asks for at least %(least)s."),
    ("coverage", "not_known"): gettext_lazy(
        "It is not known how much of the score stands on what is stated."
    ),
    ("coverage", "enough"): gettext_lazy(
        "%(coverage)s %% of the score stands on what is stated; %(least)s %% is enough."
    ),
    ("coverage", "too_little"): gettext_lazy(
        "Only %(coverage)s %% of the score stands on what is stated; at least %(least)s %% must."
    ),
    ("has_resume", "there"): gettext_lazy("The persona has a résumé with its file."),
    ("has_resume", "none"): gettext_lazy("The persona has no résumé with a file that could be sent."),
    ("has_resume", "not_known"): gettext_lazy("It is not known whether the persona has a résumé."),
    ("resume_reviewed", "not_asked"): gettext_lazy("The rule does not ask for a reviewed résumé."),
    ("resume_reviewed", "approved"): gettext_lazy("The résumé has been reviewed and approved."),
    ("resume_reviewed", "not_approved"): gettext_lazy(
        "The rule asks for a reviewed résumé, and nobody has approved this one as it stands."
    ),
    ("resume_reviewed", "not_known"): gettext_lazy(
        "The rule asks for a reviewed résumé, and the persona has none that could be reviewed and sent."
    ),
    ("job_not_applied", "first"): gettext_lazy("You have not applied for this job before."),
    ("job_not_applied", "applied"): gettext_lazy(
        "There is an application of yours for this job already, under this or another posting of it."
    ),
    ("job_not_applied", "not_known"): gettext_lazy(
        "It is not known whether you applied for this job before."
    ),
    ("company_not_applied", "not_asked"): gettext_lazy(
        "You have set no time between two applications to one company."
    ),
    ("company_not_applied", "not_known"): gettext_lazy(
        "It is not known when you last applied to this company, because the posting does not name it."
    ),
    ("company_not_applied", "on_its_way"): gettext_lazy(
        "Another application of yours to this company is on its way."
    ),
    ("company_not_applied", "first"): gettext_lazy("No application of yours has gone to this company."),
    ("company_not_applied", "long_ago"): ngettext_lazy(
        "Your last application to this company was %(when)s; %(interval)s day has to pass.",
        "Your last application to this company was %(when)s; %(interval)s days have to pass.",
        "interval",
    ),
    ("company_not_applied", "recent"): ngettext_lazy(
        "Your last application to this company was %(when)s; %(interval)s day has to pass.",
        "Your last application to this company was %(when)s; %(interval)s days have to pass.",
        "interval",
    ),
    ("channel_can_send", "no_address"): gettext_lazy("The posting has no address to apply at."),
    ("channel_can_send", "by_us"): gettext_lazy("Relevnt can send it %(how)s."),
    ("channel_can_send", "by_you"): gettext_lazy("You send it yourself with a prepared kit: %(how)s."),
    ("channel_can_send", "not_known"): gettext_lazy("It is not known how to apply for this job."),
    ("answers_known", "not_known"): gettext_lazy("The questions of the form have not been read."),
    ("answers_known", "asked_when_prepared"): gettext_lazy(
        "The questions of the form are read when the application is prepared; one without an answer makes it wait."
    ),
    ("answers_known", "missing"): ngettext_lazy(
        "A required question has no answer: %(questions)s.",
        "%(number)s required questions have no answer: %(questions)s.",
        "number",
    ),
    ("answers_known", "known"): gettext_lazy("Every required question has an answer."),
    ("weekly_slot", "not_known"): gettext_lazy("The places of this week have not been counted."),
    ("weekly_slot", "free"): ngettext_lazy(
        "%(left)s place is free this week.", "%(left)s places are free this week.", "left"
    ),
    ("weekly_slot", "none"): gettext_lazy(
        "All places of this week are taken, or kept for applications that wait from an earlier week."
    ),
}

_MENDS: Mapping[tuple[str, str], Any] = {
    ("rule_enabled", "disabled"): gettext_lazy("Enable the rule."),
    ("rule_enabled", "deleted"): gettext_lazy(
        "Nothing can change this: what the rule had queued ends with it."
    ),
    ("not_paused", "paused"): gettext_lazy("Resume auto-apply."),
    ("fence_lifted", "fenced"): gettext_lazy(
        "Whoever runs this installation lifts the fence; after that you confirm applications from before the restore."
    ),
    ("not_paused", "not_known"): gettext_lazy("The rule has to look again."),
    ("fence_lifted", "not_known"): gettext_lazy("The rule has to look again."),
    ("day", "not_today"): gettext_lazy("Wait for one of the rule’s days, or add %(today)s to them."),
    ("match_fresh", "expired"): gettext_lazy("Weigh the persona’s matches again."),
    ("match_fresh", "not_known"): gettext_lazy("Weigh the persona’s matches again."),
    ("not_dismissed", "dismissed"): gettext_lazy("Put the job back among your matches."),
    ("not_dismissed", "not_known"): gettext_lazy("Weigh the persona’s matches again."),
    ("job_open", "closed"): gettext_lazy("The employer would have to post it again."),
    ("job_open", "gone"): gettext_lazy("The source of the posting has to be read again."),
    ("job_open", "archive"): gettext_lazy("Nothing can change this: the posting is history."),
    ("job_open", "brought"): gettext_lazy(
        "Look at the posting, and apply to it yourself from the page of the job."
    ),
    ("job_open", "not_known"): gettext_lazy("The source of the posting has to be read again."),
    ("employer_not_excluded", "not_named"): gettext_lazy(
        "The posting would have to name the employer, or the rule’s list of excluded employers would have to be empty."
    ),
    ("employer_not_excluded", "listed"): gettext_lazy(
        "Take line %(line)s, “%(written)s”, off the rule’s list."
    ),
    ("employer_included", "not_named"): gettext_lazy(
        "The posting would have to name the employer, or the rule’s lists of employers would have to be empty."
    ),
    ("employer_included", "not_listed"): gettext_lazy(
        "Add %(company)s to the employers that the rule is limited to, or empty that list."
    ),
    ("keywords", "not_known"): gettext_lazy("The source of the posting has to be read again."),
    ("keywords", "missing"): ngettext_lazy(
        "Take %(missing)s off the words that the rule requires.",
        "Take %(missing)s off the words that the rule requires.",
        "number",
    ),
    ("threshold", "no_match"): gettext_lazy(
        "The job would have to match the persona: its titles, skills or wishes decide that."
    ),
    ("threshold", "below"): gettext_lazy(
        "Lower the rule’s lowest score to %(score)s; or what the persona says would have to raise this score by %(short_by)s."
    ),
    ("coverage", "not_known"): gettext_lazy("Weigh the persona’s matches again."),
    ("coverage", "too_little"): gettext_lazy(
        "The posting, or the persona, would have to state more of what is weighed: skills, pay, place, workplace, industry."
    ),
    ("has_resume", "none"): gettext_lazy("Give the persona a résumé, with the file it was uploaded as."),
    ("has_resume", "not_known"): gettext_lazy("The rule has to look again."),
    ("resume_reviewed", "not_approved"): gettext_lazy(
        "Ask for a review on the résumé’s page, so that a coach of yours can approve it; or let the rule not ask for one."
    ),
    ("resume_reviewed", "not_known"): gettext_lazy(
        "Give the persona a résumé and have it reviewed, or let the rule not ask for one."
    ),
    ("job_not_applied", "applied"): gettext_lazy(
        "Nothing can change this: Relevnt applies once for each job."
    ),
    ("job_not_applied", "not_known"): gettext_lazy("The rule has to look again."),
    ("company_not_applied", "not_known"): gettext_lazy(
        "The posting would have to name the employer, or you set no time between two applications to one company."
    ),
    ("company_not_applied", "on_its_way"): gettext_lazy(
        "Cancel the other application, or set no time between two applications to one company."
    ),
    ("company_not_applied", "recent"): ngettext_lazy(
        "Wait %(remaining)s more day, or set a shorter time between two applications to one company.",
        "Wait %(remaining)s more days, or set a shorter time between two applications to one company.",
        "remaining",
    ),
    ("channel_can_send", "no_address"): gettext_lazy("The posting would have to say where to apply."),
    ("channel_can_send", "not_known"): gettext_lazy("The rule has to look again."),
    ("answers_known", "not_known"): gettext_lazy("The application has to be prepared again."),
    ("answers_known", "missing"): ngettext_lazy(
        "Answer the question.", "Answer the %(number)s questions.", "number"
    ),
    ("weekly_slot", "not_known"): gettext_lazy("The rule has to look again."),
    ("weekly_slot", "none"): gettext_lazy(
        "Wait for Monday, settle the applications that wait (each that is cancelled frees its place), or allow more a week."
    ),
}

# How many jobs a gate stopped first: "12 jobs are below the lowest score".
_STOPPED: Mapping[str, Any] = {
    "rule_enabled": ngettext_lazy(
        "the rule is disabled (%(jobs)s job)", "the rule is disabled (%(jobs)s jobs)", "count"
    ),
    "not_paused": ngettext_lazy(
        "auto-apply is paused (%(jobs)s job)", "auto-apply is paused (%(jobs)s jobs)", "count"
    ),
    "fence_lifted": ngettext_lazy(
        "sending is held back after a restore (%(jobs)s job)",
        "sending is held back after a restore (%(jobs)s jobs)",
        "count",
    ),
    "day": ngettext_lazy(
        "today is none of the rule’s days (%(jobs)s job)",
        "today is none of the rule’s days (%(jobs)s jobs)",
        "count",
    ),
    "match_fresh": ngettext_lazy(
        "%(jobs)s match is no longer fresh", "%(jobs)s matches are no longer fresh", "count"
    ),
    "not_dismissed": ngettext_lazy("%(jobs)s job was set aside", "%(jobs)s jobs were set aside", "count"),
    "job_open": ngettext_lazy(
        "%(jobs)s job is closed, from an archive, or was brought by somebody here",
        "%(jobs)s jobs are closed, from an archive, or were brought by somebody here",
        "count",
    ),
    "employer_not_excluded": ngettext_lazy(
        "%(jobs)s job is from an employer that the rule excludes or that is not named",
        "%(jobs)s jobs are from employers that the rule excludes or that are not named",
        "count",
    ),
    "employer_included": ngettext_lazy(
        "%(jobs)s job is from an employer that the rule is not limited to",
        "%(jobs)s jobs are from employers that the rule is not limited to",
        "count",
    ),
    "keywords": ngettext_lazy(
        "%(jobs)s job lacks a required word", "%(jobs)s jobs lack a required word", "count"
    ),
    "threshold": ngettext_lazy(
        "%(jobs)s job is below the lowest score", "%(jobs)s jobs are below the lowest score", "count"
    ),
    "coverage": ngettext_lazy(
        "%(jobs)s job states too little to be judged", "%(jobs)s jobs state too little to be judged", "count"
    ),
    "has_resume": ngettext_lazy(
        "there is no résumé to send (%(jobs)s job)", "there is no résumé to send (%(jobs)s jobs)", "count"
    ),
    "resume_reviewed": ngettext_lazy(
        "the résumé is not reviewed and approved (%(jobs)s job)",
        "the résumé is not reviewed and approved (%(jobs)s jobs)",
        "count",
    ),
    "job_not_applied": ngettext_lazy(
        "%(jobs)s job was applied for already", "%(jobs)s jobs were applied for already", "count"
    ),
    "company_not_applied": ngettext_lazy(
        "%(jobs)s job is at a company that you applied to a short time ago, or that is not named",
        "%(jobs)s jobs are at companies that you applied to a short time ago, or that are not named",
        "count",
    ),
    "channel_can_send": ngettext_lazy(
        "%(jobs)s job has no address to apply at", "%(jobs)s jobs have no address to apply at", "count"
    ),
    "answers_known": ngettext_lazy(
        "%(jobs)s job asks what you have not answered",
        "%(jobs)s jobs ask what you have not answered",
        "count",
    ),
    "weekly_slot": ngettext_lazy(
        "%(jobs)s job waits for a place in the week", "%(jobs)s jobs wait for a place in the week", "count"
    ),
}


def gate_name(gate: str) -> str:
    """What a gate is called: a noun for the middle of a sentence, whatever the gate says."""
    return str(_NAMES.get(gate, gate))


def verdict_words(verdict: Verdict) -> str:
    """What one gate found, as a sentence with the facts it stood on."""
    return _told(_SAID, verdict)


def mend_words(verdict: Verdict) -> str:
    """What would have to change for a gate to let through; "" where it does."""
    return "" if verdict.passed else _told(_MENDS, verdict)


def stopped_words(gate: str, count: int) -> str:
    """How many jobs a gate stopped before any other did, as a part of a sentence."""
    words = _STOPPED.get(gate)
    jobs = number_format(count, use_l10n=True, force_grouping=True)
    return str(words % {"count": count, "jobs": jobs}) if words else gate


def evidence_of(verdict: Verdict) -> list[tuple[str, str]]:
    """What of the posting a gate stood on: each required word with the first sentence that holds it."""
    found = verdict.facts.get("found")
    return list(found.items()) if isinstance(found, Mapping) else []


def _told(sentences: Mapping[tuple[str, str], Any], verdict: Verdict) -> str:
    sentence = sentences.get((verdict.gate, verdict.code))
    if sentence is not None:
        try:
            return str(sentence % facts_in_words(verdict))
        except (KeyError, TypeError, ValueError, ArithmeticError):
            # Rows of the ledger outlive the code that wrote them; the next run writes them anew.
            pass
    return _("An earlier version of Relevnt decided this; the next run of the rule decides it anew.")
