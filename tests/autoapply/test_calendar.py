"""The calendar: the file as RFC 5545 wants it, and the secret address that alone opens it."""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from gunicorn.config import Config

from autoapply.calendar_file import Day, escape, fold, write_calendar
from autoapply.models import CalendarFeed, FollowUp
from personas import identity
from personas.identity import acting_as
from personas.models import User
from relevnt.logs import LineFormatter
from relevnt.web_log import WebLogger
from tests.factories import ApplicationFactory, CalendarFeedFactory, FollowUpFactory, JobFactory

STAMP = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
PAGE = "/applications/follow-ups/"


def unfold(content: bytes) -> list[str]:
    """The lines of a file as a calendar program reads them."""
    text = content.decode()
    assert text.endswith("\r\n")
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def values(content: bytes, name: str) -> list[str]:
    return [line.partition(":")[2] for line in unfold(content) if re.split("[;:]", line)[0] == name]


# --- the file --------------------------------------------------------------------------------------------------------


def test_calendar_is_written_as_the_standard_wants_it() -> None:
    day = Day("a@relevnt", date(2026, 12, 31), "Interview", STAMP)

    assert write_calendar([day], name="Relevnt") == (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Relevnt//Follow-ups//EN\r\nCALSCALE:GREGORIAN\r\n"
        b"NAME:Relevnt\r\nX-WR-CALNAME:Relevnt\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n"
        b"BEGIN:VEVENT\r\nUID:a@relevnt\r\nDTSTAMP:20260302T093005Z\r\nDTSTART;VALUE=DATE:20261231\r\n"
        b"DTEND;VALUE=DATE:20270101\r\nSUMMARY:Interview\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def test_calendar_without_days_is_a_calendar() -> None:
    lines = unfold(write_calendar([], name="x"))

    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")


def test_stamp_is_told_in_utc() -> None:
    there = datetime(2026, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=5)))

    assert values(write_calendar([Day("a", date(2026, 1, 1), "x", there)], name="x"), "DTSTAMP") == [
        "20260301T200000Z"
    ]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("a, b; c\\d", "a\\, b\\; c\\\\d"),
        ("one\r\ntwo\rthree\nfour", "one\\ntwo\\nthree\\nfour"),
        ("bell\x07 \x7f\x85 nul\x00 tab\t", "bell  nul tab\t"),
        ("END:VEVENT", "END:VEVENT"),
        ("é 漢字 😀", "é 漢字 😀"),
    ],
)
def test_text_is_escaped(typed: str, written: str) -> None:
    assert escape(typed) == written


@pytest.mark.parametrize("letter", ["a", "é", "漢", "😀"])
@pytest.mark.parametrize("number", [0, 1, 18, 25, 37, 74, 75, 76, 149, 150, 500])
def test_line_is_folded_at_75_octets_between_letters(letter: str, number: int) -> None:
    line = f"S:{letter * number}"

    folded = fold(line)

    pieces = folded.encode().split(b"\r\n")
    assert max(map(len, pieces)) <= 75
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert folded.replace("\r\n ", "") == line
    # No piece is cut in the middle of a letter.
    assert [piece.decode() for piece in pieces]
    # Folded no earlier than needed.
    assert all(len(piece) > 75 - 4 for piece in pieces[:-1])


def test_line_break_that_was_typed_makes_no_line_of_the_calendar() -> None:
    day = Day("a", date(2026, 1, 1), "x\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR", STAMP)

    assert unfold(write_calendar([day], name="n")).count("BEGIN:VCALENDAR") == 1


# --- the address -----------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def make_address(signed_in: Client) -> str:
    """The path of a new secret address."""
    html = signed_in.post(PAGE, {"do": "make"}).content.decode()
    (address,) = re.findall(r'value="http://testserver(/calendar/[^"]+\.ics)"', html)
    return str(address)


