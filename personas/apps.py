"""The app and its name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonasConfig(AppConfig):
    """The app's configuration."""

    name = "personas"
    verbose_name = _("People and personas")
