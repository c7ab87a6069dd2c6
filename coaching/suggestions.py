"""Suggestions: made by a coach within what is granted, answered by the client, who alone changes anything by accepting.

Accepting goes through the services that the client's own pages call, in one transaction with the answer: either both stand
or neither does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.looks import NotGranted, granted_scopes
from coaching.models import Relationship, Scope, Suggestion
from coaching.proposals import (
    MAX_ANSWER_LENGTH,
    MAX_NOTE_LENGTH,
    WEIGHTS,
    check_proposal,
    fingerprint,
)
from coaching.suggestion_previews import (
    Preview,
    changes_nothing,
    dismissed_matches,
    held_skill,
    preview_suggestion,
)
from matching import tuner
from matching.models import Job, JobSource, TunerSettings
from matching.services import restore_match
from personas.checking import MAX_NAME_LENGTH, check_values, text_within
from personas.models import Persona, Resume, UserSkill
from personas.resume_texts import find_text, name_place
from personas.services import (
    Gone,
    PersonaDetails,
    PreferenceValues,
    Refused,
    Taken,
    ValuesRefused,
    add_skill,
    change_skill_level,
    edit_persona,
    edit_resume_texts,
    take_turns,
)

if TYPE_CHECKING:
    from personas.models import User

SCOPE_OF_KIND: Mapping[str, str] = {
    Suggestion.Kind.WEIGHTS: Scope.MATCHES,
    Suggestion.Kind.PERSONA: Scope.MATCHES,
    Suggestion.Kind.JOB: Scope.MATCHES,
    Suggestion.Kind.SKILL: Scope.RESUME,
    Suggestion.Kind.RESUME: Scope.RESUME,
}
"""What has to be granted for a suggestion of each kind, as row security says it too."""
MAX_OPEN = 50
"""Suggestions of one coach that one client may have before them at a time."""


class TooManyOpen(Refused):
    """Raised where the client has as many suggestions of this coach to answer as there may be."""


class Answered(Taken):
    """Raised for a suggestion that was answered or taken back meanwhile; the API calls it a conflict."""


class Obstructed(Refused):
    """Raised for a suggestion that cannot be accepted as things stand."""


class ChangedMeanwhile(Taken):
    """Raised where what a suggestion would change is not what the client saw; `preview` is what it would change now."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(
            {
                "seen": [
                    _("Something has changed since you looked. Look at the difference again, then accept.")
                ]
            }
        )
        self.preview = preview


class _About(NamedTuple):
    """The rows that a suggestion is about, as far as its kind has any."""

    persona: Persona | None = None
    job: Job | None = None
    resume: Resume | None = None


def suggest(
    *,
    coach: User,
    relationship: Relationship,
    kind: str,
    proposal: Mapping[str, Any],
    note: str,
    persona_id: UUID | None = None,
    job_id: UUID | None = None,
    resume_id: UUID | None = None,
) -> Suggestion:
    """Propose a change to a client, saying why; the client's rows must be open (`looks.look_at_client`) where one is named.

    Raises NotGranted where its scope is not granted, ValuesRefused, TooManyOpen.
    """
    if kind not in SCOPE_OF_KIND:
        raise ValuesRefused({"kind": [_("Suggest weights, a persona, a job, a skill or a résumé.")]})
    granted = granted_scopes(coach=coach).get(relationship.client_id, frozenset())
    if relationship.coach_id != coach.pk or SCOPE_OF_KIND[kind] not in granted:
        raise NotGranted
    kept, faults = check_proposal(kind, proposal)
    said, wrong = check_values({"note": note}, {"note": text_within(MAX_NOTE_LENGTH)})
    faults |= wrong
    if not wrong and not said["note"]:
        faults["note"] = [_("Say why: your client reads it beside the change.")]
    about, unfound = _find(relationship, kind, persona_id, job_id, resume_id)
    faults |= unfound
    if about.resume is not None and not faults:
        faults |= _remember_texts(about.resume, kept)
    if faults:
        raise ValuesRefused(faults)
    made = Suggestion(
        relationship=relationship,
        coach=coach,
        client_id=relationship.client_id,
        kind=kind,
        proposal=kept,
        note=said["note"],
        **about._asdict(),
    )
    if changes_nothing(suggestion=made):
        raise ValuesRefused({"proposal": [_("It is so already with your client. Change something.")]})
    waiting = Suggestion.objects.by_coach(coach).filter(
        relationship=relationship, status=Suggestion.Status.OPEN
    )
    with transaction.atomic():
        take_turns(coach.pk)
        if waiting.count() >= MAX_OPEN:
            sentence = _("%(limit)s suggestions wait for this client’s answer. Take one back first.")
            raise TooManyOpen({"kind": [sentence % {"limit": MAX_OPEN}]})
        made.save(force_insert=True)
    return made


