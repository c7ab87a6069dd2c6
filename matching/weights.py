"""How much each skill weighs, and which skills are close to which: shipped numbers, never read from live postings."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).parent / "data"

# Rarity is ten times the natural logarithm of one over the share of postings that name the skill. Below 15 (a skill of
# every fifth posting) a skill would hardly count; above 60 (one posting in four hundred) the counts are too few to tell
# a rare skill from a misread word, so that no skill weighs more than four times another.
LEAST_RARITY = 15
GREATEST_RARITY = 60
# A name that no corpus holds may be rare or only misspelled: it weighs like a skill of one posting in ninety.
UNKNOWN_RARITY = 45
MOST_LIKE = 50  # percent: the nearest skill replaces half of another at most
MOST_NEIGHBORS = 12

_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SkillWeights:
    """Rarity (15-60) and neighbors (key to percent, 1-50) by skill key; `usual` is the median rarity of a mention."""

    version: str
    usual: int
    rarities: Mapping[str, int]
    neighbors: Mapping[str, Mapping[str, int]]

    def rarity(self, skill: str) -> int:
        """Return the weight of a skill by its key or canonical name, bigger when fewer postings name it."""
        return self.rarities.get(skill.lower(), UNKNOWN_RARITY)

    def adjacent(self, skill: str) -> Mapping[str, int]:
        """Return the keys of at most 12 skills near this one, each with its likeness in percent, at most 50."""
        return self.neighbors.get(skill.lower(), _NONE)


def read_weights(lines: Iterable[str]) -> SkillWeights:
    """Read the lines of a weights file; raises ValueError naming the line that is wrong."""
    rarities: dict[str, int] = {}
    neighbors: dict[str, Mapping[str, int]] = {}
    version, usual = "", UNKNOWN_RARITY
    for number, line in enumerate(lines, start=1):
        fields = line.rstrip("\n").split("\t")
        try:
            if number == 1:
                version, usual = fields[0].removeprefix("#version "), int(fields[1])
                continue
            key, rarity, near = fields
            rarities[key] = _checked(int(rarity), LEAST_RARITY, GREATEST_RARITY)
            if near:
                pairs = (item.rpartition(":") for item in near.split("|"))
                neighbors[key] = MappingProxyType(
                    {other: _checked(int(like), 1, MOST_LIKE) for other, _, like in pairs}
                )
        except (ValueError, IndexError) as error:
            raise ValueError(f"skill weights, line {number}: {error}") from error
    return SkillWeights(version, usual, MappingProxyType(rarities), MappingProxyType(neighbors))


@cache
def skill_weights() -> SkillWeights:
    """Return the shipped weights, read once."""
    with gzip.open(DATA / "skill_weights.tsv.gz", "rt", encoding="utf-8") as file:
        return read_weights(file)


def _checked(number: int, least: int, greatest: int) -> int:
    if not least <= number <= greatest:
        raise ValueError(f"{number} is not between {least} and {greatest}")
    return number
