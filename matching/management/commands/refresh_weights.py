"""Count skills in postings and skill lists, and write a new version of the shipped skill weights."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from tqdm import tqdm

from matching.weights import DATA, GREATEST_RARITY, LEAST_RARITY, MOST_LIKE, MOST_NEIGHBORS, UNKNOWN_RARITY
from personas.taxonomy import Taxonomy, taxonomy

Lists = list[frozenset[str]]

SEEN_ENOUGH = 12  # mentions below which a skill's company says nothing sure about its kin
OUTSIDE_GROUP = 0.5  # what likeness of company counts for between skills of different groups
LEAST_LIKE = 18  # percent below which two skills are not told as near
COMMON = (
    0.08  # a skill of more than this share of postings keeps everybody's company: only its own group is near
)
# Technologies of one small group stand in for each other even where nobody names both (PostgreSQL in new postings,
# MySQL in old lists).
SMALL_GROUP = 20
SIBLING = 20
# Everybody's skills are near to none: teamwork is no half of leadership, and French no half of German.
ALONE = frozenset({"Personal skills", "Spoken languages", "Office software"})


class Command(BaseCommand):
    """Write matching/data/skill_weights.tsv.gz; the same input gives the same bytes."""

    help = _(
        "Count skills in postings and skill lists, and write a new version of the shipped skill weights."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files to count in and the file to write."""
        parser.add_argument(
            "--postings", type=Path, action="append", required=True, help=_("JSONL of postings, gzip")
        )
        parser.add_argument(
            "--lists", type=Path, action="append", required=True, help=_("JSONL of skill lists, gzip")
        )
        parser.add_argument(
            "--output", type=Path, default=DATA / "skill_weights.tsv.gz", help=_("file to write")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, weigh and write; say how much there is."""
        words = taxonomy()
        corpora: dict[str, Lists] = {}
        try:
            for path in options["postings"]:
                for tier, names in read_postings(path, words=words):
                    corpora.setdefault(f"postings {tier}", []).append(names)
            for path in options["lists"]:
                corpora.setdefault("lists", []).extend(read_lists(path, words=words))
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(_("The weights were not refreshed: %(error)s") % {"error": error}) from error
        shares = count_shares(list(corpora.values()))
        rarities = {key: rate(share) for key, share in shares.items()}
        near = find_neighbors(
            [names for lists in corpora.values() for names in lists], shares=shares, words=words
        )
        usual = find_usual(rarities, corpora.values())
        body = "".join(write_row(key, rarities[key], near.get(key, {})) for key in sorted(rarities))
        version = f"1-{hashlib.sha256(f'{usual}{body}'.encode()).hexdigest()[:10]}"
        text = f"#version {version}\t{usual}\n{body}"
        options["output"].write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
        self.stdout.write(
            _("%(version)s: %(skills)d skills, %(near)d of them with neighbors")
            % {"version": version, "skills": len(rarities), "near": len(near)}
        )


def read_postings(path: Path, *, words: Taxonomy) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the licence tier and the skill keys of each posting."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in tqdm(file, unit=" postings", disable=None):
            posting = json.loads(line)
            text = f"{posting['title']}.\n{posting.get('description_text') or posting['description'] or ''}"
            mentions = words.find(text, employer=posting["company"] or "")
            yield posting["licence_tier"], frozenset(mention.skill.lower() for mention in mentions)


def read_lists(path: Path, *, words: Taxonomy) -> Iterator[frozenset[str]]:
    """Yield the keys of the known skills of each list."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield frozenset(words.key(name) for name in json.loads(line)["skills"] if words.known(name))


def count_shares(corpora: Iterable[Lists]) -> dict[str, float]:
    """Return for each skill the mean, over the corpora, of the share of texts that name it (half a text added)."""
    counts = [(Counter(key for names in lists for key in names), len(lists)) for lists in corpora]
    keys = {key for count, _size in counts for key in count}
    return {key: sum((count[key] + 0.5) / (size + 1) for count, size in counts) / len(counts) for key in keys}


def rate(share: float) -> int:
    """Return the rarity of a skill that this share of postings names."""
    return min(max(round(-10 * math.log(share)), LEAST_RARITY), GREATEST_RARITY)


def find_usual(rarities: dict[str, int], corpora: Iterable[Lists]) -> int:
    """Return the median rarity over all mentions."""
    seen = Counter(rarities[key] for lists in corpora for names in lists for key in names)
    half, passed = sum(seen.values()) / 2, 0
    for rarity in sorted(seen):
        passed += seen[rarity]
        if passed >= half:
            return rarity
    return UNKNOWN_RARITY


def find_neighbors(lists: Lists, *, shares: dict[str, float], words: Taxonomy) -> dict[str, dict[str, int]]:
    """Return for each skill those that keep the same company, likeness in percent.

    The company of a skill is its row of positive pointwise mutual information with all others; likeness is half the
    cosine of two rows, less between skills of different groups.
    """
    seen = Counter(key for names in lists for key in names)
    keys = sorted(key for key, count in seen.items() if count >= SEEN_ENOUGH and _is_social(key, words))
    index = {key: place for place, key in enumerate(keys)}
    rows = _weigh_company(lists, index)
    likeness = rows @ rows.T
    groups = [skill.group if (skill := words.skill(key)) else "" for key in keys]
    small = _small_groups(words)
    near: dict[str, dict[str, int]] = {}
    for place, key in enumerate(keys):
        found: dict[str, int] = {}
        for other, name in enumerate(keys):
            same = groups[other] == groups[place]
            percent = round(MOST_LIKE * float(likeness[place, other]) * (1 if same else OUTSIDE_GROUP))
            if same and groups[place] in small:
                percent = max(percent, SIBLING)
            common = max(shares[key], shares[name]) > COMMON
            if other != place and percent >= LEAST_LIKE and (same or not common):
                found[name] = min(percent, MOST_LIKE)
        if found:
            near[key] = dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_NEIGHBORS])
    return near


def _small_groups(words: Taxonomy) -> frozenset[str]:
    members = Counter(skill.group for skill in words.skills() if skill.kind == "technology" and skill.group)
    return frozenset(group for group, count in members.items() if count <= SMALL_GROUP)


def _is_social(key: str, words: Taxonomy) -> bool:
    skill = words.skill(key)
    return skill is not None and skill.group not in ALONE


def _weigh_company(lists: Lists, index: dict[str, int]) -> npt.NDArray[np.float64]:
    """Return a row of unit length for each skill: what it stands together with more often than chance would have it."""
    together = np.zeros((len(index), len(index)))
    for names in lists:
        places = sorted(index[key] for key in names if key in index)
        for place in places:
            together[place, places] += 1 / len(places)
    np.fill_diagonal(together, 0)
    total = together.sum()
    # The exponent .75 on the context's share keeps rare company from ruling (Levy, Goldberg, Dagan 2015).
    context = together.sum(0) ** 0.75
    expected = np.outer(together.sum(1), context / max(context.sum(), 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(together / expected)
    rows = np.where(np.isfinite(information) & (total > 0), np.maximum(information, 0), 0)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: npt.NDArray[np.float64] = rows / np.where(length > 0, length, 1)
    return unit


def write_row(key: str, rarity: int, near: dict[str, int]) -> str:
    """Return the line of one skill in the weights file."""
    return f"{key}\t{rarity}\t{'|'.join(f'{other}:{percent}' for other, percent in near.items())}\n"
