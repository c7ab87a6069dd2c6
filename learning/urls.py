"""The addresses of what to learn."""

from django.urls import path

from learning import market_views, progress_views, views

app_name = "learning"
urlpatterns = [
    path("learning/", views.overview, name="overview"),
    path("learning/count/", views.count, name="count"),
    path("learning/recommendations/<uuid:pk>/", views.recommendation, name="recommendation"),
    path("learning/gaps/", views.gaps, name="gaps"),
    path("learning/market/", market_views.market, name="market"),
    path("learning/courses/", views.courses, name="courses"),
    path("learning/progress/", progress_views.progress, name="progress"),
    path("learning/progress/set/", progress_views.progress_set, name="progress_set"),
    path("learning/progress/<uuid:pk>/skill/", progress_views.progress_skill, name="progress_skill"),
    path("learning/progress/<uuid:pk>/forget/", progress_views.progress_forget, name="progress_forget"),
    path("learning/settings/", progress_views.edit_settings, name="settings"),
]
