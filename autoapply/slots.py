"""The places of a week: how many are left, taking one, and moving to the new week when it has turned.

A place is a number from 1 to the cap, unique for (rule, week) and again, to the ceiling, for (person, week): the row that
holds it is what counts, and the unique keys refuse a second holder whatever anybody forgets. Locks only make sure that
none is left unused. Whoever counts takes them first (`take_turns`), and counts in a later statement: under READ COMMITTED
that one sees what was committed while it waited for the lock.

The week of a person is that of their own calendar. Where they change their time zone, the week that holds applications
goes on until it has ended in every zone that told its Monday; only then does the new zone tell which week it is, and never
an earlier one than before. So nobody has two weeks at once, whichever way they move; the one long week has its places once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from uuid import UUID

from django.db.models import Q

from autoapply.models import MAX_A_WEEK, Application, Rule, Standing
from autoapply.sent_marks import marked
from autoapply.states import BEFORE_SENDING
from autoapply.weeks import week_start, zone_of
from personas.models import User

WEEK = timedelta(days=7)


class Reserved(Enum):
    """What became of an application that was to be queued."""

    QUEUED = "queued"
    # The person has an application for this job or this opening.
    ALREADY = "already"
    NO_SLOT = "no_slot"


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a person's own calendar: its Monday, and the zone that tells it."""

    start: date
    zone: str


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one limit (a rule's cap, a person's ceiling) in one week.

    `free` are the numbers that nobody holds; `taken` is how many applications hold one, whatever its number;
    `carried_over` how many of earlier weeks have not left and will need one.
    """

    limit: int
    free: tuple[int, ...]
    taken: int
    carried_over: int

    @property
    def left(self) -> int:
        """How many new applications there is room for."""
        return max(0, self.limit - self.taken - self.carried_over)


@dataclass(frozen=True, slots=True)
class Slots:
    """What a rule may still queue in the person's week."""

    week: Week
    rule: Places
    user: Places

    @property
    def week_start(self) -> date:
        """The Monday of the week."""
        return self.week.start

    @property
    def rule_free(self) -> int:
        """New applications that the rule's cap has room for."""
        return self.rule.left

    @property
    def user_free(self) -> int:
        """New applications that the person's ceiling has room for."""
        return self.user.left

    @property
    def carried_over(self) -> int:
        """Applications of earlier weeks, of all rules of the person, that have not left."""
        return self.user.carried_over

    @property
    def left(self) -> int:
        """New applications that there is room for."""
        return min(self.rule.left, self.user.left)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether an application may be sent in this week; where not, its place (from 1) in the line, and the week to hope for."""

    may_go: bool
    week_start: date
    place: int | None = None


def take_turns(*, user_id: UUID, rule_id: UUID | None) -> tuple[Standing, Rule | None]:
    """Wait for the person's other changes of places, in the one order of locks: limits first, then the rule.

    Gives both as they are now, the rule None where it is gone. Raises Standing.DoesNotExist for somebody who never had a
    rule.
    """
    standing = Standing.objects.select_for_update(no_key=True).get(user_id=user_id)
    rule = (
        Rule.objects.select_for_update(no_key=True).filter(pk=rule_id, user_id=user_id).first()
        if rule_id
        else None
    )
    return standing, rule


def current_week(*, user: User, at: datetime) -> Week:
    """The week that a person is in, as far as their places are concerned."""
    here = Week(week_start(at, zone_of(user.time_zone)), user.time_zone)
    holding = Application.objects.owned_by(user).filter(user_slot__isnull=False)
    # No week has more holders than that.
    rows = list(holding.order_by("-week_start").values_list("week_start", "tz_at_reserve")[:MAX_A_WEEK])
    if not rows:
        return here
    latest = rows[0][0]
    zones = sorted({zone for monday, zone in rows if monday == latest})
    return find_week(here, latest=latest, zones=zones, at=at)


def find_week(here: Week, *, latest: date, zones: list[str], at: datetime) -> Week:
    """The week that counts, from the one on the person's calendar and the latest that has holders, with the zones of these."""
    going_on = [zone for zone in zones if week_start(at, zone_of(zone)) <= latest]
    if going_on and here.zone not in going_on:
        return Week(latest, going_on[0])
    if going_on or here.start <= latest:
        return Week(latest, here.zone)
    return here


def free_slots(*, user: User, rule: Rule, standing: Standing, at: datetime) -> Slots:
    """The places of this week that a new application of a rule may take; true until somebody else takes one, without `take_turns`."""
    week = current_week(user=user, at=at)
    holders = _read_holders(user, week.start)
    return Slots(
        week=week,
        rule=_count(_of_rule(holders, rule), rule.max_applications_per_week, week.start),
        user=_count(_of_person(holders), standing.weekly_ceiling, week.start),
    )


def reserve(*, application: Application, at: datetime) -> Reserved:
    """Queue an application that is not stored yet, in the smallest free places of this week.

    In a transaction of its owner. The unique keys decide: one application a person for each job and each opening, one
    holder for each place.
    """
    user = application.user
    standing, rule = take_turns(user_id=user.pk, rule_id=application.rule_id)
    if rule is None:
        return Reserved.NO_SLOT
    slots = free_slots(user=user, rule=rule, standing=standing, at=at)
    if not slots.left:
        return Reserved.NO_SLOT
    if marked(user.email, [application.apply_key]):
        return Reserved.ALREADY
    application.week_start = slots.week.start
    application.tz_at_reserve = slots.week.zone
    application.rule_slot, application.cap_at_reserve = slots.rule.free[0], slots.rule.limit
    application.user_slot, application.ceiling_at_reserve = slots.user.free[0], slots.user.limit
    # ON CONFLICT DO NOTHING: whoever was first stays.
    Application.objects.bulk_create([application], ignore_conflicts=True)
    if Application.objects.filter(pk=application.pk).exists():
        return Reserved.QUEUED
    same = Q(job_id=application.job_id) | Q(apply_key=application.apply_key)
    known = Application.objects.owned_by(user).filter(same).exists()
    return Reserved.ALREADY if known else Reserved.NO_SLOT


