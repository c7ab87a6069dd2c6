"""What was promised of a skill and what came of it, in sentences made of the two counts."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.facts import Effect, Gap, read_effect, read_gap
from learning.models import Progress
from learning.reasons import points, score
from personas.models import UserSkill


def promised_of(row: Progress) -> Gap | None:
    """Give what was promised, None where nothing was counted then."""
    return read_gap(row.promised) if row.promised else None


def effect_of(row: Progress) -> Effect | None:
    """Give what was measured, None where nothing was yet."""
    return read_effect(row.measured) if row.measured else None


def tell_promise(gap: Gap) -> str:
    """Say what was promised."""
    shown = {
        "more": number_format(gap.crossing, force_grouping=True),
        "threshold": score(gap.threshold),
        "lift": points(gap.lift),
    }
    return (
        ngettext(
            "Promised: %(more)s more open job at %(threshold)s, and %(lift)s points for the roles that ask for it.",
            "Promised: %(more)s more open jobs at %(threshold)s, and %(lift)s points for the roles that ask for it.",
            gap.crossing,
        )
        % shown
    )


def tell_effect(effect: Effect) -> str:
    """Say what the skill changes among the jobs that are open now."""
    shown = {
        "there": number_format(effect.crossing, force_grouping=True),
        "above": number_format(effect.above, force_grouping=True),
        "threshold": score(effect.threshold),
        "lift": points(effect.lift),
    }
    return (
        ngettext(
            "Now: %(there)s of the %(above)s open job at %(threshold)s is there because of it, and the roles that ask for it stand %(lift)s points higher.",
            "Now: %(there)s of the %(above)s open jobs at %(threshold)s are there because of it, and the roles that ask for it stand %(lift)s points higher.",
            effect.above,
        )
        % shown
    )


def tell_differences(gap: Gap, effect: Effect) -> list[str]:
    """Name what is known to differ between the two counts; a difference that nothing here explains is not explained."""
    told = []
    if effect.level != gap.to_level:
        told.append(
            _("Counted then with the level %(then)s; you hold it as %(now)s.")
            % {"then": _level(gap.to_level), "now": _level(effect.level)}
        )
    if effect.threshold != gap.threshold:
        told.append(
            _("The threshold was %(then)s then and is %(now)s now.")
            % {"then": score(gap.threshold), "now": score(effect.threshold)}
        )
    if effect.open_jobs != gap.open_jobs:
        told.append(
            _("%(then)s jobs were open then, %(now)s are now.")
            % {
                "then": number_format(gap.open_jobs, force_grouping=True),
                "now": number_format(effect.open_jobs, force_grouping=True),
            }
        )
    return told


def _level(level: str) -> str:
    return str(UserSkill.Level(level).label) if level else _("not held")
