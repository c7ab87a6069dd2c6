"""Catalogs and courses for staff: what is listed, which links are dead, and the import of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.catalogs import CatalogDetails, ImportReport, import_catalog
from learning.course_files import COLUMNS, MOST_BYTES, FileRefused
from learning.models import Catalog, Course
from personas.admin import ReadOnlyAdmin
from personas.forms import ExplainedForm
from personas.services import ValuesRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern

SHOWN_FAULTS = 200


class ImportForm(ExplainedForm):
    """A file of courses and what its catalog is called."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV with a header line, or JSON.")
    )
    key = forms.CharField(
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy(
            "Small letters, digits and hyphens; a known one takes the place of that catalog."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=255)
    license = forms.CharField(label=gettext_lazy("License"), max_length=100)
    license_url = forms.URLField(
        label=gettext_lazy("Address of the license"), required=False, assume_scheme="https"
    )
    homepage = forms.URLField(label=gettext_lazy("Address"), required=False, assume_scheme="https")
    attribution = forms.CharField(
        label=gettext_lazy("Attribution"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file has more than %(limit)s MB. Split it.") % {"limit": MOST_BYTES // 1024 // 1024}
            )
        return file

    def run(self) -> ImportReport | None:
        """Import the file; None where it was refused, with the reason at its field."""
        values = dict(self.cleaned_data)
        file = values.pop("file")
        kind = "csv" if file.name.lower().endswith(".csv") else "json"
        try:
            return import_catalog(
                details=CatalogDetails(**values), content=file.read(), kind=kind, now=timezone.now()
            )
        except FileRefused as refused:
            self.add_error("file", str(refused))
        except ValuesRefused as refused:
            self.explain(refused)
        return None


@admin.register(Catalog)
class CatalogAdmin(ReadOnlyAdmin):
    """Catalogs with what they hold."""

    change_list_template = "admin/learning/catalog_list.html"
    list_display = ["name", "license", "listed", "dead", "is_shipped", "imported_at"]
    ordering = ["name", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalog]:
        """With the numbers of courses that are listed, and of those whose link is dead."""
        listed = Q(courses__withdrawn_at__isnull=True)
        rows: QuerySet[Catalog] = super().get_queryset(request)
        return rows.annotate(
            listed_count=Count("courses", filter=listed),
            dead_count=Count("courses", filter=listed & Q(courses__link_state=Course.Link.DEAD)),
        )

    @admin.display(description=gettext_lazy("courses"), ordering="listed_count")
    def listed(self, catalog: Any) -> int:
        """How many courses are listed."""
        return int(catalog.listed_count)

    @admin.display(description=gettext_lazy("dead links"), ordering="dead_count")
    def dead(self, catalog: Any) -> int:
        """How many of these lead nowhere."""
        return int(catalog.dead_count)

    def get_urls(self) -> list[URLPattern]:
        """The import beside the list."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="learning_catalog_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """A form for a file, and what became of its lines."""
        if not self.has_view_permission(request):
            return self.admin_site.login(request)
        form = ImportForm(request.POST or None, request.FILES or None)
        report = form.run() if request.method == "POST" and form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a catalog"),
            "form": form,
            "report": report,
            "columns": COLUMNS,
            "faults": report.faults[:SHOWN_FAULTS] if report else (),
            "more_faults": max(0, len(report.faults) - SHOWN_FAULTS) if report else 0,
        }
        return render(request, "admin/learning/import.html", context)
