"""What a rule would let through today, told while it is being written: nothing is saved, nothing is queued.

The engine ranks every open job and the evaluator judges them, first by kinds (`job_kinds`); those that nothing has stopped
are then looked at closely, one by one, as they would be before they are queued.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef

from autoapply.candidates import Opening, Scored, read_openings, read_people, read_rule
from autoapply.gate_words import evidence_of
from autoapply.job_kinds import Booleans, Integers, judge_kinds
from autoapply.models import Fence, Rule, Standing
from autoapply.policy import GATES, Candidate, Person, Verdict, evaluate
from matching.engine import Ranking, find_standings, rank
from matching.facts import persona_facts
from matching.knowledge import shipped_knowledge
from matching.market import glance_at_market
from matching.models import Job, JobSource, Match, TunerSettings
from matching.snapshot import Snapshot
from personas.models import Persona, ResumeFile, User, UserSkill

BINS = 20
SHOWN = 5
"""Jobs that are named of those that pass, the best first."""
CLOSELY = 500
"""Jobs that are looked at closely while somebody types, the best first; where more would be, the preview says so."""
CLOSELY_BEFORE_ENABLING = 5_000
"""The same on the page that enables a rule, where a second or two are well spent."""

OF_THE_PERSON = ("not_paused", "fence_lifted", "day", "has_resume", "resume_reviewed")
"""Gates that hold every job or none: told once, beside the counts."""
LATER = ("rule_enabled", "answers_known", "weekly_slot")
"""Gates that a preview does not ask: the rule is not enabled yet, and the others depend on what is prepared and sent."""


@dataclass(frozen=True, slots=True)
class Passing:
    """One job that passes, as a page names it."""

    job_id: UUID
    persona_id: UUID | None
    title: str
    company: str
    score: Decimal | None
    channel: str
    evidence: Sequence[tuple[Sequence[str], str]] = ()
    """Each sentence with the required words that it holds."""


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many of the jobs that pass have one channel for one reason."""

    channel: str
    because: str
    number: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would let through of the jobs that are open now; postings of an archive and those that people brought are left out.

    matching counts the open jobs that match; histogram has their scores in 20 bins of five points, reaching is how many of
    them reach the threshold. stopped gives, in the order of the gates, how many each gate stops first; of the `at_a_glance`
    jobs that score, state and employer let through, the best `closely` were looked at closely, and of these `passing` pass.
    holds are the verdicts that would hold every job today.
    """

    open_jobs: int
    matching: int
    reaching: int
    histogram: Sequence[int]
    stopped: Sequence[tuple[str, int]]
    at_a_glance: int
    closely: int
    passing: int
    channels: Sequence[ChannelCount]
    best: Sequence[Passing]
    holds: Sequence[Verdict]

    @property
    def by_you(self) -> int:
        """How many that pass are prepared for the person to send."""
        return sum(each.number for each in self.channels if each.channel == "handoff")

    @property
    def by_us(self) -> int:
        """How many that pass can be sent without a click of theirs."""
        return self.passing - self.by_you

    @property
    def is_partial(self) -> bool:
        """Tell whether more jobs would have to be looked at closely to tell all that pass."""
        return self.closely < self.at_a_glance


def what_passes(
    *, user: User, rule: Rule, standing: Standing, at: datetime, closely: int | None = CLOSELY
) -> Preview:
    """Judge every open job under a rule, stored or not; without a persona each job counts for the one it fits best.

    `closely` None looks at all that come so far. The number of queries is the same for any number of jobs and lines.
    """
    asked = read_rule(rule)
    personas = _read_personas(user, rule.persona)
    people = read_people(
        user=user,
        persona_ids=[each.pk for each in personas],
        standing=standing,
        fence=Fence.objects.get(),
        at=at,
    )
    # Where it acts for several personas, the first has a résumé if any has.
    person = people[personas[0].pk if personas else None]
    snapshot = glance_at_market().snapshot
    untouched = _find_rows(snapshot, _read_untouched())
    found = _rank(user, snapshot, personas)
    found = found.keep(np.isin(found.rows, untouched, invert=True))
    kinds = judge_kinds(
        asked,
        person,
        scores=found.scores,
        coverages=found.coverages,
        marks=snapshot.rows.companies[found.rows],
        dismissed=_find_dismissed(user, snapshot, personas, found),
    )
    through = found.keep(kinds.passing())
    near = through.keep(slice(closely))
    scores = near.scored(snapshot, personas)
    openings = read_openings(
        rule=rule, user=user, persona=None, job_ids=list(scores), at=at, slots=None, scores=scores
    )
    stopped, channels, best = _look_closely(rule, person, scores, openings)
    stopped += kinds.stopped()
    return Preview(
        open_jobs=len(snapshot) - len(untouched),
        matching=len(found.rows),
        reaching=int((found.scores >= int((asked.threshold or 0) * 100)).sum()),
        histogram=np.bincount(np.minimum(found.scores // 500, BINS - 1), minlength=BINS).tolist(),
        stopped=[(gate, stopped[gate]) for gate in GATES if stopped[gate]],
        at_a_glance=len(through.rows),
        closely=len(scores),
        passing=sum(channels.values()),
        channels=[ChannelCount(*key, number) for key, number in channels.most_common()],
        best=best,
        holds=_find_holds(rule, person),
    )


def _look_closely(
    rule: Rule, person: Person, scores: dict[UUID, Scored], openings: dict[UUID, Opening]
) -> tuple[Counter[str], Counter[tuple[str, str]], list[Passing]]:
    """Count, best first, what stops jobs and by which channel the others go."""
    asked = read_rule(rule)
    stopped: Counter[str] = Counter()
    channels: Counter[tuple[str, str]] = Counter()
    best: list[Passing] = []
    for job_id, scored in scores.items():
        opening = openings.get(job_id)
        if opening is None:
            stopped["job_open"] += 1
            continue
        verdicts = evaluate(asked, person, opening.candidate).without(*OF_THE_PERSON, *LATER)
        if failed := verdicts.first_failed:
            stopped[failed.gate] += 1
            continue
        channels[opening.choice.channel, opening.choice.because] += 1
        if len(best) < SHOWN:
            words = next(each for each in verdicts.all if each.gate == "keywords")
            best.append(
                Passing(
                    job_id=job_id,
                    persona_id=scored.persona_id,
                    title=opening.job.title,
                    company=opening.job.company,
                    score=scored.score,
                    channel=opening.choice.channel,
                    evidence=_by_sentence(evidence_of(words)),
                )
            )
    return stopped, channels, best


def _by_sentence(evidence: Sequence[tuple[str, str]]) -> list[tuple[Sequence[str], str]]:
    words: dict[str, list[str]] = {}
    for word, sentence in evidence:
        words.setdefault(sentence, []).append(word)
    return [(held, sentence) for sentence, held in words.items()]


def _find_holds(rule: Rule, person: Person) -> list[Verdict]:
    nothing = Candidate(score=None, coverage=None, company="")
    return [each for each in evaluate(read_rule(rule), person, nothing).failed if each.gate in OF_THE_PERSON]


# --- what is read ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """Matches of one or more personas, best first: rows of the snapshot, scores, coverages, and the number of the persona."""

    rows: Integers
    scores: Integers
    coverages: Integers
    who: Integers

    def keep(self, kept: Booleans | Integers | slice) -> _Found:
        """Some of them."""
        return _Found(self.rows[kept], self.scores[kept], self.coverages[kept], self.who[kept])

    def scored(self, snapshot: Snapshot, personas: Sequence[Persona]) -> dict[UUID, Scored]:
        """The same by job, best first, as gates read it."""
        columns = (each.tolist() for each in (self.rows, self.scores, self.coverages, self.who))
        return {
            snapshot.job_id(row): Scored(
                Decimal(score).scaleb(-2), Decimal(coverage).scaleb(-4), persona_id=personas[who].pk
            )
            for row, score, coverage, who in zip(*columns, strict=True)
        }


def _read_personas(user: User, persona: Persona | None) -> list[Persona]:
    """The persona, or all that the rule may act for: those with a résumé to send, where any has one."""
    file = ResumeFile.objects.filter(resume_id=OuterRef("resume_id"))
    own = Persona.objects.owned_by(user).select_related("preferences").annotate(has_file=Exists(file))
    personas = list(own.filter(pk=persona.pk) if persona else own.order_by("-is_active", "name", "pk"))
    return [each for each in personas if each.has_file] or personas


def _find_dismissed(user: User, snapshot: Snapshot, personas: Sequence[Persona], found: _Found) -> Booleans:
    """Tell which matches the person set aside for the persona that they count for."""
    set_aside: dict[UUID, list[bytes]] = {persona.pk: [] for persona in personas}
    rows = Match.objects.owned_by(user).filter(persona__in=list(set_aside), is_dismissed=True)
    for persona_id, job_id in rows.values_list("persona_id", "job_id"):
        set_aside[persona_id].append(job_id.bytes)
    dismissed = np.zeros(len(found.rows), bool)
    for number, ids in enumerate(set_aside.values()):
        dismissed |= (found.who == number) & np.isin(found.rows, _find_rows(snapshot, ids))
    return dismissed


def _read_untouched() -> list[bytes]:
    """Open jobs that no rule applies to."""
    sources = JobSource.objects.filter(kind__in=[JobSource.Kind.ARCHIVE, JobSource.Kind.PASTED])
    return [pk.bytes for pk in Job.objects.open().filter(source__in=sources).values_list("pk", flat=True)]


def _find_rows(snapshot: Snapshot, ids: Collection[bytes]) -> Integers:
    found = snapshot.find(np.array(list(ids), "S16"))
    return found[found >= 0]


def _rank(user: User, snapshot: Snapshot, personas: Sequence[Persona]) -> _Found:
    """Every match of the personas; a job that matches several counts for the one it fits best."""
    skills = list(UserSkill.objects.owned_by(user))
    tuner = TunerSettings.objects.owned_by(user).filter(is_default=True).first()
    wanting = [persona_facts(each, skills=skills, tuner=tuner) for each in personas]
    rankings = rank(snapshot, wanting, knowledge=shipped_knowledge()) if wanting else []
    parts = [_as_found(ranking, number) for number, ranking in enumerate(rankings)]
    if not parts:
        return _Found(*[np.zeros(0, np.int64)] * 4)
    if len(parts) == 1:
        return parts[0]
    columns = zip(*((each.rows, each.scores, each.coverages, each.who) for each in parts), strict=True)
    joined = _Found(*map(np.concatenate, columns))
    joined = joined.keep(np.lexsort((joined.rows, -find_standings(joined.scores, joined.coverages))))
    _rows, first = np.unique(joined.rows, return_index=True)
    return joined.keep(np.sort(first))


def _as_found(ranking: Ranking, number: int) -> _Found:
    return _Found(ranking.rows, ranking.scores, ranking.coverages, np.full(len(ranking), number))
