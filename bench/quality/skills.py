"""Skills found in whole postings: precision, recall, required against preferred, and postings per second of CPU time.

Labels are in tests/matching/data, with their rules in skill_NOTICE.txt. The skills of postings that are not shipped are
judged where their texts are present.
"""

from __future__ import annotations

import gzip
import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.postings import ARCHIVE
from bench.quality.figure import Figure
from matching.feeds.files import read_file
from matching.feeds.sanitize import clean_description
from matching.posting import Posting
from matching.reading.posting import read_posting
from matching.reading.skills import SkillsRead, read_skills, weigh_mentions

DATA = Path(__file__).parents[2] / "tests" / "matching" / "data"
EXCERPT = 4_000  # characters of a posting that were labeled
PASSES = 5
SAMPLE = 1_500  # shared postings that are timed, spread over the file
# What was seen of the labeled postings while the reader was made.
SEEN = {"tuned": "all", "once": "once, see the notice", "fresh": "unseen"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one labeled posting: skills in three classes, and whether they were written down blindly."""

    required: frozenset[str]
    preferred: frozenset[str]
    added: frozenset[str]
    is_blind: bool

    @property
    def labels(self) -> frozenset[str]:
        """Everything that was written down as asked for."""
        return self.required | self.preferred


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over postings: skills found and right ones, labels written blindly, those found, and found
    with their wish; the same for labels that are preferred."""

    found: int
    right: int
    labels: int
    recalled: int
    right_wishes: int
    liked: int
    right_liked: int

    @property
    def precision(self) -> float:
        """Of the skills found, the share that is right."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """Of the labels written down blindly, the share that is found."""
        return self.recalled / self.labels

    @property
    def wish(self) -> float:
        """Of the blind labels found, the share that is told rightly to be required or preferred."""
        return self.right_wishes / self.recalled

    @property
    def likes(self) -> float:
        """Of the blind labels found that are preferred, the share that is told so."""
        return self.right_liked / self.liked


def measure(shared: Path) -> Iterator[Figure]:
    """Yield the figures of reading skills."""
    for half in SEEN:
        yield from _judge_archive(half)
    for half, seen in (("tuned", "all"), ("fresh", "once, see the notice")):
        pairs = read_wishes(half)
        share = sum(read == label for read, label in pairs) / len(pairs)
        yield Figure(
            "skills",
            "archive, names near words of wish or denial",
            len(pairs),
            "wishes read rightly",
            share,
            0.9,
            seen,
        )
    jobs = shared / "jobs" / "jobs.jsonl.gz"
    yield from _judge_shared(jobs)
    yield from _time("archive", _read_texts(ARCHIVE))
    if jobs.exists():
        yield from _time("shared postings", _thin(_read_texts(jobs), SAMPLE))
    else:
        yield _absent("shared postings")


def read_labels(half: str) -> list[tuple[SkillsRead, Judged]]:
    """Return what the reader finds in each labeled posting of one part (of SEEN) beside what was judged of it."""
    postings = _read_records(ARCHIVE)
    pairs = []
    for row in _read_rows(DATA / "skill_postings.jsonl"):
        if row["half"] != half:
            continue
        judged = Judged(
            required=frozenset(row["required"]),
            preferred=frozenset(row["preferred"]),
            added=frozenset(row.get("added", ())),
            is_blind=row["blind"],
        )
        posting = postings[row["source"], row["external_id"]]
        pairs.append((_read(posting, limit=EXCERPT), judged))
    return pairs


def read_wishes(half: str) -> list[tuple[str, str]]:
    """Return what is read of single mentions ("required", "preferred" or "none") beside their labels, for one half."""
    postings = _read_records(ARCHIVE)
    pairs = []
    for row in _read_rows(DATA / "skill_wishes.jsonl"):
        if row["half"] == half:
            record = postings[row["source"], row["external_id"]]
            weighed = weigh_mentions(_plain(record), employer=record["company"] or "")
            found = {mention.start: wish.value for mention, wish in weighed if mention.skill == row["skill"]}
            pairs.append((found.get(row["start"], "not found"), row["wish"]))
    return pairs


def tally(pairs: Iterable[tuple[SkillsRead, Judged]]) -> Tally:
    """Count over labeled postings; a skill found that nobody judged counts as wrong."""
    found = right = labels = recalled = right_wishes = liked = right_liked = 0
    for read, judged in pairs:
        names = {*read.required, *read.preferred}
        found += len(names)
        right += len(names & (judged.labels | judged.added))
        if not judged.is_blind:
            continue
        both = names & judged.labels
        labels += len(judged.labels)
        recalled += len(both)
        right_wishes += len(both & judged.required & {*read.required})
        told = len(both & judged.preferred & {*read.preferred})
        right_wishes += told
        liked += len(both & judged.preferred)
        right_liked += told
    return Tally(found, right, labels, recalled, right_wishes, liked, right_liked)


def _judge_archive(half: str) -> Iterator[Figure]:
    pairs = read_labels(half)
    counts = tally(pairs)
    data = f"archive, {len(pairs)} whole postings"
    rows: list[tuple[int, str, float, float | None]] = [
        (counts.found, "precision of skills found", counts.precision, 0.9)
    ]
    if counts.labels:
        rows += [
            (counts.labels, "recall of labels written blindly", counts.recall, None),
            (counts.recalled, "required or preferred told rightly", counts.wish, None),
            (counts.liked, "preferred ones told to be so", counts.likes, None),
        ]
    for count, what, value, target in rows:
        yield Figure("skills", data, count, what, value, target, SEEN[half])


def _judge_shared(path: Path) -> Iterator[Figure]:
    rows = _read_rows(DATA / "skill_mentions_shared.jsonl")
    if not path.exists():
        yield _absent("shared postings")
        return
    wanted = {(row["source"], row["external_id"]) for row in rows}
    postings = _read_records(path, wanted)
    for half, seen in SEEN.items():
        found = right = count = 0
        for row in rows:
            posting = postings.get((row["source"], row["external_id"]))
            if row["half"] != half or posting is None:
                continue
            read = _read(posting)
            names = {*read.required, *read.preferred}
            count += 1
            found += len(names)
            right += len(names & {*row["right"]})
        if found:
            data = f"shared postings of technology, {count}"
            yield Figure("skills", data, found, "precision of skills found", right / found, None, seen)


def _time(data: str, postings: list[tuple[Posting, str]]) -> Iterator[Figure]:
    mean = sum(len(text) for _, text in postings) / len(postings)
    note = f"{data}, {mean:,.0f} characters each"
    rate = _rate(
        postings, lambda posting, text: read_skills(title=posting.title, text=text, employer=posting.company)
    )
    yield Figure("skills", note, len(postings), "postings a second of CPU time", rate, 700, "–")
    rate = _rate(postings, lambda posting, text: read_posting(posting, text=text))
    yield Figure("whole reading", note, len(postings), "postings a second of CPU time", rate, None, "–")


def _rate(postings: list[tuple[Posting, str]], read: Callable[[Posting, str], object]) -> float:
    """Return postings per second of CPU time: the median of the passes, after a few postings that warm the caches."""
    for posting, text in postings[:20]:
        read(posting, text)
    rates = []
    for _ in range(PASSES):
        began = time.process_time()
        for posting, text in postings:
            read(posting, text)
        rates.append(len(postings) / (time.process_time() - began))
    return statistics.median(rates)


def _absent(data: str) -> Figure:
    return Figure("skills", data, 0, "not measured: the data is not here", 0.0)


def _thin(postings: list[tuple[Posting, str]], size: int) -> list[tuple[Posting, str]]:
    return postings[:: max(1, len(postings) // size)]


@cache
def _read_texts(path: Path) -> list[tuple[Posting, str]]:
    """Return the postings of a file as ingest reads them, each with its plain text."""
    postings = [posting for _, posting in read_file(path) if isinstance(posting, Posting)]
    return [
        (each, clean_description(each.description, is_html=each.description_is_html).text)
        for each in postings
    ]


def _read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read_records(
    path: Path, wanted: set[tuple[str, str]] | None = None
) -> Mapping[tuple[str, str], dict[str, Any]]:
    """Return the records of a file of postings by source and identifier, all or those wanted."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = map(json.loads, file)
        keyed = (((record["source"], record["external_id"]), record) for record in records)
        return {key: record for key, record in keyed if wanted is None or key in wanted}


def _read(record: Mapping[str, Any], limit: int | None = None) -> SkillsRead:
    text = _plain(record)[:limit]
    return read_skills(title=record["title"], text=text, employer=record["company"] or "")


def _plain(record: Mapping[str, Any]) -> str:
    published = record["description"] or ""
    return clean_description(published, is_html="<" in published and ">" in published).text
