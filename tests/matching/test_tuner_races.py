"""Two changes of one person's presets at once: one after the other, and nothing doubles or breaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from matching import tuner
from matching.models import TunerSettings
from personas import services
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone
from tests.factories import PersonaFactory, TunerSettingsFactory, UserFactory
from tests.personas.test_races import as_person, at_once, while_open

pytestmark = pytest.mark.django_db(transaction=True)

WEIGHTS = {"skill": "1", "salary": "99", "location": "0", "remote": "0", "industry": "0"}


@pytest.fixture
def me(transactional_db: None) -> User:
    """Whose two requests they are."""
    return UserFactory()


def presets_of(user: User) -> list[TunerSettings]:
    with acting_as(user.pk):
        return list(TunerSettings.objects.order_by("name"))


def test_same_name_kept_in_two_tabs_is_kept_once(me: User) -> None:
    def keep(name: str) -> Any:
        return lambda: tuner.create_preset(user=me, values={"name": name})

    with pytest.raises(tuner.PresetNameTaken):
        while_open(me, keep("Mine"), as_person(me, keep("mine")))

    assert [row.name for row in presets_of(me)] == ["Mine"]


def test_last_place_is_taken_once(me: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner, "MAX_PRESETS", 1)

    with pytest.raises(tuner.TooManyPresets):
        while_open(
            me,
            lambda: tuner.create_preset(user=me, values={"name": "One"}),
            as_person(me, lambda: tuner.create_preset(user=me, values={"name": "Two"})),
        )

    assert len(presets_of(me)) == 1


def test_two_new_defaults_leave_one(me: User) -> None:
    one, two = TunerSettingsFactory(user=me, name="One"), TunerSettingsFactory(user=me, name="Two")

    while_open(
        me,
        lambda: tuner.edit_preset(preset=one, values={"is_default": True}),
        as_person(me, lambda: tuner.edit_preset(preset=two, values={"is_default": True})),
    )

    assert [(row.name, row.is_default) for row in presets_of(me)] == [("One", False), ("Two", True)]


@pytest.mark.parametrize("change", ["edit", "delete"])
def test_change_of_a_preset_that_is_being_deleted_finds_it_gone(me: User, change: str) -> None:
    preset = TunerSettingsFactory(user=me)
    changes = {
        "edit": lambda: tuner.edit_preset(preset=preset, values={"name": "Other"}),
        "delete": lambda: tuner.delete_preset(preset=preset),
    }

    with pytest.raises(Gone):
        while_open(me, lambda: tuner.delete_preset(preset=preset), as_person(me, changes[change]))

    assert presets_of(me) == []


def test_undo_in_two_tabs_undoes_once(me: User) -> None:
    preset = TunerSettingsFactory(user=me, name="Mine")
    with acting_as(me.pk):
        steps = tuner.delete_preset(preset=preset).steps

    with pytest.raises(tuner.ChangedSince):
        while_open(
            me,
            lambda: tuner.take_back(user=me, steps=steps),
            as_person(me, lambda: tuner.take_back(user=me, steps=steps)),
        )

    assert [row.pk for row in presets_of(me)] == [preset.pk]


def test_page_that_saves_onto_a_preset_being_deleted_keeps_the_sliders(me: User, client: Client) -> None:
    persona, preset = PersonaFactory(user=me), TunerSettingsFactory(user=me)
    client.force_login(me)

    answer = while_open(
        me,
        lambda: tuner.delete_preset(preset=preset),
        lambda: client.post(f"/tuner/{preset.pk}/", {"persona": str(persona.pk), **WEIGHTS}),
    )

    assert answer.status_code == 404
    assert "The sliders stand as you left them" in answer.content.decode()
    assert 'name="salary" value="99"' in answer.content.decode()


def test_presets_and_personas_change_at_once_and_neither_waits_for_ever(me: User) -> None:
    personas = [PersonaFactory(user=me) for _ in range(6)]

    for number, persona in enumerate(personas):
        preset = TunerSettingsFactory(user=me)
        at_once(
            me,
            lambda name=f"New {number}": tuner.create_preset(
                user=me, values={"name": name, "is_default": True}
            ),
            lambda row=preset: tuner.edit_preset(preset=row, values={"is_default": True}),
            lambda row=persona: services.edit_persona(persona=row, preferences={"min_salary": 1}),
            lambda name=f"Skill {number}": services.add_skill(
                user=me, name=name, level="expert", source="input"
            ),
        )

    assert len(presets_of(me)) == 12
    assert sum(row.is_default for row in presets_of(me)) == 1
