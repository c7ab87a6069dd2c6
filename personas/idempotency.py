"""Requests that may be sent again: the answer to a POST is kept with the change it made, and given again for the same key.

A client that lost the answer repeats the request with the same Idempotency-Key and gets what it missed; nothing is done
twice. The answer is written in the transaction of the change, so there is never one without the other. What is refused has
changed nothing and is not kept: sent again, it is judged again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from personas.models import IdempotencyKey, User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
KEPT_FOR = timedelta(hours=24)
"""How long an answer is kept; the migration's policy lets the worker strike what is older."""

_KEY = re.compile(r"[ -~]{1,255}")


class KeyInUse(APIException):
    """Raised while another request with the same key is being answered."""

    status_code = 409
    default_detail = gettext_lazy(
        "Another request with this Idempotency-Key is being answered now. Send this one again in a moment."
    )
    default_code = "key_in_use"
    wait = 1  # seconds, said in Retry-After


class KeyUsedOtherwise(APIException):
    """Raised for a key that came with another request before."""

    status_code = 422
    default_detail = gettext_lazy(
        "This Idempotency-Key came with another request before. Take a new key for each new request."
    )
    default_code = "key_used_otherwise"


class Repeatable(APIView):
    """A view each of whose POSTs may be sent again under an Idempotency-Key; without one it is done each time.

    Its bodies are JSON: a file would have to be read twice.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once it is known who asks and that they may, let a POST with a key be answered once."""
        super().initial(request, *args, **kwargs)
        handler = getattr(self, "post", None)
        if request.method == "POST" and handler is not None and HEADER in request.headers:
            # A view answers one request; `dispatch` finds its handler by name after this.
            vars(self)["post"] = partial(_answer_once, handler, _read_key(request))


def strike_old_answers() -> int:
    """Delete every kept answer that is older than a day, as the worker acting for nobody; give their number."""
    struck, _each = IdempotencyKey.objects.filter(created_at__lt=Now() - KEPT_FOR).delete()
    return struck


def _answer_once(
    handler: Callable[..., Response], key: str, request: Request, *args: Any, **kwargs: Any
) -> HttpResponse:
    """The kept answer to this request, or that of the handler, which is kept; raise KeyInUse or KeyUsedOtherwise."""
    _take_turn(request.user.pk, key)
    fingerprint = _fingerprint(request)
    own = IdempotencyKey.objects.owned_by(request.user).filter(key=key)
    kept = own.filter(created_at__gte=Now() - KEPT_FOR).first()
    if kept is not None:
        if kept.request_sha256 != fingerprint:
            raise KeyUsedOtherwise
        return _given_again(kept)
    response = handler(request, *args, **kwargs)
    if 200 <= response.status_code < 300:
        _keep(request, key, fingerprint, response)
    return response


def _take_turn(user_id: Any, key: str) -> None:
    """Be the only one with this key until the transaction ends; whoever comes meanwhile is told so and does not wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{user_id}:{key}"]
        )
        (is_first,) = cursor.fetchone()
    if not is_first:
        raise KeyInUse


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256()
    for part in (str(request.method).encode(), request.get_full_path().encode(), request.body):
        # With its length before each part no two requests give the same bytes.
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def _keep(request: Request, key: str, fingerprint: str, response: Response) -> None:
    answer = IdempotencyKey(
        user_id=cast("User", request.user).pk,
        key=key,
        request_sha256=fingerprint,
        status=response.status_code,
        location=response.headers.get("Location", ""),
        body="" if response.data is None else JSONRenderer().render(response.data).decode(),
        created_at=Now(),
    )
    # In the place of one that is past its day and not struck yet.
    IdempotencyKey.objects.bulk_create(
        [answer],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["request_sha256", "status", "location", "body", "created_at"],
    )


def _given_again(kept: IdempotencyKey) -> HttpResponse:
    headers = {REPLAYED: "true"} | ({"Location": kept.location} if kept.location else {})
    if not kept.body:
        return HttpResponse(status=kept.status, headers=headers)
    return HttpResponse(kept.body, status=kept.status, content_type="application/json", headers=headers)


def _read_key(request: Request) -> str:
    key: str = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        sentence = _("Give 1 to %(limit)s printable ASCII characters, such as a UUID.")
        raise ValidationError({HEADER: [sentence % {"limit": LONGEST_KEY}]})
    return key
