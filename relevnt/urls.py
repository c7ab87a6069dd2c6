"""Every address, in the order of the rooms."""

from django.contrib import admin
from django.urls import include, path

from personas import provider_views
from relevnt import styleguide, views

urlpatterns = [
    path("", views.front, name="front"),
    path("today/", views.today, name="today"),
    path("mail/", views.local_mail, name="local_mail"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.alive, name="alive"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    path("accounts/provider/", provider_views.connections, name="socialaccount_connections"),
    path("accounts/provider/go/", provider_views.go_to_provider, name="go_to_provider"),
    path("accounts/provider/back/", provider_views.back_from_provider, name="back_from_provider"),
    path("", include("personas.urls")),
    path("", include("matching.urls")),
    path("", include("autoapply.urls")),
    path("", include("learning.urls")),
    path("", include("coaching.urls")),
    path("api/", include("relevnt.api")),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
]
