"""The score in plain SQL, for one persona over all jobs: what a database can do without the engine.

Requirements, titles, whereabouts and pays stand in tables, read by the definition. How like a title is to the wanted ones, how
near a place is, and what a pay is worth in the persona's currency stand beside them, worked out by the definition before
the clock starts, since no database knows them; everything else is one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from typing import Any

import psycopg

from bench.definition import Told
from matching.context import WORKPLACES, convert_middle, judge_location
from matching.knowledge import shipped_knowledge
from matching.scoring import JobFacts, PersonaFacts, judge_title, read_requirement, read_wants, title_tenths
from personas.companies import company_key

_TABLES = """
    CREATE SCHEMA plain;
    SET search_path = plain;
    CREATE TABLE jobs (row int PRIMARY KEY, title int, title_share int, raw int, named bool, company text, pay int, place int,
                       workplace text, industry text);
    CREATE TABLE terms (row int, term int, share int);
    CREATE TABLE levels (term int PRIMARY KEY, tenths int);
    CREATE TABLE wishes (term int PRIMARY KEY, weight int);
    CREATE TABLE titles (title int PRIMARY KEY, tenths int);
    CREATE TABLE places (place int PRIMARY KEY, percent int);
    CREATE TABLE pays (pay int PRIMARY KEY, middle bigint);
    CREATE TABLE workplaces (workplace text PRIMARY KEY, percent int);
"""
_SCORE = """
    WITH met AS (
        SELECT terms.row, sum(share * coalesce(tenths, 0)) AS tenths, sum(coalesce(weight, 0)) AS wished
        FROM terms LEFT JOIN levels USING (term) LEFT JOIN wishes USING (term) GROUP BY terms.row
    ), judged AS (
        SELECT jobs.row,
               coalesce(title_share * titles.tenths, 0) + coalesce(met.tenths, 0) AS met,
               CASE WHEN titles.tenths IS NULL THEN 0 ELSE title_share END
               + CASE WHEN %(asks_skills)s AND (named OR titles.tenths IS NOT NULL)
                      THEN 10000 - title_share + 6000 * (%(wishes)s - coalesce(met.wished, 0)) / raw ELSE 0 END AS asked,
               CASE WHEN middle IS NOT NULL THEN
                   greatest(0, 100 - (500 * greatest(0, %(minimum)s - middle) + %(minimum)s) / (2 * %(minimum)s))
               END AS salary,
               places.percent AS location, workplaces.percent AS remote,
               CASE WHEN industry <> '' THEN CASE WHEN industry = ANY(%(industries)s) THEN 100 ELSE 0 END END AS industry
        FROM jobs LEFT JOIN met USING (row) LEFT JOIN titles USING (title) LEFT JOIN places USING (place)
             LEFT JOIN pays USING (pay) LEFT JOIN workplaces USING (workplace)
        WHERE company <> ALL(%(excluded)s)
    ), skilled AS (
        SELECT *, met * 10000 / asked AS skill FROM judged WHERE asked > 0 AND met * 10000 / asked >= 25000
    ), weighed AS (
        SELECT row,
               %(skill)s * skill + 1000 * (%(salary)s * coalesce(salary, 0) + %(location)s * coalesce(location, 0)
               + %(remote)s * coalesce(remote, 0) + %(industry)s * coalesce(industry, 0)) AS total,
               %(skill)s + CASE WHEN salary IS NULL THEN 0 ELSE %(salary)s END
               + CASE WHEN location IS NULL THEN 0 ELSE %(location)s END
               + CASE WHEN remote IS NULL THEN 0 ELSE %(remote)s END
               + CASE WHEN industry IS NULL THEN 0 ELSE %(industry)s END AS known
        FROM skilled
    )
    SELECT row, (2 * total + 10 * known) / (20 * known) AS score,
           (20000 * known + %(asked)s) / (2 * %(asked)s) AS coverage
    FROM weighed WHERE known > 0
    ORDER BY (20000 * known + %(asked)s) / (2 * %(asked)s) >= 5000 DESC, score DESC, row
