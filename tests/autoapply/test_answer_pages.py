"""Pages of answers, letters and kits: without scripts, strict, and in as many queries for twenty rows as for one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autoapply.answer_forms import MissingForm
from autoapply.answer_words import fault_words
from autoapply.models import Answer, Application, Kit, LetterTemplate
from autoapply.preparing import build_kit
from autoapply.questions import Question
from personas.identity import acting_as
from personas.models import User
from personas.services import ValuesRefused
from tests.factories import (
    AnswerFactory,
    ApplicationFactory,
    JobFactory,
    LetterTemplateFactory,
    MatchFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserSkillFactory,
)
from tests.relevnt.test_look import PageReader

DOCUMENT = {"basics": {"name": "Ada", "phone": "+44 20 7946 0000", "location": {"city": "London"}}}


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def read(response: Any) -> PageReader:
    page = PageReader()
    page.feed(response.content.decode())
    page.close()
    return page


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(address).status_code == 200
    return len(made)


def handed_over(user: User, **document: Any) -> Application:
    """An application to hand over, with its kit."""
    resume = ResumeFactory(user=user, document={**DOCUMENT, **document})
    ResumeFileFactory(resume=resume, name="ada.pdf", media_type="application/pdf", content=b"%PDF-1.4")
    job = JobFactory(apply_url="https://careers.example.com/apply/7")
    application = ApplicationFactory(
        user=user,
        persona=PersonaFactory(user=user, resume=resume),
        job=job,
        apply_key="careers.example.com/apply/7",
        job_url=job.apply_url,
    )
    build_kit(application=application, at=timezone.now())
    return application


# --- answers ---------------------------------------------------------------------------------------------------------


def test_answers_without_any_say_how_they_come(signed_in: Client) -> None:
    response = signed_in.get("/answers/")

    assert "No answers yet" in text_of(response)
    page = read(response)
    assert (page.refused, page.filled, page.headings[0]) == ([], 1, "h1")


def test_answer_is_added_and_stands_under_its_topic(signed_in: Client, alice: User) -> None:
    response = signed_in.post("/answers/", {"question": "Desired salary", "answer": "65000"}, follow=True)

    assert "Kept under “pay”." in text_of(response)
    assert re.search(r"<h2[^>]*>Pay</h2>\s*<article class=\"answer\"", text_of(response))
    assert "typed in your answers" in text_of(response)


def test_answer_that_is_kept_already_is_refused_at_its_field(signed_in: Client, alice: User) -> None:
    signed_in.post("/answers/", {"question": "Notice period", "answer": "4 weeks"})

    response = signed_in.post("/answers/", {"question": "notice period *", "answer": "8 weeks"})

    assert response.status_code == 200
    assert "You have answered “Notice period” already." in text_of(response)


def test_answer_is_changed_where_it_stands(signed_in: Client, alice: User) -> None:
    row = AnswerFactory(user=alice, question="Notice?", question_key="notice")
    prefix = f"a{row.pk.hex}"
    page = text_of(signed_in.get("/answers/"))
    assert f'action="/answers/{row.pk}/"' in page
    assert f'name="{prefix}-answer"' in page

    response = signed_in.post(
        f"/answers/{row.pk}/",
        {f"{prefix}-question": "Notice?", f"{prefix}-answer": "8 weeks", f"{prefix}-topic": "other"},
        follow=True,
    )

    assert "The answer is changed." in text_of(response)
    assert "8 weeks" in text_of(response)


def test_change_that_is_refused_opens_the_answer_and_says_why(signed_in: Client, alice: User) -> None:
    row = AnswerFactory(user=alice)
    prefix = f"a{row.pk.hex}"

    response = signed_in.post(
        f"/answers/{row.pk}/", {f"{prefix}-question": "", f"{prefix}-answer": "x", f"{prefix}-topic": "other"}
    )

    assert "<details open>" in text_of(response)
    assert "Give the question as the form asks it." in text_of(response)
    page = read(response)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.described) <= set(page.ids)


def test_answer_is_removed_after_a_question(signed_in: Client, alice: User) -> None:
    row = AnswerFactory(user=alice, question="Notice period")
    assert "Notice period" in text_of(signed_in.get(f"/answers/{row.pk}/remove/"))

    response = signed_in.post(f"/answers/{row.pk}/remove/", follow=True)

    assert "The answer is taken out." in text_of(response)
    with acting_as(alice.pk):
        assert not Answer.objects.exists()


def test_what_somebody_typed_is_text(signed_in: Client, alice: User) -> None:
    AnswerFactory(user=alice, question="<script>a", answer="<img src=x>\nb")

    page = signed_in.get("/answers/").content.decode()

    assert "<script>a" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;<br>b" in page


def test_twenty_answers_cost_what_one_costs(signed_in: Client, alice: User) -> None:
    AnswerFactory(user=alice)
    one = queries(signed_in, "/answers/")
    for topic in ("pay", "legal", "visa", "other") * 5:
        AnswerFactory(user=alice, topic=topic)

    assert queries(signed_in, "/answers/") == one


def test_answer_cannot_take_the_question_of_another_on_the_page(signed_in: Client, alice: User) -> None:
    AnswerFactory(user=alice, question="Start?", question_key="start")
    row = AnswerFactory(user=alice)
    prefix = f"a{row.pk.hex}"

    response = signed_in.post(
        f"/answers/{row.pk}/",
        {f"{prefix}-question": "Start", f"{prefix}-answer": "x", f"{prefix}-topic": "other"},
    )

    assert "You have answered “Start?” already." in text_of(response)


# --- letters -----------------------------------------------------------------------------------------------------------


def test_letters_without_any_offer_to_write_one(signed_in: Client) -> None:
    response = signed_in.get("/letters/")

    page = read(response)
    assert (page.refused, page.filled) == ([], 1)
    assert "No letter yet" in text_of(response)


def test_letter_is_written_for_a_persona(signed_in: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice, name="Teacher")

    response = signed_in.post(
        "/letters/new/", {"name": "Usual", "body": "Dear {company}", "persona": persona.pk}, follow=True
    )

    assert "“Usual” is kept." in text_of(response)
    assert "for “Teacher”" in text_of(response)


@pytest.mark.parametrize("body", ["Dear {boss}", "Dear {company", "<b>Dear</b>", ""])
def test_letter_that_cannot_be_filled_is_refused_on_the_page(
    signed_in: Client, alice: User, body: str
) -> None:
    response = signed_in.post("/letters/new/", {"name": "Usual", "body": body})

    assert response.status_code == 200
    assert 'aria-invalid="true"' in text_of(response)
    with acting_as(alice.pk):
        assert not LetterTemplate.objects.exists()


def test_persona_of_somebody_else_is_no_choice(signed_in: Client, alice: User, charlie: User) -> None:
    persona = PersonaFactory(user=charlie)

    response = signed_in.post("/letters/new/", {"name": "x", "body": "y", "persona": persona.pk})

    assert 'aria-invalid="true"' in text_of(response)


def test_letter_is_shown_filled_for_the_best_match(signed_in: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice)
    job = JobFactory(title="Data engineer", company="Acme", required_skills=["Python"])
    later = timezone.now() + timedelta(days=1)
    MatchFactory(persona=persona, job=job, match_score="90.00", expires_at=later)
    MatchFactory(persona=persona, job=JobFactory(company="Worse"), match_score="10.00", expires_at=later)
    UserSkillFactory(user=alice, skill_name="Python")
    letter = LetterTemplateFactory(user=alice, body="Dear {company}, I bring {skills_in_common} <3")

    page = text_of(signed_in.get(f"/letters/{letter.pk}/"))

    assert "For your best match: Data engineer, Acme" in page
    assert "Dear Acme, I bring Python &lt;3" in page


def test_preview_names_the_facts_that_are_not_known(signed_in: Client, alice: User) -> None:
    MatchFactory(persona=PersonaFactory(user=alice), expires_at=timezone.now() + timedelta(days=1))

    response = signed_in.post("/letters/preview/", {"name": "", "body": "{my_city} {boss}"})

    assert "There is no field {boss}." in text_of(response)
    assert "{my_city} (your town)" in text_of(response)
    assert "<html" not in text_of(response)


def test_preview_button_shows_and_saves_nothing(signed_in: Client, alice: User) -> None:
    MatchFactory(persona=PersonaFactory(user=alice), expires_at=timezone.now() + timedelta(days=1))
    letter = LetterTemplateFactory(user=alice, body="Old")

    response = signed_in.post(
        f"/letters/{letter.pk}/", {"name": "x", "body": "Dear {company}", "preview": "yes"}
    )

    assert "Dear Acme" in text_of(response)
    with acting_as(alice.pk):
        assert LetterTemplate.objects.get().body == "Old"


def test_letter_cannot_take_a_persona_that_has_one_on_the_page(signed_in: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice, name="Teacher")
    LetterTemplateFactory(user=alice, persona=persona)
    letter = LetterTemplateFactory(user=alice)
    values = {"name": "x", "body": "y", "persona": persona.pk}

    for address in (f"/letters/{letter.pk}/", "/letters/new/"):
        assert "“Teacher” has a letter already." in text_of(signed_in.post(address, values))


def test_letter_without_a_match_says_so(signed_in: Client) -> None:
    assert "There is no match to fill it for yet." in text_of(signed_in.get("/letters/new/"))


def test_letter_is_changed_and_deleted(signed_in: Client, alice: User) -> None:
    letter = LetterTemplateFactory(user=alice)

    changed = signed_in.post(f"/letters/{letter.pk}/", {"name": "Short", "body": "Hello"}, follow=True)
    assert "“Short” is changed." in text_of(changed)
    assert "Delete “Short”?" in text_of(signed_in.get(f"/letters/{letter.pk}/delete/"))
    deleted = signed_in.post(f"/letters/{letter.pk}/delete/", follow=True)

    assert "“Short” is deleted." in text_of(deleted)


def test_twenty_letters_cost_what_one_costs(signed_in: Client, alice: User) -> None:
    LetterTemplateFactory(user=alice, persona=PersonaFactory(user=alice))
    one = queries(signed_in, "/letters/")
    for _number in range(19):
        LetterTemplateFactory(user=alice, persona=PersonaFactory(user=alice))

    assert queries(signed_in, "/letters/") == one


# --- kits ----------------------------------------------------------------------------------------------------------------


def test_kit_shows_everything_to_be_copied(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        AnswerFactory(user=alice, question="Notice period", question_key="notice period", answer="4 weeks")
        LetterTemplateFactory(user=alice, body="Dear {company},\nyours {my_name}")
        application = handed_over(alice)

    response = signed_in.get(f"/applications/{application.pk}/kit/")

    text, page = text_of(response), read(response)
    for part in (
        'value="+44 20 7946 0000" readonly',
        'value="4 weeks" readonly',
        "stated in your résumé",
        "Dear Acme, yours Alice</textarea>",
        "ada.pdf",
        'href="https://careers.example.com/apply/7" target="_blank" rel="noreferrer">Open the form',
        f'href="/resumes/{application.persona.resume_id}/file/"',
    ):
        assert part in text
    assert (page.refused, page.filled) == ([], 1)
    assert len(page.ids) == len(set(page.ids))


def test_kit_that_was_handed_over_can_be_said_to_be_sent(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        rows = Application.objects.filter(pk=application.pk)
        rows.update(status="preparing", lease_until="2099-01-01T00:00:00Z")
    address = f"/applications/{application.pk}/kit/"
    assert "I sent it" not in text_of(signed_in.get(address))

    with acting_as(alice.pk):
        rows.update(status="review", lease_until=None)

    page = text_of(signed_in.get(address))
    assert f'action="/applications/{application.pk}/sent/"' in page
    assert f'href="/applications/{application.pk}/"' in page


def test_hand_off_takes_three_clicks_from_the_overview(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        rows = Application.objects.filter(pk=application.pk)
        rows.update(status="preparing", lease_until="2099-01-01T00:00:00Z")
        rows.update(status="review", lease_until=None)
    kit = f"/applications/{application.pk}/kit/"

    # One: the kit, straight from what waits. Two: the employer's form, beside it. Three: "I sent it".
    assert f'<a href="{kit}">' in text_of(signed_in.get("/auto-apply/"))
    page = text_of(signed_in.get(kit))
    assert 'data-kind="filled" href="https://careers.example.com/apply/7" target="_blank"' in page
    assert f'action="/applications/{application.pk}/sent/"' in page
    signed_in.post(f"/applications/{application.pk}/sent/")

    with acting_as(alice.pk):
        assert rows.get().status == "submitted"
    after = text_of(signed_in.get(kit))
    assert "This is what was sent." in after
    assert "I sent it" not in after
    assert f'<a href="{kit}">' not in text_of(signed_in.get("/auto-apply/"))


def test_what_somebody_sends_themselves_does_not_wait_for_their_approval(
    signed_in: Client, alice: User
) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        rows = Application.objects.filter(pk=application.pk)
        rows.update(status="preparing", lease_until="2099-01-01T00:00:00Z")
        rows.update(status="review", lease_until=None)
    address = f"/applications/{application.pk}/"

    page = read(signed_in.get(address))
    text = text_of(signed_in.get(address))

    assert "<dd>Ready for you to send</dd>" in text
    assert "waits for your approval" not in text.casefold()
    assert page.filled == 1
    assert f'data-kind="filled" href="{address}kit/">Open the kit' in text
    assert "ready for you to send" in text_of(signed_in.get("/applications/"))


def test_file_of_a_kit_is_saved_and_never_shown(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)

    response = signed_in.get(f"/resumes/{application.persona.resume_id}/file/")

    assert response["Content-Disposition"] == 'attachment; filename="ada.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_kit_that_is_not_built_yet_says_so(signed_in: Client, alice: User) -> None:
    application = ApplicationFactory(user=alice)

    assert "Not prepared yet" in text_of(signed_in.get(f"/applications/{application.pk}/kit/"))


def test_kit_says_what_it_leaves_empty(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        asked = {
            "id": "7",
            "label": "Hobbies",
            "kind": "text",
            "required": False,
            "options": [],
            "topic": "other",
        }
        Kit.objects.update(questions=[asked])

    assert "<li>Hobbies</li>" in text_of(signed_in.get(f"/applications/{application.pk}/kit/"))


def test_address_that_is_no_web_page_is_no_link(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        Application.objects.filter(pk=application.pk).update(job_url="javascript:alert(1)")

    assert "javascript:" not in text_of(signed_in.get(f"/applications/{application.pk}/kit/"))


def test_kit_after_the_resume_was_deleted_has_no_dead_link(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
        application.persona.resume.delete()

    response = signed_in.get(f"/applications/{application.pk}/kit/")

    assert "The résumé has been deleted since." in text_of(response)
    assert "Download" not in text_of(response)


def test_kit_of_somebody_else_is_not_there(client: Client, alice: User, charlie: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
    client.force_login(charlie)

    assert client.get(f"/applications/{application.pk}/kit/").status_code == 404


def test_kit_costs_the_same_for_twenty_answers(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        application = handed_over(alice)
    address = f"/applications/{application.pk}/kit/"
    few = queries(signed_in, address)
    with acting_as(alice.pk):
        for _number in range(20):
            AnswerFactory(user=alice)
        build_kit(application=application, at=timezone.now())

    assert queries(signed_in, address) == few


# --- the form of what is missing ---------------------------------------------------------------------------------------


def entry(id_: str, kind: str, **more: Any) -> dict[str, Any]:
    kept = {
        "code": "answer",
        "id": id_,
        "label": f"Question {id_}",
        "kind": kind,
        "required": True,
        "options": [],
    }
    return {**kept, "topic": "other", "because": "none", **more}


MANY = [[str(number), f"Option {number}"] for number in range(9)]
EVERY = [
    entry("1", "text"),
    entry("2", "long_text", topic="legal"),
    entry("3", "number", because="not_a_number"),
    entry("4", "date"),
    entry("5", "yes_no"),
    entry("6", "one_of", options=MANY[:2]),
    entry("7", "one_of", options=MANY),
    entry("8", "many_of", options=MANY),
    {"code": "file", "id": "9", "label": "none", "question": "Portfolio"},
    {"code": "resume", "label": "none"},
]
RIGHT = {
    "q0": "x",
    "q1": "y\nz",
    "q2": "6",
    "q3": "2027-01-31",
    "q4": "no",
    "q5": "Option 1",
    "q6": "Option 7",
    "q7": ["Option 2", "Option 0"],
    "keep": "on",
}


def waiting(*missing: dict[str, Any]) -> Application:
    return Application(missing=list(missing))


def test_form_of_what_is_missing_has_a_widget_for_every_kind() -> None:
    form = MissingForm(application=waiting(*EVERY))

    kinds = [field.widget_type for field in form.answers()]
    assert kinds == [
        "text",
        "textarea",
        "_number",
        "_day",
        "flowingradios",
        "radioselect",
        "select",
        "checkboxselectmultiple",
    ]
    html = str(form)
    assert 'type="date"' in html
    assert 'inputmode="decimal"' in html
    assert "Your kept answer does not fit here. Give a number" in html
    assert ["Never answered for you" in field.help_text for field in form.answers()][:3] == [
        False,
        True,
        False,
    ]


def test_form_of_what_is_missing_gives_texts_by_question() -> None:
    form = MissingForm(RIGHT, application=waiting(*EVERY))

    assert form.is_valid(), form.errors
    assert form.keeps()
    assert form.values() == {
        "1": "x",
        "2": "y\nz",
        "3": "6",
        "4": "2027-01-31",
        "5": "no",
        "6": "Option 1",
        "7": "Option 7",
        "8": "Option 2\nOption 0",
    }


def test_form_of_what_is_missing_says_each_fault_at_its_question() -> None:
    wrong = {**RIGHT, "q0": "", "q2": "many", "q3": "soon", "q6": "Option 99"}

    form = MissingForm(wrong, application=waiting(*EVERY))

    assert set(form.errors) == {"q0", "q2", "q3", "q6"}
    assert str(form).count("Give a number in figures") == 1
    assert form.errors["q3"] == ["Give a day as year, month and day, such as 2027-01-31."]


def test_form_of_what_is_missing_shows_a_refusal_at_its_question() -> None:
    form = MissingForm(RIGHT, application=waiting(*EVERY))
    assert form.is_valid()

    form.explain(ValuesRefused({"3": ["Not so."], "id": ["Gone."]}))

    assert form.errors["q2"] == ["Not so."]
    assert form.non_field_errors() == ["Gone."]


@pytest.mark.parametrize(
    ("kind", "fault", "says"),
    [
        ("text", "too_long", "At most 255 characters fit."),
        ("long_text", "too_long", "At most 10000 characters fit."),
        ("one_of", "not_an_option", "This is not one of the answers it takes: Berlin; Paris."),
        ("many_of", "not_an_option", "Choose from these, one a line: Berlin; Paris."),
        ("yes_no", "consent_refused", "You have said no, and its form takes nothing but yes."),
    ],
)
def test_fault_of_an_answer_is_said_in_words(kind: Any, fault: str, says: str) -> None:
    asked = Question("7", "Where?", kind, options=(("1", "Berlin"), ("2", "Paris")))

    assert fault_words(fault, asked).startswith(says)


def test_form_that_asks_only_for_itself_does_not_offer_to_keep() -> None:
    form = MissingForm(
        {"q0": "x", "keep": "on"}, application=waiting(entry("1", "text", label="Please specify"))
    )

    assert form.is_valid()
    assert "keep" not in form.fields
    assert not form.keeps()
