"""Jobs in, scores out: what is stored of both."""

from matching.models import lookups as lookups
from matching.models.jobs import Job, JobQuerySet, JobRejection, JobRun, JobSighting, JobSnapshot, JobSource
from matching.models.matches import (
    COVERAGE_FLOOR,
    FRESH_FOR,
    DismissalReason,
    Match,
    MatchQuerySet,
    MatchState,
    UnboundedDecimalField,
)
from matching.models.pasted import PastedPosting
from matching.models.search import JobText, JobWord, SavedJob, SavedSearch
from matching.models.tuner import TunerSettings
from matching.models.writer import WriterDay

__all__ = [
    "COVERAGE_FLOOR",
    "FRESH_FOR",
    "DismissalReason",
    "Job",
    "JobQuerySet",
    "JobRejection",
    "JobRun",
    "JobSighting",
    "JobSnapshot",
    "JobSource",
    "JobText",
    "JobWord",
    "Match",
    "MatchQuerySet",
    "MatchState",
    "PastedPosting",
    "SavedJob",
    "SavedSearch",
    "TunerSettings",
    "UnboundedDecimalField",
    "WriterDay",
]
