"""One row of every personal table."""

from __future__ import annotations

from typing import Any

from personas.models import User
from tests.factories import (
    AccountClosingFactory,
    AnswerFactory,
    ApiTokenFactory,
    ApplicationFactory,
    CalendarFeedFactory,
    ContactFactory,
    DecisionFactory,
    FollowUpFactory,
    IdempotencyKeyFactory,
    KitFactory,
    LearningSettingsFactory,
    LearningStateFactory,
    LetterTemplateFactory,
    LogFactory,
    MatchFactory,
    MatchStateFactory,
    NoteFactory,
    PastedPostingFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
    ResumeFactory,
    ResumeFileFactory,
    ResumeVersionFactory,
    RetentionFactory,
    RuleFactory,
    SavedJobFactory,
    SavedSearchFactory,
    SocialAccountFactory,
    TunerSettingsFactory,
    UserSkillFactory,
)

# Every table whose rows belong to a person, and the columns that say to whom.
PERSONAL = {
    "resumes": "user_id",
    "resume_files": "user_id",
    "resume_versions": "user_id",
    "user_personas": "user_id",
    "persona_preferences": "user_id",
    "user_skills": "user_id",
    "api_tokens": "user_id",
    "closing_accounts": "user_id",
    "retention_settings": "user_id",
    "saved_jobs": "user_id",
    "saved_searches": "user_id",
    "pasted_postings": "user_id",
    "idempotency_keys": "user_id",
    "socialaccount_socialaccount": "user_id",
    "job_matches": "user_id",
    "match_states": "user_id",
    "relevance_tuner_settings": "user_id",
    "auto_apply_rules": "user_id",
    "auto_apply_standings": "user_id",
    "auto_apply_decisions": "user_id",
    "auto_apply_applications": "user_id",
    "auto_apply_events": "user_id",
    "auto_apply_logs": "user_id",
    "application_kits": "user_id",
    "application_answers": "user_id",
    "application_notes": "user_id",
    "application_contacts": "user_id",
    "application_follow_ups": "user_id",
    "letter_templates": "user_id",
    "calendar_feeds": "user_id",
    "learning_recommendations": "user_id",
    "learning_progress": "user_id",
    "learning_states": "user_id",
    "learning_settings": "user_id",
    "coach_client_relationships": "coach_id, client_id",
    "coach_consents": "coach_id, client_id",
    "coach_private_notes": "coach_id",
    "coach_events": "coach_id, client_id",
    "coach_suggestions": "coach_id, client_id",
    "coach_cohorts": "coach_id",
    "coach_cohort_members": "coach_id, client_id",
    "coach_invitations": "user_id, email",
    "coach_mails": "user_id",
    "access_log": "client_id, viewer_id",
    "django_admin_log": "user_id",
}

# Those with one owner, in which `world` has a row; the rows of a relationship have tests of their own.
SIMPLE = sorted(
    table
    for table, owner in PERSONAL.items()
    if owner == "user_id" and table not in {"django_admin_log", "coach_mails"}
)


def everything_of(user: User) -> dict[str, Any]:
    """One row of every personal table that has a simple owner."""
    resume = ResumeFactory(user=user)
    persona = PersonaFactory(user=user, resume=resume)
    rule = RuleFactory(user=user)
    application = ApplicationFactory(user=user)
    return {
        "resumes": resume,
        "resume_files": ResumeFileFactory(resume=resume),
        "resume_versions": ResumeVersionFactory(resume=resume),
        "user_personas": persona,
        "user_skills": UserSkillFactory(user=user),
        "api_tokens": ApiTokenFactory(user=user),
        "closing_accounts": AccountClosingFactory(user=user),
        "retention_settings": RetentionFactory(user=user),
        "saved_jobs": SavedJobFactory(user=user),
        "saved_searches": SavedSearchFactory(user=user),
        "pasted_postings": PastedPostingFactory(user=user),
        "idempotency_keys": IdempotencyKeyFactory(user=user),
        "socialaccount_socialaccount": SocialAccountFactory(user=user),
        "job_matches": MatchFactory(persona=persona),
        "match_states": MatchStateFactory(persona=persona),
        "relevance_tuner_settings": TunerSettingsFactory(user=user),
        "auto_apply_rules": rule,
        "auto_apply_standings": rule,  # a trigger made it
        "auto_apply_decisions": DecisionFactory(rule=rule),
        "auto_apply_applications": application,
        "auto_apply_events": application,  # so did one its first event
        "application_kits": KitFactory(application=application),
        "application_answers": AnswerFactory(user=user),
        "application_notes": NoteFactory(application=application),
        "application_contacts": ContactFactory(application=application),
        "application_follow_ups": FollowUpFactory(application=application),
        "letter_templates": LetterTemplateFactory(user=user),
        "calendar_feeds": CalendarFeedFactory(user=user),
        "auto_apply_logs": LogFactory(user=user),
        "learning_recommendations": RecommendationFactory(user=user),
        "learning_progress": ProgressFactory(user=user),
        "learning_states": LearningStateFactory(persona=persona),
        "learning_settings": LearningSettingsFactory(user=user),
    }
