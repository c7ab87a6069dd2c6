"""The places of a week: counted, taken, moved when the week has turned; never two weeks at once, never over a limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autoapply.models import Application, Rule, Standing
from autoapply.slots import (
    Reserved,
    Slots,
    Turn,
    Week,
    current_week,
    find_week,
    free_slots,
    move_to_week,
    reserve,
)
from autoapply.weeks import week_start, zone_of
from personas.identity import assume
from personas.models import User
from tests.autoapply.openings import make_rule
from tests.autoapply.test_states import step
from tests.factories import ApplicationFactory, JobFactory, PersonaFactory
from tests.roles import OWNER_ROLE, as_role

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
ZONES = ["Pacific/Kiritimati", "Pacific/Honolulu", "UTC", "Europe/Berlin", "America/Santiago"]


@pytest.fixture
def rule(alice: User) -> Rule:
    """A rule of Alice's with a cap of 5; her ceiling is 10."""
    return make_rule(PersonaFactory(user=alice))


def live_in(user: User, zone: str) -> None:
    """Change somebody's time zone."""
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=user.pk).update(time_zone=zone)
    user.time_zone = zone
    assume(user.pk)


def queue(rule: Rule, at: datetime, **values: Any) -> tuple[Reserved, Application]:
    """Queue an application of a rule, as its owner."""
    assume(rule.user_id)
    number = Application.objects.count()
    application = Application(
        **{
            "user": User.objects.get(pk=rule.user_id),
            "rule_id": rule.pk,
            "origin": "rule",
            "channel": "handoff",
            "apply_key": f"example.com/{number}",
            "job_title": "Data Engineer",
            **values,
        }
    )
    return reserve(application=application, at=at), application


def queued(rule: Rule, at: datetime, **values: Any) -> Application:
    """An application that found a place."""
    reserved, application = queue(rule, at, **values)
    assert reserved is Reserved.QUEUED
    return application


def bring(application: Application, *statuses: str) -> Application:
    """Take an application some steps further."""
    for status in statuses:
        step(application, status)
    application.refresh_from_db()
    return application


def hold(application: Application) -> Application:
    """Bring a queued application to where it is claimed."""
    return bring(application, "preparing", "review", "held")


def send(application: Application) -> Application:
    """Bring a held application out of the house."""
    return bring(application, "submitting", "submitted")


def count(rule: Rule, at: datetime) -> Slots:
    """The places as they are."""
    assume(rule.user_id)
    return free_slots(
        user=rule.user, rule=Rule.objects.get(pk=rule.pk), standing=Standing.objects.get(), at=at
    )


def places(*applications: Application) -> list[tuple[date | None, int | None, int | None]]:
    """Week and both numbers of some applications, as stored."""
    for each in applications:
        each.refresh_from_db()
    return [(each.week_start, each.rule_slot, each.user_slot) for each in applications]


# --- taking ----------------------------------------------------------------------------------------------------------


def test_new_application_takes_the_smallest_free_places(rule: Rule) -> None:
    first, second, third = (queued(rule, MONDAY) for _ in range(3))
    bring(second, "cancelled")

    fourth = queued(rule, MONDAY)

    assert places(first, second, third, fourth) == [
        (date(2026, 3, 2), 1, 1),
        (None, None, None),
        (date(2026, 3, 2), 3, 3),
        (date(2026, 3, 2), 2, 2),
    ]
    assert (fourth.cap_at_reserve, fourth.ceiling_at_reserve, fourth.tz_at_reserve) == (5, 10, "UTC")


def test_cap_of_the_rule_is_the_end(rule: Rule) -> None:
    results = [queue(rule, MONDAY)[0] for _ in range(6)]

    assert results == [Reserved.QUEUED] * 5 + [Reserved.NO_SLOT]
    assert (count(rule, MONDAY).left, count(rule, MONDAY).rule_free, count(rule, MONDAY).user_free) == (
        0,
        0,
        5,
    )


def test_ceiling_of_the_person_is_the_end_over_all_rules(rule: Rule, alice: User) -> None:
    rules = [rule, make_rule(rule.persona), make_rule(rule.persona)]

    results = [queue(each, MONDAY)[0] for each in rules for _ in range(5)]

    assert results.count(Reserved.QUEUED) == 10
    assert count(rules[2], MONDAY).user_free == 0


@pytest.mark.parametrize("limits", [{"max_applications_per_week": 0}, {}])
def test_limit_of_nothing_lets_nothing_through(rule: Rule, limits: dict[str, int]) -> None:
    assume(rule.user_id)
    if limits:
        Rule.objects.update(**limits)
    else:
        Standing.objects.update(weekly_ceiling=0)

    assert queue(rule, MONDAY)[0] is Reserved.NO_SLOT


