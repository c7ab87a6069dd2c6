"""What changes standing rules, and what a person lets all of them do; nothing else writes these rows.

Whoever sends holds both rows while bytes leave: to switch a rule off or to pause waits until then, and nothing goes out
after the answer. Where two rows are locked, the person's comes before the rule's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from autoapply.models import Rule, Standing
from autoapply.rule_checking import RULE_RULES, STANDING_RULES, both_lists, find_contradictions
from personas.checking import Rules, check_values
from personas.closing import closing_of
from personas.models import Persona, User
from personas.services import Gone, Refused, ValuesRefused

MAX_RULES = 20
"""Rules that one person may keep; all of them share one weekly ceiling."""


class RuleValues(TypedDict, total=False):
    """What a rule says, by its columns; lists of companies may hold empty lines, which count where a line is named."""

    name: str
    persona: Persona | None
    mode: str
    match_score_threshold: Any
    max_applications_per_week: int
    exclude_companies: list[str]
    include_only_companies: list[str]
    require_all_keywords: list[str]
    active_days: list[str]
    needs_reviewed_resume: bool


class StandingValues(TypedDict, total=False):
    """What a person lets all rules do together."""

    weekly_ceiling: int
    hold_minutes: int
    company_interval_days: int


class TooManyRules(Refused):
    """Raised when the person keeps as many rules as may be kept."""


class PersonaNotFound(Refused):
    """Raised when a rule would act for a persona that is gone or somebody else's."""


class ResumeMissing(Refused):
    """Raised when a rule would be enabled whose persona has no résumé to send."""


def find_standing(*, user: User) -> Standing:
    """What the person lets all rules do together; the usual limits, not yet kept, where they have never had a rule."""
    found: Standing | None = Standing.objects.owned_by(user).first()
    return found or Standing(user=user)


def check_rule(*, values: RuleValues, rule: Rule | None = None) -> dict[str, Any]:
    """The values as they would be kept; raise ValuesRefused with everything that create_rule and edit_rule would refuse of them."""
    kept, faults = check_values(values, RULE_RULES)
    if not {"exclude_companies", "include_only_companies"} & faults.keys():
        clashes = find_contradictions(**both_lists(values, rule))
        if clashes:
            faults["include_only_companies"] = clashes
    if faults:
        raise ValuesRefused(faults)
    return kept


def create_rule(*, user: User, values: RuleValues) -> Rule:
    """Keep a rule, disabled; raise TooManyRules, PersonaNotFound or ValuesRefused."""
    kept = check_rule(values={"name": "", **values})
    with _judged():
        _judge_persona(user.pk, kept.get("persona"))
        if Rule.objects.owned_by(user).count() >= MAX_RULES:
            sentence = _("You keep %(limit)s rules, which is as many as there can be. Delete one first.")
            raise TooManyRules({"name": [sentence % {"limit": MAX_RULES}]})
        rule: Rule = Rule.objects.create(user=user, enabled=False, **kept)
    return rule


def edit_rule(*, rule: Rule, values: RuleValues) -> Rule:
    """Change what is given of a rule, once nothing is being sent for it; raise as create_rule does, ResumeMissing or Gone."""
    check_rule(values=values)
    with _judged():
        now = _locked(rule)
        # Together with what the rule says today: the two lists must agree.
        kept = check_rule(values=values, rule=now)
        if "persona" in kept:
            _judge_persona(now.user_id, kept["persona"])
        changed = [field for field, value in kept.items() if getattr(now, field) != value]
        for field in changed:
            setattr(now, field, kept[field])
        if now.enabled and "persona" in changed:
            _judge_resume(now)
        if changed:
            now.save(update_fields=changed)
    return now


def enable_rule(*, rule: Rule) -> Rule:
    """Let a rule act from now on; raise ResumeMissing or Gone."""
    with transaction.atomic():
        now = _locked(rule)
        _judge_resume(now)
        if not now.enabled:
            now.enabled = True
            now.save(update_fields=["enabled"])
    return now


def disable_rule(*, rule: Rule) -> None:
    """Stop a rule; when this returns nothing more is sent for it. Raise Gone."""
    if not Rule.objects.filter(pk=rule.pk, user_id=rule.user_id).update(enabled=False):
        raise _gone()


