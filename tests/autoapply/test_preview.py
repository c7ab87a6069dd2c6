"""The preview of a rule: what it says of all open jobs at once is what the evaluator says of each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoapply.job_kinds import EARLY, judge_kinds
from autoapply.models import Rule, Standing
from autoapply.policy import Candidate, Person, StandingRule, evaluate
from autoapply.preview import Preview, what_passes
from matching.models import Job, JobSnapshot, JobSource, Match
from matching.snapshot import company_mark
from personas.companies import company_key
from personas.identity import acting_as, assume
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona
from tests.factories import (
    ApplicationFactory,
    EmployerKeyFactory,
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    PersonaFactory,
)
from tests.roles import as_role

AT = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
TITLE = "Data Engineer"


def open_jobs(*jobs: dict[str, Any]) -> list[Job]:
    """Open jobs that a data engineer matches, with nothing left of an earlier reading."""
    source = JobSourceFactory()
    made = [
        JobFactory(
            **{
                "source": source,
                "title": TITLE,
                "company": f"Employer {number}",
                "url": f"https://jobs.example/{number}",
                **job,
            }
        )
        for number, job in enumerate(jobs)
    ]
    with as_role(WORKER_ROLE):
        JobSnapshot.objects.all().delete()
    return made


def wants_data(persona: Persona) -> Persona:
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=[TITLE])
    return persona


@pytest.fixture
def persona(alice: User) -> Persona:
    return wants_data(make_persona(alice, name="Data"))


def look(user: User, persona: Persona | None = None, *, closely: int | None = None, **values: Any) -> Preview:
    """The preview of a rule that is not kept."""
    assume(user.pk)
    rule = Rule(user=user, persona=persona, **values)
    return what_passes(user=user, rule=rule, standing=Standing(user=user), at=AT, closely=closely)


def test_job_that_nothing_stops_passes(alice: User, persona: Persona) -> None:
    (job,) = open_jobs({"company": "Acme"})

    found = look(alice, persona)

    assert (found.open_jobs, found.matching, found.reaching, found.passing) == (1, 1, 1, 1)
    assert found.stopped == []
    assert [(each.job_id, each.persona_id, each.title, each.company) for each in found.best] == [
        (job.pk, persona.pk, TITLE, "Acme")
    ]
    assert found.holds == []
    assert sum(found.histogram) == 1
    assert found.histogram[min(int(found.best[0].score // 5), 19)] == 1


def test_each_job_counts_under_the_first_gate_that_stops_it(alice: User, persona: Persona) -> None:
    archive = JobSourceFactory(kind=JobSource.Kind.ARCHIVE)
    jobs = open_jobs(
        {},
        {"company": "ACME Inc."},
        {"company": ""},
        {"company": "Applied Works"},
        {"company": "Applied Works GmbH"},
        {"company": "Nowhere", "url": ""},
        {"company": "Dismissed"},
        {"source": archive},
        {"title": "Gardener"},
    )
    MatchFactory(persona=persona, job=jobs[6], is_dismissed=True)
    ApplicationFactory(
        user=alice, job=jobs[3], company="Applied Works", company_key=company_key("Applied Works")
    )

    found = look(alice, persona, exclude_companies=["Acme"])

    assert (found.open_jobs, found.matching) == (8, 7)
    assert dict(found.stopped) == {
        "not_dismissed": 1,
        "employer_not_excluded": 2,
        "job_not_applied": 1,
        "company_not_applied": 1,
        "channel_can_send": 1,
    }
    assert found.passing == 1
    assert found.passing + sum(number for _gate, number in found.stopped) == found.matching


def test_threshold_lets_its_own_score_pass_and_none_lets_any(alice: User, persona: Persona) -> None:
    open_jobs({}, {})
    score = look(alice, persona).best[0].score

    at, above = (
        look(alice, persona, match_score_threshold=each) for each in (score, score + Decimal("0.01"))
    )

    assert (at.passing, at.reaching) == (2, 2)
    assert (above.passing, above.reaching, dict(above.stopped)) == (0, 0, {"threshold": 2})


def test_required_words_are_shown_with_the_sentence_that_holds_them(alice: User, persona: Persona) -> None:
    open_jobs(
        {"description_text": "We write Python and Go. We like tea."},
        {"description_text": "We write Python. Ready, set, go."},
    )

    found = look(alice, persona, require_all_keywords=["Python", "Go"])

    assert (found.passing, dict(found.stopped)) == (1, {"keywords": 1})
    assert found.best[0].evidence == [(["Python", "Go"], "We write Python and Go.")]


def test_jobs_are_counted_by_the_way_they_would_go(alice: User, persona: Persona, settings: Any) -> None:
    EmployerKeyFactory(channel="greenhouse", board="Acme")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    open_jobs(
        {"url": "https://acme.recruitee.com/o/data-engineer"},
        {"url": "https://boards.greenhouse.io/acme/jobs/1"},
        {"url": "https://boards.greenhouse.io/other/jobs/1"},
        {"apply_url": "mailto:jobs@acme.example"},
        {"url": "https://acme.example/jobs/1"},
        {"url": "https://www.linkedin.com/jobs/view/1"},
    )

    found = look(alice, persona)

    assert {(each.channel, each.because): each.number for each in found.channels} == {
        ("recruitee", "open"): 1,
        ("greenhouse", "has_key"): 1,
        ("handoff", "no_key"): 1,
        ("email", "mail"): 1,
        ("handoff", "site"): 1,
        ("handoff", "never_automated"): 1,
    }
    assert (found.passing, found.by_us, found.by_you) == (6, 3, 3)


def test_what_holds_everything_is_told_beside_the_counts(alice: User) -> None:
    bare = wants_data(PersonaFactory(user=alice))
    open_jobs({})
    assume(alice.pk)
    rule = Rule(user=alice, persona=bare, active_days=["sun"], needs_reviewed_resume=True)

    found = what_passes(user=alice, rule=rule, standing=Standing(user=alice, paused_at=AT), at=AT)

    assert [each.gate for each in found.holds] == ["not_paused", "day", "has_resume", "resume_reviewed"]
    assert found.passing == 1


def test_without_a_persona_a_job_counts_once_for_the_one_it_fits_best(alice: User, persona: Persona) -> None:
    both = wants_data(make_persona(alice, name="Both"))
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=both).update(job_title_keywords=["Analyst", TITLE])
    # Nothing can be sent for a persona without a résumé.
    wants_data(PersonaFactory(user=alice, name="Bare"))
    open_jobs({}, {"title": "Analyst"})

    found = look(alice)

    assert (found.matching, found.passing) == (2, 2)
    assert {each.title for each in found.best} == {TITLE, "Analyst"}
    assert {each.persona_id for each in found.best} <= {persona.pk, both.pk}


def test_job_set_aside_for_one_persona_may_pass_for_another(alice: User, persona: Persona) -> None:
    (job,) = open_jobs({})
    other = wants_data(make_persona(alice, name="Other"))
    MatchFactory(persona=persona, job=job, is_dismissed=True)

    assert look(alice, persona).passing == 0
    assert look(alice, other).passing == 1


def test_person_without_a_persona_has_nothing_that_passes(alice: User) -> None:
    open_jobs({})

    found = look(alice)

    assert (found.open_jobs, found.matching, found.passing) == (1, 0, 0)
    assert "has_resume" in [each.gate for each in found.holds]


def test_no_open_job_is_no_mistake(alice: User, persona: Persona) -> None:
    open_jobs()

    found = look(alice, persona)

    assert (found.open_jobs, found.matching, sum(found.histogram)) == (0, 0, 0)


def test_job_that_closed_since_the_jobs_were_read_does_not_pass(alice: User, persona: Persona) -> None:
    open_jobs({}, {})
    look(alice, persona)
    with as_role(WORKER_ROLE):
        Job.objects.filter(company="Employer 0").update(closed_at=AT)

    found = look(alice, persona)

    assert (found.passing, dict(found.stopped)) == (1, {"job_open": 1})


def test_only_the_best_are_looked_at_closely_where_it_is_asked_and_this_is_told(
    alice: User, persona: Persona
) -> None:
    open_jobs({}, {}, {}, {"company": "Acme"})

    found = look(alice, persona, closely=2, exclude_companies=["Acme"])

    assert (found.at_a_glance, found.closely, found.passing, found.is_partial) == (3, 2, 2, True)
    assert not look(alice, persona).is_partial


def test_nothing_is_written(alice: User, persona: Persona) -> None:
    open_jobs({}, {})
    look(alice, persona)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        look(alice, persona, match_score_threshold=Decimal(10), require_all_keywords=["x"])

    assert [each for each in queries.captured_queries if not each["sql"].startswith("SELECT")] == []
    assert not Rule.objects.exists()


@pytest.mark.parametrize("number", [1, 20])
def test_queries_are_as_many_for_one_job_as_for_twenty(alice: User, persona: Persona, number: int) -> None:
    open_jobs(*[{"description_text": "Go"}] * number)
    lines = [f"Company {line}" for line in range(number)]
    look(alice, persona)

    with CaptureQueriesContext(connection) as queries:
        look(alice, persona, exclude_companies=lines, require_all_keywords=["Go"])

    assert len(queries) == 14


# --- kinds ------------------------------------------------------------------------------------------------------------------

COMPANIES = ["", "Acme", "ACME Inc.", "Globex", "Initech", "Employer 0", "Employer 1", "Umbrella"]
MATCHES = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(COMPANIES), st.booleans()),
    max_size=40,
)
LINES = st.lists(st.sampled_from([*COMPANIES, "acme", "employer 0"]), max_size=4)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(MATCHES, LINES, LINES, st.none() | st.decimals(0, 100, places=2))
def test_kinds_are_judged_as_each_match_by_itself(
    matches: list[tuple[int, int, str, bool]],
    excluded: list[str],
    included: list[str],
    threshold: Decimal | None,
) -> None:
    rule = StandingRule(
        enabled=True, threshold=threshold, excluded_companies=excluded, included_companies=included
    )
    person = Person(weekday="mon")
    scores, coverages, companies, dismissed = zip(*matches, strict=True) if matches else [()] * 4

    kinds = judge_kinds(
        rule,
        person,
        scores=np.array(scores, np.int64),
        coverages=np.array(coverages, np.int64),
        marks=np.array([company_mark(company_key(each)) for each in companies], np.uint64),
        dismissed=np.array(dismissed, bool),
    )

    alone = []
    for score, coverage, company, set_aside in matches:
        candidate = Candidate(
            score=Decimal(score) / 100,
            coverage=Decimal(coverage) / 10_000,
            company=company,
            fresh=True,
            dismissed=set_aside,
        )
        failed = [each.gate for each in evaluate(rule, person, candidate).failed if each.gate in EARLY]
        alone.append(failed[0] if failed else "")
    assert [kinds.first_failed[kind] for kind in kinds.of_match] == alone
    assert kinds.stopped() == Counter(gate for gate in alone if gate)
    assert kinds.passing().tolist() == [place for place, gate in enumerate(alone) if not gate]
    assert sum(kinds.sizes) == len(matches)


def test_no_match_is_stored_by_looking(alice: User, persona: Persona) -> None:
    open_jobs({})
    look(alice, persona)

    assert not Match.objects.exists()
