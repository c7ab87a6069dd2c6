from io import BytesIO

import pytest

from matching.feeds.csv_file import HeaderError, known_columns, read_csv
from matching.feeds.lines import LINE_BYTES_LIMIT
from matching.posting import Posting, Rejection


def read(content: str | bytes):
    return list(read_csv(BytesIO(content.encode() if isinstance(content, str) else content)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_read_csv_takes_columns_in_any_order_and_keeps_unknown_ones(delimiter):
    content = "Title,Team,external id,remote\nNurse,Ward 3,7,yes\n".replace(",", delimiter)

    found = read(content)

    assert found == [(2, Posting(external_id="7", title="Nurse", remote=True, raw={"Team": "Ward 3"}))]


def test_read_csv_reads_texts_of_several_lines_and_counts_them():
    found = read('external_id,title,description\n\n1,Nurse,"Care,\n""kindly"""\n2,Cook,x\n')

    assert [(line, each.description) for line, each in found] == [(3, 'Care,\n"kindly"'), (5, "x")]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (
            "title,company",
            "The header row lacks external_id. Columns that are read: apply_url, closes_at, company",
        ),
        ("company,description", "The header row lacks external_id, title."),
        ("external_id,title,Title", "The header row names title twice."),
    ],
)
def test_read_csv_says_what_its_header_lacks(header, reason):
    with pytest.raises(HeaderError) as raised:
        read(header + "\n1,2,3\n")

    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("record", "field", "reason", "external_id"),
    [
        (b"2,Cook", "", "The record has 2 cells, the header row 3.", "2"),
        (b"2,Cook,x,y", "", "The record has 4 cells, the header row 3.", "2"),
        (b"2,,x", "title", "Missing. A posting needs one.", "2"),
        (b"2,Co\x00ok,x", "title", "Holds a NUL character (byte 0). Remove it.", "2"),
        (b"2,Caf\xe9,x", "", "Not UTF-8 text from byte 6 on. Save the file as UTF-8.", "2"),
        (b'2,"Cook"s,x', "", "Not CSV: ',' expected after '\"'.", ""),
        (b'2,"Cook,x', "", "Not CSV: unexpected end of data.", ""),
    ],
)
def test_read_csv_says_what_is_wrong_and_takes_the_rest(record, field, reason, external_id):
    found = read(b"external_id,title,company\n1,Nurse,x\n" + record + b"\n3,Smith,x\n")

    rejected = found[1][1]
    assert [type(each) for _line, each in found] == [Posting, Rejection, Posting]
    assert (rejected.line, rejected.field, rejected.reason, rejected.external_id) == (
        3,
        field,
        reason,
        external_id,
    )
    assert len(rejected.payload_hash) == 64


def test_read_csv_gives_up_only_the_line_whose_quote_never_closes():
    long = b"x" * (LINE_BYTES_LIMIT // 2)

    found = read(b'external_id,title\n1,"Nurse\n2,Cook\n3,' + long + b"\n4," + long + b"\n5,Smith\n")

    assert [(line, getattr(each, "field", each.__class__.__name__)) for line, each in found] == [
        (2, ""), (3, "Posting"), (4, "title"), (5, "title"), (6, "Posting"),
    ]  # fmt: skip
    assert found[0][1].reason == "A quote is opened here and never closed."


def test_read_csv_passes_over_a_line_beyond_the_limit():
    found = read(b"external_id,title\n1," + b"x" * LINE_BYTES_LIMIT + b"\n2,Cook\n")

    assert found[0] == (
        2,
        Rejection(
            2, "", "Longer than 16 MiB, the most that one posting may take.", "", found[0][1].payload_hash
        ),
    )
    assert found[1][1].title == "Cook"


def test_read_csv_with_a_header_alone_holds_nothing():
    assert read("external_id,title\n") == []


def test_read_csv_says_that_a_first_line_is_no_csv():
    with pytest.raises(HeaderError, match="The header row is not CSV"):
        read("external_id,ti\rtle\n1,Nurse\n")


def test_read_csv_reads_a_header_cell_above_the_limit_of_the_csv_module():
    found = read("external_id,title," + "x" * 140_000 + "\n1,Nurse,y\n")

    assert [each.title for _line, each in found] == ["Nurse"]


@pytest.mark.parametrize("header", [b"x" * 140_000, b"x,ti\rtle"])
def test_first_line_that_is_no_header_names_no_column(header):
    assert known_columns(header) == frozenset()
