"""Places of the world: single place strings, names, areas, distances and the stored shape."""

from __future__ import annotations

import pytest

from personas.gazetteer import Place, distance_km, fold, gazetteer


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Austin, TX", "Austin, TX, United States"),
        ("US, TX, Austin", "Austin, TX, United States"),
        ("Germany", "Germany"),
        ("Deutschland", "Germany"),
        ("California", "California, United States"),
        ("NYC", "New York, NY, United States"),
        ("Bangalore, India", "Bengaluru, Karnataka, India"),
        ("München, BY, Germany", "Munich, Bavaria, Germany"),
        ("Berlin, DE", "Berlin, Germany"),
        ("Toronto, ON", "Toronto, Ontario, Canada"),
        ("Perth, WA", "Perth, Western Australia, Australia"),
        ("Washington, D.C.", "Washington, DC, United States"),
        ("Washington", "Washington, United States"),
        ("Georgia", "Georgia, United States"),
        ("St. Louis, MO", "St. Louis, MO, United States"),
        ("Singapore", "Singapore"),
        ("Los Angeles County, CA", "Los Angeles County, CA, United States"),
        ("Bay Area", "San Francisco Bay Area, CA, United States"),
        ("Greater Boston", "Boston, MA, United States"),
        ("Czech Republic", "Czechia"),
        ("Scotland", "Scotland, United Kingdom"),
    ],
)
def test_place_is_found_and_labelled(text: str, label: str) -> None:
    place = gazetteer().find(text)

    assert place is not None
    assert place.label() == label


@pytest.mark.parametrize("text", ["", "  ", ",", "Remote", "Qwertzuiop", "12345"])
def test_no_place_is_none(text: str) -> None:
    assert gazetteer().find(text) is None


def test_states_and_cities_of_one_name_are_told_apart() -> None:
    known = gazetteer()

    assert known.find("Indianapolis, IN") == known.find("IN - Indianapolis")
    assert known.find("Portland, OR") != known.find("Portland, ME")


def test_distance_of_new_york_and_london() -> None:
    new_york, london = gazetteer().find("New York"), gazetteer().find("London")

    assert new_york is not None
    assert london is not None
    assert distance_km(new_york, london) == pytest.approx(5570, abs=10)
    assert distance_km(new_york, new_york) == 0


def test_distance_to_a_country_is_unknown() -> None:
    assert distance_km(Place("", "", "DE"), Place("Berlin", "", "DE", 52.5, 13.4)) is None


def test_suggestions_begin_with_the_prefix_and_keep_the_limit() -> None:
    found = gazetteer().suggest("San F", 3)

    assert found[0].label() == "San Francisco, CA, United States"
    assert len(found) == 3
    assert gazetteer().suggest("", 5) == ()
    assert gazetteer().suggest("Ger", 1)[0] == Place("", "", "DE")
    assert Place("", "CA", "US") in gazetteer().suggest("calif", 5)


@pytest.mark.parametrize(
    ("area", "inside", "outside"),
    [
        ("EU", "DE", "GB"),
        ("EMEA", "ZA", "US"),
        ("Europe", "GB", "US"),
        ("Americas", "BR", "ES"),
        ("LATAM", "MX", "US"),
        ("APAC", "JP", "DE"),
        ("DACH", "CH", "IT"),
    ],
)
def test_world_areas_are_sets_of_countries(area: str, inside: str, outside: str) -> None:
    countries = gazetteer().area(area)

    assert inside in countries
    assert outside not in countries


def test_area_of_a_city_is_empty() -> None:
    assert gazetteer().area("Berlin") == frozenset()


def test_stored_shape_survives_the_round() -> None:
    place = Place("Austin", "TX", "US", 30.2672, -97.7431)

    assert Place.from_dict(place.as_dict()) == place
    assert Place.from_dict(Place("", "", "DE").as_dict()) == Place("", "", "DE")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"region": "", "country": "DE"}, "city"),
        ({"city": 3, "region": "", "country": "DE"}, "city"),
        ({"city": "", "region": "", "country": "DE", "latitude": "52"}, "latitude"),
        ({"city": "", "region": "", "country": "DE", "longitude": 181}, "longitude"),
        ({"city": "", "region": "", "country": "DE", "latitude": True}, "latitude"),
    ],
)
def test_broken_shape_names_the_field(value: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Place.from_dict(value)


def test_names_and_currencies_of_countries() -> None:
    known = gazetteer()

    assert known.country_name("FR") == "France"
    assert known.country_name("XX") == "XX"
    assert known.currency_of("GB") == "GBP"
    assert known.currency_of("") == ""


def test_fold_drops_case_accents_and_points() -> None:
    assert fold(" São-Paulo ") == "sao paulo"
    assert fold("St. John's") == "saint johns"
    assert fold("Łódź") == "lodz"
