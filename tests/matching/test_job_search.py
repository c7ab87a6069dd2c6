"""All open jobs by their words: in their language, as probably meant, narrowed, page by page."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from matching import job_index, job_query, job_search
from matching.filters import JobFilter
from matching.job_index import count_words, index_jobs
from matching.job_search import CursorInvalid, Place, correct, search_jobs
from matching.market import read_market
from matching.models import Job, JobText, JobWord
from matching.reading.language import CONFIGURATIONS, read_language
from matching.reading.search_words import more_words, plain
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona
from tests.factories import JobFactory, JobRunFactory, JobSourceFactory
from tests.personas.test_retention import NOW
from tests.roles import OWNER_ROLE, as_role

DAY = timedelta(days=1)
ENGLISH = "You will work with the team and you are responsible for the delivery of our services to customers."
GERMAN = "Du arbeitest mit dem Team und bist für die Lieferung unserer Dienste an die Kunden verantwortlich. Wir sind ein Team."


@pytest.fixture(autouse=True)
def _fresh_words() -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    job_search.words_of.cache_clear()
    job_query.languages_of.cache_clear()


def job(title: str = "Engineer", text: str = ENGLISH, *, age: int = 0, **values) -> Job:
    return JobFactory(
        title=title, description_text=text, posted_at=NOW - age * DAY, payload_hash=title, **values
    )


def index() -> None:
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=NOW, new_count=1)
        index_jobs(most=10_000)
        count_words()
        read_market()
    _forget()


def titles(text: str = "", **asked) -> list[str]:
    return [each.title for each in search_jobs(text=text, **asked).jobs]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Vous travaillez avec notre équipe pour les clients et vous êtes dans nos bureaux.", "fr"),
        ("Trabajarás con nuestro equipo para los clientes y tus tareas son las del puesto.", "es"),
        ("Lavorerai con il nostro team per i clienti e nella nostra sede di Milano.", "it"),
        ("Je werkt met het team voor onze klanten en je bent aan de slag op kantoor.", "nl"),
        ("Du arbetar med vårt team för att hjälpa våra kunder och är en del av oss.", "sv"),
        ("Työskentelet tiimissä ja olet osa meidän yritystä, joka on kasvava.", "fi"),
        ("Вы работаете в команде и отвечаете за сервисы для наших клиентов.", "ru"),
        ("Csatlakozz a csapathoz, és dolgozz egy olyan cégnél, amely az ügyfelekért van.", "hu"),
        ("Vei lucra cu echipa noastră pentru clienții din România și vei fi parte din proiect.", "ro"),
        ("Ekip ile birlikte müşteriler için yazılım geliştirmek ve bu iş için deneyim sahip olmak.", "tr"),
        ("Εργασία με την ομάδα για τους πελάτες και στην έδρα της εταιρείας που είναι στην Αθήνα.", "el"),
        ("Pracujesz z zespołem i dla klientów, a także w biurze oraz na miejscu.", "pl"),
        ("Anda akan bekerja dengan tim kami untuk pelanggan dan memiliki pengalaman yang baik.", "id"),
        ("Python Django PostgreSQL Kubernetes", ""),
        ("", ""),
    ],
)
def test_a_language_is_told_by_its_little_words(text, language):
    assert read_language(text) == language


@given(st.text())
def test_any_text_has_a_language_that_the_search_knows_or_none(text):
    assert read_language(text) in {"", *CONFIGURATIONS}


def test_words_are_found_in_the_language_of_the_posting(db):
    job("Softwareentwicklerin", f"{GERMAN} Du entwickelst Schnittstellen.")
    job("Engineer", f"{ENGLISH} You develop interfaces.")
    index()
    assert titles("Schnittstelle") == ["Softwareentwicklerin"]
    assert titles("interface") == ["Engineer"]
    assert titles("developing interfaces") == ["Engineer"]


def test_what_stands_in_the_title_comes_first_then_the_newest(db):
    job("Cook", f"{ENGLISH} You also know a gardener.", age=0)
    job("Old Gardener", age=9)
    job("Gardener", age=3)
    index()
    assert titles("gardener") == ["Gardener", "Old Gardener", "Cook"]


def test_phrases_exclusions_and_alternatives_are_understood(db):
    job("Data Engineer")
    job("Engineer of Data")
    job("Cook")
    index()
    assert titles('"data engineer"') == ["Data Engineer"]
    assert titles("engineer -data") == []
    assert titles('engineer -"data engineer"') == ["Engineer of Data"]
    assert titles("-data") == ["Cook"]
    assert set(titles("cook or engineer")) == {"Cook", "Engineer of Data", "Data Engineer"}


def test_closed_jobs_and_jobs_that_changed_are_not_found_by_what_they_were(db):
    gone, other = job("Baker"), job("Brewer")
    index()
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=gone.pk).update(closed_at=NOW)
        Job.objects.filter(pk=other.pk).update(title="Distiller", payload_hash="new")
    index()
    assert (titles("baker"), titles("brewer"), titles("distiller")) == ([], [], ["Distiller"])
    assert JobText.objects.count() == 1


def test_indexing_again_writes_nothing(db):
    job()
    index()
    with as_role(WORKER_ROLE):
        assert index_jobs(most=100) == 0


def test_numbers_are_given_one_worker_at_a_time(db):
    job()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted AND pid = pg_backend_pid()"
    with as_role(WORKER_ROLE), connection.cursor() as cursor:
        cursor.execute(held, [job_index._INDEX_LOCK])
        before = cursor.fetchone()[0]
        index_jobs(most=10)
        cursor.execute(held, [job_index._INDEX_LOCK])
        assert (before, cursor.fetchone()[0]) == (0, 1)


def test_what_an_archive_does_not_date_comes_last_and_what_a_board_does_not_date_as_it_was_seen(db):
    job("Dated", age=400)
    JobFactory(title="Undated", description_text=ENGLISH, payload_hash="u", first_seen_at=NOW)
    old = JobSourceFactory(kind="archive")
    JobFactory(title="Archived", description_text=ENGLISH, payload_hash="a", first_seen_at=NOW, source=old)
    index()
    assert titles() == ["Undated", "Dated", "Archived"]


def test_the_words_of_the_first_jobs_are_counted_at_once(db):
    job("Gardener")
    with as_role(WORKER_ROLE):
        index_jobs(most=10)
    assert JobWord.objects.filter(word="gardener").exists()


def test_an_empty_search_lists_everything_newest_first(db):
    job("A", age=2), job("B", age=1), job("C", age=3)
    index()
    assert titles() == ["B", "A", "C"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kuberntes engineer", "kubernetes engineer"),
        ("enginer", "engineer"),
        ("Nures", "nurse"),
        ("pyhton", "python"),
        ("engineer", ""),
        ("xqzzy", ""),
        ("sap", ""),
    ],
)
def test_words_that_nobody_knows_are_taken_for_the_nearest(db, typed, meant):
    with as_role(WORKER_ROLE):
        for word, jobs in (("kubernetes", 5), ("engineer", 50), ("nurse", 9), ("python", 20), ("pylon", 1)):
            JobWord.objects.create(word=word, jobs=jobs)
    assert correct(typed) == meant


def test_a_slip_is_mended_only_where_nothing_is_found_and_not_where_it_is_meant(db):
    job("Kubernetes Engineer")
    index()
    found = search_jobs(text="kuberntes")
    assert (found.is_corrected, found.words, [each.title for each in found.jobs]) == (
        True,
        "kubernetes",
        ["Kubernetes Engineer"],
    )
    assert titles("kuberntes", exactly=True) == []
    assert not search_jobs(text="kubernetes").is_corrected


@pytest.mark.parametrize("few", [5_000, 1], ids=["among few", "among what is found"])
def test_filters_are_those_of_the_feed(db, monkeypatch, few):
    monkeypatch.setattr(job_search, "NARROW", few)
    job("Remote Engineer", workplace="remote", age=1)
    job("Office Engineer", workplace="onsite", age=2)
    job("Silent Engineer", age=3)
    job("Remote Cook", workplace="remote")
    index()
    remote = JobFilter(workplaces=frozenset({"remote"}))
    found = search_jobs(text="engineer", job_filter=remote)
    assert ([each.title for each in found.jobs], found.unstated) == (["Remote Engineer"], 1)
    assert titles("engineer", job_filter=JobFilter(workplaces=frozenset({"remote"}), with_unstated=True)) == [
        "Remote Engineer",
        "Silent Engineer",
    ]
    assert titles("", job_filter=JobFilter(posted_after=NOW - 2 * DAY - timedelta(hours=1))) == [
        "Remote Cook",
        "Remote Engineer",
        "Office Engineer",
    ]


@pytest.mark.parametrize(
    "job_filter", [None, JobFilter(workplaces=frozenset({"remote"}))], ids=["all", "narrowed"]
)
@pytest.mark.parametrize("many", [0, 20_000], ids=["walked", "read"])
@pytest.mark.parametrize("few", [2, 5_000], ids=["among what is found", "among few"])
@pytest.mark.parametrize(
    ("asked", "count"), [("gardener", 14), ('"head gardener"', 9), ("-baker", 16), ("", 17)]
)
def test_pages_hold_every_job_once_in_one_order(db, monkeypatch, job_filter, few, many, asked, count):
    monkeypatch.setattr(job_search, "NARROW", few)
    monkeypatch.setattr(job_search, "MANY", many)
    monkeypatch.setattr(job_search, "LONGEST_PART", 4)
    for number in range(7):
        job(f"Gardener {number}", f"{ENGLISH} You are the head gardener.", age=number % 3, workplace="remote")
        told = "head gardener" if number < 2 else "head of a gardener"
        job(f"Cook {number}", f"{ENGLISH} You know a {told}.", age=number % 2, workplace="remote")
    job("Cook", workplace="remote"), job("Waiter", workplace="remote"), job("Baker", workplace="remote")
    index()
    whole = search_jobs(text=asked, size=50, job_filter=job_filter)
    seen, after = [], ""
    while True:
        page = search_jobs(text=asked, size=3, after=after, job_filter=job_filter)
        seen += [each.title for each in page.jobs]
        after = page.after
        if not after:
            break
    assert seen == [each.title for each in whole.jobs]
    assert len(seen) == len(set(seen)) == count
    if (many and "gardener" in asked) or (job_filter and not asked):
        assert (whole.total, whole.is_estimate) == (count, False)
    elif many:
        assert whole.total is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2_1.000000_x",
        "0_1_00000000-0000-0000-0000-000000000000",
        "0_99999999999999.0_",
        "0_999999999999.000000_00000000-0000-0000-0000-000000000000",
        "1_-999999999999.000000_00000000-0000-0000-0000-000000000000",
    ],
)
def test_a_cursor_that_no_page_made_is_refused(db, cursor):
    with pytest.raises(CursorInvalid):
        search_jobs(text="a", after=cursor)


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1950 < at.year < 2200),
    st.uuids(),
    st.sampled_from([0, 1]),
)
def test_a_cursor_says_what_it_was_made_of(at, pk, tier):
    assert Place.read(str(Place(tier, at, pk))) == Place(tier, at, pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        "-",
        "&|!():*",
        "a:*b",
        "\\",
        "\x00",
        "or",
        "or or or",
        '"open',
        "-" * 200,
        "é" * 300,
        "%s %(text)s",
        "'; DROP TABLE jobs; --",
        "🦀",
        "a" * 5000,
    ],
)
def test_nothing_that_is_typed_breaks_the_search(text):
    job()
    index()
    search_jobs(text=text)


def test_how_many_jobs_hold_a_frequent_word_is_told_about(db, monkeypatch):
    monkeypatch.setattr(job_search, "MANY", 0)
    for number in range(30):
        job(
            f"Cook {number}" if number < 2 else f"Waiter {number}",
            f"{ENGLISH} You meet the cook.",
            age=number,
        )
    index()
    with connection.cursor() as cursor, as_role(OWNER_ROLE):
        cursor.execute("ANALYZE job_texts")
    found = search_jobs(text="cook")
    assert (found.total, found.is_estimate) == (30, True)
    assert [each.title for each in found.jobs[:3]] == ["Cook 0", "Cook 1", "Waiter 2"]
    remote = JobFilter(workplaces=frozenset({"remote"}), with_unstated=True)
    assert search_jobs(text="cook", job_filter=remote, size=1).total is None
    monkeypatch.setattr(job_search, "MANY", 29)
    assert (search_jobs(text="cook").total, search_jobs(text="cook").is_estimate) == (30, True)
    monkeypatch.setattr(job_search, "MANY", 30)
    assert (search_jobs(text="cook").total, search_jobs(text="cook").is_estimate) == (30, False)


def test_phrases_that_many_jobs_might_hold_are_found_and_not_counted(db, monkeypatch):
    monkeypatch.setattr(job_search, "COUNTED", 2)
    for number in range(4):
        job(f"Cook {number}", f"{ENGLISH} Our chef is new, our pastry chef is not.")
    job("Waiter", f"{ENGLISH} Our chef likes pastry.")
    index()
    found = search_jobs(text='"pastry chef"')
    assert (len(found.jobs), found.total) == (4, None)
    found = search_jobs(text='chef -"pastry chef"')
    assert ([each.title for each in found.jobs], found.total) == (["Waiter"], None)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("c++", {"C++ Developer"}),
        ("C#", {"C# Developer"}),
        (".net", {"Developer (.NET, VB)", "ASP.NET Developer"}),
        ("dotnet", {"Developer (.NET, VB)", "ASP.NET Developer"}),
        ("developer -c++", {"C# Developer", "Developer (.NET, VB)", "ASP.NET Developer"}),
        ("c++ or c#", {"C++ Developer", "C# Developer"}),
    ],
)
def test_names_with_signs_are_words(db, typed, found):
    for title in (
        "C++ Developer",
        "C# Developer",
        "Developer (.NET, VB)",
        "ASP.NET Developer",
        "Buyer at net prices",
    ):
        job(title, f"{ENGLISH} Grade C.")
    index()
    assert set(titles(typed)) == found


@pytest.mark.parametrize("typed", ["zürich", "Zurich", "ZUERICH", "zürich cafe", "Café Zürich"])
def test_words_are_found_with_and_without_accents(db, typed):
    job("Café Manager", f"{ENGLISH} You live in Zürich.", location="Zürich")
    job("Baker")
    index()
    assert titles(typed) == ["Café Manager"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("エンジニア", ["Tokyo"]),
        ("東京", ["Tokyo"]),
        ("東京 エンジニア", ["Tokyo"]),
        ("京都", []),
        ("엔지니어", ["Seoul"]),
        ("วิศวกร", ["Bangkok"]),
        ("工程师 -上海", ["Beijing"]),
        ("工程师 -上海招聘", ["Beijing"]),
        ('"软件工程师" -北京', ["Shanghai"]),
    ],
)
def test_words_of_scripts_without_blanks_are_found(db, typed, found):
    job("Tokyo", "東京でソフトウェアエンジニアを募集しています。")
    job("Seoul", "소프트웨어 엔지니어를 모집합니다.")
    job("Bangkok", "รับสมัครวิศวกรซอฟต์แวร์")
    job("Beijing", "北京招聘软件工程师")
    job("Shanghai", "上海招聘软件工程师")
    index()
    assert titles(typed, exactly=True) == found


def test_accents_that_only_the_searcher_writes_are_none(db):
    job("Cafe Manager")
    index()
    assert titles("café") == ["Cafe Manager"]


@given(st.text())
def test_more_words_are_plain_words(text):
    for word in more_words(text):
        assert word
        assert not set(word) & set(" \n\x00")
    assert plain(plain(text)) == plain(text)


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_page_searches_mends_and_narrows(client, alice):
    job("Kubernetes Engineer", workplace="remote")
    job("Cook <b>bold</b>", workplace="onsite")
    index()
    client.force_login(alice)
    url = reverse("matching:jobs")
    page = client.get(url, {"q": "kuberntes"}).content.decode()
    assert "Kubernetes Engineer" in page
    assert "exactly=1" in page
    assert (
        "No open job is what you asked for"
        in client.get(url, {"q": "kuberntes", "exactly": "1"}).content.decode()
    )
    narrowed = client.get(url, {"workplace": "onsite"}).content.decode()
    assert "Kubernetes" not in narrowed
    assert "<b>bold</b>" not in narrowed
    assert client.get(url, {"after": "nonsense"}).status_code == 404
    wrong = client.get(url, {"place": "Nowhereville xx"})
    assert "We know no place" in wrong.content.decode()


def test_the_pages_after_a_mended_slip_are_of_what_was_searched_for(client, alice):
    for number in range(25):
        job(f"Gardener {number}", age=number)
    index()
    client.force_login(alice)
    first = client.get(reverse("matching:jobs"), {"q": "gardenr"}).content.decode()
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = client.get(reverse("matching:jobs") + following).content.decode()
    assert (first.count("<article"), second.count("<article")) == (20, 5)
    assert not set(re.findall(r"Gardener \d+<", first)) & set(re.findall(r"Gardener \d+<", second))


def test_the_page_of_a_job_is_the_personas_or_its_own(client, alice):
    found = job("Cook")
    client.force_login(alice)
    url = reverse("matching:open_job", args=[found.pk])
    page = client.get(url)
    assert page.status_code == 200
    assert "Write a persona to see how it fits" in page.content.decode()
    persona = make_persona(alice, name="Cook", is_active=True)
    assert client.get(url).url == reverse("matching:job", args=[persona.pk, found.pk])
    assert (
        client.get(reverse("matching:open_job", args=["00000000-0000-4000-8000-000000000000"])).status_code
        == 404
    )


def test_the_list_takes_as_many_queries_for_many_jobs(client, alice, django_assert_max_num_queries):
    for number in range(25):
        job(f"Cook {number}")
    index()
    client.force_login(alice)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("matching:jobs"), {"q": "cook"}).content.decode()
    assert page.count('<article class="match match--plain"') == 20
