"""Employment type out of a posting: what the source states, the title, then plain words of the text."""

from __future__ import annotations

import re

from matching.reading.stretches import Words, lowered, stretches_around

EMPLOYMENTS = ("full_time", "part_time", "contract", "temporary", "internship")

_STATED = {
    "fulltime": "full_time",
    "permanent": "full_time",
    "permanentfulltime": "full_time",
    "regular": "full_time",
    "regularfulltime": "full_time",
    "parttime": "part_time",
    "permanentparttime": "part_time",
    "contract": "contract",
    "contractor": "contract",
    "freelance": "contract",
    "fixedterm": "contract",
    "consultant": "contract",
    "temporary": "temporary",
    "temp": "temporary",
    "seasonal": "temporary",
    "perdiem": "temporary",
    "casual": "temporary",
    "intern": "internship",
    "internship": "internship",
    "apprenticeship": "internship",
    "trainee": "internship",
    "coop": "internship",
    "workingstudent": "internship",
}
# Read in lower case, like all patterns here: those that ignore case are several times as slow.
_RULES = (
    ("internship", r"\bintern(?:ship|s)?\b|\bpraktik\w+|\bstagiaire\b|\bapprenticeship\b|\bco-?op\b|\bworking student\b|\btrainee\b"),
    ("temporary", r"\btemporary\b|\btemp\b|\bseasonal\b|\bper diem\b|\bnot[- ]to[- ]exceed\b|\bnte\b"),
    ("contract", r"\bcontract(?:or)?\b|\bfreelance\w*|\bfixed[- ]term\b|\bc2c\b|\b1099\b|\bftc\b|\bconsultant \(contract\)"),
    ("part_time", r"\bpart[- ]?time\b|\bteilzeit\b|\btemps partiel\b"),
    ("full_time", r"\bfull[- ]?time\b|\bvollzeit\b|\bcdi\b|\bpermanent\b"),
)  # fmt: skip
_TITLE = tuple((kind, re.compile(pattern)) for kind, pattern in _RULES)
_WORDS = Words(
    "full-time", "full time", "fulltime", "part-time", "part time", "parttime", "contract", "temporary", "seasonal",
    "freelance", "fixed-term", "fixed term", "permanent", "internship", "intern ", "per diem", "vollzeit", "teilzeit",
)  # fmt: skip
_NOT_TYPE = re.compile(
    r"contracts? (?:manager|management|administrat\w+|specialist|negotiat\w+|counsel|officer|analyst|lead|attorney)"
    r"|contracting|smart contracts?|contract law|(?:subc|c)ontractor (?:management|relations)",
)
# In running text the bare words mean too much ("full-time employees get..."): a label or a sentence on the job is asked.
_LABEL = re.compile(
    r"(?:\b(?:job|employment|position|contract|work) (?:type|status|schedule|basis)s?|\bschedule|\btype|\bhours|\bterm)"
    r"\s*[:\-–]\s*(?P<value>[^\n]{3,40})",
)
_SENTENCE = re.compile(
    r"\b(?:(?:this|the) (?:is|role is|position is|job is|will be|opportunity is)|these (?:positions? )?are|serves? as)(?: currently)? (?:an? |our )?(?P<value>[^.\n]{3,60})",
)


def read_employment(*, title: str, text: str, stated: str = "") -> str:
    """Give one of EMPLOYMENTS, or "" when nothing says it; the source's own field goes first, then the title."""
    known = _STATED.get(re.sub(r"[^a-z]", "", stated.lower()), "")
    if known:
        return known
    in_title = _first(_NOT_TYPE.sub(" ", title.lower()))
    return in_title or _from_text(stretches_around(lowered(text), _WORDS, before=80, after=40))


def _from_text(text: str) -> str:
    for pattern in (_LABEL, _SENTENCE):
        for match in pattern.finditer(text):
            kind = _first(_NOT_TYPE.sub(" ", match["value"]))
            if kind:
                return kind
    return (
        "full_time"
        if re.search(r"\bfull[- ]time (?:exempt |salaried )?(?:position|role|job)\b", text)
        else ""
    )


def _first(words: str) -> str:
    return next((kind for kind, pattern in _TITLE if pattern.search(words)), "")