def test_job_and_opening_are_taken_once(rule: Rule) -> None:
    job = JobFactory()
    queued(rule, MONDAY, job=job, apply_key="one")

    assert queue(rule, MONDAY, job=job, apply_key="other")[0] is Reserved.ALREADY
    assert queue(rule, MONDAY, apply_key="one")[0] is Reserved.ALREADY
    assert count(rule, MONDAY).rule.taken == 1


def test_rule_that_is_gone_takes_no_place(rule: Rule) -> None:
    assume(rule.user_id)
    gone = Rule.objects.get(pk=rule.pk)
    Rule.objects.filter(pk=rule.pk).delete()

    assert queue(gone, MONDAY)[0] is Reserved.NO_SLOT


@pytest.mark.parametrize(
    ("statuses", "left"),
    [
        ((), 4),
        (("preparing",), 4),
        (("preparing", "parked"), 4),
        (("preparing", "review"), 4),
        (("preparing", "review", "held"), 4),
        (("preparing", "review", "held", "submitting"), 4),
        (("preparing", "review", "held", "submitting", "submitted"), 4),
        (("preparing", "review", "held", "submitting", "submitted", "withdrawn"), 4),
        (("preparing", "review", "held", "submitting", "unknown"), 4),
        (("preparing", "review", "held", "submitting", "failed"), 5),
        (("cancelled",), 5),
    ],
)
def test_states_hold_and_free_places(rule: Rule, statuses: tuple[str, ...], left: int) -> None:
    bring(queued(rule, MONDAY), *statuses)

    assert count(rule, MONDAY).left == left


def test_counting_takes_the_same_queries_for_any_number(rule: Rule) -> None:
    user = rule.user

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            free_slots(user=user, rule=rule, standing=standing, at=MONDAY + WEEK)
        return len(captured)

    queued(rule, MONDAY)
    standing = Standing.objects.get()
    few = queries()
    for _ in range(4):
        queued(rule, MONDAY)

    assert queries() == few == 2


def test_rule_made_anew_never_raises_the_ceiling(rule: Rule, alice: User) -> None:
    sent = []
    for _ in range(4):
        own = make_rule(rule.persona)
        while True:
            reserved, application = queue(own, MONDAY)
            if reserved is not Reserved.QUEUED:
                break
            sent.append(send(hold(application)))
        Rule.objects.filter(pk=own.pk).delete()

    assert len(sent) == 10
    assert sorted(number for _week, _rule, number in places(*sent)) == list(range(1, 11))  # type: ignore[type-var]


# --- the week turns --------------------------------------------------------------------------------------------------


def test_application_that_waited_over_monday_moves_to_the_new_week(rule: Rule) -> None:
    waiting = hold(queued(rule, MONDAY))
    queued(rule, MONDAY + WEEK)

    turn = move_to_week(application=waiting, at=MONDAY + WEEK)

    assert turn == Turn(True, date(2026, 3, 9))
    assert places(waiting) == [(date(2026, 3, 9), 2, 2)]
    assert waiting.week_start == date(2026, 3, 9)


def test_application_of_this_week_goes_where_it_is(rule: Rule) -> None:
    waiting = hold(queued(rule, MONDAY))
    before = places(waiting)

    assert move_to_week(application=waiting, at=MONDAY + timedelta(days=6)).may_go
    assert places(waiting) == before


def test_new_applications_leave_room_for_those_that_wait(rule: Rule) -> None:
    waiting = [queued(rule, MONDAY) for _ in range(3)]

    later = count(rule, MONDAY + WEEK)

    assert (later.carried_over, later.rule_free, later.left) == (3, 2, 2)
    assert [queue(rule, MONDAY + WEEK)[0] for _ in range(3)] == [
        Reserved.QUEUED,
        Reserved.QUEUED,
        Reserved.NO_SLOT,
    ]
    for application in waiting:
        assert move_to_week(application=hold(application), at=MONDAY + WEEK).may_go
        send(application)
    assert count(rule, MONDAY + WEEK).rule.taken == 5


def test_application_without_a_place_is_told_its_place_in_the_line(rule: Rule) -> None:
    waiting = [hold(queued(rule, MONDAY)) for _ in range(5)]
    for number, application in enumerate(waiting):
        Application.objects.filter(pk=application.pk).update(hold_until=MONDAY + timedelta(hours=number))
        application.refresh_from_db()
    Rule.objects.update(max_applications_per_week=2)
    at = MONDAY + WEEK
    for application in waiting[:2]:
        assert move_to_week(application=application, at=at).may_go
        send(application)

    turns = [move_to_week(application=application, at=at) for application in waiting[2:]]

    assert turns == [Turn(False, date(2026, 3, 16), place) for place in (1, 2, 3)]
    assert {week for week, _rule, _user in places(*waiting[2:])} == {date(2026, 3, 2)}


