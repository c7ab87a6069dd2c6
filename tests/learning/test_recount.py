"""What recommendations say is what an independent count from the tables finds, on real postings of the archive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.postings import ARCHIVE
from bench.quality import courses
from learning.models import LearningState
from matching.feeds.files import read_file
from matching.ingest import ingest, open_source
from matching.models import JobSource
from matching.posting import Posting
from matching.services import read_persona_facts
from personas.identity import acting_as
from personas.models import PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import PersonaFactory, UserSkillFactory
from tests.learning.conftest import NOW, told
from tests.learning.recount import differences
from tests.roles import as_role

Count = Callable[..., LearningState]
PEOPLE = {
    "nurse": (["Registered Nurse"], {"Patient care": "expert", "Nursing": "expert", "Triage": "advanced"}),
    "civil engineer": (
        ["Civil Engineer"],
        {"AutoCAD": "advanced", "Civil engineering": "advanced", "Construction": "beginner"},
    ),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_numbers_are_those_of_an_independent_count(alice: User, count_again: Count, name: str) -> None:
    titles, held = PEOPLE[name]
    lines = [(line, each) for line, each in read_file(ARCHIVE) if isinstance(each, Posting)]
    with as_role(WORKER_ROLE):
        source = open_source(name="archive", kind=JobSource.Kind.ARCHIVE)
        ingest(source=source, postings=lines[::2], now=NOW)
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=titles, currency="USD")
    for skill, level in held.items():
        UserSkillFactory(user=alice, skill_name=skill, proficiency_level=level)

    count_again(persona)

    rows = told(alice)
    assert rows
    with acting_as(alice.pk):
        persona.refresh_from_db()
        facts = read_persona_facts(persona)
    assert {row.target_skill: list(differences(row, facts)) for row in rows} == {
        row.target_skill: [] for row in rows
    }


def test_courses_teach_what_they_are_said_to() -> None:
    said = [right for right, _because in courses.read_labels("blind")]

    assert len(said) >= 250
    assert courses.share(said) >= courses.TARGET
