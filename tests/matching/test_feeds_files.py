import gzip
import json
from io import BytesIO

import pytest

from matching.feeds.csv_file import HeaderError
from matching.feeds.files import FileDamagedError, FileNotUnderstoodError, open_file, read_file, recognize
from matching.feeds.json_document import CHUNK_BYTES, read_json, read_page
from matching.feeds.lines import LINE_BYTES_LIMIT
from matching.posting import Posting, Rejection

JSONL = b'{"external_id": "1", "title": "Nurse"}\n{"external_id": "2", "title": "Cook"}\n'
NODE = {"@context": "https://schema.org", "@type": "JobPosting", "title": "Baker", "identifier": "7"}


def titles(found):
    return [getattr(each, "title", each) for _number, each in found]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JSONL, "jsonl"),
        (b"garbage\n" + JSONL, "jsonl"),
        (b"{broken\n" + JSONL, "jsonl"),
        (b'{"external_id": "1", "description": "' + b"x" * 300_000, "jsonl"),
        (json.dumps(NODE).encode(), "jsonl"),
        (json.dumps(NODE, indent=2).encode(), "json"),
        (json.dumps([NODE]).encode(), "json"),
        (b"\xef\xbb\xbf" + json.dumps([NODE]).encode(), "json"),
        (b"<!DOCTYPE html><html>", "html"),
        (b'<script type="application/ld+json">', "html"),
        (b"external_id,title\n1,Nurse\n", "csv"),
        (b"Company;Title;external_id\n", "csv"),
        (b"PK\x03\x04", ""),
        (b"%PDF-1.7", ""),
        (b"Dear all,\nwe are hiring", ""),
    ],
)
def test_recognize_tells_kinds_by_their_content(content, kind):
    assert recognize(content) == kind


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "content",
    [
        JSONL,
        b"\xef\xbb\xbf" + JSONL,
        json.dumps([{"external_id": "1", "title": "Nurse"}, NODE | {"title": "Cook"}]).encode(),
        b"title,external_id\r\nNurse,1\r\nCook,2\r\n",
    ],
    ids=["jsonl", "mark", "array", "csv"],
)
def test_read_file_goes_by_content_not_by_name(tmp_path, content, pack):
    path = tmp_path / "postings.txt"
    path.write_bytes(pack(content))

    assert titles(read_file(path)) == ["Nurse", "Cook"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty."),
        (b"\n \n", "is empty."),
        (gzip.compress(b"", mtime=0), "is empty."),
        ("external_id,title".encode("utf-16"), "is UTF-16. Save it as UTF-8."),
        (b"PK\x03\x04", "is none of the files that are understood: JSONL (one object a line), CSV"),
    ],
)
def test_open_file_says_what_is_understood(tmp_path, content, reason):
    path = tmp_path / "postings.bin"
    path.write_bytes(content)

    with pytest.raises(FileNotUnderstoodError) as raised, open_file(path):
        pass

    assert str(path) in str(raised.value)
    assert reason in str(raised.value)


def test_read_file_names_damage_after_what_could_be_read(tmp_path):
    path = tmp_path / "postings.jsonl.gz"
    lines = b"".join(b'{"external_id": "%d", "title": "%x"}\n' % (n, n**40) for n in range(20_000))
    path.write_bytes(gzip.compress(lines)[:-20_000])
    found = []

    with pytest.raises(FileDamagedError, match="is damaged"):
        found.extend(read_file(path))

    assert len(found) > 1_000
    assert all(isinstance(each, Posting) for _line, each in found)


def test_open_file_names_damage_at_the_very_start(tmp_path):
    path = tmp_path / "postings.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08garbage")

    with pytest.raises(FileDamagedError, match="is damaged"), open_file(path):
        pass


def test_read_file_refuses_a_header_without_the_columns_it_needs(tmp_path):
    path = tmp_path / "postings.csv"
    path.write_text("title,company\nNurse,Acme\n")

    with pytest.raises(HeaderError, match="lacks external_id"):
        list(read_file(path))


