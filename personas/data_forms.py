"""Forms about what is kept of a person: an archive to bring in, how long things are kept, the end of the account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from personas.forms import ExplainedForm
from personas.retention import MONTHS, parts

RETENTION_WORDS = {
    "resume_versions": (
        _("Earlier versions of your résumés"),
        _("What a résumé held before you changed it. What it holds now stays."),
    ),
    "applications": (
        _("What went with applications that ended"),
        _(
            "Letters, answers, notes, contacts and follow-ups of applications that were refused, accepted, withdrawn, cancelled or never "
            "answered, counted from that day. What you wrote since, and what you still plan to do, stays. That you applied, and when, "
            "stays, so that nothing is applied for twice."
        ),
    ),
    "decisions": (
        _("What your rules decided about jobs"),
        _("Of jobs that are closed."),
    ),
}


class ImportForm(ExplainedForm):
    """An archive that an export made."""

    file = forms.FileField(
        label=_("Archive"),
        help_text=_("The ZIP file of an export, up to 50 MB."),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose the file again."),
        },
    )


class ClosingForm(ExplainedForm):
    """The password, before an account closes."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Give your password.")},
    )


class RetentionForm(ExplainedForm):
    """How many months each part is kept."""

    def __init__(self, *args: Any, chosen: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", _("for ever")),
            *((str(months), _("%(months)s months") % {"months": months}) for months in MONTHS),
        ]
        for part in parts():
            label, help_text = RETENTION_WORDS[part.name]
            self.fields[part.name] = forms.TypedChoiceField(
                label=label,
                help_text=help_text,
                choices=choices,
                required=False,
                coerce=int,
                empty_value=None,
                initial=getattr(chosen, part.name) or "",
            )
