"""The few facts of a résumé that are certain from its lines alone: name, e-mail, phone and profiles; nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from personas.readers.lines import Line

HEAD = 15
"""So many filled lines from the top are where people put their name and contact."""
EMAIL = re.compile(r"[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
PHONE = re.compile(r"(?<![\w@/.])(?:\+|\(|\d)[\d ()./\t-]{6,24}\d(?![\w@])")
YEARS = re.compile(r"(?:19|20)\d\d")
ADDRESS = re.compile(r"(?:https?://|www\.)[^\s|,;<>()•·]{3,200}", re.IGNORECASE)
NETWORKS = {
    "LinkedIn": r"(?:[a-z]{2,3}\.)?linkedin\.com/(?:in|pub)/([^\s/?#|,;]+)",
    "GitHub": r"github\.com/([\w-]+)",
    "GitLab": r"gitlab\.com/([\w.-]+)",
    "Xing": r"xing\.com/profile/([^\s/?#|,;]+)",
    "ORCID": r"orcid\.org/(\d{4}-\d{4}-\d{4}-\d{3}[\dX])",
    "Stack Overflow": r"stackoverflow\.com/users/(\d+(?:/[\w-]+)?)",
}
PROFILES = {
    network: re.compile(rf"(?<![\w.-])(?:https?://)?(?:www\.)?{pattern}/?(?![\w/])", re.IGNORECASE)
    for network, pattern in NETWORKS.items()
}
HEADINGS = frozenset(
    {
        "resume",
        "résumé",
        "cv",
        "curriculum",
        "vitae",
        "lebenslauf",
        "profile",
        "profil",
        "summary",
        "contact",
        "kontakt",
        "about",
        "experience",
        "work",
        "education",
        "skills",
        "employment",
        "history",
        "objective",
        "personal",
        "details",
        "page",
    }
)
OCCUPATIONS = frozenset(
    {
        "engineer",
        "developer",
        "manager",
        "designer",
        "analyst",
        "consultant",
        "director",
        "nurse",
        "teacher",
        "assistant",
        "specialist",
        "scientist",
        "architect",
        "accountant",
        "administrator",
        "technician",
        "officer",
        "coordinator",
        "lead",
        "senior",
        "junior",
    }
)
UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ø"): "oe", ord("å"): "aa"}
SEPARATORS = re.compile(r"[\s|,;:/•·∙●◦‣⋅–—-]+")
LABELS = frozenset(
    {
        "e-mail",
        "email",
        "mail",
        "e",
        "phone",
        "telephone",
        "tel",
        "mobile",
        "cell",
        "t",
        "m",
        "telefon",
        "handy",
        "website",
        "web",
        "url",
        "linkedin",
        "github",
    }
)
"""What people write before a number or an address; it needs no place of its own."""


def find_basics(head: Sequence[Line], lines: Sequence[Line]) -> tuple[dict[str, Any], list[str]]:
    """JSON Resume's `basics` with what is certain, and how the lines write it.

    `head` are the lines before the first heading and those about contact, `lines` all of them.
    """
    filled = [line for line in lines if line.text]
    head = [line for line in head if line.text][: 2 * HEAD]
    top = head[:HEAD]
    basics: dict[str, Any] = {}
    taken: list[str] = []
    email = _only(_emails(head)) or ("" if _emails(head) else _only(_emails(filled)))
    name = _find_name(top or filled[:HEAD], email) or _name_in_largest(filled, email)
    if name:
        basics["name"] = name
        taken.append(name)
    if email:
        basics["email"] = email
        taken.append(email)
    if phone := _only(_phones(head)):
        basics["phone"] = phone
        taken.append(phone)
    if url := _only(_addresses(_contact_lines(head))):
        basics["url"] = url
        taken.append(re.sub(r"^https?://(?:www\.)?|/$", "", url))
    profiles, written = _find_profiles(filled)
    if profiles:
        basics["profiles"] = profiles
    taken += written
    return basics, taken


def _name_in_largest(lines: list[Line], email: str) -> str:
    """The name where it stands in the largest type of the first page, as beside a sidebar that is read before it."""
    first = [line for line in lines if line.page in {0, 1}]
    largest = max((line.size for line in first), default=0)
    found = [line for line in first if line.size == largest > 0]
    if len(found) != 1:
        return ""
    return found[0].text if _is_borne_out(found[0], lines) else _find_name(found, email)


def _is_borne_out(line: Line, lines: list[Line]) -> bool:
    """Whether an address of the résumé holds the whole name: some people are called like a trade."""
    whole = _fold(line.text)
    if len(whole) < 6 or not _reads_like_name(line.text, is_sure=True):
        return False
    return any(
        whole in _fold(other.text)
        for other in lines
        if other is not line and re.search(r"[@/]|\.\w", other.text)
    )


def _only(found: list[str]) -> str:
    """The one thing that was found; two different ones are not certain, so none is taken."""
    distinct = {item.casefold(): item for item in reversed(found)}
    return next(iter(distinct.values())) if len(distinct) == 1 else ""


def _emails(lines: list[Line]) -> list[str]:
    found = []
    for line in lines:
        found += EMAIL.findall(line.text)
        for link in line.links:
            if link.lower().startswith("mailto:"):
                found += EMAIL.findall(link[len("mailto:") :].split("?")[0])
    return found


def _phones(lines: list[Line]) -> list[str]:
    found = []
    for line in lines:
        for match in PHONE.finditer(line.text.replace("\t", "  ")):
            for phone in re.split(r"\s{2,}", match.group()):
                digits = re.sub(r"\D", "", phone)
                # Years are the numbers that a résumé is full of; E.164 allows 15 digits.
                are_years = all(
                    YEARS.fullmatch(group) or len(group) < 3 for group in re.findall(r"\d+", phone)
                )
                if 7 <= len(digits) <= 15 and not are_years:
                    found.append(phone.strip(" ./-"))
    return found


def _contact_lines(head: list[Line]) -> list[Line]:
    """The lines down to the last that holds a mail address, a number or a profile: below them begins the résumé itself."""
    last = 0
    for place, line in enumerate(head, start=1):
        sources = (line.text, *line.links)
        if _emails([line]) or _phones([line]) or any(p.search(s) for p in PROFILES.values() for s in sources):
            last = place
        elif last == place - 1 and not ADDRESS.sub("", line.text).strip(" |,;•·"):
            # An address alone on the line below belongs to them.
            last = place
    return head[:last]


def _addresses(lines: list[Line]) -> list[str]:
    """Addresses of the head that are no profile and no mail, whole as they are written or linked."""
    found = []
    for line in lines:
        written = [address.rstrip(".") for address in ADDRESS.findall(line.text)]
        linked = [link for link in line.links if ADDRESS.fullmatch(link)]
        found += [
            address for address in written + linked if not any(p.search(address) for p in PROFILES.values())
        ]
    bare = {re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", address.lower()): address for address in found}
    return list(bare.values())


def _find_profiles(lines: list[Line]) -> tuple[list[dict[str, str]], list[str]]:
    """The profile of each network where the résumé names exactly one, in its order, and how the lines write them."""
    found, written = [], []
    for network, pattern in PROFILES.items():
        users: dict[str, tuple[int, str, str]] = {}
        for number, line in enumerate(lines):
            for source in (*line.links, line.text):
                for match in pattern.finditer(source):
                    at = match.start() if source is line.text else max(line.text.find(match.group(1)), 0)
                    place = number * 1000 + at
                    users.setdefault(
                        match.group(1).casefold(), (place, match.group(1), match.group().rstrip("/"))
                    )
        if len(users) == 1:
            place, user, address = next(iter(users.values()))
            url = address if address.lower().startswith("http") else f"https://{address}"
            found.append((place, {"network": network, "username": user, "url": url}))
            # Behind a link people often write the user's name alone.
            written += [re.sub(r"^https?://", "", address, flags=re.IGNORECASE), user]
    return [profile for _place, profile in sorted(found, key=lambda each: each[0])], written


def _find_name(head: list[Line], email: str) -> str:
    """A line of the head that reads like a name and that the e-mail, the largest type or the first place bears out."""
    candidates = [line for line in head if _reads_like_name(line.text)]
    mailbox = _fold(email.partition("@")[0])
    for line in candidates:
        words = [word for word in line.text.split() if len(word) > 2]
        if mailbox and any(_fold(word) in mailbox or _fold(_spelled_out(word)) in mailbox for word in words):
            return line.text
    if called := next((line.text for line in head[:3] if _is_borne_out(line, head)), ""):
        return called
    largest = max((line.size for line in head), default=0)
    if largest:
        lines = [line for line in head if line.size == largest]
        return lines[0].text if len(lines) == 1 and lines[0] in candidates else ""
    return head[0].text if head and head[0] in candidates else ""


def _reads_like_name(text: str, *, is_sure: bool = False) -> bool:
    words = text.replace(",", "").split(" ")
    if not 2 <= len(words) <= 5 or len(text) > 60 or "\t" in text:
        return False
    others = HEADINGS if is_sure else HEADINGS | OCCUPATIONS
    if any(word.strip(".").casefold() in others for word in words):
        return False
    return all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    letters = word.translate({ord(sign): None for sign in ".'’-"})
    is_written_so = bool(letters) and all(unicodedata.category(sign)[0] in "LM" for sign in letters)
    return is_written_so and (
        not letters[0].islower()
        or letters in {"von", "van", "de", "der", "da", "di", "al", "bin", "dos", "la"}
    )


def _spelled_out(text: str) -> str:
    """The text as German addresses write it."""
    return text.casefold().translate(UMLAUTS)


def _fold(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalnum())


def is_placed(text: str, taken: Sequence[str]) -> bool:
    """Whether a line holds nothing but what was taken from it, and words that only announce it."""
    rest = text.replace("\t", " ")
    for item in sorted(taken, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w)(?:https?://)?{re.escape(item)}(?!\w)/?", " ", rest, flags=re.IGNORECASE)
    return all(part.casefold().strip(".") in LABELS for part in SEPARATORS.split(rest) if part)
