"""What channels write: the same bytes for the same kit, the key where it belongs, and nothing that a receiver would not take."""

from __future__ import annotations

import json
import uuid
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapply.channels import CHANNELS
from autoapply.channels.multipart import write_multipart
from autoapply.channels.protocol import (
    AddressRefused,
    Answered,
    FileContents,
    FileRefused,
    Form,
    Needs,
    NotAnswered,
    Outgoing,
)
from autoapply.destination import Destination
from autoapply.models import Application
from autoapply.questions import Question
from matching.guarded_http import Answer, Request
from tests.autoapply.channels.kits import CV, KEY, KEYED, SYSTEMS, kit, opening
from tests.employers.forms import FormFile, read_pairs
from tests.employers.wire import Request as Received

SENDING = (*SYSTEMS, "email")
PDF_TYPE = "application/pdf"


def write(channel: str, form: Form | None = None, /, key: str | None = "the-key", **values: Any) -> Outgoing:
    system = "greenhouse" if channel in {"handoff", "record"} else channel
    destination = opening(system, "jobs@employers.test" if channel == "email" else "p1")
    return CHANNELS[channel].write(destination, kit(form, **values), key=key, idempotency_key=KEY)


def request(outgoing: Outgoing) -> Request:
    assert isinstance(outgoing.request, Request)
    return outgoing.request


def parts(outgoing: Outgoing) -> dict[str, Any]:
    """The parts of a multipart form as a server reads them."""
    sent = request(outgoing)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return dict(read_pairs(Received("POST", ("",), {}, headers, sent.content)))


def test_every_channel_of_an_application_is_there() -> None:
    assert list(CHANNELS) == list(Application.Channel.values)
    assert all(name == channel.name for name, channel in CHANNELS.items())


@pytest.mark.parametrize("name", CHANNELS)
def test_channel_keeps_the_least_pause(name: str) -> None:
    capabilities = CHANNELS[name].capabilities

    assert capabilities.min_interval_ms >= 500
    assert capabilities.sends is (name not in {"handoff", "record"})
    assert capabilities.needs_key is (name in KEYED)
    if capabilities.requests:
        assert capabilities.min_interval_ms * capabilities.requests >= 1000 * capabilities.window_seconds or (
            name == "smartrecruiters"
        )


@pytest.mark.parametrize("name", CHANNELS)
def test_same_kit_gives_the_same_bytes(name: str) -> None:
    first, second = write(name), write(name)

    assert first == second
    assert first.sha256 == second.sha256


@pytest.mark.parametrize("name", SENDING)
def test_digest_tells_what_is_sent_and_not_the_key(name: str) -> None:
    assert write(name).sha256 == write(name, key="another").sha256 == write(name, key=None).sha256
    assert write(name).sha256 != write(name, name="Grace Hopper").sha256


@pytest.mark.parametrize("name", SYSTEMS)
def test_idempotency_key_always_goes_along(name: str) -> None:
    assert request(write(name)).headers["Idempotency-Key"] == str(KEY)


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("greenhouse", "Authorization", "Basic dGhlLWtleTo="),
        ("ashby", "Authorization", "Basic dGhlLWtleTo="),
        ("workable", "Authorization", "Bearer the-key"),
        ("smartrecruiters", "X-SmartToken", "the-key"),
    ],
)
def test_key_stands_where_the_vendor_wants_it(name: str, header: str, value: str) -> None:
    assert request(write(name)).headers[header] == value
    assert header not in request(write(name, key=None)).headers


def test_key_of_lever_stands_in_the_address_alone() -> None:
    outgoing = write("lever", key="a key/?")

    assert request(outgoing).url == "https://api.lever.co/v0/postings/acme/p1?key=a%20key%2F%3F"
    assert outgoing.public_url == "https://api.lever.co/v0/postings/acme/p1"
    assert "a%20key" not in repr(outgoing)


