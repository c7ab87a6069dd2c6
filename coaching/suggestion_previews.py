"""What a suggestion would change of the client's rows as they are now, and what keeps it from being accepted; reads, as the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.differences import Change, change_of
from coaching.models import Relationship, Suggestion
from coaching.proposals import PERSONA_FIELDS, WEIGHTS, check_proposal, fingerprint
from matching.facts import weights_of
from matching.models import JobSource, Match, TunerSettings
from matching.tuner import values_of
from personas.industries import INDUSTRIES
from personas.models import Persona, PersonaPreferences, UserSkill
from personas.resume_texts import find_text, name_place
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from personas.models import User

LABELS: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "job_title_keywords": gettext_lazy("Job titles"),
    "required_skills": gettext_lazy("Skills the work must use"),
    "nice_to_have_skills": gettext_lazy("Skills it would be nice to use"),
    "locations": gettext_lazy("Places"),
    "industries": gettext_lazy("Industries"),
    "company_size": gettext_lazy("Company sizes"),
    "excluded_companies": gettext_lazy("Companies to leave out"),
    "mission_values": gettext_lazy("Values"),
    "growth_focus": gettext_lazy("What to grow in"),
    "min_salary": gettext_lazy("Lowest pay"),
    "max_salary": gettext_lazy("Highest pay"),
    "currency": gettext_lazy("Currency"),
    "salary_period": gettext_lazy("Paid for"),
    "remote_preference": gettext_lazy("Workplace"),
    "skill_weight": gettext_lazy("Skills"),
    "salary_weight": gettext_lazy("Pay"),
    "location_weight": gettext_lazy("Place"),
    "remote_weight": gettext_lazy("Workplace"),
    "industry_weight": gettext_lazy("Industry"),
    "level": gettext_lazy("Level"),
    "feed": gettext_lazy("Among your matches"),
}
"""What the fields of proposals are called."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting would do now: the changes, a fingerprint of what they would change, why it cannot be accepted (empty where
    it can), and what else there is to know."""

    changes: Sequence[Change]
    seen: str
    obstacle: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands now, as JSON has it, and what follows for one kind of suggestion."""

    now: Any
    changes: Sequence[Change | None] = ()
    obstacle: str = ""
    notes: Sequence[str] = ()


def preview_suggestion(*, suggestion: Suggestion, client: User) -> Preview:
    """The difference that accepting would make to the rows of `client` as they stand."""
    kept, faults = check_proposal(suggestion.kind, suggestion.proposal)
    if faults:
        read = _Read(None, obstacle=_("This suggestion holds values that cannot be kept any more."))
    else:
        read = _READERS[suggestion.kind](suggestion, client, kept)
    changes = [each for each in read.changes if each is not None]
    obstacle = _closed(suggestion) or read.obstacle
    if not obstacle and not changes and suggestion.kind != Suggestion.Kind.JOB:
        obstacle = _("It is so already: accepting would change nothing.")
    seen = fingerprint(json.dumps([suggestion.kind, read.now], sort_keys=True, default=str))
    return Preview(changes, seen, obstacle, read.notes)


def changes_nothing(*, suggestion: Suggestion) -> bool:
    """Whether its client's rows, which must be open, say already what it proposes; a job is shown in any case."""
    kept, faults = check_proposal(suggestion.kind, suggestion.proposal)
    if faults or suggestion.kind == Suggestion.Kind.JOB:
        return False
    read = _READERS[suggestion.kind](suggestion, suggestion.relationship.client, kept)
    return not read.obstacle and not any(read.changes)


def list_proposed(suggestion: Suggestion) -> list[tuple[str, str]]:
    """The proposed values by their names, as they were proposed: for suggestions that have been answered."""
    kept, faults = check_proposal(suggestion.kind, suggestion.proposal)
    if faults:
        return []
    if suggestion.kind == Suggestion.Kind.RESUME:
        return [(name_place(each["pointer"]), each["text"]) for each in kept["edits"]]
    order = (*WEIGHTS, *PERSONA_FIELDS, "level") if suggestion.kind != "skill" else ("name", "level")
    names = {"name": _("Skill") if suggestion.kind == "skill" else LABELS["name"]}
    return [
        (str(names.get(field, LABELS[field])), _shown(field, kept[field])) for field in order if field in kept
    ]


