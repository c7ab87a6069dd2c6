"""The page of a simulation: its picture and table say the same, it says why nothing passes, and only its owner sees it."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from autoapply.day_strip import day_strip
from autoapply.models import Rule
from autoapply.simulation import SimulatedDay
from matching.models import Job
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona, make_rule, set_standing
from tests.autoapply.test_simulation import job, read_jobs, wishes
from tests.factories import JobSourceFactory
from tests.relevnt.test_look import read
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


@pytest.fixture
def persona(alice: User) -> Persona:
    return wishes(make_persona(alice, name="Engineer", is_active=True))


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def show(client: Client, rule: Rule) -> str:
    response = client.get(f"/auto-apply/rules/{rule.pk}/simulation/")
    assert response.status_code == 200
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def table(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index('<table class="weeks">') :])
    return [
        [re.sub("<.*?>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row)] for row in rows
    ]


def test_picture_and_table_say_the_same(signed_in: Client, persona: Persona) -> None:
    now = timezone.now()
    for _ in range(9):
        job(now)
    job(now, apply_url="https://acme.recruitee.com/o/engineer")
    rule = make_rule(persona, max_applications_per_week=2, active_days=["tue", "thu"])
    read_jobs(now)

    html = show(signed_in, rule)

    marks = re.findall(r'<rect class="strip__mark"( data-by-you)?', html)
    rows = table(html)
    head, *weeks = rows
    assert head == ["Week from", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "All"]
    assert sum(int(week[-1]) for week in weeks) == len(marks) >= 8
    for week in weeks:
        days = [int(cell) for cell in week[1:-1] if cell.isdigit()]
        assert sum(days) == int(week[-1]) <= 2
        assert week[1] in ("", "– not active")
    assert f"<title>{len(marks)} applications on 30 days</title>" in html
    assert f'<span class="simulation__number">{len(marks)}</span>' in html
    assert html.count('class="hatch strip__idle"') == sum(
        (now.date() - timedelta(days=back)).weekday() not in (1, 3) for back in range(30)
    )
    assert marks.count("") == 1


def test_page_says_what_stopped_the_others_and_what_it_cannot_know(
    signed_in: Client, persona: Persona
) -> None:
    now = timezone.now()
    for _ in range(3):
        job(now, company="Acme")
    archive = JobSourceFactory(kind="archive")
    for _ in range(2):
        job(now, source=archive)
    job(now, pay=60_000)
    job(now, company="Globex", description_text="We use Python every day. Nothing else.")
    rule = make_rule(persona, match_score_threshold="80", require_all_keywords=["Python"])
    read_jobs(now)

    html = show(signed_in, rule)

    assert (
        "<li>2 jobs are from an archive, or were brought by somebody here: no rule applies to them</li>"
        in html
    )
    assert "<li>1 job is below the lowest score</li>" in html
    assert "3 jobs lack a required word" in html
    assert "<strong>Python</strong> “We use Python every day.”" in html
    assert "with today’s persona and weights" in html
    assert "The required words are looked for last" in html
    assert "6 of 7 reach the rule’s lowest score of 80." in html
    assert "at 80 or above: 6</title>" in html


def test_rule_that_is_not_enabled_yet_is_simulated_and_leads_on(signed_in: Client, persona: Persona) -> None:
    now = timezone.now()
    job(now)
    rule = make_rule(persona, enabled=False)
    with acting_as(persona.user_id):
        Persona.objects.filter(pk=persona.pk).update(resume=None)
    read_jobs(now)

    html = show(signed_in, rule)

    editor = signed_in.get(f"/auto-apply/rules/{rule.pk}/").content.decode()
    assert f'href="/auto-apply/rules/{rule.pk}/simulation/">Last 30 days</a>' in editor
    assert '<span class="simulation__number">1</span> application,' in html
    assert f'data-kind="filled" href="/auto-apply/rules/{rule.pk}/enable/"' in html
    assert "today it would hold everything:</p>" in html
    assert "The persona has no résumé with a file that could be sent." in html
    assert "The rule is disabled." not in html


def test_page_names_what_emptied_it(signed_in: Client, persona: Persona, alice: User) -> None:
    now = timezone.now()
    rule = make_rule(persona, match_score_threshold="90")
    assert "There are no jobs yet" in show(signed_in, rule)

    nurse = job(now, title="Nurse", pay=None)
    read_jobs(now)
    assert "No job matched" in show(signed_in, rule)

    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=nurse.pk).update(
            title="Data Engineer", pay_annual_minimum=50_000, pay_currency="USD"
        )
    job(now)
    read_jobs(timezone.now())
    set_standing(alice, weekly_ceiling=0)
    assert "The rule has no place in any week" in show(signed_in, rule)

    set_standing(alice, weekly_ceiling=10)
    rule = make_rule(persona, match_score_threshold="100", include_only_companies=["Nobody"])
    html = show(signed_in, rule)
    assert "Nothing would have been applied to" in html
    assert "stopped at one point: 2 jobs are from employers that the rule is not limited to." in html
    assert html.count('data-kind="filled"') == 1


def test_person_without_a_persona_is_led_to_one(signed_in: Client, alice: User) -> None:
    html = show(signed_in, make_rule(None, user=alice))

    assert "You have no persona yet" in html
    assert 'href="/personas/new/"' in html


def test_jobs_that_have_closed_are_named_when_they_were_not_read(signed_in: Client, persona: Persona) -> None:
    job(timezone.now())

    html = show(signed_in, make_rule(persona))

    assert "Jobs that have closed in these days are missing" in html


def test_page_is_sound_and_only_its_owners(client: Client, persona: Persona, charlie: User) -> None:
    now = timezone.now()
    job(now)
    job(now, closed_at=now - timedelta(days=2))
    rule = make_rule(persona, active_days=["mon", "tue", "wed", "thu", "fri"])
    read_jobs(now)
    address = f"/auto-apply/rules/{rule.pk}/simulation/"

    client.force_login(charlie)
    assert client.get(address).status_code == 404
    client.force_login(persona.user)
    assert client.get(f"/auto-apply/rules/{uuid.uuid4()}/simulation/").status_code == 404
    assert client.post(address).status_code == 405
    response = client.get(address)
    page = read(response.content.decode())
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert page.filled <= 1


# --- the strip ----------------------------------------------------------------------------------------------------------


def day(number: int, *, by_us: int = 0, by_you: int = 0, is_active: bool = True) -> SimulatedDay:
    on = date(2026, 2, 1) + timedelta(days=number)
    return SimulatedDay(on, on - timedelta(days=on.weekday()), is_active, by_us, by_you)


def test_strip_marks_weeks_and_tells_the_days() -> None:
    # The first of February is a Sunday, the second begins a week.
    picture = day_strip(
        [
            day(0),
            day(1, by_us=1, by_you=2),
            *(day(number) for number in range(2, 15)),
            day(15, is_active=False),
        ]
    )

    assert "<title>3 applications on 16 days</title>" in picture
    assert "<desc>Feb 2: 3. On 1 of the days the rule is not active.</desc>" in picture
    assert picture.count('class="strip__week"') == 3
    # Neither the Sunday before nor the Monday at the end has room for its date.
    assert re.findall(r">(Feb \d+)</text>", picture) == ["Feb 2", "Feb 9"]
    assert [bool(by_you) for by_you in re.findall(r'strip__mark"( data-by-you)?', picture)] == [
        False,
        True,
        True,
    ]


def test_strip_of_a_full_day_stays_within_its_height() -> None:
    picture = day_strip([day(0, by_you=50)])

    tops = [float(y) for y in re.findall(r'data-by-you x="[\d.]+%" y="([\d.-]+)"', picture)]
    assert len(tops) == 50
    assert min(tops) >= 0


def test_strip_needs_a_day() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        day_strip([])
