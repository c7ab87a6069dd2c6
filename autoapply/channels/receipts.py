"""Answers to submissions, classified by the one table with what each vendor's receipts look like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from autoapply.outcomes import Outcome, Receipt, classify_answer, plain_receipt
from matching.guarded_http import Answer


def classify(
    answer: Answer,
    *,
    keyed: bool,
    at: datetime | None,
    receipt: Callable[[Any], Receipt] = plain_receipt,
    strict: bool = False,
) -> Outcome:
    """What an answer says; see `outcomes.classify_answer`."""
    return classify_answer(
        answer.status,
        headers=answer.headers,
        body=answer.body,
        truncated=answer.truncated,
        keyed=keyed,
        strict=strict,
        receipt=receipt,
        at=at,
    )
