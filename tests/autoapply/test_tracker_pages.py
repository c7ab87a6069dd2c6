"""Pages of the tracker: table, board, funnel, follow-ups, one application; with htmx and without."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autoapply import tracker
from autoapply.models import Application, Contact, FollowUp, Note
from matching.models import Job
from personas.identity import acting_as, assume
from personas.models import Persona, User
from tests.autoapply.test_states import step
from tests.factories import (
    ApplicationFactory,
    ContactFactory,
    FollowUpFactory,
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    NoteFactory,
    PersonaFactory,
    RuleFactory,
)
from tests.relevnt.test_access import FACTORS
from tests.relevnt.test_look import PageReader

LIST = "/applications/"
BOARD = "/applications/board/"
FUNNEL = "/applications/funnel/"
FOLLOW_UPS = "/applications/follow-ups/"
NEW = "/applications/new/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def rows_of(response: Any) -> list[str]:
    return re.findall(r'<th role="rowheader" scope="row">\s*<a [^>]*>([^<]+)', response.content.decode())


def sent(alice: User, title: str = "Engineer", *, days: int = 0, **given: Any) -> Application:
    """An application sent elsewhere some days ago."""
    at = timezone.now() - timedelta(days=days)
    values = {"title": title, "company": "Acme", "url": "", **given.pop("values", {})}
    with acting_as(alice.pk):
        return tracker.record_application(
            user=alice, at=at, sent_on=timezone.localdate(at), values=values, **given
        )


def move(application: Application, stage: str) -> None:
    with acting_as(application.user_id):
        tracker.set_stage(application=application, stage=stage, today=timezone.localdate())


def fresh(application: Application) -> Application:
    with acting_as(application.user_id):
        return Application.objects.get(pk=application.pk)


def address(application: Application, part: str = "") -> str:
    return f"/applications/{application.pk}/{part}"


# --- every page ------------------------------------------------------------------------------------------------------


def full_house(alice: User) -> Application:
    application = sent(alice, "Engineer <b>&</b> more", days=40)
    NoteFactory(application=application, body="<script>alert(1)</script>")
    ContactFactory(application=application, name="Grace <i>", email="a?b@example.com", phone="1")
    FollowUpFactory(application=application, due_on=timezone.localdate() - timedelta(days=1))
    FollowUpFactory(application=application, due_on=timezone.localdate(), done_at=timezone.now())
    for number, stage in enumerate(Application.Stage.values):
        move(sent(alice, f"Job {number}", days=number), stage)
    return application


PAGES = [LIST, BOARD, FUNNEL, FOLLOW_UPS, NEW, f"{LIST}?stage=offer&company=acme", f"{LIST}?stage=nothing"]


@pytest.mark.parametrize("page", [*PAGES, "one"])
def test_page_is_whole_strict_and_has_one_filled_action(signed_in: Client, alice: User, page: str) -> None:
    application = full_house(alice)

    response = signed_in.get(address(application) if page == "one" else page)

    html = response.content.decode()
    reader = PageReader()
    reader.feed(html)
    assert response.status_code == 200
    assert reader.refused == []
    assert len(set(reader.ids)) == len(reader.ids)
    assert set(reader.described) <= set(reader.ids)
    assert reader.filled <= 1
    assert reader.headings.count("h1") == 1
    assert "<script>alert" not in html
    assert "<b>&</b>" not in html


@pytest.mark.parametrize("page", PAGES)
def test_page_without_any_application_says_what_comes_here(signed_in: Client, page: str) -> None:
    assert signed_in.get(page).status_code == 200


@pytest.mark.parametrize("page", [LIST, BOARD, FUNNEL, FOLLOW_UPS, NEW])
def test_applications_are_current_in_the_navigation(signed_in: Client, page: str) -> None:
    assert f'<a href="{LIST}" aria-current="page">Applications</a>' in text_of(signed_in.get(page))


@pytest.mark.parametrize("page", [LIST, BOARD, FUNNEL, FOLLOW_UPS, "one"])
def test_page_asks_as_often_for_twenty_as_for_one(signed_in: Client, alice: User, page: str) -> None:
    def grow(number: int) -> None:
        for index in range(number):
            rule = RuleFactory(user=alice)
            application = sent(alice, f"Job {index}", days=40, persona=PersonaFactory(user=alice))
            with acting_as(alice.pk):
                Application.objects.filter(pk=application.pk).update(rule=rule)
            FollowUpFactory(application=application, due_on=timezone.localdate() - timedelta(days=1))
            for each in (first, application):
                NoteFactory(application=each)
                ContactFactory(application=each)
                FollowUpFactory(application=each, due_on=timezone.localdate())

    first = sent(alice, days=40)
    where = address(first) if page == "one" else page
    grow(1)
    signed_in.get(where)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(where)
    grow(19)

    with CaptureQueriesContext(connection) as twenty:
        signed_in.get(where)

    assert len(twenty) == len(one)


# --- the table -------------------------------------------------------------------------------------------------------


def test_table_shows_the_newest_first_and_turns_pages_without_a_gap(signed_in: Client, alice: User) -> None:
    for number in range(45):
        application = sent(alice, f"Job {number:02}")
        with acting_as(alice.pk):
            at = timezone.now() - timedelta(minutes=60 - number // 2)
            Application.objects.filter(pk=application.pk).update(created_at=at)

    seen, page = [], LIST
    while page:
        response = signed_in.get(page)
        seen.append(rows_of(response))
        found = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
        page = found[1].replace("&amp;", "&") if found else ""
        # What comes in meanwhile moves nothing on the pages after.
        sent(alice, "Newer")

    titles = [title for each in seen for title in each]
    assert [len(each) for each in seen] == [20, 20, 5]
    assert sorted(titles) == [f"Job {number:02}" for number in range(45)]
    assert [title[4:] for title in titles][:3] in (["44", "43", "42"], ["44", "42", "43"])


def test_page_before_leads_back(signed_in: Client, alice: User) -> None:
    for number in range(25):
        sent(alice, f"Job {number:02}")
    first = signed_in.get(LIST)
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())

    second = signed_in.get(after.replace("&amp;", "&"))

    (before,) = re.findall(r'rel="prev" href="([^"]+)"', second.content.decode())
    assert rows_of(signed_in.get(before.replace("&amp;", "&"))) == rows_of(first)


@pytest.mark.parametrize("cursor", ["x", "WzAsIngiXQ", "A" * 200])
def test_cursor_of_nobody_is_not_found(signed_in: Client, cursor: str) -> None:
    assert signed_in.get(LIST, {"cursor": cursor}).status_code == 404


def test_table_is_narrowed_by_each_filter(signed_in: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice, name="Engineer of bridges")
    rule = RuleFactory(user=alice, name="Careful")
    one = sent(alice, "One", persona=persona, values={"company": "Müller GmbH"})
    two = sent(alice, "Two", values={"company": "Acme, Inc."})
    move(two, "offer")
    with acting_as(alice.pk):
        Application.objects.filter(pk=one.pk).update(rule=rule)
    ApplicationFactory(user=alice, job_title="Three", company="100% Ltd_")

    def titles(**query: Any) -> list[str]:
        return sorted(rows_of(signed_in.get(LIST, query)))

    assert titles() == ["One", "Three", "Two"]
    assert titles(stage="offer") == ["Two"]
    assert titles(stage="none") == ["Three"]
    assert titles(state="on_its_way") == ["Three"]
    assert titles(state="submitted") == ["One", "Two"]
    assert titles(company="MULLER") == ["One"]
    assert titles(company="acme ag") == ["Two"]
    assert titles(company="0%") == ["Three"]
    assert titles(company="_") == ["Three"]
    assert titles(persona=persona.pk) == ["One"]
    assert titles(rule=rule.pk) == ["One"]
    assert titles(rule=rule.pk, stage="offer") == []


def test_active_filters_are_named_and_each_can_be_taken_away(signed_in: Client, alice: User) -> None:
    sent(alice)

    html = text_of(signed_in.get(LIST, {"stage": "offer", "company": "no such"}))

    assert "Stage: Offer" in html
    assert "Employer: no such" in html
    assert 'href="?company=no+such"' in html
    assert 'href="?stage=offer"' in html
    assert "No application is like this" in html


@pytest.mark.parametrize("query", [{"stage": "x"}, {"state": "x"}, {"company": "\0"}, {"persona": "x"}])
def test_filter_that_cannot_be_read_says_so(signed_in: Client, alice: User, query: dict[str, str]) -> None:
    sent(alice)

    response = signed_in.get(LIST, query)

    assert response.status_code == 200
    assert "This filter cannot be read" in text_of(response)
    assert 'id="filter" open' in text_of(response)


def test_filter_by_somebody_elses_persona_finds_nothing(
    signed_in: Client, alice: User, charlie: User
) -> None:
    sent(alice)
    theirs = PersonaFactory(user=charlie, name="Of Charlie")

    html = text_of(signed_in.get(LIST, {"persona": theirs.pk}))

    assert "This filter cannot be read" in html
    assert "Of Charlie" not in html


def test_choices_name_no_internal_ids(signed_in: Client, alice: User) -> None:
    persona, rule = PersonaFactory(user=alice), RuleFactory(user=alice)
    sent(alice)

    for page in (LIST, NEW):
        shown = re.sub(r'(value|href)="[^"]*"', "", text_of(signed_in.get(page)))
        assert str(persona.pk) not in shown
        assert str(rule.pk) not in shown


# --- closing ---------------------------------------------------------------------------------------------------------


def test_table_suggests_closing_what_nobody_answers(signed_in: Client, alice: User) -> None:
    for number in range(7):
        sent(alice, f"Quiet {number}", days=31 + number)
    sent(alice, "Young", days=2)

    html = text_of(signed_in.get(LIST))

    suggested = html[html.index('id="suggested"') : html.index('id="filter"')]
    assert re.findall(r"Quiet \d</a>", suggested) == [f"Quiet {number}</a>" for number in (6, 5, 4, 3, 2)]
    assert "Nothing new for 37 days." in suggested
    assert "2 more come up after these." in suggested
    assert "Young" not in suggested
    assert 'id="suggested"' not in text_of(signed_in.get(LIST, {"stage": "applied"}))


def test_suggestion_is_accepted_with_one_press(signed_in: Client, alice: User) -> None:
    application = sent(alice, days=45)

    response = signed_in.post(
        address(application, "stage/"), {"stage": "ghosted", "suggested": "yes", "next": LIST}
    )

    assert response["Location"] == LIST
    assert fresh(application).stage == "ghosted"
    assert fresh(application).moved_because == "suggested"
    assert 'id="suggested"' not in text_of(signed_in.get(LIST))
    assert "by you: nothing new had come" in text_of(signed_in.get(address(application)))


def test_suggestion_is_put_off_with_one_press(signed_in: Client, alice: User) -> None:
    application = sent(alice, days=45)

    response = signed_in.post(address(application, "wait/"), {"next": LIST})

    assert response["Location"] == LIST
    html = text_of(signed_in.get(LIST))
    assert "is among your follow-ups" in html
    assert 'id="suggested"' not in html
    assert fresh(application).stage == "applied"


def test_looking_at_suggestions_changes_nothing(signed_in: Client, alice: User) -> None:
    application = sent(alice, days=90)

    for page in (LIST, BOARD, FUNNEL, address(application)):
        signed_in.get(page)

    assert fresh(application).stage == "applied"


# --- the board -------------------------------------------------------------------------------------------------------


def column(html: str, stage: str) -> str:
    return html.partition(f'id="stage-{stage}"')[2].partition("</section>")[0]


def test_board_moves_a_card_without_scripts(signed_in: Client, alice: User) -> None:
    application = sent(alice, "Engineer")
    assert "Engineer" in column(text_of(signed_in.get(BOARD)), "applied")

    response = signed_in.post(
        address(application, "stage/"), {"stage": "interview", "next": BOARD}, follow=True
    )

    html = text_of(response)
    assert response.redirect_chain == [(BOARD, 302)]
    assert "“Engineer” stands at “interview”." in html
    assert "Engineer" in column(html, "interview")
    assert "Engineer" not in column(html, "applied")


def test_htmx_is_answered_with_the_board_alone(signed_in: Client, alice: User) -> None:
    application = sent(alice, "Engineer")

    html = text_of(signed_in.post(address(application, "stage/"), {"stage": "offer"}, headers=HTMX))

    assert html.strip().startswith('<div id="board">')
    assert "Engineer" in column(html, "offer")
    assert 'role="status">“Engineer” stands at “offer”.' in html
    assert '<details class="board__move" open>' in html


def test_htmx_is_told_why_a_card_was_not_moved(signed_in: Client, alice: User) -> None:
    application = ApplicationFactory(user=alice, job_title="Engineer")

    html = text_of(signed_in.post(address(application, "stage/"), {"stage": "offer"}, headers=HTMX))

    assert 'role="alert"' in html
    assert "Engineer: It is still on its way out." in html


def test_board_says_what_has_no_stage_yet(signed_in: Client, alice: User) -> None:
    sent(alice)
    ApplicationFactory(user=alice)

    html = text_of(signed_in.get(BOARD))

    assert "1 more has no stage yet" in html
    assert f"{LIST}?stage=none" in html


# --- the funnel ------------------------------------------------------------------------------------------------------


def test_funnel_shows_counts_and_no_percentages_of_few(signed_in: Client, alice: User) -> None:
    move(sent(alice), "interview")
    sent(alice)

    html = text_of(signed_in.get(FUNNEL))

    assert "1 of 2" in html
    assert "%" not in re.sub(r'="[^"]*"', "", html)
    assert "Shares in percent are shown from 10 sent applications on" in html
    assert "1 still waits for a first answer, of which sent within the last 30 days: 1." in html


def test_funnel_looks_back_as_far_as_asked(signed_in: Client, alice: User) -> None:
    sent(alice, days=200)

    assert "Nothing to count yet" in text_of(signed_in.get(FUNNEL, {"period": "quarter"}))
    assert "Nothing to count yet" not in text_of(signed_in.get(FUNNEL, {"period": "year"}))
    assert signed_in.get(FUNNEL, {"period": "x"}).status_code == 404


# --- one application -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "values", "model", "field", "kept"),
    [
        ("notes/", {"body": "They called."}, Note, "body", "They called."),
        ("contacts/", {"name": "Grace", "email": "g@example.com"}, Contact, "email", "g@example.com"),
        ("follow-ups/", {"what": "Ask"}, FollowUp, "what", "Ask"),
    ],
)
def test_what_is_typed_is_kept_and_shown(
    signed_in: Client, alice: User, part: str, values: dict[str, str], model: Any, field: str, kept: str
) -> None:
    application = sent(alice)
    ahead = {"due_on": (timezone.localdate() + timedelta(days=9)).isoformat()}

    response = signed_in.post(address(application, part), {**ahead, **values}, follow=True)

    with acting_as(alice.pk):
        assert getattr(model.objects.get(application=application), field) == kept
    assert response.redirect_chain[0][0].startswith(f"{address(application)}#")
    assert kept in text_of(response)


@pytest.mark.parametrize(
    ("part", "values", "words"),
    [
        ("notes/", {}, "Write the note first."),
        ("notes/", {"body": "x" * 5001}, "at most 5000"),
        ("contacts/", {"name": ""}, "Say who it is."),
        ("contacts/", {"name": "Grace", "email": "nothing"}, "This is no e-mail address."),
        ("follow-ups/", {"what": "Ask", "due_on": "tomorrow"}, "Give a day, such as 2026-12-24."),
        ("follow-ups/", {"what": "Ask", "due_on": "2020-01-01"}, "Give a day from today on"),
        ("stage/", {"stage": "hired"}, "hired"),
        ("stage/", {"stage": "rejected", "day": "2099-01-01"}, "within the next ten years"),
    ],
)
def test_what_cannot_be_kept_is_said_where_it_was_typed(
    signed_in: Client, alice: User, part: str, values: dict[str, str], words: str
) -> None:
    application = sent(alice)

    response = signed_in.post(address(application, part), values)

    html = text_of(response)
    assert response.status_code == 200
    assert words in html
    assert 'class="errorlist"' in html
    if typed := values.get("what") or values.get("name"):
        assert f'value="{typed}"' in html
    assert fresh(application).stage == "applied"


def test_contact_is_changed_on_a_page_of_its_own(signed_in: Client, alice: User) -> None:
    contact = ContactFactory(application=sent(alice), name="Grace", role="Recruiter")
    page = address(contact.application, f"contacts/{contact.pk}/")

    assert 'value="Recruiter"' in text_of(signed_in.get(page))
    assert "no e-mail address" in text_of(signed_in.post(page, {"name": "Grace", "email": "x"}))
    signed_in.post(page, {"name": "Grace H.", "role": ""})

    with acting_as(alice.pk):
        contact.refresh_from_db()
    assert (contact.name, contact.role) == ("Grace H.", "")


@pytest.mark.parametrize(
    ("part", "make"),
    [
        ("notes", lambda it: NoteFactory(application=it, body="what it says")),
        ("contacts", lambda it: ContactFactory(application=it, name="what it says")),
        ("follow-ups", lambda it: FollowUpFactory(application=it, what="what it says")),
    ],
)
def test_deleting_asks_first(
    signed_in: Client, alice: User, part: str, make: Callable[[Application], Any]
) -> None:
    row = make(sent(alice))
    page = address(row.application, f"{part}/{row.pk}/delete/")

    assert "what it says" in text_of(signed_in.get(page))
    with acting_as(alice.pk):
        assert type(row).objects.filter(pk=row.pk).exists()
    signed_in.post(page)

    with acting_as(alice.pk):
        assert not type(row).objects.filter(pk=row.pk).exists()
    assert signed_in.get(page).status_code == 404


def test_row_of_another_application_is_not_found_under_this_one(signed_in: Client, alice: User) -> None:
    note = NoteFactory(application=sent(alice))

    other = address(sent(alice), f"notes/{note.pk}/delete/")

    assert signed_in.post(other).status_code == 404


def test_follow_up_is_done_and_undone(signed_in: Client, alice: User) -> None:
    follow_up = FollowUpFactory(application=sent(alice), due_on=timezone.localdate())
    done = address(follow_up.application, f"follow-ups/{follow_up.pk}/done/")

    response = signed_in.post(done, {"done": "yes", "next": FOLLOW_UPS})

    assert response["Location"] == FOLLOW_UPS
    assert "Nothing is planned" in text_of(signed_in.get(FOLLOW_UPS))
    signed_in.post(done, {"done": "no"})
    assert "Nothing is planned" not in text_of(signed_in.get(FOLLOW_UPS))


def test_way_back_leads_to_no_other_site(signed_in: Client, alice: User) -> None:
    application = sent(alice)

    response = signed_in.post(
        address(application, "stage/"), {"stage": "offer", "next": "https://evil.example/"}
    )

    assert response["Location"] == address(application)


def test_times_are_those_of_the_persons_zone(signed_in: Client, alice: User) -> None:
    application = sent(alice)
    with acting_as(alice.pk):
        User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
        late = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
        Note.objects.create(user=alice, application=application, body="x", created_at=late)

    assert "March 3, 2026, 5 a.m." in text_of(signed_in.get(address(application)))


def test_application_on_its_way_offers_no_stage(signed_in: Client, alice: User) -> None:
    application = ApplicationFactory(user=alice)

    html = text_of(signed_in.get(address(application)))

    assert "Its stage begins once it is sent." in html
    assert "Set the stage" not in html


def test_cancelled_application_can_be_tracked_all_the_same(signed_in: Client, alice: User) -> None:
    application = ApplicationFactory(user=alice)
    assume(alice.pk)
    step(application, "cancelled")
    assume(None)

    signed_in.post(address(application, "stage/"), {"stage": "applied"})

    assert (fresh(application).status, fresh(application).stage) == ("cancelled", "applied")


def test_stage_does_not_hide_why_it_was_cancelled(signed_in: Client, alice: User) -> None:
    application = ApplicationFactory(user=alice)
    assume(alice.pk)
    step(application, "cancelled", moved_by="machine", moved_because="not_confirmed", moved_at=timezone.now())
    assume(None)

    signed_in.post(address(application, "stage/"), {"stage": "ghosted", "suggested": "yes"})

    html = text_of(signed_in.get(address(application)))
    assert "A week passed and you did not say that you sent it." in html


def test_stage_withdrawn_says_that_the_employer_does_not_know(signed_in: Client, alice: User) -> None:
    application = sent(alice)
    move(application, "withdrawn")

    html = text_of(signed_in.get(address(application)))

    assert "the employer still has the application" in html
    assert fresh(application).status == "submitted"


@pytest.mark.parametrize("part", ["", "stage/", "wait/", "notes/", "contacts/", "follow-ups/"])
def test_application_of_nobody_is_not_found(signed_in: Client, part: str) -> None:
    page = f"/applications/{uuid.uuid4()}/{part}"

    assert signed_in.post(page).status_code in {404, 405}
    assert signed_in.get(page).status_code in {404, 405}


# --- sent elsewhere --------------------------------------------------------------------------------------------------


def test_typed_application_is_kept(signed_in: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice)
    values = {"title": "Engineer", "company": "Acme", "sent_on": "2026-02-01", "persona": persona.pk}

    response = signed_in.post(NEW, values, follow=True)

    html = text_of(response)
    assert "“Engineer” is kept here as sent." in html
    assert "Feb. 1, 2026" in html
    # The day alone was given: its noon, at which it is kept, is nobody's word.
    assert "Feb. 1, 2026, noon" not in html
    with acting_as(alice.pk):
        assert Application.objects.get().persona_id == persona.pk


def test_faults_of_a_typed_application_are_said_at_their_fields(signed_in: Client) -> None:
    html = text_of(signed_in.post(NEW, {"title": "", "url": "javascript:x", "sent_on": "2099-01-01"}))
    assert "Say what the job is called." in html

    html = text_of(signed_in.post(NEW, {"title": "x", "url": "javascript:x", "sent_on": "2099-01-01"}))
    assert "beginning with https://" in html
    assert "still ahead" in html


def test_persona_of_somebody_else_is_no_choice(signed_in: Client, alice: User, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie, name="Of Charlie")

    html = text_of(signed_in.post(NEW, {"title": "x", "sent_on": "2026-02-01", "persona": theirs.pk}))

    assert "Select a valid choice" in html
    assert "Of Charlie" not in html


def test_typed_address_that_is_known_leads_to_the_one_there_is(signed_in: Client, alice: User) -> None:
    url = "https://jobs.lever.co/acme/12"
    first = sent(alice, values={"url": url})

    html = text_of(signed_in.post(NEW, {"title": "Again", "url": url, "sent_on": "2026-02-01"}))

    assert "There is one for each opening" in html
    assert f'href="{address(first)}"' in html


@pytest.mark.parametrize("job", ["x", "8ea0a06d-7e9c-457b-ac35-34d33014a0ba"])
def test_job_of_nowhere_is_not_found(signed_in: Client, job: str) -> None:
    assert signed_in.get(NEW, {"job": job}).status_code == 404
    assert signed_in.post(NEW, {"job": job}).status_code == 404


@pytest.fixture
def matched(alice: User) -> tuple[Persona, Job, str]:
    """A match of Alice's persona and the page that shows it."""
    persona = PersonaFactory(user=alice, is_active=True)
    match = MatchFactory(persona=persona, match_factors=FACTORS, explanation="Fits.", coverage="0.9")
    return persona, match.job, f"/matches/{match.pk}/"


