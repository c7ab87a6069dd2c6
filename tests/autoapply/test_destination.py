"""Addresses as they are found: two spellings of one opening share its key, two openings never do."""

from __future__ import annotations

import itertools
import string
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autoapply.destination import API_CHANNELS, Choice, Destination, choose_channel, read_destination

UUID = "5d54d69b-e940-452e-b892-1170aa60f095"
OTHER_UUID = "a24ec4e5-5caa-473d-abd4-b71f09a8167b"


def read(apply_url: str, url: str = "", job_id: str = "j1") -> Destination:
    return read_destination(apply_url=apply_url, url=url, job_id=job_id)


# System, board, posting, and every spelling of it.
ONE_OPENING = {
    "greenhouse": (
        "greenhouse:8636903002",
        [
            ("acme", "8636903002", "https://job-boards.greenhouse.io/acme/jobs/8636903002"),
            ("acme", "8636903002", "https://boards.greenhouse.io/acme/jobs/8636903002?gh_src=abc&t=1#app"),
            ("acme", "8636903002", "http://boards.greenhouse.io/acme/jobs/8636903002/"),
            ("Acme", "8636903002", "https://Boards.Greenhouse.io/Acme/jobs/8636903002?gh_jid=8636903002"),
            ("acme", "8636903002", "https://job-boards.eu.greenhouse.io/acme/jobs/8636903002"),
            ("acme", "8636903002", "https://boards.eu.greenhouse.io/acme/jobs/8636903002"),
            ("acme", "8636903002", "https://boards.greenhouse.io/embed/job_app?for=acme&token=8636903002"),
            (
                "",
                "8636903002",
                "https://boards.greenhouse.io/embed/job_app?token=8636903002&b=https://acme.com",
            ),
            (
                "acme",
                "8636903002",
                "https://job-boards.greenhouse.io/embed/job_app?token=8636903002&for=acme",
            ),
            ("acme", "8636903002", "https://boards-api.greenhouse.io/v1/boards/acme/jobs/8636903002"),
            ("acme", "8636903002", "https://boards.greenhouse.io/acme?gh_jid=8636903002"),
        ],
    ),
    "lever": (
        f"lever:{UUID}",
        [
            ("acme", UUID, f"https://jobs.lever.co/acme/{UUID}"),
            ("acme", UUID, f"https://jobs.lever.co/acme/{UUID}/apply?lever-source=LinkedIn&utm_source=x"),
            ("acme", UUID, f"https://jobs.lever.co/acme/{UUID}/thanks"),
            ("acme", UUID, f"https://jobs.eu.lever.co/acme/{UUID}"),
            ("acme", UUID, f"https://api.lever.co/v0/postings/acme/{UUID}?mode=json"),
            ("Acme", UUID.upper(), f"https://jobs.lever.co/Acme/{UUID.upper()}/"),
        ],
    ),
    "ashby": (
        f"ashby:{UUID}",
        [
            ("Acme", UUID, f"https://jobs.ashbyhq.com/Acme/{UUID}"),
            ("Acme", UUID, f"https://jobs.ashbyhq.com/Acme/{UUID}/application"),
            ("Acme", UUID, f"https://jobs.ashbyhq.com/Acme/{UUID}/application?utm_source=jobboard"),
            ("Acme Corp", UUID, f"https://jobs.ashbyhq.com/Acme%20Corp/{UUID}"),
            ("Acme", UUID, f"https://jobs.ashbyhq.com/Acme?ashby_jid={UUID}"),
        ],
    ),
    "smartrecruiters": (
        "smartrecruiters:744000138728139",
        [
            (
                "HireVue",
                "744000138728139",
                "https://jobs.smartrecruiters.com/HireVue/744000138728139-data-science-intern-2027?oga=true",
            ),
            ("HireVue", "744000138728139", "https://jobs.smartrecruiters.com/HireVue/744000138728139"),
            ("HireVue", "744000138728139", "https://careers.smartrecruiters.com/HireVue/744000138728139-x"),
            (
                "hirevue",
                "744000138728139",
                "https://api.smartrecruiters.com/v1/companies/hirevue/postings/744000138728139",
            ),
        ],
    ),
    "smartrecruiters by uuid": (
        f"smartrecruiters:{UUID}",
        [
            (
                "HireVue",
                UUID,
                f"https://jobs.smartrecruiters.com/external-referrals/company/HireVue/publication/{UUID}?dcr_ci=HireVue",
            ),
            (
                "HireVue",
                UUID,
                f"https://jobs.smartrecruiters.com/oneclick-ui/company/HireVue/publication/{UUID}",
            ),
            ("HireVue", UUID, f"https://jobs.smartrecruiters.com/HireVue/{UUID}-engineer"),
            (
                "HireVue",
                UUID,
                f"https://jobs.smartrecruiters.com/oneclick-ui/company/HireVue/publication/{UUID}/expired",
            ),
        ],
    ),
    "workable": (
        "workable:3862836931",
        [
            ("", "3862836931", "https://apply.workable.com/j/3862836931"),
            ("", "3862836931", "https://apply.workable.com/j/3862836931/apply"),
            ("crewai", "3862836931", "https://apply.workable.com/crewai/j/3862836931/"),
            ("crewai", "3862836931", "https://apply.workable.com/crewai/j/3862836931/apply/?utm_medium=feed"),
            ("crewai", "3862836931", "https://crewai.workable.com/j/3862836931"),
        ],
    ),
    "recruitee": (
        "recruitee:acme/data-engineer-berlin",
        [
            ("acme", "data-engineer-berlin", "https://acme.recruitee.com/o/data-engineer-berlin"),
            ("acme", "data-engineer-berlin", "https://acme.recruitee.com/o/data-engineer-berlin/c/new"),
            (
                "acme",
                "data-engineer-berlin",
                "https://acme.recruitee.com/l/de/o/data-engineer-berlin?source=x",
            ),
            ("acme", "data-engineer-berlin", "https://ACME.recruitee.com/api/offers/data-engineer-berlin"),
        ],
    ),
}


