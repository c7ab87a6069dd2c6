"""Workplace out of a posting: remote, hybrid, onsite or unknown."""

from __future__ import annotations

import re

from matching.reading.office_days import WEEK, find_office_days
from matching.reading.stretches import Words, lowered, stretches_around

REMOTE, HYBRID, ONSITE, UNKNOWN = "remote", "hybrid", "onsite", "unknown"

# The long patterns below are read only near these, in lower case: patterns that ignore case are several times as slow.
_WORDS = Words(
    "remote", "hybrid", "office", "onsite", "on-site", "on site", "in-person", "in person", "telework", "work from",
    "work-from", "distributed", " hq", " hub", "#li", "headquarters", "anywhere in", "virtual (",
)  # fmt: skip
# Days in the office are not named without one of these.
_DAY_WORDS = ("day", "times", "x ", "twice", "once")
# Neither remote work nor its refusal is spoken of without one of these.
_REMOTE_WORDS = (
    "remote", "hybrid", "telework", "work from", "work-from", "distributed", "anywhere in the",
)  # fmt: skip
_LINE_HYBRID = re.compile(
    r"\bhybrid\b|remote[- ](?:eligible|friendly|optional|flexible)|in[- ]office [mtwf]\W"
)
_LINE_REMOTE = re.compile(
    r"\bremote(?:ly)?\b|\bvirtual\b|work (?:from|at) home?\b|home[- ]?based(?! (?:primary |health ?)?care)|\bdistributed\b|\bwfh\b|\banywhere\b|telecommute\b",
)
_LINE_ONSITE = re.compile(r"\bon-?site\b|\bin[- ](?:office|person)\b")
_CONDITION = re.compile(r"\bif (?:this|the) (?:position|role|job) is (?:not )?(?:a )?(?:remote|telework)")
_NOT_REMOTE = re.compile(
    r"\bif (?:this|the) (?:position|role|job) is (?:not |fully )?(?:remote|hybrid|telework)"
    r"|(?:remote or )?hybrid (?:work |options? )?(?:will|is|are|can)(?: not|not|n['’]t)(?: be)? (?:\w+)"
    r"|work[- ]from[- ](?:home|anywhere) (?:support|stipend|set-?up|days?|allowance|policy|weeks?|months?|program|equipment|budget|options?|benefit)"
    r"|(?:not|n['’]t|no|isn['’]t|without)\s+(?:\w+ ){0,4}?(?:remote|telework|work from home)"
    r"|remote (?:work )?(?:is|option|options|position)? ?(?:not|un)\s?(?:available|possible|offered|eligible|an option)"
    r"|\bremote (?:sensing|control\w*|access|desktop|support|monitoring|sites?|areas?|locations?|communities|teams?|employees"
    r"|patient|procedure|code|villages?|diagnos\w+|hands|server|troubleshooting|config\w*|meetings?|workers|users|offices)",
)
# A plain word for it is hybrid; it goes before "remote" since such texts use both.
_HYBRID = re.compile(
    r"\bhybrid (?:work|role|position|schedule|model|environment\b|working|setup|set-up|policy|approach|format|opportunity"
    r"|basis|remote|office|arrangement|job|culture|workplace|workweek|in\b|from\b|based)"
    r"|\b(?:this|the|our) (?:role |position |job |team )?(?:is|will be|works?|operates?)(?: an?| on a| in a)? hybrid\b"
    r"|\bhybrid\s*[:(]|[(\[]hybrid\b|#li-?hybrid"
    r"|\b(?:telework[- ]eligible|eligible for telework|suitable for telework|(?:allowed|permitted|able) to telework|telework(?:ing)? (?:is )?(?:eligible|available|may be (?:permitted|available|authorized)))"
    r"|\btelework eligible\W{1,4}yes",
)
_REMOTE = re.compile(
    r"\b(?:fully|100%|completely|entirely) (?:remote|distributed)\b|\bremote[- ](?:first|only|position|role|job|opportunity|based)\b"
    r"|\b(?:this|the|our) (?:role|position|job|team|opportunity|company|is)(?: is| will be| can be)?(?: an?)?(?: fully| 100%| completely| full-time| permanent)? remote\b"
    r"|\bwork remotely\b|\bwork from anywhere\b|\bwork[- ]from[- ]home (?:full|100%|position|role|job|opportunity)|\bremote\s*[:(,]\s*(?:us|usa|anywhere|yes|worldwide|global)"
    r"|#li-?remote|\b(?:location|workplace|work type)\s*:\s*(?:fully |100% )?remote\b|\bremote within\b|\banywhere in the (?:us\b|u\.s|united)"
    r"|\bfully distributed\b|\bvirtual \(100% remote\)",
)
_ONSITE = re.compile(
    r"\bthis (?:role|position|job|opportunity)? ?(?:is|will be|requires)(?: an?| to be)?(?: full[- ]time| fully| 100%| strictly)? ?,?(?:on-?site|in[- ](?:office|person))\b"
    r"|\b(?:(?:all )?(?:roles?|positions?|jobs?|team|company)|we) (?:is|are)(?: \w+)? ?(?:an? )?(?:on-?site|in[- ](?:office|person))\b"
    r"|(?:^|\n)\W{0,4}(?:on-?site|in[- ]person)(?: in\b|:| \w+,)|requires? (?:you )?to be on-?site|\bin[- ]office (?:and travel )?requirements?"
    r"|\bwork primarily from our office|(?:remote|hybrid) (?:work )?will not be considered"
    r"|#li-?onsite|\b(?:fully|100%|strictly|primarily) (?:on-?site|in[- ](?:office|person))\b"
    r"|\bon-?site (?:role|position|job|work|only|presence)|\b(?:in[- ]office|in[- ]person) (?:role|position|job|culture|team|only)"
    r"|\bwork (?:on-?site|in[- ]person|in[- ]office|from our (?:\w+ ){0,3}office)\b|\bnot (?:a )?(?:eligible for )?(?:remote|telework)"
    r"|\btelework eligible\W{1,4}no\b|\bremote work is not\b",
)  # fmt: skip


