"""The wiring app and the admin site it puts in place."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class RelevntConfig(AppConfig):
    """Wiring: pages that belong to no app, template tags, commands."""

    name = "relevnt"


class AdminConfig(DjangoAdminConfig):
    """Django's admin under our name."""

    default_site = "relevnt.admin.RelevntAdminSite"