# Where the requests go: pace and peace are kept with this host, not with a page that shows the opening.
RECEIVERS = {
    "greenhouse": {"boards-api.greenhouse.io"},
    "lever": {"api.lever.co", "api.eu.lever.co"},
    "ashby": {"api.ashbyhq.com"},
    "smartrecruiters": {"api.smartrecruiters.com"},
    "workable": {"crewai.workable.com"},
    "recruitee": {"acme.recruitee.com"},
}


@pytest.mark.parametrize("name", ONE_OPENING)
def test_spellings_of_one_opening_share_its_key(name: str) -> None:
    key, spellings = ONE_OPENING[name]
    for board, posting, address in spellings:
        found = read(address)
        assert (found.system, found.board, found.posting) == (name.partition(" ")[0], board, posting), address
        assert found.apply_key == key, address
        assert found.address == address
        assert read("", address) == found
        assert found.host in RECEIVERS[found.system] or (found.system, board) == ("workable", "")


def test_region_of_lever_is_kept() -> None:
    assert read(f"https://jobs.eu.lever.co/acme/{UUID}").host == "api.eu.lever.co"
    assert read(f"https://jobs.lever.co/acme/{UUID}").host == "api.lever.co"


def test_openings_of_different_systems_never_share_a_key() -> None:
    keys = [key for key, _spellings in ONE_OPENING.values()]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://www.acme.com/careers/opening?gh_jid=8636903002&gh_src=x", "greenhouse:8636903002"),
        (f"https://acme.com/careers?ashby_jid={UUID}", f"ashby:{UUID}"),
    ],
)
def test_page_of_the_employers_own_names_the_same_opening(address: str, key: str) -> None:
    found = read(address)

    assert (found.system, found.apply_key) == ("site", key)


