"""The second factor of an account: who must have one, whether somebody does, and how its secrets are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.utils.translation import gettext as _

from personas.services import Refused

if TYPE_CHECKING:
    from personas.models import User

PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What is asked for at a sign-in; recovery codes only stand in for it."""


class SecondFactorMissing(Refused):
    """Raised where somebody opens what only a second factor opens, and has none."""

    def __init__(self) -> None:
        told = _("Coaches and staff need a second factor. Add one on your account page, then try again.")
        super().__init__({"second_factor": [told]})


class CodeRefused(Refused):
    """Raised for a code that is missing, wrong or used up."""


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors under our name; their secrets lie encrypted in the database."""

    def get_totp_issuer(self) -> str:
        """Give what an authenticator app calls this account's house."""
        return "Relevnt"

    def encrypt(self, text: str) -> str:
        """Give a secret as it is stored."""
        return Fernet(settings.ENCRYPTION_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Give it back."""
        return Fernet(settings.ENCRYPTION_KEY).decrypt(encrypted_text.encode()).decode()


def name_factors(user: User) -> set[int]:
    """Give the ids of somebody's factors, recovery codes among them: another set means that one came or went."""
    return set(Authenticator.objects.filter(user_id=user.pk).values_list("pk", flat=True))


def has_second_factor(user: User) -> bool:
    """Tell whether somebody is asked for more than a password; row security must let their factors be read."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=PROVING).exists())


def lacks_second_factor(user: Any) -> bool:
    """Tell whether somebody's role asks for a second factor that they do not have."""
    must = settings.SECOND_FACTOR_REQUIRED and (user.is_staff or user.is_coach)
    return bool(must) and not has_second_factor(user)


def check_role_has_factor(user: Any) -> None:
    """Raise SecondFactorMissing where somebody's role asks for a second factor that they do not have."""
    if lacks_second_factor(user):
        raise SecondFactorMissing


def check_code(*, user: User, code: str) -> None:
    """Use up a code of somebody's app, or a recovery code; raises CodeRefused. Guesses have allauth's limit."""
    form = AuthenticateForm({"code": code}, user=user)
    if not form.is_valid():
        raise CodeRefused({"code": [str(each) for each in form.errors["code"]]})
    form.authenticator.record_usage()