def withdraw_suggestion(*, suggestion: Suggestion, coach: User) -> None:
    """Take back a suggestion that is not answered yet; raise Answered, or Gone for one that is not this coach's."""
    own = Suggestion.objects.by_coach(coach).filter(pk=suggestion.pk)
    if not own.filter(status=Suggestion.Status.OPEN).update(status=Suggestion.Status.WITHDRAWN):
        if not own.exists():
            raise _gone()
        raise Answered(
            {"suggestion": [_("Your client has answered this suggestion already, or you took it back.")]}
        )
    suggestion.status = Suggestion.Status.WITHDRAWN


def accept_suggestion(*, suggestion: Suggestion, client: User, seen: str) -> Suggestion:
    """Make the change that a coach proposed, as the client saw it in a preview whose fingerprint is `seen`.

    Raises Answered, Obstructed, ChangedMeanwhile (with a new preview), whatever the services of the change refuse, or Gone for a
    suggestion that is not this client's.
    """
    with transaction.atomic():
        now = _take(suggestion, client)
        preview = preview_suggestion(suggestion=now, client=client)
        if preview.obstacle:
            raise Obstructed({"suggestion": [preview.obstacle]})
        if preview.seen != seen:
            raise ChangedMeanwhile(preview)
        _APPLIERS[now.kind](now, client, check_proposal(now.kind, now.proposal)[0])
        _answer(now, Suggestion.Status.ACCEPTED, "")
    return now


def decline_suggestion(*, suggestion: Suggestion, client: User, answer: str = "") -> Suggestion:
    """Decline what a coach proposed, with or without words; raise Answered, ValuesRefused, or Gone for one that is not theirs."""
    said, faults = check_values({"answer": answer}, {"answer": text_within(MAX_ANSWER_LENGTH)})
    if faults:
        raise ValuesRefused(faults)
    with transaction.atomic():
        now = _take(suggestion, client)
        _answer(now, Suggestion.Status.DECLINED, said["answer"])
    return now


# --- making one ------------------------------------------------------------------------------------------------------


def _find(
    relationship: Relationship,
    kind: str,
    persona_id: UUID | None,
    job_id: UUID | None,
    resume_id: UUID | None,
) -> tuple[_About, dict[str, list[str]]]:
    """The rows that a suggestion names, and what is wrong with them; rows of the client that are not open are not there."""
    faults: dict[str, list[str]] = {}
    about = _About(
        persona=_of_client(Persona, relationship, persona_id),
        job=Job.objects.select_related("source").filter(pk=job_id).first() if job_id else None,
        resume=_of_client(Resume, relationship, resume_id),
    )
    needed, allowed = _NAMES[kind]
    for name, given in (("persona", persona_id), ("job", job_id), ("resume", resume_id)):
        if given and name not in allowed:
            faults[name] = [_("A suggestion of this kind names no such thing. Leave it out.")]
        elif getattr(about, name) is None and (given or name == needed):
            faults[name] = [str(_NOT_THERE[name])]
    job = about.job
    if job is not None and job.closed_at is not None and job.source.kind != JobSource.Kind.ARCHIVE:
        faults["job"] = [_("This job has closed. Choose one that is open.")]
    return about, faults


def _of_client(model: Any, relationship: Relationship, pk: UUID | None) -> Any:
    return model.objects.filter(user_id=relationship.client_id, pk=pk).first() if pk else None


_NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    Suggestion.Kind.WEIGHTS: ("", ()),
    Suggestion.Kind.PERSONA: ("persona", ("persona",)),
    Suggestion.Kind.JOB: ("job", ("job", "persona")),
    Suggestion.Kind.SKILL: ("", ()),
    Suggestion.Kind.RESUME: ("resume", ("resume",)),
}
"""What a suggestion of each kind has to name, and what it may."""

