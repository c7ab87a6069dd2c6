"""Where Relevnt keeps its state and how its servers are addressed: paths and addresses, nothing is started."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

OWNER = "relevnt_owner"
APP = "relevnt_app"
WORKER = "relevnt_worker"
DATABASE = "relevnt"
ROLES = {"owner": OWNER, "app": APP, "worker": WORKER}

# macOS allows 104 bytes for a socket path with its closing zero (sys/un.h); Linux allows 108.
SOCKET_PATH_LIMIT = 103
_LONGEST_SOCKET_NAME = "/s/.s.PGSQL.5432"


class PlaceError(Exception):
    """A path or an address that cannot be used; the message says which one and how to mend it."""


def state_dir(base: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Directory of everything Relevnt keeps on this machine, for the checkout at `base`; it may not exist yet.

    RELEVNT_STATE_DIR wins, then `<base>/.local`; a checkout that is too deep for a socket path, or that root runs
    but other accounts cannot enter, keeps its state outside. Raises PlaceError when no usable path is left.
    """
    if chosen := environ.get("RELEVNT_STATE_DIR"):
        return _short_enough(base / Path(chosen).expanduser())
    local = base / ".local"
    as_root = os.geteuid() == 0
    if _fits(local) and not (as_root and not reachable_by_others(base)):
        return local
    if as_root:
        outside = Path("/var/lib")
    else:
        outside = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    mark = hashlib.sha256(os.fsencode(base.resolve())).hexdigest()[:8]
    return _short_enough(outside / f"relevnt-{mark}")


def reachable_by_others(path: Path) -> bool:
    """True when every existing directory from the root down to `path` may be entered by any account."""
    resolved = path.resolve()
    return all(d.stat().st_mode & 0o001 for d in (resolved, *resolved.parents) if d.is_dir())


def temporary_dir() -> Path:
    """Directory for throw-away state: the system's own, or /tmp where that one is closed or too deep for servers."""
    usual = Path(tempfile.gettempdir())
    closed = os.geteuid() == 0 and not reachable_by_others(usual)
    return usual if _fits(usual / "relevnt-tests-12345678") and not closed else Path("/tmp")  # noqa: S108


def make_state_dir(state: Path) -> None:
    """Create the state directory: private, but passable when root will start servers under another account.

    Raises PlaceError when it cannot be made or belongs to somebody else.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        owner = state.stat().st_uid
        if owner == os.geteuid():
            state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise PlaceError(
            f"The state directory {state} cannot be made or entered ({error.strerror}). "
            "Set RELEVNT_STATE_DIR to a directory that this account may write to."
        ) from error
    if owner != os.geteuid() and os.geteuid() != 0:
        raise PlaceError(
            f"The state directory {state} belongs to another account (user id {owner}). Run Relevnt as that "
            "account, or set RELEVNT_STATE_DIR to a directory of your own."
        )


def socket_dir(state: Path) -> Path:
    """Directory of the embedded PostgreSQL's socket."""
    return state / "s"


def valkey_socket(state: Path) -> Path:
    """Socket of the embedded Valkey."""
    return state / "v" / "v.sock"


def embedded_url(state: Path, role: str, database: str = DATABASE) -> str:
    """Address of `database` on the embedded PostgreSQL for `role`; its socket directory is the only key needed."""
    return f"postgresql://{role}@/{database}?host={socket_dir(state)}"


