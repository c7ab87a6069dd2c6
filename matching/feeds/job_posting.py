"""schema.org JobPosting, as career pages carry it in JSON-LD and as several boards export it.

The properties are those of Google's documentation of job postings; what real pages do to them (lists for single
values, texts for objects, amounts without their wrapper) is accepted where its meaning is plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from matching.feeds.amounts import PayFields, read_amount, state_pay
from matching.feeds.records import (
    kind_of,
    read_description,
    read_line,
    read_time,
    read_url,
    required_line,
    state_text,
)
from matching.pay import StatedPay
from matching.posting import (
    COMPANY_LIMIT,
    EXTERNAL_ID_LIMIT,
    LABEL_LIMIT,
    LOCATION_LIMIT,
    TITLE_LIMIT,
    Posting,
    PostingInvalid,
)

PAY_FIELDS = PayFields(
    low="baseSalary.value.minValue",
    high="baseSalary.value.maxValue",
    currency="baseSalary.currency",
    period="baseSalary.value.unitText",
)
# Properties that become a field of the posting in full; everything else is kept in `raw`.
TAKEN_UP = frozenset(
    [
        "@context",
        "@type",
        "title",
        "description",
        "datePosted",
        "validThrough",
        "url",
        "industry",
        "employmentType",
    ]
)
# Where JSON-LD documents put the things they are about.
CONTAINERS = ("@graph", "itemListElement", "item", "mainEntity")


def is_linked_data(value: Mapping[str, Any]) -> bool:
    """Whether an object is JSON-LD rather than a record of the posting shape."""
    return any(name in value for name in ("@type", "@graph", "@context"))


def postings_of(document: Any) -> Iterator[Posting | PostingInvalid]:
    """Every JobPosting in a JSON-LD document, as a posting or as the reason why it is none.

    Other things on the page (the organization, breadcrumbs) are no postings and no errors; a document without
    any JobPosting is one.
    """
    nodes = list(find_postings(document))
    if not nodes:
        yield PostingInvalid("@type", _("There is no schema.org JobPosting in it."))
    for node in nodes:
        try:
            yield posting_from_node(node)
        except PostingInvalid as error:
            yield error


def posting_from_node(node: Mapping[str, Any]) -> Posting:
    """The posting that a JobPosting states; raises PostingInvalid with the property at fault."""
    title = required_line(node.get("title") or node.get("name"), "title", TITLE_LIMIT)
    company = read_line(
        _name_of(node.get("hiringOrganization"), "hiringOrganization"), "hiringOrganization", COMPANY_LIMIT
    )
    is_remote = _lines(node.get("jobLocationType"), "jobLocationType")
    remote = True if any(kind.upper() == "TELECOMMUTE" for kind in is_remote) else None
    location = read_line(_location(node, remote=bool(remote)), "jobLocation", LOCATION_LIMIT)
    description, is_html = read_description(_description(node))
    url = read_url(node.get("url"), "url")
    return Posting(
        external_id=_external_id(node, url, title, company, location),
        title=title,
        company=company,
        location=location,
        remote=remote,
        description=description,
        description_is_html=is_html,
        url=url,
        apply_url=url if node.get("directApply") in (True, "true", "True") else "",
        posted_at=_time(node, "datePosted"),
        closes_at=_time(node, "validThrough", end_of_day=True),
        pay=_pay(node),
        employment_type=read_line(
            ", ".join(_lines(node.get("employmentType"), "employmentType")), "employmentType", LABEL_LIMIT
        ),
        industry=read_line(", ".join(_names(node.get("industry"), "industry")), "industry", LABEL_LIMIT),
        raw={name: value for name, value in node.items() if name not in TAKEN_UP and value not in (None, "")},
    )


def find_postings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every JobPosting in a JSON-LD document, as it stands there."""
    if isinstance(value, list):
        for part in value:
            yield from find_postings(part)
    elif isinstance(value, dict):
        if _is_job_posting(value):
            yield value
        else:
            for container in CONTAINERS:
                yield from find_postings(value.get(container))


