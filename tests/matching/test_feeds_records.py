import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from matching.feeds.records import posting_from_record, read_time
from matching.pay import StatedPay
from matching.posting import Posting, PostingInvalid

SMALLEST = {"external_id": "7", "title": "Nurse"}
PAY = {"salary_min": 30.5, "salary_max": 40, "currency": "USD", "salary_period": "hour"}


def test_posting_from_record_takes_every_column_and_keeps_the_rest():
    posting = posting_from_record(
        {
            "source": "usajobs",
            "external_id": 438183700,
            "title": "Nurse",
            "company": "Veterans Affairs",
            "location": "Buffalo, New York",
            "remote": False,
            **PAY,
            "description": "Care for veterans.",
            "url": "https://example.com/7",
            "apply_url": "https://example.com/7/apply",
            "posted_at": "2016-04-20",
            "closes_at": "2016-05-11",
            "employment_type": "Full time",
            "industry": "Health",
            "dataset": "somebody/something",
            "empty": "",
            "raw": {"grade": "VN"},
        }
    )

    assert posting == Posting(
        external_id="usajobs:438183700",
        title="Nurse",
        company="Veterans Affairs",
        location="Buffalo, New York",
        remote=False,
        pay=StatedPay(minimum=3050, maximum=4000, currency="USD", period="hour"),
        description="Care for veterans.",
        url="https://example.com/7",
        apply_url="https://example.com/7/apply",
        posted_at=datetime(2016, 4, 20, tzinfo=UTC),
        closes_at=datetime(2016, 5, 11, 23, 59, 59, tzinfo=UTC),
        employment_type="Full time",
        industry="Health",
        raw={"dataset": "somebody/something", "raw": {"grade": "VN"}},
    )


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"title": None}, "title", "Missing. A posting needs one."),
        ({"title": " <b> </b> "}, "title", "Missing. A posting needs one."),
        ({"title": ["Nurse"]}, "title", "Text is expected here, not a list."),
        ({"title": "x" * 501}, "title", "501 characters; at most 500 are kept. Shorten it."),
        ({"external_id": ""}, "external_id", "Missing. A posting needs one."),
        ({"external_id": True}, "external_id", "Text is expected here, not true or false."),
        ({"external_id": "x" * 250, "source": "somewhere"}, "external_id", "260 characters; at most 255 are kept. Shorten it."),
        ({"company": {"name": "Acme"}}, "company", "Text is expected here, not an object."),
        ({"company": "x" * 256}, "company", "256 characters; at most 255 are kept. Shorten it."),
        ({"location": "x" * 2_001}, "location", "2,001 characters; at most 2,000 are kept. Shorten it."),
        ({"remote": "maybe"}, "remote", "“maybe” is neither true nor false; leave it empty where it is not stated."),
        ({"description": 7}, "description", "Text is expected here, not a number."),
        ({"url": "javascript:alert(1)"}, "url", "“javascript:alert(1)” is not a web address. Write https://… in full."),
        ({"url": "www.example.com"}, "url", "“www.example.com” is not a web address. Write https://… in full."),
        ({"url": "https://me:secret@example.com/"}, "url", "“https://me:secret@example.com/” is not a web address. Write https://… in full."),
        ({"url": "https://example.com/a b"}, "url", "“https://example.com/a b” is not a web address. Write https://… in full."),
        ({"url": "https://e.example/" + "x" * 2_000}, "url", "2,018 characters; at most 2,000 are kept. Shorten it."),
        ({"apply_url": "data:text/html,x"}, "apply_url", "“data:text/html,x” is not a web address. Write https://… in full."),
        ({"posted_at": "13/01/2024"}, "posted_at", "“13/01/2024” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z."),
        ({"posted_at": "2024-13-01"}, "posted_at", "“2024-13-01” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z."),
        ({"posted_at": "0001-01-01"}, "posted_at", "“0001-01-01” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z."),
        ({"posted_at": 1463000000}, "posted_at", "Text is expected here, not a number."),
        ({"closes_at": "soon"}, "closes_at", "“soon” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z."),
        (PAY | {"currency": None}, "currency", "Pay is stated without its currency. Write USD, EUR …"),
        (PAY | {"currency": "$"}, "currency", "“$” is not a currency. Write its ISO 4217 code: USD, EUR …"),
        (PAY | {"salary_period": ""}, "salary_period", "Pay is stated without its period. Write hour, day, week, month or year."),
        (PAY | {"salary_period": "1 TIME"}, "salary_period", "“1 TIME” is not a period of pay. Write hour, day, week, month or year."),
        (PAY | {"salary_min": 41}, "salary_min", "The least, 41, is more than the most, 40."),
        (PAY | {"salary_min": "85,000"}, "salary_min", "“85,000” is not an amount of money. Write 85000 or 85000.50."),
        (PAY | {"salary_min": -1}, "salary_min", "“-1” is not an amount of money. Write 85000 or 85000.50."),
        (PAY | {"salary_min": True}, "salary_min", "“True” is not an amount of money. Write 85000 or 85000.50."),
        (PAY | {"salary_max": math.nan}, "salary_max", "“nan” is not an amount of money. Write 85000 or 85000.50."),
        (PAY | {"salary_max": 10**12}, "salary_max", "“1000000000000” is not an amount of money. Write 85000 or 85000.50."),
        (PAY | {"salary_max": "1e999999999"}, "salary_max", "“1e999999999” is not an amount of money. Write 85000 or 85000.50."),
    ],
)  # fmt: skip
def test_posting_from_record_says_what_is_wrong(change, field, reason):
    with pytest.raises(PostingInvalid) as raised:
        posting_from_record(SMALLEST | change)

    assert (raised.value.field, raised.value.reason) == (field, reason)


