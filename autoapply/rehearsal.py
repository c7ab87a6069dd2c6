"""What a rule would have done on the days of a month: every gate asked, day by day, the best score first.

Pure: days, jobs and what is known of earlier applications come in. Each job gets one answer: the day on which it would have
been applied to, or the gate that stopped it on its last day, the last of the rule's days on which it was open. Two things
differ from the order of the gates: what the person still has to do (ASSUMED) stops nothing here, and the required words
are looked for last, in the jobs that every other gate lets through, since each costs the reading of a whole text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from autoapply.days import DAYS
from autoapply.policy import Candidate, Person, StandingRule, Verdicts, evaluate

ASSUMED = ("rule_enabled", "not_paused", "fence_lifted", "has_resume", "resume_reviewed")
"""Gates that say what a person has to do before a rule can send; a rehearsal takes it as done."""
DAILY = frozenset({"day", "keywords", "company_not_applied", "weekly_slot"})
"""Gates that may let through tomorrow what they stop today, and the one that has not seen the text yet."""
TEXTS_TOGETHER = 500
"""Texts that are asked for at once."""

ReadTexts = Callable[[Sequence[UUID]], Mapping[UUID, str]]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the person's calendar, the Monday of its week, and whether the rule is active on it."""

    on: date
    week: date
    is_active: bool


