"""Addresses of matches."""

from django.urls import path

from matching import views

app_name = "matching"

urlpatterns = [
    path("matches/", views.match_list, name="list"),
    path("matches/<uuid:match_id>/", views.match_detail, name="detail"),
    path("matches/<uuid:match_id>/dismiss/", views.dismiss, name="dismiss"),
    path("matches/<uuid:match_id>/restore/", views.restore, name="restore"),
    path("personas/<uuid:persona_id>/refresh/", views.refresh, name="refresh"),
]
