"""The gates once more, for an application that exists: while it waits, and at the moment of sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from autoapply.candidates import read_fence, read_openings, read_person, read_rule
from autoapply.models import Application, Kit, Standing
from autoapply.policy import Verdict, Verdicts, evaluate, is_lasting


def judge_application(application: Application, *, at: datetime, sending: bool) -> Verdicts:
    """Ask every gate about an application, acting for its owner; `sending` asks as at the moment of sending.

    Its place in the week is not asked about: it holds one, which the claim keeps or moves.
    """
    rule = application.rule
    if application.origin == Application.Origin.RULE and rule is None:
        return Verdicts([Verdict("rule_enabled", False, "deleted")])
    user, persona = application.user, application.persona
    openings = read_openings(
        rule=rule,
        user=user,
        persona=persona,
        job_ids=[application.job_id] if application.job_id else [],
        at=at,
        slots=1,
        but_not=application.pk,
    )
    if application.job_id not in openings:
        return Verdicts([Verdict("job_open", False, "gone")])
    person = read_person(
        user=user,
        persona=persona,
        standing=Standing.objects.get(user_id=user.pk),
        fence=read_fence(at),
        at=at,
        fence_epoch=application.fence_epoch,
    )
    is_complete = Kit.objects.filter(application=application).exclude(request_sha256="").exists()
    candidate = replace(openings[application.job_id].candidate, unanswered=() if is_complete else None)
    return evaluate(read_rule(rule) if rule else None, person, candidate, sending=sending)


def lasting_refusal(verdicts: Verdicts) -> Verdict | None:
    """The first refusal that waiting does not mend; None where there is none."""
    return next((verdict for verdict in verdicts.failed if is_lasting(verdict)), None)
