"""Words for a score, made from the stored factors alone, so that words and numbers cannot disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.scoring import DEFAULT_WEIGHTS, FACTORS, Factor, Factors, Score

NAMED_SKILLS = 3
NAMED_MISSING = 2
# From half of a factor on, it speaks for a job; what is below speaks against it. The work itself is always told.
SPEAKS_FOR = 50
# A title below it shares a word or a field with the one that is wanted, which a list should not call alike.
MUCH_ALIKE = 75


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a job stands where it does, in sentences: reasons by falling contribution, the main gap first, what is unknown."""

    reasons: tuple[str, ...]
    gaps: tuple[str, ...]
    unknowns: tuple[str, ...]

    def __str__(self) -> str:
        """All of it as one text."""
        return " ".join((*self.reasons, *self.gaps, *self.unknowns))


def explain(score: Score) -> str:
    """Give the words of a score in the language that is active."""
    return str(read_explanation(factors_as_json(score)))


def factors_as_json(score: Score) -> dict[str, Any]:
    """Give what is stored beside a score: the five factors and the title 0–100 or null, coverage, and the evidence.

    asked names the factors the persona wants judged, weights holds their whole percents; a matched skill has its share of
    the requirement in basis points, its level in tenths, and the held skill it goes through, if any.
    """
    evidence = score.evidence
    rows = dict(zip(FACTORS, score.factors.in_order(), strict=True))
    return {
        **{f"{name}_score": _number(factor.percent) for name, factor in rows.items()},
        "title_score": evidence.title_score,
        "coverage": _number(score.coverage),
        "asked": [name for name, factor in rows.items() if factor.asked],
        "weights": dict(zip(FACTORS, score.weights.in_order(), strict=True)),
        "nearest_title": evidence.nearest_title,
        "matched_skills": [
            {"skill": met.skill, "share": met.share, "tenths": met.tenths, "through": met.through}
            for met in evidence.met
        ],
        "missing_skills": list(evidence.missing),
        "unnamed_skills": list(evidence.unnamed),
    }


def read_factors(stored: Mapping[str, Any]) -> Factors:
    """Read the five factors back from what is stored, exactly, so that `scoring.combine` can weigh them anew."""
    asked = read_asked(stored)
    return Factors(*(Factor(_thousandths(stored.get(f"{name}_score")), name in asked) for name in FACTORS))


