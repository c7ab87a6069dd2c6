"""What a refresh changed in a stored match, from its factors before and after, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.scoring import DEFAULT_WEIGHTS, FACTORS

NAMED_SKILLS = 3


def compare_factors(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    score_before: Decimal,
    score_after: Decimal,
    job_changed: bool,
    persona_changed: bool,
    scorer_changed: bool,
) -> dict[str, Any]:
    """Give what differs between two stored factor documents, as JSON for `tell_changes`.

    score is [old, new]; because names what made the difference, of weights, job, skills, persona and scorer; factors and
    weights hold [old, new] of those that differ, factors 0–100 or null, weights in whole percents of their sum;
    skills_met and skills_missing name the skills that are met or missing and were not before.
    """
    held_before, held_after = _levels(before), _levels(after)
    shares_before, shares_after = _shares(before), _shares(after)
    weights_differ = shares_before != shares_after
    named_twice = held_before.keys() & held_after.keys()
    # Another level of what was named before and after is the person's, unless the scorer alone has changed.
    skills_differ = (persona_changed or not scorer_changed) and any(
        held_before[skill] != held_after[skill] for skill in named_twice
    )
    wishes_differ = persona_changed and (
        not (weights_differ or skills_differ)
        or any(before.get(each) != after.get(each) for each in ("asked", "unnamed_skills"))
    )
    causes = {
        "weights": weights_differ,
        "job": job_changed,
        "skills": skills_differ,
        "persona": wishes_differ,
        "scorer": scorer_changed,
    }
    return {
        "score": [float(score_before), float(score_after)],
        "because": [cause for cause, counts in causes.items() if counts],
        "factors": _differing(_factors(before), _factors(after)),
        "weights": _differing(_percents(shares_before), _percents(shares_after)),
        "skills_met": [s for s, level in held_after.items() if level and not held_before.get(s)],
        "skills_missing": [
            s for s, level in held_after.items() if not level and (held_before.get(s) or s not in held_before)
        ],
    }


def points_changed(stored: Mapping[str, Any] | None) -> int:
    """Give the whole points that a match rose, below 0 that it fell; 0 where nothing is stored."""
    return int(_difference(stored or {}).to_integral_value(rounding=ROUND_HALF_UP))


def tell_changes(stored: Mapping[str, Any] | None) -> str:
    """Tell in one sentence what the last change did and why, in the language that is active; empty where nothing is stored."""
    if not stored or "score" not in stored:
        return ""
    points = _difference(stored)
    if points > 0:
        head = _("Up %(points)s since the last refresh")
    elif points < 0:
        head = _("Down %(points)s since the last refresh")
    else:
        head = _("Changed at the last refresh, with the same score")
    head %= {"points": _tell_number(abs(points))}
    reasons = [reason for cause in stored.get("because", ()) for reason in _tell_cause(cause, stored)]
    return f"{head}: {'; '.join(reasons)}." if reasons else f"{head}."


def _levels(factors: Mapping[str, Any]) -> dict[str, tuple[int, str] | None]:
    """Every skill that the posting names: the level in tenths and what it goes through, None where it is missing."""
    met = {
        each["skill"]: (each.get("tenths", 0), each.get("through", ""))
        for each in factors.get("matched_skills", ())
    }
    return {**met, **dict.fromkeys(factors.get("missing_skills", ()))}


def _shares(factors: Mapping[str, Any]) -> dict[str, Fraction]:
    weights = factors.get("weights") or asdict(DEFAULT_WEIGHTS)
    total = sum(weights.get(name, 0) for name in FACTORS) or 1
    return {name: Fraction(str(weights.get(name, 0))) / Fraction(str(total)) for name in FACTORS}


def _percents(shares: Mapping[str, Fraction]) -> dict[str, int]:
    return {name: round(100 * share) for name, share in shares.items()}


def _factors(factors: Mapping[str, Any]) -> dict[str, Any]:
    asked = factors.get("asked", FACTORS)
    return {name: factors.get(f"{name}_score") if name in asked else None for name in FACTORS}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in FACTORS if before[name] != after[name]}


def _difference(stored: Mapping[str, Any]) -> Decimal:
    before, after = stored.get("score", (0, 0))
    return Decimal(str(after)) - Decimal(str(before))


def _tell_number(points: Decimal) -> str:
    return str(number_format(points.normalize() + 0, use_l10n=True))


def _tell_cause(cause: str, stored: Mapping[str, Any]) -> Iterator[str]:
    if cause == "weights":
        yield from _tell_weights(stored.get("weights", {}))
    elif cause == "job":
        yield from _tell_job(stored)
    elif cause == "skills":
        yield from _tell_skills(stored)
    elif cause == "persona":
        yield _("you changed what this persona looks for")
    elif cause == "scorer":
        yield _("scores are worked out in a newer way")


def _tell_weights(weights: Mapping[str, Sequence[int]]) -> Iterator[str]:
    rise = {name: new - old for name, (old, new) in weights.items() if new > old}
    names = _names()
    more = [names[name] for name in sorted(rise, key=lambda name: -rise[name])][:2]
    yield _("you weigh %(factors)s more") % {"factors": _list(more)} if more else _("you weigh otherwise")


def _tell_job(stored: Mapping[str, Any]) -> Iterator[str]:
    told: list[str] = []
    # Where the person's skills changed as well, `_tell_skills` says what is met and missing now.
    if "skills" not in stored.get("because", ()):
        if met := stored.get("skills_met"):
            told.append(_("it now names %(skills)s, which you have") % {"skills": _some(met)})
        if missing := stored.get("skills_missing"):
            told.append(_("it now asks for %(skills)s, which you do not list") % {"skills": _some(missing)})
    told += _tell_stated(stored)
    yield from told or [_("the posting was edited")]


def _tell_stated(stored: Mapping[str, Any]) -> Iterator[str]:
    """What else the posting states otherwise, where the person changed nothing that could be the reason."""
    if "persona" in stored.get("because", ()):
        return
    names = _names()
    for name, (old, new) in stored.get("factors", {}).items():
        if name == "skill":
            continue
        if old is None:
            yield _("its %(fact)s is now stated") % {"fact": names[name]}
        elif new is None:
            yield _("its %(fact)s is no longer stated") % {"fact": names[name]}
        else:
            yield _("its %(fact)s has changed") % {"fact": names[name]}


def _tell_skills(stored: Mapping[str, Any]) -> Iterator[str]:
    met, missing = stored.get("skills_met", ()), stored.get("skills_missing", ())
    if met:
        yield _("you now bring %(skills)s") % {"skills": _some(met)}
    if missing:
        yield _("you do not list %(skills)s now") % {"skills": _some(missing)}
    if not (met or missing):
        yield _("you hold what it asks for at another level")


def _names() -> dict[str, str]:
    return {
        "skill": _("skills"),
        "salary": _("pay"),
        "location": _("place"),
        "remote": _("workplace"),
        "industry": _("industry"),
    }


def _some(skills: Sequence[str]) -> str:
    more = len(skills) - NAMED_SKILLS
    if more <= 1:
        return _list(skills)
    others = ngettext("%(count)d more", "%(count)d more", more) % {"count": more}
    return _list([*skills[:NAMED_SKILLS], others])


def _list(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
