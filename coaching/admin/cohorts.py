"""A coach's cohorts: groups of clients, and how each group gets on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.admin.client_admin import CoachAdmin, check_reading
from coaching.admin.coaches import coach_of, coach_page, explain, posted
from coaching.cohort_forms import CohortForm, MembersForm
from coaching.cohorts import (
    CohortGone,
    MemberGone,
    add_members,
    create_cohort,
    delete_cohort,
    remove_member,
    rename_cohort,
)
from coaching.models import Cohort, CohortMember
from coaching.progress import WEEKS, add_up, read_progress, write_csv
from personas.services import Refused

if TYPE_CHECKING:
    from django.urls import URLPattern

    from personas.models import User


@admin.register(Cohort)
class CohortAdmin(CoachAdmin):
    """Cohorts on pages of their own."""

    def get_urls(self) -> list[URLPattern]:
        """The list, a cohort with its progress, and what is done to one."""
        views: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("", _list, "changelist"),
            ("add/", _add, "add"),
            ("<uuid:cohort_id>/", _show, "change"),
            ("<uuid:cohort_id>/rename/", _rename, "rename"),
            ("<uuid:cohort_id>/delete/", _delete, "delete"),
            ("<uuid:cohort_id>/members/", _members, "members"),
            ("<uuid:cohort_id>/remove/", _remove, "remove"),
            ("<uuid:cohort_id>/progress.csv", _csv, "csv"),
        ]
        wrap = self.admin_site.admin_view
        return [path(route, wrap(view), name=f"coaching_cohort_{name}") for route, view, name in views]


def _list(request: HttpRequest) -> HttpResponse:
    coach = coach_of(request)
    cohorts = Cohort.objects.owned_by(coach).annotate(number=Count("members")).order_by("name", "pk")
    context = {"title": _("Cohorts"), "cohorts": cohorts}
    return coach_page(request, "admin/coaching/cohort_list.html", context)


def _add(request: HttpRequest) -> HttpResponse:
    coach = coach_of(request)
    form = CohortForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            cohort = create_cohort(coach=coach, name=form.cleaned_data["name"])
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(
                request, _("The cohort “%(name)s” is made. Put clients into it.") % {"name": cohort.name}
            )
            return redirect("admin:coaching_cohort_members", cohort.pk)
    context = {
        "title": _("New cohort"),
        "form": form,
        "submit_label": _("Make it"),
        "cancel_url": reverse("admin:coaching_cohort_changelist"),
    }
    return coach_page(request, "admin/coaching/cohort_form.html", context)


def _show(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    check_reading(request)
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    progress = read_progress(cohort=cohort, coach=coach, at=timezone.now())
    context = {
        "title": cohort.name,
        "cohort": cohort,
        "progress": progress,
        "totals": add_up(progress),
        "number_of_weeks": WEEKS,
    }
    return coach_page(request, "admin/coaching/cohort_detail.html", context)


def _csv(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    check_reading(request)
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    text = write_csv(read_progress(cohort=cohort, coach=coach, at=timezone.now(), page="cohort_csv"))
    name = slugify(cohort.name) or "cohort"
    day = timezone.localdate().isoformat()
    return HttpResponse(
        text.encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name[:60]}-{day}.csv"'},
    )


def _rename(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    form = CohortForm(posted(request), initial={"name": cohort.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_cohort(cohort=cohort, name=form.cleaned_data["name"])
        except CohortGone:
            raise Http404 from None
        except Refused as refused:
            explain(form, refused)
        else:
            return redirect("admin:coaching_cohort_change", cohort.pk)
    context = {
        "title": _("Rename “%(name)s”") % {"name": cohort.name},
        "form": form,
        "submit_label": _("Rename"),
        "cancel_url": reverse("admin:coaching_cohort_change", args=[cohort.pk]),
    }
    return coach_page(request, "admin/coaching/cohort_form.html", context)


def _delete(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    if request.method == "POST":
        delete_cohort(cohort=cohort)
        messages.success(request, _("The cohort “%(name)s” is deleted.") % {"name": cohort.name})
        return redirect("admin:coaching_cohort_changelist")
    context = {"title": _("Delete “%(name)s”?") % {"name": cohort.name}, "cohort": cohort}
    return coach_page(request, "admin/coaching/cohort_delete.html", context)


def _members(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    form = MembersForm(posted(request), coach=coach, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        try:
            number = add_members(cohort=cohort, relationships=form.cleaned_data["clients"])
        except CohortGone:
            raise Http404 from None
        except Refused as refused:
            explain(form, refused)
        else:
            said = ngettext("%(number)s client is added.", "%(number)s clients are added.", number)
            messages.success(request, said % {"number": number})
            return redirect("admin:coaching_cohort_change", cohort.pk)
    context = {
        "title": _("Clients of “%(name)s”") % {"name": cohort.name},
        "cohort": cohort,
        "form": form,
        "members": _members_of(coach, cohort),
        "can_add": bool(form.clients_there),
    }
    return coach_page(request, "admin/coaching/cohort_members.html", context)


def _remove(request: HttpRequest, cohort_id: UUID) -> HttpResponse:
    coach = coach_of(request)
    cohort = _find(coach, cohort_id)
    if request.method != "POST":
        return redirect("admin:coaching_cohort_members", cohort.pk)
    member = _member(coach, cohort, request.POST.get("member", ""))
    try:
        remove_member(member=member)
    except MemberGone:
        raise Http404 from None
    messages.success(request, _("The client is not in the cohort any more, and stays your client."))
    return redirect("admin:coaching_cohort_members", cohort.pk)


def _find(coach: User, cohort_id: UUID) -> Cohort:
    cohort: Cohort | None = Cohort.objects.owned_by(coach).filter(pk=cohort_id).first()
    if cohort is None:
        raise Http404
    return cohort


def _member(coach: User, cohort: Cohort, key: str) -> CohortMember:
    try:
        member_id = UUID(key)
    except ValueError:
        raise Http404 from None
    members = CohortMember.objects.owned_by(coach)
    member: CohortMember | None = members.filter(cohort_id=cohort.pk, pk=member_id).first()
    if member is None:
        raise Http404
    return member


def _members_of(coach: User, cohort: Cohort) -> Sequence[Any]:
    members = CohortMember.objects.owned_by(coach).filter(cohort_id=cohort.pk)
    return list(
        members.select_related("relationship__client").order_by(
            "relationship__client__display_name", "relationship__client__email", "pk"
        )
    )
