"""Who reaches what: every address × the whole cast × its methods, made from the live routes with rows of Alice's.

A cell is right when the status is the expected one, nothing of Alice's stands in what somebody else is sent, and what a coach
is sent of hers was written down exactly once in the log that she reads. What narrower consents open is in test_coach_access.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, resolve, reverse
from rest_framework.permissions import AllowAny

from autoapply.models import Fence, Tick
from coaching.models import SCOPES, AccessEntry, Consent, Relationship
from matching.models import Job
from personas.identity import acting_as, assume
from personas.models import OwnedQuerySet, Persona, User
from personas.tokens import issue_token
from tests.conftest import ForgetfulClient
from tests.factories import (
    AccountDeletionFactory,
    AnswerFactory,
    ApiTokenFactory,
    ApplicationFactory,
    CohortFactory,
    CohortMemberFactory,
    ConsentFactory,
    ContactFactory,
    CourseSkillFactory,
    DecisionFactory,
    EmployerKeyFactory,
    FollowUpFactory,
    InvitationFactory,
    JobFactory,
    JobRejectionFactory,
    JobRunFactory,
    JobSightingFactory,
    JobSnapshotFactory,
    KitFactory,
    LearningStateFactory,
    LetterTemplateFactory,
    LogFactory,
    MatchFactory,
    MatchStateFactory,
    NoteFactory,
    PastedPostingFactory,
    PersonaFactory,
    PrivateNoteFactory,
    ProgressFactory,
    ReceiverHostFactory,
    RecommendationFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    ResumeVersionFactory,
    RuleFactory,
    SavedJobFactory,
    SavedSearchFactory,
    SocialAccountFactory,
    SuggestionFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
    WriterDayFactory,
)
from tests.roles import OWNER_ROLE, as_role

# Doors that are open to somebody who is not signed in, each with its reason.
OPEN = {
    "front": "tells a visitor what Relevnt is",
    "local_mail": "mails of a copy that sends none, at this machine alone (test_local_mail.py)",
    "favicon": "a browser asks for it on every page",
    "alive": "a probe says nothing of anybody",
    "account_signup": "nobody has an account before",
    "account_login": "nobody is signed in before",
    "mfa_authenticate": "asks for the second factor of whoever has given a password",
    "mfa_login_webauthn": "signs in with a passkey, which says who it is",
    "go_to_provider": "leads to the sign-in provider, where the operator named one (test_provider_sign_in.py)",
    "back_from_provider": "what comes back from it says who it is; every other answer opens nothing",
    "account_inactive": "told to an account that may not sign in",
    "account_logout": "signing out twice is no mistake",
    "account_confirm_login_code": "sends on to the sign-in page unless a code was asked for",
    "account_confirm_email": "the link in the mail may be opened on another device",
    "account_email_verification_sent": "shown between sign-up and the first sign-in",
    "account_reset_password": "the password is forgotten",
    "account_reset_password_done": "the password is forgotten",
    "account_reset_password_from_key": "the link in the mail stands for the password",
    "account_reset_password_from_key_done": "the new password is not used yet",
    "admin:login": "sends on to the sign-in page",
    "autoapply:calendar": "the secret address stands for its owner; every other one opens nothing",
    "api:session": "signing in to the API; it tells a visitor only that nobody is signed in",
    "api:schema": "describes the API and holds nobody's rows",
    "api:docs": "the same, to read",
    "api:unknown": "says that there is no such address",
}

# About the one app or the codes of whoever asks: without them there is nothing.
OF_A_FACTOR = {
    *("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"),
    *("mfa_generate_recovery_codes",),
}

# What is connected to the account of whoever asks: without that, and without a provider, there is nothing.
OF_A_PROVIDER = {"socialaccount_connections"}

# Ask everybody for the password once more before they look whose row it is (test_second_factor.py goes on from there).
ASKED_AGAIN_FIRST = {"mfa_edit_webauthn", "mfa_remove_webauthn"}

OPEN_TO_WRITE = {
    ("api:token-list", "POST"): "takes an e-mail address and a password; a key itself makes no keys"
}

CANARY = "zq-canary"  # stands in every text of Alice's, followed by the scope that opens it to a coach
MATCHES, APPLICATIONS, LEARNING, RESUME = (
    f"{CANARY}-{scope}" for scope in ("matches", "applications", "learning", "resume")
)
CLOSED = f"{CANARY}-closed"  # what no consent opens
BETWEEN = "zq-between"  # what a coach wrote to Alice, followed by which coach
SECRET_OF_COACH = "zq-private"  # what a coach wrote for themselves, followed by which coach
# The coach whom Alice lets see everything that can be granted; those whom she does not let see anything now.
COACHES = ("coach", "coach without consent", "coach paused", "coach ended")
CAST = ("anonymous", "owner", "stranger", *COACHES, "staff", "inactive")
LOOKERS = {*COACHES, "staff"}
BY_KEY = "stranger's key in the owner's browser"  # to the API only: whose key it is counts, not whose session
ROOMS = ("pages", "accounts", "api", "admin")
DONE = {200, 201, 202, 204, 302, 303}
CORRECTED = {400, 409, 415, 422}  # what an empty request deserves of a door that is open
SHARED = {
    *("jobs", "job", "jobsource", "jobrun", "jobrejection", "jobsighting", "jobsnapshot", "sources"),
    *("employerkey", "receiverhost", "fence", "tick", "writerday", "accountdeletion"),
    *("course", "courses", "catalog"),
}
FACTORS = {
    "skill_score": 80,
    "salary_score": None,
    "location_score": 100,
    "remote_score": None,
    "industry_score": None,
    "asked": ["skill", "salary", "location"],
    "weights": {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10},
}
FAIR_SHARE = 300
"""Fewer requests than the throttles of the API let one person make in a minute."""
FAR_AWAY = datetime(2099, 1, 1, tzinfo=UTC)
PASSWORD = PBKDF2PasswordHasher().encode("a long password", "salt", iterations=1)
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the product."""

    pattern: str
    name: str
    view: Callable[..., Any]

    @property
    def room(self) -> str:
        """The part of the site whose rules hold."""
        first = self.pattern.split("/")[0]
        return first if first in {"admin", "api", "accounts"} else "pages"

    @property
    def methods(self) -> tuple[str, ...]:
        """Reading, and every way to write."""
        return ("GET", "POST", "PUT", "PATCH", "DELETE") if self.room == "api" else ("GET", "POST")

    @property
    def kind(self) -> str:
        """The segment before the first key in the address; empty without one."""
        before, found, _ = self.pattern.partition("<")
        parts = before.rstrip("/").split("/")
        return parts[-1] if found and self.room != "accounts" else ""

    @property
    def is_of_coaching(self) -> bool:
        """Whether the address is about what is between a coach and a client, or for one of the two."""
        return "coaching/" in self.pattern

    @property
    def is_of_a_client(self) -> bool:
        """Whether the address shows a coach the rows of one client; one that only takes a review shows none."""
        shows = "get" in getattr(self.view, "actions", {"get": ""})
        return shows and self.name.startswith(("api:client-", "admin:coaching_client"))

    @property
    def is_personal(self) -> bool:
        """Whether the address names a row that belongs to somebody."""
        return any(
            part[1] in {"pk", "id", "object_id"} or part[1].endswith("_id") for part in self._keys()
        ) and (self.kind not in SHARED)

    def _named(self, parts: list[str]) -> list[str]:
        """The segments, the passkeys told apart from the keys of the API."""
        return ["passkeys" if self.room == "accounts" and part == "keys" else part for part in parts]

    def _keys(self) -> list[tuple[str, str]]:
        return PARAMETER.findall(self.pattern)

    def address(self, things: dict[str, Any]) -> str:
        """The address with the keys of `things`; KeyError for a key that nobody has told us about."""
        parts = self.pattern.split("/")
        filled = [
            PARAMETER.sub(lambda found, before=before: _argument(before, *found.groups(), things), part)
            for before, part in zip(["", *self._named(parts)], parts, strict=False)
        ]
        client = (
            f"?client={things['relationship'].pk}" if self.name.startswith("admin:coaching_client") else ""
        )
        return "/" + "/".join(filled) + client


