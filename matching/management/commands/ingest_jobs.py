"""Reads files of postings into the jobs of a source, or a source by what it lists itself."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from matching.feeds.csv_file import HeaderError
from matching.feeds.files import FileDamagedError, FileNotUnderstoodError, PostingFile, open_file
from matching.ingest import SourceBusyError, SourceKindError, ingest, open_source
from matching.models import JobRejection, JobRun, JobSource
from matching.polling import SourceNotReady, read_source
from matching.source_health import WORKS
from matching.sources.registry import SOURCES
from personas.spreadsheet import safe_cell

REJECTIONS_PRINTED = 50


class Command(BaseCommand):
    """The `ingest_jobs` command."""

    help = _(
        "Read postings from files (JSONL, CSV, schema.org JobPosting; packed with gzip or not), or without files what a source "
        "lists now. Running it twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("files", metavar="FILE", nargs="*", type=Path)
        parser.add_argument(
            "--source",
            metavar="NAME",
            help=_(
                "the source they belong to, each file's own name unless told otherwise; without files, the source to read"
            ),
        )
        parser.add_argument(
            "--kind",
            choices=[JobSource.Kind.FILE.value, JobSource.Kind.ARCHIVE.value],
            default=JobSource.Kind.FILE.value,
            help=_("archive: old postings that are shown with their dates and never applied to"),
        )
        parser.add_argument("--attribution", default="", help=_("whom the source's pages name as its author"))
        parser.add_argument(
            "--rejections", metavar="FILE", type=Path, help=_("write all rejected lines as CSV")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read every file, or the source; exit code 1 when nothing could be read from any of them."""
        if not options["files"]:
            self._read_source(options["source"], options["rejections"])
            return
        readable = 0
        runs: list[tuple[Path, JobRun]] = []
        for path in options["files"]:
            run = self._read(path, options)
            if run is not None:
                runs.append((path, run))
                readable += run.fetched_count - run.rejected_count
        self._report(runs)
        if options["rejections"]:
            write_rejections(options["rejections"], runs)
        if not readable:
            raise CommandError(_("No posting could be read."))

    def _read(self, path: Path, options: dict[str, Any]) -> JobRun | None:
        """Read one file; the run with its figures, also when it broke off, None when there was none."""
        name = options["source"] or plain_name(path)
        try:
            with open_file(path) as file:
                source = open_source(name=name, kind=options["kind"], attribution=options["attribution"])
                return self._ingest(file, source)
        except OSError as error:
            self._complain(
                _("{path} cannot be opened: {error}.").format(path=path, error=error.strerror or error)
            )
        except (FileNotUnderstoodError, FileDamagedError, SourceKindError, SourceBusyError) as error:
            self._complain(str(error))
        return None

    def _read_source(self, name: str | None, rejections: Path | None) -> None:
        source = JobSource.objects.filter(name=name).first() if name else None
        if source is None:
            known = ", ".join(
                JobSource.objects.filter(kind__in=SOURCES.keys()).values_list("name", flat=True)[:20]
            )
            reason = _("Name files to read, or a source with --source. There are: {known}.")
            raise CommandError(reason.format(known=known or _("none yet")))
        run = self._ingest_source(source)
        self._report([(Path(source.name), run)])
        if rejections:
            write_rejections(rejections, [(Path(source.name), run)])
        if run.outcome not in WORKS:
            raise CommandError(f"{run.get_outcome_display()}: {run.error}")

    def _ingest_source(self, source: JobSource) -> JobRun:
        with tqdm(desc=source.name, unit=" " + _("postings"), file=sys.stderr, disable=None) as bar:
            try:
                summary = read_source(source=source, now=timezone.now(), progress=bar.update)
            except (SourceBusyError, SourceNotReady) as error:
                bar.leave = False
                raise CommandError(str(error)) from None
        return JobRun.objects.get(pk=summary.run_id)

    def _ingest(self, file: PostingFile, source: JobSource) -> JobRun:
        # disable=None: a bar only on a terminal.
        with tqdm(
            desc=file.path.name,
            total=file.size,
            unit="B",
            unit_scale=True,
            file=sys.stderr,
            disable=None,
        ) as bar:
            try:
                summary = ingest(
                    source=source,
                    postings=file.read(),
                    now=timezone.now(),
                    progress=lambda count: bar.update(file.position() - bar.n) and None,
                )
            except (FileDamagedError, HeaderError) as error:
                bar.leave = False
                self._complain(f"{file.path}: {error}")
                return JobRun.objects.filter(source=source).latest("started_at", "pk")
        return JobRun.objects.get(pk=summary.run_id)

    def _report(self, runs: list[tuple[Path, JobRun]]) -> None:
        for path, run in runs:
            self.stdout.write(f"{path} → {run.source.name} ({run.get_outcome_display()})")
            for label, count in figures(run):
                self.stdout.write(f"  {label:<12}{count:>9,}")
        rejected = [(path, each) for path, run in runs for each in rejections_of(run)]
        for path, each in rejected[:REJECTIONS_PRINTED]:
            where = _("{file} line {line}").format(file=path.name, line=each.line)
            self.stdout.write("  " + " · ".join(part for part in (where, each.field, each.reason) if part))
        hidden = len(rejected) - REJECTIONS_PRINTED
        if hidden > 0:
            more = ngettext(
                "… and {count} more, stored with the run; --rejections FILE writes all of them.",
                "… and {count} more, stored with the run; --rejections FILE writes all of them.",
                hidden,
            )
            self.stdout.write("  " + more.format(count=hidden))

    def _complain(self, message: str) -> None:
        self.stderr.write(self.style.ERROR(message))


def plain_name(path: Path) -> str:
    """The name of a file without its endings: what its source is called unless told otherwise."""
    return path.name.split(".", 1)[0] or path.name


def figures(run: JobRun) -> list[tuple[str, int]]:
    """The figures of a run with their labels, as its summary prints them."""
    return [
        (_("read"), run.fetched_count),
        (_("new"), run.new_count),
        (_("changed"), run.changed_count),
        (_("unchanged"), run.unchanged_count),
        (_("merged"), run.merged_count),
        (_("closed"), run.closed_count),
        (_("rejected"), run.rejected_count),
    ]


def rejections_of(run: JobRun) -> QuerySet[JobRejection]:
    """The rejected lines of a run in their order."""
    return run.rejections.order_by("line", "pk")


def write_rejections(target: Path, runs: list[tuple[Path, JobRun]]) -> None:
    """Write every rejected line as CSV; cells that a spreadsheet would run get an apostrophe in front."""
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "external_id", "field", "reason", "payload_hash"])
        for path, run in runs:
            for each in rejections_of(run):
                told = (each.external_id, each.field, each.reason, each.payload_hash)
                writer.writerow([safe_cell(cell) for cell in (path.name, each.line, *told)])