def test_names_that_only_one_board_uses_keep_the_board() -> None:
    first, second = (read(f"https://jobs.lever.co/{board}/engineer") for board in ("acme", "globex"))

    assert (first.apply_key, second.apply_key) == ("lever:acme/engineer", "lever:globex/engineer")


# --- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://acme.com/jobs/17", "http://www.acme.com/jobs/17/"),
        (
            "https://acme.com/jobs/17",
            "https://ACME.com./jobs/17?utm_source=x&utm_campaign=y&gclid=1&fbclid=2",
        ),
        ("https://acme.com/jobs/17", "https://acme.com/jobs/17?ref=board&trk=abc&lang=de#content"),
        ("https://acme.com/jobs/17", "https://acme.com/jobs/17/apply"),
        ("https://jobs.acme.com/o/engineer", "https://jobs.acme.com/o/engineer/c/new"),
        ("https://acme.com/jobs?id=17&dept=3", "https://acme.com/jobs?dept=3&id=17"),
        ("https://acme.com/jobs/17", "https://acme.com:443/jobs/17"),
        ("https://acme.com/j%6fbs/17", "https://acme.com/jobs/17"),
        ("https://acme.com/jobs/17", "https://acme.com/jobs/17#:~:text=Engineer%201"),
    ],
)
def test_spellings_of_one_page_share_its_key(one: str, other: str) -> None:
    assert read(one).apply_key == read(other, job_id="j2").apply_key == "acme.com/jobs/17" or (
        read(one).apply_key == read(other, job_id="j2").apply_key and "17" not in one.partition("?")[0]
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://acme.com/jobs/17", "https://acme.com/jobs/18"),
        ("https://acme.com/jobs?id=17", "https://acme.com/jobs?id=18"),
        ("https://acme.com/careers#/job/17", "https://acme.com/careers#/job/18"),
        ("https://acme.com/careers#job-17", "https://acme.com/careers#job-18"),
        ("https://acme.com/jobs/17", "https://jobs.acme.com/jobs/17"),
        ("https://acme.com:8443/jobs/17", "https://acme.com/jobs/17"),
        ("https://acme.com/" + "x" * 600 + "1", "https://acme.com/" + "x" * 600 + "2"),
        ("https://acme.com/a%00b", "https://acme.com/ab"),
        ("https://acme.com/apply", "https://acme.com/jobs"),
        (
            "https://jobs.smartrecruiters.com/oneclick-ui/company/Acme/job/3251508010",
            "https://jobs.smartrecruiters.com/oneclick-ui/company/Acme/job/1479932698",
        ),
    ],
)
def test_different_openings_have_different_keys(one: str, other: str) -> None:
    assert read(one).apply_key != read(other).apply_key


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.com",
        "https://acme.com/",
        "https://acme.com/careers/",
        "https://www.acme.com/en/jobs?utm_source=x",
        "https://acme.com/karriere#top",
        "https://jobs.lever.co/acme",
        "https://boards.greenhouse.io/acme",
        "https://apply.workable.com/acme/",
    ],
)
def test_page_that_names_no_opening_is_told_apart_by_the_job(address: str) -> None:
    assert read(address, job_id="j1").apply_key != read(address, job_id="j2").apply_key
    assert read(address, job_id="j1") == read(address, job_id="j1")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.greenhouse.io/blog/jobs/8636903002",
        "https://boards.greenhouse.io/acme",
        "https://boards.greenhouse.io/embed/job_board?for=acme",
        "https://lever.co/acme/product",
        "https://jobs.lever.co/acme",
        "https://jobs.ashbyhq.com/acme",
        "https://app.ashbyhq.com/acme/engineer",
        "https://api.lever.co/v1/postings/engineer",
        "https://api.smartrecruiters.com/v1/companies/acme",
        "https://jobs.smartrecruiters.com/acme",
        "https://www.workable.com/careers",
        "https://recruitee.com/o/engineer",
        "https://a.b.recruitee.com/o/engineer",
        "https://acme.recruitee.com/about",
        "https://boards.greenhouse.io.evil.com/acme/jobs/8636903002",
        "https://evilgreenhouse.io/acme/jobs/8636903002",
        "https://apply.workable.com/evil.com%2Fx/j/3862836931",
        f"https://jobs.lever.co/%2e%2e/{UUID}",
    ],
)
def test_address_beside_a_systems_openings_is_a_page(address: str) -> None:
    assert read(address).system == "site"


