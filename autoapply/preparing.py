"""What one application will carry, built from facts and answers alone, and what it would look like when it leaves.

Whatever an opening insists on and nobody has said is named in `missing`, with what would mend it; nothing takes its place.
The kit keeps the form as it was read and every word that answers it, so that `write_outgoing` gives the same bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import override

from autoapply import employer_keys
from autoapply.answer_words import missing_words, origin_words
from autoapply.answers import answers_given_once, known_answers
from autoapply.applicant import ANSWERS, RESUME, Applicant, Fact, Opening, letter_facts, read_applicant
from autoapply.channels import CHANNELS
from autoapply.channels.protocol import (
    CONSENT,
    AddressRefused,
    Answered,
    Channel,
    FileContents,
    FileRefused,
    Form,
    FormUnreadable,
    KitContents,
    NotAnswered,
    Outgoing,
    PostingGone,
    Unsendable,
    form_as_json,
    form_from_json,
    standing_questions,
)
from autoapply.destination import Destination, read_destination
from autoapply.letter_templates import find_letter
from autoapply.letters import fill_letter
from autoapply.models import Application, Kit
from autoapply.questions import Question, Sheet, answer_questions, topic_of
from personas.identity import acting_as
from personas.models import Resume, ResumeFile

NAMES = ("first_name", "last_name")
"""Parts of a name that a form may want apart; where the name does not tell them, their answers do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A kit as it was kept, and what it lacks: [{code, label, …}], `label` being a sentence.

    Codes: answer (with id, question, kind, required, options, topic, because), phone, location, name (the same, for what
    every form asks), file (id, question: one that is no résumé, which cannot be given here), resume, resume_file (because none, too_large, wrong_type, empty; limit, types), letter, letter_field
    (fields, letter), email_not_confirmed, address, or another code of Unsendable.
    """

    kit: Kit
    missing: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdict(self) -> Literal["ready", "parked"]:
        """Whether it can go on to its person's review."""
        return "parked" if self.missing else "ready"


def build_kit(*, application: Application, at: datetime, form: Form | None = None) -> Prepared:
    """Build and keep what an application carries, acting for its owner; without `form` the opening's form is read now.

    Raises PostingGone where the opening is not there any more, FormUnreadable where its form cannot be read now.
    """
    if application.job is None:
        raise PostingGone
    with acting_as(application.user_id), override(application.user.locale):
        if form is None:
            form = _read_form(application)
        if form.closed:
            raise PostingGone
        return _Building(application, form, at).build()


def write_outgoing(*, application: Application) -> Outgoing:
    """What would leave the house for a kept kit: the same bytes each time, while kit, résumé and opening are the same.

    Act for its owner. Raises Unsendable for what can no longer be sent so, KeyUnreadable, or Kit.DoesNotExist.
    """
    kit = Kit.objects.get(application=application)
    with override(application.user.locale):
        return _write(application, kit, _resume_file(kit))


def destination_of(application: Application) -> Destination:
    """Where an application goes: the opening that it is for, whatever address the job has got since; raises PostingGone."""
    job = application.job
    addresses = [(application.job_url, "")]
    if job is not None:
        addresses.append((job.apply_url, job.url))
    for apply_url, url in addresses:
        found = read_destination(apply_url=apply_url, url=url, job_id=str(application.job_id))
        if found.apply_key == application.apply_key:
            return found
    raise PostingGone


