"""The app and its name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """The app's configuration."""

    name = "matching"
    verbose_name = _("Matching")
