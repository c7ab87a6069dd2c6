"""Why a search stands still: exact numbers, nothing concluded from what is not known, the strongest reason first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapply.policy import GATES
from coaching.models import SCOPES
from coaching.stalled import (
    FULL_WEEKS,
    IDLE_FOR,
    LEAST_STATED,
    REASONS,
    ApplicationFacts,
    ClientFacts,
    SearchFacts,
    TightRule,
    choose_gate,
    find_reasons,
)
from coaching.stalled_words import reason_words, scopes_words, untold_words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOING = SearchFacts(
    has_persona=True, has_resume=True, floor=50_000, open_jobs=1000, matching_jobs=80, fresh=80, stated=40
)
COUNTS = st.integers(0, 2000)
MOMENTS = st.none() | st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda ago: NOW - ago)
SEARCHES = st.builds(
    SearchFacts,
    has_persona=st.booleans(),
    has_resume=st.booleans(),
    floor=st.none() | st.integers(0, 200_000),
    open_jobs=st.none() | COUNTS,
    matching_jobs=st.none() | COUNTS,
    fresh=COUNTS,
    stated=COUNTS,
).flatmap(lambda facts: st.integers(0, facts.stated).map(lambda below: replace(facts, below=below)))
TIGHT = st.tuples(COUNTS, COUNTS).map(lambda n: TightRule("Berlin", "threshold", min(n), max(n)))
APPLICATIONS = st.builds(
    ApplicationFacts,
    rules=COUNTS,
    enabled=COUNTS,
    paused_at=MOMENTS,
    tight=st.none() | TIGHT,
    waiting=COUNTS,
    waiting_since=MOMENTS,
    sent=COUNTS,
    sent_long_ago=COUNTS,
    last_sent_at=MOMENTS,
    answered=st.integers(0, 3),
    accepted=st.integers(0, 1),
    refused_at=st.dictionaries(
        st.sampled_from(["", "applied", "screening", "interview"]), st.integers(1, 30)
    ),
    full_weeks=st.integers(0, 5),
    ceiling=st.integers(0, 50),
)
FACTS = st.builds(
    ClientFacts,
    at=st.just(NOW),
    search=st.none() | SEARCHES,
    applications=st.none() | APPLICATIONS,
    last_activity=MOMENTS,
)


def codes(
    search: SearchFacts | None = None, applications: ApplicationFacts | None = None, **rest: Any
) -> list[str]:
    return [each.code for each in find_reasons(ClientFacts(NOW, search, applications, **rest))]


def said(search: SearchFacts | None = None, applications: ApplicationFacts | None = None, **rest: Any) -> str:
    return reason_words(find_reasons(ClientFacts(NOW, search, applications, **rest))[0])


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


# --- each reason, with its number --------------------------------------------------------------------------------------


def test_nothing_known_gives_no_reason() -> None:
    assert codes() == []


def test_search_under_way_gives_no_reason() -> None:
    assert codes(GOING, ApplicationFacts(), last_activity=ago(1)) == []


def test_salary_floor_says_its_share_exactly() -> None:
    facts = replace(GOING, stated=50, below=46)

    assert said(facts) == "The salary floor excludes 92 % of the matches that state their pay: 46 of 50."


def test_share_is_rounded_down() -> None:
    assert "99 %" in said(replace(GOING, stated=1000, below=999))


@pytest.mark.parametrize(
    ("stated", "below", "floor"),
    [(LEAST_STATED - 1, LEAST_STATED - 1, 50_000), (50, 39, 50_000), (50, 50, None), (50, 50, 0)],
    ids=["too few", "too small a share", "no floor", "a floor of nothing"],
)
def test_salary_floor_needs_a_floor_and_enough_that_state_pay(
    stated: int, below: int, floor: int | None
) -> None:
    assert codes(replace(GOING, stated=stated, below=below, floor=floor)) == []


@pytest.mark.parametrize(
    ("search", "sentence"),
    [
        (SearchFacts(has_persona=False), "There is no active persona yet, so nothing can be matched."),
        (
            replace(GOING, has_resume=False),
            "The active persona has no résumé, so nothing can be sent for it.",
        ),
        (
            replace(GOING, open_jobs=12_345, matching_jobs=0, fresh=0, stated=0),
            "None of the 12,345 open jobs fits the active persona.",
        ),
        (
            replace(GOING, fresh=0, stated=0),
            "80 jobs fit the active persona, and all of them are set aside, closed or out of date.",
        ),
    ],
)
def test_reason_of_a_search(search: SearchFacts, sentence: str) -> None:
    assert said(search) == sentence


def test_persona_that_was_never_matched_gives_no_reason() -> None:
    assert codes(replace(GOING, open_jobs=None, matching_jobs=None, fresh=0, stated=0)) == []


def test_empty_market_is_no_fault_of_the_persona() -> None:
    assert codes(replace(GOING, open_jobs=0, matching_jobs=0, fresh=0, stated=0)) == []


@pytest.mark.parametrize(
    ("applications", "sentence"),
    [
        (
            ApplicationFacts(rules=2, enabled=2, paused_at=ago(9)),
            "Auto-apply has been paused for 9 days, and nothing was sent by hand lately.",
        ),
        (ApplicationFacts(rules=2), "All 2 rules are disabled, and nothing was sent by hand lately."),
        (ApplicationFacts(rules=1), "The only rule is disabled, and nothing was sent by hand lately."),
        (
            ApplicationFacts(rules=1, enabled=1, tight=TightRule("Berlin", "threshold", 380, 412)),
            "The rule “Berlin” has sent nothing lately: of the 412 jobs that it judged, one gate stops 380: lowest score.",
        ),
        (
            ApplicationFacts(waiting=3, waiting_since=ago(11)),
            "3 applications wait for your client’s word, the oldest for 11 days.",
        ),
        (
            ApplicationFacts(sent=12, sent_long_ago=12),
            "12 applications were sent more than 21 days ago, and none has been answered.",
        ),
        (
            ApplicationFacts(sent=9, answered=6, refused_at={"interview": 6}),
            "All 6 refusals came at the same stage: “interview”.",
        ),
        (
            ApplicationFacts(ceiling=10, full_weeks=4),
            "All 10 places of the week have been used in each of the last 4 weeks.",
        ),
    ],
)
def test_reason_of_applications(applications: ApplicationFacts, sentence: str) -> None:
    assert said(None, applications) == sentence


@pytest.mark.parametrize(
    "applications",
    [
        ApplicationFacts(rules=2, enabled=2, paused_at=ago(6)),
        ApplicationFacts(rules=2, enabled=2, paused_at=ago(60), last_sent_at=ago(2)),
        ApplicationFacts(rules=2, last_sent_at=ago(13)),
        ApplicationFacts(tight=TightRule("Berlin", "threshold", 6, 12)),
        ApplicationFacts(tight=TightRule("Berlin", "threshold", 9, 9)),
        ApplicationFacts(sent=12, sent_long_ago=12, answered=1),
        ApplicationFacts(sent=12, sent_long_ago=9),
        ApplicationFacts(refused_at={"interview": 6, "applied": 1}),
        ApplicationFacts(refused_at={"": 9}),
        ApplicationFacts(refused_at={"interview": 4}),
        ApplicationFacts(ceiling=10, full_weeks=FULL_WEEKS - 1),
        ApplicationFacts(ceiling=0, full_weeks=4),
    ],
)
def test_what_is_below_a_threshold_is_no_reason(applications: ApplicationFacts) -> None:
    assert codes(None, applications) == []


def test_set_aside_is_said_for_the_coach() -> None:
    facts = ApplicationFacts(tight=TightRule("Berlin", "not_dismissed", 380, 412))

    assert "jobs that were set aside" in said(None, facts)


def test_idle_counts_the_days() -> None:
    assert said(last_activity=NOW - IDLE_FOR) == "Your client has done nothing here for 21 days."
    assert codes(last_activity=NOW - IDLE_FOR + timedelta(seconds=1)) == []


def test_accepted_offer_ends_every_reason() -> None:
    assert codes(SearchFacts(has_persona=False), ApplicationFacts(accepted=1), last_activity=ago(300)) == []


# --- what holds of all facts -------------------------------------------------------------------------------------------


@given(FACTS)
def test_strongest_comes_first_and_each_once(facts: ClientFacts) -> None:
    places = [REASONS.index(each.code) for each in find_reasons(facts)]

    assert places == sorted(set(places))


@given(FACTS)
def test_what_is_not_granted_gives_no_reason(facts: ClientFacts) -> None:
    of_search = {"no_persona", "no_match", "none_left", "salary_floor", "no_resume"}
    found = {each.code for each in find_reasons(facts)}

    if facts.search is None:
        assert not found & of_search
    if facts.applications is None:
        assert found <= of_search | {"idle"}
    if facts.last_activity is None:
        assert "idle" not in found


@given(FACTS)
def test_sentence_holds_no_number_that_was_not_read(facts: ClientFacts) -> None:
    for reason in find_reasons(facts):
        read = {str(value) for value in reason.facts.values() if isinstance(value, int)}
        assert set(re.findall(r"\d+", reason_words(reason).replace(",", ""))) <= read


@given(FACTS)
def test_numbers_of_a_reason_are_those_of_the_facts(facts: ClientFacts) -> None:
    for reason in find_reasons(facts):
        match reason.code:
            case "salary_floor":
                assert facts.search is not None
                assert (reason.facts["below"], reason.facts["stated"]) == (
                    facts.search.below,
                    facts.search.stated,
                )
                assert reason.facts["percent"] <= 100 * facts.search.below / facts.search.stated
            case "gate":
                assert facts.applications is not None
                assert facts.applications.tight is not None
                assert 2 * reason.facts["stopped"] > reason.facts["judged"]
            case "idle":
                assert facts.last_activity is not None
                assert reason.facts["days"] == (NOW - facts.last_activity).days


@given(SEARCHES)
def test_granting_more_takes_no_reason_away_but_an_accepted_offer(search: SearchFacts) -> None:
    alone = {each.code for each in find_reasons(ClientFacts(NOW, search))}
    both = {each.code for each in find_reasons(ClientFacts(NOW, search, ApplicationFacts()))}

    assert alone <= both


# --- words and gates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("granted", "sentence"),
    [
        (set(SCOPES), ""),
        ({"matches", "applications"}, ""),
        ({"applications"}, "Not told: matches are not granted."),
        ({"matches", "resume"}, "Not told: applications are not granted."),
        ({"learning"}, "Not told: matches and applications are not granted."),
    ],
)
def test_what_is_not_told_says_what_is_missing(granted: set[str], sentence: str) -> None:
    assert untold_words(granted) == sentence


def test_granted_scopes_stand_in_one_order() -> None:
    assert scopes_words({"resume", "matches"}) == "Matches and résumé"
    assert scopes_words(set()) == ""


@given(
    st.dictionaries(
        st.lists(st.sampled_from(GATES[:6]), min_size=1, unique=True).map(tuple), st.integers(1, 50)
    )
)
def test_chosen_gate_alone_stops_most(stops: dict[tuple[str, ...], int]) -> None:
    chosen = choose_gate(stops, GATES)

    if not stops:
        assert chosen is None
        return
    assert chosen is not None
    gate, stopped = chosen
    assert stopped == sum(jobs for gates, jobs in stops.items() if gate in gates)
    assert stops.get((gate,), 0) == max(stops.get((other,), 0) for other in GATES)
