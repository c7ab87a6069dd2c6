"""The API of suggestions and reviews: proposed within what is granted, changed by the client alone, each read one look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from coaching.models import SCOPES, AccessEntry, Consent, Relationship, Suggestion
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as
from personas.models import Persona, Resume, User, UserSkill
from personas.tokens import issue_token
from tests.factories import (
    ConsentFactory,
    JobFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
    SuggestionFactory,
    UserFactory,
)

SUGGESTIONS = "/api/v1/coaching/suggestions/"
RESUMES = "/api/v1/resumes/"
NOTHING = "There is nothing at this address for you."


@pytest.fixture
def consent(alice: User, bob: User) -> Consent:
    """Alice lets Bob see everything that a consent opens."""
    return ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=list(SCOPES))


def session(api: APIClient, user: User) -> APIClient:
    api.logout()
    api.force_login(user)
    return api


def looks_at(person: User) -> list[tuple[str, Any]]:
    with acting_as(person.pk):
        rows = AccessEntry.objects.owned_by(person)
        return sorted((entry.page, entry.object_id) for entry in rows)


def kept(model: Any, user: User) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.filter(**{"client" if model is Suggestion else "user": user}))


def revoke(consent: Consent) -> None:
    with acting_as(consent.client_id):
        Consent.objects.filter(pk=consent.pk).update(revoked_at=timezone.now())


def set_status(consent: Consent, status: str) -> None:
    with acting_as(consent.coach_id):
        Relationship.objects.filter(pk=consent.relationship_id).update(status=status)


def a_skill(consent: Consent, **values: Any) -> dict[str, Any]:
    return {
        "relationship": str(consent.relationship_id),
        "kind": "skill",
        "proposal": {"name": "Terraform", "level": "beginner"},
        "note": "Half of your matches ask for it.",
        **values,
    }


# --- the story -------------------------------------------------------------------------------------------------------


def test_coach_suggests_client_sees_the_difference_and_accepts(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    persona = PersonaFactory(user=alice, name="Engineer")
    made = session(api, bob).post(
        SUGGESTIONS,
        {
            "relationship": str(consent.relationship_id),
            "kind": "persona",
            "persona": str(persona.pk),
            "proposal": {"min_salary": 60000, "locations": ["Berlin"]},
            "note": "The floor excludes most.",
        },
    )
    address = made.headers["Location"]
    shown = session(api, alice).get(address).json()
    accepted = api.post(f"{address}accept/", {"seen": shown["preview"]["seen"]})
    again = api.post(f"{address}accept/", {"seen": shown["preview"]["seen"]})
    read = session(api, bob).get(address).json()

    assert (made.status_code, made.json()["role"], made.json()["preview"]) == (201, "coach", None)
    assert (shown["role"], shown["coach"], shown["persona"]) == ("client", {"name": "Bob"}, str(persona.pk))
    assert [(change["field"], change["after"]) for change in shown["preview"]["changes"]] == [
        ("locations", "Berlin, Germany"),
        ("min_salary", "60,000"),
    ]
    assert shown["preview"]["obstacle"] == ""
    assert (accepted.status_code, accepted.json()["status"], accepted.json()["preview"]) == (
        200,
        "accepted",
        None,
    )
    assert (again.status_code, list(again.json()["errors"])) == (409, ["suggestion"])
    assert read["status"] == "accepted"
    with acting_as(alice.pk):
        preferences = Persona.objects.get(pk=persona.pk).preferences
        assert (preferences.min_salary, preferences.locations) == (60000, ["Berlin, Germany"])
    assert looks_at(alice) == [("suggestion", persona.pk)]


def test_client_declines_with_a_word_and_nothing_changes(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)
    address = f"{SUGGESTIONS}{suggestion.pk}/"

    declined = session(api, alice).post(f"{address}decline/", {"answer": "Not before summer."})
    again = api.post(f"{address}decline/")
    read = session(api, bob).get(address).json()
    too_late = api.post(f"{address}withdraw/")

    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert (again.status_code, too_late.status_code) == (409, 409)
    assert (read["answer"], read["answered_at"] is None) == ("Not before summer.", False)
    assert kept(UserSkill, alice) == []
    assert looks_at(alice) == []


def test_coach_takes_it_back_before_it_is_answered(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)
    address = f"{SUGGESTIONS}{suggestion.pk}/"

    seen = session(api, alice).get(address).json()["preview"]["seen"]
    withdrawn = session(api, bob).post(f"{address}withdraw/")
    too_late = session(api, alice).post(f"{address}accept/", {"seen": seen})

    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert (too_late.status_code, list(too_late.json()["errors"])) == (409, ["suggestion"])
    assert kept(UserSkill, alice) == []


def test_what_has_changed_since_it_was_looked_at_is_not_accepted_unseen(
    api: APIClient, consent: Consent, alice: User
) -> None:
    persona = PersonaFactory(user=alice)
    suggestion = SuggestionFactory(
        relationship=consent.relationship, kind="persona", persona=persona, proposal={"min_salary": 60000}
    )
    address = f"{SUGGESTIONS}{suggestion.pk}/"
    seen = session(api, alice).get(address).json()["preview"]["seen"]
    api.patch(f"/api/v1/personas/{persona.pk}/preferences/", {"min_salary": 90000})

    unseen = api.post(f"{address}accept/", {"seen": seen})
    seen_anew = api.get(address).json()["preview"]["seen"]
    accepted = api.post(f"{address}accept/", {"seen": seen_anew})

    assert (unseen.status_code, list(unseen.json()["errors"])) == (409, ["seen"])
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")


# --- who may what ----------------------------------------------------------------------------------------------------


def test_each_side_does_its_own_part_alone(api: APIClient, consent: Consent, alice: User, bob: User) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)
    address = f"{SUGGESTIONS}{suggestion.pk}/"

    answers = [
        session(api, bob).post(f"{address}accept/", {"seen": "x"}),
        api.post(f"{address}decline/"),
        session(api, alice).post(f"{address}withdraw/"),
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["suggestion"])
    ] * 3
    assert [row.status for row in kept(Suggestion, alice)] == ["open"]


def test_stranger_finds_no_suggestion(api: APIClient, consent: Consent, charlie: User, staff: User) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)
    address = f"{SUGGESTIONS}{suggestion.pk}/"
    for user in (charlie, staff, UserFactory(is_coach=True)):
        session(api, user)
        answers = [
            api.get(address),
            api.post(f"{address}accept/", {"seen": "x"}),
            api.post(f"{address}decline/"),
            api.post(f"{address}withdraw/"),
        ]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(404, NOTHING)] * 4
        assert api.get(SUGGESTIONS).json()["results"] == []
    assert {api.put(address, {}).status_code, api.delete(address).status_code} == {405}


@pytest.mark.parametrize(
    "cut",
    [
        revoke,
        lambda consent: set_status(consent, "paused"),
        lambda consent: set_status(consent, "ended"),
    ],
    ids=["revoked", "paused", "ended"],
)
def test_coach_reads_and_makes_none_after_a_cut_and_the_client_still_reads(
    api: APIClient, consent: Consent, alice: User, bob: User, cut: Callable[[Consent], None]
) -> None:
    for _each in range(3):
        SuggestionFactory(relationship=consent.relationship)
    first = session(api, bob).get(SUGGESTIONS, {"page_size": 2}).json()

    cut(consent)
    second = api.get(first["next"]).json()
    alone = api.get(f"{SUGGESTIONS}{first['results'][0]['id']}/")
    made = api.post(SUGGESTIONS, a_skill(consent))

    assert (len(first["results"]), second["results"]) == (2, [])
    assert (alone.status_code, made.status_code) == (404, 404)
    assert len(session(api, alice).get(SUGGESTIONS).json()["results"]) == 3


def test_suggestion_beyond_what_is_granted_is_refused_and_names_nothing(
    api: APIClient, alice: User, bob: User
) -> None:
    narrow = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=["matches"])
    resume = ResumeFactory(user=alice)
    body = {
        "kind": "resume",
        "proposal": {"edits": [{"pointer": "/basics/summary", "text": "x"}]},
        "resume": str(resume.pk),
    }
    session(api, bob)

    answers = [
        api.post(SUGGESTIONS, a_skill(narrow)),
        api.post(SUGGESTIONS, a_skill(narrow, **body)),
        api.post(SUGGESTIONS, a_skill(narrow, **body | {"resume": str(uuid4())})),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.content for answer in answers}) == 1
    assert kept(Suggestion, alice) == []
    assert looks_at(alice) == []


def test_row_of_somebody_else_is_as_one_that_is_not_there(
    api: APIClient, consent: Consent, charlie: User, bob: User
) -> None:
    theirs = PersonaFactory(user=charlie)
    own = PersonaFactory(user=bob)
    session(api, bob)

    answers = [
        api.post(
            SUGGESTIONS, a_skill(consent, kind="persona", persona=str(pk), proposal={"min_salary": 1})
        ).json()
        for pk in (theirs.pk, own.pk, uuid4())
    ]

    assert answers[0] == answers[1] == answers[2]
    assert list(answers[0]["errors"]) == ["persona"]


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "advice"}, "kind"),
        ({"note": ""}, "note"),
        ({"note": None}, "note"),
        ({"note": "x" * 2001}, "note"),
        ({"proposal": "Terraform"}, "proposal"),
        ({"proposal": {"name": "Terraform", "level": "godlike"}}, "proposal.level"),
        ({"proposal": {"name": "", "level": "expert"}}, "proposal.name"),
        ({"proposal": {"name": "Terraform", "level": "expert", "user": "me"}}, "proposal"),
        ({"kind": "weights", "proposal": {"name": "Pay first", "skill_weight": 2}}, "proposal.skill_weight"),
        ({"kind": "persona", "proposal": {"min_salary": 1}}, "persona"),
        ({"kind": "persona", "proposal": {"min_salary": 1}, "persona": "Engineer"}, "persona"),
        ({"kind": "job", "proposal": {}}, "job"),
        ({"kind": "job", "proposal": {}, "job": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "job"),
        ({"kind": "resume", "proposal": {"edits": [{"pointer": "/x", "text": "y"}]}}, "resume"),
        ({"persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "persona"),
        ({"relationship": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "relationship"),
    ],
    ids=str,
)
def test_suggestion_that_cannot_be_kept_is_told_by_field(
    api: APIClient, consent: Consent, bob: User, given: dict[str, Any], field: str
) -> None:
    answer = session(api, bob).post(SUGGESTIONS, a_skill(consent, **given))

    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert kept(Suggestion, consent.client) == []


def test_refusal_that_tells_of_a_resume_leaves_its_entry(api: APIClient, consent: Consent, bob: User) -> None:
    resume = ResumeFactory(user=consent.client, document={"basics": {"summary": "Ten years of data."}})
    guess = {"edits": [{"pointer": "/basics/summary", "text": "Ten years of data."}]}

    answer = session(api, bob).post(
        SUGGESTIONS, a_skill(consent, kind="resume", resume=str(resume.pk), proposal=guess)
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["proposal.edits"])
    assert "says this already" in answer.json()["errors"]["proposal.edits"][0]
    assert looks_at(consent.client) == [("suggestion", resume.pk)]
    assert kept(Suggestion, consent.client) == []


@pytest.mark.parametrize(
    ("word", "given", "field"),
    [
        ("accept", {}, "seen"),
        ("accept", {"seen": None}, "seen"),
        ("accept", {"seen": "x" * 65}, "seen"),
        ("decline", {"answer": "x" * 2001}, "answer"),
        ("decline", {"answer": []}, "answer"),
    ],
    ids=str,
)
def test_answer_that_cannot_be_kept_is_told_by_field(
    api: APIClient, consent: Consent, alice: User, word: str, given: dict[str, Any], field: str
) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)

    answer = session(api, alice).post(f"{SUGGESTIONS}{suggestion.pk}/{word}/", given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert [row.status for row in kept(Suggestion, alice)] == ["open"]


# --- repeated, narrowed, by key --------------------------------------------------------------------------------------


def test_suggestion_is_made_and_accepted_once_under_a_key(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    first = session(api, bob).post(SUGGESTIONS, a_skill(consent), headers={HEADER: "one"})
    again = api.post(SUGGESTIONS, a_skill(consent), headers={HEADER: "one"})
    address = first.headers["Location"]
    seen = session(api, alice).get(address).json()["preview"]["seen"]
    accepted = api.post(f"{address}accept/", {"seen": seen}, headers={HEADER: "two"})
    once_more = api.post(f"{address}accept/", {"seen": seen}, headers={HEADER: "two"})

    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert (once_more.status_code, once_more.content) == (200, accepted.content)
    assert len(kept(Suggestion, alice)) == len(kept(UserSkill, alice)) == 1


def test_list_is_narrowed_with_as_many_queries(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    counts = []
    for user in (alice, bob):
        session(api, user)
        for number in (1, 19):
            for _each in range(number if user == alice else 0):
                SuggestionFactory(relationship=consent.relationship)
            with CaptureQueriesContext(connection) as captured:
                rows = api.get(SUGGESTIONS).json()["results"]
            counts.append((len(captured), len(rows)))
    SuggestionFactory(relationship=consent.relationship, kind="job", job=JobFactory(), proposal={})

    def number_of(**wanted: Any) -> int:
        return len(api.get(SUGGESTIONS, {"page_size": 100, **wanted}).json()["results"])

    assert [rows for _queries, rows in counts] == [1, 20, 20, 20]
    assert counts[0][0] == counts[1][0]
    assert (number_of(kind="job"), number_of(role="coach"), number_of(role="client")) == (1, 21, 0)
    assert (number_of(status="open"), number_of(status="declined")) == (21, 0)
    assert (number_of(relationship=consent.relationship_id), number_of(relationship=uuid4())) == (21, 0)
    assert api.get(SUGGESTIONS, {"status": "lost"}).status_code == 400


def test_key_of_scope_read_reads_and_writes_nothing(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    suggestion = SuggestionFactory(relationship=consent.relationship)
    statuses = {}
    for user in (alice, bob):
        with acting_as(user.pk):
            expires_at = datetime(2099, 1, 1, tzinfo=UTC)
            _row, key = issue_token(user=user, name="phone", scope="read", expires_at=expires_at)
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        statuses[user] = {
            api.post(SUGGESTIONS, a_skill(consent)).status_code,
            *(
                api.post(f"{SUGGESTIONS}{suggestion.pk}/{word}/", {"seen": "x"}).status_code
                for word in ("accept", "decline", "withdraw")
            ),
        }
        assert api.get(f"{SUGGESTIONS}{suggestion.pk}/").status_code == 200

    assert statuses == {alice: {403}, bob: {403}}


# --- reviews ---------------------------------------------------------------------------------------------------------


def review_of(consent: Consent, resume: Resume) -> str:
    return f"/api/v1/coaching/clients/{consent.relationship_id}/resumes/{resume.pk}/"


def test_owner_asks_for_a_review_and_the_coach_gives_it(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    resume = ResumeFactory(user=alice, text="Data engineer")
    asked = session(api, alice).post(f"{RESUMES}{resume.pk}/ask-review/")
    mark = session(api, bob).get(review_of(consent, resume)).json()["mark"]
    reviewed = api.post(
        f"{review_of(consent, resume)}review/",
        {"verdict": "changes_suggested", "note": "Say what you build.", "seen": mark},
    )
    read = session(api, alice).get(f"{RESUMES}{resume.pk}/").json()
    approved = session(api, bob).post(f"{review_of(consent, resume)}review/", {"verdict": "approved"})
    asked_again = session(api, alice).post(f"{RESUMES}{resume.pk}/ask-review/")

    assert (asked.status_code, asked.json()["review"]) == (200, "pending")
    assert (reviewed.status_code, reviewed.json()["review"]) == (200, "changes_suggested")
    assert (read["review"], read["review_note"]) == ("changes_suggested", "Say what you build.")
    assert read["reviewed_at"] is not None
    assert (approved.status_code, approved.json()["review"]) == (200, "approved")
    assert (asked_again.status_code, list(asked_again.json()["errors"])) == (400, ["review"])
    assert looks_at(alice) == [
        ("resume", resume.pk),
        ("resume_review", resume.pk),
        ("resume_review", resume.pk),
    ]


def test_owner_takes_the_wish_back_and_strangers_ask_for_nothing(
    api: APIClient, consent: Consent, alice: User, bob: User, charlie: User
) -> None:
    resume = ResumeFactory(user=alice)
    session(api, alice).post(f"{RESUMES}{resume.pk}/ask-review/")
    back = api.post(f"{RESUMES}{resume.pk}/take-back-review/")
    others = [
        session(api, user).post(f"{RESUMES}{resume.pk}/{word}/").status_code
        for user in (bob, charlie)
        for word in ("ask-review", "take-back-review")
    ]

    assert (back.status_code, back.json()["review"]) == (200, "none")
    assert others == [404] * 4
    assert [row.review for row in kept(Resume, alice)] == ["none"]


def test_review_that_cannot_be_kept_is_told_by_field_and_leaves_its_entry(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    quiet = ResumeFactory(user=alice)
    asked = ResumeFactory(user=alice)
    with acting_as(alice.pk):
        Resume.objects.filter(pk=asked.pk).update(review="pending")
    session(api, bob)

    answers = [
        api.post(f"{review_of(consent, row)}review/", given)
        for row, given in (
            (quiet, {"verdict": "approved"}),
            (asked, {"verdict": "changes_suggested"}),
            (asked, {"verdict": "approved", "seen": "another"}),
            (asked, {"verdict": "pending"}),
            (asked, {}),
        )
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["verdict"]),
        (400, ["note"]),
        (400, ["verdict"]),
        (400, ["verdict"]),
        (400, ["verdict"]),
    ]
    # What the body could have said without a look leaves none.
    assert len(looks_at(alice)) == 3
    assert {row.review for row in kept(Resume, alice)} == {"none", "pending"}


@pytest.mark.parametrize("cut", ["narrowed", "paused", "ended", "revoked"])
def test_review_of_what_is_not_granted_is_not_there(
    api: APIClient, consent: Consent, alice: User, bob: User, charlie: User, cut: str
) -> None:
    resume = ResumeFactory(user=alice)
    with acting_as(alice.pk):
        Resume.objects.filter(pk=resume.pk).update(review="pending")
    if cut == "narrowed":
        with acting_as(alice.pk):
            Consent.objects.filter(pk=consent.pk).update(scopes=["matches"])
    elif cut == "revoked":
        revoke(consent)
    else:
        set_status(consent, cut)

    statuses = [
        session(api, user).post(f"{review_of(consent, resume)}review/", given).status_code
        for user in (bob, charlie, alice)
        for given in ({"verdict": "approved"}, {})
    ]

    assert set(statuses) == {404}
    assert [row.review for row in kept(Resume, alice)] == ["pending"]
    assert looks_at(alice) == []


def test_review_is_written_once_under_a_key_and_not_by_one_that_reads(
    api: APIClient, consent: Consent, alice: User, bob: User
) -> None:
    resume = ResumeFactory(user=alice, title="Confidential", text="Confidential")
    with acting_as(alice.pk):
        Resume.objects.filter(pk=resume.pk).update(review="pending")
    address = f"{review_of(consent, resume)}review/"
    first = session(api, bob).post(address, {"verdict": "approved"}, headers={HEADER: "one"})
    revoke(consent)
    again = api.post(address, {"verdict": "approved"}, headers={HEADER: "one"})
    with acting_as(bob.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=bob, name="phone", scope="read", expires_at=expires_at)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert (first.status_code, again.content) == (200, first.content)
    # What is kept for a day outlives the consent, so nothing of the résumé stands in it.
    assert set(again.json()) == {"id", "review", "review_note", "reviewed_at"}
    assert "Confidential" not in again.content.decode()
    assert api.post(address, {"verdict": "approved"}).status_code == 403
