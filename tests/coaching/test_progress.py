"""Progress across a cohort: what is counted, what is not granted, what reading leaves behind, the file of it."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from autoapply.models import Application
from coaching.models import SCOPES, AccessEntry, Cohort, Relationship
from coaching.progress import WEEKS, ClientProgress, add_up, read_progress, write_csv
from coaching.templatetags.desk_pictures import best_bar, mini_funnel, week_bars
from personas.identity import acting_as
from personas.models import User, UserSkill
from personas.spreadsheet import BYTE_ORDER_MARK
from tests.factories import (
    ApplicationFactory,
    CohortFactory,
    CohortMemberFactory,
    ConsentFactory,
    MatchFactory,
    PersonaFactory,
    RelationshipFactory,
    UserFactory,
    UserSkillFactory,
)

ALL = sorted(SCOPES)
PREFIXES = ["=", "+", "-", "@", "\t", "\r"]


@pytest.fixture
def cohort(bob: User) -> Cohort:
    return CohortFactory(coach=bob, name="Spring course")


def member_of(cohort: Cohort, person: User, *, scopes: list[str] = ALL, **fields: Any) -> Relationship:
    relationship: Relationship = RelationshipFactory(coach=cohort.coach, client=person, **fields)
    ConsentFactory(relationship=relationship, scopes=scopes)
    CohortMemberFactory(cohort=cohort, relationship=relationship)
    return relationship


def progress_of(cohort: Cohort, at: datetime | None = None, page: str = "cohort") -> list[ClientProgress]:
    with acting_as(cohort.coach_id):
        return read_progress(cohort=cohort, coach=cohort.coach, at=at or timezone.now(), page=page)


def sent(person: User, *stages: str, at: datetime) -> None:
    for stage in stages:
        application = ApplicationFactory(
            user=person,
            channel="record",
            status="submitted",
            resolved_by="person",
            sent_at=at,
            stage="applied",
            moved_by="person",
            moved_at=at,
        )
        if stage != "applied":
            with acting_as(person.pk):
                Application.objects.filter(pk=application.pk).update(
                    stage=stage, moved_by="person", moved_at=at + timedelta(seconds=1)
                )


def busy(person: User) -> None:
    """Three matches, four applications, two skills."""
    persona = PersonaFactory(user=person, is_active=True)
    for score in ("70.00", "91.25", "80.00"):
        MatchFactory(persona=persona, match_score=score)
    MatchFactory(persona=persona, match_score="99.00", is_dismissed=True)
    sent(person, "applied", "interview", "offer", "rejected", at=timezone.now() - timedelta(hours=1))
    UserSkillFactory.create_batch(2, user=person)


def test_what_is_granted_is_counted(alice: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    busy(alice)

    (each,) = progress_of(cohort)

    assert each.found is not None
    assert (each.found.fresh, str(each.found.best)) == (3, "91.25")
    assert each.funnel is not None
    assert [(step.step, step.count) for step in each.funnel] == [
        ("sent", 4),
        ("answered", 3),
        ("interview", 2),
        ("offer", 1),
        ("accepted", 0),
    ]
    assert each.weeks is not None
    assert sum(each.weeks) == each.weeks[-1] > 0
    assert each.skills is not None
    assert (each.skills.held, each.skills.gained) == (2, 2)


@pytest.mark.parametrize(
    ("scopes", "known"),
    [
        (["matches"], {"found"}),
        (["applications"], {"funnel", "weeks"}),
        (["resume"], {"skills"}),
        (["learning"], set()),
        ([], set()),
    ],
)
def test_what_is_not_granted_is_not_known(
    alice: User, cohort: Cohort, scopes: list[str], known: set[str]
) -> None:
    member_of(cohort, alice, scopes=scopes)
    busy(alice)

    (each,) = progress_of(cohort)

    assert {
        name for name in ("found", "funnel", "weeks", "skills") if getattr(each, name) is not None
    } == known


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_nothing_is_known_of_a_member_who_is_paused_or_ended(
    alice: User, cohort: Cohort, status: str
) -> None:
    member_of(cohort, alice, status=status)
    busy(alice)

    (each,) = progress_of(cohort)

    assert (each.found, each.funnel, each.weeks, each.skills) == (None, None, None, None)


def test_steps_stand_in_their_weeks(alice: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    sunday = datetime(2026, 3, 1, 12, tzinfo=timezone.now().tzinfo)
    for weeks in (0, 0, 1, 7, 8):
        sent(alice, "applied", at=sunday - timedelta(weeks=weeks))

    (each,) = progress_of(cohort, at=sunday + timedelta(hours=1))

    assert each.weeks is not None
    # Each application is two steps: that it is there, and its stage.
    assert [bool(steps) for steps in each.weeks] == [True, *[False] * (WEEKS - 3), True, True]
    assert each.weeks[-1] == 2 * each.weeks[-2]


def test_skills_of_long_ago_are_held_and_not_gained(alice: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    UserSkillFactory.create_batch(2, user=alice)
    with acting_as(alice.pk):
        old = UserSkill.objects.filter(user=alice).first()
        assert old is not None
        UserSkill.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(weeks=WEEKS + 1))

    (each,) = progress_of(cohort)

    assert each.skills is not None
    assert (each.skills.held, each.skills.gained) == (2, 1)


def test_totals_count_those_who_granted(alice: User, charlie: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    member_of(cohort, charlie, scopes=["applications"])
    busy(alice)
    busy(charlie)

    totals = add_up(progress_of(cohort))

    assert totals.clients == 2
    assert dict(totals.of) == {"matches": 1, "applications": 2, "resume": 1}
    assert (totals.fresh, totals.funnel[0].count, totals.gained) == (3, 8, 2)
    assert sum(totals.weeks) > 0


def test_nobody_adds_up_to_nothing() -> None:
    totals = add_up([])

    assert (totals.clients, totals.fresh, totals.funnel[0].count, sum(totals.weeks)) == (0, 0, 0, 0)


# --- looks and queries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "code"), [("change", "cohort"), ("csv", "cohort_csv")])
def test_one_entry_a_client_whose_rows_were_read(
    client: Client, alice: User, charlie: User, cohort: Cohort, page: str, code: str
) -> None:
    member_of(cohort, alice)
    member_of(cohort, charlie, scopes=["learning"])
    client.force_login(cohort.coach)

    client.get(reverse(f"admin:coaching_cohort_{page}", args=[cohort.pk]))

    with acting_as(alice.pk):
        (entry,) = AccessEntry.objects.owned_by(alice)
    assert (entry.page, entry.scopes) == (code, ["applications", "matches", "resume"])
    with acting_as(charlie.pk):
        assert not AccessEntry.objects.owned_by(charlie).exists()


@pytest.mark.parametrize("page", ["change", "csv"])
def test_page_asks_as_often_for_twenty_clients_as_for_one(client: Client, cohort: Cohort, page: str) -> None:
    client.force_login(cohort.coach)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            response = client.get(reverse(f"admin:coaching_cohort_{page}", args=[cohort.pk]))
        assert response.status_code == 200
        return len(asked)

    def join(number: int) -> None:
        for _number in range(number):
            person = UserFactory()
            member_of(cohort, person)
            busy(person)

    join(1)
    one = queries()
    join(19)

    assert queries() == one


# --- page, pictures, file ----------------------------------------------------------------------------------------------


def test_page_says_what_is_not_granted_and_draws_the_rest(
    client: Client, alice: User, charlie: User, cohort: Cohort
) -> None:
    member_of(cohort, alice)
    member_of(cohort, charlie, scopes=[])
    busy(alice)
    client.force_login(cohort.coach)

    html = client.get(reverse("admin:coaching_cohort_change", args=[cohort.pk])).content.decode()

    assert html.count("not granted") == 4
    assert "How far the applications came" in html
    assert "Best score: 91 of 100" in html
    assert 'class="figure small-weeks" role="img"' in html


def test_pictures_say_in_words_what_they_show(alice: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    busy(alice)
    (each,) = progress_of(cohort)
    assert each.funnel is not None
    assert each.found is not None

    assert "Sent: 4. Answered: 3. Interview: 2. Offer: 1. Accepted: 0." in mini_funnel(each.funnel)
    assert "<title>4 steps in 4 weeks</title><desc>By week, the latest last: 0, 1, 0, 3.</desc>" in week_bars(
        [0, 1, 0, 3]
    )
    assert "Best score: 91 of 100" in best_bar(each.found.best)


def test_picture_of_nothing_is_drawn() -> None:
    assert "0 steps in 8 weeks" in week_bars([0] * 8)


def rows_of(text: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_file_holds_a_line_a_client(client: Client, alice: User, charlie: User, cohort: Cohort) -> None:
    member_of(cohort, alice)
    member_of(cohort, charlie, scopes=[])
    busy(alice)
    client.force_login(cohort.coach)

    response = client.get(reverse("admin:coaching_cohort_csv", args=[cohort.pk]))

    header, alices, charlies = rows_of(response.content.decode())
    assert not response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "spring-course-" in response["Content-Disposition"]
    assert len(header) == len(alices) == len(charlies)
    assert alices[:10] == [
        "Alice",
        "alice@example.com",
        "Matches, applications, learning and résumé",
        "3",
        "91.25",
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert charlies[2:] == ["nothing", *["not granted"] * (len(header) - 3)]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("column", [0, 1])
def test_no_text_of_a_client_becomes_a_formula(alice: User, cohort: Cohort, prefix: str, column: int) -> None:
    """The texts in the file are the name and the address; all others are our own words and numbers."""
    member_of(cohort, alice)
    progress = progress_of(cohort)
    person = progress[0].relationship.client
    evil = f"{prefix}HYPERLINK(1)"
    if column:
        person.email = evil
    else:
        person.display_name = evil

    _header, row = rows_of(write_csv(progress))

    assert row[column] == f"'{evil}"
    assert not any(cell[:1] in PREFIXES for cell in row)


def test_name_of_a_cohort_cannot_break_the_header(client: Client, bob: User) -> None:
    cohort = CohortFactory(coach=bob, name='a"; filename="x.exe')
    client.force_login(bob)

    response = client.get(reverse("admin:coaching_cohort_csv", args=[cohort.pk]))

    assert response["Content-Disposition"].startswith('attachment; filename="a-filenamexexe-')
