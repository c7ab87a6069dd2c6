"""Kits: built from facts and answers alone, parked where something is not known, and the same bytes each time."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from autoapply import answers, channels, employer_keys, preparing
from autoapply.applicant import read_applicant
from autoapply.channels.protocol import Form, FormUnreadable, Needs, PostingGone
from autoapply.models import Answer, Application, Kit
from autoapply.preparing import build_kit, destination_of, write_outgoing
from autoapply.questions import Question
from personas.identity import acting_as
from personas.models import Persona, ResumeFile, User
from personas.row_security import WORKER_ROLE
from tests.employers.fixtures import employers  # noqa: F401
from tests.employers.server import Employers
from tests.factories import (
    AnswerFactory,
    ApplicationFactory,
    EmployerKeyFactory,
    JobFactory,
    LetterTemplateFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import OWNER_ROLE, as_role

DOCUMENT = {
    "basics": {
        "name": "Ada Lovelace",
        "phone": "+44 20 7946 0000",
        "url": "https://ada.example",
        "location": {"city": "London", "countryCode": "GB"},
        "profiles": [{"network": "GitHub", "url": "https://github.example/ada"}, {"url": "javascript:x"}, 7],
    },
    "work": [
        {"position": "Analyst", "startDate": "2018", "endDate": "2021-04"},
        {"position": "Data engineer", "startDate": "2021-05"},
    ],
}
PDF = b"%PDF-1.4 a resume"
NOTHING = {"resume": "off", "phone": "off", "letter": "off", "location": "off"}


@pytest.fixture(autouse=True)
def as_alice(alice: User) -> Any:
    confirm(alice)
    with acting_as(alice.pk):
        yield


@pytest.fixture
def persona(alice: User) -> Persona:
    resume = ResumeFactory(user=alice, document=DOCUMENT)
    ResumeFileFactory(resume=resume, name="ada.pdf", media_type="application/pdf", content=PDF)
    return PersonaFactory(user=alice, resume=resume)


@pytest.fixture
def boards(employers: Employers, settings: Any) -> Employers:  # noqa: F811
    """Employers whose boards this copy applies to."""
    settings.OUTBOUND_PRIVATE_HOSTS = frozenset({f"127.0.0.1:{employers.port}"})
    settings.RECEIVER_ROOTS = {
        **settings.RECEIVER_ROOTS,
        "recruitee": employers.root("recruitee"),
        "greenhouse": employers.root("greenhouse"),
    }
    return employers


def confirm(user: User) -> None:
    with as_role(OWNER_ROLE):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def recruitee(user: User, persona: Persona | None, **given: Any) -> Application:
    """A queued application to the opening `data` at a board of Recruitee."""
    job = JobFactory(
        title="Data engineer",
        company="Acme",
        apply_url="https://acme.recruitee.com/o/data",
        required_skills=["Python", "Terraform"],
        preferred_skills=["SQL"],
    )
    values = {
        "user": user,
        "persona": persona,
        "job": job,
        "channel": "recruitee",
        "apply_key": "recruitee:acme/data",
        "job_url": job.apply_url,
    }
    return ApplicationFactory(**{**values, **given})


def asks(*questions: Question, **needs: Any) -> Form:
    return Form(questions, Needs(**{**NOTHING, **needs}))


def lacks(prepared: preparing.Prepared) -> list[str]:
    return [each["code"] for each in prepared.missing]


def told(kit: Kit) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["value"], each["source"]) for each in kit.fields}


# --- facts -------------------------------------------------------------------------------------------------------------


def test_kit_holds_facts_with_where_each_was_taken_from(alice: User, persona: Persona, now: datetime) -> None:
    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(resume="required"))

    assert (prepared.verdict, prepared.missing) == ("ready", [])
    kit = Kit.objects.get()
    assert told(kit) == {
        "name": ("Alice", "from your account"),
        "email": ("alice@example.com", "from your account"),
        "phone": ("+44 20 7946 0000", "stated in your résumé"),
        "location": ("London, GB", "stated in your résumé"),
        "link": ("https://github.example/ada", "stated in your résumé"),
    }
    assert [each["value"] for each in kit.fields if each["name"] == "link"] == [
        "https://ada.example",
        "https://github.example/ada",
    ]
    assert kit.files == [
        {
            "name": "ada.pdf",
            "media_type": "application/pdf",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }
    ]
    assert (kit.resume_id, kit.questions_read_at, kit.built_at) == (persona.resume_id, now, now)
    assert len(kit.request_sha256) == 64


def test_name_of_the_resume_stands_in_where_the_account_has_none(now: datetime) -> None:
    user = UserFactory(email="ada@example.com")
    confirm(user)
    with acting_as(user.pk):
        resume = ResumeFactory(user=user, document=DOCUMENT)
        application = recruitee(user, PersonaFactory(user=user, resume=resume))
        build_kit(application=application, at=now, form=asks())

        assert told(Kit.objects.get(application=application))["name"] == (
            "Ada Lovelace",
            "stated in your résumé",
        )


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"basics": []},
        {"basics": {"phone": 7, "location": "x", "profiles": {}}, "work": 3},
        {"work": [1, "x"]},
    ],
)
def test_document_of_any_shape_is_read_without_a_fault(alice: User, document: dict[str, Any]) -> None:
    applicant = read_applicant(user=alice, resume=ResumeFactory(user=alice, document=document))

    assert (applicant.phone.value, applicant.links, applicant.latest_title.value) == ("", (), "")
    assert applicant.name.value == "Alice"


@pytest.mark.parametrize(
    ("work", "title"),
    [
        ([{"position": "Analyst"}], "Analyst"),
        ([{"position": "A", "endDate": "2020"}, {"position": "B", "endDate": "2021-02"}], "B"),
        ([{"position": "A", "startDate": "2019"}, {"position": "B", "endDate": "2024"}], "A"),
        ([{"position": "A"}, {"position": "B", "endDate": "2024"}], ""),
        ([{"position": "A", "startDate": "2020"}, {"position": "B", "startDate": "2020"}], ""),
    ],
    ids=["one", "ended last", "goes on", "without dates", "two at once"],
)
def test_latest_title_is_the_one_that_dates_tell(alice: User, work: list[Any], title: str) -> None:
    applicant = read_applicant(user=alice, resume=ResumeFactory(user=alice, document={"work": work}))

    assert applicant.latest_title.value == title


def test_application_without_a_persona_takes_the_default_resume(alice: User, now: datetime) -> None:
    resume = ResumeFactory(user=alice, is_default=True)
    ResumeFileFactory(resume=resume, name="cv.pdf")

    build_kit(application=recruitee(alice, None), at=now, form=asks(resume="required"))

    assert Kit.objects.get().resume == resume


# --- what is missing -----------------------------------------------------------------------------------------------------


def test_unknown_required_answer_parks_and_an_optional_one_is_left_empty(
    alice: User, persona: Persona, now: datetime
) -> None:
    form = asks(
        Question("7", "Desired salary", "number", required=True),
        Question("8", "Anything else?", "text", required=False),
        Question("9", "Where?", "one_of", required=True, options=(("41", "Berlin"),)),
    )

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=form)

    assert prepared.verdict == "parked"
    assert prepared.missing == [
        {
            "code": "answer",
            "id": "7",
            "label": "Desired salary",
            "kind": "number",
            "required": True,
            "options": [],
            "topic": "pay",
            "because": "none",
        },
        {
            "code": "answer",
            "id": "9",
            "label": "Where?",
            "kind": "one_of",
            "required": True,
            "options": [["41", "Berlin"]],
            "topic": "other",
            "because": "none",
        },
    ]
    kit = Kit.objects.get()
    assert (kit.answers, kit.request_sha256) == ([], "")
    assert [each["label"] for each in kit.questions] == ["Desired salary", "Anything else?", "Where?"]


def test_bank_answers_with_source_and_day(alice: User, persona: Persona, now: datetime) -> None:
    answers.add_answer(user=alice, question="Desired salary", answer="65 000")
    form = asks(Question("7", "Desired salary *", "number", required=True))

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=form)

    assert prepared.verdict == "ready"
    (row,) = prepared.kit.answers
    given_on = row.pop("given_on")
    assert row == {
        "id": "7",
        "label": "Desired salary *",
        "kind": "number",
        "value": "65000",
        "shown": "65000",
        "source": "typed",
    }
    assert given_on == Answer.objects.get().updated_at.date().isoformat()


def test_kept_answer_that_does_not_fit_is_missing_and_says_why(
    alice: User, persona: Persona, now: datetime
) -> None:
    answers.add_answer(user=alice, question="Where?", answer="Hamburg")
    form = asks(Question("9", "Where?", "one_of", required=True, options=(("41", "Berlin"),)))

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=form)

    assert [each["because"] for each in prepared.missing] == ["not_an_option"]


@pytest.mark.parametrize(
    "label",
    ["Are you authorized to work here?", "Desired salary", "Gender", "I agree to the privacy policy"],
)
def test_sensitive_question_is_never_answered_from_facts(
    alice: User, persona: Persona, now: datetime, label: str
) -> None:
    UserSkillFactory(user=alice, skill_name=label)
    AnswerFactory(user=alice, question=f"{label} (last year)", question_key="something else")

    prepared = build_kit(
        application=recruitee(alice, persona),
        at=now,
        form=asks(Question("7", label, "yes_no", required=True)),
    )

    assert lacks(prepared) == ["answer"]
    assert prepared.missing[0]["topic"] != "other"
    assert prepared.kit.answers == []


def test_consent_that_was_refused_parks_and_says_so(alice: User, persona: Persona, now: datetime) -> None:
    answers.add_answer(user=alice, question="I agree to the privacy policy", answer="no")
    form = asks(Question("consent:7", "I agree to the privacy policy", "yes_no", required=True))

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=form)

    assert [each["because"] for each in prepared.missing] == ["consent_refused"]


def test_file_that_is_no_resume_parks_and_is_no_question_to_answer(
    alice: User, persona: Persona, now: datetime
) -> None:
    application = recruitee(alice, persona)
    form = asks(Question("7", "Portfolio", "file", required=True))

    application.missing = build_kit(application=application, at=now, form=form).missing

    (lack,) = application.missing
    assert (lack["code"], lack["id"]) == ("file", "7")
    assert "“Portfolio”" in lack["label"]
    assert answers.missing_questions(application) == []


def test_persona_without_a_resume_parks(alice: User, now: datetime) -> None:
    application = recruitee(alice, PersonaFactory(user=alice))

    assert lacks(build_kit(application=application, at=now, form=asks(resume="required"))) == ["resume"]


def test_resume_without_a_file_parks(alice: User, now: datetime) -> None:
    persona = PersonaFactory(user=alice, resume=ResumeFactory(user=alice))

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(resume="required"))

    assert [(each["code"], each["because"]) for each in prepared.missing] == [("resume_file", "none")]


@pytest.mark.parametrize(
    ("name", "content", "because", "says"),
    [
        ("ada.exe", b"MZ", "wrong_type", "pdf"),
        ("ada.pdf", b"%PDF" + b"x" * (5 * 1024 * 1024), "too_large", "5.0"),
        ("ada.pdf", b"", "empty", "no file"),
    ],
    ids=["type", "size", "empty"],
)
def test_file_that_the_receiver_refuses_parks_with_its_limit(
    alice: User, now: datetime, name: str, content: bytes, because: str, says: str
) -> None:
    resume = ResumeFactory(user=alice)
    ResumeFileFactory(resume=resume, name=name, content=content)
    application = recruitee(alice, PersonaFactory(user=alice, resume=resume))

    prepared = build_kit(application=application, at=now, form=asks(resume="required"))

    assert [(each["code"], each["because"]) for each in prepared.missing] == [("resume_file", because)]
    assert says in prepared.missing[0]["label"]


def test_address_that_is_not_confirmed_parks(charlie: User, now: datetime) -> None:
    with acting_as(charlie.pk):
        resume = ResumeFactory(user=charlie, document=DOCUMENT)
        application = recruitee(charlie, PersonaFactory(user=charlie, resume=resume))

        assert lacks(build_kit(application=application, at=now, form=asks())) == ["email_not_confirmed"]


def test_address_that_no_receiver_takes_parks(now: datetime) -> None:
    user = UserFactory(email="ada@exa_mple.com")
    confirm(user)
    with acting_as(user.pk):
        application = recruitee(user, PersonaFactory(user=user))

        assert lacks(build_kit(application=application, at=now, form=asks())) == ["name", "email"]


def test_phone_that_the_resume_does_not_state_can_be_answered(alice: User, now: datetime) -> None:
    resume = ResumeFactory(user=alice)
    application = recruitee(alice, PersonaFactory(user=alice, resume=resume))
    form = asks(phone="required")
    prepared = build_kit(application=application, at=now, form=form)
    assert [(each["code"], each["kind"]) for each in prepared.missing] == [("phone", "text")]

    answers.add_answer(user=alice, question=prepared.missing[0]["label"], answer="+49 30 1234")
    prepared = build_kit(application=application, at=now, form=form)

    assert prepared.verdict == "ready"
    assert told(prepared.kit)["phone"] == ("+49 30 1234", "from your answers")


def test_answers_for_this_application_alone_come_back_when_it_is_built_again(
    alice: User, persona: Persona, now: datetime
) -> None:
    application = recruitee(alice, persona)
    form = asks(Question("7", "Notice period", "text", required=True))
    first = build_kit(application=application, at=now, form=form)
    rows = Application.objects.filter(pk=application.pk)
    rows.update(status="preparing", lease_until="2099-01-01T00:00:00Z")
    rows.update(status="parked", lease_until=None, missing=first.missing)
    application.refresh_from_db()

    answers.answer_missing(application=application, values={"7": "4 weeks"}, keep=False, at=now)
    for _again in range(2):
        prepared = build_kit(application=application, at=now, form=form)

    assert prepared.verdict == "ready"
    assert [(each["value"], each["source"]) for each in prepared.kit.answers] == [("4 weeks", "once")]


def test_name_of_one_word_asks_for_the_last_name_where_a_form_wants_both(
    alice: User, persona: Persona, now: datetime
) -> None:
    application = recruitee(alice, persona, channel="greenhouse", apply_key="greenhouse:acme/1")
    application.job.apply_url = "https://boards.greenhouse.io/acme/jobs/1"
    application.job_url = application.job.apply_url
    with as_role(OWNER_ROLE):
        employer_keys.set_key(channel="greenhouse", board="acme", secret="k-1")
    with as_role(WORKER_ROLE):
        prepared = build_kit(application=application, at=now, form=asks())
    assert [(each["code"], each["id"]) for each in prepared.missing] == [("answer", "last_name")]

    answers.add_answer(user=alice, question=prepared.missing[0]["label"], answer="Lovelace")
    with as_role(WORKER_ROLE):
        prepared = build_kit(application=application, at=now, form=asks())
        outgoing = write_outgoing(application=application)

    assert prepared.verdict == "ready"
    assert b"Lovelace" in outgoing.request.content
    assert outgoing.sha256 == prepared.kit.request_sha256


# --- letters ---------------------------------------------------------------------------------------------------------------


def test_letter_is_filled_from_facts(alice: User, persona: Persona, now: datetime) -> None:
    UserSkillFactory(user=alice, skill_name="Python")
    UserSkillFactory(user=alice, skill_name="SQL")
    LetterTemplateFactory(
        user=alice,
        body="{my_city}, {today}\nDear {company}, as {my_latest_title} I bring {skills_in_common}. {my_name}",
    )

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(letter="optional"))

    assert prepared.kit.letter == (
        "London, March 2, 2026\nDear Acme, as Data engineer I bring Python and SQL. Alice"
    )


def test_letter_with_a_fact_that_is_not_known_parks(alice: User, persona: Persona, now: datetime) -> None:
    LetterTemplateFactory(user=alice, name="Usual", body="I bring {skills_in_common}.")

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(letter="optional"))

    (lack,) = prepared.missing
    assert (lack["code"], lack["fields"], lack["letter"]) == ("letter_field", ["skills_in_common"], "Usual")
    assert "{skills_in_common}" in lack["label"]
    assert prepared.kit.letter == ""


def test_form_that_insists_on_a_letter_parks_without_one(
    alice: User, persona: Persona, now: datetime
) -> None:
    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(letter="required"))

    assert lacks(prepared) == ["letter"]


def test_letter_that_cannot_be_filled_is_named_once(alice: User, persona: Persona, now: datetime) -> None:
    LetterTemplateFactory(user=alice, body="I bring {skills_in_common}.")

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks(letter="required"))

    assert lacks(prepared) == ["letter_field"]


def test_form_that_takes_no_letter_gets_none(alice: User, persona: Persona, now: datetime) -> None:
    LetterTemplateFactory(user=alice, body="I bring {skills_in_common}.")

    prepared = build_kit(application=recruitee(alice, persona), at=now, form=asks())

    assert (prepared.verdict, prepared.kit.letter) == ("ready", "")


# --- through the channels ------------------------------------------------------------------------------------------------


def test_form_is_read_answered_and_sent_as_it_was_kept(
    boards: Employers, alice: User, persona: Persona, now: datetime
) -> None:
    boards.form("data", "every")
    application = recruitee(alice, persona)
    first = build_kit(application=application, at=now)
    # A file of one's own cannot be given here.
    assert [each["question"] for each in first.missing if each["code"] == "file"] == ["A sample of your work"]
    boards.form("data", [each for each in _open_questions("data", boards) if each["kind"] != "file"])
    said = {
        "string": "May",
        "text": "Data.",
        "single_choice": "berlin",
        "multi_choice": "English\nPolish",
        "date": "2027-01-31",
        "salary": "65000",
        "number": "6",
        "boolean": "yes",
        "legal": "yes",
    }
    for question in _open_questions("data", boards):
        if question["required"]:
            answers.add_answer(user=alice, question=question["body"], answer=said[question["kind"]])

    prepared = build_kit(application=application, at=now)
    outgoing = write_outgoing(application=application)

    assert prepared.missing == []
    assert outgoing == write_outgoing(application=application)
    assert outgoing.sha256 == prepared.kit.request_sha256
    assert channels.send(outgoing).kind == "accepted"
    (arrival,) = boards.record.entries("arrival")
    assert arrival.applicant == "alice@example.com"


def _open_questions(posting: str, boards: Employers) -> list[dict[str, Any]]:
    from tests.employers.channels.recruitee import questions

    return questions(boards.house.form(posting))


def test_bytes_change_with_what_is_said_and_with_nothing_else(
    alice: User, persona: Persona, now: datetime
) -> None:
    application = recruitee(alice, persona)
    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")
    form = asks(Question("7", "Notice period", "text", required=True), resume="required")
    before = build_kit(application=application, at=now, form=form).kit.request_sha256

    again = build_kit(application=application, at=now, form=form).kit.request_sha256
    answers.change_answer(answer=Answer.objects.get(), values={"answer": "8 weeks"})
    changed = build_kit(application=application, at=now, form=form).kit.request_sha256

    assert before == again != changed


def test_resume_that_was_deleted_since_does_not_leave(alice: User, persona: Persona, now: datetime) -> None:
    application = recruitee(alice, persona)
    build_kit(application=application, at=now, form=asks(resume="optional"))
    approved = Kit.objects.get().request_sha256
    ResumeFile.objects.all().delete()

    assert write_outgoing(application=application).sha256 != approved


def test_opening_that_is_gone_says_so(
    boards: Employers, alice: User, persona: Persona, now: datetime
) -> None:
    boards.close("data")

    with pytest.raises(PostingGone):
        build_kit(application=recruitee(alice, persona), at=now)
    assert not Kit.objects.exists()


def test_form_that_is_closed_says_so(alice: User, persona: Persona, now: datetime) -> None:
    with pytest.raises(PostingGone):
        build_kit(application=recruitee(alice, persona), at=now, form=Form(closed=True))


def test_form_with_a_question_never_seen_says_so(
    boards: Employers, alice: User, persona: Persona, now: datetime
) -> None:
    boards.form("data", "unseen")

    with pytest.raises(FormUnreadable) as unreadable:
        build_kit(application=recruitee(alice, persona), at=now)

    assert unreadable.value.reason == "unknown_question"


def test_key_that_cannot_be_read_leaves_the_form_unread(alice: User, persona: Persona, now: datetime) -> None:
    address = "https://boards.greenhouse.io/acme/jobs/1"
    EmployerKeyFactory(board="acme")
    application = recruitee(
        alice, persona, channel="greenhouse", apply_key="greenhouse:acme/1", job_url=address
    )

    with as_role(WORKER_ROLE), pytest.raises(FormUnreadable) as unreadable:
        build_kit(application=application, at=now)

    assert unreadable.value.reason == "no_key"


def test_job_that_now_leads_elsewhere_is_not_applied_to(alice: User, persona: Persona) -> None:
    application = recruitee(alice, persona)
    assert destination_of(application).posting == "data"
    application.job_url = application.job.apply_url = "https://acme.recruitee.com/o/other"

    with pytest.raises(PostingGone):
        destination_of(application)


def test_job_that_was_deleted_is_not_applied_to_and_can_still_be_asked_about(
    alice: User, persona: Persona, now: datetime
) -> None:
    application = recruitee(alice, persona)
    application.job = None

    assert destination_of(application).posting == "data"
    with pytest.raises(PostingGone):
        build_kit(application=application, at=now, form=asks())


def test_board_whose_name_leads_elsewhere_parks(alice: User, persona: Persona, now: datetime) -> None:
    application = recruitee(
        alice, persona, apply_key="recruitee:a_b/data", job_url="https://a_b.recruitee.com/o/data"
    )

    prepared = build_kit(application=application, at=now)

    assert lacks(prepared)[-1] == "address"


# --- handed over ---------------------------------------------------------------------------------------------------------


def site(user: User, persona: Persona | None) -> Application:
    job = JobFactory(apply_url="https://careers.example.com/apply/7")
    return ApplicationFactory(
        user=user,
        persona=persona,
        job=job,
        channel="handoff",
        apply_key="careers.example.com/apply/7",
        job_url=job.apply_url,
    )


def test_kit_to_hand_over_offers_all_answers(alice: User, persona: Persona, now: datetime) -> None:
    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")
    answers.add_answer(user=alice, question="Desired salary", answer="65000")

    prepared = build_kit(application=site(alice, persona), at=now)

    assert prepared.verdict == "ready"
    assert [(each["label"], each["shown"]) for each in prepared.kit.answers] == [
        ("Desired salary", "65000"),
        ("Notice period", "4 weeks"),
    ]
    assert prepared.kit.request_sha256 == ""
    assert prepared.kit.files[0]["name"] == "ada.pdf"


def test_kit_to_hand_over_needs_no_confirmed_address(charlie: User, now: datetime) -> None:
    with acting_as(charlie.pk):
        resume = ResumeFactory(user=charlie)
        ResumeFileFactory(resume=resume)
        application = site(charlie, PersonaFactory(user=charlie, resume=resume))

        assert build_kit(application=application, at=now).verdict == "ready"


def test_kit_to_hand_over_still_wants_its_letter_whole(alice: User, persona: Persona, now: datetime) -> None:
    LetterTemplateFactory(user=alice, body="I bring {skills_in_common}.")

    assert lacks(build_kit(application=site(alice, persona), at=now)) == ["letter_field"]


def test_record_needs_nothing(alice: User, now: datetime) -> None:
    job = JobFactory()
    application = ApplicationFactory(
        user=alice, persona=PersonaFactory(user=alice), job=job, channel="record", apply_key=f"job:{job.pk}"
    )

    prepared = build_kit(application=application, at=now)

    assert (prepared.verdict, prepared.kit.files, prepared.kit.letter) == ("ready", [], "")


def test_kit_is_built_by_the_worker_as_well(alice: User, persona: Persona, now: datetime) -> None:
    application = site(alice, persona)

    with as_role(WORKER_ROLE):
        prepared = build_kit(application=application, at=now)

    assert prepared.verdict == "ready"
