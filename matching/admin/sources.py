"""Sources for staff: how they are doing, what their runs did, what reading one would give, and adding one by its address."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching import tasks
from matching.merging import EXACT_DUPLICATE, SAME_NUMBER, SAME_OPENING, SAME_POSTING
from matching.models import JobRejection, JobRun, JobSighting, JobSource
from matching.polling import SourceNotReady, Trial, check_ready, make_due, try_source
from matching.source_health import read_health
from matching.source_setup import NotRecognized, SourceRefused, add_source, find_board
from matching.sources.registry import SOURCES
from personas.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern

    from matching.sources.protocol import Source

SHOWN_REJECTIONS = 200
_MERGE_REASONS = {
    "": gettext_lazy("its own job"),
    SAME_NUMBER: gettext_lazy("same number of the same origin"),
    SAME_POSTING: gettext_lazy("leads to the employer’s own posting"),
    EXACT_DUPLICATE: gettext_lazy("same employer, title, place and text"),
    SAME_OPENING: gettext_lazy("same employer, title and places"),
}


class AddressForm(forms.Form):
    """The address of a careers page, a board, one opening or a feed."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy(
            "A careers page, a board, one opening or a feed: the board behind it is recognized."
        ),
    )


class NewSourceForm(forms.Form):
    """A source by its kind and board."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    board = forms.CharField(label=gettext_lazy("Board"), required=False, max_length=2000)
    company = forms.CharField(
        label=gettext_lazy("Employer"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("As people know it, where the board does not say so itself."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=255,
        help_text=gettext_lazy(
            "What the source is called here; made from the employer unless told otherwise."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.choices = [(kind, source.label) for kind, source in SOURCES.items()]


class SourceForm(forms.ModelForm):
    """What an operator may change of a source."""

    accepts_terms = forms.BooleanField(label=gettext_lazy("The terms are accepted"), required=False)

    class Meta:
        model = JobSource
        fields = ("name", "company", "attribution", "enabled")
        widgets = {"attribution": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "attribution": gettext_lazy("Stands on the page of each of its jobs."),
            "enabled": gettext_lazy("Without this it is not read any more; its jobs stay as they are."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accepts_terms"].initial = self.instance.terms_accepted_at is not None

    def save(self, commit: bool = True) -> Any:
        """Note when the terms were accepted, or that they are accepted no more."""
        accepted = self.cleaned_data.get("accepts_terms")
        if not accepted:
            self.instance.terms_accepted_at = None
        elif self.instance.terms_accepted_at is None:
            self.instance.terms_accepted_at = timezone.now()
        return super().save(commit)


class HealthList(ChangeList):
    """The list of sources, each with its health."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the health of the rows of this page at once."""
        super().get_results(request)
        rows = list(self.result_list)
        health = read_health(sources=rows, now=timezone.now())
        for row in rows:
            row.health = health[row.pk]
        self.result_list = rows


