"""Résumés: facts of known people read out of many layouts, and lines that are neither placed nor listed.

The corpus is made by tests/personas/resume_corpus.py out of known documents, beside the five layouts of RenderCV. Figures are
told apart for the people and layouts that the reader was made with and for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.quality.figure import Figure
from personas.readers.refusals import UploadRefused
from personas.readers.resume import read_resume
from tests.personas.resume_corpus import (
    RENDERCV_TUNED_ON,
    REPORT_ONLY,
    TUNED_ON,
    Made,
    corpus,
    rendercv,
    unreadable,
)
from tests.personas.resume_scoring import lost_lines, score

TARGET = 0.95
SEEN = (*TUNED_ON, *RENDERCV_TUNED_ON)


def measure(shared: Path) -> Iterator[Figure]:
    """Yield the share of facts read right in each layout, of those read the share that is true, and the lines accounted for."""
    right, known, told = defaultdict(int), defaultdict(int), defaultdict(int)
    lines = kept = 0
    for made in (*corpus(), *rendercv()):
        read = read_resume(made.name, made.content)
        reached = score(made.truth, read.document)
        key = _row(made)
        right[key] += reached.right
        known[key] += reached.all
        told[key] += reached.right + len(reached.made_up) + sum(1 for _, _, found in reached.wrong if found)
        filled = sum(1 for line in read.text.splitlines() if line.strip())
        lines += filled
        kept += filled - len(lost_lines(read.text, read.document, read.unplaced))
    for layout, seen in sorted(known, key=lambda key: (key[1], key[0])):
        key = layout, seen
        yield Figure("resumes", layout, known[key], "facts right", right[key] / known[key], TARGET, seen)
    unseen = [key for key in known if key[1] != "seen"]
    yield Figure(
        "resumes",
        "all layouts, facts that were read",
        sum(told[key] for key in unseen),
        "true",
        sum(right[key] for key in unseen) / sum(told[key] for key in unseen),
        TARGET,
    )
    yield Figure("resumes", "lines of all files", lines, "placed or listed", kept / lines, 1.0)
    yield from _refusals()


def _row(made: Made) -> tuple[str, str]:
    layout = made.layout.replace("_", " ")
    if made.person in SEEN and made.layout not in REPORT_ONLY:
        return layout, "seen"
    # What these say was read before the first rule was written; how they are read was not looked at.
    return layout, "text seen, not tuned on" if made.layout.startswith("rendercv") else "unseen"


def _refusals() -> Iterator[Figure]:
    files = list(unreadable())
    right = 0
    for reason, name, content in files:
        try:
            read_resume(name, content)
        except UploadRefused as refused:
            right += refused.code is reason
    yield Figure(
        "resumes",
        "files without readable text",
        len(files),
        "refused with the reason",
        right / len(files),
        1.0,
    )
