"""How long a skill takes to learn: what its course states, else a rule of thumb.

The rule, in hours from nothing to a level that work can be done with; the hours are our own estimate, except where said:

  * a tool or a technology 40, a programming language 100;
  * a field of knowledge or a craft 60, a whole field of study (medicine, mathematics, an engineering) 600;
  * a spoken language 500, near the 350 to 400 guided hours that Cambridge English names up to B1, and what lies beside them.

A near skill that is held takes away the share that it replaces, at most half. One step up from beginner is half of it, from
intermediate on as much again. Of the 84 courses of Open Source Society University that are shipped, 80 state their length; the middle is 72 hours.
"""

from __future__ import annotations

from learning.facts import Effort, Gap

TOOL, PROGRAMMING, CRAFT, STUDY, SPOKEN = 40, 100, 60, 600, 500
_PROGRAMMING = "Programming languages"
_STUDIES = frozenset({"Science", "Medicine and therapy"})
_OTHER_STUDIES = frozenset(
    {"Computer science", "Information technology", "Engineering", "Economics", "Finance", "Law", "Acute care"}
)


def is_study(name: str, *, kind: str, group: str) -> bool:
    """Tell whether a skill is a whole field of study, by its place in the taxonomy."""
    if kind != "knowledge":
        return False
    return group in _STUDIES or name in _OTHER_STUDIES or name.lower().endswith(" engineering")


def hours_by_rule(gap: Gap, *, kind: str, group: str) -> int:
    """Give the hours of the rule for a skill of this kind and group in the taxonomy ("" for one that it does not know)."""
    hours = {"technology": TOOL, "language": SPOKEN}.get(kind, CRAFT)
    if group == _PROGRAMMING:
        hours = PROGRAMMING
    elif is_study(gap.skill, kind=kind, group=group):
        hours = STUDY
    if gap.from_level == "beginner":
        hours //= 2
    return max(1, hours * (100 - gap.nearness) // 100)


def estimate(
    gap: Gap, *, kind: str, group: str, stated: tuple[int, int] | None, hours_per_week: int
) -> Effort:
    """Give the effort: the middle of the hours that the course states (at least, at most), else the rule's; weeks rounded up."""
    if stated is not None:
        hours, because = -(-sum(stated) // 2), "stated"
    else:
        hours, because = hours_by_rule(gap, kind=kind, group=group), "rule"
    return Effort(
        hours=hours, because=because, hours_per_week=hours_per_week, weeks=-(-hours // hours_per_week)
    )
