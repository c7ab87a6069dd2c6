"""The words of pay: how postings write currencies, amounts, periods and what is money but nobody's pay."""

from __future__ import annotations

import re

from matching.reading.stretches import Words
from personas.money import DAY, HOUR, MONTH, WEEK, YEAR, exchange_rates

SIGNS = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "CAD$": "CAD",
    "USD$": "USD",
    "AU$": "AUD",
    "A$": "AUD",
    "NZ$": "NZD",
    "S$": "SGD",
    "SG$": "SGD",
    "HK$": "HKD",
    "NT$": "TWD",
    "MX$": "MXN",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "RS": "INR",
    "RS.": "INR",
    "₪": "ILS",
    "₩": "KRW",
    "¥": "JPY",
    "ZŁ": "PLN",
    "₱": "PHP",
}
SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "lac": 100_000,
    "lacs": 100_000,
    "lpa": 100_000,
}
DOLLAR_COUNTRIES = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"})
# Where a text gives no period: yearly from 10,000 US dollars' worth up, hourly from 7 to 250, else not read.
YEARLY_FROM_USD, HOURLY_USD = 10_000, (7, 250)
# Outside these worths a year (US dollars) a figure is not somebody's pay.
LEAST_USD, MOST_USD = 1_000, 3_000_000
# A lone figure worth less than this in a year (US dollars) is as often a stipend: it needs a word for pay in its line.
SMALL_USD = 15_000
# A range of pay is seldom wider than this, and alternatives are seldom this far apart: others are unrelated figures.
WIDEST, FARTHEST = 10, 3

