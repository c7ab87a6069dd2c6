"""Skill weights: rarity, neighbors, and the command that counts them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from matching.management.commands.refresh_weights import Command, find_usual, rate
from matching.weights import (
    GREATEST_RARITY,
    LEAST_RARITY,
    MOST_LIKE,
    MOST_NEIGHBORS,
    UNKNOWN_RARITY,
    read_weights,
    skill_weights,
)
from personas.taxonomy import taxonomy


def test_rarity_grows_as_skills_get_rarer() -> None:
    weights = skill_weights()

    order = [weights.rarity(name) for name in ("Communication skills", "Python", "Kubernetes", "Vue")]

    assert order == sorted(order)
    assert order[0] < order[-1]


def test_rarity_takes_names_and_keys() -> None:
    assert skill_weights().rarity("Python") == skill_weights().rarity("python") != UNKNOWN_RARITY


def test_rarity_of_the_unknown_is_stated() -> None:
    assert skill_weights().rarity("zorgblatt") == UNKNOWN_RARITY
    assert dict(skill_weights().adjacent("zorgblatt")) == {}


def test_shipped_weights_keep_their_bounds() -> None:
    weights = skill_weights()

    assert weights.version.startswith("1-")
    assert LEAST_RARITY < weights.usual < GREATEST_RARITY
    assert all(LEAST_RARITY <= rarity <= GREATEST_RARITY for rarity in weights.rarities.values())
    assert all(len(near) <= MOST_NEIGHBORS for near in weights.neighbors.values())
    assert all(1 <= like <= MOST_LIKE for near in weights.neighbors.values() for like in near.values())
    assert all(key not in near for key, near in weights.neighbors.items())


def test_shipped_keys_are_keys_of_the_taxonomy() -> None:
    words = taxonomy()
    weights = skill_weights()
    keys = {*weights.rarities, *(other for near in weights.neighbors.values() for other in near)}

    assert [key for key in keys if words.key(key) != key] == []


@pytest.mark.parametrize(
    ("skill", "near"),
    [
        ("react", "vue"),
        ("vue", "react"),
        ("postgresql", "mysql"),
        ("docker", "kubernetes"),
        ("accounting", "auditing"),
        ("nursing", "patient care"),
        ("gis", "arcgis"),
    ],
)
def test_adjacent_knows_kin(skill: str, near: str) -> None:
    assert near in skill_weights().adjacent(skill)


@pytest.mark.parametrize("skill", ["communication skills", "teamwork", "english", "german"])
def test_adjacent_keeps_everybodys_skills_alone(skill: str) -> None:
    assert dict(skill_weights().adjacent(skill)) == {}


def test_adjacent_does_not_tie_excel_to_everything() -> None:
    near = skill_weights().adjacent("microsoft excel")

    assert len(near) <= 6
    assert "python" not in near


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["#version 1\n"], "line 1"),
        (["#version 1\t45\n", "python\t99\t\n"], "line 2: 99 is not between 15 and 60"),
        (["#version 1\t45\n", "python\t30\n"], "line 2"),
        (["#version 1\t45\n", "python\t30\truby:51\n"], "line 2: 51 is not between 1 and 50"),
    ],
)
def test_read_weights_names_the_wrong_line(lines: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_weights(lines)


def test_rate_stays_within_its_bounds() -> None:
    assert rate(0.9) == LEAST_RARITY
    assert rate(0.1) == 23
    assert rate(0.00001) == GREATEST_RARITY


def test_usual_is_the_median_mention() -> None:
    assert find_usual({"a": 20, "b": 30}, [[frozenset("ab"), frozenset("a")]]) == 20
    assert find_usual({}, []) == UNKNOWN_RARITY


def test_refresh_counts_and_repeats_itself(tmp_path: Path) -> None:
    arguments = _write_sources(tmp_path)

    for name in ("once.gz", "twice.gz"):
        call_command(Command(), *arguments, f"--output={tmp_path / name}", verbosity=0)

    assert (tmp_path / "once.gz").read_bytes() == (tmp_path / "twice.gz").read_bytes()
    with gzip.open(tmp_path / "once.gz", "rt", encoding="utf-8") as file:
        weights = read_weights(file)
    assert weights.rarity("SQL") < weights.rarity("React")
    assert "vue" in weights.adjacent("react")
    assert "welding" not in weights.adjacent("react")


def test_refresh_explains_a_missing_file(tmp_path: Path) -> None:
    arguments = _write_sources(tmp_path)
    (tmp_path / "lists.gz").unlink()

    with pytest.raises(CommandError, match=r"The weights were not refreshed: .*lists.gz"):
        call_command(Command(), *arguments, f"--output={tmp_path / 'out.gz'}", verbosity=0)


def _write_sources(folder: Path) -> list[str]:
    """Write twenty postings and forty lists and return the command's arguments."""
    posting = {
        "licence_tier": "A",
        "title": "Developer",
        "company": None,
        "description": "We write SQL and TypeScript.",
    }
    lists = [
        ["React", "SQL", "TypeScript"],
        ["vuejs", "SQL", "TypeScript"],
        ["Welding", "Carpentry"],
        ["Plumbing", "SQL"],
    ]
    (folder / "postings.gz").write_bytes(gzip.compress("".join(f"{json.dumps(posting)}\n" * 20).encode()))
    lines = "".join(f"{json.dumps({'skills': names})}\n" for names in lists * 15)
    (folder / "lists.gz").write_bytes(gzip.compress(lines.encode()))
    return [f"--postings={folder / 'postings.gz'}", f"--lists={folder / 'lists.gz'}"]
