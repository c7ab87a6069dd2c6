"""What makes two postings one job, and what makes one posting the same as last time."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import astuple
from hashlib import sha256

from matching.posting import Posting
from personas.companies import company_key

# Shorter texts ("Apply on our site") are shared by jobs that have nothing else in common.
TELLING_TEXT = 200
# (m/f/d) and its like say nothing of the work, and stand on one board and not on the other.
_GENDERS = re.compile(r"\(\s*(?:[a-z]{1,3}\s*[/|,*]\s*){1,3}[a-z*]{1,7}\s*\)", re.IGNORECASE)


def canonical_key(posting: Posting, *, text: str) -> str:
    """A SHA-256 that exact duplicates share: same employer, title, place and words of the text, whatever their case and layout.

    `text` is the plain text of the description. A posting whose text tells too little (under TELLING_TEXT
    characters) also needs the same number at the source.
    """
    words = _words(text)
    parts = [company_key(posting.company), _words(posting.title), _words(posting.location), words]
    if len(words) < TELLING_TEXT:
        parts.append(posting.external_id)
    return _hash("\n".join(parts))


def opening_key(posting: Posting, *, places: Iterable[str]) -> str:
    """A SHA-256 that postings of one opening share wherever they stand: same employer, title and places; empty where one is not stated.

    `places` names each place where the work is done, or may be done from, as it was read.
    """
    company, title = company_key(posting.company), _words(_GENDERS.sub(" ", posting.title))
    where = "|".join(sorted(set(places)))
    return _hash(f"{company}\n{title}\n{where}") if company and title and where else ""


def payload_hash(posting: Posting) -> str:
    """A SHA-256 of everything that a posting states, so that an unchanged one is known without reading it."""
    stated = [
        getattr(posting, name) for name in Posting.__slots__ if name not in ("description", "pay", "raw")
    ]
    pay = astuple(posting.pay) if posting.pay else None
    return _hash(f"{stated!r}\n{pay!r}\n{json.dumps(posting.raw, sort_keys=True)}\n{posting.description}")


def _words(text: str) -> str:
    """The words of a text, whatever their case, layout and way of writing the same letters."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
