"""Days of a rule, rehearsed: the same answers as asking every gate about every job on every day, and no more questions than needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapply import rehearsal
from autoapply.days import DAYS
from autoapply.policy import Candidate, Person, StandingRule, evaluate
from autoapply.rehearsal import ASSUMED, Contender, Day, Rehearsal, last_chances, list_days, rehearse

MONDAY = date(2026, 2, 2)
TODAY = MONDAY + timedelta(days=13)
ANY = StandingRule(enabled=False)
PERSON = Person(weekday="", company_interval_days=30)
FULL = "We want Python here. And C++ too."


def days_of(*active: str, count: int = 14) -> list[Day]:
    return list_days(TODAY, count, active)


def contender(
    number: int, *, first: int = 0, last: int = 13, company: str = "", **values: object
) -> Contender:
    name = company or f"employer {number}"
    known = {
        "score": Decimal(99 - number),
        "coverage": Decimal(1),
        "company": name,
        "fresh": True,
        "dismissed": False,
        "open": True,
        "archived": False,
        "applied": False,
        "channel": "handoff",
        "channel_because": "site",
    }
    candidate = Candidate(**{**known, **values})  # type: ignore[arg-type]
    return Contender(UUID(int=number), number, candidate, f"key {number}", name, first, last)


class Texts:
    """The texts of some jobs, and which were asked for."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        self.texts, self.asked = texts, []

    def __call__(self, job_ids: Sequence[UUID]) -> dict[UUID, str]:
        self.asked.append([each.int for each in job_ids])
        return {each: self.texts[each.int] for each in job_ids if each.int in self.texts}


def run(
    contenders: Sequence[Contender],
    *,
    rule: StandingRule = ANY,
    days: Sequence[Day] | None = None,
    a_week: int = 5,
    person: Person = PERSON,
    applied: Mapping[str, Sequence[date]] | None = None,
    texts: Texts | None = None,
) -> Rehearsal:
    return rehearse(
        rule,
        person,
        days_of(*rule.active_days) if days is None else days,
        contenders,
        a_week=a_week,
        applied=applied or {},
        read_texts=texts or Texts({}),
    )


def sent(found: Rehearsal) -> list[tuple[int, int]]:
    return [(each.contender.place, each.day) for each in found.sent]


def test_days_are_local_and_know_their_week() -> None:
    days = days_of("sat", count=3)

    assert [day.on for day in days] == [TODAY - timedelta(days=2), TODAY - timedelta(days=1), TODAY]
    assert {day.week for day in days} == {MONDAY + timedelta(days=7)}
    assert [day.is_active for day in days] == [False, True, False]
    assert last_chances(days) == [-1, 1, 1]
    assert all(day.is_active for day in days_of())


def test_best_go_first_and_no_week_has_more_than_its_places() -> None:
    found = run([contender(number) for number in range(9)], a_week=3)

    assert sent(found) == [(0, 0), (1, 0), (2, 0), (3, 7), (4, 7), (5, 7)]
    assert found.stopped == Counter({"weekly_slot": 3})


def test_nothing_is_sent_on_a_day_that_is_not_one_of_the_rules() -> None:
    rule = StandingRule(enabled=True, active_days=("tue",))

    found = run([contender(0), contender(1, first=2, last=6), contender(2, first=2, last=9)], rule=rule)

    assert sent(found) == [(0, 1), (2, 8)]
    assert found.stopped == Counter({"day": 1})


def test_company_is_left_alone_before_and_after_an_application_to_it() -> None:
    jobs = [contender(0, company="acme"), contender(1, company="acme"), contender(2, company="other")]

    assert sent(run(jobs)) == [(0, 0), (2, 0)]
    later = {"acme": [TODAY + timedelta(days=1)]}
    found = run(jobs, applied=later)
    assert sent(found) == [(2, 0)]
    assert found.stopped == Counter({"company_not_applied": 2})
    short = replace(PERSON, company_interval_days=7)
    assert sent(run(jobs, person=short)) == [(0, 0), (2, 0), (1, 7)]
    assert sent(run(jobs, person=replace(PERSON, company_interval_days=0))) == [(0, 0), (1, 0), (2, 0)]


def test_opening_that_was_posted_twice_is_applied_to_once() -> None:
    twice = replace(contender(1), apply_key="key 0")

    found = run([contender(0), twice])

    assert sent(found) == [(0, 0)]
    assert found.stopped == Counter({"job_not_applied": 1})


def test_what_the_person_has_to_do_first_stops_nothing() -> None:
    person = replace(PERSON, paused=True, fenced=True, has_resume=False)
    rule = StandingRule(enabled=False, needs_reviewed_resume=True)

    assert sent(run([contender(0)], rule=rule, person=person)) == [(0, 0)]


def test_employer_that_is_not_named_is_not_applied_to_while_companies_are_kept_apart() -> None:
    nameless = replace(contender(0, company=" "), company_key="")

    assert run([nameless]).stopped == Counter({"company_not_applied": 1})
    assert sent(run([nameless], person=replace(PERSON, company_interval_days=0))) == [(0, 0)]


def test_words_are_looked_for_only_where_every_other_gate_lets_through() -> None:
    rule = StandingRule(enabled=True, threshold=Decimal(50), keywords=("Python", "C++"))
    texts = Texts({0: "Java.", 1: FULL, 2: FULL, 3: "Pythonesque C++", 4: "Пайтон Python, C++"})
    jobs = [
        contender(0),
        contender(1, applied=True),
        contender(2, channel="record"),
        contender(3),
        contender(4),
    ]

    found = run(jobs, rule=rule, texts=texts)

    assert texts.asked == [[0, 3, 4]]
    assert sent(found) == [(4, 0)]
    assert found.stopped == Counter({"job_not_applied": 1, "channel_can_send": 1, "keywords": 2})
    words = {verdict.gate: verdict for verdict in found.sent[0].verdicts.all}
    assert words["keywords"].facts["missing"] == []
    assert not set(words) & set(ASSUMED)


