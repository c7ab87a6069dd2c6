"""Catalogs of courses: what Relevnt ships, what an operator imports, and their skills under the names of today's taxonomy.

An import replaces a catalog as a whole, in one transaction: what is new is added, what is no longer listed is withdrawn and kept
(it may be in somebody's progress), and what staff said of a course and what is known of its link stay.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from learning.course_files import CourseRow, FileRefused, RowFault, read_courses
from learning.course_skills import TOPICS, Taught, read_skills
from learning.models import Catalog, Course, CourseSkill
from personas.services import ValuesRefused
from personas.taxonomy import taxonomy

DATA = Path(__file__).parent / "data"
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_KEPT = ("title", "provider", "language", "level", "duration", "topic", "license", "prerequisites")
_COLUMNS = (*_KEPT, "least_hours", "most_hours", "withdrawn_at")
CORRECTED = (CourseSkill.Because.STAFF, CourseSkill.Because.DENIED)
"""What staff said of a course, which no import takes away."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class CatalogDetails:
    """What a catalog is: its short name, name, license (each must be given), addresses, and the line that names its authors."""

    key: str
    name: str
    license: str
    license_url: str = ""
    homepage: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did to a catalog: courses by what happened to them, broken lines, columns that nobody reads, and skills that the taxonomy does not know."""

    catalog: Catalog
    new: int
    changed: int
    unchanged: int
    withdrawn: int
    faults: tuple[RowFault, ...]
    unread: tuple[str, ...]
    unknown_skills: tuple[str, ...]


def import_catalog(
    *, details: CatalogDetails, content: bytes, kind: str, now: datetime, is_shipped: bool = False
) -> ImportReport:
    """Put the courses of a file (`kind` csv or json) in the place of a catalog's; broken lines are reported and left out.

    Raises FileRefused for a file that cannot be read as a whole or holds no course, ValuesRefused for details that cannot be
    kept; nothing is changed then.
    """
    _check(details, is_shipped=is_shipped)
    read = read_courses(content, kind=kind)
    if not read.rows:
        first = _tell_fault(read.faults[0]) if read.faults else ""
        raise FileRefused(_("The file holds no course that can be kept. %(first)s") % {"first": first})
    with transaction.atomic():
        _take_turns(details.key)
        catalog, _made = Catalog.objects.update_or_create(
            key=details.key,
            defaults={
                **{name: getattr(details, name) for name in CatalogDetails.__slots__ if name != "key"},
                "is_shipped": is_shipped,
                "content_sha256": hashlib.sha256(content + TOPICS.read_bytes()).hexdigest(),
                "taxonomy_version": taxonomy().version,
                "imported_at": now,
            },
        )
        counts = _replace_courses(catalog, read.rows, now)
        unknown = _replace_skills(catalog, {row.url: row for row in read.rows})
    return ImportReport(catalog, *counts, read.faults, read.unread, unknown)


def keep_catalogs(*, now: datetime) -> int:
    """Bring the shipped catalogs up to this release, and all skills to this taxonomy; give the number of catalogs that changed."""
    known = Catalog.objects.in_bulk(field_name="key")
    changed = 0
    for details, content in shipped_catalogs():
        row = known.get(details.key)
        mark = hashlib.sha256(content + TOPICS.read_bytes()).hexdigest()
        if row is None or (row.is_shipped and row.content_sha256 != mark):
            import_catalog(details=details, content=content, kind="json", now=now, is_shipped=True)
            changed += 1
    for row in Catalog.objects.exclude(taxonomy_version=taxonomy().version).order_by("key"):
        _name_skills_anew(row)
        changed += 1
    return changed


def catalogs_version() -> str:
    """Name what all catalogs hold, what staff said of them and which links are dead: equal names mean equal offers. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(md5(concat(
                string_agg(concat_ws(' ', c.key, c.content_sha256, c.taxonomy_version, c.dead, c.changed), ',' ORDER BY c.key),
                (SELECT string_agg(concat_ws(' ', s.course_id, s.skill_key, s.because), ',' ORDER BY s.course_id, s.skill_key)
                 FROM learning_course_skills s WHERE s.because = ANY(%s)))), '')
            FROM (SELECT k.key, k.content_sha256, k.taxonomy_version,
                         count(*) FILTER (WHERE o.link_state = 'dead') AS dead,
                         max(o.updated_at) FILTER (WHERE o.link_state = 'dead') AS changed
                  FROM learning_catalogs k LEFT JOIN learning_courses o ON o.catalog_id = k.id
                  GROUP BY k.id) c
            """,
            [list(CORRECTED)],
        )
        (version,) = cursor.fetchone()
    return str(version)


def shipped_catalogs() -> list[tuple[CatalogDetails, bytes]]:
    """Give the catalogs that come with Relevnt, each with its courses as lines of JSON."""
    details = json.loads((DATA / "catalogs.json").read_text(encoding="utf-8"))
    return [
        (CatalogDetails(**each), gzip.decompress((DATA / f"{each['key']}.jsonl.gz").read_bytes()))
        for each in details
    ]


def _tell_fault(fault: RowFault) -> str:
    return _("Line %(line)s: %(sentence)s") % {"line": fault.line, "sentence": fault.sentence}


def _check(details: CatalogDetails, *, is_shipped: bool) -> None:
    faults: dict[str, list[str]] = {}
    if not _KEY.fullmatch(details.key):
        faults["key"] = [_("A short name is made of small letters, digits and hyphens, such as my-courses.")]
    elif not is_shipped and Catalog.objects.filter(key=details.key, is_shipped=True).exists():
        faults["key"] = [
            _("This catalog comes with Relevnt and follows its releases. Choose another short name.")
        ]
    faults |= _find_unnamed(details)
    for name in ("homepage", "license_url"):
        value = getattr(details, name)
        if value and not re.fullmatch(r"https?://\S{1,1990}", value):
            faults[name] = [_("This is no web address. Write one that begins with https://.")]
    if faults:
        raise ValuesRefused(faults)


def _find_unnamed(details: CatalogDetails) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    for name, limit, sentence in (
        ("name", 255, _("Say what the catalog is called.")),
        ("license", 100, _("Say under which license the catalog may be used.")),
    ):
        value = getattr(details, name).strip()
        if not value:
            faults[name] = [sentence]
        elif len(value) > limit:
            faults[name] = [_("At most %(limit)s characters are kept.") % {"limit": limit}]
    return faults


def _take_turns(key: str) -> None:
    """Let imports of one catalog pass one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"catalog {key}"])


