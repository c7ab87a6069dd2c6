"""The mail server takes mail, and leaves a sender in every doubt there is."""

from __future__ import annotations

import hashlib
import smtplib
import socket
from email.message import EmailMessage

import pytest

from tests.employers.behaviours import parse_mix
from tests.employers.client import PDF, settled
from tests.employers.server import Employers

JOBS = "jobs@employers.test"
RELEVNT = "applications@relevnt.test"


def letter(to: str = JOBS, key: str = "k-1") -> EmailMessage:
    """An application by mail, with a line that begins with a dot."""
    message = EmailMessage()
    message["From"] = f"Ada Lovelace <{RELEVNT}>"
    message["Reply-To"] = "ada@example.com"
    message["To"] = to
    message["Subject"] = "Data engineer"
    message["Date"] = "Thu, 26 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = f"<{key}@relevnt.test>"
    message.set_content("Dear team,\n.\n..two dots\nAda")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="cv.pdf")
    return message


def send(employers: Employers, message: EmailMessage | None = None, *to: str, timeout: float = 5) -> None:
    host, port = employers.smtp
    with smtplib.SMTP(host, port, timeout=timeout) as client:
        client.send_message(message or letter(), from_addr=RELEVNT, to_addrs=to or [JOBS])


def test_mail_arrives_whole(employers: Employers) -> None:
    send(employers)

    (arrived,) = employers.record.arrivals()
    assert (arrived.channel, arrived.posting, arrived.applicant) == ("mail", JOBS, "ada@example.com")
    assert (arrived.key, arrived.message_id, arrived.missing) == ("k-1", "<k-1@relevnt.test>", ())
    assert arrived.fields["body"] == "Dear team,\n.\n..two dots\nAda\n"
    assert arrived.fields["Subject"] == "Data engineer"
    (cv,) = arrived.files
    assert (cv.name, cv.size, cv.sha256) == ("cv.pdf", len(PDF), hashlib.sha256(PDF).hexdigest())


def test_mail_is_answered_with_the_number_it_is_queued_under(employers: Employers) -> None:
    host, port = employers.smtp
    with smtplib.SMTP(host, port, timeout=5) as client:
        client.ehlo()
        client.mail(RELEVNT)
        client.rcpt(JOBS)
        status, said = client.data(letter().as_bytes())

    (arrived,) = employers.record.arrivals()
    assert (status, said) == (250, f"2.0.0 Ok: queued as {arrived.reference}".encode())


def test_mail_to_two_is_two_arrivals_and_the_same_twice_is_doubled(employers: Employers) -> None:
    send(employers, letter(), JOBS, "more@employers.test")
    send(employers)

    assert employers.record.counts() == {"arrival": 3}
    assert list(employers.record.doubled()) == [("mail", JOBS, "ada@example.com")]


def test_mail_says_what_an_application_lacks(employers: Employers) -> None:
    message = EmailMessage()
    message["From"] = RELEVNT
    message.set_content("Hello")

    send(employers, message)

    (arrived,) = employers.record.arrivals()
    assert arrived.missing == ("attachment", "Message-ID", "Date", "Subject")


@pytest.mark.parametrize(
    ("behaviour", "options", "status"),
    [("refused", {}, 550), ("refused", {"status": 552}, 552), ("deferred", {}, 451), ("deferred", {"status": 421}, 421)],
)  # fmt: skip
def test_recipient_is_not_taken(
    employers: Employers, behaviour: str, options: dict[str, int], status: int
) -> None:
    employers.plan(JOBS, behaviour, **options)

    with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPServerDisconnected)) as refused:
        send(employers)

    if isinstance(refused.value, smtplib.SMTPRecipientsRefused):
        assert refused.value.recipients[JOBS][0] == status
    assert [entry.status for entry in employers.record.entries()] == [status]


def test_deferred_passes_after_once(employers: Employers) -> None:
    employers.plan(JOBS, "deferred")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(employers)
    send(employers)

    assert employers.record.counts() == {"refusal": 1, "arrival": 1}


@pytest.mark.parametrize(("behaviour", "status"), [("refused", 550), ("deferred", 451)])
def test_sender_is_not_taken(employers: Employers, behaviour: str, status: int) -> None:
    employers.plan(RELEVNT, behaviour)

    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(employers)

    assert refused.value.smtp_code == status
    assert employers.record.counts() == {"refusal": 1}


@pytest.mark.parametrize(("behaviour", "status"), [("refused", 550), ("deferred", 451)])
def test_mail_is_not_taken_after_the_final_dot(employers: Employers, behaviour: str, status: int) -> None:
    employers.plan(JOBS, behaviour, stage="data")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(employers)

    assert refused.value.smtp_code == status
    (entry,) = employers.record.entries()
    assert (entry.kind, entry.status, entry.key) == ("refusal", status, "k-1")


@pytest.mark.parametrize(("behaviour", "kind"), [("drop_before", "refusal"), ("drop_after", "arrival")])
@pytest.mark.parametrize("reset", [False, True])
def test_line_is_dropped(employers: Employers, behaviour: str, kind: str, reset: bool) -> None:
    employers.plan(JOBS, behaviour, reset=reset)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(employers)

    assert [(entry.kind, entry.status) for entry in employers.record.entries()] == [(kind, None)]


@pytest.mark.parametrize(("behaviour", "kind"), [("stall_before", "refusal"), ("stall_after", "arrival")])
def test_line_falls_silent(employers: Employers, behaviour: str, kind: str) -> None:
    employers.plan(JOBS, behaviour)

    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(employers, timeout=1.5)

    assert settled(employers, **{kind: 1})


def test_slow_mail_is_answered_in_the_end(employers: Employers) -> None:
    employers.plan(JOBS, "slow", seconds=0.1)
    send(employers)

    assert employers.record.counts() == {"arrival": 1}


def test_address_can_tell_the_behaviour(employers: Employers) -> None:
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(employers, letter(), "drop_after--17@employers.test")

    assert employers.record.counts() == {"arrival": 1}


def test_mix_becomes_what_mail_knows(employers: Employers) -> None:
    employers.plans.mix = parse_mix("throttled=1", seed="a")

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(employers)

    (refused,) = employers.record.refusals()
    assert (refused.behaviour, refused.status) == ("deferred", 451)


def test_server_keeps_to_the_order_of_commands(employers: Employers) -> None:
    with socket.create_connection(employers.smtp, timeout=5) as client, client.makefile("rb") as said:

        def say(line: bytes) -> int:
            client.sendall(line + b"\r\n")
            while True:
                answer = said.readline()
                if answer[3:4] != b"-":
                    return int(answer[:3])

        assert said.readline().startswith(b"220 ")
        assert say(b"MAIL FROM:<a@x.test>") == 503
        assert say(b"EHLO x.test") == 250
        assert say(b"RCPT TO:<jobs@employers.test>") == 503
        assert say(b"MAIL FROM:a@x.test") == 501
        assert say(b"MAIL FROM:<a@x.test> SIZE=99999999999") == 552
        assert say(b"MAIL FROM:<a@x.test> SIZE=10") == 250
        assert say(b"DATA") == 503
        assert say(b"RCPT TO:<>") == 501
        assert say(b"RCPT TO:<jobs@employers.test>") == 250
        assert say(b"NOOP") == 250
        assert say(b"RSET") == 250
        assert say(b"DATA") == 503
        assert say(b"VRFY jobs") == 502
        assert say(b"QUIT") == 221
        assert said.readline() == b""
