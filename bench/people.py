"""Many different personas, made of the ten sketches: other titles, skills, levels, places, wishes, pay, weights, exclusions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.postings import sketch_personas
from matching.scoring import DEFAULT_WEIGHTS, LEVELS, PersonaFacts, Weights
from matching.weights import skill_weights
from personas.gazetteer import Place, gazetteer
from personas.taxonomy import taxonomy

TITLES: Mapping[str, tuple[str, ...]] = {
    "nurse": ("Nurse Practitioner", "Licensed Practical Nurse", "Nursing Assistant", "Psychiatric Nurse"),
    "civil engineer": (
        "Environmental Engineer",
        "Transportation Engineer",
        "Engineering Technician",
        "Surveyor",
    ),
    "data scientist": ("Statistician", "Data Analyst", "Data Engineer", "Operations Research Analyst"),
    "teacher": ("High School Teacher", "Instructor", "Training Specialist", "Teacher Aide"),
    "remote designer": ("Graphic Designer", "Web Designer", "Visual Information Specialist"),
    "security analyst": (
        "Network Administrator",
        "IT Specialist",
        "Systems Administrator",
        "Cybersecurity Engineer",
    ),
    "accountant": ("Auditor", "Budget Analyst", "Financial Analyst", "Payroll Clerk", "Cashier"),
    "warehouse lead": ("Supply Technician", "Forklift Operator", "Logistics Specialist", "Driver"),
    "product manager": ("Program Manager", "Project Manager", "Marketing Manager", "Sales Manager"),
    "policy analyst": ("Program Analyst", "Management Analyst", "Economist", "Attorney"),
}
PLACES = [
    "Los Angeles, CA",
    "San Diego, CA",
    "San Francisco, CA",
    "Sacramento, CA",
    "Denver, CO",
    "Chicago, IL",
    "New York, NY",
    "Boston, MA",
    "Washington, DC",
    "Baltimore, MD",
    "Seattle, WA",
    "Austin, TX",
    "Houston, TX",
    "Phoenix, AZ",
    "Atlanta, GA",
    "Miami, FL",
    "Texas",
    "California",
    "United States",
    "Germany",
    "Addis Ababa, Ethiopia",
    "Ethiopia",
]
INDUSTRIES = ("government", "health_care", "education", "construction", "technology")
_WORKPLACES = ("any", "onsite", "hybrid", "remote")


def vary_personas(count: int, *, companies: Sequence[str] = ()) -> list[PersonaFacts]:
    """Give so many different personas, the ten sketches first; always the same ones."""
    sketches = list(sketch_personas().items())
    made = []
    for number in range(count):
        name, sketch = sketches[number % len(sketches)]
        made.append(sketch if number < len(sketches) else _vary(name, sketch, number, companies))
    return made


def try_weights(persona: PersonaFacts, number: int) -> PersonaFacts:
    """Give a persona under other weights, other ones for every number."""
    rng = random.Random(number)
    return replace(persona, weights=Weights(*(5 * rng.randint(1, 20) for _ in range(5))))


def _vary(name: str, sketch: PersonaFacts, number: int, companies: Sequence[str]) -> PersonaFacts:
    rng = random.Random(number)
    minimum = int((sketch.minimum_salary or 0) * rng.randint(60, 140) / 100)
    held = _vary_skills(sketch.held, rng)
    changed: dict[str, Any] = {
        "titles": tuple(_some((*sketch.titles, *TITLES[name]), rng, least=1, most=3)),
        "held": held,
        "required_skills": tuple(_name_all(_some(sorted(held), rng, most=1))) if rng.random() < 0.25 else (),
        "nice_to_have_skills": tuple(_name_all(_some(_list_near(held), rng, most=2))),
        "minimum_salary": minimum if rng.random() < 0.8 else None,
        "places": tuple(_find(place) for place in _some(PLACES, rng, most=2)),
        "remote_preference": rng.choice(_WORKPLACES),
        "industries": tuple(_some(INDUSTRIES, rng, most=2)) if rng.random() < 0.4 else (),
        "excluded_companies": tuple(_some(companies, rng, most=3)) if rng.random() < 0.25 else (),
        "weights": DEFAULT_WEIGHTS,
    }
    if number % 16 == 7:
        changed["titles"] = ()
    elif number % 16 == 11:
        changed |= {"held": {}, "required_skills": (), "nice_to_have_skills": ()}
    made = replace(sketch, **changed)
    return made if rng.random() < 0.5 else try_weights(made, number)


def _vary_skills(held: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    levels = list(LEVELS)
    kept = _some(sorted(held), rng, least=2, most=len(held))
    learned = _some([key for key in _list_near(held) if key not in held], rng, most=5)
    return {key: rng.choice(levels) for key in (*kept, *learned)}


def _list_near(held: Mapping[str, str]) -> list[str]:
    """Give the keys of the skills next to the held ones."""
    return sorted({near for key in held for near in skill_weights().adjacent(key)})


def _some(values: Sequence[str], rng: random.Random, *, most: int, least: int = 0) -> list[str]:
    return rng.sample(list(values), min(len(values), rng.randint(least, max(least, most))))


def _name_all(keys: Sequence[str]) -> list[str]:
    return [taxonomy().canonical(key) for key in keys]


def _find(name: str) -> Place:
    place = gazetteer().find(name)
    if place is None:
        raise LookupError(f"the gazetteer does not know {name}; name another place")
    return place
