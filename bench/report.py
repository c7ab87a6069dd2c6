"""bench/results.md: every figure beside its goal, then what was measured at each size and in the database."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy

from bench.measuring import RUNS, Figure, write_table

RESULTS = Path(__file__).parent / "results.md"
_HOW = """Rates are in CPU time (for what PostgreSQL does, its backend's CPU time is added), medians of {runs} runs; ways that are
compared take turns (A B A B) within the run. Where memory, two processes or a person who waits are meant, it is wall time. A figure
that is missed is told, not tuned to: speed is never asserted, only a difference from the definition makes the run fail."""

_HEADS = {
    "Nights": (
        "night",
        "written",
        "renewed",
        "unchanged",
        "removed",
        "rows stored",
        "client CPU s",
        "server CPU s",
        "wall s",
        "reading the jobs before, CPU s",
        "COPY, client CPU s",
        "COPY, server CPU s",
        "night over COPY, CPU",
    )
}


@dataclass
class Report:
    """What a run found."""

    about: list[tuple[str, str]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    sections: dict[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, sections: Mapping[str, Sequence[tuple[str, ...]]], figures: Sequence[Figure]) -> None:
        """Add sections and figures."""
        self.sections |= sections
        self.figures += figures

    def text(self) -> str:
        """Give the whole as a document."""
        parts = [
            "# Matching, measured\n\nWritten by `make bench`.\n",
            _HOW.format(runs=RUNS) + "\n",
            write_table(("what", "value"), [*describe_machine(), *self.about]),
            "## Figures beside their goals\n",
            write_table(("figure", "measured", "goal", ""), [figure.row() for figure in self.figures]),
        ]
        for name, lines in self.sections.items():
            parts += [
                f"## {name}\n",
                write_table(_HEADS.get(name.partition(" (")[0], ("what", "value")), lines),
            ]
        return "\n".join(parts)


def describe_machine() -> list[tuple[str, str]]:
    """Give what the rates depend on."""
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    return [
        ("machine", f"{_name_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"),
        ("software", f"{versions}; BLAS on one thread"),
        ("load before the run, of the last minute", f"{os.getloadavg()[0]:.1f}"),
    ]


def _name_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
