"""The pages of suggestions: the client's list, difference and answers; the coach's forms and list, with one look each."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coaching.models import AccessEntry, Consent, Relationship, Suggestion
from matching.models import TunerSettings
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, Resume, User, UserSkill
from personas.services import edit_persona
from tests.coaching.test_suggestions import DOCUMENT, WEIGHED, look_at, propose
from tests.factories import (
    ConsentFactory,
    JobFactory,
    MatchFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
    SuggestionFactory,
    TunerSettingsFactory,
    UserSkillFactory,
)

LIST = "/coaching/suggestions/"
CANARY = "<script>alert('zq')</script>"
KINDS = ["weights", "persona", "job", "skill", "resume"]


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    made: Relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=made, scopes=["matches", "resume"])
    return made


@pytest.fixture
def persona(alice: User) -> Persona:
    made = PersonaFactory(user=alice, name="Data", is_active=True)
    with acting_as(alice.pk):
        edit_persona(persona=made, preferences={"min_salary": 90_000, "locations": ["Paris"]})
    return made


@pytest.fixture
def resume(alice: User) -> Resume:
    return ResumeFactory(user=alice, title="Mine", document=DOCUMENT)


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def text_of(response: Any) -> str:
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def address(suggestion: Suggestion, what: str = "") -> str:
    return f"{LIST}{suggestion.pk}/{what}"


def seen_in(response: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', response.content.decode())
    assert found is not None
    return found[1]


def stored(suggestion: Suggestion) -> Suggestion:
    with acting_as(suggestion.client_id):
        return Suggestion.objects.get(pk=suggestion.pk)


def looks_at(client: User) -> list[AccessEntry]:
    with acting_as(client.pk):
        return list(AccessEntry.objects.owned_by(client))


# --- the client's ------------------------------------------------------------------------------------------------------


def test_list_without_suggestions_says_what_comes_there(signed_in: Client) -> None:
    assert "No suggestion yet" in text_of(signed_in.get(LIST))


def test_list_shows_open_ones_first_and_then_the_answers(
    signed_in: Client, alice: User, relationship: Relationship
) -> None:
    first = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})
    propose(relationship, "weights", WEIGHED)
    signed_in.post(address(first, "decline/"), {"answer": ""})

    words = text_of(signed_in.get(LIST))

    assert words.index("Other weights: “Pay first”") < words.index("A skill: Rust")
    assert "by Bob" in words
    assert "declined" in words


@pytest.mark.parametrize("number", [1, 20])
def test_list_asks_as_much_for_one_as_for_twenty(
    signed_in: Client, alice: User, relationship: Relationship, persona: Persona, number: int
) -> None:
    for place in range(number):
        for status in ("open", "declined"):
            made = SuggestionFactory(
                relationship=relationship,
                kind="persona" if place % 2 else "job",
                persona=persona,
                job=None if place % 2 else JobFactory(),
                proposal={"min_salary": 1} if place % 2 else {},
            )
            if status == "declined":
                with acting_as(alice.pk):
                    Suggestion.objects.filter(pk=made.pk).update(status=status)

    with CaptureQueriesContext(connection) as queries:
        words = text_of(signed_in.get(LIST))

    assert words.count("by Bob") == 2 * number
    assert len(queries) == QUERIES_OF_THE_LIST


QUERIES_OF_THE_LIST = 8


def test_answered_ones_are_paged(signed_in: Client, alice: User, relationship: Relationship) -> None:
    for _each in range(25):
        SuggestionFactory(relationship=relationship)
    with acting_as(alice.pk):
        Suggestion.objects.update(status="declined")
    page = signed_in.get(LIST)
    following = re.search(r'rel="next" href="([^"]+)"', page.content.decode())
    assert following is not None

    second = text_of(
        signed_in.get(LIST + following[1].replace("&amp;", "&") if following[1][0] == "?" else following[1])
    )

    assert text_of(page).count("A skill: Terraform") == 20
    assert second.count("A skill: Terraform") == 5
    assert signed_in.get(f"{LIST}?cursor=nonsense").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_shown_accepted_and_shown_again(
    signed_in: Client, alice: User, relationship: Relationship, persona: Persona, resume: Resume, kind: str
) -> None:
    made: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
        "weights": (WEIGHED, {}, "25 % → then 50 %"),
        "persona": ({"min_salary": 65_000}, {"persona_id": persona.pk}, "90,000 → then 65,000"),
        "job": ({}, {"job_id": JobFactory(title="Baker").pk}, "applies for nothing"),
        "skill": ({"name": "Rust", "level": "beginner"}, {}, "not among your skills → then beginner"),
        "resume": (
            {"edits": [{"pointer": "/basics/summary", "text": "I build bridges."}]},
            {"resume_id": resume.pk},
            "(added: bridges )",
        ),
    }
    proposal, about, words = made[kind]
    suggestion = propose(relationship, kind, proposal, **about)
    page = signed_in.get(address(suggestion))
    assert words in text_of(page)
    assert page.content.decode().count('data-kind="filled"') == 1

    done = signed_in.post(address(suggestion, "accept/"), {"seen": seen_in(page)}, follow=True)

    assert "Accepted" in text_of(done)
    assert stored(suggestion).status == "accepted"
    again = text_of(signed_in.get(address(suggestion)))
    assert "You accepted it" in again
    assert "Accept the change" not in again


def test_change_meanwhile_is_said_with_the_new_difference(
    signed_in: Client, alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(relationship, "persona", {"min_salary": 65_000}, persona_id=persona.pk)
    seen = seen_in(signed_in.get(address(suggestion)))
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"min_salary": 70_000})

    refused = signed_in.post(address(suggestion, "accept/"), {"seen": seen})

    assert refused.status_code == 409
    assert "Something has changed since you looked" in text_of(refused)
    assert "70,000 → then 65,000" in text_of(refused)
    with acting_as(alice.pk):
        assert PersonaPreferences.objects.get().min_salary == 70_000
    assert signed_in.post(address(suggestion, "accept/"), {"seen": seen_in(refused)}).status_code == 302


def test_second_device_is_told_that_it_is_answered(signed_in: Client, relationship: Relationship) -> None:
    suggestion = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})
    seen = seen_in(signed_in.get(address(suggestion)))
    signed_in.post(address(suggestion, "accept/"), {"seen": seen})

    for what in ("accept/", "decline/"):
        again = signed_in.post(address(suggestion, what), {"seen": seen, "answer": ""})
        assert again.status_code == 409
        assert "You have answered this suggestion already" in text_of(again)


def test_what_cannot_be_accepted_says_why_and_can_be_declined(
    signed_in: Client, alice: User, relationship: Relationship
) -> None:
    suggestion = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})
    UserSkillFactory(user=alice, skill_name="Rust", proficiency_level="beginner")

    page = signed_in.get(address(suggestion))
    assert "accepting would change nothing" in text_of(page)
    assert "Accept the change" not in text_of(page)
    signed_in.post(address(suggestion, "decline/"), {"answer": "I know it."})

    assert (stored(suggestion).status, stored(suggestion).answer) == ("declined", "I know it.")


def test_too_long_an_answer_is_said_at_the_field(signed_in: Client, relationship: Relationship) -> None:
    suggestion = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})

    page = signed_in.post(address(suggestion, "decline/"), {"answer": "x" * 2001})

    assert page.status_code == 422
    assert stored(suggestion).status == "open"


def test_words_of_others_are_shown_as_words(
    signed_in: Client, alice: User, bob: User, relationship: Relationship, persona: Persona
) -> None:
    with acting_as(bob.pk):
        User.objects.filter(pk=bob.pk).update(display_name=CANARY)
    with acting_as(alice.pk):
        edit_persona(persona=persona, details={"description": f"old {CANARY}"})
    made = [
        propose(
            relationship, "persona", {"description": f"new {CANARY}"}, persona_id=persona.pk, note=CANARY
        ),
        propose(relationship, "weights", {**WEIGHED, "name": CANARY}, note=CANARY),
        propose(relationship, "skill", {"name": CANARY, "level": "expert"}, note=CANARY),
        propose(relationship, "job", job_id=JobFactory(title=CANARY, company=CANARY).pk, note=CANARY),
    ]

    pages = [signed_in.get(LIST), *(signed_in.get(address(each)) for each in made)]

    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


@pytest.mark.parametrize("what", ["", "accept/", "decline/"])
def test_others_find_nothing_here(
    client: Client, bob: User, charlie: User, relationship: Relationship, what: str
) -> None:
    suggestion = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})
    for other in (bob, charlie):
        client.force_login(other)
        response = client.post(address(suggestion, what)) if what else client.get(address(suggestion))
        assert response.status_code == 404
    assert client.get(f"{LIST}{uuid4()}/").status_code == 404
    assert stored(suggestion).status == "open"


# --- the coach's -----------------------------------------------------------------------------------------------------


def form_of(relationship: Relationship, kind: str) -> str:
    return reverse("admin:coaching_suggest", args=[relationship.pk, kind])


def send(desk: Client, relationship: Relationship, kind: str, **values: str) -> Any:
    url = form_of(relationship, kind)
    page = desk.get(url)
    data = {}
    for bound in page.context["form"]:
        value = bound.value()
        if isinstance(value, list) and bound.widget_type == "textarea":
            value = "\n".join(value)
        data[bound.html_name] = "" if value is None else value
    return desk.post(url, {**data, "note": "It would help.", **values})


def made_by(bob: User) -> list[Suggestion]:
    with acting_as(bob.pk):
        return list(Suggestion.objects.by_coach(bob).order_by("created_at"))


@pytest.mark.parametrize("kind", KINDS)
def test_form_shows_what_it_would_change_with_one_look(
    desk: Client, alice: User, relationship: Relationship, persona: Persona, resume: Resume, kind: str
) -> None:
    TunerSettingsFactory(user=alice, is_default=True, skill_weight="0.77")
    MatchFactory(persona=persona, job=JobFactory(title="Baker"))
    UserSkillFactory(user=alice, skill_name="Welding")

    page = desk.get(form_of(relationship, kind))

    expected = {
        "weights": 'value="77"',
        "persona": "Paris",
        "job": "Baker",
        "skill": "Welding",
        "resume": "I build things.",
    }
    assert expected[kind] in page.content.decode()
    (entry,) = looks_at(alice)
    assert entry.page == "suggestion"
    assert entry.scopes == ["resume" if kind in ("skill", "resume") else "matches"]


def test_each_form_makes_the_suggestion_that_was_typed(
    desk: Client, bob: User, alice: User, relationship: Relationship, persona: Persona, resume: Resume
) -> None:
    job = JobFactory()
    typed: dict[str, dict[str, str]] = {
        "weights": {"name": "Pay first", "salary": "60"},
        "persona": {"min_salary": "65,000"},
        "job": {"job": f"https://relevnt.example/personas/{persona.pk}/jobs/{job.pk}/"},
        "skill": {"name": "Rust", "level": "expert"},
        "resume": {"text_1": "I build bridges."},
    }
    for kind, values in typed.items():
        response = send(desk, relationship, kind, **values)
        assert response.status_code == 302, text_of(response)

    made = {each.kind: each for each in made_by(bob)}
    assert made["weights"].proposal["salary_weight"] == "0.60"
    assert made["persona"].proposal == {"min_salary": 65_000}
    assert (made["job"].job_id, made["job"].proposal) == (job.pk, {})
    assert made["skill"].proposal == {"name": "Rust", "level": "expert"}
    (edit,) = made["resume"].proposal["edits"]
    assert (edit["pointer"], edit["text"]) == ("/basics/summary", "I build bridges.")
    # A form shown and a form sent: two looks each.
    assert len(looks_at(alice)) == 2 * len(typed)


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("weights", {"name": "x", "skill": "101"}, "Give a whole percent from 0 to 100."),
        ("weights", {"name": "x", "skill": "much"}, "Give a whole percent from 0 to 100."),
        ("weights", {"name": ""}, "Give it a name."),
        ("persona", {}, "Nothing is changed"),
        ("persona", {"locations": "Nowhereville"}, "is not among the places we know"),
        ("persona", {"min_salary": "1", "max_salary": "0"}, "above the highest"),
        ("job", {}, "Choose a match, or give another job."),
        ("job", {"job": "the one in Paris"}, "This holds no number of a job"),
        ("job", {"job": "7f1b0f9e-53a6-4c58-9c3f-111111111111"}, "there is none of this number"),
        ("skill", {"name": ""}, "Name the skill."),
        ("resume", {}, "Nothing is changed"),
        ("resume", {"text_0": " "}, "Write what should stand here."),
        ("weights", {"name": "x", "salary": "60", "note": " "}, "Say why"),
    ],
)
def test_what_cannot_be_suggested_is_said_at_the_field(
    desk: Client,
    bob: User,
    relationship: Relationship,
    persona: Persona,
    resume: Resume,
    kind: str,
    values: dict[str, str],
    words: str,
) -> None:
    response = send(desk, relationship, kind, **values)

    assert response.status_code == 200
    assert words in text_of(response)
    assert made_by(bob) == []


@pytest.mark.parametrize("kind", ["persona", "resume"])
def test_change_of_the_client_meanwhile_is_not_taken_back_unseen(
    desk: Client,
    alice: User,
    bob: User,
    relationship: Relationship,
    persona: Persona,
    resume: Resume,
    kind: str,
) -> None:
    url = form_of(relationship, kind)
    form = desk.get(url).context["form"]
    data = {
        b.html_name: "\n".join(v)
        if isinstance(v := b.value(), list) and b.widget_type == "textarea"
        else v or ""
        for b in form
    }
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"min_salary": 70_000})
        Resume.objects.update(document={"basics": {"name": "Alice", "summary": "Other."}})

    response = desk.post(url, {**data, "note": "Why.", "description": "New.", "text_0": "Ada"})

    assert "has changed this meanwhile" in text_of(response)
    assert made_by(bob) == []


def test_form_is_about_the_row_that_is_chosen(
    desk: Client, alice: User, bob: User, relationship: Relationship, persona: Persona
) -> None:
    other = PersonaFactory(user=alice, name="Teacher")
    url = f"{form_of(relationship, 'persona')}?persona={other.pk}"
    page = desk.get(url)
    assert "Teacher" in text_of(page)
    assert "Data" in text_of(page)
    data = {b.html_name: b.value() or "" for b in page.context["form"] if not isinstance(b.value(), list)}

    desk.post(url, {**data, "note": "Why.", "description": "New."})

    (made,) = made_by(bob)
    assert (made.persona_id, made.proposal) == (other.pk, {"description": "New."})
    assert desk.get(f"{form_of(relationship, 'persona')}?persona={uuid4()}").status_code == 404


@pytest.mark.parametrize("kind", ["persona", "resume"])
def test_client_without_such_a_row_is_said(desk: Client, relationship: Relationship, kind: str) -> None:
    assert "Nothing to change" in text_of(desk.get(form_of(relationship, kind)))


@pytest.mark.parametrize(
    ("scopes", "open_kinds"),
    [
        (["matches"], {"weights", "persona", "job"}),
        (["resume"], {"skill", "resume"}),
        (["applications", "learning"], set()),
    ],
)
def test_only_what_is_granted_can_be_suggested(
    desk: Client, alice: User, relationship: Relationship, scopes: list[str], open_kinds: set[str]
) -> None:
    with acting_as(alice.pk):
        Consent.objects.update(scopes=scopes)

    found = {kind for kind in KINDS if desk.get(form_of(relationship, kind)).status_code == 200}

    assert found == open_kinds
    assert len(looks_at(alice)) == len(open_kinds)


def test_others_reach_no_form_and_leave_no_entry(
    client: Client, alice: User, charlie: User, staff: User, relationship: Relationship
) -> None:
    with acting_as(relationship.coach_id):
        other_coach = RelationshipFactory().coach
    for who in (alice, charlie, staff, other_coach):
        client.force_login(who)
        assert client.get(form_of(relationship, "weights")).status_code in {302, 403, 404}
    assert looks_at(alice) == []


def test_unknown_kinds_and_questions_are_not_there(desk: Client, relationship: Relationship) -> None:
    assert desk.get(form_of(relationship, "money")).status_code == 404
    assert desk.get(f"{form_of(relationship, 'weights')}?user__password=x").status_code == 404


def test_coach_reads_what_they_made_with_the_answer_and_takes_one_back(
    desk: Client, alice: User, bob: User, relationship: Relationship, persona: Persona
) -> None:
    declined = propose(relationship, "persona", {"min_salary": 1}, persona_id=persona.pk, note=CANARY)
    waiting = propose(relationship, "weights", WEIGHED)
    with acting_as(alice.pk):
        Suggestion.objects.filter(pk=declined.pk).update(status="declined", answer=f"No {CANARY}")
    before = len(looks_at(alice))

    listed = text_of(desk.get("/admin/coaching/suggestion/"))
    page = desk.get(f"/admin/coaching/suggestion/{declined.pk}/change/")
    desk.post(f"/admin/coaching/suggestion/{waiting.pk}/withdraw/")
    again = desk.post(f"/admin/coaching/suggestion/{declined.pk}/withdraw/", follow=True)

    assert "A change of a persona" in listed
    assert "declined" in listed
    assert "Data" not in text_of(page)
    assert "<script>alert" not in page.content.decode()
    assert "No &lt;script&gt;" in page.content.decode()
    assert stored(waiting).status == "withdrawn"
    assert "has answered this suggestion already" in text_of(again)
    # It shows the coach's own words, and no row of the client's.
    assert len(looks_at(alice)) == before


@pytest.mark.parametrize("number", [1, 20])
def test_coachs_list_asks_as_much_for_one_as_for_twenty(
    desk: Client, relationship: Relationship, number: int
) -> None:
    for _each in range(number):
        SuggestionFactory(relationship=relationship, kind="job", job=JobFactory(), proposal={})

    with CaptureQueriesContext(connection) as queries:
        response = desk.get("/admin/coaching/suggestion/")

    assert text_of(response).count("A job: ") == number
    assert len(queries) == QUERIES_OF_THE_COACHS_LIST


QUERIES_OF_THE_COACHS_LIST = 8


@pytest.mark.ignore_template_errors
def test_suggestions_of_other_coaches_are_not_there(
    client: Client, alice: User, relationship: Relationship
) -> None:
    suggestion = propose(relationship, "weights", WEIGHED)
    other = RelationshipFactory(client=alice)
    ConsentFactory(relationship=other, scopes=["matches"])
    client.force_login(other.coach)

    assert "Pay first" not in text_of(client.get("/admin/coaching/suggestion/"))
    for what in ("change", "withdraw"):
        url = f"/admin/coaching/suggestion/{suggestion.pk}/{what}/"
        response = client.post(url) if what == "withdraw" else client.get(url)
        assert response.status_code == 404
    assert stored(suggestion).status == "open"


def test_preview_is_the_same_on_page_and_in_service(
    signed_in: Client, alice: User, relationship: Relationship
) -> None:
    suggestion = propose(relationship, "skill", {"name": "Rust", "level": "beginner"})

    assert seen_in(signed_in.get(address(suggestion))) == look_at(suggestion, alice).seen
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()
        assert not TunerSettings.objects.exists()
