"""The definition of the score: one job, one persona, five factors, in whole numbers from the first step to the last.

The rule, in words, with its reasons (the free numbers were chosen by reading the feeds of ten different personas):

Skill: can and wants to do this work. A requirement is shared out in basis points that sum to 10,000.
  * 4,000 belong to the title, because a list of tools alone takes a nurse's job for an engineer's.
  * 6,000 belong to the skills that the posting names, each by its rarity, a required one three times a preferred one.
  * A posting that names few or only everyday skills leaves a rest of these 6,000 unnamed. A third of the rest
    counts with the title, the others are met by nobody: silence is no proof of fit, and a posting that only has the
    right title stands below one whose list is met.
  * Levels are tenths: beginner 4, intermediate 7, advanced 9, expert 10. A skill next to a held one counts at most
    half the held level, rounded down. The title counts by its likeness to the best of the wanted titles.
  * Each skill that the persona wants to use and the posting does not name is added to the requirement, unmet.
  * What the person left empty is not asked: without titles the skills alone are the requirement, without any skill
    the title alone. A title that nobody can place is not stated.
Salary: 100 from the wanted minimum upwards, 2.5 points less for each percent below it, so 0 at 60 %. A range counts
  by its middle, because few are paid at either end. A wanted maximum costs nothing: more pay is no mismatch.
Location: the best pair of a wanted and an offered place, by `NEAR` between towns, and by region and country where a
  town is not known. A remote job counts the countries it allows, else the countries of its places.
Remote: a table of wanted against stated workplace, `WORKPLACES`.
Industry: 100 or 0.

Not asked leaves score and coverage alike; not stated leaves the score and lowers the coverage. There is no match when
the persona is empty, the company is excluded, the skill factor is asked but unknown, or it stays below `LEAST_SKILL`:
work that a person neither can do nor wants is no match, however near and well paid it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from matching.context import divide_half_up, judge_industry, judge_location, judge_remote, judge_salary
from matching.pay import AnnualPay
from matching.titles import recognizable, title_likeness
from personas.companies import company_key
from personas.gazetteer import Place

RULE_VERSION = "2"

FACTORS = ("skill", "salary", "location", "remote", "industry")
LEVELS: Mapping[str, int] = {"beginner": 4, "intermediate": 7, "advanced": 9, "expert": 10}

WHOLE = 10_000
TITLE_SHARE = 4_000
REQUIRED_WEIGHT = 3
PREFERRED_WEIGHT = 1
# A posting names enough when its skills weigh as much as six required skills of middling rarity.
NAMED_ENOUGH = 6
# One part in three of what is left unnamed.
UNNAMED_WITH_TITLE = 3
LEAST_SKILL = 25_000
# Matches that rest on less stand after all others: too little is stated to judge.
ENOUGH_COVERAGE = Decimal("0.50")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each factor counts, in whole percents 0–100; only their proportions matter."""

    skill: int
    salary: int
    location: int
    remote: int
    industry: int

    def __post_init__(self) -> None:
        """Raise ValueError for a weight outside 0–100."""
        for name in FACTORS:
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(
                    f"weight {name} is {getattr(self, name)}; give a whole percent from 0 to 100"
                )

    def in_order(self) -> tuple[int, int, int, int, int]:
        """Give the five weights in the order of FACTORS; all zero gives the defaults."""
        given = (self.skill, self.salary, self.location, self.remote, self.industry)
        return given if any(given) else DEFAULT_WEIGHTS.in_order()


