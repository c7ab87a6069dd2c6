"""A whole résumé: its lines as a JSON Resume document, and the lines that have no place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from personas.gazetteer import gazetteer
from personas.readers.basics import find_basics, is_placed
from personas.readers.lines import Line
from personas.readers.structure.entries import Entry, group_entries
from personas.readers.structure.fields import (
    ADDRESS,
    education_of,
    is_borne_out,
    is_job_title,
    projects_of,
    publications_of,
    work_of,
)
from personas.readers.structure.lists import (
    awards_of,
    certificates_of,
    languages_of,
    skills_of,
    split_items,
    texts_of,
)
from personas.readers.structure.rows import Row, is_place, read_rows
from personas.readers.structure.sections import HEAD, OTHER, Section, find_furniture, split_sections
from personas.readers.structure.words import DEGREE, LEVELS_OF_LANGUAGE, SCHOOL

PROSE = 60
"""Characters from which a line of the head is running text about the person and no fact."""
SHORT = 80
SKILLS = re.compile(r"skill|kenntnis|compét|compet|habilid|kompeten|fähigkeit|vaardig", re.IGNORECASE)
ANNOUNCED = re.compile(r"^(?:address|location|adresse|wohnort|based in|ort)\s*:?\s+", re.IGNORECASE)
"""What people write before the place where they live."""


def read_document(lines: Sequence[Line]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A JSON Resume document of what the lines say, and the texts of the lines that it does not account for wholly."""
    reading = _Reading(lines)
    return reading.document(), tuple(
        line.text for number, line in enumerate(lines) if line.text and number not in reading.placed
    )