def read_workplace(*, location: str, title: str, text: str, stated: bool | None) -> str:
    """Give remote, hybrid, onsite or unknown.

    The location line and the title speak first (hybrid before remote before onsite), then the text, then the
    source's own remote flag. A flag of True is remote unless words say hybrid or onsite, since boards tick "remote"
    for hybrid posts too; a flag of False only says that no box was ticked: it stays unknown unless words say more, and
    so does a street address, which every remote post also has. Telework eligible is hybrid: some days at home, the
    duty station otherwise.
    """
    line = f"{location} | {title}".lower()
    said = _of_line(line)
    if said:
        return said
    about = _about(text)
    is_spoken_of = any(word in about for word in _REMOTE_WORDS)
    plain = _NOT_REMOTE.sub(" ", about) if is_spoken_of else about
    days = _office_days(plain)
    if _HYBRID.search(plain) or (days and days < WEEK):
        return HYBRID
    onsite = days == WEEK or _ONSITE.search(_CONDITION.sub(" ", about))
    remote = is_spoken_of and _REMOTE.search(plain)
    if onsite and not remote:
        return ONSITE
    if remote and (not onsite or stated):
        return REMOTE
    return REMOTE if stated and not onsite else UNKNOWN


def read_office_days(*, location: str, title: str, text: str, workplace: str) -> int | None:
    """Give the least days a week in the office that a hybrid or onsite posting asks for, None when it names none."""
    if workplace not in (HYBRID, ONSITE):
        return None
    days = _office_days(f"{location} | {title}".lower()) or _office_days(_about(text))
    return None if workplace == HYBRID and days == WEEK else days


def _about(text: str) -> str:
    return stretches_around(lowered(text), _WORDS, before=90, after=90)


def _office_days(about: str) -> int | None:
    return find_office_days(about) if any(word in about for word in _DAY_WORDS) else None


def _of_line(line: str) -> str:
    plain = _NOT_REMOTE.sub(" ", line)
    for kind, pattern in ((HYBRID, _LINE_HYBRID), (REMOTE, _LINE_REMOTE), (ONSITE, _LINE_ONSITE)):
        if pattern.search(plain):
            return kind
    return ""
