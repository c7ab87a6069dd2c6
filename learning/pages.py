"""What the pages of learning show of a recommendation and of progress, ready to be laid out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learning.facts import Effort, Gap, read_effort, read_gap
from learning.languages import base_of, name_of
from learning.links import dead_among
from learning.models import LearningState, Progress, Recommendation
from learning.progress_words import (
    effect_of,
    promised_of,
    tell_differences,
    tell_effect,
    tell_promise,
)
from learning.reasons import tell_effort, tell_refusal
from matching.models import Job, JobSource


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course as it is listed: where it leads ("" for an address that is none of the web), whether that is known to be dead,
    and its language where it is another than the page's."""

    course: Mapping[str, Any]
    url: str
    is_dead: bool
    language: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A recommendation with its numbers (None where another tool wrote it), its courses, and how far the person is with it."""

    row: Recommendation
    gap: Gap | None
    effort: Effort | None
    courses: Sequence[CourseLine]
    progress: Progress | None

    @property
    def refusal(self) -> str:
        """Give why the words of the writer were refused."""
        return tell_refusal(self.row.refused_because)

    @property
    def how_long(self) -> str:
        """Give how long it takes, and why."""
        return tell_effort(self.effort) if self.effort else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A skill that somebody takes up: what was promised of it and what came of it, in words, with both numbers for the picture."""

    row: Progress
    promise: str
    effect: str
    differences: Sequence[str]
    promised: int | None
    measured: int | None
    waits_for_skill: bool


def read_lessons(rows: Sequence[Recommendation], *, locale: str) -> list[Lesson]:
    """Make recommendations of one person ready; two queries, however many they are."""
    if not rows:
        return []
    own = Progress.objects.filter(user_id=rows[0].user_id, skill_key__in=[row.skill_key for row in rows])
    progress = {each.skill_key: each for each in own}
    dead = dead_among({str(course.get("url", "")) for row in rows for course in row.courses})
    return [
        Lesson(
            row=row,
            gap=read_gap(row.facts) if row.facts else None,
            effort=read_effort(row.facts) if row.facts else None,
            courses=_read_courses(row.courses, dead, locale),
            progress=progress.get(row.skill_key),
        )
        for row in rows
    ]


def _read_courses(
    courses: Sequence[Mapping[str, Any]], dead: Collection[str], locale: str
) -> list[CourseLine]:
    lines = []
    for course in courses:
        url, language = str(course.get("url", "")), str(course.get("language", locale))
        lines.append(
            CourseLine(
                course=course,
                url=url if url.startswith(("https://", "http://")) else "",
                is_dead=url in dead,
                language=name_of(language) if base_of(language) != base_of(locale) else "",
            )
        )
    return lines


def read_weighed(state: LearningState) -> list[tuple[Gap, Effort]]:
    """Give everything that was weighed, what pays most for its hours first."""
    return [(read_gap(each), read_effort(each)) for each in state.gaps]


def read_outcome(row: Progress) -> Outcome:
    """Make what somebody takes up ready to be told."""
    gap, effect = promised_of(row), effect_of(row)
    return Outcome(
        row=row,
        promise=tell_promise(gap) if gap else "",
        effect=tell_effect(effect) if effect else "",
        differences=tell_differences(gap, effect) if gap and effect else (),
        promised=gap.crossing if gap else None,
        measured=effect.crossing if effect else None,
        waits_for_skill=row.status == Progress.Status.DONE and row.added_at is None,
    )


def count_archived() -> int:
    """Give how many of the open jobs come from an archive; one query over those of archives alone."""
    return Job.objects.open().filter(source__kind=JobSource.Kind.ARCHIVE).count()