def _argument(before: str, converter: str | None, name: str, things: dict[str, Any]) -> str:
    if converter == "drf_format_suffix":
        return ".json"
    if name in things["words"]:
        return things["words"][name]
    return str(things[before].pk)


def _walk(patterns: list[Any], before: str = "", space: str = "") -> Iterator[Route]:
    for each in patterns:
        text = str(each.pattern)
        if (hasattr(each.pattern, "regex") and "(?P<" in text) or text.startswith("^"):
            text = simplify_regex(text).lstrip("/").replace("\\", "")
        if isinstance(each, URLPattern):
            yield Route(before + text, f"{space}{each.name}", each.callback)
        else:
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _walk(each.url_patterns, before + text, inner)


def all_routes() -> list[Route]:
    """Every address that the live resolver knows."""
    return list(_walk(get_resolver().url_patterns))


ROUTES = all_routes()


def cells(who: str, room: str) -> list[tuple[Route, str]]:
    """Every route of a room with each of its methods; where nothing is about coaching, the coaches whom Alice lets see nothing
    only read, for there they are strangers who have the role that "coach" has."""
    return [
        (route, method)
        for route in ROUTES
        if route.room == room
        for method in route.methods
        if method == "GET" or route.is_of_coaching or who not in COACHES[1:]
    ]


