"""Company names, made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.companies import company_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Ltd.", "acme"),
        ("ACME, Inc.", "acme"),
        ("acme.com", "acme"),
        ("https://www.acme.com/", "acme"),
        ("Amazon.com, Inc.", "amazon"),
        ("Booking.com B.V.", "booking"),
        ("Müller GmbH & Co. KG", "muller"),
        ("Société Générale S.A.", "societe generale"),
        ("Łódź Sp. z o.o.", "lodz"),
        ("The New York Times Company", "new york times"),
        ("Procter & Gamble", "procter and gamble"),
        ("L’Oréal", "loreal"),
        ("AG", "ag"),
        ("株式会社メルカリ", "株式会社メルカリ"),
        ("  ", ""),
    ],
)
def test_company_key_drops_case_accents_and_legal_form(name: str, key: str) -> None:
    assert company_key(name) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [("Meta", "Metabase"), ("Acme", "Acme Robotics"), ("Cobalt", "Balt"), ("SAP", "Sapient")],
)
def test_company_key_keeps_whole_words_apart(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_company_key_of_a_key_is_the_key_again_up_to_its_last_form(name: str) -> None:
    key = company_key(name)

    assert key == " ".join(key.split())
    assert company_key(name.upper()) == company_key(name.upper().strip())
