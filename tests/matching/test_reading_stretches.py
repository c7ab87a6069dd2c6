"""Stretches around words: merged, within the text, in their old places whatever the language."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching.reading.stretches import Words, lowered, spans_around, stretches_around

FIRST, SECOND = Words("ab", "ca "), Words("ab", "b a", "cb")


def test_neighbours_are_merged_and_the_rest_is_left_out() -> None:
    text = "x" * 50 + "Remote or hybrid" + "y" * 50 + "OFFICE" + "z" * 50

    near = stretches_around(text, ("remote", "hybrid", "office"), before=3, after=3)

    assert near == "xxxRemote or hybridyyy\nyyyOFFICEzzz"


def test_nothing_found_is_empty() -> None:
    assert stretches_around("abc", ("d",), before=3, after=3) == ""


def test_spans_stay_within_the_text() -> None:
    assert list(spans_around("$5", ("$",), before=60, after=110)) == [(0, 2)]


def test_lowering_keeps_places() -> None:
    assert len(lowered("İstanbul REMOTE")) == len("İstanbul REMOTE")
    assert lowered("İstanbul REMOTE").index("remote") == 9


@given(st.text(alphabet="abc ", max_size=80))
def test_words_of_several_readers_are_found_in_one_pass_as_each_would_find_them(text: str) -> None:
    for words in (FIRST, SECOND):
        spans = [list(spans_around(text, each, before=2, after=1)) for each in (words, tuple(words))]
        assert spans[0] == spans[1]