def delete_rule(*, rule: Rule) -> None:
    """Delete a rule, or raise Gone; what it has queued and not sent is cancelled by the next tick, what was sent stays told."""
    with transaction.atomic():
        now = _locked(rule)
        Rule.objects.filter(pk=now.pk).delete()


def lowest_thresholds(*, user: User) -> dict[UUID | None, Decimal]:
    """Give the lowest threshold of the enabled rules of each persona, by its id; None stands for rules of any persona.

    Rules that take any score open no door by a better one and are left out.
    """
    rules = Rule.objects.owned_by(user).filter(enabled=True, match_score_threshold__isnull=False)
    lowest = rules.order_by().values("persona_id").annotate(lowest=Min("match_score_threshold"))
    return {each["persona_id"]: each["lowest"] for each in lowest}


def pause(*, user: User) -> None:
    """Stop every rule of a person; when this returns nothing more is sent for them."""
    _keep_standing(user)
    Standing.objects.owned_by(user).filter(paused_at__isnull=True).update(paused_at=Now())


def resume(*, user: User) -> None:
    """Let the enabled rules of a person act again; raises Refused while their account closes."""
    own = Standing.objects.owned_by(user)
    with transaction.atomic():
        # Whoever closes an account pauses first: after this lock its word is there to be seen.
        list(own.select_for_update(no_key=True))
        if closing_of(user) is not None:
            raise Refused(
                {"paused": [_("Your account closes. Keep it first, then let your rules act again.")]}
            )
        own.update(paused_at=None)


def edit_standing(*, user: User, values: StandingValues) -> Standing:
    """Change the limits over all rules; raise ValuesRefused."""
    kept = _checked(values, STANDING_RULES)
    with transaction.atomic():
        _keep_standing(user)
        now: Standing = Standing.objects.owned_by(user).select_for_update(no_key=True).get()
        changed = [field for field, value in kept.items() if getattr(now, field) != value]
        for field in changed:
            setattr(now, field, kept[field])
        if changed:
            now.save(update_fields=changed)
    return now


def _keep_standing(user: User) -> None:
    Standing.objects.bulk_create([Standing(user=user)], ignore_conflicts=True)


def _locked(rule: Rule) -> Rule:
    """The rule as it is now, its person's limits locked before it; raise Gone."""
    list(Standing.objects.filter(user_id=rule.user_id).select_for_update(no_key=True))
    own = Rule.objects.filter(pk=rule.pk, user_id=rule.user_id)
    now: Rule | None = own.select_for_update(no_key=True).first()
    if now is None:
        raise _gone()
    return now


def _judge_persona(user_id: UUID, persona: Persona | None) -> None:
    if persona is not None and not Persona.objects.filter(pk=persona.pk, user_id=user_id).exists():
        raise _persona_gone()


def _judge_resume(rule: Rule) -> None:
    """Raise ResumeMissing where no persona for which the rule acts has a résumé with the file that would be sent."""
    personas = Persona.objects.filter(user_id=rule.user_id)
    if rule.persona_id is not None:
        personas = personas.filter(pk=rule.persona_id)
    if personas.filter(resume__file__isnull=False).exists():
        return
    if rule.persona_id is None:
        sentence = _(
            "None of your personas has a résumé to send. Open Personas, choose one, attach a résumé under “Résumé”, and "
            "enable the rule then."
        )
        raise ResumeMissing({"persona": [sentence]})
    sentence = _(
        "The persona “%(persona)s” has no résumé to send. Open it under Personas, attach a résumé under “Résumé”, and "
        "enable the rule then."
    )
    raise ResumeMissing({"persona": [sentence % {"persona": personas.get().name}]})


@contextmanager
def _judged() -> Iterator[None]:
    """Run a block in a transaction of its own; say in our words that its persona was deleted while it ran."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        constraint = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
        if constraint != "auto_apply_rules_persona_id_fk":
            raise
        # What PostgreSQL says quotes the row, so it is not carried along.
        raise _persona_gone() from None


def _checked(values: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    kept, faults = check_values(values, rules)
    if faults:
        raise ValuesRefused(faults)
    return kept


def _persona_gone() -> Refused:
    return PersonaNotFound({"persona": [_("This persona is not there any more. Choose another, or any.")]})


def _gone() -> Gone:
    return Gone({"id": [_("This rule is not there any more: it was deleted meanwhile.")]})
