"""Places out of a posting's location line: several in one string, remote parts, world areas, noise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from personas.gazetteer import Gazetteer, Place, Region, fold, gazetteer


@dataclass(frozen=True, slots=True)
class PlacesRead:
    """What a location line says.

    places are the named ones in order; remote_countries are alpha-2 codes that a remote part or a world area
    ("Remote - US", "EMEA") allows, empty when none is named; anywhere tells that the line allows every country;
    unread are the parts that name no place we know.
    """

    places: tuple[Place, ...]
    remote_countries: tuple[str, ...]
    unread: tuple[str, ...]
    anywhere: bool = False


@dataclass(slots=True)
class _Found:
    """What is gathered while one line is read."""

    places: list[Place] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    anywhere: bool = False
    remote: bool = False


_REMOTE = re.compile(
    r"\b(?:fully |100% )?(?:remote(?:ly)?(?:[- ](?:friendly|first|only|ok|based|eligible|optional|possible))?"
    r"|virtual|work (?:from|at) hom[e]?|home[- ]?(?:based|office)|telework|telecommut\w*|distributed|wfh)\b",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    r"\b(?:(?:work from )?anywhere|worldwide|world wide|global(?:ly)?|international)\b", re.IGNORECASE
)
_NOISE = re.compile(
    r"\b(?:hybrid|on-?site|in[- ]office|in[- ]person|hq\d*|headquarters?|head office|offices?|locations?|multiple|various"
    r"|several|select(?:ed)?|all|any|only|or|and|in the|the|within|based|preferred|available|flexible|travel[- ]required"
    r"|travel required|field position|field|relocation|update|add|here|blank|n/?a|tbd|location|other|countries|us-perm"
    r"|federal|nationwide|negotiable|after selection|time ?zones?|undisclosed|not specified|unknown|open to|primary|secondary|site|area|metro|vicinity)\b\.?",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"^(?:&\s*)?\d+ (?:other )?(?:locations?|countries)$", re.IGNORECASE)
_OFFICE_DAYS = re.compile(
    r"\bin[- ]office\s+[mtwf](?:[,/ ]+[mtwfh]+)+\b|\b\d(?:\s?-\s?\d)? days?\b[^,;]*", re.IGNORECASE
)
# Hours of work, not countries: EST is no Estonia.
_CLOCK = re.compile(r"\b(?:[ECMP][SD]T|CES?T|GMT|UTC|BST)\b(?:\s?[+-]\s?\d+)?")
_CAPITAL_DISTRICT = re.compile(r"(?<=\bBogot[aá]),? D\.? ?C\.?", re.IGNORECASE)
_STRONG = re.compile(r"\s*(?:[;|•·\n]|\bl\b|\s/\s|/(?=\s?[A-Z])|\bor\b|\s&\s|\band\b|\+)\s*")
_PARENTHESES = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_DASH = re.compile(r"\s+[-–—]+\s+|\s*[–—]\s*|:\s+")
_ZIP = re.compile(r"\s+\d{5}(?:-\d{4})?$")
_AFTER_DIGITS = re.compile(r"^(?:.*\d\S*|in)\s+(\D+)$")
_SIDES = "northeast northwest southeast southwest midwest central mountain pacific east west north south eastern western"
_CALIFORNIA = Place("", "CA", "US")
_COMPASS = frozenset(
    f"{side}{kind}" for side in _SIDES.split() for kind in ("", " coast", " time", " region")
)
_DOTTED = re.compile(r"^([A-Z]{2,3})\.([A-Z]{2})\.(\w[\w ]*)$")
_STATE_TAIL = re.compile(r"^(?P<city>.*[a-z].*?) (?P<state>[A-Z]{2})$")
_REMOTE_PART = re.compile(r",\s*(?=remote\s+-)", re.IGNORECASE)
_JOINED = re.compile(r"(?<=\w)-(?=\w)")


@lru_cache(maxsize=4096)
def read_places(location: str) -> PlacesRead:
    """Read a location line as a board writes it ("NYC / London or Remote"; "Remote - EU"; "San Francisco, CA (HQ)")."""
    known, found = gazetteer(), _Found()
    line = re.sub(r"\s+", " ", location.replace("_", " ")).strip(" *-,;")
    line = _CAPITAL_DISTRICT.sub("", _CLOCK.sub(" ", line))
    inner = [part for part in _PARENTHESES.findall(line) if part.strip()]
    line = _PARENTHESES.sub(" ", line)
    if not line.strip():
        line, inner = " ".join(inner), []
    for segment in _segments(known, line):
        _read_segment(known, segment, found)
    if _REMOTE.match(line) and not any(place.city for place in found.places):
        found.countries += [place.country for place in found.places]  # "Remote - US/Canada"
    for part in inner:
        _read_inner(known, part, found)
    if found.remote and not found.countries and not any(place.city or place.region for place in found.places):
        found.countries += [place.country for place in found.places]
    return PlacesRead(
        places=tuple(dict.fromkeys(found.places)),
        remote_countries=tuple(sorted(set(found.countries))),
        unread=tuple(dict.fromkeys(found.unread)),
        anywhere=found.anywhere,
    )


def _segments(known: Gazetteer, line: str) -> list[str]:
    """Cut a line where one place surely ends, unless the whole is a known name ("Dallas/Fort Worth")."""
    if _is_noise(line):
        return []
    if known.us_area(line.split(",", 1)[0]) and "/" in line:
        return [line]
    return [part for part in _STRONG.split(line) if part.strip()]


def _read_inner(known: Gazetteer, part: str, found: _Found) -> None:
    """Read what stands in parentheses: a narrower place replaces the wider one, a second city is left out."""
    inside = _Found()
    for segment in _segments(known, part):
        _read_segment(known, segment, inside)
    found.anywhere = inside.anywhere or (found.anywhere and not inside.places and not inside.countries)
    if found.remote and inside.places:
        found.countries[:] = [place.country for place in (*found.places, *inside.places)]
    elif found.remote:
        found.countries += inside.countries
    elif inside.remote:
        found.countries += [place.country for place in (inside.places or found.places)]
    if not found.places:
        found.places += inside.places
        found.countries += inside.countries
        return
    last = found.places[-1]
    if last == _CALIFORNIA and {place.country for place in inside.places} == {"CA"}:
        last = found.places[-1] = Place("", "", "CA")  # "CA Remote (BC & ON only)"
        found.countries[:] = ["CA"] if found.remote else []
    narrower = [place for place in inside.places if _within(place, last)]
    if narrower:
        found.places[-1:] = narrower


def _within(place: Place, wider: Place) -> bool:
    if place == wider or wider.city or place.country != wider.country:
        return False
    return not wider.region or wider.region == place.region


def _read_segment(known: Gazetteer, segment: str, found: _Found) -> None:
    text = _OFFICE_DAYS.sub(" ", segment)
    remote = bool(_REMOTE.search(text))
    found.remote |= remote
    if _ANYWHERE.search(text):
        found.anywhere = True
        text = _ANYWHERE.sub(" ", text)
    parts = _REMOTE_PART.split(text)
    before = len(found.places)
    areas = len(found.countries)
    for part in parts:
        tokens = _tokens(known, _REMOTE.sub(" - ", part))
        if tokens:
            _read_tokens(known, tokens, found, remote=bool(_REMOTE.match(part.strip())))
    found.places[before:] = _narrowest(found.places[before:])
    if found.places[before:]:
        del found.countries[areas:]
    if remote:
        found.countries += [place.country for place in found.places[before:]]
    if found.countries or found.places[before:]:
        found.anywhere = False


def _narrowest(places: Sequence[Place]) -> list[Place]:
    """Leave out what a neighbour says more exactly: "ES - Barcelona, Spain" is Barcelona alone."""
    return [place for place in places if not any(_within(other, place) for other in places)]


def _tokens(known: Gazetteer, text: str) -> list[str]:
    """Give the parts between commas and dashes, without noise words, addresses' ZIP codes and empty parts."""
    tokens: list[str] = []
    dotted = _DOTTED.match(text.strip())
    parts = list(dotted.groups()) if dotted else re.split(r",", text)
    for part in parts:
        for piece in _dashed(known, part.strip()):
            cleaned = _clean(known, piece)
            if cleaned:
                tokens += _unglued(known, cleaned)
    return tokens