def read(address: str) -> Any:
    """What somebody without a session is answered."""
    response = Client().get(address)
    identity.assume(None)
    return response


def planned(alice: User, **values: Any) -> FollowUp:
    application = ApplicationFactory(
        user=alice, job=JobFactory(), job_title="Engineer; Bridges", company="Acme, Inc."
    )
    return FollowUpFactory(application=application, **{"what": "Ask", **values})


def test_secret_address_opens_the_follow_ups_of_its_person_alone(
    signed_in: Client, alice: User, charlie: User
) -> None:
    follow_up = planned(alice, due_on=date(2099, 3, 9))
    FollowUpFactory(application=ApplicationFactory(user=charlie), what="of Charlie", due_on=date(2099, 1, 1))

    response = read(make_address(signed_in))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response["Cache-Control"]
    assert values(response.content, "SUMMARY") == ["Ask: Engineer\\; Bridges\\, Acme\\, Inc."]
    assert values(response.content, "DTSTART") == ["20990309"]
    assert values(response.content, "UID") == [f"{follow_up.pk}@relevnt"]


def test_same_follow_ups_make_the_same_bytes(signed_in: Client, alice: User) -> None:
    planned(alice, due_on=date(2099, 3, 9))
    address = make_address(signed_in)

    assert read(address).content == read(address).content


def test_calendar_says_nothing_of_the_person_or_of_notes(signed_in: Client, alice: User) -> None:
    planned(alice, due_on=date(2099, 3, 9))

    text = read(make_address(signed_in)).content.decode()

    assert alice.email not in text
    assert alice.display_name not in text
    assert "http" not in text


def test_done_follow_up_says_so_and_what_is_long_past_is_left_out(signed_in: Client, alice: User) -> None:
    planned(alice, due_on=date(2099, 3, 9), done_at=STAMP)
    planned(alice, due_on=date(2020, 3, 9))

    content = read(make_address(signed_in)).content

    assert [each[:10] for each in values(content, "SUMMARY")] == ["Done: Ask:"]


def test_key_is_kept_as_its_hash_alone_and_shown_once(signed_in: Client, alice: User) -> None:
    address = make_address(signed_in)
    key = address.removeprefix("/calendar/").removesuffix(".ics")

    with acting_as(alice.pk):
        feed = CalendarFeed.objects.get()
    assert feed.key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert len(key) >= 43
    assert key not in signed_in.get(PAGE).content.decode()
    assert key not in str(dict(signed_in.session))


def test_new_address_makes_the_old_one_useless(signed_in: Client) -> None:
    old = make_address(signed_in)

    new = make_address(signed_in)

    assert (read(old).status_code, read(new).status_code) == (404, 200)


def test_calendar_that_is_switched_off_opens_nothing(signed_in: Client) -> None:
    address = make_address(signed_in)

    signed_in.post(PAGE, {"do": "stop"})

    assert read(address).status_code == 404


def test_calendar_of_an_account_that_is_closed_opens_nothing(signed_in: Client, alice: User) -> None:
    address = make_address(signed_in)
    with acting_as(alice.pk):
        User.objects.filter(pk=alice.pk).update(is_active=False)

    assert read(address).status_code == 404


def look_ups(key: str) -> list[str]:
    """What the database is asked for this key, without the hash itself."""
    with CaptureQueriesContext(connection) as asked:
        response = Client().get(reverse("autoapply:calendar", args=[key]))
    identity.assume(None)
    assert response.status_code == 404
    return [re.sub(r"[0-9a-f]{64}|s[0-9]+_x[0-9]+", "…", query["sql"]) for query in asked]


@pytest.mark.parametrize("key", ["x", "é" * 300, "' OR 1=1", "0" * 64])
def test_every_unknown_key_costs_the_same_look_up(db: None, key: str) -> None:
    asked = look_ups(key)

    assert asked == look_ups("A" * 43)
    assert len([sql for sql in asked if "calendar_feeds" in sql]) == 1