def test_texts_are_not_read_when_the_week_has_no_place() -> None:
    texts = Texts(dict.fromkeys(range(3), FULL))
    rule = StandingRule(enabled=True, keywords=("Python",))

    assert run([contender(0)], rule=rule, a_week=0, texts=texts).stopped == Counter({"weekly_slot": 1})
    assert texts.asked == []


def test_text_that_is_not_there_is_no_text_with_the_words() -> None:
    rule = StandingRule(enabled=True, keywords=("Python",))

    assert run([contender(0)], rule=rule).stopped == Counter({"keywords": 1})


def test_what_no_day_can_change_is_asked_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()

    def count(rule: StandingRule, person: Person, candidate: Candidate) -> object:
        asked[candidate.company] += 1
        return evaluate(rule, person, candidate)

    monkeypatch.setattr(rehearsal, "evaluate", count)
    jobs = [contender(0, channel="record"), contender(1, company="acme"), contender(2, company="acme")]

    found = run(jobs)

    assert sent(found) == [(1, 0)]
    # The first on its first day and its last; of the others one is sent at once, and the other's answer is clear till its last day.
    assert asked == {"employer 0": 2, "acme": 2}


# --- the same the slow way ---------------------------------------------------------------------------------------------


def ask_all(
    contenders: Sequence[Contender],
    rule: StandingRule,
    days: Sequence[Day],
    a_week: int,
    person: Person,
    applied: Mapping[str, Sequence[date]],
    texts: Mapping[int, str],
) -> tuple[list[tuple[int, int]], Counter[str]]:
    """Every gate about every job on every day on which it was open, with its text."""
    done: list[tuple[int, int]] = []
    answers: dict[int, str] = {}
    used: Counter[date] = Counter()
    known = {key: list(found) for key, found in applied.items()}
    keys: set[str] = set()
    for number, day in enumerate(days):
        for each in contenders:
            if answers.get(each.place) in ("sent", "keywords") or not each.first <= number <= each.last:
                continue
            near = [abs((day.on - other).days) for other in known.get(each.company_key, [])]
            candidate = replace(
                each.candidate,
                text=texts.get(each.place),
                applied=each.candidate.applied or each.apply_key in keys,
                company_checked=each.company_key != "",
                days_since_company=min(near, default=None),
                slots=a_week - used[day.week],
            )
            verdicts = evaluate(rule, replace(person, weekday=DAYS[day.on.weekday()]), candidate)
            failed = [verdict.gate for verdict in verdicts.failed if verdict.gate not in ASSUMED]
            if not failed:
                answers[each.place] = "sent"
                done.append((each.place, number))
                used[day.week] += 1
                keys.add(each.apply_key)
                known.setdefault(each.company_key, []).append(day.on)
            elif failed == ["keywords"]:
                answers[each.place] = "keywords"
            elif day.is_active or answers.get(each.place, "day") == "day":
                answers[each.place] = next(gate for gate in failed if gate != "keywords")
    return done, Counter(answer for answer in answers.values() if answer != "sent")


@st.composite
def many(draw: st.DrawFn) -> list[Contender]:
    made = []
    for number in range(draw(st.integers(0, 14))):
        first = draw(st.integers(0, 13))
        company = draw(st.sampled_from(["a", "b", "c", ""]))
        each = contender(
            number,
            first=first,
            last=draw(st.integers(first, 13)),
            company=company or " ",
            channel=draw(st.sampled_from(["handoff", "email", "record"])),
            applied=draw(st.integers(0, 5)) == 0,
            score=Decimal(draw(st.integers(60, 90))),
        )
        key = f"key {draw(st.integers(0, 9))}"
        made.append(replace(each, company_key=company, apply_key=key))
    return made


@settings(max_examples=300, deadline=None)
@given(
    contenders=many(),
    active=st.lists(st.sampled_from(DAYS), unique=True),
    a_week=st.integers(0, 4),
    interval=st.sampled_from([0, 1, 3, 30]),
    keywords=st.sampled_from([(), ("Python",), ("Python", "C++"), ("naïve",)]),
    excluded=st.sampled_from([(), ("a",)]),
    threshold=st.sampled_from([None, Decimal(75)]),
    texts=st.lists(
        st.sampled_from(["", FULL, "Python", "C++ naïve", "na\u0131ve PYTHON C++"]), min_size=14, max_size=14
    ),
    applied=st.dictionaries(
        st.sampled_from(["a", "b"]),
        st.lists(st.integers(-40, 20).map(lambda days: TODAY + timedelta(days=days)), min_size=1, max_size=2),
    ),
)
def test_rehearsal_answers_as_if_everything_was_asked(
    contenders: list[Contender],
    active: list[str],
    a_week: int,
    interval: int,
    keywords: tuple[str, ...],
    excluded: tuple[str, ...],
    threshold: Decimal | None,
    texts: list[str],
    applied: dict[str, list[date]],
) -> None:
    rule = StandingRule(
        enabled=False,
        threshold=threshold,
        excluded_companies=excluded,
        keywords=keywords,
        active_days=tuple(active),
    )
    person = replace(PERSON, company_interval_days=interval)
    days, all_texts = days_of(*active), dict(enumerate(texts))

    found = run(contenders, rule=rule, a_week=a_week, person=person, applied=applied, texts=Texts(all_texts))

    expected = ask_all(contenders, rule, days, a_week, person, applied, all_texts)
    assert (sent(found), found.stopped) == expected
    assert len(found.sent) + found.stopped.total() == len(contenders)
