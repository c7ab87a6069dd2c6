"""What auto-apply keeps: rules and their verdicts, applications on their way, what they carry, and who receives them."""

from autoapply.models.answers import Answer, LetterTemplate
from autoapply.models.applications import Application, ApplicationEvent, Kit, Log
from autoapply.models.receivers import EmployerKey, Fence, ReceiverHost, Tick
from autoapply.models.rules import MAX_A_WEEK, Decision, Rule, Standing
from autoapply.models.sent_marks import SentMark
from autoapply.models.tracker import CalendarFeed, Contact, FollowUp, Note

__all__ = [
    "MAX_A_WEEK",
    "Answer",
    "Application",
    "ApplicationEvent",
    "CalendarFeed",
    "Contact",
    "Decision",
    "EmployerKey",
    "Fence",
    "FollowUp",
    "Kit",
    "LetterTemplate",
    "Log",
    "Note",
    "ReceiverHost",
    "Rule",
    "SentMark",
    "Standing",
    "Tick",
]
