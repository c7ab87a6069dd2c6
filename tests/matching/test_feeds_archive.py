import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command

from matching.feeds.archive import ORIGINS, archive_record, clean_title, read_closing_date
from matching.feeds.files import read_file
from matching.posting import Posting

ARCHIVE = Path(__file__).parents[2] / "matching" / "data" / "archive" / "postings.jsonl.gz"
RECORD = {
    "source": "usajobs",
    "external_id": "7",
    "title": "FORESTER, GS-0460-12",
    "company": "Forest Service",
    "location": "Otto, North Carolina",
    "remote": None,
    "salary_min": 60_000,
    "salary_max": 70_000,
    "currency": "USD",
    "salary_period": "year",
    "description": "Trees.\t\tMany.",
    "url": "https://example.gov/7",
    "posted_at": "2016-04-01",
    "dataset": "somebody/something",
    "licence_tier": "A",
    "raw": {
        "ApplicationCloseDate": "2016-05-10T00:00:00Z",
        "PositionSchedule": [{"Name": "Full-Time"}],
        "PositionOfferingType": [{"Name": "Permanent"}],
    },
}


@pytest.mark.parametrize(
    ("published", "title"),
    [
        ("FORESTER, GS-0460-7/9 (DEU)", "Forester"),
        ("Physical Scientist, ZP-1301-III/IV", "Physical Scientist"),
        ("Student Trainee (Physical Science), ZP-1399-II (GS-07/09 Equivalent)", "Student Trainee (Physical Science)"),
        ("Information Technology Specialist, GS-2210-05/07, DSB-External (Applications Software)", "Information Technology Specialist (Applications Software)"),
        ("Survey Statistician, GG-1530-13, Census-DE-AC", "Survey Statistician"),
        ("DR-1550-01 Computer Scientist", "Computer Scientist"),
        ("TTS - Designer GS14 and GS15", "TTS - Designer"),
        ("Environmental Engineer (MI5111)", "Environmental Engineer"),
        ("CHIEF PARK RANGER\t\t\t Class Code:      1968", "Chief Park Ranger"),
        ("STATISTICIAN **ROSTER**", "Statistician Roster"),
        ("MANAGER OF IT - SENIOR SOLDIER'S AIDE II (SSTM)", "Manager of IT - Senior Soldier's Aide II (SSTM)"),
        ("Medical Technologist 5/7/9", "Medical Technologist"),
        ("18F Product Manager", "18F Product Manager"),
        ("Nurse (Wound Care)", "Nurse (Wound Care)"),
        ("311 Director", "311 Director"),
        ("GS-0801-12", "GS-0801-12"),
    ],
)  # fmt: skip
def test_clean_title_takes_codes_and_capitals_off(published, title):
    assert clean_title(published) == title


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ({"ApplicationCloseDate": "2016-05-10T00:00:00Z"}, "2016-05-10"),
        ({"closes": "2023-08-23"}, "2023-08-23"),
        ({"closes": "June 24, 2018, 11:59pm EDT"}, "2018-06-24"),
        ({"closes": "Friday, September 9th, 2022 at 11:59PM EDT"}, "2022-09-09"),
        ({"closes": "9/8/2022 11:59 PM EDT"}, "2022-09-08"),
        ({"closes": "TBD"}, ""),
        ({}, ""),
    ],
)
def test_read_closing_date_reads_every_way_of_writing_it(stated, date):
    assert read_closing_date(stated) == date


def test_archive_record_keeps_what_is_stated_and_what_was_published():
    kept = archive_record(RECORD)

    assert kept == {
        **{
            name: RECORD[name]
            for name in RECORD
            if name not in ("title", "description", "licence_tier", "raw")
        },
        "title": "Forester",
        "description": "Trees. Many.",
        "closes_at": "2016-05-10",
        "employment_type": "Full time",
        "industry": "",
        "license": "public domain (US Government work)",
        "attribution": "USAJOBS, U.S. Office of Personnel Management",
        "raw": RECORD["raw"] | {"title_as_published": "FORESTER, GS-0460-12"},
    }


