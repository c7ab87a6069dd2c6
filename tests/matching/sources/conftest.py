from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from personas.row_security import WORKER_ROLE
from tests.boards import Boards, serve
from tests.roles import as_role


@pytest.fixture
def boards(settings, monkeypatch) -> Iterator[Boards]:
    """Boards on the loopback that every source is asked at, without waiting for anybody's turn."""
    monkeypatch.setattr("matching.fetching.turn", lambda host, **asked: nullcontext())
    with serve() as played:
        settings.FETCH_MIRROR = played.root
        settings.OUTBOUND_PRIVATE_HOSTS = frozenset({played.door})
        yield played


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    with as_role(WORKER_ROLE):
        yield
