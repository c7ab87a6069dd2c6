"""What nobody foresaw while an application is prepared: it is said, tried three times, and never begun anew for ever."""

from __future__ import annotations

import pytest

from autoapply.models import Kit
from personas.identity import acting_as
from tests.autoapply.machine import make_applicant, make_due, prepare, queue, read
from tests.employers.server import Employers

pytestmark = pytest.mark.django_db


def test_fault_of_ours_parks_an_application_and_is_told(boards: Employers) -> None:
    ada = make_applicant()
    application = queue(ada)
    with acting_as(ada.user.pk):
        # As another version of Relevnt, or another tool, might leave it.
        Kit.objects.create(application=application, user=ada.user, answers=[{"source": "once"}])

    for _try in range(3):
        application = prepare(make_due(application))
        assert application.status == "parked"

    assert application.waits_for == "person"
    (told,) = application.missing
    assert told["reason"] == "unexpected"
    assert "does not foresee" in told["label"]
    with acting_as(ada.user.pk):
        Kit.objects.update(answers=[])
    assert read(application).moved_because == "form:unexpected"
