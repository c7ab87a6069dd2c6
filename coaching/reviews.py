"""The review of a client's résumé: asked for by its owner, given by a coach whom they let see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from coaching.looks import look_at_client
from coaching.models import Relationship, Scope
from coaching.proposals import MAX_NOTE_LENGTH, fingerprint
from personas.checking import check_values, text_within
from personas.models import Resume
from personas.services import ValuesRefused, gone

if TYPE_CHECKING:
    from personas.models import User

VERDICTS = (Resume.Review.APPROVED, Resume.Review.CHANGES_SUGGESTED)
PAGE = "resume_review"


def open_resume(*, coach: User, relationship: Relationship, resume_id: UUID) -> Resume:
    """A client's résumé to review, with its file but for its content; opens the look. Raises NotGranted, or Gone where there is none."""
    look_at_client(
        coach=coach, relationship=relationship, scopes=[Scope.RESUME], page=PAGE, object_id=resume_id
    )
    own = Resume.objects.filter(user_id=relationship.client_id, pk=resume_id)
    resume: Resume | None = own.select_related("file", "reviewed_by").defer("file__content").first()
    if resume is None:
        raise gone()
    return resume


def review_resume(
    *,
    coach: User,
    relationship: Relationship,
    resume_id: UUID,
    verdict: str,
    note: str,
    seen: str | None = None,
) -> Resume:
    """Approve a client's résumé or suggest changes, in words that its owner reads; opens the look.

    With `seen`, the mark (`mark_of`) of the résumé as the coach read it, one that says something else by now is refused.

    Raises NotGranted, Gone where there is no such résumé, ValuesRefused for a verdict that is none, without the words that
    changes need, or where its owner asks for no review.
    """
    resume = open_resume(coach=coach, relationship=relationship, resume_id=resume_id)
    give_verdict(resume=resume, verdict=verdict, note=note, seen=seen)
    return resume


def mark_of(resume: Resume) -> str:
    """A mark of what a résumé says, another one as soon as it says something else."""
    return fingerprint(json.dumps([resume.document, resume.text], sort_keys=True))


def give_verdict(*, resume: Resume, verdict: str, note: str, seen: str | None = None) -> None:
    """Write the verdict of the coach who has the résumé open; raises as `review_resume` does."""
    kept, faults = check_values({"note": note}, {"note": text_within(MAX_NOTE_LENGTH)})
    if verdict not in VERDICTS:
        faults["verdict"] = [_("Approve the résumé, or suggest changes.")]
    elif verdict == Resume.Review.CHANGES_SUGGESTED and not faults and not kept["note"]:
        faults["note"] = [_("Say what should change: its owner reads it on the résumé’s page.")]
    if faults:
        raise ValuesRefused(faults)
    asked = Resume.objects.filter(pk=resume.pk).exclude(review=Resume.Review.NONE)
    # What was read is what is judged: one that says something else meanwhile is looked at again.
    same = asked.filter(document=resume.document, text=resume.text)
    is_same = seen is None or seen == mark_of(resume)
    if not is_same or not same.update(review=verdict, review_note=kept["note"]):
        sentence = _("Its owner asks for no review of this résumé, or not any more.")
        if asked.exists():
            sentence = _("Its owner has changed it meanwhile. Look at it again, then say what you think.")
        raise ValuesRefused({"verdict": [sentence]})
    resume.refresh_from_db(fields=["review", "review_note", "reviewed_by", "reviewed_at"])