class KindFilter(admin.SimpleListFilter):
    """Kinds of sources by their names."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The kinds that there are sources of."""
        kinds = JobSource.objects.values_list("kind", flat=True).distinct().order_by("kind")
        return [(kind, name_kind(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobSource]) -> QuerySet[JobSource]:
        """The sources of the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


def name_kind(kind: str) -> str:
    """What a kind of source is called."""
    if kind in SOURCES:
        return str(SOURCES[kind].label)
    return str(JobSource.Kind(kind).label) if kind in JobSource.Kind.values else kind


@admin.register(JobSource)
class JobSourceAdmin(ReadOnlyAdmin):
    """Sources with their health; a source is never deleted, because its jobs are not."""

    form = SourceForm
    change_form_template = "admin/matching/source.html"
    list_display = ["name", "kind_name", "how", "last_success", "numbers", "next_run_at"]
    list_filter = [KindFilter, "enabled"]
    search_fields = ["name", "board", "company"]
    ordering = ["name", "pk"]
    list_per_page = 50
    readonly_fields = (
        "kind_name",
        "board",
        "terms",
        "terms_accepted_at",
        "next_run_at",
        "failures_in_row",
        "created_at",
    )
    actions = ["read_now", "close_jobs"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff alone."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff alone."""
        return self.has_view_permission(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with health."""
        return HealthList

    def get_fieldsets(self, request: HttpRequest, obj: JobSource | None = None) -> Any:
        """Terms only where there are any, and their acceptance where it is needed."""
        source = SOURCES.get(obj.kind) if obj else None
        fields = ["name", "kind_name", "board", "company", "attribution", "enabled"]
        parts: list[Any] = [(None, {"fields": fields})]
        if source is not None and (source.terms.summary or source.terms.url):
            terms = ["terms", "accepts_terms", "terms_accepted_at"] if source.terms.must_accept else ["terms"]
            parts.append((_("Terms"), {"fields": terms}))
        if source is not None:
            parts.append((_("By the clock"), {"fields": ["next_run_at", "failures_in_row", "created_at"]}))
        return parts

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_name(self, source: JobSource) -> str:
        """What its kind is called."""
        return name_kind(source.kind)

    @admin.display(description=gettext_lazy("how it is doing"))
    def how(self, source: Any) -> str:
        """Its health in a sentence."""
        return format_html('<span data-state="{}">{}</span>', source.health.state, source.health.said)

    @admin.display(description=gettext_lazy("last read well"))
    def last_success(self, source: Any) -> Any:
        """When it was last read whole."""
        return source.health.last_success

    @admin.display(description=gettext_lazy("postings, usually"))
    def numbers(self, source: Any) -> str:
        """How many postings it listed, and the median of a week."""
        health = source.health
        if health.listed is None:
            return "–"
        usual = "–" if health.usual is None else f"{round(health.usual):,}"
        return f"{health.listed:,} ({usual})"

    @admin.display(description=gettext_lazy("terms"))
    def terms(self, source: JobSource) -> str:
        """What is to be kept to, and where it is written."""
        terms = SOURCES[source.kind].terms
        link = format_html('<a href="{}" rel="noopener">{}</a>', terms.url, terms.url) if terms.url else ""
        return format_html("{} {}", terms.summary, link)

    def get_urls(self) -> list[URLPattern]:
        """The trial and the reading of one source beside its page."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/try/", view(self.try_view), name="matching_jobsource_try"),
            path("<uuid:pk>/read/", view(self.read_view), name="matching_jobsource_read"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Recognize the board behind an address, then add it; or add one by kind and board."""
        if not self.has_add_permission(request):
            return self.admin_site.login(request)
        address, new = AddressForm(), NewSourceForm()
        found = None
        if request.method == "POST" and "address" in request.POST:
            address = AddressForm(request.POST)
            found = _recognize(address)
            if found is not None:
                new = NewSourceForm(
                    initial={"kind": found.kind, "board": found.board, "company": found.company}
                )
        elif request.method == "POST":
            new = NewSourceForm(request.POST)
            source = _add(new)
            if source is not None:
                return self._added(request, source)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add a source"),
            "address_form": address,
            "form": new,
            "found": SOURCES[found.kind] if found else None,
            "kinds": SOURCES.values(),
            "opts": self.opts,
        }
        return render(request, "admin/matching/add_source.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a source with its health and its last runs."""
        source = self.get_object(request, object_id)
        told = {}
        if source is not None:
            told = {
                "health": read_health(sources=[source], now=timezone.now())[source.pk],
                "runs": JobRun.objects.filter(source=source).order_by("-started_at")[:10],
                "is_asked": source.kind in SOURCES,
                "source_kind": SOURCES.get(source.kind),
            }
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def try_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """What reading the first page would give; nothing of it is kept."""
        source = get_object_or_404(JobSource, pk=pk)
        trial: Trial | None = None
        fault = ""
        if request.method == "POST":
            try:
                trial = try_source(source=source, now=timezone.now())
            except SourceNotReady as reason:
                fault = str(reason)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test: %(name)s") % {"name": source.name},
            "source": source,
            "trial": trial,
            "fault": fault,
            "opts": self.opts,
        }
        return render(request, "admin/matching/try_source.html", context)

    def read_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Have one source read as soon as a worker is free."""
        source = get_object_or_404(JobSource, pk=pk)
        if request.method == "POST":
            _have_read(request, [source])
        return redirect("admin:matching_jobsource_change", source.pk)

    @admin.action(description=gettext_lazy("Read now"))
    def read_now(self, request: HttpRequest, queryset: QuerySet[JobSource]) -> None:
        """Have the chosen sources read as soon as a worker is free."""
        _have_read(request, list(queryset))

    @admin.action(
        description=gettext_lazy("Close the jobs that only these list (of sources that are switched off)")
    )
    def close_jobs(self, request: HttpRequest, queryset: QuerySet[JobSource]) -> None:
        """Close what only the chosen sources list, because the operator knows that it is no more."""
        off = [source for source in queryset if not source.enabled]
        for source in off:
            transaction.on_commit(partial(tasks.close_jobs_of.delay, source_id=str(source.pk)))
        if len(off) < len(queryset):
            messages.error(
                request, _("Jobs of sources that are read are closed by reading them. Switch them off first.")
            )
        if off:
            told = ngettext(
                "The jobs of %(count)s source are being closed.",
                "The jobs of %(count)s sources are being closed.",
                len(off),
            )
            messages.success(request, told % {"count": len(off)})

    def _added(self, request: HttpRequest, source: JobSource) -> HttpResponse:
        kind: Source = SOURCES[source.kind]
        if kind.terms.must_accept:
            messages.warning(
                request, _("The source is added, and is read once its terms are accepted below.")
            )
        else:
            transaction.on_commit(tasks.poll_sources.delay)
            messages.success(request, _("The source is added, and is read as soon as a worker is free."))
        return redirect("admin:matching_jobsource_change", source.pk)


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Runs with their figures, and why what could not be read could not."""

    change_form_template = "admin/matching/run.html"
    list_display = [
        "source",
        "started_at",
        "outcome",
        "fetched_count",
        "new_count",
        "changed_count",
        "unchanged_count",
        "merged_count",
        "closed_count",
        "rejected_count",
    ]
    list_filter = ["outcome", "kind", "source"]
    list_select_related = ["source"]
    ordering = ["-started_at"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A run with its rejections, by reason and one by one."""
        run = self.get_object(request, object_id)
        rejections = JobRejection.objects.filter(run=run) if run is not None else None
        told: dict[str, Any] = {}
        if rejections is not None:
            told = {
                "reasons": rejections.values("field", "reason")
                .annotate(times=Count("pk"))
                .order_by("-times", "reason")[:50],
                "rejections": rejections.order_by("line", "pk")[:SHOWN_REJECTIONS],
                "more": max(0, rejections.count() - SHOWN_REJECTIONS),
            }
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})


@admin.register(JobRejection)
class JobRejectionAdmin(ReadOnlyAdmin):
    """Postings that could not be read."""

    list_display = ["run", "line", "external_id", "field", "reason"]
    list_select_related = ["run__source"]
    ordering = ["-run__started_at", "line"]


@admin.register(JobSighting)
class JobSightingAdmin(ReadOnlyAdmin):
    """Where each job was seen, and why postings were merged; a merge can be undone."""

    list_display = ["external_id", "source", "job", "why", "misses", "gone_at", "last_seen_at"]
    list_filter = ["merged_because", "kept_apart"]
    list_select_related = ["source", "job"]
    search_fields = ["external_id", "job__title", "job__company"]
    ordering = ["-last_seen_at", "pk"]
    actions = ["keep_apart"]

    @admin.display(description=gettext_lazy("why it is this job"), ordering="merged_because")
    def why(self, sighting: JobSighting) -> str:
        """Why the posting is this job."""
        return str(_MERGE_REASONS.get(sighting.merged_because, sighting.merged_because))

    @admin.action(description=gettext_lazy("Undo the merge: these are jobs of their own"))
    def keep_apart(self, request: HttpRequest, queryset: QuerySet[JobSighting]) -> None:
        """Have merged postings make jobs of their own when their source is read next."""
        merged = list(queryset.exclude(merged_because="").values_list("pk", flat=True))
        for pk in merged:
            transaction.on_commit(partial(tasks.keep_sighting_apart.delay, sighting_id=str(pk)))
        if merged:
            told = ngettext(
                "%(count)s posting becomes a job of its own when its source is read next.",
                "%(count)s postings become jobs of their own when their sources are read next.",
                len(merged),
            )
            messages.success(request, told % {"count": len(merged)})
        else:
            messages.error(request, _("None of these was merged into another job."))


def _recognize(form: AddressForm) -> Any:
    if not form.is_valid():
        return None
    try:
        return find_board(form.cleaned_data["address"])
    except NotRecognized as reason:
        form.add_error("address", str(reason))
        return None


def _add(form: NewSourceForm) -> JobSource | None:
    if not form.is_valid():
        return None
    try:
        return add_source(**form.cleaned_data, now=timezone.now())
    except SourceRefused as refused:
        form.add_error(refused.field, str(refused))
        return None


def _have_read(request: HttpRequest, sources: list[JobSource]) -> None:
    ready = []
    for source in sources:
        try:
            check_ready(source)
        except SourceNotReady as reason:
            messages.error(request, f"{source.name}: {reason}")
        else:
            ready.append(source.pk)
    if not ready:
        return
    make_due(sources=JobSource.objects.filter(pk__in=ready), now=timezone.now())
    transaction.on_commit(tasks.poll_sources.delay)
    told = ngettext(
        "%(count)s source is read as soon as a worker is free.",
        "%(count)s sources are read as soon as a worker is free.",
        len(ready),
    )
    messages.success(request, told % {"count": len(ready)})
