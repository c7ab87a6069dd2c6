"""What a suggestion of each kind may propose: its shape, and a sentence for whatever it may not hold; pure.

weights: {"name", "skill_weight", "salary_weight", "location_weight", "remote_weight", "industry_weight"}, each weight a text
with two decimals from "0.00" to "1.00". persona: some of a persona's name, description and preferences. job: nothing; the job
stands beside it. skill: {"name", "level"}. resume: {"edits": [{"pointer", "text", "was"}]}, a pointer (RFC 6901) to a text of the
JSON Resume document, and the SHA-256 of the text that stood there when it was proposed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from personas.checking import PERSONA_RULES, RESUME_RULES, SKILL_RULES, Rules, check_values

WEIGHTS = ("skill_weight", "salary_weight", "location_weight", "remote_weight", "industry_weight")
TEXTS = ("name", "description", "currency", "salary_period", "remote_preference")
AMOUNTS = ("min_salary", "max_salary")
LISTS = (
    "job_title_keywords",
    "required_skills",
    "nice_to_have_skills",
    "locations",
    "industries",
    "company_size",
    "excluded_companies",
    "mission_values",
    "growth_focus",
)
PERSONA_FIELDS = (*TEXTS[:2], *LISTS, *AMOUNTS, *TEXTS[2:])
"""What of a persona can be proposed, in the order of its page; its résumé is its owner's to choose."""

MAX_NOTE_LENGTH = 2000
MAX_ANSWER_LENGTH = 2000
MAX_EDITS = 50
MAX_POINTER_LENGTH = 300

Checked = tuple[dict[str, Any], dict[str, list[str]]]
"""A proposal as it is kept, and the faults of one that cannot be, as sentences by field."""


def check_proposal(kind: str, proposal: Any) -> Checked:
    """Check a proposal as it came from a form or the API, whatever it holds; `kind` is a kind of suggestion."""
    if not isinstance(proposal, Mapping):
        return {}, {"proposal": [_("Give the proposed values by their fields.")]}
    return _CHECKS[kind](proposal)


def fingerprint(text: str) -> str:
    """The SHA-256 of a text, in hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _check_weights(proposal: Mapping[str, Any]) -> Checked:
    given = {"name": "", **dict.fromkeys(WEIGHTS), **proposal}
    kept, faults = _check_fields(given, _WEIGHT_RULES)
    if not faults and not any(Decimal(kept[field]) for field in WEIGHTS):
        faults["skill_weight"] = [_("All five stand at zero. Let at least one of them count.")]
    return kept, faults


def _check_persona(proposal: Mapping[str, Any]) -> Checked:
    if not proposal:
        return {}, {"proposal": [_("Nothing is changed. Change what you would suggest.")]}
    kept, faults = _check_fields(proposal, _PERSONA_RULES)
    least, most = kept.get("min_salary"), kept.get("max_salary")
    if least is not None and most is not None and least > most:
        faults["min_salary"] = [_("The lowest pay is above the highest. Lower it, or raise the highest.")]
    return kept, faults


def _check_job(proposal: Mapping[str, Any]) -> Checked:
    return _check_fields(proposal, {})


def _check_skill(proposal: Mapping[str, Any]) -> Checked:
    return _check_fields({"name": "", "level": "", **proposal}, _SKILL_RULES)


def _check_resume(proposal: Mapping[str, Any]) -> Checked:
    return _check_fields({"edits": [], **proposal}, {"edits": _edits})


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Checked]] = {
    "weights": _check_weights,
    "persona": _check_persona,
    "job": _check_job,
    "skill": _check_skill,
    "resume": _check_resume,
}


def _check_fields(values: Mapping[str, Any], rules: Rules) -> Checked:
    known = {field: value for field, value in values.items() if field in rules}
    kept, faults = check_values(known, rules)
    for field in values:
        if field not in rules:
            words = {"field": str(field)[:40]}
            sentence = (
                _("“%(field)s” is nothing that a suggestion of this kind changes. Leave it out.") % words
            )
            faults.setdefault("proposal", []).append(sentence)
    return kept, faults


def _weight(value: Any) -> str:
    try:
        weight = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        weight = None
    if weight is None or isinstance(value, bool) or not weight.is_finite() or not 0 <= weight <= 1:
        raise ValueError(_("Give a weight from 0 to 1."))
    if weight != round(weight, 2):
        raise ValueError(_("Give a weight of two decimals at most."))
    return f"{weight:.2f}"


def _text(rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The rule, asked about texts alone."""

    def check(value: Any) -> Any:
        if isinstance(value, str):
            return rule(value)
        raise ValueError(_("Give a text."))

    return check


def _list(rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The rule, asked about lists of texts alone."""

    def check(value: Any) -> Any:
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return rule(value)
        raise ValueError(_("Give a list of texts."))

    return check


def _edits(value: Any) -> list[dict[str, str]]:
    if not (isinstance(value, list | tuple) and value):
        raise ValueError(_("Nothing is changed. Give a list of edits, each with its pointer and its text."))
    if len(value) > MAX_EDITS:
        raise ValueError(
            _("These are %(count)s edits; a suggestion holds at most %(limit)s. Make two of it.")
            % {"count": len(value), "limit": MAX_EDITS}
        )
    kept: dict[str, dict[str, str]] = {}
    for each in value:
        edit = _edit(each)
        if edit["pointer"] in kept:
            raise ValueError(
                _("“%(pointer)s” is changed twice. Change it once.") % {"pointer": edit["pointer"][:60]}
            )
        kept[edit["pointer"]] = edit
    return list(kept.values())


def _edit(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not {"pointer", "text"} <= value.keys() <= {
        "pointer",
        "text",
        "was",
    }:
        raise ValueError(_("Give each edit its pointer and its text, and nothing else."))
    pointer, was = value["pointer"], value.get("was", "")
    if (
        not isinstance(pointer, str)
        or not pointer.startswith("/")
        or not pointer.isprintable()
        or len(pointer) > MAX_POINTER_LENGTH
    ):
        raise ValueError(
            _("A pointer is written like /work/0/summary and has at most %(limit)s characters.")
            % {"limit": MAX_POINTER_LENGTH}
        )
    if not isinstance(was, str) or not re.fullmatch("|[0-9a-f]{64}", was):
        raise ValueError(_("Give each edit its pointer and its text, and nothing else."))
    return {"pointer": pointer, "text": _text(RESUME_RULES["text"])(value["text"]), "was": was}


_WEIGHT_RULES: Rules = {"name": _text(PERSONA_RULES["name"]), **dict.fromkeys(WEIGHTS, _weight)}
_SKILL_RULES: Rules = {field: _text(SKILL_RULES[field]) for field in ("name", "level")}
_PERSONA_RULES: Rules = {
    **{field: _text(PERSONA_RULES[field]) for field in TEXTS},
    **{field: _list(PERSONA_RULES[field]) for field in LISTS},
    **{field: PERSONA_RULES[field] for field in AMOUNTS},
}
