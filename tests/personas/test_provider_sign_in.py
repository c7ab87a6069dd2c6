"""Signing in by way of a provider: the whole way there and back, and everything that can be wrong with it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from personas.identity import acting_as
from personas.models import User
from personas.sign_in_provider import LONGEST_NAME, read_claims
from tests.conftest import ForgetfulClient
from tests.factories import SocialAccountFactory, UserFactory
from tests.personas.test_second_factor import PASSWORD, code, give_factor
from tests.roles import OWNER_ROLE, as_role, login
from tests.sign_in_provider import CLIENT_ID, CLIENT_SECRET, PlayedProvider, as_json, jwk, signing_key

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GO, BACK, CONNECTIONS = "/accounts/provider/go/", "/accounts/provider/back/", "/accounts/provider/"
FAILED, AWAY = "That sign-in did not work", "cannot be reached now"


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """Limits and what is kept of the provider, of this test alone."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(uuid4())}}


@pytest.fixture
def provider(settings: Any) -> Iterator[PlayedProvider]:
    """The provider that the operator named."""
    with PlayedProvider().running() as played:
        settings.OIDC_ISSUER, settings.OIDC_NAME = played.issuer, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        yield played


@pytest.fixture
def ada() -> User:
    """Somebody with a password and a confirmed address."""
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: ForgetfulClient) -> Any:
    return client.post(reverse("account_login"), {"login": "ada@example.com", "password": PASSWORD})


def go(client: ForgetfulClient, **data: str) -> str:
    """The address of the provider that a browser is sent to."""
    answer = client.post(GO, data)
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.content.decode())
    assert found, answer.content.decode()
    return unescape(found.group(1))


def come_back(client: ForgetfulClient, provider: PlayedProvider, **data: str) -> Any:
    """The whole way: there, and the answer to what the provider sends back with."""
    return client.get(provider.browse(go(client, **data)), headers={"User-Agent": FIREFOX})


def is_in(client: ForgetfulClient) -> bool:
    return bool(client.get(reverse("personas:account")).status_code == 200)


def connections_of(user: User) -> list[tuple[str, str]]:
    with acting_as(user.pk):
        return list(SocialAccount.objects.values_list("provider", "uid"))


def connect(client: ForgetfulClient, provider: PlayedProvider) -> Any:
    """Connect the provider, the password given once more."""
    asked = client.post(GO)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    leaving = client.post(asked.url, {"password": PASSWORD})
    found = re.search(r'content="0;url=([^"]+)"', leaving.content.decode())
    assert found
    return client.get(provider.browse(unescape(found.group(1))), follow=True)


# --- the way there and back --------------------------------------------------------------------------------------------


def test_newcomer_gets_an_account_and_comes_back_to_it(
    client: ForgetfulClient, provider: PlayedProvider
) -> None:
    assert "Sign in with Example ID" in client.get(reverse("account_login")).content.decode()
    assert "Sign in with Example ID" in client.get(reverse("account_signup")).content.decode()

    answer = come_back(client, provider)

    assert answer.url == reverse("today")
    assert is_in(client)
    user = User.objects.get()
    assert (user.email, user.display_name, user.has_usable_password()) == (
        "ada@example.com",
        "Ada Lovelace",
        False,
    )
    assert (user.is_staff, user.is_coach) == (False, False)
    with acting_as(user.pk):
        assert EmailAddress.objects.get().verified
        account = SocialAccount.objects.get()
        assert (account.provider, account.uid) == (provider.issuer, "ada-4711")
        assert account.extra_data == {"email": "ada@example.com"}
        assert UserSession.objects.get().user_agent == FIREFOX
    with as_role(OWNER_ROLE):
        assert not SocialToken.objects.exists()

    client.post(reverse("account_logout"))
    assert not is_in(client)
    # Whatever becomes of the address there: a person is known by their name at the provider.
    provider.person |= {"email": "other@example.com", "email_verified": False}
    assert come_back(client, provider).status_code == 302
    assert is_in(client)
    assert User.objects.get() == user


