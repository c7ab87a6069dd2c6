"""What a run came to: the employers' record held against the database and against what people had changed; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.employers.record import Entry
from tests.soak.minds import Change
from tests.soak.people import Character

NEVER_LEFT = frozenset({"queued", "preparing", "parked", "review", "held", "cancelled", "failed"})
"""States that say of an application that no employer has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An application as the database has it in the end; `is_stuck`: being sent for longer than its lease and two looks.

    What is being prepared for longer than that is due again, and counts among what is due.
    """

    key: str
    email: str
    rule_id: str
    week_start: date | None
    company: str
    status: str
    because: str
    resolved_by: str
    is_stuck: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """How long after its lease the doubt of a killed worker was named, in seconds, and when (seconds since 1970)."""

    named_at: float
    after: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be, with what there is to say of it."""

    what: str
    details: str


def doubled(entries: Sequence[Entry]) -> list[Finding]:
    """Applications that an employer has more than once: by their key, and by person and opening whatever the key."""
    keys = Counter(entry.key for entry in entries if entry.key)
    found = [
        Finding("doubled", f"key {key} arrived {times} times") for key, times in keys.items() if times > 1
    ]
    pairs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for entry in entries:
        pairs[entry.applicant, entry.channel, entry.posting].add(entry.key)
    # Mail is one address for all of a company's openings: only its key tells them apart.
    found += [
        Finding("doubled", f"{len(each)} applications to {pair[1]}/{pair[2]}")
        for pair, each in pairs.items()
        if len(each) > 1 and pair[1] != "mail"
    ]
    return found


def lost(rows: Collection[Row], arrived: Collection[str]) -> list[Finding]:
    """Applications that an employer has while the record says that none does, and those that nobody will look at again."""
    found = [
        Finding("lost", f"key {row.key} arrived and is {row.status} ({row.because})")
        for row in rows
        if row.key in arrived and row.status in NEVER_LEFT
    ]
    return found + [
        Finding("lost", f"key {row.key} is stuck in {row.status}") for row in rows if row.is_stuck
    ]


def claimed_falsely(rows: Collection[Row], arrived: Collection[str]) -> list[Finding]:
    """Applications that are said to have been sent, which no employer has."""
    return [
        Finding("not_sent", f"key {row.key} is submitted ({row.because}) and did not arrive")
        for row in rows
        if row.status in ("submitted", "withdrawn") and row.resolved_by != "person" and row.key not in arrived
    ]


def over_cap(
    rows: Collection[Row], entries: Sequence[Entry], cast: Sequence[Character], changes: Sequence[Change]
) -> list[Finding]:
    """Applications that arrived when the rule's cap, or the person's ceiling, of that week was used up."""
    by_key = {row.key: row for row in rows}
    caps = {str(each.rule_id): each.cap for each in cast}
    ceilings = {each.email: each.ceiling for each in cast}
    found = []
    for whose, kind, limits in (("rule", "lower_cap", caps), ("person", "lower_ceiling", ceilings)):
        used: Counter[tuple[str, date]] = Counter()
        for entry in sorted(entries, key=lambda each: each.at):
            row = by_key.get(entry.key)
            if row is None or row.week_start is None:
                continue
            name = row.rule_id if whose == "rule" else row.email
            limit = limits.get(name, 0)
            for change in changes:
                is_its = change.rule_id == name if whose == "rule" else change.email == name
                if change.kind == kind and is_its and change.at < entry.at:
                    limit = min(limit, int(change.what))
            used[name, row.week_start] += 1
            if used[name, row.week_start] > limit:
                found.append(
                    Finding(
                        "over_cap",
                        f"key {row.key}: number {used[name, row.week_start]} of {limit} a {whose}-week",
                    )
                )
    return found


def after_the_change(
    rows: Collection[Row], entries: Sequence[Entry], changes: Sequence[Change]
) -> Mapping[str, list[Finding]]:
    """What arrived after the rule was off, the person paused or gone, or the company blocked: as `switch` and `blocked`."""
    by_key = {row.key: row for row in rows}
    of_person: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        of_person[change.email].append(change)
    found: dict[str, list[Finding]] = {"switch": [], "blocked": []}
    for entry in entries:
        for change in of_person.get(entry.applicant, ()):
            if entry.at <= change.at:
                continue
            late = f"key {entry.key} arrived {entry.at - change.at:.3f} s after {change.kind}"
            row = by_key.get(entry.key)
            if change.kind in ("switch_off", "pause", "delete_account"):
                found["switch"].append(Finding("switch", late))
            elif change.kind == "block" and row is not None and row.company == change.what:
                found["blocked"].append(Finding("blocked", late))
    return found


def late_doubts(
    doubts: Sequence[Doubt], *, allowed: float, down: Sequence[tuple[float, float]]
) -> list[Doubt]:
    """Doubts that were named later than allowed, but for those whose time fell together with a fault of `down`."""
    return [
        doubt
        for doubt in doubts
        if doubt.after > allowed
        and not any(
            began <= doubt.named_at and doubt.named_at - doubt.after <= ended for began, ended in down
        )
    ]
