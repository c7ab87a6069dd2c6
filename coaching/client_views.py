"""The client's pages: coaches and what each sees, invitations and requests, asking, changing and revoking a consent.

Coaches find here what they were asked; what they do as coaches is in their desk.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coaching import consents, invitations
from coaching.access_words import CHANGES_NOTHING, NEVER_OPENED
from coaching.client_forms import AskForm, ConsentForm
from coaching.coaches import Coach, read_coach, read_coaches, read_history, read_waiting, scope_words
from coaching.models import Consent, Invitation
from coaching.sides import name_of
from coaching.tasks import send_mails
from personas.accounts import SignedInRequest
from personas.services import Gone, Refused

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Coaches with what each sees, and whatever waits for an answer on either side."""
    at = timezone.now()
    to_me = list(Invitation.objects.addressed_to(request.user).open(at).for_list())
    sent = Invitation.objects.owned_by(request.user).filter(by_coach=False, answer=Invitation.Answer.OPEN)
    context = {
        "invitations": [each for each in to_me if each.by_coach],
        "requests": [each for each in to_me if not each.by_coach],
        "asked": list(sent.for_list()),
        "coaches": read_coaches(user=request.user, at=at),
        "suggestions": read_waiting(user=request.user, at=at).suggestions,
        "now": at,
    }
    return render(request, "coaching/overview.html", context)


