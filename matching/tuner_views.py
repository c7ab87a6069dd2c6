"""Pages of the tuner: weights tried on the first page of matches, and kept, renamed, made default, deleted, taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from matching import tuner
from matching.explanation import read_asked
from matching.facts import weights_of
from matching.forms import NameForm, NewPresetForm, UndoForm, WeightsForm, sign_steps
from matching.models import MatchState, TunerSettings
from matching.presets import READY
from matching.ranking import CursorGone, RankedPage, rank_open_jobs
from matching.scoring import DEFAULT_WEIGHTS, FACTORS, Weights
from personas.accounts import SignedInRequest
from personas.choosing import choose_persona
from personas.models import Persona
from personas.paging import page_url
from personas.services import Gone, Refused

USUAL = "balanced"
"""The ready preset with the weights that count where a person has no default."""
_SAID = "tuner-said"

require_form = require_http_methods(["GET", "HEAD", "POST"])


class Choice(NamedTuple):
    """A preset to begin from: a ready one, or one of the person's own (`own`)."""

    key: str
    name: Any
    weights: Weights
    own: TunerSettings | None = None


class Slider(NamedTuple):
    """One weight as it stands on the page: its usual percent, and its share of the score in words."""

    factor: str
    field: forms.BoundField
    usual: int
    asked: bool
    words: str


class Tried(NamedTuple):
    """What is being tried: where it began, the form, and the weights it ranks with."""

    choice: Choice
    form: WeightsForm
    weights: Weights


@require_form
def show_tuner(request: SignedInRequest) -> HttpResponse:
    """Five sliders and the first page of matches under them; htmx is answered with that page alone, a form with an address."""
    if request.method == "POST":
        form = WeightsForm(request.POST)
        return _to_tuner(request, **form.cleaned_data) if form.is_valid() else _page(request)
    return _page(request)


@require_POST
def keep_new(request: SignedInRequest) -> HttpResponse:
    """Ask for a name, then keep the weights as a new preset."""
    weights = WeightsForm(request.POST)
    if not weights.is_valid():
        return _page(request)
    named = request.POST if "name" in request.POST else None
    form = NewPresetForm(named, initial={"name": _name_of_ready(request, weights.weights())})
    if form.is_valid():
        values = {**weights.values(), **form.cleaned_data}
        if changed := _try(form, lambda: tuner.create_preset(user=request.user, values=values)):
            return _done(request, changed, _("“%(name)s” is kept.") % {"name": changed.preset.name})
    context = {
        "form": form,
        "hidden": [*weights.cleaned_data.items(), ("persona", _given(request).get("persona", ""))],
        "back_url": _tuner_url(request, **weights.cleaned_data),
    }
    return render(request, "matching/tuner_new.html", context)


