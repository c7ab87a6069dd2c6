"""Languages of courses and of people: codes, names, and which of them somebody understands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import pycountry
from django.utils.translation import get_language_info

from personas.taxonomy import taxonomy

# Names of the taxonomy that ISO 639 writes otherwise.
_OTHERWISE = {
    "Cantonese": "zh",
    "Greek": "el",
    "Malay": "ms",
    "Mandarin": "zh",
    "Punjabi": "pa",
    "Swahili": "sw",
}


def base_of(code: str) -> str:
    """Give the language of a code without region or script: pt of pt-BR."""
    return code.partition("-")[0].lower()


@cache
def code_of(skill_name: str) -> str:
    """Give the ISO 639-1 code of a spoken language by its name among the skills; "" for any other skill."""
    skill = taxonomy().skill(skill_name)
    if skill is None or skill.kind != "language":
        return ""
    known: Any = pycountry.languages.get(name=skill.name)
    return _OTHERWISE.get(skill.name) or str(getattr(known, "alpha_2", ""))


def spoken_by(*, locale: str, skill_names: Iterable[str]) -> tuple[str, ...]:
    """Give the languages that somebody reads pages in and names as skills, their own first."""
    return tuple(dict.fromkeys([base_of(locale), *filter(None, map(code_of, skill_names))]))


def name_of(code: str) -> str:
    """Give the name of a language for a person; its code where nobody knows it."""
    base = base_of(code)
    try:
        return str(get_language_info(base)["name_translated"])
    except KeyError:
        known: Any = pycountry.languages.get(alpha_2=base) or pycountry.languages.get(alpha_3=base)
        return str(known.name) if known else code