def test_open_file_knows_how_far_it_has_read(tmp_path):
    path = tmp_path / "postings.jsonl"
    path.write_bytes(JSONL)

    with open_file(path) as file:
        list(file.read())

        assert (file.kind, file.position(), file.size) == ("jsonl", len(JSONL), len(JSONL))


def read(content: bytes):
    return list(read_json(BytesIO(content)))


@pytest.mark.parametrize("filler", [0, CHUNK_BYTES - 60, CHUNK_BYTES])
def test_read_json_takes_objects_one_by_one_across_chunks(filler):
    nodes = [NODE | {"title": f'a "quoted" \\ {{brace}} {n}', "description": "x" * filler} for n in range(3)]

    found = read(json.dumps(nodes, indent=2).encode())

    assert [number for number, _each in found] == [1, 2, 3]
    assert titles(found) == [node["title"] for node in nodes]


class Dripping(BytesIO):
    """A stream that never gives more than `drop` bytes at once."""

    drop = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.drop)


@pytest.mark.parametrize("drop", range(1, 80))
def test_read_json_finds_the_same_wherever_a_chunk_ends(drop):
    stream = Dripping(rb'[{"external_id":"1","title":"a\\"}, {"external_id":"2","title":"\"]}"},7]')
    stream.drop = drop

    found = list(read_json(stream))

    assert titles(found)[:2] == ["a\\", '"]}']
    assert found[2][1].reason == "An object in {braces} is expected, not “7”."


def test_read_json_takes_the_rest_when_one_object_is_broken_inside():
    found = read(b'[{"external_id":"1","title":"a"}, {"external_id" "2"}, {"external_id":"3","title":"c"}]')

    assert [type(each) for _number, each in found] == [Posting, Rejection, Posting]
    assert found[1][1].reason == "Not JSON: Expecting ':' delimiter at character 16."


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (b'[{"external_id":"1"', ["The document ends in the middle of this object."]),
        (b"[", ["The document ends before its array is closed with “]”."]),
        (b'["a", 7]', ['An object in {braces} is expected, not “"a", 7”.']),
        (b"[]", []),
        (b"[[1]]", ["An object in {braces} is expected, not a list."]),
        (b"[] rest", ["An object in {braces} is expected, not “rest”."]),
    ],
)
def test_read_json_says_what_a_document_lacks(content, reasons):
    assert [each.reason for _number, each in read(content)] == reasons


def test_read_json_passes_over_an_object_beyond_the_limit():
    found = read(b'[{"x":"' + b"y" * LINE_BYTES_LIMIT + b'"}, {"external_id":"2","title":"b"}]')

    assert found[0][1].reason == "Longer than 16 MiB, the most that one posting may take."
    assert found[1][1].title == "b"


def test_read_page_takes_the_postings_of_its_scripts():
    node = json.dumps(NODE).encode()
    page = b"".join(
        [
            b"<!doctype html><script>var x = '{';</script>",
            b"<script type='application/ld+json'>" + node + b"</script>",
            b'<script type="application/ld+json">//<![CDATA[\n{"@graph": [' + node + b"]}\n//]]></script>",
            b'<script TYPE="application/ld+json">{broken}</script>',
        ]
    )

    found = list(read_page(BytesIO(page)))

    assert [(number, getattr(each, "title", "rejected")) for number, each in found] == [
        (1, "Baker"),
        (2, "Baker"),
        (3, "rejected"),
    ]
    assert found[2][1].line == 3


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<html>No jobs</html>", "The page holds no JSON-LD script (application/ld+json), so no schema.org JobPosting."),
        (b"<html>" + b"x" * LINE_BYTES_LIMIT, "Longer than 16 MiB, the most that one posting may take."),
    ],
)  # fmt: skip
def test_read_page_says_why_it_holds_nothing(page, reason):
    ((number, rejection),) = read_page(BytesIO(page))

    assert (number, rejection.reason) == (1, reason)
