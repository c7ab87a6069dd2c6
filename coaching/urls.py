"""The addresses of coaching."""

from django.urls import include, path

from coaching import access_views, client_views

app_name = "coaching"

_COACH = "coaching/coaches/<uuid:relationship_id>/"
_INVITATION = "coaching/invitations/<uuid:invitation_id>/"

urlpatterns = [
    path("coaching/", client_views.overview, name="overview"),
    path("coaching/ask/", client_views.ask, name="ask"),
    path(_INVITATION, client_views.invitation, name="invitation"),
    path(f"{_INVITATION}decline/", client_views.decline, name="invitation_decline"),
    path(f"{_INVITATION}withdraw/", client_views.withdraw, name="invitation_withdraw"),
    path(_COACH, client_views.relationship, name="relationship"),
    path(f"{_COACH}revoke/", client_views.revoke, name="consent_revoke"),
    path("coaching/who-looked/", access_views.who_looked, name="access"),
    path("", include("coaching.suggestion_urls")),
]
