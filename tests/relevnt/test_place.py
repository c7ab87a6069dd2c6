"""Where state lives and how servers are addressed."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from relevnt.embedded import place

BASE = Path("/opt/relevnt")
SERVER = "postgresql://boss:secret@db.example:5433/postgres?sslmode=require"


def test_state_dir_is_named_by_the_environment():
    environ = {"RELEVNT_STATE_DIR": "/srv/state"}

    state = place.state_dir(BASE, environ)

    assert state == Path("/srv/state")


def test_state_dir_reads_a_relative_name_from_the_checkout():
    environ = {"RELEVNT_STATE_DIR": "state"}

    state = place.state_dir(BASE, environ)

    assert state == BASE / "state"


def test_state_dir_is_local_for_an_ordinary_checkout(tmp_path_factory):
    base = Path("/")

    state = place.state_dir(base, {})

    assert state == Path("/.local")


def test_state_dir_leaves_a_checkout_that_is_too_deep_for_a_socket():
    base = Path("/") / "deep" / ("d" * 90)

    state = place.state_dir(base, {"XDG_STATE_HOME": "/srv/xdg"})

    assert state.parent == (Path("/var/lib") if os.geteuid() == 0 else Path("/srv/xdg"))
    assert state.name.startswith("relevnt-")


def test_state_dir_differs_between_two_deep_checkouts():
    deep = Path("/") / ("d" * 90)

    states = {place.state_dir(deep / name, {"XDG_STATE_HOME": "/srv/xdg"}) for name in ("one", "two")}

    assert len(states) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")
def test_state_dir_leaves_a_home_that_the_server_account_cannot_enter(tmp_path):
    base = tmp_path / "home"
    base.mkdir(mode=0o700)

    state = place.state_dir(base, {})

    assert state.parent == Path("/var/lib")


def test_state_dir_refuses_a_name_too_long_for_a_socket():
    environ = {"RELEVNT_STATE_DIR": "/srv/" + "x" * 90}

    with pytest.raises(place.PlaceError, match="too long for a socket path") as refusal:
        place.state_dir(BASE, environ)

    assert "RELEVNT_STATE_DIR" in str(refusal.value)


def test_longest_socket_path_stays_within_the_limit():
    state = place.state_dir(BASE, {"RELEVNT_STATE_DIR": "/" + "x" * 86})

    longest = max(len(str(place.socket_dir(state) / ".s.PGSQL.5432")), len(str(place.valkey_socket(state))))

    assert longest == place.SOCKET_PATH_LIMIT


def test_make_state_dir_names_the_directory_that_cannot_be_made(tmp_path):
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(place.PlaceError, match="RELEVNT_STATE_DIR"):
        place.make_state_dir(file / "state")


def test_database_urls_lead_to_the_embedded_server_by_default():
    environ = {"RELEVNT_STATE_DIR": "/srv/state"}

    urls = place.database_urls(BASE, environ)

    assert urls == {
        "owner": "postgresql://relevnt_owner@/relevnt?host=/srv/state/s",
        "app": "postgresql://relevnt_app@/relevnt?host=/srv/state/s",
        "worker": "postgresql://relevnt_worker@/relevnt?host=/srv/state/s",
    }


def test_database_urls_use_three_given_addresses_as_they_are():
    environ = {
        "DATABASE_URL": "postgresql://a@h/x",
        "DATABASE_OWNER_URL": "postgresql://o@h/x",
        "WORKER_DATABASE_URL": "postgres://w@h/x",
    }

    urls = place.database_urls(BASE, environ)

    assert urls == {"owner": "postgresql://o@h/x", "app": "postgresql://a@h/x", "worker": "postgres://w@h/x"}
    assert not place.needs_bootstrap(environ)


def test_database_urls_carry_no_password_before_the_first_bootstrap(tmp_path):
    environ = {"DATABASE_URL": SERVER, "RELEVNT_STATE_DIR": str(tmp_path)}

    urls = place.database_urls(BASE, environ)

    assert urls["app"] == "postgresql://relevnt_app@db.example:5433/relevnt?sslmode=require"
    assert not place.bootstrapped(BASE, environ)


def test_database_urls_carry_the_generated_passwords(tmp_path):
    environ = {"DATABASE_URL": SERVER, "RELEVNT_STATE_DIR": str(tmp_path)}
    passwords = {role: f"pw-{role}" for role in place.ROLES.values()}
    place.credentials_file(tmp_path).write_text(json.dumps(passwords))

    urls = place.database_urls(BASE, environ)

    assert (
        urls["worker"]
        == "postgresql://relevnt_worker:pw-relevnt_worker@db.example:5433/relevnt?sslmode=require"
    )
    assert place.bootstrapped(BASE, environ)


def test_database_urls_never_carry_the_bootstrap_role(tmp_path):
    environ = {
        "DATABASE_URL": "postgresql://boss:secret@/jobs?host=/run/pg&user=boss&password=secret",
        "RELEVNT_STATE_DIR": str(tmp_path),
    }

    urls = place.database_urls(BASE, environ)

    assert urls["owner"] == "postgresql://relevnt_owner@/jobs?host=/run/pg"


@pytest.mark.parametrize(
    ("given", "missing"),
    [("DATABASE_OWNER_URL", "WORKER_DATABASE_URL"), ("WORKER_DATABASE_URL", "DATABASE_OWNER_URL")],
)
def test_database_urls_refuse_half_a_set(given, missing):
    environ = {"DATABASE_URL": "postgresql://a@h/x", given: "postgresql://o@h/x"}

    with pytest.raises(place.PlaceError, match=f"^{missing} is not set"):
        place.database_urls(BASE, environ)


def test_database_urls_refuse_another_database_without_showing_its_password():
    environ = {"DATABASE_URL": "mysql://root:secret@h/x"}

    with pytest.raises(place.PlaceError, match="DATABASE_URL is not a PostgreSQL address") as refusal:
        place.database_urls(BASE, environ)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "[]", '{"relevnt_owner": "x"}', '{"relevnt_owner": 1}'])
def test_read_credentials_refuses_a_spoiled_file(tmp_path, text):
    place.credentials_file(tmp_path).write_text(text)

    with pytest.raises(place.PlaceError, match=r"credentials\.json"):
        place.read_credentials(tmp_path)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://h", "relevnt"),
        ("postgresql://h/", "relevnt"),
        ("postgresql://h/postgres", "relevnt"),
        ("postgresql://h/jobs?sslmode=require", "jobs"),
    ],
)
def test_database_name_is_never_a_maintenance_database(url, name):
    assert place.database_name(url) == name


@pytest.mark.parametrize(
    ("given", "celery"),
    [
        ("unix:///srv/v.sock?db=0", "redis+socket:///srv/v.sock?virtual_host=1"),
        ("redis://h", "redis://h/1"),
        ("redis://:pw@h:6380/0", "redis://:pw@h:6380/1"),
        ("rediss://h/3?ssl_cert_reqs=required", "rediss://h/1?ssl_cert_reqs=required"),
    ],
)
def test_celery_url_names_the_same_server_in_celerys_spelling(given, celery):
    assert place.celery_url(given, 1) == celery


def test_redis_url_prefers_the_environment():
    environ = {"REDIS_URL": "redis://h/0", "RELEVNT_STATE_DIR": "/srv/state"}

    urls = place.redis_url(BASE, environ), place.redis_url(BASE, environ | {"REDIS_URL": ""})

    assert urls == ("redis://h/0", "unix:///srv/state/v/v.sock?db=0")


def test_local_secret_is_made_once_for_any_number_of_first_starts(tmp_path):
    environ = {"RELEVNT_STATE_DIR": str(tmp_path / "state")}

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: place.local_secret(BASE, environ), range(32)))

    assert len(secrets) == 1
    assert len(secrets.pop()) >= 50
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "state" / "secret").stat().st_mode) == 0o600