@pytest.mark.parametrize(
    ("change", "pay"),
    [
        ({}, None),
        ({"salary_min": 0, "salary_max": 0}, None),
        ({"currency": "USD", "salary_period": "year"}, None),
        ({"salary_min": 0, "salary_max": 50}, StatedPay(None, 5000, "USD", "hour")),
        ({"salary_min": "13.84"}, StatedPay(1384, None, "USD", "hour")),
        (
            {"salary_min": 13.84, "currency": "jpy", "salary_period": "Hourly"},
            StatedPay(14, None, "JPY", "hour"),
        ),
    ],
)
def test_posting_from_record_states_pay_in_minor_units(change, pay):
    defaults = {"currency": "USD", "salary_period": "hour"} if "salary_min" in change else {}
    defaults |= {"currency": "USD", "salary_period": "hour"} if "salary_max" in change else {}

    posting = posting_from_record(SMALLEST | defaults | change)

    assert posting.pay == pay


@pytest.mark.parametrize(
    ("stated", "remote"),
    [("true", True), ("No", False), ("0", False), ("", None), (None, None), (True, True)],
)
def test_posting_from_record_reads_three_answers_about_remote_work(stated, remote):
    assert posting_from_record(SMALLEST | {"remote": stated}).remote is remote


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("2026-05-31", datetime(2026, 5, 31, tzinfo=UTC)),
        ("2026-05-31T09:00:00", datetime(2026, 5, 31, 9, tzinfo=UTC)),
        ("2026-05-31T09:00:00+02:00", datetime(2026, 5, 31, 9, tzinfo=timezone(timedelta(hours=2)))),
        ("20260531", datetime(2026, 5, 31, tzinfo=UTC)),
        ("", None),
    ],
)
def test_read_time_gives_aware_times(stated, time):
    assert read_time(stated, "posted_at") == time


def test_read_time_lets_a_closing_date_last_all_day():
    assert read_time("2026-05-31", "closes_at", end_of_day=True) == datetime(
        2026, 5, 31, 23, 59, 59, tzinfo=UTC
    )
    assert read_time("2026-05-31T00:00:00Z", "closes_at", end_of_day=True) == datetime(
        2026, 5, 31, tzinfo=UTC
    )


def test_posting_from_record_keeps_html_apart_from_plain_text():
    html = posting_from_record(SMALLEST | {"description": "&lt;p&gt;Care&lt;/p&gt;"})
    plain = posting_from_record(SMALLEST | {"description": "Knows C<T> & R&amp;D"})
    mixed = posting_from_record(SMALLEST | {"description": "One\n\nTwo\nThree <b>bold</b>"})

    assert (html.description, html.description_is_html) == ("<p>Care</p>", True)
    assert (plain.description, plain.description_is_html) == ("Knows C<T> & R&D", False)
    assert (mixed.description, mixed.description_is_html) == ("One<br><br>Two<br>Three <b>bold</b>", True)


def test_posting_from_record_keeps_the_text_of_html_in_a_title():
    posting = posting_from_record(SMALLEST | {"title": "<h1>R&amp;D  <i>Lead</i></h1>"})

    assert posting.title == "R&D Lead"
