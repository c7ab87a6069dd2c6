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