def database_urls(base: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the database for the three roles, by the keys `owner`, `app` and `worker`.

    Without DATABASE_URL they lead to the embedded server. With DATABASE_OWNER_URL and WORKER_DATABASE_URL beside
    it, the three are used as given. DATABASE_URL alone is for bootstrap: the three are derived from it with the
    passwords that `manage.py up` generated; before that first start they carry no password (see `bootstrapped`).
    Raises PlaceError for an address that is not PostgreSQL's, for half a set, or for a spoiled password file.
    """
    given = environ.get("DATABASE_URL")
    state = state_dir(base, environ)
    if not given:
        return {key: embedded_url(state, role) for key, role in ROLES.items()}
    _check_address("DATABASE_URL", given)
    owner, worker = environ.get("DATABASE_OWNER_URL"), environ.get("WORKER_DATABASE_URL")
    if owner and worker:
        _check_address("DATABASE_OWNER_URL", owner)
        _check_address("WORKER_DATABASE_URL", worker)
        return {"owner": owner, "app": given, "worker": worker}
    if owner or worker:
        missing = "WORKER_DATABASE_URL" if owner else "DATABASE_OWNER_URL"
        raise PlaceError(
            f"{missing} is not set. Set DATABASE_URL, DATABASE_OWNER_URL and WORKER_DATABASE_URL together, or "
            "DATABASE_URL alone with a role that may create roles."
        )
    passwords = read_credentials(state)
    name = database_name(given)
    return {
        key: address_for(given, role=role, password=passwords.get(role), database=name)
        for key, role in ROLES.items()
    }


def needs_bootstrap(environ: Mapping[str, str]) -> bool:
    """True when DATABASE_URL is set alone, so that its role creates the three roles that Relevnt runs as."""
    names = ("DATABASE_OWNER_URL", "WORKER_DATABASE_URL")
    return bool(environ.get("DATABASE_URL")) and not all(environ.get(name) for name in names)


def bootstrapped(base: Path, environ: Mapping[str, str]) -> bool:
    """False when the roles' passwords are still missing because `manage.py up` never ran on this DATABASE_URL."""
    return not needs_bootstrap(environ) or bool(read_credentials(state_dir(base, environ)))


def database_name(url: str) -> str:
    """Database that a bootstrap address means: the one it names, or `relevnt` for a maintenance database."""
    name = urlsplit(url).path.lstrip("/")
    return DATABASE if name in {"", "postgres", "template1"} else name


def address_for(url: str, *, role: str, password: str | None, database: str) -> str:
    """The same server as in `url`, for another role and database."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = role if password is None else f"{role}:{password}"
    query = [(k, v) for k, v in parse_qsl(parts.query) if k not in {"user", "password", "dbname"}]
    return urlunsplit((parts.scheme, f"{user}@{host}", f"/{database}", urlencode(query, safe="/"), ""))


def credentials_file(state: Path) -> Path:
    """File of the generated role passwords, readable by its owner only."""
    return state / "credentials.json"


def read_credentials(state: Path) -> dict[str, str]:
    """Generated passwords by role name, empty before the first bootstrap; PlaceError when the file is spoiled."""
    path = credentials_file(state)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PlaceError(
            f"{path} cannot be read ({error}). Remove it: the next start sets new passwords."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(found.get(role), str) for role in ROLES.values()):
        raise PlaceError(
            f"{path} does not hold one password for each role. Remove it: the next start sets new ones."
        )
    return {role: found[role] for role in ROLES.values()}


def redis_url(base: Path, environ: Mapping[str, str]) -> str:
    """Address of Redis: REDIS_URL, else the embedded Valkey's socket, database 0."""
    return environ.get("REDIS_URL") or f"unix://{valkey_socket(state_dir(base, environ))}?db=0"


def celery_url(redis_url: str, db: int) -> str:
    """The same Redis in Celery's spelling (kombu's `redis+socket` for sockets), database number `db`."""
    parts = urlsplit(redis_url)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k not in {"db", "virtual_host"}]
    if parts.scheme == "unix":
        query.append(("virtual_host", str(db)))
        # not urlunsplit: it drops the empty host of a scheme that it does not know
        return f"redis+socket://{parts.netloc}{parts.path}?{urlencode(query, safe='/')}"
    return urlunsplit((parts.scheme, parts.netloc, f"/{db}", urlencode(query, safe="/"), ""))


def local_secret(base: Path, environ: Mapping[str, str] = os.environ, *, name: str = "secret") -> str:
    """A secret of this installation, made on first use and kept in the state directory, readable by its owner."""
    state = state_dir(base, environ)
    path = state / name
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii")
    make_state_dir(state)
    draft = write_private(state, secrets.token_urlsafe(48))
    try:
        # link() refuses an existing name: of two first starts at once, both use the key of the first
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii")


def encryption_key(secret: str) -> bytes:
    """The key that Fernet takes (32 bytes, base64), made of a secret of any length."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())


def write_private(directory: Path, text: str) -> Path:
    """A new file in `directory` with `text`, safely on disk and readable by its owner only, to be renamed or linked."""
    path = directory / f".draft-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    return path


def _fits(state: Path) -> bool:
    return len(os.fsencode(state)) + len(_LONGEST_SOCKET_NAME) <= SOCKET_PATH_LIMIT


def _short_enough(state: Path) -> Path:
    if not _fits(state):
        limit = SOCKET_PATH_LIMIT - len(_LONGEST_SOCKET_NAME)
        raise PlaceError(
            f"The state directory {state} is too long for a socket path (at most {limit} bytes). "
            "Set RELEVNT_STATE_DIR to a shorter one."
        )
    return state


def _check_address(name: str, url: str) -> None:
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise PlaceError(
            f"{name} is not a PostgreSQL address. It reads like postgresql://user:password@host:5432/relevnt"
        )
