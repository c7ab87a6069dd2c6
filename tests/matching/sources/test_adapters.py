"""What each source's answer means, from recordings of our own with the field names of the real ones."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matching.fetching import Fetcher
from matching.pay import StatedPay
from matching.posting import PostingInvalid
from matching.sources.protocol import Fetched, SourceFault, pages
from matching.sources.registry import SOURCES
from tests.boards import Boards, Reply

RECORDINGS = Path(__file__).parent / "recordings"
KEYS = {
    "ADZUNA_APP_ID": "id",
    "ADZUNA_APP_KEY": "key",
    "USAJOBS_EMAIL": "jobs@relevnt.example",
    "USAJOBS_KEY": "key",
}


def recorded(name: str, media: str = "application/json") -> Reply:
    return Reply((RECORDINGS / name).read_bytes(), headers={"Content-Type": media})


def eur(low: int | None, high: int | None, period: str) -> StatedPay:
    return StatedPay(low, high, "EUR", period)


# kind, board, where it is asked, the recording, and what its postings state.
CASES = [
    (
        "greenhouse",
        "fernhill",
        "boards-api.greenhouse.io/v1/boards/fernhill/jobs",
        "greenhouse.json",
        [
            {
                "external_id": "4400112003",
                "title": "Backend Engineer, Maps",
                "company": "Fernhill",
                "location": "Lisbon, Portugal",
                "posted_at": datetime(2026, 9, 16, 15, 55, 32, tzinfo=UTC),
                "closes_at": datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC),
                "pay": eur(6_000_000, 8_250_050, "year"),
                "apply_url": "https://job-boards.greenhouse.io/fernhill/jobs/4400112003",
            },
            {
                "external_id": "4400112004",
                "title": "Field Technician & Driver",
                "location": "Lisbon, Portugal; Porto, Portugal",
                "pay": eur(1850, 2200, "hour"),
                "posted_at": None,
            },
        ],
    ),
    (
        "lever",
        "kvitfjell",
        "api.lever.co/v0/postings/kvitfjell",
        "lever.json",
        [
            {
                "external_id": "0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01",
                "title": "Data Engineer",
                "company": "kvitfjell",
                "location": "Oslo; Bergen",
                "remote": None,
                "pay": StatedPay(70_000_000, 85_000_000, "NOK", "year"),
                "employment_type": "Full-time",
                "posted_at": datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC),
            },
            {"title": "Technical Writer", "remote": True, "location": "Remote", "pay": None},
        ],
    ),
    (
        "lever_eu",
        "kvitfjell",
        "api.eu.lever.co/v0/postings/kvitfjell",
        "lever.json",
        [{"title": "Data Engineer"}, {"title": "Technical Writer"}],
    ),
    (
        "ashby",
        "salzach",
        "api.ashbyhq.com/posting-api/job-board/salzach",
        "ashby.json",
        [
            {
                "external_id": "b7a2c1d0-1111-4222-8333-000000000001",
                "company": "salzach",
                "location": "Vienna; Graz",
                # The workplace goes before the older yes.
                "remote": None,
                "pay": eur(7_000_000, 9_000_000, "year"),
                "employment_type": "full-time",
            },
            {"title": "Office Lead", "pay": eur(2150, None, "hour"), "employment_type": "part-time"},
        ],
    ),
    (
        "workable",
        "cobalt",
        "apply.workable.com/api/v1/widget/accounts/cobalt",
        "workable.json",
        [
            {
                "external_id": "A1B2C3D4E5",
                "company": "Cobalt Bakers",
                "location": "São Paulo, State of São Paulo, Brazil",
                "remote": None,
                "description": "<p>You bake bread with five others, from three in the morning.</p>",
                "apply_url": "https://apply.workable.com/j/A1B2C3D4E5/apply",
            },
            {"location": "Spain", "remote": True, "apply_url": "https://apply.workable.com/j/F1B2C3D4E5"},
        ],
    ),
    (
        "recruitee",
        "tannenberg",
        "tannenberg.recruitee.com/api/offers",
        "recruitee.json",
        [
            {
                "external_id": "2700825",
                "location": "Berlin, Germany; Potsdam, Germany",
                "remote": None,
                "pay": eur(6_000_000, 7_500_000, "year"),
                "posted_at": datetime(2026, 8, 5, 10, 10, 39, tzinfo=UTC),
                "employment_type": "fulltime permanent",
            },
            {
                "location": "Berlin, Germany",
                "remote": False,
                "pay": None,
                "apply_url": "https://tannenberg.recruitee.com/o/driver",
            },
        ],
    ),
    (
        "personio",
        "moorland",
        "moorland.jobs.personio.com/xml",
        "personio.xml",
        [
            {
                "external_id": "118822",
                "title": "Warehouse Lead (m/w/d)",
                "company": "Moorland GmbH",
                "location": "Hamburg; Bremen",
                "employment_type": "full-time, permanent",
                "url": "https://moorland.jobs.personio.com/job/118822",
            },
            {"title": "Apprentice", "company": "moorland", "description": ""},
        ],
    ),
    (
        "remotive",
        "",
        "remotive.com/api/remote-jobs",
        "remotive.json",
        [
            {
                "external_id": "2091067",
                "location": "Europe, Africa",
                "remote": True,
                "employment_type": "full time",
            }
        ],
    ),
    (
        "remoteok",
        "",
        "remoteok.com/api",
        "remoteok.json",
        [
            {
                "external_id": "999001",
                "title": "Site Reliability Engineer",
                "pay": StatedPay(11_000_000, 15_000_000, "USD", "year"),
                "apply_url": "https://jobs.lever.co/orrin/0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a77/apply",
            },
            {"pay": None, "posted_at": datetime(2026, 7, 15, 10, 0, tzinfo=UTC)},
        ],
    ),
    (
        "themuse",
        "",
        "www.themuse.com/api/public/jobs",
        "themuse.json",
        [{"external_id": "55501", "company": "Quarry", "remote": True}],
    ),
    (
        "adzuna",
        "country=gb",
        "api.adzuna.com/v1/api/jobs/gb/search/1",
        "adzuna.json",
        [
            {
                "title": "Python Developer",
                "pay": StatedPay(5_000_000, 6_000_000, "GBP", "year"),
                "employment_type": "full time, permanent",
            },
            # A guess of theirs is no statement.
            {"pay": None},
        ],
    ),
    (
        "usajobs",
        "",
        "data.usajobs.gov/api/Search",
        "usajobs.json",
        [
            {
                "external_id": "838100200",
                "title": "Hydrologist",
                "location": "Denver, Colorado; Reston, Virginia",
                "pay": StatedPay(7_749_000, 14_155_500, "USD", "year"),
                "closes_at": datetime(2027, 7, 16, 0, 0, tzinfo=UTC),
            }
        ],
    ),
    (
        "jobicy",
        "",
        "jobicy.com/api/v2/remote-jobs",
        "jobicy.json",
        [
            {
                "title": "Editor & Writer",
                "pay": StatedPay(6_000_000, 8_000_000, "USD", "year"),
                "industry": "Copywriting & Content",
            },
            {"pay": StatedPay(3000, 4000, "USD", "hour")},
        ],
    ),
    (
        "jobtech",
        "",
        "jobsearch.api.jobtechdev.se/search",
        "jobtech.json",
        [
            {
                "external_id": "29000001",
                "company": "Nordljus AB",
                "location": "Stockholm, Stockholms län, Sverige",
                "closes_at": datetime(2027, 5, 12, 23, 59, 59, tzinfo=UTC),
                "apply_url": "https://nordljus.example/jobb",
            }
        ],
    ),
    (
        "weworkremotely",
        "",
        "weworkremotely.com/remote-jobs.rss",
        "weworkremotely.xml",
        [
            {
                "title": "Senior Support Engineer",
                "company": "Sundial & Co",
                "posted_at": datetime(2026, 7, 16, 14, 57, 15, tzinfo=UTC),
                "closes_at": datetime(2027, 8, 15, 14, 57, 15, tzinfo=UTC),
            },
            PostingInvalid,
        ],
    ),
    (
        "rss",
        "https://museum.example/feed",
        "museum.example/feed",
        "feed.xml",
        [
            {
                "external_id": "urn:museum:7",
                "title": "Conservateur des médailles",
                "company": "Musée de Dole",
                "description": "<p>You look after four thousand medals.</p>",
                "url": "https://museum.example/jobs/7",
            }
        ],
    ),
    (
        "page",
        "https://bellweather.example/jobs",
        "bellweather.example/jobs",
        "career_page.html",
        [
            {
                "external_id": "Bellweather:c-1",
                "title": "Carpenter",
                "location": "Ghent, BE",
                "pay": eur(1800, 2200, "hour"),
            },
            # A comma was missing.
            {"title": "Rigger"},
            PostingInvalid,
        ],
    ),
]


def read_all(kind: str, board: str) -> list[dict | type[PostingInvalid]]:
    source = SOURCES[kind]
    found: list[dict | type[PostingInvalid]] = []
    fetcher = Fetcher(source, sleep=lambda seconds: None)
    for page in pages(source, fetcher, board):
        for raw in page.items:
            try:
                number = source.number(raw)
                if not source.is_listed(raw):
                    continue
                posting = source.read(source.complete(fetcher, board, raw), board)
            except PostingInvalid:
                found.append(PostingInvalid)
            else:
                assert posting.external_id == number
                found.append({**asdict(posting), "pay": posting.pay})
    return found


@pytest.fixture(autouse=True)
def keys(settings) -> None:
    for name, value in KEYS.items():
        setattr(settings, name, value)


@pytest.mark.parametrize(
    ("kind", "board", "place", "recording", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_a_source_says_what_its_recording_states(boards: Boards, kind, board, place, recording, expected):
    boards.play(place, recorded(recording, "text/html" if recording.endswith("html") else "application/json"))

    found = read_all(kind, board)

    assert len(found) == len(expected)
    for posting, stated in zip(found, expected, strict=True):
        if stated is PostingInvalid:
            assert posting is PostingInvalid
        else:
            assert {name: posting[name] for name in stated} == stated


def test_every_kind_has_a_recording():
    covered = {case[0] for case in CASES} | {"smartrecruiters", "arbeitnow", "hackernews", "himalayas"}
    assert covered == SOURCES.keys()


def test_texts_in_parts_are_put_together_with_their_headings(boards: Boards):
    boards.play("api.lever.co/v0/postings/kvitfjell", recorded("lever.json"))
    text = read_all("lever", "kvitfjell")[0]["description"]
    order = [
        "You look after",
        "<h3>What you bring</h3>",
        "Three years with Airflow",
        "Paid on the 12th",
        "We answer everybody",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_a_list_without_texts_is_completed_posting_by_posting(boards: Boards):
    api = "api.smartrecruiters.com/v1/companies/lindenhof/postings"
    boards.play(api, recorded("smartrecruiters.json"))
    boards.play(f"{api}/744000138728131", recorded("smartrecruiters_detail.json"))
    boards.play(f"{api}/744000138728132", Reply(b"{}", headers={"Content-Type": "application/json"}))

    nurse, support = read_all("smartrecruiters", "lindenhof")

    assert (nurse["title"], nurse["company"], nurse["location"]) == (
        "Nurse, Night Shift",
        "Lindenhof Clinics",
        "Bern, BE, Switzerland",
    )
    assert "You care for patients at night" in nurse["description"]
    assert nurse["apply_url"].endswith("?oga=true")
    assert support["location"] == "Zürich, CH"
    assert support["remote"] is True
    assert support["url"] == "https://jobs.smartrecruiters.com/lindenhof/744000138728132"


def test_pages_are_counted_by_ourselves_and_end_with_an_empty_one(boards: Boards):
    boards.play("www.arbeitnow.com/api/job-board-api", recorded("arbeitnow.json"), Reply(b'{"data": []}'))
    assert [each["title"] for each in read_all("arbeitnow", "")] == ["Gardener"]
    assert [asked.query["page"] for asked in boards.asked] == ["1", "2"]


def test_times_in_seconds_and_in_thousandths_are_told_apart(boards: Boards):
    boards.play("himalayas.app/jobs/api", recorded("himalayas.json"), Reply(b'{"jobs": []}'))
    (tutor,) = read_all("himalayas", "")
    assert tutor["posted_at"].year == 2026
    assert tutor["closes_at"].year == 2033
    assert tutor["pay"] == StatedPay(8000, 13_500, "USD", "hour")


def test_comments_of_the_two_newest_threads_are_postings_where_they_keep_the_habit(boards: Boards):
    boards.play("hn.algolia.com/api/v1/search_by_date", recorded("hackernews.json"))
    boards.play("hn.algolia.com/api/v1/items/49000001", recorded("hackernews_thread.json"))
    boards.play("hn.algolia.com/api/v1/items/48500001", Reply(b'{"children": []}'))

    tides, nobody, crows = read_all("hackernews", "")

    assert (tides["company"], tides["title"], tides["location"]) == (
        "Tidemark",
        "Senior Rust Engineer",
        "ONSITE; Amsterdam",
    )
    assert tides["apply_url"] == "https://jobs.ashbyhq.com/tidemark/b7a2c1d0-1111-4222-8333-000000000009"
    assert nobody is PostingInvalid
    assert (crows["company"], crows["title"], crows["location"]) == (
        "Corvid",
        "Product Designer",
        "REMOTE (EU)",
    )
    assert boards.times("hn.algolia.com/api/v1/items/48000001") == 0


def test_skills_that_a_source_names_as_data_are_read_as_required_and_preferred(boards: Boards):
    from matching.job_rows import prepare

    boards.play("jobsearch.api.jobtechdev.se/search", recorded("jobtech.json"))
    source = SOURCES["jobtech"]
    (page,) = pages(source, Fetcher(source), "")
    read = prepare(source.read(page.items[0], ""), "").read
    assert "Java" in read.required_skills
    assert "JavaScript" in read.preferred_skills


def test_keys_go_where_the_source_wants_them(boards: Boards):
    boards.play("data.usajobs.gov/api/Search", recorded("usajobs.json"))
    boards.play("api.adzuna.com/v1/api/jobs/gb/search/1", recorded("adzuna.json"))
    read_all("usajobs", "Keyword=water")
    read_all("adzuna", "country=gb&what=python")
    usa, adzuna = boards.asked
    assert (usa.headers["authorization-key"], usa.headers["user-agent"]) == ("key", "jobs@relevnt.example")
    assert usa.query["Keyword"] == "water"
    assert (adzuna.query["app_key"], adzuna.query["what"], "country" in adzuna.query) == (
        "key",
        "python",
        False,
    )


@pytest.mark.parametrize("kind", sorted(SOURCES))
@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><p>Down for maintenance</p>",
        b'{"jobz": [1]}',
        b"17",
        b"",
        b'{"jobs": {"id": 1}}',
        b"\xff\xfe\x00",
    ],
    ids=["an error page", "a renamed list", "a number", "nothing", "an object for a list", "no text at all"],
)
def test_an_answer_of_another_shape_is_never_an_empty_board(kind, body):
    source = SOURCES[kind]
    board = {"rss": "https://x.example/feed", "page": "https://x.example/jobs", "adzuna": "country=gb"}.get(
        kind, "acme"
    )
    with pytest.raises(SourceFault) as caught:
        source.fetch(lambda url, headers=None: Fetched(url, {"content-type": "text/html"}, body), board, "")
    assert caught.value.outcome == "malformed"
