"""Pages of sending: every state says where it stands and offers what can be done there, and nothing else; without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autoapply import fence
from autoapply.models import Answer, Application, Kit, Rule, Standing
from autoapply.sending_page import STANDINGS
from autoapply.states import STEPS
from matching.models import Job
from personas.identity import acting_as, assume
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    go,
    make_applicant,
    match,
    open_job,
    prepare,
    queue,
    read,
)
from tests.autoapply.test_packing import SALARY
from tests.autoapply.test_states import at
from tests.employers.server import Employers
from tests.factories import ApplicationFactory, JobFactory, KitFactory, PersonaFactory
from tests.relevnt.test_look import PageReader
from tests.roles import as_role

pytestmark = pytest.mark.django_db
SEEN = "a" * 64
STEPS_OF_A_PERSON = {
    "approve",
    "cancel",
    "look-again",
    "resolve",
    "sent",
    "stand-behind",
    "try-again",
    "withdraw",
}


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def where(application: Application, part: str = "") -> str:
    return f"/applications/{application.pk}/{part}"


def offered(response: Any) -> set[str]:
    """What a page offers to do about sending, by the addresses of its forms and links."""
    found = re.findall(r'(?:action|href)="/applications/[0-9a-f-]{36}/([a-z-]+)/"', response.content.decode())
    return set(found) & STEPS_OF_A_PERSON


def said(response: Any) -> str:
    return " ".join(str(each) for each in get_messages(response.wsgi_request))


def put(user: User, state: str, **values: Any) -> Application:
    """An application in a state, with a kit that could be sent."""
    application = at(user, state, **{"channel": "recruitee", **values})
    KitFactory(application=application, request_sha256=SEEN)
    with acting_as(user.pk):
        Standing.objects.get_or_create(user=user)
    # Nobody is known before a request says who asks.
    assume(None)
    return application


def restore() -> None:
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="asked")
        fence.lift_fence()


# --- what each state shows ---------------------------------------------------------------------------------------------

OFFERS = {
    "queued": {"cancel"},
    "preparing": {"cancel"},
    "parked": {"try-again", "cancel"},
    "review": {"approve", "look-again", "cancel"},
    "held": {"look-again", "cancel"},
    "submitting": set(),
    "submitted": {"withdraw"},
    "failed": set(),
    "unknown": {"resolve"},
    "cancelled": set(),
    "withdrawn": set(),
}


@pytest.mark.parametrize("state", STEPS)
def test_state_says_where_it_stands_and_offers_what_can_be_done(
    signed_in: Client, alice: User, state: str
) -> None:
    application = put(alice, state)

    response = signed_in.get(where(application))

    assert str(STANDINGS[state]()) in text_of(response)
    assert offered(response) == OFFERS[state]


@pytest.mark.parametrize("state", STEPS)
def test_page_of_a_state_is_whole_and_needs_no_script(signed_in: Client, alice: User, state: str) -> None:
    response = signed_in.get(where(put(alice, state)))

    reader = PageReader()
    reader.feed(response.content.decode())
    reader.close()
    html = response.content.decode()
    sending = html[html.index('id="sending"') : html.index("</section>", html.index('id="sending"'))]
    assert response.status_code == 200
    assert "hx-" not in sending
    assert "<script" not in sending
    assert sending.count("<form") == sending.count("csrfmiddlewaretoken")


@pytest.mark.parametrize("channel", ["handoff", "record"])
def test_what_its_person_sends_offers_to_say_so(signed_in: Client, alice: User, channel: str) -> None:
    application = put(alice, "review", channel=channel, job_url="https://careers.example/7")

    response = signed_in.get(where(application))

    assert offered(response) == {"sent", "look-again", "cancel"}
    assert "You send this one yourself" in text_of(response)
    assert "If you have not said so by" in text_of(response)
    assert "Approve" not in text_of(response)


def test_kit_that_cannot_be_sent_is_not_offered_for_approval(signed_in: Client, alice: User) -> None:
    application = at(alice, "review", channel="recruitee")

    assert offered(signed_in.get(where(application))) == {"look-again", "cancel"}


@pytest.mark.parametrize(
    ("state", "asked"),
    [("held", True), ("review", True), ("queued", True), ("submitted", False), ("unknown", False)],
)
def test_what_a_restore_called_into_question_is_asked_about(
    signed_in: Client, alice: User, state: str, asked: bool
) -> None:
    application = put(alice, state)
    restore()

    response = signed_in.get(where(application))

    assert ("stand-behind" in offered(response)) == asked
    assert ("Relevnt was restored from a backup since." in text_of(response)) == asked


def test_form_that_is_tried_again_asks_its_person_for_nothing(signed_in: Client, alice: User) -> None:
    application = put(alice, "parked", waits_for="form", moved_because="form:timeout")

    text = text_of(signed_in.get(where(application)))

    assert "Relevnt tries again by itself" in text
    assert "something is missing that only you can say" not in text


def test_form_that_was_given_up_says_why(signed_in: Client, alice: User) -> None:
    lack = {"code": "form_unreadable", "label": "The form is too large to read.", "reason": "too_large"}
    application = put(alice, "parked", waits_for="person", missing=[lack])

    response = signed_in.get(where(application))

    assert "The form is too large to read." in text_of(response)
    assert "tried three times" in text_of(response)
    assert offered(response) == {"try-again", "cancel"}


@pytest.mark.parametrize(
    ("waits_for", "words"),
    [
        ("not_paused", "Waits for the gate “"),
        ("receiver", "Waits for its turn with the employer’s system."),
    ],
)
def test_what_is_waited_for_is_said(signed_in: Client, alice: User, waits_for: str, words: str) -> None:
    application = put(alice, "held", waits_for=waits_for)

    assert words in text_of(signed_in.get(where(application)))


def test_place_in_the_line_is_said(client: Client, boards: Employers) -> None:
    ada = make_applicant()
    application = change(prepare(queue(ada)), waits_for="next_week")
    client.force_login(ada.user)

    assert "This week’s places are taken: next week, place 1." in text_of(client.get(where(application)))


def test_proof_of_what_was_sent_is_shown(client: Client, boards: Employers) -> None:
    application = go(queue(make_applicant()))
    client.force_login(application.user)

    text = text_of(client.get(where(application)))

    assert "The employer’s system answered 201." in text
    assert application.response_ref in text
    assert application.response_sha256 in text


def test_refusal_is_said_in_words(client: Client, boards: Employers) -> None:
    boards.plan("*", "refused", status=404)
    application = go(queue(make_applicant()))
    client.force_login(application.user)

    text = text_of(client.get(where(application)))

    assert "Not accepted. Its place in the week is free again." in text
    assert "The opening is no longer there." in text


# --- doing it ----------------------------------------------------------------------------------------------------------

POSTS = [
    ("approve", "review", {"seen": SEEN}, "held"),
    ("cancel", "queued", {}, "cancelled"),
    ("cancel", "held", {}, "cancelled"),
    ("look-again", "review", {}, "preparing"),
    ("look-again", "held", {}, "preparing"),
    ("resolve", "unknown", {"word": "arrived"}, "submitted"),
    ("resolve", "unknown", {"word": "again"}, "queued"),
    ("resolve", "unknown", {"word": "lost"}, "failed"),
    ("withdraw", "submitted", {}, "withdrawn"),
]


@pytest.mark.parametrize(("part", "state", "typed", "to"), POSTS)
def test_button_does_what_it_says(
    signed_in: Client, alice: User, part: str, state: str, typed: dict[str, str], to: str
) -> None:
    application = put(alice, state)

    response = signed_in.post(where(application, f"{part}/"), typed)

    assert (response.status_code, response["Location"]) == (302, where(application))
    assert read(application).status == to
    assert said(response).endswith(".")


def test_button_that_says_it_was_sent(signed_in: Client, alice: User) -> None:
    application = put(alice, "review", channel="handoff")

    signed_in.post(where(application, "sent/"))

    assert read(application).status == "submitted"


def test_button_after_a_restore(signed_in: Client, alice: User) -> None:
    application = put(alice, "review")
    restore()

    signed_in.post(where(application, "stand-behind/"))

    assert read(application).fence_epoch == 1
    assert "stand-behind" not in offered(signed_in.get(where(application)))


WRONG = [
    ("approve", "held", {"seen": SEEN}),
    ("cancel", "submitted", {}),
    ("look-again", "submitted", {}),
    ("resolve", "submitting", {"word": "again"}),
    ("withdraw", "held", {}),
    ("sent", "submitted", {}),
    ("stand-behind", "submitted", {}),
    ("try-again", "review", {}),
]


@pytest.mark.parametrize(("part", "state", "typed"), WRONG)
def test_button_that_comes_too_late_says_so(
    signed_in: Client, alice: User, part: str, state: str, typed: dict[str, str]
) -> None:
    application = put(alice, state)

    response = signed_in.post(where(application, f"{part}/"), typed)

    assert (response.status_code, response["Location"]) == (302, where(application))
    assert read(application).status == state
    assert re.search("any more|Only what was sent", said(response))


@pytest.mark.parametrize("word", ["", "perhaps"])
def test_doubt_is_not_resolved_by_any_other_word(signed_in: Client, alice: User, word: str) -> None:
    application = put(alice, "unknown")

    response = signed_in.post(where(application, "resolve/"), {"word": word})

    assert "choose one of the three" in said(response)
    assert read(application).status == "unknown"


def test_approval_of_what_the_page_did_not_show_is_refused(signed_in: Client, alice: User) -> None:
    application = put(alice, "review")

    response = signed_in.post(where(application, "approve/"), {"seen": "b" * 64})

    assert "has changed since you looked" in said(response)
    assert read(application).status == "review"


def test_page_approves_exactly_what_it_shows(client: Client, boards: Employers) -> None:
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW)))
    client.force_login(application.user)
    (seen,) = re.findall(
        r'name="seen" value="([0-9a-f]{64})"', client.get(where(application)).content.decode()
    )

    client.post(where(application, "approve/"), {"seen": seen})

    assert (read(application).status, read(application).approved_sha256) == ("held", seen)


@pytest.mark.parametrize("part", sorted(STEPS_OF_A_PERSON))
def test_strangers_find_nothing_and_looking_changes_nothing(
    client: Client, alice: User, charlie: User, part: str
) -> None:
    application = put(alice, "review")
    client.force_login(charlie)
    assert client.post(where(application, f"{part}/"), {"seen": SEEN}).status_code == 404
    client.force_login(alice)
    assert client.get(where(application, f"{part}/")).status_code == (302 if part == "withdraw" else 405)

    assert read(application).status == "review"


# --- what is missing ---------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(client: Client, boards: Employers) -> Application:
    """An application that waits for an answer, its person signed in."""
    boards.form("salary-1", [SALARY])
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW), open_job(posting="salary-1")))
    assert application.waits_for == "answer"
    client.force_login(application.user)
    return application


def test_question_is_asked_with_its_words_and_why(client: Client, asked: Application) -> None:
    response = client.get(where(asked))

    assert "What salary do you want?" in text_of(response)
    assert "Never answered for you" in text_of(response)
    assert offered(response) == {"try-again", "cancel"}


def test_answer_goes_into_the_bank_and_on(client: Client, asked: Application) -> None:
    response = client.post(where(asked, "try-again/"), {"q0": "65000 EUR", "keep": "on"})

    assert response["Location"] == where(asked)
    assert (read(asked).missing, read(asked).waits_for) == ([], "")
    with acting_as(asked.user_id):
        assert Answer.objects.get().answer == "65000 EUR"
    assert prepare(asked).status == "review"


def test_answer_for_this_one_alone_stays_out_of_the_bank(client: Client, asked: Application) -> None:
    client.post(where(asked, "try-again/"), {"q0": "65000 EUR"})

    with acting_as(asked.user_id):
        assert not Answer.objects.exists()
    assert prepare(asked).status == "review"


def test_answer_that_does_not_fit_is_said_at_its_question_and_nothing_goes_on(
    client: Client, asked: Application
) -> None:
    response = client.post(where(asked, "try-again/"), {"q0": " "})

    assert response.status_code == 200
    assert "Give an answer." in text_of(response)
    assert read(asked).status == "parked"
    assert read(asked).missing


def test_what_is_no_question_is_listed_with_a_button_to_try_again(signed_in: Client, alice: User) -> None:
    lack = {"code": "resume", "label": "This persona has no résumé.", "because": "none"}
    application = put(alice, "parked", waits_for="answer", missing=[lack])
    response = signed_in.get(where(application))
    assert "This persona has no résumé." in text_of(response)
    assert "Try again" in text_of(response)

    signed_in.post(where(application, "try-again/"))

    assert read(application).missing == []


# --- withdrawing -------------------------------------------------------------------------------------------------------


def test_withdrawal_shows_a_message_of_facts_alone(signed_in: Client, alice: User) -> None:
    application = put(alice, "submitted", job_title="Data <b>engineer")

    text = text_of(signed_in.get(where(application, "withdraw/")))

    assert "my application for the position “Data &lt;b&gt;engineer”" in text
    assert "Kind regards Alice" in text
    assert read(application).status == "submitted"


def test_withdrawal_of_what_was_not_sent_leads_back(signed_in: Client, alice: User) -> None:
    application = put(alice, "held")

    response = signed_in.get(where(application, "withdraw/"))

    assert response["Location"] == where(application)
    assert "Only what was sent can be withdrawn" in said(response)


# --- beginning ---------------------------------------------------------------------------------------------------------


def begin(client: Client, ada: Applicant, job: Job) -> Any:
    return client.post("/applications/begin/", {"job": str(job.pk), "persona": str(ada.persona.pk)})


def test_application_begins_from_the_page_of_a_match(client: Client) -> None:
    ada, job = make_applicant(), open_job()
    match(ada, job)
    client.force_login(ada.user)
    page = client.get(reverse("matching:job", args=[ada.persona.pk, job.pk]), follow=True)
    assert 'action="/applications/begin/"' in page.content.decode()

    response = begin(client, ada, job)

    with acting_as(ada.user.pk):
        application = Application.objects.get()
    assert response["Location"] == where(application)
    assert (application.origin, application.persona_id, application.job_id) == (
        "person",
        ada.persona.pk,
        job.pk,
    )
    again = begin(client, ada, job)
    assert again["Location"] == where(application)
    assert "There is one for each opening." in said(again)


def test_closed_job_is_not_begun(client: Client) -> None:
    ada, job = make_applicant(), open_job()
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=Now())
    client.force_login(ada.user)

    assert "This job is closed" in said(begin(client, ada, job))
    with acting_as(ada.user.pk):
        assert not Application.objects.exists()


def test_job_without_an_address_is_not_begun_and_says_what_to_do(client: Client) -> None:
    ada, job = make_applicant(), JobFactory(apply_url="", url="")
    match(ada, job)
    client.force_login(ada.user)

    response = begin(client, ada, job)

    assert "names no address to apply at" in said(response)
    assert client.get(response["Location"], follow=True).status_code == 200


@pytest.mark.parametrize("typed", [{}, {"job": "x", "persona": "y"}])
def test_what_names_no_job_begins_nothing(signed_in: Client, typed: dict[str, str]) -> None:
    assert "Choose another one." in said(signed_in.post("/applications/begin/", typed))


def test_persona_of_somebody_else_begins_nothing(signed_in: Client, alice: User, charlie: User) -> None:
    typed = {"job": str(open_job().pk), "persona": str(PersonaFactory(user=charlie).pk)}

    signed_in.post("/applications/begin/", typed)

    with acting_as(alice.pk):
        assert not Application.objects.exists()


# --- what waits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/auto-apply/", "/today/"])
def test_page_lists_what_waits_for_its_person(
    signed_in: Client, alice: User, charlie: User, page: str
) -> None:
    put(alice, "unknown", job_title="Doubtful one")
    put(alice, "parked", job_title="Asking one", missing=[{"code": "resume", "label": "No résumé."}])
    put(alice, "review", job_title="Ready one")
    put(alice, "review", job_title="Own one", channel="handoff")
    put(alice, "held", job_title="Silent one")
    put(alice, "parked", job_title="Retried one", waits_for="form")
    put(charlie, "unknown", job_title="Of Charlie")

    text = text_of(signed_in.get(page))

    waiting = text[text.index('id="waiting"') :]
    waiting = waiting[: waiting.index("</section>")]
    assert re.findall(r"(\w+) one</a>", waiting) == ["Doubtful", "Asking", "Ready", "Own"]
    assert "Of Charlie" not in text


def test_page_lists_what_a_restore_called_into_question(signed_in: Client, alice: User) -> None:
    put(alice, "held", job_title="Earlier one")
    assert 'id="waiting"' not in text_of(signed_in.get("/auto-apply/"))
    restore()
    put(alice, "held", job_title="Later one", fence_epoch=1)

    text = text_of(signed_in.get("/auto-apply/"))

    assert re.findall(r"(\w+) one</a>", text) == ["Earlier"]
    assert "From before a restore" in text


def test_many_that_wait_are_counted_beyond_the_first(signed_in: Client, alice: User) -> None:
    for number in range(22):
        put(alice, "unknown", job_title=f"Doubt {number}")

    text = text_of(signed_in.get("/auto-apply/"))

    assert len(re.findall(r"Doubt \d+</a>", text)) == 20
    assert "2 more after these." in text


@pytest.mark.parametrize("page", ["/auto-apply/", "/today/"])
def test_page_asks_as_often_for_twenty_that_wait_as_for_one(
    signed_in: Client, alice: User, page: str
) -> None:
    put(alice, "unknown")
    signed_in.get(page)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(page)
    for state in ("unknown", "review", "parked") * 6:
        put(alice, state, missing=[{"code": "resume", "label": "No résumé."}])

    with CaptureQueriesContext(connection) as twenty:
        signed_in.get(page)

    assert len(twenty) == len(one)


def test_page_of_one_asks_no_more_for_many_questions(signed_in: Client, alice: User) -> None:
    def question(number: int) -> dict[str, Any]:
        return {
            "code": "answer",
            "id": f"{number}",
            "label": f"Question {number}?",
            "kind": "text",
            "required": True,
            "options": [],
            "topic": "other",
            "because": "none",
        }

    counts = []
    for many in (1, 30):
        application = put(alice, "parked", missing=[question(number) for number in range(many)])
        signed_in.get(where(application))
        with CaptureQueriesContext(connection) as asked:
            signed_in.get(where(application))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_hold_is_shown_with_its_end(signed_in: Client, alice: User) -> None:
    application = put(alice, "held")
    change(application, hold_until=Now() + timedelta(hours=1))

    assert "Sent at the earliest:" in text_of(signed_in.get(where(application)))


def test_kit_of_an_application_is_linked_once_there_is_one(signed_in: Client, alice: User) -> None:
    bare = ApplicationFactory(user=alice)
    assert "SHA-256 of all of it" not in text_of(signed_in.get(where(bare)))

    text = text_of(signed_in.get(where(put(alice, "review"))))

    assert SEEN in text
    with acting_as(alice.pk):
        assert Kit.objects.count() == 1