@require_form
def ask(request: SignedInRequest) -> HttpResponse:
    """Ask an address to coach oneself."""
    form = AskForm(_typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            invitations.ask_coach(
                client=request.user, email=form.cleaned_data["email"], message=form.cleaned_data["message"]
            )
        except Refused as refused:
            form.explain(refused)
        else:
            send_mails.delay_on_commit()
            messages.success(request, _("Asked. You are told when there is an answer."))
            return redirect("coaching:overview")
    return render(request, "coaching/ask.html", {"form": form})


# --- invitations -----------------------------------------------------------------------------------------------------


@require_form
def invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """One invitation to this person: accept a coach's with what they may see, or agree to what somebody asked."""
    found = _find_invitation(request, invitation_id)
    if found is None:
        return _no_invitation(request)
    if found.by_coach:
        return _answer_coach(request, found)
    return _answer_client(request, found)


@require_POST
def decline(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Say no."""
    found = _find_invitation(request, invitation_id)
    if found is None:
        return _no_invitation(request)
    try:
        invitations.decline_invitation(invitation=found, user=request.user)
    except Refused as refused:
        _tell(request, refused)
    else:
        send_mails.delay_on_commit()
        messages.success(request, _("Declined. %(name)s is told so.") % {"name": name_of(found.user)})
    return redirect("coaching:overview")


@require_POST
def withdraw(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Take back what one has asked."""
    own = Invitation.objects.owned_by(request.user).filter(pk=invitation_id).first()
    if own is None:
        return _no_invitation(request)
    try:
        invitations.withdraw_invitation(invitation=own, user=request.user)
    except Refused as refused:
        _tell(request, refused)
    else:
        messages.success(
            request, _("Withdrawn. What you asked %(email)s stands no more.") % {"email": own.email}
        )
    return redirect("coaching:overview")


# --- one coach -------------------------------------------------------------------------------------------------------


@require_form
def relationship(request: SignedInRequest, relationship_id: UUID) -> HttpResponse:
    """One coach: what they see, changing it, the notes that both read, and what happened."""
    coach = _own_coach(request, relationship_id)
    form = ConsentForm(_typed(request), user=request.user, consent=coach.consent)
    if request.method == "POST" and coach.can_consent and form.is_valid():
        try:
            told = _consent(request, coach, form)
        except Gone:
            raise Http404 from None
        except consents.ConsentRevoked as refused:
            # The stricter stands: what is seen now is shown, and what was typed is not offered again.
            _tell(request, refused)
            return redirect("coaching:relationship", relationship_id)
        except Refused as refused:
            form.explain(refused)
        else:
            messages.add_message(request, *told)
            return redirect("coaching:relationship", relationship_id)
    context = {
        "coach": coach,
        "form": form,
        "history": read_history(coach=coach),
        "never": NEVER_OPENED,
        "changes_nothing": CHANGES_NOTHING,
    }
    return render(request, "coaching/relationship.html", context)


@require_form
def revoke(request: SignedInRequest, relationship_id: UUID) -> HttpResponse:
    """Ask, then let a coach see nothing any more."""
    coach = _own_coach(request, relationship_id)
    if coach.consent is None:
        messages.info(request, _("%(name)s sees nothing: there is no consent.") % {"name": coach.name})
        return redirect("coaching:relationship", relationship_id)
    if request.method == "POST":
        try:
            consents.revoke_consent(consent=coach.consent)
        except Gone:
            raise Http404 from None
        send_mails.delay_on_commit()
        messages.success(request, _("Revoked. %(name)s sees nothing from now on.") % {"name": coach.name})
        return redirect("coaching:relationship", relationship_id)
    return render(request, "coaching/consent_revoke.html", {"coach": coach})


# --- the parts -------------------------------------------------------------------------------------------------------


def _typed(request: SignedInRequest) -> Any:
    """What a form was sent with; nothing at all is something as well: no box was ticked."""
    return request.POST if request.method == "POST" else None


def _own_coach(request: SignedInRequest, relationship_id: UUID) -> Coach:
    coach = read_coach(user=request.user, relationship_id=relationship_id, at=timezone.now())
    if coach is None:
        raise Http404
    return coach


def _consent(request: SignedInRequest, coach: Coach, form: ConsentForm) -> tuple[int, str]:
    """Give or change a consent; what to tell about it."""
    scopes, until, seen = form.cleaned_data["scopes"], form.until(), form.seen_consent()
    consent = coach.consent
    if seen is not None and (consent is None or consent.pk != seen):
        # Revoked since the page was made; whatever stands now was not seen there.
        shown_there = Consent.objects.owned_by(request.user).filter(relationship=coach.relationship, pk=seen)
        consent = get_object_or_404(shown_there)
    if consent is None:
        consents.give_consent(
            relationship=coach.relationship, client=request.user, scopes=scopes, valid_until=until
        )
        send_mails.delay_on_commit()
        shown = {"name": coach.name, "scopes": scope_words(scopes)}
        return messages.SUCCESS, _("%(name)s now sees %(scopes)s.") % shown
    changed = consents.change_consent(
        consent=consent, scopes=scopes, valid_until=until, seen_revision=form.seen_revision()
    )
    shown = {"name": coach.name, "scopes": scope_words(changed.consent.scopes)}
    if changed.narrowed:
        return messages.WARNING, _(
            "This was changed elsewhere meanwhile. What both changes allow stands: %(name)s sees %(scopes)s. Look whether that is what you want."
        ) % shown
    return messages.SUCCESS, _("Changed. %(name)s sees %(scopes)s.") % shown


def _find_invitation(request: SignedInRequest, invitation_id: UUID) -> Invitation | None:
    """The invitation, where it was sent to whoever asks."""
    try:
        found = invitations.find_invitation(user=request.user, invitation_id=invitation_id)
    except invitations.NoInvitation:
        return None
    return None if found.user_id == request.user.pk else found


def _no_invitation(request: SignedInRequest) -> HttpResponse:
    return render(request, "coaching/no_invitation.html", status=404)


def _answer_coach(request: SignedInRequest, found: Invitation) -> HttpResponse:
    form = ConsentForm(_typed(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = invitations.accept_invitation(
                invitation=found,
                client=request.user,
                scopes=form.cleaned_data["scopes"],
                valid_until=form.until(),
            )
        except invitations.AlreadyTogether as refused:
            _tell(request, refused)
            return redirect("coaching:relationship", refused.relationship.pk)
        except Gone:
            return _no_invitation(request)
        except Refused as refused:
            form.explain(refused)
        else:
            send_mails.delay_on_commit()
            shown = {"name": name_of(found.user), "scopes": scope_words(form.cleaned_data["scopes"])}
            messages.success(request, _("Accepted. %(name)s sees %(scopes)s.") % shown)
            return redirect("coaching:relationship", made.pk)
    if found.answer == Invitation.Answer.ACCEPTED and found.relationship_id and not form.is_bound:
        return redirect("coaching:relationship", found.relationship_id)
    context = {
        **_about(found),
        "form": form,
        "never": NEVER_OPENED,
        "changes_nothing": CHANGES_NOTHING,
    }
    return render(request, "coaching/invitation.html", context)


def _answer_client(request: SignedInRequest, found: Invitation) -> HttpResponse:
    if request.method == "POST":
        try:
            invitations.accept_request(invitation=found, coach=request.user)
        except Gone:
            return _no_invitation(request)
        except Refused as refused:
            _tell(request, refused)
        else:
            send_mails.delay_on_commit()
            shown = {"name": name_of(found.user)}
            messages.success(
                request,
                _("You coach %(name)s now. They are asked what you may see; until then it is nothing.")
                % shown,
            )
        return redirect("coaching:overview")
    return render(request, "coaching/request.html", _about(found))


def _about(found: Invitation) -> dict[str, Any]:
    """What a page says of an invitation: whose it is, and whether it can still be accepted."""
    return {
        "invitation": found,
        "sender": name_of(found.user),
        "is_open": found.answer == Invitation.Answer.OPEN and found.expires_at > timezone.now(),
        "sender_coaches": found.user.is_coach and found.user.is_active,
    }


def _tell(request: SignedInRequest, refused: Refused) -> None:
    for sentences in refused.faults.values():
        for sentence in sentences:
            messages.warning(request, sentence)
