"""The app and its name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    """The app's configuration."""

    name = "learning"
    verbose_name = _("Learning")
