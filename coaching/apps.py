"""The app and its name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    """The app's configuration."""

    name = "coaching"
    verbose_name = _("Coaching")
