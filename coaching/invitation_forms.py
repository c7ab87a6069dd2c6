"""What a coach types to invite: one address, or a list of them as a file or as pasted lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.address_lists import MOST_BYTES, MOST_LINES, Line, NotAList, decode, read_lines
from coaching.invitations import MAX_ADDRESS, MAX_MESSAGE

_FAULTS: Mapping[str, Any] = {
    "encoding": gettext_lazy(
        "This file is not in UTF-8, so its letters cannot be read for sure. Save it as “CSV UTF-8”, or paste its lines below."
    ),
    "lines": gettext_lazy("There are more than %(lines)s lines. Divide the list."),
    "quotes": gettext_lazy(
        "Quotation marks do not fit together, so it cannot be told where a message ends. Mend them, or leave them out."
    ),
    "empty": gettext_lazy("There is no line with an address in it."),
}


class InviteForm(forms.Form):
    """One address and a message; the service judges both."""

    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=MAX_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=MAX_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Stands in the invitation, above what it means to accept."),
    )


class BulkInviteForm(forms.Form):
    """A list of addresses, from a file or pasted; what is clean holds `lines` and the `text` they were read from."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text=gettext_lazy(
            "CSV in UTF-8: the address, then a message if you want one, divided by comma or semicolon. A first line that names the columns (email, message) may stand there."
        ),
    )
    text = forms.CharField(
        label=gettext_lazy("Or lines, pasted"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the list; say under its field what is wrong with it."""
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text") or ""
        field = "file" if file else "text"
        if self.errors:
            return cleaned
        if file and text.strip():
            self.add_error("text", _("Give a file or lines, not both."))
            return cleaned
        try:
            cleaned["text"] = self._text_of(file) if file else text
            cleaned["lines"] = self._lines_of(cleaned["text"])
        except NotAList as fault:
            self.add_error(field, str(_FAULTS[fault.code] % {"lines": MOST_LINES}))
        return cleaned

    def _text_of(self, file: Any) -> str:
        if file.size > MOST_BYTES:
            raise forms.ValidationError({"file": self._too_large()})
        return decode(file.read())

    def _lines_of(self, text: str) -> tuple[Line, ...]:
        if len(text.encode(errors="replace")) > MOST_BYTES:
            raise forms.ValidationError({"text": self._too_large()})
        return read_lines(text)

    def _too_large(self) -> str:
        return _("This is larger than %(size)s kB. Divide the list.") % {"size": MOST_BYTES // 1024}
