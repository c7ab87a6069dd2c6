from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from personas.row_security import WORKER_ROLE
from tests.boards import Boards, serve
from tests.roles import as_role


@pytest.fixture(autouse=True)
def _no_turns(monkeypatch) -> None:
    """Nobody waits for the turn of a host that other tests ask as well; `test_pacing.py` asks for turns itself."""
    monkeypatch.setattr("matching.fetching.turn", lambda host, **asked: nullcontext())


@pytest.fixture
def boards(settings) -> Iterator[Boards]:
    """Boards on the loopback that every source is asked at."""
    with serve() as played:
        settings.FETCH_MIRROR = played.root
        settings.OUTBOUND_PRIVATE_HOSTS = frozenset({played.door})
        yield played


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    with as_role(WORKER_ROLE):
        yield
