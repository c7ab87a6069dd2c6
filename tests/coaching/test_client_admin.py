"""Clients' rows in the coach's admin: who sees them, that each page view leaves one entry, and every door that is shut."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coaching import relationships
from coaching.consents import revoke_consent
from coaching.models import AccessEntry, Consent, Relationship, Scope
from personas.identity import acting_as
from personas.models import User
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    DecisionFactory,
    FollowUpFactory,
    JobFactory,
    MatchFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    RuleFactory,
    UserFactory,
    UserSkillFactory,
)

# The same in each process that runs tests: what is random would be another test in each.
NOBODY = UUID(int=7)
CANARY = "zq-canary"
FACTORS = {
    "skill_score": 80,
    "salary_score": None,
    "location_score": 100,
    "remote_score": None,
    "industry_score": None,
    "asked": ["skill", "salary", "location"],
    "weights": {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10},
}
VERDICTS = [{"gate": "rule_enabled", "passed": True, "code": "enabled", "facts": {}}]


def _persona(user: User) -> Any:
    return PersonaFactory(user=user, name=f"{CANARY} {uuid4()}")


def _match(user: User) -> Any:
    job = JobFactory(title=f"{CANARY} {uuid4()}")
    return MatchFactory(persona=_persona(user), job=job, coverage="0.4500", match_factors=FACTORS)


def _rule(user: User) -> Any:
    return RuleFactory(user=user, name=f"{CANARY} rule", enabled=True, active_days=["mon"])


def _decision(user: User) -> Any:
    job = JobFactory(title=f"{CANARY} {uuid4()}")
    return DecisionFactory(rule=_rule(user), job=job, verdicts=VERDICTS, first_failed="")


def _application(user: User) -> Any:
    return ApplicationFactory(user=user, job_title=f"{CANARY} title", rule=_rule(user))


def _follow_up(user: User) -> Any:
    return FollowUpFactory(application=_application(user), what=f"{CANARY} ask")


def _recommendation(user: User) -> Any:
    courses = [{"title": "Terraform in a week", "url": "https://example.com/"}, "odd"]
    return RecommendationFactory(
        user=user, target_skill=f"{CANARY} Terraform", reason_text="Asked for.", recommended_courses=courses
    )


def _progress(user: User) -> Any:
    return ProgressFactory(user=user, skill_name=f"{CANARY} {uuid4()}")


def _resume(user: User) -> Any:
    document = {
        "work": [{"position": "Engineer", "name": "Acme", "highlights": ["Built it"]}],
        "education": 3,
    }
    resume = ResumeFactory(
        user=user, title=f"{CANARY} résumé", text="As read", document=document, unplaced=["line"]
    )
    ResumeFileFactory(resume=resume, name="cv.txt", content=CANARY.encode())
    return resume


def _skill(user: User) -> Any:
    return UserSkillFactory(user=user, skill_name=f"{CANARY} {uuid4()}")


# The proxy, the scope that opens it, the codes of its list and its page, and how a row of it is made.
KINDS = {
    "clientpersona": ("matches", "personas", "persona", _persona),
    "clientmatch": ("matches", "matches", "match", _match),
    "clientrule": ("applications", "rules", "rule", _rule),
    "clientdecision": ("applications", "decisions", "decision", _decision),
    "clientapplication": ("applications", "applications", "application", _application),
    "clientfollowup": ("applications", "follow_ups", "follow_up", _follow_up),
    "clientrecommendation": ("learning", "recommendations", "recommendation", _recommendation),
    "clientprogress": ("learning", "learning_progress", "learning_step", _progress),
    "clientresume": ("resume", "resumes", "resume", _resume),
    "clientskill": ("resume", "skills", "skill", _skill),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def consent(alice: User, bob: User) -> Consent:
    """Alice lets Bob see everything."""
    return ConsentFactory(
        relationship=RelationshipFactory(coach=bob, client=alice), scopes=list(Scope.values)
    )


@pytest.fixture
def relationship(consent: Consent) -> Relationship:
    return consent.relationship


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """A browser in which Bob is signed in."""
    client.force_login(bob)
    return client


def list_of(kind: str, relationship: Relationship | None = None, more: str = "") -> str:
    address = reverse(f"admin:coaching_{kind}_changelist")
    return f"{address}?client={relationship.pk}{more}" if relationship else address


def page_of(kind: str, row: Any, relationship: Relationship, more: str = "") -> str:
    return reverse(f"admin:coaching_{kind}_change", args=[row.pk]) + f"?client={relationship.pk}{more}"


def entries_about(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person).order_by("at"))


def make(kind: str, user: User) -> Any:
    return KINDS[kind][3](user)


def allow(consent: Consent, *scopes: str) -> None:
    with acting_as(consent.client_id):
        Consent.objects.filter(pk=consent.pk).update(scopes=list(scopes))


def everything_but(scope: str) -> list[str]:
    return [each for each in Scope.values if each != scope]


# --- what is granted is shown, and written down once -----------------------------------------------------------------


@every_kind
def test_list_shows_what_is_granted_and_leaves_one_entry(
    desk: Client, relationship: Relationship, alice: User, kind: str
) -> None:
    scope, code, _page, _make = KINDS[kind]
    make(kind, alice)

    response = desk.get(list_of(kind, relationship))

    assert response.status_code == 200
    assert CANARY in response.content.decode()
    (entry,) = entries_about(alice)
    assert (entry.page, entry.scopes, entry.object_id, entry.relationship_id) == (
        code,
        [scope],
        None,
        relationship.pk,
    )


@every_kind
def test_page_shows_what_is_granted_and_leaves_one_entry(
    desk: Client, relationship: Relationship, alice: User, kind: str
) -> None:
    scope, _list, code, _make = KINDS[kind]
    row = make(kind, alice)

    response = desk.get(page_of(kind, row, relationship))

    assert response.status_code == 200
    assert CANARY in response.content.decode()
    (entry,) = entries_about(alice)
    assert (entry.page, entry.scopes, entry.object_id) == (code, [scope], row.pk)


@every_kind
def test_page_needs_no_other_scope_than_its_own(
    desk: Client, consent: Consent, alice: User, kind: str
) -> None:
    row = make(kind, alice)
    allow(consent, KINDS[kind][0])

    assert desk.get(page_of(kind, row, consent.relationship)).status_code == 200
    assert CANARY in desk.get(list_of(kind, consent.relationship)).content.decode()


def test_asking_for_the_head_alone_is_a_look_too(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    assert desk.head(list_of("clientskill", relationship)).status_code == 200
    assert len(entries_about(alice)) == 1


@every_kind
def test_without_a_client_the_list_offers_clients_and_reads_nobodys_rows(
    desk: Client, relationship: Relationship, alice: User, kind: str
) -> None:
    make(kind, alice)

    html = desk.get(list_of(kind)).content.decode()

    assert "alice@example.com" in html
    assert CANARY not in html
    assert entries_about(alice) == []


@every_kind
def test_list_offers_only_clients_who_grant_it(desk: Client, consent: Consent, kind: str) -> None:
    allow(consent, *everything_but(KINDS[kind][0]))

    assert "alice@example.com" not in desk.get(list_of(kind)).content.decode()


# --- what is not granted is not there --------------------------------------------------------------------------------


def nothing_there(desk: Client, kind: str, row: Any, relationship: Relationship, person: User) -> None:
    before = len(entries_about(person))
    for address in (list_of(kind, relationship), page_of(kind, row, relationship)):
        response = desk.get(address)
        assert response.status_code == 404
        assert CANARY not in response.content.decode()
    assert len(entries_about(person)) == before


@every_kind
def test_scope_that_is_not_granted(desk: Client, consent: Consent, alice: User, kind: str) -> None:
    row = make(kind, alice)
    allow(consent, *everything_but(KINDS[kind][0]))

    nothing_there(desk, kind, row, consent.relationship, alice)


@every_kind
def test_relationship_without_a_consent(desk: Client, bob: User, alice: User, kind: str) -> None:
    nothing_there(desk, kind, make(kind, alice), RelationshipFactory(coach=bob, client=alice), alice)


@every_kind
def test_row_of_another_client_is_not_on_this_ones_page(
    desk: Client, relationship: Relationship, bob: User, alice: User, charlie: User, kind: str
) -> None:
    others = make(kind, charlie)
    ConsentFactory(relationship=RelationshipFactory(coach=bob, client=charlie), scopes=list(Scope.values))

    response = desk.get(page_of(kind, others, relationship))

    assert response.status_code == 404
    assert CANARY not in desk.get(list_of(kind, relationship)).content.decode()
    assert entries_about(charlie) == []
    assert [entry.object_id for entry in entries_about(alice)] == [None]


@every_kind
def test_coachs_own_rows_are_not_among_the_clients(
    desk: Client, relationship: Relationship, bob: User, kind: str
) -> None:
    own = make(kind, bob)

    assert CANARY not in desk.get(list_of(kind, relationship)).content.decode()
    assert desk.get(page_of(kind, own, relationship)).status_code == 404


@every_kind
def test_client_of_another_coach(desk: Client, charlie: User, kind: str) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=charlie)
    ConsentFactory(relationship=other, scopes=list(Scope.values))

    nothing_there(desk, kind, make(kind, charlie), other, charlie)


@every_kind
@pytest.mark.parametrize("service", [relationships.pause_relationship, relationships.end_relationship])
def test_pausing_and_ending_close_the_page_that_was_open(
    desk: Client, relationship: Relationship, alice: User, bob: User, kind: str, service: Any
) -> None:
    row = make(kind, alice)
    assert desk.get(page_of(kind, row, relationship)).status_code == 200

    with acting_as(bob.pk):
        service(relationship=relationship, coach=bob)

    nothing_there(desk, kind, row, relationship, alice)


@every_kind
def test_taking_it_back_closes_the_page_that_was_open(
    desk: Client, consent: Consent, alice: User, kind: str
) -> None:
    row = make(kind, alice)
    assert desk.get(page_of(kind, row, consent.relationship)).status_code == 200

    with acting_as(alice.pk):
        revoke_consent(consent=consent)

    nothing_there(desk, kind, row, consent.relationship, alice)


@pytest.mark.parametrize("named", ["", "no-id", str(NOBODY), "\0", "x" * 5000])
def test_unknown_client_is_not_there(desk: Client, relationship: Relationship, named: str) -> None:
    assert desk.get(list_of("clientmatch"), {"client": named}).status_code == 404


def test_two_clients_at_once_are_not_there(desk: Client, relationship: Relationship, alice: User) -> None:
    assert desk.get(list_of("clientmatch", relationship, f"&client={relationship.pk}")).status_code == 404
    assert entries_about(alice) == []


@every_kind
def test_unknown_row_and_one_that_exists_elsewhere_get_the_same_answer(
    desk: Client, relationship: Relationship, alice: User, charlie: User, kind: str
) -> None:
    elsewhere = make(kind, charlie)
    unknown = type(elsewhere)(pk=uuid4())

    answers = [desk.get(page_of(kind, row, relationship)) for row in (elsewhere, unknown)]

    assert [answer.status_code for answer in answers] == [404, 404]
    told = [re.sub(r'(value=|: )"[^"]+"', "", answer.content.decode()) for answer in answers]
    assert told[0] == told[1]
    assert entries_about(alice) == []


@every_kind
@pytest.mark.parametrize("who", ["alice", "charlie", "staff"])
def test_nobody_but_a_coach_comes_in(
    client: Client, relationship: Relationship, alice: User, request: Any, kind: str, who: str
) -> None:
    row = make(kind, alice)
    client.force_login(request.getfixturevalue(who))

    for address in (list_of(kind), list_of(kind, relationship), page_of(kind, row, relationship)):
        assert client.get(address).status_code in {302, 403}
    assert entries_about(alice) == []


def test_coach_who_is_one_no_more_sees_nothing(
    desk: Client, relationship: Relationship, staff: User, bob: User, alice: User
) -> None:
    row = make("clientskill", alice)
    with acting_as(staff.pk):
        User.objects.filter(pk=bob.pk).update(is_coach=False)

    assert desk.get(page_of("clientskill", row, relationship)).status_code == 302
    assert entries_about(alice) == []


def test_staff_who_coach_see_their_clients_and_no_others(
    desk: Client, relationship: Relationship, staff: User, bob: User, alice: User, charlie: User
) -> None:
    with acting_as(staff.pk):
        User.objects.filter(pk=bob.pk).update(is_staff=True)
    mine, others = make("clientskill", alice), make("clientskill", charlie)

    assert desk.get(page_of("clientskill", mine, relationship)).status_code == 200
    assert desk.get(page_of("clientskill", others, relationship)).status_code == 404
    assert desk.get(reverse("admin:personas_user_changelist")).status_code == 200


# --- shut doors ------------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("way", ["add/", "{pk}/delete/", "{pk}/history/", "{pk}/", "{pk}/change/nothing/"])
def test_there_are_no_other_pages(
    desk: Client, relationship: Relationship, alice: User, kind: str, way: str
) -> None:
    row = make(kind, alice)
    address = reverse(f"admin:coaching_{kind}_changelist") + way.format(pk=row.pk)

    for response in (desk.get(f"{address}?client={relationship.pk}"), desk.post(address)):
        assert response.status_code == 404
    assert entries_about(alice) == []


@every_kind
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written(
    desk: Client, relationship: Relationship, alice: User, kind: str, method: str
) -> None:
    row = make(kind, alice)
    chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    body = {"data": chosen} if method == "post" else {}

    for address in (list_of(kind, relationship), page_of(kind, row, relationship)):
        assert getattr(desk, method)(address, **body).status_code == 403
    assert entries_about(alice) == []


@every_kind
@pytest.mark.parametrize(
    "more",
    [
        "&user__password__startswith=pbkdf2",
        "&user__email__contains=a",
        "&user=1",
        "&_popup=1",
        "&_to_field=user__email",
        "&all=",
        "&e=1",
        "&_facets=True",
        "&persona__user__email=x",
        "&p=abc&nothing=1",
    ],
)
def test_address_that_asks_more_is_not_there_and_no_look(
    desk: Client, relationship: Relationship, alice: User, kind: str, more: str
) -> None:
    row = make(kind, alice)

    assert desk.get(list_of(kind, relationship, more)).status_code == 404
    assert desk.get(page_of(kind, row, relationship, more)).status_code == 404
    assert entries_about(alice) == []


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("clientrule", "&enabled__exact=maybe"),
        ("clientskill", "&q=%00"),
        ("clientmatch", "&is_dismissed__exact=\x00"),
    ],
)
def test_nonsense_in_a_filter_is_not_there_and_no_look(
    desk: Client, relationship: Relationship, alice: User, kind: str, more: str
) -> None:
    make(kind, alice)

    assert desk.get(list_of(kind, relationship, more)).status_code == 404
    assert entries_about(alice) == []


@pytest.mark.parametrize("more", ["&o=abc", "&o=99.-98", "&p=abc", "&o=-1", "&q=%25_%5C"])
def test_odd_sorting_does_no_harm(desk: Client, relationship: Relationship, more: str) -> None:
    assert desk.get(list_of("clientmatch", relationship, more)).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/admin/autocomplete/?app_label=coaching&model_name=privatenote&field_name=client&term=a",
        "/admin/r/1/1/",
        "/admin/password_change/",
        "/admin/password_change/done/",
        "/admin/doc/",
        "/admin/coaching/",
        "/admin/personas/",
        "/admin/coaching/consent/",
        "/admin/coaching/privatenote/",
        "/admin/coaching/accessentry/",
        "/admin/admin/logentry/",
        "/admin/personas/user/",
        "/admin/personas/resume/",
        "/admin/matching/job/",
    ],
)
def test_everything_else_of_the_admin_is_shut_to_coaches(desk: Client, address: str) -> None:
    assert desk.get(address).status_code in {403, 404}


# --- searching, narrowing, sorting, turning pages --------------------------------------------------------------------


def test_search_stays_within_the_client(
    desk: Client, relationship: Relationship, alice: User, charlie: User
) -> None:
    UserSkillFactory(user=alice, skill_name="Gardening")
    UserSkillFactory(user=alice, skill_name="Welding")
    UserSkillFactory(user=charlie, skill_name="Gardening at night")

    html = desk.get(list_of("clientskill", relationship, "&q=garden")).content.decode()

    assert "Gardening" in html
    assert "Welding" not in html
    assert "at night" not in html


def test_filter_and_sorting_keep_the_client(desk: Client, relationship: Relationship, alice: User) -> None:
    UserSkillFactory(user=alice, skill_name="Gardening", proficiency_level="expert")
    UserSkillFactory(user=alice, skill_name="Welding", proficiency_level="beginner")

    html = desk.get(
        list_of("clientskill", relationship, "&proficiency_level__exact=expert&o=-1")
    ).content.decode()

    assert "Gardening" in html
    assert "Welding" not in html
    assert f"?client={relationship.pk}" in html
    assert html.count(f"client={relationship.pk}") > 10


def test_narrowed_to_nothing_says_so(desk: Client, relationship: Relationship, alice: User) -> None:
    UserSkillFactory(user=alice, skill_name="Welding")

    html = desk.get(list_of("clientskill", relationship, "&q=garden")).content.decode()

    assert "leave out every row" in html


def test_long_list_is_turned_page_by_page(desk: Client, relationship: Relationship, alice: User) -> None:
    for number in range(26):
        UserSkillFactory(user=alice, skill_name=f"skill {number:02}")

    first = desk.get(list_of("clientskill", relationship)).content.decode()
    second = desk.get(list_of("clientskill", relationship, "&p=2")).content.decode()

    assert "skill 24" in first
    assert "skill 25" not in first
    assert "Page 1 of 2" in first
    assert "skill 25" in second
    assert desk.get(list_of("clientskill", relationship, "&p=99")).status_code == 404


@every_kind
def test_list_asks_as_often_for_twenty_rows_as_for_one(
    desk: Client, relationship: Relationship, alice: User, kind: str
) -> None:
    make(kind, alice)
    address = list_of(kind, relationship)
    desk.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        desk.get(address)
    for _each in range(19):
        make(kind, alice)
    with CaptureQueriesContext(connection) as twenty:
        html = desk.get(address).content.decode()

    assert html.count("<tr") >= 21
    assert len(twenty) == len(one)
    assert len(one) <= 20


# --- files -----------------------------------------------------------------------------------------------------------


def file_of(resume: Any, relationship: Relationship) -> str:
    return reverse("admin:coaching_clientresume_file", args=[resume.pk]) + f"?client={relationship.pk}"


def test_file_is_sent_to_be_saved_and_is_a_look_of_its_own(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    resume = make("clientresume", alice)

    response = desk.get(file_of(resume, relationship))

    assert response.content == CANARY.encode()
    assert response["Content-Disposition"] == 'attachment; filename="cv.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    (entry,) = entries_about(alice)
    assert (entry.page, entry.object_id) == ("resume_file", resume.pk)


def test_file_that_is_not_granted_is_not_there(desk: Client, consent: Consent, alice: User) -> None:
    resume = make("clientresume", alice)
    allow(consent, *everything_but("resume"))

    assert desk.get(file_of(resume, consent.relationship)).status_code == 404
    assert entries_about(alice) == []


def test_file_of_another_client_is_not_there(
    desk: Client, relationship: Relationship, charlie: User, alice: User
) -> None:
    assert desk.get(file_of(make("clientresume", charlie), relationship)).status_code == 404
    assert entries_about(alice) == []


# --- words -----------------------------------------------------------------------------------------------------------


def test_page_of_a_decision_says_whose_words_it_shows(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    html = desk.get(page_of("clientdecision", _decision(alice), relationship)).content.decode()

    assert "The rule is enabled." in html
    assert "“you” is your client" in html


def test_page_of_a_match_shows_its_factors(desk: Client, relationship: Relationship, alice: User) -> None:
    html = desk.get(page_of("clientmatch", _match(alice), relationship)).content.decode()

    assert "factor-bar" in html
    assert "Score 80" in html
