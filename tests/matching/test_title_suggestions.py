"""Titles in a résumé's lines: found as they stand there, not in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.title_suggestions import find_titles
from matching.titles import normalize_title

KNOWN = {
    normalize_title(each)
    for each in ("Data Engineer", "Registered Nurse", "Nurse", "Engineer", "Product Manager")
}


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Ada Example\nSenior Data Engineer | Acme, Denver\n", ("Senior Data Engineer",)),
        ("Registered Nurse, St. Mary's 2019 – 2024", ("Registered Nurse",)),
        ("Nurse\n", ("Nurse",)),
        ("I helped every nurse of the house with their reports and plans.", ()),
        ("We were a team of one engineer and four others then.", ()),
        ("Data Engineer, Acme\nData Engineer, Other\nProduct Manager", ("Data Engineer", "Product Manager")),
        ("", ()),
        ("Pastry Cook, Harbour Works", ()),
    ],
)
def test_titles_of_lines(text: str, titles: tuple[str, ...]) -> None:
    assert find_titles(text, KNOWN) == titles


@given(st.text(max_size=400))
def test_only_known_titles_are_found_and_few(text: str) -> None:
    found = find_titles(text, KNOWN)

    assert len(found) <= 3
    assert all(normalize_title(each) in KNOWN for each in found)