DEFAULT_WEIGHTS = Weights(skill=30, salary=25, location=15, remote=20, industry=10)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a posting states, as the readers understood it; empty or None is "not stated".

    Skills are canonical names, annual pay is in whole units of its currency, remote_countries are ISO 3166-1 alpha-2
    codes, workplace is remote, hybrid, onsite or unknown, industry is a code.
    """

    title: str
    company: str = ""
    required_skills: tuple[str, ...] = ()
    preferred_skills: tuple[str, ...] = ()
    annual_pay: AnnualPay | None = None
    places: tuple[Place, ...] = ()
    remote_countries: tuple[str, ...] = ()
    workplace: str = "unknown"
    industry: str = ""


@dataclass(frozen=True, slots=True)
class PersonaFacts:
    """What a persona wants and its owner can do; empty or None is "not asked".

    held maps skill keys to beginner, intermediate, advanced or expert; salaries are annual, in whole units of currency;
    remote_preference is remote, hybrid, onsite or any. mission_values take no part in the score; what a posting says of them
    is stored beside it, so they are among its inputs.
    """

    titles: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    required_skills: tuple[str, ...] = ()
    nice_to_have_skills: tuple[str, ...] = ()
    minimum_salary: int | None = None
    maximum_salary: int | None = None
    currency: str = ""
    places: tuple[Place, ...] = ()
    remote_preference: str = "any"
    industries: tuple[str, ...] = ()
    excluded_companies: tuple[str, ...] = ()
    mission_values: tuple[str, ...] = ()
    weights: Weights = DEFAULT_WEIGHTS


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: 0–100,000 thousandths of a hundred, or None for "not stated"; asked is whether the persona wants it judged."""

    thousandths: int | None
    asked: bool

    @property
    def percent(self) -> Decimal | None:
        """Give the factor as 0–100 with up to three decimals, or None."""
        return None if self.thousandths is None else Decimal(self.thousandths) / 1000

    @property
    def counts(self) -> bool:
        """Tell whether the factor is both asked and stated."""
        return self.asked and self.thousandths is not None


@dataclass(frozen=True, slots=True)
class Factors:
    """The five factors of one pair."""

    skill: Factor
    salary: Factor
    location: Factor
    remote: Factor
    industry: Factor

    def with_skill(self, skill: Factor) -> Factors:
        """Give the same context with another skill factor."""
        return Factors(skill, self.salary, self.location, self.remote, self.industry)

    def in_order(self) -> tuple[Factor, Factor, Factor, Factor, Factor]:
        """Give the five factors in the order of FACTORS."""
        return (self.skill, self.salary, self.location, self.remote, self.industry)


@dataclass(frozen=True, slots=True)
class Met:
    """A named skill that the person meets: its share of the requirement in basis points, the level in tenths.

    through is the key of the held skill that stands in for it, or "" where the skill itself is held.
    """

    skill: str
    share: int
    tenths: int
    through: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the skill factor is what it is: skills met and missing by falling share, wishes unnamed, the wanted title that came nearest."""

    met: tuple[Met, ...] = ()
    missing: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    nearest_title: str = ""
    title_score: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The score 0–100 with two decimals, the coverage 0–1 with four, the factors under them, their weights and the evidence."""

    score: Decimal
    coverage: Decimal
    factors: Factors
    weights: Weights
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The shipped data that the skill factor reads, as functions, and the version of all shipped data.

    skill_key gives the identity of a skill name, rarity its whole weight (middling: usual_rarity), adjacent the keys of
    near skills with percents 0–50.
    """

    version: str
    skill_key: Callable[[str], str]
    rarity: Callable[[str], int]
    usual_rarity: int
    adjacent: Callable[[str], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Term:
    """One named skill of a requirement: its name, its share in basis points, and whether it is required."""

    skill: str
    share: int
    required: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a posting asks, shared out: terms by skill key, the title's and the blank share; they sum to 10,000.

    raw is the weight on which the skills' shares were cut, at least that of a posting that names enough.
    """

    terms: Mapping[str, Term]
    title_share: int
    blank_share: int
    raw: int


@dataclass(frozen=True, slots=True)
class Held:
    """The level of one skill in tenths, its own or through an adjacent one."""

    tenths: int
    through: str = ""


@dataclass(frozen=True, slots=True)
class Wants:
    """A persona made ready for many jobs: levels by skill key (adjacent ones included), weights of the wishes, excluded company keys."""

    persona: PersonaFacts
    levels: Mapping[str, Held]
    wishes: Mapping[str, tuple[str, int]]
    excluded: frozenset[str]

    @property
    def asks_skills(self) -> bool:
        """Tell whether the person named any skill, held or wished for."""
        return bool(self.levels or self.wishes)

    @property
    def asks_skill_factor(self) -> bool:
        """Tell whether there is anything to judge the work itself by."""
        return self.asks_skills or bool(self.persona.titles)

    @property
    def is_empty(self) -> bool:
        """Tell whether the persona has neither title nor skill nor industry, and so matches nothing."""
        return not (self.asks_skill_factor or self.persona.industries)