@dataclass(frozen=True, slots=True)
class Contender:
    """A job that may be applied to, open from the day with the number `first` to the one with the number `last`.

    place is its own among all matches. Its candidate says nothing of what changes from day to day: slots and earlier
    applications to the company.
    """

    job_id: UUID
    place: int
    candidate: Candidate
    apply_key: str
    company_key: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sent:
    """An application that the rule would have sent, on the day of that number."""

    contender: Contender
    day: int
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have been sent, in order, and how many other jobs each gate stopped."""

    sent: Sequence[Sent]
    stopped: Counter[str]


def list_days(last: date, count: int, active_days: Sequence[str]) -> list[Day]:
    """Give so many days up to the last, which is one of them; no active days mean that every day is."""
    first = last.toordinal() - count + 1
    days = [date.fromordinal(first + number) for number in range(count)]
    return [
        Day(
            day,
            date.fromordinal(day.toordinal() - day.weekday()),
            not active_days or DAYS[day.weekday()] in active_days,
        )
        for day in days
    ]


def last_chances(days: Sequence[Day]) -> list[int]:
    """Give for each day the number of the last active day up to it, -1 where there is none."""
    chances, found = [], -1
    for number, day in enumerate(days):
        found = number if day.is_active else found
        chances.append(found)
    return chances


def rehearse(
    rule: StandingRule,
    person: Person,
    days: Sequence[Day],
    contenders: Iterable[Contender],
    *,
    a_week: int,
    applied: Mapping[str, Sequence[date]],
    read_texts: ReadTexts,
) -> Rehearsal:
    """Ask the gates about all contenders, best first, on every day; `a_week` is how many places a week has.

    `applied` are the days of real applications by company; each keeps its company closed for the person's interval before
    and after it. Nobody is asked whose answer is sure and counts nothing on that day.
    """
    run = _Run(rule, person, days, list(contenders), a_week=a_week, applied=applied, read_texts=read_texts)
    for number in range(len(days)):
        run.spend_day(number)
    return Rehearsal(run.sent, run.stopped)


class _Run:
    """One rehearsal as it goes on."""

    def __init__(
        self,
        rule: StandingRule,
        person: Person,
        days: Sequence[Day],
        contenders: Sequence[Contender],
        *,
        a_week: int,
        applied: Mapping[str, Sequence[date]],
        read_texts: ReadTexts,
    ) -> None:
        self.sent: list[Sent] = []
        self.stopped: Counter[str] = Counter()
        self._rule, self._days, self._a_week = rule, days, a_week
        self._persons = {day: replace(person, weekday=day) for day in DAYS}
        self._interval = person.company_interval_days
        self._read_texts = read_texts
        self._used: Counter[date] = Counter()
        self._keys: set[str] = set()
        self._applied = defaultdict(list, {key: list(found) for key, found in applied.items()})
        self._texts: dict[UUID, str | None] = {}
        self._words = _plain_words(rule.keywords)
        # By the order of their scores, what is still to be decided, and what of it has a chance on a later day.
        self._waiting = dict(enumerate(contenders))
        self._hopeful = dict(self._waiting)
        self._ending: defaultdict[int, list[int]] = defaultdict(list)
        chances = last_chances(days)
        for place, each in enumerate(contenders):
            chance = chances[each.last]
            self._ending[chance if chance >= each.first else each.last].append(place)

    def spend_day(self, number: int) -> None:
        """Let the rule act on one day; every contender whose last day it is gets its answer."""
        ending = set(self._ending.pop(number, ()))
        for place in self._take_turns(number, ending):
            contender = self._waiting.get(place)
            if contender is not None:
                self._decide(place, contender, number, is_ending=place in ending)

    def _take_turns(self, number: int, ending: set[int]) -> Iterator[int]:
        """Give the places of those who get their turn on a day, best first."""
        last = -1
        if self._days[number].is_active:
            for place in sorted(self._hopeful.keys() | ending):
                if self._left(number) <= 0:
                    break
                last = place
                if place in ending or self._has_chance(self._waiting[place], number):
                    yield place
        # No place is left, or it is none of the rule's days: nothing changes until tomorrow.
        yield from sorted(place for place in ending if place > last)

    def _has_chance(self, contender: Contender, number: int) -> bool:
        return contender.first <= number <= contender.last and not self._is_company_closed(contender, number)

    def _decide(self, place: int, contender: Contender, number: int, *, is_ending: bool) -> None:
        verdicts = self._ask(contender, number)
        failed = [verdict.gate for verdict in verdicts.failed]
        if failed == ["keywords"] and self._has_words(contender, number):
            verdicts = self._ask(contender, number)
            failed = [verdict.gate for verdict in verdicts.failed]
        if not failed:
            self._send(contender, number, verdicts)
        elif failed == ["keywords"]:
            self.stopped["keywords"] += 1
        elif is_ending:
            self.stopped[next(gate for gate in failed if gate != "keywords")] += 1
        else:
            if not DAILY.issuperset(failed):
                self._hopeful.pop(place, None)
            return
        del self._waiting[place]
        self._hopeful.pop(place, None)
        self._texts.pop(contender.job_id, None)

    def _ask(self, contender: Contender, number: int) -> Verdicts:
        day = self._days[number].on
        nearest = self._nearest(contender, day)
        candidate = replace(
            contender.candidate,
            text=self._texts.get(contender.job_id),
            applied=contender.candidate.applied or contender.apply_key in self._keys,
            company_applied_on=nearest,
            company_checked=bool(contender.company_key),
            days_since_company=None if nearest is None else abs((day - nearest).days),
            slots=max(0, self._left(number)),
        )
        person = self._persons[DAYS[day.weekday()]]
        return evaluate(self._rule, person, candidate).without(*ASSUMED)

    def _send(self, contender: Contender, number: int, verdicts: Verdicts) -> None:
        day = self._days[number]
        self.sent.append(Sent(contender, number, verdicts))
        self._used[day.week] += 1
        self._keys.add(contender.apply_key)
        if contender.company_key:
            self._applied[contender.company_key].append(day.on)

    def _left(self, number: int) -> int:
        return self._a_week - self._used[self._days[number].week]

    def _nearest(self, contender: Contender, day: date) -> date | None:
        """Give the day of the application to this company that is nearest to a day, whether before or after it."""
        found = self._applied.get(contender.company_key) if contender.company_key else None
        return min(found, key=lambda each: abs((day - each).days)) if found else None

    def _is_company_closed(self, contender: Contender, number: int) -> bool:
        if not contender.company_key:
            return self._interval > 0
        day = self._days[number].on
        nearest = self._nearest(contender, day)
        return nearest is not None and abs((day - nearest).days) < self._interval

    # --- the required words ------------------------------------------------------------------------------------------

    def _has_words(self, contender: Contender, number: int) -> bool:
        """Tell whether the required words may stand in a text, which is read with others that will be asked for."""
        if contender.job_id not in self._texts:
            wanted = self._find_unread(contender, number)
            read = self._read_texts([each.job_id for each in wanted])
            for each in wanted:
                text = read.get(each.job_id)
                self._texts[each.job_id] = None if text is None or self._surely_lacks(text) else text
        return self._texts[contender.job_id] is not None

    def _find_unread(self, first: Contender, number: int) -> list[Contender]:
        """Give the contender and the next ones that only lack their text, as things stand on this day."""
        wanted: list[Contender] = []
        for each in self._hopeful.values():
            if len(wanted) == TEXTS_TOGETHER:
                break
            if each is first or (
                wanted and each.job_id not in self._texts and self._lacks_text(each, number)
            ):
                wanted.append(each)
        return wanted

    def _lacks_text(self, contender: Contender, number: int) -> bool:
        if not self._has_chance(contender, number):
            return False
        return [verdict.gate for verdict in self._ask(contender, number).failed] == ["keywords"]

    def _surely_lacks(self, text: str) -> bool:
        """Tell whether a word cannot stand in a text; where that takes more than a look, the gate itself decides."""
        if not text.isascii():
            return False
        plain = text.casefold()
        return any(word not in plain for word in self._words)


def _plain_words(keywords: Sequence[str]) -> list[str]:
    """Give those of the words that consist of plain letters and signs, as a text without capitals holds them."""
    return [word for keyword in keywords if keyword.isascii() for word in keyword.casefold().split()]