def _is_job_posting(node: Mapping[str, Any]) -> bool:
    kinds = _as_list(node.get("@type"))
    return any(
        isinstance(kind, str) and kind.rpartition("/")[2].rpartition(":")[2] == "JobPosting" for kind in kinds
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _lines(value: Any, field: str) -> list[str]:
    """The texts of a property that may be one text or several."""
    return [text for part in _as_list(value) if (text := state_text(part, field).strip())]


def _names(value: Any, field: str) -> list[str]:
    return [name for part in _as_list(value) if (name := _name_of(part, field))]


def _name_of(value: Any, field: str) -> str:
    """The name of a thing that is given as a text, an object with a name, or a list whose first one counts."""
    if isinstance(value, list):
        return _name_of(value[0], field) if value else ""
    if isinstance(value, dict):
        return state_text(value.get("name"), f"{field}.name").strip()
    return state_text(value, field).strip()


def _description(node: Mapping[str, Any]) -> str:
    """The description; where there is none, the parts that some boards state instead."""
    text = _without_wrapper(state_text(node.get("description"), "description"))
    if text:
        return text
    parts = (
        "responsibilities",
        "qualifications",
        "skills",
        "experienceRequirements",
        "educationRequirements",
    )
    return "\n\n".join(part for name in parts if isinstance(part := node.get(name), str) and part.strip())


def _without_wrapper(text: str) -> str:
    return text.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip()


def _external_id(node: Mapping[str, Any], *stated: str) -> str:
    """What the employer calls the posting; else its address; else a hash of what it is, which no edit of its text moves."""
    url = stated[0]
    number = _identifier(node.get("identifier"))
    organization, _comma, value = number.rpartition("\n")
    if value:
        return read_line(
            f"{organization}:{value}" if organization else value, "identifier", EXTERNAL_ID_LIMIT
        )
    address = url or state_text(node.get("@id"), "@id").strip()
    if address and len(address) <= EXTERNAL_ID_LIMIT:
        return address
    return "sha256:" + sha256("\n".join(stated).encode()).hexdigest()


def _identifier(value: Any) -> str:
    """An identifier as "name\nvalue", since a PropertyValue's number is only unique within its name."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        name = state_text(value.get("name") or value.get("propertyID"), "identifier.name").strip()
        number = _number_or_text(value.get("value") or value.get("@value"), "identifier.value")
        return f"{name}\n{number}" if name and number else number
    return _number_or_text(value, "identifier")


def _number_or_text(value: Any, field: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return state_text(value, field).strip()


def _location(node: Mapping[str, Any], *, remote: bool) -> str:
    """All places in one line, apart by semicolons, and the countries that remote work is open to."""
    places = [place for part in _as_list(node.get("jobLocation")) if (place := _place(part, "jobLocation"))]
    if remote:
        field = "applicantLocationRequirements"
        allowed = [place for part in _as_list(node.get(field)) if (place := _place(part, field))]
        places += [f"Remote - {place}" for place in allowed] or ["Remote"]
    return "; ".join(dict.fromkeys(places))


def _place(value: Any, field: str) -> str:
    if not isinstance(value, dict):
        return state_text(value, field).strip()
    address = value.get("address", value)
    if isinstance(address, list):
        address = address[0] if address else {}
    if not isinstance(address, dict):
        return state_text(address, f"{field}.address").strip()
    names = ("addressLocality", "addressRegion", "addressCountry")
    parts = [_name_of(address.get(name), f"{field}.address.{name}") for name in names]
    return ", ".join(part for part in parts if part) or _name_of(value.get("name"), f"{field}.name")


def _time(node: Mapping[str, Any], name: str, *, end_of_day: bool = False) -> datetime | None:
    value = node.get(name)
    if isinstance(value, dict):
        value = value.get("@value")
    return read_time(value, name, end_of_day=end_of_day)


def _pay(node: Mapping[str, Any]) -> StatedPay | None:
    """Stated pay; a sentence about pay instead of numbers stays in `raw` and counts as not stated."""
    salary = node.get("baseSalary")
    if isinstance(salary, list):
        salary = salary[0] if salary else None
    if isinstance(salary, str) or salary is None:
        return None
    if not isinstance(salary, dict):
        reason = _("A MonetaryAmount is expected here, not {kind}.")
        raise PostingInvalid("baseSalary", reason.format(kind=kind_of(salary)))
    value = salary.get("value", salary)
    amounts = value if isinstance(value, dict) else {"value": value}
    exact = read_amount(amounts.get("value"), "baseSalary.value")
    low = read_amount(amounts.get("minValue"), PAY_FIELDS.low)
    high = read_amount(amounts.get("maxValue"), PAY_FIELDS.high)
    if low is None and high is None:
        low = high = exact
    currency = salary.get("currency") or amounts.get("currency") or node.get("salaryCurrency")
    period = amounts.get("unitText") or salary.get("unitText")
    return state_pay(
        low,
        high,
        currency=read_line(currency, PAY_FIELDS.currency, LABEL_LIMIT),
        period=read_line(period, PAY_FIELDS.period, LABEL_LIMIT),
        fields=PAY_FIELDS,
    )
