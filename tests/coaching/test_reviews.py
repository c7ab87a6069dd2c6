"""The review of a résumé: asked for by its owner, given by a coach who may see it, and by nobody else in any way."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from coaching.looks import NotGranted, close_look, look_at_client
from coaching.models import AccessEntry, Consent, Relationship
from coaching.reviews import mark_of, review_resume
from personas.identity import acting_as
from personas.models import Resume, User
from personas.services import (
    Gone,
    Refused,
    ValuesRefused,
    ask_review,
    edit_resume_texts,
    rename_resume,
    take_back_review,
)
from tests.factories import (
    ConsentFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, as_role

DOCUMENT = {"basics": {"name": "Alice", "summary": "I build things."}}
CANARY = "<script>alert('zq')</script>"


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    made: Relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=made, scopes=["resume"])
    return made


@pytest.fixture
def resume(alice: User) -> Resume:
    """One that Alice asked to be reviewed."""
    made: Resume = ResumeFactory(
        user=alice, title="Mine", document=DOCUMENT, text="I build things.", review="pending"
    )
    ResumeFileFactory(resume=made)
    return made


def now(resume: Resume) -> Resume:
    with acting_as(resume.user_id):
        return Resume.objects.select_related("reviewed_by").get(pk=resume.pk)


def review(relationship: Relationship, resume: Resume, verdict: str = "approved", **values: Any) -> None:
    with acting_as(relationship.coach_id):
        review_resume(
            coach=relationship.coach,
            relationship=relationship,
            resume_id=resume.pk,
            verdict=verdict,
            **{"note": "", **values},
        )


def looks_at(client: User) -> list[AccessEntry]:
    with acting_as(client.pk):
        return list(AccessEntry.objects.owned_by(client))


def text_of(response: Any) -> str:
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# --- the owner asks --------------------------------------------------------------------------------------------------


def test_owner_asks_and_takes_it_back(alice: User) -> None:
    resume = ResumeFactory(user=alice)
    with acting_as(alice.pk):
        ask_review(resume=resume)
        assert now(resume).review == "pending"
        take_back_review(resume=resume)
    assert now(resume).review == "none"


def test_approved_one_is_neither_asked_about_nor_taken_back(
    relationship: Relationship, resume: Resume
) -> None:
    review(relationship, resume)
    with acting_as(resume.user_id):
        for change in (ask_review, take_back_review):
            with pytest.raises(ValuesRefused):
                change(resume=resume)
    assert now(resume).review == "approved"


def test_owner_can_ask_for_another_review(relationship: Relationship, resume: Resume) -> None:
    review(relationship, resume, "changes_suggested", note="Shorter.")
    with acting_as(resume.user_id):
        ask_review(resume=resume)
    assert (now(resume).review, now(resume).review_note) == ("pending", "Shorter.")


def test_deleted_one_is_gone(alice: User) -> None:
    resume = ResumeFactory(user=alice)
    with acting_as(alice.pk):
        Resume.objects.all().delete()
        with pytest.raises(Gone):
            ask_review(resume=resume)


def test_page_asks_says_the_state_and_the_words(
    client: Client, alice: User, relationship: Relationship, resume: Resume
) -> None:
    client.force_login(alice)
    page = f"/resumes/{resume.pk}/"
    assert "waiting for a review" in text_of(client.get(page))
    client.post(f"{page}review/", {"ask": "no"})
    assert now(resume).review == "none"
    assert "Nobody has been asked to review it." in text_of(client.get(page))
    client.post(f"{page}review/", {"ask": "yes"})
    assert now(resume).review == "pending"

    review(relationship, resume, "changes_suggested", note=f"Shorter. {CANARY}")

    shown = client.get(page)
    assert "Bob suggested changes" in text_of(shown)
    assert "Ask for another review" in text_of(shown)
    assert "<script>alert" not in shown.content.decode()
    review(relationship, resume)
    assert "Bob approved it" in text_of(client.get(page))
    assert "approved" in text_of(client.get("/resumes/"))
    refused = client.post(f"{page}review/", {"ask": "yes"}, follow=True)
    assert "This résumé is approved already" in text_of(refused)


def test_name_of_a_reviewer_who_is_gone_is_not_missed(
    client: Client, alice: User, relationship: Relationship, resume: Resume
) -> None:
    review(relationship, resume)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=relationship.coach_id).delete()
    client.force_login(alice)

    assert "A coach who is gone approved it" in text_of(client.get(f"/resumes/{resume.pk}/"))


def test_strangers_cannot_ask(client: Client, bob: User, charlie: User, resume: Resume) -> None:
    for other in (bob, charlie):
        client.force_login(other)
        assert client.post(f"/resumes/{resume.pk}/review/", {"ask": "no"}).status_code == 404
    assert now(resume).review == "pending"


# --- nobody approves their own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["approved", "changes_suggested"])
def test_owner_approves_nothing_by_service_page_api_or_sql(
    client: Client, api: APIClient, alice: User, relationship: Relationship, resume: Resume, verdict: str
) -> None:
    with acting_as(alice.pk), pytest.raises(NotGranted):
        review_resume(
            coach=alice, relationship=relationship, resume_id=resume.pk, verdict=verdict, note="Good."
        )
    client.force_login(alice)
    client.post(f"/resumes/{resume.pk}/review/", {"ask": verdict, "review": verdict})
    client.post(f"/resumes/{resume.pk}/rename/", {"title": "Mine", "review": verdict})
    client.post(reverse("admin:coaching_review", args=[relationship.pk, resume.pk]), {"verdict": verdict})
    api.force_login(alice)
    api.patch(f"/api/v1/resumes/{resume.pk}/", {"title": "Mine", "review": verdict}, format="json")
    assert now(resume).review == "pending"

    for sql in (
        f"UPDATE resumes SET review = '{verdict}'",
        f"UPDATE resumes SET review = '{verdict}', reviewed_at = now(), review_note = 'x'",
        "UPDATE resumes SET review_note = 'x'",
        f"INSERT INTO resumes (user_id, title, review) VALUES ('{alice.pk}', 'x', '{verdict}')",
    ):
        with (
            acting_as(alice.pk),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert now(resume).review == "pending"


def test_coach_writes_the_review_and_nothing_else_by_sql(relationship: Relationship, resume: Resume) -> None:
    for values in (
        {"title": "x"},
        {"text": "x"},
        {"review": "none"},
        {"review": "pending"},
        {"document": {}},
    ):
        with acting_as(relationship.coach_id):
            look_at_client(
                coach=relationship.coach, relationship=relationship, scopes=["resume"], page="resume_review"
            )
            with pytest.raises(DatabaseError), transaction.atomic():
                Resume.objects.filter(pk=resume.pk).update(**values)
            close_look()
    with acting_as(relationship.coach_id):
        # Without a look there is no row to review.
        assert Resume.objects.filter(pk=resume.pk).update(review="approved") == 0


# --- the coach reviews -----------------------------------------------------------------------------------------------


def test_review_is_signed_and_dated_and_looked_at_once(
    alice: User, bob: User, relationship: Relationship, resume: Resume
) -> None:
    review(relationship, resume, "changes_suggested", note="  Say what you built. ")

    kept = now(resume)
    assert (kept.review, kept.review_note, kept.reviewed_by) == (
        "changes_suggested",
        "Say what you built.",
        bob,
    )
    assert kept.reviewed_at is not None
    (entry,) = looks_at(alice)
    assert (entry.page, entry.scopes, entry.object_id) == ("resume_review", ["resume"], resume.pk)


@pytest.mark.parametrize("scopes", [[], ["matches", "applications", "learning"]])
def test_coach_without_the_scope_cannot(
    alice: User, relationship: Relationship, resume: Resume, scopes: list[str]
) -> None:
    with acting_as(alice.pk):
        Consent.objects.update(scopes=scopes)

    with pytest.raises(NotGranted):
        review(relationship, resume)

    assert now(resume).review == "pending"
    assert looks_at(alice) == []


def test_other_coaches_and_resumes_of_others_are_refused(
    alice: User, charlie: User, relationship: Relationship, resume: Resume
) -> None:
    theirs = ResumeFactory(user=charlie, review="pending")
    for resume_id in (theirs.pk, uuid4()):
        with acting_as(relationship.coach_id), pytest.raises(Gone):
            review_resume(
                coach=relationship.coach,
                relationship=relationship,
                resume_id=resume_id,
                verdict="approved",
                note="",
            )
    other = UserFactory(is_coach=True)
    with acting_as(other.pk), pytest.raises(NotGranted):
        review_resume(
            coach=other, relationship=relationship, resume_id=resume.pk, verdict="approved", note=""
        )
    assert now(resume).review == now(theirs).review == "pending"


@pytest.mark.parametrize(
    ("verdict", "note", "field", "words"),
    [
        ("none", "", "verdict", "Approve the résumé, or suggest changes."),
        ("", "", "verdict", "Approve the résumé, or suggest changes."),
        ("changes_suggested", " ", "note", "Say what should change"),
        ("approved", "x" * 2001, "note", "at most 2000"),
        ("approved", "a\0b", "note", "NUL"),
    ],
)
def test_review_that_cannot_be_kept_is_explained(
    relationship: Relationship, resume: Resume, verdict: str, note: str, field: str, words: str
) -> None:
    with pytest.raises(ValuesRefused) as refused:
        review(relationship, resume, verdict, note=note)

    assert words in " ".join(refused.value.faults[field])
    assert now(resume).review == "pending"


def test_nobody_reviews_what_was_not_asked_about(relationship: Relationship, resume: Resume) -> None:
    with acting_as(resume.user_id):
        take_back_review(resume=resume)

    with pytest.raises(Refused) as refused:
        review(relationship, resume)

    assert "asks for no review" in " ".join(refused.value.faults["verdict"])


def test_verdict_about_what_it_no_longer_says_is_refused(relationship: Relationship, resume: Resume) -> None:
    seen = mark_of(now(resume))
    with acting_as(resume.user_id):
        edit_resume_texts(resume=resume, texts={"/basics/summary": "I sell things."})

    with pytest.raises(ValuesRefused) as refused:
        review(relationship, resume, seen=seen)

    assert "changed it meanwhile" in " ".join(refused.value.faults["verdict"])
    assert now(resume).review == "pending"


def test_change_of_what_it_says_makes_it_pending_again_and_another_title_does_not(
    relationship: Relationship, resume: Resume
) -> None:
    review(relationship, resume, note="Good.")
    with acting_as(resume.user_id):
        rename_resume(resume=resume, title="Other")
        assert now(resume).review == "approved"
        edit_resume_texts(resume=resume, texts={"/basics/summary": "I sell things."})

    assert (now(resume).review, now(resume).review_note) == ("pending", "Good.")


# --- the coach's page ------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def page_of(relationship: Relationship, resume: Resume) -> str:
    return reverse("admin:coaching_review", args=[relationship.pk, resume.pk])


def test_page_shows_the_text_and_the_file_with_one_look_and_keeps_the_verdict(
    desk: Client, alice: User, relationship: Relationship, resume: Resume
) -> None:
    page = desk.get(page_of(relationship, resume))

    assert "I build things." in text_of(page)
    assert "Save resume.txt" in text_of(page)
    assert len(looks_at(alice)) == 1
    done = desk.post(
        page_of(relationship, resume), {"verdict": "approved", "note": "Good.", "seen": mark_of(now(resume))}
    )
    assert done.status_code == 302
    assert (now(resume).review, now(resume).review_note) == ("approved", "Good.")
    assert [entry.page for entry in looks_at(alice)] == ["resume_review"] * 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Approve the résumé, or suggest changes."),
        ({"verdict": "splendid"}, "splendid"),
        ({"verdict": "changes_suggested"}, "Say what should change"),
        ({"verdict": "approved", "seen": "0" * 64}, "changed it meanwhile"),
        ({"verdict": "approved", "seen": ""}, "changed it meanwhile"),
    ],
)
def test_page_says_what_is_wrong_at_the_field(
    desk: Client, relationship: Relationship, resume: Resume, sent: dict[str, str], words: str
) -> None:
    response = desk.post(page_of(relationship, resume), {"seen": mark_of(now(resume)), "note": "", **sent})

    assert response.status_code == 200
    assert words in text_of(response)
    assert now(resume).review == "pending"


def test_page_without_a_file_or_a_request_says_so(
    desk: Client, alice: User, relationship: Relationship
) -> None:
    bare = ResumeFactory(user=alice, title=CANARY, text=CANARY)

    page = desk.get(page_of(relationship, bare))

    assert "asks for no review" in text_of(page)
    assert "<script>alert" not in page.content.decode()
    refused = desk.post(page_of(relationship, bare), {"verdict": "approved", "seen": mark_of(now(bare))})
    assert "asks for no review" in text_of(refused)
    assert now(bare).review == "none"


def test_others_do_not_reach_the_page_and_leave_no_entry(
    client: Client, alice: User, charlie: User, staff: User, relationship: Relationship, resume: Resume
) -> None:
    with acting_as(alice.pk):
        Consent.objects.update(scopes=["matches"])
    for who in (alice, charlie, staff, relationship.coach, UserFactory(is_coach=True)):
        client.force_login(who)
        for method in (client.get, client.post):
            response = method(
                page_of(relationship, resume), {"verdict": "approved"} if method == client.post else None
            )
            assert response.status_code in {302, 403, 404}
    assert now(resume).review == "pending"
    assert looks_at(alice) == []
