"""Pages of matches: the list, one match, "not for me" and its undoing, with htmx and without."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from matching.explanation import explain, factors_as_json
from matching.feed import PAGE_SIZE
from matching.knowledge import shipped_knowledge
from matching.models import Job, Match
from matching.scoring import JobFacts, PersonaFacts, score_pair
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobSourceFactory, MatchFactory, MatchStateFactory, PersonaFactory
from tests.relevnt.test_access import FACTORS
from tests.roles import as_role

LIST = "/matches/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def persona(alice: User) -> Persona:
    return PersonaFactory(user=alice, name="Data engineer", is_active=True)


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def matched(persona: Persona, number: int = 1, **values: Any) -> list[Match]:
    """Matches with falling scores, each on a job of its own."""
    source = JobSourceFactory()
    return [
        MatchFactory(
            persona=persona,
            job=JobFactory(source=source, title=f"Data Engineer {index}"),
            match_factors=FACTORS,
            **{"match_score": 90 - index, "coverage": "0.9000", "explanation": "The title fits.", **values},
        )
        for index in range(number)
    ]


def up_to_date(persona: Persona, **values: Any) -> None:
    MatchStateFactory(persona=persona, inputs_revision=persona.inputs_revision, **values)


def text_of(response: Any) -> str:
    return response.content.decode()


def stored(match: Match) -> Match:
    with acting_as(match.user_id):
        return Match.objects.get(pk=match.pk)


# --- the list --------------------------------------------------------------------------------------------------------


def test_list_shows_the_matches_of_the_active_persona_best_first(signed_in: Client, persona: Persona) -> None:
    matched(persona, 3)
    matched(PersonaFactory(user=persona.user, name="Teacher"), 1, explanation="Of the other persona.")

    html = text_of(signed_in.get(LIST))

    places = [html.index(f"Data Engineer {index}</a>") for index in range(3)]
    assert places == sorted(places)
    assert "Of the other persona." not in html


def test_list_without_a_persona_asks_for_one(signed_in: Client) -> None:
    html = text_of(signed_in.get(LIST))

    assert "You have no persona yet" in html
    assert "/personas/new/" in html


def test_list_before_the_first_matching_says_so(signed_in: Client, persona: Persona) -> None:
    assert "The matches are being found" in text_of(signed_in.get(LIST))


def test_list_without_jobs_says_who_adds_them(signed_in: Client, persona: Persona) -> None:
    up_to_date(persona, open_jobs=0, matching_jobs=0)

    assert "No jobs have come in yet" in text_of(signed_in.get(LIST))


def test_list_without_a_fitting_job_says_what_would_help(signed_in: Client, persona: Persona) -> None:
    up_to_date(persona, open_jobs=5, matching_jobs=0)

    assert "No open job fits this persona" in text_of(signed_in.get(LIST))


def test_list_says_that_a_changed_persona_is_matched_anew(signed_in: Client, persona: Persona) -> None:
    up_to_date(persona)
    matched(persona)
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=["Nurse"])

    assert "renewed within a minute" in text_of(signed_in.get(LIST))


def test_list_leaves_out_what_is_dismissed_expired_or_closed(signed_in: Client, persona: Persona) -> None:
    matched(persona, is_dismissed=True, explanation="Dismissed one.")
    matched(persona, expires_at=timezone.now() - timedelta(minutes=1), explanation="Expired one.")
    closed = JobFactory(closed_at=datetime(2026, 1, 1, tzinfo=UTC))
    MatchFactory(persona=persona, job=closed, match_factors=FACTORS, explanation="Closed one.")

    html = text_of(signed_in.get(LIST))

    assert "one." not in html


def test_list_of_the_dismissed_shows_them_alone(signed_in: Client, persona: Persona) -> None:
    matched(persona, is_dismissed=True, explanation="Dismissed one.")
    matched(persona, explanation="Live one.")

    html = text_of(signed_in.get(LIST, {"show": "dismissed"}))

    assert "Dismissed one." in html
    assert "Live one." not in html


def test_list_of_the_dismissed_says_that_it_is_empty(signed_in: Client, persona: Persona) -> None:
    assert "Nothing is set aside" in text_of(signed_in.get(LIST, {"show": "dismissed"}))


def test_list_draws_a_line_before_what_cannot_be_judged(signed_in: Client, persona: Persona) -> None:
    matched(persona, coverage="0.9000")
    matched(persona, coverage="0.2000", match_score=99)

    html = text_of(signed_in.get(LIST))

    assert html.count("Too little is stated to judge") == 1


def test_list_pages_forwards_and_backwards(signed_in: Client, persona: Persona) -> None:
    matched(persona, PAGE_SIZE + 3)
    first = signed_in.get(LIST, {"persona": persona.pk})
    on = first.context["page"].after

    second = signed_in.get(LIST, {"persona": persona.pk, "after": on})
    again = signed_in.get(LIST, {"persona": persona.pk, "before": second.context["page"].before})

    assert [len(each.context["page"].matches) for each in (first, second, again)] == [PAGE_SIZE, 3, PAGE_SIZE]
    assert [m.pk for m in again.context["page"].matches] == [m.pk for m in first.context["page"].matches]
    assert f"after={on}" in text_of(first)
    assert 'rel="prev"' not in text_of(first)
    assert 'rel="next"' not in text_of(second)
    assert "before=" in text_of(second)
    assert "after=" not in text_of(second)


def test_list_asks_as_often_for_twenty_as_for_one(signed_in: Client, persona: Persona) -> None:
    up_to_date(persona)
    matched(persona, 1)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(LIST)
    matched(persona, 19)

    with CaptureQueriesContext(connection) as twenty:
        signed_in.get(LIST)

    assert len(twenty) == len(one)


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"before": "0_NaN_x"}, {"persona": "x"}, {"persona": uuid.UUID(int=1)}]
)
def test_list_of_what_is_not_there_is_not_found(
    signed_in: Client, persona: Persona, query: dict[str, Any]
) -> None:
    assert signed_in.get(LIST, query).status_code == 404


def test_list_of_somebody_elses_persona_is_not_found(signed_in: Client, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie)

    assert signed_in.get(LIST, {"persona": theirs.pk}).status_code == 404


# --- one match -------------------------------------------------------------------------------------------------------


def test_match_shows_what_is_stated_and_why(signed_in: Client, persona: Persona) -> None:
    job = JobFactory(
        title="Data Engineer", company="", description_text="We move data.", required_skills=["SQL", "Python"]
    )
    score = score_pair(
        JobFacts(title="Data Engineer"),
        PersonaFacts(titles=("Data Engineer",)),
        knowledge=shipped_knowledge(),
    )
    match = MatchFactory(
        persona=persona,
        job=job,
        match_score=score.score,
        coverage=score.coverage,
        match_factors=factors_as_json(score),
        explanation=explain(score),
    )

    html = text_of(signed_in.get(f"{LIST}{match.pk}/"))

    for said in ("Data Engineer", "employer not named", "We move data.", "SQL, Python", "not stated"):
        assert said in html


def test_match_with_the_bare_factors_of_the_schema_is_shown(signed_in: Client, persona: Persona) -> None:
    """A row that another program wrote: five numbers, coverage unknown, nothing more."""
    match = MatchFactory(persona=persona)

    assert signed_in.get(LIST).status_code == 200
    assert signed_in.get(f"{LIST}{match.pk}/").status_code == 200


def test_description_of_a_hostile_posting_stays_text(signed_in: Client, persona: Persona) -> None:
    job = JobFactory(title="<script>alert(1)</script>", description_text="<img src=x onerror=alert(1)>")
    match = MatchFactory(persona=persona, job=job, match_factors=FACTORS, coverage="0.9")

    html = text_of(signed_in.get(f"{LIST}{match.pk}/"))

    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_match_of_an_archive_says_that_it_is_no_longer_open(signed_in: Client, persona: Persona) -> None:
    job = JobFactory(source=JobSourceFactory(kind="archive"))
    match = MatchFactory(persona=persona, job=job, match_factors=FACTORS, coverage="0.9")

    assert "cannot be applied to" in text_of(signed_in.get(f"{LIST}{match.pk}/"))


@pytest.mark.parametrize(("method", "end"), [("get", ""), ("post", "dismiss/"), ("post", "restore/")])
def test_match_of_somebody_else_is_not_found(signed_in: Client, charlie: User, method: str, end: str) -> None:
    match = MatchFactory(persona=PersonaFactory(user=charlie))

    response = getattr(signed_in, method)(f"{LIST}{match.pk}/{end}")

    assert response.status_code == 404
    assert not stored(match).is_dismissed


# --- not for me ------------------------------------------------------------------------------------------------------


def test_dismissing_without_htmx_leads_back_to_where_it_was_said(signed_in: Client, persona: Persona) -> None:
    (match,) = matched(persona)

    response = signed_in.post(
        f"{LIST}{match.pk}/dismiss/", headers={"Referer": f"http://testserver{LIST}?persona=1"}
    )

    assert response.status_code == 302
    assert response["Location"].endswith(f"{LIST}?persona=1")
    assert [str(said) for said in get_messages(response.wsgi_request)] == ["Taken out of your matches."]
    assert stored(match).is_dismissed
    assert stored(match).dismissed_at is not None


@pytest.mark.parametrize("action", ["dismiss", "restore"])
@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "foo", "ſ", "x\ny", "/\\evil"])
def test_answer_never_leads_to_what_is_no_address_of_ours(
    signed_in: Client, persona: Persona, there: str, action: str
) -> None:
    (match,) = matched(persona)

    response = signed_in.post(f"{LIST}{match.pk}/{action}/", {"next": there})

    assert response["Location"] == LIST


def test_dismissing_by_htmx_answers_with_the_row_and_its_undoing(signed_in: Client, persona: Persona) -> None:
    (match,) = matched(persona)

    html = text_of(signed_in.post(f"{LIST}{match.pk}/dismiss/", headers=HTMX))

    assert "<html" not in html
    assert f'id="match-{match.pk}"' in html
    assert "data-dismissed" in html
    assert f'hx-post="{LIST}{match.pk}/restore/"' in html
    assert "Taken out of your matches." in html


def test_restoring_by_htmx_puts_the_row_back(signed_in: Client, persona: Persona) -> None:
    (match,) = matched(persona, is_dismissed=True, dismissed_at=datetime(2026, 1, 1, tzinfo=UTC))

    html = text_of(signed_in.post(f"{LIST}{match.pk}/restore/", headers=HTMX))

    assert "data-dismissed" not in html
    assert f'hx-post="{LIST}{match.pk}/dismiss/"' in html
    assert not stored(match).is_dismissed
    assert stored(match).dismissed_at is None


def test_dismissing_twice_keeps_the_first_moment(signed_in: Client, persona: Persona) -> None:
    (match,) = matched(persona)
    signed_in.post(f"{LIST}{match.pk}/dismiss/")
    first = stored(match).dismissed_at

    signed_in.post(f"{LIST}{match.pk}/dismiss/")

    assert stored(match).dismissed_at == first


# --- weigh again -----------------------------------------------------------------------------------------------------


def test_refresh_is_sent_after_the_request_is_saved(
    signed_in: Client, persona: Persona, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as sent:
        response = signed_in.post(f"/personas/{persona.pk}/refresh/")

    assert response["Location"] == f"{LIST}?persona={persona.pk}"
    assert len(sent) == 1


def test_refresh_of_somebody_elses_persona_is_not_found(signed_in: Client, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie)

    assert signed_in.post(f"/personas/{theirs.pk}/refresh/").status_code == 404


def test_jobs_stay_as_they_are_whatever_a_page_does(signed_in: Client, persona: Persona) -> None:
    (match,) = matched(persona)
    with as_role(WORKER_ROLE):
        before = list(Job.objects.values())

    signed_in.post(f"{LIST}{match.pk}/dismiss/")

    with as_role(WORKER_ROLE):
        assert list(Job.objects.values()) == before
