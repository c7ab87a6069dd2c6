"""Days a week in the office out of the words around it: "3 days a week in our office", "Tuesdays and Thursdays on-site"."""

from __future__ import annotations

import re

WEEK = 5
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "once": 1, "twice": 2}
_NUMBER = r"[1-5]|one|two|three|four|five"
_OFFICE = re.compile(
    r"office|on-?site|on site|in[- ]person|face[- ]to[- ]face|\bhq\b|\bhub\b|headquarters|\bstudio\b"
)
_HOME = re.compile(r"\bremote(?:ly)?\b|from home|\bwfh\b|telework|\bat home\b|home[- ]office|offsite")
# Read in lower case. The week may be unsaid only where the office stands right beside the days.
_DAYS = re.compile(
    rf"\b(?:(?P<low>{_NUMBER})\+?(?:\s?(?:-|–|—|to|or|/)\s?(?P<high>{_NUMBER}))?\+?[ -]{{0,2}}"
    r"(?P<inner>(?:full |working |required |in-?office |on-?site |office |remote |home[- ]office |wfh )?)(?:days?|x|times?)|(?P<often>once|twice))\b"
    r"(?P<week>\s?(?:/|per|a|each|every|in a|out of the)\s?(?:work ?)?(?:week|wk)\b|\s?weekly\b|/\s?w\b)?"
)
_BESIDE_AFTER = re.compile(
    r"\W{0,3}(?:(?:in|at|from|of|our|the|a|an|your|work|working|to|come|into|based|minimum) ){0,4}(?:[\w-]+ ){0,1}?"
    r"(?:office|on-?site|on site|in[- ]person|hq\b|hub\b|hybrid|headquarters)"
)
_BESIDE_BEFORE = re.compile(
    r"(?:in[- ]office|on-?site|on site|in[- ]person|in (?:the|our) office|hybrid)(?: (?:schedule|work|model|role|policy))?"
    r"(?: (?:[\w-]+)){0,2}?\W{1,3}(?:at least |minimum (?:of )?|min\.? |up to |about |~)?$"
)
_HOME_BESIDE = re.compile(
    r"\W{0,3}(?:(?:of|per week|a week|work|working|to|for|can be|are|is|spent|done|the|your|fully|optional) ){0,3}"
    r"(?:remote|from home|home|wfh|telework|at home)"
)
_HOME_BEFORE = re.compile(r"(?:remote(?:ly)?|home|wfh|telework\w*)(?: \w+){0,2}\W{1,3}(?:up to |about )?$")
_NOT_WORK = re.compile(
    r"lunch|snack|meal|cater|breakfast|dinner|massage|yoga|vacation|\bpto\b|sick|holiday|leave\b|off\b|travel|(?:per|a|every) (?:\d+[- ])?(?:month|year|quarter)"
    r"|monthly|quarter|annual|experience|happy hour|gym|dog|trial|interview|lasting"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri)(?:days?)?"
_WEEKDAYS = re.compile(rf"\b{_DAY}\b(?:(?:\s?(?:,|/|-|–|&|and|to|through|or)\s?){{1,2}}{_DAY}\b){{0,4}}")
_ORDER = ("mon", "tue", "wed", "thu", "fri")
_SENTENCE_END = re.compile(r"[.;!?\n•](?:\s|$)|\n")


def find_office_days(about: str) -> int | None:
    """Give the least days a week that a text (in lower case) asks to be in the office, 1 to 5, None when it names none.

    Of a range the lower end counts; days at home are taken from a week of five; of several statements the first counts.
    """
    for match in _DAYS.finditer(about):
        days = _days_of(about, match)
        if days:
            return days
    return _weekdays(about)


def _days_of(about: str, match: re.Match[str]) -> int | None:
    before, after = _sentence_before(about, match.start()), _sentence_after(about, match.end())
    if _NOT_WORK.search(before[-30:]) or _NOT_WORK.search(after[:30]):
        return None
    low = _value(match["often"] or match["low"])
    high = _value(match["high"]) if match["high"] else low
    if (
        re.search(r"remote|home|wfh", match["inner"] or "")
        or _HOME_BESIDE.match(after)
        or (_HOME_BEFORE.search(before) and not _BESIDE_AFTER.match(after))
    ):
        return WEEK - high or None
    is_beside = re.search(r"office|site", match["inner"] or "") is not None
    is_beside = is_beside or bool(_BESIDE_AFTER.match(after) or _BESIDE_BEFORE.search(before))
    if is_beside and not match["often"]:
        return low
    if match["week"] and (_OFFICE.search(after) or _OFFICE.search(before)):
        return low
    return None


def _weekdays(about: str) -> int | None:
    """Count the days of the week named beside the office: "in-office Tuesday and Thursday", "Monday to Wednesday on-site"."""
    for match in _WEEKDAYS.finditer(about):
        near = _sentence_before(about, match.start())[-70:], _sentence_after(about, match.end())[:45]
        if not any(_OFFICE.search(side) for side in near) or any(_HOME.search(side) for side in near):
            continue
        if any(re.search(r"\d\s?(?:am|pm)|hours|shift|lunch", side) for side in near):
            continue
        days = [_ORDER.index(day[:3]) for day in re.findall(_DAY, match[0])]
        through = re.search(r"\bto\b|through|-|–", match[0]) and len(days) == 2
        count = days[1] - days[0] + 1 if through else len(set(days))
        if 1 <= count <= WEEK:
            return count
    return None


def _value(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text]


def _sentence_before(about: str, at: int) -> str:
    return _SENTENCE_END.split(about[max(0, at - 90) : at])[-1]


def _sentence_after(about: str, at: int) -> str:
    return _SENTENCE_END.split(about[at : at + 90], maxsplit=1)[0]
