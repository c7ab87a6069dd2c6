"""Build the packaged gazetteer from GeoNames extracts and the Census delineation of metropolitan areas."""

from __future__ import annotations

import csv
import gzip
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pycountry
from django.core.management.base import BaseCommand, CommandError

from personas.gazetteer import DATA, fold

SOURCES = {
    "cities": "geonames_cities15000.jsonl.gz",
    "countries": "geonames_countries.json",
    "states": "geonames_us_states.json",
    "counties": "geonames_us_counties.json",
    "metros": "us_cbsa_county_crosswalk.csv",
}
# Below this many people other-language names add more false friends than finds.
ALIAS_POPULATION = 60_000
NAMES_SHOWN = {("US", "New York City"): "New York", ("DE", "Köln"): "Cologne"}
# GeoNames keeps codes and nicknames among the alternate names; these few are what boards write.
EXTRA_ALIASES = {
    ("US", "New York City"): ["nyc", "new york city", "ny city", "new york metro"],
    ("US", "San Francisco"): ["sf", "san fran", "san fransisco"],
    ("US", "Los Angeles"): ["la", "l a"],
    ("US", "Washington"): ["washington dc", "dc", "washington d c"],
    ("US", "Philadelphia"): ["philly"],
    ("US", "Salt Lake City"): ["slc"],
    ("US", "Las Vegas"): ["vegas"],
    ("US", "Saint Louis"): ["st louis"],
    ("MX", "Mexico City"): ["cdmx"],
    ("CO", "Bogotá"): ["bogota dc"],
    ("VN", "Ho Chi Minh City"): ["ho chi minh", "hcmc", "saigon", "thanh pho ho chi minh"],
    ("IN", "Gurugram"): ["gurgaon"],
    ("IN", "Bengaluru"): ["bangalore", "blr"],
    ("IL", "Tel Aviv"): ["tel aviv yafo", "tel aviv jaffa", "tlv"],
    ("TW", "Taipei"): ["taipei city"],
    ("AE", "Abu Dhabi"): ["abu dhabi city"],
}


