"""Differences that one can read: nothing is lost or made up, and what stays is shown as staying."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from hypothesis import example, given
from hypothesis import strategies as st

from coaching.differences import MAX_PIECES, Part, change_of, compare_lists, compare_texts

TEXTS = st.text(alphabet=st.sampled_from("ab cé\n.<&'\"x"), max_size=60) | st.text(max_size=40)
ENTRIES = st.lists(st.sampled_from(["Python", "SQL", "Go", "<b>", "Perl"]), max_size=6)


def text_of(parts: tuple[Part, ...], *hows: str) -> str:
    return "".join(part.text for part in parts if part.how in hows)


@given(before=TEXTS, after=TEXTS)
@example(before="a b c", after="x y z")
@example(before="", after="\n")
def test_difference_of_texts_applied_to_one_gives_the_other(before: str, after: str) -> None:
    parts = compare_texts(before, after)

    assert text_of(parts, "kept", "removed") == before
    assert text_of(parts, "kept", "added") == after
    assert all(part.text for part in parts)


@given(before=ENTRIES, after=ENTRIES)
def test_difference_of_lists_applied_to_one_gives_the_other(before: list[str], after: list[str]) -> None:
    parts = compare_lists(before, after)

    assert {part.text for part in parts if part.how != "added"} == set(before)
    assert {part.text for part in parts if part.how != "removed"} == set(after)
    assert len({part.text for part in parts}) == len(parts)


def test_text_is_compared_word_by_word() -> None:
    assert compare_texts("Led a team of 5.", "Led a team of twelve.") == (
        Part("kept", "Led a team of "),
        Part("removed", "5"),
        Part("added", "twelve"),
        Part("kept", "."),
    )


def test_words_that_change_side_by_side_are_one_phrase() -> None:
    assert compare_texts("I did many things here", "I did good work here") == (
        Part("kept", "I did "),
        Part("removed", "many things"),
        Part("added", "good work"),
        Part("kept", " here"),
    )


def test_long_texts_are_shown_whole() -> None:
    before, after = "a " * MAX_PIECES, "b " * MAX_PIECES

    assert compare_texts(before, after) == (Part("removed", before), Part("added", after))


def test_what_stays_is_no_change() -> None:
    assert change_of("f", "Field", "x", "x", none="none") is None
    assert change_of("f", "Field", ["a", "b"], ["b", "a"], none="none") is None


def test_empty_values_are_said() -> None:
    change = change_of("f", "Field", None, "65,000", none="none")

    assert change is not None
    assert (change.kind, change.before, change.after) == ("value", "none", "65,000")


@pytest.mark.parametrize(
    ("before", "after", "is_text"),
    [
        ("<script>alert(1)</script> here", "<img src=x onerror=alert(1)> here", True),
        ("<b>old</b>", "<i>new</i>", False),
        (["<b>one</b>"], ["<i>two</i>"], False),
    ],
)
def test_page_escapes_whatever_changes(before: object, after: object, is_text: bool) -> None:
    change = change_of("f", "<u>Label</u>", before, after, none="none", is_text=is_text)

    html = render_to_string("coaching/suggestion_difference.html", {"changes": [change]})

    for tag in ("<script", "<img", "<b>", "<i>", "<u>"):
        assert tag not in html
    assert "<ins" in html
    assert "<del" in html


def test_page_says_to_those_who_listen_what_is_taken_out_and_added() -> None:
    texts = change_of("f", "Summary", "old words", "new words", none="none", is_text=True)
    entries = change_of("g", "Places", ["Paris"], ["Rome"], none="none")

    html = render_to_string("coaching/suggestion_difference.html", {"changes": [texts, entries]})

    assert "(taken out:" in html
    assert "(added:" in html
    assert "taken out:" in html
    assert "added:" in html
