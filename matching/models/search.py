"""What jobs are searched by: their words in the language of each, and the words that there are."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from matching.models.jobs import Job


class JobText(models.Model):
    """The words of an open job, apart from its row, which is written at each reading. Written by `job_index`."""

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="search_text")
    language = models.CharField(_("language"), max_length=2, blank=True, default="", db_default="")
    # The title and the employer; then all there is.
    titles = SearchVectorField()
    words = SearchVectorField()
    # Newest first: as posted, else as first seen.
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
