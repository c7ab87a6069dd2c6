"""How long a list takes under row security among a million stored matches: its owner's, a coach's of one client, the desk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from bench.database import backend, log_in_as
from bench.measuring import Figure, Spent, tell, watch
from coaching import looks
from coaching.models import SCOPES, Consent, Relationship
from matching.models import Match
from personas.identity import acting_as
from personas.models import Persona, User
from relevnt.embedded import place

GOAL_MS = 5
CLIENTS = 20
PAGE = 20
OF_MATCHES: Mapping[str, Any] = {"scopes": ["matches"], "page": "matches"}
FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)

OWN = f"the best {PAGE} of one's own matches"
ONE = f"the best {PAGE} of a client's, for the coach"
DESK = f"how many {CLIENTS} clients have, for the desk"
LOOK = "writing down a look at one client"
LOOKS = f"writing down a look at {CLIENTS} clients"
# Reads in one transaction: the CPU time of a backend is told in hundredths of a second.
AT_ONCE = 50


def measure_lists(times: int) -> tuple[list[tuple[str, ...]], list[Figure]]:
    """Read each list so many times, for several people; give lines, and the time of each beside its goal.

    The time is that of the statement in this process and in PostgreSQL, on the average. Beside it stands the same statement
    where no policy holds, and what it takes to write a look down, which is done once a page.
    """
    log_in_as(place.OWNER)
    coach, personas = _make_coach()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    stored = Match.objects.count()
    free = _read(coach, personas, times)
    log_in_as(place.APP)
    spent = _read(coach, personas, times)
    lines = [
        (f"{what}, {times} times" + ("; the same without row security" if what in free else ""), told)
        for what in spent
        for told in ["; ".join(_tell(each[what], times) for each in (spent, free) if what in each)]
    ]
    figures = [
        Figure(
            f"{what}, under row security, {stored:,} stored matches",
            1000 * spent[what].cpu / times,
            GOAL_MS,
            "CPU-ms",
            at_most=True,
        )
        for what in free
    ]
    return lines, figures


def _make_coach() -> tuple[User, dict[UUID, Persona]]:
    """Write a coach with consents of clients who have matches; give the coach and the clients' personas by their person."""
    coach = User.objects.create(email="coach@example.com", is_coach=True)
    have = Persona.objects.filter(matches__isnull=False).distinct().order_by("pk")[:CLIENTS]
    personas = {persona.user_id: persona for persona in have}
    together = Relationship.objects.bulk_create(
        [Relationship(coach=coach, client_id=client_id) for client_id in personas]
    )
    Consent.objects.bulk_create(
        Consent(
            relationship=each,
            coach=coach,
            client_id=each.client_id,
            scopes=list(SCOPES),
            valid_from=FIRST_DAY,
        )
        for each in together
    )
    return coach, personas


def _read(coach: User, personas: Mapping[UUID, Persona], times: int) -> dict[str, Spent]:
    """Give what each list took in all; of the looks only where a policy asks for them."""
    is_owner = connection.settings_dict["USER"] == place.OWNER
    spent = {what: Spent() for what in (OWN, ONE, DESK, *(() if is_owner else (LOOK, LOOKS)))}
    with acting_as(coach.pk):
        together = list(Relationship.objects.owned_by(coach).select_related("client").order_by("pk"))
    for number in range(-1, times // AT_ONCE):
        relationship = together[number % len(together)]
        page = partial(_read_page, personas[relationship.client_id])
        look = partial(looks.look_at_client, coach=coach, relationship=relationship, **OF_MATCHES)
        look_at_all = partial(looks.look_at_clients, coach=coach, relationships=together, page="desk")
        rounds = {
            OWN: (relationship.client_id, None, page),
            ONE: (coach.pk, look, page),
            DESK: (coach.pk, look_at_all, partial(_count_all, list(personas))),
            LOOK: (coach.pk, None, look),
            LOOKS: (coach.pk, None, look_at_all),
        }
        for what, total in spent.items():
            viewer_id, before, ask = rounds[what]
            one = _repeat(viewer_id, None if is_owner else before, ask)
            # The first round does not count.
            if number >= 0:
                total.client += one.client
                total.server += one.server
                total.wall += one.wall
    return spent


def _repeat(viewer_id: UUID, before: Callable[[], object] | None, ask: Callable[[], object]) -> Spent:
    with acting_as(viewer_id):
        if before:
            before()
        with watch(backend()) as spent:
            for _ in range(AT_ONCE):
                ask()
    return spent


def _read_page(persona: Persona) -> None:
    page = Match.objects.filter(user_id=persona.user_id, persona=persona, is_dismissed=False)
    list(page.order_by("-match_score")[:PAGE])


def _count_all(clients: list[UUID]) -> None:
    list(Match.objects.filter(user_id__in=clients).values("user_id").annotate(count=Count("job")))


def _tell(spent: Spent, times: int) -> str:
    client, server, wall = (1000 * each / times for each in (spent.client, spent.server, spent.wall))
    return f"client {tell(client, 'CPU-ms')}, server {tell(server, 'CPU-ms')}, wall {tell(wall, 'ms')}"
