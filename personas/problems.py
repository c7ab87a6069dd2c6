"""Errors of the API as problem details (RFC 9457, application/problem+json)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import Http404, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions

from personas.readers.refusals import Refusal, UploadRefused
from personas.second_factor import SecondFactorMissing
from personas.services import Gone, ReadersBusy, Refused, Taken

if TYPE_CHECKING:
    from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: gettext_lazy("Something in the request needs mending"),
    401: gettext_lazy("Sign in first"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("This cannot be done here"),
    406: gettext_lazy("No such format"),
    409: gettext_lazy("In conflict with what is kept"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("This media type is not read"),
    422: gettext_lazy("Not the request that this key came with"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Something broke on our side"),
}
"""What each status means, for people."""

_log = logging.getLogger(__name__)


class Problem(NamedTuple):
    """What goes wrong: the status, a sentence for this occurrence, faults by field, headers of the answer."""

    status: int
    detail: str
    errors: Mapping[str, list[str]] | None = None
    headers: Mapping[str, str] | None = None

    def respond(self, instance: str) -> HttpResponse:
        """The answer for the address `instance`."""
        body: dict[str, Any] = {
            "type": f"urn:relevnt:problem:{HTTPStatus(self.status).phrase.lower().replace(' ', '-')}",
            "title": str(TITLES.get(self.status, HTTPStatus(self.status).phrase)),
            "status": self.status,
            "detail": str(self.detail),
            "instance": instance,
        }
        if self.errors is not None:
            body["errors"] = {field: list(map(str, sentences)) for field, sentences in self.errors.items()}
        return JsonResponse(
            body, status=self.status, content_type=MEDIA_TYPE, headers=dict(self.headers or {})
        )


def problem_details(exception: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Answer an exception of an API view with a problem, and undo what the request had written."""
    problem = _problem_of(exception)
    request = context["request"]
    if problem is None:
        # The frames and not the message: it may quote what a person wrote.
        frames = "".join(traceback.format_tb(exception.__traceback__))
        _log.error("%s in %s %s\n%s", type(exception).__name__, request.method, _name_of(context), frames)
        problem = Problem(
            500, _("Nothing of the request was kept. Try again; the operator finds this in the log.")
        )
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return problem.respond(request.path)


def answer_refusal(refused: Refused, instance: str) -> HttpResponse:
    """Answer a refusal for the address `instance` without undoing what the request has written: the entry of a look stays."""
    return Problem(400, _invalid(), refused.faults).respond(instance)


def flatten_errors(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Give nested errors of serializers as pairs of a dotted path, such as `locations.0`, and its sentences."""
    if isinstance(detail, Mapping):
        for key, part in detail.items():
            yield from flatten_errors(part, f"{path}.{key}" if path else str(key))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        sentences = [str(part) for part in detail if isinstance(part, str)]
        if sentences:
            yield path or "non_field_errors", sentences
        for number, part in enumerate(detail):
            if not isinstance(part, str):
                yield from flatten_errors(part, f"{path}.{number}" if path else str(number))
    else:
        yield path or "non_field_errors", [str(detail)]


def _problem_of(exception: Exception) -> Problem | None:
    """The problem that an exception stands for, or None when it is a fault of ours."""
    return next((tell(exception) for kinds, tell in _PROBLEMS if isinstance(exception, kinds)), None)


def _upload_refused(exception: UploadRefused) -> Problem:
    status = 413 if exception.code is Refusal.TOO_LARGE else 400
    return Problem(status, exception.message, {"file": [exception.message]})


def _api_exception(exception: exceptions.APIException) -> Problem | None:
    if exception.status_code >= 500:
        return None
    return Problem(exception.status_code, str(exception.detail), headers=_headers_of(exception))


def _not_found(exception: Exception) -> Problem:
    """Pass on a sentence of ours; what Django says of a missing row names models and queries."""
    detail = str(getattr(exception, "detail", exceptions.NotFound.default_detail))
    if detail == str(exceptions.NotFound.default_detail):
        detail = _("There is nothing at this address for you.")
    return Problem(404, detail)


def _sentences(refused: Refused) -> str:
    return " ".join(str(sentence) for sentences in refused.faults.values() for sentence in sentences)


def _invalid() -> str:
    return _("Some of the values cannot be kept; see errors.")


def _headers_of(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(wait)
    return headers


def _name_of(context: Mapping[str, Any]) -> str:
    return type(context["view"]).__name__ if context.get("view") else "?"


# The first that fits counts.
_PROBLEMS: tuple[tuple[Any, Callable[[Any], Problem | None]], ...] = (
    (UploadRefused, _upload_refused),
    (
        Taken,
        lambda refused: Problem(409, _("This is in conflict with what is kept; see errors."), refused.faults),
    ),
    (Gone, lambda gone: Problem(404, _sentences(gone))),
    (
        ReadersBusy,
        lambda busy: Problem(429, " ".join(map(str, busy.faults["file"])), headers={"Retry-After": "2"}),
    ),
    (SecondFactorMissing, lambda missing: Problem(403, _sentences(missing))),
    (Refused, lambda refused: Problem(400, _invalid(), refused.faults)),
    (
        exceptions.ValidationError,
        lambda invalid: Problem(400, _invalid(), dict(flatten_errors(invalid.detail))),
    ),
    ((exceptions.NotFound, Http404), _not_found),
    (exceptions.APIException, _api_exception),
    (PermissionDenied, lambda _denied: Problem(403, _("You may not do this."))),
    (RequestDataTooBig, lambda _big: Problem(413, _("The request is too large. Send less at once."))),
    (
        (SuspiciousOperation, MultiPartParserError, UnreadablePostError),
        lambda _broken: Problem(400, _("The body of the request cannot be read.")),
    ),
)
