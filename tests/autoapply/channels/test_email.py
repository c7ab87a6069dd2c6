"""Mail: one recipient, our sender, the person's address for answers, and nothing of anybody's in a header as it stands."""

from __future__ import annotations

import hashlib
import random
import re
import smtplib
import socket
import ssl
import threading
import unicodedata
from base64 import b64decode
from collections.abc import Callable
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from autoapply.channels import CHANNELS, send
from autoapply.channels.email import _check_head, plain_display_name, plain_title
from autoapply.channels.protocol import (
    AddressRefused,
    FileContents,
    Form,
    MailMessage,
    Needs,
    Outgoing,
    Unsendable,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from matching.guarded_http import Answer, Limits
from tests.autoapply.channels.kits import CV, KEY, kit
from tests.employers.certificates import make_certificate, server_context
from tests.employers.server import Employers

MAILBOX = "jobs@employers.test"
LIMITS = Limits(connect_seconds=5, total_seconds=10)
SHORT = Limits(connect_seconds=1, total_seconds=0.5)
Talk = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def our_address(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Relevnt <applications@relevnt.test>"


def write(address: str = MAILBOX, **values: Any) -> Outgoing:
    destination = Destination("email", "k", address, address.rpartition("@")[2])
    return CHANNELS["email"].write(destination, kit(**values), key=None, idempotency_key=KEY)


def mail(outgoing: Outgoing) -> MailMessage:
    assert isinstance(outgoing.request, MailMessage)
    return outgoing.request


def read(outgoing: Outgoing) -> EmailMessage:
    return message_from_bytes(mail(outgoing).content, policy=policy.default)


def test_mail_says_who_applies_for_what() -> None:
    message = read(write())

    assert message["From"] == "Relevnt <applications@relevnt.test>"
    assert message["To"] == MAILBOX
    assert message["Reply-To"] == "Ada Lovelace <ada@example.com>"
    assert message["Subject"] == "Application: Data engineer (Ada Lovelace)"
    assert message["Message-ID"] == f"<{KEY}@relevnt.test>"
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("Ada Lovelace.pdf", "application/pdf")
    assert attached.get_content() == CV.content
    body = message.get_body()
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text == "Dear team,\n\nI would like to work with you.\n\n+44 20 7946 0000\n"


def test_mail_without_letter_title_or_phone_is_still_one() -> None:
    message = read(write(letter="", job_title="", phone=""))

    body = message.get_body()
    assert body is not None
    assert body.get_content().split("\r\n") == ["My résumé is attached.", "", "Ada Lovelace", ""]
    assert message["Subject"] == "Application (Ada Lovelace)"


def test_date_is_no_part_of_what_is_approved_and_goes_along(boards: Employers) -> None:
    outgoing = write()
    assert read(outgoing)["Date"] is None

    assert send(outgoing, limits=LIMITS).kind == "accepted"

    (arrived,) = boards.record.arrivals()
    assert arrived.missing == ()
    assert arrived.message_id == f"<{KEY}@relevnt.test>"


def test_lines_that_begin_with_a_dot_arrive_as_they_were(boards: Employers) -> None:
    letter = ".\n..two\n.three\nend"

    send(write(letter=letter, phone=""), limits=LIMITS)

    (arrived,) = boards.record.arrivals()
    assert arrived.fields["body"] == f"{letter}\n"
    assert arrived.files[0].size == len(CV.content)


def test_text_keeps_what_writing_needs_and_loses_what_controls() -> None:
    body = read(write(letter="a\xa0b\u200cc\td\x00\x1b[31m\x85e\ud800", phone="")).get_body()

    assert body is not None
    assert body.get_content() == "a\xa0b\u200cc\td[31m\r\ne\r\n"


def test_boundary_cannot_be_in_the_text() -> None:
    message = read(write(letter=f"--=_{KEY.hex}--\n--=_{KEY.hex}\nContent-Type: text/html\n\nsurprise"))

    assert len(list(message.iter_attachments())) == 1


# --- safety.md W11 --------------------------------------------------------------------------------------------------

NASTY = [
    "\r\nBcc: victim@example.com",
    "\nTo: victim@example.com",
    "\r",
    "\x00",
    "\u2028Bcc: victim@example.com",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "victim@example.com",
    "＠example.com",
    "﹫",
    "\u202e",
    "\u200b",
    "\ufeff",
    '"',
    "<victim@example.com>",
    ",",
    ";",
    ":",
    "\\",
    "(comment)",
    "=?utf-8?q?=0D=0ABcc:_victim@example.com?=",
    "%0d%0aBcc:%20victim@example.com",
    "Ünïcödé",
    "李小龍",
    "عمر",
    "é" * 90,
    " " * 90,
    "\ud800",
    "😀",
    "a" * 200,
]
OURS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
}
LOOKS_LIKE_AT = re.compile(r"[@＠﹫]")


@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_injected_names_and_titles_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        name = "Ada" + "".join(chance.choices(NASTY, k=chance.randint(1, 4)))
        title = "".join(chance.choices(NASTY, k=chance.randint(0, 4)))
        file_name = "".join(chance.choices(NASTY, k=2)) + ".pdf"

        outgoing = write(
            name=name, job_title=title, resume=FileContents(file_name, "application/pdf", CV.content)
        )

        raw = mail(outgoing).content
        assert mail(outgoing).recipient == MAILBOX
        head = raw.partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert b"\r" not in head.replace(b"\r\n", b"")
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        message = read(outgoing)
        assert sorted(message.keys()) == sorted(OURS)
        assert message.defects == []
        for header, address in (
            ("From", "applications@relevnt.test"),
            ("To", MAILBOX),
            ("Reply-To", "ada@example.com"),
        ):
            (only,) = message[header].addresses
            assert only.addr_spec == address
            assert not LOOKS_LIKE_AT.search(only.display_name)
            assert all(unicodedata.category(each)[0] != "C" for each in only.display_name)
        assert not re.search(r"[\r\n\x00\u2028\u2029\u202e]", message["Subject"])
        assert len(list(message.iter_attachments())) == 1


def test_title_with_an_encoded_line_end_would_be_a_header_of_its_own() -> None:
    # What the test above must be able to see: this is what becomes of such a title where nobody cleans it.
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = "Engineer =?utf-8?q?=0D=0ABcc:_victim@example.com?= wanted"
    try:
        content = message.as_bytes()
    except MessageError:
        return  # a Python that looks at what it writes
    assert b"\r\nBcc: victim@example.com" in content
    with pytest.raises(Unsendable, match="header"):
        _check_head(content)


@pytest.mark.parametrize(
    "head", ["Subject: a\r\nSubject: b", "To: a@b.test\r\nBcc: c@d.test", "X-Y: z", "no header"]
)
def test_head_that_is_not_ours_is_never_sent(head: str) -> None:
    with pytest.raises(Unsendable, match="header"):
        _check_head(f"{head}\r\n\r\ntext".encode())


@pytest.mark.parametrize(
    "address",
    [
        "a@employers.test, b@employers.test",
        "a@employers.test b@employers.test",
        "a@employers.test\r\nRCPT TO:<b@employers.test>",
        "<a@employers.test>",
        "a@@employers.test",
        "a@employers",
        "a@.test",
        "ä@employers.test",
        "a@employers.test>",
        "a@" + "x" * 260 + ".test",
        "",
        "@",
    ],
)
def test_address_that_is_not_one_mailbox_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        write(address)


def test_domain_of_other_letters_is_written_in_ascii() -> None:
    assert mail(write("jobs@müller.example")).recipient == "jobs@xn--mller-kva.example"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Jean-Luc O’Neil Jr.", "Jean-Luc O’Neil Jr."),
        ("Ada\r\nBcc: x@y.z", "Ada Bcc x y.z"),
        ("a" * 100, "a" * 80),
        ("李小龍", "李小龍"),
        ("@", ""),
    ],
)
def test_display_name_keeps_letters_alone(name: str, plain: str) -> None:
    assert plain_display_name(name) == plain