def between(coach: User, alice: User, who: str) -> dict[str, Any]:
    """What is between a coach and Alice, and what the coach keeps of her, by the same segments."""
    with acting_as(alice.pk):
        resume = alice.resumes.first()
    relationship = RelationshipFactory(coach=coach, client=alice, notes=f"{BETWEEN} {who}; notes")
    consent = ConsentFactory(relationship=relationship, scopes=list(SCOPES))
    cohort = CohortFactory(coach=coach, name=f"{SECRET_OF_COACH} {who}; cohort")
    note = PrivateNoteFactory(relationship=relationship, body=f"{SECRET_OF_COACH} {who}; note")
    invitation = InvitationFactory(user=coach, email=alice.email, message=f"{BETWEEN} {who}; message")
    suggestion = SuggestionFactory(
        relationship=relationship, kind="resume", resume=resume, note=f"{BETWEEN} {who}; note"
    )
    member = CohortMemberFactory(relationship=relationship, cohort=cohort)
    return {
        "relationship": relationship,
        "relationships": relationship,
        "coaches": relationship,
        "clients": relationship,
        "consent": consent,
        "consents": consent,
        "privatenote": note,
        "private-notes": note,
        "invitation": invitation,
        "invitations": invitation,
        "suggestion": suggestion,
        "suggestions": suggestion,
        "cohort": cohort,
        "cohorts": cohort,
        "cohortmember": member,
        "members": member,
    }


# Of Chromium's virtual authenticator, made once; its key is nobody's.
CREDENTIAL = {
    "id": "5WqeRM2UOxMbsI0uoDEHBBWF_T85kz70SJtPw2wWM6c",
    "rawId": "5WqeRM2UOxMbsI0uoDEHBBWF_T85kz70SJtPw2wWM6c",
    "type": "public-key",
    "response": {
        "transports": ["internal"],
        "clientDataJSON": (
            "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiZnA0YUlkV0RHR1ZJOGxoa1Uxb3B1"
            "U0NiV01vczVIQjRpRjAtYXNkaTh2VSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6NDQ1MDEiLCJj"
            "cm9zc09yaWdpbiI6ZmFsc2V9"
        ),
        "attestationObject": (
            "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMd"
            "l2NFAAAAAQECAwQFBgcIAQIDBAUGBwgAIOVqnkTNlDsTG7CNLqAxBwQVhf0_OZM-9EibT8NsFjOnpQEC"
            "AyYgASFYIDNnXtcGegJj9xHAFxb5bu7zizIsd8EO4cHUQmTfu92KIlggN7sfp-jKoJdtH_yXilX5pTD2"
            "MQ1zWjXB2HR_rQYz-aY"
        ),
    },
    "clientExtensionResults": {},
}


