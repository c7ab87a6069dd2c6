"""The admin site: for staff and for coaches, for our own tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

OUR_APPS = ("personas", "matching", "autoapply", "learning", "coaching")


class RelevntAdminSite(AdminSite):
    """The admin that staff and coaches sign in to; each of its pages still asks what they may see."""

    site_header = "Relevnt"
    site_title = "Relevnt"
    index_title = _("Overview")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only: those of borrowed apps (groups, e-mail addresses) are no page of ours."""
        models: Iterable[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        )
        super().register([m for m in models if m._meta.app_label in OUR_APPS], admin_class, **options)  # noqa: SLF001

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff and coaches may come in."""
        user = request.user
        return bool(user.is_active and (getattr(user, "is_staff", False) or getattr(user, "is_coach", False)))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one sign-in page, whose limits on guessing hold here too."""
        index = reverse("admin:index")
        if self.has_permission(request):
            return redirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(index)
