"""Each behaviour does to a client what its name says, and the record knows whether the application was taken."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.request
from collections import Counter
from email.utils import parsedate_to_datetime

import pytest

from tests.employers.behaviours import (
    BAD,
    BEHAVIOURS,
    BY_ADDRESS,
    Mix,
    Plans,
    WrongPlanError,
    make_step,
    parse_mix,
)
from tests.employers.channels import CHANNELS
from tests.employers.client import application, apply, call, form, settled
from tests.employers.server import Employers

CHANNEL_NAMES = sorted(CHANNELS)


def test_ok_is_what_happens_without_a_plan(employers: Employers) -> None:
    assert apply(employers, "plain", "p").status == 201


def test_slow_answers_in_the_end(employers: Employers) -> None:
    employers.plan("p", "slow", seconds=0.3)
    url, body, headers = application(employers, "plain", "p")
    with pytest.raises(TimeoutError):
        call("POST", url, body, headers, timeout=0.05)
    assert apply(employers, "plain", "p").status == 201

    assert settled(employers, arrival=2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 415, 422])
def test_refused_answers_with_the_status_asked_for(employers: Employers, status: int) -> None:
    employers.plan("p", "refused", status=status)

    assert apply(employers, "recruitee", "p").status == status

    (refused,) = employers.record.refusals()
    assert (refused.status, refused.behaviour, refused.key) == (status, "refused", "k-1")


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
@pytest.mark.parametrize(("behaviour", "taken"), [("error_before", False), ("error_after", True)])
def test_error_says_nothing_of_whether_it_was_taken(
    employers: Employers, channel: str, behaviour: str, taken: bool
) -> None:
    employers.plan("p", behaviour, status=502)

    answer = apply(employers, channel, "p")

    assert answer.status == 502
    assert employers.record.counts() == {"arrival" if taken else "refusal": 1}


@pytest.mark.parametrize("taken", [False, True])
def test_request_timeout_says_nothing_either(employers: Employers, taken: bool) -> None:
    employers.plan("p", "request_timeout", taken=taken)

    assert apply(employers, "plain", "p").status == 408
    assert employers.record.counts() == {"arrival" if taken else "refusal": 1}


@pytest.mark.parametrize(
    ("behaviour", "status", "form_of_time"), [("throttled", 429, "seconds"), ("unavailable", 503, "date")]
)
def test_retry_after_is_held_to(employers: Employers, behaviour: str, status: int, form_of_time: str) -> None:
    employers.plan("p", behaviour, retry_after=2, form=form_of_time)

    first = apply(employers, "plain", "p")
    hasty = apply(employers, "plain", "p")
    said = first.headers["Retry-After"]
    if form_of_time == "date":
        until = parsedate_to_datetime(said).timestamp()
        assert 1.9 <= until - employers.record.entries()[0].at <= 3
    else:
        assert said == "2"
        until = time.time() + 2
    time.sleep(max(0.0, until - time.time()))
    patient = apply(employers, "plain", "p")

    assert (first.status, hasty.status, patient.status) == (status, 429, 201)
    assert [entry.early for entry in employers.record.entries()] == [False, True, False]
    assert employers.record.early() == employers.record.refusals()[1:]


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
@pytest.mark.parametrize(("behaviour", "taken"), [("drop_before", False), ("drop_after", True)])
def test_drop_ends_the_connection_without_an_answer(
    employers: Employers, channel: str, behaviour: str, taken: bool
) -> None:
    employers.plan("p", behaviour)

    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        apply(employers, channel, "p")

    assert employers.record.counts() == {"arrival" if taken else "refusal": 1}


def test_drop_before_does_not_read_the_body(employers: Employers) -> None:
    employers.plan("p", "drop_before")
    with socket.create_connection(("127.0.0.1", employers.port)) as client:
        client.sendall(b"POST /plain/p HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_drop_can_look_like_an_end(employers: Employers) -> None:
    employers.plan("p", "drop_after", reset=False)

    with pytest.raises(http.client.RemoteDisconnected):
        apply(employers, "plain", "p")


@pytest.mark.parametrize(("behaviour", "taken"), [("stall_before", False), ("stall_after", True)])
def test_stall_leaves_the_client_waiting(employers: Employers, behaviour: str, taken: bool) -> None:
    employers.plan("p", behaviour)
    url, body, headers = application(employers, "plain", "p")

    with pytest.raises(TimeoutError):
        call("POST", url, body, headers, timeout=0.2)

    assert settled(employers, **{"arrival" if taken else "refusal": 1})


@pytest.mark.parametrize("taken", [False, True])
def test_error_page_comes_with_200(employers: Employers, taken: bool) -> None:
    employers.plan("p", "error_page", taken=taken)

    answer = apply(employers, "greenhouse", "p")

    assert answer.status == 200
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert employers.record.counts() == {"arrival" if taken else "refusal": 1}


@pytest.mark.parametrize(("channel", "in_body"), [("recruitee", 422), ("lever", 422), ("ashby", 200)])
def test_duplicate_says_that_the_employer_has_it(employers: Employers, channel: str, in_body: int) -> None:
    employers.house.limits = False
    employers.plan("p", "duplicate")
    employers.plan("q", "duplicate", form="body")

    assert apply(employers, channel, "p", key="k-p").status == 409
    told = apply(employers, channel, "q", key="k-q")

    assert told.status == in_body
    assert b"already" in told.body
    assert employers.record.counts() == {"already": 2}
    assert employers.record.has("k-p")
    apply(employers, channel, "p", key="k-p")
    assert len(employers.record.doubled()) == 1


def test_redirect_leads_where_followers_are_counted(employers: Employers) -> None:
    employers.plan("p", "redirect", status=307)
    answer = apply(employers, "plain", "p")
    assert answer.status == 307
    assert employers.record.counts() == {"refusal": 1}

    call("POST", answer.headers["Location"], b"{}")

    assert [entry.channel for entry in employers.record.refusals()] == ["plain", "elsewhere"]


@pytest.mark.parametrize("declared", [False, True])
def test_endless_body_is_taken_and_has_no_end(employers: Employers, declared: bool) -> None:
    employers.plan("p", "endless_body", declared=declared)
    url, body, headers = application(employers, "plain", "p")
    connection = http.client.HTTPConnection("127.0.0.1", employers.port, timeout=5)
    connection.request("POST", url, body, headers)
    answer = connection.getresponse()

    assert answer.status == 200
    assert len(answer.read(3_000_000)) == 3_000_000
    assert answer.getheader("Content-Length") == ("10737418240" if declared else None)
    answer.close()
    connection.close()
    assert employers.record.counts() == {"arrival": 1}


def test_bad_tls_is_refused_by_whoever_looks(employers: Employers) -> None:
    url = employers.root_for("bad_tls", "plain") + "/p"
    assert url.startswith("https://127.0.0.1:")

    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(url, data=b"{}", timeout=5)
    trusting = ssl.create_default_context(cafile=str(employers.certificate))
    request = urllib.request.Request(
        url, b'{"email": "ada@example.com"}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5, context=trusting) as answer:
        assert answer.status == 201

    assert employers.record.counts() == {"arrival": 1}


def test_connection_refused_has_its_own_address(employers: Employers) -> None:
    with pytest.raises(ConnectionRefusedError):
        call("POST", employers.root_for("connection_refused", "plain") + "/p", b"{}")
    assert employers.root_for("ok", "workable", company="acme") == employers.root("workable")


def test_what_is_wrong_is_refused_whatever_is_planned(employers: Employers) -> None:
    employers.plan("p", "error_after")
    url, _, headers = application(employers, "plain", "p")

    assert call("POST", url, b"{}", headers).status == 422
    assert employers.record.counts() == {"refusal": 1}


# Plans


def test_plan_for_the_form_leaves_the_submission_alone(employers: Employers) -> None:
    employers.plan("p", "refused", status=404, at="form")

    assert form(employers, "recruitee", "p").status == 404
    assert apply(employers, "recruitee", "p").status == 201
    assert employers.record.counts() == {"arrival": 1}


def test_plan_for_any_stage_holds_for_both(employers: Employers) -> None:
    employers.plan("*", "error_before", at="any")

    assert form(employers, "ashby", "p").status == 500
    assert apply(employers, "ashby", "q").status == 500


def test_plans_with_an_end_come_one_after_the_other(employers: Employers) -> None:
    employers.plan("p", "error_before", times=2)
    employers.plan("p", "refused", times=1)
    employers.plan("p", "error_before", status=503)
    employers.plan("p", "ok")  # in place of the one before, which would have stayed

    assert [apply(employers, "plain", "p").status for _ in range(5)] == [500, 500, 422, 201, 201]


@pytest.mark.parametrize(
    ("posting", "statuses"),
    [
        ("refused-410--17", [410, 410]),
        ("error_after--17", [500, 500]),
        ("error_before-503--17", [503, 503]),
        ("throttled-0--17", [429, 201]),
        ("duplicate--17", [409, 409]),
        ("nonsense--17", [201, 201]),
        ("bad_tls--17", [201, 201]),
    ],
)
def test_posting_id_can_tell_the_behaviour(employers: Employers, posting: str, statuses: list[int]) -> None:
    assert [apply(employers, "plain", posting).status for _ in statuses] == statuses


@pytest.mark.parametrize(
    ("behaviour", "options"),
    [("explode", {}), ("slow", {"status": 1}), ("refused", {"status": 200}), ("bad_tls", {})],
)
def test_plan_refuses_what_there_is_not(
    employers: Employers, behaviour: str, options: dict[str, int]
) -> None:
    with pytest.raises(WrongPlanError):
        employers.plan("p", behaviour, **options)


def test_every_behaviour_can_be_planned_or_has_an_address(employers: Employers) -> None:
    assert len(BEHAVIOURS) >= 14
    for behaviour in BEHAVIOURS - BY_ADDRESS:
        assert make_step(behaviour).behaviour == behaviour


# Mixes


def test_mix_draws_the_same_from_the_same_seed_and_in_its_shares() -> None:
    def drawn(seed: str) -> list[str]:
        mix = parse_mix("bad", seed=seed)
        return [mix.draw("plain", f"p{n}", 1).behaviour for n in range(20_000)]

    first = drawn("a")

    assert first == drawn("a")
    assert first != drawn("b")
    found = Counter(first)
    assert set(found) == {"ok", *BAD}
    for behaviour, share in BAD.items():
        assert share / 2 < found[behaviour] / 20_000 < share * 2


def test_mix_draws_anew_for_each_try() -> None:
    mix = parse_mix("error_before=0.5", seed="a")

    assert {mix.draw("plain", "p", nth).behaviour for nth in range(1, 30)} == {"ok", "error_before"}


def test_plan_comes_before_the_mix() -> None:
    plans = Plans(Mix({"error_before": 1.0}))
    plans.add("p", make_step("redirect"))

    assert plans.next("plain", "p", "submit").behaviour == "redirect"
    assert plans.next("plain", "slow--1", "submit").behaviour == "slow"
    assert plans.next("plain", "q", "submit").behaviour == "error_before"
    assert plans.next("plain", "q", "form").behaviour == "ok"
    plans.forget("p")
    assert plans.next("plain", "p", "submit").behaviour == "error_before"


@pytest.mark.parametrize("text", ["worse", "explode=0.5", "slow=0.7,refused=0.7", "slow=much"])
def test_mix_refuses_what_there_is_not(text: str) -> None:
    with pytest.raises(WrongPlanError):
        parse_mix(text, seed="a")
