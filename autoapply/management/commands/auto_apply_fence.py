"""The restore fence, for the operator: shown, lifted, or raised after a restore that cannot be told from inside."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from autoapply.fence import check_fence, lift_fence, raise_fence
from autoapply.models import Fence

BECAUSE = {
    "another_database": "this is another database than the one that was known: restored, copied or failed over",
    "fewer_sendings": "the journal of this machine knows sendings that the database does not",
    "sent_and_waiting_again": "an application that has left, says the journal, waits to be sent again",
    "asked": "it was asked for",
}


class Command(BaseCommand):
    """Shows the fence; lifts or raises it when asked to."""

    help = (
        "Show whether the restore fence keeps auto-apply from sending; --lift lets it send, --raise stops it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Two options, of which one at most is given."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--lift", action="store_true", help="let the machine send again")
        which.add_argument(
            "--raise",
            action="store_true",
            dest="up",
            help="let nothing be sent: after restoring a whole machine",
        )

    def handle(self, *args: Any, lift: bool, up: bool, **options: Any) -> None:
        """Do what was asked, then say how things stand."""
        if up:
            raise_fence(because="asked")
        elif lift:
            lift_fence()
        else:
            check_fence()
        fence = Fence.objects.get(pk=1)
        if fence.is_raised:
            why = BECAUSE.get(fence.raised_because, fence.raised_because)
            self.stdout.write(f"The fence stands since {fence.raised_at:%Y-%m-%d %H:%M} UTC: {why}.")
            self.stdout.write(
                "Nothing is sent. Compare with what employers received, then: manage.py auto_apply_fence --lift"
            )
        else:
            self.stdout.write(
                "The fence is lifted: the machine may send. What was on its way before it was last raised waits "
                "for its owner's word."
                if fence.epoch
                else "The fence was never raised: the machine may send."
            )
