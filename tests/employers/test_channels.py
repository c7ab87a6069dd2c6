"""Each channel takes what its vendor takes and refuses what its vendor refuses."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.employers.channels import CHANNELS
from tests.employers.client import (
    EMAIL,
    PDF,
    application,
    apply,
    call,
    form,
    send_json,
)
from tests.employers.server import Employers

TAKEN = {
    "ashby": 200,
    "greenhouse": 200,
    "lever": 200,
    "plain": 201,
    "recruitee": 201,
    "smartrecruiters": 201,
    "workable": 201,
}


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_channel_takes_a_right_application(employers: Employers, channel: str) -> None:
    answer = apply(employers, channel, "p1")

    assert answer.status == TAKEN[channel]
    (arrived,) = employers.record.arrivals()
    assert (arrived.channel, arrived.posting, arrived.applicant, arrived.key) == (channel, "p1", EMAIL, "k-1")
    assert (arrived.missing, arrived.status) == ((), TAKEN[channel])
    assert arrived.sha256 == hashlib.sha256(application(employers, channel, "p1")[1]).hexdigest()
    if channel != "plain":
        (cv,) = arrived.files
        assert (cv.name, cv.size, cv.sha256) == ("cv.pdf", len(PDF), hashlib.sha256(PDF).hexdigest())
    assert employers.record.counts() == {"arrival": 1}


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_channel_counts_an_unreadable_body_as_refused(employers: Employers, channel: str) -> None:
    url, _, headers = application(employers, channel, "p1")

    answer = call("POST", url, b"{", {**headers, "Content-Type": "application/json"})

    assert answer.status == (200 if channel == "ashby" else 400)
    assert channel != "ashby" or answer.json["success"] is False
    assert employers.record.counts() == {"refusal": 1}


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_channel_knows_no_posting_that_is_down(employers: Employers, channel: str) -> None:
    employers.close("p1")

    answer = apply(employers, channel, "p1")

    assert answer.status == (200 if channel == "ashby" else 404)
    assert employers.record.arrivals() == []
    (refused,) = employers.record.refusals()
    assert refused.wrong == ("closed",)
    employers.reopen("p1")
    assert apply(employers, channel, "p1").status == TAKEN[channel]


@pytest.mark.parametrize("channel", sorted(set(CHANNELS) - {"plain", "recruitee"}))
def test_channel_refuses_a_revoked_key(employers: Employers, channel: str) -> None:
    employers.revoke(channel)
    assert apply(employers, channel, "p1").status == 401
    employers.restore(channel)
    assert apply(employers, channel, "p1").status == TAKEN[channel]

    assert employers.record.counts() == {"refusal": 1, "arrival": 1}


def test_wrong_addresses_are_not_found_and_counted(employers: Employers) -> None:
    root = employers.root("greenhouse")

    assert call("POST", f"{root}/v1/boards/acme/job/7", b"{}").status == 404
    assert call("PUT", f"{root}/v1/boards/acme/jobs/7", b"{}").status == 404
    assert call("GET", f"http://127.0.0.1:{employers.port}/").status == 404

    assert employers.record.counts() == {"refusal": 3}


# Lever


def test_lever_lets_two_applications_a_second_in(employers: Employers) -> None:
    with ThreadPoolExecutor(3) as clients:
        answers = list(
            clients.map(lambda n: apply(employers, "lever", "p", email=f"a{n}@example.com"), range(3))
        )

    assert sorted(answer.status for answer in answers) == [200, 200, 429]
    assert all(answer.json["ok"] is (answer.status == 200) for answer in answers)
    assert [refused.wrong for refused in employers.record.refusals()] == [("too many requests",)]


def test_lever_shows_a_posting_as_often_as_it_is_asked(employers: Employers) -> None:
    url = f"{employers.root('lever')}/v0/postings/acme/p"

    assert {call("GET", url).json["id"] for _ in range(4)} == {"p"}


def test_lever_answers_an_application_with_its_id(employers: Employers) -> None:
    answer = apply(employers, "lever", "p")

    (arrived,) = employers.record.arrivals()
    assert answer.json == {"ok": True, "applicationId": arrived.reference}
    assert arrived.fields["urls.GitHub"] == "https://x.test"


def test_lever_does_not_look_at_a_resume_outside_of_multipart(employers: Employers) -> None:
    url = f"{employers.root('lever')}/v0/postings/acme/p?key={employers.key('lever')}"

    assert send_json(url, {"name": "Ada", "email": EMAIL, "resume": "my life"}).status == 200

    (arrived,) = employers.record.arrivals()
    assert arrived.missing == ("resume",)


def test_lever_refuses_what_the_account_requires(employers: Employers) -> None:
    employers.form("p", "every")

    assert apply(employers, "lever", "p").json == {"ok": False, "error": "Invalid or missing: phone"}


# Workable


def test_workable_lets_ten_requests_in_ten_seconds_in(employers: Employers) -> None:
    headers = {"Authorization": f"Bearer {employers.key('workable')}"}
    url = f"{employers.root('workable')}/spi/v3/jobs/ABC/questions"

    statuses = [call("GET", url, headers=headers).status for _ in range(10)]

    assert statuses == [200] * 10
    assert apply(employers, "workable", "ABC").status == 429
    other = f"{employers.root('workable', company='other')}/spi/v3/jobs/ABC/questions"
    assert call("GET", other, headers=headers).status == 200


def test_workable_says_which_answers_were_missing(employers: Employers) -> None:
    employers.form("ABC", "every")

    assert apply(employers, "workable", "ABC").status == 201

    (arrived,) = employers.record.arrivals()
    assert arrived.missing == tuple(f"q{n:05x}" for n in range(1, 9))


def test_workable_takes_an_answer_of_every_kind(employers: Employers) -> None:
    employers.form("ABC", "every")
    url, body, headers = application(employers, "workable", "ABC")
    value = json.loads(body)
    value["candidate"]["answers"] = [
        {"question_key": "q00001", "body": "London"},
        {"question_key": "q00002", "body": "Engines"},
        {"question_key": "q00003", "checked": True},
        {"question_key": "q00004", "choices": ["c04000", "c04002"]},
        {"question_key": "q00005", "choices": ["c05001"]},
        {"question_key": "q00006", "number": 7},
        {"question_key": "q00007", "date": "2027-01-04"},
        {"question_key": "q00008", "file": {"name": "sample.pdf", "data": b64encode(PDF).decode()}},
    ]

    assert call("POST", url, json.dumps(value).encode(), headers).status == 201
    value["candidate"]["answers"][4]["choices"] = ["c04000"]
    assert call("POST", url, json.dumps(value).encode(), headers).status == 422

    (arrived,) = employers.record.arrivals()
    assert arrived.missing == ()
    assert [file.name for file in arrived.files] == ["cv.pdf", "sample.pdf"]


# Plain


def test_plain_never_de_duplicates_and_can_be_asked(employers: Employers) -> None:
    asked = f"{employers.root('plain')}/asked/k-1"
    assert call("GET", asked).status == 404

    assert apply(employers, "plain", "p").status == 201
    assert apply(employers, "plain", "p").status == 201

    assert call("GET", asked).status == 200
    ((who, entries),) = employers.record.doubled().items()
    assert who == ("plain", "p", EMAIL)
    assert len(entries) == 2
    assert employers.record.has("k-1")
    assert not employers.record.has("k-2")


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("recruitee", "video"),
        ("greenhouse", "input_signature"),
        ("ashby", "Hologram"),
        ("smartrecruiters", "WHITEBOARD"),
        ("workable", "sketch"),
    ],
)
def test_form_unseen_asks_a_kind_that_no_client_knows(employers: Employers, channel: str, kind: str) -> None:
    employers.form("p", "unseen")

    assert f'"{kind}"'.encode() in form(employers, channel, "p").body
    assert f'"{kind}"'.encode() not in form(employers, channel, "another").body
