"""The fixture `fence`: a conftest or a test imports it by name."""

from __future__ import annotations

import pytest

from autoapply.models import Fence
from tests.roles import OWNER_ROLE, as_role


@pytest.fixture(autouse=True)
def fence(transactional_db: None) -> None:
    """The one row of the fence, which goes with everything else when tables are emptied after a test."""
    with as_role(OWNER_ROLE):
        Fence.objects.get_or_create(pk=1)
