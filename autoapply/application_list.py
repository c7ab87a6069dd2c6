"""Applications as pages show them: one page of the table, the columns of the board, what may be closed, what the funnel counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber

from autoapply.closing import OPEN, QUIET_DAYS, WAITING, OpenApplication, Suggestion, suggest_closing
from autoapply.models import Application, ApplicationEvent, FollowUp, Note
from autoapply.models.applications import ApplicationQuerySet
from autoapply.progress import (
    Answer,
    ResponseTimes,
    Share,
    count_ends,
    count_steps,
    first_answer,
    measure_responses,
    read_path,
)
from autoapply.weeks import begins_at, local_day
from personas.models import User

CARDS_SHOWN = 20
"""Cards in one column of the board; the table has the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board: its cards, last moved first, and how many there are in all."""

    stage: Application.Stage
    cards: Sequence[Application]
    total: int

    @property
    def hidden(self) -> int:
        """How many do not stand here."""
        return self.total - len(self.cards)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the funnel page counts: the steps, the ends, the response times, and how many of the unanswered are young."""

    steps: tuple[Share, ...]
    ends: dict[str, int]
    responses: ResponseTimes
    waiting: int
    young: int


def for_table(user: User) -> ApplicationQuerySet:
    """The person's applications for a list, each with the day of its next follow-up (`next_due`) or None."""
    next_due = (
        FollowUp.objects.open().filter(application=OuterRef("pk")).order_by().values("application")
    ).annotate(day=Min("due_on"))
    listed: ApplicationQuerySet = (
        Application.objects.owned_by(user).for_list().annotate(next_due=Subquery(next_due.values("day")))
    )
    return listed


def count_stages(user: User) -> dict[str, int]:
    """How many applications stand in each stage, and under "" how many have none."""
    counted = Application.objects.owned_by(user).order_by().values_list("stage").annotate(Count("pk"))
    return {**dict.fromkeys(("", *Application.Stage.values), 0), **dict(counted)}


def read_board(user: User) -> list[Column]:
    """The board: a column for each stage."""
    counted = count_stages(user)
    place = Window(
        RowNumber(),
        partition_by=F("stage"),
        order_by=[F("stage_at").desc(nulls_last=True), F("pk").asc()],
    )
    staged = for_table(user).exclude(stage="").annotate(place=place)
    by_stage: dict[str, list[Application]] = defaultdict(list)
    for card in staged.filter(place__lte=CARDS_SHOWN).order_by("stage", "place"):
        by_stage[card.stage].append(card)
    return [Column(stage, by_stage[stage], counted[stage]) for stage in Application.Stage]


def read_suggestions(
    user: User, *, today: date, zone: ZoneInfo, application: Application | None = None
) -> list[tuple[Application, Suggestion]]:
    """The applications that may be closed (or `application` alone, if it is one), the longest quiet first."""
    own = Application.objects.owned_by(user)
    accepted_at = own.filter(stage="accepted").aggregate(last=Max("stage_at"))["last"]
    accepted_on = local_day(accepted_at, zone) if accepted_at else None
    # A day more than needed: the days are counted on the person's calendar, by the rule itself.
    quiet = Q(stage__in=WAITING, stage_at__lt=begins_at(today - timedelta(days=QUIET_DAYS - 1), zone))
    asked = Q(stage__in=OPEN) if accepted_at else quiet
    rows = own.filter(asked)
    if application is not None:
        rows = rows.filter(pk=application.pk)
    rows = _with_signs_of_life(rows.for_list(), today)
    found = {row.pk: row for row in rows}
    facts = [_as_open(row, zone) for row in found.values()]
    suggested = suggest_closing(facts, accepted_on=accepted_on, today=today)
    return [(found[each.application_id], each) for each in suggested]


def read_progress(user: User, *, zone: ZoneInfo, today: date, since: date | None = None) -> Progress:
    """What came of the applications sent since a day, or of all."""
    sent = Application.objects.owned_by(user).filter(~Q(stage="") | Q(status__in=["submitted", "withdrawn"]))
    if since:
        sent = sent.filter(
            Q(sent_at__gte=begins_at(since, zone)) | Q(sent_at=None, created_at__gte=begins_at(since, zone))
        )
    facts = {row["pk"]: row for row in sent.order_by().values("pk", "stage", "sent_at", "created_at")}
    events = _stage_events(user)
    paths, answers, waiting, young = [], [], 0, 0
    for pk, row in facts.items():
        path = read_path([stage for stage, _at in events[pk]])
        paths.append(path)
        sent_on = local_day(row["sent_at"] or row["created_at"], zone)
        if not path.answered and not path.end:
            waiting += 1
            young += (today - sent_on).days < QUIET_DAYS
        if noted := first_answer(events[pk]):
            answers.append(Answer(sent_on, local_day(row["created_at"], zone), local_day(noted, zone)))
    return Progress(
        steps=count_steps(paths),
        ends=count_ends(paths),
        responses=measure_responses(answers),
        waiting=waiting,
        young=young,
    )


def _with_signs_of_life(rows: ApplicationQuerySet, today: date) -> ApplicationQuerySet:
    own = {"application": OuterRef("pk")}
    noted = Note.objects.filter(**own).order_by().values("application").annotate(last=Max("created_at"))
    done = FollowUp.objects.filter(**own).order_by().values("application").annotate(last=Max("done_at"))
    planned = FollowUp.objects.open().filter(**own, due_on__gte=today)
    signed: ApplicationQuerySet = rows.annotate(
        noted_at=Subquery(noted.values("last")),
        finished_at=Subquery(done.values("last")),
        has_plan=Exists(planned),
    )
    return signed


def _as_open(row: Application, zone: ZoneInfo) -> OpenApplication:
    signs: list[datetime | None] = [row.stage_at, row.noted_at, row.finished_at]  # type: ignore[attr-defined]
    last = max((sign for sign in signs if sign), default=row.created_at)
    return OpenApplication(
        application_id=row.pk,
        stage=row.stage,
        sent_on=local_day(row.sent_at or row.created_at, zone),
        quiet_since=local_day(last, zone),
        has_plan=row.has_plan,  # type: ignore[attr-defined]
    )


def _stage_events(user: User) -> dict[object, list[tuple[str, datetime]]]:
    """The stages of each application with their times, in the order in which they were set."""
    events = ApplicationEvent.objects.owned_by(user).filter(kind=ApplicationEvent.Kind.STAGE)
    rows = events.order_by("application_id", "pk").values_list("application_id", "moved_to", "at")
    found: dict[object, list[tuple[str, datetime]]] = defaultdict(list)
    for application_id, moves in groupby(rows, key=lambda row: row[0]):
        found[application_id] = [(stage, at) for _id, stage, at in moves]
    return found
