"""What people keep of the jobs: jobs and searches, and what is new for a search since they looked."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Greatest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.filter_forms import SearchForm
from matching.job_search import find_new, last_number
from matching.models import Job, SavedJob, SavedSearch
from personas.identity import acting_as
from personas.mail_frames import as_html
from personas.models import User
from personas.services import ValuesRefused

MOST_SEARCHES = 20
"""Each is asked again for its new jobs by the clock."""
MOST_NEW = 100
"""What is new is counted up to here."""
NAMED = 10
"""So many jobs stand in a mail; the page has the others."""
BETWEEN_MAILS = timedelta(hours=20)
"""One mail a day at most for each search, without creeping around the clock."""

logger = logging.getLogger(__name__)


def save_job(*, user: User, job: Job) -> bool:
    """Keep a job, and tell whether it was not kept before."""
    _row, is_new = SavedJob.objects.get_or_create(user=user, job=job)
    return is_new


def forget_job(*, user: User, job_id: UUID) -> bool:
    """Keep a job no longer, and tell whether it was kept."""
    return bool(SavedJob.objects.owned_by(user).filter(job=job_id).delete()[0])


def save_search(*, user: User, name: str, query: str) -> SavedSearch:
    """Keep a search under a name; raises ValuesRefused (name, query). What is there already counts as looked at."""
    name = " ".join(name.split())
    if SavedSearch.objects.owned_by(user).count() >= MOST_SEARCHES:
        told = _("You have %(most)d saved searches, and no more are kept. Delete one first.")
        raise ValuesRefused({"name": [told % {"most": MOST_SEARCHES}]})
    number = last_number()
    row = SavedSearch(user=user, query=_check_query(user, query), looked_number=number, told_number=number)
    return _keep(row, name)


def change_search(*, search: SavedSearch, name: str | None = None, notify: bool | None = None) -> SavedSearch:
    """Rename a search, or have what is new told by mail or not; raises ValuesRefused (name)."""
    if notify is not None:
        if notify and not search.notify:
            # What came in while nobody was told of it is no news by mail.
            search.told_number = max(search.told_number, last_number())
        search.notify = notify
    return _keep(search, search.name if name is None else " ".join(name.split()))


def note_look(*, search: SavedSearch) -> None:
    """Note that its owner looks at a search now: what is there counts as known."""
    SavedSearch.objects.filter(pk=search.pk).update(looked_number=Greatest("looked_number", last_number()))


def find_search(*, user: User, query: str) -> SavedSearch | None:
    """Give the saved search that asks for the same, None where there is none."""
    return SavedSearch.objects.owned_by(user).filter(query=query).first() if query else None


def new_jobs(
    *, search: SavedSearch, user: User, since: int, now: datetime, until: int | None = None
) -> list[UUID]:
    """Give the jobs of a search that came in after a number and up to another, newest first and at most MOST_NEW."""
    form = SearchForm(QueryDict(search.query), currency=user.currency)
    if not form.is_valid():
        # A place that the gazetteer of a newer version does not know any more: the page says so.
        return []
    text = str(form.cleaned_data.get("q", ""))
    last = last_number() if until is None else until
    return find_new(text=text, job_filter=form.read(now=now), since=since, until=last, most=MOST_NEW)


def due_searches(now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Searches whose owners want to be told, and have not been for a day, with their owners."""
    waited = Q(mailed_at__isnull=True) | Q(mailed_at__lt=now - BETWEEN_MAILS)
    return list(
        SavedSearch.objects.filter(waited, notify=True)
        .order_by("mailed_at", "pk")
        .values_list("pk", "user_id")
    )


def tell_new_jobs(*, now: datetime) -> int:
    """Write to everybody whose search has new jobs, each job once and one mail a day for a search; gives the number of mails."""
    return sum(_tell(pk, user_id, now) for pk, user_id in due_searches(now))


def _tell(pk: UUID, user_id: UUID, now: datetime) -> bool:
    with acting_as(user_id), transaction.atomic():
        search = SavedSearch.objects.select_for_update(skip_locked=True).filter(pk=pk, notify=True).first()
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if search is None or user is None:
            return False
        last, before = last_number(), (search.told_number, search.mailed_at)
        since = max(search.told_number, search.looked_number)
        found = new_jobs(search=search, user=user, since=since, now=now, until=last)
        # Written down before it leaves: a second mail is worse than none, and the page tells the same.
        SavedSearch.objects.filter(pk=pk).update(
            told_number=Greatest("told_number", last), **({"mailed_at": now} if found else {})
        )
    if not found:
        return False
    with acting_as(user_id):
        jobs = list(Job.objects.for_list().filter(pk__in=found[:NAMED]))
    if _send(user, search, jobs, len(found)):
        return True
    # It did not leave: the next look tries again.
    with acting_as(user_id):
        SavedSearch.objects.filter(pk=pk).update(told_number=before[0], mailed_at=before[1])
    return False


def _send(user: User, search: SavedSearch, jobs: Sequence[Job], count: int) -> bool:
    with translation.override(user.locale), timezone.override(ZoneInfo(user.time_zone)):
        shown = _("%(count)d or more") % {"count": count} if count >= MOST_NEW else str(count)
        subject = ngettext("One new job for “%(name)s”", "%(shown)s new jobs for “%(name)s”", count) % {
            "shown": shown,
            "name": search.name[:80],
        }
        lines = [
            " · ".join(part for part in (job.title, job.company, job.location[:80]) if part) for job in jobs
        ]
        body = _(
            "%(jobs)s\n\nAll of them:\n%(link)s\n\nYou get this because you asked for it. Here you can stop it:\n%(saved)s\n"
        ) % {
            "jobs": "\n".join(lines),
            "link": f"{settings.PUBLIC_URL}{reverse('matching:open_search', args=[search.pk])}",
            "saved": f"{settings.PUBLIC_URL}{reverse('matching:saved')}",
        }
        try:
            return bool(send_mail(subject, body, None, [user.email], html_message=as_html(body)))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # The address is nobody's business, and the error may quote it.
            logger.error("A mail about new jobs did not leave (%s)", type(error).__name__)  # noqa: TRY400
            return False


def _check_query(user: User, query: str) -> str:
    form = SearchForm(QueryDict(query[:2000]), currency=user.currency)
    if not form.is_valid():
        raise ValuesRefused({"query": [str(error) for errors in form.errors.values() for error in errors]})
    kept = form.kept_query()
    if not kept:
        raise ValuesRefused({"query": [_("It asks for nothing: type a word or choose a filter first.")]})
    return kept


def _keep(row: SavedSearch, name: str) -> SavedSearch:
    if not name or len(name) > 100:
        raise ValuesRefused({"name": [_("Give it a name of at most 100 characters.")]})
    row.name = name
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        told = _("You have a search of this name already.")
        raise ValuesRefused({"name": [told]}) from None
    return row
