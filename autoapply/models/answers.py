"""What an application may say in somebody's name: their own answers and their own letters."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, Persona, User


class Answer(models.Model):
    """One answer of a person to a question that forms ask. Written by its owner; never by a guess."""

    class Topic(models.TextChoices):
        """What a question is about; the sensitive ones are never answered for somebody."""

        LEGAL = "legal", _("law and consent")
        VISA = "visa", _("right to work")
        PAY = "pay", _("pay")
        DEMOGRAPHIC = "demographic", _("about you as a person")
        OTHER = "other", _("anything else")

    class Source(models.TextChoices):
        """Where the answer was given."""

        TYPED = "typed", _("typed in the answer bank")
        APPLICATION = "application", _("given for an application")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="application_answers"
    )
    question = models.TextField(_("question"))
    # The question as `questions.question_key` makes it comparable.
    question_key = models.CharField(max_length=255, editable=False)
    answer = models.TextField(_("answer"))
    topic = models.CharField(
        _("about"), max_length=20, choices=Topic, default=Topic.OTHER, db_default=Topic.OTHER
    )
    source = models.CharField(
        _("given"), max_length=20, choices=Source, default=Source.TYPED, db_default=Source.TYPED
    )
    created_at = models.DateTimeField(_("given on"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "application_answers"
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "question_key"],
                name="answer_is_one_per_question",
                violation_error_message=_("You have answered this question already."),
            ),
            models.CheckConstraint(condition=~Q(question_key=""), name="answer_has_a_question"),
            models.CheckConstraint(condition=~Q(answer=""), name="answer_is_not_empty"),
            models.CheckConstraint(
                condition=Q(topic__in=["legal", "visa", "pay", "demographic", "other"]),
                name="answer_topic_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["typed", "application"]), name="answer_source_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class LetterTemplate(models.Model):
    """A cover letter with fields in braces, filled from facts only. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="letter_templates"
    )
    # The persona whose applications use it; null for all that have none of their own.
    persona = models.ForeignKey(
        Persona,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        verbose_name=_("persona"),
        related_name="letter_templates",
    )
    name = models.CharField(_("name"), max_length=255)
    body = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "letter_templates"
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "persona"],
                nulls_distinct=False,
                name="letter_is_one_per_persona",
                violation_error_message=_("This persona has a letter already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="letter_has_a_name"),
            models.CheckConstraint(condition=~Q(body=""), name="letter_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"
