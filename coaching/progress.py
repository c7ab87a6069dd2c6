"""How the clients of a cohort get on: what each granted, as numbers for small pictures and for a spreadsheet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from autoapply.models import Application, ApplicationEvent
from autoapply.progress import STEPS, Share, count_steps, read_path
from coaching.client_facts import Found, Granted, LastSteps, clients_with, read_searches
from coaching.looks import granted_scopes, look_at_clients
from coaching.models import Cohort, CohortMember, Relationship
from coaching.stalled_words import scopes_words
from personas.models import UserSkill
from personas.spreadsheet import write_table

if TYPE_CHECKING:
    from personas.models import User

READ = ("matches", "applications", "resume")
"""What the page reads of each client, where it is granted."""
WEEKS = 8
"""Weeks whose steps are counted, this one included."""
_SENT = ("submitted", "withdrawn")


@dataclass(frozen=True, slots=True)
class Skills:
    """The skills a client holds, and how many of them were added in the last WEEKS weeks."""

    held: int
    gained: int


@dataclass(frozen=True, slots=True)
class ClientProgress:
    """One client of a cohort. What is not granted is None: matches by "matches", funnel and weeks by "applications", skills by "résumé".

    weeks counts the client's own steps of their applications in each of the last WEEKS weeks, the latest last.
    """

    member: CohortMember
    granted: frozenset[str]
    found: Found | None
    funnel: tuple[Share, ...] | None
    weeks: tuple[int, ...] | None
    skills: Skills | None

    @property
    def relationship(self) -> Relationship:
        """The relationship that the coach has with the client."""
        return self.member.relationship

    @property
    def name(self) -> str:
        """What the client is called."""
        client = self.relationship.client
        return str(client.display_name or client.email)

    @property
    def scopes(self) -> str:
        """What is granted, in words."""
        return scopes_words(self.granted)

    @property
    def sent(self) -> int | None:
        """How many applications left, None where that is not granted."""
        return self.funnel[0].count if self.funnel else None


@dataclass(frozen=True, slots=True)
class Totals:
    """The cohort together; each number counts the clients who granted it, `of` says how many those are by scope."""

    clients: int
    of: Mapping[str, int]
    fresh: int
    funnel: tuple[Share, ...]
    weeks: tuple[int, ...]
    gained: int


def read_progress(*, cohort: Cohort, coach: User, at: datetime, page: str = "cohort") -> list[ClientProgress]:
    """The clients of a cohort by name, each with what was granted.

    Opens the look itself, one entry for each client whose rows it reads; asks each table once.
    """
    members = list(
        CohortMember.objects.owned_by(coach)
        .filter(cohort_id=cohort.pk)
        .select_related("relationship__client")
        .order_by("pk")
    )
    active = [each.relationship for each in members if each.relationship.status == Relationship.Status.ACTIVE]
    opened = look_at_clients(coach=coach, relationships=active, page=page, scopes=READ)
    granted = granted_scopes(coach=coach)
    _searches, found = read_searches(opened, at=at, steps=LastSteps())
    paths = _read_paths(clients_with(opened, "applications"))
    weeks = _read_weeks(opened, at=at)
    skills = _read_skills(clients_with(opened, "resume"), at=at)
    progress = [
        ClientProgress(
            member=each,
            granted=granted.get(each.client_id, frozenset()),
            found=found.get(each.client_id),
            funnel=_funnel(each.client_id, opened, paths),
            weeks=weeks.get(each.client_id),
            skills=skills.get(each.client_id),
        )
        for each in members
    ]
    return sorted(progress, key=lambda each: (each.name.casefold(), str(each.member.pk)))


def add_up(progress: Sequence[ClientProgress]) -> Totals:
    """The cohort together, of what was granted."""
    granted = Counter(scope for each in progress for scope in each.granted if scope in READ)
    steps = [each.funnel for each in progress if each.funnel]
    sent = sum(funnel[0].count for funnel in steps)
    counts = {step: sum(funnel[place].count for funnel in steps) for place, step in enumerate(STEPS)}
    return Totals(
        clients=len(progress),
        of={scope: granted[scope] for scope in READ},
        fresh=sum(each.found.fresh for each in progress if each.found),
        funnel=tuple(Share(step, counts[step], sent, None, None, None) for step in STEPS),
        weeks=tuple(sum(each.weeks[week] for each in progress if each.weeks) for week in range(WEEKS)),
        gained=sum(each.skills.gained for each in progress if each.skills),
    )


def write_csv(progress: Sequence[ClientProgress]) -> str:
    """The same as a file for spreadsheets: one line a client, "not granted" where it is not."""
    header = [
        _("client"),
        _("e-mail address"),
        _("granted"),
        _("fresh matches"),
        _("best score"),
        _("sent"),
        _("answered"),
        _("interviews"),
        _("offers"),
        _("accepted"),
        *(_("steps %(weeks)s weeks ago") % {"weeks": back} for back in range(WEEKS - 1, 0, -1)),
        _("steps this week"),
        _("skills"),
        _("skills gained in %(weeks)s weeks") % {"weeks": WEEKS},
    ]
    return write_table(header, [_line(each) for each in progress])


def _line(each: ClientProgress) -> list[str | int | None]:
    closed = _("not granted")
    best = each.found.best if each.found else None
    return [
        each.name,
        each.relationship.client.email,
        each.scopes or _("nothing"),
        each.found.fresh if each.found else closed,
        (str(best) if best is not None else "") if each.found else closed,
        *([share.count for share in each.funnel] if each.funnel else [closed] * len(STEPS)),
        *(each.weeks or [closed] * WEEKS),
        *([each.skills.held, each.skills.gained] if each.skills else [closed, closed]),
    ]


def _funnel(
    client_id: UUID, opened: Granted, paths: Mapping[UUID, Mapping[UUID, list[str]]]
) -> tuple[Share, ...] | None:
    if "applications" not in opened.get(client_id, ()):
        return None
    return count_steps([read_path(stages) for stages in paths.get(client_id, {}).values()])


def _read_paths(clients: Collection[UUID]) -> dict[UUID, dict[UUID, list[str]]]:
    """The stages of everything that each client sent, in the order in which they were set."""
    sent = Application.objects.filter(user_id__in=clients, status__in=_SENT).order_by()
    paths: dict[UUID, dict[UUID, list[str]]] = defaultdict(dict)
    for client, application in sent.values_list("user_id", "pk"):
        paths[client][application] = []
    moves = ApplicationEvent.objects.filter(
        user_id__in=clients,
        application__user_id__in=clients,
        application__status__in=_SENT,
        kind=ApplicationEvent.Kind.STAGE,
    )
    for client, application, stage in moves.order_by("pk").values_list(
        "user_id", "application_id", "moved_to"
    ):
        paths[client].setdefault(application, []).append(stage)
    return paths


def _first_day(at: datetime) -> date:
    today = timezone.localdate(at)
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def _read_weeks(opened: Granted, *, at: datetime) -> dict[UUID, tuple[int, ...]]:
    """Each client's own steps of their applications by week."""
    clients = clients_with(opened, "applications")
    first = _first_day(at)
    rows = (
        ApplicationEvent.objects.filter(
            user_id__in=clients,
            application__user_id__in=clients,
            actor=Application.Actor.PERSON,
            at__gte=at - timedelta(weeks=WEEKS),
            at__lte=at,
        )
        .order_by()
        .annotate(day=TruncDate("at"))
        .values_list("user_id", "day")
        .annotate(steps=Count("pk"))
    )
    counted: dict[UUID, list[int]] = {client: [0] * WEEKS for client in clients}
    for client, day, number in rows:
        week = (day - first).days // 7
        if 0 <= week < WEEKS:
            counted[client][week] += number
    return {client: tuple(weeks) for client, weeks in counted.items()}


def _read_skills(clients: Collection[UUID], *, at: datetime) -> dict[UUID, Skills]:
    since = at - timedelta(weeks=WEEKS)
    rows: Any = (
        UserSkill.objects.filter(user_id__in=clients)
        .order_by()
        .values_list("user_id")
        .annotate(held=Count("pk"), gained=Count("pk", filter=Q(created_at__gte=since)))
    )
    skills = {client: Skills(0, 0) for client in clients}
    return skills | {client: Skills(held, gained) for client, held, gained in rows}
