"""What every channel here answers for, and the house that all of them stand in."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from tests.employers.forms import FormFile
from tests.employers.wire import Request, Response

Kind = Literal["list", "form", "submit", "status"]


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request wants: `posting` is None where only the body tells it."""

    kind: Kind
    posting: str | None
    company: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """What a valid submission holds."""

    applicant: str
    fields: Mapping[str, str]
    files: tuple[FormFile, ...] = ()
    missing: tuple[str, ...] = ()


class Refused(Exception):
    """The vendor's own refusal of what was sent: its answer, and why in our words."""

    def __init__(self, response: Response, *wrong: str) -> None:
        super().__init__(*wrong)
        self.response = response
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` requests in any `seconds`; of submissions only, or of all."""

    count: int
    seconds: float
    submissions: bool = False


class Limiter:
    """Counts requests in a sliding window, by whom they count against."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], deque[float]] = {}

    def passes(self, limit: Limit, channel: str, whose: str, now: float) -> bool:
        """Whether there is room for one more now (seconds of a clock that does not jump)."""
        times = self._times.setdefault((channel, whose), deque())
        while times and times[0] <= now - limit.seconds:
            times.popleft()
        if len(times) >= limit.count:
            return False
        times.append(now)
        return True


@dataclass(slots=True)
class House:
    """What the employers have decided: their keys, their forms, which postings are gone, who has applied."""

    forms: dict[str, Any] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    references: dict[str, str] = field(default_factory=dict)  # reference: channel and posting
    keys: set[str] = field(default_factory=set)  # Idempotency-Keys of the channel "plain"
    limits: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, channel: str) -> str:
        """The key that the employer has issued for a channel."""
        return f"{channel}-key-issued-by-the-employer"

    def is_key(self, channel: str, value: str | None) -> bool:
        """Whether it is that key, and not revoked."""
        return value == self.key(channel) and channel not in self.revoked

    def form(self, posting: str) -> Any:
        """`none`, `every`, `unseen`, or the vendor's own description of a form."""
        return self.forms.get(posting, "none")


class Channel(ABC):
    """A vendor's interface: addresses, what is asked, what is taken, what is answered."""

    name: ClassVar[str]
    limit: ClassVar[Limit | None] = None

    @abstractmethod
    def errand(self, request: Request) -> Errand | None:
        """What a request to this channel wants, by method and path (without the channel's own segment)."""

    def identify(self, errand: Errand, request: Request) -> Errand:
        """The errand with its posting, where only the body tells it; raises Refused."""
        return errand

    def limited_by(self, errand: Errand, request: Request) -> str:
        """Against whom a request counts."""
        return errand.company

    @abstractmethod
    def show(self, errand: Errand, request: Request, house: House) -> Response:
        """The answer to anything but a submission; raises Refused."""

    @abstractmethod
    def read(self, errand: Errand, request: Request, house: House) -> Application:
        """The application in a submission; raises Refused or NotAFormError."""

    @abstractmethod
    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        """The answer to a submission that was taken."""

    @abstractmethod
    def refusal(self, status: int, reason: str) -> Response:
        """A refusal in the vendor's shape."""

    def already(self) -> Response:
        """ "Has applied already", said in the body rather than by 409."""
        return self.refusal(422, "Candidate has already applied for this job")

    def not_found(self) -> Response:
        """No such posting."""
        return self.refusal(404, "Not found")
