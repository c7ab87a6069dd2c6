"""What a person keeps about applications: how far each has come, those sent elsewhere, notes, contacts and follow-ups.

The state of an application on its way out is not touched here; only its stage, and what stands beside it. Whoever changes
something waits for the person's other changes, so that limits hold whatever happens at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from autoapply.closing import QUIET_DAYS
from autoapply.destination import read_destination
from autoapply.models import Application, Contact, FollowUp, Note
from autoapply.models.clock import clock
from autoapply.states import BEFORE_SENDING
from autoapply.weeks import local_day, zone_of
from matching.models import Job, Match
from personas.checking import ACCOUNT_RULES, MAX_DESCRIPTION_LENGTH, PERSONA_RULES, Rules, check_values
from personas.companies import company_key
from personas.models import Persona, User
from personas.services import Gone, Refused, Taken, ValuesRefused, take_turns

MAX_NOTES = 200
"""Notes of one application; together they are as long as a book."""
MAX_CONTACTS = 30
"""Contacts of one application."""
MAX_FOLLOW_UPS = 100
"""Follow-ups of one application, those done among them."""
MAX_NOTE_LENGTH = MAX_DESCRIPTION_LENGTH
MAX_PHONE_LENGTH = 50
MAX_URL_LENGTH = 2000
MAX_KEY_LENGTH = 500
FARTHEST = timedelta(days=3660)
"""How far ahead a follow-up may lie: ten years."""
EARLIEST = date(2000, 1, 1)
"""The first day on which an application may have been sent."""

RECORDED = "recorded"
"""The reason of the steps of an application that was sent elsewhere and noted here."""
SUGGESTED = "suggested"
"""The reason of a stage that was set because closing was suggested."""

ON_ITS_WAY = (*BEFORE_SENDING, "submitting")
"""States in which there is nothing yet that an employer could have made of it."""


class StageRefused(Refused):
    """Raised for a stage of an application that is still on its way out."""


class TooMany(Refused):
    """Raised when an application has as many notes, contacts or follow-ups as may be kept."""


class AlreadyApplied(Taken):
    """Raised when the person has applied to this opening before, in whatever way; `application` is that one."""

    def __init__(self, faults: Mapping[str, list[str]], application: Application) -> None:
        super().__init__(faults)
        self.application = application


# --- applications ----------------------------------------------------------------------------------------------------


def find_application(*, user: User, job: Job) -> Application | None:
    """The person's application to this opening, by its job or by the address of another posting of it."""
    return _find(user, job_id=job.pk, apply_key=_key_of(job))


def record_application(
    *,
    user: User,
    sent_on: date,
    at: datetime,
    job: Job | None = None,
    persona: Persona | None = None,
    values: Mapping[str, Any] | None = None,
) -> Application:
    """Note an application that was sent elsewhere, to `job` or to what `values` say (title, company, url).

    `at` is now. Raises AlreadyApplied, ValuesRefused, or Gone where the account is deleted.
    """
    zone = zone_of(user.time_zone)
    rules = {**_RECORD_RULES, "sent_on": _day_between(EARLIEST, local_day(at, zone))}
    typed = {"title": "", "company": "", "url": "", **(values or {})} if job is None else {}
    checked = _checked({**typed, "sent_on": sent_on}, rules)
    # The day alone is known: its noon stays the same day in most other time zones.
    noon = datetime.combine(checked["sent_on"], time(12), zone).astimezone(UTC)
    fields = _fields_of(job) if job else _fields_typed(checked)
    score = (
        Match.objects.owned_by(user).filter(persona=persona, job=job).values_list("match_score", flat=True)
    )
    sent_at = min(at, noon)
    with transaction.atomic():
        take_turns(user.pk)
        try:
            with transaction.atomic():
                application: Application = Application.objects.create(
                    **fields,
                    user=user,
                    job=job,
                    persona=persona,
                    origin=Application.Origin.PERSON,
                    channel=Application.Channel.RECORD,
                    status=Application.Status.SUBMITTED,
                    stage=Application.Stage.APPLIED,
                    match_score=score.first() if persona and job else None,
                    sent_at=sent_at,
                    stage_at=sent_at,
                    resolved_by=Application.Actor.PERSON,
                    resolved_at=at,
                    moved_by=Application.Actor.PERSON,
                    moved_because=RECORDED,
                    moved_at=at,
                )
        except IntegrityError as error:
            refusing = _constraint_of(error)
            if refusing not in (*_ONE_EACH, _PERSONA_KEY):
                raise
        else:
            return application
        if refusing == _PERSONA_KEY:
            raise ValuesRefused(
                {"persona": [_("This persona is not there any more. Choose another, or none.")]}
            )
        raise _already_applied(user, job_id=job.pk if job else None, apply_key=fields["apply_key"])