@require_POST
def keep_weights(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    """Keep the weights under the name that is chosen."""
    preset = TunerSettings.objects.owned_by(request.user).filter(pk=preset_id).first()
    form = WeightsForm(request.POST)
    if preset is None:
        return _page_without_preset(request)
    if not form.is_valid():
        return _page(request)
    try:
        changed = tuner.edit_preset(preset=preset, values=form.values())
    except Gone:
        return _page_without_preset(request)
    return _done(request, changed, _("“%(name)s” has these weights now.") % {"name": changed.preset.name})


@require_form
def rename(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    """Give a preset another name."""
    preset = _own_preset(request, preset_id)
    form = NameForm(request.POST or None, initial={"name": preset.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if changed := _try(form, lambda: tuner.edit_preset(preset=preset, values={"name": name})):
            return _done(request, changed, _("It is now called “%(name)s”.") % {"name": changed.preset.name})
    context = {"form": form, "preset": preset, "back_url": _tuner_url(request, preset=preset.pk)}
    return render(request, "matching/tuner_rename.html", context)


@require_POST
def make_default(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    """Weigh matches with a preset from now on, or (`is_default=no`) with it no longer."""
    preset = _own_preset(request, preset_id)
    is_default = request.POST.get("is_default") != "no"
    try:
        changed = tuner.edit_preset(preset=preset, values={"is_default": is_default})
    except Gone:
        raise Http404 from None
    said = _("“%(name)s” is your default now.") if is_default else _("“%(name)s” is your default no longer.")
    return _done(request, changed, said % {"name": changed.preset.name})


@require_form
def delete(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    """Ask, then delete a preset."""
    preset = _own_preset(request, preset_id)
    if request.method == "POST":
        try:
            changed = tuner.delete_preset(preset=preset)
        except Gone:
            raise Http404 from None
        return _done(request, changed, _("“%(name)s” is deleted.") % {"name": preset.name}, is_there=False)
    context = {"preset": preset, "cancel_url": _tuner_url(request, preset=preset.pk)}
    return render(request, "matching/tuner_delete.html", context)


@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Make presets what they were before the last change."""
    form = UndoForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.warning(request, _("This can no longer be undone."))
        return _to_tuner(request)
    steps = form.cleaned_data["steps"]
    try:
        renews = tuner.take_back(user=request.user, steps=steps)
    except Refused as refused:
        messages.warning(request, " ".join(chain.from_iterable(refused.faults.values())))
        return _to_tuner(request)
    messages.success(request, _told(_("Undone: it is as it was before."), renews=renews))
    there = [str(step.preset_id) for step in steps if step.before is not None]
    return _to_tuner(request, preset=there[-1] if there else "")


# --- the page ----------------------------------------------------------------------------------------------------------


def _page(request: SignedInRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    given = _given(request)
    personas = list(
        Persona.objects.owned_by(request.user)
        .select_related("preferences")
        .order_by("-is_active", "name", "pk")
    )
    persona = choose_persona(personas, given.get("persona", ""))
    if persona is None:
        return render(request, "matching/tuner.html", {"persona": None}, status=status)
    choices = _choices(request)
    chosen = next((each for each in choices if each.key == given.get("preset")), None)
    if given.get("preset") and chosen is None and not fault:
        return _page_without_preset(request)
    tried = _tried(given, chosen or _default_of(choices))
    page = _ranked(request, persona, tried.weights)
    context = {
        **_ranking(request, page, tried),
        "personas": personas,
        "persona": persona,
        "choices": choices,
        "chosen": tried.choice,
        "form": tried.form,
        "sliders": _sliders(tried, _asked(page)),
        "share_words": _share_words(),
        "fault": fault,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "matching/_tuner_ranking.html", {**context, "swap": True})
    state = MatchState.objects.filter(persona=persona).first()
    context["is_behind"] = state is None or state.inputs_revision != persona.inputs_revision
    context["said_before"], context["undo"] = request.session.pop(_SAID, ("", ""))
    return render(request, "matching/tuner.html", context, status=status)


def _page_without_preset(request: SignedInRequest) -> HttpResponse:
    """The page for somebody whose preset is gone, with the weights that they had chosen still in the sliders."""
    fault = _("These weights are not there any more: they were deleted, or never yours. Choose others.")
    if WeightsForm.stands_in(_given(request)):
        fault = _(
            "The weights that you wanted to change are not there any more. The sliders stand as you left them: "
            "save them under a name."
        )
    return _page(request, fault=fault, status=404)


def _given(request: SignedInRequest) -> QueryDict:
    """What was sent; a form's own fields count before those of its address."""
    given = request.GET.copy()
    given.update(request.POST)
    return given


def _choices(request: SignedInRequest) -> list[Choice]:
    """What to begin from: the ready presets, then the person's own by name."""
    own = TunerSettings.objects.owned_by(request.user).order_by("name", "pk")
    return [
        *(Choice(code, tuner.READY_NAMES[code], weights) for code, weights in READY.items()),
        *(Choice(str(each.pk), each.name, weights_of(each), each) for each in own),
    ]


def _default_of(choices: Sequence[Choice]) -> Choice:
    """The preset that matches are weighed with."""
    defaults = [each for each in choices if each.own and each.own.is_default]
    return next(iter(defaults), next(each for each in choices if each.key == USUAL))


def _tried(given: QueryDict, choice: Choice) -> Tried:
    """The weights that were sent; those of the preset where none or no valid ones were."""
    if not WeightsForm.stands_in(given):
        return Tried(choice, WeightsForm.of(choice.weights), choice.weights)
    form = WeightsForm(given)
    return Tried(choice, form, form.weights() if form.is_valid() else choice.weights)


def _ranked(request: SignedInRequest, persona: Persona, weights: Weights) -> RankedPage:
    try:
        return rank_open_jobs(
            persona=persona,
            weights=weights,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            compared=True,
        )
    except CursorGone:
        raise Http404 from None


def _asked(page: RankedPage) -> tuple[str, ...]:
    """The factors that the persona asks for, as the rows tell; all five where there is no row."""
    return read_asked(page.rows[0].match_factors) if page.rows else FACTORS


def _sliders(tried: Tried, asked: Sequence[str]) -> list[Slider]:
    counted = dict(zip(FACTORS, tried.weights.in_order(), strict=True))
    total = sum(counted[factor] for factor in asked)
    shares = {factor: (200 * counted[factor] + total) // (2 * total) if total else 0 for factor in asked}
    return [
        Slider(
            factor,
            tried.form[factor],
            usual=getattr(DEFAULT_WEIGHTS, factor),
            asked=factor in asked,
            words=_share_words().format(share=shares[factor])
            if factor in asked
            else _("not asked by this persona"),
        )
        for factor in FACTORS
    ]


def _share_words() -> str:
    return _("{share} % of the score")


def _ranking(request: SignedInRequest, page: RankedPage, tried: Tried) -> dict[str, Any]:
    return {
        "page": page,
        "said": _say(page, tried),
        "previous_url": page_url(request, reverse("matching:tuner"), before=page.before),
        "next_url": page_url(request, reverse("matching:tuner"), after=page.after),
    }


def _say(page: RankedPage, tried: Tried) -> str:
    """What a ranking shows, in words that are read aloud when it changes."""
    said = []
    if tried.form.errors:
        words = _("A weight is a whole percent from 0 to 100. Until all five are, “%(name)s” is shown.")
        said.append(words % {"name": tried.choice.name})
    elif not any(astuple(tried.weights)):
        said.append(_("All five stand at zero, so the usual weights count."))
    moved = sum(row.moved != 0 for row in page.rows)
    if moved:
        words = ngettext(
            "%(moved)s of the %(shown)s jobs shown stands elsewhere than in your matches. First now: %(title)s.",
            "%(moved)s of the %(shown)s jobs shown stand elsewhere than in your matches. First now: %(title)s.",
            moved,
        )
        said.append(words % {"moved": moved, "shown": len(page.rows), "title": page.rows[0].job.title})
    elif page.rows:
        said.append(_("This is the order of your matches."))
    return " ".join(said)


# --- after a change ------------------------------------------------------------------------------------------------------


def _own_preset(request: SignedInRequest, preset_id: UUID) -> TunerSettings:
    preset: TunerSettings = get_object_or_404(TunerSettings.objects.owned_by(request.user), pk=preset_id)
    return preset


def _name_of_ready(request: SignedInRequest, weights: Weights) -> str:
    """What the ready preset is called that is saved unchanged; empty where it is none."""
    code = _given(request).get("preset", "")
    return str(tuner.READY_NAMES[code]) if READY.get(code) == weights else ""


def _try(form: forms.Form, change: Callable[[], tuner.Changed]) -> tuner.Changed | None:
    """Make a change; where it is refused, say so on the form and give None."""
    try:
        changed = change()
    except Gone:
        raise Http404 from None
    except Refused as refused:
        for field, sentences in refused.faults.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return None
    return changed


def _done(
    request: SignedInRequest, changed: tuner.Changed, said: str, *, is_there: bool = True
) -> HttpResponse:
    """Go back to the tuner, which says what was done and offers to undo it."""
    signed = sign_steps(changed.steps, user=request.user) if changed.steps else ""
    request.session[_SAID] = (_told(said, renews=changed.renews), signed)
    return _to_tuner(request, preset=changed.preset.pk if is_there else "")


def _told(said: str, *, renews: bool) -> str:
    return f"{said} {_('Your matches are weighed anew within a minute.')}" if renews else said


def _tuner_url(request: SignedInRequest, **query: Any) -> str:
    """The tuner for the persona (and the preset, unless another is given) that the request came from."""
    given = {name: _given(request).get(name, "") for name in ("persona", "preset")}
    kept = {name: value for name, value in {**given, **query}.items() if value not in ("", None)}
    return f"{reverse('matching:tuner')}{'?' if kept else ''}{urlencode(kept)}"


def _to_tuner(request: SignedInRequest, **query: Any) -> HttpResponse:
    return redirect(_tuner_url(request, **query))
