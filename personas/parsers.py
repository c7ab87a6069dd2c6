"""Reading the body of an API request: bounded in size and depth, and nothing in it that PostgreSQL cannot keep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

from personas.archives import MAX_BYTES

MAX_DEPTH = 20
"""Levels of lists and objects within each other; no document of ours needs more than three."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class BodyTooLarge(APIException):
    """Raised for a body beyond DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_detail = gettext_lazy("The request is too large.")
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no key twice, no NaN, no number beyond a float, at most 20 levels deep."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The document; raises BodyTooLarge, ParseError, and ValidationError naming a text that cannot be kept."""
        refuse_large(parser_context)
        try:
            document = json.loads(
                stream.read(), object_pairs_hook=_read_object, parse_constant=_refuse, parse_float=_read_float
            )
        except RecursionError:
            raise _too_deep() from None
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise ParseError(
                _("The JSON has an error in line %(line)s, column %(column)s.") % place
            ) from None
        except ValueError as error:
            raise ParseError(
                _("The body is no JSON that can be read: %(why)s") % {"why": _printable(str(error))}
            ) from None
        _check_texts(document)
        return document


class BoundedMultiPartParser(MultiPartParser):
    """A form with files, refused before it is read when it is too large."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The fields and the files; raises BodyTooLarge and ParseError."""
        refuse_large(parser_context)
        return super().parse(stream, media_type, parser_context)


class ArchiveParser(MultiPartParser):
    """A form with an archive, refused before it is read when it is larger than any that is taken."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The fields and the files; raises BodyTooLarge and ParseError."""
        refuse_large(parser_context, limit=MAX_BYTES + 64 * 1024)
        return super().parse(stream, media_type, parser_context)


def refuse_large(parser_context: Mapping[str, Any] | None, *, limit: int = 0) -> None:
    """Raise BodyTooLarge when the request states a body beyond the limit; what it does not state is never read."""
    limit = limit or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    request = (parser_context or {}).get("request")
    if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLarge(
            _("The request is larger than %(limit)s MB. Send less at once.")
            % {"limit": limit // 1024 // 1024}
        )


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(_("the key “%(key)s” stands twice in one object") % {"key": twice[:40]})
    return document


def _refuse(name: str) -> None:
    raise ValueError(_("%(name)s is no number") % {"name": name})


def _read_float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(_("the number %(digits)s is too large") % {"digits": digits[:40]})
    return number


def _check_texts(document: Any) -> None:
    for path, text in _texts(document):
        if _UNSTORABLE.search(text):
            sentence = _("This holds a NUL or a broken character. Type it again by hand.")
            raise ValidationError({_printable(path) or "non_field_errors": [sentence]})


def _texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every text of a document, keys included, with the path that leads to it; raises ParseError when it is too deep."""
    level: list[tuple[str, Any]] = [("", document)]
    for _depth in range(MAX_DEPTH + 1):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, str):
                yield path, value
            elif isinstance(value, dict):
                yield from ((_join(path, key), key) for key in value)
                below += [(_join(path, key), part) for key, part in value.items()]
            elif isinstance(value, list):
                below += [(_join(path, number), part) for number, part in enumerate(value)]
        if not below:
            return
        level = below
    raise _too_deep()


def _join(path: str, step: str | int) -> str:
    return f"{path}.{step}" if path else str(step)


def _too_deep() -> ParseError:
    return ParseError(_("The JSON is nested more than %(limit)s levels deep.") % {"limit": MAX_DEPTH})


def _printable(text: str) -> str:
    return _UNSTORABLE.sub("�", text)
