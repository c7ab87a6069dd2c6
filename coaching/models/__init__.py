"""What coaching keeps: relationships and consents, who looked at what, what a coach proposes and writes down."""

from coaching.models.access import AccessEntry
from coaching.models.clients import (
    ClientApplication,
    ClientDecision,
    ClientFollowUp,
    ClientMatch,
    ClientPersona,
    ClientProgress,
    ClientRecommendation,
    ClientResume,
    ClientRule,
    ClientSkill,
)
from coaching.models.cohorts import Cohort, CohortMember
from coaching.models.invitations import Invitation, Mail
from coaching.models.notes import PrivateNote
from coaching.models.relationships import SCOPES, Consent, Relationship, RelationshipEvent, Scope
from coaching.models.suggestions import Suggestion

__all__ = [
    "SCOPES",
    "AccessEntry",
    "ClientApplication",
    "ClientDecision",
    "ClientFollowUp",
    "ClientMatch",
    "ClientPersona",
    "ClientProgress",
    "ClientRecommendation",
    "ClientResume",
    "ClientRule",
    "ClientSkill",
    "Cohort",
    "CohortMember",
    "Consent",
    "Invitation",
    "Mail",
    "PrivateNote",
    "Relationship",
    "RelationshipEvent",
    "Scope",
    "Suggestion",
]
