"""The second clock: looks for what is due where beat is silent, without needing the broker."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connection

from autoapply import tick

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """One look, or one whenever nobody else has looked for a minute."""

    help = "Prepare and send what is due now. With --watch, keep looking, and act only where beat is silent."

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument(
            "--watch",
            action="store_true",
            help="run for ever, and act only when nobody has looked for a minute",
        )

    def handle(self, *args: Any, watch: bool, **options: Any) -> None:
        """Look once, or for ever."""
        if not watch:
            tick.tick_here()
            return
        while True:
            try:
                tick.name_doubts()
                if tick.is_silent():
                    tick.tick_here()
            except (DatabaseError, InterfaceError):
                # The database is away: the next look opens a connection of its own.
                logger.warning("The second clock cannot reach the database; it looks again")
                connection.close()
            time.sleep(tick.EVERY.total_seconds() / 2)
