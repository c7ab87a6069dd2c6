"""One HTTP request to one of the channels: what it is, what becomes of it, how it ends."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from tests.employers.behaviours import Plans, Step
from tests.employers.channel import Application, Channel, Errand, House, Limiter, Refused
from tests.employers.channels import CHANNELS
from tests.employers.forms import NotAFormError
from tests.employers.record import Record
from tests.employers.wire import (
    NotHttpError,
    Request,
    Response,
    TooLargeError,
    drop,
    hold,
    read_body,
    read_head,
    send,
    send_for_ever,
)

ERROR_PAGE = "<!DOCTYPE html><title>Error</title><h1>Something went wrong</h1><p>Please try again later.</p>"
STRAY = "elsewhere"  # where redirects lead: whoever comes here has followed one
# Endings for which the request is answered, or not, before anybody looks into it.
_BLIND = frozenset(
    {"refused", "error_before", "throttled", "unavailable", "redirect", "stall_before", "drop_before"}
)


# What the office of the test does with a request to `/admin/…`.
Admin = Callable[[Request], Response]


class Board:
    """All channels behind one port."""

    def __init__(self, house: House, plans: Plans, record: Record, admin: Admin) -> None:
        self._house = house
        self._plans = plans
        self._record = record
        self._admin = admin
        self._limiter = Limiter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while (head := await read_head(reader)) is not None:
                keep = head.headers.get("connection", "").lower() != "close"
                if not await self._answer(head, reader, writer, keep=keep) or not keep:
                    return
        except NotHttpError as fault:
            self._record.add("refusal", "", "", status=400, wrong=(str(fault),))
            await send(writer, Response(400), keep=False)
        except TooLargeError:
            self._record.add("refusal", "", "", status=413, wrong=("too large",))
            await send(writer, Response(413), keep=False)

    async def _answer(
        self, head: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool
    ) -> bool:
        """Answer one request; False where the connection has ended with it."""
        if head.path[0] == "admin":
            body = await read_body(head, reader, writer)
            await send(writer, self._admin(replace(head, body=body)), keep=keep)
            return True
        channel = CHANNELS.get(head.path[0])
        errand = channel.errand(replace(head, path=head.path[1:])) if channel else None
        if channel is None or errand is None:
            await read_body(head, reader, writer)
            self._record.add(
                "refusal",
                head.path[0],
                "/".join(head.path[1:]),
                key=head.key,
                status=404,
                wrong=("no such address",),
            )
            await send(writer, Response(404), keep=keep)
            return True
        visit = _Visit(self, channel, errand, head, reader, writer)
        return await visit.run(keep=keep)

    # What follows is for visits.

    def within_limit(self, channel: Channel, errand: Errand, request: Request) -> bool:
        """Whether the vendor's limit lets the request pass, which then counts."""
        limit = channel.limit
        if limit is None or not self._house.limits or (limit.submissions and errand.kind != "submit"):
            return True
        return self._limiter.passes(
            limit, channel.name, channel.limited_by(errand, request), time.monotonic()
        )

    def step_for(self, channel: Channel, errand: Errand) -> Step:
        """What is planned for a request."""
        if errand.posting is None or errand.kind not in {"submit", "form"}:
            return Step()
        return self._plans.next(channel.name, errand.posting, "submit" if errand.kind == "submit" else "form")

    def wait(self, posting: str, step: Step) -> str:
        """The value of Retry-After."""
        return self._plans.wait(posting, step)[0]

    def show(self, channel: Channel, errand: Errand, request: Request) -> Response:
        """The answer to what is no submission."""
        try:
            if errand.kind == "form" and errand.posting in self._house.closed:
                return channel.not_found()
            return channel.show(errand, request, self._house)
        except Refused as refused:
            return refused.response

    def read(self, channel: Channel, errand: Errand, request: Request) -> Application:
        """The application in a submission; raises Refused."""
        if errand.posting in self._house.closed:
            raise Refused(channel.not_found(), "closed")
        try:
            return channel.read(errand, request, self._house)
        except NotAFormError as fault:
            raise Refused(channel.refusal(400, str(fault)), str(fault)) from None

    def refuse(
        self,
        channel: Channel,
        errand: Errand,
        request: Request,
        step: Step,
        status: int | None,
        *wrong: str,
    ) -> None:
        """Record that a submission was not taken."""
        if errand.kind != "submit":
            return
        self._record.add(
            "refusal",
            channel.name,
            errand.posting or "",
            key=request.key,
            behaviour=step.behaviour,
            status=status,
            early=step.early,
            wrong=wrong,
            sha256=_digest(request.body),
        )

    def take(
        self,
        channel: Channel,
        errand: Errand,
        request: Request,
        step: Step,
        application: Application,
        reference: str,
        status: int | None,
    ) -> None:
        """Record that a submission was taken, before a byte of the answer leaves."""
        with self._house.lock:
            self._house.references[reference] = f"{channel.name}/{errand.posting}"
            if channel.name == "plain" and request.key:
                self._house.keys.add(request.key)
        self._record.add(
            "already" if step.behaviour == "duplicate" else "arrival",
            channel.name,
            errand.posting or "",
            applicant=application.applicant,
            key=request.key,
            behaviour=step.behaviour,
            status=status,
            missing=application.missing,
            files=tuple(file.upload for file in application.files),
            fields=dict(application.fields),
            sha256=_digest(request.body),
            reference=reference,
        )


