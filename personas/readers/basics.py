"""The few facts of a résumé that are certain from its lines alone: name, e-mail, phone and profiles; nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
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


def find_basics(lines: Iterable[Line]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """JSON Resume's `basics` with what is certain, and every line (as text) that it does not account for wholly."""
    filled = [line for line in lines if line.text]
    head = filled[:HEAD]
    basics: dict[str, Any] = {}
    taken: list[str] = []
    email = _only(_emails(head)) or ("" if _emails(head) else _only(_emails(filled)))
    name = _find_name(head, email)
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
        taken.append(url)
    profiles, written = _find_profiles(filled)
    if profiles:
        basics["profiles"] = profiles
    taken += written
    return basics, tuple(line.text for line in filled if not _is_placed(line.text, taken))


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
                if 7 <= len(digits) <= 15 and not YEARS.match(digits):
                    found.append(phone.strip(" ./-"))
    return found


def _contact_lines(head: list[Line]) -> list[Line]:
    """The lines down to the last that holds a mail address, a number or a profile: below them begins the résumé itself."""
    last = 0
    for place, line in enumerate(head, start=1):
        sources = (line.text, *line.links)
        if _emails([line]) or _phones([line]) or any(p.search(s) for p in PROFILES.values() for s in sources):
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
    """The profile of each network where the résumé names exactly one, and how the lines write them."""
    profiles, written = [], []
    for network, pattern in PROFILES.items():
        users: dict[str, tuple[str, str]] = {}
        for line in lines:
            for source in (*line.links, line.text):
                for match in pattern.finditer(source):
                    users.setdefault(match.group(1).casefold(), (match.group(1), match.group().rstrip("/")))
        if len(users) == 1:
            user, address = next(iter(users.values()))
            url = address if address.lower().startswith("http") else f"https://{address}"
            profiles.append({"network": network, "username": user, "url": url})
            written.append(re.sub(r"^https?://", "", address, flags=re.IGNORECASE))
    return profiles, written


def _find_name(head: list[Line], email: str) -> str:
    """A line of the head that reads like a name and that the e-mail, the largest type or the first place bears out."""
    candidates = [line for line in head if _reads_like_name(line.text)]
    mailbox = _fold(email.partition("@")[0])
    for line in candidates:
        if mailbox and any(len(word) > 2 and _fold(word) in mailbox for word in line.text.split()):
            return line.text
    largest = max((line.size for line in head), default=0)
    if largest:
        lines = [line for line in head if line.size == largest]
        return lines[0].text if len(lines) == 1 and lines[0] in candidates else ""
    return head[0].text if head and head[0] in candidates else ""


def _reads_like_name(text: str) -> bool:
    words = text.replace(",", "").split(" ")
    if not 2 <= len(words) <= 5 or len(text) > 60 or "\t" in text:
        return False
    if any(word.strip(".").casefold() in HEADINGS | OCCUPATIONS for word in words):
        return False
    return all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    letters = word.translate({ord(sign): None for sign in ".'’-"})
    is_written_so = bool(letters) and all(unicodedata.category(sign)[0] in "LM" for sign in letters)
    return is_written_so and (
        not letters[0].islower()
        or letters in {"von", "van", "de", "der", "da", "di", "al", "bin", "dos", "la"}
    )


def _fold(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalnum())


def _is_placed(text: str, taken: list[str]) -> bool:
    rest = text.replace("\t", " ")
    for item in sorted(taken, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w)(?:https?://)?{re.escape(item)}(?!\w)/?", " ", rest, flags=re.IGNORECASE)
    return all(part.casefold().strip(".") in LABELS for part in SEPARATORS.split(rest) if part)
