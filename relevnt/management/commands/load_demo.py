"""Load the demo postings, once, match whoever is due, and count what they might learn."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.catalogs import keep_catalogs
from learning.refresh import personas_due, refresh_personas
from matching.models import JobSource
from matching.services import match_personas, personas_to_refresh
from relevnt import demo


class Command(BaseCommand):
    """The `load_demo` command."""

    help = _("Load the shipped archive of postings, once, and match every persona that is due.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a larger file of postings, if there is one."""
        parser.add_argument("--demo", metavar="FILE", type=Path, help=_("read these postings too"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read what has not been read, then match and count."""
        # A demo file is an archive too: labeled, shown with its dates, merged with what the shipped one holds.
        archive = {"kind": JobSource.Kind.ARCHIVE.value}
        if not demo.is_archive_read():
            attribution = str(demo.ARCHIVE_ATTRIBUTION)
            call_command(
                "ingest_jobs", demo.ARCHIVE, source=demo.ARCHIVE_SOURCE, attribution=attribution, **archive
            )
        if options["demo"]:
            call_command("ingest_jobs", options["demo"], source=demo.DEMO_SOURCE, **archive)
        now = timezone.now()
        match_personas(persona_ids=list(personas_to_refresh(now).values_list("pk", flat=True)), now=now)
        keep_catalogs(now=now)
        refresh_personas(persona_ids=list(personas_due(now).values_list("pk", flat=True)), now=now)
