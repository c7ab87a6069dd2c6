"""The smallest valid row of every table, written by whoever may write it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from factory.django import DjangoModelFactory

from autoapply.models import (
    Answer,
    Application,
    CalendarFeed,
    Contact,
    Decision,
    EmployerKey,
    FollowUp,
    Kit,
    LetterTemplate,
    Log,
    Note,
    ReceiverHost,
    Rule,
)
from coaching.models import (
    Cohort,
    CohortMember,
    Consent,
    Invitation,
    Mail,
    PrivateNote,
    Relationship,
    Suggestion,
)
from learning.models import (
    Catalog,
    Course,
    CourseSkill,
    LearningSettings,
    LearningState,
    Progress,
    Recommendation,
)
from matching.models import (
    Job,
    JobRejection,
    JobRun,
    JobSighting,
    JobSnapshot,
    JobSource,
    Match,
    MatchState,
    PastedPosting,
    SavedJob,
    SavedSearch,
    TunerSettings,
    WriterDay,
)
from personas.identity import acting_as
from personas.models import (
    AccountClosing,
    AccountDeletion,
    ApiToken,
    IdempotencyKey,
    Persona,
    Resume,
    ResumeFile,
    ResumeVersion,
    Retention,
    User,
    UserSkill,
)
from personas.row_security import WORKER_ROLE
from tests.roles import OWNER_ROLE, as_role


class WorkerFactory(DjangoModelFactory):
    """Rows that the worker writes for everybody."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with as_role(WORKER_ROLE):
            return super()._create(model_class, *args, **kwargs)


class OwnedFactory(DjangoModelFactory):
    """Rows that belong to one person, written as that person."""

    _owner = "user"

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with acting_as(kwargs[cls._owner].pk):
            return super()._create(model_class, *args, **kwargs)


