"""What a channel can do and must keep to, as pages show it and pacing obeys it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One channel's declaration.

    deduplicates: by what the receiver notices a second application. can_ask: whether it can be asked later for an
    application whose number is known. Requests to one host are at least min_interval_ms apart, and at most `requests`
    in any `window_seconds`. file_types are endings of file names, in lower case; max_file_bytes counts before encoding.
    """

    sends: bool
    needs_key: bool = False
    deduplicates: Literal["none", "key", "email"] = "none"
    can_ask: bool = False
    exposes_questions: bool = True
    takes_letter: bool = True
    min_interval_ms: int = 500
    requests: int = 0
    window_seconds: int = 0
    max_file_bytes: int = 5 * 1024 * 1024
    file_types: tuple[str, ...] = ()

    @property
    def interval(self) -> timedelta:
        """The least time between two requests to one receiver."""
        window = self.window_seconds * 1000 / self.requests if self.requests else 0
        return timedelta(milliseconds=max(self.min_interval_ms, window))