"""


class PlainSql:
    """Jobs in tables of a database, and one persona at a time that meets them."""

    def __init__(self, connection: psycopg.Connection, jobs: Iterable[JobFacts]) -> None:
        """Write the tables; the schema goes with `drop`."""
        self._connection = connection
        self._terms: dict[Hashable, int] = {}
        self._titles: dict[Hashable, int] = {}
        self._places: dict[Hashable, int] = {}
        self._pays: dict[Hashable, int] = {}
        self._given: dict[str, Any] = {}
        connection.execute(_TABLES)
        connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '256MB'")
        rows, terms = [], []
        for row, job in enumerate(jobs):
            asked = read_requirement(job, knowledge=shipped_knowledge())
            terms += [(row, _number(self._terms, key), term.share) for key, term in asked.terms.items()]
            place = (job.places, job.remote_countries, job.workplace)
            rows.append(
                (
                    row,
                    _number(self._titles, job.title),
                    asked.title_share,
                    asked.raw,
                    bool(asked.terms),
                    company_key(job.company),
                    _number(self._pays, job.annual_pay),
                    _number(self._places, place),
                    job.workplace,
                    job.industry.casefold(),
                )
            )
        self._fill("jobs", rows)
        self._fill("terms", terms)
        connection.execute("ANALYZE")

    def meet(self, persona: PersonaFacts) -> None:
        """Make a persona ready that asks for titles, skills or both."""
        wants = read_wants(persona, knowledge=shipped_knowledge())
        if not wants.asks_skill_factor:
            raise ValueError("plain SQL is written for personas that ask for titles or skills")
        self._judge(
            "levels", self._terms, lambda key: wants.levels[key].tenths if key in wants.levels else None
        )
        self._judge("wishes", self._terms, lambda key: wants.wishes[key][1] if key in wants.wishes else None)
        self._judge("titles", self._titles, lambda title: _judge_title(persona, title))
        self._judge("places", self._places, lambda where: _judge_where(persona, where))
        self._judge("pays", self._pays, lambda pay: convert_middle(pay, persona.currency) if pay else None)
        table = WORKPLACES.get(persona.remote_preference, {})
        self._judge("workplaces", dict.fromkeys(table, ""), table.get, by_name=True)
        self._connection.execute("ANALYZE")
        weights = dict(
            zip(
                ("skill", "salary", "location", "remote", "industry"), persona.weights.in_order(), strict=True
            )
        )
        weights["salary"] *= bool(persona.minimum_salary)
        weights["location"] *= bool(persona.places)
        weights["remote"] *= persona.remote_preference != "any"
        weights["industry"] *= bool(persona.industries)
        self._given = weights | {
            "asked": sum(weights.values()),
            "asks_skills": wants.asks_skills,
            "wishes": sum(weight for _skill, weight in wants.wishes.values()),
            "minimum": max(persona.minimum_salary or 0, 1),
            "industries": [industry.casefold() for industry in persona.industries],
            "excluded": list(wants.excluded),
        }

    def rank(self, keep: int | None = None) -> list[Told]:
        """Rank all jobs for the persona, best first: (row, score, coverage)."""
        limit = "" if keep is None else f" LIMIT {keep}"
        found = self._connection.execute(_SCORE + limit, self._given).fetchall()
        return [
            (row, Decimal(int(score)).scaleb(-2), Decimal(int(coverage)).scaleb(-4))
            for row, score, coverage in found
        ]

    def drop(self) -> None:
        """Take the tables away."""
        self._connection.execute("DROP SCHEMA plain CASCADE")

    def _judge(
        self,
        table: str,
        numbers: dict[Hashable, Any],
        verdict: Callable[[Any], Any],
        *,
        by_name: bool = False,
    ) -> None:
        """Write what the persona thinks of each distinct value, leaving out what has no verdict."""
        self._connection.execute(f"TRUNCATE {table}")
        judged = ((value if by_name else number, verdict(value)) for value, number in numbers.items())
        self._fill(table, (row for row in judged if row[1] is not None))

    def _fill(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _number(numbers: dict[Hashable, int], value: Hashable) -> int:
    return numbers.setdefault(value, len(numbers))


def _judge_title(persona: PersonaFacts, title: str) -> int | None:
    likeness = judge_title(persona.titles, title)[0]
    return None if likeness is None else title_tenths(likeness)


def _judge_where(persona: PersonaFacts, where: Any) -> int | None:
    places, countries, workplace = where
    return judge_location(persona.places, places=places, remote_countries=countries, workplace=workplace)