def set_stage(
    *, application: Application, stage: str, today: date, day: date | None = None, because: str = ""
) -> Application:
    """Say how far the employer has come; a `day` (of an interview, of an answer that is due) becomes a follow-up.

    `today` is the day on the person's calendar. Raises StageRefused, ValuesRefused, TooMany or Gone.
    """
    rules: Rules = {"stage": _stage, "day": _day_ahead(today)}
    checked = _checked({"stage": stage, **({"day": day} if day else {})}, rules)
    if day and stage not in _WHAT_ON_A_DAY:
        raise ValuesRefused({"day": [_("This stage ends the application: leave the day empty.")]})
    with transaction.atomic():
        take_turns(application.user_id)
        own = Application.objects.filter(pk=application.pk, user_id=application.user_id)
        movable = own.exclude(status__in=ON_ITS_WAY)
        moved = movable.exclude(stage=stage).update(
            stage=stage,
            stage_at=clock(),
            moved_by=Application.Actor.PERSON,
            moved_because=because,
            moved_at=clock(),
        )
        if not moved and not movable.exists():
            raise _on_its_way() if own.exists() else _gone()
        if day:
            _add_follow_up(application, due_on=checked["day"], what=_WHAT_ON_A_DAY[stage]())
    application.refresh_from_db(
        fields=["status", "stage", "stage_at", "moved_by", "moved_because", "moved_at"]
    )
    return application


def wait_longer(*, application: Application, today: date) -> FollowUp:
    """Plan to look at an application again in 30 days, until when closing it is not suggested; raise TooMany or Gone."""
    with transaction.atomic():
        take_turns(application.user_id)
        what = _("Look whether there is an answer")
        return _add_follow_up(application, due_on=today + timedelta(days=QUIET_DAYS), what=what)


# --- what stands beside ----------------------------------------------------------------------------------------------


def add_note(*, application: Application, body: str) -> Note:
    """Keep a note; raise ValuesRefused, TooMany or Gone."""
    body = _checked({"body": body}, _NOTE_RULES)["body"]
    with transaction.atomic():
        take_turns(application.user_id)
        limit = _("There are %(limit)s notes, which is as many as there can be. Delete one first.")
        _judge_room(application, Note, field="body", most=MAX_NOTES, sentence=limit)
        note: Note = Note.objects.create(user_id=application.user_id, application=application, body=body)
    return note


def delete_note(*, note: Note) -> None:
    """Delete a note."""
    Note.objects.filter(pk=note.pk, user_id=note.user_id).delete()


def add_contact(*, application: Application, values: Mapping[str, Any]) -> Contact:
    """Keep somebody at the employer (name, role, email, phone); raise ValuesRefused, TooMany or Gone."""
    kept = _checked({"name": "", **values}, _CONTACT_RULES)
    with transaction.atomic():
        take_turns(application.user_id)
        limit = _("There are %(limit)s contacts, which is as many as there can be. Delete one first.")
        _judge_room(application, Contact, field="name", most=MAX_CONTACTS, sentence=limit)
        contact: Contact = Contact.objects.create(
            user_id=application.user_id, application=application, **kept
        )
    return contact