def _dashed(known: Gazetteer, part: str) -> list[str]:
    pieces = [piece for piece in _DASH.split(part) if piece.strip(" -") and not _is_noise(piece)]
    cut: list[str] = []
    for piece in pieces:
        joined = _JOINED.split(piece.strip())
        whole = piece.strip(" -")
        if (
            len(joined) > 1
            and not _is_place(known, whole)
            and (_is_wide(known, joined[0]) or _is_noise(joined[-1]))
        ):
            cut += joined
        else:
            cut.append(whole)
    return cut


def _is_noise(text: str) -> bool:
    return not _NOISE.sub("", text).strip(" -.")


def _is_wide(known: Gazetteer, text: str) -> bool:
    return bool(known.country(text) or known.regions(text) or known.area(text))


def _is_wide_alone(known: Gazetteer, text: str) -> bool:
    stands = any(region.country in {"US", "CA"} for region in known.regions(text))
    return bool(known.country(text) or known.area(text) or stands)


def _is_place(known: Gazetteer, text: str) -> bool:
    return bool(known.cities(text) or known.country(text) or known.regions(text) or known.area(text))


def _clean(known: Gazetteer, piece: str) -> str:
    text = _ZIP.sub(
        "", piece.strip(" -.*:\"'") if not re.search(r"\b[A-Z]\.[A-Z]\.?$", piece) else piece.strip()
    )
    if _COUNTED.match(text) or fold(text) in _COMPASS:
        return ""
    if _is_place(known, text) or known.us_area(text):
        return text
    tail = _STATE_TAIL.match(text)
    if tail and not _NOISE.search(tail["city"]) and known.regions(tail["state"], "US"):
        return text
    named = _AFTER_DIGITS.match(text)
    if named and _is_place(known, named[1]):
        return named[1]
    return re.sub(r"\s+", " ", _NOISE.sub(" ", text)).strip(" -.*:&")