# --- which address counts ----------------------------------------------------------------------------------------


def test_first_address_counts() -> None:
    found = read(f"https://jobs.lever.co/acme/{UUID}", f"https://jobs.lever.co/acme/{OTHER_UUID}")

    assert found.posting == UUID


def test_employers_own_system_counts_before_some_page() -> None:
    page, system = "https://www.linkedin.com/jobs/view/1", f"https://jobs.lever.co/acme/{UUID}"

    assert read(page, system).system == read(system, page).system == "lever"


def test_page_counts_where_there_is_nothing_else() -> None:
    assert read("ftp://acme.com/17", "https://acme.com/jobs/17").address == "https://acme.com/jobs/17"


@pytest.mark.parametrize(
    ("address", "mail"),
    [
        ("mailto:jobs@acme.com", "jobs@acme.com"),
        ("MAILTO:Jobs@Acme.com?subject=Engineer&body=x", "Jobs@Acme.com"),
        ("mailto:jobs%2Bde@acme.com", "jobs+de@acme.com"),
        (" mailto: jobs@acme.com ", "jobs@acme.com"),
    ],
)
def test_mailbox_is_read(address: str, mail: str) -> None:
    found = read(address, "https://acme.com/jobs/17")

    assert (found.system, found.address, found.host) == ("email", mail, "acme.com")
    assert found.apply_key == f"mailto:{mail.lower()}#j1"


@pytest.mark.parametrize(
    "address",
    [
        "mailto:a@acme.com,b@acme.com",
        "mailto:a@acme.com%0d%0aBcc:b@acme.com",
        "mailto:a@acme.com%00",
        "mailto:",
        "mailto:acme.com",
        "mailto:a@acme",
        "mailto:" + "a" * 250 + "@acme.com",
    ],
)
def test_what_is_not_one_mailbox_is_none(address: str) -> None:
    assert read(address) == Destination("", "job:j1")
    assert read(address, "https://acme.com/jobs/17").system == "site"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "acme.com/jobs",
        "javascript:alert(1)",
        "http://[::1",
        "https://",
        "http://a:b/",
        "//acme.com",
    ],
)
def test_what_is_no_address_leaves_the_job(address: str) -> None:
    assert read(address) == Destination("", "job:j1")


# --- channels ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "keys", "mail", "choice"),
    [
        ("https://acme.recruitee.com/o/x", set(), False, Choice("recruitee", "open")),
        (f"https://jobs.lever.co/Acme/{UUID}", {("lever", "acme")}, False, Choice("lever", "has_key")),
        (f"https://jobs.lever.co/acme/{UUID}", {("lever", "globex")}, True, Choice("handoff", "no_key")),
        (f"https://jobs.lever.co/acme/{UUID}", {("ashby", "acme")}, True, Choice("handoff", "no_key")),
        (
            "https://apply.workable.com/j/3862836931",
            {("workable", "acme")},
            True,
            Choice("handoff", "no_key"),
        ),
        ("mailto:jobs@acme.com", set(), True, Choice("email", "mail")),
        ("mailto:jobs@acme.com", set(), False, Choice("handoff", "no_mail")),
        ("https://acme.com/jobs/17", set(), True, Choice("handoff", "site")),
        ("https://www.linkedin.com/jobs/view/1", set(), True, Choice("handoff", "never_automated")),
        ("https://de.indeed.com/viewjob?jk=1", set(), True, Choice("handoff", "never_automated")),
        ("https://www.indeed.co.uk/viewjob?jk=1", set(), True, Choice("handoff", "never_automated")),
        ("https://lnkd.in/x1", set(), True, Choice("handoff", "never_automated")),
        ("https://notlinkedin.com/jobs/1", set(), True, Choice("handoff", "site")),
        ("", set(), True, Choice("record", "no_address")),
    ],
)
def test_channel_is_chosen_with_its_reason(address: str, keys: set, mail: bool, choice: Choice) -> None:
    assert choose_channel(read(address), keys=keys, mail=mail) == choice


