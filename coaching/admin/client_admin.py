"""What every list and page of a client's rows is made of: one client at a time, one look and one entry a page view.

A list is asked for with `?client=`, the id of the coach's own relationship; without it the list offers the clients who let
the coach see such rows, and reads nobody's. Whatever else stands in the address has to be known, so that no field can be
asked about that no page shows. What is not there, and what is not granted, are the same answer: nothing at this address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from coaching.looks import NotGranted, granted_scopes, look_at_client
from coaching.models import (
    ClientApplication,
    ClientDecision,
    ClientFollowUp,
    ClientMatch,
    ClientPersona,
    ClientProgress,
    ClientRecommendation,
    ClientResume,
    ClientRule,
    ClientSkill,
    Relationship,
    Scope,
)
from personas.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern

CLIENT = "client"
"""What the address calls the relationship whose rows are asked for."""

READING = ("GET", "HEAD")
EMPTY = "–"

LISTS: Mapping[str, Sequence[type[Model]]] = {
    Scope.MATCHES: (ClientMatch, ClientPersona),
    Scope.APPLICATIONS: (ClientApplication, ClientFollowUp, ClientRule, ClientDecision),
    Scope.LEARNING: (ClientRecommendation, ClientProgress),
    Scope.RESUME: (ClientResume, ClientSkill),
}
"""The lists that each scope opens, in the order in which they are offered."""


class ClientRequest(HttpRequest):
    """A coach's request for rows of one client; `relationship` is set once they are open."""

    user: User
    relationship: Relationship


@dataclass(frozen=True, slots=True)
class Tab:
    """The way to one list of a client: its address, its name, and whether one is there."""

    url: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: the name of its column, the value in words."""

    label: str
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its name, where its page is, its other values."""

    name: Any
    url: str
    cells: Sequence[Cell]


class HouseList(ChangeList):
    """A list of the coach's admin, as its template shows it."""

    def headers(self) -> list[dict[str, Any]]:
        """The columns with the links that sort by them."""
        return list(result_headers(self))

    def rows(self) -> Iterator[Row]:
        """The rows of this page in words."""
        for result in self.result_list:
            name, *others = (self._cell(column, result) for column in self.list_display)
            yield Row(name.value, self.url_for_result(result), others)

    def narrowings(self) -> list[tuple[Any, list[Any]]]:
        """The filters: what each is about, and its choices."""
        return [(spec.title, list(spec.choices(self))) for spec in self.filter_specs]

    def is_narrowed(self) -> bool:
        """Whether a search or a filter leaves rows out."""
        return bool(self.query or self.has_active_filters)

    def everything(self) -> str:
        """The address of the list without search and filters."""
        return "?"

    def previous_page(self) -> str:
        """The address of the page before; empty on the first."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.page_num > 1 else ""

    def next_page(self) -> str:
        """The address of the page after; empty on the last."""
        is_last = self.page_num >= self.paginator.num_pages
        return "" if is_last else self.get_query_string({PAGE_VAR: self.page_num + 1})

    def _cell(self, column: Any, result: Model) -> Cell:
        field, _attribute, value = lookup_field(column, result, self.model_admin)
        if isinstance(value, datetime):
            words = date_format(localtime(value), "DATE_FORMAT")
        elif field is None:
            words = display_for_value(value, EMPTY)
        else:
            words = display_for_field(value, field, EMPTY)
        return Cell(str(label_for_field(column, self.model, self.model_admin)), words)


class ClientList(HouseList):
    """A list that keeps its client in every link."""

    relationship: Relationship

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        self.relationship = request.relationship
        super().__init__(request, *args, **kwargs)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """The filters that are set; the client is none of them, every row is theirs."""
        lookups: dict[str, Any] = super().get_filters_params(params)
        lookups.pop(CLIENT, None)
        return lookups

    def url_for_result(self, result: Model) -> str:
        """The page of a row, of the same client."""
        return page_of(result, self.relationship)

    def everything(self) -> str:
        """The address of this client's list without search and filters."""
        return f"?{CLIENT}={self.relationship.pk}"


class CoachAdmin(admin.ModelAdmin):
    """Pages of coaches, on which nothing is added, changed or deleted by Django's own forms."""

    actions = None
    list_per_page = 25
    list_max_show_all = 0
    preserve_filters = False
    show_facets = ShowFacets.NEVER
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Coaches."""
        return is_coach(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Coaches; which rows, each page decides."""
        return is_coach(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """What a filter of the list asks, and nothing else."""
        return lookup in self.filter_names()

    def filter_names(self) -> set[str]:
        """What an address may ask of the filters."""
        return {f"{each}__exact" for each in self.list_filter}

    def list_names(self) -> set[str]:
        """What the address of the list may ask at all."""
        return {ORDER_VAR, PAGE_VAR, *([SEARCH_VAR] if self.search_fields else []), *self.filter_names()}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list as these pages show it."""
        return HouseList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; what cannot be asked is not there."""
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup, ValidationError, ValueError):
            raise Http404 from None


