"""The sending half of an application's page: where it stands in words, what would be sent, and what its person can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from autoapply.answer_forms import MissingForm
from autoapply.applications import BY_PERSON, CONFIRM_WITHIN
from autoapply.channel_words import because_words, channel_name
from autoapply.models import Application, ApplicationEvent, Fence, Kit
from autoapply.slots import place_in_line
from autoapply.state_words import reason_words, wait_words
from autoapply.states import BEFORE_SENDING


@dataclass(slots=True)
class SendingPage:
    """What the page shows; `standing` are sentences, `actions` the names of what can be done now."""

    application: Application
    standing: list[str]
    channel: str
    channel_because: str
    actions: list[str]
    kit: Kit | None = None
    missing_form: MissingForm | None = None
    lacks: list[str] = field(default_factory=list)
    confirm_until: datetime | None = None


def read_sending(application: Application, *, at: datetime) -> SendingPage:
    """Read everything that the sending half shows, acting for its owner."""
    kit = Kit.objects.filter(application=application).first()
    behind = application.fence_epoch < Fence.objects.values_list("epoch", flat=True).get(pk=1)
    page = SendingPage(
        application=application,
        standing=_tell(application, behind=behind, at=at),
        channel=channel_name(application.channel),
        channel_because=because_words(application.channel_because) if application.channel_because else "",
        actions=_actions(application, kit, behind=behind),
        kit=kit,
    )
    if application.status == Application.Status.PARKED:
        page.lacks = [
            each["label"] for each in application.missing if "kind" not in each and each.get("label")
        ]
        if any(each.get("kind", "file") != "file" for each in application.missing):
            page.missing_form = MissingForm(application=application)
    if application.status == Application.Status.REVIEW and application.channel in BY_PERSON:
        page.confirm_until = application.moved_at + CONFIRM_WITHIN
    return page


def draft_withdrawal(application: Application) -> str:
    """A message that withdraws an application, for its person to send; made of facts alone."""
    said = _(
        "Dear team,\n\nI would like to withdraw my application for the position “%(title)s”. Thank you for your time.\n\n"
        "Kind regards\n%(name)s"
    )
    return said % {
        "title": application.job_title,
        "name": application.user.display_name or application.user.email,
    }


def _tell(application: Application, *, behind: bool, at: datetime) -> list[str]:
    told = [_standing_of(application)]
    if application.waits_for == "next_week":
        place = place_in_line(application, at=at)
        told.append(_("This week’s places are taken: next week, place %(place)s.") % {"place": place})
    elif application.waits_for and application.status != "parked":
        told.append(_sentence(wait_words(application.waits_for)))
    if behind and application.status in BEFORE_SENDING:
        told.append(
            _(
                "Relevnt was restored from a backup since. Look whether this one had gone out before; it waits for your word. "
                "If it had, cancel it, so that it is not sent again."
            )
        )
    if application.status in ("failed", "cancelled"):
        told.append(application.error_message or _sentence(_why(application)))
    if application.status == "unknown":
        told.append(_sentence(_why(application)))
    return told


def _standing_of(application: Application) -> str:
    if application.status == "review" and application.channel in BY_PERSON:
        return _(
            "Ready. You send this one yourself: open the kit, send it, then say here that you have sent it."
        )
    if application.status == "parked" and application.waits_for == "form":
        return _(
            "The employer’s form could not be read. Relevnt tries again by itself; nothing is sent meanwhile."
        )
    if application.status == "parked" and application.waits_for == "person":
        return _(
            "Stopped, and nothing is sent: Relevnt tried three times to read the employer’s form. Let it try again, or "
            "apply at the posting’s own address."
        )
    return str(STANDINGS[application.status]())


def _why(application: Application) -> str:
    """Why it came to its state; the row itself tells of its last step, which may have been one of its stage."""
    events = application.events.filter(kind=ApplicationEvent.Kind.STATUS).order_by("-pk")
    return reason_words(events.values_list("because", flat=True).first() or "")


def _sentence(words: str) -> str:
    text = words[:1].upper() + words[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


STANDINGS: dict[str, Any] = {
    "queued": lambda: _("In the queue. It is prepared within a minute or two."),
    "preparing": lambda: _("Being prepared."),
    "parked": lambda: _("Stopped, and nothing is sent: something is missing that only you can say."),
    "review": lambda: _("Ready. It is sent when you approve it, and only as it stands here."),
    "held": lambda: _("Approved. It is held before it is sent, and can be cancelled until then."),
    "submitting": lambda: _("Being sent at this moment."),
    "submitted": lambda: _("Sent."),
    "failed": lambda: _("Not accepted. Its place in the week is free again."),
    "unknown": lambda: _(
        "In doubt: it left, and no clear answer came back. Relevnt does not send it again by itself, because it could "
        "then arrive twice."
    ),
    "cancelled": lambda: _("Cancelled before anything was sent. Its place in the week is free again."),
    "withdrawn": lambda: _("Withdrawn."),
}
"""Where an application stands, as a sentence."""


_ACTIONS: dict[str, tuple[str, ...]] = {
    "queued": ("cancel",),
    "preparing": ("cancel",),
    "parked": ("try_again", "cancel"),
    "review": ("approve", "look_again", "cancel"),
    "held": ("look_again", "cancel"),
    "unknown": ("resolve",),
    "submitted": ("withdraw",),
}
"""What a person can do about an application in each state."""


def _actions(application: Application, kit: Kit | None, *, behind: bool) -> list[str]:
    actions = list(_ACTIONS.get(application.status, ()))
    by_person = application.channel in BY_PERSON
    if "approve" in actions and by_person:
        actions[actions.index("approve")] = "confirm_sent"
    elif "approve" in actions and not (kit and kit.request_sha256):
        actions.remove("approve")
    if behind and application.status in BEFORE_SENDING:
        actions.insert(0, "stand_behind")
    return actions