def _replace_courses(catalog: Catalog, rows: Sequence[CourseRow], now: datetime) -> tuple[int, int, int, int]:
    """Give the numbers of courses that are new, changed, unchanged and withdrawn."""
    known = {course.url: course for course in Course.objects.filter(catalog=catalog)}
    new, changed = [], []
    for row in rows:
        values = _values_of(row)
        course = known.get(row.url)
        if course is None:
            new.append(Course(catalog=catalog, url=row.url, **values))
        elif any(getattr(course, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(course, name, value)
            changed.append(course)
    listed = {row.url for row in rows}
    gone = [course for course in known.values() if course.url not in listed and course.withdrawn_at is None]
    for course in gone:
        course.withdrawn_at = now
    Course.objects.bulk_create(new, batch_size=_BATCH)
    Course.objects.bulk_update([*changed, *gone], _COLUMNS, batch_size=500)
    return len(new), len(changed), len(rows) - len(new) - len(changed), len(gone)


def _values_of(row: CourseRow) -> dict[str, Any]:
    least, most = row.hours or (None, None)
    values = {name: getattr(row, name) for name in _KEPT}
    return {**values, "least_hours": least, "most_hours": most, "withdrawn_at": None}


def _replace_skills(catalog: Catalog, rows: Mapping[str, CourseRow]) -> tuple[str, ...]:
    """Write what the listed courses teach; give the stated names that the taxonomy does not know."""
    courses = Course.objects.filter(catalog=catalog, withdrawn_at__isnull=True)
    taught = {
        course_id: read_skills(title=rows[url].title, topic=rows[url].topic, stated=rows[url].skills)
        for course_id, url in courses.values_list("pk", "url")
    }
    _write_skills(taught)
    stated = {name for row in rows.values() for name in row.skills}
    return tuple(sorted(name for name in stated if not taxonomy().known(name)))


def _write_skills(taught: Mapping[UUID, Iterable[Taught]]) -> None:
    """Keep exactly these skills of each course, and what staff said of it."""
    ids = list(taught)
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        held = {(row.course_id, row.skill_key): row for row in CourseSkill.objects.filter(course_id__in=some)}
        wanted = {(course_id, each.key): each for course_id in some for each in taught[course_id]}
        gone = [
            row.pk
            for place, row in held.items()
            if row.because not in CORRECTED
            and (
                place not in wanted
                or (row.skill_name, row.because) != (wanted[place].name, wanted[place].because)
            )
        ]
        CourseSkill.objects.filter(pk__in=gone).delete()
        kept = {place for place, row in held.items() if row.pk not in set(gone)}
        CourseSkill.objects.bulk_create(
            CourseSkill(course_id=place[0], skill_name=each.name, skill_key=each.key, because=each.because)
            for place, each in wanted.items()
            if place not in kept
        )


def _name_skills_anew(catalog: Catalog) -> None:
    """Name the skills of a catalog's courses as today's taxonomy does; what was stated is kept as it was stated."""
    words = taxonomy()
    with transaction.atomic():
        _take_turns(catalog.key)
        stated: dict[UUID, tuple[str, ...]] = {}
        rows = CourseSkill.objects.filter(course__catalog=catalog)
        for course_id, name in rows.filter(because=CourseSkill.Because.STATED).values_list(
            "course_id", "skill_name"
        ):
            stated[course_id] = (*stated.get(course_id, ()), name)
        courses = Course.objects.filter(catalog=catalog).values_list("pk", "title", "topic")
        _write_skills(
            {
                pk: read_skills(title=title, topic=topic, stated=stated.get(pk, ()))
                for pk, title, topic in courses
            }
        )
        for row in rows.filter(because__in=CORRECTED).order_by("pk"):
            key = words.key(row.skill_name)
            if key == row.skill_key:
                continue
            others = CourseSkill.objects.filter(course_id=row.course_id, skill_key=key)
            others.exclude(pk=row.pk).delete()
            CourseSkill.objects.filter(pk=row.pk).update(
                skill_key=key, skill_name=words.canonical(row.skill_name)
            )
        Catalog.objects.filter(pk=catalog.pk).update(taxonomy_version=words.version)
