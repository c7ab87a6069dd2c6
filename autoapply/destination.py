"""Where an application goes: read out of a job's addresses, with no look outside.

A destination names the opening itself (`apply_key`), however many boards and feeds repeat it, and the system that
receives applications to it. Which channel can be used there depends on the keys that employers gave (`choose_channel`).

The key must hold two spellings of one opening together, or somebody applies twice, and two openings apart, or nobody applies
to the second. So what tells of the visitor is left out of it; where the system numbers all openings of all boards, the
number alone is the key; and an address that names no opening, such as a list of them, is told apart by the job.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

API_CHANNELS = ("recruitee", "greenhouse", "lever", "ashby", "smartrecruiters", "workable")
KEYLESS = ("recruitee",)
"""Systems that take applications from anybody."""
NEVER_AUTOMATED = ("linkedin.com", "indeed.com")
"""Sites whose terms forbid machines, in every country; their openings are handed to the person."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one opening takes applications.

    system is one of API_CHANNELS, "email", "site" (any other web page) or "" (no address). board and posting are the
    employer's and the opening's names there, board empty where the address does not tell it; address is the deep link, or
    the e-mail address. host receives: the system's interface, whichever of its pages the address is of.
    """

    system: str
    apply_key: str
    address: str = ""
    host: str = ""
    board: str = ""
    posting: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The channel of a destination and why: open, has_key, no_key, mail, no_mail, site, never_automated, no_address."""

    channel: str
    because: str


def read_destination(*, apply_url: str, url: str, job_id: str) -> Destination:
    """Read the destination of a job out of its addresses; `job_id` names an opening that no address names.

    The first readable address counts, unless it is some page and the other one is the employer's own system.
    """
    found = [_read(address.strip(), job_id) for address in (apply_url, url)]
    readable = [destination for destination in found if destination is not None]
    named = [destination for destination in readable if destination.system != "site"]
    for destination in (*named, *readable):
        return destination
    return Destination("", f"job:{job_id}")


def choose_channel(destination: Destination, *, keys: Collection[tuple[str, str]], mail: bool) -> Choice:
    """Choose how an application gets there; `keys` are the (system, board) with a key, `mail` whether we can send mail."""
    system = destination.system
    if system == "":
        return Choice("record", "no_address")
    if system == "email":
        return Choice("email", "mail") if mail else Choice("handoff", "no_mail")
    if system in KEYLESS:
        return Choice(system, "open")
    if system in API_CHANNELS:
        has_key = (system, destination.board.lower()) in keys
        return Choice(system, "has_key") if has_key else Choice("handoff", "no_key")
    return Choice("handoff", "never_automated" if _is_never_automated(destination.host) else "site")


