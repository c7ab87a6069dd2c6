"""One page of the feed, best first, found by what the page before ended with, so that paging stays stable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

if TYPE_CHECKING:
    from matching.models import Match, MatchQuerySet

PAGE_SIZE = 20

_CURSOR = re.compile(r"([01])_([0-9]{1,3}\.[0-9]{2})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class CursorInvalid(ValueError):
    """Raised for a cursor that no page of ours ever made."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: where too little is known to judge come last, then the score falls, then the id."""

    too_little_known: bool
    score: Decimal
    pk: UUID

    def __str__(self) -> str:
        """The cursor as it stands in an address."""
        return f"{int(self.too_little_known)}_{self.score}_{self.pk}"

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that a cursor names, spelled just as it is written; CursorInvalid when it names none."""
        found = _CURSOR.fullmatch(text)
        if not found or Decimal(found[2]) > 100:
            raise CursorInvalid(text)
        return cls(found[1] == "1", Decimal(found[2]), UUID(found[3]))

    @classmethod
    def of(cls, match: Match) -> Place:
        """The place of a match that was read best first."""
        return cls(match.too_little_known, match.match_score, match.pk)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Page:
    """Matches of one page, with the cursors of its neighbors (empty at either end)."""

    matches: list[Match]
    before: str
    after: str


def read_page(matches: MatchQuerySet, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """The page after or before a cursor, the first one without; raises CursorInvalid."""
    ordered = matches.best_first()
    if before:
        place = Place.read(before)
        found = list(ordered.reverse().filter(_better_than(place))[: size + 1])
        more_before, more_after = len(found) > size, True
        found = found[:size][::-1]
    else:
        if after:
            ordered = ordered.filter(_worse_than(Place.read(after)))
        found = list(ordered[: size + 1])
        more_before, more_after = bool(after), len(found) > size
        found = found[:size]
    return Page(
        matches=found,
        before=str(Place.of(found[0])) if found and more_before else "",
        after=str(Place.of(found[-1])) if found and more_after else "",
    )


def _worse_than(place: Place) -> Q:
    same = Q(too_little_known=place.too_little_known)
    lower = same & (Q(match_score__lt=place.score) | Q(match_score=place.score, pk__gt=place.pk))
    return lower | Q(too_little_known__gt=place.too_little_known)


def _better_than(place: Place) -> Q:
    same = Q(too_little_known=place.too_little_known)
    higher = same & (Q(match_score__gt=place.score) | Q(match_score=place.score, pk__lt=place.pk))
    return higher | Q(too_little_known__lt=place.too_little_known)
