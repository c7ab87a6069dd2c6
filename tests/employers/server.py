"""The employers of a test: started in this process or in one of their own, stopped at once whatever hangs on them."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.employers.behaviours import PERFECT, Mix, Plans, Stage, WrongPlanError, make_step
from tests.employers.board import Board
from tests.employers.certificates import make_certificate, server_context
from tests.employers.channel import House
from tests.employers.channels import CHANNELS
from tests.employers.mail import MailServer
from tests.employers.record import Record
from tests.employers.wire import Request, Response

HOST = "127.0.0.1"
_PER_COMPANY = frozenset({"recruitee", "workable"})
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Employers:
    """Boards over HTTP, the same over HTTPS that nobody vouches for, mail over SMTP, and a port that is closed.

    Ports of 0 are chosen by the system. Behaviours: see behaviours.py; what arrived: `record`.
    """

    def __init__(
        self, record: Path, *, mix: Mix | None = None, port: int = 0, tls_port: int = 0, smtp_port: int = 0
    ) -> None:
        self.record = Record(record)
        self.house = House()
        self.plans = Plans(mix or Mix(PERFECT))
        self.port = port
        self.tls_port = tls_port
        self.smtp_port = smtp_port
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="employers")
        self._failed: BaseException | None = None
        self._closed_port = socket.socket()
        self._directory = tempfile.TemporaryDirectory(prefix="employers-")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; what an earlier server recorded in the same file is known again."""
        self._closed_port.bind((HOST, 0))  # bound and never listening: nobody else gets it either
        self.record.open()
        for entry in self.record.entries("arrival", "already"):
            self.house.references[entry.reference] = f"{entry.channel}/{entry.posting}"
            if entry.channel == "plain" and entry.key:
                self.house.keys.add(entry.key)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._thread.join()
            self._clear()
            raise self._failed

    def stop(self) -> None:
        """End every connection, stalled ones too, and listen no more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        self._clear()
        if self._failed is not None:
            raise self._failed

    # Where they are.

    def root(self, channel: str, *, company: str = "acme", tls: bool = False) -> str:
        """The root of a channel, to which the vendor's own paths are added (of the company, where the vendor has one)."""
        scheme, port = ("https", self.tls_port) if tls else ("http", self.port)
        return self._root(scheme, port, channel, company)

    def closed_root(self, channel: str, *, company: str = "acme") -> str:
        """The same where nobody listens."""
        return self._root("http", self._closed_port.getsockname()[1], channel, company)

    def root_for(self, behaviour: str, channel: str, *, company: str = "acme") -> str:
        """The root at which a behaviour can be had: `bad_tls` and `connection_refused` have their own."""
        if behaviour == "connection_refused":
            return self.closed_root(channel, company=company)
        return self.root(channel, company=company, tls=behaviour == "bad_tls")

    @property
    def smtp(self) -> tuple[str, int]:
        """Where mail is taken."""
        return HOST, self.smtp_port

    @property
    def certificate(self) -> Path:
        """The certificate of the HTTPS port, for a client that is to trust it."""
        return Path(self._directory.name) / "certificate.pem"

    # What they do.

    def plan(
        self, posting: str, behaviour: str, *, at: Stage = "submit", times: int | None = None, **options: Any
    ) -> None:
        """Plan a behaviour for a posting (`*`: all of them; for mail, an address), after those that end by themselves.

        times: how often, None for ever (once for throttled, unavailable and deferred). at: `submit`, `form` or `any`.
        """
        self.plans.add(posting, make_step(behaviour, at=at, times=times, **options))

    def form(self, posting: str, form: str | list[dict[str, Any]]) -> None:
        """Ask `none`, `every` kind of question, one of a kind `unseen`, or questions in the vendor's own words."""
        self.house.forms[posting] = form

    def close(self, posting: str) -> None:
        """Take a posting down."""
        self.house.closed.add(posting)

    def reopen(self, posting: str) -> None:
        """Put it up again."""
        self.house.closed.discard(posting)

    def key(self, channel: str) -> str:
        """The key that the employer has issued for a channel."""
        return self.house.key(channel)

    def revoke(self, channel: str) -> None:
        """Revoke it."""
        self.house.revoked.add(channel)

    def restore(self, channel: str) -> None:
        """Let it be right again."""
        self.house.revoked.discard(channel)

    # How it is run.

    def _root(self, scheme: str, port: int, channel: str, company: str) -> str:
        if channel not in CHANNELS:
            raise KeyError(channel)
        return f"{scheme}://{HOST}:{port}/{channel}" + (f"/{company}" if channel in _PER_COMPANY else "")

    def _clear(self) -> None:
        self.record.close()
        self._closed_port.close()
        self._directory.cleanup()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failed:  # told by start(), or by whoever waits for the thread
            self._failed = failed
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        board = Board(self.house, self.plans, self.record, self._admin)
        mail = MailServer(self.plans, self.record)
        context = server_context(make_certificate(self.certificate))
        servers: list[asyncio.Server] = []

        async def listen(serve: _Serve, port: int, **options: Any) -> int:
            server = await asyncio.start_server(self._guarded(serve), HOST, port, backlog=512, **options)
            servers.append(server)
            return int(server.sockets[0].getsockname()[1])

        try:
            self.port = await listen(board.serve, self.port)
            self.tls_port = await listen(board.serve, self.tls_port, ssl=context)
            self.smtp_port = await listen(mail.serve, self.smtp_port, limit=2**20)
            self._ready.set()
            await self._stopping.wait()
        finally:
            for server in servers:
                server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0.01)  # the loop ends the connections that were aborted

    def _guarded(self, serve: _Serve) -> _Serve:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                await serve(reader, writer)
                writer.close()
                await writer.wait_closed()
            except (ConnectionError, TimeoutError):
                pass  # the client has gone
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            finally:
                writer.transport.abort()
                self._tasks.discard(task)

        return guarded

    def _admin(self, request: Request) -> Response:
        """`POST /admin/plan {posting, behaviour, …}`, `/form`, `/close`, `/reopen`, `/revoke`, `/restore`; `GET /admin/counts`."""
        if request.method == "GET":
            return Response.json(200, self.record.counts())
        acts = {
            "plan": self.plan,
            "form": self.form,
            "close": self.close,
            "reopen": self.reopen,
            "revoke": self.revoke,
            "restore": self.restore,
        }
        act = acts.get(request.path[-1])
        if act is None:
            return Response(404)
        with suppress(ValueError, TypeError, WrongPlanError):
            act(**json.loads(request.body))
            return Response(204)
        return Response(400)