@pytest.mark.parametrize("name", SENDING)
def test_what_names_nobody_is_missing(name: str) -> None:
    with pytest.raises(NotAnswered) as missing:
        write(name, name=" ", email="ada@", resume=None)

    assert {"email", "resume"} < {question.id for question in missing.value.questions}
    assert str(missing.value) == "not_answered"


@pytest.mark.parametrize("name", ["greenhouse", "smartrecruiters", "workable"])
def test_last_name_is_not_made_up(name: str) -> None:
    with pytest.raises(NotAnswered) as missing:
        write(name, name="Madonna")
    assert missing.value.labels == ("Last name",)

    sent = request(write(name, name="Madonna", answers=[Answered("last_name", "text", "Ciccone")])).content
    assert b"Madonna" in sent
    assert b"Ciccone" in sent


@pytest.mark.parametrize("name", ["recruitee", "lever", "ashby", "email"])
def test_name_of_one_word_is_a_name(name: str) -> None:
    assert ("Name", "Madonna") in write(name, name="Madonna").shown


@pytest.mark.parametrize("field", ["phone", "letter", "location"])
@pytest.mark.parametrize("name", ["recruitee", "greenhouse"])
def test_what_the_form_requires_of_the_kit_is_missing(name: str, field: str) -> None:
    form = Form((), Needs(**{field: "required"}))

    with pytest.raises(NotAnswered) as missing:
        write(name, form, **{field: ""})

    assert [question.id for question in missing.value.questions] == [field]


def test_what_the_form_does_not_want_does_not_go() -> None:
    form = Form((), Needs(resume="off", phone="off", letter="off", location="off"))

    assert list(parts(write("recruitee", form))) == ["candidate[name]", "candidate[email]"]


@pytest.mark.parametrize("name", SENDING)
def test_file_that_a_receiver_does_not_take_is_refused_here(name: str) -> None:
    limit = CHANNELS[name].capabilities.max_file_bytes
    cases = {
        "too_large": FileContents("cv.pdf", PDF_TYPE, b"%PDF-" + b"x" * limit),
        "wrong_type": FileContents("resume.json", "application/json", b"{}"),
        "empty": FileContents("cv.pdf", PDF_TYPE, b""),
    }
    for code, file in cases.items():
        with pytest.raises(FileRefused) as refused:
            write(name, resume=file)
        assert refused.value.code == code
        assert refused.value.limit == (limit if code == "too_large" else 0)
        assert bool(refused.value.types) is (code == "wrong_type")


def test_two_megabytes_are_the_most_for_smartrecruiters() -> None:
    write("smartrecruiters", resume=FileContents("cv.pdf", PDF_TYPE, b"x" * (2 * 1024 * 1024)))

    with pytest.raises(FileRefused, match="too_large"):
        write("smartrecruiters", resume=FileContents("cv.pdf", PDF_TYPE, b"x" * (2 * 1024 * 1024 + 1)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "seven"),
        ("number", "nan"),
        ("number", True),
        ("number", "1e400"),
        ("date", "tomorrow"),
        ("date", "2027-02-30"),
        ("yes_no", "perhaps"),
        ("one_of", "c"),
        ("one_of", ["a"]),
        ("many_of", ["a", "c"]),
        ("many_of", 7),
        ("many_of", ()),
        ("many_of", [["a"]]),
        ("many_of", [{}]),
        ("file", "cv.pdf"),
        ("text", 7),
        ("text", "  "),
        ("text", None),
    ],
)
def test_answer_that_does_not_fit_its_kind_is_missing(kind: Any, value: Any) -> None:
    question = Question("q", "Question", kind, True, (("a", "A"), ("b", "B")))

    with pytest.raises(NotAnswered) as missing:
        write("recruitee", Form([question]), answers=[Answered("q", kind, value)])

    assert missing.value.questions == (question,)


def test_optional_answer_that_does_not_fit_is_not_dropped_in_silence() -> None:
    question = Question("q", "Pay", "number", False)

    with pytest.raises(NotAnswered):
        write("recruitee", Form([question]), answers=[Answered("q", "number", "much")])
    write("recruitee", Form([question]), answers=[])
    write("recruitee", Form([question]), answers=[Answered("q", "number", "")])


