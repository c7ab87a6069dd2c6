"""What a coach types about groups of clients; the services judge it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.cohorts import MAX_NAME
from coaching.models import Cohort, CohortMember, Relationship
from personas.models import User


class CohortForm(forms.Form):
    """What a cohort is called."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME, strip=True)


class ClientChoice(forms.ModelMultipleChoiceField):
    """Clients by what they are called."""

    def label_from_instance(self, obj: Relationship) -> str:
        """The client's name with the address, which tells two of one name apart."""
        client = obj.client
        return f"{client.display_name} ({client.email})" if client.display_name else str(client.email)


class MembersForm(forms.Form):
    """Which of the coach's own active clients come into a cohort."""

    clients = ClientChoice(
        queryset=Relationship.objects.none(),
        label=_("Clients"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one client.")},
    )

    def __init__(self, *args: Any, coach: User, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = CohortMember.objects.owned_by(coach).filter(cohort_id=cohort.pk).values("relationship_id")
        own = Relationship.objects.owned_by(coach).filter(status=Relationship.Status.ACTIVE)
        rows = own.exclude(pk__in=there).select_related("client")
        field = self.fields["clients"]
        if isinstance(field, ClientChoice):
            field.queryset = rows.order_by("client__display_name", "client__email", "pk")
        self.clients_there = rows.exists()
