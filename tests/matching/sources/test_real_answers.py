"""Answers that were recorded from real boards, where they lie beside the repository; their texts may not be in it."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from matching.feeds.json_objects import check_storable
from matching.posting import PostingInvalid
from matching.sources.protocol import Fetched
from matching.sources.registry import SOURCES

DATA = Path(__file__).parents[4] / "shared" / "data"
ASHBY = DATA / "jobs" / "ashby_raw_postings.jsonl.gz"
ANSWERS = [
    ("greenhouse", "greenhouse/*.json", ""),
    ("lever", "lever/*.json", ""),
    ("ashby", "ashby/*.json", ""),
    ("recruitee", "recruitee/*.json", ""),
    ("workable", "workable/*.json", ""),
    ("smartrecruiters", "smartrecruiters/*postings.json", ""),
    ("himalayas", "himalayas/*.json", ""),
    ("remoteok", "remoteok/*.json", ""),
    ("remotive", "remotive/*.json", ""),
    ("usajobs", "usajobs/*.json", ""),
    ("weworkremotely", "weworkremotely/*.rss", ""),
]


@pytest.mark.skipif(not ASHBY.exists(), reason="the recorded boards are not here")
def test_every_posting_of_all_recorded_boards_is_read():
    ashby = SOURCES["ashby"]
    refused: Counter[str] = Counter()
    read = with_pay = 0
    with gzip.open(ASHBY, "rt", encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            try:
                check_storable(found["job"])
                posting = ashby.read(found["job"], found["board"])
            except PostingInvalid as error:
                refused[str(error)] += 1
            else:
                read += 1
                with_pay += posting.pay is not None
    assert refused == Counter()
    assert read == 9_387
    # SOURCES.md counts 3,427 with pay among the 9,366 that have a text.
    assert with_pay >= 3_427


@pytest.mark.skipif(not DATA.exists(), reason="the recorded answers are not here")
@pytest.mark.parametrize(("kind", "pattern", "board"), ANSWERS, ids=[answer[0] for answer in ANSWERS])
def test_a_real_answer_is_read_whole(kind, pattern, board, settings):
    settings.USAJOBS_EMAIL, settings.USAJOBS_KEY = "jobs@relevnt.example", "key"
    source = SOURCES[kind]
    paths = sorted((DATA / "ats_fixtures").glob(pattern))
    assert paths
    for path in paths:
        body = path.read_bytes()
        page = source.fetch(lambda url, headers=None, body=body: Fetched(url, {}, body), board or "acme", "")
        # The recording of a feed was cut by hand, and holds an opening tag twice.
        listed = [
            raw
            for raw in page.items
            if source.is_listed(raw) and (kind != "weworkremotely" or "title" in raw)
        ]
        assert listed
        for raw in listed:
            posting = source.read(raw, "acme")
            assert posting.title
            assert posting.external_id == source.number(raw)
            assert posting.url.startswith("https://")
