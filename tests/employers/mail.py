"""A mail server that takes applications: enough of RFC 5321, and every way in which it can leave one in doubt."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from tests.employers.behaviours import MAIL, Plans, Step
from tests.employers.record import Record, Upload
from tests.employers.wire import drop, hold

LARGEST_MAIL = 32 * 1024 * 1024  # bytes
_LINE = 2048  # bytes of a command

# What a behaviour of the mix becomes where mail has no such thing.
_AS_MAIL = {
    "error_before": "deferred",
    "throttled": "deferred",
    "unavailable": "deferred",
    "request_timeout": "deferred",
    "error_after": "stall_after",
    "endless_body": "drop_after",
}


class Hung(Exception):
    """The connection is over."""


@dataclass(slots=True)
class Envelope:
    """One mail on its way in."""

    sender: str | None = None
    recipients: list[tuple[str, Step]] = field(default_factory=list)


class MailServer:
    """Speaks SMTP on one connection after another; a posting is the address that is written to."""

    def __init__(self, plans: Plans, record: Record) -> None:
        self._plans = plans
        self._record = record

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        try:
            await _say(writer, "220 mail.employers.test ESMTP")
            await self._converse(reader, writer)
        except (Hung, asyncio.IncompleteReadError):
            return

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        envelope = Envelope()
        greeted = False
        while line := await reader.readline():
            if len(line) > _LINE:
                await _say(writer, "500 line too long")
                continue
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    greeted, envelope = True, Envelope()
                    await _say(
                        writer,
                        f"250-mail.employers.test\r\n250-SIZE {LARGEST_MAIL}\r\n250-8BITMIME\r\n250 SMTPUTF8",
                    )
                case "HELO":
                    greeted, envelope = True, Envelope()
                    await _say(writer, "250 mail.employers.test")
                case "RSET":
                    envelope = Envelope()
                    await _say(writer, "250 forgotten")
                case "NOOP":
                    await _say(writer, "250 still here")
                case "QUIT":
                    await _say(writer, "221 good bye")
                    return
                case "MAIL" if greeted:
                    await self._mail(rest, envelope, reader, writer)
                case "RCPT" if envelope.sender is not None:
                    await self._rcpt(rest, envelope, reader, writer)
                case "DATA" if envelope.recipients:
                    await self._data(envelope, reader, writer)
                    envelope = Envelope()
                case "MAIL" | "RCPT" | "DATA":
                    await _say(writer, "503 not now")
                case _:
                    await _say(writer, "502 not known here")

    async def _mail(
        self, rest: str, envelope: Envelope, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender, options = _path(rest, "FROM")
        if sender is None:
            await _say(writer, "501 no sender")
            return
        size = next((part[5:] for part in options if part.upper().startswith("SIZE=")), "0")
        if not size.isdecimal() or int(size) > LARGEST_MAIL:
            self._record.add("refusal", "mail", "", status=552, wrong=("too large",))
            await _say(writer, "552 too large")
            return
        if step := self._plans.planned(sender):
            await self._refuse(step, "", reader, writer)
            return
        envelope.sender, envelope.recipients = sender, []
        await _say(writer, "250 sender taken")

    async def _rcpt(
        self, rest: str, envelope: Envelope, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        recipient, _ = _path(rest, "TO")
        if not recipient:
            await _say(writer, "501 no recipient")
            return
        step = self._plans.next("mail", recipient, "submit")
        name = _AS_MAIL.get(step.behaviour, step.behaviour)
        if name not in MAIL:
            name = "ok"
        if name != step.behaviour:
            step = Step(name)
        late = step.get("stage", "rcpt") == "data"
        if (name in {"refused", "deferred"} and not late) or name in {"drop_before", "stall_before"}:
            await self._refuse(step, recipient, reader, writer)
            return
        envelope.recipients.append((recipient, step))
        await _say(writer, "250 recipient taken")

    async def _refuse(
        self, step: Step, posting: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        status = _status(step)
        ends = step.behaviour in {"drop_before", "stall_before"}
        self._record.add(
            "refusal", "mail", posting, behaviour=step.behaviour, status=None if ends else status
        )
        if step.behaviour == "stall_before":
            await hold(reader)
            raise Hung
        if step.behaviour == "drop_before":
            drop(writer, reset=step.get("reset", True))
            raise Hung
        await _say(writer, f"{status} {'try later' if status < 500 else 'no such mailbox'}")

    async def _data(
        self, envelope: Envelope, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _say(writer, "354 go on, end with a dot")
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                raise Hung
            lines.append(line.removeprefix(b".") if line.startswith(b".") else line)
        data = b"".join(lines)
        step = envelope.recipients[0][1]
        taken = step.behaviour not in {"refused", "deferred"}
        answered = step.behaviour not in {"drop_after", "stall_after"}
        status = 250 if taken else _status(step)
        number = uuid.uuid4().hex[:10].upper()
        for recipient, _ in envelope.recipients:
            self._note(recipient, data, step, number, taken=taken, status=status if answered else None)
        match step.behaviour:
            case "slow":
                await asyncio.sleep(step.get("seconds", 2.0))
            case "drop_after":
                drop(writer, reset=step.get("reset", True))
                raise Hung
            case "stall_after":
                await hold(reader)
                raise Hung
        await _say(writer, f"250 2.0.0 Ok: queued as {number}" if taken else f"{status} not taken")

    def _note(
        self, recipient: str, data: bytes, step: Step, number: str, *, taken: bool, status: int | None
    ) -> None:
        message = message_from_bytes(data, policy=policy.default)
        message_id = str(message.get("Message-ID", "")).strip()
        files = tuple(_uploads(message))
        missing = [] if files else ["attachment"]
        missing += [name for name in ("From", "Message-ID", "Date", "Subject") if not message.get(name)]
        body = message.get_body(("plain", "html"))
        self._record.add(
            "arrival" if taken else "refusal",
            "mail",
            recipient,
            applicant=parseaddr(str(message.get("Reply-To") or message.get("From") or ""))[1],
            key=message_id.strip("<>").partition("@")[0],
            message_id=message_id,
            behaviour=step.behaviour,
            status=status,
            missing=tuple(missing),
            files=files,
            fields={
                **{name: str(message.get(name, "")) for name in ("From", "To", "Reply-To", "Subject")},
                "body": body.get_content().replace("\r\n", "\n") if body else "",
            },
            sha256=hashlib.sha256(data).hexdigest(),
            reference=number,
        )


def _uploads(message: EmailMessage) -> list[Upload]:
    found = []
    for part in message.iter_attachments():
        content = part.get_payload(decode=True) or b""
        digest = hashlib.sha256(content).hexdigest()
        found.append(Upload(part.get_filename() or "", len(content), digest))
    return found


def _path(rest: str, word: str) -> tuple[str | None, list[str]]:
    """The address in `FROM:<…>` with the words after it; None where it is no such thing."""
    if not rest.upper().startswith(f"{word}:"):
        return None, []
    path, *options = rest[len(word) + 1 :].strip().split(" ")
    if not (path.startswith("<") and path.endswith(">")):
        return None, []
    return path[1:-1].lower(), options


def _status(step: Step) -> int:
    return int(step.get("status", 451 if step.behaviour == "deferred" else 550))


async def _say(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(text.encode() + b"\r\n")
    await writer.drain()