class _Building:
    """One kit in the making: what it says, and what it lacks so far."""

    def __init__(self, application: Application, form: Form, at: datetime) -> None:
        self.application, self.user, self.at = application, application.user, at
        self.form = replace(form, questions=[_with_topic(each) for each in form.questions])
        self.channel: Channel = CHANNELS[application.channel]
        self.missing: list[dict[str, Any]] = []
        self.resume = _resume_of(application)
        self.known = known_answers(user_id=self.user.pk, time_zone=self.user.time_zone)
        self.here = answers_given_once(Kit.objects.filter(application=application).first())
        self.applicant = self._with_answers(read_applicant(user=self.user, resume=self.resume))

    def build(self) -> Prepared:
        """Everything in the order of the page; the receiver's own rules last, over what has come together."""
        sends = self.channel.capabilities.sends
        if sends and not self.applicant.email_confirmed:
            self._lack("email_not_confirmed")
        file = self._find_file()
        letter = self._write_letter()
        sheet = answer_questions(self.form.questions, self.known, here=self.here)
        for each in sheet.missing:
            self._lack_answer(each.question, each.because)
        kit = self._keep(letter, file, self._rows(sheet))
        outgoing = self._try_to_write(kit, file)
        if outgoing is not None and sends and not self.missing:
            kit.request_sha256 = outgoing.sha256
            kit.save(update_fields=["request_sha256"])
        return Prepared(kit, self.missing)

    # --- what it says

    def _with_answers(self, applicant: Applicant) -> Applicant:
        """What the résumé does not state and the person has answered themselves."""
        stated = {"name": applicant.name, "phone": applicant.phone, "location": applicant.location}
        asked = [standing_questions()[name] for name, fact in stated.items() if not fact.value]
        sheet = answer_questions(asked, self.known, here=self.here)
        told = {each.question.id: Fact(each.value, ANSWERS) for each in sheet.answered}
        name, phone, location = ({**stated, **told}[each] for each in ("name", "phone", "location"))
        return replace(applicant, name=name, phone=phone, location=location)

    def _find_file(self) -> ResumeFile | None:
        if self.form.needs.resume == "off":
            return None
        if self.resume is None:
            self._lack("resume")
            return None
        file: ResumeFile | None = ResumeFile.objects.filter(user_id=self.user.pk, resume=self.resume).first()
        if file is None:
            self._lack("resume_file", because="none")
        return file

    def _write_letter(self) -> str:
        """The person's letter, filled; empty where they have none, it is not taken, or a fact is not known."""
        is_taken = self.channel.capabilities.takes_letter and self.form.needs.letter != "off"
        template = find_letter(user_id=self.user.pk, persona_id=self.application.persona_id)
        if template is None or not is_taken:
            return ""
        letter = fill_letter(template.body, self._letter_facts())
        fields = [*letter.unmet, *letter.faults.unknown]
        if not letter.text:
            self._lack("letter_field", fields=fields, letter=template.name, letter_id=str(template.pk))
        return letter.text

    def _letter_facts(self) -> dict[str, str]:
        job, application = self.application.job, self.application
        skills = (*job.required_skills, *job.preferred_skills) if job is not None else ()
        opening = Opening(application.job_title, application.company, skills)
        return letter_facts(user=self.user, applicant=self.applicant, opening=opening, at=self.at)

    def _rows(self, sheet: Sheet) -> list[dict[str, Any]]:
        """What is answered; where nobody can tell what the form asks, everything that could be."""
        if self.form.questions or self.channel.capabilities.sends:
            return _as_rows(sheet)
        return [
            {
                "id": f"bank:{key}",
                "label": known.asked,
                "kind": "long_text",
                "value": known.text,
                "shown": known.text,
                "source": known.source,
                "given_on": known.given_on.isoformat(),
            }
            for key, known in sorted(self.known.items())
        ]

    def _keep(self, letter: str, file: ResumeFile | None, rows: list[dict[str, Any]]) -> Kit:
        stored = form_as_json(self.form)
        files = []
        if file is not None:
            told = {"name": file.name, "media_type": file.media_type, "sha256": file.sha256}
            files = [{**told, "size": len(file.content)}]
        values = {
            "user_id": self.user.pk,
            "resume": self.resume,
            "fields": _fields(self.applicant),
            "questions": stored.pop("questions"),
            "form": stored,
            "questions_read_at": self.at,
            "answers": rows,
            "letter": letter,
            "files": files,
            "request_sha256": "",
            "built_at": self.at,
        }
        kit: Kit = Kit.objects.update_or_create(application=self.application, defaults=values)[0]
        return kit

    def _try_to_write(self, kit: Kit, file: ResumeFile | None) -> Outgoing | None:
        """What would leave; where it cannot, the receiver's reasons are among what is missing."""
        try:
            return _write(self.application, kit, file)
        except NotAnswered as refused:
            names = [each for each in refused.questions if each.id in NAMES]
            sheet = answer_questions(names, self.known, here=self.here)
            if sheet.answered and not {each["id"] for each in kit.answers} & set(NAMES):
                kit.answers = [*kit.answers, *_as_rows(sheet)]
                kit.save(update_fields=["answers"])
                return self._try_to_write(kit, file)
            for each in refused.questions:
                self._lack_standing(each)
        except FileRefused as refused:
            limits = {"limit": refused.limit, "types": list(refused.types)}
            self._lack("resume_file", because=refused.code, **limits)
        except Unsendable as refused:
            self._lack(refused.code)
        return None

    # --- what it lacks

    def _lack(self, code: str, **facts: Any) -> None:
        self.missing.append({"code": code, "label": missing_words(code, facts), **facts})

    def _lack_answer(self, question: Question, because: str, *, code: str = "answer") -> None:
        if any(each.get("id") == question.id for each in self.missing):
            return
        if question.kind == "file":
            self._lack("file", id=question.id, question=question.label)
            return
        self.missing.append(
            {
                "code": code,
                "id": question.id,
                "label": question.label,
                "kind": question.kind,
                "required": question.required,
                "options": [list(each) for each in question.options],
                "topic": question.topic,
                "because": because,
            }
        )

    def _lack_standing(self, question: Question) -> None:
        """What the receiver's rules miss, where nothing that is named already explains it."""
        codes = {each["code"] for each in self.missing}
        if question.id == "resume" or (question.id == "letter" and "letter_field" in codes):
            return  # named where the file was looked for, or the letter filled
        if question.id == "letter":
            self._lack("letter")
        elif question.id == "email":
            self._lack("email")
        elif question.id in ("name", "phone", "location"):
            self._lack_answer(question, "none", code=question.id)
        else:
            refused = question.id.startswith(CONSENT) and self._is_answered(question)
            self._lack_answer(question, "consent_refused" if refused else "none")

    def _is_answered(self, question: Question) -> bool:
        return bool(answer_questions([question], self.known, here=self.here).answered)


