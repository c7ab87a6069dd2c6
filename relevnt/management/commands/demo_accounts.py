"""Open the demo accounts, or close them where others could reach them: their password is published."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from relevnt import demo


class Command(BaseCommand):
    """The `demo_accounts` command; it runs as the owner of the tables, who alone makes staff and coaches."""

    help = _("Open the demo accounts, or close those that still have the published password.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one of the two words."""
        parser.add_argument("do", choices=["open", "close"])

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, and say how to sign in."""
        if options["do"] == "close":
            demo.close_accounts()
            return
        demo.open_accounts()
        self.stdout.write(demo.sign_ins())