def open_session(alice: User) -> UserSession:
    """Where Alice is signed in on another device."""
    with acting_as(alice.pk):
        store = SessionStore()
        store.create()
        return UserSession.objects.create(
            user=alice, ip="192.0.2.1", session_key=store.session_key, user_agent="Firefox/140.0"
        )


def passkey(alice: User) -> Authenticator:
    """A key that Alice signs in with."""
    with acting_as(alice.pk):
        return Authenticator.objects.create(
            user=alice,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": f"{CLOSED} passkey", "credential": CREDENTIAL},
        )


def belongings(alice: User, bob: User) -> dict[str, Any]:
    """A row of every kind of Alice's, by the segment of the address that stands before its key."""
    resume = ResumeFactory(user=alice, title=f"{RESUME} résumé", text=f"{RESUME} text")
    persona = PersonaFactory(
        user=alice, resume=resume, name=f"{MATCHES} persona", description=f"{MATCHES} wish", is_active=True
    )
    skill = UserSkillFactory(user=alice, skill_name=f"{RESUME} skill", evidence=f"{RESUME} evidence")
    SocialAccountFactory(user=alice, extra_data={"email": f"{CLOSED}@example.com"})
    job = JobFactory()
    match = MatchFactory(
        persona=persona, job=job, coverage="0.4500", match_factors=FACTORS, explanation=f"{MATCHES} reason"
    )
    rule = RuleFactory(user=alice, persona=persona, name=f"{APPLICATIONS} rule")
    token = ApiTokenFactory(user=alice, name=f"{CLOSED} key")
    recommendation = RecommendationFactory(
        user=alice, persona=persona, target_skill=f"{LEARNING} lesson", skill_key=f"{LEARNING} lesson"
    )
    progress = ProgressFactory(user=alice, skill_name=f"{LEARNING} progress")
    course_skill = CourseSkillFactory()
    weights = TunerSettingsFactory(user=alice, name=f"{MATCHES} weights")
    application = ApplicationFactory(
        user=alice,
        job=job,
        job_title=f"{APPLICATIONS} title",
        company=f"{APPLICATIONS} employer",
        error_message=f"{APPLICATIONS} error",
    )
    decision = DecisionFactory(rule=rule, job=job)
    answer = AnswerFactory(user=alice, question=f"{CLOSED} question?", answer=f"{CLOSED} answer")
    letter = LetterTemplateFactory(user=alice, name=f"{CLOSED} letter", body=f"{CLOSED} body")
    note = NoteFactory(application=application, body=f"{CLOSED} note")
    contact = ContactFactory(application=application, name=f"{CLOSED} contact")
    follow_up = FollowUpFactory(application=application, what=f"{APPLICATIONS} task")
    log = LogFactory(user=alice, rule=rule, job=job, error_message=f"{APPLICATIONS} log")
    run = JobRunFactory(source=job.source, outcome="ok", finished_at=job.first_seen_at)
    pasted = PastedPostingFactory(
        user=alice, address=f"https://acme.example/{CLOSED}", title=f"{CLOSED} title", text=f"{CLOSED} text"
    )
    search = SavedSearchFactory(user=alice, name=f"{CLOSED} search", query=f"q={CLOSED}")
    things = {
        "personas": persona,
        "persona": persona,
        "personapreferences": persona.preferences if hasattr(persona, "preferences") else persona,
        "resumes": resume,
        "resume": resume,
        "resumefile": ResumeFileFactory(resume=resume, name=f"{RESUME}.txt", content=RESUME.encode()),
        "resumeversion": ResumeVersionFactory(resume=resume, document={"basics": {"name": f"{CLOSED} name"}}),
        "skills": skill,
        "userskill": skill,
        "apitoken": token,
        "searches": search,
        "saved-searches": search,
        "pasted": pasted,
        "pasted-postings": pasted,
        "saved-jobs": SavedJobFactory(user=alice, job=job),
        "tokens": token,
        "keys": token,
        "matches": match,
        "match": match,
        "matchstate": MatchStateFactory(persona=persona),
        "tuner": weights,
        "tunersettings": weights,
        "tuner-settings": weights,
        "rule": rule,
        "rules": rule,
        "decision": decision,
        "decisions": decision,
        "ledger": job,
        "applications": application,
        "application": application,
        "kit": KitFactory(application=application, letter=f"{CLOSED} kit"),
        "answers": answer,
        "answer": answer,
        "letters": letter,
        "lettertemplate": letter,
        "notes": note,
        "note": note,
        "contacts": contact,
        "contact": contact,
        "follow-ups": follow_up,
        "followup": follow_up,
        "employerkey": EmployerKeyFactory(),
        "receiverhost": ReceiverHostFactory(),
        "fence": Fence.objects.get(pk=1),
        "tick": Tick(pk=1),
        "log": log,
        "logs": log,
        "recommendation": recommendation,
        "recommendations": recommendation,
        "progress": progress,
        "learning-progress": progress,
        "clientprogress": progress,
        "writerday": WriterDayFactory(),
        "accountdeletion": AccountDeletionFactory(),
        "sessions": open_session(alice),
        "passkeys": passkey(alice),
        "learningstate": LearningStateFactory(persona=persona),
        "course": course_skill.course,
        "courses": course_skill.course,
        "catalog": course_skill.course.catalog,
        "follow-up": follow_up,
        "clientpersona": persona,
        "clientmatch": match,
        "clientrule": rule,
        "clientdecision": decision,
        "clientapplication": application,
        "clientfollowup": follow_up,
        "clientrecommendation": recommendation,
        "clientresume": resume,
        "clientskill": skill,
        "review": resume,
        **between(bob, alice, "coach"),
        "user": alice,
        "emailaddress": EmailAddress.objects.create(user=alice, email=alice.email),
        "jobs": job,
        "job": job,
        "jobsource": job.source,
        "sources": job.source,
        "jobrun": run,
        "jobrejection": JobRejectionFactory(run=run),
        "jobsighting": JobSightingFactory(job=job),
        "jobsnapshot": JobSnapshotFactory(),
        "<path:content_type_id>": persona,
    }
    things["words"] = {
        "content_type_id": str(ContentType.objects.get_for_model(Persona).pk),
        "app_label": "personas",
        "url": "nowhere/",
        "uidb36": "0",
        "number": "1",
        "key": "no-such-key",
        "format": "json",
        "kind": "skill",
    }
    return things


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody was sent, how many looks at Alice's rows were written down for it, and what they opened."""

    status: int
    location: str
    text: str
    error: str
    looks: int
    opened: frozenset[str]


