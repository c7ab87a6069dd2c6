"""What forms ask and whether an answer fits: two questions are one only where their words are the same.

Nothing is guessed. An answer serves a question with the same key; where it does not fit the question's kind or its
options, or where a form asks in words that mean something only there, the question counts as unanswered.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["text", "long_text", "number", "date", "yes_no", "one_of", "many_of", "file"]
KINDS: tuple[Kind, ...] = ("text", "long_text", "number", "date", "yes_no", "one_of", "many_of", "file")
"""What a form takes as an answer."""
TOPICS = ("legal", "visa", "pay", "demographic", "other")
"""What questions are about; all but the last are sensitive."""

LONGEST_TEXT = 255
"""Characters of an answer on one line: the shortest limit among the systems we send to."""
LONGEST_LONG_TEXT = 10_000
"""Characters of an answer of several lines."""
LONGEST_KEY = 255
"""Characters of a question's key; the column is as wide."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form; `options` are (value, label), `kind` one of KINDS, `topic` one of TOPICS."""

    id: str
    label: str
    kind: Kind
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    topic: str = "other"


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as a question takes it, or the code of what is wrong with it.

    value is text for text, long_text and one_of (the option's value); a plain decimal such as "5" or "-1.5" for number; an
    ISO date for date; a bool for yes_no; a tuple of the options' values for many_of; None where `fault` says why: empty,
    too_long, not_storable, not_a_number, not_a_date, not_yes_or_no, not_an_option, needs_a_file.
    """

    value: Any = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that somebody gave: its words, where (a code), on what day, and to what question as they saw it."""

    text: str
    source: str
    given_on: date
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with the answer that it takes; `shown` is the answer in words."""

    question: Question
    value: Any
    shown: str
    source: str
    given_on: date


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that stays open, and why: none, repeated (the form asks it twice), or a fault of `check_answer`."""

    question: Question
    because: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form with what is known: `missing` are the required questions that stay open, `left_empty` the others."""

    answered: tuple[Answered, ...]
    missing: tuple[Unanswered, ...]
    left_empty: tuple[Unanswered, ...]


def question_key(label: str) -> str:
    """The comparable form of a question, at most LONGEST_KEY characters; empty where it has no letter, digit or sign.

    Case, accents, sentence punctuation, a star and "(optional)" at the end do not matter. Signs that change the meaning
    (+ # % € and marks within figures) stay: C, C++ and C# are three questions.
    """
    text = _fold(label)
    while text != (shorter := _ASIDE.sub("", text).rstrip(" *:")):
        text = shorter
    plain = " ".join(_PUNCTUATION.sub(" ", _DASH.sub("-", text)).split())
    if len(plain) <= LONGEST_KEY:
        return plain
    # Two long questions may begin alike: what their ends say is kept as a digest.
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{plain[: LONGEST_KEY - len(digest) - 1].rstrip()} {digest}"


def means_the_same_everywhere(label: str) -> bool:
    """Tell whether a question can be understood without its form; "If yes, please explain" cannot."""
    key = question_key(label)
    return bool(key) and key not in _ONLY_HERE and not _FOLLOWS_ANOTHER.match(key)


def topic_of(label: str) -> str:
    """What a question is about; where its words leave a doubt, a sensitive topic."""
    text = _fold(label)
    for topic, words in _TOPIC_WORDS:
        if words.search(text):
            return topic
    return "other"


def check_answer(question: Question, text: str) -> Checked:
    """Read an answer as the kind of a question takes it."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return Checked(fault="not_storable")
    if question.kind == "file":
        return Checked(fault="needs_a_file")
    if not text.strip():
        return Checked(fault="empty")
    return _CHECKS[question.kind](question, text.strip())


def say_answer(question: Question, value: Any) -> str:
    """An answer that `check_answer` gave, in words that it reads back as the same."""
    labels = {option: " ".join(label.split()) for option, label in question.options}
    if question.kind == "yes_no":
        return "yes" if value else "no"
    if question.kind == "one_of":
        return labels[value]
    if question.kind == "many_of":
        return "\n".join(labels[each] for each in value)
    return str(value)


def answer_questions(
    questions: Sequence[Question], known: Mapping[str, Known], *, here: Mapping[str, Known] | None = None
) -> Sheet:
    """Answer what is known: `known` by key, from anywhere; `here` by the question's id, given for this form alone.

    An answer of `here` holds as long as its question is asked in the words in which it was answered.
    """
    asked = Counter(question_key(each.label) for each in questions)
    answered, missing, left_empty = [], [], []
    for question in questions:
        found = _answer(question, known, here or {}, repeated=asked[question_key(question.label)] > 1)
        if isinstance(found, Answered):
            answered.append(found)
        elif question.required:
            missing.append(found)
        else:
            left_empty.append(found)
    return Sheet(tuple(answered), tuple(missing), tuple(left_empty))


def _answer(
    question: Question, known: Mapping[str, Known], here: Mapping[str, Known], *, repeated: bool
) -> Answered | Unanswered:
    given = here.get(question.id)
    if given is not None and question_key(given.asked) != question_key(question.label):
        given = None
    if given is None and means_the_same_everywhere(question.label):
        given = known.get(question_key(question.label))
        if given is not None and repeated:
            # One answer to two questions of the same words would be a guess for one of them.
            return Unanswered(question, "repeated")
    if given is None:
        return Unanswered(question, "needs_a_file" if question.kind == "file" else "none")
    checked = check_answer(question, given.text)
    if checked.fault:
        return Unanswered(question, checked.fault)
    shown = say_answer(question, checked.value)
    return Answered(question, checked.value, shown, given.source, given.given_on)


# --- one check a kind --------------------------------------------------------------------------------------------


def _check_text(question: Question, text: str) -> Checked:
    line = " ".join(text.split())
    return Checked(line) if len(line) <= LONGEST_TEXT else Checked(fault="too_long")


def _check_long_text(question: Question, text: str) -> Checked:
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return Checked(kept) if len(kept) <= LONGEST_LONG_TEXT else Checked(fault="too_long")


def _check_number(question: Question, text: str) -> Checked:
    # 1,500 and 1.500 are two numbers, and which one is meant is not ours to say; 65 000 is one.
    plain = _THOUSANDS.sub("", text) if _GROUPED.fullmatch(text) else text
    if len(plain) > 20 or not _NUMBER.fullmatch(plain) or _AMBIGUOUS.fullmatch(plain):
        return Checked(fault="not_a_number")
    number = Decimal(plain.replace(",", ".").replace("−", "-"))
    return Checked(f"{number.normalize():f}" if number else "0")


def _check_date(question: Question, text: str) -> Checked:
    # 03/04/2026 is two days, by the country of whoever wrote it.
    found = _ISO_DATE.fullmatch(text)
    parts = found.groups() if found else ()
    if not found and (found := _POINTED_DATE.fullmatch(text)):
        parts = found.groups()[::-1]
    try:
        return Checked(date(*map(int, parts)).isoformat()) if parts else Checked(fault="not_a_date")
    except ValueError:
        return Checked(fault="not_a_date")


def _check_yes_no(question: Question, text: str) -> Checked:
    said = _YES_NO.get(question_key(text))
    return Checked(fault="not_yes_or_no") if said is None else Checked(said)


def _check_one_of(question: Question, text: str) -> Checked:
    value = _find_option(question, text)
    return Checked(fault="not_an_option") if value is None else Checked(value)


def _check_many_of(question: Question, text: str) -> Checked:
    # An option may hold a semicolon itself, so lines are tried first.
    for between in ("\n", ";"):
        chosen = {_find_option(question, entry) for entry in text.split(between) if entry.strip()}
        if chosen and None not in chosen:
            return Checked(tuple(value for value, _label in question.options if value in chosen))
    return Checked(fault="not_an_option")


def _find_option(question: Question, text: str) -> str | None:
    """The value of the option with this label; None where there is none or where two are told apart by nothing."""
    exact = {value for value, label in question.options if label.strip() == text.strip()}
    if len(exact) == 1:
        return exact.pop()
    wanted = _fold(text)
    alike = {value for value, label in question.options if _fold(label) == wanted}
    return alike.pop() if len(alike) == 1 else None


_CHECKS = {
    "text": _check_text,
    "long_text": _check_long_text,
    "number": _check_number,
    "date": _check_date,
    "yes_no": _check_yes_no,
    "one_of": _check_one_of,
    "many_of": _check_many_of,
}
_YES_NO = {"yes": True, "ja": True, "true": True, "no": False, "nein": False, "false": False}

_GROUPED = re.compile(r"[-−]?[0-9]{1,3}(?:[  \u202f'’][0-9]{3})+(?:[.,][0-9]+)?")
_THOUSANDS = re.compile(r"[  \u202f'’]")
_NUMBER = re.compile(r"[-−]?[0-9]+(?:[.,][0-9]+)?")
_AMBIGUOUS = re.compile(r"[-−]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_POINTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")


# --- words -------------------------------------------------------------------------------------------------------


def _fold(text: str) -> str:
    """A text without case, accents of Latin letters and width of white space."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    # Only these marks are accents; in other scripts a mark makes another letter.
    return " ".join("".join(letter for letter in folded if not "\u0300" <= letter <= "\u036f").split())


_ASIDE = re.compile(
    r"\s*[(\[]\s*(?:optional|required|mandatory|freiwillig|erforderlich|pflichtfeld|pflichtangabe)\s*[)\]]\s*\**$"
)
_DASH = re.compile(r"[‐‑‒–—−]")
# Marks within figures stay: 1.5, 1-5 and 15 are three things.
_PUNCTUATION = re.compile(r"""[!?¿¡;"“”„‟«»‹›'’‘‚`´()\[\]{}*_\\|…·•]|(?<![0-9])[.,/:-]|[.,/:-](?![0-9])""")

_ONLY_HERE = frozenset(
    """
    other|comment|comments|additional comments|additional information|please specify|please explain|please describe
    please elaborate|specify|explain|details|please provide details|please provide more details|more details
    andere|anderes|sonstiges|bitte angeben|bitte erlautern|bitte beschreiben|nahere angaben|weitere angaben|bemerkungen
    kommentar|anmerkungen
    """.strip()
    .replace("\n", "|")
    .replace("  ", "")
    .split("|")
)
_FOLLOWS_ANOTHER = re.compile(
    r"(?:if (?:yes|no|so|not|other|applicable|any|you answered|you selected|you chose)|in that case|"
    r"(?:falls|wenn) (?:ja|nein|andere|zutreffend|nicht)|in diesem fall)\b"
)


def _words(stems: str, *, also: str = "") -> re.Pattern[str]:
    """Find words and beginnings of words (those with a star) in a folded text."""
    each = [re.escape(stem).replace(r"\*", r"\w*").replace(r"\ ", r"\W+") for stem in _entries(stems)]
    return re.compile(r"(?<!\w)(?:" + "|".join(each) + r")(?!\w)" + (f"|{also}" if also else ""))


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip()]


_TOPIC_WORDS = (
    (
        "visa",
        _words(
            """
            visa, visas, visum, sponsor*, work permit, work permits, working permit, right to work, authori*ed to work,
            authori*ation to work, work authori*, employment authori*, employment eligib*, eligib* to work, legally, legal right,
            permitted to work, allowed to work, work status, immigration, citizen*, nationality, nationalities, green card,
            permanent resident*, residence permit, residency, residency status, residence status, blue card, blaue karte,
            export control*, itar, h1b, h 1b, cpt, arbeitserlaubnis, arbeitsgenehmigung, aufenthalt*, niederlassungserlaubnis,
            staatsangehorigkeit*, staatsburger*, nationalitat*, eu burger*, arbeitsrecht*, in deutschland arbeiten
            """
        ),
    ),
    (
        "pay",
        _words(
            """
            salary, salaries, compensation, pay, paid, wage*, remuneration, hourly rate, daily rate, day rate, pay rate, your rate, rates,
            bonus*, ctc, earn*, income, gehalt*, verguet*, vergut*, lohn*, stundenlohn,
            bezahl*, verdien*, einkommen*, stundensatz*, tagessatz*, entgelt*, brutto*, netto*, jahresgehalt*, monatsgehalt*,
            wunschgehalt, zielgehalt, usd, eur, euro, euros, gbp, chf, dollar*
            """,
            also=r"\w*(?:gehalt|lohn|vergutung)\w*|[€$£¥₹]",
        ),
    ),
    (
        "demographic",
        _words(
            """
            gender*, sex, sexual*, pronoun*, race, races, racial, ethnic*, hispanic, latino, latina, latinx, latine, veteran*,
            disab*, impair*, handicap*, age, ages, aged, how old, birth*, born, dob, marital, married, spouse, religi*, belief*,
            faith, lgbt*, transgender, nonbinary, non binary, gay, lesbian, queer, pregnan*, maternity, paternity, child, children,
            health, medical, illness, military, protected, underrepresented, minority, minorities,
            indigenous, aboriginal, caste, identify, identity, diversity, demographic*, accommodation, accommodations, adjustment,
            adjustments, socioeconomic, socio economic, trade union, union member*, neurodiver*, photo*, geschlecht*, anrede,
            pronomen, ethni*, herkunft*, religion*, konfession*, familienstand, verheiratet, geburt*, geboren, alter, wie alt,
            behinder*, schwerbehind*, gesundheit*, krank*, schwanger*, kinder, ihr kind, sexuell*, gewerkschaft*, bundeswehr,
            wehrdienst*, foto*, lichtbild
            """
        ),
    ),
    (
        "legal",
        _words(
            """
            consent*, agree*, accept*, gdpr, dsgvo, ccpa, privacy, data protection, personal data, my data, your data, my information,
            store my, store your, retain, retention, process my, processing, talent pool, talent community, future opportunit*, terms, conditions of,
            policy, policies, certif*, acknowledg*, confirm*, declar*, attest*, affirm*, truthful*, true and, accura*, hereby,
            i understand, opt in, opt out, newsletter, marketing, sms, text message*, whatsapp, background check*, background screening,
            criminal*, convict*, felon*, misdemeano*, arrest*, offen*e, lawsuit*, legal*, non compete*, noncompete*,
            non disclosure, nda, confidential*, restrictive covenant*, conflict* of interest, drug*, screening, clearance*, sanction*,
            bankrupt*, debar*, relative*, related to, government official*, politically exposed, liabl*, signature, sign, signed,
            over 18, over the age*, at least 18, 18 years, authori*e, authori*ation, permission, eligib*, license agreement,
            einwillig*, willige, einverstanden, einverstandnis*, zustimm*, stimme, akzeptier*, datenschutz*, datenverarbeit*,
            personenbezogen*, meine daten, meiner daten, ihre daten, ihrer daten, speicher*, verarbeit*, talentpool, agb, nutzungsbeding*, erklare, erklarung*, bestatig*,
            versicher*, wahrheit*, vorstraf*, fuhrungszeugnis*, straf*, verurteil*, wettbewerb*, verschwiegen*, geheimhalt*,
            interessenkonflikt*, volljahrig*, kenntnis, hiermit, unterschrift, berechtigt, berechtigung
            """
        ),
    ),
)
"""Words of the sensitive topics, English and German, folded; the first topic that is named counts."""
