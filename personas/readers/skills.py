"""Skills that a résumé names, proposed with the line that says so; a person confirms them, nobody adds them."""

from __future__ import annotations

from dataclasses import dataclass

from personas.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Proposal:
    """A skill by its canonical name, and the words of the résumé around its first mention."""

    skill: str
    evidence: str


def proposed_skills(text: str) -> tuple[Proposal, ...]:
    """Every skill that the text names, once, in the order in which it names them."""
    first: dict[str, str] = {}
    for mention in taxonomy().find(text):
        first.setdefault(mention.skill, mention.evidence.replace("\t", " "))
    return tuple(Proposal(skill, evidence) for skill, evidence in first.items())