# What the owner of a row is answered, by address and method; whose rows they are changes nothing about it.
_ANSWERED: dict[tuple[str, str], int] = {}


class Harness:
    """Sends each member of the cast to an address; whatever a visit changes is undone."""

    def __init__(self, things: dict[str, Any], cast: dict[str, Any], own: dict[str, dict[str, Any]]) -> None:
        self.things = things
        self.own = own  # what stands in the addresses of one of the cast instead
        self.alice = cast["owner"]
        self.client = ForgetfulClient(raise_request_exception=False)
        self.cookies: dict[str, dict[str, str]] = {}
        for who, user in cast.items():
            self.client.cookies.clear()
            if user:
                self.client.force_login(user)
            self.cookies[who] = {name: morsel.value for name, morsel in self.client.cookies.items()}
        self.cookies[BY_KEY] = self.cookies["owner"]
        with acting_as(cast["stranger"].pk):
            _, self.key = issue_token(user=cast["stranger"], name="phone", scope="write", expires_at=FAR_AWAY)

    def address(self, who: str, route: Route) -> str:
        """The address of one cell: Alice's rows, and what is between her and that coach."""
        return route.address(self.things | self.own.get(who, {}))

    def visit(self, who: str, route: Route, method: str) -> Answer:
        """The answer of one cell."""
        self.client.cookies = SimpleCookie(self.cookies[who])
        kind = "application/json" if route.room == "api" else "application/x-www-form-urlencoded"
        key = {"Authorization": f"Bearer {self.key}"} if who == BY_KEY else {}
        body = "{}" if route.room == "api" and method != "GET" else ""
        with transaction.atomic():
            response = self.client.generic(method, self.address(who, route), body, kind, headers=key)
            # Nobody else can write one (test_leaks.py), and reading them takes time.
            looks = self._read_looks() if who in LOOKERS else []
            transaction.set_rollback(True)
        headers = "\n".join(f"{name}: {value}" for name, value in response.items())
        text = headers + response.content.decode(errors="replace")
        error = repr(response.exc_info[1])[:300] if getattr(response, "exc_info", None) else ""
        opened = frozenset(scope for scopes in looks for scope in scopes)
        return Answer(response.status_code, response.get("Location", ""), text, error, len(looks), opened)

    def _read_looks(self) -> list[list[str]]:
        # As Alice, who reads all about her; what is undone after the visit takes the identity with it.
        assume(self.alice.pk)
        return list(AccessEntry.objects.owned_by(self.alice).values_list("scopes", flat=True))

    def faults(self, who: str, room: str) -> list[str]:
        """Every wrong cell of a room for one of the cast."""
        found = []
        for number, (route, method) in enumerate(cells(who, room)):
            if number % FAIR_SHARE == 0:
                cache.clear()  # as some minutes later: there are more doors than anybody may knock at within one
            found += [
                f"{method} /{route.pattern} for {who}: {fault}" for fault in self._faults(who, route, method)
            ]
        return found

    def _faults(self, who: str, route: Route, method: str) -> Iterator[str]:
        try:
            answer = self.visit(who, route, method)
        except KeyError as unknown:
            yield f"tell belongings() what stands after {unknown}"
            return
        yield from leaks(who, answer)
        if who == "coach" and method == "GET" and route.is_of_a_client and answer.status != 405:
            yield from self._untold(route, answer)
        expected = self._expected(who, route, method)
        if answer.status not in expected:
            yield f"status {answer.status} instead of {sorted(expected)} {answer.error}"
        if who in {"anonymous", "inactive"} and route.name not in OPEN and answer.status == 302:
            doors = (reverse(settings.LOGIN_URL), reverse("admin:login"))
            if not answer.location.startswith(doors):
                yield f"sent to {answer.location} instead of the sign-in page"

    def _untold(self, route: Route, answer: Answer) -> Iterator[str]:
        """What is missing where the coach is shown rows of Alice's."""
        if answer.looks != 1:
            yield f"{answer.looks} looks written down instead of one"
        segments = reversed(route.pattern.split("/"))
        thing = next((self.things[each] for each in segments if each in self.things), None)
        if CANARY not in answer.text and (thing is None or str(thing.pk) not in answer.text):
            yield "nothing of Alice's is shown, so nothing is proven"

    def _expected(self, who: str, route: Route, method: str) -> set[int]:
        if route.name in OPEN or (route.name, method) in OPEN_TO_WRITE:
            return DONE | CORRECTED | {401, 403, 404, 405}
        if who in {"anonymous", "inactive"}:
            return {401} if route.room == "api" else {302}
        if route.is_of_a_client and method == "GET" and who in COACHES:
            return {200 if who == "coach" else 404, 405}
        if route.room == "admin":
            return self._expected_in_admin(who, route)
        if route.is_of_coaching and who in {"owner", *COACHES}:
            return DONE | CORRECTED | {404, 405}
        if route.name in ASKED_AGAIN_FIRST:
            return {302}
        if who != "owner" and route.is_personal:
            return {405} if self.owners_status(route, method) == 405 else {404}
        if route.name in OF_A_FACTOR | OF_A_PROVIDER or route.name == "personas:resume_page":
            # A factor that she has not set up, a page of a file that is no PDF.
            return {200, 302, 404, 405}
        return DONE | CORRECTED | {405} if route.room == "api" else {200, 302, 405}

    def owners_status(self, route: Route, method: str) -> int:
        """What the owner of the rows is answered."""
        cell = (route.pattern, method)
        if cell not in _ANSWERED:
            _ANSWERED[cell] = self.visit("owner", route, method).status
        return _ANSWERED[cell]

    def _expected_in_admin(self, who: str, route: Route) -> set[int]:
        if who in {"owner", "stranger"}:
            return {302}
        closed = {302, 403, 404, 405}
        mine = (who in COACHES and route.is_of_coaching) or (who == "staff" and route.kind == "user")
        return closed if route.is_personal and not mine else closed | {200}


