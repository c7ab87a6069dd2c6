"""The forms of a client: what a coach may see, and asking one; what may be kept is the services' to say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from autoapply.tracker_forms import DayField
from autoapply.weeks import begins_at, local_day, zone_of
from coaching.access_words import OPENED
from coaching.invitations import MAX_ADDRESS, MAX_MESSAGE
from coaching.models import SCOPES, Consent, Scope
from coaching.sides import last_day
from personas.forms import ExplainedForm
from personas.models import User


class ConsentForm(ExplainedForm):
    """What a coach may see and until when; `consent` is the one that stands, if any."""

    scopes = forms.MultipleChoiceField(
        label=_("What they may see"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one. To let a coach see nothing, decline or revoke instead.")
        },
    )
    valid_until = DayField(
        label=_("Last day"),
        required=False,
        help_text=_("From the next day on they see nothing. Without a day it holds until you revoke it."),
    )
    # What the page showed: a change from an old page is met with what stands now.
    consent = forms.UUIDField(widget=forms.HiddenInput, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, consent: Consent | None = None, **kwargs: Any) -> None:
        self._zone = zone_of(user.time_zone)
        self._consent = consent
        if consent is not None:
            kwargs["initial"] = {
                "scopes": consent.scopes,
                "valid_until": self._day_of(consent),
                "consent": consent.pk,
                "revision": consent.revision,
            }
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(each, _explained(each)) for each in SCOPES]  # type: ignore[attr-defined]
        today = local_day(timezone.now(), self._zone)
        self.fields["valid_until"].widget.attrs["min"] = today.isoformat()

    def until(self) -> datetime | None:
        """The end that was chosen: when the last day is over on the person's calendar."""
        day = self.cleaned_data["valid_until"]
        if day is None:
            return None
        if self._consent is not None and day == self._day_of(self._consent):
            # The same day chosen again lengthens nothing: the end may lie within it.
            return self._consent.valid_until
        return begins_at(day + timedelta(days=1), self._zone)

    def seen_consent(self) -> UUID | None:
        """The key of the consent that the page showed, if it showed one."""
        seen: UUID | None = self.cleaned_data["consent"]
        return seen

    def seen_revision(self) -> int:
        """The revision that the page showed; 0, which none is, where it showed none."""
        return int(self.cleaned_data["revision"] or 0)

    def _day_of(self, consent: Consent) -> Any:
        return local_day(last_day(consent.valid_until), self._zone) if consent.valid_until else None


class AskForm(ExplainedForm):
    """Asking a coach by their address."""

    email = forms.CharField(
        label=_("The coach’s e-mail address"),
        max_length=MAX_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The address that they sign in with here. They see yours, your name and your message."),
        error_messages={"required": _("Give an e-mail address.")},
    )
    message = forms.CharField(
        label=_("Message"), required=False, max_length=MAX_MESSAGE, widget=forms.Textarea(attrs={"rows": 4})
    )


def _explained(scope: str) -> Any:
    return format_html(
        '<span>{}<span class="scope__opens">{}</span></span>',
        capfirst(str(Scope(scope).label)),
        OPENED[scope],
    )
