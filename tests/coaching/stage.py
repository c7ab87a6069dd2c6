"""A coach and a client whose rows other connections see, for tests that speak SQL as the application role itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from coaching.models import SCOPES, Consent, Relationship
from personas.models import User
from tests.everything import SIMPLE, everything_of
from tests.factories import ConsentFactory, RelationshipFactory, UserFactory
from tests.roles import act_as, count, log_in_as_owner_acting_as, login, remove_as_owner

# What each scope opens, told here once more: what the migration says is what is tested.
OPENED = {
    "matches": {
        "job_matches",
        "match_states",
        "relevance_tuner_settings",
        "user_personas",
        "persona_preferences",
    },
    "applications": {
        "auto_apply_rules",
        "auto_apply_standings",
        "auto_apply_decisions",
        "auto_apply_applications",
        "auto_apply_events",
        "auto_apply_logs",
        "application_follow_ups",
    },
    "learning": {"learning_recommendations", "learning_progress", "learning_states"},
    "resume": {"resumes", "resume_files", "user_skills"},
    "papers": {
        "application_kits",
        "application_answers",
        "application_notes",
        "application_contacts",
        "letter_templates",
    },
}
GRANTED = set().union(*(OPENED[scope] for scope in SCOPES))


@dataclass(slots=True)
class Stage:
    """Alice with a row of everything, Bob her coach, Charlie a stranger; Alice lets Bob see all that can be granted."""

    alice: User
    bob: User
    charlie: User
    rows: dict[str, Any]
    relationship: Relationship
    consent: Consent

    def look(
        self,
        own: psycopg.Connection,
        *,
        viewer: User | None = None,
        client: User | None = None,
        role: str = "coach",
        scopes: Sequence[str] = SCOPES,
        reason: str = "",
        **columns: Any,
    ) -> uuid.UUID:
        """Write an entry as the page would and open what it names; columns replace what a page would write."""
        row = {
            "look_id": uuid.uuid4(),
            "viewer_id": (viewer or self.bob).pk,
            "viewer_role": role,
            "client_id": (client or self.alice).pk,
            "relationship_id": self.relationship.pk if role == "coach" else None,
            "scopes": list(scopes),
            "page": "matches",
            "reason": reason,
        } | columns
        names, places = ", ".join(row), ", ".join(["%s"] * len(row))
        own.execute(f"INSERT INTO access_log ({names}) VALUES ({places})", list(row.values()))
        open_look(own, row["look_id"])
        return row["look_id"]

    def seen(self, own: psycopg.Connection, person: User | None = None) -> set[str]:
        """The tables in which a row of Alice's (or of `person`) is seen."""
        whose = f"WHERE user_id = '{(person or self.alice).pk}'"
        return {table for table in SIMPLE if count(own, f"{table} {whose}")}

    @contextmanager
    def as_bob(self) -> Iterator[psycopg.Connection]:
        """A connection of the application role that acts for the coach."""
        with login("relevnt_app") as own:
            act_as(own, self.bob)
            yield own

    def set(self, sql: str) -> None:
        """Bring rows into a state, as the owner of the tables: {bob}, {alice} and {relationship} stand for their keys."""
        keys = {
            "bob": f"'{self.bob.pk}'",
            "alice": f"'{self.alice.pk}'",
            "relationship": f"'{self.relationship.pk}'",
        }
        remove_as_owner(sql.format(**keys))

    def looks(self) -> int:
        """How many entries there are about Alice."""
        with login("relevnt_app") as own:
            act_as(own, self.alice)
            return count(own, f"access_log WHERE client_id = '{self.alice.pk}'")


def open_look(own: psycopg.Connection, look_id: object) -> None:
    """Say which look the transaction is."""
    own.execute("SELECT set_config('app.look_id', %s, true)", [str(look_id)])


@contextmanager
def kept_people() -> Iterator[dict[str, Any]]:
    """Alice and her rows, and Charlie with a row of everything too, committed; all is gone afterwards."""
    alice = UserFactory(email="alice@example.com", display_name="Alice")
    charlie = UserFactory(email="charlie@example.com", display_name="Charlie")
    try:
        yield {
            "alice": alice,
            "charlie": charlie,
            "rows": everything_of(alice),
            "others": everything_of(charlie),
        }
    finally:
        remove_as_owner("DELETE FROM users", "DELETE FROM jobs", "DELETE FROM job_sources")
        log_in_as_owner_acting_as("relevnt_app")


@contextmanager
def staged(people: dict[str, Any]) -> Iterator[Stage]:
    """Bob with a relationship and a consent of its own; whatever is added beside the kept people is removed."""
    alice, charlie = people["alice"], people["charlie"]
    bob = UserFactory(email="bob@example.com", display_name="Bob", is_coach=True)
    relationship = RelationshipFactory(coach=bob, client=alice)
    try:
        yield Stage(
            alice,
            bob,
            charlie,
            people["rows"],
            relationship,
            ConsentFactory(relationship=relationship, scopes=list(SCOPES)),
        )
    finally:
        kept = f"'{alice.pk}', '{charlie.pk}'"
        remove_as_owner(
            "DELETE FROM coach_client_relationships",
            f"DELETE FROM users WHERE id NOT IN ({kept})",
            "UPDATE users SET is_active = true, is_coach = false, is_staff = false",
        )
