"""People and the selves they search as."""

from personas.models.keys import ApiToken, IdempotencyKey
from personas.models.people import (
    AccountClosing,
    AccountDeletion,
    OwnedQuerySet,
    Retention,
    User,
    UserManager,
    text_list,
)
from personas.models.resumes import Resume, ResumeFile, ResumeQuerySet, ResumeVersion
from personas.models.selves import Persona, PersonaPreferences, PersonaQuerySet
from personas.models.skills import UserSkill, UserSkillQuerySet

__all__ = [
    "AccountClosing",
    "AccountDeletion",
    "ApiToken",
    "IdempotencyKey",
    "OwnedQuerySet",
    "Persona",
    "PersonaPreferences",
    "PersonaQuerySet",
    "Resume",
    "ResumeFile",
    "ResumeQuerySet",
    "ResumeVersion",
    "Retention",
    "User",
    "UserManager",
    "UserSkill",
    "UserSkillQuerySet",
    "text_list",
]
