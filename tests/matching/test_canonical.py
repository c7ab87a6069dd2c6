from dataclasses import replace
from datetime import UTC, datetime

import pytest

from matching.canonical import TELLING_TEXT, canonical_key, payload_hash
from matching.pay import StatedPay
from matching.posting import Posting

TEXT = "Care for patients on two wards. " * 10
POSTING = Posting(
    external_id="1", title="Nurse", company="Acme Ltd.", location="Bonn, Germany", description=TEXT
)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (replace(POSTING, external_id="2"), TEXT),
        (replace(POSTING, company="ACME, Inc."), TEXT),
        (replace(POSTING, title="NURSE "), TEXT),
        (replace(POSTING, location="bonn,  Germany"), TEXT),
        (replace(POSTING, url="https://other.example/1"), TEXT.replace(". ", ".\n\n")),
        (replace(POSTING, title="Nurſe"), TEXT),
    ],
)
def test_canonical_key_is_the_same_for_exact_duplicates(other, text):
    assert canonical_key(other, text=text) == canonical_key(POSTING, text=TEXT)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (replace(POSTING, company="Acmeworks"), TEXT),
        (replace(POSTING, company=""), TEXT),
        (replace(POSTING, title="Head Nurse"), TEXT),
        (replace(POSTING, location="Berlin, Germany"), TEXT),
        (POSTING, TEXT + "Nights."),
    ],
)
def test_canonical_key_differs_where_something_told_differs(other, text):
    assert canonical_key(other, text=text) != canonical_key(POSTING, text=TEXT)


def test_canonical_key_takes_no_text_that_tells_little_for_a_duplicate():
    short, long = "x" * (TELLING_TEXT - 1), "x" * TELLING_TEXT
    other = replace(POSTING, external_id="2")

    assert canonical_key(POSTING, text=short) != canonical_key(other, text=short)
    assert canonical_key(POSTING, text=long) == canonical_key(other, text=long)


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": "2"},
        {"title": "Nurse "},
        {"company": "Acme"},
        {"location": ""},
        {"remote": False},
        {"description": "x"},
        {"description_is_html": True},
        {"url": "https://example.com"},
        {"apply_url": "https://example.com"},
        {"posted_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"closes_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"pay": StatedPay(1, 2, "USD", "year")},
        {"employment_type": "Full time"},
        {"industry": "Health"},
        {"raw": {"a": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_payload_hash_moves_with_every_field(change):
    assert payload_hash(replace(POSTING, **change)) != payload_hash(POSTING)


def test_payload_hash_does_not_depend_on_the_order_of_keys():
    one, other = replace(POSTING, raw={"a": 1, "b": 2}), replace(POSTING, raw={"b": 2, "a": 1})

    assert payload_hash(one) == payload_hash(other)
