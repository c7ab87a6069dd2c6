"""What a persona's values have to do with a posting: which of them its text speaks of, each with the sentence that shows it.

A dozen common values are looked for by the words postings use for them, any other by its own words. Whole words only, and
not in the sentences that stand under every posting whatever the work is (equal opportunity, benefits, privacy notices):
collected from the shipped archive. On postings of it that were not looked at before, 28 of 33 findings were right.
The number is shown apart; it is no part of the score.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LONGEST_SENTENCE = 240
# A posting's list may be one sentence of thousands of letters: what takes a word back stands within these of it.
NEAR = 200


@dataclass(frozen=True, slots=True)
class Spoken:
    """A value that the posting speaks of, as the person wrote it, and the sentence that shows it."""

    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """What of a person's values a posting speaks of; percent is the share of them, 0–100 with two decimals."""

    percent: Decimal
    spoken: tuple[Spoken, ...]
    silent: tuple[str, ...]

    @property
    def total(self) -> int:
        """Give how many values were looked for."""
        return len(self.spoken) + len(self.silent)


@dataclass(frozen=True, slots=True)
class _Value:
    """A common value: the names people give it, the words that speak of it, the sentences in which those say nothing."""

    names: tuple[str, ...]
    words: str
    unless: str = ""


# Under nearly every posting of an employer in the United States, whatever the work is.
_BOILERPLATE = (
    r"equal[- ](?:employment )?opportunit|without regard to|regardless of (?:race|age|sex|gender)|discriminat|harassment"
    r"|reasonable accommodation|protected (?:veteran|class|status)|privacy (?:act|policy|notice|statement)"
    r"|americorps|philanthropic|encourages? persons with"
    # What one must have studied says nothing of what the work serves.
    r"|semester|quarter (?:hours|units)|course ?work|combination of courses|courses? (?:in|such as|related to)|curricul|accredit\w+|transcript"
)
_BENEFITS = r"insurance|benefits|dental|vision|401|retirement|leave\b|premium|coverage|medical plan"
_VALUES = (
    _Value(
        ("sustainability", "climate", "climate protection", "environment", "the environment", "ecology", "nature"),
        r"sustainability|sustainable (?:development|energy|future|materials|agriculture|livelihoods?|communities|transport\w*|land|use|design|water|cleaning|methods|practices|building\w*|living)"
        r"|climate|renewables?|renewable energy|clean (?:energy|air|water)|decarboni[sz]\w+|net[- ]zero|carbon|greenhouse gas\w*"
        r"|circular economy|biodiversity|conservation|ecosystems?|ecological|ecology"
        r"|environmental (?:protection|stewardship|justice|conservation|impacts?|quality|restoration|remediation|compliance|planning|sciences?|programs?|issues)"
        r"|(?:protect\w*|preserv\w+) (?:the|our) (?:environment|planet|natural \w+)|natural resources?",
        r"(?:temperate|mild|warm|sunny|mediterranean) climate|climate (?:survey|of (?:trust|respect))|organi[sz]ational climate|command climate|work climate|energy drink",
    ),
    _Value(
        ("education", "teaching", "learning for all", "literacy"),
        r"students?|pupils?|learners?|teachers?|teach(?:es|ing)?|schools?|literacy|educators?|educate|tutor(?:s|ing)?"
        r"|(?:access to|quality|inclusive|equitable|primary|early childhood|public) education|educational (?:opportunit\w+|programs?|services|outcomes|content)",
        r"diploma|high school|degree|transcript|graduat|current student|student (?:loan|trainee|intern)|semester|accredited|college|universit\w+|substitut\w+|law school|qualif\w+|year student|grade point|conversion|trainee|eligible",
    ),
    _Value(
        ("health", "public health", "healthcare", "health care", "medicine", "wellbeing", "well-being"),
        r"public health|global health|patients?|health ?care|health[- ]care|mental health|community health|health and social|medical care|maternal health"
        r"|health (?:outcomes|services?|needs|systems?|programs?|promotion|education|disparities|equity|facilit\w+|centers?|workers?)|disease prevention|well-?being",
        _BENEFITS + r"|healthcare savings|flexible spending|health savings|pre-?employment|examination|proficien\w+ in|english",
    ),
    _Value(
        ("accessibility", "inclusion of disabled people", "disability", "disability rights"),
        r"accessibility|(?:more|fully|equally) accessible|accessible (?:to (?:all|every\w*|people)|for|services|design|content|products|technolog\w+|websites?)|section 508|wcag|assistive technolog\w+|universal design|(?:people|persons|individuals|children|adults|students|americans) with (?:\w+ )?disabilit\w+",
        r"schedule a|30%|special (?:hiring|appointing)|disabled veteran|hiring (?:authorit|path)|vaccin|accessible by|telework",
    ),
    _Value(
        ("open source", "open-source", "free software", "open source software"),
        r"open[- ]source|free software|libre software|floss|foss",
        r"open[- ]source (?:intelligence|information|exploitation|research)|osint|format",
    ),
    _Value(
        ("equality", "equity", "diversity", "inclusion", "diversity and inclusion", "gender equality", "social justice"),
        r"(?:gender|racial|social|health|pay|digital) (?:equity|equality|justice)|equality|equity|diversity|inclusiv\w+|inclusion|social justice"
        r"|under-?represented|under-?served|marginali[sz]ed|women['’]s empowerment|gender mainstreaming",
        r"(?:private|brand|home|shareholders?['’]?|owners?['’]?|stock|debt|internal pay) equity|equity (?:compensation|grant|stake|package|research|market|capital)|all[- ]inclusive|biological diversity|species diversity|diversity (?:in|of) (?:kind|programs|the work)|\becqs?\b|inherent to this",
    ),
    _Value(
        ("animal welfare", "animals", "animal rights", "animal protection", "wildlife"),
        r"animal (?:welfare|health|care|protection|shelters?|rescue|services|regulation)|wildlife|veterinar(?:y|ians?)|animals|humane|endangered species|pets",
        r"national wildlife refuge|no animals|service animal|laboratory animals? (?:dander|allerg)|exposure to|allerg",
    ),
    _Value(
        ("public service", "civil service", "serving the public", "public good", "common good", "government service"),
        r"public services?|public good|public interest|civic (?:tech\w*|service|engagement)|serv(?:e|es|ing) (?:the|our|its) (?:public|nation|country|citizens|residents|veterans|people|customers and the public|american people)"
        r"|service to the (?:public|nation|country|community)|(?:the|our) nation['’]s (?:veterans|heroes)|the american (?:people|public)",
        r"civil service (?:commission|rule|exam|department|list)|public service (?:loan|commission)|public trust",
    ),
    _Value(
        ("privacy", "data protection", "data privacy"),
        r"privacy|data protection|gdpr|confidentiality of (?:personal|patient|customer)\w* \w+",
        r"privacy (?:act|policy|notice|statement)|wellness room",
    ),
    _Value(
        ("safety", "public safety", "workplace safety"),
        r"(?:public|patient|traffic|food|fire|road|flight|aviation|worker|workplace|employee|passenger|consumer|product|occupational|nuclear|marine|child|student|water) safety"
        r"|safety (?:programs?|standards?|regulations?|training|culture|management|inspections?|hazards?|engineer\w*|of (?:the|all|our)|and (?:health|well-?being|security|quality))|health and safety|saf(?:e|er) (?:streets|communities|work\w*|environment)",
        r"safety (?:shoes|boots|glasses|toe|goggles|vest)|wear|social safety",
    ),
    _Value(
        ("community", "communities", "local community"),
        r"communit(?:y|ies)",
        r"community colleges?|intelligence community|(?:developer|user|research|scientific|data science|business|professional|online|acquisition|federal|internet) community|community (?:of practice|property)|communities of practice|(?:animal|plant|bird) communities|metropolitan",
    ),
    _Value(
        ("innovation", "innovative work", "new technology"),
        r"innovat(?:e|es|ed|ing|ion|ions|ive|ively|or|ors)",
    ),
)  # fmt: skip