def score_pair(job: JobFacts, persona: PersonaFacts, *, knowledge: Knowledge) -> Score | None:
    """Score one job for one persona, or give None where the two are no match."""
    wants = read_wants(persona, knowledge=knowledge)
    return score_prepared(job, read_requirement(job, knowledge=knowledge), wants, knowledge=knowledge)


def score_prepared(
    job: JobFacts, requirement: Requirement, wants: Wants, *, knowledge: Knowledge
) -> Score | None:
    """Score one job for one persona that were both read before, or give None where the two are no match."""
    if wants.is_empty or (wants.excluded and company_key(job.company) in wants.excluded):
        return None
    persona = wants.persona
    title_score, nearest = judge_title(persona.titles, job.title)
    skill = judge_skill(requirement, wants, title_score)
    if wants.asks_skill_factor and (skill is None or skill < LEAST_SKILL):
        return None
    factors = judge_context(job, persona).with_skill(Factor(skill, wants.asks_skill_factor))
    combined = combine(factors, persona.weights)
    if combined is None:
        return None
    evidence = _gather_evidence(requirement, wants, title_score, nearest)
    return Score(*combined, factors, persona.weights, evidence)


def judge_context(job: JobFacts, persona: PersonaFacts) -> Factors:
    """Judge the four factors around the work; the skill factor is left as not asked."""
    location = judge_location(
        persona.places,
        places=job.places,
        remote_countries=job.remote_countries,
        workplace=job.workplace,
    )
    return Factors(
        Factor(None, asked=False),
        _of_percent(
            judge_salary(persona.minimum_salary, persona.currency, job.annual_pay), persona.minimum_salary
        ),
        _of_percent(location, persona.places),
        _of_percent(
            judge_remote(persona.remote_preference, job.workplace), persona.remote_preference != "any"
        ),
        _of_percent(judge_industry(persona.industries, job.industry), persona.industries),
    )


def combine(factors: Factors, weights: Weights) -> tuple[Decimal, Decimal] | None:
    """Give (score, coverage) of five factors under some weights, or None where no weighted factor is asked and stated.

    This alone decides a re-ranking under other weights: the factors do not depend on them.
    """
    rows = list(zip(weights.in_order(), factors.in_order(), strict=True))
    asked = sum(weight for weight, factor in rows if factor.asked)
    known = sum(weight for weight, factor in rows if factor.counts)
    if not known:
        return None
    total = sum(weight * (factor.thousandths or 0) for weight, factor in rows if factor.counts)
    score = Decimal(divide_half_up(total, 10 * known)).scaleb(-2)
    return score, Decimal(divide_half_up(10_000 * known, asked)).scaleb(-4)


def read_requirement(job: JobFacts, *, knowledge: Knowledge) -> Requirement:
    """Share out what a posting asks, in basis points by largest remainder; a skill named twice counts once, as required."""
    named: dict[str, tuple[str, bool]] = {}
    for skills, required in ((job.required_skills, True), (job.preferred_skills, False)):
        for skill in skills:
            named.setdefault(knowledge.skill_key(skill), (skill, required))
    weights = {
        key: _raw_weight(key, required=required, knowledge=knowledge) for key, (_, required) in named.items()
    }
    enough = NAMED_ENOUGH * REQUIRED_WEIGHT * knowledge.usual_rarity
    raw = max(sum(weights.values()), enough)
    shares = _share_out(WHOLE - TITLE_SHARE, weights, raw)
    rest = WHOLE - TITLE_SHARE - sum(shares.values())
    terms = {key: Term(skill, shares[key], required) for key, (skill, required) in named.items()}
    with_title = rest // UNNAMED_WITH_TITLE
    return Requirement(terms, TITLE_SHARE + with_title, rest - with_title, raw)


def read_wants(persona: PersonaFacts, *, knowledge: Knowledge) -> Wants:
    """Make a persona ready for many jobs: spread its skills to adjacent ones, weigh its wishes, normalize its exclusions."""
    near: dict[str, tuple[int, str]] = {}
    for key in sorted(persona.held):
        for other, percent in knowledge.adjacent(key).items():
            tenths = LEVELS[persona.held[key]] * min(percent, 50) // 100
            if tenths > near.get(other, (0, ""))[0]:
                near[other] = tenths, key
    levels = {key: Held(*through) for key, through in near.items()}
    levels |= {key: Held(LEVELS[level]) for key, level in persona.held.items()}
    wishes: dict[str, tuple[str, int]] = {}
    for skills, required in ((persona.required_skills, True), (persona.nice_to_have_skills, False)):
        for skill in skills:
            key = knowledge.skill_key(skill)
            weight = _raw_weight(key, required=required, knowledge=knowledge)
            wishes.setdefault(key, (skill, weight))
    excluded = frozenset(filter(None, map(company_key, persona.excluded_companies)))
    return Wants(persona, levels, wishes, excluded)


