"""What a person sends: the kit and the deep link are ours, the click is theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from autoapply.capabilities import Capabilities
from autoapply.channels.greenhouse import Greenhouse
from autoapply.channels.protocol import (
    CONSENT,
    Channel,
    Form,
    FormUnreadable,
    KitContents,
    Needs,
    Outgoing,
    standing_questions,
)
from autoapply.channels.recruitee import Recruitee
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from matching.guarded_http import Answer

_READABLE: dict[str, Channel] = {"greenhouse": Greenhouse(), "recruitee": Recruitee()}
_NOTHING_NEEDED = Needs(resume="optional", phone="optional", letter="optional", location="optional")


class Handoff:
    """Sends nothing."""

    name = "handoff"
    capabilities = Capabilities(sends=False, exposes_questions=False)

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the questions where anybody may, so that the answers stand ready; nothing is required of the kit.

        A form that cannot be read is no reason to wait: the person will see it. Raises PostingGone.
        """
        channel = _READABLE.get(destination.system)
        try:
            form = channel.read_form(destination) if channel else Form()
        except FormUnreadable:
            form = Form()
        # Consents are given where they are asked for.
        questions = [
            replace(each, required=False) for each in form.questions if not each.id.startswith(CONSENT)
        ]
        return Form(questions, _NOTHING_NEEDED, closed=form.closed)

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """The deep link, and what there is to copy; what is missing is left out."""
        standing = standing_questions()
        shown = [
            (standing[name].label, value)
            for name, value in (
                ("name", kit.name),
                ("email", kit.email),
                ("phone", kit.phone),
                ("location", kit.location),
                ("letter", kit.letter),
            )
            if value
        ]
        shown += list(kit.links)
        labels = {each.id: each for each in kit.form.questions}
        for answer in kit.answers:
            if (question := labels.get(answer.question_id)) and isinstance(
                answer.value, str | list | int | float
            ):
                words = dict(question.options)
                values = answer.value if isinstance(answer.value, list) else [answer.value]
                shown.append((question.label, ", ".join(words.get(str(each), str(each)) for each in values)))
        return Outgoing(self.name, destination.address, None, shown)

    def classify(self, answer: Answer, *, keyed: bool = False, at: datetime | None = None) -> Outcome:
        """Nothing is sent, so nothing answers."""
        raise TypeError("a hand-off has no answers")

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Only the person knows."""
        return None