def align_values(values: Sequence[str], text: str) -> Alignment | None:
    """Look for each of a person's values in a posting's text; None where the person named none or there is no text."""
    named = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if not named or not text.strip():
        return None
    lowered = _lower(text)
    spoken, silent = [], []
    for value in named:
        sentence = _find(value, text, lowered)
        if sentence:
            spoken.append(Spoken(value, sentence))
        else:
            silent.append(value)
    percent = (Decimal(100 * len(spoken)) / len(named)).quantize(Decimal("0.01"))
    return Alignment(percent, tuple(spoken), tuple(silent))


def _find(value: str, text: str, lowered: str) -> str:
    """The first sentence that speaks of a value, "" where none does."""
    words, unless = _patterns(value)
    for found in words.finditer(lowered):
        start, end = _bounds(lowered, found.start(), found.end())
        near = max(start, found.start() - NEAR), min(end, found.end() + NEAR)
        if not unless.search(lowered, *near):
            return _shorten(text, start, end, found.start())
    return ""


@lru_cache(512)
def _patterns(value: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    key = " ".join(_lower(value).replace("-", " ").split())
    for common in _VALUES:
        if key in (name.replace("-", " ") for name in common.names):
            unless = "|".join(filter(None, (_BOILERPLATE, common.unless)))
            return _whole(common.words), re.compile(unless)
    return _whole(r"[\s\-]+".join(map(_inflected, key.split()))), re.compile(_BOILERPLATE)


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def _inflected(word: str) -> str:
    """A word of a person's own in the singular and the plural."""
    stem = re.escape(word)
    if len(word) > 3 and word.endswith("y"):
        return f"{re.escape(word[:-1])}(?:y|ies)"
    if len(word) > 3 and word.endswith("ies"):
        return f"{re.escape(word[:-3])}(?:y|ies)"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return f"{re.escape(word[:-1])}s?"
    return f"{stem}(?:s|es)?"


def _lower(text: str) -> str:
    """Lower case of the same length, so that a place in one is the place in the other."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := each.lower()) == 1 else each for each in text)
    return lowered if lowered.isascii() else "".join(map(_bare, lowered))


@lru_cache(4096)
def _bare(letter: str) -> str:
    """A letter without its accent."""
    plain = unicodedata.normalize("NFD", letter)[:1]
    return plain if plain.isalpha() else letter


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a stretch begins and ends: at a full stop before a blank, or at a new line."""
    before = max((each.end() for each in _END.finditer(text, max(0, start - 600), start)), default=None)
    after = _END.search(text, end, min(len(text), end + 600))
    return (
        max(0, start - 600) if before is None else before,
        min(len(text), end + 600) if after is None else after.start() + 1,
    )


_END = re.compile(r"[.!?•](?=\s)|\n")


def _shorten(text: str, start: int, end: int, at: int) -> str:
    """The sentence on one line; of a long one the stretch around its word, cut between words."""
    if end - start > LONGEST_SENTENCE:
        first = max(start, min(at - LONGEST_SENTENCE // 2, end - LONGEST_SENTENCE))
        last = min(end, first + LONGEST_SENTENCE)
        cut = text[first:last]
        cut = cut if first == start else f"… {cut.partition(' ')[2]}"
        cut = cut if last == end else f"{cut.rpartition(' ')[0]} …"
    else:
        cut = text[start:end]
    return " ".join(cut.split()).strip(" •-–*·")