def leaks(who: str, answer: Answer) -> Iterator[str]:
    """What stands in an answer and is not for `who`, or was not written down."""
    text = answer.text
    if who != "owner" and CANARY in text:
        if who != "coach":
            yield "LEAK of what is Alice's"
        elif CLOSED in text:
            yield "LEAK of what no consent opens"
        elif answer.looks != 1:
            yield f"LEAK of what is Alice's, written down {answer.looks} times"
    if answer.looks and (who != "coach" or answer.looks > 1 or answer.status >= 400):
        yield f"{answer.looks} looks written down with status {answer.status}"
    if who in {"anonymous", "stranger", "inactive"} and "alice@example.com" in text:
        yield "LEAK of Alice's address"
    for coach in COACHES:
        if who != coach and f"{SECRET_OF_COACH} {coach};" in text:
            yield f"LEAK of what the {coach} keeps"
        if who not in {"owner", coach} and f"{BETWEEN} {coach};" in text:
            yield f"LEAK of what the {coach} wrote to Alice"


@pytest.fixture
def harness(alice: User, bob: User, charlie: User, staff: User) -> Harness:
    return make_harness(alice, bob, charlie, staff)


def make_harness(alice: User, bob: User, charlie: User, staff: User) -> Harness:
    """The whole cast, signed in, with everything that Alice and her coaches have."""
    cast = {
        "anonymous": None,
        "owner": alice,
        "stranger": charlie,
        "coach": bob,
        "coach without consent": UserFactory(email="nina@example.com", is_coach=True),
        "coach paused": UserFactory(email="paula@example.com", is_coach=True),
        "coach ended": UserFactory(email="edgar@example.com", is_coach=True),
        "staff": staff,
        "inactive": UserFactory(email="dora@example.com", is_active=False),
    }
    for user in filter(None, cast.values()):
        user.password = PASSWORD
        with acting_as(user.pk):
            user.save(update_fields=["password"])
    things = belongings(alice, bob)
    own = {who: between(cast[who], alice, who) for who in COACHES if who != "coach"}
    with as_role(OWNER_ROLE):
        Consent.objects.filter(pk=own["coach without consent"]["consent"].pk).delete()
        for who in ("coach paused", "coach ended"):
            status = who.removeprefix("coach ")
            Relationship.objects.filter(pk=own[who]["relationship"].pk).update(status=status)
    return Harness(things, cast, own)


