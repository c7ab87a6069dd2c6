"""Which courses are offered to somebody for a skill: in a language they understand, with a link that leads somewhere, the fittest first.

A course counts as fitter that is in the person's own language, that says how long it takes, whose topic the skill is and not only
its title, that is not for the advanced, and whose link was seen to work. The same address in two catalogs is one course.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from learning.languages import base_of, spoken_by
from learning.models import Course, CourseSkill
from personas.models import User, UserSkill

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """Courses for one skill, at most three, the fittest first; how many there are in languages that the person understands,
    and by language code how many in others; the hours, at least and at most, of the first course shown that states them."""

    courses: tuple[Course, ...] = ()
    count: int = 0
    in_others: Mapping[str, int] = field(default_factory=dict)

    @property
    def hours(self) -> tuple[int, int] | None:
        """Give the stated hours that the effort is counted by, None where no course shown states any."""
        for each in self.courses:
            if each.least_hours is not None and each.most_hours is not None:
                return each.least_hours, each.most_hours
        return None


def languages_of(user: User) -> tuple[str, ...]:
    """Give the languages that courses may be in, the person's own first; one query."""
    names = UserSkill.objects.owned_by(user).order_by("skill_key").values_list("skill_name", flat=True)
    return spoken_by(locale=user.locale, skill_names=names)


def offers_for(*, user: User, skill_keys: Collection[str]) -> dict[str, Offer]:
    """Give the offer for each of these skills, an empty one where there is no course; two queries, however many they are."""
    spoken = languages_of(user)
    taught = (
        CourseSkill.objects.taught()
        .filter(
            ~Q(course__link_state=Course.Link.DEAD),
            skill_key__in=skill_keys,
            course__withdrawn_at__isnull=True,
        )
        .select_related("course__catalog")
    )
    by_skill: dict[str, list[CourseSkill]] = {key: [] for key in skill_keys}
    for row in taught:
        by_skill[row.skill_key].append(row)
    return {key: _choose(rows, spoken) for key, rows in by_skill.items()}


def list_offered(*, user: User, skill_key: str = "") -> QuerySet[Course]:
    """Give all offered courses, or those for one skill, in languages that the person understands first, then by title."""
    spoken = languages_of(user)
    taught = Course.objects.teaching(skill_key) if skill_key else Course.objects.all()
    rows: QuerySet[Course] = taught.offered().select_related("catalog").with_skills()
    codes = rows.order_by().values_list("language", flat=True).distinct()
    place = Case(
        *(
            When(language=code, then=Value(spoken.index(base_of(code))))
            for code in codes
            if base_of(code) in spoken
        ),
        default=Value(len(spoken)),
        output_field=IntegerField(),
    )
    return rows.annotate(place=place).order_by("place", "title", "pk")


def as_json(course: Course) -> dict[str, Any]:
    """Give a course as a recommendation keeps it: name, url, provider and duration, and what else a page tells of it."""
    return {
        "name": course.title,
        "url": course.url,
        "provider": course.provider,
        "duration": course.duration,
        "level": course.level,
        "language": course.language,
        "license": course.license or course.catalog.license,
        "source": course.catalog.name,
        "id": str(course.pk),
    }


def _choose(rows: Sequence[CourseSkill], spoken: Sequence[str]) -> Offer:
    ordered = sorted(rows, key=lambda row: _fitness(row, spoken))
    seen: dict[str, CourseSkill] = {}
    others: Counter[str] = Counter()
    for row in ordered:
        if row.course.url in seen:
            continue
        seen[row.course.url] = row
        if base_of(row.course.language) not in spoken:
            others[base_of(row.course.language)] += 1
    understood = [row.course for row in seen.values() if base_of(row.course.language) in spoken]
    return Offer(tuple(understood[:SHOWN]), len(understood), dict(others))


def _fitness(row: CourseSkill, spoken: Sequence[str]) -> tuple[Any, ...]:
    """Give what courses are sorted by, the fittest lowest."""
    course = row.course
    language = base_of(course.language)
    return (
        spoken.index(language) if language in spoken else len(spoken),
        course.least_hours is None,
        row.because == CourseSkill.Because.TITLE,
        course.level == Course.Level.ADVANCED,
        course.level != Course.Level.BEGINNER,
        _LINKS.index(course.link_state),
        course.title.casefold(),
        course.url,
    )


_LINKS = (
    Course.Link.ALIVE,
    Course.Link.UNCHECKED,
    Course.Link.UNCLEAR,
    Course.Link.FAILING,
    Course.Link.DEAD,
)