def test_answer_to_nothing_that_is_asked_does_not_go() -> None:
    sent = request(write("recruitee", answers=[Answered("other", "text", "secret")])).content

    assert b"secret" not in sent


def test_shown_is_everything_that_goes_in_words() -> None:
    form = Form(
        [
            Question("q1", "Which office?", "one_of", True, (("v1", "Berlin"), ("v2", "Remote"))),
            Question("q2", "Which languages?", "many_of", True, (("v3", "German"), ("v4", "Polish"))),
            Question("q3", "May you work here?", "yes_no", True),
            Question("q4", "Years", "number", True),
        ],
        Needs(location="optional"),
    )
    answers = [
        Answered("q1", "one_of", "v2"),
        Answered("q2", "many_of", ["v4", "v3"]),
        Answered("q3", "yes_no", False),
        Answered("q4", "number", "7.50"),
    ]

    shown = dict(write("greenhouse", form, answers=answers).shown)

    assert shown == {
        "Name": "Ada Lovelace",
        "E-mail address": "ada@example.com",
        "Phone number": "+44 20 7946 0000",
        "Place where you live": "London, United Kingdom",
        "Cover letter": "Dear team,\n\nI would like to work with you.",
        "Résumé file": f"Ada Lovelace.pdf ({len(CV.content)}\xa0bytes)",
        "Which office?": "Remote",
        "Which languages?": "German, Polish",
        "May you work here?": "No",
        "Years": "7.5",
    }


def test_lever_gets_letter_and_links() -> None:
    sent = parts(write("lever"))

    assert sent["comments"].startswith("Dear team")
    assert sent["urls[GitHub]"] == "https://github.com/ada"


def test_smartrecruiters_gets_json_with_the_file_in_base64() -> None:
    sent = json.loads(request(write("smartrecruiters")).content)

    assert b64decode(sent["resume"]["fileContent"]) == CV.content
    assert sent["web"] == {"linkedin": "https://www.linkedin.com/in/ada"}
    assert sent["messageToHiringManager"].startswith("Dear team")


def test_smartrecruiters_needs_the_uuid_that_the_form_keeps() -> None:
    destination = opening("smartrecruiters", "744000138728139")

    with pytest.raises(AddressRefused):
        CHANNELS["smartrecruiters"].write(destination, kit(), key="k", idempotency_key=KEY)


def test_workable_application_is_the_persons_own() -> None:
    sent = json.loads(request(write("workable")).content)

    assert sent["sourced"] is False
    assert sent["candidate"]["cover_letter"].startswith("Dear team")


def test_ashby_numbers_are_numbers() -> None:
    questions = [Question("n1", "Years", "number", True), Question("n2", "Share", "number", True)]
    given = [Answered("n1", "number", "7"), Answered("n2", "number", "0.5")]

    form = json.loads(parts(write("ashby", Form(questions), answers=given))["applicationForm"])

    assert [each["value"] for each in form["fieldSubmissions"]][-2:] == [7, 0.5]


@pytest.mark.parametrize("board", ["evil.example/x", "..", ""])
@pytest.mark.parametrize("name", ["recruitee", "greenhouse", "workable"])
def test_board_that_leads_elsewhere_is_never_written_to(name: str, board: str) -> None:
    destination = Destination(name, "k", "https://x.test", "x.test", board, "p1")
    try:
        url = CHANNELS[name].write(destination, kit(), key="k", idempotency_key=KEY).public_url
    except AddressRefused:
        return
    assert url == "https://boards-api.greenhouse.io/v1/boards/evil.example%2Fx/jobs/p1"


