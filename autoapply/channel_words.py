"""Channels, what they can do and what came of a sending, in words."""

from __future__ import annotations

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autoapply.capabilities import Capabilities
from autoapply.outcomes import Outcome

_NAMES: dict[str, str | Promise] = {
    "recruitee": "Recruitee",
    "greenhouse": "Greenhouse",
    "lever": "Lever",
    "ashby": "Ashby",
    "smartrecruiters": "SmartRecruiters",
    "workable": "Workable",
    "email": gettext_lazy("E-mail"),
    "handoff": gettext_lazy("Sent by you"),
    "record": gettext_lazy("Only noted here"),
}

_BECAUSE: dict[str, Promise] = {
    "open": gettext_lazy("This system takes applications from anybody, so Relevnt can send it."),
    "has_key": gettext_lazy("The employer gave this copy a key for its board, so Relevnt can send it."),
    "no_key": gettext_lazy(
        "This system takes applications only with a key of the employer’s, and there is none for this board. "
        "Relevnt prepares everything; you send it."
    ),
    "mail": gettext_lazy("The employer takes applications by e-mail, so Relevnt can send it."),
    "no_mail": gettext_lazy(
        "The employer takes applications by e-mail, and this copy has no mail server. Relevnt prepares everything; "
        "you send it."
    ),
    "site": gettext_lazy(
        "The employer takes applications on a page of its own. Relevnt prepares everything; you send it there."
    ),
    "never_automated": gettext_lazy(
        "The terms of this site forbid sending by machines. Relevnt prepares everything; you send it there."
    ),
    "no_address": gettext_lazy(
        "The posting names no address for applications, so this one is only kept track of."
    ),
}

_KINDS: dict[str, Promise] = {
    "accepted": gettext_lazy("The employer’s system has it."),
    "refused": gettext_lazy("The employer’s system refused it."),
    "try_later": gettext_lazy("The employer’s system asked to come again later."),
    "never_left": gettext_lazy("It did not leave Relevnt."),
    "doubtful": gettext_lazy("It may or may not have arrived."),
}

_CODES: dict[str, Promise] = {
    "taken": gettext_lazy("The employer’s system has it."),
    "already": gettext_lazy(
        "The employer’s system says that it already has an application of yours for this job."
    ),
    # refused
    "moved": gettext_lazy(
        "The opening has moved to another address, and Relevnt does not follow on its own."
    ),
    "key_refused": gettext_lazy("The employer’s system no longer accepts the key that the employer gave."),
    "not_allowed": gettext_lazy("The employer’s system does not take applications this way."),
    "gone": gettext_lazy("The opening is no longer there."),
    "too_large": gettext_lazy("The employer’s system found it too large."),
    "wrong_type": gettext_lazy("The employer’s system does not take files of this kind."),
    "not_valid": gettext_lazy("The employer’s system found something missing or wrong in it."),
    "not_taken": gettext_lazy("The employer’s system answered that it did not take it."),
    "key_unreadable": gettext_lazy("The employer’s key can no longer be read here. Nothing was sent."),
    "mail_refused": gettext_lazy("The mail server refused the message: the address may no longer exist."),
    # try later
    "throttled": gettext_lazy(
        "The employer’s system is getting too many requests and asked to come again later."
    ),
    "unavailable": gettext_lazy("The employer’s system is out of service and said when to come again."),
    "mail_deferred": gettext_lazy("The mail server asked to try again later."),
    # never left
    "dns": gettext_lazy("The address of the employer’s system could not be looked up. Nothing was sent."),
    "connect_refused": gettext_lazy("The employer’s system did not take the connection. Nothing was sent."),
    "connect_timeout": gettext_lazy("The employer’s system did not answer in time. Nothing was sent."),
    "connect_failed": gettext_lazy("The employer’s system could not be reached. Nothing was sent."),
    "tls": gettext_lazy("The employer’s system could not prove that it is the right one. Nothing was sent."),
    "too_late": gettext_lazy("It was stopped right before sending. Nothing was sent."),
    "held_back": gettext_lazy(
        "Something changed at the last moment, and it was held back. Nothing was sent."
    ),
    "changed": gettext_lazy("What would be sent was no longer what was approved. Nothing was sent."),
    "refused_url": gettext_lazy("The address is none that Relevnt sends to. Nothing was sent."),
    "refused_address": gettext_lazy("The address leads into a private network. Nothing was sent."),
    "refused_request": gettext_lazy(
        "What was to be sent could not be written as a request. Nothing was sent."
    ),
    "mail_login": gettext_lazy("The mail server did not accept Relevnt’s login. Nothing was sent."),
    "mail_server": gettext_lazy("The mail server did not work as it should. Nothing was sent."),
    "cannot_send": gettext_lazy("This way has nothing that Relevnt could send. Nothing was sent."),
    # doubtful
    "request_timeout": gettext_lazy(
        "The employer’s system gave up waiting, so it is not known whether it has it."
    ),
    "server_error": gettext_lazy(
        "The employer’s system failed while it had it, so it is not known whether it kept it."
    ),
    "unexpected_status": gettext_lazy(
        "The employer’s system answered something that Relevnt does not understand."
    ),
    "error_page": gettext_lazy("The employer’s system answered with a web page in place of a receipt."),
    "unreadable": gettext_lazy("The employer’s system answered, and its receipt could not be read."),
    "write_error": gettext_lazy("The connection broke while it was being sent."),
    "read_timeout": gettext_lazy("It was sent, and no answer came in time."),
    "total_timeout": gettext_lazy("It was sent, and the answer did not end in time."),
    "closed": gettext_lazy("It was sent, and the connection ended before a whole answer came."),
    "protocol": gettext_lazy("It was sent, and what came back was no answer."),
}