def test_archive_record_masks_what_was_missed():
    text = "Ask Ada, 541-9476356 or (202)707-1454, ada@ fs.example.gov, by 2016-05-10, for $120,000."

    kept = archive_record(RECORD | {"description": text})

    assert kept["description"] == "Ask Ada, [phone] or [phone], [email], by 2016-05-10, for $120,000."


def test_archive_record_counts_work_without_pay_as_not_stated():
    kept = archive_record(
        RECORD | {"salary_min": 0, "salary_max": 0, "salary_period": "Without Compensation"}
    )

    assert {kept[name] for name in ("salary_min", "salary_max", "currency", "salary_period")} == {None}


def test_archive_record_drops_a_date_after_the_deadline():
    kept = archive_record(RECORD | {"posted_at": "2016-05-11"})

    assert (kept["posted_at"], kept["raw"]["dated"]) == ("", "2016-05-11")


@pytest.mark.parametrize(
    ("schedule", "offering", "employment"),
    [
        ("Full-Time", "Term NTE 13 months", "Temporary"),
        ("Full Time", "Internships NTE 120 days", "Internship"),
        ("Multiple Schedules", "Permanent", ""),
        ("Work Schedule is part-time.", "Permanent", "Part time"),
        ("Open", "Permanent", ""),
    ],
)
def test_archive_record_reads_employment_from_schedule_and_offering(schedule, offering, employment):
    raw = {"PositionSchedule": [{"Name": schedule}], "PositionOfferingType": [{"Name": offering}]}

    assert archive_record(RECORD | {"raw": raw})["employment_type"] == employment


def test_archive_record_takes_footers_and_markup_off():
    bulletin = "Duties\nClass Code 3211 CONT . . . . 11-30-18\nMore"
    page = "Subnav\n  Duties\n  #duties\n\n## Duties\n**Write** [code](https://a.example) and [more](#more).\n\nTo show this line\n🔻🔻🔻\nEnd"

    texts = [
        archive_record(RECORD | {"source": source, "description": text})["description"]
        for source, text in (("cityofla", bulletin), ("tts_jobs", page))
    ]

    assert texts == ["Duties\n\nMore", "Duties\nWrite code (https://a.example) and more.\n\nEnd"]


def test_archive_record_tells_pages_of_one_name_apart():
    kept = archive_record(RECORD | {"source": "tts_jobs", "raw": {"path": "pages/positions/coe-director.md"}})

    assert kept["external_id"] == "pages/positions/coe-director"


def test_build_archive_keeps_the_shippable_and_is_the_same_each_time(tmp_path, capsys):
    records = [
        RECORD | {"external_id": "9"},
        RECORD,
        RECORD | {"external_id": "8", "licence_tier": "B"},
        RECORD | {"source": "tts_jobs", "external_id": "TEST-POSITION"},
    ]
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress("\n".join(json.dumps(record) for record in records).encode()))

    call_command("build_archive", source, tmp_path / "one.gz")
    call_command("build_archive", source, tmp_path / "two.gz")

    kept = [json.loads(line) for line in gzip.decompress((tmp_path / "one.gz").read_bytes()).splitlines()]
    assert [record["external_id"] for record in kept] == ["7", "9"]
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    assert capsys.readouterr().out.startswith("2 postings, ")


def test_shipped_archive_is_whole_attributed_and_dated():
    found = [each for _line, each in read_file(ARCHIVE)]

    origins = Counter(each.external_id.split(":")[0] for each in found)
    assert all(isinstance(each, Posting) for each in found)
    assert len({each.external_id for each in found}) == len(found)
    assert origins == {"usajobs": 741, "cityofla": 683, "hahu_redacted": 541, "tts_jobs": 193}
    assert {(each.raw["license"], each.raw["attribution"]) for each in found} == {
        (origin.license, origin.attribution) for origin in ORIGINS.values()
    }
    assert sum(each.closes_at is not None for each in found) == 861
    assert sum(not each.company for each in found) == 541
    assert ARCHIVE.stat().st_size < 4_000_000
    assert all(name in (ARCHIVE.parent / "NOTICE.md").read_text() for name in origins)