def test_match_page_offers_to_note_and_then_shows_the_application(
    signed_in: Client, matched: tuple[Persona, Job, str]
) -> None:
    persona, job, page = matched
    (offered,) = re.findall(rf'href="({NEW}[^"]+)">I applied to this', text_of(signed_in.get(page)))
    form = signed_in.get(offered.replace("&amp;", "&"))
    assert f"You applied: {job.title}" in text_of(form)
    assert f'<option value="{persona.pk}" selected>' in text_of(form)
    assert 'name="title"' not in text_of(form)

    signed_in.post(NEW, {"job": job.pk, "persona": persona.pk, "sent_on": "2026-02-01"})

    html = text_of(signed_in.get(page))
    assert "Your application: applied" in html
    assert "I applied to this" not in html
    assert signed_in.get(offered.replace("&amp;", "&")).status_code == 302


def test_job_of_an_archive_was_not_applied_to(signed_in: Client, alice: User) -> None:
    job = JobFactory(source=JobSourceFactory(kind="archive"))
    persona = PersonaFactory(user=alice)
    match = MatchFactory(persona=persona, job=job, match_factors=FACTORS, explanation="Fits.", coverage="0.9")

    assert "I applied to this" not in text_of(signed_in.get(f"/matches/{match.pk}/"))


