"""The background app and the day's timetable."""

from __future__ import annotations

import logging
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
os.environ.setdefault("RELEVNT_ROLE", "worker")

from celery import Celery, bootsteps
from celery.schedules import crontab
from django.conf import settings
from django.db import connection

from personas.row_security import RowSecurityVoid, verify

logger = logging.getLogger(__name__)

app = Celery("relevnt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class RowSecurityStep(bootsteps.StartStopStep):
    """A worker starts only while row security holds."""

    def start(self, parent: Any) -> None:
        """Check before the first task."""
        try:
            verify(connection)
        except RowSecurityVoid as void:
            logger.critical("%s", str(void))  # names tables and roles, nothing of anybody
            raise
        connection.close()


app.steps["worker"].add(RowSecurityStep)

# In the order of the day's flow; every entry finds its own work in the tables, so a lost tick costs nothing.
app.conf.beat_schedule = {
    "tick": {"task": "relevnt.tasks.tick", "schedule": settings.TICK_SECONDS},
    "poll-sources": {
        "task": "matching.tasks.poll_sources",
        "schedule": settings.SOURCES_TICK_SECONDS,
        "options": {"expires": 10 * settings.SOURCES_TICK_SECONDS},
    },
    "take-in-pasted-postings": {
        "task": "matching.tasks.take_in_pasted",
        "schedule": 30,
        "options": {"expires": 5 * 60},
    },
    "look-again-at-pasted-links": {
        "task": "matching.tasks.look_again_at_pasted",
        "schedule": crontab(hour=4, minute=25),
    },
    "make-jobs-findable": {
        "task": "matching.tasks.index_jobs",
        "schedule": 30,
        "options": {"expires": 5 * 60},
    },
    "tell-new-jobs": {
        "task": "matching.tasks.tell_new_jobs",
        "schedule": 30 * 60,
        "options": {"expires": 30 * 60},
    },
    "count-words-of-jobs": {
        "task": "matching.tasks.count_words",
        "schedule": 10 * 60,
        "options": {"expires": 10 * 60},
    },
    "close-jobs-past-their-date": {"task": "matching.tasks.close_ended_jobs", "schedule": 15 * 60},
    "refresh-matches": {"task": "matching.tasks.refresh_matches", "schedule": 60},
    "refresh-recommendations": {
        "task": "learning.tasks.refresh_recommendations",
        "schedule": 5 * 60,
        "options": {"expires": 10 * 60},
    },
    "run-rules": {"task": "autoapply.tasks.run_rules", "schedule": settings.AUTO_APPLY_RULES_SECONDS},
    "look-after-applications": {
        "task": "autoapply.tasks.look_after",
        "schedule": settings.AUTO_APPLY_TICK_SECONDS,
        # A look that nobody took for so long was asked for anew many times.
        "options": {"expires": 10 * settings.AUTO_APPLY_TICK_SECONDS},
    },
    "read-closed-jobs": {"task": "matching.tasks.read_closed_jobs", "schedule": 15 * 60},
    "read-jobs-of-a-year": {
        "task": "matching.tasks.read_jobs_of_a_year",
        "schedule": 60 * 60,
        "options": {"expires": 30 * 60},
    },
    "send-mails-of-coaching": {
        "task": "coaching.tasks.send_mails",
        "schedule": 60,
        "options": {"expires": 10 * 60},
    },
    "keep-catalogs-of-courses": {"task": "learning.tasks.keep_catalogs", "schedule": 10 * 60},
    "look-at-links-of-courses": {
        "task": "learning.tasks.check_links",
        "schedule": 5 * 60,
        "options": {"expires": 5 * 60},
    },
    "write-other-words": {
        "task": "learning.tasks.write_other_words",
        "schedule": 10 * 60,
        "options": {"expires": 10 * 60},
    },
    "forget-expired-recommendations": {"task": "learning.tasks.forget_expired", "schedule": 60 * 60},
    "expire-matches": {"task": "matching.tasks.expire_matches", "schedule": 60 * 60},
    "delete-due-accounts": {
        "task": "personas.tasks.delete_due_accounts",
        "schedule": 60 * 60,
        "options": {"expires": 30 * 60},
    },
    "delete-what-is-not-kept": {
        "task": "personas.tasks.delete_what_is_not_kept",
        "schedule": crontab(hour=settings.RETENTION_HOUR, minute=settings.RETENTION_MINUTE),
        "options": {"expires": 6 * 60 * 60},
    },
    "forget-ended-sessions": {
        "task": "personas.tasks.forget_ended_sessions",
        "schedule": 60 * 60,
        "options": {"expires": 30 * 60},
    },
    "strike-old-answers": {"task": "personas.tasks.strike_old_answers", "schedule": 60 * 60},
}
