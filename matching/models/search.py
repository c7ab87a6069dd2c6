"""What jobs are searched by: their words in the language of each, and the words that there are."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from matching.models.jobs import Job
from personas.models import OwnedQuerySet, User


class JobText(models.Model):
    """The words of an open job, apart from its row, which is written at each reading. Written by `job_index`."""

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="search_text")
    language = models.CharField(_("language"), max_length=2, blank=True, default="", db_default="")
    # The title and the employer; then all there is.
    titles = SearchVectorField()
    words = SearchVectorField()
    # Newest first: as posted, else as first seen; what an archive does not date comes last.
    sort_at = models.DateTimeField(_("posted or first seen"))
    # Rises with each job that becomes findable: what is new to somebody who has looked.
    number = models.BigIntegerField(_("number"), editable=False)
    payload_hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        db_table = "job_texts"
        verbose_name = _("searchable text of a job")
        verbose_name_plural = _("searchable texts of jobs")
        indexes = [
            GinIndex(fields=["titles"], name="job_text_titles", fastupdate=False),
            GinIndex(fields=["words"], name="job_text_words", fastupdate=False),
            models.Index(F("sort_at").desc(), F("job").desc(), name="job_text_newest_first"),
            models.Index(fields=["number"], name="job_text_number"),
        ]

    def __str__(self) -> str:
        return f"text of {self.job_id}"


class JobWord(models.Model):
    """A word of titles, employers and skills of open jobs, for whoever mistypes it. Written by `job_index`."""

    word = models.CharField(_("word"), max_length=64, primary_key=True)
    jobs = models.IntegerField(_("open jobs"))

    class Meta:
        db_table = "job_words"
        verbose_name = _("word of jobs")
        verbose_name_plural = _("words of jobs")

    def __str__(self) -> str:
        return self.word


class SavedJob(models.Model):
    """A job that somebody keeps an eye on; it stays readable when it closes. Written by `saved`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="saved_jobs"
    )
    job = models.ForeignKey(Job, models.DO_NOTHING, db_constraint=False, related_name="saved_by")
    created_at = models.DateTimeField(_("saved"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "saved_jobs"
        verbose_name = _("saved job")
        verbose_name_plural = _("saved jobs")
        constraints = [
            models.UniqueConstraint(fields=["user", "job"], name="job_is_saved_once"),
        ]

    def __str__(self) -> str:
        return f"saved job {self.pk}"


class SavedSearch(models.Model):
    """A search that somebody comes back to. Written by `saved`.

    `looked_number` and `told_number` are numbers of JobText: jobs above them are new since its owner looked, or was written to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="saved_searches"
    )
    name = models.CharField(_("name"), max_length=100)
    # The query string of the page: q, place, pay, posted, workplace, seniority, unstated.
    query = models.CharField(_("search"), max_length=2000)
    notify = models.BooleanField(_("tell by mail"), default=False, db_default=False)
    looked_number = models.BigIntegerField(default=0, db_default=0, editable=False)
    told_number = models.BigIntegerField(default=0, db_default=0, editable=False)
    mailed_at = models.DateTimeField(_("last mail"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("saved"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "saved_searches"
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_search_has_a_name_of_its_own"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_search_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"saved search {self.pk}"