class Command(BaseCommand):
    """Write personas/data/places_cities, places_countries, places_subdivisions and places_us_areas."""

    help = "Rebuild the packaged gazetteer from a folder of GeoNames extracts (development only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder that holds the source files."""
        parser.add_argument("folder", type=Path, help=f"folder with {', '.join(SOURCES.values())}")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Read the sources, write the four files, print their row counts; raise when a source is missing."""
        missing = [name for name in SOURCES.values() if not (folder / name).is_file()]
        if missing:
            raise CommandError(f"{folder} lacks {', '.join(missing)}; put the files there and run again.")
        regions = read_admin1()
        cities = list(city_rows(folder / SOURCES["cities"], regions))
        countries = list(country_rows(folder / SOURCES["countries"]))
        subdivisions = list(subdivision_rows(folder / SOURCES["states"]))
        spots = {(row[3], fold(row[1])): (row[4], row[5]) for row in reversed(cities) if row[2] == "US"}
        areas = list(us_area_rows(folder / SOURCES["metros"], folder / SOURCES["counties"], spots))
        for name, rows in (
            ("places_cities.tsv.gz", cities),
            ("places_countries.tsv", countries),
            ("places_subdivisions.tsv.gz", subdivisions),
            ("places_us_areas.tsv.gz", areas),
        ):
            write_rows(DATA / name, rows)
            self.stdout.write(f"{name}: {len(rows)} rows")


def write_rows(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write tab-separated rows, gzip-compressed without a time stamp when the name ends in .gz."""
    content = "".join("\t".join(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content)


def read_admin1() -> dict[tuple[str, str], str]:
    """Give the region name for (country, GeoNames admin1 code) from the hand-made table."""
    table = {}
    for line in (DATA / "places_admin1.tsv").read_text().splitlines():
        if not line.startswith("#"):
            country, admin1, _, name = line.split("\t")
            table[country, admin1] = name
    return table


def city_rows(path: Path, regions: dict[tuple[str, str], str]) -> Iterator[tuple[str, ...]]:
    """Yield (keys, name, country, region, latitude, longitude), most people first; the first key is the name's."""
    with gzip.open(path, "rt") as file:
        cities = [json.loads(line) for line in file]
    cities.sort(key=lambda city: (-city["population"], city["geonameid"]))
    for city in cities:
        country, original = city["country"], city["name"]
        name = NAMES_SHOWN.get((country, original), original)
        region = city["admin1"] if country == "US" else regions.get((country, city["admin1"]), "")
        keys = (
            [fold(name), *EXTRA_ALIASES.get((country, original), [])] if city["population"] else [fold(name)]
        )
        if city["population"] >= ALIAS_POPULATION:
            keys += sorted(city_aliases(city["alt"]))
        yield (
            "|".join(dict.fromkeys(key for key in keys if key)),
            name,
            country,
            region,
            f"{city['lat']:.4f}",
            f"{city['lon']:.4f}",
        )


def city_aliases(names: Iterable[str]) -> set[str]:
    """Keep the alternate names that people write: capitalised Latin words of five letters or more."""
    return {
        fold(name)
        for name in names
        if re.match(r"[A-ZÀ-ÖØ-Þ]", name) and len(name) >= 5 and not name.isupper() and len(name.split()) <= 4
    }


def country_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield (alpha-2, alpha-3, name, continent, currency, keys)."""
    for code, country in sorted(json.loads(path.read_text()).items()):
        known = pycountry.countries.get(alpha_2=code)
        if known is None:
            continue
        common = getattr(known, "common_name", "")
        official = getattr(known, "official_name", "")
        name = country["name"]
        keys = dict.fromkeys(fold(each) for each in (name, known.name, common, official) if each)
        yield code, known.alpha_3, name, country["continentcode"], country["currencycode"], "|".join(keys)


def subdivision_rows(states: Path) -> Iterator[tuple[str, ...]]:
    """Yield (country, code, name shown, keys, full name) for US states, the hand-made regions and ISO 3166-2."""
    for code, state in sorted(json.loads(states.read_text()).items()):
        yield "US", code, code, fold(state["name"]), state["name"]
    shown: dict[tuple[str, str], str] = {}
    for line in (DATA / "places_admin1.tsv").read_text().splitlines():
        if not line.startswith("#"):
            country, _, code, name = line.split("\t")
            shown[country, code] = name
    local = {(each.country_code, each.code.split("-", 1)[1]): each for each in pycountry.subdivisions}
    for (country, code), name in shown.items():
        keys = [fold(name)] + ([fold(local[country, code].name)] if (country, code) in local else [])
        yield country, code, name, "|".join(dict.fromkeys(keys)), name
    by_name = {(country, fold(name)) for (country, _), name in shown.items()}
    for (country, code), each in sorted(local.items()):
        name = re.sub(r"\s*[\[(].*", "", each.name)
        if country == "US" or (country, code) in shown or (country, fold(name)) in by_name:
            continue
        yield country, code, name, fold(name), name


def us_area_rows(
    metros: Path, counties: Path, spots: dict[tuple[str, str], tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    """Yield (key, name shown, state, latitude, longitude) for metropolitan areas and counties."""
    centres: dict[str, tuple[str, str]] = {}
    titles: dict[str, tuple[str, ...]] = {}
    with metros.open(newline="") as file:
        for row in csv.DictReader(file):
            title, _, states = row["cbsatitle"].rpartition(", ")
            state, city = states.split("-")[0], re.split(r"[-–/]", title)[0]
            spot = spots.get((state, fold(city))) or spots.get((state, fold(title)))
            if spot:
                centres[row["fipsstatecode"] + row["fipscountycode"]] = spot
                titles.setdefault(fold(title), (fold(title), title.replace("--", "–"), state, *spot))
    yield from (row for key, row in sorted(titles.items()) if len(key.split()) > 1)
    for county in json.loads(counties.read_text()):
        spot = centres.get(county["fips"], ("", ""))
        yield fold(county["name"]), county["name"], county["state"], *spot
