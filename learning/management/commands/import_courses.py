"""Imports a catalog of courses from a file, or the catalogs that come with Relevnt."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.catalogs import CatalogDetails, ImportReport, import_catalog, keep_catalogs
from learning.course_files import COLUMNS, FileRefused
from personas.services import ValuesRefused


class Command(BaseCommand):
    """The `import_courses` command."""

    help = _("Import a catalog of courses; without a file, those that come with Relevnt.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and what its catalog is called."""
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = _(
            "A CSV file has a header line, a JSON file is a list of objects or one object a line. Columns: %(columns)s.\n"
            "title and url must be there. language is a code such as en or pt-BR (en where it is missing), level is beginner,\n"
            "intermediate or advanced, hours a number or a range such as 30-50, skills are separated by semicolons.\n"
            "The file takes the place of all that the catalog listed before. Broken lines are reported and left out."
        ) % {"columns": ", ".join(COLUMNS)}
        parser.add_argument("file", nargs="?", type=Path, help=_("a CSV or JSON file"))
        parser.add_argument(
            "--catalog", metavar="KEY", help=_("short name of the catalog, such as my-courses")
        )
        parser.add_argument("--name", default="", help=_("what the catalog is called"))
        parser.add_argument("--license", default="", help=_("the license under which it may be used"))
        parser.add_argument("--license-url", default="", metavar="URL")
        parser.add_argument("--homepage", default="", metavar="URL")
        parser.add_argument("--attribution", default="", help=_("the line that names its authors"))
        parser.add_argument(
            "--format", choices=("csv", "json"), help=_("what the file is; default: its ending")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import and report; exit code 1 where nothing could be imported."""
        path: Path | None = options["file"]
        if path is None:
            changed = keep_catalogs(now=timezone.now())
            self.stdout.write(_("%(number)s catalogs were brought up to date.") % {"number": changed})
            return
        try:
            report = import_catalog(
                details=_details(options),
                content=path.read_bytes(),
                kind=options["format"] or ("csv" if path.suffix.lower() == ".csv" else "json"),
                now=timezone.now(),
            )
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be read: %(why)s") % {"path": path, "why": error.strerror}
            ) from None
        except FileRefused as refused:
            raise CommandError(str(refused)) from None
        except ValuesRefused as refused:
            told = [f"--{name.replace('_', '-')}: {' '.join(why)}" for name, why in refused.faults.items()]
            raise CommandError("\n".join(told).replace("--key:", "--catalog:")) from None
        self._tell(report)

    def _tell(self, report: ImportReport) -> None:
        for fault in report.faults:
            place = _("line %(line)s, %(column)s") % {"line": fault.line, "column": fault.column}
            self.stderr.write(f"{place if fault.column else place.rstrip(', ')}: {fault.sentence}")
        if report.unread:
            self.stderr.write(
                _("Columns that nobody reads: %(names)s.") % {"names": ", ".join(report.unread)}
            )
        if report.unknown_skills:
            names = ", ".join(report.unknown_skills[:20])
            self.stderr.write(
                _(
                    "%(count)s skills that the taxonomy does not know are kept under their own names: %(names)s."
                )
                % {"count": len(report.unknown_skills), "names": names}
            )
        self.stdout.write(
            _(
                "%(name)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(withdrawn)s no longer listed, "
                "%(faults)s lines left out."
            )
            % {
                "name": report.catalog.name,
                "new": report.new,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "withdrawn": report.withdrawn,
                "faults": len(report.faults),
            }
        )


def _details(options: dict[str, Any]) -> CatalogDetails:
    return CatalogDetails(
        key=options["catalog"] or "",
        name=options["name"],
        license=options["license"],
        license_url=options["license_url"],
        homepage=options["homepage"],
        attribution=options["attribution"],
    )
