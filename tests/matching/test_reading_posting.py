"""One posting as a whole: what its parts mean together."""

from __future__ import annotations

import pytest

from matching.context import judge_location
from matching.posting import Posting
from matching.reading.posting import PostingRead, read_posting
from personas.gazetteer import gazetteer


def read(location: str, *, text: str = "", remote: bool | None = None) -> PostingRead:
    posting = Posting(external_id="1", title="Data Analyst", location=location, remote=remote)
    return read_posting(posting, text=text)


@pytest.mark.parametrize(
    "location", ["Remote (Worldwide)", "Anywhere", "Remote - Global", "London; Remote Global"]
)
@pytest.mark.parametrize("wanted", ["Berlin, Germany", "Osaka, Japan", "Kenya"])
def test_remote_job_from_anywhere_is_near_everybody(location: str, wanted: str) -> None:
    found = read(location)

    place = gazetteer().find(wanted)
    assert place is not None
    assert found.workplace == "remote"
    assert (
        judge_location(
            [place],
            places=found.places,
            remote_countries=found.remote_countries,
            workplace=found.workplace,
        )
        == 100
    )


def test_anywhere_in_a_country_is_that_country() -> None:
    found = read("Anywhere (USA)")

    assert [place.country for place in found.places] == ["US"]
    assert "DE" not in found.remote_countries


def test_remote_job_that_names_no_country_leaves_it_open() -> None:
    assert read("Remote").remote_countries == ()


def test_global_employer_is_no_remote_job() -> None:
    found = read("Global")

    assert (found.workplace, found.remote_countries) == ("unknown", ())


def test_anywhere_chooses_no_currency() -> None:
    found = read("Remote (Worldwide)", text="The salary is $50,000 - $60,000 a year.")

    assert found.pay is not None
    assert found.pay.currency == "USD"


def test_remote_from_several_countries_chooses_no_currency() -> None:
    found = read("North America - Remote", text="The salary is $150,000 - $160,000 a year.")

    assert found.pay is not None
    assert found.pay.currency == "USD"


def test_remote_from_one_country_chooses_its_currency() -> None:
    found = read("Remote - Canada", text="The salary is $150,000 - $160,000 a year.")

    assert found.pay is not None
    assert found.pay.currency == "CAD"


def test_days_in_the_office_are_read_beside_the_workplace() -> None:
    found = read("Lyon", text="We work from our office three days a week.")

    assert (found.workplace, found.office_days) == ("hybrid", 3)