def move_to_week(*, application: Application, at: datetime) -> Turn:
    """Let an unsent application be sent in this week, moving it to a free place where the week or a limit has changed.

    In the transaction that claims it, of its owner, before anything leaves the house. An application that a person wanted
    without a rule holds no place and may always go. Places that came free go to whoever is claimed first; the line tells
    how many have waited longer.
    """
    user = application.user
    week = current_week(user=user, at=at)
    if application.week_start is None:
        return Turn(True, week.start)
    standing, rule = take_turns(user_id=user.pk, rule_id=application.rule_id)
    # Others may have moved while this one waited.
    week = current_week(user=user, at=at)
    holders = _read_holders(user, week.start)
    limits = [("user_slot", _of_person(holders), standing.weekly_ceiling)]
    if rule is not None:
        limits.append(("rule_slot", _of_rule(holders, rule), rule.max_applications_per_week))
    moved: dict[str, int] = {}
    for slot, among, limit in limits:
        number = _find_place(application, among, limit, week.start)
        if number is None:
            place = _place_in_line(application, among, limit, week.start)
            return Turn(False, week.start + WEEK, place)
        moved[slot] = number
    held = {"week_start": application.week_start, **{slot: getattr(application, slot) for slot in moved}}
    if held != {"week_start": week.start, **moved}:
        cap = rule.max_applications_per_week if rule else application.cap_at_reserve
        values = {
            "week_start": week.start,
            "tz_at_reserve": week.zone,
            "cap_at_reserve": cap,
            "ceiling_at_reserve": standing.weekly_ceiling,
            **moved,
        }
        Application.objects.filter(pk=application.pk).update(**values)
        for field, value in values.items():
            setattr(application, field, value)
    return Turn(True, week.start)


def place_in_line(application: Application, *, at: datetime) -> int:
    """The place (from 1) of an application among those of its person that wait for a place of the week."""
    week = current_week(user=application.user, at=at)
    holders = _of_person(_read_holders(application.user, week.start))
    standing = Standing.objects.get(user_id=application.user_id)
    return _place_in_line(application, holders, standing.weekly_ceiling, week.start)


@dataclass(frozen=True, slots=True)
class _Holder:
    """An application of this week or an earlier one that counts for a limit; `number` is the place that it holds of it."""

    pk: UUID
    rule_id: UUID | None
    number: int
    week_start: date
    status: str
    since: tuple[datetime, datetime]

    @property
    def has_left(self) -> bool:
        return self.status not in BEFORE_SENDING


def _read_holders(user: User, monday: date) -> list[tuple[_Holder, int]]:
    """Whoever holds a place of this week, and whoever holds one of an earlier week and has not left; with the rule's number."""
    rows = (
        Application.objects.owned_by(user)
        .filter(user_slot__isnull=False)
        .filter(Q(week_start=monday) | Q(week_start__lt=monday, status__in=BEFORE_SENDING))
        .values_list(
            "pk", "rule_id", "user_slot", "rule_slot", "week_start", "status", "hold_until", "created_at"
        )
    )
    return [
        (_Holder(pk, rule_id, number, week, status, (hold_until or created_at, created_at)), rule_number)
        for pk, rule_id, number, rule_number, week, status, hold_until, created_at in rows
    ]


def _of_person(holders: Sequence[tuple[_Holder, int]]) -> list[_Holder]:
    return [holder for holder, _rule_number in holders]


def _of_rule(holders: Sequence[tuple[_Holder, int]], rule: Rule) -> list[_Holder]:
    return [
        replace(holder, number=rule_number) for holder, rule_number in holders if holder.rule_id == rule.pk
    ]


def _count(holders: Sequence[_Holder], limit: int, monday: date) -> Places:
    numbers = {holder.number for holder in holders if holder.week_start == monday}
    free = tuple(number for number in range(1, limit + 1) if number not in numbers)
    return Places(limit, free, len(numbers), len(holders) - len(numbers))


def _find_place(application: Application, holders: Sequence[_Holder], limit: int, monday: date) -> int | None:
    """The number of this week that the application may hold when it leaves, its own if it can be; None where there is none."""
    this_week = [holder for holder in holders if holder.week_start == monday]
    others = [holder for holder in this_week if holder.pk != application.pk]
    if sum(holder.has_left for holder in others) >= limit:
        return None
    own = next((holder.number for holder in this_week if holder.pk == application.pk), None)
    if own is not None and own <= limit:
        return own
    taken = {holder.number for holder in others}
    return next((number for number in range(1, limit + 1) if number not in taken), None)


def _place_in_line(application: Application, holders: Sequence[_Holder], limit: int, monday: date) -> int:
    """How many that are ready to be sent have waited at least as long for a place of this limit, itself included."""
    line = sorted(
        (holder.since, str(holder.pk))
        for holder in holders
        if holder.status == "held"
        and (holder.week_start < monday or holder.number > limit or holder.pk == application.pk)
    )
    own = next((place for place in line if place[1] == str(application.pk)), None)
    return line.index(own) + 1 if own else len(line) + 1
