"""The wiring app and the admin site it puts in place."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class RelevntConfig(AppConfig):
    """Wiring: pages that belong to no app, template tags, commands."""

    name = "relevnt"

    def ready(self) -> None:
        """Load the Celery app in every process, so that pages can hand work over after their commit."""
        import_module("relevnt.celery")


class AdminConfig(DjangoAdminConfig):
    """Django's admin under our name."""

    default_site = "relevnt.admin.RelevntAdminSite"
