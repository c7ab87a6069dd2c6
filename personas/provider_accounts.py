"""Accounts that are signed in to by way of the sign-in provider: whose a sign-in is, who may be let in, who is told no.

A person is known by the provider's issuer and their own name there (`sub`), never by an address: an account that has the address
already is not opened, its owner signs in with the password and connects the two. The row of a proven name is found before anybody
is known, since row security shows exactly the one that the transaction has presented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from personas import identity
from personas.models import User
from personas.services import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from personas.sign_in_provider import Claims

_SETTING = "app.sign_in_name"


class AddressNotConfirmed(Refused):
    """Raised where the provider does not say that an address is theirs who came."""

    def __init__(self) -> None:
        told = _(
            "%(provider)s has not confirmed an e-mail address of yours, so nothing is made or connected here. Confirm it there, "
            "then try again."
        )
        super().__init__({"email": [told % {"provider": settings.OIDC_NAME}]})


class AddressTaken(Refused):
    """Raised where an account has the address already: who has a name at a provider is not let into it for that."""

    def __init__(self) -> None:
        told = _(
            "There is an account with this address already. Sign in with its password, then connect %(provider)s on your account page."
        )
        super().__init__({"email": [told % {"provider": settings.OIDC_NAME}]})


class ConnectedToAnother(Refused):
    """Raised where somebody would connect what opens the account of somebody else."""

    def __init__(self) -> None:
        told = _(
            "This sign-in of %(provider)s opens another account. Disconnect it there first, or use another one."
        )
        super().__init__({"sign_in": [told % {"provider": settings.OIDC_NAME}]})


class SignInProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one provider, in allauth's terms; what it says comes as Claims, and hardly anything of that is kept."""

    def extract_uid(self, data: Claims) -> str:
        """The name at the provider."""
        return data.subject

    def extract_extra_data(self, data: Claims) -> dict[str, str]:
        """What tells its owner one connected sign-in from another, and nothing else."""
        return {"email": data.email}

    def extract_common_fields(self, data: Claims) -> dict[str, str]:
        """What a new account begins with."""
        return {"email": data.email, "name": data.name}

    def extract_email_addresses(self, data: Claims) -> list[EmailAddress]:
        """The one address, confirmed where the provider says so."""
        if not data.email:
            return []
        return [EmailAddress(email=data.email, verified=data.email_is_confirmed, primary=True)]


class ProviderAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The provider of the settings, and what allauth does with those who come from it."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": gettext_lazy(
            "Without it you could not sign in any more: set a password first, then disconnect it."
        ),
        "no_verified_email": gettext_lazy(
            "Without it you could not sign in any more if you forgot your password: confirm your address first."
        ),
    }

    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The provider of the settings; one that was named earlier is known by its host, to be disconnected."""
        if provider not in (None, SignInProvider.id, settings.OIDC_ISSUER):
            return [_app(issuer=provider, name=urlsplit(provider).hostname or provider)]
        app = _app(issuer=settings.OIDC_ISSUER, name=settings.OIDC_NAME)
        return [app] if settings.OIDC_ISSUER and client_id in (None, app.client_id) else []

    def get_requests_session(self) -> NoReturn:
        """There is none: the provider is asked through the one way out of the house."""
        raise NotImplementedError("the sign-in provider is asked by personas.sign_in_provider")

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, str]) -> User:
        """An account that has the address and the name that the provider gave."""
        user: User = super().populate_user(request, sociallogin, data)
        user.display_name = data.get("name", "")
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Keep a new account, acting for its owner from now on."""
        identity.assume(sociallogin.user.pk)
        user: User = super().save_user(request, sociallogin, form)
        return user


def admit(*, claims: Claims) -> None:
    """Let the transaction act for whoever signs in, if they have an account by this name at the provider.

    Raises AddressNotConfirmed or AddressTaken where a new account would be made and cannot be.
    """
    owner = _owner_of(claims)
    if owner is not None:
        identity.assume(owner.pk)
        return
    _check_confirmed(claims)
    # Addresses that were added to an account count as well, confirmed or not.
    if User.objects.filter(email__iexact=claims.email).exists() or filter_users_by_email(claims.email):
        raise AddressTaken


def check_may_connect(*, user: User, claims: Claims) -> None:
    """Raise AddressNotConfirmed or ConnectedToAnother where somebody may not connect this name to their account."""
    owner = _owner_of(claims)
    if owner is not None and owner.pk != user.pk:
        raise ConnectedToAnother
    _check_confirmed(claims)


def has_connections(user: User) -> bool:
    """Tell whether somebody's account is connected to a provider, also one that is not offered any more."""
    return bool(SocialAccount.objects.filter(user_id=user.pk).exists())


def _check_confirmed(claims: Claims) -> None:
    if not claims.email_is_confirmed:
        raise AddressNotConfirmed


def _owner_of(claims: Claims) -> User | None:
    """Give whose account a proven name at the provider opens."""
    _present(f"{settings.OIDC_ISSUER} {claims.subject}")
    found = (
        SocialAccount.objects.filter(provider=settings.OIDC_ISSUER, uid=claims.subject)
        .select_related("user")
        .first()
    )
    _present("")
    return found.user if found is not None else None


def _present(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, name])


def _app(*, issuer: str, name: str) -> SocialApp:
    return SocialApp(
        provider=SignInProvider.id,
        provider_id=issuer,
        name=name,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
    )
