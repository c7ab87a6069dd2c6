"""The demo world: people who look, help and look after, made once, for a first look on an own machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

import matching
from coaching.invitations import accept_invitation, invite_client
from coaching.models import Mail
from coaching.relationships import edit_shared_notes
from matching.models import JobRun
from personas.identity import acting_as
from personas.models import User, UserSkill
from personas.services import add_skill, attach_resume, create_persona, upload_resume

ARCHIVE = Path(matching.__file__).parent / "data" / "archive" / "postings.jsonl.gz"
ARCHIVE_SOURCE = "Relevnt archive"
ARCHIVE_ATTRIBUTION = _(
    "Old postings that may be passed on: USAJOBS and the GSA Technology Transformation Services (works of the US "
    "Government), open data of the City of Los Angeles, and de-identified Ethiopian ads of Hahu Jobs by Tabiya "
    "(CC BY 4.0). Particulars of each: matching/data/archive/NOTICE.md."
)
DEMO_SOURCE = "Demo file"

# Everybody's, and printed at every start: the accounts are for a first look on one's own machine.
PASSWORD = "look-around-first"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoPersona:
    """One of the job seeker's two selves."""

    name: str
    description: str
    preferences: dict[str, Any] = field(default_factory=dict)


SEEKER = "sam@relevnt.example"
COACH = "cora@relevnt.example"
STAFF = "stella@relevnt.example"

PERSONAS = (
    DemoPersona(
        "Civil engineer in Los Angeles",
        "Streets, water and structures for the public, near home.",
        {
            "job_title_keywords": ["Civil Engineer", "Structural Engineer", "Environmental Engineer"],
            "locations": ["Los Angeles, CA"],
            "industries": ["government", "construction"],
            "min_salary": 75_000,
            "currency": "USD",
            "remote_preference": "onsite",
        },
    ),
    DemoPersona(
        "Data and statistics, from anywhere",
        "Numbers that public services can act on; remote, or in Washington.",
        {
            "job_title_keywords": ["Statistician", "Data Analyst", "Operations Research Analyst"],
            "nice_to_have_skills": ["Python"],
            "locations": ["Washington, DC", "United States"],
            "min_salary": 85_000,
            "currency": "USD",
            "remote_preference": "remote",
        },
    ),
)

SKILLS = (
    ("AutoCAD", "advanced"),
    ("Geographic information systems", "advanced"),
    ("Project management", "advanced"),
    ("Civil engineering", "expert"),
    ("Hydrology", "intermediate"),
    ("Construction management", "intermediate"),
    ("Statistics", "advanced"),
    ("Data analysis", "advanced"),
    ("SQL", "intermediate"),
    ("Python", "intermediate"),
    ("R", "intermediate"),
    ("Microsoft Excel", "expert"),
)


RESUME_NAME = "sam-rivera.txt"
RESUME = """Sam Rivera
Civil engineer and analyst, Los Angeles, California
sam@relevnt.example

Experience
Associate civil engineer, a county public works department, 2016 to 2024
Designed storm drains and street repairs in AutoCAD, kept the inventory of pipes in a geographic information system,
led project management for twelve construction contracts.

Data analyst, a regional transport study, 2012 to 2016
Statistics of traffic counts in R and Python, reports in Microsoft Excel, SQL against the shared database.

Education
Bachelor of Science, civil engineering, 2012
"""


COACHED = ("matches", "applications", "resume")
"""What the seeker lets the coach see."""
INVITATION = "We met at the open evening for engineers. Shall I look at your applications with you?"
SHARED_NOTES = """Agreed on the first evening:
Two personas side by side, and after a month a look at which of them gets answers.
The résumé names twelve contracts; say for one of them what it saved.
"""


def is_archive_read() -> bool:
    """Whether the shipped archive has been read."""
    return JobRun.objects.filter(source__name=ARCHIVE_SOURCE, outcome=JobRun.Outcome.OK).exists()


def open_accounts() -> None:
    """Make the demo accounts, or let them in again; only the owner of the tables may do this."""
    if not User.objects.filter(email=STAFF).exists():
        with transaction.atomic():
            make_people()
    _let_in(is_active=True)


def close_accounts() -> None:
    """Let nobody in to a demo account whose password is still the published one."""
    _let_in(is_active=False)


def sign_ins() -> str:
    """Whom one can sign in as, one a line."""
    people = ((_("job seeker"), SEEKER), (_("coach"), COACH), (_("staff"), STAFF))
    lines = [f"  {email}  {role}" for role, email in people]
    return "\n".join([gettext("Sign in with the password “%s” as") % PASSWORD, *lines])


def make_people() -> None:
    """Make a job seeker with two personas, a coach, and a member of the staff; the owner of the tables does this."""
    seeker = _make_person(SEEKER, "Sam Rivera", time_zone="America/Los_Angeles")
    coach = _make_person(COACH, "Cora Lindqvist", is_coach=True)
    with acting_as(seeker.pk):
        for name, level in SKILLS:
            add_skill(user=seeker, name=name, level=level, source=UserSkill.Source.INPUT)
        made = [
            create_persona(
                user=seeker,
                details={"name": persona.name, "description": persona.description},
                preferences=persona.preferences,  # type: ignore[arg-type]
            )
            for persona in PERSONAS
        ]
        resume = upload_resume(
            user=seeker, title="Sam Rivera", file_name=RESUME_NAME, content=RESUME.encode()
        ).resume
        for persona in made:
            attach_resume(persona=persona, resume=resume)
    _begin_coaching(coach, seeker)
    _make_person(STAFF, "Stella Okafor", is_staff=True)


def _begin_coaching(coach: User, seeker: User) -> None:
    """Let the coach invite the seeker, who accepts; nobody is written to, for nobody has these addresses."""
    with acting_as(coach.pk):
        invitation = invite_client(coach=coach, email=seeker.email, message=INVITATION)
    with acting_as(seeker.pk):
        relationship = accept_invitation(
            invitation=invitation, client=seeker, scopes=COACHED, valid_until=None
        )
    with acting_as(coach.pk):
        edit_shared_notes(relationship=relationship, coach=coach, notes=SHARED_NOTES)
    Mail.objects.filter(user__in=[coach, seeker]).update(sent_at=Now())


def _let_in(*, is_active: bool) -> None:
    for user in User.objects.filter(email__in=[SEEKER, COACH, STAFF]).exclude(is_active=is_active):
        if user.check_password(PASSWORD):
            user.is_active = is_active
            user.save(update_fields=["is_active"])


def _make_person(email: str, name: str, **fields: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, display_name=name, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