def test_it_is_asked_with_all_that_the_standard_wants(
    client: ForgetfulClient, provider: PlayedProvider
) -> None:
    one, other = (parse_qs(urlsplit(go(client)).query) for _time in range(2))

    assert one["from"] == ["relevnt"]
    assert one["redirect_uri"] == [f"http://testserver{BACK}"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 16
        assert one[name] != other[name]
    assert "client_secret" not in one


def test_page_on_the_way_is_of_no_cache(client: ForgetfulClient, provider: PlayedProvider) -> None:
    answer = client.post(GO)

    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"]


@pytest.mark.parametrize("methods", [None, ["client_secret_basic"], ["client_secret_post"], "odd"])
def test_secret_goes_the_way_that_the_provider_takes(
    client: ForgetfulClient, provider: PlayedProvider, methods: Any
) -> None:
    provider.auth_methods = methods

    come_back(client, provider)

    assert is_in(client)


def test_description_and_keys_are_kept_for_some_minutes(provider: PlayedProvider) -> None:
    for _time in range(3):
        come_back(ForgetfulClient(), provider)

    assert provider.asked.count("GET /realms/people/.well-known/openid-configuration") == 1
    assert provider.asked.count("GET /realms/people/keys") == 1
    assert provider.asked.count("POST /realms/people/token") == 3


def test_new_key_is_fetched_when_it_is_met(client: ForgetfulClient, provider: PlayedProvider) -> None:
    come_back(ForgetfulClient(), provider)
    provider.key, provider.published = "second", [jwk("first"), jwk("second")]

    come_back(client, provider)

    assert is_in(client)


def test_address_may_stand_beside_the_token(client: ForgetfulClient, provider: PlayedProvider) -> None:
    provider.says_all_in_token = False

    come_back(client, provider)

    assert is_in(client)
    assert User.objects.get().email == "ada@example.com"


@pytest.mark.parametrize(
    "answer",
    [
        as_json({"sub": "somebody else", "email": "ada@example.com", "email_verified": True}),
        as_json({"email": "ada@example.com", "email_verified": True}),
        as_json(["sub"]),
        as_json({}, 500),
        (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Sign in</title>"),
    ],
)
def test_what_stands_beside_the_token_is_about_the_same_person(
    client: ForgetfulClient, provider: PlayedProvider, answer: Any
) -> None:
    provider.says_all_in_token = False
    provider.answers["/userinfo"] = answer

    assert come_back(client, provider).status_code == 403
    assert not is_in(client)
    assert not User.objects.exists()


def test_way_leads_back_to_where_somebody_wanted_to_go(
    client: ForgetfulClient, provider: PlayedProvider
) -> None:
    assert come_back(client, provider, next="/skills/").url == "/skills/"
    assert come_back(ForgetfulClient(), provider, next="https://evil.example.org/").url == reverse("today")


def test_session_before_is_not_the_session_after(client: ForgetfulClient, provider: PlayedProvider) -> None:
    url = go(client)
    before = client.session.session_key

    client.get(provider.browse(url))

    assert client.session.session_key != before


# --- what is not believed ----------------------------------------------------------------------------------------------


def by_nobody(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none", headers={"kid": "first"})


def by_another(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, signing_key("second"), "RS256", headers={"kid": "first"})


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"iss": "https://id.example.org"},
        {"aud": "another copy"},
        {"sub": ""},
        {"sub": "a\0b"},
        {"sub": "x" * 300},
        {"sub": ["ada"]},
        {"iat": int(time.time()) + 3600},
    ],
    # By the rule alone: workers that collect in different seconds must give the same names.
    ids=[
        "nonce",
        "no nonce",
        "expired",
        "issuer",
        "audience",
        "no subject",
        "NUL",
        "long subject",
        "subjects",
        "not yet",
    ],
)
def test_token_that_breaks_a_rule_lets_nobody_in(
    client: ForgetfulClient, provider: PlayedProvider, changes: dict[str, Any]
) -> None:
    def sign(claims: dict[str, Any]) -> str:
        changed = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.api_jws.encode(
            json.dumps(changed).encode(), signing_key("first"), "RS256", {"kid": "first"}
        )

    provider.sign = sign

    answer = come_back(client, provider)

    assert answer.status_code == 403
    assert FAILED in answer.content.decode()
    assert not is_in(client)
    assert not User.objects.exists()


