"""What is pasted of a posting."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from matching.posting import COMPANY_LIMIT, LOCATION_LIMIT, TITLE_LIMIT


class PasteForm(forms.Form):
    """A link to one posting, or its words; `pasting.paste` says what is wrong with them."""

    use_required_attribute = False

    address = forms.CharField(
        label=gettext_lazy("Link"),
        required=False,
        help_text=gettext_lazy("Of the page of this one opening, best on the employer’s own site."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=TITLE_LIMIT)
    company = forms.CharField(label=gettext_lazy("Employer"), required=False, max_length=COMPANY_LIMIT)
    location = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=LOCATION_LIMIT,
        help_text=gettext_lazy("Such as “Austin, TX” or “Remote, Germany”."),
    )
    text = forms.CharField(
        label=gettext_lazy("Words of the posting"),
        required=False,
        help_text=gettext_lazy("All of it: pay, skills and the rest are read out of it."),
        widget=forms.Textarea(attrs={"rows": 12}),
    )