# The same word for two ends, before anything left and after.
_RESET = {
    "never_left": gettext_lazy("The employer’s system hung up before anything was sent."),
    "doubtful": gettext_lazy("It was sent, and the connection broke before an answer came."),
}
_READ_TIMEOUT_BEFORE = gettext_lazy("The mail server stopped answering. Nothing was sent.")
_UNEXPECTED = {
    "never_left": gettext_lazy("Something went wrong in Relevnt before anything was sent."),
    "doubtful": gettext_lazy("Something went wrong in Relevnt while it was being sent."),
}

_UNREADABLE: dict[str, Promise] = {
    "no_key": gettext_lazy("The form can only be read with a key of the employer’s."),
    "key_refused": gettext_lazy("The employer’s system no longer accepts the key that the employer gave."),
    "not_allowed": gettext_lazy("The employer’s system does not show its form."),
    "unreachable": gettext_lazy("The employer’s system could not be reached."),
    "timeout": gettext_lazy("The employer’s system did not answer in time."),
    "broken_off": gettext_lazy("The employer’s system broke off while it showed its form."),
    "moved": gettext_lazy("The opening has moved to another address."),
    "throttled": gettext_lazy("The employer’s system is getting too many requests."),
    "server_error": gettext_lazy("The employer’s system is out of order."),
    "not_a_form": gettext_lazy("What the employer’s system showed is no form that Relevnt knows."),
    "too_large": gettext_lazy("The form is too large to read."),
    "unknown_question": gettext_lazy("The form asks something in a way that Relevnt has not seen before."),
    "address": gettext_lazy("The address does not name one opening of one employer."),
    "unexpected": gettext_lazy("Something that Relevnt does not foresee went wrong while it was prepared."),
}

_FILES: dict[str, Promise] = {
    "empty": gettext_lazy("The file is empty."),
    "wrong_type": gettext_lazy("The employer’s system takes %(types)s, and the file is of another kind."),
    "too_large": gettext_lazy(
        "The employer’s system takes files of up to %(limit)s, and the file is larger."
    ),
}


def channel_name(name: str) -> str:
    """The channel's name for a page."""
    return str(_NAMES[name])


def because_words(because: str) -> str:
    """Why a job has its channel, as one or two sentences."""
    return str(_BECAUSE[because])


def outcome_words(outcome: Outcome) -> str:
    """What came of a sending, as a sentence."""
    return outcome_code_words(outcome.kind, outcome.code)


def outcome_code_words(kind: str, code: str) -> str:
    """The same from what is stored of an outcome; the kind's own sentence for a code that has none."""
    if code == "reset" and kind in _RESET:
        return str(_RESET[kind])
    if code == "unexpected" and kind in _UNEXPECTED:
        return str(_UNEXPECTED[kind])
    if code == "read_timeout" and kind == "never_left":
        return str(_READ_TIMEOUT_BEFORE)
    return str(_CODES.get(code) or _KINDS[kind])


def unreadable_words(reason: str) -> str:
    """Why a form could not be read, as a sentence."""
    return str(_UNREADABLE[reason])


def file_words(code: str, *, limit: int = 0, types: tuple[str, ...] = ()) -> str:
    """Why a file is not taken, as a sentence; `limit` in bytes, `types` are endings."""
    values = {"limit": filesizeformat(limit), "types": ", ".join(each.upper() for each in types)}
    return str(_FILES[code]) % values


def capability_words(capabilities: Capabilities) -> list[tuple[str, str]]:
    """What a channel can do and keeps to, as (what, words) for a list."""
    if not capabilities.sends:
        return [(_("Who sends"), _("you"))]
    duplicates = {
        "none": _("not noticed by the employer’s system"),
        "key": _("noticed by the employer’s system"),
        "email": _("joined by the employer’s system under your e-mail address"),
    }
    asks = _("yes, under the number that it gave") if capabilities.can_ask else _("no")
    words = [
        (_("Who sends"), _("Relevnt")),
        (_("Key of the employer’s"), _("needed") if capabilities.needs_key else _("not needed")),
        (
            _("Questions of the form"),
            _("read and checked") if capabilities.exposes_questions else _("not shown to anybody"),
        ),
        (_("A second application"), duplicates[capabilities.deduplicates]),
        (_("Can be asked whether it arrived"), asks),
        (_("Cover letter"), _("goes along") if capabilities.takes_letter else _("not taken")),
        (_("Largest file"), filesizeformat(capabilities.max_file_bytes)),
        (_("Files"), ", ".join(each.upper() for each in capabilities.file_types)),
    ]
    pause = _("at least %(seconds)s s between two") % {"seconds": f"{capabilities.min_interval_ms / 1000:g}"}
    if capabilities.requests:
        window = ngettext(
            "at most %(requests)s in %(seconds)s second",
            "at most %(requests)s in %(seconds)s seconds",
            capabilities.window_seconds,
        ) % {"requests": capabilities.requests, "seconds": capabilities.window_seconds}
        pause = f"{pause}, {window}"
    return [*words, (_("Pace"), pause)]
