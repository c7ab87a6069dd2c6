"""A sending that ends at any one line of its way, in a process of its own: what arrived then, and what is said of it.

Modes: `error` raises what nobody foresaw, `database` raises what a lost database raises, `kill` is kill -9.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import OperationalError, connection
from django.db.models.functions import Now

from autoapply import applications, channels, dispatch, hosts, journal, reaping
from autoapply.channels import sending
from autoapply.models import Application, ReceiverHost
from autoapply.states import LEASED
from matching import guarded_http
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import Applicant, change, make_applicant, make_due, prepare, queue, read, submit
from tests.employers.record import Record
from tests.roles import as_role, log_in_as_owner_acting_as

MODES = ("error", "database", "kill")
SUBMIT_PATH = frozenset(
    str(Path(module.__file__ or "").resolve())
    for module in (dispatch, applications, hosts, journal, channels, sending, guarded_http)
)
AT_MOST_OF_A_RULE = 40
_MOST_TIMES = 2  # of a line that is run often: the first ones


class Unforeseen(RuntimeError):
    """What nobody foresaw."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of the way: the `number`th line run there."""

    number: int
    where: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that did not hold at a point."""

    point: Point
    mode: str
    what: str


def wait_over() -> None:
    """Let pace, turns and wishes of all receivers be over."""
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1), stopped_until=None, busy_until=None)


class Cast:
    """People with applications that are ready to leave; a new one when a rule has sent enough."""

    def __init__(self) -> None:
        self._left = 0
        self._person: Applicant | None = None

    def ready(self) -> Application:
        """An application whose hold is over."""
        if not self._left:
            from autoapply.models import Standing
            from personas.identity import acting_as

            self._person = make_applicant(max_applications_per_week=AT_MOST_OF_A_RULE)
            with acting_as(self._person.user.pk):
                Standing.objects.filter(user=self._person.user).update(weekly_ceiling=AT_MOST_OF_A_RULE)
            self._left = AT_MOST_OF_A_RULE
        assert self._person is not None
        self._left -= 1
        application = prepare(queue(self._person))
        assert application.status == "held", application.status
        return application


def find_points(cast: Cast) -> list[Point]:
    """Every line of the way of a sending that goes well, in the order in which they are run."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as told:
        application = cast.ready()
        wait_over()
        code = in_a_child(lambda: _write_lines(application, Path(told.name)))
        if code or read(application).status != "submitted":
            raise RuntimeError("the sending that shows the way did not go well")
        lines = json.load(told)
    times: Counter[str] = Counter()
    points = []
    for number, where in enumerate(lines, 1):
        times[where] += 1
        if times[where] <= _MOST_TIMES:
            points.append(Point(number, where))
    return points


def sample(points: Sequence[Point], *, share: float, seed: str) -> list[Point]:
    """A share of them, the same for the same seed."""
    chosen = random.Random(seed).sample(list(points), max(1, round(len(points) * share)))
    return sorted(chosen, key=lambda point: point.number)


def try_point(cast: Cast, point: Point, mode: str, record: Record) -> Broken | None:
    """End a sending at a point, let the machine go on until it will do no more, and hold it to its promise."""
    application = cast.ready()
    wait_over()
    in_a_child(lambda: end_at(point, mode, application))
    for _look in range(3):
        wait_over()
        now = read(application)
        if now.status in LEASED:
            change(application, lease_until=Now() - timedelta(seconds=1))
        with as_role(WORKER_ROLE):
            reaping.name_abandoned()
        make_due(application)
        prepare(application)
        wait_over()
        submit(make_due(application))
    status = read(application).status
    arrived = len(record.entries("arrival", "already", key=str(application.key)))
    right = {0: ("unknown",), 1: ("submitted", "unknown")}.get(arrived, ())
    return None if status in right else Broken(point, mode, f"arrived {arrived} times, and is {status}")


def in_a_child(work: Callable[[], None]) -> int:
    """Run in a process of its own; its exit code, negative for a signal. No connection is carried over."""
    connection.close()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work()
            code = 0
        except (Unforeseen, OperationalError):
            code = 3
        except BaseException:
            traceback.print_exc()
        finally:
            sys.settrace(None)
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _write_lines(application: Application, path: Path) -> None:
    lines: list[str] = []
    log_in_as_owner_acting_as(WORKER_ROLE)
    _trace(lines.append)
    _submit(application)
    sys.settrace(None)
    path.write_text(json.dumps(lines))


def end_at(point: Point, mode: str, application: Application) -> None:
    run = 0

    def seen(_where: str) -> None:
        nonlocal run
        run += 1
        if run != point.number:
            return
        sys.settrace(None)
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OperationalError("the connection is lost") if mode == "database" else Unforeseen

    log_in_as_owner_acting_as(WORKER_ROLE)
    _trace(seen)
    _submit(application)


def _submit(application: Application) -> None:
    """As the worker does; a connection that is opened anew is the worker's too."""
    dispatch.submit(user_id=application.user_id, application_id=application.pk, worker="soak")


def _trace(seen: Callable[[str], None]) -> None:
    """Call for every line that is run on the way."""

    def of_frame(frame: FrameType, event: str, _value: Any) -> Any:
        if event == "line":
            seen(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        return of_frame

    def of_call(frame: FrameType, _event: str, _value: Any) -> Any:
        return of_frame if frame.f_code.co_filename in SUBMIT_PATH else None

    sys.settrace(of_call)
