"""Figures of soaks: added to a file run by run, and told in docs/soak.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
FINDINGS = {
    "doubled": "sent twice",
    "lost": "arrived or stuck, and the record says otherwise or nothing",
    "not_sent": "said to be sent, and did not arrive",
    "over_cap": "over the cap of a rule or the ceiling of a person",
    "blocked": "to a blocked company after the block was saved",
    "switch": "after the rule was off, the person paused or gone",
}


def add(path: Path, part: str, figures: Figures) -> None:
    """Keep what a part came to."""
    known = json.loads(path.read_text()) if path.exists() else []
    known.append({"part": part, "on": f"{datetime.now(UTC):%Y-%m-%d}", "figures": figures})
    path.write_text(json.dumps(known, indent=1) + "\n")


def missed(part: str, figures: Figures) -> int:
    """How many targets a part has missed."""
    judges: Mapping[str, Callable[[Figures], int]] = {
        "run": lambda f: sum(len(some) for some in f["findings"].values()),
        "control": lambda f: int(f["doubled"] + f["lost"] == 0),
        "behaviours": lambda f: len(f["wrong"]) + f["doubled"],
        "failpoints": lambda f: len(f["broken"]),
        "switches": lambda f: f["after"] + f["claims"]["not_once"],
        "drills": lambda f: sum(not drill["right"] for drill in f["drills"]),
    }
    return judges[part](figures)


def write(path: Path, to: Path) -> None:
    """Tell all that is in the file."""
    known = json.loads(path.read_text())
    of: dict[str, list[Figures]] = {}
    for each in known:
        of.setdefault(each["part"], []).append(each["figures"])
    lines = [
        "# Sending under faults, measured",
        "",
        "Written by `make soak`. The whole machine runs on PostgreSQL that keeps what it commits, a broker that keeps nothing,",
        "Celery workers, two beats and the second clock, against employers on the loopback with every bad habit. What counts is",
        "what these employers recorded. Leases and looks are shortened so that a fault comes every second; the relations between",
        "them are the product's own. Clock jumps are not among the faults where the program `faketime` is absent, as it was here:",
        "weeks and both changes to and from summer time are proved by the tests of weeks and places.",
        "",
    ]
    lines += _runs(of.get("run", []))
    lines += _others(of)
    to.write_text("\n".join(lines).rstrip() + "\n")


def _runs(runs: Sequence[Figures]) -> list[str]:
    if not runs:
        return []
    found: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    for run in runs:
        found.update({what: len(some) for what, some in run["findings"].items()})
        faults.update(run["faults"])
        changes.update(run["changes"])
    sends, kills = sum(run["sendings"] for run in runs), sum(run["kills"] for run in runs)
    seconds = sum(run["seconds"] for run in runs)
    rows = [
        ("runs", len(runs)),
        ("applications queued", sum(run["applications"] for run in runs)),
        ("sendings begun (target 7,500)", sends),
        ("arrived", sum(run["arrived"] for run in runs)),
        ("processes killed (target 200)", kills),
        ("minutes under faults", f"{seconds / 60:.1f}"),
        *((f"{words} (target 0)", found[what]) for what, words in FINDINGS.items()),
        ("in doubt at the end, and had arrived", sum(run["doubts_arrived"] for run in runs)),
        ("in doubt at the end, and had not", sum(run["doubts_not_arrived"] for run in runs)),
        ("doubts of killed senders", sum(run["doubts_of_killed"] for run in runs)),
        (
            "of these named later than two looks after the lease, while nothing else was down (target 0)",
            sum(run["named_late"] for run in runs),
        ),
        (
            "the latest, seconds after its lease, servers being down included",
            f"{max(run['named_after_most'] for run in runs):.1f}",
        ),
        ("came before the time an employer had named", sum(run["early"] for run in runs)),
        ("times the restore fence was raised wrongly", sum(run["fences"] for run in runs)),
        ("still due when a run was ended", sum(run["left_over"] for run in runs)),
    ]
    lines = ["## Runs", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    lines += ["Faults: " + _told(faults) + ".", "", "Changes of mind: " + _told(changes) + ".", ""]
    for run in runs:
        for what, some in run["findings"].items():
            lines += [f"- {what}: {each}" for each in some]
        if run.get("note"):
            lines += [run["note"], ""]
    return lines


def _others(of: Mapping[str, Sequence[Figures]]) -> list[str]:
    lines: list[str] = []
    for f in of.get("control", [])[-1:]:
        lines += [
            "## Control",
            "",
            "A plain task that posts, then marks, and tries again, in the same world: it must fail, or this harness sees nothing.",
            (
                f"Of {f['applications']} applications {f['doubled']} were sent twice or more (up to {f['most_copies']} times) and "
                f"{f['lost']} were lost, under {f['kills']} kills."
            ),
            "",
        ]
    for f in of.get("behaviours", [])[-1:]:
        total = sum(f["sent"].values())
        lines += [
            "## Behaviours of employers",
            "",
            f"{f['right']} of {total} outcomes called what they were, {f['doubled']} sent twice.",
            "",
        ]
        lines += [f"- {name}: {times}" for name, times in f["sent"].items()]
        lines += ["", *(f"- WRONG {each}" for each in f["wrong"]), ""]
    if points := of.get("failpoints", []):
        tried: Counter[str] = Counter()
        for f in points:
            tried.update(f["tried"])
        broken = [each for f in points for each in f["broken"]]
        lines += [
            "## Failpoints",
            "",
            (
                f"{points[-1]['points']} lines are run on the way of a sending. It was ended at one of them {tried.total()} times: "
                f"{_told(tried)} (`error`: an unforeseen exception, `database`: a lost connection, `kill`: kill -9). "
                f"{len(broken)} times the promise did not hold."
            ),
            "",
            *(f"- {each}" for each in broken),
        ]
    for f in of.get("switches", [])[-1:]:
        lines += [
            "## Switches and claims",
            "",
            (
                f"{f['switches']} rules switched off while 8 processes sent: {f['arrived']} applications had left before, "
                f"{f['after']} after. In {f['claims']['rounds']} rounds 16 processes wanted one application; not exactly one got it in "
                f"{f['claims']['not_once']}. Four processes claim {f['claims']['rate']:.0f} a second, every gate asked each time."
            ),
            "",
        ]
    for f in of.get("drills", [])[-1:]:
        lines += ["## Drills", "", "| drill | shown | as promised |", "|---|---|---|"]
        lines += [
            f"| {d['name']} | {d['shown']} | {'yes' if d['right'] else '**no**'} |" for d in f["drills"]
        ]
    return lines


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {times}" for name, times in counts.items())
