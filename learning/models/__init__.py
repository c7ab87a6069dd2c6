"""What to grow, and from what."""

from learning.models.catalog import Catalog, Course, CourseQuerySet, CourseSkill, LinkHost
from learning.models.progress import Progress, ProgressQuerySet
from learning.models.recommendations import (
    RECOMMENDED_FOR,
    LearningState,
    Recommendation,
    RecommendationQuerySet,
)
from learning.models.settings import HOURS_PER_WEEK, LearningSettings

__all__ = [
    "HOURS_PER_WEEK",
    "RECOMMENDED_FOR",
    "Catalog",
    "Course",
    "CourseQuerySet",
    "CourseSkill",
    "LearningSettings",
    "LearningState",
    "LinkHost",
    "Progress",
    "ProgressQuerySet",
    "Recommendation",
    "RecommendationQuerySet",
]
