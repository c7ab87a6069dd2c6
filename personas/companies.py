"""Company names, made comparable: case, accents, punctuation and the legal form at the end do not matter."""

from __future__ import annotations

import re

from personas.accents import strip_accents

# Letters that Unicode does not take apart into a letter and an accent.
_FOLDED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "&": " and ", "+": " plus "}
)

_LEGAL_FORM_NAMES = """
    ab abp ag aps as asa bhd bv bvba co company corp corporation cv doo eg ek eood ev fzco gbr gmbh hf inc incorporated
    kft kg kgaa kk lda limited llc llp lp ltd ltda mbh na nv ohg oo ood oy oyj pbc pc plc pllc pte pty pvt
    sa sarl sas sasu sdn se sl slu spa spzoo srl sro ug vof zoo zrt
"""
_LEGAL_FORMS = frozenset(_LEGAL_FORM_NAMES.split())
# Forms that are written in several words or letters, as they read once the punctuation is gone.
_LONG_FORMS = (
    ("sp", "z", "o", "o"),
    ("sp", "zoo"),
    ("s", "r", "o"),
    ("d", "o", "o"),
    ("l", "l", "c"),
    ("l", "l", "p"),
    ("b", "v"),
    ("n", "v"),
    ("s", "a"),
    ("s", "l"),
    ("a", "s"),
    ("k", "k"),
    ("l", "p"),
    ("s", "p", "a"),
    ("s", "r", "l"),
    ("s", "a", "s"),
    ("e", "v"),
    ("e", "k"),
    ("de", "cv"),
    ("and", "co"),
    ("private", "limited"),
    ("s", "a", "de", "c", "v"),
)
# "s a s" ends with "a s".
_LONG_FORMS_FIRST = sorted(_LONG_FORMS, key=len, reverse=True)
_WORD = re.compile(r"[^\W_]+")
_WEB = re.compile(
    r"^(?:https?://)?(?:www\.)?|(?<=\w\w)\.(?:com|org|net|io|ai|co|de|eu|app|dev)(?=$|[\s,/])/?"
)


def company_key(name: str) -> str:
    """Give what two spellings of one company share: "Acme Ltd.", "ACME, Inc." and "acme.com" are "acme"; "" if nothing is left.

    Only whole words are compared, so that Meta is not Metabase; a name that consists of a legal form alone keeps it.
    """
    plain = _WEB.sub("", strip_accents(name.strip().casefold()).translate(_FOLDED))
    words = _WORD.findall(plain.replace("'", "").replace("’", ""))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(_without_legal_form(words))


def _without_legal_form(words: list[str]) -> list[str]:
    shorter = _drop_one_form(words)
    while len(shorter) < len(words):
        words, shorter = shorter, _drop_one_form(shorter)
    return words


def _drop_one_form(words: list[str]) -> list[str]:
    for form in _LONG_FORMS_FIRST:
        if len(words) > len(form) and tuple(words[-len(form) :]) == form:
            return words[: -len(form)]
    if len(words) > 1 and words[-1] in _LEGAL_FORMS:
        return words[:-1]
    return words