class UserFactory(DjangoModelFactory):
    """Accounts with any role; only staff or the owner of the tables may make those."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with as_role(OWNER_ROLE):
            return super()._create(model_class, *args, **kwargs)


class AccountDeletionFactory(WorkerFactory):
    class Meta:
        model = AccountDeletion

    asked_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=14))
    deleted_at = factory.LazyFunction(timezone.now)


class AccountClosingFactory(OwnedFactory):
    """An account that is deleted in a fortnight."""

    class Meta:
        model = AccountClosing

    user = factory.SubFactory(UserFactory)
    asked_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class RetentionFactory(OwnedFactory):
    """Earlier versions of résumés are kept for a year."""

    class Meta:
        model = Retention

    user = factory.SubFactory(UserFactory)
    resume_versions = 12


class ResumeFactory(OwnedFactory):
    class Meta:
        model = Resume

    user = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Résumé {n}")


class ResumeFileFactory(OwnedFactory):
    class Meta:
        model = ResumeFile

    resume = factory.SubFactory(ResumeFactory)
    user = factory.SelfAttribute("resume.user")
    name = "resume.txt"
    media_type = "text/plain"
    content = b"Ada Lovelace"
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.content).hexdigest())


class ResumeVersionFactory(OwnedFactory):
    class Meta:
        model = ResumeVersion

    resume = factory.SubFactory(ResumeFactory)
    user = factory.SelfAttribute("resume.user")
    revision = 1
    document = factory.LazyFunction(lambda: {"basics": {"name": "Ada"}})


class PersonaFactory(OwnedFactory):
    class Meta:
        model = Persona

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Persona {n}")


class UserSkillFactory(OwnedFactory):
    class Meta:
        model = UserSkill

    user = factory.SubFactory(UserFactory)
    skill_name = factory.Sequence(lambda n: f"Skill {n}")
    proficiency_level = UserSkill.Level.ADVANCED
    source = UserSkill.Source.INPUT


class ApiTokenFactory(OwnedFactory):
    class Meta:
        model = ApiToken

    user = factory.SubFactory(UserFactory)
    name = "laptop"
    key_sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    expires_at = datetime(2099, 1, 1, tzinfo=UTC)


class IdempotencyKeyFactory(OwnedFactory):
    class Meta:
        model = IdempotencyKey

    user = factory.SubFactory(UserFactory)
    key = factory.Sequence(lambda n: f"key {n}")
    request_sha256 = "0" * 64
    status = 201


class SocialAccountFactory(OwnedFactory):
    """A sign-in at a provider that opens the account."""

    class Meta:
        model = SocialAccount

    user = factory.SubFactory(UserFactory)
    provider = "https://id.example.org"
    uid = factory.Sequence(lambda n: f"name-{n}")
    extra_data = factory.LazyAttribute(lambda o: {"email": o.user.email})


class JobSourceFactory(WorkerFactory):
    class Meta:
        model = JobSource

    name = factory.Sequence(lambda n: f"source {n}")
    kind = JobSource.Kind.FILE


class WriterDayFactory(WorkerFactory):
    class Meta:
        model = WriterDay

    day = factory.LazyFunction(lambda: timezone.now().date())


class JobRunFactory(WorkerFactory):
    class Meta:
        model = JobRun

    source = factory.SubFactory(JobSourceFactory)


class JobRejectionFactory(WorkerFactory):
    class Meta:
        model = JobRejection

    run = factory.SubFactory(JobRunFactory)
    line = 1
    reason = "no title"


class JobFactory(WorkerFactory):
    class Meta:
        model = Job

    source = factory.SubFactory(JobSourceFactory)
    external_id = factory.Sequence(str)
    canonical_key = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    title = "Data Engineer"
    company = "Acme"


class JobSightingFactory(WorkerFactory):
    class Meta:
        model = JobSighting

    job = factory.SubFactory(JobFactory)
    source = factory.SelfAttribute("job.source")
    external_id = factory.Sequence(str)
    payload_hash = "0" * 64


class JobSnapshotFactory(WorkerFactory):
    class Meta:
        model = JobSnapshot

    runs_seen = 0
    scorer_version = "none of today"
    open_jobs = 0


class MatchFactory(OwnedFactory):
    class Meta:
        model = Match

    persona = factory.SubFactory(PersonaFactory)
    user = factory.SelfAttribute("persona.user")
    job = factory.SubFactory(JobFactory)
    match_score = "80.00"
    match_factors = factory.LazyFunction(
        lambda: {
            "skill_score": 80,
            "salary_score": None,
            "location_score": 100,
            "remote_score": None,
            "industry_score": None,
        }
    )


class MatchStateFactory(OwnedFactory):
    class Meta:
        model = MatchState

    persona = factory.SubFactory(PersonaFactory)
    user = factory.SelfAttribute("persona.user")
    inputs_revision = 1
    runs_seen = 0
    scorer_version = "1"
    open_jobs = 1
    matching_jobs = 1


class TunerSettingsFactory(OwnedFactory):
    class Meta:
        model = TunerSettings

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Weights {n}")


class RuleFactory(OwnedFactory):
    class Meta:
        model = Rule

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Rule {n}")


class DecisionFactory(OwnedFactory):
    class Meta:
        model = Decision

    rule = factory.SubFactory(RuleFactory)
    user = factory.SelfAttribute("rule.user")
    job = factory.SubFactory(JobFactory)
    gates_passed = 0
    first_failed = "rule_enabled"
    verdicts = factory.LazyFunction(list)


class ApplicationFactory(OwnedFactory):
    """An application that its person wanted, queued; steps from there are the services' or the test's own."""

    class Meta:
        model = Application

    user = factory.SubFactory(UserFactory)
    job = factory.SubFactory(JobFactory)
    origin = Application.Origin.PERSON
    channel = Application.Channel.HANDOFF
    apply_key = factory.Sequence(lambda n: f"example.com/{n}")
    job_title = factory.SelfAttribute("job.title")
    company = factory.SelfAttribute("job.company")


class KitFactory(OwnedFactory):
    class Meta:
        model = Kit

    application = factory.SubFactory(ApplicationFactory)
    user = factory.SelfAttribute("application.user")


class AnswerFactory(OwnedFactory):
    class Meta:
        model = Answer

    user = factory.SubFactory(UserFactory)
    question = factory.Sequence(lambda n: f"Question {n}?")
    question_key = factory.Sequence(lambda n: f"question {n}")
    answer = "yes"


class LetterTemplateFactory(OwnedFactory):
    class Meta:
        model = LetterTemplate

    user = factory.SubFactory(UserFactory)
    name = "letter"
    body = "Dear {company}"


class NoteFactory(OwnedFactory):
    class Meta:
        model = Note

    application = factory.SubFactory(ApplicationFactory)
    user = factory.SelfAttribute("application.user")
    body = "a note"


class ContactFactory(OwnedFactory):
    class Meta:
        model = Contact

    application = factory.SubFactory(ApplicationFactory)
    user = factory.SelfAttribute("application.user")
    name = "Grace"


class FollowUpFactory(OwnedFactory):
    class Meta:
        model = FollowUp

    application = factory.SubFactory(ApplicationFactory)
    user = factory.SelfAttribute("application.user")
    due_on = date(2026, 3, 9)
    what = "ask"


class CalendarFeedFactory(OwnedFactory):
    class Meta:
        model = CalendarFeed

    user = factory.SubFactory(UserFactory)
    key_sha256 = factory.Sequence(lambda n: hashlib.sha256(f"calendar {n}".encode()).hexdigest())


class EmployerKeyFactory(DjangoModelFactory):
    """A key that staff entered; `secret` is given encrypted."""

    class Meta:
        model = EmployerKey

    channel = EmployerKey.Channel.GREENHOUSE
    board = factory.Sequence(lambda n: f"board{n}")
    secret = b"encrypted"

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with as_role(OWNER_ROLE):
            return super()._create(model_class, *args, **kwargs)


class ReceiverHostFactory(WorkerFactory):
    class Meta:
        model = ReceiverHost

    host = factory.Sequence(lambda n: f"host{n}.example.com")


class LogFactory(OwnedFactory):
    class Meta:
        model = Log

    user = factory.SubFactory(UserFactory)
    status = Log.Status.SUBMITTED


class RecommendationFactory(OwnedFactory):
    class Meta:
        model = Recommendation

    user = factory.SubFactory(UserFactory)
    target_skill = "Terraform"
    estimated_duration_weeks = 4


class LearningStateFactory(OwnedFactory):
    class Meta:
        model = LearningState

    persona = factory.SubFactory(PersonaFactory)
    user = factory.SelfAttribute("persona.user")
    inputs_revision = 1
    threshold = "75.00"
    hours_per_week = 5
    scorer_version = "1"
    open_jobs = 1
    matching_jobs = 1
    near_jobs = 1
    above = 0


class LearningSettingsFactory(OwnedFactory):
    class Meta:
        model = LearningSettings

    user = factory.SubFactory(UserFactory)


class ProgressFactory(OwnedFactory):
    """A skill that somebody plans to learn."""

    class Meta:
        model = Progress

    user = factory.SubFactory(UserFactory)
    skill_name = "Terraform"
    skill_key = factory.LazyAttribute(lambda o: o.skill_name.lower())
    status = Progress.Status.PLANNED


class CatalogFactory(WorkerFactory):
    class Meta:
        model = Catalog

    key = factory.Sequence(lambda n: f"catalog-{n}")
    name = factory.Sequence(lambda n: f"Catalog {n}")
    license = "CC BY 4.0"


class CourseFactory(WorkerFactory):
    class Meta:
        model = Course

    catalog = factory.SubFactory(CatalogFactory)
    url = factory.Sequence(lambda n: f"https://courses.example.com/{n}")
    title = factory.Sequence(lambda n: f"Course {n}")


class CourseSkillFactory(WorkerFactory):
    class Meta:
        model = CourseSkill

    course = factory.SubFactory(CourseFactory)
    skill_name = "Terraform"
    skill_key = factory.LazyAttribute(lambda o: o.skill_name.lower())
    because = CourseSkill.Because.TOPIC


class RelationshipFactory(OwnedFactory):
    _owner = "coach"

    class Meta:
        model = Relationship

    coach = factory.SubFactory(UserFactory, is_coach=True)
    client = factory.SubFactory(UserFactory)


class ConsentFactory(OwnedFactory):
    _owner = "client"

    class Meta:
        model = Consent

    relationship = factory.SubFactory(RelationshipFactory)
    coach = factory.SelfAttribute("relationship.coach")
    client = factory.SelfAttribute("relationship.client")
    scopes = factory.LazyFunction(lambda: ["matches"])


class PrivateNoteFactory(OwnedFactory):
    _owner = "coach"

    class Meta:
        model = PrivateNote

    relationship = factory.SubFactory(RelationshipFactory)
    coach = factory.SelfAttribute("relationship.coach")
    client = factory.SelfAttribute("relationship.client")
    body = "a note"


class InvitationFactory(OwnedFactory):
    """A coach invites an address."""

    class Meta:
        model = Invitation

    user = factory.SubFactory(UserFactory, is_coach=True)
    by_coach = True
    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    message = "Shall we work together?"


class MailFactory(OwnedFactory):
    class Meta:
        model = Mail

    invitation = factory.SubFactory(InvitationFactory)
    user = factory.SelfAttribute("invitation.user")
    kind = Mail.Kind.INVITED


class SuggestionFactory(OwnedFactory):
    """A coach proposes a skill; the relationship needs a consent that grants the scope of its kind."""

    _owner = "coach"

    class Meta:
        model = Suggestion

    relationship = factory.SubFactory(RelationshipFactory)
    coach = factory.SelfAttribute("relationship.coach")
    client = factory.SelfAttribute("relationship.client")
    kind = Suggestion.Kind.SKILL
    proposal = factory.LazyFunction(lambda: {"name": "Terraform", "level": "beginner"})
    note = "Half of your matches ask for it."


class CohortFactory(OwnedFactory):
    _owner = "coach"

    class Meta:
        model = Cohort

    coach = factory.SubFactory(UserFactory, is_coach=True)
    name = factory.Sequence(lambda n: f"cohort {n}")


class CohortMemberFactory(OwnedFactory):
    _owner = "coach"

    class Meta:
        model = CohortMember

    relationship = factory.SubFactory(RelationshipFactory)
    coach = factory.SelfAttribute("relationship.coach")
    client = factory.SelfAttribute("relationship.client")
    cohort = factory.SubFactory(CohortFactory, coach=factory.SelfAttribute("..coach"))


class PastedPostingFactory(OwnedFactory):
    class Meta:
        model = PastedPosting

    user = factory.SubFactory(UserFactory)
    address = factory.Sequence(lambda number: f"https://acme.example/jobs/{number}")


class SavedJobFactory(OwnedFactory):
    class Meta:
        model = SavedJob

    user = factory.SubFactory(UserFactory)
    job = factory.SubFactory(JobFactory)


class SavedSearchFactory(OwnedFactory):
    class Meta:
        model = SavedSearch

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda number: f"search {number}")
    query = "q=engineer"