def edit_contact(*, contact: Contact, values: Mapping[str, Any]) -> Contact:
    """Change what is given of a contact; raise ValuesRefused, or Gone where it was deleted meanwhile."""
    kept = _checked(values, _CONTACT_RULES)
    with transaction.atomic():
        take_turns(contact.user_id)
        if not Contact.objects.filter(pk=contact.pk, user_id=contact.user_id).update(**kept):
            raise _gone()
    for field, value in kept.items():
        setattr(contact, field, value)
    return contact


def delete_contact(*, contact: Contact) -> None:
    """Delete a contact."""
    Contact.objects.filter(pk=contact.pk, user_id=contact.user_id).delete()


def add_follow_up(*, application: Application, due_on: date, what: str, today: date) -> FollowUp:
    """Plan something for a day from today on; raise ValuesRefused, TooMany or Gone."""
    rules: Rules = {"due_on": _day_ahead(today), "what": _what}
    kept = _checked({"due_on": due_on, "what": what}, rules)
    with transaction.atomic():
        take_turns(application.user_id)
        return _add_follow_up(application, **kept)


def finish_follow_up(*, follow_up: FollowUp, done: bool, at: datetime) -> None:
    """Say that something is done, or (`done` false) that it still is to be done; raise Gone."""
    own = FollowUp.objects.filter(pk=follow_up.pk, user_id=follow_up.user_id)
    # What is done already keeps its time.
    changed = own.filter(done_at__isnull=done).update(done_at=at if done else None)
    if not changed and not own.exists():
        raise _gone()


def delete_follow_up(*, follow_up: FollowUp) -> None:
    """Delete a follow-up."""
    FollowUp.objects.filter(pk=follow_up.pk, user_id=follow_up.user_id).delete()


# --- inside ----------------------------------------------------------------------------------------------------------


def _add_follow_up(application: Application, *, due_on: date, what: str) -> FollowUp:
    limit = _("There are %(limit)s follow-ups, which is as many as there can be. Delete one first.")
    _judge_room(application, FollowUp, field="what", most=MAX_FOLLOW_UPS, sentence=limit)
    planned: FollowUp = FollowUp.objects.create(
        user_id=application.user_id, application=application, due_on=due_on, what=what
    )
    return planned


def _judge_room(application: Application, model: Any, *, field: str, most: int, sentence: str) -> None:
    """Raise Gone where the application was deleted meanwhile, TooMany where it has as many rows as may be kept."""
    own = {"pk": application.pk, "user_id": application.user_id}
    if not Application.objects.filter(**own).exists():
        raise _gone()
    if model.objects.filter(application_id=application.pk, user_id=application.user_id).count() >= most:
        raise TooMany({field: [sentence % {"limit": most}]})


def _find(user: User, *, job_id: UUID | None, apply_key: str) -> Application | None:
    """The person's application to this job, else that to the same opening."""
    same = Q(apply_key=apply_key) | Q(job_id=job_id) if job_id else Q(apply_key=apply_key)
    found = list(Application.objects.owned_by(user).filter(same).order_by("created_at", "pk"))
    by_job = (each for each in found if job_id and each.job_id == job_id)
    return next(by_job, found[0] if found else None)


def _key_of(job: Job) -> str:
    destination = read_destination(apply_url=job.apply_url, url=job.url, job_id=str(job.pk))
    return _storable_key(destination.apply_key)


def _storable_key(key: str) -> str:
    """The key as its column holds it: an address may spell a NUL, and be longer than any that leads somewhere."""
    return key.replace("\0", "")[:MAX_KEY_LENGTH]


def _fields_of(job: Job) -> dict[str, str]:
    return {
        "apply_key": _key_of(job),
        "job_title": job.title,
        "company": job.company,
        "company_key": job.company_key or company_key(job.company),
        "job_url": job.apply_url or job.url,
    }


def _fields_typed(checked: Mapping[str, Any]) -> dict[str, str]:
    typed = f"typed:{uuid4()}"
    address = read_destination(apply_url="", url=checked["url"], job_id="")
    return {
        "apply_key": _storable_key(address.apply_key) if address.system else typed,
        "job_title": checked["title"],
        "company": checked["company"],
        "company_key": company_key(checked["company"]),
        "job_url": checked["url"],
    }