_CODES = "|".join(sorted(code for code in exchange_rates().per_euro))
_SIGN = rf"(?:(?<![A-Za-z])(?:US|CA|CAD|USD|AU|NZ|SG|HK|NT|MX|[CASR])\$|\$|[€£₹₪₩¥₱]|zł|\bRs\.?|\b(?:{_CODES})(?![A-Za-z]))"
_NUMBER = r"\d{1,3}(?:(?:, |[,.'’\u00a0\u202f ])\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d|, ?\d{3}\b|[.,]\d)"
_SCALE = r"k|K|thousand|lakhs?|lacs?|LPA|lpa"
_PER = (
    r"(?:/|per|an|a|each|p\.?)\s?(?:hour|hr|h|day|diem|week|wk|month|mo|mth|year|yr|annum|a)(?-i:\b|(?=[A-Z]))\.?|p\.?a\b\.?|p\.?h\b\.?"
    r"|hourly|daily|weekly|monthly|yearly|annually|annual|annualized|LPA|pro (?:Stunde|Tag|Woche|Monat|Jahr)\b|par (?:heure|jour|mois|an)\b"
)
_NOTE = r"(?:\s?\([^()\n]{1,24}\)|\s?\[[^\[\]\n]{1,90}\])?"
_GRADE = r"(?:GS-?\d{1,2},?\s+)?(?:Step \d{1,2}\s*[-:]?\s*)?"
_RANGE_WORD = (
    r"(?:\s*\.{2,3}\s*|\s*(?:[-–—−‐‑‒~]|€“|â€“)\s*(?:to\s+)?"
    r"|\s+(?:to|through|and|up to|until|bis|à)\s+(?:up to\s+)?|\s(?=[$€£]))"
)
MONEY = re.compile(
    rf"(?P<sign1>{_SIGN})?\s?(?<![\d.,])(?<![A-Za-z]-)(?<!Step )(?P<low>{_NUMBER})(?:\s?(?P<scale1>{_SCALE})\b)?"
    rf"(?:\s?(?P<after1>{_SIGN})(?!\s?\d))?(?:\s?(?P<per1>{_PER}))?{_NOTE}"
    rf"(?:{_RANGE_WORD}{_GRADE}(?P<sign2>{_SIGN})?\s?(?P<high>{_NUMBER})(?:\s?(?P<scale2>{_SCALE})\b)?"
    rf"(?:\s?(?P<after2>{_SIGN}))?)?(?P<plus>\+(?!\s?[A-Za-z]))?",
    re.IGNORECASE,
)
# "$170,000 (min) – $210,000 (mid) – $250,000 (max)": what follows the second amount of a range.
THIRD = re.compile(
    rf"{_NOTE}\s*[-–—]\s*(?:{_SIGN})\s?(?P<high>{_NUMBER})(?:\s?(?P<scale>{_SCALE})\b)?", re.IGNORECASE
)
SIGN_WORDS = (*"$€£₹₪₩¥₱", "zł", "Rs")
# Where an amount may stand that names no currency: thousands, in lower case.
THOUSANDS = Words(*(f"{digit}k" for digit in range(10)), "0 k", "5 k", "0,000", "5,000", "00,500")
CODE = re.compile(r"[A-Z][A-Z][A-Z](?![A-Za-z])")  # written out: twice as fast as a repeated class
DIGIT = re.compile(r"\d")
LONGEST_SIGN = 5  # characters before the first digit of an amount: "CAD$ ", "USD "
MILLIONS = re.compile(
    r"\s?(?:m|mm|mn|mio|million|millions|b|bn|billion|crore|crores|tn|trillion)\b", re.IGNORECASE
)
# These four are read in lower case: patterns that ignore case are several times as slow.
PAY_WORD = re.compile(
    r"salar|\bpay\b|paid|compensation|\bwage|remunerat|\brate\b|hourly|per hour|\bbase\b|\bearn|\bote\b|on[- ]target"
    r"|annual|per annum|per year|a year|gehalt|salaire|stipend of|\bgs-?\d|\bmonthly\b|\bincome\b|ctc\b|\bearnings\b"
    r"|\bpackage\b|cash range|\bbudget(?:ed)? (?:salary|for this role)",
)
NOT_PAY_BEFORE = re.compile(
    r"\b(raised|raising|funding|funded|revenue|revenues|\barr\b|series [a-f]\b|valu(?:ed|ation)|assets|\baum\b|backed"
    r"|budgets?(?! for this role)|portfolio|worth of|sales of|quota|contracts?|deals?|deal size|sav(?:e|es|ed|ing|ings)|clos(?:e|ed|ing)|priced|spend"
    r"|bonus(?:es)? (?:of|up to|worth)|commissions?|incentives?|living wage|benefit|commut\w+(?: benefits?)?|sign[- ]on|signing bonus|sign-?up|bounty|referral\w*|reimburs\w*|allowance"
    r"|stipend(?! of)|401\w*|up to a maximum of|tuition|deductible|coverage|insurance|donat\w+|grants? of|loan\w*"
    r"|gift|credit|perks?|wellness|per diem|relocation|equipment|market (?:size|cap\w*|opportunity)|transactions?|payments? volume|processed"
    r"|generated|managing|manage|excess of|customers?|contribution|childcare|education|learning|home office"
    r"|scale of|maximum salary available for the \w+ pay system|top (?:\w+ ){1,3}(?:mak|earn)\w+|night work|differential|uniform|fee|fees|fine|penalty|prize|award)\b(?:\W+\w+){0,4}\W*$",
)
NOT_PAY_AFTER = re.compile(
    r"^\s?commissions?\b|^[ -]{0,3}(?:(?!base|plus|and|or|salary)\w+ ){0,2}?(?:in (?:funding|revenue|arr|sales|assets|venture|credits?)|revenue|funding|arr\b|budget"
    r"|sign[- ]on|signing|bonus\b|stipend|allowance|reimburs\w+|towards?|for (?:home|learning|education|your)|referral"
    r"|wellness|quota|investment|round|valuation|company|portfolio|credit|gift|deductible|match\b|contribution"
    r"|relocation|differential|to (?:cover|spend|use|be used)|fee\b|deals?\b|acvs?\b|tcv\b|accounts?\b|off\b|employees|people|customers|users|hours)",
)
ELSEWHERE = re.compile(
    r"salar(?:y|ies)\b[^.$\n]{0,40} (?:in|at|for) the (?-i:[A-Z])[^.$\n]{0,60}$", re.IGNORECASE
)
ON_TARGET = re.compile(
    r"\bOTE\b|on[- ]target|total target|(?:total|annual)(?: cash)? compensation", re.IGNORECASE
)
BASE = re.compile(r"\bbase\b|\bfixed\b|\bsalary\b", re.IGNORECASE)
AT_MOST = re.compile(r"(?:up to|\bmax\.?|\bmaximums?\b[^$€£]{0,40})\s*$", re.IGNORECASE)
AT_LEAST = re.compile(
    r"(?:\bfrom|starting at|starts at|at least|\bmin\.?|\bminimums?\b(?![^$€£]*\bmaximums?\b)[^$€£]{0,40})\s*$",
    re.IGNORECASE,
)
# What must stand in the line of a small lone figure, and around a range that names no currency, to make it pay.
NAMED = re.compile(
    r"salar|\bpay\b|\bpaid\b(?! (?:time|leave|commuter|by))|wage|compensation|remunerat|gehalt|salaire|\bearn|\brate\b"
    r"|hourly|stipend of|\bbase\b|\bote\b|on[- ]target|\bpackage\b",
)
NAMED_BEFORE = re.compile(
    r"(?:salar(?:y|ies)|compensation|\bpay|\bbase|remuneration|\bOTE)\b[^.$€£\n\d]{0,40}$", re.IGNORECASE
)
NAMED_AFTER = re.compile(
    r"^[ ,(]{0,2}(?:(?:cash|annual|gross|yearly|fixed|total) ){0,2}(?:base|salary|OTE|compensation|per (?:year|annum))\b|^ ?\+ ?equity\b",
    re.IGNORECASE,
)
# A lone figure of one grade or level, of which there may be others: "GS-7 Step 1 is $45,512", "Base pay: $50,000".
GRADED_BEFORE = re.compile(
    r"\bGS-?\d{1,2}\b[^.\n$\d]{0,25}(?:Step \d{1,2}[\W a-z]{0,6})?$|\b(?:pay|salary)\s?:\s?$", re.IGNORECASE
)
# "- Netherlands: 73.000 EUR": the label is then looked up among countries.
LABEL = re.compile(r"(?:^|\n)[-•*· ]{0,3}(?P<label>[A-Z][^\n:]{1,40}):\s?$")
GRADED_AFTER = re.compile(
    r"[ (,+]{0,3}(?:base\b|OTE\b|on[- ]target|total target)(?!\s?:?\s?(?:of )?[$€£\d])", re.IGNORECASE
)
# Beside a lone figure: the other end of a range that is mistyped ("$93,000 - 140,0000").
BROKEN_AFTER = re.compile(r"\s?[-–—]\s?[$€£]?\d{2}")
BROKEN_BEFORE = re.compile(r"\d[,.]\d{2,}\s?(?:[-–—]|to)\s?$")
CHAIN = re.compile(r"[\s;,&]*(?:(?:and|or)\b)?\s*", re.IGNORECASE)
PERIOD_WORDS = (
    (HOUR, re.compile(r"hour|stunde|heure|/\s?hr?\b|\bper hr?\b|\bp\.?h\b", re.IGNORECASE)),
    (DAY, re.compile(r"\bday\b|\btag\b|\bjour\b|daily|diem|/\s?day", re.IGNORECASE)),
    (WEEK, re.compile(r"week|woche|/\s?wk\b", re.IGNORECASE)),
    (MONTH, re.compile(r"month|monat|\bmois\b|/\s?mo\b|/\s?mth\b", re.IGNORECASE)),
    (YEAR, re.compile(r"year|annu|/\s?yr\b|\bp\.?\s?a\b|\blpa\b|\bjahr\b|par an\b", re.IGNORECASE)),
)
BEFORE_PERIOD = re.compile(
    r"(?<!bi-)(?<!semi-)\b(hourly|daily|weekly|monthly|yearly|annual(?:ly|ized)?|(?:per|an?) (?:hour|day|week|month|year|annum))\b",
    re.IGNORECASE,
)
AFTER_PERIOD = re.compile(
    rf"^\W{{0,3}}(?:(?-i:[A-Z]{{3}})\b\W{{0,3}})?(?:gross[ /]|base |\(?gross\)? )?(?P<per>{_PER})",
    re.IGNORECASE,
)