class _Visit:
    """One request on its way through a channel."""

    def __init__(
        self,
        board: Board,
        channel: Channel,
        errand: Errand,
        head: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._board = board
        self._channel = channel
        self._errand = errand
        self._request = head
        self._reader = reader
        self._writer = writer

    async def run(self, *, keep: bool) -> bool:
        """Answer; False where the connection has ended."""
        board, channel = self._board, self._channel
        in_limit = board.within_limit(channel, self._errand, self._request)
        step = Step()
        if in_limit and self._errand.posting is not None:
            step = board.step_for(channel, self._errand)
            if step.behaviour == "drop_before":  # before the body is read
                return self._drop(step)
        self._request = replace(
            self._request, body=await read_body(self._request, self._reader, self._writer)
        )
        if not in_limit:
            self._refuse(step, 429, "too many requests")
            await send(self._writer, channel.refusal(429, "Too many requests"), keep=keep)
            return True
        if self._errand.posting is None and self._errand.kind in {"form", "submit"}:
            try:
                self._errand = channel.identify(self._errand, self._request)
            except Refused as refused:
                self._refuse(step, refused.response.status, *refused.wrong)
                await send(self._writer, refused.response, keep=keep)
                return True
            step = board.step_for(channel, self._errand)
        if step.behaviour in _BLIND or (
            step.behaviour in {"request_timeout", "error_page"} and not step.get("taken", False)
        ):
            return await self._turn_away(step, keep=keep)
        return await self._let_in(step, keep=keep)

    async def _turn_away(self, step: Step, *, keep: bool) -> bool:
        """Do not take it."""
        if step.behaviour == "drop_before":
            return self._drop(step)
        if step.behaviour == "stall_before":
            self._refuse(step, None)
            await hold(self._reader)
            return False
        response = self._turned_away(step)
        self._refuse(step, response.status)
        await send(self._writer, response, keep=keep)
        return True

    def _turned_away(self, step: Step) -> Response:
        refusal = self._channel.refusal
        match step.behaviour:
            case "refused":
                status = step.get("status", 422)
                return refusal(status, f"Refused with {status}")
            case "error_before":
                return Response.html(step.get("status", 500), ERROR_PAGE)
            case "throttled" | "unavailable":
                status = 429 if step.behaviour == "throttled" else 503
                response = refusal(status, "Try again later")
                wait = self._board.wait(self._errand.posting or "", step)
                return replace(response, headers={**response.headers, "Retry-After": wait})
            case "redirect":
                location = step.get("location", f"http://{self._request.headers.get('host', '')}/{STRAY}")
                return Response(step.get("status", 302), b"", {"Location": location})
            case "request_timeout":
                return Response(408)
        return Response.html(200, ERROR_PAGE)

    async def _let_in(self, step: Step, *, keep: bool) -> bool:
        """Take it if it is right, and then answer as planned."""
        board, channel = self._board, self._channel
        if self._errand.kind != "submit":
            response = self._planned(step, board.show(channel, self._errand, self._request))
            return await self._end(step, response, keep=keep)
        try:
            application = board.read(channel, self._errand, self._request)
        except Refused as refused:
            self._refuse(step, refused.response.status, *refused.wrong)
            await send(self._writer, refused.response, keep=keep)
            return True
        reference = str(uuid.uuid4())
        response = self._planned(step, channel.taken(self._errand, application, reference))
        status = None if step.behaviour in {"drop_after", "stall_after"} else response.status
        board.take(channel, self._errand, self._request, step, application, reference, status)
        return await self._end(step, response, keep=keep)

    def _planned(self, step: Step, response: Response) -> Response:
        """What is answered in place of the right answer."""
        match step.behaviour:
            case "error_after":
                return Response.html(step.get("status", 500), ERROR_PAGE)
            case "error_page" | "endless_body":
                return Response.html(200, ERROR_PAGE)
            case "request_timeout":
                return Response(408)
            case "duplicate" if step.get("form", "status") == "body":
                return self._channel.already()
            case "duplicate":
                return self._channel.refusal(409, "Candidate has already applied for this job")
        return response

    async def _end(self, step: Step, response: Response, *, keep: bool) -> bool:
        match step.behaviour:
            case "slow":
                await asyncio.sleep(step.get("seconds", 2.0))
            case "drop_after":
                drop(self._writer, reset=step.get("reset", True))
                return False
            case "stall_after":
                await hold(self._reader)
                return False
            case "endless_body":
                await send_for_ever(
                    self._writer, declared=step.get("declared", False), pause=step.get("pause", 0)
                )
                return False
        await send(self._writer, response, keep=keep)
        return True

    def _drop(self, step: Step) -> bool:
        self._refuse(step, None)
        drop(self._writer, reset=step.get("reset", True))
        return False

    def _refuse(self, step: Step, status: int | None, *wrong: str) -> None:
        self._board.refuse(self._channel, self._errand, self._request, step, status, *wrong)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest() if body else ""
