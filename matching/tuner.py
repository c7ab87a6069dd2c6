"""What changes presets of weights; nothing else writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from matching.models import TunerSettings
from personas.models import User
from personas.services import Gone


def create_preset(*, user: User, values: Mapping[str, Any]) -> TunerSettings:
    """Keep a preset; a default one takes the place of the default before it."""
    with transaction.atomic():
        _make_room(user, values)
        preset: TunerSettings = TunerSettings.objects.create(user=user, **values)
    return preset


def edit_preset(*, preset: TunerSettings, values: Mapping[str, Any]) -> TunerSettings:
    """Change what is given of a preset, or raise Gone; a default one takes the place of the default before it."""
    if not values:
        return preset
    with transaction.atomic():
        _make_room(preset.user, values)
        if not TunerSettings.objects.filter(pk=preset.pk).update(**values):
            raise Gone({})
    for field, value in values.items():
        setattr(preset, field, value)
    return preset


def delete_preset(*, preset: TunerSettings) -> None:
    """Delete a preset; without a default one the weights are those that Relevnt comes with."""
    TunerSettings.objects.filter(pk=preset.pk).delete()


def _make_room(user: User, values: Mapping[str, Any]) -> None:
    """Let there be no default where a new one comes; whoever makes one waits for the other to be done."""
    if values.get("is_default"):
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        TunerSettings.objects.owned_by(user).filter(is_default=True).update(is_default=False)
