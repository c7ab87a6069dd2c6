"""How an employer's server may behave, planned for a posting, told by its id, or drawn at random from a seed."""

from __future__ import annotations

import math
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Literal

# What an HTTP server can do to a submission. The first line takes the application, or leaves that to an option.
OK = "ok"
TAKING = frozenset(
    {
        OK,
        "slow",
        "error_after",
        "drop_after",
        "stall_after",
        "duplicate",
        "endless_body",
    }  # "duplicate": had it
)
NOT_TAKING = frozenset(
    {
        "refused",
        "error_before",
        "request_timeout",
        "throttled",
        "unavailable",
        "drop_before",
        "error_page",
        "redirect",
        "stall_before",
    }
)
# Arranged by the address, before any request: Employers.root_for gives it.
BY_ADDRESS = frozenset({"bad_tls", "connection_refused"})
# What a mail server can do beside those of the two lists that make sense for mail.
MAIL = frozenset(
    {OK, "slow", "refused", "deferred", "drop_before", "drop_after", "stall_before", "stall_after"}
)
BEHAVIOURS = TAKING | NOT_TAKING | BY_ADDRESS
REFUSALS = frozenset({400, 401, 403, 404, 410, 413, 415, 422})

Stage = Literal["submit", "form", "any"]

# What the number in a posting id means ("refused-410--17").
_NUMBER_MEANS = {
    "refused": "status",
    "error_before": "status",
    "error_after": "status",
    "redirect": "status",
    "slow": "seconds",
    "throttled": "retry_after",
    "unavailable": "retry_after",
}
_IN_ID = re.compile(r"(?P<name>[a-z_]+)(?:-(?P<number>\d+))?--")
# Where a step says nothing of how often: these pass after once, all others stay.
_PASSING = frozenset({"throttled", "unavailable", "deferred"})
_GRACE = 0.05  # seconds by which a client may be too early: clocks of two processes


class WrongPlanError(ValueError):
    """A behaviour or an option that there is not."""


@dataclass(slots=True)
class Step:
    """One behaviour with its options; `left` times more, None for ever."""

    behaviour: str = OK
    at: Stage = "submit"
    left: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    early: bool = False

    def get(self, name: str, default: Any) -> Any:
        """An option, or what it is where nothing is said."""
        return self.options.get(name, default)


_OPTIONS = {
    "slow": {"seconds"},
    "refused": {"status", "stage"},
    "deferred": {"status", "stage"},
    "error_before": {"status"},
    "error_after": {"status"},
    "request_timeout": {"taken"},
    "throttled": {"retry_after", "form"},
    "unavailable": {"retry_after", "form"},
    "drop_before": {"reset"},
    "drop_after": {"reset"},
    "error_page": {"taken"},
    "duplicate": {"form"},
    "redirect": {"status", "location"},
    "endless_body": {"declared", "pause"},
}


def make_step(behaviour: str, *, at: Stage = "submit", times: int | None = None, **options: Any) -> Step:
    """A step; raises WrongPlanError for what no server here can do."""
    if behaviour not in (BEHAVIOURS | MAIL) - BY_ADDRESS:
        raise WrongPlanError(f"there is no behaviour {behaviour!r}")
    if unknown := set(options) - _OPTIONS.get(behaviour, set()):
        raise WrongPlanError(f"{behaviour} has no option {sorted(unknown)}")
    status = options.get("status", 422)
    if behaviour == "refused" and status not in REFUSALS and not 550 <= status < 560:
        raise WrongPlanError(f"an employer refuses with one of {sorted(REFUSALS)}, mail with 550 to 559")
    if times is None and behaviour in _PASSING:
        times = 1
    return Step(behaviour, at, times, options)


def step_in_id(posting: str) -> Step | None:
    """The step that a posting id tells: `error_after--17`, `refused-410--17`, `slow-3--17`; None where it tells none."""
    told = _IN_ID.match(posting)
    if told is None or told["name"] not in BEHAVIOURS - BY_ADDRESS:
        return None
    options = {}
    if told["number"] is not None and told["name"] in _NUMBER_MEANS:
        options[_NUMBER_MEANS[told["name"]]] = int(told["number"])
    return make_step(told["name"], **options)


@dataclass(frozen=True, slots=True)
class Mix:
    """Behaviours at random: shares of 1 by name, what is left is ok; the same seed draws the same."""

    shares: Mapping[str, float]
    seed: str = "0"

    def __post_init__(self) -> None:
        for behaviour in self.shares:
            make_step(behaviour)
        if not 0 <= math.fsum(self.shares.values()) <= 1:
            raise WrongPlanError("shares add up to more than 1")

    def draw(self, channel: str, posting: str, nth: int) -> Step:
        """The step for the nth try at a posting, whatever came between."""
        chance = random.Random(f"{self.seed}/{channel}/{posting}/{nth}")
        place = chance.random()
        for behaviour, share in self.shares.items():
            if place < share:
                return make_step(behaviour, **_drawn_options(behaviour, chance))
            place -= share
        return make_step(OK)


