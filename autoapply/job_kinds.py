"""Tens of thousands of matches as a few kinds of job, each judged once by the evaluator.

What the early gates ask of a match is little: does its score reach the threshold, is enough known, was it set aside, and is
its employer on a line of the rule. Matches that agree in all of that are one kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

import numpy as np
from numpy.typing import NDArray

from autoapply.policy import COVERAGE_FLOOR, Candidate, Person, StandingRule, evaluate
from matching.snapshot import company_mark
from personas.companies import company_key

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

EARLY = (
    "match_fresh",
    "not_dismissed",
    "employer_not_excluded",
    "employer_included",
    "threshold",
    "coverage",
)
"""The gates that a kind is judged by."""
_NOT_NAMED, _ON_NO_LINE, _FIRST_LINE = range(3)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Each kind's first failing gate (empty where none of EARLY stops it), how many matches are of it, and each one's kind."""

    first_failed: Sequence[str]
    sizes: Sequence[int]
    of_match: Integers

    def stopped(self) -> Counter[str]:
        """How many matches each gate stops first."""
        stopped: Counter[str] = Counter()
        for gate, size in zip(self.first_failed, self.sizes, strict=True):
            if gate:
                stopped[gate] += size
        return stopped

    def passing(self) -> Integers:
        """The places (from 0) of the matches that nothing stops so far."""
        free = np.array([not gate for gate in self.first_failed], bool)
        return np.flatnonzero(free[self.of_match])


def judge_kinds(
    rule: StandingRule,
    person: Person,
    *,
    scores: Integers,
    coverages: Integers,
    marks: NDArray[np.uint64],
    dismissed: Booleans,
) -> Kinds:
    """Judge fresh matches by their kinds, with the verdicts that each would get by itself.

    scores are in hundredths, coverages in ten-thousandths; marks stand for employers as `snapshot.company_mark` gives them.
    """
    employers = _Employers(rule)
    codes = employers.number(marks)
    reaches = scores >= (0 if rule.threshold is None else int(rule.threshold * 100))
    for feature in (reaches, coverages >= int(COVERAGE_FLOOR * 10_000), dismissed):
        codes = codes * 2 + feature
    distinct, first, of_match, sizes = np.unique(
        codes, return_index=True, return_inverse=True, return_counts=True
    )
    first_failed = []
    for code, place in zip(distinct.tolist(), first.tolist(), strict=True):
        candidate = Candidate(
            score=Decimal(int(scores[place])).scaleb(-2),
            coverage=Decimal(int(coverages[place])).scaleb(-4),
            company=employers.names[code >> 3],
            fresh=True,
            dismissed=bool(dismissed[place]),
        )
        verdicts = evaluate(rule, person, candidate).all
        failed = next((each.gate for each in verdicts if each.gate in EARLY and not each.passed), "")
        first_failed.append(failed)
    return Kinds(first_failed, sizes.tolist(), of_match)


class _Employers:
    """A name for each employer that makes a difference to a rule, one for all others, and none for who is not named."""

    def __init__(self, rule: StandingRule) -> None:
        lines = {company_key(line): line for line in (*rule.excluded_companies, *rule.included_companies)}
        lines.pop("", None)
        somebody = next(name for name in map("Employer {}".format, count()) if company_key(name) not in lines)
        self.names = ["", somebody, *lines.values()]
        known = sorted((company_mark(key), number) for number, key in enumerate(lines, _FIRST_LINE))
        self._marks = np.array([mark for mark, _number in known], np.uint64)
        self._numbers = np.array([number for _mark, number in known], np.int64)

    def number(self, marks: NDArray[np.uint64]) -> Integers:
        """The number of each employer's name among `names`."""
        numbers = np.where(marks == 0, _NOT_NAMED, _ON_NO_LINE).astype(np.int64)
        if not len(self._marks):
            return numbers
        at = np.minimum(np.searchsorted(self._marks, marks), len(self._marks) - 1)
        return np.where(self._marks[at] == marks, self._numbers[at], numbers)
