"""The shipped data that scoring reads, brought together once and named by one version."""

from __future__ import annotations

from functools import cache

from matching.scoring import Knowledge
from matching.titles import title_bank
from matching.weights import skill_weights
from personas.money import exchange_rates
from personas.taxonomy import taxonomy


@cache
def shipped_knowledge() -> Knowledge:
    """Load the taxonomy and skill weights of this release; version names them, the title bank and the exchange rates."""
    skills, weights, titles = taxonomy(), skill_weights(), title_bank()
    return Knowledge(
        version=f"{skills.version}+{weights.version}+{titles.version}+{exchange_rates().version}",
        skill_key=cache(skills.key),
        rarity=weights.rarity,
        usual_rarity=weights.usual,
        adjacent=weights.adjacent,
    )
