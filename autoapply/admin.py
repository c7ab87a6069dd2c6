"""Rules, applications and the log as row security shows them; employers' keys, receivers and the fence for staff.

A member of the staff writes rules of their own here, as on the pages: through the service, disabled until they enable them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from autoapply.applications import Moved, withdraw_log
from autoapply.employer_keys import remove_key, set_key
from autoapply.fence import lift_fence
from autoapply.models import (
    Answer,
    Application,
    Contact,
    Decision,
    EmployerKey,
    Fence,
    FollowUp,
    Kit,
    LetterTemplate,
    Log,
    Note,
    ReceiverHost,
    Rule,
    Tick,
)
from autoapply.rule_forms import RuleForm
from autoapply.rules import create_rule, edit_rule
from personas.admin import ReadOnlyAdmin
from personas.services import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from personas.models import User


def _explain(form: forms.ModelForm, refused: Refused, names: Mapping[str, str] | None = None) -> None:
    """Put each sentence of a refusal at its field, which `names` may call otherwise, or above the form."""
    for place, sentences in refused.faults.items():
        field = (names or {}).get(place, place)
        form.add_error(field if field in form.fields else None, sentences)


class RuleAdminForm(forms.ModelForm):
    """A rule with the fields of the page; what is refused is said at its field, as there."""

    # Set for each request: whose rule it is.
    user: User

    class Meta:
        model = Rule
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rule = None if self.instance._state.adding else self.instance  # noqa: SLF001  Django's own way to ask
        page = RuleForm(self.data if self.is_bound else None, user=self.user, rule=self._rule)
        self._page = page
        self.fields.update(page.fields)
        self.initial.update(page.initial)

    def clean(self) -> dict[str, Any]:
        """Let the service judge and keep it in one, once every field can be read."""
        if not self.errors:
            self._page.cleaned_data = self.cleaned_data
            try:
                self.instance = self._keep()
            except Refused as refused:
                _explain(self, refused)
        return self.cleaned_data

    def _keep(self) -> Rule:
        values = self._page.values()
        if self._rule is None:
            return create_rule(user=self.user, values=values)
        return edit_rule(rule=self._rule, values=values)

    def _post_clean(self) -> None:
        """The service has judged it; the model knows less."""


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """Standing rules of whoever is signed in: written and changed here, enabled on the pages."""

    form = RuleAdminForm
    list_display = ["name", "enabled", "mode", "max_applications_per_week", "updated_at"]
    list_filter = ["enabled", "mode"]
    ordering = ["name", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff write rules for themselves."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        """Their own alone."""
        return self.has_view_permission(request) and obj is not None and obj.user_id == request.user.pk

    def get_form(
        self, request: HttpRequest, obj: Rule | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form for whoever is signed in."""
        return type("RuleAdminForm", (self.form,), {"user": request.user})

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        """The fields that the page would show."""
        return ((None, {"fields": list(RuleForm(user=cast("User", request.user), rule=obj).fields)}),)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """Kept already, by the service."""

    def log_addition(self, request: HttpRequest, obj: Rule, message: Any) -> Any:
        """Not told to all of the staff: a rule's name is its owner's alone."""

    def log_change(self, request: HttpRequest, obj: Rule, message: Any) -> Any:
        """Not told to all of the staff either."""