MATRIX = [
    pytest.param(who, room, id=f"{who}-{room}-{len(cells(who, room))}-cells")
    for room in ROOMS
    for who in CAST
]
MATRIX.append(pytest.param(BY_KEY, "api", id=f"stranger_by_key-api-{len(cells(BY_KEY, 'api'))}-cells"))


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize(("who", "room"), MATRIX)
def test_everybody_reaches_what_is_theirs_and_nothing_else(harness: Harness, who: str, room: str) -> None:
    faults = harness.faults(who, room)

    assert not faults, "\n".join(faults)


def test_matrix_is_as_large_as_promised() -> None:
    number = sum(len(cells(who, room)) for room in ROOMS for who in CAST)

    assert number >= 1500, f"the matrix has {number} cells"


def test_every_route_has_arguments_and_leads_to_its_own_view(harness: Harness) -> None:
    missing, astray = [], []
    for route in ROUTES:
        try:
            address = harness.address("owner", route)
        except KeyError as unknown:
            missing.append(f"/{route.pattern}: tell belongings() what stands after {unknown}")
            continue
        found = resolve(address.partition("?")[0])
        if found.func is not route.view:
            astray.append(f"/{route.pattern} is shadowed: {address} leads to {found.view_name}")

    assert not missing + astray, "\n".join(missing + astray)


