"""What an OpenID Connect provider signed about somebody, believed only where every rule of the standard holds; pure.

OpenID Connect Core 1.0, 3.1.3.7: signature, issuer, audience, time and nonce. Only keys that others cannot make a signature
with are taken (no HS256, and never "none"), whatever the token itself asks for.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard

import jwt

if TYPE_CHECKING:
    from jwt.types import Options

Fault: TypeAlias = Literal[
    "unreadable", "unknown_key", "signature", "issuer", "audience", "expired", "not_yet", "nonce", "subject"
]

LEEWAY_SECONDS = 60
"""How far the clocks of two machines may differ."""
MOST_CHARACTERS = 16 * 1024
LONGEST_SUBJECT = 191
"""What the column that keeps it holds; the standard allows 255, and no provider known to us comes near."""

_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}

# Times and names are judged by ourselves: this reads no clock.
_SIGNATURE_ALONE: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class TokenRefused(Exception):
    """Raised for a token that is not believed; it says which rule does not hold, and quotes nothing."""

    def __init__(self, fault: Fault) -> None:
        """`fault` is unknown_key where the provider may have new keys by now."""
        super().__init__(fault)
        self.fault: Fault = fault


def read_id_token(
    token: object, *, keys: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """Give the claims of a token that was signed by one of `keys` (a JWK set) for us and for this very sign-in.

    Raises TokenRefused.
    """
    if not isinstance(token, str) or not 0 < len(token) <= MOST_CHARACTERS:
        raise TokenRefused("unreadable")
    claims = _check_signature(token, keys)
    if claims.get("iss") != issuer:
        raise TokenRefused("issuer")
    if not _is_for(client_id, claims):
        raise TokenRefused("audience")
    _check_time(claims, now)
    if not _is_same(claims.get("nonce"), nonce):
        raise TokenRefused("nonce")
    if not is_subject(claims.get("sub")):
        raise TokenRefused("subject")
    return claims


def is_subject(value: object) -> bool:
    """Tell whether a value can name somebody at their provider: a text of visible signs that is not too long."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT and value.isprintable()


def _check_signature(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise TokenRefused("unreadable") from None
    key = _find_key(keys, header.get("kid"))
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=jwt.PyJWK(dict(key), algorithm=_algorithms_of(key)[0]).key,
            algorithms=list(_algorithms_of(key)),
            options=_SIGNATURE_ALONE,
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenRefused("signature") from None
    return claims


def _find_key(keys: Mapping[str, Any], name: object) -> Mapping[str, Any]:
    """Give the key of this name, or the only one there is where the token names none."""
    listed = keys.get("keys")
    signing = [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and each.get("use", "sig") == "sig" and _algorithms_of(each)
    ]
    found = [each for each in signing if name is None or each.get("kid") == name]
    if len(found) != 1:
        raise TokenRefused("unknown_key")
    return found[0]


def _algorithms_of(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what a key signs with: what it says itself, if that fits its type, or all that its type can."""
    able = _ALGORITHMS.get(str(key.get("kty")), ())
    said = key.get("alg")
    return able if said is None else tuple(each for each in able if each == said)


def _is_for(client_id: str, claims: Mapping[str, Any]) -> bool:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named:
        return False
    # A token for several says which of them it was given to.
    return bool(claims.get("azp", client_id if len(named) == 1 else None) == client_id)


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    at = now.timestamp()
    ends, begins, made = claims.get("exp"), claims.get("nbf", 0), claims.get("iat")
    if not _is_time(ends) or ends <= at - LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if not _is_time(begins) or not _is_time(made) or max(begins, made) > at + LEEWAY_SECONDS:
        raise TokenRefused("not_yet")


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())
