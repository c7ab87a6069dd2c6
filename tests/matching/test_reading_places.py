"""Places out of location lines: the labelled strings of real boards, and the lines that are easy to misread."""

from __future__ import annotations

import csv

import pytest

from bench.quality.places import LABELS, is_right
from matching.reading.places import read_places


def shares() -> dict[str, float]:
    """The share of right readings, weighted by how often boards write the line, for each part of the labels."""
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    with LABELS.open(newline="") as file:
        for row in csv.DictReader(file):
            part, count = row["part"], int(row["count"])
            total[part] = total.get(part, 0) + count
            right[part] = right.get(part, 0) + count * is_right(row)
    return {part: right[part] / total[part] for part in total}


@pytest.mark.parametrize(
    ("part", "least"), [("tune", 0.97), ("rest", 0.97), ("tail", 0.93), ("blind", 0.97), ("blind tail", 0.97)]
)
def test_places_of_real_lines_are_right(part: str, least: float) -> None:
    assert shares()[part] >= least


@pytest.mark.parametrize(
    ("location", "cities", "remote"),
    [
        ("NYC / London or Remote", ["New York", "London"], ()),
        ("San Francisco, CA (HQ)", ["San Francisco"], ()),
        ("NYC", ["New York"], ()),
        ("Hybrid - London", ["London"], ()),
        ("3 days in office, London", ["London"], ()),
        ("Chicago, Denver, Remote - Texas", ["Chicago", "Denver", ""], ("US",)),
        ("Remote - US/Canada", ["", ""], ("CA", "US")),
        ("Remote (US)", [""], ("US",)),
        ("CA Remote (BC & ON only)", ["", ""], ("CA",)),
        ("Greater Seattle Area", ["Seattle"], ()),
        ("DFW", ["Dallas–Fort Worth"], ()),
        ("Austin, TX, New York, NY", ["Austin", "New York"], ()),
        ("Boston, New York", ["Boston", "New York"], ()),
        ("Glasgow, Montana", ["Glasgow"], ()),
        ("US, CA, Santa Clara", ["Santa Clara"], ()),
        ("USA.VA.Reston", ["Reston"], ()),
        ("IN - Indianapolis", ["Indianapolis"], ()),
        ("EMEA - Poland - Kraków - Lubomirskiego", ["Kraków"], ()),
        ("Dallas/Ft. Worth, TX", ["Dallas–Fort Worth"], ()),
        ("Cardiff, London or Remote (UK)", ["Cardiff", "London"], ("GB",)),
        ("Weave - Headquarters (Lehi, UT)", ["Lehi"], ()),
        ("Germany (Munich - Hybrid)", ["Munich"], ()),
        ("Leeds, York, Cardiff, United Kingdom", ["Leeds", "York", "Cardiff"], ()),
        ("San Francisco-Hybrid", ["San Francisco"], ()),
        ("1000 Nicollet Mall, Minneapolis,MN 55403-2542", ["Minneapolis"], ()),
    ],
)
def test_several_ways_of_writing(location: str, cities: list[str], remote: tuple[str, ...]) -> None:
    read = read_places(location)

    assert [place.city for place in read.places] == cities
    assert read.remote_countries == remote


def test_new_york_is_not_newark() -> None:
    new_york, newark = read_places("New York").places[0], read_places("Newark").places[0]

    assert (new_york.city, new_york.region) == ("New York", "NY")
    assert (newark.city, newark.region) == ("Newark", "NJ")


def test_remote_in_the_union_names_its_countries() -> None:
    read = read_places("Remote - EU")

    assert len(read.remote_countries) == 27
    assert "GB" not in read.remote_countries
    assert read.places == ()


def test_remote_without_a_country_names_none() -> None:
    read = read_places("Remote")

    assert (read.places, read.remote_countries, read.unread, read.anywhere) == ((), (), (), False)


def test_worldwide_is_anywhere() -> None:
    assert read_places("Remote (Worldwide)").anywhere


@pytest.mark.parametrize(
    "location",
    ["", "Multiple Locations", "3 Locations", "N/A", "Hybrid", "In-Office", "& 13 other countries"],
)
def test_lines_that_name_no_place(location: str) -> None:
    read = read_places(location)

    assert (read.places, read.unread) == ((), ())


def test_unknown_words_are_listed() -> None:
    assert read_places("Neo Gulf Square").unread == ("Neo Gulf Square",)


def test_town_the_gazetteer_lacks_keeps_its_state() -> None:
    place = read_places("Heath, OH").places[0]

    assert (place.city, place.region, place.country, place.latitude) == ("Heath", "OH", "US", None)


@pytest.mark.parametrize(
    ("location", "city", "region", "country"),
    [
        ("Santa Clara", "Santa Clara", "CA", "US"),
        ("San Mateo", "San Mateo", "CA", "US"),
        ("Salem OR", "Salem", "OR", "US"),
        ("Roma", "Rome", "Lazio", "IT"),
        ("Wien", "Vienna", "Vienna", "AT"),
        ("Lisboa", "Lisbon", "Lisbon", "PT"),
        ("Bogotá, D.C.", "Bogotá", "Bogotá", "CO"),
        ("Penang", "", "Penang", "MY"),
        ("London, ON", "London", "Ontario", "CA"),
        ("Paris, TX", "Paris", "TX", "US"),
        ("Hamburg, DE", "Hamburg", "Hamburg", "DE"),
        ("TX", "", "TX", "US"),
        ("Location Negotiable After Selection, United States", "", "", "US"),
    ],
)
def test_names_that_several_places_share(location: str, city: str, region: str, country: str) -> None:
    places = read_places(location).places

    assert [(place.city, place.region, place.country) for place in places] == [(city, region, country)]


@pytest.mark.parametrize(
    "location", ["Remote (EST)", "Remote - EST timezone", "Remote, UTC+1", "Remote (CET)"]
)
def test_hours_of_work_are_no_countries(location: str) -> None:
    read = read_places(location)

    assert (read.places, read.remote_countries) == ((), ())


@pytest.mark.parametrize(
    "location", ["Anywhere", "Work from anywhere", "Remote, Anywhere", "Remote - Global"]
)
def test_anywhere_is_anywhere(location: str) -> None:
    assert read_places(location).anywhere
