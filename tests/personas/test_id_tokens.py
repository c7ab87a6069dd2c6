"""Signed tokens: believed where every rule holds, and refused by the name of the first that does not."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from personas.id_tokens import LEEWAY_SECONDS, LONGEST_SUBJECT, TokenRefused, read_id_token
from tests.sign_in_provider import jwk, signing_key

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT, NONCE = "https://id.example.org", "relevnt", "a nonce of ours"
GOOD = {"iss": ISSUER, "aud": CLIENT, "sub": "ada", "exp": AT + 300, "iat": AT, "nonce": NONCE}
KEYS = {"keys": [jwk("first")]}


def signed(claims: dict[str, Any], *, key: str = "first", kid: str | None = "first") -> str:
    return jwt.encode(claims, signing_key(key), "RS256", headers={"kid": kid} if kid else None)


def read(token: object, keys: Any = KEYS) -> dict[str, Any]:
    return read_id_token(token, keys=keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, now=NOW)


def fault_of(token: object, keys: Any = KEYS) -> str:
    with pytest.raises(TokenRefused) as refused:
        read(token, keys)
    return refused.value.fault


def test_good_token_is_read() -> None:
    assert read(signed(GOOD)) == GOOD


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
        {"exp": AT - LEEWAY_SECONDS + 1},
        {"iat": AT + LEEWAY_SECONDS},
        {"nbf": AT + LEEWAY_SECONDS},
        {"exp": AT + 0.5},
        {"sub": "x" * LONGEST_SUBJECT},
    ],
)
def test_what_the_standard_allows_is_allowed(changes: dict[str, Any]) -> None:
    assert read(signed(GOOD | changes))["iss"] == ISSUER


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"iss": "https://id.example.com"}, "issuer"),
        ({"iss": f"{ISSUER}/"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": [CLIENT, "another"]}, "audience"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"exp": AT - LEEWAY_SECONDS}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": str(AT + 300)}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"exp": float("inf")}, "expired"),
        ({"iat": AT + LEEWAY_SECONDS + 1}, "not_yet"),
        ({"iat": None}, "not_yet"),
        ({"nbf": AT + LEEWAY_SECONDS + 1}, "not_yet"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "\ud800"}, "nonce"),
        ({"sub": ""}, "subject"),
        ({"sub": None}, "subject"),
        ({"sub": 4711}, "subject"),
        ({"sub": "a\0b"}, "subject"),
        ({"sub": "\ud800"}, "subject"),
        ({"sub": "x" * (LONGEST_SUBJECT + 1)}, "subject"),
    ],
)
def test_claim_that_breaks_a_rule_is_named(changes: dict[str, Any], fault: str) -> None:
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    token = jwt.api_jws.encode(json.dumps(claims).encode(), signing_key("first"), "RS256", {"kid": "first"})

    assert fault_of(token) == fault


def by_secret() -> str:
    """Signed with what everybody knows: the published key, as if it were a secret (RFC 8725, 2.1)."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "first"}, GOOD)]
    told = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mark = hmac.digest(json.dumps(jwk("first")).encode(), told, "sha256")
    return b".".join((told, base64.urlsafe_b64encode(mark).rstrip(b"="))).decode()


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        (lambda: signed(GOOD, key="second"), "signature"),
        (lambda: signed(GOOD)[:-4] + "AAAA", "signature"),
        (lambda: jwt.encode(GOOD, None, "none", headers={"kid": "first"}), "signature"),
        (by_secret, "signature"),
        (lambda: jwt.encode(GOOD, signing_key("first"), "PS256", headers={"kid": "first"}), "signature"),
        (lambda: signed(GOOD, kid="second"), "unknown_key"),
        (lambda: "not.a.token", "unreadable"),
        (lambda: "", "unreadable"),
        (lambda: None, "unreadable"),
        (lambda: ["a"], "unreadable"),
        (lambda: "a" * 20_000, "unreadable"),
        (lambda: "a.b.c.d.e", "unreadable"),
    ],
)
def test_token_that_is_not_signed_by_the_provider_is_refused(token: Callable[[], Any], fault: str) -> None:
    assert fault_of(token()) == fault


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": None},
        {"keys": "x"},
        {"keys": ["x", 1, None]},
        {"keys": []},
        {"keys": [jwk("first", use="enc")]},
        {"keys": [jwk("first", alg="HS256")]},
        {"keys": [jwk("first"), jwk("first")]},
        {"keys": [{"kty": "oct", "kid": "first", "k": "c2VjcmV0"}]},
    ],
)
def test_key_that_cannot_be_told_signs_nothing(keys: Any) -> None:
    assert fault_of(signed(GOOD), keys) == "unknown_key"


@pytest.mark.parametrize("broken", [{"n": ""}, {"n": "!!"}, {"e": None}, {"n": 7}])
def test_broken_key_signs_nothing(broken: dict[str, Any]) -> None:
    assert fault_of(signed(GOOD), {"keys": [jwk("first", **broken)]}) == "signature"


def test_only_key_needs_no_name_and_one_of_several_does() -> None:
    token = signed(GOOD, kid=None)

    assert read(token) == GOOD
    assert fault_of(token, {"keys": [jwk("first"), jwk("second")]}) == "unknown_key"


@pytest.mark.parametrize(
    ("key", "algorithm", "of_key"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ES256", jwt.algorithms.ECAlgorithm),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA", jwt.algorithms.OKPAlgorithm),
    ],
)
def test_keys_of_other_kinds_are_read(key: Any, algorithm: str, of_key: Any) -> None:
    published = of_key.to_jwk(key.public_key(), as_dict=True)

    assert read(jwt.encode(GOOD, key, algorithm), {"keys": [published]}) == GOOD


@given(st.text() | st.binary() | st.none() | st.integers())
def test_whatever_is_given_is_refused_and_breaks_nothing(token: Any) -> None:
    assert fault_of(token) in {"unreadable", "unknown_key", "signature"}


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_the_keys_are_nothing_breaks(keys: Any) -> None:
    assert fault_of(signed(GOOD), {"keys": [keys]}) == "unknown_key"
