"""People: their accounts, and accounts that close."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


def text_list(verbose_name: Any) -> ArrayField:
    """A column of texts, empty by default in Python and in the database."""
    return ArrayField(models.TextField(), verbose_name=verbose_name, default=list, db_default=[], blank=True)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are compared without case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account; without a password nobody can sign in to it."""
        # Sign-in looks addresses up in lower case.
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account of the staff."""
        return self.create_user(email, password, is_staff=True, **fields)


class User(AbstractBaseUser):
    """A person who can sign in. Written by sign-up, the account page and, for roles, the staff."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # "!" is no password at all: an account written by plain SQL cannot be signed in to.
    password = models.CharField(_("password"), max_length=128, default="!", db_default="!")
    email = models.EmailField(_("e-mail address"), max_length=254)
    display_name = models.CharField(_("name"), max_length=255, blank=True, default="", db_default="")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", db_default="UTC")
    locale = models.CharField(_("language"), max_length=16, default="en", db_default="en")
    currency = models.CharField(_("currency"), max_length=3, default="USD", db_default="USD")
    is_active = models.BooleanField(_("may sign in"), default=True, db_default=True)
    is_staff = models.BooleanField(_("staff"), default=False, db_default=False)
    is_coach = models.BooleanField(_("coach"), default=False, db_default=False)
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_is_unique_without_case",
                violation_error_message=_("There is already an account with this e-mail address."),
            ),
            models.CheckConstraint(condition=~Q(email=""), name="user_has_an_email"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="user_currency_is_an_iso_4217_code"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Staff may use the admin; what they see of people is row security's to say."""
        return self.is_active and self.is_staff

    def has_perms(self, perm_list: Any, obj: object | None = None) -> bool:
        """Whether every permission is held."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Staff see every room of the admin."""
        return self.is_active and self.is_staff


class OwnedQuerySet(models.QuerySet):
    """Rows that belong to one person."""

    def owned_by(self, user: Any) -> Any:
        """The rows of `user` alone."""
        return self.filter(user_id=user.pk)


class AccountClosing(models.Model):
    """An account that is deleted on a day unless its owner keeps it. Written by its owner; `receipt` is told at once."""

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="closing"
    )
    receipt = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    asked_at = models.DateTimeField(_("asked for"), db_default=TransactionNow())
    due_at = models.DateTimeField(_("deleted on"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "closing_accounts"
        verbose_name = _("account that closes")
        verbose_name_plural = _("accounts that close")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("asked_at")), name="closing_leaves_time_to_think"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="closing_due")]

    def __str__(self) -> str:
        return f"closing of {self.user_id}"


class Retention(models.Model):
    """How many months things of a person are kept; null keeps them for ever. Written by its owner."""

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="retention"
    )
    resume_versions = models.SmallIntegerField(_("earlier versions of résumés"), null=True, blank=True)
    applications = models.SmallIntegerField(_("what went with ended applications"), null=True, blank=True)
    decisions = models.SmallIntegerField(_("decisions of rules"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "retention_settings"
        verbose_name = _("retention")
        verbose_name_plural = _("retention")
        constraints = [
            models.CheckConstraint(
                condition=(Q(resume_versions__isnull=True) | Q(resume_versions__in=[3, 6, 12, 24]))
                & (Q(applications__isnull=True) | Q(applications__in=[3, 6, 12, 24]))
                & (Q(decisions__isnull=True) | Q(decisions__in=[3, 6, 12, 24])),
                name="retention_is_one_of_the_choices",
            ),
        ]

    def __str__(self) -> str:
        return f"retention of {self.user_id}"


class AccountDeletion(models.Model):
    """That an account was deleted, and when; of whose it was nothing is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    asked_at = models.DateTimeField(_("asked for"))
    deleted_at = models.DateTimeField(_("deleted"))

    class Meta:
        db_table = "deleted_accounts"
        verbose_name = _("deleted account")
        verbose_name_plural = _("deleted accounts")

    def __str__(self) -> str:
        return f"receipt {self.pk}"
