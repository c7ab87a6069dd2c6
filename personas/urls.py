"""The addresses of the pages about people."""

from django.urls import path

from personas import data_views, resume_views, session_views, views

app_name = "personas"

urlpatterns = [
    path("personas/", views.list_personas, name="list"),
    path("personas/new/", views.create_persona, name="create"),
    path("personas/<uuid:pk>/", views.edit_persona, name="edit"),
    path("personas/<uuid:pk>/activate/", views.activate_persona, name="activate"),
    path("personas/<uuid:pk>/copy/", views.copy_persona, name="copy"),
    path("personas/<uuid:pk>/delete/", views.delete_persona, name="delete"),
    path("skills/", views.list_skills, name="skills"),
    path("skills/names/", views.suggest_skills, name="suggest_skills"),
    path("skills/levels/", views.change_skills, name="change_skills"),
    path("skills/merge/", views.merge_skills, name="merge_skills"),
    path("skills/<uuid:pk>/remove/", views.remove_skill, name="remove_skill"),
    path("resumes/", views.list_resumes, name="resumes"),
    path("resumes/upload/", views.upload_resume, name="upload"),
    path("resumes/<uuid:pk>/", views.show_resume, name="resume"),
    path("resumes/<uuid:pk>/edit/", resume_views.edit_resume, name="edit_resume"),
    path("resumes/<uuid:pk>/pages/<int:number>/", resume_views.resume_page, name="resume_page"),
    path("resumes/<uuid:pk>/versions/", resume_views.list_versions, name="versions"),
    path("resumes/<uuid:pk>/versions/<int:number>/", resume_views.show_version, name="version"),
    path(
        "resumes/<uuid:pk>/versions/<int:number>/restore/",
        resume_views.restore_version,
        name="restore_version",
    ),
    path("resumes/<uuid:pk>/file/", views.download_resume, name="download"),
    path("resumes/<uuid:pk>/json/", views.resume_json, name="resume_json"),
    path("resumes/<uuid:pk>/docx/", views.resume_docx, name="resume_docx"),
    path("resumes/<uuid:pk>/pdf/", views.resume_pdf, name="resume_pdf"),
    path("resumes/<uuid:pk>/skills/", views.accept_skills, name="accept_skills"),
    path("resumes/<uuid:pk>/default/", views.make_default, name="make_default"),
    path("resumes/<uuid:pk>/rename/", views.rename_resume, name="rename_resume"),
    path("resumes/<uuid:pk>/review/", views.ask_review, name="ask_review"),
    path("resumes/<uuid:pk>/delete/", views.delete_resume, name="delete_resume"),
    path("account/", views.edit_account, name="account"),
    path("account/data/", data_views.my_data, name="my_data"),
    path("account/data/close/", data_views.close_account, name="close_account"),
    path("account/data/keep/", data_views.keep_account, name="keep_account"),
    path("account/data/retention/", data_views.retention, name="retention"),
    path("account/data/import/", data_views.import_data, name="import_data"),
    path("account/data/export/", data_views.export, name="export"),
    path("account/sessions/", session_views.sessions, name="sessions"),
    path("account/sessions/end-others/", session_views.sessions_end_others, name="sessions_end_others"),
    path("account/sessions/<int:pk>/end/", session_views.session_end, name="session_end"),
]
