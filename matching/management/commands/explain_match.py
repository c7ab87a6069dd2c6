"""Replay the score of one stored match from its inputs, and show how it came about."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from matching.explanation import explain, read_weights
from matching.replay import Replay, replay_match


class Command(BaseCommand):
    """Shows a match's factors and weights, and scores it again by the definition."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the id of a match."""
        parser.add_argument("match", metavar="ID", help=str(_("the id of a match")))

    def handle(self, *args: Any, match: str, **options: Any) -> None:
        """Print the replay; end with an error where the same inputs give another number."""
        try:
            replay = replay_match(UUID(match))
        except ValueError:
            raise CommandError(
                _("“%(text)s” is not the id of a match; it looks like %(example)s.")
                % {"text": match, "example": "0b0f6a8e-5b0c-4c3e-9d53-7c2f6f0e8a11"}
            ) from None
        if replay is None:
            raise CommandError(_("There is no match with the id %(id)s.") % {"id": match})
        self.stdout.write("\n".join(_tell(replay)))
        if replay.is_same_input and not replay.is_same_number:
            raise CommandError(_("The same inputs give another number: this is a fault of Relevnt."))


def _tell(replay: Replay) -> list[str]:
    match = replay.match
    factors = match.match_factors
    lines = [
        _("stored    %(score)s of 100, coverage %(coverage)s")
        % {"score": match.match_score, "coverage": match.coverage},
        _("scorer    %(version)s") % {"version": match.scorer_version},
        _("inputs    job %(job)s, persona %(persona)s")
        % {"job": match.inputs_hash[:32], "persona": match.inputs_hash[32:]},
    ]
    for name, weight in read_weights(factors).items():
        value = factors.get(f"{name}_score")
        said = _("not stated") if value is None else str(value)
        asked = "" if name in factors.get("asked", (name,)) else _(" (not asked)")
        lines.append(f"  {name:10}{said:>12} × {weight}{asked}")
    lines += [f"now       {line}" for line in _tell_changes(replay)]
    if replay.score is None:
        lines.append(_("replayed  no match any more"))
    else:
        lines.append(
            _("replayed  %(score)s of 100, coverage %(coverage)s")
            % {"score": replay.score.score, "coverage": replay.score.coverage}
        )
        lines.append(explain(replay.score))
    return lines


def _tell_changes(replay: Replay) -> list[str]:
    if replay.is_same_input:
        return [_("the inputs are those of the stored score")]
    said = {
        "job": _("the job has changed since"),
        "persona": _("the persona, its owner's skills or the weights have changed since"),
        "scorer": _("the scorer has changed since"),
    }
    return [said[each] for each in replay.changed]
