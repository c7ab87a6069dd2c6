"""Words for the steps of an application: why it moved, what it waits for, what is missing."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autoapply.channel_words import outcome_code_words, unreadable_words
from autoapply.gate_words import gate_name
from autoapply.outcomes import OUTCOME_KINDS

REASONS = {
    "due": gettext_lazy("it was its turn"),
    "wanted": gettext_lazy("you wanted it"),
    "rule": gettext_lazy("a rule chose it"),
    "prepared": gettext_lazy("what would be sent is ready"),
    "approved": gettext_lazy("you approved it"),
    "approved_before": gettext_lazy("it was approved before, byte for byte"),
    "automatic": gettext_lazy("the rule sends by itself after the hold"),
    "cancelled": gettext_lazy("you cancelled it"),
    "withdrawn": gettext_lazy("you withdrew it"),
    "log": gettext_lazy("it was withdrawn in the log"),
    "sent_by_person": gettext_lazy("you sent it"),
    "arrived": gettext_lazy("you said that it arrived"),
    "not_arrived": gettext_lazy("you said that it did not arrive"),
    "send_again": gettext_lazy("you asked to send it again"),
    "look_again": gettext_lazy("you asked for it to be prepared anew"),
    "posting_gone": gettext_lazy("the posting is gone"),
    "form_unreadable": gettext_lazy("the employer’s form could not be read"),
    "not_confirmed": gettext_lazy("a week passed and you did not say that you sent it"),
    "forgotten": gettext_lazy(
        "an application to this opening left before the database was put back, and nothing else is known of it"
    ),
    "worker_gone": gettext_lazy("sending was interrupted, and whether it arrived is not known"),
    "asked_and_there": gettext_lazy("the employer’s system says that it is there"),
    "asked_and_not_there": gettext_lazy("the employer’s system says that it is not there"),
    "held_back": gettext_lazy("something changed at the last moment, and it was held back"),
    "changed": gettext_lazy("what would be sent was no longer what was approved"),
    "too_late": gettext_lazy("its turn had passed before it could leave"),
    "answer": gettext_lazy("something that the employer asks for is missing"),
    "channel": gettext_lazy("it goes another way than before"),
    "review": gettext_lazy("its rule leaves the last word to you by now"),
    "recorded": gettext_lazy("you noted that you sent it"),
    "suggested": gettext_lazy("nothing new had come"),
    "": gettext_lazy("no reason was given"),
}
"""Each `moved_because` of a service with its words; gates and outcomes have their own."""

WAITS = {
    "answer": gettext_lazy("waits for your answer"),
    "person": gettext_lazy("waits for you"),
    "form": gettext_lazy("the employer’s form could not be read; it is tried again"),
    "receiver": gettext_lazy("waits for its turn with the employer’s system"),
    "next_week": gettext_lazy("this week’s places are taken; it is sent next week"),
}


def state_words_besides(*, status: str, channel: str, waits_for: str) -> str:
    """What an application's state means for its way and its week; empty where the state's own name says all."""
    if status == "review" and channel in ("handoff", "record"):
        return _("ready for you to send")
    if status == "held" and waits_for == "next_week":
        return _("waits for next week")
    return ""


def reason_words(because: str) -> str:
    """Why a step was taken: the code of a service, `kind:code` of an outcome, `gate:code` of a refusal, `form:…`, `missing:…`."""
    if because in REASONS:
        return str(REASONS[because])
    what, _colon, code = because.partition(":")
    if what in OUTCOME_KINDS:
        return outcome_code_words(what, code)
    if what == "form":
        return unreadable_words(code)
    if what == "missing":
        return str(REASONS["answer"])
    if code == "waited_too_long":
        return _("it waited a week for the gate “%(gate)s”, which did not open again") % {
            "gate": gate_name(what)
        }
    return _("the gate “%(gate)s” closed") % {"gate": gate_name(what)}


def wait_words(waits_for: str) -> str:
    """What an application waits for; empty where it waits for nothing."""
    if not waits_for:
        return ""
    if waits_for in WAITS:
        return str(WAITS[waits_for])
    return _("waits for the gate “%(gate)s”") % {"gate": gate_name(waits_for)}