_MAIL = re.compile(r"[^@\s,;<>\"()\\:\[\]]+@[^@\s,;<>\"()\\:\[\]]+\.[^@\s.,;<>\"()\\:\[\]]+")
_MAIL_LENGTH = 254
LONGEST_KEY = 500
"""Characters of an `apply_key`, as its column has them."""
# Said about the visitor, the campaign or the language: not about the opening.
_TRACKING = re.compile(
    r"^(utm_.*|mc_.*|_hs.*|hsa_.*|pk_.*|trk.*|lever-.*|gh_src|source|src|ref|refid|referrer|referer|gclid|fbclid|msclkid"
    r"|li_fat_id|t|lang|locale|hl|oga|dcr_ci|jobboard|_gl|iis|iisn|rx_.*)$",
    re.IGNORECASE,
)
# The last steps of a form's address, beneath the page of its opening.
_FORM_STEPS = (("c", "new"), ("apply",), ("application",), ("thanks",), ("apply", "now"))
# Pages that list openings: what follows them names one, they themselves none.
_LISTS = frozenset(
    (
        *(
            "career",
            "careers",
            "job",
            "jobs",
            "openings",
            "positions",
            "vacancies",
            "join",
            "join-us",
            "work-with-us",
        ),
        *(
            "karriere",
            "stellen",
            "stellenangebote",
            "about-us",
            "en",
            "de",
            "jobs.html",
            "index.html",
            "index.php",
        ),
    )
)
_NUMBER = re.compile(r"[0-9]{6,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORTCODE = re.compile(r"[0-9a-f]{10}", re.IGNORECASE)
# What an opening is called where no two boards of a system call theirs the same.
_UNIQUE = {
    "greenhouse": _NUMBER,
    "lever": _UUID,
    "ashby": _UUID,
    "smartrecruiters": re.compile(f"{_NUMBER.pattern}|{_UUID.pattern}", re.IGNORECASE),
    "workable": _SHORTCODE,
}

_RECEIVERS = {
    "greenhouse": "boards-api.greenhouse.io",
    "ashby": "api.ashbyhq.com",
    "smartrecruiters": "api.smartrecruiters.com",
}

_Named = tuple[str, str]


def _read(address: str, job_id: str) -> Destination | None:
    if not address.lower().startswith("mailto:"):
        return _read_web(address, job_id)
    mail = unquote(address[len("mailto:") :].partition("?")[0]).strip()
    if len(mail) > _MAIL_LENGTH or not mail.isprintable() or not _MAIL.fullmatch(mail):
        return None
    return Destination(
        "email", _fit_key(f"mailto:{mail.lower()}#{job_id}"), mail, mail.rpartition("@")[2].lower()
    )


def _read_web(address: str, job_id: str) -> Destination | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower().rstrip(".")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or not host.isprintable() or " " in host:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    query = dict(reversed(parse_qsl(parts.query)))
    lists = False
    for site, (system, read) in _SYSTEMS.items():
        if _is_on(host, site):
            # What names no opening here is the page of a board.
            lists = len(steps) <= 1
            named = read(host, steps, query)
            if named is not None and all(map(_is_name, filter(None, named))):
                board, posting = named
                key = _system_key(system, board, posting)
                return Destination(system, key, address, _receiver(system, host, board), board, posting)
    place = host.removeprefix("www.") + (f":{port}" if port not in (None, 80, 443) else "")
    lists = lists or all(step.lower() in _LISTS for step in steps)
    key = _site_key(place, steps, parts.fragment, query, job_id=job_id if lists else "")
    return Destination("site", key, address, host)


def _receiver(system: str, host: str, board: str) -> str:
    """The host of a system's interface; of Lever's two, the one in whose region the opening is."""
    if system == "lever":
        return "api.eu.lever.co" if ".eu." in host else "api.lever.co"
    if system == "workable":
        return f"{board.lower()}.workable.com" if board else host
    return _RECEIVERS.get(system, host)


def _system_key(system: str, board: str, posting: str) -> str:
    unique = system in _UNIQUE and _UNIQUE[system].fullmatch(posting)
    return _fit_key(
        f"{system}:{posting.lower()}" if unique else f"{system}:{board.lower()}/{posting.lower()}"
    )


def _site_key(place: str, steps: list[str], fragment: str, query: dict[str, str], *, job_id: str) -> str:
    """The key of a page; `job_id` tells apart what a page that lists openings does not."""
    # Employers show openings of these two on pages of their own, with the number of the opening.
    for name, system in (("gh_jid", "greenhouse"), ("ashby_jid", "ashby")):
        if _UNIQUE[system].fullmatch(query.get(name, "")):
            return _system_key(system, "", query[name])
    for ending in _FORM_STEPS:
        if len(steps) > len(ending) and tuple(step.lower() for step in steps[-len(ending) :]) == ending:
            steps = steps[: -len(ending)]
            break
    telling = "&".join(
        f"{name}={value}" for name, value in sorted(query.items()) if not _TRACKING.match(name)
    )
    # Pages that run in the browser name the opening behind the #.
    inner = fragment if re.search(r"[0-9/]", fragment) and not fragment.startswith(":~:") else ""
    key = "/".join([place, *steps]) + (f"?{telling}" if telling else "") + (f"#{inner}" if inner else "")
    if job_id and not telling and not inner:
        key = f"{key}#job:{job_id}"
    return _fit_key(key)


def _fit_key(key: str) -> str:
    """A key that the database takes, still another one for another opening."""
    clean = "".join(letter for letter in key if letter.isprintable())
    if len(clean) <= LONGEST_KEY and clean == key:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{clean[: LONGEST_KEY - len(digest) - 1]}~{digest}"


def _is_name(name: str) -> bool:
    return len(name) <= 200 and name.isprintable() and not set("/\\?#") & set(name) and name.strip(". ") != ""


def _is_on(host: str, site: str) -> bool:
    return host == site or host.endswith(f".{site}")


def _is_never_automated(host: str) -> bool:
    brands = {site.partition(".")[0] for site in NEVER_AUTOMATED}
    return host == "lnkd.in" or bool(brands & set(host.split(".")))


def _greenhouse(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    if host.startswith("boards-api.") and steps[:2] == ["v1", "boards"]:
        steps = steps[2:]
    elif not host.startswith(("boards.", "job-boards.")):
        return None
    if steps[:1] == ["embed"]:
        posting = query.get("token") or query.get("gh_jid")
        return (query.get("for", ""), posting) if posting else None
    if len(steps) >= 3 and steps[1] == "jobs":
        return steps[0], steps[2]
    if len(steps) == 1 and query.get("gh_jid"):
        return steps[0], query["gh_jid"]
    return None


def _lever(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    if host.startswith("api.") and steps[:2] == ["v0", "postings"]:
        steps = steps[2:]
    elif not host.startswith("jobs."):
        return None
    return (steps[0], steps[1]) if len(steps) >= 2 else None


def _ashby(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    if not host.startswith("jobs.") or not steps:
        return None
    if len(steps) >= 2:
        return steps[0], steps[1]
    return (steps[0], query["ashby_jid"]) if query.get("ashby_jid") else None


def _smartrecruiters(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    if host.startswith("api.") and steps[:2] == ["v1", "companies"] and steps[3:4] == ["postings"]:
        steps = [steps[2], *steps[4:]]
    elif steps[1:2] == ["company"] and steps[3:4] == ["publication"]:
        # Forms behind a first step of their own: /oneclick-ui/company/{company}/publication/{uuid}.
        steps = [steps[2], *steps[4:]]
    elif not host.startswith(("jobs.", "careers.")) or steps[1:2] == ["company"]:
        return None
    if len(steps) < 2:
        return None
    # The number stands before the words of the title: 743999-data-engineer.
    number = re.match(rf"(?:{_UUID.pattern}|{_NUMBER.pattern})(?=-|$)", steps[1], re.IGNORECASE)
    return steps[0], number[0] if number else steps[1]


def _workable(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    company = host.removesuffix(".workable.com")
    if steps[:1] == ["j"] and len(steps) >= 2:
        # The short address: the board is not in it, but for apply.workable.com's older form as a host of its own.
        return ("" if company in ("apply", "www", "workable.com") else company), steps[1]
    if company == "apply" and len(steps) >= 3 and steps[1] == "j":
        return steps[0], steps[2]
    return None


def _recruitee(host: str, steps: list[str], query: dict[str, str]) -> _Named | None:
    company = host.removesuffix(".recruitee.com")
    if company in ("recruitee.com", "www", "api") or "." in company:
        return None
    if steps[:2] == ["api", "offers"]:
        steps = ["o", *steps[2:]]
    elif steps[:1] == ["l"] and len(steps) >= 4:
        # A page in one of several languages: /l/de/o/{slug}.
        steps = steps[2:]
    return (company, steps[1]) if len(steps) >= 2 and steps[0] == "o" else None


_SYSTEMS: dict[str, tuple[str, Callable[[str, list[str], dict[str, str]], _Named | None]]] = {
    "greenhouse.io": ("greenhouse", _greenhouse),
    "lever.co": ("lever", _lever),
    "ashbyhq.com": ("ashby", _ashby),
    "smartrecruiters.com": ("smartrecruiters", _smartrecruiters),
    "workable.com": ("workable", _workable),
    "recruitee.com": ("recruitee", _recruitee),
}
