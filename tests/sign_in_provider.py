"""An OpenID Connect provider on the loopback: it keeps the standard, and breaks it where a test says so."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from matching.guarded_http import Request, send

Answer: TypeAlias = tuple[int, dict[str, str], bytes]

CLIENT_ID = "relevnt here"
CLIENT_SECRET = "s3cret/+ of the house:"
JSON = {"Content-Type": "application/json"}


@cache
def signing_key(name: str) -> rsa.RSAPrivateKey:
    """A key of this name, made once for all tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str, **changes: Any) -> dict[str, Any]:
    """What the world is told of a key."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(name).public_key(), as_dict=True)
    return {**public, "kid": name, "use": "sig", "alg": "RS256", **changes}


def as_json(value: Any, status: int = 200) -> Answer:
    """An answer that holds this."""
    return status, JSON, json.dumps(value).encode()


class PlayedProvider:
    """Signs `person` in for everybody who is sent there; `asked` keeps each request as method and path.

    `answers` takes the place of what a path answers, `change_claims` and `sign` of what a token says and how it is signed.
    """

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "ada-4711",
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada Lovelace",
        }
        self.says_all_in_token = True
        self.auth_methods: list[str] | None = ["client_secret_basic", "client_secret_post"]
        self.key = "first"
        self.published = [jwk("first")]
        self.description: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {}
        self.change_claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], Any] = self._sign
        self.refuses_with = ""
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: list[str] = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                path = urlsplit(self.path).path
                played.asked.append(f"{self.command} {path}")
                status, headers, content = played.answer(self, path, body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.door = f"127.0.0.1:{self._server.server_port}"
        self.issuer = f"http://{self.door}/realms/people"
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextmanager
    def running(self) -> Iterator[PlayedProvider]:
        """Answer until the block ends, or `stop` is called."""
        self._thread.start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        """Be away from now on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def browse(self, url: str) -> str:
        """Where a browser that opens this address is sent back to, path and query."""
        answer = send(Request("GET", url), also_allowed=frozenset({self.door}))
        assert answer.status == 302, answer.body
        parts = urlsplit(answer.headers["location"])
        assert parts.netloc == "testserver"
        return f"{parts.path}?{parts.query}"

    def answer(self, handler: BaseHTTPRequestHandler, path: str, body: bytes) -> Answer:
        """What a request is answered."""
        short = path.removeprefix("/realms/people")
        if short in self.answers:
            return self.answers[short]
        if short == "/.well-known/openid-configuration":
            return as_json(self._describe())
        if short == "/keys":
            return as_json({"keys": self.published})
        if short == "/authorize":
            return self._authorize(parse_qs(urlsplit(handler.path).query))
        if short == "/token":
            return self._token(handler, parse_qs(body.decode()))
        if short == "/userinfo" and handler.headers.get("Authorization") == f"Bearer {self.tokens[-1]}":
            return as_json(self.person)
        return as_json({"error": "not_found"}, 404)

    def _describe(self) -> dict[str, Any]:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?from=relevnt",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": self.auth_methods,
        } | self.description
        return {name: value for name, value in said.items() if value is not None}

    def _authorize(self, query: dict[str, list[str]]) -> Answer:
        asked = {name: value for name, (value, *_more) in query.items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"error": self.refuses_with} if self.refuses_with else {"code": code}
        query_back = urlencode({**back, "state": asked["state"], "iss": self.issuer})
        return 302, {"Location": f"{asked['redirect_uri']}?{query_back}"}, b""

    def _token(self, handler: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> Answer:
        given = {name: value for name, (value, *_more) in form.items()}
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(sha256(given.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or given["grant_type"] != "authorization_code"
            or given["redirect_uri"] != asked["redirect_uri"]
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or self._who_asks(handler, given) != (CLIENT_ID, CLIENT_SECRET)
        ):
            return as_json({"error": "invalid_grant"}, 400)
        self.tokens.append(secrets.token_urlsafe(16))
        token = self.sign(self.change_claims(self._claims(asked["nonce"])))
        answer = {"access_token": self.tokens[-1], "token_type": "Bearer", "id_token": token}
        return as_json({name: value for name, value in answer.items() if value is not None})

    def _who_asks(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> tuple[str, str]:
        scheme, _blank, pair = handler.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            name, _colon, secret = base64.b64decode(pair).decode().partition(":")
            return unquote_plus(name), unquote_plus(secret)
        return form.get("client_id", ""), form.get("client_secret", "")

    def _claims(self, nonce: str) -> dict[str, Any]:
        said = self.person if self.says_all_in_token else {"sub": self.person["sub"]}
        now = int(time.time())
        return {**said, "iss": self.issuer, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": nonce}

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, signing_key(self.key), "RS256", headers={"kid": self.key})
