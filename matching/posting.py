"""A job as a source states it, before anything is read out of its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from matching.pay import StatedPay

TITLE_LIMIT = 500
COMPANY_LIMIT = 255
LOCATION_LIMIT = 2_000
EXTERNAL_ID_LIMIT = 255
URL_LIMIT = 2_000
LABEL_LIMIT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One posting: empty text and None both mean that the source does not say.

    `pay` is in minor units as stated, both times are aware, `raw` is what the source gave and no field took up.
    """

    external_id: str
    title: str
    company: str = ""
    location: str = ""
    remote: bool | None = None
    description: str = ""
    description_is_html: bool = False
    url: str = ""
    apply_url: str = ""
    posted_at: datetime | None = None
    closes_at: datetime | None = None
    pay: StatedPay | None = None
    employment_type: str = ""
    industry: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One thing of a file that did not become a posting: where it stands, which field is at fault and why.

    `line` counts from 1: lines in a file of lines, objects in a JSON document. `field` and `external_id` are
    empty where the thing could not be read far enough to tell; `payload_hash` is the SHA-256 of what stood there.
    """

    line: int
    field: str
    reason: str
    external_id: str = ""
    payload_hash: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A posting that a source lists, read only where it is new or has changed: `payload_hash` is of all that its source gave.

    `read` may ask the source for more; it raises PostingInvalid.
    """

    external_id: str
    payload_hash: str
    read: Callable[[], Posting]


Read = tuple[int, Posting | Rejection]
"""What every reader of files yields: a line number, and the posting found there or why there is none."""
Listed = tuple[int, Posting | Rejection | Unread]
"""What is taken in: a number in the order of the source, and the posting found there, or why there is none."""


class PostingInvalid(ValueError):
    """A posting breaks a rule: `field` names the field at fault, `reason` says why in a sentence for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