def _unglued(known: Gazetteer, text: str) -> list[str]:
    """Split "New York NY" and "CA United States" where the comma is missing."""
    if _is_place(known, text) or text[:1].isdigit():
        return [text]
    words = text.split()
    for size in (3, 2, 1):
        head, tail = " ".join(words[:-size]), " ".join(words[-size:])
        if head and known.country(tail) and len(tail) > 2 and _is_place(known, head):
            return [head, tail]
    glued = _STATE_TAIL.match(text)
    if glued and known.regions(glued["state"], "US"):
        return [glued["city"], glued["state"]]
    return [text]


def _read_tokens(known: Gazetteer, tokens: Sequence[str], found: _Found, *, remote: bool) -> None:
    """Group neighbouring parts into places, longest group that fits first."""
    if _read_shared_country(known, tokens, found):
        return
    start = 0
    while start < len(tokens):
        for end in range(min(len(tokens), start + 4), start, -1):
            if _take(known, tokens[start:end], found, remote=remote):
                break
        else:
            end = start + 1
            found.unread.append(tokens[start])
        start = end


def _read_shared_country(known: Gazetteer, tokens: Sequence[str], found: _Found) -> bool:
    """Read "London, Birmingham, Leeds, United Kingdom": cities of one country that is named once, at the end."""
    country = known.country(tokens[-1]) if len(tokens) > 3 else ""
    cities = [
        token for token in tokens[:-1] if not known.regions(token, country) or known.cities(token, country)
    ]
    places = [known.cities(token, country) for token in cities]
    if not country or len(cities) < 3 or not all(places):
        return False
    found.places += [each[0] for each in places]
    return True


