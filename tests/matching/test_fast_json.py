"""JSON for hashes and for rows: equal values are written equally, whatever order and whichever of both ways they take."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.fast_json import write_json

NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_reads_back(value):
    assert json.loads(write_json(value)) == value


@given(st.dictionaries(st.text(), NUMBERS, min_size=2, max_size=6))
def test_the_order_of_names_is_no_difference(value):
    assert write_json(value) == write_json(dict(reversed(value.items())))


@pytest.mark.parametrize("value", [2**70, "\ud800"], ids=["large", "half a pair"])
def test_what_the_fast_way_refuses_is_written_all_the_same(value):
    assert json.loads(write_json({"b": value, "a": 1}).decode(errors="surrogatepass")) == {"a": 1, "b": value}


def test_times_numbers_and_ids_are_texts():
    value = {"at": datetime(2026, 1, 2, tzinfo=UTC), "pay": Decimal("1.50"), "pk": UUID(int=1)}
    for extra in ({}, {"big": 2**70}):
        read = json.loads(write_json(value | extra))
        assert (datetime.fromisoformat(read["at"]), read["pay"], read["pk"]) == (
            value["at"],
            "1.50",
            str(UUID(int=1)),
        )