def _already_applied(user: User, *, job_id: UUID | None, apply_key: str) -> AlreadyApplied:
    application = _find(user, job_id=job_id, apply_key=apply_key)
    if application is None:
        raise _gone()
    sentence = _(
        "This application is kept here already. There is one for each opening, so that none is sent twice."
    )
    return AlreadyApplied({"": [sentence]}, application)


def _constraint_of(error: IntegrityError) -> str:
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


def _stage(code: str) -> str:
    if code not in Application.Stage.values:
        raise ValueError(_("Choose one of the stages."))
    return code


def _day_ahead(today: date) -> Callable[[date], date]:
    def check(day: date) -> date:
        if not today <= day <= today + FARTHEST:
            raise ValueError(_("Give a day from today on, within the next ten years."))
        return day

    return check


def _day_between(first: date, last: date) -> Callable[[date], date]:
    def check(day: date) -> date:
        if day > last:
            raise ValueError(_("This day is still ahead. Give the day on which you sent it."))
        if day < first:
            raise ValueError(_("Give a day from the year %(year)s on.") % {"year": first.year})
        return day

    return check


def _what(text: str) -> str:
    line: str = ACCOUNT_RULES["display_name"](text)
    if not line:
        raise ValueError(_("Say what is to be done."))
    return line


def _note(text: str) -> str:
    body: str = PERSONA_RULES["description"](text)
    if not body:
        raise ValueError(_("Write the note first."))
    return body


def _title(text: str) -> str:
    line: str = ACCOUNT_RULES["display_name"](text)
    if not line:
        raise ValueError(_("Say what the job is called."))
    return line


def _who(text: str) -> str:
    line: str = ACCOUNT_RULES["display_name"](text)
    if not line:
        raise ValueError(_("Say who it is."))
    return line


def _email(text: str) -> str:
    line: str = ACCOUNT_RULES["display_name"](text)
    if line:
        try:
            validate_email(line)
        except ValidationError:
            raise ValueError(_("This is no e-mail address. One such as anna@example.com is.")) from None
    return line


def _phone(text: str) -> str:
    line: str = ACCOUNT_RULES["display_name"](text)
    if len(line) > MAX_PHONE_LENGTH:
        raise ValueError(_("A telephone number has at most %(limit)s signs.") % {"limit": MAX_PHONE_LENGTH})
    return line


def _url(text: str) -> str:
    address = text.strip()
    if not address:
        return ""
    if len(address) > MAX_URL_LENGTH or any(sign.isspace() or not sign.isprintable() for sign in address):
        raise ValueError(
            _("An address has at most %(limit)s signs and no blanks.") % {"limit": MAX_URL_LENGTH}
        )
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise ValueError(_("Give the address of a page, beginning with https://."))
    return address


_NOTE_RULES: Rules = {"body": _note}
_CONTACT_RULES: Rules = {
    "name": _who,
    "role": ACCOUNT_RULES["display_name"],
    "email": _email,
    "phone": _phone,
}
_RECORD_RULES: Rules = {"title": _title, "company": ACCOUNT_RULES["display_name"], "url": _url}
_ONE_EACH = ("application_is_one_per_person_and_job", "application_is_one_per_person_and_opening")
_PERSONA_KEY = "auto_apply_applications_persona_id_fk"
_WHAT_ON_A_DAY: Mapping[str, Callable[[], str]] = {
    "applied": lambda: _("Ask how it stands"),
    "screening": lambda: _("Ask how it stands"),
    "interview": lambda: pgettext("what to do on a day", "Interview"),
    "offer": lambda: _("Answer the offer"),
}


def _checked(values: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    kept, faults = check_values(values, rules)
    if faults:
        raise ValuesRefused(faults)
    return kept


def _on_its_way() -> StageRefused:
    return StageRefused(
        {
            "stage": [
                _(
                    "It is still on its way out. Its stage begins once it is sent; cancel it if you applied another way."
                )
            ]
        }
    )


def _gone() -> Gone:
    return Gone({"id": [_("This is not there any more: it was deleted meanwhile.")]})