# --- today -----------------------------------------------------------------------------------------------------------


def test_today_shows_what_is_due_and_not_what_is_ahead(signed_in: Client, alice: User, charlie: User) -> None:
    application, today = sent(alice), timezone.localdate()
    FollowUpFactory(application=application, what="Overdue thing", due_on=today - timedelta(days=3))
    FollowUpFactory(application=application, what="Thing of today", due_on=today)
    FollowUpFactory(application=application, what="Thing ahead", due_on=today + timedelta(days=1))
    FollowUpFactory(application=application, what="Thing done", due_on=today, done_at=timezone.now())
    FollowUpFactory(application=ApplicationFactory(user=charlie), what="Of Charlie", due_on=today)

    html = text_of(signed_in.get("/today/"))

    assert html.index("Overdue thing") < html.index("Thing of today")
    assert "overdue" in html
    assert not re.search("Thing ahead|Thing done|Of Charlie", html)


def test_today_without_anything_due_says_nothing_of_it(signed_in: Client) -> None:
    assert "To be done" not in text_of(signed_in.get("/today/"))


def test_today_shows_the_first_few_and_how_many_there_are(signed_in: Client, alice: User) -> None:
    application = sent(alice)
    for number in range(7):
        FollowUpFactory(application=application, what=f"Thing {number}", due_on=timezone.localdate())

    html = text_of(signed_in.get("/today/"))

    assert len(set(re.findall(r"<p>Thing \d", html))) == 5
    assert "All 7 follow-ups that are due" in html
