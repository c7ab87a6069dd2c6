"""Going back to the page that somebody came from, and to no other site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def go_back(request: HttpRequest, address: str, *, otherwise: str) -> HttpResponse:
    """Lead to `address` if it is a path of ours (it begins with "/"), else to the path `otherwise`."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    # Not redirect(): it takes whatever is no address for the name of a view.
    return HttpResponseRedirect(address if is_ours else otherwise)
