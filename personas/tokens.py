"""Keys to the API: issuing and revoking them, recognizing whoever presents one, and what its scope allows.

A key is `rel_` and 256 random bits; only its SHA-256 is kept. The row of a presented key is found before anybody is
known: row security shows exactly the row whose hash the transaction has set.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission

from personas import identity
from personas.models import ApiToken, User

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

CHALLENGE = 'Bearer realm="Relevnt"'
"""What a 401 answers in WWW-Authenticate."""

_PREFIX = "rel_"
_BYTES = 32
_KEY = re.compile(r"rel_[A-Za-z0-9_-]{43}")
_SETTING = "app.api_key_sha256"


def issue_token(*, user: User, name: str, scope: str, expires_at: datetime) -> tuple[ApiToken, str]:
    """Make a key for `user`, who must be the one the transaction acts for; the key itself is given once and not kept."""
    key = _PREFIX + secrets.token_urlsafe(_BYTES)
    token = ApiToken.objects.create(
        user=user, name=name, scope=scope, expires_at=expires_at, key_sha256=_hash(key)
    )
    return token, key


def revoke_token(*, token: ApiToken) -> None:
    """Make a key open nothing from the next request on."""
    ApiToken.objects.filter(pk=token.pk).delete()


class TokenAuthentication(BaseAuthentication):
    """Signs a request in by `Authorization: Bearer rel_…`, and makes its transaction act for the key's person."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The person and the key, or None without a key; raises AuthenticationFailed for one that opens nothing."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = _find_token(key.strip())
        if token is None or token.expires_at <= timezone.now() or not token.user.is_active:
            raise AuthenticationFailed(_("This key is unknown, revoked or past its end. Make a new one."))
        identity.assume(token.user_id)
        # The language was chosen before anybody was known; the next request chooses anew.
        translation.activate(token.user.locale)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE


class TokenScopeAllows(BasePermission):
    """Lets a key of scope `read` only read."""

    message = gettext_lazy("This key may only read. Use one of scope “write”.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the request stays within the scope of its key; a session has no scope."""
        token: Any = request.auth
        if not isinstance(token, ApiToken) or request.method in SAFE_METHODS:
            return True
        return token.scope == ApiToken.Scope.WRITE


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _find_token(key: str) -> ApiToken | None:
    if not _KEY.fullmatch(key):
        return None
    digest = _hash(key)
    _present(digest)
    token = ApiToken.objects.select_related("user").filter(key_sha256=digest).first()
    _present("")
    return token


def _present(digest: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, digest])
