"""The parts of a résumé that are lists of short things: skills, languages, awards, certificates, interests, references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from personas.readers.lines import Line
from personas.readers.structure.dates import find_spans
from personas.readers.structure.entries import join
from personas.readers.structure.rows import BESIDE, DASH, FULL, INDENT, ITEM, is_place, without_markdown
from personas.readers.structure.words import LEVELS_OF_LANGUAGE

_LABEL = re.compile(r"([^:：\t,]{2,40})\s*(?:[:：]\s*\t?|\t)\s*(.+)", re.DOTALL)
_LEVEL = re.compile(r"(.+?)\s*(?:\(([^()]{2,60})\)|[:–—-]\s+(.{2,40})|\t\s*(.{2,40}))$", re.DOTALL)
_DIVIDED = re.compile(r"(?:\s+[–—|]\s+|\t|\s*[·•]\s*)(?![^(]*\))")
_HYPHENED = re.compile(r"\s+-\s+(?![^(]*\))")


def texts_of(lines: Sequence[Line]) -> list[str]:
    """The texts of a list's lines without the signs of items; a line that goes on with the one before is joined to it.

    A time at the right edge stands behind a tab at the end of its text.
    """
    edge = max((line.boxes[-1][1] for line in lines if line.boxes), default=0)
    texts: list[str] = []
    times: list[str] = []
    last: Line | None = None
    signed: tuple[float, str] | None = None
    for line in lines:
        written, time = _without_time(without_markdown(line.text))
        found = ITEM.match(written) if not DASH.match(written) else None
        left = line.boxes[0][0] if line.boxes else None
        is_below = signed is not None and left is not None and left > signed[0] + INDENT
        if found and is_below and signed is not None and written[0] in "–—-" and signed[1] not in "–—-":
            # A dash between two facts of an item that came to stand at the begin of a line.
            found = None
        is_item = line.is_item or found is not None
        text = written[found.end() :] if found else written
        may_go_on = bool(texts) and last is not None and not is_item
        if may_go_on and last is not None and (is_below or _goes_on(texts[-1], text, last, line, edge)):
            texts[-1] = join(texts[-1], text)
            times[-1] = times[-1] or time
        else:
            texts.append(text)
            times.append(time)
            signed = (left, line.text[0]) if is_item and left is not None else None
        last = line
    told = [f"{text}\t{time}" if time else text for text, time in zip(texts, times, strict=True)]
    return [text for text in told if text.strip()]


def _without_time(text: str) -> tuple[str, str]:
    """A text without the cell at its end that is nothing but a time, and that cell."""
    head, tab, tail = text.rpartition("\t")
    spans = find_spans(tail) if tab and head else []
    is_time = any(not (tail[: span.begin] + tail[span.stop :]).strip(" ()") for span in spans)
    return (head, tail) if is_time else (text, "")


def _goes_on(before: str, text: str, last: Line, line: Line, edge: float) -> bool:
    if before.endswith((",", "-", "–", "—", "/", "&", "(")) or text[:1].islower():
        return True
    if before.count("(") > before.count(")"):
        return True
    if not last.boxes or not line.boxes:
        return False
    width = (line.boxes[0][1] - line.boxes[0][0]) / max(len(text), 1) * (len(text.split(maxsplit=1)[0]) + 1)
    if _without_time(last.text)[1]:
        # Beside a time the text had less room.
        room, right = last.boxes[-1][0] - BESIDE, last.boxes[0][1]
        return len(line.boxes) == 1 and line.is_bold == last.is_bold and right + width * FULL > room
    is_hanging = line.boxes[0][0] > last.boxes[0][0] + INDENT
    is_full = last.boxes[-1][1] + width * FULL > edge
    return is_full and (is_hanging or ("," in before and not _LABEL.match(text)))


def split_items(text: str) -> list[str]:
    """What stands between commas and the like, brackets left whole."""
    found, depth, piece = [], 0, ""
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if depth <= 0 and sign in ",;|•·\t、،":
            found.append(piece)
            piece = ""
        else:
            piece += sign
    return [each for part in [*found, piece] if (each := part.strip(" .")) and re.search(r"\w", each)]


def skills_of(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """JSON Resume's `skills`, and texts that are no list of skills."""
    found: list[dict[str, Any]] = []
    others = []
    for text in texts:
        label = _LABEL.fullmatch(text)
        if label and len(label[1].split()) <= 5:
            keywords = split_items(label[2])
            found.append(
                {"name": label[1].strip(), "keywords": keywords} if keywords else {"name": label[1].strip()}
            )
            continue
        items = split_items(text)
        if any(len(item) > 60 for item in items) or (text.endswith(".") and text.count(" ") > 8):
            others.append(text)
            continue
        for item in items:
            leveled = re.fullmatch(r"(.+?)\s*\(([^()]{2,30})\)", item)
            is_level = leveled is not None and re.search(
                r"year|jahr|expert|advanced|intermediate|beginner|basic|proficient|fluent|sehr gut|gut|\d",
                leveled[2],
                re.IGNORECASE,
            )
            found.append(
                {"name": leveled[1], "level": leveled[2]} if leveled and is_level else {"name": item}
            )
    return found, others


