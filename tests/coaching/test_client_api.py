"""The API of a client's rows: each answer is one look of the coach, nothing is shown beyond what is granted, nothing written."""

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

from coaching.access_words import PAGES
from coaching.client_api import CLIENT_ROWS
from coaching.models import SCOPES, AccessEntry, Consent, Relationship
from personas.identity import acting_as
from personas.models import User
from personas.tokens import issue_token
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    DecisionFactory,
    FollowUpFactory,
    KitFactory,
    MatchFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    RuleFactory,
    TunerSettingsFactory,
    UserSkillFactory,
)

Make = Callable[[User], Any]

# Each list: what has to be granted, the code of the page of one, how a row of it is made.
ROWS: dict[str, tuple[str, str, Make]] = {
    "personas": ("matches", "persona", lambda user: PersonaFactory(user=user)),
    "matches": ("matches", "match", lambda user: MatchFactory(persona=PersonaFactory(user=user))),
    "weights": ("matches", "", lambda user: TunerSettingsFactory(user=user)),
    "rules": ("applications", "rule", lambda user: RuleFactory(user=user)),
    "decisions": ("applications", "decision", lambda user: DecisionFactory(rule=RuleFactory(user=user))),
    "applications": ("applications", "application", lambda user: ApplicationFactory(user=user)),
    "follow-ups": (
        "applications",
        "follow_up",
        lambda user: FollowUpFactory(application=ApplicationFactory(user=user)),
    ),
    "recommendations": ("learning", "recommendation", lambda user: RecommendationFactory(user=user)),
    "learning-progress": (
        "learning",
        "learning_step",
        lambda user: ProgressFactory(user=user, skill_name=f"skill {uuid4()}"),
    ),
    "resumes": ("resume", "resume", lambda user: ResumeFactory(user=user)),
    "skills": (
        "resume",
        "skill",
        lambda user: UserSkillFactory(user=user, skill_name=f"skill {uuid4()}"),
    ),
}
SEGMENTS = list(ROWS)
WITH_PAGE_OF_ONE = [segment for segment, (_scope, page, _make) in ROWS.items() if page]


@pytest.fixture
def consent(alice: User, bob: User) -> Consent:
    """Alice lets Bob see everything that a consent opens."""
    return ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=list(SCOPES))


@pytest.fixture
def coach(api: APIClient, consent: Consent) -> APIClient:
    """Bob's session."""
    api.force_login(consent.coach)
    return api


def address_of(consent: Consent, segment: str, row: Any = None) -> str:
    below = f"{row.pk}/" if row is not None else ""
    return f"/api/v1/coaching/clients/{consent.relationship_id}/{segment}/{below}"


def looks_at(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person).order_by("at", "pk"))


def change_consent(consent: Consent, **values: Any) -> None:
    with acting_as(consent.client_id):
        Consent.objects.filter(pk=consent.pk).update(**values)


def set_status(consent: Consent, status: str) -> None:
    with acting_as(consent.coach_id):
        Relationship.objects.filter(pk=consent.relationship_id).update(status=status)


def key_of(user: User, scope: str) -> str:
    with acting_as(user.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=user, name="phone", scope=scope, expires_at=expires_at)
    return key


def test_every_list_is_tested_and_every_page_has_its_words() -> None:
    pages = {page for _segment, view in CLIENT_ROWS for page in (view.page, getattr(view, "page_of_one", ""))}

    assert [segment for segment, _view in CLIENT_ROWS] == SEGMENTS
    assert pages - {""} <= set(PAGES)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_list_shows_the_client_s_rows_and_is_one_look(
    coach: APIClient, consent: Consent, segment: str
) -> None:
    scope, _page, make = ROWS[segment]
    row = make(consent.client)
    make(consent.coach)

    answer = coach.get(address_of(consent, segment))

    assert answer.status_code == 200, answer.content
    assert [shown["id"] for shown in answer.json()["results"]] == [str(row.pk)]
    (entry,) = looks_at(consent.client)
    assert (entry.viewer_id, entry.viewer_role) == (consent.coach_id, "coach")
    assert (entry.page, entry.scopes, entry.object_id, entry.relationship_id) == (
        segment.replace("-", "_"),
        [scope],
        None,
        consent.relationship_id,
    )


