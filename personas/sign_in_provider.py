"""The sign-in provider that an operator may name (OpenID Connect): where to send somebody, and who came back from there.

It is asked through the function that SIGN_IN_REQUESTS names, and what it says of itself is kept for some minutes. The code flow
is used, with PKCE, a secret of our own, and a nonce; what is signed is checked in `id_tokens.py`.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from urllib.parse import quote_plus, urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.module_loading import import_string

from personas.id_tokens import TokenRefused, read_id_token

Reason: TypeAlias = Literal[
    "unreachable", "refused", "failed", "unreadable", "issuer", "insecure", "id_token"
]

KEPT_SECONDS = 600
"""How long the provider's description and keys are kept."""
SCOPE = "openid email profile"
LONGEST_EMAIL, LONGEST_NAME = 254, 255


class ProviderFault(Exception):
    """Raised where the provider cannot be asked, or says what cannot be believed; it quotes nothing of either side."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """`detail` is a word for the log."""
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        """Reason and detail."""
        return f"{self.reason} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Errand:
    """What one way to the provider and back is known by; `verifier` stays here until the code is redeemed."""

    nonce: str
    verifier: str

    @classmethod
    def begin(cls) -> Errand:
        """A new one, of random values."""
        return cls(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))

    @property
    def challenge(self) -> str:
        """What is told of the verifier beforehand (RFC 7636, S256)."""
        digest = sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Claims:
    """Who came back: `subject` is their name at the provider, for ever; `email` and `name` are empty where it does not say."""

    subject: str
    email: str = ""
    email_is_confirmed: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Description:
    """What a provider says of itself: its exact name, its addresses ("" for none), whether the secret goes in the form."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    takes_secret_in_form: bool


def is_offered() -> bool:
    """Tell whether the operator of this copy has named a provider."""
    return bool(settings.OIDC_ISSUER)


def way_there(*, errand: Errand, state: str, back: str) -> str:
    """Give the address that a browser is sent to, `back` being where it returns; raises ProviderFault."""
    address = _describe().authorization
    query = urlencode(
        {
            "response_type": "code",
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": state,
            "nonce": errand.nonce,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
    )
    return f"{address}{'&' if urlsplit(address).query else '?'}{query}"


def is_named(issuer: str) -> bool:
    """Tell whether an answer that names its issuer (RFC 9207) names this one."""
    return issuer.rstrip("/") == settings.OIDC_ISSUER


def redeem(*, code: str, errand: Errand, back: str, now: datetime) -> Claims:
    """Give who came back with this code; raises ProviderFault. The tokens themselves are forgotten."""
    provider = _describe()
    given = _redeem(provider, code=code, errand=errand, back=back)
    said = _believe(provider, given.get("id_token"), errand=errand, now=now)
    if "email" not in said and provider.userinfo:
        said = {**said, **_ask_userinfo(provider, given.get("access_token"), subject=said["sub"])}
    return read_claims(said)


def read_claims(said: Mapping[str, Any]) -> Claims:
    """Give what the provider's claims say, as far as it can be kept."""
    email = _read_email(said.get("email"))
    # Some send words where the standard has true and false; "false" must not count as something.
    is_confirmed = bool(email) and said.get("email_verified") in (True, "true")
    name = said.get("name")
    return Claims(
        subject=said["sub"],
        email=email,
        email_is_confirmed=is_confirmed,
        name=name.strip()[:LONGEST_NAME] if isinstance(name, str) and name.isprintable() else "",
    )


def _read_email(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_EMAIL or not given.isprintable():
        return ""
    try:
        validate_email(given)
    except ValidationError:
        return ""
    return given.lower()


def _describe() -> _Description:
    document = _fetch_kept(f"{settings.OIDC_ISSUER}/.well-known/openid-configuration")
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not is_named(issuer):
        raise ProviderFault("issuer")
    methods = document.get("token_endpoint_auth_methods_supported")
    return _Description(
        issuer=issuer,
        authorization=_address_in(document, "authorization_endpoint"),
        token=_address_in(document, "token_endpoint"),
        keys=_address_in(document, "jwks_uri"),
        userinfo=_address_in(document, "userinfo_endpoint") if "userinfo_endpoint" in document else "",
        # Where nothing is said, the header is meant (OpenID Connect Discovery 1.0, 3).
        takes_secret_in_form=isinstance(methods, list) and "client_secret_post" in methods,
    )


def _address_in(document: Mapping[str, Any], name: str) -> str:
    """Give an address that the provider names: encrypted, or as plain as its own, on the same door."""
    address = document.get(name)
    if not isinstance(address, str) or not address.isprintable():
        raise ProviderFault("unreadable", name)
    own = urlsplit(settings.OIDC_ISSUER)
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ProviderFault("unreadable", name) from None
    is_own = own.scheme == "http" and (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    if not (is_own or (parts.scheme == "https" and parts.hostname)):
        raise ProviderFault("insecure", name)
    return address


def _redeem(provider: _Description, *, code: str, errand: Errand, back: str) -> Mapping[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": errand.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if provider.takes_secret_in_form:
        form |= {"client_id": settings.OIDC_CLIENT_ID, "client_secret": settings.OIDC_CLIENT_SECRET}
    else:
        # Both are encoded as in a form first (RFC 6749, 2.3.1).
        pair = ":".join(map(quote_plus, (settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)))
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _fetch("POST", provider.token, headers=headers, content=urlencode(form).encode())


def _believe(provider: _Description, token: object, *, errand: Errand, now: datetime) -> dict[str, Any]:
    """Give the claims of a token; where its key is not among those that are kept, they are fetched anew once."""

    def read(keys: Mapping[str, Any]) -> dict[str, Any]:
        return read_id_token(
            token,
            keys=keys,
            issuer=provider.issuer,
            client_id=settings.OIDC_CLIENT_ID,
            nonce=errand.nonce,
            now=now,
        )

    try:
        try:
            return read(_fetch_kept(provider.keys))
        except TokenRefused as refused:
            if refused.fault != "unknown_key":
                raise
            return read(_fetch_kept(provider.keys, anew=True))
    except TokenRefused as refused:
        raise ProviderFault("id_token", refused.fault) from None


def _ask_userinfo(provider: _Description, token: object, *, subject: str) -> dict[str, Any]:
    """Give what the provider says beside the signed token, about the same person and nobody else (Core 1.0, 5.3.2)."""
    if not isinstance(token, str):
        raise ProviderFault("unreadable", "access_token")
    said = _fetch("GET", provider.userinfo, headers={"Authorization": f"Bearer {token}"})
    if said.get("sub") != subject:
        raise ProviderFault("id_token", "subject")
    return {name: said[name] for name in ("email", "email_verified", "name") if name in said}


def _fetch_kept(url: str, *, anew: bool = False) -> Mapping[str, Any]:
    key = f"sign-in-provider:{sha256(url.encode()).hexdigest()}"
    kept = None if anew else cache.get(key)
    if kept is None:
        kept = _fetch("GET", url)
        cache.set(key, kept, KEPT_SECONDS)
    return dict(kept)


def _fetch(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b""
) -> dict[str, Any]:
    """Give the JSON object that an address of the provider answers with; raises ProviderFault."""
    asked = {"Accept": "application/json", **(headers or {})}
    status, body = import_string(settings.SIGN_IN_REQUESTS)(
        method=method, url=url, headers=asked, content=content
    )
    if status != 200:
        raise ProviderFault("refused" if 400 <= status < 500 else "failed", str(status))
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderFault("unreadable") from None
    if not isinstance(read, dict):
        raise ProviderFault("unreadable")
    return read