@pytest.mark.parametrize("sign", [by_nobody, by_another, lambda claims: None, lambda claims: "x"])
def test_token_that_the_provider_did_not_sign_lets_nobody_in(
    client: ForgetfulClient, provider: PlayedProvider, sign: Any
) -> None:
    provider.sign = sign

    assert FAILED in come_back(client, provider).content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (as_json({"error": "temporarily_unavailable"}, 503), AWAY),
        (as_json({"error": "invalid_client"}, 401), "could not be believed"),
        ((200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Sign in</title>"), "believed"),
        ((200, {"Content-Type": "application/json"}, b'{"a": ' + b"[" * 100_000), "believed"),
        ((200, {"Content-Type": "application/json"}, b" " * 300_000), "believed"),
        ((200, {"Content-Type": "application/json"}, b"\xff\xfe"), "believed"),
        (as_json([]), "believed"),
        (as_json({}), "believed"),
        ((302, {"Location": "https://elsewhere.example.org/"}, b""), AWAY),
    ],
)
def test_provider_that_is_broken_lets_nobody_in(
    client: ForgetfulClient, provider: PlayedProvider, path: str, answer: Any, told: str
) -> None:
    provider.answers[path] = answer

    page = client.post(GO)
    if path != "/.well-known/openid-configuration":
        page = come_back(client, provider)

    assert page.status_code == 403
    assert told in page.content.decode()
    assert not is_in(client)
    assert not User.objects.exists()


@pytest.mark.parametrize("when", ["before", "on the way"])
def test_provider_that_is_away_is_said_to_be(
    client: ForgetfulClient, provider: PlayedProvider, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    back = provider.browse(go(client)) if when == "on the way" else ""
    provider.stop()
    cache.clear()

    page = client.get(back) if back else client.post(GO)

    assert page.status_code == 403
    assert AWAY in page.content.decode()
    assert not is_in(client)
    assert "Nobody was signed in by the provider: unreachable" in caplog.text
    assert "ada" not in caplog.text


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://id.example.org"},
        {"issuer": None},
        {"issuer": 7},
        {"authorization_endpoint": "http://id.example.org/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https:///authorize"},
        {"authorization_endpoint": "https://[id.example.org/"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://127.0.0.1:1/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "/keys"},
        {"jwks_uri": ["https://id.example.org/keys"]},
        {"userinfo_endpoint": "http://id.example.org/userinfo"},
    ],
    ids=str,
)
def test_description_that_leads_elsewhere_or_in_the_open_is_not_followed(
    client: ForgetfulClient, provider: PlayedProvider, description: dict[str, Any]
) -> None:
    provider.description = description

    page = client.post(GO)

    assert page.status_code == 403
    assert FAILED in page.content.decode()
    assert provider.asked == ["GET /realms/people/.well-known/openid-configuration"]


@pytest.mark.parametrize("state", ["wrong", "", None])
def test_wrong_state_lets_nobody_in(
    client: ForgetfulClient, provider: PlayedProvider, state: str | None
) -> None:
    query = parse_qs(urlsplit(provider.browse(go(client))).query)
    given = {"code": query["code"][0]} | ({"state": state} if state is not None else {})

    page = client.get(BACK, given)

    assert page.status_code == 403
    assert not is_in(client)
    assert "POST /realms/people/token" not in provider.asked


def test_answer_is_taken_once_and_by_the_browser_that_asked(
    client: ForgetfulClient, provider: PlayedProvider
) -> None:
    back = provider.browse(go(client))
    thief = ForgetfulClient()

    assert thief.get(back).status_code == 403
    assert not is_in(thief)
    assert client.get(back).status_code == 302
    client.post(reverse("account_logout"))
    assert client.get(back).status_code == 403
    assert not is_in(client)