def test_title_is_one_visible_line() -> None:
    assert plain_title("Data\u202e\r\n engineer\x00 (m/w/d)\u200b") == "Data engineer (m/w/d)"
    assert len(plain_title("x" * 500)) == 120


def test_mailbox_asks_nothing() -> None:
    form = CHANNELS["email"].read_form(Destination("email", "k", MAILBOX, "employers.test"))

    assert (list(form.questions), form.needs.resume) == ([], "required")


# --- the conversation ------------------------------------------------------------------------------------------------


class Server:
    """A mail server that says these lines, one to each line it hears, and then does something."""

    def __init__(
        self,
        *says: str,
        then: Talk | None = None,
        context: ssl.SSLContext | None = None,
        at_once: bool = True,
    ) -> None:
        self.heard: list[str] = []
        self._says, self._then, self._context = says, then, context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listening.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        plain, _ = self._listening.accept()
        plain.settimeout(10)
        with plain:
            try:
                connected = self._context.wrap_socket(plain, server_side=True) if self._context else plain
                with connected, connected.makefile("rb") as lines:
                    for number, said in enumerate(self._says):
                        if number:
                            self.heard.append(lines.readline().decode().strip())
                        connected.sendall(said.encode() + b"\r\n")
                    (self._then or _listen)(connected)
            except OSError:
                pass


