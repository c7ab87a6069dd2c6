"""What has no address: only noted here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from autoapply.capabilities import Capabilities
from autoapply.channels.protocol import Form, KitContents, Needs, Outgoing
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from matching.guarded_http import Answer


class Record:
    """Sends nothing and hands nothing over."""

    name = "record"
    capabilities = Capabilities(sends=False, exposes_questions=False, takes_letter=False)

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Nothing is asked."""
        return Form((), Needs(resume="off", phone="off", letter="off", location="off"))

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """Nothing."""
        return Outgoing(self.name, destination.address)

    def classify(self, answer: Answer, *, keyed: bool = False, at: datetime | None = None) -> Outcome:
        """Nothing is sent, so nothing answers."""
        raise TypeError("a record has no answers")

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Only the person knows."""
        return None