def languages_of(texts: Sequence[str]) -> list[dict[str, Any]]:
    """JSON Resume's `languages`."""
    found = []
    for text in texts:
        whole = _LEVEL.fullmatch(text)
        pieces = (
            [text]
            if whole and "\t" in text and text.count("\t") == 1 and "," not in text
            else split_items(text)
        )
        for piece in pieces:
            leveled = _LEVEL.fullmatch(piece)
            if leveled:
                fluency = next(filter(None, leveled.groups()[1:]))
                found.append({"language": leveled[1].strip(), "fluency": fluency.strip()})
            elif (level := LEVELS_OF_LANGUAGE.search(piece)) and piece[: level.start()].strip(" ,:"):
                found.append(
                    {
                        "language": piece[: level.start()].strip(" ,:"),
                        "fluency": piece[level.start() :].strip(),
                    }
                )
            else:
                found.append({"language": piece})
    return found


def awards_of(texts: Sequence[str]) -> list[dict[str, Any]]:
    """JSON Resume's `awards`."""
    found = []
    for text in texts:
        title, date = _without_date(text)
        pieces = _divide(title)
        award = {"title": pieces[0]} if pieces else {}
        if len(pieces) > 1:
            award["awarder"] = ", ".join(pieces[1:])
        if date:
            award["date"] = date
        if award:
            found.append(award)
    return found


def certificates_of(texts: Sequence[str]) -> list[dict[str, Any]]:
    """JSON Resume's `certificates`."""
    found = []
    for text in texts:
        title, date = _without_date(text)
        pieces = _divide(title)
        if len(pieces) == 1:
            head, comma, tail = pieces[0].rpartition(", ")
            pieces = [head, tail] if comma and not is_place(tail) else pieces
        if pieces:
            certificate = {"name": pieces[0]}
            if len(pieces) > 1:
                certificate["issuer"] = ", ".join(pieces[1:])
            if date:
                certificate["date"] = date
            found.append(certificate)
    return found


def _divide(text: str) -> list[str]:
    """What stands between signs that part beyond doubt; between hyphens only where there are no others."""
    sign = _DIVIDED if _DIVIDED.search(text) else _HYPHENED
    return [piece.strip(" ,") for piece in sign.split(text) if piece.strip(" ,")]


def _without_date(text: str) -> tuple[str, str]:
    """A text without the one date at its begin or end, and the date; a span of time stays in the text."""
    spans = find_spans(text)
    if not spans:
        return text, ""
    span = spans[-1]
    before, behind = text[: span.begin], text[span.stop :]
    if span.is_span:
        return text, span.start
    if not behind.strip(" )].,"):
        bracket = before.rstrip()[-1:] in {"(", "["}
        if bracket or before.rstrip(" ").endswith((",", "–", "—", "-", "\t", "|", "·", ":")):
            return before.rstrip(" ,–—-|·:\t(["), span.start
    elif not before.strip(" (["):
        return behind.lstrip(" )],:–—-|·\t"), span.start
    return text, span.start