def _listen(connected: socket.socket) -> None:
    while connected.recv(65_536):
        pass


def _hang_up(connected: socket.socket) -> None:
    connected.shutdown(socket.SHUT_RDWR)


def _dribble(connected: socket.socket) -> None:
    over = threading.Event()
    while not over.wait(0.05):
        connected.sendall(b"2")


def deliver(settings: Any, server: Server, limits: Limits = LIMITS, **values: Any) -> Outcome:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = values.pop("tls", False)
    settings.EMAIL_USE_SSL = values.pop("ssl", False)
    settings.EMAIL_HOST_USER = values.pop("user", "")
    settings.EMAIL_HOST_PASSWORD = "secret" if settings.EMAIL_HOST_USER else ""
    return send(write(), limits=limits, **values)


HELLO = ("220 mail", "250 mail")


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (("554 no",), Outcome("never_left", "mail_server")),
        (("421 busy",), Outcome("never_left", "mail_server")),
        (("nonsense",), Outcome("never_left", "mail_server")),
        ((*HELLO, "550 no sender"), Outcome("refused", "mail_refused", 550)),
        ((*HELLO, "451 later"), Outcome("try_later", "mail_deferred", 451, "", 900)),
        ((*HELLO, "250 ok", "550 no such mailbox"), Outcome("refused", "mail_refused", 550)),
        ((*HELLO, "250 ok", "450 later"), Outcome("try_later", "mail_deferred", 450, "", 900)),
        ((*HELLO, "250 ok", "354 what"), Outcome("never_left", "mail_server", 354)),
        ((*HELLO, "250 ok", "250 ok", "554 no"), Outcome("refused", "mail_refused", 554)),
        ((*HELLO, "250 ok", "250 ok", "451 later"), Outcome("try_later", "mail_deferred", 451, "", 900)),
        ((*HELLO, "250 ok", "250 ok", "250 what"), Outcome("never_left", "mail_server")),
    ],
)
def test_word_before_the_mail_has_its_outcome(settings: Any, says: tuple[str, ...], outcome: Outcome) -> None:
    with Server(*says) as server:
        assert deliver(settings, server) == outcome


@pytest.mark.parametrize("after", range(5))
def test_end_before_the_mail_left_nothing(settings: Any, after: int) -> None:
    says = (*HELLO, "250 ok", "250 ok")[:after]
    with Server(*says, then=_hang_up) as server:
        outcome = deliver(settings, server)

    assert outcome.kind == "never_left"
    assert outcome.code in {"reset", "mail_server", "connect_failed"}


def test_end_after_the_mail_began_is_a_doubt(settings: Any) -> None:
    with Server(*HELLO, "250 ok", "250 ok", "354 go", then=_hang_up) as server:
        outcome = deliver(settings, server)

    assert outcome.kind == "doubtful"
    assert outcome.code in {"reset", "write_error"}


def test_server_that_talks_for_ever_is_cut_off(settings: Any) -> None:
    with Server(*HELLO, "250 ok", "250 ok", "354 go", then=_dribble) as server:
        assert deliver(settings, server, SHORT) == Outcome("doubtful", "read_timeout")
    with Server(then=_dribble) as server:
        assert deliver(settings, server, SHORT) == Outcome("never_left", "connect_timeout")


def test_server_that_never_finishes_its_handshake_is_cut_off(settings: Any) -> None:
    def dribble(connected: socket.socket) -> None:
        connected.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # the beginning of a long record
        over = threading.Event()
        while not over.wait(0.05):
            connected.sendall(b"\x00")

    with Server(then=dribble) as server:
        outcome = deliver(settings, server, SHORT, ssl=True)

    assert outcome.kind == "never_left"