def test_code_of_another_errand_is_refused(client: ForgetfulClient, provider: PlayedProvider) -> None:
    """What a thief was given for their own errand is of no use in the one of somebody else (RFC 9700, 4.5)."""
    stolen = parse_qs(urlsplit(provider.browse(go(ForgetfulClient()))).query)["code"][0]
    state = parse_qs(urlsplit(go(client)).query)["state"][0]

    assert client.get(BACK, {"code": stolen, "state": state}).status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"error": "access_denied"}, 302),
        ({"error": "server_error"}, 403),
        ({"error": "login_required", "code": None}, 403),
        ({"code": None}, 403),
        ({"code": ""}, 403),
        ({"code": "unknown"}, 403),
        ({"iss": "https://evil.example.org"}, 403),
        ({"iss": ""}, 403),
    ],
    ids=str,
)
def test_answer_that_is_none_lets_nobody_in(
    client: ForgetfulClient, provider: PlayedProvider, changes: dict[str, str | None], status: int
) -> None:
    query = parse_qs(urlsplit(provider.browse(go(client))).query)
    given = {name: values[0] for name, values in query.items()} | changes
    if "error" in changes:
        given.pop("code", None)

    answer = client.get(BACK, {name: value for name, value in given.items() if value is not None})

    assert answer.status_code == status
    assert not is_in(client)
    assert not User.objects.exists()


def test_whoever_cancels_there_is_back_where_they_were(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    provider.refuses_with = "access_denied"

    page = client.get(provider.browse(go(client)), follow=True)
    assert page.redirect_chain[-1][0] == reverse("account_login")
    assert "You did not sign in with Example ID." in page.content.decode()

    sign_in(client)
    page = connect(client, provider)
    assert page.redirect_chain[-1][0] == CONNECTIONS
    assert connections_of(ada) == []


def test_asking_has_a_limit(client: ForgetfulClient, provider: PlayedProvider) -> None:
    answers = [client.post(GO) for _time in range(31)]

    assert (answers[0].status_code, answers[-1].url) == (200, reverse("account_login"))
    assert "Too many attempts" in client.get(answers[-1].url).content.decode()


# --- whose account it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email_verified": 0},
        {"email_verified": "yes"},
        {"email": "no address"},
        {"email": "ada@example.com\0"},
        {"email": f"{'a' * 300}@example.com"},
        {"email": ["ada@example.com"]},
        {"email": ""},
    ],
    ids=str,
)
def test_address_that_the_provider_did_not_confirm_makes_and_connects_nothing(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, said: dict[str, Any]
) -> None:
    provider.person |= said

    answer = come_back(client, provider)

    assert answer.status_code == 403
    assert "has not confirmed an e-mail address of yours" in answer.content.decode()
    assert not is_in(client)
    assert User.objects.get() == ada
    sign_in(client)
    assert "has not confirmed" in connect(client, provider).content.decode()
    assert connections_of(ada) == []


