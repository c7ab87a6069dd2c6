"""Cover letters: facts in the place of fields, and no letter where a fact is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapply.letters import FIELDS, LetterFaults, check_letter, fields_of, fill_letter

FACTS = {name: f"the {name.replace('_', ' ')}" for name in FIELDS}


def test_fields_are_filled_from_facts() -> None:
    letter = fill_letter("Dear {company},\nI am {my_name}.", {"company": "Acme & Sons", "my_name": "Ada"})

    assert letter.text == "Dear Acme & Sons,\nI am Ada."


@pytest.mark.parametrize("body", ["{ Company }", "{COMPANY}", "{company}"])
def test_field_is_known_however_it_is_written(body: str) -> None:
    assert fill_letter(body, {"company": "Acme"}).text == "Acme"


@pytest.mark.parametrize("facts", [{}, {"company": ""}, {"company": "  "}])
def test_fact_that_is_not_known_leaves_no_letter(facts: dict[str, str]) -> None:
    letter = fill_letter("Dear {company}, hello {company}", facts)

    assert letter.text == ""
    assert letter.unmet == ("company",)


def test_unknown_field_is_a_fault_and_leaves_no_letter() -> None:
    letter = fill_letter("Dear {boss}, {boss}", {"boss": "Grace"})

    assert letter.text == ""
    assert letter.faults == LetterFaults(unknown=("boss",))


def test_doubled_braces_are_braces() -> None:
    assert fill_letter("{{company}} is {company}; {{{company}}}", {"company": "Acme"}).text == (
        "{company} is Acme; {Acme}"
    )


@pytest.mark.parametrize("body", ["a { b", "a } b", "{}", "{ }", "{company", "company}", "{com\npany}"])
def test_lone_brace_is_a_fault(body: str) -> None:
    assert check_letter(body).stray
    assert fill_letter(body, FACTS).text == ""


@pytest.mark.parametrize("body", ["<b>Hello</b>", "see <a href='x'>", "<br/>", "</p>", "<script>x"])
def test_tag_is_a_fault(body: str) -> None:
    assert check_letter(body).tags


@pytest.mark.parametrize("body", ["<ada@example.com>", "a < b > c", "I <3 SQL", "1<2"])
def test_sign_that_is_no_tag_is_none(body: str) -> None:
    assert not check_letter(body)


def test_what_a_fact_holds_is_never_read_again() -> None:
    letter = fill_letter("{company} {job_title}", {"company": "{my_name}", "job_title": "{{ <b>"})

    assert letter.text == "{my_name} {{ <b>"


def test_fields_are_named_once_in_order() -> None:
    assert fields_of("{today} {company} {today} {boss} {{my_name}}") == ("today", "company")


@given(
    st.text(alphabet=st.sampled_from("{}ab _\n<>/company"), max_size=60),
    st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=8)),
)
def test_filling_never_raises_and_gives_a_whole_letter_or_none(body: str, facts: dict[str, str]) -> None:
    letter = fill_letter(body, facts)

    if letter.faults or letter.unmet:
        assert letter.text == ""


@given(
    st.lists(
        st.one_of(
            st.sampled_from([f"{{{name}}}" for name in FIELDS]), st.text(alphabet="abc ,.\n", max_size=9)
        ),
        max_size=12,
    )
)
def test_filled_letter_has_no_braces_left(pieces: list[str]) -> None:
    letter = fill_letter("".join(pieces), FACTS)

    assert not letter.faults
    assert "{" not in letter.text
    assert "}" not in letter.text
    # Nothing is left to fill: a second time changes nothing.
    assert fill_letter(letter.text, FACTS).text == letter.text