def test_login_that_is_taken_lets_the_mail_through(settings: Any) -> None:
    says = ("220 mail", "250-mail\r\n250 AUTH PLAIN", "235 welcome", "250 ok", "550 no such mailbox")
    with Server(*says) as server:
        assert deliver(settings, server, user="relevnt").kind == "refused"


@pytest.mark.parametrize("says", [(*HELLO, "250 ok", "250 ok"), (*HELLO, "250 ok"), HELLO])
def test_server_that_falls_silent_before_the_mail_left_nothing(settings: Any, says: tuple[str, ...]) -> None:
    with Server(*says, then=_dribble) as server:
        assert deliver(settings, server, SHORT) == Outcome("never_left", "read_timeout")


def test_name_of_a_server_that_nobody_knows_left_nothing(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost.invalid", 25
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False

    assert send(write(), limits=LIMITS) == Outcome("never_left", "dns")


def test_sender_that_is_no_address_is_refused(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "nobody"

    with pytest.raises(AddressRefused):
        write()


def test_mail_without_a_file_has_one_part() -> None:
    message = read(write(form=Form((), Needs(resume="off"))))

    assert not message.is_multipart()


def test_file_of_a_strange_kind_is_sent_as_bytes() -> None:
    message = read(write(resume=FileContents("cv.pdf", "a b\r\nBcc: x@y.test/pdf", CV.content)))

    assert [each.get_content_type() for each in message.iter_attachments()] == ["application/octet-stream"]


def test_mail_has_no_answers_to_classify() -> None:
    with pytest.raises(TypeError, match="classified where it is sent"):
        CHANNELS["email"].classify(Answer(200, {}, b""), keyed=False)


def test_number_of_the_mail_server_is_kept(settings: Any) -> None:
    def take(connected: socket.socket) -> None:
        received = b""
        while not received.endswith(b"\r\n.\r\n"):
            received += connected.recv(65_536)
        connected.sendall(b"250 2.0.0 Ok: queued as 4XyZ12\r\n")
        _listen(connected)

    with Server(*HELLO, "250 ok", "250 ok", "354 go", then=take) as server:
        outcome = deliver(settings, server)

    assert (outcome.kind, outcome.status, outcome.ref) == ("accepted", 250, "4XyZ12")
    assert outcome.answer_sha256 == hashlib.sha256(b"2.0.0 Ok: queued as 4XyZ12").hexdigest()

    assert server.heard[:3] == [
        "ehlo relevnt.test",
        "mail FROM:<applications@relevnt.test>",
        f"rcpt TO:<{MAILBOX}>",
    ]


def test_login_that_is_refused_left_nothing(settings: Any) -> None:
    with Server("220 mail", "250-mail\r\n250 AUTH PLAIN", "535 wrong") as server:
        assert deliver(settings, server, user="relevnt") == Outcome("never_left", "mail_login")
    assert b64decode(server.heard[1].split()[-1]) == b"\0relevnt\0secret"


@pytest.mark.parametrize("values", [{"user": "relevnt"}, {"tls": True}])
def test_server_without_login_or_tls_gets_nothing_that_needs_them(settings: Any, values: dict) -> None:
    with Server(*HELLO) as server:
        assert deliver(settings, server, **values) == Outcome("never_left", "mail_server")
    assert server.heard == ["ehlo relevnt.test"]


def test_server_that_nobody_vouches_for_gets_nothing(settings: Any, tmp_path: Path) -> None:
    context = server_context(make_certificate(tmp_path / "certificate.pem"))
    with Server("220 mail", context=context) as server:
        assert deliver(settings, server, ssl=True) == Outcome("never_left", "tls")
    assert server.heard == []


def test_server_that_nobody_listens_on_left_nothing(settings: Any) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = bound.getsockname()
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        assert send(write(), limits=LIMITS) == Outcome("never_left", "connect_refused")


def test_mail_larger_than_the_server_takes_is_refused_by_its_size(settings: Any) -> None:
    with Server("220 mail", "250-mail\r\n250 SIZE 10", "552 too large") as server:
        assert deliver(settings, server) == Outcome("refused", "too_large", 552)
    assert re.fullmatch(r"mail FROM:<applications@relevnt\.test> size=\d+", server.heard[1])


def test_nothing_is_said_about_anybody_in_the_log(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with Server(*HELLO, "250 ok", "550 no such mailbox") as server:
        deliver(settings, server)

    assert "ada@example.com" not in caplog.text
    assert smtplib.SMTP.debuglevel == 0
