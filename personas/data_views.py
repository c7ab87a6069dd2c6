"""The page of one's data: what is kept, and all of it as one archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.apps import apps
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from personas import closing
from personas.archives import MAX_BYTES, ArchiveRefused, read_archive
from personas.data_forms import RETENTION_WORDS, ClosingForm, ImportForm, RetentionForm
from personas.my_data import archive_name, export_everything
from personas.my_data_import import import_archive
from personas.retention import choose_retention, count_due, next_night, retention_of, try_retention
from personas.services import Refused, ValuesRefused
from personas.sessions import name_device
from personas.tasks import tell_of_closing

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def my_data(request: SignedInRequest) -> HttpResponse:
    """What can be done with it."""
    return _data_page(request, ImportForm())


def _data_page(request: SignedInRequest, form: ImportForm) -> HttpResponse:
    context = {"closing": closing.closing_of(request.user), "form": form}
    return render(request, "personas/my_data.html", context)


@require_form
def retention(request: SignedInRequest) -> HttpResponse:
    """How long things are kept: looked at with what would be deleted, then saved."""
    chosen = retention_of(request.user)
    form = RetentionForm(request.POST or None, chosen=chosen)
    asked = None
    if request.method == "POST" and form.is_valid():
        try:
            if "look" in request.POST:
                asked = try_retention(user=request.user, months=form.cleaned_data)
            else:
                choose_retention(user=request.user, months=form.cleaned_data)
                messages.success(request, _("Saved. What is older is deleted tonight."))
                return redirect("personas:retention")
        except ValuesRefused as refused:
            form.explain(refused)
    night = next_night(timezone.now())
    due = count_due(chosen=asked or chosen, at=night)
    rows = [(RETENTION_WORDS[name][0], count) for name, count in due.items()]
    context = {
        "form": form,
        "rows": rows,
        "is_asked": asked is not None,
        "total": sum(due.values()),
        "night": night,
    }
    return render(request, "personas/retention.html", context)


@require_POST
def import_data(request: SignedInRequest) -> HttpResponse:
    """Put an archive into this account, and tell what went in and what stays in the archive."""
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            archive = read_archive(form.cleaned_data["file"].read(MAX_BYTES + 1))
            imported = import_archive(user=request.user, archive=archive)
        except ArchiveRefused as refused:
            form.add_error("file", refused.message)
        else:
            context = {"went": _named(imported.rows), "left": _named(imported.left)}
            return render(request, "personas/imported.html", context)
    return _data_page(request, form)


def _named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Tables as people call what is in them."""
    metas = [model._meta for model in apps.get_models()]  # noqa: SLF001 - documented, whatever its name
    names = {meta.db_table: str(meta.verbose_name_plural) for meta in metas}
    return sorted((names.get(table, table), number) for table, number in counts.items())


@require_form
def close_account(request: SignedInRequest) -> HttpResponse:
    """Ask for the password, then let the account close."""
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and not ratelimit.consume(request, action="reauthenticate"):
        form.add_error("password", _("Too many attempts. Wait some minutes, then try again."))
    elif request.method == "POST" and form.is_valid():
        try:
            closing.ask_to_close(user=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            form.explain(refused)
        else:
            device = name_device(request.headers.get("User-Agent", ""))
            tell_of_closing.delay_on_commit(user_id=str(request.user.pk), device=device)
            messages.warning(request, _("Your account closes. Until then you can keep it."))
            return redirect("personas:my_data")
    return render(request, "personas/close_account.html", {"form": form, "days": closing.GRACE.days})


@require_POST
def keep_account(request: SignedInRequest) -> HttpResponse:
    """Take a closing back."""
    if closing.keep_account(user=request.user):
        messages.success(
            request, _("Your account stays. Sending to employers stays paused until you start it again.")
        )
    return redirect("personas:my_data")


@require_POST
def export(request: SignedInRequest) -> HttpResponse:
    """The archive, as a file to be saved."""
    now = timezone.now()
    headers = {"Content-Disposition": content_disposition_header(True, archive_name(now)) or "attachment"}
    content = export_everything(user=request.user, now=now)
    return HttpResponse(content, content_type="application/zip", headers=headers)
