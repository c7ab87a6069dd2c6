"""Changes to what a résumé holds: saved against the revision that was seen, kept as versions, given back, confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from personas.models import Resume, ResumeVersion
from personas.readers.json_resume import check_document
from personas.readers.refusals import UploadRefused
from personas.services import Taken, ValuesRefused, gone, take_turns

MAX_DOCUMENT = 1024 * 1024
"""Bytes of JSON that a document may have; the largest sample has 12,000."""


class Outdated(Taken):
    """Raised when the résumé was changed since the revision that a change starts from; the API calls it a conflict."""


def save_document(
    *, resume: Resume, document: Mapping[str, Any], revision: int | None, over: bool = False
) -> Resume:
    """Put another document in the place of the one that was seen as `revision`; raise Outdated, ValuesRefused or Gone.

    With `over` (or without a revision) it takes the place of whatever is there, which is kept as a version in any case.
    """
    _check(document)
    with transaction.atomic():
        now = _lock(resume)
        if now.revision != revision and not over:
            raise Outdated({"revision": [_outdated_sentence()]})
        if over:
            _keep(now)
        return _write(now, document)


def restore_version(*, version: ResumeVersion) -> Resume:
    """Give a résumé what it held before; what it holds now becomes a version. Raise Gone."""
    with transaction.atomic():
        now = _lock(version.resume)
        _keep(now)
        return _write(now, version.document)


def confirm_resume(*, resume: Resume) -> Resume:
    """Say that what was read is right; raise Gone."""
    with transaction.atomic():
        now = _lock(resume)
        Resume.objects.filter(pk=now.pk, confirmed_at=None).update(confirmed_at=Now())
        now.refresh_from_db()
    return now


def _lock(resume: Resume) -> Resume:
    take_turns(resume.user_id)
    now: Resume | None = Resume.objects.filter(pk=resume.pk).first()
    if now is None:
        raise gone()
    return now


def _keep(now: Resume) -> None:
    version = ResumeVersion(
        user_id=now.user_id, resume_id=now.pk, revision=now.revision, document=now.document
    )
    ResumeVersion.objects.bulk_create([version], ignore_conflicts=True)


def _write(now: Resume, document: Mapping[str, Any]) -> Resume:
    if document != now.document:
        Resume.objects.filter(pk=now.pk).update(document=dict(document))
        now.refresh_from_db()
    return now


def _check(document: Mapping[str, Any]) -> None:
    try:
        check_document(dict(document))
    except UploadRefused as refused:
        raise ValuesRefused({"document": [str(refused.message)]}) from refused
    if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_DOCUMENT:
        raise ValuesRefused({"document": [_("The résumé is longer than 1 MB. Take out what is not needed.")]})


def _outdated_sentence() -> str:
    return _(
        "This résumé was changed on another screen meanwhile. What you typed is still here and not saved: "
        "save it over the other one, which is kept as a version, or look at the other one first."
    )