def judge_title(titles: Sequence[str], title: str) -> tuple[int | None, str]:
    """Give the likeness 0–100 of a title to the nearest wanted one, and that one; (None, "") where none is wanted or it cannot be placed."""
    best, nearest = -1, ""
    for wanted in titles:
        likeness = title_likeness(wanted, title)
        if likeness > best:
            best, nearest = likeness, wanted
    if best < 0 or (best < 100 and not recognizable(title)):
        return None, ""
    return best, nearest


def judge_skill(requirement: Requirement, wants: Wants, title_score: int | None) -> int | None:
    """Give the met share of the requirement in thousandths 0–100,000, or None where nothing that is asked is stated."""
    met = asked = 0
    if title_score is not None:
        asked += requirement.title_share
        met += requirement.title_share * title_tenths(title_score)
    if wants.asks_skills and (requirement.terms or title_score is not None):
        asked += WHOLE - requirement.title_share
        met += sum(
            term.share * wants.levels[key].tenths
            for key, term in requirement.terms.items()
            if key in wants.levels
        )
        unmet = sum(weight for key, (_, weight) in wants.wishes.items() if key not in requirement.terms)
        asked += (WHOLE - TITLE_SHARE) * unmet // requirement.raw
    return met * WHOLE // asked if asked else None


def title_tenths(title_score: int) -> int:
    """Give a title's likeness 0–100 as the tenths with which it counts, rounded half up."""
    return divide_half_up(title_score, 10)


def hash_job(job: JobFacts) -> str:
    """Give the job's half of an inputs hash, 128 bits of a SHA-256 in 32 hex digits; the persona's half follows it.

    Equal inputs give equal hashes anywhere, and two hashes tell which side has changed.
    """
    return _digest(job)


def hash_persona(persona: PersonaFacts) -> str:
    """Give the persona's half of an inputs hash: 128 bits of a SHA-256, 32 hex digits."""
    return _digest(persona)


def scorer_version(knowledge: Knowledge) -> str:
    """Name the rule and the data it reads; a score can be replayed under the same name only."""
    return f"{RULE_VERSION}+{knowledge.version}"


def _digest(facts: JobFacts | PersonaFacts) -> str:
    canonical = json.dumps(
        facts, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_name_fields
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _name_fields(record: Any) -> dict[str, Any]:
    """Give a slotted record by field, one level deep; `asdict` copies everything below it and takes five times as long."""
    return {name: getattr(record, name) for name in record.__slots__}


def _of_percent(percent: int | None, asked: object) -> Factor:
    return Factor(None if percent is None else 1000 * percent, bool(asked))


def _raw_weight(key: str, *, required: bool, knowledge: Knowledge) -> int:
    return (REQUIRED_WEIGHT if required else PREFERRED_WEIGHT) * knowledge.rarity(key)


def _share_out(whole: int, weights: Mapping[str, int], raw: int) -> dict[str, int]:
    """Cut whole × weight / raw for each key, so that the cuts sum to the whole of all weights together, rounded down."""
    shares = {key: whole * weight // raw for key, weight in weights.items()}
    short = whole * sum(weights.values()) // raw - sum(shares.values())
    by_remainder = sorted(weights, key=lambda key: (-(whole * weights[key] % raw), key))
    for key in by_remainder[:short]:
        shares[key] += 1
    return shares


def _gather_evidence(
    requirement: Requirement, wants: Wants, title_score: int | None, nearest: str
) -> Evidence:
    terms = sorted(requirement.terms.items(), key=lambda item: (-item[1].share, item[0]))
    met = tuple(
        Met(term.skill, term.share, wants.levels[key].tenths, wants.levels[key].through)
        for key, term in terms
        if key in wants.levels
    )
    missing = tuple(term.skill for key, term in terms if key not in wants.levels)
    unnamed = tuple(skill for key, (skill, _) in wants.wishes.items() if key not in requirement.terms)
    return Evidence(met, missing, unnamed, nearest, title_score)
