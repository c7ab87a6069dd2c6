"""The employer's industry, out of its name, what its source states and how it describes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote

from matching.reading.stretches import Words, lowered, stretches_around
from personas.industries import INDUSTRIES

__all__ = ["INDUSTRIES", "read_industry"]


# Finer trades are told apart while reading and stand under the industry of the one list that people choose from.
_TRADES = {
    "consulting": "professional",
    "staffing": "professional",
    "marketing": "media",
    "automotive": "manufacturing",
    "environment": "energy",
}

# The words of a source's own industry field (LinkedIn's list and its kin), first hit wins.
_STATED = (
    ("biotech", r"biotech|pharma|life science"),
    ("health", r"health|hospitals?\b|medical|nursing|wellness|veterinary|mental"),
    ("finance", r"financ|bank|insur|invest|venture|capital|accounting|fintech|crypto"),
    ("defense", r"defen[cs]e|space|military|aviation & aero"),
    ("energy", r"oil|energy|utilit|mining|renewable|solar"),
    ("environment", r"environment|climate|waste"),
    ("education", r"educat|learning|school|universit|training"),
    ("government", r"government|public (?:safety|policy|administration)|executive office|judiciary|legislat"),
    ("legal", r"legal|law pract|law firm"),
    ("staffing", r"staffing|recruit|human resources"),
    ("marketing", r"marketing|advertis|public relations|market research"),
    ("telecom", r"telecom|wireless"),
    ("arts", r"\barts?\b|design|museum|fine art|photograph|performing"),
    ("media", r"media|entertain|broadcast|publish|music|film|game|animation|newspaper|sports|gambling"),
    (
        "technology",
        r"software|information technology|\bict\b|internet|computer|semiconductor|network|technology|saas",
    ),
    ("construction", r"construct|building materials|architect|civil eng"),
    ("real_estate", r"real estate|property"),
    ("automotive", r"automotive"),
    ("transport", r"transport|logistic|warehous|supply chain|airline|maritime|freight|railroad"),
    ("agriculture", r"farm|agricult|ranch|food prod|dairy|fishery|food & bev|beverage"),
    ("hospitality", r"hospitality|travel|leisure|restaurant|hotel|event|tourism|recreation"),
    (
        "retail",
        r"retail|apparel|fashion|cosmetic|consumer (?:goods|elec)|luxury|wholesale|supermarket|e-?commerce",
    ),
    ("manufacturing", r"manufactur|machinery|mechanical|industrial|electronic|chemical|plastics|textile"),
    ("consulting", r"consult|professional services|research"),
    ("nonprofit", r"non-?profit|philanthrop|civic|charit|ngo|social (?:org|serv)|religious"),
    ("other", r"^(?!sales\b).*services|outsourcing|call center|security and invest"),
)
# An employer's name that says it all.
_NAMES = (
    ("defense", (
     r"\b(?:army|navy|naval|marine corps|air force|air national guard|coast guard command|hq usaf|military sealift|defense|space force|missile|fleet"
     r"|aerospace|lockheed|northrop|raytheon|anduril|space flight center|spacex)\b"
    )),
    ("education", r"\b(?:university|universidad|universit[eéä]t?|college|school|schools|academy|institute of technology|school district)\b"),
    ("health", r"\b(?:hospital|clinic|clinics|health system|medical cent(?:er|re)|healthcare|health care|veterans health|nursing|hospice|dental|surgery)\b"),
    ("government", (
     r"\b(?:indian health service|geological survey|centers for disease|centers for medicare|national (?:institutes? of|science foundation)"
     r"|(?:conservation|buildings|headquarters|housing|nutrition|agricultural) service|nasa|research center at|space center|ames research|smithsonian"
     r"|government accountability|headquarters services|offices, boards|office of justice|institute of education sciences|library of congress"
     r"|millennium challenge|sealift|coast guard|department of|dept\.? of|city of|county of|county|bureau|federal|administration|agency|commission|ministry|municipality"
     r"|office of (?:the|inspector)|executive office|u\.?s\.? (?:census|attorneys?|courts?|marshals|customs|fish|geological|trade|secret)|national park service|forest service"
     r"|internal revenue|gsa technology|state of|courts?|senate|parliament|agricultural (?:research|marketing) service|inspection service|social security|army corps)\b"
    )),
    ("finance", r"\b(?:bank|bancorp|credit union|insurance|assurance|capital|investments?|asset management|financial|wealth|securities|mortgage|lending|payments)\b"),
    ("legal", r"\b(?:law firm|law group|attorneys|solicitors|legal|llp law)\b"),
    ("biotech", r"\b(?:pharma\w*|biotech\w*|therapeutics|biosciences?|genomics|biologics|labs? biology)\b"),
    ("energy", r"\b(?:energy|solar|power company|utilities|petroleum|electric cooperative|oil (?:and|&) gas)\b"),
    ("construction", r"\b(?:construction|builders|contractors|contracting)\b"),
    ("real_estate", r"\b(?:real estate|realty|properties|property management)\b"),
    ("staffing", r"\b(?:staffing|recruit(?:ing|ment)|talent solutions|personnel)\b"),
    ("transport", r"\b(?:logistics|freight|trucking|airlines|airways|railway|shipping|port authority|transit authority)\b"),
    ("telecom", r"\b(?:telecom\w*|wireless|telekom)\b"),
    ("hospitality", r"\b(?:hotels?|resorts?|restaurants?|hospitality)\b"),
    ("nonprofit", r"\b(?:foundation|charity|red cross|save the children|oxfam|unicef|ngo|nonprofit)\b"),
    ("media", r"\b(?:broadcasting|news|publishing|studios|games|entertainment)\b"),
    ("manufacturing", r"\b(?:manufacturing|foods? factory|steel|industries)\b"),
    ("technology", r"\b(?:software|technologies|cybersecurity|systems inc|cloud)\b"),
)  # fmt: skip
# How employers speak of themselves: what they are in, not what the post does.
_CUES = (
    ("biotech", r"biotech\w*|proteom\w+|protein|biology|pharmaceutical|drug (?:discovery|development)|therapeutics|genomics|life sciences?|synthetic biology|clinical trials?|clinical[- ]stage"),
    ("health", r"health ?care|healthcare|digital health|mental health|virtual (?:care|\w+ medical group)|medical group|patients?\b|clinicians?|telehealth|hospitals?|autism|aba\b|therapists?|primary care|medical billing|clinical|hospice|senior care|caring for your pet|pet care|dermatolog\w+|health & fitness|medical devices?|veterinary|health (?:company|plan|platform|insurance company)"),
    ("finance", r"fintech|financial (?:services|infrastructure|technology|platform|institution|intelligence|wellness|operating|decisions|products|super)|financial (?:resource|goals)|finance for|finances\b|consumer finance|prediction markets?|banking|\bbank\b|payments?\b|payroll (?:company|platform|provider)|insurance|insurtech|insurer|lending|loans?\b|mortgages?|credit (?:card|union|cards)|personal finance|consumer finance|crypto\w*|bitcoin|stablecoins?|blockchain|defi\b|web3|trading (?:firm|platform)|quantitative trading|hedge fund|asset manage\w+|wealth management|investment (?:bank|firm|management|platform)|private equity|venture (?:capital )?(?:fund|firm)|money transfer|expense management|spend management|tax (?:compliance|platform|filing)|brokerage|merchant of record"),
    ("legal", r"legal (?:ai|services|tech\w*|teams?|work|professionals)|law firms?|legaltech|access to the law|lawyers"),
    ("education", r"education (?:company|platform|technology)|transform(?:ing)? education|educators?\b|best teachers|edtech|higher education|schools (?:and|district)|universit(?:y|ies)|tutoring|students? (?:learn|success)|teachers|upskilling|learning platform|online courses|microschools?|good education|language learning"),
    ("defense", r"defen[cs]e (?:acquisition|agencies|technology|company|contractor|tech|industry|products)|national security|aerospace|space (?:company|industry|exploration)|satellites?|spacecraft|rockets?|launch vehicles?|warfighters?|unmanned aerial|counter-drone"),
    ("government", r"federal agency|government agency|public agency|on behalf of the (?:city|county|state)"),
    ("energy", r"(?:clean |renewable |nuclear |geothermal |fusion )energy|\benergy (?:company|storage|industry|sector|grid|transition)|electric grid|power grid|the grid\b|solar|utility compan\w+|oil (?:and|&) gas|batteries|nuclear|minerals"),
    ("environment", r"climate (?:tech|action|change)|carbon (?:removal|accounting|capture|footprint)|decarboni[sz]\w+|waste management|recycling"),
    ("agriculture", r"agricultur\w+|agtech|farm(?:s|ers|ing)\b|crops?\b|food (?:company|production|manufacturer|brand)|snack|beverages?|restaurants? supplier|meat|orchards"),
    ("construction", r"\baec\b|construction scheduling|construction (?:company|industry|firm|management|technology)|contractors\b|build a home|home ?builders?|architecture firm|civil engineering|infrastructure projects"),
    ("real_estate", r"real estate|proptech|property management|apartments?|homeowners|home ?buying|rental (?:housing|properties)|landlords|co-?living|residential (?:real|propert|communit)\w*"),
    ("automotive", r"automotive|electric vehicles?|\bevs?\b|autonomous (?:vehicles?|driving|trucks?)|self-driving|car (?:subscription|buying|rental|sharing)|electric vehicles|micromobility|e-?bikes?"),
    ("transport", r"logistics|freight|trucking|truckers|truck drivers|supply chain (?:company|platform|management|logistics|visibility)|deliver(?:y|ies) (?:company|platform|network)|ride-?(?:hailing|sharing)|fleet management|last[- ]mile|airline|aviation|warehous(?:e operator|ing)|mobility platform"),
    ("telecom", r"telecom\w*|mobile (?:operator|network|carrier)|broadband|fiber (?:internet|network)|internet service provider|5g\b|wireless carrier"),
    ("hospitality", r"hospitality|hotels?\b|\btravel(?:ers?)?\b|travel (?:company|platform|industry|experience|agency|brand)|vacation rentals?|short-term rentals?|restaurants?\b|dining|fitness (?:studios?|clubs?)|gyms?\b|event (?:venue|tickets?)|live events|pool and spa"),
    ("media", r"games?\b(?! chang)|gaming|esports|streaming (?:service|platform)|entertainment|music\b|podcasts?|publish(?:ers|ing (?:company|house|platform))|newsroom|journalism|film|video creators?|creator economy|sports (?:betting|media)|igaming|sportsbooks?|live sports|media company|social (?:network|media) (?:platform|app|company)|news (?:organi[sz]ation|site)"),
    ("marketing", r"marketing agency|advertising|ad ?tech|advertisers|ad (?:platform|network)|public relations|brand(?:ing)? agency|growth agency|customer engagement platform|influencer|marketing automation|market research|creative agency|performance marketing"),
    ("retail", r"e-?commerce|retail\w*|consumer (?:goods|brand|products)|direct-to-consumer|\bdtc\b|apparel|fashion|beauty|cosmetics|skincare|grocer(?:y|ies)|marketplace for (?:local|vintage|used|buy)|wholesale|jewell?ery|furniture|online store|luxury"),
    ("staffing", r"staffing|recruit(?:ing|ment) (?:agency|firm|company|marketplace|platform)|talent (?:marketplace|network|platform)|headhunt\w+|employer of record|outsourced talent|hiring platform"),
    ("consulting", r"consult(?:ing|ancy) (?:firm|company|group|services)|consultancy|professional services|advisory firm|accounting firm|audit firm|management consulting|research firm"),
    ("manufacturing", r"manufactur\w+|industrial (?:automation|company|robots?|equipment)|hardware company|robotics|ai-powered robots|industrial robots|3d print\w+|semiconductor manufactur\w+|machine tools|consumer electronics|physical product"),
    ("nonprofit", r"non-?profit|501\(c\)|charit(?:y|able)|philanthrop\w+|\bngo\b|humanitarian|social (?:enterprise|services)|faith-based"),
    ("arts", r"museum|art (?:gallery|market)|theat(?:er|re) company|architecture and design studio|design studio|artists\b"),
)  # fmt: skip
_TECHNOLOGY = re.compile(
    r"\b(?:software|saas|platform|developers?|artificial intelligence|AI\b|machine learning|cloud|cybersecurity|security (?:company|platform)|data"
    r"|open[- ]source|(?:language|foundation|frontier|AI|ML) models?|computers?\b|engineering-first|APIs?|apps?\b|infrastructure|automation|devops|database|LLMs?|observability|technology|agents?|internet|deep learning)",
    re.IGNORECASE,
)
_STATED_RULES = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _STATED)
_NAME_RULES = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _NAMES)
# Read in lower case: patterns that ignore case are several times as slow.
_CUE_RULES = re.compile("|".join(rf"(?P<{code}>\b(?:{pattern}))" for code, pattern in _CUES))
_IS = r"(?:\s?(?:\([^)]{2,40}\)|,[^.,\n]{3,50},))?\s?(?:(?P<be>is|are|’re|'re)|was founded|provides?|builds?|makes?|helps?|offers?|powers?|develops?|operates?|creates?|works? (?:with|to)|brings?|enables?|exists? to|gives?|connects?|designs?|delivers?|transforms?|unif(?:y|ies))\b"
_WE = re.compile(
    rf"(?:\b[Ww]e{_IS}|\b(?:[Oo]ur mission is|[Oo]n a mission to|[Aa]s (?:a|the) (?:leading|fast-growing|global)))(?P<said>[^\n]{{12,240}})"
)
_AFTER_NAME = re.compile(
    rf"[\w.]{{0,8}}(?: [A-Z]\w+)?(?:{_IS}|,? (?:our mission is|we(?P<we>['’]re)?(?: are)?) )(?P<said>[^\n]{{12,240}})"
)
_OPENING = re.compile(rf"(?:^|[.\n:]\s*)[A-Z][\w&’']*(?: [A-Z][\w&’']*){{0,4}}{_IS}(?P<said>[^\n]{{12,240}})")
_WE_WORDS = Words("we are", "we’re", "we're", "we ", "our mission", "on a mission", "as a ", "as the ")
# "We offer parental leave" tells what is offered to those who work there.
_PERKS = re.compile(
    r"\b(?:benefits|parental|dental|401|pto|perks|vacation|stipend|accommodations?|visas?|salary|equity|discounts|compensation|paid (?:time|leave)"
    r"|equal opportunit\w+)\b",
    re.IGNORECASE,
)
_NOT_SELF = re.compile(
    r"^\W*(?:currently |now |actively |also |always )?(?:looking|seeking|hiring|searching|an equal|committed|proud|excited|expand|growing our|pleased"
    r"|open to|dedicated to (?:divers|equal)|unable|not able|happy|offering|convinced|accept|remote|hybrid|based in|all|willing|happiest|ready|in[- ]person"
    r"|backed|funded|where|able|in \d{4} by|by\b)",
    re.IGNORECASE,
)
# After "is" only what says what the employer is; "we are flexible" says nothing.
_SELF = re.compile(
    r"^\W*(?:now |currently |proudly |also )?(?:an?\b|the\b|one of|building|build|reimagin\w+|redefin\w+|transform\w+|creating|making|reinvent\w+"
    r"|revolutioni\w+|moderni\w+|develop\w+|on a mission|pioneer\w*|world|leader|leading|chang\w+|design\w+|bring\w+|helping|not just|[A-Z]\w+.s (?:leading|first|largest)"
    r"|democrati\w+|powering|to \w+|simplif\w+|rethinking|unlocking|solving|tackling|disrupting|training|deploying)",
    re.IGNORECASE,
)
_PARTS = re.compile(r",|&|/|\band\b", re.IGNORECASE)
_SECTORS = re.compile(r"\band (?:construction|public administration|ict)\b", re.IGNORECASE)
_CUT = re.compile(r"(?<=[a-z)])\.\s|\n|;|!")
_MOST_SENTENCES = 4
LEAST_FIRST = (
    5  # letters of the first word of a name that stand for all of it ("schoolhouse-world" is Schoolhouse)
)
OPENING = 600  # characters in which an employer whose name is not given is expected to introduce itself


def read_industry(*, company: str, title: str, text: str, stated: str = "") -> str:
    """Give the code of the employer's industry, one of INDUSTRIES, or "" when unsure.

    A stated industry goes first, then a telling name ("City of ...", "... University"), then the employer's first
    sentences about itself, by the first particular cue in them; technology is taken only when a sentence about the
    employer itself has no particular one. The title and the duties never count: a bank's nurse works for a bank.
    """
    name = re.sub(r"[-_%]+", " ", unquote(company)).strip()
    trade = _of_statement(stated) or _first(_NAME_RULES, name) or _of_text(name, text)
    return _TRADES.get(trade, trade)


@lru_cache(maxsize=4096)
def _of_statement(stated: str) -> str:
    """Give the trade that a source states; one that names several industries ("Transport, Storage and ICT") says none."""
    parts = {_first(_STATED_RULES, part) for part in _PARTS.split(stated)} - {"", "other"}
    if len({_TRADES.get(part, part) for part in parts}) > 1 and _SECTORS.search(stated):
        return ""
    return _first(_STATED_RULES, stated)


def _of_text(name: str, text: str) -> str:
    technical = False
    for number, sentence in enumerate(_about(name, text)):
        trade = _of_sentence(sentence)
        if trade not in ("", "technology"):
            return trade
        technical = technical or bool(trade)
        if number + 1 >= _MOST_SENTENCES:
            break
    return "technology" if technical else ""


# The same sentences stand in most postings of an employer.
@lru_cache(maxsize=8192)
def _of_sentence(sentence: str) -> str:
    cue = _CUE_RULES.search(sentence.lower())
    if cue and cue.lastgroup:
        return cue.lastgroup
    return "technology" if _TECHNOLOGY.search(sentence) else ""


def _about(name: str, text: str) -> Iterator[str]:
    """Yield what the employer says of itself, sentences that name it before those that say "we"."""
    for match in chain(_named(name, text) if name else _opening(text), _we_sentences(text)):
        said = _CUT.split(match["said"], maxsplit=1)[0]
        if _speaks_of_itself(said, is_plain=match["be"] is None):
            yield said


@lru_cache(maxsize=8192)
def _speaks_of_itself(said: str, *, is_plain: bool) -> bool:
    if _NOT_SELF.match(said) or _PERKS.search(said):
        return False
    return is_plain or _SELF.match(said) is not None


def _we_sentences(text: str) -> Iterator[re.Match[str]]:
    yield from _WE.finditer(stretches_around(text, _WE_WORDS, before=2, after=300))


def _opening(text: str) -> Iterator[re.Match[str]]:
    """Yield what the first words say of an employer that the source does not name."""
    if match := _OPENING.search(text, 0, OPENING):
        yield match


def _named(name: str, text: str) -> Iterator[re.Match[str]]:
    if len(name) < 3:
        return
    # In lower case: a pattern that ignores case is several times as slow.
    for place in _naming(name).finditer(lowered(text)):
        match = _AFTER_NAME.match(text, place.end())
        if match:
            yield match


@lru_cache(maxsize=4096)
def _naming(name: str) -> re.Pattern[str]:
    """Find a name however it is spaced: boards write "candidhealth" for "Candid Health"."""
    first = re.split(r"[\s.\-_]", name.lower())[0]
    letters = re.sub(r"[^\w]|\b(?:inc|gmbh|ltd|llc|ag|labs)$|(?:careers?|hq)$", "", name.lower())
    loose = r"[\s.\-]?".join(re.escape(letter) for letter in letters) or re.escape(name.lower())
    if LEAST_FIRST <= len(first) < len(letters):
        loose = rf"{loose}|{re.escape(first)}\b"
    return re.compile(rf"\b(?:{loose})")


def _first(rules: tuple[tuple[str, re.Pattern[str]], ...], words: str) -> str:
    return next((code for code, pattern in rules if pattern.search(words)), "")
