"""Makes the archive of postings that Relevnt ships, from a collection in the posting shape."""

from __future__ import annotations

import gzip
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from matching.feeds.archive import archive_record, is_shippable


class Command(BaseCommand):
    """The `build_archive` command: the same input gives the same bytes."""

    help = _("Write the shippable postings (licence_tier A) of IN, a JSONL file packed with gzip, to OUT.")
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("source", metavar="IN", type=Path)
        parser.add_argument("target", metavar="OUT", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the archive in the order of sources and numbers."""
        with gzip.open(options["source"], "rt", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        kept = [archive_record(record) for record in records if is_shippable(record)]
        kept.sort(key=lambda record: (record["source"], record["external_id"]))
        lines = [json.dumps(record, ensure_ascii=False, sort_keys=True) for record in kept]
        # No name and no time in the header, or each building would differ.
        options["target"].write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0))
        size = options["target"].stat().st_size
        message = _("{count:,} postings, {size:,} bytes.").format(count=len(kept), size=size)
        self.stdout.write(message)
