"""What a suggestion about weights or a persona would do to the client's matches: ranked before and after, nothing saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from coaching.models import Suggestion
from coaching.proposals import WEIGHTS, check_proposal
from matching.ranking import RankedPage, RankedRow, rank_open_jobs
from matching.scoring import Weights
from personas.models import Persona

if TYPE_CHECKING:
    from personas.models import User

SHOWN = 5
"""The best jobs that are compared."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The best jobs of one persona now and then, and how many match."""

    persona: Persona
    now: Sequence[RankedRow]
    then: Sequence[RankedRow]
    total_now: int
    total_then: int

    @property
    def is_same(self) -> bool:
        """Whether the best jobs stay, in their order."""
        return [row.job.pk for row in self.now] == [row.job.pk for row in self.then]


def foresee(*, suggestion: Suggestion, client: User) -> Effect | None:
    """What accepting would do to the best matches; None where it would do nothing to them or no persona is there.

    Weights count for all personas; they are shown for the active one.
    """
    kept, faults = check_proposal(suggestion.kind, suggestion.proposal)
    if faults or suggestion.kind not in (Suggestion.Kind.WEIGHTS, Suggestion.Kind.PERSONA):
        return None
    own = Persona.objects.owned_by(client).select_related("preferences")
    if suggestion.kind == Suggestion.Kind.PERSONA:
        own = own.filter(pk=suggestion.persona_id)
    persona = own.order_by("-is_active", "name", "pk").first()
    if persona is None:
        return None
    now = rank_open_jobs(persona=persona, size=SHOWN)
    then = _rank_then(suggestion, persona, kept)
    return Effect(persona, now.rows, then.rows, now.total, then.total)


def _rank_then(suggestion: Suggestion, persona: Persona, proposed: Mapping[str, Any]) -> RankedPage:
    if suggestion.kind == Suggestion.Kind.WEIGHTS:
        weights = Weights(*(int(Decimal(proposed[field]) * 100) for field in WEIGHTS))
        return rank_open_jobs(persona=persona, weights=weights, size=SHOWN)
    # A copy that is never saved: ranking reads what it holds.
    changed = Persona.objects.select_related("preferences").get(pk=persona.pk)
    for field, value in proposed.items():
        if field not in ("name", "description"):
            setattr(changed.preferences, field, value)
    return rank_open_jobs(persona=changed, size=SHOWN)
