"""What a person does about the sending of an application: approve, answer, cancel, confirm, resolve, withdraw, begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autoapply import applications
from autoapply.answer_forms import MissingForm
from autoapply.answers import answer_missing
from autoapply.application_page import show_page
from autoapply.models import Application
from autoapply.sending_page import draft_withdrawal
from matching.models import Job
from personas.accounts import SignedInRequest
from personas.models import Persona
from personas.services import Gone, Refused

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
def approve(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Approve exactly what the page showed."""
    application = _own(request, application_id)
    seen = request.POST.get("seen", "")
    return _done(
        request,
        application,
        lambda: applications.approve(application=application, seen_sha256=seen),
        _("Approved. It is sent after the hold; until then you can cancel it."),
    )


@require_POST
def cancel(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Cancel before anything has left."""
    application = _own(request, application_id)
    return _done(
        request,
        application,
        lambda: applications.cancel(application=application),
        _("Cancelled. Nothing was sent, and no rule takes this opening up again."),
    )


@require_POST
def confirm_sent(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Note that the person sent it themselves."""
    application = _own(request, application_id)
    return _done(
        request,
        application,
        lambda: applications.confirm_sent(application=application),
        _("Noted as sent by you."),
    )


@require_POST
def resolve(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """End a doubt by the person's word (`word`: arrived, again, lost)."""
    application = _own(request, application_id)
    word = request.POST.get("word", "")
    said = {
        "arrived": _("Noted: it arrived."),
        "again": _("Noted: it did not arrive. It is prepared and sent again."),
        "lost": _("Noted: it did not arrive. Its place in the week is free again."),
    }
    if word not in said:
        messages.warning(request, _("Say whether it arrived: choose one of the three."))
        return redirect("autoapply:application", application.pk)
    return _done(
        request,
        application,
        lambda: applications.resolve_doubt(
            application=application, arrived=word == "arrived", send_again=word == "again"
        ),
        said[word],
    )


@require_POST
def try_again(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Answer what is missing, if it was asked, and let the machine prepare it again."""
    application = _own(request, application_id)
    form = MissingForm(request.POST, application=application)
    if form.questions and not form.is_valid():
        return show_page(request, application, missing_form=form)

    def answer_and_prepare() -> None:
        if form.questions:
            answer_missing(
                application=application, values=form.values(), keep=form.keeps(), at=timezone.now()
            )
        applications.prepare_again(application=application)

    return _done(request, application, answer_and_prepare, _("It is being prepared again."))


@require_POST
def look_again(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Prepare it anew from today's facts."""
    application = _own(request, application_id)
    return _done(
        request,
        application,
        lambda: applications.look_again(application=application),
        _("It is being prepared anew. Look at it again in a minute; an earlier approval no longer counts."),
    )


@require_POST
def stand_behind(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Say, after a restore, that it had not gone out before."""
    application = _own(request, application_id)
    return _done(
        request,
        application,
        lambda: applications.stand_behind(application=application),
        _("Noted: it had not gone out before, and goes on."),
    )


@require_form
def withdraw(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Show the message that withdraws it, then note that it is withdrawn."""
    application = _own(request, application_id)
    if request.method == "POST":
        return _done(
            request,
            application,
            lambda: applications.withdraw(application=application),
            _("Noted as withdrawn."),
        )
    if application.status != Application.Status.SUBMITTED:
        messages.warning(request, _("Only what was sent can be withdrawn; before that, cancel it."))
        return redirect("autoapply:application", application.pk)
    context = {"application": application, "draft": draft_withdrawal(application)}
    return render(request, "autoapply/application_withdraw.html", context)


@require_POST
def begin(request: SignedInRequest) -> HttpResponse:
    """Begin an application that the person wants without a rule: it is prepared, then shown to them."""
    job = Job.objects.open().filter(pk=_uuid(request.POST.get("job", ""))).first()
    own = Persona.objects.owned_by(request.user)
    persona = own.filter(pk=_uuid(request.POST.get("persona", ""))).first()
    if job is None or persona is None:
        messages.warning(request, _("This job is closed, or the persona is gone. Choose another one."))
        return redirect("matching:list")
    try:
        application = applications.apply_by_hand(user=request.user, job=job, persona=persona)
    except applications.AppliedBefore as before:
        messages.info(request, _("This is the application to it. There is one for each opening."))
        application = before.application
    except Refused as refused:
        messages.warning(request, _sentences_of(refused))
        return redirect("matching:job", persona.pk, job.pk)
    else:
        messages.success(request, _("It is being prepared. Nothing is sent before you have looked at it."))
    return redirect("autoapply:application", application.pk)


def _own(request: SignedInRequest, application_id: UUID) -> Application:
    own = Application.objects.owned_by(request.user).select_related("user").for_list()
    application: Application = get_object_or_404(own, pk=application_id)
    return application


def _done(
    request: SignedInRequest, application: Application, change: Callable[[], Any], said: str
) -> HttpResponse:
    try:
        change()
    except Gone:
        raise Http404 from None
    except Refused as refused:
        messages.warning(request, _sentences_of(refused))
    else:
        messages.success(request, said)
    return redirect("autoapply:application", application.pk)


def _sentences_of(refused: Refused) -> str:
    return " ".join(each for faults in refused.faults.values() for each in faults)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
