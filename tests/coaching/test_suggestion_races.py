"""Two answers to one suggestion at the same moment, on two connections: one counts, and nothing is done twice or by half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coaching import looks
from coaching.models import Relationship, Suggestion
from coaching.suggestion_previews import preview_suggestion
from coaching.suggestions import (
    accept_suggestion,
    decline_suggestion,
    suggest,
    withdraw_suggestion,
)
from matching.models import TunerSettings
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.services import Refused, edit_persona
from tests.coaching.test_suggestions import WEIGHED
from tests.factories import ConsentFactory, PersonaFactory, RelationshipFactory, UserFactory
from tests.personas.test_races import as_person, at_once, while_open

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def relationship(transactional_db: None) -> Relationship:
    made: Relationship = RelationshipFactory(coach=UserFactory(is_coach=True), client=UserFactory())
    ConsentFactory(relationship=made, scopes=["matches", "resume"])
    return made


def propose(
    relationship: Relationship, kind: str, proposal: dict[str, Any], **about: Any
) -> tuple[Suggestion, str]:
    """A suggestion, and what its client sees of it."""
    with acting_as(relationship.coach_id):
        looks.look_at_client(
            coach=relationship.coach, relationship=relationship, scopes=["matches"], page="suggestion"
        )
        made = suggest(
            coach=relationship.coach,
            relationship=relationship,
            kind=kind,
            proposal=proposal,
            note="Why.",
            **about,
        )
    with acting_as(relationship.client_id):
        own = Suggestion.objects.select_related("relationship").get(pk=made.pk)
        return own, preview_suggestion(suggestion=own, client=relationship.client).seen


def trying(work: Callable[[], Any], done: list[str], name: str) -> Callable[[], None]:
    """Do it, and note whether it was refused."""

    def run() -> None:
        try:
            work()
        except Refused as refused:
            done.append(f"refused: {type(refused).__name__}")
        else:
            done.append(name)

    return run


def accepting(suggestion: Suggestion, client: User, seen: str) -> Callable[[], Any]:
    return lambda: accept_suggestion(suggestion=suggestion, client=client, seen=seen)


def status_of(suggestion: Suggestion) -> str:
    with acting_as(suggestion.client_id):
        return str(Suggestion.objects.get(pk=suggestion.pk).status)


def presets_of(client: User) -> int:
    with acting_as(client.pk):
        return TunerSettings.objects.owned_by(client).count()


def test_two_devices_accept_once(relationship: Relationship) -> None:
    client = relationship.client
    for number in range(ROUNDS):
        suggestion, seen = propose(
            relationship, "weights", {**WEIGHED, "name": f"N{number}", "skill_weight": f"0.{number}1"}
        )
        done: list[str] = []

        at_once(client, *(trying(accepting(suggestion, client, seen), done, "done") for _each in range(2)))

        assert sorted(done) == ["done", "refused: Answered"]
        assert presets_of(client) == number + 1


def test_accepting_and_declining_at_once_leaves_one_answer(relationship: Relationship) -> None:
    client = relationship.client
    for number in range(ROUNDS):
        suggestion, seen = propose(
            relationship, "weights", {**WEIGHED, "name": f"N{number}", "skill_weight": f"0.{number}1"}
        )
        before, done = presets_of(client), []

        at_once(
            client,
            trying(accepting(suggestion, client, seen), done, "accepted"),
            trying(
                lambda each=suggestion: decline_suggestion(suggestion=each, client=client), done, "declined"
            ),
        )

        (answer,) = [each for each in done if not each.startswith("refused")]
        assert status_of(suggestion) == answer
        assert presets_of(client) == before + (answer == "accepted")


def test_what_is_being_taken_back_is_not_accepted(relationship: Relationship) -> None:
    suggestion, seen = propose(relationship, "weights", WEIGHED)
    client, done = relationship.client, []

    while_open(
        relationship.coach,
        lambda: withdraw_suggestion(suggestion=suggestion, coach=relationship.coach),
        as_person(client, trying(accepting(suggestion, client, seen), done, "accepted")),
    )

    assert done == ["refused: Answered"]
    assert (status_of(suggestion), presets_of(client)) == ("withdrawn", 0)


def test_what_is_being_accepted_is_not_taken_back(relationship: Relationship) -> None:
    suggestion, seen = propose(relationship, "weights", WEIGHED)
    coach, done = relationship.coach, []

    while_open(
        relationship.client,
        accepting(suggestion, relationship.client, seen),
        as_person(
            coach, trying(lambda: withdraw_suggestion(suggestion=suggestion, coach=coach), done, "withdrawn")
        ),
    )

    assert done == ["refused: Answered"]
    assert (status_of(suggestion), presets_of(relationship.client)) == ("accepted", 1)


def test_change_that_is_just_being_made_is_seen_before_accepting(relationship: Relationship) -> None:
    client = relationship.client
    persona: Persona = PersonaFactory(user=client)
    suggestion, seen = propose(relationship, "persona", {"min_salary": 65_000}, persona_id=persona.pk)
    done: list[str] = []

    while_open(
        client,
        lambda: edit_persona(persona=persona, preferences={"min_salary": 70_000}),
        as_person(client, trying(accepting(suggestion, client, seen), done, "accepted")),
    )

    assert done == ["refused: ChangedMeanwhile"]
    with acting_as(client.pk):
        assert PersonaPreferences.objects.get(persona=persona).min_salary == 70_000
