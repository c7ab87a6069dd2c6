"""Skills that are near those somebody has: from what, in which order, and only by a tick."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from matching.inferred_skills import LEAST, MOST, infer_skills
from personas.identity import acting_as
from personas.models import User, UserSkill
from tests.factories import UserSkillFactory

NEAR: Mapping[str, Mapping[str, int]] = {
    "kubernetes": {"docker": 40, "helm": 40, "python": 30, "go": 10},
    "terraform": {"docker": 30, "aws": 35},
}


def near(key: str) -> Mapping[str, int]:
    return NEAR.get(key, {})


def test_the_nearest_come_first_with_what_they_are_inferred_from() -> None:
    found = infer_skills(["terraform", "kubernetes", "python"], near=near)

    assert [(each.key, each.nearness, each.because) for each in found] == [
        ("docker", 70, ("kubernetes", "terraform")),
        ("helm", 40, ("kubernetes",)),
        ("aws", 35, ("terraform",)),
    ]


keys = st.sampled_from("abcdefgh")
graphs = st.dictionaries(keys, st.dictionaries(keys, st.integers(0, 60), max_size=6), max_size=8)


@given(graphs, st.sets(keys))
def test_nothing_held_is_inferred_and_every_reason_is_held(
    graph: dict[str, dict[str, int]], held: set[str]
) -> None:
    found = infer_skills(held, near=lambda key: graph.get(key, {}))

    assert len(found) <= MOST
    for each in found:
        assert each.key not in held
        assert set(each.because) <= held
        assert all(graph[reason][each.key] >= LEAST for reason in each.because)
    assert found == infer_skills(sorted(held, reverse=True), near=lambda key: graph.get(key, {}))


@pytest.mark.django_db
class TestPage:
    """The part of the page of skills."""

    def test_proposes_with_the_reason_and_adds_nothing(self, client: Client, alice: User) -> None:
        UserSkillFactory(user=alice, skill_name="Kubernetes")
        client.force_login(alice)

        page = client.get(
            reverse("matching:inferred_skills"), headers={"HX-Request": "true"}
        ).content.decode()

        assert "because you have Kubernetes" in page
        assert "<html" not in page
        assert "<html" in client.get(reverse("matching:inferred_skills")).content.decode()
        with acting_as(alice.pk):
            assert UserSkill.objects.count() == 1

    def test_a_tick_adds_it_as_inferred_from_that(self, client: Client, alice: User) -> None:
        UserSkillFactory(user=alice, skill_name="Kubernetes")
        client.force_login(alice)
        form = client.get(reverse("matching:inferred_skills")).context["proposals"]
        number, proposal = next(iter(form.open.items()))

        client.post(
            reverse("matching:inferred_skills"), {f"take_{number}": "on", f"level_{number}": "beginner"}
        )

        with acting_as(alice.pk):
            added = UserSkill.objects.get(skill_name=proposal.skill)
        assert (added.source, added.evidence) == ("inferred", "because you have Kubernetes")
        assert "because you have Kubernetes" in client.get(reverse("personas:skills")).content.decode()

    def test_nothing_ticked_is_said(self, client: Client, alice: User) -> None:
        UserSkillFactory(user=alice, skill_name="Kubernetes")
        client.force_login(alice)

        assert "Nothing is ticked" in client.post(reverse("matching:inferred_skills"), {}).content.decode()

    def test_without_skills_there_is_nothing(self, client: Client, alice: User) -> None:
        client.force_login(alice)

        assert "Nothing is near enough" in client.get(reverse("matching:inferred_skills")).content.decode()
