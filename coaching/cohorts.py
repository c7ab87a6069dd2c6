"""Everything that changes a coach's groups of clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from coaching.models import Cohort, CohortMember, Relationship
from personas.models import User
from personas.services import Gone, Taken, ValuesRefused, take_turns

MAX_NAME = 255
MAX_COHORTS = 100
"""Groups of one coach; more would not be found again in a list."""


class CohortNameTaken(Taken):
    """Raised when the coach has a cohort of this name already, in whatever case."""


class CohortGone(Gone):
    """Raised when the cohort has been deleted meanwhile."""

    def __init__(self) -> None:
        super().__init__({"cohort": [_("This cohort is not there any more.")]})


class MemberGone(Gone):
    """Raised when the client has left the cohort meanwhile."""

    def __init__(self) -> None:
        super().__init__({"member": [_("This client is not in the cohort any more.")]})


def create_cohort(*, coach: User, name: str) -> Cohort:
    """Make an empty cohort; raise ValuesRefused for a name that cannot be kept, CohortNameTaken."""
    kept = checked_name(name)
    with _name_judged():
        take_turns(coach.pk)
        if Cohort.objects.owned_by(coach).count() >= MAX_COHORTS:
            raise ValuesRefused(
                {"name": [_("You have %(limit)s cohorts; delete one first.") % {"limit": MAX_COHORTS}]}
            )
        cohort: Cohort = Cohort.objects.create(coach=coach, name=kept)
    return cohort


def rename_cohort(*, cohort: Cohort, name: str) -> None:
    """Give a cohort another name; raise as create_cohort does, or CohortGone."""
    kept = checked_name(name)
    with _name_judged():
        take_turns(cohort.coach_id)
        if not Cohort.objects.filter(pk=cohort.pk, coach_id=cohort.coach_id).update(name=kept):
            raise CohortGone
    cohort.name = kept


def delete_cohort(*, cohort: Cohort) -> None:
    """Delete a cohort; its clients stay clients. One that is gone is no fault."""
    with transaction.atomic():
        take_turns(cohort.coach_id)
        Cohort.objects.filter(pk=cohort.pk, coach_id=cohort.coach_id).delete()


def add_members(*, cohort: Cohort, relationships: Iterable[Relationship]) -> int:
    """Put clients into a cohort, and give how many were not in it; raise CohortGone, ValuesRefused.

    Only the coach's own active clients are taken; others are refused, all together.
    """
    wanted = {each.pk for each in relationships}
    with transaction.atomic():
        take_turns(cohort.coach_id)
        if not Cohort.objects.filter(pk=cohort.pk, coach_id=cohort.coach_id).exists():
            raise CohortGone
        own = Relationship.objects.filter(
            pk__in=wanted, coach_id=cohort.coach_id, status=Relationship.Status.ACTIVE
        )
        taken = list(own.order_by("pk"))
        if not wanted or len(taken) < len(wanted):
            raise ValuesRefused({"clients": [_("Choose clients of yours whom you work with now.")]})
        members = CohortMember.objects.filter(cohort_id=cohort.pk, coach_id=cohort.coach_id)
        there = set(members.values_list("relationship_id", flat=True))
        new = [
            CohortMember(
                cohort_id=cohort.pk, relationship=each, coach_id=each.coach_id, client_id=each.client_id
            )
            for each in taken
            if each.pk not in there
        ]
        CohortMember.objects.bulk_create(new)
    return len(new)


def remove_member(*, member: CohortMember) -> None:
    """Take a client out of a cohort; raise MemberGone."""
    with transaction.atomic():
        take_turns(member.coach_id)
        if not CohortMember.objects.filter(pk=member.pk, coach_id=member.coach_id).delete()[0]:
            raise MemberGone


def checked_name(name: str) -> str:
    """A name as it is kept; raise ValuesRefused for none or one that is too long."""
    kept = " ".join(name.replace("\0", "").split())
    if not kept:
        raise ValuesRefused({"name": [_("Give the cohort a name.")]})
    if len(kept) > MAX_NAME:
        raise ValuesRefused(
            {"name": [_("Give a name of at most %(limit)s characters.") % {"limit": MAX_NAME}]}
        )
    return kept


@contextmanager
def _name_judged() -> Iterator[None]:
    """One transaction, in which the database says whether a name is taken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "cohort_name_is_unique_per_coach" not in str(error):
            raise
        raise CohortNameTaken({"name": [_("You have a cohort of this name already.")]}) from None
