"""The forms of the tuner: they turn what is moved and typed into values; what may be kept is the service's to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from matching.scoring import FACTORS, Weights
from matching.tuner import Step, values_of
from personas.checking import MAX_NAME_LENGTH
from personas.models import User

UNDO_WITHIN = 24 * 60 * 60
"""Seconds for which a change can be taken back: as long as somebody may leave the page open overnight."""

_OUT_OF_RANGE = _("Give a whole percent from 0 to 100.")


class PercentField(forms.IntegerField):
    """A weight in whole percents, as a slider."""

    def __init__(self, **kwargs: Any) -> None:
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _OUT_OF_RANGE)
        slider = forms.NumberInput(attrs={"type": "range", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=100, widget=slider, error_messages=messages, **kwargs)


class WeightsForm(forms.Form):
    """The five weights."""

    skill = PercentField(label=_("Skills"))
    salary = PercentField(label=_("Pay"))
    location = PercentField(label=_("Place"))
    remote = PercentField(label=_("Workplace"))
    industry = PercentField(label=_("Industry"))

    @classmethod
    def of(cls, weights: Weights) -> WeightsForm:
        """The form that shows these weights."""
        return cls(initial=asdict(weights))

    @staticmethod
    def stands_in(given: Mapping[str, Any]) -> bool:
        """Tell whether any of the five weights is among what was sent."""
        return any(factor in given for factor in FACTORS)

    def weights(self) -> Weights:
        """What was chosen."""
        return Weights(**self.cleaned_data)

    def values(self) -> dict[str, Decimal]:
        """What was chosen, by the columns of a preset."""
        return values_of(self.weights())


class NameForm(forms.Form):
    """What a preset is called."""

    name = forms.CharField(
        label=_("Name"), max_length=MAX_NAME_LENGTH, error_messages={"required": _("Give it a name.")}
    )


class NewPresetForm(forms.Form):
    """What a new preset is called, and whether matches are weighed with it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Such as “Pay first, from home”. Only you see it."),
        error_messages={"required": _("Give it a name.")},
    )
    is_default = forms.BooleanField(
        label=_("Weigh my matches with it"),
        required=False,
        help_text=_("For all your personas. Otherwise it is only kept, to be tried again here."),
    )


class UndoForm(forms.Form):
    """The steps that led from what was before to what is now, signed, so that nothing else can be put there."""

    steps = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_steps(self) -> list[Step]:
        """The steps, or an error where they are not ours, another person's or too old."""
        try:
            signed = signing.loads(self.cleaned_data["steps"], salt=_salt(self._user), max_age=UNDO_WITHIN)
        except signing.BadSignature:
            raise forms.ValidationError(_("This can no longer be undone.")) from None
        return [Step(UUID(preset_id), before, after) for preset_id, before, after in signed]


def sign_steps(steps: Sequence[Step], *, user: User) -> str:
    """The steps as `UndoForm` reads them."""
    plain = [(str(preset_id), before, after) for preset_id, before, after in map(astuple, steps)]
    return signing.dumps(plain, salt=_salt(user), compress=True)


def _salt(user: User) -> str:
    return f"matching.tuner.undo.{user.pk}"
