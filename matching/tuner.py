"""What changes presets of weights, and what takes such a change back; nothing else writes them.

Whoever changes presets waits for the person's other changes, so that names stay apart, one preset at most is the default,
and what a change would be taken back to is what really stood before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.facts import weights_of
from matching.models import TunerSettings
from matching.presets import READY
from matching.scoring import DEFAULT_WEIGHTS, FACTORS, Weights
from personas.checking import PERSONA_RULES, Rules, check_values
from personas.models import User
from personas.services import Gone, Refused, Taken, ValuesRefused

MAX_PRESETS = 50
"""Presets that one person may keep; more could not be told apart in a list."""

READY_NAMES: Mapping[str, Any] = {
    "balanced": gettext_lazy("Balanced"),
    "skills_first": gettext_lazy("Skills first"),
    "pay_first": gettext_lazy("Pay first"),
    "remote_friendly": gettext_lazy("Remote friendly"),
}
"""What the ready presets are called."""


class PresetNameTaken(Taken):
    """Raised when the person has a preset of this name already, in whatever case."""


class TooManyPresets(Refused):
    """Raised when the person keeps as many presets as may be kept."""


class ChangedSince(Refused):
    """Raised when a change cannot be taken back, because something else has changed the same presets since."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to one preset: its changed values before and after, as JSON has them; None stands for no preset."""

    preset_id: UUID
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made: the preset as it is now (or was, when deleted), and the steps that `take_back` reverses.

    `renews` tells whether the person's matches are weighed with other weights from now on.
    """

    preset: TunerSettings
    steps: tuple[Step, ...] = ()
    renews: bool = False


def values_of(weights: Weights) -> dict[str, Decimal]:
    """The columns of a preset with these weights."""
    return {
        f"{factor}_weight": Decimal(percent) / 100
        for factor, percent in zip(FACTORS, asdict(weights).values(), strict=True)
    }


def find_weights(*, user: User, preset: str) -> Weights | None:
    """The weights of a ready preset by its code or of one of the person's own by its id; None where there is none."""
    if preset in READY:
        return READY[preset]
    try:
        own = TunerSettings.objects.owned_by(user).filter(pk=UUID(preset)).first()
    except ValueError:
        return None
    return weights_of(own) if own else None


def create_preset(*, user: User, values: Mapping[str, Any]) -> Changed:
    """Keep a preset; a default one takes the place of the default before it.

    Raises PresetNameTaken, TooManyPresets or ValuesRefused.
    """
    kept = {**values_of(DEFAULT_WEIGHTS), **_checked({"name": "", **values})}
    with transaction.atomic():
        _take_turns(user.pk)
        old = _default_weights(user.pk)
        _judge_number(user.pk)
        _judge_name(user.pk, kept["name"])
        steps = _make_room(user.pk, kept)
        preset: TunerSettings = TunerSettings.objects.create(user=user, **kept)
        renews = _default_weights(user.pk) != old
    return Changed(preset, (*steps, Step(preset.pk, None, _as_json(preset))), renews)


def edit_preset(*, preset: TunerSettings, values: Mapping[str, Any]) -> Changed:
    """Change what is given of a preset; a default one takes the place of the default before it.

    Raises PresetNameTaken, ValuesRefused, or Gone where it was deleted meanwhile.
    """
    kept = _checked(values)
    with transaction.atomic():
        _take_turns(preset.user_id)
        old = _default_weights(preset.user_id)
        now = _found(preset)
        before = _as_json(now)
        if kept.get("name", now.name) != now.name:
            _judge_name(preset.user_id, kept["name"], besides=now.pk)
        steps = _make_room(preset.user_id, kept, besides=now.pk)
        for field, value in kept.items():
            setattr(now, field, value)
        after = _as_json(now)
        changed = [field for field in after if after[field] != before[field]]
        if changed:
            now.save(update_fields=changed)
            step = Step(now.pk, {f: before[f] for f in changed}, {f: after[f] for f in changed})
            steps = (*steps, step)
        renews = _default_weights(preset.user_id) != old
    return Changed(now, steps, renews)


def delete_preset(*, preset: TunerSettings) -> Changed:
    """Delete a preset, or raise Gone; without a default one the weights are those that Relevnt comes with."""
    with transaction.atomic():
        _take_turns(preset.user_id)
        old = _default_weights(preset.user_id)
        now = _found(preset)
        TunerSettings.objects.filter(pk=now.pk).delete()
        renews = _default_weights(preset.user_id) != old
    before = {**_as_json(now), "created_at": now.created_at.isoformat()}
    return Changed(now, (Step(now.pk, before, None),), renews)


