"""Places of the world by the names people write: cities, regions, countries, US areas and world areas."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

from personas.accents import LETTERS, strip_accents

DATA = Path(__file__).parent / "data"
EARTH_RADIUS_KM = 6371.0088  # mean radius R1, IUGG

# These countries' region codes stand alone often enough to be read without their country.
CODES_READ_ALONE = ("US", "CA", "AU")
# City-states: the bare name means the city.
CITY_STATES = {"SG": "Singapore", "HK": "Hong Kong", "MC": "Monaco"}
# Bare state codes that boards write for the city.
CITY_CODES = {"NY": "New York", "LA": "Los Angeles", "DC": "Washington"}
# Bare names that job boards write for another city than the largest of that name: nine in ten of the lines that add a
# state or a country to the name mean this one.
CITIES_OF_BOARDS = {
    "andover": ("US", "MA"),
    "malvern": ("US", "PA"),
    "newton": ("US", "MA"),
    "pasadena": ("US", "CA"),
    "san carlos": ("US", "CA"),
    "san mateo": ("US", "CA"),
    "santa clara": ("US", "CA"),
    "santa rosa": ("US", "CA"),
    "valencia": ("ES", "Valencia"),
    "victoria": ("CA", "British Columbia"),
}
# The bare name is a US state in job postings far more often than the other thing it names.
STATES_BEFORE_COUNTRIES = frozenset({"georgia"})
CITIES_BEFORE_STATES = frozenset({"new york"})
_WORDS = {"st": "saint", "ft": "fort", "mt": "mount", "ste": "sainte"}
_NOT_WORD = re.compile(r"[^\w/]+|_")
_PUNCTUATION = re.compile(r"['’‘`´]")


def fold(text: str) -> str:
    """Give the key of a name: lower case, no accents, no punctuation, single spaces, "St" written out."""
    lowered = strip_accents(text.casefold().translate(LETTERS))
    words = _NOT_WORD.sub(" ", _PUNCTUATION.sub("", lowered)).split()
    return " ".join(_WORDS.get(word, word) for word in words)


class PlaceDict(TypedDict):
    """The shape of a place in JSON; country is ISO 3166-1 alpha-2, coordinates are degrees or null."""

    city: str
    region: str
    country: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A city, region or country; country is ISO 3166-1 alpha-2, region a US state code or a name, "" when unknown."""

    city: str
    region: str
    country: str
    latitude: float | None = None
    longitude: float | None = None

    def label(self) -> str:
        """Give the place as people write it: "Austin, TX, United States"; "Germany"."""
        known = gazetteer()
        region = self.region if self.city else known.region_name(self.country, self.region)
        parts = [self.city, region, known.country_name(self.country)]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def as_dict(self) -> PlaceDict:
        """Give the shape that is stored on a job."""
        return PlaceDict(
            city=self.city,
            region=self.region,
            country=self.country,
            latitude=self.latitude,
            longitude=self.longitude,
        )

    @classmethod
    def from_dict(cls, value: Mapping[str, object]) -> Place:
        """Read the stored shape; raise ValueError naming the field that is missing or of a wrong type."""
        texts = {}
        for name in ("city", "region", "country"):
            text = value.get(name)
            if not isinstance(text, str):
                raise ValueError(f"A place needs {name} as text, not {text!r}.")  # noqa: TRY004  callers catch one error for bad data
            texts[name] = text
        return cls(
            **texts, latitude=_degrees(value, "latitude", 90), longitude=_degrees(value, "longitude", 180)
        )


def _degrees(value: Mapping[str, object], name: str, limit: int) -> float | None:
    number = value.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or not -limit <= number <= limit:
        raise ValueError(f"A place's {name} is a number from -{limit} to {limit} or null, not {number!r}.")
    return float(number)