@pytest.mark.parametrize("name", SYSTEMS)
def test_bare_kit_is_enough_where_the_form_asks_no_more(name: str) -> None:
    form = Form((), Needs(resume="optional"))
    bare = {"phone": "", "location": "", "links": (), "letter": "", "resume": None}

    outgoing = write(name, form, **bare)

    assert dict(outgoing.shown) == {"Name": "Ada Lovelace", "E-mail address": "ada@example.com"}
    assert b"20 7946" not in request(outgoing).content


def test_parts_of_a_name_that_were_given_count_before_the_guess() -> None:
    given_names = [Answered("first_name", "text", "Ada"), Answered("last_name", "text", "King Lovelace")]

    sent = parts(write("greenhouse", name="Ada King Lovelace", answers=given_names))

    assert (sent["first_name"], sent["last_name"]) == ("Ada", "King Lovelace")


def test_handoff_shows_what_there_is_to_copy() -> None:
    form = Form(
        [Question("q", "Office", "one_of", False, (("v1", "Berlin"),)), Question("r", "File", "file", False)]
    )
    answers = [Answered("q", "one_of", "v1"), Answered("r", "file", CV), Answered("x", "text", "not asked")]

    outgoing = write(
        "handoff", form, answers=answers, phone="", links=(("GitHub", "https://github.com/ada"),)
    )

    assert outgoing.request is None
    assert outgoing.public_url == "https://boards.greenhouse.io/acme/jobs/p1"
    shown = dict(outgoing.shown)
    assert (shown["Office"], shown["GitHub"]) == ("Berlin", "https://github.com/ada")
    assert not {"File", "Phone number"} & set(shown)


@pytest.mark.parametrize("name", ["handoff", "record"])
def test_channel_that_sends_nothing_has_no_answers(name: str) -> None:
    with pytest.raises(TypeError):
        CHANNELS[name].classify(Answer(200, {}, b""), keyed=False)


def test_record_asks_and_shows_nothing() -> None:
    form = CHANNELS["record"].read_form(opening("greenhouse"))

    assert (list(form.questions), form.needs.resume) == ([], "off")
    assert list(write("record", form).shown) == []


# --- multipart ---------------------------------------------------------------------------------------------------

names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)


@settings(deadline=None)
@given(
    text=st.text(st.characters(blacklist_categories=["Cs"])),
    content=st.binary(),
    file_name=names,
    key=st.uuids(),
)
def test_multipart_carries_any_text_and_any_file(
    text: str, content: bytes, file_name: str, key: uuid.UUID
) -> None:
    file = FileContents(file_name, PDF_TYPE, content)

    content_type, body = write_multipart([("a", text), ("b", file)], idempotency_key=key)

    received = Received("POST", ("",), {}, {"content-type": content_type}, body)
    (_, got_text), (_, got_file) = read_pairs(received)
    assert got_text == text
    assert isinstance(got_file, FormFile)
    assert got_file.data == content


def test_boundary_that_stands_in_a_part_is_not_used() -> None:
    first, _body = write_multipart([("a", "x")], idempotency_key=KEY)
    boundary = first.partition("boundary=")[2]

    second, body = write_multipart([("a", f"--{boundary}--\r\n{boundary}-1")], idempotency_key=KEY)

    assert second == f"{first}-2"
    assert dict(read_pairs(Received("POST", ("",), {}, {"content-type": second}, body)))["a"].endswith("-1")


@pytest.mark.parametrize(
    ("given_name", "sent"),
    [
        ("cv.pdf", "cv.pdf"),
        ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ('cv"; filename="x.exe\r\nX: y.pdf', "cv_ filename_x.exe_X_ y.pdf"),
        ("Lebenslauf Müller.pdf", "Lebenslauf Müller.pdf"),
        ("x" * 300 + ".pdf", "x" * 90 + ".pdf"),
    ],
)
def test_file_names_mean_nothing_to_whoever_gets_them(given_name: str, sent: str) -> None:
    file = FileContents(given_name, PDF_TYPE, CV.content)

    got = parts(write("recruitee", resume=file))["candidate[cv]"]

    assert (got.filename, got.data) == (sent, CV.content)
