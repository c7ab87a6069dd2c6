"""The admin site: for staff and for coaches."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class RelevntAdminSite(AdminSite):
    """The admin that staff and coaches sign in to; each of its pages still asks what they may see."""

    site_header = "Relevnt"
    site_title = "Relevnt"
    index_title = _("Overview")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff and coaches may come in."""
        user = request.user
        return bool(user.is_active and (getattr(user, "is_staff", False) or getattr(user, "is_coach", False)))
