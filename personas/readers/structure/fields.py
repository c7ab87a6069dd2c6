"""The fields of an entry from its head: which part names the job, the employer, the degree, the place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from personas.readers.structure.dates import Span
from personas.readers.structure.entries import Entry
from personas.readers.structure.rows import is_place
from personas.readers.structure.words import (
    DEGREE,
    LEGAL_FORMS,
    LEVEL_WORDS,
    ORGANIZATION_WORDS,
    SCHOOL,
    SCORE,
    TITLE_WORDS,
)

HARD = re.compile(r"\s*(?:\t|\n|\||[·•∙⋅]|;)\s*|\s+(?:[–—-]|@|//|::)\s+")
"""Signs that part the facts of a head beyond doubt."""
AT = re.compile(r"\s+(?:at|bei|chez|en|presso|bij)\s+(?=[A-ZÀ-Ý\d])")
ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w@.-])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|app|edu|de|fr|es|it|nl|co|uk|eu)(?:/\S*)?(?![\w@])",
    re.IGNORECASE,
)
DOI = re.compile(r"(?:doi:?\s*)?(?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s()]+)", re.IGNORECASE)
JOBS_FIRST, EMPLOYERS_FIRST = 1, -1


def work_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """JSON Resume's `work` of entries: the order that most heads show decides where one head alone is not clear."""
    parts = [_parts_of(entry) for entry in entries]
    votes = sum(_vote(each) for each, _place in parts)
    order = EMPLOYERS_FIRST if votes < 0 else JOBS_FIRST
    found: list[dict[str, Any]] = []
    employer = ""
    for entry, (texts, place) in zip(entries, parts, strict=True):
        position, name, rest = _job_and_employer(texts, order)
        if position and not name:
            # Several jobs below the name of one employer, which stands in a row of its own.
            name = employer
        else:
            employer = name if len(entry.head) > 1 and entry.head[0].span is None and texts[0] == name else ""
        work = {"name": name, "position": position, "location": entry.place or place}
        if rest:
            work["description"] = ", ".join(rest)
        if entry.span and not entry.span.is_span:
            # Somebody who tells one year worked in that year.
            work["startDate"] = entry.span.start
        found.append(_finish(work, entry, url=_url_of(entry)))
    return found


def education_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """JSON Resume's `education` of entries."""
    return [_school(entry) for entry in entries]


def projects_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """JSON Resume's `projects` of entries: the first row names it, further rows describe it."""
    found = []
    for entry in entries:
        texts = _texts_of(entry)
        name, _, behind = (texts[0] if texts else "").partition("\t")
        if not behind and (split := re.split(r"\s+[–—|-]\s+|:\s+", name, maxsplit=1))[1:]:
            name, behind = split
        url = _url_of(entry)
        described = [behind, *texts[1:], *entry.prose]
        kept = [text.replace("\t", ", ") for text in described if text and text.strip() != url]
        project = {"name": name.strip(), "description": " ".join(kept)}
        found.append(_finish(project, Entry(span=entry.span, items=entry.items), url=url))
    return found


def publications_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """JSON Resume's `publications` of entries; who wrote them stands in the summary."""
    found = []
    for entry in entries:
        texts = [*_texts_of(entry), *entry.prose, *entry.items]
        name, rest = (texts[0], texts[1:]) if texts else ("", [])
        publication: dict[str, Any] = {"name": name.replace("\t", " ")}
        summary = []
        for text in rest:
            if "url" not in publication and (doi := DOI.search(text)):
                publication["url"] = f"https://doi.org/{doi[1]}"
                behind = (text[: doi.start()] + text[doi.end() :]).strip(" ,;–—-")
                publisher = re.sub(r"^\((.*)\)$", r"\1", behind)
                if publisher:
                    publication["publisher"] = publisher
            else:
                summary.append(text.replace("\t", ", "))
        if entry.span:
            publication["releaseDate"] = entry.span.start
        if "url" not in publication and (url := _url_of(entry)):
            publication["url"] = url
        if summary:
            publication["summary"] = " ".join(summary)
        found.append(_filled(publication))
    return found


def _texts_of(entry: Entry) -> list[str]:
    """The texts of the head; a row that goes on with the one before is joined to it."""
    texts: list[str] = []
    for row in entry.head:
        if row.text.startswith("\n") and texts:
            texts[-1] = f"{texts[-1]} {row.text[1:]}"
        else:
            texts.append(row.text.strip("\n"))
    return texts


