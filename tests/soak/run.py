"""One run: people, their rules, workers and beats, everything that befalls them, and what it came to."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from autoapply import tasks
from tests.soak import verdict
from tests.soak.chaos import FAULTS, Chaos
from tests.soak.crew import Crew
from tests.soak.minds import Change, Minds
from tests.soak.people import Character, populate
from tests.soak.verdict import Doubt, Finding, Row
from tests.soak.world import World

DUE = """
    SELECT count(*) FROM auto_apply_applications a
    WHERE status IN ('preparing', 'submitting') OR (status IN ('queued', 'held') AND next_at <= now() + interval '3 s')
       OR (status = 'unknown' AND channel = 'smartrecruiters' AND next_at <= now() + interval '20 s')
"""


@dataclass(slots=True)
class Figures:
    """What a run came to, as docs/soak.md tells it."""

    seed: str
    seconds: float = 0.0
    people: int = 0
    applications: int = 0
    sendings: int = 0
    arrived: int = 0
    states: dict[str, int] = field(default_factory=dict)
    doubts_arrived: int = 0
    doubts_not_arrived: int = 0
    doubts_of_killed: int = 0
    named_late: int = 0
    named_after_most: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    fences: int = 0
    early: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)
    left_over: int = 0

    @property
    def missed(self) -> int:
        """How many things there were that must not be."""
        return sum(len(each) for each in self.findings.values())

    def as_json(self) -> dict[str, Any]:
        """For the file of runs."""
        return asdict(self)


def run(
    world: World,
    *,
    people: int,
    matches: int,
    seconds: float,
    sends: int,
    seed: str,
    concurrency: int = 4,
    faults: dict[str, int] | None = None,
    changes_every: float = 2.0,
    drain: float = 120.0,
) -> Figures:
    """Let it run until so many sendings or seconds, then without faults until nothing is due; give what it came to."""
    cast = populate(people=people, matches=matches, keys=world.employers["keys"], seed=seed)
    say(f"{people} people, {matches} matches each")
    figures = Figures(seed=seed, people=people)
    crew = Crew(world, concurrency=concurrency)
    chaos = Chaos(crew, seed=seed, faults=FAULTS if faults is None else faults)
    minds = Minds(world, cast, seed=seed, every=changes_every, most=people // 2)
    crew.start()
    tasks.run_rules.delay()
    try:
        wait_for_work(world, crew, at_least=min(400, people * matches // 4))
        began = time.monotonic()
        minds.start()
        chaos.run(as_long_as=lambda: time.monotonic() - began < seconds and sendings(world) < sends)
        minds.finish()
        figures.seconds = time.monotonic() - began
        say(f"faults over after {figures.seconds:.0f} s, {sendings(world)} sendings, {dict(chaos.counts)}")
        figures.left_over = drain_queue(world, crew, patience=drain)
    finally:
        crew.stop()
    figures.faults, figures.kills = dict(chaos.counts), chaos.kills
    figures.changes = dict(minds.counts)
    judge(world, figures, cast, minds.changes, chaos.down)
    return figures


def wait_for_work(world: World, crew: Crew, *, at_least: int, patience: float = 300.0) -> None:
    """Wait until so many applications are queued, so that there is something to disturb."""
    until = time.monotonic() + patience
    while world.ask("SELECT count(*) FROM auto_apply_applications")[0][0] < at_least:
        if time.monotonic() > until:
            raise TimeoutError("nothing was queued")
        crew.mend()
        time.sleep(0.5)


def drain_queue(world: World, crew: Crew, *, patience: float) -> int:
    """Let the machine work until nothing is due, everything running; give how many applications are due still."""
    until = time.monotonic() + patience
    calm = 0
    while time.monotonic() < until:
        crew.mend()
        ((due,),) = world.ask(DUE)
        calm = calm + 1 if not due else 0
        if calm >= 2:
            return 0
        time.sleep(1)
    ((due,),) = world.ask(DUE)
    return int(due)


def sendings(world: World) -> int:
    """How many sendings the journal tells of."""
    journal = world.state / "sent.journal"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def judge(
    world: World,
    figures: Figures,
    cast: Sequence[Character],
    changes: Sequence[Change],
    down: Sequence[tuple[float, float]],
) -> None:
    """Hold the employers' record against the database."""
    rows = read_rows(world)
    entries = world.record.entries("arrival", "already")
    arrived = {entry.key for entry in entries}
    figures.applications = len(rows)
    figures.sendings = sendings(world)
    figures.arrived = len(entries)
    figures.early = sum(entry.early for entry in world.record.entries())
    figures.states = dict(Counter(row.status for row in rows))
    doubts = [row for row in rows if row.status == "unknown"]
    figures.doubts_arrived = sum(row.key in arrived for row in doubts)
    figures.doubts_not_arrived = len(doubts) - figures.doubts_arrived
    named = read_doubts(world)
    figures.doubts_of_killed = len(named)
    figures.named_after_most = max((each.after for each in named), default=0.0)
    allowed = 2 * world.clocks.tick
    figures.named_late = len(verdict.late_doubts(named, allowed=allowed, down=down))
    ((figures.fences,),) = world.ask("SELECT epoch FROM auto_apply_fence")
    later = verdict.after_the_change(rows, entries, changes)
    found: dict[str, list[Finding]] = {
        "doubled": verdict.doubled(entries),
        "lost": verdict.lost(rows, arrived),
        "not_sent": verdict.claimed_falsely(rows, arrived),
        "over_cap": verdict.over_cap(rows, entries, cast, changes),
        "blocked": later["blocked"],
        "switch": later["switch"],
    }
    figures.findings = {what: [each.details for each in some] for what, some in found.items()}


def read_rows(world: World) -> list[Row]:
    """Every application that there is."""
    slack = 2 * world.clocks.tick
    found = world.ask(
        """
        SELECT a.key::text, u.email, coalesce(a.rule_id::text, ''), a.week_start, a.company, a.status, a.moved_because,
               coalesce(a.resolved_by, ''),
               a.status = 'submitting' AND a.lease_until < clock_timestamp() - %s * interval '1 second'
        FROM auto_apply_applications a JOIN users u ON u.id = a.user_id
        """,
        slack,
    )
    return [Row(*each) for each in found]


def read_doubts(world: World) -> list[Doubt]:
    """How long after their lease the doubts of killed workers were named."""
    found = world.ask(
        """
        SELECT extract(epoch FROM named.at)::float8,
               extract(epoch FROM named.at - (
                   SELECT max(claimed.at) FROM auto_apply_events claimed
                   WHERE claimed.application_id = named.application_id AND claimed.moved_to = 'submitting'
                     AND claimed.at < named.at
               ))::float8 - %s
        FROM auto_apply_events named WHERE named.moved_to = 'unknown' AND named.because = 'worker_gone'
        """,
        world.clocks.lease,
    )
    return [Doubt(*each) for each in found]


def say(line: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
