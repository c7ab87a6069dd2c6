from datetime import UTC, datetime

import pytest

from matching.feeds.job_posting import posting_from_node, postings_of
from matching.pay import StatedPay
from matching.posting import Posting, PostingInvalid

SMALLEST = {"@type": "JobPosting", "title": "Baker", "identifier": "7"}
ADDRESS = {
    "@type": "PostalAddress",
    "addressLocality": "Bonn",
    "addressRegion": "NW",
    "addressCountry": {"name": "Germany"},
}


def salary(**value):
    return {
        "@type": "MonetaryAmount",
        "currency": "EUR",
        "value": {"@type": "QuantitativeValue", "unitText": "HOUR"} | value,
    }


def test_posting_from_node_takes_what_schema_org_describes():
    posting = posting_from_node(
        {
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "title": "Baker",
            "description": "<p>Bake.</p>",
            "identifier": {"@type": "PropertyValue", "name": "Crumb", "value": "C-12"},
            "hiringOrganization": {
                "@type": "Organization",
                "name": "Crumb GmbH",
                "sameAs": "https://crumb.example",
            },
            "jobLocation": {"@type": "Place", "address": ADDRESS},
            "baseSalary": salary(minValue=15.5, maxValue=18),
            "employmentType": ["FULL_TIME", "PART_TIME"],
            "datePosted": "2026-01-18",
            "validThrough": "2026-03-18T00:00",
            "url": "https://crumb.example/jobs/12",
            "directApply": True,
            "industry": "Food",
        }
    )

    assert posting == Posting(
        external_id="Crumb:C-12",
        title="Baker",
        company="Crumb GmbH",
        location="Bonn, NW, Germany",
        description="<p>Bake.</p>",
        description_is_html=True,
        url="https://crumb.example/jobs/12",
        apply_url="https://crumb.example/jobs/12",
        posted_at=datetime(2026, 1, 18, tzinfo=UTC),
        closes_at=datetime(2026, 3, 18, tzinfo=UTC),
        pay=StatedPay(1550, 1800, "EUR", "hour"),
        employment_type="FULL_TIME, PART_TIME",
        industry="Food",
        raw=posting.raw,
    )
    assert posting.raw["hiringOrganization"]["sameAs"] == "https://crumb.example"


@pytest.mark.parametrize(
    ("change", "location", "remote"),
    [
        ({"jobLocation": "Bonn"}, "Bonn", None),
        ({"jobLocation": {"address": "Bonn, Germany"}}, "Bonn, Germany", None),
        ({"jobLocation": [{"address": ADDRESS}, {"address": [ADDRESS | {"addressLocality": "Köln"}]}]}, "Bonn, NW, Germany; Köln, NW, Germany", None),
        ({"jobLocation": [{"address": ADDRESS}] * 2}, "Bonn, NW, Germany", None),
        ({"jobLocation": {"@type": "Place", "name": "Head office"}}, "Head office", None),
        ({"jobLocationType": "TELECOMMUTE"}, "Remote", True),
        ({"jobLocationType": ["TELECOMMUTE"], "applicantLocationRequirements": [{"@type": "Country", "name": "USA"}, {"@type": "State", "name": "Ontario, Canada"}]},
         "Remote - USA; Remote - Ontario, Canada", True),
        ({"jobLocation": {"address": ADDRESS}, "jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": {"@type": "Country", "name": "Germany"}},
         "Bonn, NW, Germany; Remote - Germany", True),
        ({"jobLocation": [], "jobLocationType": None}, "", None),
    ],
)  # fmt: skip
def test_posting_from_node_reads_places_one_or_many(change, location, remote):
    posting = posting_from_node(SMALLEST | change)

    assert (posting.location, posting.remote) == (location, remote)


@pytest.mark.parametrize(
    ("stated", "pay"),
    [
        (salary(value=20), StatedPay(2000, 2000, "EUR", "hour")),
        (salary(minValue="20"), StatedPay(2000, None, "EUR", "hour")),
        (
            {"currency": "EUR", "value": 50_000, "unitText": "YEAR"},
            StatedPay(5_000_000, 5_000_000, "EUR", "year"),
        ),
        (
            {"currency": "EUR", "minValue": 10, "maxValue": 20, "unitText": "HOUR"},
            StatedPay(1000, 2000, "EUR", "hour"),
        ),
        ([salary(value=20)], StatedPay(2000, 2000, "EUR", "hour")),
        (salary(minValue=0, maxValue=0), None),
        ("competitive", None),
        ([], None),
    ],
)
def test_posting_from_node_reads_pay_in_its_shapes(stated, pay):
    assert posting_from_node(SMALLEST | {"baseSalary": stated}).pay == pay


