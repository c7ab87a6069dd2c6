"""Pages of the API: found by the row that the page before ended with, so that nothing is skipped or shown twice.

A cursor holds times and numbers of rows alone: addresses are written to logs, and names do not belong there.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
_YEARS = range(1900, 2201)


@dataclass(frozen=True, slots=True)
class Key:
    """A column that rows are ordered by; one that may be empty comes falling, with the empty ones last."""

    name: str
    read: Callable[[str], Any]
    falling: bool = False
    may_be_empty: bool = False

    def order(self) -> OrderBy:
        """The part of ORDER BY."""
        if self.falling:
            return F(self.name).desc(nulls_last=True if self.may_be_empty else None)
        return F(self.name).asc()

    def same(self, value: Any) -> Q:
        """Rows with this value."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def beyond(self, value: Any, *, backward: bool) -> Q | None:
        """Rows that come later (earlier, when backward) than this value, or None where there can be none."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if backward else None
        sign = "gt" if self.falling is backward else "lt"
        rows = Q(**{f"{self.name}__{sign}": value})
        return rows | Q(**{f"{self.name}__isnull": True}) if self.may_be_empty and not backward else rows


NEWEST_FIRST = (Key("created_at", datetime.fromisoformat, falling=True), Key("pk", UUID, falling=True))
"""The order of everything that a person makes; it does not change when a row does."""


class CursorPages(BasePagination):
    """Pages in the order of the view's `page_keys` (newest first when it has none), of 20 rows or as many as asked, up to 100."""

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the request asks for; raises ValidationError and NotFound."""
        self._address = request.build_absolute_uri()
        size = read_page_size(request)
        rows, self._before, self._after = self.read_page(
            queryset, cursor=request.query_params.get("cursor", ""), size=size, view=view
        )
        return rows

    def read_page(
        self, queryset: QuerySet, *, cursor: str, size: int, view: Any
    ) -> tuple[list[Any], str, str]:
        """The rows of one page, with the cursors of the pages before and after it (empty at either end)."""
        keys = getattr(view, "page_keys", NEWEST_FIRST)
        ordered = queryset.order_by(*(key.order() for key in keys))
        backward, values = _read_cursor(cursor, keys) if cursor else (False, None)
        if values is not None:
            ordered = ordered.filter(_beyond(keys, values, backward=backward))
        found = list((ordered.reverse() if backward else ordered)[: size + 1])
        more, rows = len(found) > size, found[:size]
        if backward:
            rows.reverse()
        has_before, has_after = (more, True) if backward else (bool(cursor), more)
        return (
            rows,
            _write_cursor(rows[0], keys, backward=True) if rows and has_before else "",
            _write_cursor(rows[-1], keys, backward=False) if rows and has_after else "",
        )

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the addresses of its neighbors."""
        return Response(
            {"next": self._link(self._after), "previous": self._link(self._before), "results": data}
        )

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """What a page looks like."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": _("The address of the next page, or null on the last one.")},
                "previous": {
                    **link,
                    "description": _("The address of the page before, or null on the first one."),
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters of a list."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": _("Taken from `next` or `previous` of a page."),
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": _("How many rows a page holds at most."),
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
            },
        ]

    def _link(self, cursor: str) -> str | None:
        return replace_query_param(self._address, "cursor", cursor) if cursor else None


def page_url(request: HttpRequest, path: str = "", **cursor: str) -> str:
    """The page that is asked for at another cursor (of `path`, where that differs); empty where there is no further page."""
    if not any(cursor.values()):
        return ""
    query = request.GET.copy()
    for name in ("after", "before", "cursor"):
        query.pop(name, None)
    query.update(cursor)
    return f"{path}?{query.urlencode()}"


def read_page_size(request: Request) -> int:
    """How many rows the request asks for; raises ValidationError naming `page_size`."""
    asked = request.query_params.get("page_size", str(PAGE_SIZE))
    size = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 0
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise ValidationError(
            {"page_size": [_("Give a whole number from 1 to %(limit)s.") % {"limit": MAX_PAGE_SIZE}]}
        )
    return size


def page_is_gone() -> NotFound:
    """The error for a cursor that no page of ours ever made."""
    return NotFound(_("This cursor leads nowhere. Begin again without it."))


def _beyond(keys: Sequence[Key], values: Sequence[Any], *, backward: bool) -> Q:
    rows = Q(pk__in=())
    same = Q()
    for key, value in zip(keys, values, strict=True):
        beyond = key.beyond(value, backward=backward)
        if beyond is not None:
            rows |= same & beyond
        same &= key.same(value)
    return rows


def _write_cursor(row: Model, keys: Sequence[Key], *, backward: bool) -> str:
    values = [getattr(row, key.name) for key in keys]
    texts = [
        None if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
        for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps([int(backward), *texts]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, keys: Sequence[Key]) -> tuple[bool, list[Any]]:
    try:
        direction, *texts = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
        values = [_read_value(text, key) for text, key in zip(texts, keys, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
        raise page_is_gone() from None
    if direction not in (0, 1):
        raise page_is_gone()
    return direction == 1, values


def _read_value(text: Any, key: Key) -> Any:
    if text is None and key.may_be_empty:
        return None
    value = key.read(text)
    return _read_time(value) if isinstance(value, datetime) else value


def _read_time(value: datetime) -> datetime:
    """The time in UTC; raises ValueError or OverflowError for one that no column of ours holds."""
    if value.tzinfo is None or (value := value.astimezone(UTC)).year not in _YEARS:
        raise ValueError(value)
    return value