def test_hash_of_a_key_is_no_key(signed_in: Client, alice: User) -> None:
    make_address(signed_in)
    with acting_as(alice.pk):
        digest = CalendarFeed.objects.get().key_sha256

    assert read(f"/calendar/{digest}.ics").status_code == 404


def test_presented_hash_shows_its_own_row_and_no_other(alice: User, charlie: User) -> None:
    feed = CalendarFeedFactory(user=alice)
    CalendarFeedFactory(user=charlie)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.calendar_key_sha256', %s, true)", [feed.key_sha256])
        assert list(CalendarFeed.objects.all()) == [feed]
        assert CalendarFeed.objects.filter(pk=alice.pk).delete()[0] == 0, "it is shown, not given"
        cursor.execute("SELECT set_config('app.calendar_key_sha256', '', true)")
        assert not CalendarFeed.objects.exists()


def test_calendar_acts_for_its_person_whoever_is_signed_in(
    signed_in: Client, alice: User, charlie: User
) -> None:
    planned(alice, due_on=date(2099, 3, 9))
    address = make_address(signed_in)
    other = Client()
    other.force_login(charlie)

    response = other.get(address)
    identity.assume(None)

    assert len(values(response.content, "SUMMARY")) == 1


def test_calendar_asks_as_often_for_twenty_as_for_one(signed_in: Client, alice: User) -> None:
    address = make_address(signed_in)
    planned(alice, due_on=date(2099, 3, 9))
    with CaptureQueriesContext(connection) as one:
        read(address)
    for _number in range(19):
        planned(alice, due_on=date(2099, 3, 9))

    with CaptureQueriesContext(connection) as twenty:
        read(address)

    assert len(twenty) == len(one)


def test_calendar_is_read_and_never_written(db: None) -> None:
    assert Client().post("/calendar/some-key.ics").status_code == 405


# --- logs ------------------------------------------------------------------------------------------------------------


def test_key_reaches_no_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Client().get("/calendar/my-secret-key.ics")
    identity.assume(None)

    lines = [
        LineFormatter(with_messages=shown).format(each) for each in caplog.records for shown in (False, True)
    ]
    assert any("/calendar/…" in line for line in lines), "the 404 is logged"
    assert not any("my-secret-key" in line for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        '127.0.0.1 - "GET /calendar/my-secret-key.ics HTTP/1.1" 200',
        "Not Found: /calendar/my-secret-key.ics",
        "next=%2Fcalendar%2Fmy-secret-key.ics",
        "https://example.com/calendar/my-secret-key.ics?x=1",
    ],
)
def test_secret_is_masked_however_the_address_is_written(line: str) -> None:
    record = logging.LogRecord("django", logging.INFO, __file__, 1, line, (), None)

    masked = LineFormatter().format(record)

    assert "my-secret-key" not in masked
    assert "…" in masked


def test_web_server_masks_the_secret_in_its_own_log(capfd: pytest.CaptureFixture[str]) -> None:
    config = Config()
    config.set("accesslog", "-")
    web = WebLogger(config)

    try:
        int("what was typed")
    except ValueError:
        web.exception("Error handling request %s %s", "GET", "/calendar/my-secret-key.ics")
    web.access_log.info('"GET /calendar/my-secret-key.ics HTTP/1.1" 200')

    for log in (web.error_log, web.access_log):
        log.handlers.clear()
    written = "".join(capfd.readouterr())
    assert "ERROR gunicorn.error: Error handling request GET /calendar/…" in written
    assert '"GET /calendar/… HTTP/1.1" 200' in written
    assert "my-secret-key" not in written
    assert "what was typed" not in written


def test_other_addresses_are_logged_as_they_are() -> None:
    record = logging.LogRecord("django", logging.INFO, __file__, 1, "Not Found: /calendars/x", (), None)

    assert LineFormatter().format(record).endswith("Not Found: /calendars/x")