def _take(known: Gazetteer, group: Sequence[str], found: _Found, *, remote: bool) -> bool:
    if len(group) == 1:
        return _take_single(known, group[0], found, remote=remote)
    state = (
        known.regions(group[0], "US")
        if remote and len(group) == 2 and known.country(group[1]) == "US"
        else ()
    )
    if state:
        found.places.append(Place("", state[0].name, "US"))
        return True
    place = known.read_parts(group) or _unlisted(known, group)
    if place is None or _are_two(known, group, place):
        return False
    found.places.append(place)
    return True


def _take_single(known: Gazetteer, text: str, found: _Found, *, remote: bool) -> bool:
    area = known.area(text)
    if area and not known.country(text):
        found.countries += area
        return True
    regions = known.regions(text)
    if remote and regions and regions[0].country in {"US", "CA"} and regions[0].name != "DC":
        place: Place | None = Place("", regions[0].name, regions[0].country)
    else:
        place = known.find(text)
    if place is None:
        place = _inside(known, text)
    if place is not None:
        found.places.append(place)
    return place is not None


def _are_two(known: Gazetteer, group: Sequence[str], place: Place) -> bool:
    """Tell "Boston, New York" and "Canada, US" (two places) from "Buffalo, New York" (one)."""
    first, last = group[0], group[-1]
    if known.country(first) and known.country(last) and fold(first) != fold(last) and not place.city:
        return True
    if any(part.isupper() and len(part) <= 3 for part in group):
        return False
    state = known.find(last)
    if state is not None and not state.city and state.country == "US":
        return False
    return (
        len(group) == 2 and place.latitude is None and bool(known.cities(first)) and bool(known.cities(last))
    )


def _unlisted(known: Gazetteer, group: Sequence[str]) -> Place | None:
    """Read a town that the gazetteer lacks beside its state, beside its region and country, or its country alone."""
    for parts in (list(group), list(group[::-1])):
        town, *middle, last = parts
        code = len(last) == 2 and bool(known.regions(last, "US"))
        if (_is_wide_alone(known, town) and not code) or not _is_name(town):
            continue
        region = _region_of(known, middle, last)
        if region is not None:
            elsewhere = known.cities(town) if region.country != "US" and not middle else ()
            return elsewhere[0] if elsewhere else Place(town, region.name, region.country)
        country = "" if middle else known.country(last)
        if country and (parts == list(group) or len(last) > 3) and not known.cities(town):
            within = _inside(known, town)
            return within if within and within.country == country else Place(town, "", country)
    return None


def _region_of(known: Gazetteer, middle: Sequence[str], last: str) -> Region | None:
    if not middle:
        regions = known.regions(last)
        return regions[0] if regions and (len(last) == 2 or regions[0].country == "US") else None
    country = known.country(last)
    found = known.regions(middle[-1], country) if country and len(middle) == 1 else ()
    return found[0] if found else None


def _is_name(text: str) -> bool:
    return not re.search(r"\d", text) and len(text.split()) <= 4 and len(text) > 2


def _inside(known: Gazetteer, text: str) -> Place | None:
    """Find a place at the end or the beginning of other words ("Mapbox Germany", "Moab Paris Office")."""
    words = [] if text[:1].isdigit() else text.split()
    for part in _ends(words):
        if known.country(part) or (len(part) > 3 and known.cities(part)):
            return known.find(part)
    return None


def _ends(words: Sequence[str]) -> Iterable[str]:
    for size in range(min(3, len(words) - 1), 0, -1):
        yield " ".join(words[-size:])
        yield " ".join(words[:size])
