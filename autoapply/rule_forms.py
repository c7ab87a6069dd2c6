"""The forms of standing rules: they turn what is typed into values; what may be kept is the service's to say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from autoapply.days import DAYS
from autoapply.models import MAX_A_WEEK, Rule, Standing
from autoapply.rule_checking import MAX_HOLD_MINUTES, MAX_INTERVAL_DAYS
from autoapply.rules import RuleValues, StandingValues
from personas.checking import MAX_NAME_LENGTH
from personas.forms import ExplainedForm, FlowingCheckboxes
from personas.models import Persona, User


class LinesField(forms.CharField):
    """Texts typed one a line; gives the lines as they were typed, empty ones too, so that a line is found by its number."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "autocomplete": "off"})
        super().__init__(required=False, strip=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a list one a line, and typed text as it was typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The lines; none where nothing but white space was typed."""
        lines = str(super().clean(value)).splitlines()
        return lines if any(line.strip() for line in lines) else []


class ScoreField(forms.DecimalField):
    """A score, with a point or a comma before its decimals; empty for any."""

    def __init__(self, **kwargs: Any) -> None:
        sentence = _("Give a score from 0 to 100, such as 75, or leave it empty so that any score passes.")
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), sentence)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 6})
        super().__init__(
            required=False, min_value=0, max_value=100, widget=widget, error_messages=messages, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        """Show a stored score without zeros that say nothing."""
        return f"{value.normalize() + 0:f}" if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        """Read "72,5" as 72.5."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class PersonaField(forms.ModelChoiceField):
    """One of the person's personas, by name."""

    def label_from_instance(self, obj: Persona) -> str:
        """The name."""
        return obj.name


class RuleForm(ExplainedForm):
    """A standing rule, on one page."""

    # The preview follows what is typed, however unfinished.
    use_required_attribute = False

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Such as “Data work in Berlin”. Only you see it."),
        error_messages={"required": _("Give it a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    persona = PersonaField(
        label=_("Persona"),
        queryset=Persona.objects.none(),
        required=False,
        empty_label=_("any of my personas"),
        help_text=_("Whose matches the rule looks at, and whose résumé is sent."),
    )
    match_score_threshold = ScoreField(
        label=_("Lowest score"), help_text=_("A job with just this score passes. Empty: any score does.")
    )
    max_applications_per_week = forms.IntegerField(
        label=_("Applications a week"),
        min_value=1,
        max_value=MAX_A_WEEK,
        widget=forms.NumberInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            _("Give a whole number of applications from 1 to 50."),
        ),
    )
    exclude_companies = LinesField(
        label=_("Never these companies"),
        help_text=_(
            "One a line. “Acme Ltd.” is also “ACME, Inc.”, but not “Acme Metals”. "
            "With any line here, a job whose employer is not named never passes."
        ),
    )
    include_only_companies = LinesField(
        label=_("Only these companies"), help_text=_("One a line. Empty: all but those above.")
    )
    require_all_keywords = LinesField(
        label=_("Words that the posting must contain"),
        rows=3,
        help_text=_(
            "One a line, as whole words, all of them. A name of one or two letters with a capital, such as R, Go or AI, "
            "counts only as you write it."
        ),
    )
    active_days = forms.MultipleChoiceField(
        label=_("Days"),
        required=False,
        choices=[(code, WEEKDAYS[number]) for number, code in enumerate(DAYS)],
        widget=FlowingCheckboxes,
    )
    mode = forms.ChoiceField(
        label=_("Before sending"),
        choices=[(code, capfirst(label)) for code, label in Rule.Mode.choices],
        widget=forms.RadioSelect,
        help_text=_("Where you have to send it yourself, it waits for you in both cases."),
    )
    needs_reviewed_resume = forms.BooleanField(
        label=_("Only with a résumé that was reviewed and approved"),
        required=False,
        help_text=_(
            "A coach reviews it whom you let see your résumés; ask for it on the résumé’s page. Until it is approved, and again "
            "when what it says changes, nothing is queued or sent."
        ),
    )

    def __init__(self, data: Any = None, *, user: User, rule: Rule | None = None) -> None:
        super().__init__(data, initial=_initial_of(rule or Rule()))
        persona = cast(PersonaField, self.fields["persona"])
        persona.queryset = Persona.objects.owned_by(user).order_by("name", "pk")
        persona.error_messages["invalid_choice"] = _(
            "This persona is not there any more. Choose another, or any."
        )
        zone = {"zone": user.time_zone}
        self.fields["active_days"].help_text = (
            _(
                "By the calendar of %(zone)s, where your week begins on Monday at 00:00. Without any: every day. "
                "On other days nothing is queued or sent."
            )
            % zone
        )

    def values(self) -> RuleValues:
        """What was typed, by the columns of a rule."""
        return cast(RuleValues, dict(self.cleaned_data))

    def lines(self, field: str) -> list[str]:
        """The lines of a list as they stand in the form, whether the rest of it is right or not."""
        return str(self.data.get(field, "")).splitlines()


class StandingForm(ExplainedForm):
    """What a person lets all rules do together."""

    weekly_ceiling = forms.IntegerField(
        label=_("Applications a week, over all rules"),
        min_value=0,
        max_value=MAX_A_WEEK,
        help_text=_(
            "At most 50. With 0 no rule sends anything. Deleting a rule and making it again adds nothing."
        ),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            _("Give a whole number of applications from 0 to 50."),
        ),
    )
    hold_minutes = forms.IntegerField(
        label=_("Minutes between approval and sending"),
        min_value=0,
        max_value=MAX_HOLD_MINUTES,
        help_text=_("Until they are over, cancelling is exact: nothing has left. 10,080 are a week."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Give whole minutes from 0 to 10,080.")
        ),
    )
    company_interval_days = forms.IntegerField(
        label=_("Days between two applications to one company"),
        min_value=0,
        max_value=MAX_INTERVAL_DAYS,
        help_text=_("With 0 a rule may apply to several jobs of one company at once."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Give whole days from 0 to 3,650.")
        ),
    )

    def __init__(self, data: Any = None, *, standing: Standing) -> None:
        super().__init__(data, initial={name: getattr(standing, name) for name in self.base_fields})

    def values(self) -> StandingValues:
        """What was typed, by the columns of the limits."""
        return cast(StandingValues, dict(self.cleaned_data))


def _initial_of(rule: Rule) -> dict[str, Any]:
    fields = (*RuleForm.base_fields,)
    values = {name: getattr(rule, name) for name in fields if name != "persona"}
    return {**values, "persona": rule.persona_id}
