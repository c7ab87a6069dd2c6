"""Load the demo world: the shipped archive of postings and the people who look at it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from matching.models import JobRun, JobSource
from relevnt import demo


class Command(BaseCommand):
    """The `load_demo` command."""

    help = _("Load the demo world once: the shipped archive of postings and three accounts.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a larger file of postings, if there is one."""
        parser.add_argument("--demo", metavar="FILE", type=Path, help=_("read these postings too"))
        parser.add_argument(
            "--no-people", action="store_true", help=_("make no accounts: their password is published")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load what is missing, then print how to sign in."""
        load_postings(options["demo"])
        if options["no_people"]:
            self.stdout.write(
                _warning() if demo.is_loaded() else _("No demo accounts are made: others can reach them.")
            )
            return
        if not demo.is_loaded():
            demo.make_people()
        self.stdout.write(sign_ins())


def load_postings(extra: Path | None) -> None:
    """Read the archive, once, and `extra`."""
    archive_read = JobRun.objects.filter(source__name=demo.ARCHIVE_SOURCE, outcome=JobRun.Outcome.OK).exists()
    if not archive_read:
        call_command(
            "ingest_jobs",
            demo.ARCHIVE,
            source=demo.ARCHIVE_SOURCE,
            kind=JobSource.Kind.ARCHIVE.value,
            attribution=str(demo.ARCHIVE_ATTRIBUTION),
        )
    if extra:
        call_command("ingest_jobs", extra, source=demo.DEMO_SOURCE)


def _warning() -> str:
    return _(
        "The demo accounts %(first)s, %(second)s and %(third)s are still here and others can reach them: "
        "their password is published. Change it, or delete the accounts."
    ) % {"first": demo.SEEKER, "second": demo.COACH, "third": demo.STAFF}


def sign_ins() -> str:
    """Whom one can sign in as, one a line."""
    people = ((_("job seeker"), demo.SEEKER), (_("coach"), demo.COACH), (_("staff"), demo.STAFF))
    lines = [f"  {email}  {role}" for role, email in people]
    return "\n".join([_("Sign in with the password “%s” as") % demo.PASSWORD, *lines])