def distance_km(a: Place, b: Place) -> float | None:
    """Give the great-circle distance in kilometres, or None where a place has no coordinates."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        return None
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


class Region(NamedTuple):
    """A first-level part of a country, by the name shown."""

    country: str
    name: str


class Country(NamedTuple):
    """A country: ISO codes, English name, continent code, ISO 4217 currency."""

    code: str
    alpha3: str
    name: str
    continent: str
    currency: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The loaded tables; every lookup takes text as written and never raises for an unknown name."""

    rows: Sequence[str]
    primary: Mapping[str, list[int]]
    aliases: Mapping[str, list[int]]
    countries: Mapping[str, Country]
    country_keys: Mapping[str, str]
    region_keys: Mapping[str, list[Region]]
    region_codes: Mapping[tuple[str, str], Region]
    state_names: Mapping[str, str]
    us_areas: Mapping[str, list[Place]]
    areas: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def country_name(self, code: str) -> str:
        """Give the English name of an ISO 3166-1 alpha-2 code, or the code itself when it is unknown."""
        country = self.countries.get(code)
        return country.name if country else code

    def region_name(self, country: str, region: str) -> str:
        """Give the name of a region in full ("California" for a US "CA"), the region itself elsewhere."""
        return self.state_names.get(region, region) if country == "US" else region

    def currency_of(self, country: str) -> str:
        """Give the ISO 4217 code used in a country, or "" when the country is unknown."""
        known = self.countries.get(country)
        return known.currency if known else ""

    def country(self, text: str) -> str:
        """Give the alpha-2 code of a country named by name, alias or capital-letter code, or ""."""
        stripped = text.strip(" .")
        if stripped.isupper() and len(stripped) == 2 and stripped in self.countries:
            return stripped
        return self.country_keys.get(fold(text), "")

    def area(self, text: str) -> frozenset[str]:
        """Give the countries of a world area ("EMEA", "Europe", "LATAM"), empty when the text names none."""
        return self.areas.get(fold(text), frozenset())

    def regions(self, text: str, country: str = "") -> tuple[Region, ...]:
        """Give the regions a name or code may mean, likeliest first, within a country when one is given."""
        found: list[Region] = []
        code = text.strip(" .").replace(".", "")
        if code.isupper() and len(code) <= 3:
            places = (country,) if country else CODES_READ_ALONE
            found += [
                self.region_codes[place, code] for place in places if (place, code) in self.region_codes
            ]
        for region in self.region_keys.get(fold(text), []):
            if region not in found and (not country or region.country == country):
                found.append(region)
        return tuple(found)

    def cities(self, text: str, country: str = "", region: str = "") -> tuple[Place, ...]:
        """Give the cities of that name, exact names before other-language ones, most people first."""
        key = fold(text)
        found: list[Place] = []
        for number in (*self.primary.get(key, ()), *self.aliases.get(key, ())):
            place = _place(self.rows[number])
            if (not country or place.country == country) and (not region or place.region == region):
                found.append(place)
        return tuple(found)

    def us_area(self, text: str, state: str = "") -> Place | None:
        """Give the US county or metropolitan area of that name, None when unknown or in another state."""
        key = fold(text)
        found = self.us_areas.get(key) or self._around(key)
        fitting = [place for place in found if not state or place.region == state]
        return fitting[0] if len(fitting) == 1 or (fitting and state) else None

    def _around(self, key: str) -> list[Place]:
        """Read "Greater Boston", "Seattle Metro", "Denver Metropolitan Area" as the city they surround."""
        core = re.sub(r"^(?:greater|metro) | (?:metropolitan area|metro area|metro|area|region)$", "", key)
        if core == key:
            return []
        numbers = self.primary.get(core) or self.aliases.get(core) or ()
        return [_place(self.rows[number]) for number in numbers][:1] or list(self.us_areas.get(core, []))

    def suggest(self, prefix: str, limit: int) -> tuple[Place, ...]:
        """Give up to limit places whose name begins with the prefix: countries, regions, then cities by people."""
        key = fold(prefix)
        if not key or limit < 1:
            return ()
        found = dict.fromkeys(self._named_like(key))
        for numbers in (self.primary, self.aliases):
            hits = sorted({n for name, each in numbers.items() if name.startswith(key) for n in each})
            found.update(dict.fromkeys(_place(self.rows[n]) for n in hits[:limit]))
        return tuple(found)[:limit]

    def _named_like(self, key: str) -> Iterator[Place]:
        for country in self.countries.values():
            if fold(country.name).startswith(key):
                yield Place("", "", country.code)
        for name, regions in self.region_keys.items():
            if name.startswith(key):
                yield from (
                    Place("", region.name, region.country) for region in regions if region.country == "US"
                )

    def find(self, text: str) -> Place | None:
        """Read one place string ("Austin, TX"; "US, CA, Santa Clara"; "Germany"), None when it names no place."""
        parts = [part.strip() for part in re.split(r"[,;|]| [-–—] ", text) if part.strip()]
        return self.read_parts(parts) if parts else None

    def read_parts(self, parts: Sequence[str]) -> Place | None:
        """Read parts that together name one place, small to large or large to small; None when they do not."""
        if len(parts) == 1:
            return self._single(parts[0])
        code_last = (
            len(parts) == 3 and len(parts[2]) == 2 and bool(self.regions(parts[2], self.country(parts[0])))
        )
        turned = [*parts[1:], parts[0]] if code_last else parts[::-1]
        return self._forward(parts) or self._forward(turned)

    def _single(self, text: str) -> Place | None:
        key = fold(text)
        if text.strip(" .") in CITY_CODES:
            return self.cities(CITY_CODES[text.strip(" .")], "US")[0]
        country, regions = self.country(text), self.regions(text)
        if key in STATES_BEFORE_COUNTRIES or (_is_state(key, regions) and not country):
            return self._region_place(regions[0])
        is_code = len(key) == 2 and text.strip(" .").isupper()
        if is_code and regions and country not in {"US", "GB"}:
            return self._region_place(regions[0])
        if country:
            return self._country_place(country)
        cities, area = self.cities(text, *CITIES_OF_BOARDS.get(key, ())), self.us_area(text)
        if regions and (is_code or not cities or not _is_city_before(cities[0], regions[0], key)):
            return self._region_place(regions[0])
        return _bare(cities, area)

    def _region_place(self, region: Region) -> Place:
        if region == Region("US", "DC"):
            return self.cities("washington", "US", "DC")[0]
        return Place("", region.name, region.country)

    def _country_place(self, country: str) -> Place:
        if country in CITY_STATES:
            return self.cities(CITY_STATES[country], country=country)[0]
        return Place("", "", country)

    def _forward(self, parts: Sequence[str]) -> Place | None:
        """Read (city, region, country), (city, region), (city, country) or (region, country)."""
        *small, last = parts
        if len(small) == 1:
            return self._in_region(small[0], last) or self._in_country(small[0], last)
        country = self.country(last)
        if not country or len(small) > 3:
            return None
        city, region = small[0], small[-1]
        regions = self.regions(region, country)
        if regions:
            return self._city_in(city, regions[0])
        cities = self.cities(city, country) if len(small) == 2 else ()
        return cities[0] if cities else None

    def _in_country(self, text: str, last: str) -> Place | None:
        country = self.country(last)
        if not country:
            return None
        regions, cities = self.regions(text, country), self.cities(text, country)
        if cities and (not regions or not text.strip().isupper() or len(text.strip()) > 3):
            wide = (
                regions
                and not _is_city_before(cities[0], regions[0], fold(text))
                and not _named_after(cities[0], regions[0])
            )
            return self._region_place(regions[0]) if wide or _is_state(fold(text), regions) else cities[0]
        if regions:
            return self._region_place(regions[0])
        return self.us_area(text) if country == "US" else None

    def _in_region(self, text: str, last: str) -> Place | None:
        for region in self.regions(last):
            place = self._known_city_in(text, region)
            if place:
                return place
        return None

    def _known_city_in(self, text: str, region: Region) -> Place | None:
        cities = self.cities(text, region.country, region.name)
        if cities:
            return cities[0]
        return self.us_area(text, region.name) if region.country == "US" else None

    def _city_in(self, city: str, region: Region) -> Place | None:
        """Read a city in a known region, allowing a region that GeoNames draws differently."""
        known = self._known_city_in(city, region)
        if known:
            return known
        unplaced = [place for place in self.cities(city, region.country) if not place.region]
        if unplaced:
            first = unplaced[0]
            return Place(first.city, region.name, first.country, first.latitude, first.longitude)
        if fold(city) == fold(region.name):
            return self._region_place(region)
        return None


