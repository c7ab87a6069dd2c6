"""A database full of jobs and personas: real postings multiplied in it, personas as their owners would have typed them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
from django.db import connection, transaction
from django.db.models import Model

from bench.postings import Multiplied, job_id, mix
from matching.facts import job_facts
from matching.models import Job, JobRun, JobSource, Match, MatchState, TunerSettings
from matching.scoring import DEFAULT_WEIGHTS, FACTORS, PersonaFacts
from matching.services import read_persona_facts
from personas.companies import company_key
from personas.models import Persona, PersonaPreferences, User, UserSkill
from personas.taxonomy import taxonomy

# What differs between a posting and its copies; everything else, the texts too, is copied inside PostgreSQL.
_VARIED = (
    "id",
    "external_id",
    "company",
    "company_key",
    "places",
    "pay_annual_minimum",
    "pay_annual_maximum",
    "posted_at",
)
_LEFT_OUT = ("facts_revision",)


class FullDatabase:
    """Open jobs by number; those of the real postings come first and are the ones that were ingested."""

    def __init__(self, source: JobSource) -> None:
        """Read the ingested jobs, of which all others are copies."""
        real = list(Job.objects.filter(source=source).order_by("external_id"))
        self.source = source
        self.copied = [job.pk for job in real]
        self.market = Multiplied([job_facts(job) for job in real])
        self.size = len(real)

    def grow(self, count: int) -> None:
        """Add copies of the real postings."""
        columns = [name for name in _list_columns(Job) if name not in _LEFT_OUT]
        listed = ", ".join(columns)
        chosen = ", ".join(f"{'new' if name in _VARIED else 'old'}.{name}" for name in columns)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """
                CREATE TEMP TABLE new (copied uuid, id uuid, external_id text, company text, company_key text, places jsonb,
                    pay_annual_minimum bigint, pay_annual_maximum bigint, posted_at timestamptz) ON COMMIT DROP
                """
            )
            with cursor.copy("COPY new FROM STDIN") as copy:
                for number in range(self.size, self.size + count):
                    copy.write_row(self._row(number))
            cursor.execute(
                f"INSERT INTO jobs ({listed}) SELECT {chosen} FROM new JOIN jobs AS old ON old.id = new.copied"
            )
        self.size += count

    def turn_over(self, count: int, *, now: datetime) -> None:
        """Close some of the open jobs and add as many new ones, as one run of their source."""
        closing = list(Job.objects.open().values_list("pk", flat=True))
        closing = sorted(closing, key=lambda pk: mix(pk.int & 0xFFFFFFFF ^ self.size))[:count]
        Job.objects.filter(pk__in=closing).update(closed_at=now)
        self.grow(count)
        JobRun.objects.create(
            source=self.source,
            outcome=JobRun.Outcome.OK,
            started_at=now,
            finished_at=now,
            new_count=count,
            closed_count=count,
        )

    def _row(self, number: int) -> tuple[object, ...]:
        job = self.market.open_job(number)
        facts, pay = job.facts, job.facts.annual_pay
        return (
            self.copied[number % len(self.copied)],
            job_id(number),
            str(number),
            facts.company[:255],
            company_key(facts.company)[:255],
            json.dumps([place.as_dict() for place in facts.places]),
            pay.minimum if pay else None,
            pay.maximum if pay else None,
            datetime.fromtimestamp(job.posted_at or 0, UTC),
        )


def store_personas(facts: Sequence[PersonaFacts]) -> list[Persona]:
    """Write one account a persona, as the owner of the tables; raises ValueError where one would be read back as another."""
    users = User.objects.bulk_create(
        [User(email=f"person{number}@example.com") for number in range(len(facts))]
    )
    personas = Persona.objects.bulk_create(
        [Persona(user=user, name="Myself", is_active=True) for user in users]
    )
    known = taxonomy()
    for user, persona, each in zip(users, personas, facts, strict=True):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=list(each.titles),
            required_skills=list(each.required_skills),
            nice_to_have_skills=list(each.nice_to_have_skills),
            locations=[place.label() for place in each.places],
            industries=list(each.industries),
            excluded_companies=list(each.excluded_companies),
            min_salary=each.minimum_salary,
            currency=each.currency,
            remote_preference=each.remote_preference,
        )
        UserSkill.objects.bulk_create(
            [
                UserSkill(user=user, skill_name=known.canonical(key), proficiency_level=level, source="input")
                for key, level in each.held.items()
            ]
        )
        if each.weights != DEFAULT_WEIGHTS:
            weights = {f"{name}_weight": Decimal(getattr(each.weights, name)) / 100 for name in FACTORS}
            TunerSettings.objects.create(user=user, name="Mine", is_default=True, **weights)
    stored = list(Persona.objects.select_related("user", "preferences").order_by("user__created_at", "pk"))
    _check(stored, facts)
    return stored


def _check(stored: Sequence[Persona], facts: Sequence[PersonaFacts]) -> None:
    by_email = {persona.user.email: persona for persona in stored}
    for number, each in enumerate(facts):
        read = read_persona_facts(by_email[f"person{number}@example.com"])
        if read != each:
            raise ValueError(f"persona {number} was stored as {each} and reads as {read}")


def multiply_matches(administrator: psycopg.Connection, times: int) -> int:
    """Copy each persona with its matches to so many new accounts; give the number of all matches.

    Foreign keys hold by construction and are not checked again, which only a superuser may ask for.
    """
    other = [name for name in _list_columns(Match) if name not in ("id", "user_id", "persona_id")]
    state = [name for name in _list_columns(MatchState) if name not in ("user_id", "persona_id")]
    for statement in (
        f"""
        CREATE TEMP TABLE copies AS
            SELECT user_id, id AS persona_id, gen_random_uuid() AS new_user, gen_random_uuid() AS new_persona, number
            FROM user_personas, generate_series(1, {times}) AS number
        """,
        """
        INSERT INTO users (id, email)
            SELECT new_user, number || '-' || user_id || '@example.com' FROM copies
        """,
        """
        INSERT INTO user_personas (id, user_id, name, is_active) SELECT new_persona, new_user, 'Myself', true FROM copies
        """,
        "SET session_replication_role = replica",
        f"""
        INSERT INTO job_matches (id, user_id, persona_id, {", ".join(other)})
            SELECT gen_random_uuid(), new_user, new_persona, {", ".join(other)}
            FROM job_matches JOIN copies USING (user_id, persona_id)
        """,
        f"""
        INSERT INTO match_states (user_id, persona_id, {", ".join(state)})
            SELECT new_user, new_persona, {", ".join(state)} FROM match_states JOIN copies USING (user_id, persona_id)
        """,
        "RESET session_replication_role",
        "VACUUM ANALYZE",
    ):
        administrator.execute(statement)
    return Match.objects.count()


def _list_columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]  # noqa: SLF001
