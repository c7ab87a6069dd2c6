"""What a client's rows say, in words: wishes, rules, courses and the sections of a résumé."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coaching.admin.client_admin import yes_or_no
from personas.models import PersonaPreferences

if TYPE_CHECKING:
    from django.db.models import Model

DAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}


def name_employer(named: Any) -> str:
    """Whose job it is, or that nobody says so."""
    return named.company or _("employer not named")


def tell_set_aside(match: Any) -> str:
    """Whether a match is dismissed, and why."""
    if not match.is_dismissed:
        return _("no")
    return str(match.get_dismissed_because_display() or _("yes"))


def _listed(words: list[str]) -> str:
    return _(", ").join(words)


def tell_wishes(wishes: PersonaPreferences) -> list[tuple[str, str]]:
    """What a persona looks for: name and words, without what it does not say."""
    names = [
        *("job_title_keywords", "required_skills", "nice_to_have_skills", "locations", "industries"),
        *("company_size", "excluded_companies", "mission_values", "growth_focus"),
    ]
    told = [(_label(PersonaPreferences, name), _listed(getattr(wishes, name))) for name in names]
    told.insert(4, (_label(PersonaPreferences, "remote_preference"), wishes.get_remote_preference_display()))
    told.insert(5, (_("Pay"), _tell_pay(wishes)))
    return [(name, words) for name, words in told if words]


def _tell_pay(wishes: PersonaPreferences) -> str:
    words = {
        "currency": wishes.currency,
        "low": intcomma(wishes.min_salary or 0),
        "high": intcomma(wishes.max_salary or 0),
        "period": wishes.get_salary_period_display(),
    }
    if wishes.min_salary is None and wishes.max_salary is None:
        return ""
    if wishes.min_salary is None:
        return _("up to %(currency)s %(high)s %(period)s") % words
    if wishes.max_salary is None:
        return _("from %(currency)s %(low)s %(period)s") % words
    return _("%(currency)s %(low)s to %(high)s %(period)s") % words


def tell_rule(rule: Any) -> list[tuple[str, str]]:
    """What a rule asks for: name and words."""
    weekly = ngettext(
        "%(count)s application a week", "%(count)s applications a week", rule.max_applications_per_week
    )
    told = [
        (_("At work"), yes_or_no(rule.enabled)),
        (_("Before sending"), str(rule.get_mode_display())),
        (_("At most"), weekly % {"count": rule.max_applications_per_week}),
        (
            _("Lowest score"),
            _("any") if rule.match_score_threshold is None else str(rule.match_score_threshold),
        ),
        (_("Never these employers"), _listed(rule.exclude_companies) or _("none are named")),
        (_("Only these employers"), _listed(rule.include_only_companies) or _("any")),
        (_("All of these words"), _listed(rule.require_all_keywords) or _("none are required")),
        (_("Days"), _listed([str(DAYS.get(day, day)) for day in rule.active_days]) or _("every day")),
        (_("Only with a reviewed résumé"), yes_or_no(rule.needs_reviewed_resume)),
    ]
    if rule.persona:
        told.insert(0, (_("Persona"), rule.persona.name))
    return told


def tell_course(course: dict[str, Any]) -> dict[str, str]:
    """What a course is called, who offers it, and its address where it is one of the web."""
    url = str(course.get("url") or "")
    return {
        "title": str(course.get("title") or course.get("name") or _("a course without a name")),
        "provider": str(course.get("provider") or ""),
        "url": url if url.startswith(("https://", "http://")) else "",
    }


def tell_document(document: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """The sections of a JSON Resume that can be read as entries: a heading each, what it is, when, and what it says."""
    sections = [
        ("work", _("Work"), "position", "name"),
        ("volunteer", _("Voluntary work"), "position", "organization"),
        ("education", _("Education"), "area", "institution"),
        ("certificates", _("Certificates"), "name", "issuer"),
        ("projects", _("Projects"), "name", "entity"),
        ("languages", _("Languages"), "language", "fluency"),
    ]
    told = []
    for key, words, first, second in sections:
        entries = document.get(key) if isinstance(document, dict) else None
        listed = entries if isinstance(entries, list) else []
        rows = [_tell_entry(each, first, second) for each in listed if isinstance(each, dict)]
        if rows:
            told.append((words, rows))
    return told


def _tell_entry(entry: dict[str, Any], first: str, second: str) -> dict[str, Any]:
    highlights = entry.get("highlights")
    return {
        "title": _listed([str(entry[key]) for key in (first, second) if entry.get(key)]),
        "when": _(" to ").join(str(entry[key]) for key in ("startDate", "endDate") if entry.get(key)),
        "summary": str(entry.get("summary") or ""),
        "highlights": [str(each) for each in highlights] if isinstance(highlights, list) else [],
    }


def _label(model: type[Model], field: str) -> str:
    name = str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001
    return name[:1].upper() + name[1:]