def _bare(cities: Sequence[Place], area: Place | None) -> Place | None:
    return cities[0] if cities else area


def _named_after(place: Place, region: Region) -> bool:
    return fold(place.city).startswith(fold(region.name))


def _is_city_before(city: Place, region: Region, key: str) -> bool:
    """Tell whether a name of both means the city: its own name, or another of a region around that city alone."""
    around = city.country == region.country and (
        fold(city.city) == fold(region.name) or city.region != region.name
    )
    return _exact(city, key) or around


def _exact(place: Place, key: str) -> bool:
    return fold(place.city) == key


def _is_state(key: str, regions: Sequence[Region]) -> bool:
    """Tell whether a bare name is read as the state or province rather than as a city of the same name."""
    alone = len(key) > 3 and key not in CITIES_BEFORE_STATES
    return alone and any(region.country in CODES_READ_ALONE[:2] for region in regions[:1])


def _place(row: str) -> Place:
    _, name, country, region, latitude, longitude = row.split("\t")
    return Place(name, region, country, float(latitude), float(longitude))


@cache
def gazetteer() -> Gazetteer:
    """Load the packaged tables once (about a quarter of a second)."""
    rows = _lines("places_cities.tsv.gz")
    primary: dict[str, list[int]] = {}
    aliases: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        first, *others = row[: row.index("\t")].split("|")
        primary.setdefault(first, []).append(number)
        for key in others:
            aliases.setdefault(key, []).append(number)
    for kind, country, name, written in _load_aliases():
        if kind == "city":
            named = [number for number in primary[fold(name)] if _place(rows[number]).country == country]
            aliases.update(dict.fromkeys(written.split("|"), named))
    countries, country_keys = _load_countries()
    region_keys, region_codes, state_names = _load_regions()
    return Gazetteer(
        rows=rows,
        primary=primary,
        aliases=aliases,
        countries=countries,
        country_keys=country_keys,
        region_keys=region_keys,
        region_codes=region_codes,
        state_names=state_names,
        us_areas=_load_us_areas(rows, primary),
        areas=_load_areas(countries.values()),
    )


