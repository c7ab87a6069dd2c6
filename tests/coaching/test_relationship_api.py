"""The API of both sides: invitations answered by whoever has the address, relationships, consents, and who looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from coaching.looks import look_at_client
from coaching.models import Consent, Invitation, Relationship
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as
from personas.models import User
from personas.tokens import issue_token
from tests.factories import ConsentFactory, InvitationFactory, RelationshipFactory, UserFactory
from tests.roles import OWNER_ROLE, as_role

INVITATIONS = "/api/v1/coaching/invitations/"
RELATIONSHIPS = "/api/v1/coaching/relationships/"
CONSENTS = "/api/v1/coaching/consents/"
LOG = "/api/v1/coaching/access-log/"
NOTHING = "There is nothing at this address for you."


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    """Bob coaches Alice."""
    return RelationshipFactory(coach=bob, client=alice)


@pytest.fixture
def consent(relationship: Relationship) -> Consent:
    """Alice lets Bob see her matches."""
    return ConsentFactory(relationship=relationship, scopes=["matches"])


def session(api: APIClient, user: User) -> APIClient:
    api.logout()
    api.force_login(user)
    return api


def all_of(model: Any, user: User) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.order_by("created_at"))


def queries_of(api: APIClient, address: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        rows = api.get(address).json()["results"]
    return len(captured), len(rows)


# --- invitations -----------------------------------------------------------------------------------------------------


def test_coach_invites_client_accepts_with_two_scopes_and_the_coach_sees_them(
    api: APIClient, alice: User, bob: User
) -> None:
    sent = session(api, bob).post(
        INVITATIONS, {"email": "Alice@Example.com", "message": "Shall we?", "by_coach": True}
    )
    address = sent.headers["Location"]
    (received,) = session(api, alice).get(INVITATIONS, {"direction": "received"}).json()["results"]
    until = (timezone.now() + timedelta(days=30)).isoformat()
    accepted = api.post(f"{address}accept/", {"scopes": ["resume", "matches"], "valid_until": until})
    seen_by_bob = session(api, bob).get(RELATIONSHIPS, {"role": "coach"}).json()["results"]

    assert (sent.status_code, sent.json()["direction"], sent.json()["email"]) == (
        201,
        "sent",
        "alice@example.com",
    )
    assert (received["direction"], received["sender"], received["message"], received["is_open"]) == (
        "received",
        {"name": "Bob"},
        "Shall we?",
        True,
    )
    assert accepted.status_code == 200, accepted.content
    assert (accepted.json()["role"], accepted.json()["may_see"]) == ("client", ["matches", "resume"])
    assert [(row["role"], row["client"], row["may_see"]) for row in seen_by_bob] == [
        ("coach", {"name": "Alice"}, ["matches", "resume"])
    ]
    assert api.get(address).json()["relationship"] == accepted.json()["id"]
    assert api.get(address).json()["answer"] == "accepted"


def test_client_asks_and_the_coach_agrees_without_a_word_about_scopes(
    api: APIClient, alice: User, bob: User
) -> None:
    address = (
        session(api, alice).post(INVITATIONS, {"email": bob.email, "by_coach": False}).headers["Location"]
    )
    refused = session(api, bob).post(f"{address}accept/", {"scopes": ["matches"]})
    accepted = api.post(f"{address}accept/")

    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["scopes"])
    assert (accepted.status_code, accepted.json()["role"], accepted.json()["may_see"]) == (200, "coach", [])


def test_invitation_is_declined_by_its_address_and_withdrawn_by_its_sender(
    api: APIClient, alice: User, bob: User
) -> None:
    first = InvitationFactory(user=bob, email=alice.email)
    second = InvitationFactory(user=bob, email="somebody@example.com")

    declined = session(api, alice).post(f"{INVITATIONS}{first.pk}/decline/")
    again = api.post(f"{INVITATIONS}{first.pk}/decline/")
    not_hers = api.post(f"{INVITATIONS}{first.pk}/withdraw/")
    withdrawn = session(api, bob).post(f"{INVITATIONS}{second.pk}/withdraw/")
    not_his = api.post(f"{INVITATIONS}{first.pk}/accept/", {"scopes": ["matches"]})

    assert (declined.status_code, declined.json()["answer"], declined.json()["is_open"]) == (
        200,
        "declined",
        False,
    )
    assert (again.status_code, list(again.json()["errors"])) == (409, ["invitation"])
    assert (withdrawn.status_code, withdrawn.json()["answer"]) == (200, "withdrawn")
    assert (not_hers.status_code, not_his.status_code) == (404, 404)


def test_other_address_is_told_to_sign_in_with_the_right_one(
    api: APIClient, alice: User, bob: User, charlie: User
) -> None:
    invitation = InvitationFactory(user=bob, email=alice.email)
    session(api, charlie)

    answers = [api.get(f"{INVITATIONS}{pk}/").json() | {"instance": ""} for pk in (invitation.pk, uuid4())]
    statuses = [
        api.post(f"{INVITATIONS}{invitation.pk}/{word}/", {"scopes": ["matches"]}).status_code
        for word in ("accept", "decline", "withdraw")
    ]

    assert answers[0] == answers[1]
    assert "Sign in with the one that it was sent to" in answers[0]["detail"]
    assert statuses == [404, 404, 404]
    assert api.get(INVITATIONS).json()["results"] == []
    assert [row.answer for row in all_of(Invitation, bob)] == ["open"]


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({}, 400, "email"),
        ({"email": "bob@example.com"}, 400, "email"),
        ({"email": "BOB@example.com"}, 400, "email"),
        ({"email": "nobody"}, 400, "email"),
        ({"email": ""}, 400, "email"),
        ({"email": ["x@example.com"]}, 400, "email"),
        ({"email": "taken@example.com"}, 409, "email"),
        ({"email": "x@example.com", "message": "x" * 1001}, 400, "message"),
        ({"email": "x@example.com", "by_coach": "perhaps"}, 400, "by_coach"),
    ],
    ids=str,
)
def test_invitation_that_cannot_be_sent_is_told_by_field(
    api: APIClient, bob: User, given: dict[str, Any], status: int, field: str
) -> None:
    InvitationFactory(user=bob, email="taken@example.com")

    answer = session(api, bob).post(INVITATIONS, {"by_coach": True, **given})

    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])
    assert answer.json()["errors"][field][0].endswith(".")
    assert len(all_of(Invitation, bob)) == 1


def test_only_a_coach_invites(api: APIClient, charlie: User) -> None:
    answer = session(api, charlie).post(INVITATIONS, {"email": "x@example.com", "by_coach": True})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["coach"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["papers"]}, "scopes.0"),
        ({"scopes": "matches"}, "scopes"),
        ({"scopes": ["matches"], "valid_until": "soon"}, "valid_until"),
        ({"scopes": ["matches"], "valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"scopes": ["matches"], "valid_until": "2999-01-01T00:00:00Z"}, "valid_until"),
    ],
    ids=str,
)
def test_acceptance_that_cannot_be_kept_is_told_by_field(
    api: APIClient, alice: User, bob: User, given: dict[str, Any], field: str
) -> None:
    invitation = InvitationFactory(user=bob, email=alice.email)

    answer = session(api, alice).post(f"{INVITATIONS}{invitation.pk}/accept/", given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert all_of(Relationship, alice) == []


def test_invitation_past_its_time_and_of_somebody_who_is_no_coach_opens_nothing(
    api: APIClient, alice: User, bob: User
) -> None:
    late = InvitationFactory(user=bob, email=alice.email)
    with as_role(OWNER_ROLE):
        Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(days=1))
    former = UserFactory(is_coach=True)
    theirs = InvitationFactory(user=former, email=alice.email)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=former.pk).update(is_coach=False)
    session(api, alice)

    answers = [api.post(f"{INVITATIONS}{row.pk}/accept/", {"scopes": ["matches"]}) for row in (late, theirs)]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (409, ["invitation"]),
        (400, ["coach"]),
    ]
    assert api.get(f"{INVITATIONS}{late.pk}/").json()["is_open"] is False
    assert all_of(Relationship, alice) == []


def test_invitation_is_sent_and_accepted_once_under_a_key(api: APIClient, alice: User, bob: User) -> None:
    body = {"email": alice.email, "by_coach": True}
    first = session(api, bob).post(INVITATIONS, body, headers={HEADER: "one"})
    again = api.post(INVITATIONS, body, headers={HEADER: "one"})
    address = f"{first.headers['Location']}accept/"
    accepted = session(api, alice).post(address, {"scopes": ["matches"]}, headers={HEADER: "two"})
    once_more = api.post(address, {"scopes": ["matches"]}, headers={HEADER: "two"})

    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert again.headers["Location"] == first.headers["Location"]
    assert (once_more.status_code, once_more.content) == (200, accepted.content)
    assert len(all_of(Relationship, alice)) == len(all_of(Consent, alice)) == 1


def test_list_of_invitations_is_narrowed_and_paged_with_as_many_queries(
    api: APIClient, alice: User, bob: User
) -> None:
    session(api, bob)
    counts = []
    for number in (1, 19):
        for _each in range(number):
            InvitationFactory(user=bob)
        counts.append(queries_of(api, INVITATIONS))
    InvitationFactory(user=UserFactory(), by_coach=False, email=bob.email)

    def number(**wanted: Any) -> int:
        return len(api.get(INVITATIONS, {"page_size": 100, **wanted}).json()["results"])

    assert counts[0][0] == counts[1][0]
    assert [rows for _queries, rows in counts] == [1, 20]
    assert (number(), number(direction="sent"), number(direction="received")) == (21, 20, 1)
    assert (number(answer="declined"), number(open="true"), number(open="false")) == (0, 21, 0)
    assert api.get(INVITATIONS, {"answer": "lost"}).status_code == 400
    second = api.get(api.get(INVITATIONS).json()["next"]).json()
    assert (len(second["results"]), second["next"]) == (1, None)


# --- relationships ---------------------------------------------------------------------------------------------------


def test_coach_pauses_resumes_writes_notes_and_ends_and_the_client_reads(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    address = f"{RELATIONSHIPS}{consent.relationship_id}/"
    session(api, bob)
    paused = api.patch(address, {"status": "paused", "notes": "Two a week."}).json()
    resumed = api.patch(address, {"status": "active"}).json()
    unchanged = api.patch(address, {})
    ended = api.patch(address, {"status": "ended"}).json()
    too_late = [api.patch(address, {"status": "active"}), api.patch(address, {"notes": "x"})]
    read = session(api, alice).get(address).json()
    events = api.get(f"{address}events/").json()["results"]

    assert (paused["status"], paused["may_see"], paused["notes"]) == ("paused", [], "Two a week.")
    assert (resumed["status"], resumed["may_see"]) == ("active", ["matches"])
    assert (unchanged.status_code, unchanged.json()["notes"]) == (200, "Two a week.")
    assert (ended["status"], ended["may_see"]) == ("ended", [])
    assert [(answer.status_code, list(answer.json()["errors"])) for answer in too_late] == [
        (400, ["relationship"])
    ] * 2
    assert (read["role"], read["status"], read["notes"]) == ("client", "ended", "Two a week.")
    assert [event["what"] for event in events] == ["ended", "resumed", "paused", "consented", "begun"]
    assert events[3]["scopes"] == ["matches"]


def test_client_does_not_write_a_relationship(
    api: APIClient, relationship: Relationship, alice: User
) -> None:
    session(api, alice)

    answers = [
        api.patch(f"{RELATIONSHIPS}{relationship.pk}/", given)
        for given in ({"status": "ended"}, {"notes": "Mine"}, {})
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert "revoke your consent" in answers[0].json()["errors"]["relationship"][0]
    assert [(row.status, row.notes) for row in all_of(Relationship, alice)] == [("active", "")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "over"}, "status"),
        ({"status": None}, "status"),
        ({"notes": "x" * 5001}, "notes"),
        ({"notes": ["x"]}, "notes"),
    ],
    ids=str,
)
def test_change_of_a_relationship_that_cannot_be_kept_is_told_by_field(
    api: APIClient, relationship: Relationship, bob: User, given: dict[str, Any], field: str
) -> None:
    answer = session(api, bob).patch(f"{RELATIONSHIPS}{relationship.pk}/", given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_stranger_finds_no_relationship_and_nobody_makes_one_by_hand(
    api: APIClient, relationship: Relationship, bob: User, charlie: User, staff: User
) -> None:
    address = f"{RELATIONSHIPS}{relationship.pk}/"
    for user in (charlie, staff, UserFactory(is_coach=True)):
        session(api, user)
        answers = [api.get(address), api.patch(address, {"status": "ended"}), api.get(f"{address}events/")]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(404, NOTHING)] * 3
        assert api.get(RELATIONSHIPS).json()["results"] == []
    session(api, bob)

    assert api.post(RELATIONSHIPS, {"client": str(charlie.pk)}).status_code == 405
    assert api.delete(address).status_code == 405
    assert api.post(f"{address}events/", {}).status_code == 405


def test_list_of_relationships_is_narrowed_with_as_many_queries(api: APIClient, bob: User) -> None:
    session(api, bob)
    counts = []
    for number in (1, 19):
        for _each in range(number):
            ConsentFactory(relationship=RelationshipFactory(coach=bob))
        counts.append(queries_of(api, RELATIONSHIPS))
    RelationshipFactory(client=bob)

    def number(**wanted: Any) -> int:
        return len(api.get(RELATIONSHIPS, {"page_size": 100, **wanted}).json()["results"])

    assert counts[0][0] == counts[1][0]
    assert [rows for _queries, rows in counts] == [1, 20]
    assert (number(), number(role="coach"), number(role="client"), number(status="paused")) == (21, 20, 1, 0)
    assert api.get(RELATIONSHIPS, {"role": "staff"}).status_code == 400


# --- consents --------------------------------------------------------------------------------------------------------


def test_client_gives_changes_and_revokes_a_consent_and_the_coach_reads(
    api: APIClient, relationship: Relationship, alice: User, bob: User
) -> None:
    session(api, alice)
    given = api.post(
        CONSENTS, {"relationship": str(relationship.pk), "scopes": ["resume", "matches"], "valid_until": None}
    )
    address = given.headers["Location"]
    second = api.post(
        CONSENTS, {"relationship": str(relationship.pk), "scopes": ["learning"], "valid_until": None}
    )
    changed = api.patch(address, {"scopes": ["learning"], "revision": given.json()["revision"]})
    read = session(api, bob).get(address).json()
    revoked = session(api, alice).post(f"{address}revoke/")
    too_late = api.patch(address, {"scopes": ["matches"], "revision": revoked.json()["revision"]})

    assert (given.status_code, given.json()["scopes"], given.json()["is_live"]) == (
        201,
        ["matches", "resume"],
        True,
    )
    assert (second.status_code, list(second.json()["errors"])) == (409, ["scopes"])
    assert (changed.status_code, changed.json()["scopes"]) == (200, ["learning"])
    assert (changed.json()["narrowed"], changed.json()["told"]) == (False, "")
    assert (read["role"], read["scopes"], read["revision"]) == ("coach", ["learning"], 2)
    assert (revoked.status_code, revoked.json()["is_live"]) == (200, False)
    assert revoked.json()["revoked_at"] is not None
    assert (too_late.status_code, list(too_late.json()["errors"])) == (409, ["scopes"])


def test_two_devices_at_once_leave_the_stricter_and_say_so(
    api: APIClient, relationship: Relationship, alice: User
) -> None:
    consent = ConsentFactory(relationship=relationship, scopes=["matches", "resume"])
    address = f"{CONSENTS}{consent.pk}/"
    soon = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    session(api, alice)

    first = api.patch(address, {"scopes": ["matches"], "valid_until": soon.isoformat(), "revision": 1})
    second = api.patch(address, {"scopes": ["matches", "resume", "learning"], "revision": 1})

    assert first.json()["narrowed"] is False
    assert (second.status_code, second.json()["scopes"], second.json()["narrowed"]) == (
        200,
        ["matches"],
        True,
    )
    assert datetime.fromisoformat(second.json()["valid_until"]) == soon
    assert "stricter of both" in second.json()["told"]


def test_change_of_one_thing_leaves_the_other(api: APIClient, consent: Consent, alice: User) -> None:
    address = f"{CONSENTS}{consent.pk}/"
    soon = (timezone.now() + timedelta(days=3)).replace(microsecond=0).isoformat()
    session(api, alice)

    dated = api.patch(address, {"valid_until": soon, "revision": 1}).json()
    wider = api.patch(address, {"scopes": ["matches", "learning"], "revision": 2}).json()
    without_end = api.patch(address, {"valid_until": None, "revision": 3}).json()

    assert dated["scopes"] == ["matches"]
    assert wider["valid_until"] == dated["valid_until"] is not None
    assert (without_end["scopes"], without_end["valid_until"]) == (["matches", "learning"], None)


def test_coach_does_not_write_a_consent(
    api: APIClient, consent: Consent, relationship: Relationship, bob: User
) -> None:
    session(api, bob)
    body = {"relationship": str(relationship.pk), "scopes": ["resume"], "valid_until": None}

    answers = [
        api.post(CONSENTS, body),
        api.patch(f"{CONSENTS}{consent.pk}/", {"scopes": ["resume"], "revision": 1}),
        api.post(f"{CONSENTS}{consent.pk}/revoke/"),
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["relationship"]),
        (400, ["consent"]),
        (400, ["consent"]),
    ]
    assert [(row.scopes, row.revoked_at) for row in all_of(Consent, bob)] == [(["matches"], None)]
    assert api.delete(f"{CONSENTS}{consent.pk}/").status_code == 405


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["papers"]}, "scopes.0"),
        ({"scopes": None}, "scopes"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_until": "2999-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"revision": 0}, "revision"),
        ({"revision": None}, "revision"),
        ({"revision": "first"}, "revision"),
    ],
    ids=str,
)
def test_change_of_a_consent_that_cannot_be_kept_is_told_by_field(
    api: APIClient, consent: Consent, alice: User, given: dict[str, Any], field: str
) -> None:
    answer = session(api, alice).patch(f"{CONSENTS}{consent.pk}/", {"revision": 1, **given})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert [row.revision for row in all_of(Consent, alice)] == [1]


def test_consent_to_a_relationship_of_somebody_else_is_to_one_that_is_not_there(
    api: APIClient, relationship: Relationship, charlie: User
) -> None:
    session(api, charlie)

    answers = [
        api.post(CONSENTS, {"relationship": str(pk), "scopes": ["matches"], "valid_until": None}).json()
        for pk in (relationship.pk, uuid4())
    ]

    assert answers[0] == answers[1]
    assert list(answers[0]["errors"]) == ["relationship"]


def test_stranger_finds_no_consent(api: APIClient, consent: Consent, charlie: User, staff: User) -> None:
    address = f"{CONSENTS}{consent.pk}/"
    for user in (charlie, staff, UserFactory(is_coach=True)):
        session(api, user)
        answers = [
            api.get(address),
            api.patch(address, {"scopes": ["resume"], "revision": 1}),
            api.post(f"{address}revoke/"),
        ]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(404, NOTHING)] * 3
        assert api.get(CONSENTS).json()["results"] == []


def test_consent_is_given_and_revoked_once_under_a_key(
    api: APIClient, relationship: Relationship, alice: User
) -> None:
    body = {"relationship": str(relationship.pk), "scopes": ["matches"], "valid_until": None}
    session(api, alice)
    given = api.post(CONSENTS, body, headers={HEADER: "give"})
    again = api.post(CONSENTS, body, headers={HEADER: "give"})
    revoke = f"{given.headers['Location']}revoke/"
    revoked = api.post(revoke, headers={HEADER: "revoke"})
    once_more = api.post(revoke, headers={HEADER: "revoke"})

    assert (again.content, once_more.content) == (given.content, revoked.content)
    assert len(all_of(Consent, alice)) == 1


def test_list_of_consents_is_narrowed_with_as_many_queries(
    api: APIClient, alice: User, relationship: Relationship
) -> None:
    session(api, alice)
    counts = []
    for number in (1, 19):
        for _each in range(number):
            ConsentFactory(relationship=RelationshipFactory(client=alice))
        counts.append(queries_of(api, CONSENTS))
    revoked = ConsentFactory(relationship=relationship)
    with acting_as(alice.pk):
        Consent.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())

    def number(**wanted: Any) -> int:
        return len(api.get(CONSENTS, {"page_size": 100, **wanted}).json()["results"])

    assert counts[0][0] == counts[1][0]
    assert [rows for _queries, rows in counts] == [1, 20]
    assert (number(live="true"), number(live="false"), number(relationship=relationship.pk)) == (20, 1, 1)
    assert (number(role="client"), number(role="coach")) == (21, 0)


# --- the access log --------------------------------------------------------------------------------------------------


def look(consent: Consent, page: str = "matches") -> None:
    with acting_as(consent.coach_id):
        look_at_client(coach=consent.coach, relationship=consent.relationship, scopes=["matches"], page=page)


def test_client_reads_who_looked_in_words_and_nobody_else_does(
    api: APIClient, consent: Consent, alice: User, bob: User, charlie: User, staff: User
) -> None:
    look(consent)

    (entry,) = session(api, alice).get(LOG).json()["results"]
    others = [session(api, user).get(LOG).json()["results"] for user in (bob, charlie, staff)]

    assert others == [[], [], []]
    assert entry | {"id": "", "at": ""} == {
        "id": "",
        "viewer": str(bob.pk),
        "viewer_name": "Bob",
        "viewer_role": "coach",
        "relationship": str(consent.relationship_id),
        "page": "matches",
        "words": "your matches",
        "scopes": ["matches"],
        "object_id": None,
        "reason": "",
        "at": "",
    }
    session(api, alice)
    assert {api.post(LOG, {}).status_code, api.delete(LOG).status_code} == {405}


def test_access_log_is_narrowed_and_paged_with_as_many_queries(
    api: APIClient, consent: Consent, alice: User
) -> None:
    other = ConsentFactory(relationship=RelationshipFactory(client=alice), scopes=["matches"])
    session(api, alice)
    counts = []
    for number in (1, 19):
        for _each in range(number):
            look(consent)
        counts.append(queries_of(api, LOG))
    look(other, "match")

    def pages(**wanted: Any) -> list[str]:
        return [row["page"] for row in api.get(LOG, {"page_size": 100, **wanted}).json()["results"]]

    assert counts[0][0] == counts[1][0]
    assert [rows for _queries, rows in counts] == [1, 20]
    assert pages(viewer=other.coach_id) == ["match"]
    assert len(pages(since="2020-01-01T00:00:00Z")) == 21
    assert pages(since="2999-01-01T00:00:00Z") == []
    assert len(api.get(api.get(LOG).json()["next"]).json()["results"]) == 1
    for wanted in ({"viewer": "Bob"}, {"since": "yesterday"}):
        answer = api.get(LOG, wanted)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wanted))


# --- keys ------------------------------------------------------------------------------------------------------------


WRITES: list[Callable[[APIClient, Consent], Any]] = [
    lambda api, _consent: api.post(INVITATIONS, {"email": "x@example.com", "by_coach": True}),
    lambda api, consent: api.patch(f"{RELATIONSHIPS}{consent.relationship_id}/", {"status": "paused"}),
    lambda api, consent: api.patch(f"{CONSENTS}{consent.pk}/", {"scopes": ["resume"], "revision": 1}),
    lambda api, consent: api.post(f"{CONSENTS}{consent.pk}/revoke/"),
]


@pytest.mark.parametrize("who", ["coach", "client"])
def test_key_of_scope_read_reads_both_sides_and_writes_nothing(
    api: APIClient, consent: Consent, who: str
) -> None:
    user = getattr(consent, who)
    with acting_as(user.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=user, name="phone", scope="read", expires_at=expires_at)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert [write(api, consent).status_code for write in WRITES] == [403] * 4
    assert [row["id"] for row in api.get(CONSENTS).json()["results"]] == [str(consent.pk)]
    assert [row["role"] for row in api.get(RELATIONSHIPS).json()["results"]] == [who]


def test_key_of_scope_write_writes(api: APIClient, consent: Consent, bob: User) -> None:
    with acting_as(bob.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=bob, name="phone", scope="write", expires_at=expires_at)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert [write(api, consent).status_code for write in WRITES] == [201, 200, 400, 400]