def _parts_of(entry: Entry) -> tuple[list[str], str]:
    """The facts of a head in order without its place, and the place."""
    texts = _texts_of(entry)
    parts = [
        part for text in texts for piece in HARD.split(text) for part in AT.split(piece) if part.strip(" ,")
    ]
    parts = [part.strip(" ,") for part in parts]
    place = ""
    kept: list[str] = []
    for number, part in enumerate(parts):
        if not place and not entry.place and number and is_place(part):
            place = part
        else:
            kept.append(part)
    if len(kept) == 1:
        kept, tail = _split_at_commas(kept[0], has_place=bool(place or entry.place))
        place = place or tail
    elif not place and not entry.place:
        for number, part in enumerate(kept):
            head, tail = _without_place(part)
            if tail and head:
                kept[number], place = head, tail
                break
    return kept, place


def _without_place(part: str) -> tuple[str, str]:
    """A part without the place at its end: "Acme, Berlin, Germany"; brackets count as commas."""
    if (found := re.fullmatch(r"(.+?)\s*\(([^()]+)\)", part)) and is_place(found[2]):
        return found[1], found[2]
    pieces = part.split(", ")
    for count in (3, 2, 1):
        if len(pieces) > count and is_place(", ".join(pieces[-count:])):
            return ", ".join(pieces[:-count]), ", ".join(pieces[-count:])
    return part, ""


def _split_at_commas(text: str, *, has_place: bool) -> tuple[list[str], str]:
    """The job and the employer of one text with commas, and the place behind them."""
    place = ""
    if not has_place:
        text, place = _without_place(text)
    pieces: list[str] = []
    for piece in text.split(", "):
        if pieces and piece.lower().strip(". ") in LEGAL_FORMS:
            pieces[-1] += f", {piece}"
        else:
            pieces.append(piece)
    if len(pieces) < 2:
        return pieces, place
    cuts = range(1, len(pieces))
    best = max(
        cuts, key=lambda cut: abs(_likeness(", ".join(pieces[:cut])) - _likeness(", ".join(pieces[cut:])))
    )
    return [", ".join(pieces[:best]), ", ".join(pieces[best:])], place


def _likeness(text: str) -> float:
    """How much a text reads like a job rather than like an employer, above and below nought."""
    words = re.findall(r"[\w-]+", text.casefold())
    if not words:
        return 0
    score = 0.0
    score += 2.0 * any(_is_title_word(word) for word in words)
    score += 0.5 * _is_title_word(words[-1])
    score += 1.0 * (words[0] in LEVEL_WORDS)
    # "Software Engineer" is a job and "Acme Software" an employer: such a word names what it ends.
    score -= (
        1.5 if words[-1] in ORGANIZATION_WORDS else 0.5 * any(word in ORGANIZATION_WORDS for word in words)
    )
    score -= 1.0 * (words[-1] in LEGAL_FORMS)
    return score


def _is_title_word(word: str) -> bool:
    return (
        word in TITLE_WORDS
        or word.rpartition("-")[2] in TITLE_WORDS
        or (word.endswith("s") and word[:-1] in TITLE_WORDS)
    )


def is_job_title(text: str) -> bool:
    """Whether a text reads like the name of a job."""
    return _likeness(text) > 0


def is_borne_out(entry: Entry) -> bool:
    """Whether the words of a head tell a job, an employer or a school, without a heading that says so."""
    texts = _texts_of(entry)
    parts = [part for text in texts for piece in HARD.split(text) for part in piece.split(", ")]
    return any(abs(_likeness(part)) >= 1 or SCHOOL.search(part) or DEGREE.match(part) for part in parts)


def _vote(parts: Sequence[str]) -> int:
    if len(parts) < 2:
        return 0
    difference = _likeness(parts[0]) - _likeness(parts[1])
    return (difference > 0.9) - (difference < -0.9)


def _job_and_employer(parts: Sequence[str], order: int) -> tuple[str, str, list[str]]:
    if not parts:
        return "", "", []
    if len(parts) == 1:
        return (parts[0], "", []) if _likeness(parts[0]) > 0 else ("", parts[0], [])
    first, second, *rest = parts
    difference = _likeness(first) - _likeness(second)
    if difference > 0.9 or (abs(difference) <= 0.9 and order == JOBS_FIRST):
        return first, second, rest
    return second, first, rest