class ClientAdmin(CoachAdmin):
    """Rows of one client, to be looked at by their coach and by nobody else; nothing is changed here.

    A class of it names the scope of a consent that opens its rows, the codes of its two pages in the access log, and the
    template of its page.
    """

    scope: ClassVar[str]
    list_code: ClassVar[str]
    page_code: ClassVar[str]
    page_template: ClassVar[str]

    change_list_template = "admin/coaching/client_list.html"

    # --- the two pages --------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """A list and a page; there are no others."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        guard = self.admin_site.admin_view
        return [
            path("", guard(self.changelist_view), name=f"{name}_changelist"),
            path("<uuid:object_id>/change/", guard(self.change_view), name=f"{name}_change"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The rows of one client, or the clients to choose from."""
        check_reading(request)
        if CLIENT not in request.GET:
            return self._offer_clients(request)
        relationship = self._open(request, known={CLIENT, *self.list_names()}, code=self.list_code)
        context = {**self._around(request, relationship), "title": self.list_title()}
        shown: HttpResponse = super().changelist_view(request, context)
        return shown

    def change_view(
        self,
        request: HttpRequest,
        object_id: UUID | str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row of a client, in words."""
        check_reading(request)
        key = UUID(str(object_id))
        relationship = self._open(request, known={CLIENT}, code=self.page_code, object_id=key)
        # What is not there takes the entry back with it: nothing of the client was read.
        row = get_object_or_404(self.get_page_rows(request), pk=key)
        context = {
            **self.admin_site.each_context(request),
            **self._around(request, relationship),
            "opts": self.opts,
            "list_title": self.list_title(),
            "list_url": list_of(self.model, relationship),
            "row": row,
            "employer": "",
            **self.tell(row, relationship),
        }
        return TemplateResponse(request, self.page_template, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the client whose rows are open; none before."""
        rows: QuerySet[Any] = super().get_queryset(request)
        relationship = getattr(request, "relationship", None)
        return rows.filter(user_id=relationship.client_id) if relationship else rows.none()

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The same, with everything that the page of one of them shows."""
        return self.get_queryset(request)

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """What the template of the page needs: a `title` at least."""
        raise NotImplementedError

    def list_title(self) -> str:
        """What the list is called."""
        return title_of(self.model)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that keeps its client."""
        return ClientList

    # --- behind them ----------------------------------------------------------------------------------------------

    def _open(
        self, request: HttpRequest, *, known: set[str], code: str, object_id: UUID | None = None
    ) -> Relationship:
        check_asked(request, known)
        relationship = find_relationship(request)
        try:
            look_at_client(
                coach=cast("User", request.user),
                relationship=relationship,
                scopes=[self.scope],
                page=code,
                object_id=object_id,
            )
        except NotGranted:
            raise Http404 from None
        cast("ClientRequest", request).relationship = relationship
        return relationship

    def _around(self, request: HttpRequest, relationship: Relationship) -> dict[str, Any]:
        """What stands around every list and page of one client."""
        granted = granted_scopes(coach=cast("User", request.user)).get(relationship.client_id, frozenset())
        return {
            "relationship": relationship,
            "client": relationship.client,
            "tabs": tabs_of(relationship, granted, current=self.model),
        }

    def _offer_clients(self, request: HttpRequest) -> HttpResponse:
        if request.GET:
            raise Http404
        coach = cast("User", request.user)
        granting = [client for client, scopes in granted_scopes(coach=coach).items() if self.scope in scopes]
        relationships = Relationship.objects.owned_by(coach).filter(client_id__in=granting).for_list()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.list_title(),
            "choices": [(each, list_of(self.model, each)) for each in relationships],
        }
        return TemplateResponse(request, "admin/coaching/choose_client.html", context)


def is_coach(request: HttpRequest) -> bool:
    """Whether a coach asks."""
    return bool(request.user.is_active and getattr(request.user, "is_coach", False))


def check_reading(request: HttpRequest) -> None:
    """Let coaches read, and nobody do anything else."""
    if not is_coach(request) or request.method not in READING:
        raise PermissionDenied


def check_asked(request: HttpRequest, known: Collection[str]) -> None:
    """Raise Http404 for an address that asks for more than a page knows."""
    values = [value for name in request.GET for value in request.GET.getlist(name)]
    if not set(request.GET).issubset(known) or any("\0" in value for value in values):
        raise Http404


def find_relationship(request: HttpRequest) -> Relationship:
    """The coach's own relationship that the address names; raise Http404 for any other."""
    try:
        (key,) = map(UUID, request.GET.getlist(CLIENT))
    except ValueError:
        raise Http404 from None
    return own_relationship(request, key)


def own_relationship(request: HttpRequest, key: UUID) -> Relationship:
    """One relationship of the coach who asks; raise Http404 for any other."""
    own = Relationship.objects.owned_by(cast("User", request.user)).select_related("client")
    relationship: Relationship = get_object_or_404(own, pk=key)
    return relationship


def list_of(model: type[Model], relationship: Relationship) -> str:
    """The address of one client's list of a proxy."""
    name = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # noqa: SLF001  Django's own way to ask
    return f"{name}?{CLIENT}={relationship.pk}"


def tabs_of(
    relationship: Relationship, scopes: Collection[str], *, current: type[Model] | None = None
) -> list[Tab]:
    """The lists that `scopes` open."""
    return [
        Tab(list_of(model, relationship), title_of(model), model is current)
        for scope, models in LISTS.items()
        if scope in scopes
        for model in models
    ]


def title_of(model: type[Model]) -> str:
    """What the list of a proxy is called."""
    name = str(model._meta.verbose_name_plural)  # noqa: SLF001  Django's own way to ask
    return name[:1].upper() + name[1:]


def page_of(row: Model, relationship: Relationship) -> str:
    """The address of the page of one client's row."""
    options = row._meta  # noqa: SLF001  Django's own way to ask
    name = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return f"{name}?{CLIENT}={relationship.pk}"


def address_of(name: str, *arguments: Any) -> str:
    """The address of another page of the desk; empty where this house has none of that name."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def yes_or_no(value: bool) -> str:
    """A truth in one word."""
    return _("yes") if value else _("no")
