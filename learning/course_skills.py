"""Which skills a course teaches, told by the topic that it is listed under and by its title.

The rule, in words: a topic stands for the skills of `data/topic_skills.txt`, else for the skill of its own name where the taxonomy has
one. Technologies and fields that a title names are taught as well. Of a topic that stands for several skills (HTML and CSS) a
title that names some of them means only those. Nothing else is concluded: a course that may teach more is not said to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from personas.taxonomy import Taxonomy, taxonomy

TOPICS = Path(__file__).parent / "data" / "topic_skills.txt"
# A title names tools and fields; that it says "communication" or "English" is mostly about how it is taught.
_NAMED_BY_TITLES = frozenset({"technology", "knowledge"})


@dataclass(frozen=True, slots=True)
class Taught:
    """A skill that a course teaches: its name and key in the taxonomy, and how that is known (topic, title or stated)."""

    name: str
    key: str
    because: str


@cache
def topic_skills() -> Mapping[str, tuple[str, ...]]:
    """Read the table of topics; raises ValueError naming the line that is wrong."""
    table: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(TOPICS.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        topic, equals, skills = line.partition(" = ")
        if not equals:
            raise ValueError(f"{TOPICS.name}, line {number}: write “topic = skill, skill” or “topic = -”")
        table[topic.casefold()] = () if skills == "-" else tuple(skills.split(", "))
    return table


def read_skills(
    *, title: str, topic: str, stated: tuple[str, ...] = (), words: Taxonomy | None = None
) -> tuple[Taught, ...]:
    """Give what a course teaches, each skill once: what its source states, then its topic, then its title."""
    words = words or taxonomy()
    found = (words.skill(mention.skill) for mention in words.find(title))
    named = {skill.name for skill in found if skill is not None and skill.kind in _NAMED_BY_TITLES}
    of_topic = _skills_of_topic(topic, words)
    if len(of_topic) > 1 and named.intersection(of_topic):
        of_topic = [name for name in of_topic if name in named]
    taught: dict[str, Taught] = {}
    for names, because in ((stated, "stated"), (of_topic, "topic"), (sorted(named), "title")):
        for name in names:
            key = words.key(name)
            taught.setdefault(key, Taught(words.canonical(name), key, because))
    return tuple(taught.values())


def _skills_of_topic(topic: str, words: Taxonomy) -> list[str]:
    if not topic:
        return []
    table = topic_skills()
    if topic.casefold() in table:
        return [words.canonical(name) for name in table[topic.casefold()]]
    return [words.canonical(topic)] if words.known(topic) else []
