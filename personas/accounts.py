"""How accounts behave: our words for allauth's questions, and what a signed-in request is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone, translation

from personas import identity
from personas.sessions import begin_session

if TYPE_CHECKING:
    from personas.models import User


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: its user is a person."""

    user: User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts open to everybody who reaches this installation."""

    def new_user(self, request: HttpRequest) -> User:
        """An account that reads the language its owner signed up in; its clock is UTC until it is set."""
        user: User = super().new_user(request)
        user.locale = translation.get_language()
        return user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Act for whoever has proven a password or a passkey: their own factors and sessions alone can be read and written."""
        identity.assume(user.pk)
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and note when that was."""
        super().login(request, user)
        begin_session(request.session, now=timezone.now())
