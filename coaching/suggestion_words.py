"""What a suggestion is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from coaching.models import Suggestion


def title_of(suggestion: Suggestion, *, with_names: bool = True) -> str:
    """A line that says what is suggested; without the names of the client's own rows, which only a look shows to a coach."""
    proposal = suggestion.proposal if isinstance(suggestion.proposal, dict) else {}
    named, unnamed = _TITLES[suggestion.kind]
    if suggestion.kind in ("weights", "skill"):
        name = str(proposal.get("name", ""))
    elif suggestion.kind == "job":
        name = suggestion.job.title if suggestion.job else ""
    elif not with_names:
        name = ""
    elif suggestion.kind == "persona":
        name = suggestion.persona.name if suggestion.persona else ""
    else:
        name = suggestion.resume.title if suggestion.resume else ""
    return str(named) % {"name": name} if name else str(unnamed)


_TITLES: Mapping[str, tuple[Any, Any]] = {
    "weights": (gettext_lazy("Other weights: “%(name)s”"), gettext_lazy("Other weights")),
    "persona": (gettext_lazy("A change of “%(name)s”"), gettext_lazy("A change of a persona")),
    "job": (gettext_lazy("A job: %(name)s"), gettext_lazy("A job")),
    "skill": (gettext_lazy("A skill: %(name)s"), gettext_lazy("A skill")),
    "resume": (gettext_lazy("An edit of “%(name)s”"), gettext_lazy("An edit of a résumé")),
}
