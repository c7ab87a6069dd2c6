import json
from hashlib import sha256
from io import BytesIO

import pytest

from matching.feeds.jsonl import read_jsonl
from matching.feeds.lines import LINE_BYTES_LIMIT
from matching.posting import Posting, Rejection

GOOD = b'{"external_id": "1", "title": "Nurse"}'


def read(content: bytes):
    return list(read_jsonl(BytesIO(content)))


def test_read_jsonl_takes_the_good_lines_and_names_the_bad():
    found = read(
        b"\n".join(
            [
                GOOD,
                b"{broken",
                b"",
                b'{"external_id": "2", "title": ""}',
                b'{"external_id": "3", "title": "Cook"}',
            ]
        )
    )

    assert [(line, type(each), getattr(each, "field", "")) for line, each in found] == [
        (1, Posting, ""),
        (2, Rejection, ""),
        (4, Rejection, "title"),
        (5, Posting, ""),
    ]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b"{broken", "", "Not JSON: Expecting property name enclosed in double quotes at character 2."),
        (b"[1, 2]", "", "An object in {braces} is expected, not a list."),
        (b"null", "", "An object in {braces} is expected, not nothing."),
        (b'{"title": "a", "title": "b"}', "title", "Stated twice in one object."),
        (b'{"external_id": "1", "title": NaN}', "", "NaN is not a number that JSON knows."),
        (b'{"external_id": "1", "title": 1e999}', "", "1e999 is beyond all bounds."),
        (b'{"external_id": "1", "salary_min": ' + b"9" * 5_000 + b"}", "", "Holds a number of thousands of digits."),
        (b'{"external_id": "1", "title": "a\\u0000b"}', "title", "Holds a NUL character (byte 0). Remove it."),
        (b'{"external_id": "1", "title": "a\x00b"}', "title", "Holds a NUL character (byte 0). Remove it."),
        (b'{"external_id": "1", "raw": {"x": ["\\u0000"]}}', "raw", "Holds a NUL character (byte 0). Remove it."),
        (b'{"external_id": "1", "a\\u0000b": 1}', "", "Holds a NUL character (byte 0). Remove it."),
        (b'{"external_id": "1", "title": "ab\\ud800"}', "title", "Character 3 is half of a surrogate pair. Remove it."),
        (b'{"external_id": "1", "title": "caf\xe9"}', "", "Not UTF-8 text from byte 35 on. Save the file as UTF-8."),
        (b'{"raw": ' + b"[" * 20 + b"]" * 20 + b"}", "raw", "Nested more than 20 levels deep."),
        (b'{"raw": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "", "Nested more than 20 levels deep."),
    ],
)  # fmt: skip
def test_read_jsonl_says_what_is_wrong_with_a_line(line, field, reason):
    found = read(GOOD + b"\n" + line + b"\n" + GOOD)

    assert found[1] == (
        2,
        Rejection(2, field, reason, found[1][1].external_id, sha256(line + b"\n").hexdigest()),
    )
    assert [type(each) for _line, each in found] == [Posting, Rejection, Posting]


def test_read_jsonl_names_the_number_of_a_posting_it_rejects():
    ((_line, found),) = read(b'{"external_id": "acme-7", "title": "Nurse", "salary_min": 5}')

    assert (found.external_id, found.field) == ("acme-7", "currency")


def test_read_jsonl_accepts_line_ends_inside_texts_and_escaped_pairs():
    ((_line, found),) = read(b'{"external_id": "1", "title": "Chef \\ud83d\\udc69", "description": "a\tb"}')

    assert (found.title, found.description) == ("Chef 👩", "a\tb")


def test_read_jsonl_passes_over_a_line_beyond_the_limit():
    found = read(b'{"x": "' + b"y" * LINE_BYTES_LIMIT + b'"}\n' + GOOD)

    assert found[0] == (1, Rejection(1, "", "Longer than 16 MiB, the most that one posting may take."))
    assert found[1][0] == 2
    assert found[1][1].title == "Nurse"


def test_read_jsonl_reads_job_postings_too():
    line = json.dumps({"@type": "JobPosting", "title": "Cook", "identifier": "9"}).encode()

    ((_line, found),) = read(line)

    assert (found.title, found.external_id) == ("Cook", "9")
