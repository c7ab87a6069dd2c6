"""Reasons in other words: only for who asked, only what is faithful, and never beside another reason than its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from learning.models import LearningSettings, LearningState, Recommendation
from learning.progress import edit_settings
from learning.tasks import write_other_words
from learning.wording import _find_wanted, _keep
from matching.models import WriterDay
from matching.writer import Writer, current_writer
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from tests import writers
from tests.factories import RecommendationFactory, UserFactory
from tests.roles import as_role
from tests.writers import PlayedWriter

pytestmark = pytest.mark.django_db
WARM = "Terraform is worth a look: {}"


@pytest.fixture
def writer(settings: Any) -> Iterator[PlayedWriter]:
    with PlayedWriter().running() as played:
        settings.WRITER_URL, settings.WRITER_MODEL, settings.WRITER_KEY = played.url, "small-1", ""
        settings.WRITER_SECONDS, settings.WRITER_CALLS_PER_DAY = 5.0, 200
        played.reply = writers.echoes(lambda told: WARM.format(told.removeprefix("Terraform: ")))
        yield played


@pytest.fixture
def row(alice: User, persona: Persona, count_again: Callable[..., LearningState]) -> Recommendation:
    """What Alice is recommended, live today."""
    count_again(persona, now=timezone.now())
    with acting_as(alice.pk):
        Recommendation.objects.exclude(target_skill="Terraform").delete()
        return Recommendation.objects.get()


def agree(user: User, use: bool = True) -> None:
    with acting_as(user.pk):
        edit_settings(user=user, use_writer=use)


def run() -> int:
    with as_role(WORKER_ROLE):
        return write_other_words()


def again(row: Recommendation) -> Recommendation:
    with acting_as(row.user_id):
        return Recommendation.objects.get(pk=row.pk)


def test_without_a_word_of_the_person_nothing_leaves(writer: PlayedWriter, row: Recommendation) -> None:
    assert run() == 0

    assert not writer.asked
    assert again(row).other_words == ""


def test_sentence_and_skill_leave_and_nothing_else_of_the_person(
    writer: PlayedWriter, row: Recommendation, alice: User
) -> None:
    agree(alice)

    assert run() == 1

    (asked,) = writer.asked
    assert asked["messages"][-1]["content"] == f"Terraform: {row.reason_text}"
    assert "Alice" not in str(asked)
    assert again(row).other_words == WARM.format(row.reason_text)
    assert again(row).reason_text == row.reason_text
    assert again(row).written_by.startswith("small-1 (127.0.0.1:")
    assert run() == 0
    assert len(writer.asked) == 1


def test_agreement_holds_for_the_host_that_was_shown(
    writer: PlayedWriter, row: Recommendation, alice: User, settings: Any
) -> None:
    agree(alice)
    settings.WRITER_URL = "http://127.0.0.1:9/v1"

    assert run() == 0

    with as_role(WORKER_ROLE):
        assert not WriterDay.objects.exists()


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda told: told + " And 3 more.", "number"),
        (lambda told: told + " Kubernetes helps as well.", "skill"),
        (lambda told: "Ask Initech about it. " + told, "name"),
        (lambda _told: "<html><body>Sign in to go on</body></html>", "markup"),
        (lambda _told: "", "empty"),
    ],
)
def test_invention_is_refused_once_and_told(
    writer: PlayedWriter,
    row: Recommendation,
    alice: User,
    client: Client,
    change: Callable[[str], str],
    because: str,
) -> None:
    agree(alice)
    writer.reply = writers.echoes(change)

    assert (run(), run()) == (0, 0)

    assert len(writer.asked) == 1
    assert (again(row).other_words, again(row).refused_because) == ("", because)
    client.force_login(alice)
    html = client.get(reverse("learning:recommendation", args=[row.pk])).content.decode()
    assert "The words of the writer were refused" in html
    assert "In other words" not in html


@pytest.mark.parametrize("reply", [writers.gives(500), writers.is_late(30), writers.hangs_up])
def test_failing_writer_costs_nothing_and_is_asked_again(
    writer: PlayedWriter, row: Recommendation, alice: User, settings: Any, reply: writers.Reply
) -> None:
    settings.WRITER_SECONDS = 0.5
    agree(alice)
    good, writer.reply = writer.reply, reply
    assert run() == 0
    writer.reply = good

    assert run() == 1


def test_words_for_a_sentence_that_has_changed_meanwhile_are_dropped(
    writer: PlayedWriter, row: Recommendation, alice: User
) -> None:
    agree(alice)
    asked: list[str] = []

    def change_it(text: str) -> str:
        asked.append(text)
        return text

    writer.reply = writers.echoes(change_it)
    with as_role(WORKER_ROLE):
        wanted = next(iter(_find_wanted(current_writer(), timezone.now())))
    with acting_as(alice.pk):
        Recommendation.objects.filter(pk=row.pk).update(reason_text="Asked for by 2 of your 9 best roles.")
    with as_role(WORKER_ROLE):
        assert not _keep(wanted, current_writer(), text="Late words for an old sentence.", fault="")

    assert again(row).written_text == ""
    assert run() == 1
    assert asked == ["Terraform: Asked for by 2 of your 9 best roles."]


def test_words_that_come_after_it_was_switched_off_are_dropped(
    writer: PlayedWriter, row: Recommendation, alice: User
) -> None:
    agree(alice)
    with as_role(WORKER_ROLE):
        wanted = next(iter(_find_wanted(current_writer(), timezone.now())))
    agree(alice, use=False)

    with as_role(WORKER_ROLE):
        assert not _keep(wanted, Writer("small-1", writer.url.split("/")[2]), text="Late words.", fault="")
    assert again(row).written_text == ""


def test_switching_it_off_takes_the_words_away(
    writer: PlayedWriter, row: Recommendation, alice: User
) -> None:
    agree(alice)
    run()

    agree(alice, use=False)

    kept = again(row)
    assert (kept.written_text, kept.written_for, kept.written_by) == ("", "", "")
    assert run() == 0


def test_expired_and_foreign_language_reasons_stay_here(
    writer: PlayedWriter, row: Recommendation, alice: User
) -> None:
    agree(alice)
    with acting_as(alice.pk):
        Recommendation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(days=1))
        german = UserFactory(locale="de")
    with acting_as(german.pk):
        RecommendationFactory(user=german, reason_text="Verlangt von 3 der 9 besten Stellen.")
        LearningSettings.objects.create(user=german, writer_host=writer.url.split("/")[2])

    assert run() == 0
    assert not writer.asked


def test_budget_ends_the_run(writer: PlayedWriter, row: Recommendation, alice: User, settings: Any) -> None:
    settings.WRITER_CALLS_PER_DAY = 1
    agree(alice)
    with acting_as(alice.pk):
        RecommendationFactory(
            user=alice, target_skill="Ansible", reason_text="Asked for by 3 of your 9 best roles."
        )

    run()
    run()

    assert len(writer.asked) == 1


# --- the page, and the API -----------------------------------------------------------------------------------------


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_page_shows_other_words_beside_the_counted_sentence(
    writer: PlayedWriter, row: Recommendation, alice: User, hers: Client
) -> None:
    agree(alice)
    run()

    for address in (reverse("learning:overview"), reverse("learning:recommendation", args=[row.pk])):
        html = hers.get(address).content.decode()
        assert row.reason_text in html
        assert WARM.format(row.reason_text) in html
        assert "In other words, by small-1" in html


def test_settings_name_the_host_and_take_the_word(writer: PlayedWriter, alice: User, hers: Client) -> None:
    address = reverse("learning:settings")
    assert writer.url.split("/")[2] in hers.get(address).content.decode()

    hers.post(address, {"hours_per_week": "7", "use_writer": "on"})

    assert hers.get("/api/v1/learning/settings/").json() == {
        "hours_per_week": 7,
        "use_writer": True,
        "writer": f"small-1 ({writer.url.split('/')[2]})",
    }
    hers.post(address, {"hours_per_week": "7"})
    assert hers.get("/api/v1/learning/settings/").json()["use_writer"] is False


def test_without_a_writer_nothing_is_asked_and_nothing_can_be_agreed(alice: User, hers: Client) -> None:
    assert "use_writer" not in hers.get(reverse("learning:settings")).content.decode()
    answer = hers.patch("/api/v1/learning/settings/", {"use_writer": True}, content_type="application/json")
    assert answer.status_code == 400
    assert "This copy of Relevnt has no writer." in answer.content.decode()
    with acting_as(alice.pk), pytest.raises(ValuesRefused):
        edit_settings(user=alice, use_writer=True)


def test_hours_and_word_change_alone(writer: PlayedWriter, hers: Client) -> None:
    def send(**values: object) -> Any:
        return hers.patch("/api/v1/learning/settings/", values, content_type="application/json").json()

    assert send(use_writer=True)["hours_per_week"] == 5
    assert send(hours_per_week=9)["use_writer"] is True