def take_back(*, user: User, steps: Sequence[Step]) -> bool:
    """Make presets what they were before a change, all or nothing, and tell whether that renews the matches.

    Raises ChangedSince, or PresetNameTaken and TooManyPresets where a deleted one has no room any more.
    """
    with transaction.atomic():
        _take_turns(user.pk)
        old = _default_weights(user.pk)
        for step in reversed(steps):
            _take_back_step(user.pk, step)
        return _default_weights(user.pk) != old


def _take_back_step(user_id: UUID, step: Step) -> None:
    own = TunerSettings.objects.filter(user_id=user_id)
    row = own.filter(pk=step.preset_id)
    if step.before is None:
        done = bool(row.filter(**step.after or {}).delete()[0])
    else:
        if "name" in step.before:
            _judge_name(user_id, step.before["name"], besides=step.preset_id)
        if step.before.get("is_default") and own.filter(is_default=True).exclude(pk=step.preset_id).exists():
            raise _changed_since()
        if step.after is None:
            done = not row.exists()
            if done:
                _judge_number(user_id)
                TunerSettings.objects.create(pk=step.preset_id, user_id=user_id, **step.before)
        else:
            done = bool(row.filter(**step.after).update(**step.before))
    if not done:
        raise _changed_since()


def _take_turns(user_id: UUID) -> None:
    """Wait for the person's other changes, before any other lock is taken; raise Gone where the account is deleted."""
    if User.objects.select_for_update(no_key=True).filter(pk=user_id).first() is None:
        raise _gone()


def _found(preset: TunerSettings) -> TunerSettings:
    found: TunerSettings | None = TunerSettings.objects.filter(pk=preset.pk, user_id=preset.user_id).first()
    if found is None:
        raise _gone()
    return found


def _default_weights(user_id: UUID) -> Weights:
    default = TunerSettings.objects.filter(user_id=user_id, is_default=True).first()
    return Weights(*weights_of(default).in_order())


def _judge_number(user_id: UUID) -> None:
    if TunerSettings.objects.filter(user_id=user_id).count() >= MAX_PRESETS:
        sentence = _("You keep %(limit)s presets, which is as many as there can be. Delete one first.")
        raise TooManyPresets({"name": [sentence % {"limit": MAX_PRESETS}]})


def _judge_name(user_id: UUID, name: str, *, besides: UUID | None = None) -> None:
    others = TunerSettings.objects.filter(user_id=user_id).exclude(pk=besides)
    if name.casefold() in {other.casefold() for other in others.values_list("name", flat=True)}:
        raise PresetNameTaken({"name": [_("You have a preset of this name already. Give this one another.")]})


def _make_room(user_id: UUID, values: Mapping[str, Any], *, besides: UUID | None = None) -> tuple[Step, ...]:
    """Let there be no default where a new one comes."""
    if not values.get("is_default"):
        return ()
    defaults = TunerSettings.objects.filter(user_id=user_id, is_default=True).exclude(pk=besides)
    steps = tuple(
        Step(pk, {"is_default": True}, {"is_default": False}) for pk in defaults.values_list("pk", flat=True)
    )
    defaults.update(is_default=False)
    return steps


def _as_json(preset: TunerSettings) -> dict[str, Any]:
    weights = {f"{factor}_weight": getattr(preset, f"{factor}_weight") for factor in FACTORS}
    return {
        "name": preset.name,
        **{field: f"{weight:.2f}" for field, weight in weights.items()},
        "is_default": preset.is_default,
    }


def _weight(value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise ValueError(_("Give a weight from 0 to 1."))
    return value


_RULES: Rules = {
    "name": PERSONA_RULES["name"],
    **{f"{factor}_weight": _weight for factor in FACTORS},
    "is_default": bool,
}


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    kept, faults = check_values(values, _RULES)
    if faults:
        raise ValuesRefused(faults)
    return kept


def _gone() -> Gone:
    return Gone({"id": [_("These weights are not there any more: they were deleted meanwhile.")]})


def _changed_since() -> ChangedSince:
    return ChangedSince(
        {"id": [_("This cannot be undone any more: the weights have been changed again since.")]}
    )
