"""What others see of a person, in that person's words; pure, its keys are the codes of consents, events and the access log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

PAGES: Mapping[str, Any] = {
    "desk": _("the overview of all clients"),
    "client": _("your overview"),
    "cohort": _("the progress of a group you are in"),
    "cohort_csv": _("the progress of a group you are in, as a file"),
    "personas": _("your personas"),
    "persona": _("one of your personas"),
    "matches": _("your matches"),
    "match": _("one of your matches"),
    "weights": _("your weights"),
    "rules": _("your rules"),
    "rule": _("one of your rules"),
    "decisions": _("what a rule said of jobs"),
    "decision": _("what a rule said of a job"),
    "applications": _("your applications"),
    "application": _("one of your applications"),
    "follow_ups": _("your follow-ups"),
    "follow_up": _("one of your follow-ups"),
    "recommendations": _("what you might learn"),
    "recommendation": _("something you might learn"),
    "learning_progress": _("how far you are with what you learn"),
    "learning_step": _("how far you are with a skill"),
    "resumes": _("your résumés"),
    "resume": _("one of your résumés"),
    "resume_file": _("the file of a résumé"),
    "resume_review": _("a résumé, to review it"),
    "skills": _("your skills"),
    "skill": _("one of your skills"),
    "suggestion": _("the form for a suggestion to you"),
    "papers": _("your kits, answers, letters, notes and contacts"),
}
"""A phrase for each page, as in “looked at your matches”."""

OPENED: Mapping[str, Any] = {
    "matches": _("your personas and what they look for, your weights, and your matches with their reasons"),
    "applications": _(
        "your rules and what they decided, your applications with their stages and history, and your follow-ups"
    ),
    "learning": _("what you might learn, and how far you are"),
    "resume": _("your résumés with their files, and your skills with how well you hold them"),
}
"""What each scope of a consent lets a coach see."""

NEVER_OPENED: Any = _(
    "What they never see, whatever you choose: your answers to forms, letters, kits, and the notes and contacts of applications; your keys, "
    "your calendar’s address and your password."
)
CHANGES_NOTHING: Any = _(
    "A coach changes nothing of yours. They can propose changes, which you accept or decline."
)

HAPPENED: Mapping[str, Any] = {
    "begun": _("Your work with %(name)s began."),
    "paused": _("%(name)s paused it, and has seen nothing since."),
    "resumed": _("%(name)s went on after the pause."),
    "ended": _("%(name)s ended it."),
    "consented": _("You let %(name)s see %(scopes)s, %(until)s."),
    "changed": _("You changed what %(name)s sees: %(scopes)s, %(until)s."),
    "revoked": _("You revoked your consent."),
    "closed": _("Your consent from before the end was closed."),
}
"""A sentence for each event between the two sides; “closed” is a revocation that only makes room after an end."""