def _lines(name: str) -> list[str]:
    content = (DATA / name).read_bytes()
    text = gzip.decompress(content).decode() if name.endswith(".gz") else content.decode()
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _load_aliases() -> list[list[str]]:
    return [line.split("\t") for line in _lines("places_aliases.tsv")]


def _load_countries() -> tuple[dict[str, Country], dict[str, str]]:
    countries, keys = {}, {}
    for line in _lines("places_countries.tsv"):
        code, alpha3, name, continent, currency, names = line.split("\t")
        countries[code] = Country(code, alpha3, name, continent, currency)
        keys.update(dict.fromkeys((*names.split("|"), alpha3.lower()), code))
    for kind, code, _, names in _load_aliases():
        if kind == "country":
            keys.update(dict.fromkeys(names.split("|"), code))
    return countries, keys


def _load_regions() -> tuple[dict[str, list[Region]], dict[tuple[str, str], Region], dict[str, str]]:
    keys: dict[str, list[Region]] = {}
    codes: dict[tuple[str, str], Region] = {}
    states: dict[str, str] = {}
    for line in _lines("places_subdivisions.tsv.gz"):
        country, code, name, names, full = line.split("\t")
        region = Region(country, name)
        codes[country, code] = region
        if country == "US":
            states[code] = full
        for key in names.split("|"):
            keys.setdefault(key, []).append(region)
    for kind, country, name, written in _load_aliases():
        if kind == "region":
            for key in written.split("|"):
                keys.setdefault(key, []).append(Region(country, name))
    return keys, codes, states


def _load_us_areas(rows: Sequence[str], primary: Mapping[str, list[int]]) -> dict[str, list[Place]]:
    areas: dict[str, list[Place]] = {}
    for line in _lines("places_us_areas.tsv.gz"):
        key, name, state, latitude, longitude = line.split("\t")
        spot = (float(latitude), float(longitude)) if latitude else (None, None)
        areas.setdefault(key, []).append(Place(name, state, "US", *spot))
    for line in _lines("places_metros.tsv"):
        key, name, state, city = line.split("\t")
        near = [_place(rows[n]) for n in primary[fold(city)]]
        heart = next((p for p in near if p.country == "US" and p.region == state), near[0])
        areas[fold(key)] = [Place(name, state, "US", heart.latitude, heart.longitude)]
    return areas


def _load_areas(countries: Iterable[Country]) -> dict[str, frozenset[str]]:
    continents: dict[str, set[str]] = {}
    for country in countries:
        continents.setdefault(country.continent, set()).add(country.code)
    areas: dict[str, frozenset[str]] = {}
    for line in _lines("places_areas.tsv"):
        name, members = line.split("\t")
        codes: set[str] = set()
        for member in re.findall(r"@[a-z ]+[a-z]|\S+", members):
            if member.startswith("@"):
                codes |= areas[member[1:]]
            elif member.startswith("*"):
                codes |= continents[member[1:]]
            else:
                codes.add(member)
        areas[name] = frozenset(codes)
    return areas
