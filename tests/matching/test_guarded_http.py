"""The one way out: never inside, never twice, and always sure whether a byte has left."""

from __future__ import annotations

import contextlib
import errno
import gzip
import ipaddress
import logging
import pickle
import random
import socket
import ssl
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matching import dialing
from matching.addresses import read_door
from matching.guarded_http import Answer, Doubtful, Limits, NeverLeft, Request, send
from tests.matching.test_addresses import INSIDE, MALFORMED

PUBLIC, OTHER_PUBLIC, PUBLIC_V6 = "93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"
SHORT = Limits(connect_seconds=0.5, total_seconds=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

Behaviour = Callable[[socket.socket, "Server"], None]


class Server:
    """A server on the loopback that does to each connection what it is told, and keeps what it was sent."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        self.received = b""
        self.connections = 0
        self.connected = threading.Event()
        self.over = threading.Event()
        self._start(self._accept)

    def stop(self) -> None:
        """End every conversation and wait for it."""
        self.over.set()
        for connected in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                # Beneath TLS, if there is any: whoever reads there finds the end and closes.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def read_head(self, connected: socket.socket) -> bytes:
        """Read up to the blank line."""
        head = b""
        while b"\r\n\r\n" not in head and (piece := connected.recv(65_536)):
            head += piece
            self.received += piece
        return head

    def read_request(self, connected: socket.socket) -> None:
        """Read a request with its body."""
        head, _, body = self.read_head(connected).partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length and (piece := connected.recv(65_536)):
            body += piece
            self.received += piece

    def read_all(self, connected: socket.socket) -> None:
        """Read until the other side has ended."""
        while piece := connected.recv(65_536):
            self.received += piece

    def _start(self, does: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=does, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listening, contextlib.suppress(OSError):
            while not self.over.is_set():
                connected, _ = self._listening.accept()
                self.connections += 1
                self._open.append(connected)
                self.connected.set()
                self._start(self._talk, connected)

    def _talk(self, connected: socket.socket) -> None:
        try:
            if self._tls is not None:
                connected = self._tls.wrap_socket(connected, server_side=True)
                self._open.append(connected)
            self._behave(connected, self)
        except (OSError, ValueError):
            # The client has gone, or the test is over.
            pass
        finally:
            connected.close()


def reset(connected: socket.socket) -> None:
    """Cut a connection as a crash does: with a reset, not with an end."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connected.close()


def answer(*pieces: bytes, cut: Callable[[socket.socket], None] | None = None) -> Behaviour:
    """Read a request and answer with these bytes; then end, or cut."""

    def behave(connected: socket.socket, server: Server) -> None:
        server.read_request(connected)
        for piece in pieces:
            connected.sendall(piece)
        if cut:
            cut(connected)

    return behave


def repeat(*first: bytes, piece: bytes, pause: float = 0) -> Behaviour:
    """Read a request, answer with these bytes, and then with one piece again and again."""

    def behave(connected: socket.socket, server: Server) -> None:
        server.read_request(connected)
        for each in first:
            connected.sendall(each)
        while not server.over.wait(pause):
            connected.sendall(piece)

    return behave


def stall(connected: socket.socket, server: Server) -> None:
    """Read a request and say nothing."""
    server.read_request(connected)
    server.over.wait(30)


def only_listen(connected: socket.socket, server: Server) -> None:
    """Keep what comes and say nothing."""
    server.read_all(connected)


def drip_handshake(connected: socket.socket, server: Server) -> None:
    """Announce a long TLS record and never end it."""
    connected.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    while not server.over.wait(0.05):
        connected.sendall(b"x")


def never_read(_: socket.socket, server: Server) -> None:
    """Take the connection and nothing else."""
    server.over.wait(30)


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[..., Server]]:
    """Start servers that requests may go to."""
    servers: list[Server] = []

    def start(behave: Behaviour, *, tls: ssl.SSLContext | None = None, allowed: bool = True) -> Server:
        server = Server(behave, tls)
        servers.append(server)
        if allowed:
            doors = {read_door(f"{host}:{server.port}") for host in ("127.0.0.1", "localhost")}
            settings.OUTBOUND_PRIVATE_HOSTS = {*settings.OUTBOUND_PRIVATE_HOSTS, *doors}
        return server

    yield start
    for server in servers:
        server.stop()


