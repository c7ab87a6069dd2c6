"""The texts of a résumé's document by pointer: every one is found where it is listed, and only it is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.identity import acting_as
from personas.models import Resume, User
from personas.resume_texts import change_texts, find_text, list_texts, name_place
from personas.services import Gone, ValuesRefused, edit_resume_texts
from tests.factories import ResumeFactory

VALUES: Any = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["basics", "work", "skills", "a/b", "m~n", "", "0"]), VALUES)
DOCUMENT = {
    "work": [{"name": "Acme", "highlights": ["One.", "Two."]}],
    "basics": {"name": "Ada", "image": "data:", "location": {"city": "London"}},
    "meta": {"version": "1"},
    "x/y": {"m~n": "odd"},
    "skills": [],
}


@given(DOCUMENTS)
def test_every_text_is_found_where_it_is_listed(document: dict[str, Any]) -> None:
    for each in list_texts(document):
        assert find_text(document, each.pointer) == each.text
        assert each.place


@given(DOCUMENTS, st.text(max_size=5))
def test_change_changes_one_text_and_nothing_else(document: dict[str, Any], text: str) -> None:
    texts = list_texts(document)
    for each in texts:
        changed = change_texts(document, {each.pointer: f"{text}!"})
        assert find_text(changed, each.pointer) == f"{text}!"
        assert change_texts(changed, {each.pointer: each.text}) == document


@given(
    DOCUMENTS,
    st.text(max_size=12) | st.lists(st.sampled_from(["0", "00", "-1", "a", "~", "é"])).map("/".join),
)
def test_any_pointer_is_found_or_not(document: dict[str, Any], pointer: str) -> None:
    found = find_text(document, pointer)
    if found is None:
        with pytest.raises(KeyError):
            change_texts(document, {pointer: "x"})


def test_texts_are_listed_as_one_reads_them() -> None:
    assert [(each.pointer, each.place) for each in list_texts(DOCUMENT)] == [
        ("/basics/name", "Basics · name"),
        ("/basics/location/city", "Basics · place · city"),
        ("/work/0/name", "Work 1 · name"),
        ("/work/0/highlights/0", "Work 1 · highlights 1"),
        ("/work/0/highlights/1", "Work 1 · highlights 2"),
        ("/x~1y/m~0n", "x/y · m~n"),
    ]


@pytest.mark.parametrize(
    "pointer",
    ["", "/", "work", "/work", "/work/1/name", "/work/00/name", "/work/-/name", "/work/9999999/name"],
)
def test_where_no_text_stands_none_is_found(pointer: str) -> None:
    assert find_text(DOCUMENT, pointer) is None


def test_place_of_an_odd_pointer_is_shown_as_it_is() -> None:
    assert name_place("/0/٣") == "0 · ٣"


@pytest.fixture
def resume(alice: User) -> Resume:
    return ResumeFactory(user=alice, document=DOCUMENT, text="as read")


def test_edit_changes_the_document_alone(alice: User, resume: Resume) -> None:
    with acting_as(alice.pk):
        edit_resume_texts(resume=resume, texts={"/work/0/name": "  Acme Ltd. "})
        now = Resume.objects.get()

    assert now.document["work"][0]["name"] == "Acme Ltd."
    assert now.document["basics"] == DOCUMENT["basics"]
    assert now.text == "as read"


@pytest.mark.parametrize(
    ("texts", "field", "words"),
    [
        ({"/work/0/name": " "}, "/work/0/name", "Write what should stand here"),
        ({"/work/0/name": "x" * 5001}, "/work/0/name", "at most 5000"),
        ({"/work/0/name": "a\0b"}, "/work/0/name", "NUL"),
        ({"/work/0/name": "x", "/work/7/name": "y"}, "/work/7/name", "holds no text at this place"),
    ],
)
def test_edit_is_made_whole_or_not_at_all(
    alice: User, resume: Resume, texts: dict[str, str], field: str, words: str
) -> None:
    with acting_as(alice.pk):
        with pytest.raises(ValuesRefused) as refused:
            edit_resume_texts(resume=resume, texts=texts)
        assert Resume.objects.get().document == DOCUMENT

    assert words in " ".join(refused.value.faults[field])


def test_edit_of_what_is_deleted_is_refused(alice: User, resume: Resume) -> None:
    with acting_as(alice.pk):
        Resume.objects.all().delete()
        with pytest.raises(Gone):
            edit_resume_texts(resume=resume, texts={"/work/0/name": "x"})
