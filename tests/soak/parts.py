"""The parts of a soak, each with its figures as plain values."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings

from tests.soak import behaviours, control, drills, failpoints, switches
from tests.soak import run as soak
from tests.soak.world import World

Figures = dict[str, Any]
_CLOSED = 9  # nobody discards anything any more


def run(part: str, world: World, asked: argparse.Namespace) -> Figures:
    """Run one part in its world."""
    return PARTS[part](world, asked)


def _run(world: World, asked: argparse.Namespace) -> Figures:
    people = asked.people or max(20, round(asked.sends / 17))
    return soak.run(
        world,
        people=people,
        matches=asked.matches,
        seconds=60 * asked.minutes,
        sends=asked.sends,
        seed=asked.seed,
    ).as_json()


def _control(world: World, asked: argparse.Namespace) -> Figures:
    return asdict(control.run(world, seed=asked.seed))


def _behaviours(world: World, asked: argparse.Namespace) -> Figures:
    port, tls = world.employers["port"], world.employers["tls_port"]
    usual = f"http://127.0.0.1:{port}/recruitee/{{board}}"
    roots = {
        "usual": usual,
        "tls": usual.replace(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls}"),
        "closed": usual.replace(f":{port}/", f":{_CLOSED}/"),
    }
    settings.OUTBOUND_PRIVATE_HOSTS |= {f"127.0.0.1:{tls}", f"127.0.0.1:{_CLOSED}"}
    told = behaviours.run(world.record, times=asked.times, roots=roots)
    return {
        "sent": dict(told.sent),
        "right": told.sent.total() - len(told.wrong),
        "wrong": told.wrong,
        "doubled": told.doubled,
    }


def _failpoints(world: World, asked: argparse.Namespace) -> Figures:
    cast = failpoints.Cast()
    points = failpoints.find_points(cast)
    tried: Counter[str] = Counter()
    broken = []
    for mode in failpoints.MODES:
        for point in failpoints.sample(points, share=asked.share, seed=f"{asked.seed}/{mode}"):
            tried[mode] += 1
            if found := failpoints.try_point(cast, point, mode, world.record):
                broken.append(f"{found.mode} at {found.point.where}: {found.what}")
    return {"points": len(points), "tried": dict(tried), "broken": broken}


def _switches(world: World, asked: argparse.Namespace) -> Figures:
    off = switches.switch_off(world.record, switches=asked.switches, seed=asked.seed)
    claims = switches.claim(rounds=max(10, asked.switches // 6))
    return {**asdict(off), "claims": asdict(claims)}


def _drills(world: World, asked: argparse.Namespace) -> Figures:
    return {"drills": [asdict(drill) for drill in drills.run_all(world)]}


PARTS: Mapping[str, Callable[[World, argparse.Namespace], Figures]] = {
    "run": _run,
    "control": _control,
    "behaviours": _behaviours,
    "failpoints": _failpoints,
    "switches": _switches,
    "drills": _drills,
}