class Network:
    """Names that mean what the test says, and connections that are noted and refused: nothing leaves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.lookups: list[str] = []
        self.dialed: list[tuple[str, int]] = []
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(socket.socket, "connect", lambda _, address: self._connect(address))

    def name(self, host: str, *answers: list[str]) -> None:
        """Let a name have these addresses; with several answers, each is given once, and the last one from then on."""
        self.names[host] = list(answers)

    def _look_up(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.lookups.append(name)
        found = self.names.get(name)
        if found is None:
            # What the system's resolver makes of odd spellings of numbers, without a question to the network.
            with contextlib.suppress(OSError):
                found = [[socket.inet_ntoa(socket.inet_aton(name))]]
            with contextlib.suppress(ValueError):
                found = found or [[str(ipaddress.ip_address(name.strip("[]")))]]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        addresses = found.pop(0) if len(found) > 1 else found[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    def _connect(self, address: Any) -> None:
        self.dialed.append((address[0], address[1]))
        raise ConnectionRefusedError


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return Network(monkeypatch)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (ca.pem) and a server's certificate for localhost and for another name, with keys."""
    folder = tmp_path_factory.mktemp("certificates")
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    today = datetime.now(UTC)

    def certify(name: str, public_key: Any, *, ca: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(ca_key, hashes.SHA256())

    authority = certify("Test authority", ca_key.public_key(), ca=True)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for name in ("localhost", "elsewhere.example"):
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = certify(name, key.public_key(), ca=False)
        (folder / f"{name}.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return folder


@pytest.fixture
def trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust the test's authority as an operator makes his own trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    dialing._trust.cache_clear()
    yield
    dialing._trust.cache_clear()


def tls_for(certificates: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem")
    return context


def get(
    server: Server, path: str = "/", *, scheme: str = "http", host: str = "127.0.0.1", **more: Any
) -> Answer:
    return send(Request("GET", f"{scheme}://{host}:{server.port}{path}"), **more)


def post(server: Server, content: bytes = b"{}", **more: Any) -> Answer:
    return send(Request("POST", f"http://127.0.0.1:{server.port}/apply", content=content), **more)


# --- answers ----------------------------------------------------------------------------------------------------


def test_request_leaves_as_it_was_given_and_once(serve: Callable[..., Server], settings: Any) -> None:
    settings.OUTBOUND_CONTACT = "https://relevnt.example.org"
    server = serve(answer(b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\ndone"))
    request = Request(
        "POST",
        f"http://127.0.0.1:{server.port}/apply?key=K%20",
        {"Content-Type": "application/json", "Idempotency-Key": "abc"},
        b'{"name": "Alice"}',
    )

    came = send(request)

    assert came == Answer(201, {"x-a": "1, 2", "content-length": "4"}, b"done", truncated=False)
    assert server.received.split(b"\r\n") == [
        b"POST /apply?key=K%20 HTTP/1.1",
        b"Host: 127.0.0.1:" + str(server.port).encode(),
        b"Accept-Encoding: identity",
        b"Connection: close",
        b"User-Agent: Relevnt (+https://relevnt.example.org)",
        b"Content-Length: 17",
        b"Content-Type: application/json",
        b"Idempotency-Key: abc",
        b"",
        b'{"name": "Alice"}',
    ]
    assert server.connections == 1


def test_user_agent_is_the_house_or_what_the_caller_says(serve: Callable[..., Server]) -> None:
    server = serve(answer(OK))

    get(server)
    send(Request("GET", f"http://127.0.0.1:{server.port}/", {"user-agent": "alice@example.com"}))

    agents = [line for line in server.received.split(b"\r\n") if line.lower().startswith(b"user-agent")]
    assert agents == [b"User-Agent: Relevnt", b"user-agent: alice@example.com"]


def test_long_body_arrives_whole(serve: Callable[..., Server]) -> None:
    server = serve(answer(OK))
    content = random.Random(4).randbytes(9_000_000)

    assert post(server, content).body == b"hi"
    assert server.received.endswith(b"\r\n\r\n" + content)


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n", 200, b"hi!"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"hi"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + OK, 200, b"hi"),
        (b"HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 2\r\n\r\nno", 422, b"no"),
        (b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 429, b""),
        (b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\nmore than was said", 503, b""),
    ],
)
def test_every_status_is_an_answer(
    serve: Callable[..., Server], raw: bytes, status: int, body: bytes
) -> None:
    came = post(serve(answer(raw)))

    assert (came.status, came.body, came.truncated) == (status, body, False)


def test_head_has_no_body(serve: Callable[..., Server]) -> None:
    server = serve(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n"))

    assert send(Request("HEAD", f"http://127.0.0.1:{server.port}/")).body == b""


def test_big_headers_are_read(serve: Callable[..., Server]) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 1_000) for number in range(60))

    came = get(serve(answer(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")))

    assert came.headers["x-59"] == "v" * 1_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_an_answer_and_never_followed(serve: Callable[..., Server], status: int) -> None:
    inside = serve(answer(OK))
    location = b"http://127.0.0.1:%d/admin" % inside.port
    raw = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)
    server = serve(answer(raw))

    came = get(server)

    assert (came.status, came.headers["location"]) == (status, location.decode())
    assert (server.connections, inside.connections) == (1, 0)


def test_nothing_is_kept_between_requests(serve: Callable[..., Server]) -> None:
    server = serve(answer(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"))

    get(server)
    get(server)

    assert server.connections == 2
    assert b"cookie" not in server.received.lower()


def test_environment_and_netrc_are_not_listened_to(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxy, server = serve(answer(OK)), serve(answer(OK))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login alice password hush\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    get(server)

    assert (server.connections, proxy.connections) == (1, 0)
    assert b"authorization" not in server.received.lower()


# --- limits -----------------------------------------------------------------------------------------------------


def test_limits_are_those_of_the_design() -> None:
    limits = Limits()

    assert (limits.connect_seconds, limits.total_seconds, limits.body_bytes) == (5, 30, 5_242_880)


def test_body_of_just_the_limit_is_whole(serve: Callable[..., Server]) -> None:
    server = serve(answer(OK))

    assert get(server, limits=Limits(body_bytes=2)) == Answer(200, {"content-length": "2"}, b"hi")
    assert get(server, limits=Limits(body_bytes=1)).truncated


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"]
)
def test_endless_body_is_cut_and_memory_stays_small(serve: Callable[..., Server], head: bytes) -> None:
    server = serve(repeat(head, piece=b"x" * 65_536))
    tracemalloc.start()
    try:
        came = get(server, limits=Limits(body_bytes=1_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (came.status, came.body, came.truncated) == (200, b"x" * 1_000_000, True)
    assert peak < 6_000_000


def packed(raw: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(raw)
    return head + raw


def test_gzip_nobody_asked_for_is_unpacked(serve: Callable[..., Server]) -> None:
    raw = gzip.compress(b'{"ok": true}') + gzip.compress(b" and more")

    came = get(serve(answer(packed(raw))))

    assert came == Answer(200, {}, b'{"ok": true} and more')


def test_gzip_of_just_the_limit_is_whole(serve: Callable[..., Server]) -> None:
    raw = gzip.compress(b"hi")
    server = serve(answer(packed(raw)))

    assert get(server, limits=Limits(body_bytes=len(raw))) == Answer(200, {}, b"hi")
    assert get(server, limits=Limits(body_bytes=len(raw) - 1)) == Answer(200, {}, b"hi", truncated=True)


def test_gzip_bomb_is_cut_at_the_limit(serve: Callable[..., Server]) -> None:
    raw = gzip.compress(b"\0" * 50_000_000)
    server = serve(answer(packed(raw)))
    tracemalloc.start()
    try:
        came = get(server, limits=Limits(body_bytes=1_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (came.body, came.truncated) == (b"\0" * 1_000_000, True)
    assert peak < 6_000_000


def test_gzip_that_unpacks_to_nothing_is_cut_by_what_came(serve: Callable[..., Server]) -> None:
    empty = gzip.compress(b"")
    server = serve(repeat(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", piece=empty * 500))

    assert get(server, limits=Limits(body_bytes=100_000)) == Answer(200, {}, b"", truncated=True)


@pytest.mark.parametrize(
    "raw", [b"no gzip at all", gzip.compress(b"cut off" * 50)[:-9]], ids=["none", "cut off"]
)
def test_broken_gzip_is_no_answer(serve: Callable[..., Server], raw: bytes) -> None:
    with pytest.raises(Doubtful) as raised:
        get(serve(answer(packed(raw))))

    assert (raised.value.reason, raised.value.status) == ("protocol", 200)


def test_other_packing_is_left_as_it_came(serve: Callable[..., Server]) -> None:
    server = serve(answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n\x0b\x00"))

    came = get(server)

    assert (came.body, came.headers["content-encoding"]) == (b"\x0b\x00", "br")


# --- doubt: something has left ------------------------------------------------------------------------------------

DOUBTS: dict[str, tuple[Behaviour, str, int | None]] = {
    "closed before the answer": (answer(), "closed", None),
    "reset before the answer": (answer(cut=reset), "reset", None),
    "closed in the status line": (answer(b"HTTP/1.1 20"), "closed", None),
    "closed in the headers": (answer(b"HTTP/1.1 201 Created\r\nX-A"), "closed", None),
    "closed after the headers": (answer(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n"), "closed", 201),
    "closed in the body": (answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), "closed", 200),
    "closed in a chunk": (
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"),
        "closed",
        200,
    ),
    "no answer": (stall, "read_timeout", None),
    "headers that stop": (repeat(b"HTTP/1.1 200 OK\r\n", piece=b"", pause=0.05), "total_timeout", None),
    "headers that drip": (repeat(b"HTTP/1.1 200 OK\r\nX: ", piece=b"x", pause=0.05), "total_timeout", None),
    "body that drips": (
        repeat(b"HTTP/1.1 201 Created\r\nContent-Length: 9000\r\n\r\n", piece=b"x", pause=0.05),
        "total_timeout",
        201,
    ),
    "endless hints": (repeat(piece=b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01), "total_timeout", None),
    "no HTTP": (answer(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "protocol", None),
    "HTTP/0.9": (answer(b"<html>hello</html>\r\n\r\n"), "protocol", None),
    "no number": (answer(b"HTTP/1.1 abc OK\r\n\r\n"), "protocol", None),
    "a header with a line in it": (answer(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"), "protocol", None),
    "two lengths": (
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi"),
        "protocol",
        None,
    ),
    "a bad chunk": (
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n"),
        "protocol",
        200,
    ),
    "headers without end": (
        repeat(b"HTTP/1.1 200 OK\r\n", piece=b"X: " + b"y" * 60_000 + b"\r\n"),
        "protocol",
        None,
    ),
    "another protocol": (
        answer(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "protocol",
        None,
    ),
    "a request that is not read": (never_read, "total_timeout", None),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_what_goes_wrong_after_the_first_byte_is_a_doubt(serve: Callable[..., Server], name: str) -> None:
    behave, reason, status = DOUBTS[name]
    server = serve(behave)
    content = b"x" * 20_000_000 if behave is never_read else b"{}"

    with pytest.raises(Doubtful) as raised:
        post(server, content, limits=SHORT if "timeout" in reason else Limits())

    assert (raised.value.reason, raised.value.status) == (reason, status)
    assert raised.value.host == "127.0.0.1"
    assert server.connections == 1


def test_reset_in_the_middle_of_the_request_is_a_doubt(serve: Callable[..., Server]) -> None:
    def behave(connected: socket.socket, server: Server) -> None:
        server.received += connected.recv(1_000)
        reset(connected)

    server = serve(behave)

    with pytest.raises(Doubtful) as raised:
        post(server, b"x" * 20_000_000)

    assert raised.value.reason in {"write_error", "reset"}
    assert server.received


def test_answer_to_a_request_that_was_not_read_to_its_end_counts(serve: Callable[..., Server]) -> None:
    def behave(connected: socket.socket, server: Server) -> None:
        server.read_head(connected)
        connected.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        server.read_all(connected)

    assert post(serve(behave), b"x" * 5_000_000).status == 413


# --- certainty: nothing has left -----------------------------------------------------------------------------------


def never_left(request: Request, **more: Any) -> NeverLeft:
    with pytest.raises(NeverLeft) as raised:
        send(request, **more)
    return raised.value


def test_nobody_listens(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings.OUTBOUND_PRIVATE_HOSTS = [f"127.0.0.1:{port}"]

    failure = never_left(Request("POST", f"http://127.0.0.1:{port}/"))

    assert (failure.reason, failure.host) == ("connect_refused", "127.0.0.1")


def test_nobody_takes_the_connection(settings: Any) -> None:
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listening.getsockname()[1]
        settings.OUTBOUND_PRIVATE_HOSTS = [f"127.0.0.1:{port}"]
        # One that waits fills the queue: those after it are not answered.
        stack.enter_context(socket.create_connection(("127.0.0.1", port)))

        failure = never_left(Request("POST", f"http://127.0.0.1:{port}/"), limits=SHORT)

    assert failure.reason == "connect_timeout"


def test_name_is_not_known(network: Network) -> None:
    assert never_left(Request("GET", "https://nowhere.example/")).reason == "dns"
    assert network.lookups == ["nowhere.example"]


def test_resolver_that_hangs_does_not_hold_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        assert never_left(Request("GET", "https://slow.example/"), limits=SHORT).reason == "dns"
        assert not over.is_set()
    finally:
        over.set()


def test_certificate_is_that_of_the_name(
    serve: Callable[..., Server], certificates: Path, trusted: None
) -> None:
    names: list[str | None] = []
    tls = tls_for(certificates, "localhost")

    def hear(_connected: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        # Servers far away take their time, too.
        threading.Event().wait(0.05)
        names.append(name)

    tls.sni_callback = hear
    server = serve(answer(OK), tls=tls)

    came = get(server, scheme="https", host="localhost")

    assert came.body == b"hi"
    assert names == ["localhost"]
    assert b"Host: localhost:%d\r\n" % server.port in server.received


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_bad_certificate_lets_nothing_out(
    serve: Callable[..., Server], certificates: Path, name: str, request: pytest.FixtureRequest
) -> None:
    if name == "elsewhere.example":
        # Signed by a trusted authority, but for somebody else.
        request.getfixturevalue("trusted")
    server = serve(only_listen, tls=tls_for(certificates, name))

    failure = never_left(Request("POST", f"https://localhost:{server.port}/", content=b"hush"))

    assert (failure.reason, server.received) == ("tls", b"")


@pytest.mark.parametrize(
    "behave", [answer(OK), lambda connected, _: reset(connected), never_read, drip_handshake]
)
def test_server_without_tls_gets_nothing(serve: Callable[..., Server], behave: Behaviour) -> None:
    server = serve(behave)

    failure = never_left(Request("POST", f"https://localhost:{server.port}/apply"), limits=SHORT)

    # One that resets at once may do so before the connection stands.
    assert failure.reason in {"tls", "connect_failed"}
    assert b"apply" not in server.received


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_asked_directly_before_the_first_byte(
    serve: Callable[..., Server], certificates: Path, trusted: None, scheme: str
) -> None:
    server = serve(only_listen, tls=tls_for(certificates, "localhost") if scheme == "https" else None)
    asked = []

    def may_leave() -> bool:
        assert server.connected.wait(10)
        asked.append(server.received)
        return False

    failure = never_left(
        Request("POST", f"{scheme}://localhost:{server.port}/", content=b"hush"), may_leave=may_leave
    )
    server.stop()

    assert failure.reason == "too_late"
    assert asked == [b""]
    assert (server.connections, server.received) == (1, b"")


def test_asked_once_and_yes_sends(serve: Callable[..., Server]) -> None:
    asked = []

    def may_leave() -> bool:
        asked.append(1)
        return True

    assert post(serve(answer(OK)), b"x" * 500_000, may_leave=may_leave).status == 200
    assert asked == [1]


def test_not_asked_where_there_is_no_connection(settings: Any) -> None:
    asked = []
    never_left(Request("GET", "http://10.0.0.1/"), may_leave=lambda: bool(asked.append(1)))

    assert asked == []


def test_what_the_question_raises_comes_through_and_nothing_leaves(serve: Callable[..., Server]) -> None:
    def may_leave() -> bool:
        raise LookupError("the database is away")

    server = serve(only_listen)

    with pytest.raises(LookupError, match="away"):
        post(server, may_leave=may_leave)
    server.stop()

    assert server.received == b""


def test_yes_after_the_time_is_up_comes_too_late(serve: Callable[..., Server]) -> None:
    server = serve(only_listen)

    def may_leave() -> bool:
        threading.Event().wait(SHORT.total_seconds)
        return True

    with pytest.raises(NeverLeft, match="too_late"):
        post(server, may_leave=may_leave, limits=SHORT)
    server.stop()

    assert server.received == b""


@pytest.mark.parametrize("cut", [reset, socket.socket.close], ids=["reset", "closed"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_hung_up_before_the_first_byte(
    serve: Callable[..., Server],
    certificates: Path,
    trusted: None,
    cut: Callable[[socket.socket], None],
    scheme: str,
) -> None:
    asked, cut_off = threading.Event(), threading.Event()

    def behave(connected: socket.socket, _: Server) -> None:
        assert asked.wait(10)
        cut(connected)
        cut_off.set()

    def may_leave() -> bool:
        asked.set()
        return cut_off.wait(10)

    tls = tls_for(certificates, "localhost") if scheme == "https" else None
    if tls is not None:
        # A ticket would stand before the end, and hide it.
        tls.num_tickets = 0
    server = serve(behave, tls=tls)

    failure = never_left(Request("POST", f"{scheme}://localhost:{server.port}/"), may_leave=may_leave)

    assert failure.reason == "reset"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_hung_up_at_the_first_byte(
    serve: Callable[..., Server],
    certificates: Path,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    asked, cut_off = threading.Event(), threading.Event()

    def behave(connected: socket.socket, _: Server) -> None:
        assert asked.wait(10)
        reset(connected)
        cut_off.set()

    def may_leave() -> bool:
        asked.set()
        return cut_off.wait(10)

    def see_nothing(reading: socket.socket, most: int, flags: int = 0) -> bytes:
        if flags & socket.MSG_PEEK:
            # As if the other side hung up just after this look.
            raise BlockingIOError
        return receive(reading, most, flags)

    receive = socket.socket.recv
    monkeypatch.setattr(socket.socket, "recv", see_nothing, raising=False)
    server = serve(behave, tls=tls_for(certificates, "localhost") if scheme == "https" else None)

    failure = never_left(Request("POST", f"{scheme}://localhost:{server.port}/"), may_leave=may_leave)

    assert failure.reason == "reset"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET /\r\nX: ", {}),
        ("get", {}),
        ("", {}),
        ("CONNECT", {}),
        ("GET", {"X-A": "a\r\nHost: inside"}),
        ("GET", {"X-A\r\nHost": "inside"}),
        ("GET", {"X-A": "a\x00"}),
        ("GET", {"X-A": " a"}),
        ("GET", {"X-A": "ü"}),
        ("GET", {"": "a"}),
        ("GET", {"Host": "inside"}),
        ("GET", {"hOST": "inside"}),
        ("GET", {"Content-Length": "7"}),
        ("GET", {"Transfer-Encoding": "chunked"}),
        ("GET", {"Connection": "keep-alive"}),
        ("GET", {"Accept-Encoding": "gzip, br"}),
    ],
)
def test_request_that_would_be_another_one_is_refused(
    serve: Callable[..., Server], method: str, headers: dict[str, str]
) -> None:
    server = serve(answer(OK))

    failure = never_left(Request(method, f"http://127.0.0.1:{server.port}/", headers))

    assert failure.reason == "refused_request"
    assert server.connections == 0


# --- never inside ---------------------------------------------------------------------------------------------------

INSIDE_ADDRESSES = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.20.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
                    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
                    "64:ff9b::7f00:1", "2002:7f00:1::", "2001::7f00:1"]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE + MALFORMED, ids=lambda url: ascii(url)[:40])
def test_no_spelling_leads_inside(network: Network, url: str) -> None:
    assert never_left(Request("GET", url)).reason in {"refused_address", "refused_url"}
    assert (network.dialed, network.lookups) == ([], [])


@pytest.mark.parametrize("address", INSIDE_ADDRESSES)
def test_name_of_an_address_inside_is_refused(network: Network, address: str) -> None:
    network.name("harmless.example", [address])

    failure = never_left(Request("GET", "https://harmless.example/"))

    assert (failure.reason, failure.host) == ("refused_address", "harmless.example")
    assert network.dialed == []


@pytest.mark.parametrize("address", INSIDE_ADDRESSES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_address_inside_among_public_ones_is_enough(network: Network, address: str, place: int) -> None:
    answers = [PUBLIC, PUBLIC_V6]
    answers.insert(place, address)
    network.name("mixed.example", answers)

    assert never_left(Request("GET", "https://mixed.example/")).reason == "refused_address"
    assert network.dialed == []


def test_name_that_turns_inward_is_looked_up_once_and_that_answer_dialed(network: Network) -> None:
    network.name("rebinding.example", [PUBLIC], ["127.0.0.1"])

    failure = never_left(Request("GET", "https://rebinding.example/"))

    assert failure.reason == "connect_refused"
    assert network.lookups == ["rebinding.example"]
    assert network.dialed == [(PUBLIC, 443)]


def test_every_address_is_tried_in_turn(network: Network) -> None:
    network.name("many.example", [PUBLIC_V6, PUBLIC, OTHER_PUBLIC, PUBLIC])

    assert never_left(Request("GET", "http://many.example/")).reason == "connect_refused"
    assert network.dialed == [(PUBLIC_V6, 80), (PUBLIC, 80), (OTHER_PUBLIC, 80)]


def test_net_that_is_not_there_is_told(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> None:
        raise OSError(errno.ENETUNREACH, "unreachable")

    monkeypatch.setattr(socket.socket, "connect", connect)

    assert never_left(Request("GET", f"http://{PUBLIC}/")).reason == "connect_failed"


def test_next_address_takes_the_connection(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answer(OK))

    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, server.port)) for address in ("::1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    assert get(server, host="localhost").body == b"hi"


def test_server_on_the_loopback_needs_an_allowance(serve: Callable[..., Server], settings: Any) -> None:
    allowed, other = serve(answer(OK)), serve(answer(OK), allowed=False)

    assert get(allowed).status == 200
    for host in ("127.0.0.1", "localhost"):
        assert never_left(Request("GET", f"http://{host}:{other.port}/")).reason == "refused_url"
    settings.OUTBOUND_PRIVATE_HOSTS = []
    assert never_left(Request("GET", f"http://127.0.0.1:{allowed.port}/")).reason == "refused_url"
    assert (allowed.connections, other.connections) == (1, 0)


def is_inside(address: str) -> bool:
    """Another opinion than the one under test: what Python says, and what it is known to miss."""
    judged = ipaddress.ip_address(address)
    if isinstance(judged, ipaddress.IPv6Address):
        return judged.is_multicast or not judged.is_global or (int(judged) >> 96) in {0x64FF9B0000000000000000, 0x20010000} or (int(judged) >> 112) == 0x2002  # fmt: skip
    return judged.is_private or judged.is_multicast or not judged.is_global


def fuzzed_url(chance: random.Random, names: list[str]) -> str:
    """An address made of parts that are often right and sometimes not."""
    address = ipaddress.ip_address(chance.choice([*INSIDE_ADDRESSES[:9], PUBLIC, OTHER_PUBLIC]))
    number = int(address)
    octets = str(address).split(".")
    spelled = [
        str(address),
        str(number),
        hex(number),
        oct(number).replace("o", ""),
        ".".join(hex(int(octet)) for octet in octets),
        ".".join(f"{int(octet):04o}" for octet in octets),
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"{octets[0]}.{octets[1]}.{number & 0xFFFF}",
        f"[::ffff:{address}]",
        f"[64:ff9b::{address}]",
        f"[{chance.choice(INSIDE_ADDRESSES[9:])}]",
        f"{address}.",
        str(address).replace(".", "。"),
    ]
    host = chance.choice(spelled + names * 3)
    scheme = chance.choice(
        ["http://", "https://"] * 5 + ["HTTP://", "http:/", "http:\\\\", "//", "ftp://", "http://http://"]
    )
    user = chance.choice([""] * 14 + ["a@", "a:b@", f"{PUBLIC}@", "public.example:80@", "\\@", "%40@"])
    port = chance.choice([""] * 8 + [":80", ":443", ":22", ":", ":0", ":99999"])
    path = chance.choice(
        ["", "/", "/a?b=c", "/#@127.0.0.1", "?@127.0.0.1/", "/..", "/ü"] * 2 + ["/\r\nX: y", "\\"]
    )
    url = f"{scheme}{user}{host}{port}{path}"
    if chance.random() < 0.15:
        spot = chance.randrange(len(url) + 1)
        url = url[:spot] + chance.choice("\0\t\n \\@#?/:[]%.\u3002\u200b\u00adé") + url[spot:]
    return url


def naive_get(url: str) -> None:
    """What is usually written: parse, look up and check one address, and let the library look up again."""
    host = urlsplit(url).hostname or ""
    first = socket.getaddrinfo(host, 80)[0][4][0]
    if ipaddress.ip_address(first).is_private:
        return
    with socket.socket() as dialing:
        dialing.connect((socket.getaddrinfo(host, 80)[0][4][0], 80))


def fuzz(network: Network, fetch: Callable[[str], Any], rounds: int) -> tuple[int, int]:
    """Fetch many addresses under names that change; how many connections went outside, and how many inside."""
    chance = random.Random(11)
    everywhere = [*INSIDE_ADDRESSES, *[PUBLIC, OTHER_PUBLIC, PUBLIC_V6] * 4]
    for _ in range(rounds):
        network.name("public.example", [PUBLIC])
        network.name("any.example", *[chance.choices(everywhere, k=chance.randint(1, 3)) for _ in range(2)])
        network.name("turning.example", [PUBLIC], ["127.0.0.1"])
        with contextlib.suppress(NeverLeft, OSError, ValueError):
            fetch(fuzzed_url(chance, ["public.example", "any.example", "turning.example", "localhost"]))
    inside = sum(is_inside(address) for address, _ in network.dialed)
    return len(network.dialed) - inside, inside


def test_ten_thousand_addresses_lead_nowhere_inside(network: Network) -> None:
    outside, inside = fuzz(network, lambda url: send(Request("GET", url)), 10_000)

    assert inside == 0
    # Those that were right did go out.
    assert outside > 500
    assert {port for _, port in network.dialed} == {80, 443}


def test_control_the_usual_client_is_led_inside(network: Network) -> None:
    outside, inside = fuzz(network, naive_get, 1_000)

    assert inside > 20
    assert outside > 20


# --- nothing is told -------------------------------------------------------------------------------------------------

SECRET = "hush-4711"


@pytest.mark.parametrize(
    "behave",
    [answer(b"HTTP/1.1 200 OK\r\nX: %b\r\n\r\n%b" % ((SECRET.encode(),) * 2)), answer(), answer(cut=reset), answer(SECRET.encode() + b"\r\n\r\n"), stall,
     answer(b"HTTP/1.1 200 OK\r\nX: " + SECRET.encode() + b"\r\nContent-Length: 9\r\n\r\n" + SECRET.encode()[:4])],
)  # fmt: skip
def test_secrets_stay_out_of_logs_and_exceptions(
    serve: Callable[..., Server], caplog: pytest.LogCaptureFixture, behave: Behaviour
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(behave)
    url = f"http://127.0.0.1:{server.port}/{SECRET}?key={SECRET}"
    request = Request("POST", url, {"Authorization": SECRET}, SECRET.encode())

    told = repr(request)
    try:
        told += repr(send(request, limits=SHORT if behave is stall else Limits()))
    except Doubtful as doubt:
        told += repr(doubt) + str(doubt)

    assert SECRET.encode() in server.received
    assert SECRET not in told
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if SECRET in repr(vars(record))]


@pytest.mark.parametrize(
    "url",
    [
        f"http://10.0.0.1/?key={SECRET}",
        f"https://user:{SECRET}@example.org/",
        f"https://nowhere.example/?key={SECRET}",
        f"https://example.org:22/?key={SECRET}",
    ],
)
def test_refusal_tells_reason_and_host_alone(
    network: Network, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    caplog.set_level(logging.DEBUG)

    failure = never_left(Request("GET", url, {"X": SECRET}))

    assert SECRET not in str(failure) + repr(failure) + caplog.text
    assert str(failure).split(" ")[0] == failure.reason


def test_exceptions_travel_between_processes() -> None:
    failure = pickle.loads(pickle.dumps(NeverLeft("dns", "a.example")))
    doubt = pickle.loads(pickle.dumps(Doubtful("closed", "a.example", 201)))

    assert (failure.reason, failure.host, str(failure)) == ("dns", "a.example", "dns a.example")
    assert (doubt.reason, doubt.host, doubt.status, str(doubt)) == (
        "closed",
        "a.example",
        201,
        "closed a.example",
    )