def _drawn_options(behaviour: str, chance: random.Random) -> dict[str, Any]:
    if behaviour == "slow":
        return {"seconds": chance.uniform(0.1, 1.5)}
    if behaviour == "refused":
        return {"status": chance.choice(sorted(REFUSALS))}
    if behaviour in {"throttled", "unavailable"}:
        return {"retry_after": chance.choice((1, 2)), "form": chance.choice(("seconds", "date"))}
    if behaviour in {"error_before", "error_after"}:
        return {"status": chance.choice((500, 502, 504))}
    if behaviour in {"error_page", "request_timeout"}:
        return {"taken": chance.random() < 0.5}
    return {}


PERFECT: Mapping[str, float] = {}
# The proportions of the measured experiment: safety.md 1.4, "bad ATS".
MEASURED: Mapping[str, float] = {
    "throttled": 0.03,
    "error_before": 0.03,
    "error_after": 0.03,
    "stall_after": 0.02,
    "drop_after": 0.01,
}
# Every behaviour, so that a long run meets each of them often.
BAD: Mapping[str, float] = MEASURED | {
    "slow": 0.03,
    "refused": 0.03,
    "unavailable": 0.02,
    "request_timeout": 0.01,
    "drop_before": 0.01,
    "error_page": 0.01,
    "duplicate": 0.01,
    "redirect": 0.01,
    "endless_body": 0.01,
}
MIXES = {"perfect": PERFECT, "measured": MEASURED, "bad": BAD}


def parse_mix(text: str, *, seed: str) -> Mix:
    """A mix by name, or as `error_after=0.1,throttled=0.05`."""
    if text in MIXES:
        return Mix(MIXES[text], seed)
    try:
        shares = {name: float(share) for name, share in (pair.split("=") for pair in text.split(","))}
    except ValueError:
        raise WrongPlanError(f"{text!r} is neither one of {sorted(MIXES)} nor name=share,…") from None
    return Mix(shares, seed)


class Plans:
    """What happens at each posting: planned, else told by its id, else drawn from the mix."""

    def __init__(self, mix: Mix) -> None:
        self.mix = mix
        self._steps: dict[str, list[Step]] = {}
        self._tries: Counter[tuple[str, str]] = Counter()
        self._told: set[str] = set()
        self._not_before: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, posting: str, step: Step) -> None:
        """Plan a step: after those that end by themselves, in place of one that would stay. `*` is every posting."""
        with self._lock:
            steps = self._steps.setdefault(posting, [])
            if steps and steps[-1].left is None:
                steps.pop()
            steps.append(step)

    def forget(self, posting: str) -> None:
        """Plan nothing for a posting any more."""
        with self._lock:
            self._steps.pop(posting, None)
            self._not_before.pop(posting, None)

    def next(self, channel: str, posting: str, stage: Literal["submit", "form"]) -> Step:
        """The step for this request, which is thereby used once."""
        with self._lock:
            if stage == "submit" and (waiting := self._waiting(posting)) is not None:
                return waiting
            step = self._planned(posting, stage) or self._planned("*", stage)
            if step is None and stage == "submit":
                step = self._told_or_drawn(channel, posting)
            return step or Step()

    def planned(self, posting: str) -> Step | None:
        """A step planned for exactly this, which is thereby used once; nothing at random."""
        with self._lock:
            return self._planned(posting, "submit")

    def wait(self, posting: str, step: Step) -> tuple[str, float]:
        """Begin the wait that a 429 or 503 asks for: the value of Retry-After, and until when (`time.time()`)."""
        seconds = float(step.get("retry_after", 1))
        until = time.time() + seconds
        value = str(math.ceil(seconds))
        if step.get("form", "seconds") == "date":
            until = float(math.ceil(until))
            value = formatdate(until, usegmt=True)
        with self._lock:
            self._not_before.setdefault(posting, until)
        return value, until

    def _waiting(self, posting: str) -> Step | None:
        until = self._not_before.get(posting)
        if until is None:
            return None
        left = until - time.time()
        if left <= _GRACE:
            del self._not_before[posting]
            return None
        return Step("throttled", options={"retry_after": left}, early=True)

    def _planned(self, posting: str, stage: str) -> Step | None:
        for step in self._steps.get(posting, []):
            if step.at in {stage, "any"} and (step.left is None or step.left > 0):
                if step.left is not None:
                    step.left -= 1
                return step
        return None

    def _told_or_drawn(self, channel: str, posting: str) -> Step | None:
        if told := step_in_id(posting):
            if told.left is not None:
                if posting in self._told:
                    return None
                self._told.add(posting)
            return told
        self._tries[channel, posting] += 1
        return self.mix.draw(channel, posting, self._tries[channel, posting])
