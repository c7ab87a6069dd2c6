"""The forms of answers and letters: they turn what is typed into values; what may be kept is the services' to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from autoapply.answer_words import FIELD_WORDS, fault_words
from autoapply.answers import LONGEST_QUESTION, missing_questions
from autoapply.letters import LONGEST_LETTER
from autoapply.models import Answer, Application, LetterTemplate
from autoapply.questions import (
    LONGEST_LONG_TEXT,
    LONGEST_TEXT,
    Question,
    check_answer,
    means_the_same_everywhere,
)
from personas.checking import MAX_NAME_LENGTH
from personas.forms import ExplainedForm, FlowingRadios
from personas.models import Persona, User
from personas.services import Refused

FEW_OPTIONS = 6
"""Options that stand side by side; more are a list to open."""


class AnswerForm(ExplainedForm):
    """A question and its answer, to be kept."""

    question = forms.CharField(
        label=_("Question"),
        max_length=LONGEST_QUESTION,
        help_text=_("In the words of the form. It serves only a form that asks in the same words."),
        error_messages={"required": _("Give the question as the form asks it.")},
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Give an answer.")},
    )


class ChangedAnswerForm(AnswerForm):
    """A kept answer as it is changed in its place."""

    topic = forms.ChoiceField(label=_("About"), choices=Answer.Topic.choices)

    def __init__(self, data: Any = None, *, kept: Answer) -> None:
        initial = {"question": kept.question, "answer": kept.answer, "topic": kept.topic}
        super().__init__(data, initial=initial, prefix=f"a{kept.pk.hex}")


class PersonaField(forms.ModelChoiceField):
    """One of the person's personas, by name."""

    def label_from_instance(self, obj: Persona) -> str:
        """The name."""
        return obj.name


class LetterForm(ExplainedForm):
    """A cover letter and whose it is."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Only you see it."),
        error_messages={"required": _("Give it a name.")},
    )
    persona = PersonaField(
        label=_("For"),
        queryset=Persona.objects.none(),
        required=False,
        empty_label=_("all personas without a letter of their own"),
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_LETTER,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": _("Write the letter.")},
    )

    def __init__(self, *args: Any, user: User, letter: LetterTemplate | None = None, **kwargs: Any) -> None:
        if letter is not None:
            kwargs["initial"] = {"name": letter.name, "persona": letter.persona_id, "body": letter.body}
        super().__init__(*args, **kwargs)
        persona: Any = self.fields["persona"]
        persona.queryset = Persona.objects.owned_by(user).order_by("name", "pk")
        self.fields["body"].help_text = format_html(
            '<ul class="letter-fields">{}</ul>',
            format_html_join("", "<li><code>{{{}}}</code> {}</li>", FIELD_WORDS.items()),
        )


class MissingForm(ExplainedForm):
    """The questions that a parked application waits for, each as its form takes it."""

    keep = forms.BooleanField(
        label=_("Keep these answers for other forms that ask the same"), required=False, initial=True
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = missing_questions(application)
        self._because = {each.get("id"): each.get("because", "") for each in application.missing}
        for number, question in enumerate(self.questions):
            self.fields[f"q{number}"] = self._field_of(question)
        self.order_fields([*(f"q{number}" for number in range(len(self.questions))), "keep"])
        if not any(means_the_same_everywhere(question.label) for question in self.questions):
            del self.fields["keep"]

    def answers(self) -> list[forms.BoundField]:
        """The fields of the questions, in their order."""
        return [self[f"q{number}"] for number in range(len(self.questions))]

    def clean(self) -> dict[str, Any]:
        """Say of each answer why it does not fit, all at once."""
        for number, question in enumerate(self.questions):
            text = self._text_of(number)
            checked = check_answer(question, text) if text.strip() else None
            if checked is not None and checked.fault:
                self.add_error(f"q{number}", fault_words(checked.fault, question))
        return self.cleaned_data

    def values(self) -> dict[str, str]:
        """What was answered, as text by the question's id."""
        return {question.id: self._text_of(number) for number, question in enumerate(self.questions)}

    def keeps(self) -> bool:
        """Whether the answers go into the bank."""
        return bool(self.cleaned_data.get("keep"))

    def explain(self, refused: Refused) -> None:
        """Put each sentence of a refusal at its question, or above the form."""
        names = {question.id: f"q{number}" for number, question in enumerate(self.questions)}
        for place, sentences in refused.faults.items():
            for sentence in sentences:
                self.add_error(names.get(place), sentence)

    def _text_of(self, number: int) -> str:
        value = self.cleaned_data.get(f"q{number}", "")
        if isinstance(value, list):
            return "\n".join(value)
        return str(value)

    def _field_of(self, question: Question) -> forms.Field:
        told: dict[str, Any] = {
            "label": question.label,
            "required": question.required,
            "error_messages": {"required": _("Give an answer.")},
            "help_text": self._hint_of(question),
        }
        # The label is what is sent in and kept: the board's own values mean nothing to anybody else.
        labels = [(label, label) for _value, label in question.options]
        if question.kind == "long_text":
            return forms.CharField(
                max_length=LONGEST_LONG_TEXT, widget=forms.Textarea(attrs={"rows": 4}), **told
            )
        if question.kind == "yes_no":
            return forms.ChoiceField(
                choices=[("yes", _("Yes")), ("no", _("No"))], widget=FlowingRadios, **told
            )
        if question.kind == "one_of" and len(labels) <= FEW_OPTIONS:
            return forms.ChoiceField(choices=labels, widget=forms.RadioSelect, **told)
        if question.kind == "one_of":
            return forms.ChoiceField(choices=[("", "—"), *labels], **told)
        if question.kind == "many_of":
            return forms.MultipleChoiceField(choices=labels, widget=forms.CheckboxSelectMultiple, **told)
        return forms.CharField(
            max_length=LONGEST_TEXT, widget=_LINES.get(question.kind, forms.TextInput)(), **told
        )

    def _hint_of(self, question: Question) -> str:
        """Why somebody has to say it themselves, and, before they have, why what they said elsewhere does not serve."""
        told: list[Any] = []
        because = self._because.get(question.id, "")
        if because not in ("", "none", "empty") and not self.is_bound:
            why = fault_words(because, question)
            told.append(_("Your kept answer does not fit here. %(why)s") % {"why": why})
        if question.topic != "other":
            told.append(
                _("Never answered for you: it is about law, your right to work, pay, or you as a person.")
            )
        return " ".join(map(str, told))


class _Number(forms.TextInput):
    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


_LINES: dict[str, Any] = {"number": _Number, "date": _Day}


def changed_forms(kept: Sequence[Answer]) -> dict[Any, ChangedAnswerForm]:
    """A form for each kept answer, by its id."""
    return {each.pk: ChangedAnswerForm(kept=each) for each in kept}
