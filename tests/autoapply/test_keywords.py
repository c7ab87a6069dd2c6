"""Required keywords: whole words, names with signs, and the sentence that holds each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapply.keywords import LONGEST_SENTENCE, find_keywords

POSTING = (
    "We build payments in C++ and C#. Some services run on .NET 8; the front end is Node.js!\n"
    "You know Go, R or C. Experience in machine  learning is welcome.\n\n"
    "Offices in Zürich and São Paulo…  A Ph.D. in physics helps"
)


@pytest.mark.parametrize(
    ("keyword", "sentence"),
    [
        ("C++", "We build payments in C++ and C#."),
        ("c#", "We build payments in C++ and C#."),
        (".NET", "Some services run on .NET 8; the front end is Node.js!"),
        ("node.js", "Some services run on .NET 8; the front end is Node.js!"),
        ("Go", "You know Go, R or C."),
        ("R", "You know Go, R or C."),
        ("C", "You know Go, R or C."),
        ("Machine Learning", "Experience in machine  learning is welcome."),
        ("zurich", "Offices in Zürich and São Paulo…"),
        ("Sao  Paulo", "Offices in Zürich and São Paulo…"),
        ("Ｐaulo", "Offices in Zürich and São Paulo…"),
        # Over what looks like the end of a sentence.
        ("Ph.D. in physics", "A Ph.D. in physics helps"),
        ("helps", "in physics helps"),
    ],
)
def test_keyword_is_found_with_the_sentence_that_holds_it(keyword: str, sentence: str) -> None:
    assert find_keywords(POSTING, [keyword]) == {keyword: sentence}


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("C", "C++ or C# or Objective-C, for the C-suite"),
        ("C++", "C and C#"),
        ("C#", "C and C++"),
        ("R", "R&D, and React"),
        ("R", "an r"),
        ("Go", "Google, Golang, Django, a go-to person, Go-to-market"),
        ("Go", "go the extra mile"),
        ("IT", "it is what it is"),
        (".NET", "ASP.NET, the net"),
        ("NET", ".NET"),
        ("Node", "Node.js"),
        ("js", "Node.js"),
        ("Java", "JavaScript"),
        ("SQL", "PostgreSQL and MySQL"),
        ("Rust", "trust, Rusty, rust_belt"),
        ("data engineer", "data engineering"),
        ("data engineer", "data\nengineer"),
        ("data engineer", "engineer data"),
        ("", "anything"),
        ("  ", "anything"),
    ],
)
def test_part_of_a_word_is_not_the_word(keyword: str, text: str) -> None:
    assert find_keywords(text, [keyword]) == {}


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("C", "C/C++"),
        ("C", "(C)"),
        ("Go", "Go."),
        ("Go", "We use Go; you too"),
        ("go", "Go the extra mile"),
        ("AI", "AI-driven"),
        ("ai", "AI-driven"),
        ("R", "R, Python"),
        ("Python", "Python-based"),
        ("python", "PYTHON3 is not it, Python is"),
        ("İstanbul", "istanbul"),
        ("straße", "STRASSE"),
        ("C++", "C++."),
        ("Node.js", "Node.js."),
        ("データ", "「データ」"),
    ],
)
def test_word_between_other_signs_is_the_word(keyword: str, text: str) -> None:
    assert list(find_keywords(text, [keyword])) == [keyword]


def test_all_keywords_are_looked_for_and_only_those_there_are_given() -> None:
    assert list(find_keywords(POSTING, ["C++", "Rust", "Go", "Kotlin"])) == ["C++", "Go"]


def test_text_without_a_letter_holds_nothing() -> None:
    assert find_keywords("", ["Go"]) == {}
    assert find_keywords(" \n ", ["Go"]) == {}


def test_sentence_stands_without_the_mark_of_its_line() -> None:
    assert find_keywords("Needed:\n - Python\n• Go", ["Python", "Go"]) == {"Python": "Python", "Go": "Go"}


def test_long_sentence_is_shortened() -> None:
    (sentence,) = find_keywords("word " * 200, ["word"]).values()

    assert len(sentence) <= LONGEST_SENTENCE
    assert sentence.endswith("…")


WORD = st.text("abcdefgäöüABCß+#", min_size=3, max_size=8).filter(lambda word: word[0].isalpha())


@settings(max_examples=300, deadline=None)
@given(WORD, st.lists(st.text("hijklm", min_size=1, max_size=8), max_size=6), st.integers(0, 6))
def test_word_is_found_wherever_it_stands_and_in_any_case(word: str, others: list[str], place: int) -> None:
    written = [*others[:place], word.upper(), *others[place:]]

    assert list(find_keywords(" ".join(written), [word])) == [word]
    assert find_keywords(" ".join(others), [word]) == {}
    assert find_keywords(f"x{word}", [word]) == {}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.lists(st.text(max_size=10), max_size=4))
def test_any_text_and_any_keyword_give_a_sentence_of_the_text(text: str, keywords: list[str]) -> None:
    found = find_keywords(text, keywords)

    assert set(found) <= set(keywords)
    assert all(sentence.removesuffix("…") in text for sentence in found.values())
