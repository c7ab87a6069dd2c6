"""The occupations of ESCO that a whole posting may be for, the likeliest first; no model, only counts.

The title, without level, grade and place, is held against the labels of each occupation, and title and text against its
description, by signs of about 0-1 each. Of the title: the letters it shares with the best label (CHARS) and with the
preferred one (NAME), its words and theirs word by word (ALIGNED), its vector beside that of all labels (MEANING). Of the
whole posting: rare words shared with labels and description (FULL) and with name and description alone (BRIEF), and how far
both resemble the same occupations of O*NET (BRIDGE), whose tasks say in other words what people do. The signs of whole
postings are small numbers, hence their greater weights. Round numbers, chosen on a random half of the 271 labeled ads that
`make quality` measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import scipy.sparse as sp

from matching.reading.alignment import Alignment
from matching.reading.esco import EscoOccupation, OnetOccupation, esco_occupations, onet_work
from matching.reading.term_space import learn_terms, list_grams, one_term, split_letters
from matching.reading.word_vectors import Floats, WordVectors, to_units, word_vectors
from matching.reading.words import choose_stems
from matching.titles import normalize_title

CHARS, NAME, ALIGNED, MEANING, FULL, BRIEF, BRIDGE = 1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 1.0
WHOLE = CHARS + NAME + ALIGNED + MEANING + FULL + BRIEF + BRIDGE
# Cosines are raised to this power, so that the few occupations of O*NET that truly resemble a posting stand out.
BRIDGE_POWER = 3
# What scores less has neither title nor text in common with any occupation ("qxzzv wpfgh": below .02).
LEAST_SCORE = 0.05
MOST_LETTERS = 40_000  # of a text that are read; the longest posting of the archive has 23,549


@dataclass(frozen=True, slots=True)
class FoundOccupation:
    """An occupation of ESCO by code and preferred label, and how well it fits: 1 where every sign is full."""

    code: str
    name: str
    score: float


class OccupationIndex:
    """Occupations with labels and descriptions, ready to be scored for postings."""

    __slots__ = (
        "_aligned",
        "_bridge",
        "_brief",
        "_centers",
        "_chars",
        "_full",
        "_label_chars",
        "_name_chars",
        "_profiles",
        "_starts",
        "_vectors",
        "occupations",
    )

    def __init__(
        self,
        occupations: Sequence[EscoOccupation],
        work: Sequence[OnetOccupation],
        vectors: WordVectors,
    ) -> None:
        """Index at least one occupation and one of O*NET to bridge over."""
        self.occupations = tuple(occupations)
        self._vectors = vectors
        labels = [dict.fromkeys((each.name, *each.labels)) for each in self.occupations]
        self._starts = np.cumsum([0, *(len(each) for each in labels[:-1])])
        flat = list(chain.from_iterable(labels))
        stems = [choose_stems(label) for label in flat]
        self._chars, self._label_chars = learn_terms([split_letters(label) for label in flat], list_grams)
        self._name_chars = self._label_chars[self._starts]
        self._aligned = Alignment(stems, vectors)
        self._centers = to_units(np.add.reduceat(vectors.place(stems), self._starts, axis=0))
        brief = [choose_stems(f"{each.name} {each.description}") for each in self.occupations]
        full = [
            [*words, *choose_stems(" ".join(each.labels))]
            for words, each in zip(brief, self.occupations, strict=True)
        ]
        self._brief = learn_terms(brief, one_term)
        self._full = learn_terms(full, one_term)
        # A title tells more of an occupation than one word of its tasks: it counts twice.
        self._bridge = learn_terms(
            [choose_stems(f"{each.title} {each.title} {each.work}") for each in work], one_term
        )
        self._profiles = self._profile(brief)

    def score(self, title: str, text: str) -> Floats:
        """Give the score of each occupation in the order of `occupations`, 0-1 (a little below 0 where all points elsewhere)."""
        clean = normalize_title(title)
        stems = choose_stems(clean)
        posting = choose_stems(f"{title} {text[:MOST_LETTERS]}")
        chars = self._chars.place([split_letters(clean)])
        total = CHARS * np.maximum.reduceat(_compare(self._label_chars, chars), self._starts)
        total += NAME * _compare(self._name_chars, chars)
        total += ALIGNED * np.maximum.reduceat(self._aligned.compare(stems), self._starts)
        total += MEANING * (self._centers @ self._vectors.place([stems])[0])
        for weight, (space, rows) in ((FULL, self._full), (BRIEF, self._brief)):
            total += weight * _compare(rows, space.place([posting]))
        total += BRIDGE * (self._profiles @ self._profile([posting])[0])
        scores: Floats = (total / WHOLE).astype(np.float32)
        return scores

    def find(self, title: str, text: str, limit: int) -> tuple[FoundOccupation, ...]:
        """Give at most `limit` occupations, the likeliest first, those that are equally likely by code."""
        if limit < 1:
            return ()
        scores = np.round(self.score(title, text).astype(np.float64), 4)
        order = np.argsort(-scores, kind="stable")[:limit]
        return tuple(
            FoundOccupation(self.occupations[row].code, self.occupations[row].name, float(scores[row]))
            for row in order
            if scores[row] >= LEAST_SCORE
        )

    def _profile(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Give how far each text of stems resembles each occupation of O*NET, as unit rows."""
        space, rows = self._bridge
        likeness = np.asarray((space.place(texts) @ rows.T).toarray(), np.float32)
        return to_units(likeness**BRIDGE_POWER)


def find_occupations(title: str, text: str = "", limit: int = 10) -> tuple[FoundOccupation, ...]:
    """Give at most `limit` ESCO occupations that a posting may be for, the likeliest first.

    Nothing where neither title nor text has a known word. The first call of a process takes some seconds to index.
    """
    return occupation_index().find(title, text, limit)


@cache
def occupation_index() -> OccupationIndex:
    """Return the index of the shipped occupations, made once."""
    return OccupationIndex(esco_occupations(), onet_work(), word_vectors())


def _compare(rows: sp.csr_matrix, one: sp.csr_matrix) -> Floats:
    products: Floats = (rows @ one.T).toarray().ravel()
    return products
