"""Lever's Postings API: the employer's key stands in the address, two applications a second (feeds.md b.1, b.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from autoapply.capabilities import Capabilities
from autoapply.channels import checking, reading, receipts
from autoapply.channels.multipart import Part, write_multipart
from autoapply.channels.protocol import Form, FormUnreadable, KitContents, Needs, Outgoing
from autoapply.destination import Destination
from autoapply.outcomes import Outcome, Receipt, plain_receipt, reference
from matching.guarded_http import Answer, Request


class Lever:
    """GET and POST /v0/postings/{site}/{id}; whose key it is stands in ?key=."""

    name = "lever"
    capabilities = Capabilities(
        sends=True,
        needs_key=True,
        # The same address is merged into one candidate.
        deduplicates="email",
        exposes_questions=False,
        # More than two a second are answered 429; a little more than half a second keeps clear of it.
        min_interval_ms=600,
        requests=2,
        window_seconds=1,
        file_types=("pdf", "doc", "docx", "rtf", "txt"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """See whether the posting is there: its custom questions are not exposed.

        An account may require a phone number, which nobody is told; so it is asked for.
        """
        posting = reading.as_object(reading.fetch_json("GET", f"{_posting_url(destination)}?mode=json"))
        if "id" not in posting:
            raise FormUnreadable("not_a_form")
        return Form((), Needs(resume="required", phone="required", letter="optional", location="off"))

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """A multipart form; the letter goes as the comments, links by their names."""
        checked = checking.check_kit(kit, self.capabilities)
        parts: list[Part] = [("name", kit.name), ("email", kit.email)]
        if checked.resume is not None:
            parts.append(("resume", checked.resume))
        if checked.phone:
            parts.append(("phone", checked.phone))
        if checked.letter:
            parts.append(("comments", checked.letter))
        # A bracket in a name would end it early.
        links = [(name.replace("[", "").replace("]", ""), url) for name, url in kit.links]
        parts += [(f"urls[{name}]", url) for name, url in links]
        public_url = _posting_url(destination)
        url = f"{public_url}?key={quote(key, safe='')}" if key else public_url
        content_type, body = write_multipart(parts, idempotency_key=idempotency_key)
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "Idempotency-Key": str(idempotency_key),
        }
        shown = [*checking.show(checked), *links]
        return Outgoing(self.name, public_url, Request("POST", url, headers, body), shown, keyed=bool(key))

    def classify(self, answer: Answer, *, keyed: bool = True, at: datetime | None = None) -> Outcome:
        """200 with ok and the application's number."""
        return receipts.classify(answer, keyed=keyed, at=at, receipt=_read_receipt)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def _posting_url(destination: Destination) -> str:
    site, posting = reading.step(destination.board), reading.step(destination.posting)
    return f"{reading.root_of(destination)}/v0/postings/{site}/{posting}"


def _read_receipt(body: Any) -> Receipt:
    if isinstance(body, dict) and body.get("ok") is True:
        return Receipt(True, reference(body.get("applicationId")))
    return plain_receipt(body)
