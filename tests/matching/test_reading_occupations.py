"""Which ESCO occupations a posting may be for."""

from __future__ import annotations

import pytest

from matching.reading.esco import (
    EscoOccupation,
    OnetOccupation,
    esco_occupations,
    onet_work,
    read_occupations,
)
from matching.reading.occupations import OccupationIndex, find_occupations
from matching.reading.word_vectors import word_vectors

BAKER = EscoOccupation("7512.1", "baker", ("bread maker",), "Bakers make bread and cakes from dough.")
WELDER = EscoOccupation("7212.3", "welder", ("steel welder",), "Welders join metal parts with a torch.")
WORK = (
    OnetOccupation("51-3011.00", "Bakers", "Mix dough and bake bread in ovens."),
    OnetOccupation("51-4121.00", "Welders", "Weld metal components with torches."),
)


@pytest.mark.parametrize(
    ("title", "text", "occupation"),
    [
        ("Senior Software Engineer II (Remote)", "Write and test services in Python.", "software developer"),
        ("RN, Intensive Care", "Registered nurse caring for patients.", "nurse responsible for general care"),
        ("Accountant", "", "accountant"),
        ("Warehouse Associate", "Pick, pack and load goods.", "warehouse worker"),
        ("Civil Engineer", "Design roads and bridges.", "civil engineer"),
    ],
)
def test_find_occupations_places_real_titles(title: str, text: str, occupation: str) -> None:
    assert occupation in [found.name for found in find_occupations(title, text, limit=5)]


def test_find_occupations_reads_the_text_where_the_title_says_little() -> None:
    index = OccupationIndex([BAKER, WELDER], WORK, word_vectors())

    assert index.find("Team member", "You bake bread from fresh dough.", 1)[0].name == "baker"
    assert index.find("Team member", "You weld metal with a torch.", 1)[0].name == "welder"


def test_find_occupations_ranks_by_score_and_keeps_to_its_limit() -> None:
    found = find_occupations("Nurse", limit=4)

    assert len(found) == 4
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert found == find_occupations("Nurse", limit=4)
    assert find_occupations("Nurse", limit=0) == ()


@pytest.mark.parametrize(
    ("title", "text"), [("", ""), ("\x00", " "), ("職人", "職人"), ("qxzzv wpfgh", "zzqqx")]
)
def test_find_occupations_of_no_known_word_is_nothing(title: str, text: str) -> None:
    assert find_occupations(title, text) == ()


def test_shipped_tables_hold_the_releases() -> None:
    assert len(esco_occupations()) == 3007
    assert len(onet_work()) == 1016
    assert all(each.code and each.name for each in esco_occupations())


def test_read_occupations_names_the_wrong_line() -> None:
    with pytest.raises(ValueError, match="line 2: 4 tab-separated"):
        list(read_occupations(["1\tbaker\t\t\n", "broken\n"]))
