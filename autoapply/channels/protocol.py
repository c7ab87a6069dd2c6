"""What every channel speaks: the form it reads, the kit it is given, what it would send, and what it cannot send."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from django.utils.translation import gettext as _

from autoapply.capabilities import Capabilities
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from autoapply.questions import Question
from matching.guarded_http import Answer, Request

Need: TypeAlias = Literal["required", "optional", "off"]
UnreadableReason: TypeAlias = Literal[
    "no_key",
    "key_refused",
    "not_allowed",
    "unreachable",
    "timeout",
    "broken_off",
    "moved",
    "throttled",
    "server_error",
    "not_a_form",
    "too_large",
    "unknown_question",
    "address",
    "unexpected",
]

CONSENT = "consent:"
"""Begins the id of a question to which only yes lets an application through."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a form wants beside name, e-mail address and its questions."""

    resume: Need = "required"
    phone: Need = "optional"
    letter: Need = "optional"
    location: Need = "off"


@dataclass(frozen=True, slots=True)
class Form:
    """What an opening asks of whoever applies.

    posting is the opening's name at the interface where its address holds another one, else empty. closed: it is still
    shown and takes no applications. longest: the most characters of an answer, by the question's id, where that is told.
    """

    questions: Sequence[Question] = ()
    needs: Needs = field(default_factory=Needs)
    posting: str = ""
    closed: bool = False
    longest: Mapping[str, int] = field(default_factory=dict)


def form_as_json(form: Form) -> dict[str, Any]:
    """A form as plain JSON values; `form_from_json` reads it again."""
    return asdict(replace(form, questions=list(form.questions)))


def form_from_json(stored: Mapping[str, Any]) -> Form:
    """The form of `form_as_json`."""
    questions = [
        Question(**{**each, "options": tuple((value, label) for value, label in each["options"])})
        for each in stored["questions"]
    ]
    needs = Needs(**stored["needs"])
    return Form(questions, needs, stored["posting"], stored["closed"], stored.get("longest", {}))


@dataclass(frozen=True, slots=True)
class FileContents:
    """A file that goes with an application. Its repr tells nothing of whose it is."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: `value` is a text, a number, yes or no, one or many of the options' values, or a file."""

    question_id: str
    kind: str
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class KitContents:
    """Everything an application carries, and the form that it answers. `links` are (what it is, address)."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    form: Form
    phone: str = field(default="", repr=False)
    location: str = field(default="", repr=False)
    links: Sequence[tuple[str, str]] = field(default=(), repr=False)
    letter: str = field(default="", repr=False)
    resume: FileContents | None = None
    answers: Sequence[Answered] = ()
    job_title: str = ""


@dataclass(frozen=True, slots=True)
class MailMessage:
    """One mail to one address. `content` holds all of it but its Date, which it gets when it leaves."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What would leave the house, or (request None) what a person would take along.

    `request` may hold an employer's key; `public_url`, `shown` and `sha256` never do. `shown` is (label, words) for whoever
    approves it.
    """

    channel: str
    public_url: str
    request: Request | MailMessage | None = None
    shown: Sequence[tuple[str, str]] = field(default=(), repr=False)
    keyed: bool = False

    @property
    def sha256(self) -> str:
        """SHA-256 of what is sent, byte for byte, and where to; keys and times are no part of it."""
        said: list[bytes] = [self.channel.encode(), self.public_url.encode()]
        if isinstance(self.request, Request):
            kind = self.request.headers.get("Content-Type", "")
            said += [self.request.method.encode(), kind.encode(), self.request.content]
        elif isinstance(self.request, MailMessage):
            said += [self.request.sender.encode(), self.request.recipient.encode(), self.request.content]
        digest = hashlib.sha256()
        for each in said:
            digest.update(len(each).to_bytes(8, "big") + each)
        return digest.hexdigest()


class PostingGone(Exception):
    """Raised when an opening is no longer there."""


class FormUnreadable(Exception):
    """Raised when a form could not be read; `retry_after` is in seconds, None where nobody named a time."""

    def __init__(self, reason: UnreadableReason, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason: UnreadableReason = reason
        self.retry_after = retry_after


class Unsendable(Exception):
    """Raised for a kit that cannot become an application here; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotAnswered(Unsendable):
    """Raised when what must be answered is not, or not so that it can be sent."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__("not_answered")
        self.questions = tuple(questions)

    @property
    def labels(self) -> tuple[str, ...]:
        """What is missing, in words."""
        return tuple(question.label for question in self.questions)


class FileRefused(Unsendable):
    """Raised for a file that the receiver would not take: too_large, wrong_type, empty.

    `limit` is in bytes, `types` are the endings it takes.
    """

    def __init__(self, code: str, *, limit: int = 0, types: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.limit = limit
        self.types = tuple(types)


class AddressRefused(Unsendable, FormUnreadable):
    """Raised for a destination that does not name one receiver: neither can its form be read nor can it be sent to."""

    def __init__(self) -> None:
        Unsendable.__init__(self, "address")
        self.reason = "address"
        self.retry_after = None


class Channel(Protocol):
    """One way by which an application leaves the house."""

    name: str
    capabilities: Capabilities

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read what an opening asks; raises FormUnreadable or PostingGone."""

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """What would be sent: pure, the same bytes for the same input. Raises Unsendable."""

    def classify(self, answer: Answer, *, keyed: bool, at: datetime | None = None) -> Outcome:
        """What an answer to a submission says; `keyed`: an employer's key went with it."""

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Ask for an application by its number: it arrived, it is proven that it did not, or (None) nobody can say."""


def standing_questions() -> dict[str, Question]:
    """What forms ask beside their questions, by the field of the kit that answers it."""
    return {
        "name": Question("name", _("Name"), "text", required=True),
        "first_name": Question("first_name", _("First name"), "text", required=True),
        "last_name": Question("last_name", _("Last name"), "text", required=True),
        "email": Question("email", _("E-mail address"), "text", required=True),
        "phone": Question("phone", _("Phone number"), "text", required=True),
        "location": Question("location", _("Place where you live"), "text", required=True),
        "letter": Question("letter", _("Cover letter"), "long_text", required=True),
        "resume": Question("resume", _("Résumé file"), "file", required=True),
    }
