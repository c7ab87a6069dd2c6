"""Places: what `read_places` makes of location lines as boards write them, against labels by hand.

The lines are facts gathered from thousands of boards, with how often each occurs, and ship with the labels. Right: the same
places in the same order (city, region, country), the same countries for remote work, the same "anywhere". Where a
label has `*` for a region, only city and country are compared (a region beside a world city is a matter of taste);
`~` stands between readings that are both right (a suburb the gazetteer lacks, or the city it belongs to).

Half of the first 300 lines were looked at while the reader was made ("tune"), the other half and 150 rare ones only as a
share. The blind parts, 250 of the 1,000 most frequent lines and 120 rare ones, were drawn and labeled before the
reader's answers to them were looked at; the share at that first look stands beside the share today.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.quality.figure import Figure
from matching.reading.places import PlacesRead, read_places
from personas.gazetteer import Place, fold

LABELS = Path(__file__).parents[2] / "tests" / "matching" / "data" / "places_labels.csv"
# What each part of the labels is, how far it was looked at, and the least share that must be right.
PARTS = {
    "tune": ("frequent location lines", "tuned", 0.97),
    "rest": ("other frequent location lines", "share only", 0.97),
    "tail": ("rare location lines", "share only", 0.93),
    "blind": ("250 of the 1,000 most frequent lines, drawn blind", "unseen at first: 0.992", 0.97),
    "blind tail": ("rare lines, drawn blind", "unseen at first: 0.958", None),
}


def measure(shared: Path) -> Iterator[Figure]:
    """Measure every part of the labels, which ship, by lines and by how often each line occurs."""
    with LABELS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for part, (data, seen, target) in PARTS.items():
        counted = [(int(row["count"]), is_right(row)) for row in rows if row["part"] == part]
        by_line = sum(right for _, right in counted) / len(counted)
        by_count = sum(count * right for count, right in counted) / sum(count for count, _ in counted)
        yield Figure("places", data, len(counted), "right", by_line, target, seen)
        yield Figure("places", data, len(counted), "right, by how often they occur", by_count, target, seen)


def is_right(row: dict[str, str]) -> bool:
    """Tell whether a labeled line is read as its label says."""
    read = read_places(row["location"])
    places = any(_agree(label, read) for label in row["places"].split("~"))
    countries = read.remote_countries
    remote = " ".join(countries) if len(countries) < 5 else f"{len(countries)} countries"
    return places and remote == row["remote_countries"] and read.anywhere == bool(row["anywhere"])


def _agree(label: str, read: PlacesRead) -> bool:
    labels = [each.split("|") for each in label.split("; ") if each]
    return len(labels) == len(read.places) and all(map(_is_same, labels, read.places))


def _is_same(label: list[str], place: Place) -> bool:
    city, region, country = label
    return fold(city) == fold(place.city) and country == place.country and region in ("*", place.region)