def test_owner_can_use_every_address_by_some_method(harness: Harness) -> None:
    useless = [
        route.pattern
        for route in ROUTES
        if route.room in {"pages", "api"}
        and all(harness.owners_status(route, method) == 405 for method in route.methods)
    ]

    assert useless == []


# --- controls: each wall alone holds, and without both the harness sees the leak ---------------------------------


def _open_row_security() -> None:
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        # No table with a key that is still to be checked can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")


def _forget_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OwnedQuerySet, "owned_by", lambda rows, user: rows.all())


def _leaks(harness: Harness, *rooms: str) -> list[str]:
    return [
        f"/{route.pattern}"
        for route in ROUTES
        if route.room in rooms and CANARY in harness.visit("stranger", route, "GET").text
    ]


def test_row_security_alone_keeps_the_stranger_out(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    _forget_owners(monkeypatch)

    assert _leaks(harness, "pages", "api") == []


def test_owned_by_alone_keeps_the_stranger_out(harness: Harness) -> None:
    _open_row_security()

    assert _leaks(harness, "pages") == []


def test_control_without_both_walls_the_matrix_sees_the_leak(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open_row_security()
    _forget_owners(monkeypatch)

    leaks = _leaks(harness, "pages")

    assert len(leaks) >= 10, leaks


# --- closed doors --------------------------------------------------------------------------------------------------


def _is_open(view: Any) -> bool:
    if api := getattr(view, "cls", None):
        asked = getattr(view, "initkwargs", {}).get("permission_classes", api.permission_classes)
        return not asked or AllowAny in asked
    return not getattr(view, "login_required", True)


def test_open_doors_are_those_on_the_list() -> None:
    names = {route.name for route in ROUTES}
    found = {route.name for route in ROUTES if _is_open(route.view)}

    assert found == set(OPEN) & names


def test_list_of_open_doors_names_no_door_that_is_gone() -> None:
    names = {route.name for route in ROUTES}

    assert set(OPEN) - names == set()


def test_api_is_closed_by_default() -> None:
    classes = settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"]

    assert classes[0] == "rest_framework.permissions.IsAuthenticated"


def test_no_page_does_without_the_guard_against_forged_requests() -> None:
    exempt = [
        route.pattern
        for route in ROUTES
        if getattr(route.view, "csrf_exempt", False) and not hasattr(route.view, "cls")
    ]

    assert exempt == []


def test_forged_request_is_refused_by_every_door_that_writes(harness: Harness) -> None:
    through = []
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for route in ROUTES:
        for method in sorted(set(route.methods) - {"GET"}) if route.name != "api:unknown" else ():
            client.cookies = SimpleCookie(harness.cookies["owner"])
            with transaction.atomic():
                status = client.generic(
                    method, harness.address("owner", route), "{}", "application/json"
                ).status_code
                transaction.set_rollback(True)
            if status not in {403, 405}:
                through.append(f"{method} /{route.pattern}: {status}")

    assert not through, "\n".join(through)


def test_every_job_is_open_to_everybody_who_is_signed_in(harness: Harness) -> None:
    addresses = [route for route in ROUTES if route.room == "api" and route.kind == "jobs"]

    assert Job.objects.count() == 1
    assert {harness.visit("stranger", route, "GET").status for route in addresses} <= {200}


def test_names_of_routes_are_unique() -> None:
    names = [route.name for route in ROUTES if route.room == "pages"]

    with pytest.raises(NoReverseMatch):
        reverse("no-such-name")
    assert sorted(names) == sorted(set(names))
