"""Accounts and people's rows in the admin, for staff; row security still decides which personal rows they see."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from personas import services
from personas.models import (
    AccountDeletion,
    ApiToken,
    Persona,
    PersonaPreferences,
    Resume,
    ResumeFile,
    ResumeVersion,
    User,
    UserSkill,
)


class NewAccountForm(BaseUserCreationForm):
    """An e-mail address and a first password."""

    class Meta:
        model = User
        fields = ("email",)
        field_classes: dict[str, Any] = {}


class RolesForm(forms.ModelForm):
    """What an account may do."""

    class Meta:
        model = User
        fields = ("is_active", "is_staff", "is_coach")
        help_texts = {
            "is_active": _("Without this nobody can sign in to the account; its rows stay."),
            "is_staff": _("Staff see accounts, sources and health in this admin."),
            "is_coach": _("A coach may open relationships; clients still decide what is seen."),
        }


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Accounts: found, opened, and given or denied a role; everything else of an account is its owner's."""

    form = RolesForm
    list_display = ("email", "display_name", "is_active", "is_staff", "is_coach", "created_at")
    list_filter = ("is_active", "is_staff", "is_coach")
    search_fields = ("email", "display_name")
    search_help_text = _("E-mail address or name")
    ordering = ("email",)
    readonly_fields = ("email", "display_name", "time_zone", "locale", "currency", "created_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "display_name", "is_active", "is_staff", "is_coach")}),
        (_("Set by the person"), {"fields": ("time_zone", "locale", "currency")}),
        (_("Signs of life"), {"fields": ("created_at", "last_login")}),
    )

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Ask for an address and a password of a new account, for roles of an old one."""
        if obj is None:
            return NewAccountForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The fields that the form has."""
        if obj is None:
            return ((None, {"fields": ("email", "password1", "password2")}),)
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What belongs to the person, once there is one."""
        return super().get_readonly_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Hand the change to the service."""
        if change:
            services.change_roles(
                user=obj, is_active=obj.is_active, is_staff=obj.is_staff, is_coach=obj.is_coach
            )
        else:
            opened = services.open_account(email=obj.email, password=form.cleaned_data["password1"])
            obj.pk = opened.pk

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff alone."""
        return _is_staff(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Staff alone."""
        return _is_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an account is deleted by its owner; staff take away the right to sign in."""
        return False


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that staff may look at, as far as row security shows them, and change nothing of."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff alone."""
        return _is_staff(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Staff alone."""
        return _is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(Persona)
class PersonaAdmin(ReadOnlyAdmin):
    """Personas."""

    list_display = ("name", "user", "is_active", "updated_at")
    list_select_related = ("user",)
    list_filter = ("is_active",)
    search_fields = ("name",)
    fields = (
        "user",
        "name",
        "description",
        "is_active",
        "resume",
        "inputs_revision",
        "created_at",
        "updated_at",
    )


@admin.register(PersonaPreferences)
class PersonaPreferencesAdmin(ReadOnlyAdmin):
    """What personas look for."""

    list_display = ("persona", "user", "remote_preference", "currency", "updated_at")
    list_select_related = ("user", "persona")
    fields = ("user", "persona", *services.PreferenceValues.__annotations__, "created_at", "updated_at")


@admin.register(Resume)
class ResumeAdmin(ReadOnlyAdmin):
    """Résumés as read."""

    list_display = ("title", "user", "is_default", "updated_at")
    list_select_related = ("user",)
    search_fields = ("title",)
    fields = ("user", "title", "is_default", "text", "unplaced", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the documents, which no page here shows."""
        return super().get_queryset(request).defer("document")


@admin.register(ResumeFile)
class ResumeFileAdmin(ReadOnlyAdmin):
    """Résumé files by name and kind; their content is never loaded here."""

    list_display = ("name", "user", "media_type", "created_at")
    list_select_related = ("user",)
    search_fields = ("name",)
    fields = ("user", "resume", "name", "media_type", "sha256", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the content."""
        return super().get_queryset(request).defer("content")


@admin.register(ResumeVersion)
class ResumeVersionAdmin(ReadOnlyAdmin):
    """Versions of résumés; what they hold is never loaded here."""

    list_display = ("resume", "user", "revision", "created_at")
    list_select_related = ("user", "resume")
    fields = ("user", "resume", "revision", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the document."""
        return super().get_queryset(request).defer("document", "resume__document", "resume__text")


@admin.register(UserSkill)
class UserSkillAdmin(ReadOnlyAdmin):
    """Skills that people hold."""

    list_display = ("skill_name", "user", "proficiency_level", "source", "created_at")
    list_select_related = ("user",)
    list_filter = ("proficiency_level", "source")
    search_fields = ("skill_name",)
    fields = (
        "user",
        "skill_name",
        "proficiency_level",
        "years",
        "last_used",
        "source",
        "evidence",
        "created_at",
    )


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Keys to the API, without what would open it."""

    list_display = ("name", "user", "scope", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name",)
    fields = ("user", "name", "scope", "created_at", "expires_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the hashes."""
        return super().get_queryset(request).defer("key_sha256")


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnlyAdmin):
    """Receipts of accounts that were deleted; whose they were is kept nowhere."""

    list_display = ("id", "asked_at", "deleted_at")
    ordering = ("-deleted_at",)
