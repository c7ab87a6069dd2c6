"""Pages of what an application says for somebody: the answer bank, cover letters, and the kit of one application."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autoapply import answers, letter_templates
from autoapply.answer_forms import AnswerForm, ChangedAnswerForm, LetterForm, changed_forms
from autoapply.answer_words import SOURCE_WORDS, letter_faults_words, unmet_words
from autoapply.applicant import Opening, letter_facts, read_applicant
from autoapply.letters import Letter, fill_letter
from autoapply.models import Answer, Application, Kit, LetterTemplate
from autoapply.states import BEFORE_SENDING
from matching.models import Match
from personas.accounts import SignedInRequest
from personas.models import Persona, ResumeFile
from personas.services import Gone, Refused

require_form = require_http_methods(["GET", "HEAD", "POST"])


class AnswerRow(NamedTuple):
    """One kept answer as it stands on the page, and the form that changes it."""

    answer: Answer
    source: Any
    form: ChangedAnswerForm


class TopicGroup(NamedTuple):
    """The answers of one topic."""

    code: str
    heading: str
    rows: list[AnswerRow]


class Preview(NamedTuple):
    """A letter filled for one of the person's matches; `faults` are sentences where it cannot be."""

    match: Match | None
    text: str = ""
    faults: Iterable[str] = ()


# --- answers ---------------------------------------------------------------------------------------------------------


@require_form
def list_answers(request: SignedInRequest) -> HttpResponse:
    """Everything that the person has answered, by topic, and a form to add to it."""
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = answers.add_answer(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("Kept under “%(topic)s”.") % {"topic": kept.get_topic_display()})
            return redirect("autoapply:answers")
    return _answers_page(request, form=form)


@require_form
def change_answer(request: SignedInRequest, answer_id: UUID) -> HttpResponse:
    """Change one answer where it stands."""
    kept = _own_answer(request, answer_id)
    form = ChangedAnswerForm(request.POST or None, kept=kept)
    if request.method == "POST" and form.is_valid():
        try:
            answers.change_answer(answer=kept, values=form.cleaned_data)
        except Gone:
            raise Http404 from None
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("The answer is changed."))
            return redirect(f"{reverse('autoapply:answers')}#a{answer_id.hex}")
    return _answers_page(request, form=AnswerForm(), changed={answer_id: form})


@require_form
def remove_answer(request: SignedInRequest, answer_id: UUID) -> HttpResponse:
    """Ask, then take an answer out."""
    kept = _own_answer(request, answer_id)
    if request.method == "POST":
        answers.remove_answer(answer=kept)
        messages.success(request, _("The answer is taken out."))
        return redirect("autoapply:answers")
    return render(request, "autoapply/answers_remove.html", {"answer": kept})


def _own_answer(request: SignedInRequest, pk: UUID) -> Answer:
    answer: Answer = get_object_or_404(Answer.objects.owned_by(request.user), pk=pk)
    return answer


def _answers_page(
    request: SignedInRequest, *, form: AnswerForm, changed: dict[Any, ChangedAnswerForm] | None = None
) -> HttpResponse:
    kept = list(Answer.objects.owned_by(request.user).order_by("question_key", "pk"))
    context = {
        "form": form,
        "groups": _groups(kept, changed or {}),
        "number": len(kept),
        "opened": changed or {},
    }
    return render(request, "autoapply/answers.html", context)


def _groups(kept: list[Answer], changed: dict[Any, ChangedAnswerForm]) -> list[TopicGroup]:
    """The answers by topic, the plain ones first."""
    of_each = {**changed_forms(kept), **changed}
    groups = []
    for topic in ("other", "pay", "visa", "legal", "demographic"):
        rows = [
            AnswerRow(each, SOURCE_WORDS[each.source], of_each[each.pk])
            for each in kept
            if each.topic == topic
        ]
        if rows:
            # "Anything else" would be an odd thing to begin with.
            heading = _("General") if topic == "other" else str(Answer.Topic(topic).label)
            groups.append(TopicGroup(topic, heading, rows))
    return groups


# --- letters ---------------------------------------------------------------------------------------------------------


@require_GET
def list_letters(request: SignedInRequest) -> HttpResponse:
    """Every letter, that for all personas first."""
    letters = (
        LetterTemplate.objects.owned_by(request.user)
        .select_related("persona")
        .order_by("persona__name", "pk")
    )
    ordered = sorted(letters, key=lambda each: each.persona_id is not None)
    return render(request, "autoapply/letters.html", {"letters": ordered})


@require_form
def write_letter(request: SignedInRequest) -> HttpResponse:
    """A new letter."""
    form = LetterForm(request.POST or None, user=request.user)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        try:
            letter = letter_templates.create_letter(user=request.user, values=_letter_values(form))
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is kept.") % {"name": letter.name})
            return redirect("autoapply:letters")
    return _letter_page(request, form)


@require_form
def edit_letter(request: SignedInRequest, letter_id: UUID) -> HttpResponse:
    """A letter, and how it reads for a job."""
    letter = _own_letter(request, letter_id)
    form = LetterForm(request.POST or None, user=request.user, letter=letter)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        try:
            letter_templates.edit_letter(letter=letter, values=_letter_values(form))
        except Gone:
            raise Http404 from None
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is changed.") % {"name": letter.name})
            return redirect("autoapply:letters")
    return _letter_page(request, form, letter=letter)


