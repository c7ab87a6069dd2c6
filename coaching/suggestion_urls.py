"""The addresses of a client's suggestions; part of the addresses of coaching."""

from django.urls import path

from coaching import suggestion_views as views

urlpatterns = [
    path("coaching/suggestions/", views.list_suggestions, name="suggestions"),
    path("coaching/suggestions/<uuid:suggestion_id>/", views.show_suggestion, name="suggestion"),
    path("coaching/suggestions/<uuid:suggestion_id>/accept/", views.accept, name="suggestion_accept"),
    path("coaching/suggestions/<uuid:suggestion_id>/decline/", views.decline, name="suggestion_decline"),
]
