"""Addresses of matches."""

from django.urls import path

from matching import (
    found_views,
    inferred_views,
    job_views,
    paste_views,
    preview_views,
    start_views,
    tuner_views,
    views,
)

app_name = "matching"

urlpatterns = [
    path("start/", start_views.start, name="start"),
    path("start/upload/", start_views.start_upload, name="start_upload"),
    path("start/resume/<uuid:pk>/", start_views.start_confirm, name="start_confirm"),
    path("jobs/", found_views.job_list, name="jobs"),
    path("jobs/pasted/", paste_views.paste, name="paste"),
    path("jobs/pasted/<uuid:pasted_id>/", paste_views.change_pasted, name="change_pasted"),
    path("jobs/saved/", found_views.saved, name="saved"),
    path("jobs/searches/", found_views.keep_search, name="keep_search"),
    path("jobs/searches/<uuid:search_id>/", found_views.open_search, name="open_search"),
    path("jobs/searches/<uuid:search_id>/change/", found_views.change_search, name="change_search"),
    path("jobs/<uuid:job_id>/", found_views.open_job, name="open_job"),
    path("jobs/<uuid:job_id>/keep/", found_views.keep_job, name="keep_job"),
    path("matches/", views.match_list, name="list"),
    path("matches/<uuid:match_id>/", job_views.match_detail, name="detail"),
    path("matches/<uuid:match_id>/dismiss/", views.dismiss, name="dismiss"),
    path("matches/<uuid:match_id>/restore/", views.restore, name="restore"),
    path("tuner/", tuner_views.show_tuner, name="tuner"),
    path("tuner/new/", tuner_views.keep_new, name="tuner_new"),
    path("tuner/undo/", tuner_views.undo, name="tuner_undo"),
    path("tuner/<uuid:preset_id>/", tuner_views.keep_weights, name="tuner_keep"),
    path("tuner/<uuid:preset_id>/rename/", tuner_views.rename, name="tuner_rename"),
    path("tuner/<uuid:preset_id>/default/", tuner_views.make_default, name="tuner_default"),
    path("tuner/<uuid:preset_id>/delete/", tuner_views.delete, name="tuner_delete"),
    path("skills/near/", inferred_views.inferred_skills, name="inferred_skills"),
    path("personas/<uuid:persona_id>/preview/", preview_views.preview_persona, name="preview"),
    path("personas/<uuid:persona_id>/refresh/", views.refresh, name="refresh"),
    path("personas/<uuid:persona_id>/jobs/<uuid:job_id>/", job_views.job_detail, name="job"),
    path("personas/<uuid:persona_id>/jobs/<uuid:job_id>/compare/", job_views.compare, name="compare"),
]