def _school(entry: Entry) -> dict[str, Any]:
    pieces, place = _school_pieces(entry)
    found: dict[str, Any] = {"institution": "", "studyType": "", "area": ""}
    rest: list[str] = []
    for part in (part for piece in pieces for part in _split_school(piece)):
        _place_school_part(found, rest, part)
    if place:
        found["location"] = place
    for key in ("institution", "area"):
        if rest and not found[key]:
            found[key] = rest.pop(0)
    if rest:
        found["description"] = ", ".join(rest)
    items = []
    for item in entry.items:
        if "score" not in found and (score := SCORE.fullmatch(item)):
            found["score"] = score[1]
        else:
            items.append(item)
    return _finish(found, Entry(span=entry.span, items=items, prose=entry.prose), url="")


def _school_pieces(entry: Entry) -> tuple[list[str], str]:
    """What stands between the signs of a head, and the place among it."""
    place = entry.place
    pieces: list[str] = []
    for text in (piece.strip(" ,") for row in _texts_of(entry) for piece in HARD.split(row)):
        if text and not place and pieces and is_place(text):
            place = text
        elif text:
            pieces.append(text)
    for number, piece in enumerate(pieces if not place else []):
        head, tail = _without_place(piece)
        # "University of California, Berkeley" is one name; "ETH, Zürich, Switzerland" holds a place.
        if head and "," in tail and SCHOOL.search(head):
            pieces[number] = head
            return pieces, tail
    return pieces, place


def _place_school_part(found: dict[str, Any], rest: list[str], piece: str) -> None:
    if score := SCORE.fullmatch(piece):
        found.setdefault("score", score[1])
    elif degree := DEGREE.match(piece):
        behind = re.sub(r"^\s*(?:,|:|in\b|of\b|en\b|im\b|-|–)\s*", "", piece[degree.end() :]).strip(" ,")
        name = degree.group().strip()
        if found["studyType"] and found["studyType"] != name:
            rest.append(piece)
            return
        found["studyType"] = name
        if behind and not found["area"]:
            found["area"] = re.sub(r"^\((.*)\)$", r"\1", behind)
        elif behind:
            rest.append(behind)
    elif SCHOOL.search(piece) and not found["institution"]:
        found["institution"] = piece
    else:
        rest.append(piece)


def _split_school(piece: str) -> list[str]:
    """Degree and school of one text: "PhD Princeton University, Computer Science", "BSc in Physics, MIT"."""
    parts = piece.split(", ")
    found: list[str] = []
    for part in parts:
        degree = DEGREE.match(part)
        if (
            degree
            and SCHOOL.search(part[degree.end() :])
            and not re.match(r"\s*(?:in|of|,)\b", part[degree.end() :])
        ):
            found += [degree.group().strip(), part[degree.end() :].strip(" ,–—-")]
        elif (
            degree and (split := re.split(r"\s+(?:at|from|an der|à|de la)\s+(?=[A-Z])", part, maxsplit=1))[1:]
        ):
            found += split
        elif found and SCHOOL.search(found[-1]) and not DEGREE.match(found[-1]) and is_place(part):
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def _finish(fields: dict[str, Any], entry: Entry, *, url: str) -> dict[str, Any]:
    """The fields with url, dates, running text and items."""
    if url:
        fields["url"] = url
    fields |= _dates(entry.span)
    if entry.prose:
        fields["summary"] = " ".join(entry.prose)
    if entry.items:
        fields["highlights"] = list(entry.items)
    return _filled(fields)


def _dates(span: Span | None) -> dict[str, str]:
    if span is None:
        return {}
    # A single date of a school or a project is when it ended; JSON Resume has no other place for it.
    return {"startDate": span.start, "endDate": span.end} if span.is_span else {"endDate": span.start}


def _url_of(entry: Entry) -> str:
    for row in entry.head:
        if found := ADDRESS.search(row.text):
            return found.group()
    links = [link for row in entry.head for link in row.links if link.startswith("http")]
    return links[0] if len(set(links)) == 1 else ""


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in ("", [], None)}