def test_cap_that_was_lowered_holds_for_what_is_queued(rule: Rule) -> None:
    applications = [hold(queued(rule, MONDAY)) for _ in range(4)]
    Rule.objects.update(max_applications_per_week=2)

    turns = [move_to_week(application=each, at=MONDAY).may_go for each in reversed(applications)]

    assert turns == [False, False, True, True]
    bring(applications[0], "cancelled")
    assert move_to_week(application=applications[3], at=MONDAY).may_go
    assert places(applications[3])[0][1] == 1


def test_cap_that_was_lowered_counts_what_has_left_already(rule: Rule) -> None:
    applications = [hold(queued(rule, MONDAY)) for _ in range(4)]
    for application in applications[2:]:
        send(application)
    Rule.objects.update(max_applications_per_week=2)

    # Places 1 and 2 are within the cap, but two have been sent this week.
    assert not move_to_week(application=applications[0], at=MONDAY).may_go


def test_ceiling_that_was_lowered_holds_for_what_is_queued(rule: Rule) -> None:
    applications = [hold(queued(rule, MONDAY)) for _ in range(3)]
    Standing.objects.update(weekly_ceiling=1)

    assert not move_to_week(application=applications[2], at=MONDAY).may_go
    assert move_to_week(application=applications[0], at=MONDAY).may_go


def test_application_of_a_deleted_rule_is_held_by_the_ceiling_alone(rule: Rule) -> None:
    waiting = hold(queued(rule, MONDAY))
    Rule.objects.filter(pk=rule.pk).delete()
    waiting.refresh_from_db()

    assert move_to_week(application=waiting, at=MONDAY + WEEK).may_go
    assert places(waiting) == [(date(2026, 3, 9), 1, 1)]


def test_what_a_person_wanted_needs_no_place(alice: User) -> None:
    application = ApplicationFactory(user=alice)
    assume(alice.pk)

    assert move_to_week(application=application, at=MONDAY).may_go


def test_database_refuses_a_second_holder_whatever_is_forgotten(rule: Rule) -> None:
    one, other = queued(rule, MONDAY), queued(rule, MONDAY)

    for slot in ("rule_slot", "user_slot"):
        with pytest.raises(IntegrityError, match="application_slot_is_one"), transaction.atomic():
            Application.objects.filter(pk=other.pk).update(**{slot: getattr(one, slot)})


# --- zones -------------------------------------------------------------------------------------------------------------

SUNDAY_EVENING = datetime(2026, 3, 8, 18, tzinfo=UTC)  # Monday in Kiritimati, Sunday in Honolulu


def test_week_is_that_of_the_persons_calendar(rule: Rule) -> None:
    live_in(rule.user, "Pacific/Kiritimati")
    assert current_week(user=rule.user, at=SUNDAY_EVENING) == Week(date(2026, 3, 9), "Pacific/Kiritimati")
    live_in(rule.user, "Pacific/Honolulu")
    assert current_week(user=rule.user, at=SUNDAY_EVENING) == Week(date(2026, 3, 2), "Pacific/Honolulu")


def test_moving_east_does_not_begin_a_second_week(rule: Rule) -> None:
    live_in(rule.user, "Pacific/Honolulu")
    for _ in range(5):
        queued(rule, SUNDAY_EVENING)
    live_in(rule.user, "Pacific/Kiritimati")

    assert count(rule, SUNDAY_EVENING).week == Week(date(2026, 3, 2), "Pacific/Honolulu")
    assert count(rule, SUNDAY_EVENING).left == 0
    # Monday in Honolulu too.
    assert count(rule, SUNDAY_EVENING + timedelta(hours=18)).week_start == date(2026, 3, 9)


def test_moving_west_does_not_go_back_to_a_week_that_is_over(rule: Rule) -> None:
    live_in(rule.user, "Pacific/Kiritimati")
    for _ in range(5):
        queued(rule, SUNDAY_EVENING)
    live_in(rule.user, "Pacific/Honolulu")

    assert count(rule, SUNDAY_EVENING).week_start == date(2026, 3, 9)
    assert count(rule, SUNDAY_EVENING).left == 0
    # The week ends when it has ended in Honolulu as well.
    assert count(rule, SUNDAY_EVENING + WEEK).week_start == date(2026, 3, 9)
    assert count(rule, SUNDAY_EVENING + WEEK + timedelta(hours=18)).week_start == date(2026, 3, 16)


def test_going_to_and_fro_gains_nothing(rule: Rule) -> None:
    got = 0
    for number in range(12):
        live_in(rule.user, ZONES[number % 2])
        got += queue(rule, SUNDAY_EVENING + timedelta(hours=number))[0] is Reserved.QUEUED

    assert got == 5


