"""What a suggestion of each kind may hold: kept as it is kept elsewhere, or refused with a sentence at the field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.proposals import MAX_EDITS, WEIGHTS, check_proposal

KINDS = ["weights", "persona", "job", "skill", "resume"]
WEIGHED = {"name": "Pay first", **dict.fromkeys(WEIGHTS, "0.20")}
ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "name",
        "level",
        "edits",
        "locations",
        "min_salary",
        "max_salary",
        "industries",
        "currency",
        *WEIGHTS,
        "x",
    ]
)


def faults(kind: str, proposal: Any) -> dict[str, list[str]]:
    return check_proposal(kind, proposal)[1]


def test_weights_are_kept_as_texts_of_two_decimals() -> None:
    given_weights = {
        "skill_weight": 1,
        "salary_weight": 0.25,
        "location_weight": "0.5",
        "remote_weight": "0",
        "industry_weight": 0,
    }

    kept, wrong = check_proposal("weights", {"name": "  Pay   first ", **given_weights})

    assert wrong == {}
    assert kept == {
        "name": "Pay first",
        "skill_weight": "1.00",
        "salary_weight": "0.25",
        "location_weight": "0.50",
        "remote_weight": "0.00",
        "industry_weight": "0.00",
    }


@pytest.mark.parametrize("weight", [-0.01, 1.01, "many", None, True, float("nan"), "Infinity", [1], {}])
def test_weight_outside_its_range_is_refused_at_its_field(weight: Any) -> None:
    assert faults("weights", {**WEIGHED, "remote_weight": weight}) == {
        "remote_weight": ["Give a weight from 0 to 1."]
    }


@pytest.mark.parametrize(
    ("kind", "proposal", "field", "words"),
    [
        ("weights", {**WEIGHED, "skill_weight": 0.123}, "skill_weight", "two decimals"),
        ("weights", {**WEIGHED, **dict.fromkeys(WEIGHTS, 0)}, "skill_weight", "All five stand at zero"),
        ("weights", {"name": "x"}, "industry_weight", "from 0 to 1"),
        ("weights", dict.fromkeys(WEIGHTS, "0.2"), "name", "Give it a name"),
        ("weights", {**WEIGHED, "is_default": False}, "proposal", "“is_default” is nothing"),
        ("persona", {}, "proposal", "Nothing is changed"),
        ("persona", {"name": ""}, "name", "Give it a name"),
        ("persona", {"resume": "x"}, "proposal", "“resume” is nothing"),
        ("persona", {"is_active": True}, "proposal", "“is_active” is nothing"),
        ("persona", {"locations": ["Nowhereville"]}, "locations", "is not among the places we know"),
        ("persona", {"locations": "Paris"}, "locations", "Give a list of texts"),
        ("persona", {"locations": [1]}, "locations", "Give a list of texts"),
        ("persona", {"min_salary": "much"}, "min_salary", "Give a whole amount"),
        ("persona", {"min_salary": 2, "max_salary": 1}, "min_salary", "above the highest"),
        ("persona", {"currency": 1}, "currency", "Give a text"),
        ("persona", {"remote_preference": "moon"}, "remote_preference", "is not one of"),
        ("persona", {"description": "x" * 5001}, "description", "at most 5000"),
        ("job", {"title": "x"}, "proposal", "“title” is nothing"),
        ("skill", {"name": "Python"}, "level", "is not one of"),
        ("skill", {"name": " ", "level": "expert"}, "name", "Give it a name"),
        ("skill", {"name": ["a"], "level": "expert"}, "name", "Give a text"),
        ("resume", {}, "edits", "Nothing is changed"),
        ("resume", {"edits": {}}, "edits", "Nothing is changed"),
        ("resume", {"edits": [{"pointer": "/a"}]}, "edits", "its pointer and its text"),
        ("resume", {"edits": [{"pointer": "a", "text": "x"}]}, "edits", "written like"),
        ("resume", {"edits": [{"pointer": "/" + "a" * 300, "text": "x"}]}, "edits", "written like"),
        ("resume", {"edits": [{"pointer": "/a", "text": " "}]}, "edits", "Write what should stand here"),
        ("resume", {"edits": [{"pointer": "/a", "text": "x" * 5001}]}, "edits", "at most 5000"),
        ("resume", {"edits": [{"pointer": "/a", "text": "x", "was": "y"}]}, "edits", "nothing else"),
        ("resume", {"edits": [{"pointer": "/a", "text": "x"}] * 2}, "edits", "changed twice"),
        (
            "resume",
            {"edits": [{"pointer": f"/{n}", "text": "x"} for n in range(MAX_EDITS + 1)]},
            "edits",
            "at most 50",
        ),
    ],
)
def test_what_cannot_be_proposed_is_refused_with_a_sentence(
    kind: str, proposal: Any, field: str, words: str
) -> None:
    found = faults(kind, proposal)

    assert words in " ".join(found[field])


def test_persona_is_checked_by_the_rules_of_personas() -> None:
    kept, wrong = check_proposal("persona", {"locations": ["Austin, TX"], "required_skills": ["k8s", "K8S"]})

    assert wrong == {}
    assert kept["required_skills"] == ["Kubernetes"]
    assert kept["locations"] == ["Austin, TX, United States"]


def test_skill_is_kept_under_the_name_of_the_taxonomy() -> None:
    assert check_proposal("skill", {"name": "k8s", "level": "expert"})[0]["name"] == "Kubernetes"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("proposal", [None, [], "x", 3])
def test_what_is_no_proposal_at_all_is_refused(kind: str, proposal: Any) -> None:
    assert faults(kind, proposal) == {"proposal": ["Give the proposed values by their fields."]}


@given(kind=st.sampled_from(KINDS), proposal=st.dictionaries(FIELDS, ANYTHING, max_size=6) | ANYTHING)
def test_whatever_comes_is_kept_or_refused_in_sentences(kind: str, proposal: Any) -> None:
    kept, wrong = check_proposal(kind, proposal)

    assert all(
        isinstance(sentence, str) and sentence for sentences in wrong.values() for sentence in sentences
    )
    if not wrong:
        # What was kept once is kept again as it is.
        assert check_proposal(kind, kept) == (kept, {})
