"""The story of an application: its steps and the notes between them, the newest first, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autoapply.models import Application, ApplicationEvent, Note
from autoapply.state_words import reason_words


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment: what happened, who did it and why ("" for a note, and where nobody said), or the note."""

    at: datetime
    text: str
    actor: str = ""
    why: str = ""
    note: Note | None = None


STATUS_WORDS: Mapping[str, Any] = {
    "queued": gettext_lazy("Put in the queue."),
    "preparing": gettext_lazy("Preparation began."),
    "parked": gettext_lazy("Stopped before anything was sent."),
    "review": gettext_lazy("Ready, and waiting for you."),
    "held": gettext_lazy("Approved, and held before it is sent."),
    "submitting": gettext_lazy("Sending began."),
    "submitted": gettext_lazy("Sent."),
    "failed": gettext_lazy("Not accepted."),
    "unknown": gettext_lazy("In doubt: it may or may not have arrived."),
    "cancelled": gettext_lazy("Cancelled."),
    "withdrawn": gettext_lazy("Withdrawn."),
}
"""What happened when an application came to a state."""


def tell_story(*, events: Iterable[ApplicationEvent], notes: Iterable[Note]) -> list[Entry]:
    """Every step and note, the newest first; what one move changed stands together."""
    # Moves share their time, and nothing else does: it is the clock's.
    steps = sorted(events, key=lambda event: (event.at, event.pk))
    told = [_told(list(move)) for _at, move in groupby(steps, key=lambda event: event.at)]
    told += [Entry(note.created_at, note.body, note=note) for note in notes]
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def _told(move: list[ApplicationEvent]) -> Entry:
    text = " ".join(map(_sentence, move))
    # Both halves of one move have the same reason; where a person set a stage there need be none.
    because = move[0].because
    return Entry(
        move[0].at,
        text,
        actor=str(Application.Actor(move[0].actor).label),
        why=reason_words(because) if because else "",
    )


def _sentence(event: ApplicationEvent) -> str:
    if event.kind == ApplicationEvent.Kind.STATUS:
        return str(STATUS_WORDS[event.moved_to])
    names = {"after": _stage(event.moved_to), "before": _stage(event.moved_from)}
    if event.moved_from:
        return _("Stage moved from “%(before)s” to “%(after)s”.") % names
    return _("Stage: “%(after)s”.") % names


def _stage(code: str) -> str:
    return str(Application.Stage(code).label) if code else ""
