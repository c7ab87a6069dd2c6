"""The way to the sign-in provider and back, and the page of what is connected."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.views import connections as allauths_connections
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from personas.provider_accounts import SignInProvider, admit, check_may_connect, has_connections
from personas.services import Refused
from personas.sign_in_provider import Claims, Errand, ProviderFault, is_named, is_offered, redeem, way_there

if TYPE_CHECKING:
    from django.http import HttpRequest

    from personas.accounts import SignedInRequest

logger = logging.getLogger(__name__)

CANCELLED = "access_denied"
"""What a provider answers where somebody does not want to, or may not (RFC 6749, 4.1.2.1)."""


@require_http_methods(["GET", "HEAD", "POST"])
def connections(request: SignedInRequest) -> HttpResponse:
    """What is connected to the account, with a button that takes each away, and one that connects the provider."""
    if not is_offered() and not has_connections(request.user):
        raise Http404
    response: HttpResponse = allauths_connections(request)
    return response


def _connects(request: HttpRequest) -> bool:
    return is_offered() and request.method == "POST" and request.user.is_authenticated


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=_connects, app="allauth.socialaccount")  # type: ignore[untyped-decorator]
def go_to_provider(request: HttpRequest) -> HttpResponse:
    """Send a visitor to the provider to sign in, and whoever is signed in, and has just shown a password, to connect it."""
    provider = _offered_provider(request)
    if request.method != "POST":
        return redirect(_where_from(request))
    if not ratelimit.consume(request, action="login"):
        messages.error(request, _("Too many attempts to sign in. Wait some minutes, then try again."))
        return redirect(_where_from(request))
    errand = Errand.begin()
    process = AuthProcess.CONNECT if request.user.is_authenticated else AuthProcess.LOGIN
    state = provider.stash_redirect_state(
        request, process, get_next_redirect_url(request), nonce=errand.nonce, verifier=errand.verifier
    )
    try:
        url = way_there(errand=errand, state=state, back=_way_back(request))
    except ProviderFault as fault:
        return _failed(request, fault)
    # No redirect: browsers hold the address that a form leads on to against form-action of our own policy.
    return render(request, "socialaccount/leaving.html", {"url": url, "provider": provider.name})


@login_not_required
@never_cache
@require_GET
def back_from_provider(request: HttpRequest) -> HttpResponse:
    """Let in whoever the provider vouches for, connect them, or say why not."""
    provider = _offered_provider(request)
    try:
        state = provider.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        return _failed(request, ProviderFault("refused", "state"))
    if request.GET.get("error") == CANCELLED:
        messages.info(request, _("You did not sign in with %(name)s.") % {"name": provider.name})
        return redirect(_where_from(request))
    try:
        claims = _redeem(request, state)
    except ProviderFault as fault:
        return _failed(request, fault)
    return _let_in(request, provider, state, claims)


def _redeem(request: HttpRequest, state: dict[str, Any]) -> Claims:
    issuer, code = request.GET.get("iss"), request.GET.get("code", "")
    if issuer is not None and not is_named(issuer):
        raise ProviderFault("issuer")
    if not code:
        raise ProviderFault("refused", "error" if "error" in request.GET else "code")
    errand = Errand(nonce=state["nonce"], verifier=state["verifier"])
    return redeem(code=code, errand=errand, back=_way_back(request), now=timezone.now())


def _let_in(
    request: HttpRequest, provider: SignInProvider, state: dict[str, Any], claims: Claims
) -> HttpResponse:
    connects = state["process"] == AuthProcess.CONNECT
    if connects and not request.user.is_authenticated:
        return redirect("account_login")
    try:
        if connects:
            check_may_connect(user=cast("SignedInRequest", request).user, claims=claims)
        else:
            admit(claims=claims)
    except Refused as refused:
        return _refused(request, refused)
    login = provider.sociallogin_from_response(request, claims)
    login.state = {"process": state["process"], **({"next": state["next"]} if "next" in state else {})}
    response: HttpResponse = complete_social_login(request, login)
    return response


def _offered_provider(request: HttpRequest) -> SignInProvider:
    if not is_offered():
        raise Http404
    provider: SignInProvider = get_adapter().get_provider(request, settings.OIDC_ISSUER)
    return provider


def _way_back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("back_from_provider"))


def _where_from(request: HttpRequest) -> str:
    return reverse("socialaccount_connections" if request.user.is_authenticated else "account_login")


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    told = [str(each) for faults in refused.faults.values() for each in faults]
    context = {"told": told, "back": _where_from(request)}
    return render(request, "socialaccount/refused.html", context, status=403)


def _failed(request: HttpRequest, fault: ProviderFault) -> HttpResponse:
    logger.warning("Nobody was signed in by the provider: %s %s", fault.reason, fault.detail)
    is_away = fault.reason in ("unreachable", "failed")
    context = {"provider": settings.OIDC_NAME, "is_away": is_away, "back": _where_from(request)}
    return render(request, "socialaccount/authentication_error.html", context, status=403)
