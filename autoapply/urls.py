"""The addresses of auto-apply."""

from django.urls import path

from autoapply import (
    answer_views,
    application_views,
    calendar_views,
    ledger_views,
    rule_views,
    simulation_views,
    tracker_views,
)

app_name = "autoapply"

_RULE = "auto-apply/rules/<uuid:rule_id>/"
_APPLICATION = "applications/<uuid:application_id>/"

urlpatterns = [
    # Standing rules and what they may do together.
    path("auto-apply/", rule_views.overview, name="overview"),
    path("auto-apply/pause/", rule_views.pause, name="pause"),
    path("auto-apply/limits/", rule_views.limits, name="limits"),
    path("auto-apply/rules/new/", rule_views.create, name="rule_new"),
    path("auto-apply/rules/preview/", rule_views.preview, name="rule_preview"),
    path("auto-apply/rules/test-company/", rule_views.test_company, name="rule_test_company"),
    path(_RULE, rule_views.edit, name="rule"),
    path(f"{_RULE}enable/", rule_views.enable, name="rule_enable"),
    path(f"{_RULE}disable/", rule_views.disable, name="rule_disable"),
    path(f"{_RULE}delete/", rule_views.delete, name="rule_delete"),
    path(f"{_RULE}simulation/", simulation_views.show, name="simulation"),
    # What it says of each job.
    path(f"{_RULE}ledger/", ledger_views.show_ledger, name="ledger"),
    path(f"{_RULE}ledger/<uuid:job_id>/", ledger_views.show_decision, name="decision"),
    # Sending one application.
    path("applications/begin/", application_views.begin, name="application_begin"),
    path(f"{_APPLICATION}approve/", application_views.approve, name="application_approve"),
    path(f"{_APPLICATION}cancel/", application_views.cancel, name="application_cancel"),
    path(f"{_APPLICATION}sent/", application_views.confirm_sent, name="application_sent"),
    path(f"{_APPLICATION}resolve/", application_views.resolve, name="application_resolve"),
    path(f"{_APPLICATION}try-again/", application_views.try_again, name="application_try_again"),
    path(f"{_APPLICATION}look-again/", application_views.look_again, name="application_look_again"),
    path(f"{_APPLICATION}stand-behind/", application_views.stand_behind, name="application_stand_behind"),
    path(f"{_APPLICATION}withdraw/", application_views.withdraw, name="application_withdraw"),
    # What goes with an application.
    path(f"{_APPLICATION}kit/", answer_views.show_kit, name="kit"),
    path("answers/", answer_views.list_answers, name="answers"),
    path("answers/<uuid:answer_id>/", answer_views.change_answer, name="change_answer"),
    path("answers/<uuid:answer_id>/remove/", answer_views.remove_answer, name="remove_answer"),
    path("letters/", answer_views.list_letters, name="letters"),
    path("letters/new/", answer_views.write_letter, name="new_letter"),
    path("letters/preview/", answer_views.preview_letter, name="preview_letter"),
    path("letters/<uuid:letter_id>/", answer_views.edit_letter, name="letter"),
    path("letters/<uuid:letter_id>/delete/", answer_views.delete_letter, name="delete_letter"),
    # The tracker
    path("applications/", tracker_views.list_applications, name="applications"),
    path("applications/board/", tracker_views.show_board, name="application_board"),
    path("applications/funnel/", tracker_views.show_funnel, name="application_funnel"),
    path("applications/follow-ups/", calendar_views.show_follow_ups, name="application_follow_ups"),
    path("applications/new/", tracker_views.record, name="application_record"),
    path(_APPLICATION, tracker_views.show_application, name="application"),
    path(f"{_APPLICATION}stage/", tracker_views.move, name="application_stage"),
    path(f"{_APPLICATION}wait/", tracker_views.wait_longer, name="application_wait"),
    path(f"{_APPLICATION}notes/", tracker_views.add_note, name="application_note"),
    path(
        f"{_APPLICATION}notes/<uuid:note_id>/delete/",
        tracker_views.delete_note,
        name="application_note_delete",
    ),
    path(f"{_APPLICATION}contacts/", tracker_views.add_contact, name="application_contacts"),
    path(
        f"{_APPLICATION}contacts/<uuid:contact_id>/", tracker_views.edit_contact, name="application_contact"
    ),
    path(
        f"{_APPLICATION}contacts/<uuid:contact_id>/delete/",
        tracker_views.delete_contact,
        name="application_contact_delete",
    ),
    path(f"{_APPLICATION}follow-ups/", tracker_views.add_follow_up, name="application_follow_up"),
    path(
        f"{_APPLICATION}follow-ups/<uuid:follow_up_id>/done/",
        tracker_views.finish_follow_up,
        name="application_follow_up_done",
    ),
    path(
        f"{_APPLICATION}follow-ups/<uuid:follow_up_id>/delete/",
        tracker_views.delete_follow_up,
        name="application_follow_up_delete",
    ),
    path("calendar/<str:key>.ics", calendar_views.read_calendar, name="calendar"),
]