# --- whatever stands there ---------------------------------------------------------------------------------------

hosts = st.sampled_from(
    [
        "boards.greenhouse.io",
        "job-boards.eu.greenhouse.io",
        "boards-api.greenhouse.io",
        "jobs.lever.co",
        "api.lever.co",
        "jobs.ashbyhq.com",
        "jobs.smartrecruiters.com",
        "api.smartrecruiters.com",
        "apply.workable.com",
        "acme.workable.com",
        "acme.recruitee.com",
        "acme.com",
        "",
    ]
)
steps = st.lists(
    st.sampled_from(
        ["embed", "jobs", "v1", "boards", "o", "j", "l", "api", "offers", "company", "publication", "acme"]
    )
    | st.text(max_size=8).map(lambda text: quote(text, errors="ignore"))
    | st.text(max_size=8),
    max_size=7,
)
addresses = st.builds(
    lambda scheme, host, path, rest: f"{scheme}{host}/{'/'.join(path)}{rest}",
    st.sampled_from(["https://", "http://", "mailto:", "HTTPS://", "ftp:", ""]),
    hosts,
    steps,
    st.text(alphabet=string.printable, max_size=20),
)


@settings(deadline=None)
@given(apply_url=addresses | st.text(max_size=60), url=addresses | st.text(max_size=60))
@example(apply_url="http://[", url="mailto:\x00@\x00.\x00")
@example(apply_url="https://a.com:99999/x", url="https://\ud800.com/\ud800")
def test_whatever_stands_there_names_one_opening(apply_url: str, url: str) -> None:
    found = read(apply_url, url)

    assert found == read(apply_url, url)
    assert 0 < len(found.apply_key) <= 500
    assert found.apply_key.isprintable()
    assert found.system in {*API_CHANNELS, "email", "site", ""}
    assert (found.system in API_CHANNELS) <= bool(found.posting)
    assert choose_channel(found, keys=set(), mail=False).because


NOISE = (
    "utm_source=x",
    "utm_medium=feed",
    "gh_src=abc",
    "lever-source=LinkedIn",
    "ref=board",
    "trk=1",
    "gclid=2",
    "t=3",
)


@settings(deadline=None)
@given(
    noise=st.lists(st.sampled_from(NOISE), unique=True, max_size=6),
    name=st.sampled_from(sorted(ONE_OPENING)),
    spelling=st.integers(0, 20),
)
def test_noise_never_changes_the_key(noise: list[str], name: str, spelling: int) -> None:
    key, spellings = ONE_OPENING[name]
    address = spellings[spelling % len(spellings)][2].partition("#")[0]
    for part in noise:
        address += ("&" if "?" in address else "?") + part

    assert read(address).apply_key == key


@settings(deadline=None)
@given(
    pages=st.lists(
        st.tuples(
            st.sampled_from(["acme.com", "jobs.acme.com"]),
            st.lists(
                st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=4),
                min_size=1,
                max_size=3,
            ),
            st.integers(0, 99),
        ),
        unique_by=str,
        min_size=2,
        max_size=5,
    )
)
def test_pages_of_different_openings_never_share_a_key(pages: list[tuple[str, list[str], int]]) -> None:
    keys = [read(f"https://{host}/{'/'.join(path)}/{number}").apply_key for host, path, number in pages]

    for (one, first), (other, second) in itertools.combinations(zip(pages, keys, strict=True), 2):
        assert first != second, (one, other)
