"""Lists of companies in a rule: which line names an employer, by the name that two spellings share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from personas.companies import company_key


def find_line(company: str, lines: Sequence[str]) -> int | None:
    """Give the number (from 1) of the first line that names this employer, or None; an employer without a name is on no line."""
    wanted = company_key(company)
    return _number_lines(tuple(lines)).get(wanted) if wanted else None


# One list is asked about thousands of employers in a row.
@lru_cache(maxsize=64)
def _number_lines(lines: tuple[str, ...]) -> Mapping[str, int]:
    """The first line of each company that is named."""
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        numbers.setdefault(company_key(line), number)
    return numbers