def current_weights(client_id: Any) -> Mapping[str, Decimal]:
    """The weights that a person's matches are weighed with, by the columns of a preset."""
    default = TunerSettings.objects.filter(user_id=client_id, is_default=True).first()
    return values_of(weights_of(default))


def current_persona(persona: Persona) -> dict[str, Any]:
    """What a persona (with its preferences) says, by the fields that can be proposed."""
    return {
        field: getattr(persona if field in ("name", "description") else persona.preferences, field)
        for field in PERSONA_FIELDS
    }


def held_skill(client_id: Any, name: str) -> UserSkill | None:
    """The skill of this name, by whatever name, that a person holds."""
    key = taxonomy().key(name)
    for skill in UserSkill.objects.filter(user_id=client_id).order_by("pk"):
        if taxonomy().key(skill.skill_name) == key:
            return skill  # type: ignore[no-any-return]
    return None


def _closed(suggestion: Suggestion) -> str:
    """Why nothing about it can be answered any more, whatever it proposes."""
    if suggestion.status == Suggestion.Status.WITHDRAWN:
        return _("Your coach took this suggestion back.")
    if suggestion.status != Suggestion.Status.OPEN:
        return _("You have answered this suggestion already.")
    if suggestion.relationship.status == Relationship.Status.ENDED:
        return _("This coach does not coach you any more, so that nothing of theirs can be accepted.")
    return ""