def test_confirmed_may_be_said_in_a_word(client: ForgetfulClient, provider: PlayedProvider) -> None:
    provider.person["email_verified"] = "true"

    come_back(client, provider)

    assert is_in(client)


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com", "second@example.com"])
def test_account_that_has_the_address_is_not_taken_over(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, email: str
) -> None:
    with acting_as(ada.pk):
        EmailAddress.objects.create(user=ada, email="second@example.com", verified=False)
    provider.person["email"] = email

    answer = come_back(client, provider)

    assert answer.status_code == 403
    assert "There is an account with this address already." in answer.content.decode()
    assert not is_in(client)
    assert User.objects.get() == ada
    assert connections_of(ada) == []
    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_owner_connects_with_the_password_and_is_told(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    sign_in(client)
    assert "Nothing is connected." in client.get(CONNECTIONS).content.decode()

    page = connect(client, provider)

    html = page.content.decode()
    assert "It is connected" in html
    assert "Disconnect" in html
    assert connections_of(ada) == [(provider.issuer, "ada-4711")]
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert "Example ID was connected to your account" in sent.body
    assert reverse("personas:sessions") in sent.body
    visitor = ForgetfulClient()
    assert come_back(visitor, provider).status_code == 302
    assert str(ada.email) in visitor.get(reverse("personas:account")).content.decode()
    assert User.objects.get() == ada


def test_connected_twice_is_connected_once(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    sign_in(client)
    connect(client, provider)

    again = client.get(provider.browse(go(client)), follow=True)

    assert "It was connected already." in again.content.decode()
    assert len(connections_of(ada)) == 1


def test_what_opens_another_account_is_not_connected(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, charlie: User
) -> None:
    SocialAccountFactory(user=charlie, provider=provider.issuer, uid="ada-4711")
    sign_in(client)

    page = connect(client, provider)

    assert page.status_code == 403
    assert "opens another account" in page.content.decode()
    assert "charlie@example.com" not in page.content.decode()
    assert connections_of(ada) == []
    assert len(connections_of(charlie)) == 1


def test_whoever_signed_out_on_the_way_connects_nothing(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    sign_in(client)
    leaving = client.post(client.post(GO).url, {"password": PASSWORD})
    found = re.search(r'content="0;url=([^"]+)"', leaving.content.decode())
    assert found
    back = provider.browse(unescape(found.group(1)))
    session = client.session
    for name in [name for name in session.keys() if name.startswith("_auth_user")]:  # noqa: SIM118
        del session[name]
    session.save()

    assert client.get(back).url == reverse("account_login")
    assert connections_of(ada) == []


def test_same_name_at_another_provider_is_somebody_else(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    SocialAccountFactory(user=ada, provider="https://id.example.org", uid="ada-4711")
    provider.person["email"] = "grace@example.com"

    come_back(client, provider)

    assert "grace@example.com" in client.get(reverse("personas:account")).content.decode()
    assert User.objects.count() == 2


def test_account_that_may_not_sign_in_does_not(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    SocialAccountFactory(user=ada, provider=provider.issuer, uid="ada-4711")
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.pk).update(is_active=False)

    assert come_back(client, provider).url == reverse("account_inactive")
    assert not is_in(client)


def test_somebody_else_who_signs_in_ends_the_session_before(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, charlie: User
) -> None:
    SocialAccountFactory(user=charlie, provider=provider.issuer, uid="ada-4711")
    back = provider.browse(go(client))
    sign_in(client)

    client.get(back)

    assert "charlie@example.com" in client.get(reverse("personas:account")).content.decode()


# --- second factor, roles ------------------------------------------------------------------------------------------------


def test_second_factor_is_asked_for_all_the_same(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    SocialAccountFactory(user=ada, provider=provider.issuer, uid="ada-4711")
    give_factor(ada)

    answer = come_back(client, provider)

    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert is_in(client)


@pytest.mark.parametrize("role", ["is_staff", "is_coach"])
def test_coaches_and_staff_need_one_of_this_house(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, settings: Any, role: str
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    SocialAccountFactory(user=ada, provider=provider.issuer, uid="ada-4711")
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.pk).update(**{role: True})

    come_back(client, provider)

    assert is_in(client)
    assert client.get(reverse("admin:index")).url == reverse("mfa_index")


# --- disconnecting, and accounts without a password ----------------------------------------------------------------------


def disconnect(client: ForgetfulClient, user: User) -> Any:
    with acting_as(user.pk):
        account = SocialAccount.objects.get()
    return client.post(CONNECTIONS, {"account": account.pk}, follow=True)


def test_owner_disconnects_with_the_password_and_is_told(
    client: ForgetfulClient, provider: PlayedProvider, ada: User
) -> None:
    SocialAccountFactory(user=ada, provider=provider.issuer, uid="ada-4711")
    sign_in(client)

    asked = disconnect(client, ada)
    assert asked.redirect_chain[-1][0].startswith(reverse("account_reauthenticate"))
    assert len(connections_of(ada)) == 1
    page = client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)

    assert "It is disconnected" in page.content.decode()
    assert connections_of(ada) == []
    (sent,) = mail.outbox
    assert "Example ID was disconnected from your account" in sent.body
    assert come_back(ForgetfulClient(), provider).status_code == 403


def test_only_way_in_stays(client: ForgetfulClient, provider: PlayedProvider) -> None:
    come_back(client, provider)
    user = User.objects.get()

    page = disconnect(client, user)

    assert "set a password first" in page.content.decode()
    assert len(connections_of(user)) == 1


def test_what_is_connected_to_somebody_else_is_not_there(
    client: ForgetfulClient, provider: PlayedProvider, ada: User, charlie: User
) -> None:
    theirs = SocialAccountFactory(user=charlie, provider=provider.issuer, uid="charlie")
    sign_in(client)
    client.post(client.post(GO).url, {"password": PASSWORD})

    page = client.post(CONNECTIONS, {"account": theirs.pk})

    assert page.status_code == 200
    assert "charlie" not in page.content.decode()
    assert len(connections_of(charlie)) == 1


def test_account_without_a_password_is_closed_once_it_has_one(
    client: ForgetfulClient, provider: PlayedProvider
) -> None:
    come_back(client, provider)
    address = reverse("personas:close_account")

    page = client.get(address).content.decode()
    refused = client.post(address, {"password": ""})

    assert reverse("account_set_password") in page
    assert refused.status_code == 200
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    assert client.post(address, {"password": PASSWORD}).url == reverse("personas:my_data")


def test_api_says_that_closing_needs_a_password(client: ForgetfulClient, provider: PlayedProvider) -> None:
    come_back(client, provider)

    answer = client.post("/api/v1/me/closing/", {"password": "x"}, content_type="application/json")

    assert answer.status_code == 400
    assert "no password yet" in answer.content.decode()


# --- where there is no provider --------------------------------------------------------------------------------------------


def test_without_a_provider_nothing_is_offered(client: ForgetfulClient, ada: User) -> None:
    for page in ("account_login", "account_signup"):
        assert "/accounts/provider/" not in client.get(reverse(page)).content.decode()
    assert [client.get(GO).status_code, client.post(GO).status_code] == [404, 404]
    assert client.get(BACK, {"code": "x", "state": "x"}).status_code == 404

    sign_in(client)

    assert CONNECTIONS not in client.get(reverse("personas:account")).content.decode()
    assert [client.get(each).status_code for each in (GO, BACK, CONNECTIONS)] == [404] * 3
    assert client.post(GO).status_code == 404


def test_provider_that_was_named_earlier_can_be_disconnected(client: ForgetfulClient, ada: User) -> None:
    SocialAccountFactory(user=ada, provider="https://id.example.org/old", uid="ada")
    sign_in(client)
    assert CONNECTIONS in client.get(reverse("personas:account")).content.decode()

    page = client.get(CONNECTIONS).content.decode()
    asked = disconnect(client, ada)
    client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)

    assert "id.example.org" in page
    assert "Connect " not in page
    assert connections_of(ada) == []


def test_way_there_is_opened_by_its_button_alone(client: ForgetfulClient, provider: PlayedProvider) -> None:
    assert client.get(GO).url == reverse("account_login")
    assert client.post(BACK).status_code == 405
    assert ForgetfulClient(enforce_csrf_checks=True).post(GO).status_code == 403
    assert provider.asked == []


# --- what is kept, and who reads it ----------------------------------------------------------------------------------------


def test_row_is_seen_by_its_owner_and_by_whom_the_provider_vouches_for(ada: User, charlie: User) -> None:
    SocialAccountFactory(user=ada, provider="https://id.example.org", uid="ada")

    def seen() -> int:
        return SocialAccount.objects.count()

    with acting_as(ada.pk):
        assert seen() == 1
    with acting_as(charlie.pk):
        assert seen() == 0
        assert not SocialAccount.objects.update(uid="mine")
        assert not SocialAccount.objects.all()._raw_delete("default")
    with acting_as(None), connection.cursor() as cursor:
        for name, number in (("https://id.example.org ada", 1), ("https://id.example.org eve", 0), ("", 0)):
            cursor.execute("SELECT set_config('app.sign_in_name', %s, true)", [name])
            assert seen() == number
            assert not SocialAccount.objects.update(uid="mine")


@pytest.mark.parametrize("role", ["relevnt_app", "relevnt_worker"])
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO socialaccount_socialtoken (account_id, token, token_secret) VALUES (1, 'x', '')",
        "UPDATE socialaccount_socialtoken SET token = 'x'",
        "SELECT * FROM socialaccount_socialapp",
    ],
)
def test_tokens_cannot_be_kept_and_the_table_of_providers_is_closed(ada: User, role: str, sql: str) -> None:
    with login(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute(sql)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Ada", "Ada"), ("  Ada ", "Ada"), ("a\0b", ""), (7, ""), (None, ""), ("x" * 999, "x" * LONGEST_NAME)],
)
def test_name_is_kept_as_far_as_it_can_be(name: Any, kept: str) -> None:
    assert read_claims({"sub": "ada", "name": name}).name == kept
