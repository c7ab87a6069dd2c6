"""Presets of weights: kept, changed, deleted, and taken back to exactly what was; refused with a sentence otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from matching import tuner
from matching.models import TunerSettings
from matching.presets import READY
from matching.scoring import Weights
from personas.identity import acting_as
from personas.models import Persona, User
from personas.services import Gone, Refused, ValuesRefused
from tests.factories import PersonaFactory, TunerSettingsFactory

PAY = Weights(skill=10, salary=70, location=5, remote=10, industry=5)


@pytest.fixture(autouse=True)
def as_alice(alice: User) -> Any:
    with acting_as(alice.pk):
        yield


def rows(user: User) -> list[dict[str, Any]]:
    """Every preset of a person, but for when it was last touched."""
    return list(
        TunerSettings.objects.owned_by(user)
        .order_by("pk")
        .values("pk", "name", "is_default", "created_at", *(f"{each}_weight" for each in Weights.__slots__))
    )


def keep(user: User, name: str, **values: Any) -> tuner.Changed:
    return tuner.create_preset(user=user, values={"name": name, **tuner.values_of(PAY), **values})


def test_preset_keeps_its_weights_to_the_hundredth(alice: User) -> None:
    keep(alice, "  Pay   first ")

    (row,) = TunerSettings.objects.all()
    assert row.name == "Pay first"
    assert (row.skill_weight, row.salary_weight, row.industry_weight) == (
        Decimal("0.10"),
        Decimal("0.70"),
        Decimal("0.05"),
    )


def test_weights_that_are_left_out_are_the_usual_ones(alice: User) -> None:
    tuner.create_preset(user=alice, values={"name": "Usual"})

    assert tuner.find_weights(user=alice, preset=str(TunerSettings.objects.get().pk)) == READY["balanced"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "a\0b"])
def test_name_that_cannot_be_kept_is_refused(alice: User, name: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        keep(alice, name)

    assert list(refused.value.faults) == ["name"]
    assert rows(alice) == []


@pytest.mark.parametrize("weight", [Decimal("-0.01"), Decimal("1.01")])
def test_weight_out_of_range_is_refused(alice: User, weight: Decimal) -> None:
    with pytest.raises(ValuesRefused) as refused:
        keep(alice, "Pay", remote_weight=weight)

    assert refused.value.faults == {"remote_weight": ["Give a weight from 0 to 1."]}


def test_name_is_taken_whatever_its_case_but_not_by_somebody_else(alice: User, charlie: User) -> None:
    TunerSettingsFactory(user=charlie, name="Pay")
    kept, other = keep(alice, "Pay").preset, keep(alice, "Place").preset

    with pytest.raises(tuner.PresetNameTaken):
        keep(alice, "PAY")
    with pytest.raises(tuner.PresetNameTaken):
        tuner.edit_preset(preset=other, values={"name": "pay"})
    tuner.edit_preset(preset=kept, values={"name": "pay"})

    assert sorted(row["name"] for row in rows(alice)) == ["Place", "pay"]


def test_there_is_a_most_of_presets(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner, "MAX_PRESETS", 2)
    keep(alice, "One"), keep(alice, "Two")

    with pytest.raises(tuner.TooManyPresets) as refused:
        keep(alice, "Three")

    assert "You keep 2 presets" in refused.value.faults["name"][0]
    assert len(rows(alice)) == 2


def create_default(user: User) -> tuner.Changed:
    return keep(user, "New", is_default=True)


CHANGES = {
    "create": lambda user, preset: keep(user, "New"),
    "create the default": lambda user, preset: create_default(user),
    "rename": lambda user, preset: tuner.edit_preset(preset=preset, values={"name": "Renamed"}),
    "weights": lambda user, preset: tuner.edit_preset(preset=preset, values=tuner.values_of(PAY)),
    "make default": lambda user, preset: tuner.edit_preset(preset=preset, values={"is_default": True}),
    "all at once": lambda user, preset: tuner.edit_preset(
        preset=preset, values={"name": "Renamed", "is_default": True, **tuner.values_of(PAY)}
    ),
    "delete": lambda user, preset: tuner.delete_preset(preset=preset),
    "delete the default": lambda user, preset: tuner.delete_preset(
        preset=TunerSettings.objects.get(is_default=True)
    ),
    "no default": lambda user, preset: tuner.edit_preset(
        preset=TunerSettings.objects.get(is_default=True), values={"is_default": False}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_taken_back_leaves_exactly_what_was(alice: User, change: Any) -> None:
    TunerSettingsFactory(user=alice, name="Default", is_default=True, skill_weight="0.90")
    preset = TunerSettingsFactory(user=alice, name="Other")
    before = rows(alice)
    changed = change(alice, preset)
    between = rows(alice)

    tuner.take_back(user=alice, steps=changed.steps)

    assert between != before
    assert rows(alice) == before
    with pytest.raises(tuner.ChangedSince):
        tuner.take_back(user=alice, steps=changed.steps)
    assert rows(alice) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_overtaken_by_another_is_not_taken_back(alice: User, change: Any) -> None:
    TunerSettingsFactory(user=alice, name="Default", is_default=True)
    preset = TunerSettingsFactory(user=alice, name="Other")
    changed = change(alice, preset)
    # Whatever was changed is changed again: every weight, name and default, by a preset that takes each place.
    for row in TunerSettings.objects.all():
        tuner.edit_preset(preset=row, values={"name": f"{row.name} again", "skill_weight": Decimal("0.77")})
    tuner.create_preset(user=alice, values={"name": "Other", "is_default": True})
    before = rows(alice)

    with pytest.raises(Refused):
        tuner.take_back(user=alice, steps=changed.steps)

    assert rows(alice) == before


def test_steps_of_one_change_are_taken_back_all_or_none(alice: User) -> None:
    old = TunerSettingsFactory(user=alice, name="Old", is_default=True)
    changed = create_default(alice)
    tuner.edit_preset(preset=old, values={"is_default": True})
    before = rows(alice)

    with pytest.raises(tuner.ChangedSince):
        tuner.take_back(user=alice, steps=changed.steps)

    assert rows(alice) == before


def test_change_that_changes_nothing_has_no_steps(alice: User) -> None:
    preset = TunerSettingsFactory(user=alice, name="Same")

    changed = tuner.edit_preset(preset=preset, values={"name": "Same", "is_default": False})

    assert changed.steps == ()


@pytest.mark.parametrize(
    ("change", "renews"),
    [
        ("create", False),
        ("create the default", True),
        ("rename", False),
        ("weights", False),
        ("make default", True),
        ("delete", False),
        ("delete the default", True),
        ("no default", True),
    ],
)
def test_change_tells_whether_matches_are_weighed_anew(alice: User, change: str, renews: bool) -> None:
    TunerSettingsFactory(user=alice, is_default=True, skill_weight="0.90")
    preset = TunerSettingsFactory(user=alice, salary_weight="0.80")

    changed = CHANGES[change](alice, preset)

    assert changed.renews is renews
    assert tuner.take_back(user=alice, steps=changed.steps) is renews


def test_new_default_renews_the_matches_of_every_persona(alice: User) -> None:
    personas = [PersonaFactory(user=alice), PersonaFactory(user=alice)]

    create_default(alice)

    now = {row.pk: row.inputs_revision for row in Persona.objects.all()}
    assert all(now[row.pk] > row.inputs_revision for row in personas)


@pytest.mark.parametrize("gone", ["weights", "delete"])
def test_preset_that_is_gone_is_said_to_be(alice: User, gone: str) -> None:
    preset = TunerSettingsFactory(user=alice)
    tuner.delete_preset(preset=preset)

    with pytest.raises(Gone):
        CHANGES[gone](alice, preset)


def test_weights_are_found_by_code_and_by_id(alice: User, charlie: User) -> None:
    mine = keep(alice, "Mine").preset
    theirs = TunerSettingsFactory(user=charlie)

    assert tuner.find_weights(user=alice, preset=str(mine.pk)) == PAY
    assert tuner.find_weights(user=alice, preset="pay_first") == READY["pay_first"]
    for other in (str(theirs.pk), "no such", "", "\0"):
        assert tuner.find_weights(user=alice, preset=other) is None


def test_every_ready_preset_has_a_name() -> None:
    assert list(tuner.READY_NAMES) == list(READY)
