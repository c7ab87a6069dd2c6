"""Words about questions and answers: why one does not fit, where one was given, what a letter's fields are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autoapply.letters import LetterFaults
from autoapply.questions import LONGEST_LONG_TEXT, LONGEST_TEXT, Question

SOURCE_WORDS: Mapping[str, Any] = {
    "typed": gettext_lazy("typed in your answers"),
    "application": gettext_lazy("given for an application and kept"),
    "once": gettext_lazy("given for this application alone"),
}
"""Where an answer was given, by the code of its source."""

FIELD_WORDS: Mapping[str, Any] = {
    "company": gettext_lazy("the employer"),
    "job_title": gettext_lazy("the title of the job"),
    "my_name": gettext_lazy("your name"),
    "my_email": gettext_lazy("your e-mail address"),
    "my_phone": gettext_lazy("your telephone number"),
    "my_city": gettext_lazy("your town"),
    "skills_in_common": gettext_lazy("skills that the job names and you hold"),
    "my_latest_title": gettext_lazy("the title of your latest work"),
    "today": gettext_lazy("the day on which it is prepared"),
}
"""What each field of a letter is filled with."""


def fault_words(fault: str, question: Question) -> str:
    """Why an answer does not fit a question and what would, as a sentence."""
    if fault == "not_an_option":
        labels = "; ".join(label for _value, label in question.options)
        if question.kind == "many_of":
            return _("Choose from these, one a line: %(options)s.") % {"options": labels}
        return _("This is not one of the answers it takes: %(options)s.") % {"options": labels}
    if fault == "too_long":
        limit = LONGEST_TEXT if question.kind == "text" else LONGEST_LONG_TEXT
        return _("At most %(limit)s characters fit. Shorten it.") % {"limit": limit}
    return str(_FAULTS[fault])


_FAULTS: Mapping[str, Any] = {
    "none": gettext_lazy("There is no answer to it yet."),
    "empty": gettext_lazy("Give an answer."),
    "repeated": gettext_lazy("The form asks this twice, so one kept answer cannot serve both."),
    "not_storable": gettext_lazy("This holds a NUL or a broken character. Type it again by hand."),
    "not_a_number": gettext_lazy("Give a number in figures and without units, such as 65000 or 1.5."),
    "not_a_date": gettext_lazy("Give a day as year, month and day, such as 2027-01-31."),
    "not_yes_or_no": gettext_lazy("Answer yes or no."),
    "consent_refused": gettext_lazy("You have said no, and its form takes nothing but yes."),
    "needs_a_file": gettext_lazy("It asks for a file, and only your résumé can go with it."),
}


def origin_words(source: str) -> str:
    """Where a fact about somebody was taken from: account, resume or answers."""
    return str(_ORIGINS[source])


_ORIGINS: Mapping[str, Any] = {
    "account": gettext_lazy("from your account"),
    "resume": gettext_lazy("stated in your résumé"),
    "answers": gettext_lazy("from your answers"),
}


def missing_words(code: str, facts: Mapping[str, Any]) -> str:
    """What an application lacks, beside answers, and what mends it, as a sentence; `facts` as `preparing` names them."""
    if code == "letter_field":
        return unmet_words(facts["fields"])
    if code == "resume_file" and facts["because"] == "too_large":
        return _(
            "Your résumé’s file is too large for this employer’s system, which takes at most %(limit)s."
        ) % {"limit": filesizeformat(facts["limit"])}
    if code == "resume_file" and facts["because"] == "wrong_type":
        return _("This employer’s system does not take your résumé’s kind of file. It takes %(types)s.") % {
            "types": ", ".join(facts["types"])
        }
    if code == "resume_file":
        return _("Your résumé has no file that could be sent. Upload it as a file.")
    if code == "file":
        return _("Its form asks for another file, “%(question)s”. Only your résumé can go from here.") % {
            "question": facts["question"]
        }
    return str(_MISSING.get(code, _("It cannot be sent from here; apply there yourself.")))


_MISSING: Mapping[str, Any] = {
    "resume": gettext_lazy("The persona has no résumé. Give it one."),
    "letter": gettext_lazy("Its form insists on a cover letter. Write one."),
    "email": gettext_lazy("Employers’ systems do not take the e-mail address of your account. Change it."),
    "email_not_confirmed": gettext_lazy(
        "Your e-mail address is not confirmed, so an answer might never reach you. Confirm it."
    ),
    "address": gettext_lazy("The address to apply at does not name one receiver. Apply there yourself."),
}


def letter_faults_words(faults: LetterFaults) -> list[str]:
    """What keeps a text from being a letter, a sentence for each kind of fault."""
    told = []
    if faults.unknown:
        told.append(
            _("There is no field %(names)s. There are %(fields)s.")
            % {"names": _braced(faults.unknown), "fields": _braced(FIELD_WORDS)}
        )
    if faults.stray:
        told.append(
            _("A brace stands alone at “%(where)s”. Write {{ or }} for a brace that is meant as such.")
            % {"where": faults.stray[0]}
        )
    if faults.tags:
        told.append(
            _("A letter is plain text, so %(tag)s would be sent as it stands. Take it out.")
            % {"tag": faults.tags[0]}
        )
    return told


def unmet_words(names: Any) -> str:
    """Which facts a letter lacks, as a sentence."""
    facts = "; ".join(f"{{{name}}} ({FIELD_WORDS.get(name, name)})" for name in names)
    return _("Not known for this job, so the letter would wait for you: %(facts)s.") % {"facts": facts}


def _braced(names: Any) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
