"""The app and its name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutoapplyConfig(AppConfig):
    """The app's configuration."""

    name = "autoapply"
    verbose_name = _("Auto-apply")
