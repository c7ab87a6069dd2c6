"""The skills of ESCO that a phrase of a posting or résumé may mean, the likeliest first; no model, only counts.

Each skill is scored by eight signs, each about 0-1: how well the phrase and the skill's best label share letters (CHARS)
and meaning word by word (ALIGNED), the same letters against the preferred label alone (NAME), the phrase's vector beside the best label's (MEANING), the sentence's vector beside the skill's (SENTENCE), the sentence's and the phrase's beside the
groups that the skill is in (GROUPS), and whether both or neither begin with a verb (VERB). The weights are round numbers
chosen on the 252 phrases of tech_validation and house_validation (linked by Tabiya); `make quality` reports others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from matching.reading.alignment import Alignment
from matching.reading.esco import EscoSkill, esco_skills, skill_phrases
from matching.reading.term_space import learn_terms, list_grams, split_letters
from matching.reading.word_vectors import Floats, WordVectors, to_units, word_vectors
from matching.reading.words import choose_stems

CHARS, ALIGNED, NAME, MEANING, SENTENCE, GROUPS, VERB = 1.0, 1.0, 0.5, 0.3, 0.3, 0.2, 0.1
WHOLE = CHARS + ALIGNED + NAME + MEANING + SENTENCE + 2 * GROUPS + VERB
# What scores less shares no more than a few letters with any label: a name that none of them holds ("k8s") gets .03.
LEAST_SCORE = 0.3
# A stem is a verb where at least so many labels of skills begin with it, and so many times more than of knowledge.
VERB_LABELS, VERB_TIMES = 5, 4
_BRACKETS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class SuggestedSkill:
    """A skill of ESCO by address and preferred label, and how well it fits: 1 where every sign is full."""

    uri: str
    name: str
    score: float


class SkillIndex:
    """Skills with all their labels, ready to be scored for phrases."""

    __slots__ = (
        "_aligned",
        "_centers",
        "_chars",
        "_group_centers",
        "_label_chars",
        "_label_places",
        "_members",
        "_name_chars",
        "_starts",
        "_vectors",
        "_verbs",
        "_with_verb",
        "skills",
    )

    def __init__(
        self, skills: Sequence[EscoSkill], phrases: Mapping[str, Sequence[str]], vectors: WordVectors
    ) -> None:
        """Index at least one skill; `phrases` are further labels by preferred label in lower case."""
        self.skills = tuple(skills)
        self._vectors = vectors
        labels = [_spell_out(skill, phrases.get(skill.name.lower(), ())) for skill in self.skills]
        counts = [len(each) for each in labels]
        self._starts = np.cumsum([0, *counts[:-1]])
        flat = list(chain.from_iterable(labels))
        stems = [choose_stems(label) for label in flat]
        self._chars, self._label_chars = learn_terms([split_letters(label) for label in flat], list_grams)
        self._name_chars = self._chars.place(
            [split_letters(_drop_brackets(skill.name)) for skill in self.skills]
        )
        self._aligned = Alignment(stems, vectors)
        self._label_places = vectors.place(stems)
        self._centers = to_units(np.add.reduceat(self._label_places, self._starts, axis=0))
        self._members, self._group_centers = _center_groups(self.skills, self._centers)
        self._verbs = _find_verbs(self.skills)
        self._with_verb = np.array([self._begins_with_verb(skill.name) for skill in self.skills])

    def score(self, phrase: str, sentence: str = "") -> Floats:
        """Give the score of each skill in the order of `skills`, 0-1 (a little below 0 where all points elsewhere)."""
        stems = choose_stems(phrase)
        chars = self._chars.place([split_letters(phrase)])
        place, around = self._vectors.place([stems, choose_stems(sentence) or stems])
        total = CHARS * self._best((self._label_chars @ chars.T).toarray().ravel())
        total += ALIGNED * self._best(self._aligned.compare(stems))
        total += NAME * (self._name_chars @ chars.T).toarray().ravel()
        total += MEANING * self._best(self._label_places @ place)
        total += SENTENCE * (self._centers @ around)
        total += GROUPS * (self._liken_groups(around) + self._liken_groups(place))
        several = len(phrase.split()) > 1
        total += VERB * (self._with_verb == (several and self._begins_with_verb(phrase)))
        scores: Floats = (total / WHOLE).astype(np.float32)
        return scores

    def suggest(self, phrase: str, sentence: str, limit: int) -> tuple[SuggestedSkill, ...]:
        """Give at most `limit` skills, the likeliest first, those that are equally likely by name."""
        if not choose_stems(phrase) or limit < 1:
            return ()
        scores = np.round(self.score(phrase, sentence).astype(np.float64), 4)
        order = np.argsort(-scores, kind="stable")[:limit]
        return tuple(
            SuggestedSkill(self.skills[row].uri, self.skills[row].name, float(scores[row]))
            for row in order
            if scores[row] >= LEAST_SCORE
        )

    def _best(self, by_label: Floats) -> Floats:
        best: Floats = np.maximum.reduceat(by_label, self._starts)
        return best

    def _liken_groups(self, place: Floats) -> Floats:
        """Give for each skill the likeness of the nearest of its groups; 0 where it is in none."""
        likeness = np.append(self._group_centers @ place, np.float32(0))
        nearest: Floats = likeness[self._members].max(axis=1)
        return nearest

    def _begins_with_verb(self, text: str) -> bool:
        return next(iter(choose_stems(text)), "") in self._verbs


def suggest_skills(phrase: str, sentence: str = "", limit: int = 10) -> tuple[SuggestedSkill, ...]:
    """Give at most `limit` ESCO skills that a phrase may mean, the likeliest first; the sentence around it helps to tell.

    Nothing where the phrase has no word. The first call of a process takes some seconds to index the labels.
    """
    return skill_index().suggest(phrase, sentence, limit)


@cache
def skill_index() -> SkillIndex:
    """Return the index of the shipped skills, made once."""
    return SkillIndex(esco_skills(), skill_phrases(), word_vectors())


def _spell_out(skill: EscoSkill, phrases: Sequence[str]) -> list[str]:
    """Give every label of a skill once, each also without what stands in brackets."""
    labels = (skill.name, *skill.labels, *phrases)
    return list(dict.fromkeys(form for label in labels for form in (label, _drop_brackets(label)) if form))


def _drop_brackets(label: str) -> str:
    return _BRACKETS.sub("", label).strip()


def _center_groups(skills: Sequence[EscoSkill], centers: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Give for each skill the rows of its groups (filled up with -1), and the mean direction of each group's skills."""
    rows: dict[str, list[int]] = {}
    for row, skill in enumerate(skills):
        for group in skill.groups:
            rows.setdefault(group, []).append(row)
    means = [centers[members].mean(axis=0) for members in rows.values()]
    number = {group: at for at, group in enumerate(rows)}
    width = max(1, *(len(skill.groups) for skill in skills)) if skills else 1
    members = np.full((len(skills), width), -1)
    for row, skill in enumerate(skills):
        members[row, : len(skill.groups)] = [number[group] for group in skill.groups]
        if skill.groups:
            members[row, len(skill.groups) :] = members[row, 0]
    return members, to_units(np.array(means, np.float32).reshape(len(means), centers.shape[1]))


def _find_verbs(skills: Iterable[EscoSkill]) -> frozenset[str]:
    """Give the stems with which labels of skills begin and labels of knowledge (groups K and L) hardly ever do."""
    of_skills: Counter[str] = Counter()
    of_knowledge: Counter[str] = Counter()
    for skill in skills:
        counter = of_knowledge if any(group[0] in "KL" for group in skill.groups) else of_skills
        counter.update(stems[0] for label in (skill.name, *skill.labels) if (stems := choose_stems(label)))
    return frozenset(
        stem
        for stem, count in of_skills.items()
        if count >= VERB_LABELS and count > VERB_TIMES * of_knowledge[stem]
    )
