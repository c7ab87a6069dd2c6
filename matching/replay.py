"""One stored match scored again by the definition, from its inputs as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.models import Match
from matching.scoring import Score, hash_job, hash_persona, score_pair, scorer_version
from matching.services import read_persona_facts


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored match, its score by the definition now (None where it is no match any more), and what changed in between.

    changed names the sides that differ from those the stored score was made with: job, persona, scorer.
    """

    match: Match
    score: Score | None
    changed: tuple[str, ...]

    @property
    def is_same_input(self) -> bool:
        """Tell whether the stored score was made from just these inputs."""
        return not self.changed

    @property
    def is_same_number(self) -> bool:
        """Tell whether score and coverage are the stored ones."""
        return self.score is not None and (self.score.score, self.score.coverage) == (
            self.match.match_score,
            self.match.coverage,
        )


def replay_match(match_id: UUID) -> Replay | None:
    """Score a stored match again; None where there is none of this id."""
    match = Match.objects.select_related("job", "persona", "persona__preferences").filter(pk=match_id).first()
    if match is None or match.persona is None:
        return None
    job, persona = job_facts(match.job), read_persona_facts(match.persona)
    before = match.inputs_hash
    differs = {
        "job": before[:32] != hash_job(job),
        "persona": before[32:] != hash_persona(persona),
        "scorer": match.scorer_version != scorer_version(shipped_knowledge()),
    }
    score = score_pair(job, persona, knowledge=shipped_knowledge())
    return Replay(match, score, tuple(side for side, is_other in differs.items() if is_other))
