"""Clients' rows as coaches may look at them: proxies for the admin, with the right to view and no other."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from autoapply.models import Application, Decision, FollowUp, Rule
from learning.models import Progress, Recommendation
from matching.models import Match
from personas.models import Persona, Resume, UserSkill

VIEW = ("view",)


class ClientPersona(Persona):
    """A self that a client searches as."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("persona")
        verbose_name_plural = _("personas")


class ClientMatch(Match):
    """How a job fits a client."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("match")
        verbose_name_plural = _("matches")


class ClientRule(Rule):
    """A client's standing rule."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("rule")
        verbose_name_plural = _("rules")


class ClientDecision(Decision):
    """What a client's rule said of a job."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")


class ClientApplication(Application):
    """A client's application."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("application")
        verbose_name_plural = _("applications")


class ClientFollowUp(FollowUp):
    """What a client planned about an application."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")


class ClientRecommendation(Recommendation):
    """What a client might learn."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")


class ClientProgress(Progress):
    """How far a client is with a skill."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("skill taken up")
        verbose_name_plural = _("skills taken up")


class ClientResume(Resume):
    """A client's résumé."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("résumé")
        verbose_name_plural = _("résumés")


class ClientSkill(UserSkill):
    """A skill that a client holds."""

    class Meta:
        proxy = True
        default_permissions = VIEW
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
