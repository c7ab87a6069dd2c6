"""Values of settings that say where requests may go, and who sends them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from relevnt.environment import Environment


def environment(monkeypatch: pytest.MonkeyPatch, text: str) -> Environment:
    monkeypatch.setattr(Environment, "ENVIRON", {"NAME": text})
    return Environment()


@pytest.mark.parametrize(
    ("text", "doors"),
    [
        ("", set()),
        (" , ", set()),
        ("jobs.internal:8443", {"jobs.internal:8443"}),
        ("Jobs.Internal.:8443, [0::1]:80,10.0.0.7:080", {"jobs.internal:8443", "[::1]:80", "10.0.0.7:80"}),
    ],
)
def test_doors_are_kept_in_the_form_in_which_they_are_compared(
    monkeypatch: pytest.MonkeyPatch, text: str, doors: set[str]
) -> None:
    assert environment(monkeypatch, text).doors("NAME") == doors


@pytest.mark.parametrize(
    "text", ["jobs.internal", "https://jobs.internal:80", "a:80 b:80", "0x7f.1:80", "*:80"]
)
def test_what_names_no_door_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^NAME=.* takes hosts with their ports"):
        environment(monkeypatch, text).doors("NAME")


@pytest.mark.parametrize("text", ["", "alice@example.com", "https://relevnt.example.org/contact?a=b"])
def test_contact_is_taken_as_it_stands(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert environment(monkeypatch, text).contact("NAME") == text


@pytest.mark.parametrize("text", ["a", "Alice A", "a\r\nHost: x", "x) (y", "ü@example.com", "x" * 201])
def test_contact_that_fits_no_header_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="takes an e-mail address"):
        environment(monkeypatch, text).contact("NAME")


@pytest.mark.parametrize(
    ("text", "plain_here", "issuer"),
    [
        ("", False, ""),
        ("https://id.example.org", False, "https://id.example.org"),
        ("https://id.example.org/realms/people/", False, "https://id.example.org/realms/people"),
        ("http://localhost:8080", True, "http://localhost:8080"),
        ("http://127.8.0.1:8080/x", True, "http://127.8.0.1:8080/x"),
        ("http://[::1]:8080", True, "http://[::1]:8080"),
    ],
)
def test_issuer_is_taken_without_the_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, text: str, plain_here: bool, issuer: str
) -> None:
    assert environment(monkeypatch, text).issuer("NAME", ["NAME"], plain_here=plain_here) == issuer


@pytest.mark.parametrize("plain_here", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "id.example.org",
        "http://id.example.org",
        "http://localhost.example.org",
        "http://192.168.0.7:8080",
        "ftp://id.example.org",
        "https://",
        "https://id.example.org/?a=b",
        "https://id.example.org/#a",
        "https://ada:secret@id.example.org",
        "https://id.example.org/{tenant}",
        "https://id.example.org:0",
        f"https://id.example.org/{'x' * 200}",
    ],
)
def test_issuer_in_the_open_or_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, plain_here: bool
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^NAME=.* takes a web address that begins with https://"):
        environment(monkeypatch, text).issuer("NAME", ["NAME"], plain_here=plain_here)


def test_plain_issuer_on_this_machine_is_for_those_who_work_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="with DEBUG"):
        environment(monkeypatch, "http://localhost:8080").issuer("NAME", ["NAME"], plain_here=False)


def test_value_is_needed_with_any_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "ENVIRON", {"OTHER": "secret"})

    with pytest.raises(
        ImproperlyConfigured, match=r"^NAME= .* takes a word, because OTHER is set"
    ) as refused:
        Environment().with_all("NAME", ["NAME", "OTHER"], example="a word")

    assert "secret" not in str(refused.value)
    assert Environment().with_all("OTHER", ["NAME", "OTHER"], example="a word") == "secret"
    monkeypatch.setattr(Environment, "ENVIRON", {"OTHER": " "})
    assert Environment().with_all("NAME", ["NAME", "OTHER"], example="a word") == ""


ROOTS = {"lever": "https://api.lever.co", "recruitee": "https://{board}.recruitee.com"}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("lever=https://jobs.internal:8443", {"lever": "https://jobs.internal:8443"}),
        (
            "lever=http://127.0.0.1:8001/lever/ , recruitee=http://127.0.0.1:8001/recruitee/{board}",
            {"lever": "http://127.0.0.1:8001/lever", "recruitee": "http://127.0.0.1:8001/recruitee/{board}"},
        ),
    ],
)
def test_roots_replace_some_of_the_usual_ones(
    monkeypatch: pytest.MonkeyPatch, text: str, changed: dict[str, str]
) -> None:
    assert environment(monkeypatch, text).roots("NAME", ROOTS) == ROOTS | changed


@pytest.mark.parametrize(
    "text", ["lever", "lever=", "lever=jobs.internal", "leever=https://a.test", "lever=https://a.test/?x=1"]
)
def test_root_that_is_none_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"takes names with web addresses, such as lever=https"):
        environment(monkeypatch, text).roots("NAME", ROOTS)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", "http://localhost:8000"),
        ("https://relevnt.example.org/", "https://relevnt.example.org"),
        ("http://[::1]:8001/jobs", "http://[::1]:8001/jobs"),
    ],
)
def test_web_address_is_taken_without_the_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, text: str, root: str
) -> None:
    assert environment(monkeypatch, text).root("NAME", "http://localhost:8000") == root


@pytest.mark.parametrize(
    "text", ["relevnt.example.org", "ftp://a.test", "https://a.test/?x=1", "https://{x}"]
)
def test_what_is_no_web_address_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"takes a web address, such as https"):
        environment(monkeypatch, text).root("NAME", "http://localhost:8000")
