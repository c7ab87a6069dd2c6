"""One person's kit, and one opening in every system."""

from __future__ import annotations

import uuid
from typing import Any

from autoapply.channels import CHANNELS
from autoapply.channels.protocol import Answered, FileContents, Form, KitContents, Outgoing
from autoapply.destination import Destination, read_destination
from autoapply.questions import Question
from tests.employers.client import PDF
from tests.employers.server import Employers

SYSTEMS = ("recruitee", "greenhouse", "lever", "ashby", "smartrecruiters", "workable")
KEYED = tuple(system for system in SYSTEMS if CHANNELS[system].capabilities.needs_key)
KEY = uuid.UUID("5f0e4d3c-2b1a-4c5d-8e9f-0a1b2c3d4e5f")
CV = FileContents("Ada Lovelace.pdf", "application/pdf", PDF)
ADDRESSES = {
    "recruitee": "https://acme.recruitee.com/o/{posting}",
    "greenhouse": "https://boards.greenhouse.io/acme/jobs/{posting}",
    "lever": "https://jobs.lever.co/acme/{posting}",
    "ashby": "https://jobs.ashbyhq.com/acme/{posting}",
    "smartrecruiters": "https://jobs.smartrecruiters.com/Acme/{posting}",
    "workable": "https://apply.workable.com/acme/j/{posting}",
    "email": "mailto:{posting}",
}


def opening(system: str, posting: str = "p1") -> Destination:
    """An opening of Acme's."""
    return read_destination(apply_url=ADDRESSES[system].format(posting=posting), url="", job_id="1")


def kit(form: Form | None = None, **values: Any) -> KitContents:
    """Ada's kit for a form."""
    usual: dict[str, Any] = {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "form": form or Form(),
        "phone": "+44 20 7946 0000",
        "location": "London, United Kingdom",
        "links": (("LinkedIn", "https://www.linkedin.com/in/ada"), ("GitHub", "https://github.com/ada")),
        "letter": "Dear team,\n\nI would like to work with you.",
        "resume": CV,
        "job_title": "Data engineer",
    }
    return KitContents(**(usual | values))


def answer(question: Question) -> Answered:
    """An answer that fits the kind of a question."""
    value: Any = {
        "text": "https://example.com/ada",
        "long_text": "Because of the work.\nAnd the people — all “of” them.",
        "number": "7",
        "date": "2027-01-04",
        "yes_no": True,
        "file": FileContents("sample.pdf", "application/pdf", PDF),
    }.get(question.kind)
    if question.kind == "one_of":
        value = question.options[-1][0]
    elif question.kind == "many_of":
        value = [value for value, _label in question.options[:2]]
    return Answered(question.id, question.kind, value)


def write(employers: Employers, system: str, posting: str = "p1", **values: Any) -> Outgoing:
    """What would be sent to an opening with the employer's key, without asking for its form."""
    key = employers.key(system) if system in KEYED else None
    return CHANNELS[system].write(opening(system, posting), kit(**values), key=key, idempotency_key=KEY)