@admin.register(Log)
class LogAdmin(ReadOnlyAdmin):
    """Applications that reached an outcome; the one change there is: what was submitted may be withdrawn."""

    list_display = ["created_at", "status", "job", "rule", "withdrawn_at"]
    list_filter = ["status"]
    list_select_related = ["job", "rule"]
    ordering = ["-created_at", "pk"]
    actions = ["withdraw"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The log, newest first."""
        return (
            super().get_queryset(request).defer("job__description_html", "job__description_text", "job__raw")
        )

    @admin.action(description=_("Withdraw what was submitted"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Log]) -> None:
        """Withdraw the selected entries; say which could not be."""
        done = left = 0
        for log in queryset:
            try:
                withdraw_log(log=log)
            except Moved:
                left += 1
            else:
                done += 1
        if done:
            said = ngettext("%(count)s entry is withdrawn.", "%(count)s entries are withdrawn.", done)
            self.message_user(request, said % {"count": done}, messages.SUCCESS)
        if left:
            said = ngettext(
                "%(count)s entry stays as it is: only what was submitted can be withdrawn.",
                "%(count)s entries stay as they are: only what was submitted can be withdrawn.",
                left,
            )
            self.message_user(request, said % {"count": left}, messages.WARNING)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Applications on their way, without what they carry."""

    list_display = ["created_at", "status", "job_title", "company", "channel", "moved_at"]
    list_filter = ["status", "channel", "stage"]
    ordering = ["-created_at", "pk"]
    fields = [
        "job_title",
        "company",
        "status",
        "waits_for",
        "channel",
        "host",
        "week_start",
        "next_at",
        "attempt",
        "moved_by",
        "moved_because",
        "moved_at",
        "stage",
    ]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """What rules said of jobs."""

    list_display = ["job", "rule", "match_score", "first_failed", "decided_at"]
    list_select_related = ["job", "rule"]
    ordering = ["-decided_at", "pk"]
    fields = [
        "rule",
        "job",
        "match_score",
        "first_failed",
        "gates_passed",
        "verdicts",
        "decided_at",
        "changed_at",
    ]


@admin.register(FollowUp)
class FollowUpAdmin(ReadOnlyAdmin):
    """What people planned about applications."""

    list_display = ["due_on", "what", "application", "done_at"]
    list_select_related = ["application"]
    ordering = ["-due_on", "pk"]


@admin.register(Kit)
class KitAdmin(ReadOnlyAdmin):
    """What applications carry."""

    list_display = ["__str__", "built_at"]
    ordering = ["-built_at", "pk"]
    fields = ["fields", "answers", "letter", "files", "built_at"]


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    """People's own answers to questions of forms."""

    list_display = ["question", "answer"]
    ordering = ["question", "pk"]
    fields = ["question", "answer"]


@admin.register(LetterTemplate)
class LetterTemplateAdmin(ReadOnlyAdmin):
    """Letters that people wrote."""

    list_display = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "body"]


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    """Notes about applications."""

    list_display = ["__str__", "created_at"]
    ordering = ["-created_at", "pk"]
    fields = ["body", "created_at"]


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """People at employers."""

    list_display = ["name", "role"]
    ordering = ["name", "pk"]
    fields = ["name", "role", "email", "phone"]


class EmployerKeyForm(forms.ModelForm):
    """A key as the employer gave it; it is never shown again."""

    secret_text = forms.CharField(
        label=_("key"),
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_("As the employer gave it. It is encrypted and never shown again."),
    )

    class Meta:
        model = EmployerKey
        fields = ["channel", "board"]
        help_texts = {"board": _("The board's name as it stands in the addresses of its jobs.")}

    def clean(self) -> dict[str, Any]:
        """Let the service judge and keep it in one: a board that has a key gets this one in its place."""
        if not self.errors:
            given = self.cleaned_data
            try:
                self.instance = set_key(
                    channel=given["channel"], board=given["board"], secret=given["secret_text"]
                )
            except Refused as refused:
                _explain(self, refused, {"secret": "secret_text"})
        return self.cleaned_data

    def _post_clean(self) -> None:
        """The service has judged it; the model would refuse what takes the place of another."""


@admin.register(EmployerKey)
class EmployerKeyAdmin(ReadOnlyAdmin):
    """Keys that employers issued for their own boards."""

    form = EmployerKeyForm
    list_display = ["channel", "board", "hint", "created_at", "refused_at"]
    list_filter = ["channel"]
    search_fields = ["board"]
    ordering = ["channel", "board"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the secrets, which pages may not read."""
        return super().get_queryset(request).defer("secret")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff enter keys; entering one for a board that has one replaces it."""
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff take keys away."""
        return self.has_view_permission(request)

    def save_model(self, request: HttpRequest, obj: EmployerKey, form: Any, change: bool) -> None:
        """Kept already, by the service."""

    def delete_model(self, request: HttpRequest, obj: EmployerKey) -> None:
        """Forget one key."""
        remove_key(key=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EmployerKey]) -> None:
        """Forget some keys."""
        for key in queryset:
            remove_key(key=key)


@admin.register(Fence)
class FenceAdmin(ReadOnlyAdmin):
    """Whether the machine may send; staff lift the fence after a restore."""

    list_display = ["__str__", "raised_at", "raised_because", "lifted_at"]
    fields = ["raised_at", "raised_because", "lifted_at", "epoch"]
    actions = ["lift"]

    @admin.action(description=_("Lift the fence: let the machine send again"))
    def lift(self, request: HttpRequest, queryset: QuerySet[Fence]) -> None:
        """Lift it, and say what that means."""
        if lift_fence():
            self.message_user(
                request,
                _("The machine may send again. What was on its way before waits for its owner's word."),
                messages.SUCCESS,
            )
        else:
            self.message_user(request, _("The fence did not stand."), messages.INFO)


@admin.register(ReceiverHost)
class ReceiverHostAdmin(ReadOnlyAdmin):
    """Receivers: their pace, and which are left alone."""

    list_display = ["host", "next_at", "busy_until", "doubts_in_a_row", "stopped_until"]
    search_fields = ["host"]
    ordering = ["host"]


@admin.register(Tick)
class TickAdmin(ReadOnlyAdmin):
    """When the machine last looked for work."""

    list_display = ["at"]