def _weights(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> _Read:
    now = {field: f"{weight:.2f}" for field, weight in current_weights(client.pk).items()}
    changes = [_change(field, now[field], proposed[field]) for field in WEIGHTS]
    notes = [
        _(
            "“%(name)s” is kept among your presets and weighs the matches of all your personas. "
            "The presets that you have stay kept."
        )
        % {"name": proposed["name"]},
    ]
    others = TunerSettings.objects.owned_by(client).exclude(
        name__iexact=proposed["name"], **{field: Decimal(proposed[field]) for field in WEIGHTS}
    )
    if proposed["name"].casefold() in {name.casefold() for name in others.values_list("name", flat=True)}:
        notes.append(_("You have other weights of this name, so these get a number after it."))
    return _Read(now, changes, notes=notes)


def _persona(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> _Read:
    persona = _own_persona(suggestion, client)
    if persona is None:
        return _Read(None, obstacle=_("The persona is not there any more: it was deleted."))
    current = current_persona(persona)
    now = {field: current[field] for field in PERSONA_FIELDS if field in proposed}
    changes = [_change(field, now[field], proposed[field]) for field in now]
    # Beside what it changes, what it is judged together with.
    then = {**current, **proposed}
    least, most = then["min_salary"], then["max_salary"]
    obstacle = ""
    if least is not None and most is not None and least > most:
        obstacle = _(
            "With it the lowest pay would be above the highest. Change your pay first, or decline it."
        )
    elif Persona.objects.owned_by(client).filter(name=then["name"]).exclude(pk=persona.pk).exists():
        obstacle = _("You have another persona of this name. Rename that one first, or decline this.")
    return _Read([now, current["min_salary"], current["max_salary"]], changes, obstacle)


def _job(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> _Read:
    job = suggestion.job
    if job is None:
        return _Read(None, obstacle=_("The job is not there any more."))
    is_archive = job.source.kind == JobSource.Kind.ARCHIVE
    if job.closed_at is not None and not is_archive:
        return _Read("closed", obstacle=_("This job has closed meanwhile."))
    set_aside = dismissed_matches(suggestion, client)
    notes = [_("Accepting applies for nothing: it says that you will look at the job.")]
    if is_archive:
        notes.append(_("This is an old posting from an archive, to compare with. Nobody can apply for it."))
    changes = []
    if set_aside:
        changes = [change_of("feed", str(LABELS["feed"]), _("set aside"), _("put back"), none="")]
    return _Read(sorted(str(match.pk) for match in set_aside), changes, notes=notes)


def _skill(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> _Read:
    held = held_skill(client.pk, proposed["name"])
    levels = dict(UserSkill.Level.choices)
    before = levels[held.proficiency_level] if held else _("not among your skills")
    label = held.skill_name if held else proposed["name"]
    change = change_of("level", label, before, levels[proposed["level"]], none="")
    return _Read([str(held.pk), held.proficiency_level] if held else None, [change])


def _resume(suggestion: Suggestion, client: User, proposed: Mapping[str, Any]) -> _Read:
    resume = suggestion.resume
    if resume is None or resume.user_id != client.pk:
        return _Read(None, obstacle=_("The résumé is not there any more: it was deleted."))
    now = {each["pointer"]: find_text(resume.document, each["pointer"]) for each in proposed["edits"]}
    moved = [
        each["pointer"]
        for each in proposed["edits"]
        if (found := now[each["pointer"]]) is None or (each["was"] and fingerprint(found) != each["was"])
    ]
    changes = [
        change_of(
            each["pointer"],
            name_place(each["pointer"]),
            now[each["pointer"]] or "",
            each["text"],
            none=_("nothing"),
            is_text=True,
        )
        for each in proposed["edits"]
    ]
    notes = [
        _("The file that you uploaded stays as it is: upload a new one where the file should say it too.")
    ]
    if resume.review in ("approved", "changes_suggested"):
        notes.append(_("The résumé has been reviewed; after this it waits for another review."))
    obstacle = ""
    if moved:
        places = ", ".join(name_place(pointer) for pointer in moved)
        obstacle = _(
            "The résumé says something else at this place than when it was suggested: %(places)s. "
            "Your coach can suggest it anew."
        ) % {"places": places}
    return _Read([now, resume.review], changes, obstacle, notes)


_READERS: Mapping[str, Callable[[Suggestion, Any, Mapping[str, Any]], _Read]] = {
    "weights": _weights,
    "persona": _persona,
    "job": _job,
    "skill": _skill,
    "resume": _resume,
}


def dismissed_matches(suggestion: Suggestion, client: User) -> list[Match]:
    """The client's matches of the job that were set aside, of the persona alone where the suggestion names one."""
    own = Match.objects.owned_by(client).filter(job_id=suggestion.job_id, is_dismissed=True)
    if suggestion.persona_id:
        own = own.filter(persona_id=suggestion.persona_id)
    return list(own.order_by("pk"))


def _own_persona(suggestion: Suggestion, client: User) -> Persona | None:
    own = Persona.objects.owned_by(client).select_related("preferences")
    found: Persona | None = own.filter(pk=suggestion.persona_id).first()
    return found


def _change(field: str, before: Any, after: Any) -> Change | None:
    if isinstance(after, list):
        before, after = [_shown(field, each) for each in before], [_shown(field, each) for each in after]
        return change_of(field, str(LABELS[field]), before, after, none=_("none"))
    if before == after:
        return None
    old, new = _shown(field, before, none=""), _shown(field, after, none="")
    return change_of(field, str(LABELS[field]), old, new, none=_("none"), is_text=field == "description")


def _shown(field: str, value: Any, *, none: str | None = None) -> str:
    """A value as one reads it."""
    if isinstance(value, list):
        return "; ".join(_shown(field, each) for each in value) or _("none")
    if value is None or value == "":
        return _("none") if none is None else none
    if field in WEIGHTS:
        return _("%(percent)s %%") % {"percent": int(Decimal(value) * 100)}
    if isinstance(value, int):
        return str(number_format(value, use_l10n=True, force_grouping=True))
    return str(_CHOICES.get(field, {}).get(value, value))


_CHOICES: Mapping[str, Mapping[Any, Any]] = {
    "industries": dict(INDUSTRIES),
    "salary_period": dict(PersonaPreferences.Period.choices),
    "remote_preference": dict(PersonaPreferences.Remote.choices),
    "level": dict(UserSkill.Level.choices),
}
