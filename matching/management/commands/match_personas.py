"""Score every open job for all personas, or for one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from matching import services
from personas.models import Persona


class Command(BaseCommand):
    """Matches personas now, whatever the clock says."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one persona's id, or none for all."""
        parser.add_argument("--persona", metavar="ID", help=str(_("match this persona alone")))

    def handle(self, *args: Any, persona: str | None, **options: Any) -> None:
        """Match and print what was done."""
        ids = (
            [_known_persona(persona)]
            if persona
            else list(Persona.objects.order_by("pk").values_list("pk", flat=True))
        )
        totals = services.MatchSummary()
        with tqdm(total=len(ids), unit="persona", disable=None) as progress:
            for start in range(0, len(ids), services.TOGETHER):
                some = ids[start : start + services.TOGETHER]
                done = services.match_personas(persona_ids=some, now=timezone.now())
                totals.open_jobs = done.open_jobs
                for name in ("personas", "written", "renewed", "unchanged", "removed"):
                    setattr(totals, name, getattr(totals, name) + getattr(done, name))
                progress.update(len(some))
        self.stdout.write(
            _(
                "%(personas)d personas against %(jobs)d open jobs: %(written)d matches written, %(renewed)d renewed, "
                "%(unchanged)d unchanged, %(removed)d removed"
            )
            % {
                "personas": totals.personas,
                "jobs": totals.open_jobs,
                "written": totals.written,
                "renewed": totals.renewed,
                "unchanged": totals.unchanged,
                "removed": totals.removed,
            }
        )


def _known_persona(text: str) -> UUID:
    try:
        persona_id = UUID(text)
    except ValueError:
        raise CommandError(
            _("“%s” is not the id of a persona: ids look like %s") % (text, UUID(int=0))
        ) from None
    if not Persona.objects.filter(pk=persona_id).exists():
        raise CommandError(_("there is no persona with the id %s") % persona_id)
    return persona_id