def read_asked(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the factors that the persona wanted judged; a row that other tools wrote with bare factors means all five."""
    asked = stored.get("asked", FACTORS)
    return tuple(name for name in FACTORS if name in asked)


def read_weights(stored: Mapping[str, Any]) -> Mapping[str, int]:
    """Give the weights a score was made with, by factor; a row that other tools wrote with bare factors means the defaults."""
    weights: Mapping[str, int] = stored.get("weights") or asdict(DEFAULT_WEIGHTS)
    return weights


def read_explanation(factors: Mapping[str, Any]) -> Explanation:
    """Make the explanation anew from stored factors, in the language that is active; what is missing in them is left out."""
    asked = read_asked(factors)
    known = {
        name: Decimal(str(factors[f"{name}_score"]))
        for name in asked
        if factors.get(f"{name}_score") is not None
    }
    weights = read_weights(factors)
    gain = {name: weights.get(name, 0) * percent for name, percent in known.items()}
    loss = {name: weights.get(name, 0) * (100 - percent) for name, percent in known.items()}
    for_it = [
        name for name in _by_size(gain) if gain[name] and (name == "skill" or known[name] >= SPEAKS_FOR)
    ]
    against = [name for name in _by_size(loss) if loss[name]]
    return Explanation(
        reasons=tuple(_REASONS[name](factors, known[name]) for name in for_it),
        gaps=(
            *(_GAPS[name](factors, known[name]) for name in against[:1]),
            *_tell_unnamed(factors),
        ),
        unknowns=tuple(_UNKNOWNS[name]() for name in asked if name not in known),
    )


def tell_in_a_line(factors: Mapping[str, Any]) -> str:
    """Say in one line what speaks for the work and what it lacks; empty where nothing of it is stored."""
    own, near = _own_and_near(factors)
    missing = factors.get("missing_skills", ())
    told = []
    if (alike := factors.get("title_score")) is not None and alike >= SPEAKS_FOR:
        told.append(
            (_("Like “%(title)s”") if alike >= MUCH_ALIKE else _("Somewhat like “%(title)s”"))
            % {"title": factors.get("nearest_title", "")}
        )
    if own:
        told.append(_("uses your %(skills)s") % {"skills": _some_of(own)})
    elif near:
        told.append(_("you are close to %(skills)s") % {"skills": _some_of(near)})
    if missing:
        asks = _("also asks for %(skills)s") if own or near else _("asks for %(skills)s")
        told.append(asks % {"skills": _some_of(missing, named=NAMED_MISSING)})
    elif told and not (own or near):
        told.append(_("names no skills"))
    line = "; ".join(told)
    return line[:1].upper() + line[1:]


def _by_size(amounts: Mapping[str, Decimal]) -> list[str]:
    return sorted(amounts, key=lambda name: (-amounts[name], FACTORS.index(name)))


def _number(value: Decimal | None) -> int | float | None:
    """Give a number that JSON writes with the same digits."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _thousandths(number: float | None) -> int | None:
    return None if number is None else int(Decimal(str(number)) * 1000)


def _whole(percent: Decimal) -> int:
    return int(percent.to_integral_value(rounding=ROUND_HALF_UP))


def _list_words(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _some_of(skills: Sequence[str], *, named: int = NAMED_SKILLS) -> str:
    """Name the first few skills and count the others; one alone is named, being no longer than its count."""
    more = len(skills) - named
    if more <= 1:
        return _list_words(skills)
    others = ngettext("%(count)d more", "%(count)d more", more) % {"count": more}
    return _list_words([*skills[:named], others])


def _own_and_near(factors: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The skills asked for that the person holds, and those that are only close to one they hold."""
    met = factors.get("matched_skills", ())
    own = [each["skill"] for each in met if not each["through"]]
    near = [each["skill"] for each in met if each["through"]]
    return own, near


def _tell_skill(factors: Mapping[str, Any], percent: Decimal) -> str:
    fit = _("The work fits you at %(percent)d of 100") % {"percent": _whole(percent)}
    details = []
    if factors.get("title_score") is not None:
        details.append(
            _("its title is %(percent)d of 100 like “%(title)s”")
            % {"percent": factors["title_score"], "title": factors.get("nearest_title", "")}
        )
    own, near = _own_and_near(factors)
    if own:
        details.append(_("you bring %(skills)s") % {"skills": _some_of(own)})
    if near:
        details.append(_("you are close to %(skills)s") % {"skills": _some_of(near)})
    return f"{fit}: {'; '.join(details)}." if details else f"{fit}."


def _miss_skill(factors: Mapping[str, Any], percent: Decimal) -> str:
    missing = factors.get("missing_skills", ())
    if missing:
        return _("It asks for %(skills)s, which you do not list.") % {"skills": _some_of(missing)}
    if factors.get("title_score") is not None and factors["title_score"] < SPEAKS_FOR:
        return _("Its title is only %(percent)d of 100 like “%(title)s”.") % {
            "percent": factors["title_score"],
            "title": factors.get("nearest_title", ""),
        }
    if not factors.get("matched_skills"):
        return _("It names no skills, so the title alone speaks for it.")
    return _("What you bring meets %(percent)d of 100 of what it asks.") % {"percent": _whole(percent)}


def _tell_salary(factors: Mapping[str, Any], percent: Decimal) -> str:
    if percent == 100:
        return _("The pay reaches your minimum.")
    return _("The pay comes near your minimum (%(percent)d of 100).") % {"percent": _whole(percent)}


def _miss_salary(factors: Mapping[str, Any], percent: Decimal) -> str:
    return _("The pay stays below your minimum (%(percent)d of 100).") % {"percent": _whole(percent)}


def _tell_location(factors: Mapping[str, Any], percent: Decimal) -> str:
    if percent == 100:
        return _("It is where you want to work.")
    return _("It is near where you want to work (%(percent)d of 100).") % {"percent": _whole(percent)}


def _miss_location(factors: Mapping[str, Any], percent: Decimal) -> str:
    if percent == 0:
        return _("It is not where you want to work.")
    return _("It is away from where you want to work (%(percent)d of 100).") % {"percent": _whole(percent)}


def _tell_remote(factors: Mapping[str, Any], percent: Decimal) -> str:
    if percent == 100:
        return _("The workplace is the kind you want.")
    return _("The workplace is close to the kind you want (%(percent)d of 100).") % {
        "percent": _whole(percent)
    }


def _miss_remote(factors: Mapping[str, Any], percent: Decimal) -> str:
    return _("The workplace is not the kind you want (%(percent)d of 100).") % {"percent": _whole(percent)}


def _tell_industry(factors: Mapping[str, Any], percent: Decimal) -> str:
    return _("The industry is one you want.")


def _miss_industry(factors: Mapping[str, Any], percent: Decimal) -> str:
    return _("The industry is not one you want.")


def _tell_unnamed(factors: Mapping[str, Any]) -> list[str]:
    unnamed = factors.get("unnamed_skills", ())
    if not unnamed:
        return []
    return [_("It does not name %(skills)s, which you want to use.") % {"skills": _some_of(unnamed)}]


_Sentence = Callable[[Mapping[str, Any], Decimal], str]

_REASONS: Mapping[str, _Sentence] = {
    "skill": _tell_skill,
    "salary": _tell_salary,
    "location": _tell_location,
    "remote": _tell_remote,
    "industry": _tell_industry,
}
_GAPS: Mapping[str, _Sentence] = {
    "skill": _miss_skill,
    "salary": _miss_salary,
    "location": _miss_location,
    "remote": _miss_remote,
    "industry": _miss_industry,
}
_UNKNOWNS: Mapping[str, Callable[[], str]] = {
    "skill": lambda: _("It states neither skills nor a title we can place."),
    "salary": lambda: _("The pay cannot be compared: it is not stated, or in a currency without a rate."),
    "location": lambda: _("Where the work is done is not stated."),
    "remote": lambda: _("Whether it is remote, hybrid or on site is not stated."),
    "industry": lambda: _("The employer's industry is not known."),
}