@pytest.mark.parametrize("segment", WITH_PAGE_OF_ONE)
def test_page_of_one_is_one_look_at_it(coach: APIClient, consent: Consent, segment: str) -> None:
    scope, page, make = ROWS[segment]
    row = make(consent.client)

    answer = coach.get(address_of(consent, segment, row))

    assert (answer.status_code, answer.json()["id"]) == (200, str(row.pk)), answer.content
    (entry,) = looks_at(consent.client)
    assert (entry.page, entry.scopes, entry.object_id) == (page, [scope], row.pk)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_what_is_not_granted_is_not_there_and_leaves_no_entry(
    coach: APIClient, consent: Consent, segment: str
) -> None:
    scope, _page, make = ROWS[segment]
    row = make(consent.client)
    change_consent(consent, scopes=[each for each in SCOPES if each != scope])

    answers = [coach.get(address_of(consent, segment, each)) for each in (None, row)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "does not let you see this" in answers[0].json()["detail"]
    assert looks_at(consent.client) == []


@pytest.mark.parametrize("segment", SEGMENTS)
def test_stranger_client_and_other_coach_find_nothing(
    api: APIClient, consent: Consent, charlie: User, segment: str
) -> None:
    row = ROWS[segment][2](consent.client)
    other = RelationshipFactory(client=charlie)
    ConsentFactory(relationship=other, scopes=list(SCOPES))

    for user in (charlie, consent.client, other.coach):
        api.force_login(user)
        for each in (None, row) if ROWS[segment][1] else (None,):
            answer = api.get(address_of(consent, segment, each))
            assert answer.status_code == 404
            assert answer.json()["detail"] == "There is nothing at this address for you."
    api.logout()
    assert api.get(address_of(consent, segment)).status_code == 401
    assert looks_at(consent.client) == []


@pytest.mark.parametrize("segment", SEGMENTS)
def test_nothing_is_written_here(coach: APIClient, consent: Consent, segment: str) -> None:
    row = ROWS[segment][2](consent.client)

    statuses = [
        getattr(coach, method)(address_of(consent, segment, each), {}).status_code
        for method in ("post", "put", "patch", "delete")
        for each in ((None, row) if ROWS[segment][1] else (None,))
    ]

    assert set(statuses) == {405}
    assert looks_at(consent.client) == []


@pytest.mark.parametrize(
    "cut",
    [
        lambda consent: set_status(consent, "paused"),
        lambda consent: set_status(consent, "ended"),
        lambda consent: change_consent(consent, revoked_at=timezone.now()),
        lambda consent: change_consent(consent, scopes=["learning"]),
        lambda consent: change_consent(consent, valid_until=timezone.now()),
    ],
    ids=["paused", "ended", "revoked", "narrowed", "past its date"],
)
def test_cut_between_two_pages_of_a_cursor_ends_the_list(
    coach: APIClient, consent: Consent, cut: Callable[[Consent], None]
) -> None:
    for _each in range(3):
        PersonaFactory(user=consent.client)
    first = coach.get(address_of(consent, "personas"), {"page_size": 2}).json()

    cut(consent)
    second = coach.get(first["next"])

    assert len(first["results"]) == 2
    assert second.status_code == 404
    assert len(looks_at(consent.client)) == 1


def test_paused_and_resumed_opens_again_and_pages_lead_on(coach: APIClient, consent: Consent) -> None:
    for _each in range(3):
        PersonaFactory(user=consent.client)
    first = coach.get(address_of(consent, "personas"), {"page_size": 2}).json()
    set_status(consent, "paused")
    set_status(consent, "active")
    second = coach.get(first["next"]).json()

    shown = [row["id"] for page in (first, second) for row in page["results"]]
    assert (len(set(shown)), second["next"]) == (3, None)
    assert len(looks_at(consent.client)) == 2


def test_row_of_another_client_is_not_found_below_this_one(
    coach: APIClient, consent: Consent, charlie: User
) -> None:
    other = ConsentFactory(
        relationship=RelationshipFactory(coach=consent.coach, client=charlie), scopes=list(SCOPES)
    )
    theirs = ResumeFactory(user=charlie)

    astray = coach.get(address_of(consent, "resumes", theirs))
    own = ResumeFactory(user=consent.coach)

    assert astray.status_code == 404
    assert coach.get(address_of(consent, "resumes", own)).status_code == 404
    assert coach.get(address_of(other, "resumes", theirs)).status_code == 200
    assert looks_at(consent.client) == []
    assert len(looks_at(charlie)) == 1


def test_coach_who_is_one_no_longer_sees_nothing(coach: APIClient, consent: Consent, staff: User) -> None:
    with acting_as(staff.pk):
        User.objects.filter(pk=consent.coach_id).update(is_coach=False)

    assert coach.get(address_of(consent, "personas")).status_code == 404
    assert looks_at(consent.client) == []


@pytest.mark.parametrize("scope", ["read", "write"])
def test_key_of_a_coach_opens_the_same(api: APIClient, consent: Consent, charlie: User, scope: str) -> None:
    persona = PersonaFactory(user=consent.client)
    key = key_of(consent.coach, scope)
    # Whose key it is counts, not whose session.
    api.force_login(charlie)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    answer = api.get(address_of(consent, "personas"))

    assert [row["id"] for row in answer.json()["results"]] == [str(persona.pk)]
    assert [entry.viewer_id for entry in looks_at(consent.client)] == [consent.coach_id]


def test_key_of_a_stranger_in_the_coach_s_browser_opens_nothing(
    coach: APIClient, consent: Consent, charlie: User
) -> None:
    key = key_of(charlie, "write")
    coach.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert coach.get(address_of(consent, "personas")).status_code == 404


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_persona_does_not_tell_of_its_resume(coach: APIClient, consent: Consent) -> None:
    resume = ResumeFactory(user=consent.client)
    PersonaFactory(user=consent.client, resume=resume)

    answer = coach.get(address_of(consent, "personas"))

    assert str(resume.pk) not in answer.content.decode()
    assert answer.json()["results"][0]["preferences"]["remote_preference"] == "any"


def test_application_is_shown_with_its_steps_and_without_what_it_carries(
    coach: APIClient, consent: Consent
) -> None:
    application = ApplicationFactory(user=consent.client)
    KitFactory(application=application, letter="Dear Acme, in confidence")

    shown = coach.get(address_of(consent, "applications", application))

    assert {"kit", "approved_sha256", "sent_sha256"}.isdisjoint(shown.json())
    assert [event["moved_to"] for event in shown.json()["events"]] == ["queued"]
    assert "in confidence" not in shown.content.decode()


def test_rule_counts_the_places_of_the_client_s_week(coach: APIClient, consent: Consent) -> None:
    rule = RuleFactory(user=consent.client)

    slots = coach.get(address_of(consent, "rules", rule)).json()["slots"]

    assert (slots["used"], slots["held"], slots["limit"]) == (0, 0, 5)


def test_file_of_a_resume_is_saved_and_is_one_look(coach: APIClient, consent: Consent) -> None:
    resume = ResumeFactory(user=consent.client)
    ResumeFileFactory(resume=resume, name="résumé.txt", content=b"Python")

    answer = coach.get(f"{address_of(consent, 'resumes', resume)}file/")

    assert (answer.status_code, answer.content) == (200, b"Python")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (entry,) = looks_at(consent.client)
    assert (entry.page, entry.object_id, entry.scopes) == ("resume_file", resume.pk, ["resume"])
    change_consent(consent, scopes=["matches"])
    assert coach.get(f"{address_of(consent, 'resumes', resume)}file/").status_code == 404


def test_lists_are_narrowed_and_a_name_that_is_none_is_told(coach: APIClient, consent: Consent) -> None:
    match = MatchFactory(persona=PersonaFactory(user=consent.client))
    decision = DecisionFactory(rule=RuleFactory(user=consent.client))
    follow_up = FollowUpFactory(application=ApplicationFactory(user=consent.client))
    MatchFactory(persona=PersonaFactory(user=consent.client))
    DecisionFactory(rule=RuleFactory(user=consent.client))

    def ids(segment: str, **wanted: Any) -> list[str]:
        return [row["id"] for row in coach.get(address_of(consent, segment), wanted).json()["results"]]

    assert ids("matches", persona=match.persona_id) == [str(match.pk)]
    assert ids("matches", persona=uuid4()) == []
    assert ids("decisions", rule=decision.rule_id) == [str(decision.pk)]
    assert ids("applications", persona=match.persona_id, rule=decision.rule_id) == []
    assert ids("follow-ups", done="false") == [str(follow_up.pk)]
    assert ids("follow-ups", done="true") == []
    for segment, wanted in (
        ("matches", {"persona": "me"}),
        ("applications", {"status": "lost"}),
        ("follow-ups", {"done": "perhaps"}),
        ("personas", {"page_size": "0"}),
    ):
        answer = coach.get(address_of(consent, segment), wanted)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wanted))
    assert coach.get(address_of(consent, "personas"), {"cursor": "nowhere"}).status_code == 404


@pytest.mark.parametrize("segment", SEGMENTS)
def test_list_takes_as_many_queries_for_twenty_rows_as_for_one(
    coach: APIClient, consent: Consent, segment: str
) -> None:
    counts = []
    for number in (1, 19):
        for _each in range(number):
            ROWS[segment][2](consent.client)
        with CaptureQueriesContext(connection) as captured:
            rows = coach.get(address_of(consent, segment)).json()["results"]
        counts.append((len(captured), len(rows)))

    assert [rows for _queries, rows in counts] == [1, 20]
    assert counts[0][0] == counts[1][0]
