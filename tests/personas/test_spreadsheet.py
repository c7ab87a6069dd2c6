"""Cells that no spreadsheet takes for a formula, whatever stands in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personas.spreadsheet import BYTE_ORDER_MARK, safe_cell, write_table

PREFIXES = ["=", "+", "-", "@", "\t", "\r"]
UNSEEN = ["", " ", "  ", "\n", "\u00a0", "\u200b", "\ufeff", "\t ", "\x0b", "\u2028"]


def parse(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute it: by the letter that it sees first, as OWASP lists them."""
    return cell.lstrip(" \n\u00a0\u200b\ufeff\x0b\u2028")[:1] in {*PREFIXES, "＝", "＋", "－", "＠"}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("before", UNSEEN)
def test_every_beginning_of_a_formula_is_disarmed(prefix: str, before: str) -> None:
    cell = safe_cell(f"{before}{prefix}cmd|' /C calc'!A0")

    assert cell.startswith("'")
    assert cell[1:] == f"{before}{prefix}cmd|' /C calc'!A0"


@given(st.text())
@example("=1+1")
@example("\u200b=1+1")
def test_no_text_becomes_a_formula_and_none_is_lost(text: str) -> None:
    cell = safe_cell(text)

    assert not is_formula(cell)
    assert cell.removeprefix("'") == text.replace("\0", "").removeprefix("'")


@pytest.mark.parametrize("text", ["Ada", "", "a=b", "Ada - née Byron", "1815", "'tis", "é"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text


def test_numbers_stay_numbers() -> None:
    assert (safe_cell(-5), safe_cell(0), safe_cell(None)) == ("-5", "0", "")


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5)
)
def test_table_is_read_back_as_it_was_written(rows: list[list[str]]) -> None:
    text = write_table(["one", "two"], rows)

    assert text.startswith(BYTE_ORDER_MARK)
    assert parse(text) == [["one", "two"], *[[safe_cell(cell) for cell in row] for row in rows]]