@require_POST
def preview_letter(request: SignedInRequest) -> HttpResponse:
    """How what is being typed reads for a job, for the place beside the form."""
    form = LetterForm(request.POST, user=request.user)
    return render(request, "autoapply/_letter_preview.html", {"preview": _preview(request, form)})


@require_form
def delete_letter(request: SignedInRequest, letter_id: UUID) -> HttpResponse:
    """Ask, then delete a letter."""
    letter = _own_letter(request, letter_id)
    if request.method == "POST":
        letter_templates.delete_letter(letter=letter)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": letter.name})
        return redirect("autoapply:letters")
    return render(request, "autoapply/letters_delete.html", {"letter": letter})


def _own_letter(request: SignedInRequest, pk: UUID) -> LetterTemplate:
    letter: LetterTemplate = get_object_or_404(LetterTemplate.objects.owned_by(request.user), pk=pk)
    return letter


def _letter_values(form: LetterForm) -> letter_templates.LetterValues:
    data = form.cleaned_data
    return {"name": data["name"], "body": data["body"], "persona": data["persona"]}


def _letter_page(
    request: SignedInRequest, form: LetterForm, *, letter: LetterTemplate | None = None
) -> HttpResponse:
    context = {"form": form, "letter": letter, "preview": _preview(request, form)}
    return render(request, "autoapply/letters_form.html", context)


def _preview(request: SignedInRequest, form: LetterForm) -> Preview:
    """The text in the form, filled for the best match of its persona, else of any."""
    body = str(form["body"].value() or "")
    matches = Match.objects.owned_by(request.user).live(timezone.now()).filter(is_dismissed=False)
    persona = Persona.objects.owned_by(request.user).filter(pk=_uuid_of(form["persona"].value())).first()
    if persona is not None:
        matches = matches.filter(persona=persona)
    match = matches.best_first().select_related("job", "persona__resume").first()
    if match is None or not body.strip():
        return Preview(match)
    job = match.job
    opening = Opening(job.title, job.company, (*job.required_skills, *job.preferred_skills))
    applicant = read_applicant(user=request.user, resume=match.persona.resume)
    facts = letter_facts(user=request.user, applicant=applicant, opening=opening, at=timezone.now())
    return Preview(match, *_told(fill_letter(body, facts)))


def _told(letter: Letter) -> tuple[str, list[str]]:
    faults = letter_faults_words(letter.faults)
    if letter.unmet:
        faults.append(unmet_words(letter.unmet))
    return letter.text, faults


def _uuid_of(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


# --- the kit of one application ----------------------------------------------------------------------------------------


class KitField(NamedTuple):
    """One text of a kit to be copied: what it is, where it was taken from, and its lines (0: short, on one)."""

    label: str
    value: str
    source: str
    lines: int


@require_GET
def show_kit(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Everything that one application carries, to be read, copied and printed."""
    application = get_object_or_404(
        Application.objects.owned_by(request.user).select_related("kit", "kit__resume", "job"),
        pk=application_id,
    )
    kit: Kit | None = getattr(application, "kit", None)
    is_open = application.status in BEFORE_SENDING
    context: dict[str, Any] = {
        "application": application,
        "kit": kit,
        "is_handed_over": application.channel == Application.Channel.HANDOFF,
        "is_open": is_open,
        "can_be_confirmed": application.status == Application.Status.REVIEW,
        "form_url": application.job_url if application.job_url.startswith(("https://", "http://")) else "",
    }
    if kit is not None:
        context |= {
            "about": [_kit_field(each["label"], each["value"], each["source"]) for each in kit.fields],
            "letter": _kit_field(_("Letter"), kit.letter, "") if kit.letter else None,
            "answers": _kit_answers(kit),
            "left_empty": _left_empty(kit),
            "has_file": ResumeFile.objects.owned_by(request.user).filter(resume=kit.resume_id).exists(),
        }
    return render(request, "autoapply/kit.html", context)


def _kit_answers(kit: Kit) -> list[KitField]:
    return [
        _kit_field(each["label"], each["shown"], _given(each["source"], each["given_on"]))
        for each in kit.answers
    ]


def _left_empty(kit: Kit) -> list[str]:
    """The questions of the form that nothing is said to."""
    answered = {each["id"] for each in kit.answers}
    return [each["label"] for each in kit.questions if each["id"] not in answered]


def _given(source: str, given_on: str) -> str:
    day = date_format(date.fromisoformat(given_on), "DATE_FORMAT")
    return _("%(source)s, %(day)s") % {"source": SOURCE_WORDS[source], "day": day}


def _kit_field(label: str, value: str, source: str) -> KitField:
    is_short = len(value) <= _SHORT and "\n" not in value
    lines = 0 if is_short else sum(1 + len(line) // _LINE for line in value.split("\n"))
    return KitField(label, value, source, lines)


_SHORT = 24  # characters that a field on a phone shows whole
_LINE = 68  # characters of a line on a wide page, about
