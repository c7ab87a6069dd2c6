"""Forms as each vendor shows them become the same questions; what cannot be read is named and never guessed."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from autoapply.channels import CHANNELS, send
from autoapply.channels.protocol import (
    CONSENT,
    Answered,
    Form,
    FormUnreadable,
    Needs,
    NotAnswered,
    PostingGone,
    form_as_json,
    form_from_json,
)
from autoapply.destination import Destination, read_destination
from matching.guarded_http import Request
from tests.autoapply.channels.conftest import lead_to
from tests.autoapply.channels.kits import KEY, KEYED, SYSTEMS, answer, kit, opening
from tests.employers.server import Employers

READS_WITH_KEY = ("ashby", "smartrecruiters", "workable")
SHOWS_QUESTIONS = [system for system in SYSTEMS if system != "lever"]


def read(boards: Employers, system: str, posting: str = "p1") -> Form:
    key = boards.key(system) if system in KEYED else None
    return CHANNELS[system].read_form(opening(system, posting), key=key)


@contextmanager
def server(answer: bytes) -> Iterator[int]:
    """A server that gives one answer to whoever asks, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as connected:
                connected.recv(65_536)
                connected.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def shown(
    settings: Any, system: str, body: Any, head: str = "200 OK\r\nContent-Type: application/json"
) -> Form:
    """What a channel reads out of one answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with server(f"HTTP/1.1 {head}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content) as port:
        settings.RECEIVER_ROOTS = {system: f"http://127.0.0.1:{port}"}
        settings.OUTBOUND_PRIVATE_HOSTS = frozenset({f"127.0.0.1:{port}"})
        return CHANNELS[system].read_form(opening(system), key="k")


@pytest.mark.parametrize("system", SYSTEMS)
def test_form_without_questions_is_read(boards: Employers, system: str) -> None:
    form = read(boards, system)

    assert (list(form.questions), form.closed) == ([], False)
    assert form.needs.resume == "required"


@pytest.mark.parametrize("system", SHOWS_QUESTIONS)
def test_every_kind_of_question_is_read(boards: Employers, system: str) -> None:
    boards.form("p1", "every")

    form = read(boards, system)

    kinds = {question.kind for question in form.questions}
    assert {"text", "long_text", "one_of", "many_of"} <= kinds
    assert [each.label for each in form.questions if not each.required] == ["Anything else?"]
    for question in form.questions:
        assert bool(question.options) is (
            question.kind in {"one_of", "many_of"} or question.id.endswith("field-6")
        )
        assert all(value and label for value, label in question.options)
    assert len({question.id for question in form.questions}) == len(form.questions)


@pytest.mark.parametrize("system", SYSTEMS)
def test_form_that_is_answered_in_full_arrives_in_full(boards: Employers, system: str) -> None:
    boards.form("p1", "every")
    form = read(boards, system)
    key = boards.key(system) if system in KEYED else None
    filled = kit(form, answers=[answer(question) for question in form.questions])

    outcome = send(CHANNELS[system].write(opening(system), filled, key=key, idempotency_key=KEY))

    assert (outcome.kind, outcome.code) == ("accepted", "taken")
    (arrived,) = boards.record.arrivals()
    assert arrived.missing == ()
    assert len(arrived.files) == 1 + sum(question.kind == "file" for question in form.questions)
    assert outcome.ref != "" or system == "greenhouse"


@pytest.mark.parametrize("system", SHOWS_QUESTIONS)
def test_required_questions_alone_are_enough(boards: Employers, system: str) -> None:
    boards.form("p1", "every")
    form = read(boards, system)
    key = boards.key(system) if system in KEYED else None
    filled = kit(form, answers=[answer(each) for each in form.questions if each.required])

    outcome = send(CHANNELS[system].write(opening(system), filled, key=key, idempotency_key=KEY))

    assert outcome.kind == "accepted"
    assert boards.record.arrivals()[0].missing == ()


@pytest.mark.parametrize("system", SHOWS_QUESTIONS)
def test_each_missing_answer_is_named_before_anything_is_written(boards: Employers, system: str) -> None:
    boards.form("p1", "every")
    form = read(boards, system)
    required = [question for question in form.questions if question.required]
    for left_out in required:
        answers = [answer(each) for each in form.questions if each is not left_out]

        with pytest.raises(NotAnswered) as missing:
            CHANNELS[system].write(opening(system), kit(form, answers=answers), key="k", idempotency_key=KEY)

        assert missing.value.labels == (left_out.label,)


@pytest.mark.parametrize("system", SHOWS_QUESTIONS)
def test_question_of_an_unseen_kind_makes_the_form_unreadable(boards: Employers, system: str) -> None:
    boards.form("p1", "unseen")

    with pytest.raises(FormUnreadable) as unreadable:
        read(boards, system)

    assert unreadable.value.reason == "unknown_question"


@pytest.mark.parametrize("system", SYSTEMS)
def test_posting_that_was_taken_down_is_gone(boards: Employers, system: str) -> None:
    boards.close("p1")

    with pytest.raises(PostingGone):
        read(boards, system)


@pytest.mark.parametrize(
    ("behaviour", "options", "reason", "retry_after"),
    [
        ("error_page", {}, "not_a_form", None),
        ("error_before", {"status": 500}, "server_error", None),
        ("throttled", {"retry_after": 9}, "throttled", 9),
        ("unavailable", {"retry_after": 9}, "server_error", 9),
        ("redirect", {}, "moved", None),
        ("drop_before", {}, "broken_off", None),
        ("drop_after", {}, "broken_off", None),
        ("endless_body", {}, "too_large", None),
    ],
)
@pytest.mark.parametrize("system", SYSTEMS)
def test_form_that_cannot_be_read_says_why(
    boards: Employers, system: str, behaviour: str, options: dict, reason: str, retry_after: int | None
) -> None:
    boards.plan("p1", behaviour, at="form", **options)

    with pytest.raises(FormUnreadable) as unreadable:
        read(boards, system)

    assert (unreadable.value.reason, unreadable.value.retry_after) == (reason, retry_after)


@pytest.mark.parametrize("behaviour", ["bad_tls", "connection_refused"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_form_behind_no_connection_is_unreachable(
    employers: Employers, settings: Any, system: str, behaviour: str
) -> None:
    lead_to(employers, settings, behaviour)

    with pytest.raises(FormUnreadable, match="unreachable"):
        read(employers, system)


@pytest.mark.parametrize("system", READS_WITH_KEY)
def test_form_behind_a_key_needs_one_that_is_right(boards: Employers, system: str) -> None:
    with pytest.raises(FormUnreadable, match="no_key"):
        CHANNELS[system].read_form(opening(system))
    boards.revoke(system)
    with pytest.raises(FormUnreadable, match="key_refused"):
        read(boards, system)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "body", [[], {}, None, "text", 7, {"questions": 7}, {"offer": []}, {"success": True}]
)
def test_json_of_another_shape_is_no_form(settings: Any, system: str, body: Any) -> None:
    with pytest.raises(FormUnreadable, match="not_a_form"):
        shown(settings, system, body)


def test_deeply_nested_json_is_no_form(settings: Any) -> None:
    with pytest.raises(FormUnreadable, match="not_a_form"):
        shown(settings, "lever", b"[" * 100_000)


@pytest.mark.parametrize("board", ["evil.example/", "evil.example#", "a.b", "", "-", "a@b", "a:80"])
@pytest.mark.parametrize("system", ["recruitee", "workable"])
def test_board_that_would_name_another_host_is_refused(system: str, board: str) -> None:
    destination = Destination(system, "k", "https://x.test", "x.test", board, "p1")

    with pytest.raises(FormUnreadable, match="address"):
        CHANNELS[system].read_form(destination, key="k")


@pytest.mark.parametrize("posting", ["", ".", "..", "a\nb", "x" * 256])
@pytest.mark.parametrize("system", [system for system in SYSTEMS if system != "ashby"])
def test_posting_that_is_no_step_of_a_path_is_refused(system: str, posting: str) -> None:
    destination = Destination(system, "k", "https://x.test", "x.test", "acme", posting)

    with pytest.raises(FormUnreadable, match="address"):
        CHANNELS[system].read_form(destination, key="k")


def test_opening_of_the_european_lever_is_asked_for_there(boards: Employers, settings: Any) -> None:
    settings.RECEIVER_ROOTS = {"lever.eu": boards.root("lever"), "lever": "https://closed.invalid"}
    european = read_destination(apply_url="https://jobs.eu.lever.co/acme/p1", url="", job_id="1")

    form = CHANNELS["lever"].read_form(european)

    assert form.needs.phone == "required"


def test_form_survives_being_stored(boards: Employers) -> None:
    boards.form("p1", "every")
    form = read(boards, "recruitee")

    stored = json.loads(json.dumps(form_as_json(form)))

    assert form_from_json(stored) == form


QUESTION = {"id": 1, "kind": "string", "required": True, "body": "Where?", "open_question_options": []}


@pytest.mark.parametrize("number", ["a\x00", "\ud800", "", "x" * 1001, None, True, [], 1.5])
def test_name_that_cannot_be_kept_is_not_asked_by(settings: Any, number: Any) -> None:
    with pytest.raises(FormUnreadable, match="not_a_form"):
        shown(settings, "recruitee", {"offer": OFFER | {"open_questions": [QUESTION | {"id": number}]}})


def test_words_of_a_question_are_one_line_that_can_be_kept(settings: Any) -> None:
    asked = QUESTION | {"body": " Where\r\n do\x00 you\ud800 live?\t"}

    (question,) = shown(settings, "recruitee", {"offer": OFFER | {"open_questions": [asked]}}).questions

    assert question.label == "Where do you live?"


# --- what only one vendor has -----------------------------------------------------------------------------------

OFFER = {"id": 1, "slug": "p1", "status": "published", "open_questions": []}


def test_recruitee_says_what_it_wants_of_phone_resume_and_letter(settings: Any) -> None:
    options = {"options_cv": "off", "options_phone": "optional", "options_cover_letter": "required"}

    form = shown(settings, "recruitee", {"offer": OFFER | options})

    assert form.needs == Needs(resume="off", phone="optional", letter="required")


def test_recruitee_offer_that_is_not_published_is_closed_or_gone(settings: Any) -> None:
    assert shown(settings, "recruitee", {"offer": OFFER | {"status": "internal"}}).closed
    with pytest.raises(PostingGone):
        shown(settings, "recruitee", {"offer": OFFER | {"status": "closed"}})


def test_recruitee_field_of_the_employers_own_making_is_not_skipped(settings: Any) -> None:
    with pytest.raises(FormUnreadable, match="unknown_question"):
        shown(settings, "recruitee", {"offer": OFFER | {"dynamic_fields": [{"required": True}]}})


def test_recruitee_answer_is_no_longer_than_it_says(boards: Employers) -> None:
    boards.form("p1", "every")
    form = read(boards, "recruitee")
    (first, *others) = form.questions
    assert form.longest[first.id] == 120
    for length in (120, 121):
        answers = [Answered(first.id, "text", "x" * length), *map(answer, others)]
        filled = kit(form, answers=answers)
        if length == 120:
            outgoing = CHANNELS["recruitee"].write(
                opening("recruitee"), filled, key=None, idempotency_key=KEY
            )
            assert send(outgoing).kind == "accepted"
        else:
            with pytest.raises(NotAnswered) as missing:
                CHANNELS["recruitee"].write(opening("recruitee"), filled, key=None, idempotency_key=KEY)
            assert missing.value.labels == (first.label,)


def test_recruitee_legal_question_wants_a_yes(boards: Employers) -> None:
    boards.form("p1", "every")
    form = read(boards, "recruitee")
    (consent,) = [question for question in form.questions if question.id.startswith(CONSENT)]
    answers = [answer(each) for each in form.questions if each is not consent]
    refused = [*answers, Answered(consent.id, "yes_no", False)]

    with pytest.raises(NotAnswered) as missing:
        CHANNELS["recruitee"].write(
            opening("recruitee"), kit(form, answers=refused), key=None, idempotency_key=KEY
        )

    assert (missing.value.labels, consent.topic) == ((consent.label,), "legal")


def greenhouse(**values: Any) -> dict[str, Any]:
    return {"id": 1, "questions": [], **values}


def test_greenhouse_consents_are_questions_about_law(settings: Any) -> None:
    apart = {
        "type": "gdpr",
        "requires_consent": True,
        "requires_processing_consent": True,
        "requires_retention_consent": True,
    }
    whole = {"type": "gdpr", "requires_consent": True}

    form = shown(settings, "greenhouse", greenhouse(data_compliance=[apart]))
    other = shown(settings, "greenhouse", greenhouse(data_compliance=[whole, {"type": "other"}]))

    assert [(each.id, each.topic, each.required) for each in form.questions] == [
        ("consent:gdpr_processing_consent_given", "legal", True),
        ("consent:gdpr_retention_consent_given", "legal", True),
    ]
    assert [each.id for each in other.questions] == ["consent:gdpr_consent_given"]


def test_greenhouse_questions_about_the_person_are_told_apart(settings: Any) -> None:
    fields = [
        {"name": "gender", "type": "multi_value_single_select", "values": [{"value": 1, "label": "Female"}]}
    ]
    eeoc = {"type": "eeoc", "questions": [{"required": False, "label": "Gender", "fields": fields}]}

    form = shown(settings, "greenhouse", greenhouse(compliance=[eeoc]))

    assert [(each.id, each.topic, each.options) for each in form.questions] == [
        ("gender", "demographic", (("1", "Female"),))
    ]


@pytest.mark.parametrize("required", [True, False])
def test_greenhouse_demographic_questions_are_left_to_the_person(settings: Any, required: bool) -> None:
    asked = {"header": "About you", "questions": [{"id": 1, "label": "Age", "required": required}]}
    job = greenhouse(demographic_questions=asked)
    if required:
        with pytest.raises(FormUnreadable, match="unknown_question"):
            shown(settings, "greenhouse", job)
    else:
        assert list(shown(settings, "greenhouse", job).questions) == []


def test_ashby_form_without_sections_is_read(settings: Any) -> None:
    field = {"path": "q", "type": "String", "title": "Where?"}
    form = {"fields": [{"isRequired": True, "field": field}]}
    answer = {"success": True, "results": {"applicationFormDefinition": form}}

    read_form = shown(settings, "ashby", answer)

    assert [(each.id, each.label) for each in read_form.questions] == [("q", "Where?")]


def test_smartrecruiters_number_of_an_address_is_looked_up(boards: Employers, settings: Any) -> None:
    uuid = "ac49e1ca-2d73-4c53-8b00-6bb93d4de203"
    detail = json.dumps({"id": "744000138728139", "uuid": uuid, "active": True}).encode()
    configuration = json.dumps({"questions": []}).encode()
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for body in (detail, configuration):
                with listening.accept()[0] as connected:
                    asked.append(connected.recv(65_536).split(b" ")[1].decode())
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                    connected.sendall(head.encode() + body)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        settings.RECEIVER_ROOTS = {"smartrecruiters": f"http://127.0.0.1:{port}"}
        settings.OUTBOUND_PRIVATE_HOSTS = frozenset({f"127.0.0.1:{port}"})
        destination = opening("smartrecruiters", "744000138728139-data-engineer")
        form = CHANNELS["smartrecruiters"].read_form(destination, key="k")
        thread.join(10)

    assert asked == ["/v1/companies/Acme/postings/744000138728139", f"/postings/{uuid}/configuration"]
    outgoing = CHANNELS["smartrecruiters"].write(destination, kit(form), key="k", idempotency_key=KEY)
    assert outgoing.public_url.endswith(f"/postings/{uuid}/candidates")


def test_smartrecruiters_can_be_asked_by_number(boards: Employers) -> None:
    channel = CHANNELS["smartrecruiters"]
    key = boards.key("smartrecruiters")
    form = read(boards, "smartrecruiters")
    written = channel.write(opening("smartrecruiters"), kit(form), key=key, idempotency_key=KEY)
    outcome = send(written)

    assert channel.ask(opening("smartrecruiters"), outcome.ref, key=key) is True
    assert channel.ask(opening("smartrecruiters"), "of-nobody", key=key) is False
    assert channel.ask(opening("smartrecruiters"), "", key=key) is None
    assert channel.ask(opening("smartrecruiters"), outcome.ref) is None
    boards.revoke("smartrecruiters")
    assert channel.ask(opening("smartrecruiters"), outcome.ref, key=key) is None


@pytest.mark.parametrize("name", [name for name in CHANNELS if name != "smartrecruiters"])
def test_no_other_channel_can_be_asked(name: str) -> None:
    assert CHANNELS[name].capabilities.can_ask is False
    assert CHANNELS[name].ask(opening("lever"), "number", key="k") is None


def test_optional_question_of_an_unseen_kind_is_left_out(settings: Any) -> None:
    recruitee = QUESTION | {"kind": "video", "required": False}
    ashby_field = {"path": "q", "type": "Hologram", "title": "Look"}
    ashby = {"fields": [{"isRequired": False, "field": ashby_field}]}
    workable = {"id": "q1", "type": "sketch", "required": False, "body": "Draw"}
    smart_field = {"id": "f", "type": "WHITEBOARD", "required": False}
    hidden = {
        "required": False,
        "label": "Source",
        "fields": [{"name": "question_1", "type": "input_hidden"}],
    }
    shapes: dict[str, Any] = {
        "recruitee": {"offer": OFFER | {"open_questions": [recruitee]}},
        "ashby": {"success": True, "results": {"applicationFormDefinition": ashby}},
        "workable": {"questions": [workable]},
        "smartrecruiters": {"questions": [{"id": "q", "label": "Draw", "fields": [smart_field]}]},
        "greenhouse": greenhouse(questions=[hidden]),
    }
    for system, shape in shapes.items():
        assert list(shown(settings, system, shape).questions) == [], system


def test_smartrecruiters_fields_of_one_question_are_asked_apart(settings: Any) -> None:
    fields = [
        {"id": "f1", "label": "From", "type": "INPUT_TEXT", "required": True},
        {
            "id": "f2",
            "label": "Days",
            "type": "CHECKBOX",
            "values": [{"id": "a", "label": "Mon"}, {"id": "b", "label": "Tue"}],
        },
        {"id": "f3", "label": "Please note", "type": "INFORMATION"},
        {"id": "f4", "label": "Newsletter", "type": "CHECKBOX", "values": [{"id": "c", "label": "Yes"}]},
    ]
    shape = {"questions": [{"id": "q", "label": "When?", "fields": fields}]}
    form = shown(settings, "smartrecruiters", shape)
    answers = [
        Answered("q/f1", "text", "May"),
        Answered("q/f2", "many_of", ["b", "a"]),
        Answered("q/f4", "yes_no", False),
    ]

    outgoing = CHANNELS["smartrecruiters"].write(
        opening("smartrecruiters"), kit(form, answers=answers), key=None, idempotency_key=KEY
    )

    assert [(each.id, each.label, each.kind) for each in form.questions] == [
        ("q/f1", "From", "text"),
        ("q/f2", "Days", "many_of"),
        ("q/f4", "Newsletter", "yes_no"),
    ]
    assert isinstance(outgoing.request, Request)
    assert json.loads(outgoing.request.content)["answers"] == [
        {"id": "q", "records": [{"fields": {"f1": ["May"], "f2": ["a", "b"]}}]}
    ]


def test_smartrecruiters_posting_that_is_not_active_is_gone(boards: Employers, settings: Any) -> None:
    body = json.dumps({"uuid": "x", "active": False}).encode()
    with server(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body) as port:
        settings.RECEIVER_ROOTS = {"smartrecruiters": f"http://127.0.0.1:{port}"}
        settings.OUTBOUND_PRIVATE_HOSTS = frozenset({f"127.0.0.1:{port}"})
        with pytest.raises(PostingGone):
            CHANNELS["smartrecruiters"].read_form(opening("smartrecruiters", "744000138728139"), key="k")
    # Nobody is there any more to ask for the UUID.
    assert (
        CHANNELS["smartrecruiters"].ask(opening("smartrecruiters", "744000138728139"), "c", key="k") is None
    )


@pytest.mark.parametrize("errors", [["something_else"], "text", None])
def test_ashby_refusal_to_show_a_form_is_no_form(settings: Any, errors: Any) -> None:
    with pytest.raises(FormUnreadable, match="not_a_form"):
        shown(settings, "ashby", {"success": False, "errors": errors})


def test_workable_choice_of_one_is_one(settings: Any) -> None:
    choice = {"id": "c1", "body": "Yes"}
    asked = {
        "id": "q",
        "type": "multiple_choice",
        "required": True,
        "body": "Sure?",
        "single_answer": True,
        "choices": [choice],
    }

    (question,) = shown(settings, "workable", {"questions": [asked]}).questions

    assert (question.kind, question.options) == ("one_of", (("c1", "Yes"),))


# --- what a person sends -----------------------------------------------------------------------------------------


def test_handoff_reads_the_open_forms_and_requires_nothing(boards: Employers) -> None:
    boards.form("p1", "every")

    form = CHANNELS["handoff"].read_form(opening("greenhouse"))

    assert {question.required for question in form.questions} == {False}
    assert not [question for question in form.questions if question.id.startswith(CONSENT)]
    CHANNELS["handoff"].write(
        opening("greenhouse"), kit(form, resume=None, phone=""), key=None, idempotency_key=KEY
    )


@pytest.mark.parametrize("system", ["ashby", "lever"])
def test_handoff_asks_nothing_where_it_cannot_read(boards: Employers, system: str) -> None:
    assert list(CHANNELS["handoff"].read_form(opening(system)).questions) == []


def test_handoff_waits_for_no_form_and_notices_one_that_is_gone(boards: Employers) -> None:
    boards.plan("p1", "error_page", at="form")
    assert list(CHANNELS["handoff"].read_form(opening("greenhouse")).questions) == []
    boards.close("p2")
    with pytest.raises(PostingGone):
        CHANNELS["handoff"].read_form(opening("greenhouse", "p2"))


@pytest.mark.parametrize("odd", [["required"], {"is": "required"}, 7, None, True])
def test_wish_in_a_shape_never_seen_counts_as_the_careful_one(settings: Any, odd: Any) -> None:
    offer = {"slug": "p1", "options_cv": odd, "options_phone": odd, "options_cover_letter": odd}

    needs = shown(settings, "recruitee", {"offer": offer}).needs

    assert (needs.resume, needs.phone, needs.letter) == ("required", "required", "optional")
