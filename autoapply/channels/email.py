"""Applications by mail: one mail to one address, with the résumé attached and the letter as its text.

It is sent from our address, because only for that one we may speak; answers go to the person's. Nothing that a person or a
posting says reaches a header as it stands.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from autoapply.capabilities import Capabilities
from autoapply.channels import checking
from autoapply.channels.protocol import (
    AddressRefused,
    FileContents,
    Form,
    KitContents,
    MailMessage,
    Needs,
    Outgoing,
    Unsendable,
    standing_questions,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from matching.guarded_http import Answer

_HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}
_NAME_LENGTH = 80
_TITLE_LENGTH = 120


class Email:
    """A mail to the address in a posting."""

    name = "email"
    capabilities = Capabilities(
        sends=True,
        exposes_questions=False,
        min_interval_ms=2000,
        file_types=("pdf", "docx", "doc", "rtf", "txt"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """A mailbox asks nothing."""
        return Form((), Needs(resume="required", phone="optional", letter="optional"))

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """The mail, its Message-ID made of the key. Its words are English whoever reads them here: the employer does."""
        checked = checking.check_kit(kit, self.capabilities)
        recipient = _ascii_address(destination.address)
        our_name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
        title, name = plain_title(kit.job_title), plain_display_name(kit.name)
        subject = f"Application: {title} ({name})" if title else f"Application ({name})"
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = Address(our_name, addr_spec=sender)
            message["To"] = Address(addr_spec=recipient)
            message["Reply-To"] = Address(name, addr_spec=kit.email)
            message["Subject"] = subject
        except (MessageError, ValueError, IndexError):
            raise AddressRefused from None
        message["Message-ID"] = f"<{idempotency_key}@{sender.rpartition('@')[2]}>"
        text = _plain_text(checked.letter) or f"My résumé is attached.\n\n{name}"
        if checked.phone:
            text = f"{text}\n\n{_plain_text(checked.phone)}"
        # Quoted-printable writes every "=" in another way, so that the boundary cannot stand in the text.
        message.set_content(f"{text}\n", cte="quoted-printable")
        if checked.resume is not None:
            _attach(message, checked.resume)
            message.set_boundary(f"=_{idempotency_key.hex}")
        content = message.as_bytes(policy=SMTP)
        _check_head(content)
        shown = [
            (_("From"), settings.DEFAULT_FROM_EMAIL),
            (_("To"), recipient),
            (_("Subject"), subject),
            *(pair for pair in checking.show(checked) if pair[0] != standing_questions()["letter"].label),
            (_("Text"), text),
        ]
        return Outgoing(
            self.name, f"mailto:{recipient}", MailMessage(sender, recipient, content), shown=shown
        )

    def classify(self, answer: Answer, *, keyed: bool = False, at: datetime | None = None) -> Outcome:
        """Mail has no HTTP answers: `smtp.send_mail` classifies."""
        raise TypeError("mail is classified where it is sent")

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def plain_display_name(name: str) -> str:
    """A name as it may stand in a header: letters, digits, blanks and . ' -; no line ends, no @ nor what looks like it."""
    kept = (letter if _may_stand_in_name(letter) else " " for letter in name)
    return " ".join("".join(kept).split())[:_NAME_LENGTH].strip()


def plain_title(title: str) -> str:
    """A job's title as it may stand in a subject: one line, nothing unseen, nothing that would be decoded."""
    kept = (letter if letter.isprintable() and not _is_unseen(letter) else " " for letter in title)
    # "=?" begins an encoded word (RFC 2047): what stands in it becomes line ends and headers again.
    return " ".join("".join(kept).replace("=?", "= ?").split())[:_TITLE_LENGTH].strip()


def _may_stand_in_name(letter: str) -> bool:
    return (
        letter in " .'’-"
        or (letter.isprintable() and unicodedata.category(letter)[0] in "LM")
        or letter.isdecimal()
    )


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _plain_text(text: str) -> str:
    """A text of many lines without control characters and halves of characters."""
    lines = text.encode("utf-8", "ignore").decode().splitlines()
    return "\n".join(
        "".join(each for each in line if each == "\t" or unicodedata.category(each) != "Cc") for line in lines
    ).strip()


def _check_head(content: bytes) -> None:
    """Raise Unsendable unless the head holds our headers, each once: whatever is written above it, this stands."""
    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [
        line.partition(b":")[0].decode("ascii", "replace") for line in lines if line[:1] not in (b" ", b"\t")
    ]
    if sorted(names) != sorted(set(names)) or not set(names) <= _HEADERS:
        raise Unsendable("header")


def _ascii_address(address: str) -> str:
    """One address that every mail server takes, its domain in ASCII; raises AddressRefused."""
    mailbox, _at, domain = address.strip().rpartition("@")
    try:
        ascii_address = f"{mailbox}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise AddressRefused from None
    if not checking.is_email(ascii_address):
        raise AddressRefused
    return ascii_address


def _attach(message: EmailMessage, file: FileContents) -> None:
    main, _slash, sub = file.media_type.partition("/")
    if not (
        main.isalnum() and sub.isascii() and all(each.isalnum() or each in ".+-" for each in sub) and sub
    ):
        main, sub = "application", "octet-stream"
    message.add_attachment(
        file.content, maintype=main, subtype=sub, filename=checking.plain_name(file.name), cte="base64"
    )
