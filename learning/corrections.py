"""What staff say about the skills of a course: it outlives every import, which reads titles and topics and may be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from learning.course_skills import read_skills
from learning.models import Course, CourseSkill
from personas.checking import MAX_NAME_LENGTH
from personas.services import ValuesRefused, gone
from personas.taxonomy import taxonomy

MOST_SKILLS = 20


@dataclass(frozen=True, slots=True)
class Correction:
    """Names of skills that a course is now said to teach, and that it is now said not to."""

    added: tuple[str, ...]
    denied: tuple[str, ...]


def correct_skills(*, course: Course, names: Iterable[str]) -> Correction:
    """Say which skills a course teaches, by any of their names; raises ValuesRefused, or Gone where the course is.

    What is named and was not known is kept as the staff's word; what was known and is not named is kept as denied, so that no
    import says it again. Naming it once more takes that back.
    """
    wanted = check_skill_names(names)
    with transaction.atomic():
        # One correction at a time, and none while an import writes.
        row = Course.objects.select_for_update(no_key=True).filter(pk=course.pk).first()
        if row is None:
            raise gone()
        held = {each.skill_key: each for each in CourseSkill.objects.filter(course=row)}
        taught = {key: each for key, each in held.items() if each.because != CourseSkill.Because.DENIED}
        added = [key for key in wanted if key not in taught]
        dropped = [key for key in taught if key not in wanted]
        for key in added:
            CourseSkill.objects.update_or_create(
                course=row,
                skill_key=key,
                defaults={"skill_name": wanted[key], "because": CourseSkill.Because.STAFF},
            )
        read = {each.key for each in read_skills(title=row.title, topic=row.topic)}
        for key in dropped:
            one = CourseSkill.objects.filter(pk=taught[key].pk)
            if taught[key].because == CourseSkill.Because.STAFF and key not in read:
                one.delete()
            else:
                one.update(because=CourseSkill.Because.DENIED)
    return Correction(tuple(wanted[key] for key in added), tuple(taught[key].skill_name for key in dropped))


def check_skill_names(names: Iterable[str]) -> dict[str, str]:
    """Give the names of skills as the taxonomy writes them, by key; raises ValuesRefused."""
    tidy = [name for each in names if (name := " ".join(each.split()))]
    if any(len(name) > MAX_NAME_LENGTH for name in tidy):
        told = _("A skill's name has at most %(most)s characters.") % {"most": MAX_NAME_LENGTH}
        raise ValuesRefused({"teaches": [told]})
    wanted = {taxonomy().key(name): taxonomy().canonical(name) for name in tidy}
    wanted.pop("", None)
    if len(wanted) > MOST_SKILLS:
        told = _("A course teaches at most %(most)s skills.") % {"most": MOST_SKILLS}
        raise ValuesRefused({"teaches": [told]})
    return wanted