class _Reading:
    """One reading of a résumé, which notes the lines that found their place."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.placed: set[int] = set()
        furniture = find_furniture(lines)
        self.sections = split_sections(
            [Line("") if number in furniture else line for number, line in enumerate(lines)]
        )
        self.found: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        """Read every part in turn."""
        basics = self._read_head()
        kinds = {section.kind for section in self.sections}
        if not kinds & {"work", "education", "volunteer", "projects"}:
            self._read_without_headings()
        for section in self.sections:
            if section.kind in {HEAD, OTHER, "contact"}:
                continue
            if section.heading is not None:
                self.placed.add(section.heading)
            self._read_section(section, basics)
        order = (
            "work",
            "volunteer",
            "education",
            "projects",
            "skills",
            "languages",
            "certificates",
            "publications",
            "awards",
        )
        document: dict[str, Any] = {"basics": basics} if basics else {}
        for key in (*order, "interests", "references"):
            if self.found.get(key):
                document[key] = self.found[key]
        return document

    def _add(self, key: str, entries: Sequence[dict[str, Any]]) -> None:
        self.found.setdefault(key, []).extend(entry for entry in entries if entry)

    def _read_section(self, section: Section, basics: dict[str, Any]) -> None:
        numbers = [number for number, _line in section.lines]
        lines = [_behind_label(section, line) for _number, line in section.lines]
        self.placed.update(numbers)
        numbered = list(zip(numbers, lines, strict=True))
        if section.kind == "summary":
            text = " ".join(texts_of(lines))
            basics["summary"] = f"{basics['summary']} {text}" if basics.get("summary") else text
        elif section.kind in {"work", "volunteer"}:
            work = work_of(group_entries(read_rows(numbered)))
            if section.kind == "volunteer":
                work = [
                    {("organization" if key == "name" else key): value for key, value in each.items()}
                    for each in work
                ]
            self._add(section.kind, work)
        elif section.kind == "education":
            self._add("education", education_of(group_entries(read_rows(numbered))))
        elif section.kind == "projects":
            self._add("projects", projects_of(group_entries(read_rows(numbered), head_rows=1)))
        elif section.kind == "publications":
            self._read_publications(numbered)
        else:
            self._read_list(section.kind, numbered)

    def _read_publications(self, numbered: Sequence[tuple[int, Line]]) -> None:
        rows = read_rows(numbered)
        if all(row.is_item for row in rows[:1]):
            entries = [Entry(head=[Row(0, text)]) for text in texts_of([line for _number, line in numbered])]
            self._add("publications", publications_of(entries))
        else:
            self._add("publications", publications_of(group_entries(rows)))

    def _read_list(self, kind: str, numbered: Sequence[tuple[int, Line]]) -> None:
        texts = texts_of([line for _number, line in numbered])
        if kind == "skills":
            skills, others = skills_of(texts)
            self._add("skills", skills)
            self._take_back(numbered, others)
        elif kind == "languages":
            self._add("languages", languages_of(texts))
        elif kind == "awards":
            self._add("awards", awards_of(texts))
        elif kind == "certificates":
            self._add("certificates", certificates_of(texts))
        elif kind == "interests":
            self._add("interests", [{"name": item} for text in texts for item in split_items(text)])
        else:
            self._add("references", [{"reference": text} for text in texts])

    def _take_back(self, numbered: Sequence[tuple[int, Line]], texts: Sequence[str]) -> None:
        """Lines of texts that found no place after all."""
        for number, line in numbered:
            words = line.text.lstrip("•-*– ").strip()
            if any(words in text or text in words for text in texts):
                self.placed.discard(number)

    def _read_head(self) -> dict[str, Any]:
        head = [
            entry for section in self.sections if section.kind in {HEAD, "contact"} for entry in section.lines
        ]
        basics, taken = find_basics([line for _number, line in head], self.lines)
        left = []
        for number, line in head:
            if is_placed(line.text, taken):
                self.placed.add(number)
            else:
                left.append((number, line))
        self._find_place(basics, taken, left)
        self._find_label(basics, left)
        self._find_summary(basics, left)
        for number, line in enumerate(self.lines):
            # A name or an address may stand once more at another place, as in the footer of a page.
            if number not in self.placed and line.text and is_placed(line.text, taken):
                self.placed.add(number)
        for section in self.sections:
            if section.kind == "contact" and section.heading is not None:
                self.placed.add(section.heading)
        return basics

    def _find_place(self, basics: dict[str, Any], taken: list[str], left: list[tuple[int, Line]]) -> None:
        parts = [
            part.strip(" ,")
            for _number, line in left[:12]
            for part in re.split(r"\s*(?:[\t|•·∙⋅]|\s[–—-]\s)\s*", line.text)
        ]
        for part in parts:
            place = ANNOUNCED.sub("", part)
            if is_place(place):
                basics["location"] = _location(place)
                taken.append(part)
                break
        for number, line in left[:]:
            if is_placed(line.text, taken):
                self.placed.add(number)
                left.remove((number, line))

    def _find_label(self, basics: dict[str, Any], left: list[tuple[int, Line]]) -> None:
        """What somebody calls themselves: a title near the top, or whatever short line stands right below the name."""
        name = basics.get("name", "")
        below = next(
            (self._next_filled(n) for n, line in enumerate(self.lines) if name and line.text == name), None
        )
        for number, line in left[:4]:
            is_short = len(line.text) <= SHORT and not line.text.endswith((".", ":")) and "@" not in line.text
            if is_short and (
                is_job_title(line.text) or (number == below and not re.search(r"\d", line.text))
            ):
                basics["label"] = line.text.replace("\t", ", ")
                self.placed.add(number)
                left.remove((number, line))
                return

    def _next_filled(self, number: int) -> int | None:
        return next((at for at in range(number + 1, len(self.lines)) if self.lines[at].text), None)

    def _find_summary(self, basics: dict[str, Any], left: list[tuple[int, Line]]) -> None:
        """Running text of the head: from its first long line on."""
        if not any(section.kind not in {HEAD, "contact"} for section in self.sections):
            return
        first = next((at for at, (_number, line) in enumerate(left) if _is_prose(line.text)), None)
        if first is None:
            return
        lines = list(
            takewhile(
                lambda each: "\t" not in each[1].text and not each[1].is_bold and not each[1].is_item,
                left[first:],
            )
        )
        if lines:
            basics["summary"] = " ".join(texts_of([line for _number, line in lines]))
            self.placed.update(number for number, _line in lines)

    def _read_without_headings(self) -> None:
        """Jobs and schools of a résumé that names no parts: they are told by their times, and kept where their words bear them out."""
        rest = [
            entry
            for section in self.sections
            if section.kind in {HEAD, OTHER}
            for entry in section.lines
            if entry[0] not in self.placed and not ADDRESS.search(entry[1].text) and "@" not in entry[1].text
        ]
        kinds: dict[int, str] = {}
        for number, line in rest:
            # A short list is one where it stands below another.
            kind = _list_kind(line.text, least=1 if kinds.get(number - 1) == "skills" else 3)
            if kind:
                kinds[number] = kind
        for number, kind in kinds.items():
            texts = [self.lines[number].text]
            self._add(kind, languages_of(texts) if kind == "languages" else skills_of(texts)[0])
        self.placed.update(kinds)
        rows = read_rows([entry for entry in rest if entry[0] not in kinds])
        first = next((at for at, row in enumerate(rows) if row.span), len(rows))
        while first and _may_head(rows[first - 1]):
            first -= 1
        entries = [entry for entry in group_entries(rows[first:]) if is_borne_out(entry)]
        schools = [entry for entry in entries if _is_school(entry)]
        self._add("work", work_of([entry for entry in entries if entry not in schools]))
        self._add("education", education_of(schools))
        self.placed.update(row.number for entry in entries for row in entry.rows)


def _may_head(row: Row) -> bool:
    return not row.is_sentence and not row.is_item and (row.is_bold or is_job_title(row.text))


def _behind_label(section: Section, line: Line) -> Line:
    """A line without the heading that stands on it."""
    if section.heading is not None or not section.title or line is not section.lines[0][1]:
        return line
    for sign in ("\t", ":"):
        label, found, behind = line.text.partition(sign)
        if sign == ":" and section.kind == "skills" and not SKILLS.search(label):
            # "Tools: …" names a group of skills as well.
            return line
        if found and label.strip().casefold() == section.title.casefold():
            return replace(line, text=behind.strip(), boxes=line.boxes[1:] if sign == "\t" else line.boxes)
    return line


def _location(text: str) -> dict[str, str]:
    """JSON Resume's `location` of a place as it was written; a country that is not written is not told."""
    parts = [part.strip() for part in text.split(",")]
    place = gazetteer().find(text)
    location = {"city": parts[0]}
    if place is not None and not place.city:
        location = {"region": parts[0]}
    for part in parts[1:]:
        is_region = place is not None and bool(gazetteer().regions(part, place.country))
        if is_region and "region" not in location:
            location["region"] = part
        elif country := gazetteer().country(part):
            location["countryCode"] = country
        else:
            location["city"] = f"{location.get('city', '')}, {part}".strip(", ")
    return location


def _is_prose(text: str) -> bool:
    return len(text) > PROSE and "@" not in text and text.count(" ") >= 7


def _list_kind(text: str, *, least: int) -> str:
    """What a line without a heading lists: languages, skills or ("") nothing; skills are `least` behind a label."""
    label = re.match(r"[^:：\t,]{2,40}[:：]\s*", text)
    items = split_items(text[label.end() :] if label else text)
    is_long = any(len(item.split()) > 4 for item in items)
    if not items or text.endswith(".") or is_long or re.search(r"(?:19|20)\d\d", text):
        return ""
    if sum(bool(LEVELS_OF_LANGUAGE.search(item)) for item in items) * 2 >= len(items):
        return "languages"
    is_list = len(items) >= (least if label else 4) and not any(
        is_place(item) or is_job_title(item) for item in items
    )
    return "skills" if is_list else ""


def _is_school(entry: Entry) -> bool:
    head = " ".join(row.text for row in entry.head)
    if is_job_title(head) and not DEGREE.search(head):
        return False
    return bool(SCHOOL.search(head) and (DEGREE.search(head) or not is_job_title(head))) or bool(
        re.match(DEGREE, head)
    )