@pytest.mark.parametrize(
    ("change", "external_id"),
    [
        ({}, "7"),
        ({"identifier": 7}, "7"),
        ({"identifier": [{"value": "a"}, {"value": "b"}]}, "a"),
        ({"identifier": {"propertyID": "hr", "value": "a"}}, "hr:a"),
        ({"identifier": None, "url": "https://crumb.example/7"}, "https://crumb.example/7"),
        ({"identifier": None, "@id": "urn:job:7"}, "urn:job:7"),
    ],
)
def test_posting_from_node_finds_a_number(change, external_id):
    assert posting_from_node(SMALLEST | change).external_id == external_id


def test_posting_from_node_without_any_number_is_known_by_title_employer_and_place():
    nameless = SMALLEST | {"identifier": None, "description": "Bake."}

    one, same, other = (
        posting_from_node(node).external_id
        for node in (nameless, nameless | {"description": "Bake well."}, nameless | {"jobLocation": "Bonn"})
    )

    assert one.startswith("sha256:")
    assert one == same != other


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"title": ""}, "title", "Missing. A posting needs one."),
        ({"title": {"@value": "Baker"}}, "title", "Text is expected here, not an object."),
        ({"datePosted": "yesterday"}, "datePosted", "“yesterday” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z."),
        ({"hiringOrganization": 7}, "hiringOrganization", "Text is expected here, not a number."),
        ({"jobLocation": {"address": {"addressLocality": 7}}}, "jobLocation.address.addressLocality", "Text is expected here, not a number."),
        ({"url": "javascript:alert(1)"}, "url", "“javascript:alert(1)” is not a web address. Write https://… in full."),
        ({"baseSalary": salary(minValue=5) | {"currency": ""}}, "baseSalary.currency", "Pay is stated without its currency. Write USD, EUR …"),
        ({"baseSalary": salary(minValue=5, unitText="")}, "baseSalary.value.unitText", "Pay is stated without its period. Write hour, day, week, month or year."),
        ({"baseSalary": salary(minValue=9, maxValue=5)}, "baseSalary.value.minValue", "The least, 9, is more than the most, 5."),
        ({"baseSalary": salary(value="much")}, "baseSalary.value", "“much” is not an amount of money. Write 85000 or 85000.50."),
        ({"baseSalary": 5}, "baseSalary", "A MonetaryAmount is expected here, not a number."),
    ],
)  # fmt: skip
def test_posting_from_node_says_what_is_wrong(change, field, reason):
    with pytest.raises(PostingInvalid) as raised:
        posting_from_node(SMALLEST | change)

    assert (raised.value.field, raised.value.reason) == (field, reason)


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("<![CDATA[<p>Bake.</p>]]>", "<p>Bake.</p>"),
        ("&lt;p&gt;Bake.&lt;/p&gt;", "<p>Bake.</p>"),
        (None, "Early hours\n\nFlour"),
    ],
)
def test_posting_from_node_unwraps_descriptions(description, text):
    node = SMALLEST | {
        "description": description,
        "qualifications": "Flour",
        "responsibilities": "Early hours",
    }

    assert posting_from_node(node).description == text


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        (SMALLEST, ["Baker"]),
        ({"@context": "https://schema.org", "@graph": [{"@type": "Organization"}, SMALLEST, SMALLEST | {"title": "Cook"}]}, ["Baker", "Cook"]),
        ({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": SMALLEST}]}, ["Baker"]),
        (SMALLEST | {"@type": ["Thing", "https://schema.org/JobPosting"]}, ["Baker"]),
        (SMALLEST | {"@type": "schema:JobPosting"}, ["Baker"]),
    ],
)  # fmt: skip
def test_postings_of_finds_them_wherever_they_are(document, titles):
    assert [posting.title for posting in postings_of(document)] == titles


def test_postings_of_takes_the_good_beside_the_bad():
    good, bad = postings_of({"@graph": [SMALLEST, SMALLEST | {"title": None}]})

    assert good.title == "Baker"
    assert (type(bad), bad.field) == (PostingInvalid, "title")


def test_postings_of_says_that_there_is_none():
    (error,) = postings_of({"@type": "WebSite", "name": "Crumb"})

    assert (error.field, error.reason) == ("@type", "There is no schema.org JobPosting in it.")