_NOT_THERE: Mapping[str, Any] = {
    "persona": gettext_lazy("Choose one of your client’s personas."),
    "job": gettext_lazy("Choose a job: there is none of this number."),
    "resume": gettext_lazy("Choose one of your client’s résumés."),
}


def _remember_texts(resume: Resume, kept: dict[str, Any]) -> dict[str, list[str]]:
    """Keep with each edit the mark of the text that it would replace, so that no other text is ever replaced by it."""
    for edit in kept["edits"]:
        text = find_text(resume.document, edit["pointer"])
        if text is None:
            words = {"pointer": edit["pointer"][:60]}
            return {"edits": [_("The résumé holds no text at “%(pointer)s”. Choose another place.") % words]}
        if text == edit["text"]:
            words = {"place": name_place(edit["pointer"])}
            return {"edits": [_("“%(place)s” says this already. Change it, or leave it out.") % words]}
        edit["was"] = fingerprint(text)
    return {}


# --- answering one ---------------------------------------------------------------------------------------------------


def _take(suggestion: Suggestion, client: User) -> Suggestion:
    """Wait for the client's other changes, then hold a suggestion of theirs that is not answered yet."""
    take_turns(client.pk)
    own = Suggestion.objects.owned_by(client).filter(pk=suggestion.pk)
    # Whoever takes it back at the same time is waited for.
    if own.select_for_update(no_key=True).first() is None:
        raise _gone()
    now: Suggestion = own.select_related("relationship", "coach", "job__source", "resume", "persona").get()
    if now.status == Suggestion.Status.WITHDRAWN:
        raise Answered({"suggestion": [_("Your coach took this suggestion back.")]})
    if now.status != Suggestion.Status.OPEN:
        raise Answered({"suggestion": [_("You have answered this suggestion already.")]})
    return now


def _answer(suggestion: Suggestion, status: str, answer: str) -> None:
    suggestion.status, suggestion.answer = status, answer
    suggestion.save(update_fields=["status", "answer"])


def _apply_weights(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> None:
    values: dict[str, Any] = {field: Decimal(proposed[field]) for field in WEIGHTS}
    own = TunerSettings.objects.owned_by(client)
    same = own.filter(name__iexact=proposed["name"], **values).first()
    if same is not None:
        # Kept already under this very name: it only becomes the default.
        tuner.edit_preset(preset=same, values={"is_default": True})
        return
    name = _free_name(proposed["name"], {each.casefold() for each in own.values_list("name", flat=True)})
    tuner.create_preset(user=client, values={"name": name, "is_default": True, **values})


def _apply_persona(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> None:
    persona = suggestion.persona
    if persona is None:
        raise _gone()
    details: Any = {
        field: value for field, value in proposed.items() if field in PersonaDetails.__annotations__
    }
    wishes: Any = {
        field: value for field, value in proposed.items() if field in PreferenceValues.__annotations__
    }
    edit_persona(persona=persona, details=details, preferences=wishes)


def _apply_job(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> None:
    for match in dismissed_matches(suggestion, client):
        restore_match(match=match)


def _apply_skill(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> None:
    held = held_skill(client.pk, proposed["name"])
    if held is not None:
        change_skill_level(skill=held, level=proposed["level"])
        return
    add_skill(user=client, name=proposed["name"], level=proposed["level"], source=UserSkill.Source.INPUT)


def _apply_resume(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> None:
    resume = suggestion.resume
    if resume is None:
        raise _gone()
    edit_resume_texts(resume=resume, texts={each["pointer"]: each["text"] for each in proposed["edits"]})


_APPLIERS: Mapping[str, Callable[[Suggestion, Any, Mapping[str, Any]], None]] = {
    "weights": _apply_weights,
    "persona": _apply_persona,
    "job": _apply_job,
    "skill": _apply_skill,
    "resume": _apply_resume,
}


def _free_name(name: str, taken: set[str]) -> str:
    """The name, with a number after it where it is taken."""
    if name.casefold() not in taken:
        return name
    numbered = (f"{name[: MAX_NAME_LENGTH - 6]} ({number})" for number in itertools.count(2))
    return next(each for each in numbered if each.casefold() not in taken)


def _gone() -> Gone:
    return Gone({"suggestion": [_("There is no such suggestion, or not any more.")]})
