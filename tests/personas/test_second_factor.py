"""Second factors: set up, asked for, used once, required of coaches and staff, and nobody else's to read."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from rest_framework.test import APIClient

from coaching.looks import look_at_client
from coaching.models import SCOPES, Relationship
from personas.identity import acting_as
from personas.models import ApiToken, User
from personas.second_factor import SecondFactorMissing, lacks_second_factor
from tests.conftest import ForgetfulClient
from tests.factories import ConsentFactory, RelationshipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
PASSWORD = "eleven green bottles"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """Limits and used codes of this test alone: the broker's cache is shared by all tests, some of which empty it."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(uuid4())}}


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with a password."""
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
    return user


def code(secret: str = SECRET) -> str:
    """What an app shows now, and for some seconds more."""
    if (left := 30 - time.time() % 30) < 3:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def give_factor(user: User) -> list[str]:
    """Give somebody an app, and recovery codes; the codes."""
    with acting_as(user.pk):
        TOTP.activate(user, SECRET)
        codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def sign_in(client: ForgetfulClient, email: str = "ada@example.com") -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": PASSWORD})


def is_in(client: ForgetfulClient) -> bool:
    return bool(client.get(reverse("personas:account")).status_code == 200)


def test_app_is_set_up_on_the_pages_and_asked_for_from_then_on(client: ForgetfulClient, ada: User) -> None:
    sign_in(client)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.url.startswith(reverse("account_reauthenticate"))
    client.post(page.url, {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()

    done = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    assert done.url == reverse("mfa_view_recovery_codes")
    assert client.get(done.url).content.decode().count("\n") > 10
    client.post(reverse("account_logout"))
    assert sign_in(client).url == reverse("mfa_authenticate")
    assert not is_in(client)
    cache.clear()  # as half a minute later: the code of the set-up is used up
    entered = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert entered.status_code == 302
    assert is_in(client)


@pytest.mark.parametrize("wrong", ["000000", "", "x" * 500, "12 34"])
def test_wrong_code_lets_nobody_in(client: ForgetfulClient, ada: User, wrong: str) -> None:
    give_factor(ada)
    sign_in(client)

    assert client.post(reverse("mfa_authenticate"), {"code": wrong}).status_code == 200
    assert not is_in(client)


def test_code_is_used_once(client: ForgetfulClient, ada: User) -> None:
    give_factor(ada)
    used = code()
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": used})
    assert is_in(client)

    other = ForgetfulClient()
    sign_in(other)
    other.post(reverse("mfa_authenticate"), {"code": used})

    assert not is_in(other)


def test_recovery_code_stands_in_once(client: ForgetfulClient, ada: User) -> None:
    spare = give_factor(ada)[0]
    for expected in (True, False):
        visitor = ForgetfulClient()
        sign_in(visitor)
        visitor.post(reverse("mfa_authenticate"), {"code": spare})
        assert is_in(visitor) is expected


def test_guessing_has_a_limit(client: ForgetfulClient, ada: User) -> None:
    give_factor(ada)
    sign_in(client)
    for guess in range(12):
        client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"})

    client.post(reverse("mfa_authenticate"), {"code": code()})

    assert not is_in(client)


def test_secrets_lie_encrypted(ada: User) -> None:
    give_factor(ada)

    with acting_as(ada.pk), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        (kept,) = cursor.fetchone()
    assert SECRET not in kept


def test_somebody_elses_factors_cannot_be_read(ada: User, charlie: User) -> None:
    give_factor(ada)

    with acting_as(charlie.pk):
        assert not Authenticator.objects.exists()
        assert not Authenticator.objects.filter(user_id=ada.pk).delete()[0]
    with acting_as(ada.pk):
        assert Authenticator.objects.count() == 2


@pytest.mark.parametrize("what", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_somebody_elses_passkey_is_not_there(
    client: ForgetfulClient, ada: User, charlie: User, what: str
) -> None:
    with acting_as(charlie.pk):
        key = Authenticator.objects.create(
            user=charlie, type="webauthn", data={"name": "k", "credential": {}}
        )
    sign_in(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert client.get(reverse(what, args=[key.pk])).status_code == 404
    assert client.post(reverse(what, args=[key.pk]), {"name": "mine"}).status_code == 404
    with acting_as(charlie.pk):
        assert Authenticator.objects.get().data["name"] == "k"


# --- the API -----------------------------------------------------------------------------------------------------------

KEY = {"email": "ada@example.com", "password": PASSWORD, "name": "laptop", "scope": "read", "days": 1}


def test_key_needs_a_code_where_there_is_a_second_factor(api: APIClient, ada: User) -> None:
    give_factor(ada)

    refused = [api.post("/api/v1/tokens/", {**KEY, **more}) for more in ({}, {"code": "000000"})]
    made = api.post("/api/v1/tokens/", {**KEY, "code": code()})

    assert [each.status_code for each in refused] == [400, 400]
    assert "code" in refused[0].json()["errors"]
    assert made.status_code == 201
    with acting_as(ada.pk):
        assert ApiToken.objects.count() == 1


def test_password_alone_opens_no_session_over_the_api(api: APIClient, ada: User) -> None:
    give_factor(ada)

    answer = api.post("/api/v1/session/", {"email": "ada@example.com", "password": PASSWORD})

    assert answer.status_code == 403
    assert "second factor" in answer.json()["detail"]
    assert api.get("/api/v1/me/").status_code in (401, 403)


# --- coaches and staff -------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(settings: Any) -> None:
    """As in front of the public."""
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    row: Relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=row, scopes=list(SCOPES))
    return row


def test_coach_without_a_second_factor_sees_no_client(
    strict: None, client: ForgetfulClient, api: APIClient, bob: User, relationship: Relationship
) -> None:
    client.force_login(bob)
    api.force_login(bob)
    pages = [
        reverse("admin:index"),
        reverse("admin:desk"),
        f"{reverse('admin:coaching_clientmatch_changelist')}?client={relationship.pk}",
        reverse("admin:coaching_cohort_changelist"),
    ]

    assert {client.get(page).url for page in pages} == {reverse("mfa_index")}
    assert api.get(f"/api/v1/coaching/clients/{relationship.pk}/matches/").status_code == 403
    assert api.get("/api/v1/coaching/desk/").status_code == 403
    assert client.get(reverse("personas:account")).status_code == 200
    with acting_as(bob.pk), pytest.raises(SecondFactorMissing):
        look_at_client(coach=bob, relationship=relationship, scopes=["matches"], page="matches")

    give_factor(bob)

    assert client.get(pages[1]).status_code == 200
    assert client.get(pages[2]).status_code == 200
    assert api.get(f"/api/v1/coaching/clients/{relationship.pk}/matches/").status_code == 200


def test_staff_without_a_second_factor_come_to_no_page_of_the_admin(
    strict: None, client: ForgetfulClient, staff: User, alice: User
) -> None:
    client.force_login(staff)
    pages = [reverse("admin:index"), reverse("admin:staff_look", args=[alice.pk])]

    assert {client.get(page).url for page in pages} == {reverse("mfa_index")}
    assert client.post(pages[1], {"reason": "Asked to."}).url == reverse("mfa_index")

    give_factor(staff)

    assert [client.get(page).status_code for page in pages] == [200, 200]


def test_recovery_codes_alone_are_no_second_factor(strict: None, staff: User) -> None:
    with acting_as(staff.pk):
        RecoveryCodes.activate(staff)
        assert lacks_second_factor(staff)


def test_nothing_is_required_of_others_or_on_a_first_look(settings: Any, alice: User, bob: User) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    with acting_as(alice.pk):
        assert not lacks_second_factor(alice)
    settings.SECOND_FACTOR_REQUIRED = False
    with acting_as(bob.pk):
        assert not lacks_second_factor(bob)


def test_pages_of_second_factors_are_read(client: ForgetfulClient, ada: User) -> None:
    give_factor(ada)
    client.force_login(ada)

    html = client.get(reverse("mfa_index")).content.decode()

    assert "At each sign-in you give a code of the app." in html
    assert "10 are left." in html
