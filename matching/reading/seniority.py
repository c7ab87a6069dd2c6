"""Seniority out of a posting's title, and out of its text only where the title is silent and the text is plain."""

from __future__ import annotations

import re

from matching.reading.stretches import Words, lowered, stretches_around

SENIORITIES = ("intern", "entry", "mid", "senior", "lead", "manager", "director", "executive")

# Read in lower case, like all patterns here: those that ignore case are several times as slow.
_NOT_A_RANK = re.compile(
    r"\b(?:lead generation|leads? gen|product lead growth|chief of staff|executive assistant|assistant to the \w+"
    r"|account executive|sales executive|executive (?:search|support|admin\w*(?: assistant)?|coordinator|recruiter|chef)"
    r"|presidents? advis[eo]r|advis[eo]r to \w+|internal|internship program manager|internation\w*|director of photography|to (?:the )?c[efot]o|mid[- ]market"
    r"|case manager|account manager|project manager|program(?:me)? manager|product manager|community manager"
    r"|office manager|customer success manager|success manager|property manager|relationship manager|city manager"
    r"|social media manager|marketing manager|content manager|brand manager|partner(?:ship)?s? manager|campaign manager"
    r"|category manager|territory manager|delivery manager|technical account manager|care manager|risk manager"
    r"|in charge|staff (?:nurse|attorney|accountant|physician|pharmacist|auditor|assistant|writer)|head ?count|headhunter|senior living|senior care|seniors|senior center|junior high|high school"
    r"|principal investigator|president's)\b",
)
# First pattern that matches wins: a higher rank stands before a lower one, so a senior manager is a manager.
_TITLE = (
    (
        "intern",
        r"\b(?:intern(?:s|ship)?|trainee|apprentice\w*|co-?op|working student|werkstudent\w*|praktik\w+|stagiaire)\b",
    ),
    (
        "executive",
        (
            r"\b(?:c[efotimps]o|ciso|cpo|chief [\w& ]{2,30}officer|vp|svp|evp|avp|(?:vice )?president|executive director"
            r"|managing director|general counsel|founder|chief executive|(?:fire|police|deputy) chief)\b|^chief$"
        ),
    ),
    (
        "director",
        r"\b(?:director|head of|global head|group head|(?:division|department) head|head,)\b|\bhead\s*[-–(]",
    ),
    (
        "lead",
        (
            r"\b(?:lead|principal|staff\+?|distinguished|fellow|team leader|tech lead|architect lead|fore?man|leader"
            r"|supervisor|supervisory|supv|crew chief|captain)\b|^(?:chief|head) (?!of)\w+"
        ),
    ),
    (
        "manager",
        r"\b(?:manager|mgr|superintendent|administrator general|(?:branch|division|section|bureau|unit) chief|chief of)\b",
    ),
    ("senior", r"\b(?:senior|sr|snr|sénior|expert|(?:iii|iv|v|l5|l6|level [3456])$|(?:iii|iv)\b)\b"),
    ("mid", r"\b(?:mid|mid-?level|intermediate|ii|level 2|l4|professional 2)\b"),
    (
        "entry",
        r"\b(?:junior|jr|entry|entry-?level|graduate|new grad|early career|associate|i|level 1|assistant|beginner|aide|aid(?=$|/)|helper)\b",
    ),
)
_TITLE_RULES = tuple((level, re.compile(pattern)) for level, pattern in _TITLE)
_WORDS = Words("internship", "traineeship", "entry-level", "entry level", "experience is", "experience required",
          "experience nec", "experience need", "senior-level", "senior role", "senior position", "mid-level")  # fmt: skip
_TEXT = (
    ("intern", re.compile(r"\b(?:this|our|the) (?:\w+ )?(?:internship|traineeship)\b")),
    ("entry", re.compile(r"\b(?:entry[- ]level (?:position|role|job)|no (?:prior |previous )?experience (?:is )?(?:required|necessary|needed))\b")),
    ("senior", re.compile(r"\bthis (?:is a|is an) senior(?:-level)? (?:role|position)\b|\bsenior-level (?:role|position)\b")),
    ("mid", re.compile(r"\bmid-level (?:role|position)\b")),
)  # fmt: skip


def read_seniority(*, title: str, text: str = "", years: int | None = None) -> str:
    """Give one of SENIORITIES, or "" when neither the title nor a plain sentence of the text says it.

    Words of a trade are not ranks ("Account Executive", "Project Manager"). Where words are silent, the least years
    asked for decide: none or one is entry, two to four mid, five and more senior; but for the "one year of specialized
    experience" of federal postings, which is a year at the grade below, whatever that grade is.
    """
    plain = _NOT_A_RANK.sub(" ", title.lower())
    for level, pattern in _TITLE_RULES:
        if pattern.search(plain):
            return level
    lower = lowered(text)
    near = stretches_around(lower, _WORDS, before=60, after=60)
    for level, pattern in _TEXT:
        if pattern.search(near):
            return level
    return "" if years == 1 and "specialized" in lower and "experience" in lower else _by_years(years)


def _by_years(years: int | None) -> str:
    if years is None:
        return ""
    if years <= 1:
        return "entry"
    return "mid" if years <= 4 else "senior"
