"""What a log line says of an exception: its type and where it was raised, never its message.

Messages quote what people typed: PostgreSQL's DETAIL holds whole rows, a ValueError the value.
"""

from __future__ import annotations

import copy
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, TypeAlias

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
_WITHHELD = "(message withheld)"
# Whoever knows this address reads somebody's calendar: a path with it is a secret, however it is spelled.
_SECRET_PATH = re.compile(r"((?:/|%2F)calendar(?:/|%2F))[^\s\"'<>?&]+", re.IGNORECASE)
# So does whoever comes back from the sign-in provider: with a code, and with what it is known by here.
_SECRET_QUERY = re.compile(r"((?:/|%2F)provider(?:/|%2F)back(?:/|%2F)?(?:\?|%3F))[^\s\"'<>]+", re.IGNORECASE)
_MASKED = r"\1…"


class LineFormatter(logging.Formatter):
    """One line for a record, then the frames of its exception; messages of exceptions only when asked for."""

    def __init__(self, *, with_messages: bool = False) -> None:
        """`with_messages` writes exceptions in full, for those who work on Relevnt."""
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record; secrets in addresses are left out of it even where messages are asked for."""
        return _SECRET_QUERY.sub(_MASKED, _SECRET_PATH.sub(_MASKED, self._formatted(record)))

    def _formatted(self, record: logging.LogRecord) -> str:
        if self._with_messages:
            return super().format(record)
        reduced = copy.copy(record)
        # Another handler may have left the whole traceback here.
        reduced.exc_text = None
        raised = record.exc_info[1] if record.exc_info else None
        if raised is not None and not record.args and record.msg in (raised, str(raised), repr(raised)):
            reduced.msg = _name_of(raised)
        elif isinstance(record.msg, BaseException):
            reduced.msg = _name_of(record.msg)
        reduced.args = _reduce(record.args, raised)
        return super().format(reduced)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  logging's name
        """Types and frames of an exception and of those it came from."""
        if self._with_messages or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_tell(ei[1], ei[2]))


def _tell(raised: BaseException, frames: Any) -> Iterator[str]:
    told: set[int] = set()
    cause: BaseException | None = raised
    while cause is not None and id(cause) not in told:
        told.add(id(cause))
        yield _name_of(cause) if cause is raised else f"from {_name_of(cause)}"
        # Celery hands over frames of its own make beside the exception.
        for frame, line in traceback.walk_tb(frames if cause is raised else cause.__traceback__):
            yield f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _reduce(args: Any, raised: BaseException | None) -> Any:
    """The arguments of a record with names of types in place of exceptions."""
    if isinstance(args, Mapping):
        # Celery's reports hold the exception as text, under this name.
        text = {"exc": _name_of(raised) if raised else _WITHHELD} if "exc" in args else {}
        return {**{key: _reduce_one(value) for key, value in args.items()}, **text}
    return tuple(map(_reduce_one, args)) if isinstance(args, tuple) else args


def _reduce_one(value: Any) -> Any:
    return _name_of(value) if isinstance(value, BaseException) else value


def _name_of(raised: BaseException) -> str:
    kind = type(raised)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