def test_clock_that_goes_back_does_not_open_an_old_week(rule: Rule) -> None:
    for _ in range(5):
        queued(rule, MONDAY + WEEK)

    assert count(rule, MONDAY).week_start == date(2026, 3, 9)
    assert queue(rule, MONDAY)[0] is Reserved.NO_SLOT


@given(
    moments=st.lists(
        st.tuples(st.integers(0, 24 * 30), st.sampled_from(ZONES), st.booleans()), min_size=2, max_size=40
    )
)
@settings(max_examples=300, deadline=None)
def test_weeks_never_go_back_and_none_begins_before_the_last_has_ended(
    moments: list[tuple[int, str, bool]],
) -> None:
    """Whatever the order of moves: weeks rise, and one is entered a week after the one before at the earliest."""
    holders: list[tuple[date, str]] = []
    entered: dict[date, datetime] = {}
    for hours, zone, takes in sorted(moments, key=lambda moment: moment[0]):
        at = MONDAY + timedelta(hours=hours)
        here = Week(week_start(at, zone_of(zone)), zone)
        latest = max((week for week, _zone in holders), default=None)
        week = here
        if latest is not None:
            zones = sorted({name for monday, name in holders if monday == latest})
            week = find_week(here, latest=latest, zones=zones, at=at)
            assert week.start >= latest
            if week.start > latest:
                # It is over in every zone that ever told it, and in the one of today.
                assert all(week_start(at, zone_of(name)) > latest for name in [*zones, zone])
        if takes:
            holders.append((week.start, week.zone))
            entered.setdefault(week.start, at)
    starts = sorted(entered)
    assert [entered[start] for start in starts] == sorted(entered.values())


# --- everything together -----------------------------------------------------------------------------------------------

ACTIONS = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 1)),
    st.tuples(st.just("queue"), st.integers(0, 1)),
    st.tuples(st.just("hold"), st.integers(0, 20)),
    st.tuples(st.just("claim"), st.integers(0, 20)),
    st.tuples(st.just("claim"), st.integers(0, 20)),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 11, 150])),
    st.tuples(st.just("move"), st.integers(0, 1)),
    st.tuples(st.just("move"), st.integers(0, 1)),
    st.tuples(st.just("move"), st.integers(0, len(ZONES) - 1)),
    st.tuples(st.just("remake"), st.integers(0, 1)),
)
CAP, CEILING = 2, 3


@given(actions=st.lists(ACTIONS, min_size=5, max_size=45))
# To a zone where it is Monday already, and back to one where it is Sunday still.
@example(actions=[("move", 0), ("move", 1), ("send", 1), ("move", 0), ("wait", 150), ("send", 0)])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_events_sends_more_than_the_limits_in_a_week(
    alice: User, actions: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        _live_through(alice, actions)
        transaction.set_rollback(True)


def _live_through(user: User, actions: list[tuple[str, int]]) -> None:
    persona = PersonaFactory(user=user)
    rules = [make_rule(persona, max_applications_per_week=CAP) for _ in range(2)]
    assume(user.pk)
    Standing.objects.update(weekly_ceiling=CEILING)
    # Where the calendars of the zones differ the most.
    at = SUNDAY_EVENING
    made: list[Application] = []
    left: list[tuple[date, Any]] = []

    def claim(application: Application) -> None:
        application.refresh_from_db()
        if not move_to_week(application=application, at=at).may_go:
            return
        send(application)
        week = application.week_start
        assert week is not None
        assert all(week >= before for before, _rule in left), "a week that was over"
        assert week <= max(week_start(at, zone_of(zone)) for zone in ZONES)
        left.append((week, application.rule_id))

    for action, number in actions:
        if action == "move":
            live_in(user, ZONES[number])
        waiting = [each for each in made if each.status in ("queued", "held")]
        chosen = waiting[number % len(waiting)] if waiting else None
        if action in ("queue", "send", "move"):
            reserved, application = queue(rules[number % 2], at, apply_key=f"example.com/{len(made)}")
            if reserved is Reserved.QUEUED:
                made.append(application)
                if action != "queue":
                    claim(hold(application))
        elif action == "wait":
            at += timedelta(hours=number)
        elif action == "remake":
            Rule.objects.filter(pk=rules[number].pk).delete()
            rules[number] = make_rule(persona, max_applications_per_week=CAP)
            assume(user.pk)
        elif chosen is not None and action == "hold" and chosen.status == "queued":
            hold(chosen)
        elif chosen is not None and action == "cancel":
            bring(chosen, "cancelled")
        elif chosen is not None and action == "claim" and chosen.status == "held":
            claim(chosen)
        for week in {week for week, _rule in left}:
            assert sum(each == week for each, _rule in left) <= CEILING
            for rule in rules:
                assert left.count((week, rule.pk)) <= CAP
