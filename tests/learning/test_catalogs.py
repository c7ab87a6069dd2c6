"""Catalogs: what is imported, what is refused line by line, what stays; and which courses are offered to whom."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from learning.catalogs import (
    CatalogDetails,
    ImportReport,
    catalogs_version,
    import_catalog,
    keep_catalogs,
    shipped_catalogs,
)
from learning.corrections import Correction, correct_skills
from learning.course_files import FileRefused, read_courses
from learning.course_skills import read_skills, topic_skills
from learning.hours import read_hours
from learning.models import Catalog, Course, CourseSkill
from learning.offers import as_json, offers_for
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from personas.taxonomy import taxonomy
from tests.factories import CourseFactory, CourseSkillFactory, UserFactory, UserSkillFactory
from tests.learning.conftest import NOW
from tests.roles import as_role

DETAILS = CatalogDetails(key="mine", name="My courses", license="CC0")
HEADER = "title,url,provider,language,level,hours,skills\n"


def bring_in(
    text: str, *, kind: str = "csv", details: CatalogDetails = DETAILS, days: int = 0
) -> ImportReport:
    with as_role(WORKER_ROLE):
        return import_catalog(
            details=details, content=text.encode(), kind=kind, now=NOW + timedelta(days=days)
        )


def taught(title: str) -> dict[str, str]:
    return dict(
        CourseSkill.objects.filter(course__title=title)
        .order_by("skill_name")
        .values_list("skill_name", "because")
    )


# --- reading a file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (",https://a.example/1,,,,,", "title", "The title is missing."),
        ("A,ftp://a.example,,,,,", "url", "This is no web address."),
        ("A,,,,,,", "url", "This is no web address."),
        ("A,https://a.example/1,,Klingon!,,,", "language", "is no code of a language"),
        ("A,https://a.example/1,,,wizard,,", "level", "“wizard” is no level."),
        ("A,https://a.example/1,,,,many,", "hours", "“many” are no hours."),
        ("A,https://a.example/1,,,,50-30,", "hours", "are no hours"),
        ("A,https://a.example/1", "", "2 cells where the header has 7."),
        (f"{'A' * 501},https://a.example/1,,,,,", "title", "501 characters; at most 500 are kept."),
    ],
)
def test_broken_line_is_reported_with_column_and_reason(line: str, column: str, words: str) -> None:
    read = read_courses(f"{HEADER}Good,https://a.example/good,,,,,\n{line}\n".encode(), kind="csv")

    assert [row.title for row in read.rows] == ["Good"]
    assert [(fault.line, fault.column) for fault in read.faults] == [(3, column)]
    assert words in read.faults[0].sentence


def test_address_that_stands_twice_is_kept_once() -> None:
    read = read_courses(
        f"{HEADER}A,https://a.example/1,,,,,\nB,https://a.example/1,,,,,\n".encode(), kind="csv"
    )

    assert [row.title for row in read.rows] == ["A"]
    assert "stands in line 2 already" in read.faults[0].sentence


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", "csv", "The file is empty."),
        (b"\xff\xfe\x00", "csv", "no UTF-8: byte 0"),
        (b"name,link\nA,B\n", "csv", "The header has no column title, url."),
        (b"title,url,title\n", "csv", "The header names title twice."),
        (b"[{]", "json", "The file is no JSON"),
    ],
)
def test_file_that_cannot_be_read_is_refused_as_a_whole(content: bytes, kind: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read_courses(content, kind=kind)


def test_json_is_read_as_a_list_and_line_by_line() -> None:
    rows = [{"title": "A", "url": "https://a.example/1", "skills": ["Python"]}, {"title": 3}, 7]
    as_list = read_courses(json.dumps(rows).encode(), kind="json")
    by_line = read_courses("\n".join(map(json.dumps, rows)).encode(), kind="json")

    for read in (as_list, by_line):
        assert [(row.title, row.skills) for row in read.rows] == [("A", ("Python",))]
        assert [fault.line for fault in read.faults] == [2, 3]


def test_mark_of_utf8_is_no_part_of_the_header() -> None:
    assert read_courses("﻿title,url\nA,https://a.example/1\n".encode(), kind="csv").rows[0].title == "A"


@given(st.text(max_size=300), st.sampled_from(["csv", "json"]))
def test_any_text_is_read_or_refused_in_words(text: str, kind: str) -> None:
    told = ""
    try:
        read_courses(text.encode(errors="surrogatepass"), kind=kind)
    except FileRefused as refused:
        told = str(refused)

    assert told == "" or told[0].isupper()


@pytest.mark.parametrize(
    ("stated", "hours"),
    [
        ("14 weeks, 6-10 hours/week", (84, 140)),
        ("10-12 weeks, 6-10 hours/week", (60, 120)),
        ("6 months at 5 hours a week", (130, 130)),
        ("1 week, 30 minutes/week", (1, 1)),
        ("8 weeks, 4–12 hours/week", (32, 96)),
        ("40 hours", (40, 40)),
        ("90 minutes", (2, 2)),
        ("14 weeks", None),
        ("self-paced", None),
        ("5 hours a week", None),
        ("", None),
    ],
)
def test_hours_are_read_from_what_is_stated(stated: str, hours: tuple[int, int] | None) -> None:
    assert read_hours(stated) == hours


# --- skills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "topic", "skills"),
    [
        ("Learn Python", "Python", {"Python": "topic"}),
        (
            "Build a shop with Django and Docker",
            "Python",
            {"Python": "topic", "Django": "title", "Docker": "title"},
        ),
        ("CSS Grid", "HTML and CSS", {"CSS": "topic"}),
        ("Web pages", "HTML and CSS", {"HTML": "topic", "CSS": "topic"}),
        ("Anything", "Misc", {}),
        ("Hacking for all", "Security", {"Cybersecurity": "topic"}),
        ("Speak English at work", "", {}),
    ],
)
def test_skills_follow_topic_and_title(title: str, topic: str, skills: dict[str, str]) -> None:
    assert {each.name: each.because for each in read_skills(title=title, topic=topic)} == skills


def test_every_skill_of_the_table_of_topics_is_known_by_that_name() -> None:
    names = {name for names in topic_skills().values() for name in names}

    assert {
        name for name in names if taxonomy().canonical(name) != name or not taxonomy().known(name)
    } == set()


# --- importing -------------------------------------------------------------------------------------------------------


def test_import_reports_and_can_be_repeated(db: None) -> None:
    text = f"{HEADER}A,https://a.example/1,Ada,en,beginner,30-50,k8s;Falconry\nB,https://a.example/2,,,,,\nC,nowhere,,,,,\n"

    first, again = bring_in(text), bring_in(text, days=1)

    assert (first.new, first.changed, first.unchanged, first.withdrawn, len(first.faults)) == (2, 0, 0, 0, 1)
    assert first.unknown_skills == ("Falconry",)
    assert (again.new, again.changed, again.unchanged, again.withdrawn) == (0, 0, 2, 0)
    assert taught("A") == {"Falconry": "stated", "Kubernetes": "stated"}
    course = Course.objects.get(title="A")
    assert (course.least_hours, course.most_hours, course.level, course.provider) == (
        30,
        50,
        "beginner",
        "Ada",
    )


def test_course_that_left_is_withdrawn_and_comes_back_as_itself(db: None) -> None:
    one = f"{HEADER}A,https://a.example/1,,,,,\n"
    bring_in(f"{one}B,https://a.example/2,,,,,\n")
    before = Course.objects.get(title="B").pk

    assert bring_in(one, days=1).withdrawn == 1
    assert not Course.objects.offered().filter(pk=before).exists()
    bring_in(f"{one}B,https://a.example/2,,,,,\n", days=2)

    assert Course.objects.offered().get(title="B").pk == before


def test_what_staff_said_and_what_is_known_of_links_stays(db: None) -> None:
    text = f"{HEADER}A,https://a.example/1,,,,,Python\n"
    bring_in(text)
    course = Course.objects.get()
    CourseSkillFactory(course=course, skill_name="Docker", skill_key="docker", because="staff")
    with as_role(WORKER_ROLE):
        Course.objects.update(link_state="alive", link_checked_at=NOW)

    bring_in(text.replace("A,", "A new title,"), days=1)

    assert taught("A new title") == {"Docker": "staff", "Python": "stated"}
    assert Course.objects.get().link_state == "alive"


def correct(course: Course, *names: str) -> Correction:
    with as_role(WORKER_ROLE):
        return correct_skills(course=course, names=names)


def test_what_staff_added_and_denied_outlives_an_import(db: None) -> None:
    text = f"{HEADER}Python and SQL,https://a.example/1,,,,,Docker\n"
    bring_in(text)
    course = Course.objects.get()
    version = catalogs_version()

    told = correct(course, "python", "k8s")

    assert told == Correction(added=("Kubernetes",), denied=("Docker", "SQL"))
    assert catalogs_version() != version
    kept = {"Docker": "denied", "Kubernetes": "staff", "Python": "title", "SQL": "denied"}
    assert taught("Python and SQL") == kept
    bring_in(text.replace("Docker", "Docker;Ansible"), days=1)
    assert taught("Python and SQL") == {**kept, "Ansible": "stated"}
    assert not Course.objects.teaching("docker").exists()
    assert {each.skill_name for each in Course.objects.with_skills().get().taught_skills} == {
        "Ansible",
        "Kubernetes",
        "Python",
    }


def test_what_was_denied_can_be_said_again(db: None) -> None:
    bring_in(f"{HEADER}Python and SQL,https://a.example/1,,,,,\n")
    course = Course.objects.get()
    correct(course, "Python")

    assert correct(course, "Python", "SQL") == Correction(added=("SQL",), denied=())
    assert taught("Python and SQL") == {"Python": "title", "SQL": "staff"}


def test_own_word_taken_back_leaves_nothing(db: None) -> None:
    bring_in(f"{HEADER}Python,https://a.example/1,,,,,\n")
    course = Course.objects.get()
    correct(course, "Python", "Docker")
    correct(course, "Python")

    assert taught("Python") == {"Python": "title"}


@pytest.mark.parametrize("names", [["x" * 256], [f"skill {number}" for number in range(21)]])
def test_correction_that_cannot_be_kept_changes_nothing(db: None, names: list[str]) -> None:
    bring_in(f"{HEADER}Python,https://a.example/1,,,,,\n")

    with pytest.raises(ValuesRefused):
        correct(Course.objects.get(), *names)

    assert taught("Python") == {"Python": "title"}


def test_nothing_changes_where_the_file_holds_no_course(db: None) -> None:
    bring_in(f"{HEADER}A,https://a.example/1,,,,,\n")

    with pytest.raises(FileRefused, match="holds no course"):
        bring_in(f"{HEADER},,,,,,x\n")

    assert Course.objects.offered().count() == 1


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (CatalogDetails(key="No!", name="N", license="CC0"), "key"),
        (CatalogDetails(key="ossu", name="N", license="CC0"), "key"),
        (CatalogDetails(key="n", name=" ", license="CC0"), "name"),
        (CatalogDetails(key="n", name="N", license=""), "license"),
        (CatalogDetails(key="n", name="N", license="CC0", homepage="javascript:alert(1)"), "homepage"),
    ],
)
def test_details_that_cannot_be_kept_are_refused(db: None, details: CatalogDetails, field: str) -> None:
    with as_role(WORKER_ROLE):
        keep_catalogs(now=NOW)
    with pytest.raises(ValuesRefused) as refused:
        bring_in(f"{HEADER}A,https://a.example/1,,,,,\n", details=details)

    assert set(refused.value.faults) == {field}


def test_shipped_catalogs_are_read_once(db: None) -> None:
    with as_role(WORKER_ROLE):
        assert keep_catalogs(now=NOW) == 2
        assert keep_catalogs(now=NOW) == 0

    shipped = {details.key: details for details, _content in shipped_catalogs()}
    assert set(Catalog.objects.values_list("key", flat=True)) == set(shipped)
    assert all(details.license and details.attribution for details in shipped.values())
    assert Course.objects.filter(catalog__key="ossu", least_hours__isnull=False).count() > 70
    assert CourseSkill.objects.filter(skill_key="python").count() > 100


def test_every_shipped_line_is_a_course() -> None:
    for _details, content in shipped_catalogs():
        assert read_courses(content, kind="json").faults == ()


def test_skills_are_named_anew_when_the_taxonomy_changes(db: None) -> None:
    bring_in(f"{HEADER}A,https://a.example/1,,,,,Kubernetes\n")
    with as_role(WORKER_ROLE):
        # As a taxonomy before would have left it.
        CourseSkill.objects.update(skill_name="k8s", skill_key="k8s")
        Catalog.objects.filter(key="mine").update(taxonomy_version="older")
        keep_catalogs(now=NOW)

    assert taught("A") == {"Kubernetes": "stated"}
    assert Catalog.objects.get(key="mine").taxonomy_version == taxonomy().version


def test_command_reports_lines_and_refuses_in_words(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "courses.csv"
    file.write_text(f"{HEADER}A,https://a.example/1,,,,,\nB,nowhere,,,,,\n", encoding="utf-8")
    with as_role(WORKER_ROLE):
        call_command("import_courses", str(file), catalog="mine", name="Mine", license="CC0")
    told = capsys.readouterr()
    assert "line 3, url: This is no web address." in told.err
    assert "Mine: 1 new, 0 changed, 0 unchanged, 0 no longer listed, 1 lines left out." in told.out

    for options, words in (
        ({"catalog": "mine", "name": "Mine"}, "--license: Say under which license"),
        ({"name": "Mine", "license": "CC0"}, "--catalog: A short name"),
    ):
        with as_role(WORKER_ROLE), pytest.raises(CommandError, match=words):
            call_command("import_courses", str(file), **options)
    with as_role(WORKER_ROLE), pytest.raises(CommandError, match="cannot be read"):
        call_command("import_courses", str(tmp_path / "none.csv"), catalog="m", name="M", license="CC0")


# --- offers ----------------------------------------------------------------------------------------------------------


def test_courses_are_offered_in_languages_that_are_understood(db: None) -> None:
    user = UserFactory(locale="en")
    UserSkillFactory(user=user, skill_name="German")
    for language in ("de", "en", "es", "pt-BR"):
        CourseSkillFactory(course=CourseFactory(title=language, language=language))

    with acting_as(user.pk):
        offer = offers_for(user=user, skill_keys=["terraform", "falconry"])

    assert [course.title for course in offer["terraform"].courses] == ["en", "de"]
    assert offer["terraform"].in_others == {"es": 1, "pt": 1}
    assert (offer["falconry"].courses, offer["falconry"].hours) == ((), None)


def test_dead_and_withdrawn_courses_are_never_offered(db: None) -> None:
    CourseSkillFactory(course=CourseFactory(link_state="dead"))
    CourseSkillFactory(course=CourseFactory(withdrawn_at=NOW))

    assert offers_for(user=UserFactory(), skill_keys=["terraform"])["terraform"].count == 0


def test_course_that_states_its_hours_comes_first_and_same_address_once(db: None) -> None:
    CourseSkillFactory(course=CourseFactory(title="A", url="https://a.example/same"))
    CourseSkillFactory(course=CourseFactory(title="B", url="https://a.example/same"))
    CourseSkillFactory(course=CourseFactory(title="C", least_hours=10, most_hours=20))
    CourseSkillFactory(course=CourseFactory(title="D", level="advanced"))

    offer = offers_for(user=UserFactory(), skill_keys=["terraform"])["terraform"]

    assert [course.title for course in offer.courses] == ["C", "A", "D"]
    assert offer.hours == (10, 20)


def test_course_is_kept_with_what_the_schema_asks(db: None) -> None:
    kept = as_json(CourseFactory(provider="Ada", duration="8 weeks"))

    assert {"name", "url", "provider", "duration", "license", "source"} <= set(kept)
