"""The pages of the ledger: why nothing was sent, what stops each job, what would have to change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from autoapply.ledger import QUIET_AFTER
from autoapply.models import Application, Decision, Rule
from autoapply.queueing import run_rules
from matching.models import Job, JobSource, Match
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import applications_of, make_match, make_persona, make_rule
from tests.autoapply.test_ledger import make_quiet
from tests.autoapply.test_slots import hold, send
from tests.factories import ApplicationFactory, JobFactory, JobSourceFactory, PersonaFactory
from tests.relevnt.test_look import read
from tests.roles import as_role


@pytest.fixture
def at() -> datetime:
    """Pages are of today, whenever that is."""
    return timezone.now()


@pytest.fixture
def persona(alice: User) -> Persona:
    """Alice's persona with a résumé."""
    return make_persona(alice)


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def judge(user: User, at: datetime) -> None:
    """Let the rules look, as the worker does."""
    with as_role(WORKER_ROLE):
        run_rules(user_id=user.pk, at=at)


def text_of(html: str) -> str:
    """What a reader sees of the main part, in one line."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", strip_tags(main)).replace("&#x27;", "'")


def ledger_page(client: Client, rule: Rule, query: str = "") -> str:
    response = client.get(f"/auto-apply/rules/{rule.pk}/ledger/{query}")
    assert response.status_code == 200
    html: str = response.content.decode()
    assert read(html).refused == []
    assert len(set(read(html).ids)) == len(read(html).ids)
    return html


def decision_page(client: Client, rule: Rule, job: Job) -> str:
    response = client.get(f"/auto-apply/rules/{rule.pk}/ledger/{job.pk}/")
    assert response.status_code == 200
    html: str = response.content.decode()
    assert read(html).refused == []
    return html


# --- the ledger -------------------------------------------------------------------------------------------------------


def test_page_says_why_nothing_was_sent(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="75", exclude_companies=["Umbrella"])
    for _ in range(3):
        make_match(persona, at, match_score="60.00")
    make_match(persona, at, company="Umbrella Corp.", match_score="90.00")
    judge(persona.user, at)

    page = text_of(ledger_page(signed_in, rule))

    assert "Why was nothing sent?" in page
    assert "Nothing was sent, because no job passes every gate." in page
    assert "Of 4 jobs that it judges, 0 pass every gate." in page
    assert "Most are stopped first by this: 3 jobs are below the lowest score." in page
    assert "Blocked this week: 1 job of employers that the rule excludes (1 in all)." in page
    assert "Lowest score: The score is 60; the rule asks for at least 75." in page
    assert "Excluded employers: Umbrella Corp. is excluded by line 1 of the rule’s list: “Umbrella”." in page


def test_rule_that_is_off_says_so_first_and_what_else_would_stop(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona, enabled=False, match_score_threshold="75")
    make_match(persona, at, match_score="60.00")
    judge(persona.user, at)

    page = text_of(ledger_page(signed_in, rule))

    assert "What stops them first: the rule is disabled (1 job)." in page
    assert "The rule itself: The rule is disabled." in page
    assert "1 other gate would stop it too" in page
    assert "Lowest score: The score is 60; the rule asks for at least 75." in page


def test_application_stands_beside_its_job(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona)
    make_match(persona, at)
    judge(persona.user, at)
    (application,) = applications_of(persona.user)

    html = ledger_page(signed_in, rule)

    assert f'href="/applications/{application.pk}/"' in html
    assert "Application: queued" in text_of(html)
    assert "Nothing has been sent yet. 1 application waits to be sent." in text_of(html)
    assert "Every gate let it through when it was chosen." in text_of(html)


def test_page_of_a_rule_that_has_sent_says_what_came_of_it(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona)
    make_match(persona, at)
    judge(persona.user, at)
    (application,) = applications_of(persona.user)
    with acting_as(persona.user_id):
        send(hold(application))

    page = text_of(ledger_page(signed_in, rule))

    assert "What came of it" in page
    assert "This rule has sent 1 application, on" in page
    assert "Why was nothing sent?" not in page


def test_quiet_rule_is_told_its_tightest_gate(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="75")
    for _ in range(2):
        make_match(persona, at, match_score="60.00")
    judge(persona.user, at)

    assert "for 14 days" not in text_of(ledger_page(signed_in, rule))

    with acting_as(persona.user_id):
        make_quiet(rule, at)
    page = text_of(ledger_page(signed_in, rule))
    assert (
        f"This rule has sent nothing for {QUIET_AFTER.days} days. The tightest gate is “lowest score”: "
        "it alone stops 2 jobs that every other gate lets through." in page
    )


def test_list_is_narrowed_to_what_one_gate_stops(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="75")
    low = make_match(persona, at, match_score="60.00", job_title="Low Title")
    closed = make_match(persona, at, job_title="Closed Title", job_closed_at=at)
    good = make_match(persona, at, job_title="Good Title")
    judge(persona.user, at)

    def shown(query: str) -> set[Any]:
        html = ledger_page(signed_in, rule, query)
        return {each.job_id for each in (low, closed, good) if str(each.job_id) in html}

    assert shown("") == {low.job_id, closed.job_id, good.job_id}
    assert shown("?gate=threshold") == {low.job_id}
    assert shown("?gate=job_open") == {closed.job_id}
    assert shown("?gate=passed") == {good.job_id}
    assert shown("?gate=day") == set()
    assert "No job is stopped first by “day of the week”" in text_of(
        ledger_page(signed_in, rule, "?gate=day")
    )
    assert 'aria-current="page">lowest score' in ledger_page(signed_in, rule, "?gate=threshold")


@pytest.mark.parametrize(
    "query", ["?gate=no-such-gate", "?cursor=x", "?cursor=WzAsIjEiXQ", "?gate=passed&cursor=%00"]
)
def test_address_that_no_page_of_ours_made_is_not_found(
    signed_in: Client, persona: Persona, at: datetime, query: str
) -> None:
    rule = make_rule(persona)
    make_match(persona, at)
    judge(persona.user, at)

    assert signed_in.get(f"/auto-apply/rules/{rule.pk}/ledger/{query}").status_code == 404


def test_pages_hold_every_job_once(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="75")
    ids = {make_match(persona, at, match_score=f"{20 + number}.00").job_id for number in range(45)}
    judge(persona.user, at)

    found: list[str] = []
    query, pages = "?gate=threshold", 0
    while query:
        html = ledger_page(signed_in, rule, query)
        found += re.findall(rf'href="/auto-apply/rules/{rule.pk}/ledger/([0-9a-f-]+)/"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        query, pages = following[1].replace("&amp;", "&") if following else "", pages + 1

    assert pages == 3
    assert sorted(found) == sorted(map(str, ids))


def test_row_says_what_it_was_before(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="90", max_applications_per_week=0)
    match = make_match(persona, at)
    judge(persona.user, at)
    with acting_as(persona.user_id):
        Rule.objects.update(match_score_threshold="70")
    judge(persona.user, at + timedelta(minutes=1))

    html = ledger_page(signed_in, rule)

    assert "it was stopped by “lowest score”." in text_of(html)
    assert str(match.job_id) in html


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda persona, at: None, "There is no match to judge"),
        (make_match, "No job has been judged yet"),
    ],
)
def test_empty_ledger_says_why(
    signed_in: Client,
    persona: Persona,
    at: datetime,
    prepare: Callable[[Persona, datetime], object],
    said: str,
) -> None:
    rule = make_rule(persona)
    prepare(persona, at)

    assert said in text_of(ledger_page(signed_in, rule))


def test_ledger_takes_as_many_queries_for_20_rows_as_for_one(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona, match_score_threshold="70")
    make_match(persona, at, match_score="60.00")
    make_match(persona, at)
    judge(persona.user, at)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ledger_page(signed_in, rule)
        return len(captured)

    queries()
    few = queries()
    for _ in range(18):
        make_match(persona, at, match_score="60.00")
    judge(persona.user, at)

    assert queries() == few


def test_no_tag_of_a_posting_reaches_the_page(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, name="<b>rule</b>", exclude_companies=["<i>x</i>"])
    match = make_match(persona, at, company="<i>x</i>", job_title="<script>1</script>")
    judge(persona.user, at)

    for html in (ledger_page(signed_in, rule), decision_page(signed_in, rule, match.job)):
        assert "<script>1" not in html
        assert "<i>x" not in html
        assert "<b>rule" not in html


# --- one decision ------------------------------------------------------------------------------------------------------


def test_decision_shows_every_gate_its_evidence_and_what_would_have_to_change(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(
        persona,
        match_score_threshold="90",
        include_only_companies=["Initech", "ACME"],
        require_all_keywords=["Python", "Go"],
    )
    match = make_match(
        persona, at, company="Acme GmbH", job_description_text="You know Python well. We are nice."
    )

    html = decision_page(signed_in, rule, match.job)
    page = text_of(html)

    assert html.count('<li data-passed="') == 19
    assert html.count('data-passed="no"') == 2
    assert "What would have to change" in page
    assert "Lower the rule’s lowest score to 80" in page
    assert "Take “Go” off the words that the rule requires." in page
    assert "“You know Python well.”" in page
    assert "Acme GmbH is wanted by line 2 of the rule’s list: “ACME”." in page
    assert "As they are at this moment." in page
    assert f'href="/personas/{persona.pk}/jobs/{match.job_id}/"' in html


def test_decision_of_a_job_that_was_applied_for_says_why_it_was(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona)
    match = make_match(persona, at)
    judge(persona.user, at)
    (application,) = applications_of(persona.user)
    with acting_as(persona.user_id):
        Rule.objects.update(match_score_threshold="99")
        Match.objects.update(is_dismissed=True)

    html = decision_page(signed_in, rule, match.job)

    assert "Why this one" in text_of(html)
    assert "Every gate let it through when it was chosen." in text_of(html)
    assert "This rule has made an application for this job. Application: queued" in text_of(html)
    assert f'href="/applications/{application.pk}/"' in html
    assert 'data-passed="no"' not in html


def test_decision_about_an_application_of_another_hand_links_it(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona)
    match = make_match(persona, at)
    application = ApplicationFactory(user=persona.user, job=match.job)

    html = decision_page(signed_in, rule, match.job)

    assert "You have an application for this job that this rule did not make." in text_of(html)
    assert f'href="/applications/{application.pk}/"' in html
    assert "There is an application of yours for this job already" in text_of(html)


def test_job_outside_the_ledger_is_decided_when_asked(
    signed_in: Client, persona: Persona, at: datetime
) -> None:
    rule = make_rule(persona)
    archived = JobFactory(source=JobSourceFactory(kind=JobSource.Kind.ARCHIVE), title="Long Gone")

    page = text_of(decision_page(signed_in, rule, archived))

    assert "This posting is from an archive; nobody can apply to it any more." in page
    assert "The job is no match of the persona, so it has no score." in page
    with acting_as(persona.user_id):
        assert not Decision.objects.exists()
        assert not Application.objects.exists()


def test_passing_job_is_told_what_comes_next(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona)
    match = make_match(persona, at)

    page = text_of(decision_page(signed_in, rule, match.job))

    assert "Every gate lets it through" in page
    assert "The rule queues the best of such jobs into the free places of the week" in page


def test_decision_takes_a_handful_of_queries(signed_in: Client, persona: Persona, at: datetime) -> None:
    rule = make_rule(persona, require_all_keywords=["Python"])
    match = make_match(persona, at, job_description_text="Python " * 50)
    for _ in range(20):
        make_match(persona, at)
    decision_page(signed_in, rule, match.job)

    with CaptureQueriesContext(connection) as captured:
        decision_page(signed_in, rule, match.job)

    assert len(captured) <= 25


def test_stranger_finds_neither_page(client: Client, persona: Persona, charlie: User, at: datetime) -> None:
    rule = make_rule(persona)
    match = make_match(persona, at)
    judge(persona.user, at)
    client.force_login(charlie)

    assert client.get(f"/auto-apply/rules/{rule.pk}/ledger/").status_code == 404
    assert client.get(f"/auto-apply/rules/{rule.pk}/ledger/{match.job_id}/").status_code == 404


def test_rule_of_nobodys_persona_has_its_pages(signed_in: Client, alice: User, at: datetime) -> None:
    rule = make_rule(None, user=alice)
    match = make_match(PersonaFactory(user=alice), at)
    judge(alice, at)

    assert "The persona has no résumé with a file" in text_of(ledger_page(signed_in, rule))
    assert "The persona has no résumé with a file" in text_of(decision_page(signed_in, rule, match.job))