def _read_form(application: Application) -> Form:
    destination = destination_of(application)
    try:
        return CHANNELS[application.channel].read_form(destination, key=_key_of(application, destination))
    except AddressRefused:
        # What is wrong with the address is said by whoever would write to it.
        return Form()
    except employer_keys.KeyUnreadable:
        raise FormUnreadable("no_key") from None


def _write(application: Application, kit: Kit, file: ResumeFile | None) -> Outgoing:
    destination = destination_of(application)
    return CHANNELS[application.channel].write(
        destination,
        _contents(application, kit, file),
        key=_key_of(application, destination),
        idempotency_key=application.key,
    )


def _contents(application: Application, kit: Kit, file: ResumeFile | None) -> KitContents:
    """A kept kit as channels read it; a file that is no longer the kept one does not go."""
    told = {each["name"]: each["value"] for each in kit.fields}
    resume = None
    if file is not None and [file.sha256] == [each["sha256"] for each in kit.files]:
        resume = FileContents(file.name, file.media_type, bytes(file.content))
    return KitContents(
        name=told.get("name", ""),
        email=told.get("email", ""),
        form=form_from_json({**kit.form, "questions": kit.questions}),
        phone=told.get("phone", ""),
        location=told.get("location", ""),
        links=[(each["label"], each["value"]) for each in kit.fields if each["name"] == "link"],
        letter=kit.letter,
        resume=resume,
        answers=[Answered(each["id"], each["kind"], each["value"]) for each in kit.answers],
        job_title=application.job_title,
    )


def _key_of(application: Application, destination: Destination) -> str | None:
    if not CHANNELS[application.channel].capabilities.needs_key:
        return None
    return employer_keys.read_key(channel=application.channel, board=destination.board)


def _resume_of(application: Application) -> Resume | None:
    """The persona's résumé; without a persona the one that the person made their default."""
    if application.persona is not None:
        return application.persona.resume
    default: Resume | None = Resume.objects.filter(user_id=application.user_id, is_default=True).first()
    return default


def _resume_file(kit: Kit) -> ResumeFile | None:
    file: ResumeFile | None = ResumeFile.objects.filter(resume=kit.resume_id, user_id=kit.user_id).first()
    return file


def _with_topic(question: Question) -> Question:
    return replace(question, topic=topic_of(question.label)) if question.topic == "other" else question


def _fields(applicant: Applicant) -> list[dict[str, str]]:
    """The standing facts with where each was taken from, in words."""
    standing = standing_questions()
    facts = (
        ("name", applicant.name),
        ("email", applicant.email),
        ("phone", applicant.phone),
        ("location", applicant.location),
    )
    rows = [
        {
            "name": name,
            "label": standing[name].label,
            "value": fact.value,
            "source": origin_words(fact.source),
        }
        for name, fact in facts
        if fact.value
    ]
    links = [
        {"name": "link", "label": label, "value": address, "source": origin_words(RESUME)}
        for label, address in applicant.links
    ]
    return [*rows, *links]


def _as_rows(sheet: Sheet) -> list[dict[str, Any]]:
    return [
        {
            "id": each.question.id,
            "label": each.question.label,
            "kind": each.question.kind,
            "value": each.value,
            "shown": each.shown,
            "source": each.source,
            "given_on": each.given_on.isoformat(),
        }
        for each in sheet.answered
    ]
