"""Skills that often go with those somebody has: shown on the page of skills, added where they are ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from matching.inferred_skills import infer_skills
from matching.knowledge import shipped_knowledge
from personas import services
from personas.forms import ProposalsForm
from personas.models import UserSkill
from personas.readers.skills import Proposal
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from django.http import QueryDict

    from personas.accounts import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def inferred_skills(request: SignedInRequest) -> HttpResponse:
    """What is near, each with what it is inferred from; nothing is added that is not ticked."""
    form = _form(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            number = services.add_proposed_skills(
                user=request.user, skills=form.chosen(), source=UserSkill.Source.INFERRED
            )
        except services.Refused as refused:
            form.explain(refused)
        else:
            added = ngettext(
                "%(number)s skill is added to your skills.",
                "%(number)s skills are added to your skills.",
                number,
            )
            messages.success(request, added % {"number": number})
            return redirect("personas:skills")
    is_part = request.headers.get("HX-Request") == "true"
    name = "matching/_inferred_skills.html" if is_part else "matching/inferred_skills.html"
    return render(request, name, {"proposals": form})


def _form(request: SignedInRequest, answers: QueryDict | None) -> ProposalsForm:
    held = {
        taxonomy().key(row.skill_name): row.skill_name for row in UserSkill.objects.owned_by(request.user)
    }
    proposals = []
    for each in infer_skills(held, near=shipped_knowledge().adjacent):
        names = ", ".join(held[key] for key in each.because)
        proposals.append(
            Proposal(taxonomy().canonical(each.key), _("because you have %(skills)s") % {"skills": names})
        )
    return ProposalsForm(answers, proposals=proposals, held=held)
