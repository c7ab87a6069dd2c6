"""What an operator can mend is said in one sentence: wrong values, a silent database, a checkout of somebody else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
SILENT = "postgresql://relevnt_app:hush@127.0.0.1:1/relevnt"
THREE = ("DATABASE_URL", "DATABASE_OWNER_URL", "WORKER_DATABASE_URL")


def run(*argv: str, **other: str) -> subprocess.CompletedProcess[str]:
    """A command in an environment of its own, to its end."""
    names = {name: value for name, value in os.environ.items() if name != "RELEVNT_ROLE"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *argv],
        env={**names, **other},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout() -> Iterator[Path]:
    """The installer in a checkout that this account, or nobody when root runs the tests, may not write to."""
    with tempfile.TemporaryDirectory(prefix="relevnt-foreign-") as directory:
        folder = Path(directory)
        embedded = folder / "relevnt" / "embedded"
        embedded.mkdir(parents=True)
        shutil.copy(ROOT / "relevnt" / "embedded" / "install.sh", embedded)
        shutil.copy(ROOT / "requirements.lock", folder)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("MATCHES_PER_PERSONA", "many", "a whole number from 1"),
        ("MATCHES_PER_PERSONA", "-5", "a whole number from 1"),
        ("TRUSTED_PROXIES", "-1", "a whole number from 0"),
        ("RELEVNT_TICK_SECONDS", "x", "a number of seconds above 0"),
        ("RELEVNT_TICK_SECONDS", "nan", "a number of seconds above 0"),
        ("AUTO_APPLY_SEND_SECONDS", "0.5", "seconds, at least 1"),
        ("AUTO_APPLY_LEASE_SECONDS", "59", "seconds, at least twice AUTO_APPLY_SEND_SECONDS, 60"),
        ("AUTO_APPLY_QUARANTINE_SECONDS", "90", "seconds, at least twice AUTO_APPLY_LEASE_SECONDS, 180"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("DEBUG", "perhaps", "true or false"),
        ("RELEVNT_ROLE", "boss", "owner, app, worker"),
    ],
)
def test_wrong_value_is_named_in_one_sentence(name: str, value: str, takes: str) -> None:
    done = run("check", **{name: value})

    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}={value} cannot be used")
    assert takes in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_URL", "hush"),
        ("EMAIL_URL", "smtp://me:hush@host:port"),
        ("EMAIL_URL", "smtp:///hush"),
        ("DATABASE_URL", "mysql://me:hush@host/relevnt"),
        ("WORKER_DATABASE_URL", "postgresql://me:hush@host:port/relevnt"),
        ("REDIS_URL", "hush"),
    ],
)
def test_wrong_address_is_named_without_its_password(name: str, value: str) -> None:
    done = run("check", **{name: value})

    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} ")
    assert "hush" not in done.stderr
    assert done.stderr.count("\n") == 1


OIDC = {
    "OIDC_ISSUER": "https://id.example.org/realms/people",
    "OIDC_NAME": "Example ID",
    "OIDC_CLIENT_ID": "relevnt",
    "OIDC_CLIENT_SECRET": "hush",
}


@pytest.mark.parametrize("missing", sorted(OIDC))
def test_provider_that_is_named_by_half_is_refused(missing: str) -> None:
    done = run("check", **{**OIDC, missing: " "})

    assert done.returncode == 1
    assert done.stderr.startswith(f"{missing}= cannot be used")
    assert re.search(r"because OIDC_\w+ is set", done.stderr)
    assert "hush" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("issuer", "debug", "code"),
    [
        ("https://id.example.org", "false", 0),
        ("http://127.0.0.1:8080/realms/people", "true", 0),
        ("http://127.0.0.1:8080/realms/people", "false", 1),
        ("http://id.example.org", "true", 1),
    ],
)
def test_provider_is_encrypted_but_for_one_on_this_machine(issuer: str, debug: str, code: int) -> None:
    done = run("check", **{**OIDC, "OIDC_ISSUER": issuer, "DEBUG": debug})

    assert done.returncode == code, done.stderr
    assert ("begins with https://" in done.stderr) == bool(code)


def test_values_in_their_usual_spelling_are_taken() -> None:
    done = run(
        "shell",
        "--no-imports",
        "-c",
        "from django.conf import settings as s; print(s.DEBUG, s.MATCHES_PER_PERSONA, s.TICK_SECONDS, s.EMAIL_HOST)",
        DEBUG="No",
        MATCHES_PER_PERSONA="20",
        RELEVNT_TICK_SECONDS="0.5",
        EMAIL_URL="smtp+tls://me:hush@mail.example.org:587",
    )

    assert done.stdout.split() == ["False", "20", "0.5", "mail.example.org"]


@pytest.mark.parametrize(
    ("environment", "trusted"), [({}, "0"), ({"HTTPS": "true"}, "1"), ({"TRUSTED_PROXIES": "2"}, "2")]
)
def test_proxies_are_trusted_as_the_operator_says(environment: dict[str, str], trusted: str) -> None:
    code = "from django.conf import settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT, s.REST_FRAMEWORK['NUM_PROXIES'])"

    done = run("shell", "--no-imports", "-c", code, **environment)

    assert done.stdout.split() == [trusted, trusted]


@pytest.mark.parametrize("command", [["migrate"], ["match_personas"], ["load_demo"]])
def test_silent_database_is_said_in_one_sentence(command: list[str]) -> None:
    done = run(*command, **dict.fromkeys(THREE, SILENT))

    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer; check DATABASE_URL.")
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr


def test_embedded_database_that_is_off_names_the_command_that_starts_it() -> None:
    with tempfile.TemporaryDirectory(prefix="relevnt-off-") as state:
        done = run("migrate", **dict.fromkeys(THREE, ""), RELEVNT_STATE_DIR=state)

    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer; start Relevnt with ./run first.")


def test_installer_says_that_it_may_not_write_here(checkout: Path) -> None:
    done = subprocess.run(
        ["sh", str(checkout / "relevnt" / "embedded" / "install.sh"), "run"],
        user=NOBODY if os.geteuid() == 0 else None,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("This account (")
    assert f"may not write to {checkout}, " in done.stderr
    assert "copy of your own" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(checkout.glob(".venv")) == []
