"""Years and last use of skills, and aliases that are merged: nothing that is known of a skill is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from personas.identity import acting_as
from personas.models import User, UserSkill
from personas.services import ValuesRefused, change_skills, find_aliases, merge_skills
from personas.taxonomy import taxonomy
from tests.factories import UserFactory, UserSkillFactory

pytestmark = pytest.mark.django_db
LEVELS = UserSkill.Level.values


def rows_of(user: User) -> list[dict[str, Any]]:
    with acting_as(user.pk):
        return list(
            UserSkill.objects.order_by("skill_name").values(
                "skill_name", "years", "last_used", "evidence", "proficiency_level"
            )
        )


class TestDetails:
    """How long, and when last."""

    def test_saved_on_the_page(self, client: Client, alice: User) -> None:
        skill = UserSkillFactory(user=alice, skill_name="Python", proficiency_level="beginner")
        client.force_login(alice)
        sent = {f"level_{skill.pk}": "expert", f"years_{skill.pk}": "2.5", f"used_{skill.pk}": "2024"}

        client.post(reverse("personas:change_skills"), sent)

        (row,) = rows_of(alice)
        assert (row["proficiency_level"], row["years"], row["last_used"]) == ("expert", Decimal("2.5"), 2024)
        client.post(
            reverse("personas:change_skills"), {**sent, f"years_{skill.pk}": "", f"used_{skill.pk}": ""}
        )
        (row,) = rows_of(alice)
        assert (row["years"], row["last_used"]) == (None, None)

    @pytest.mark.parametrize(
        ("field", "text"),
        [("years", "61"), ("years", "-1"), ("years", "x"), ("used", "1800"), ("used", "3000")],
    )
    def test_what_cannot_be_is_told_and_nothing_is_saved(
        self, client: Client, alice: User, field: str, text: str
    ) -> None:
        skill = UserSkillFactory(user=alice, skill_name="Python", proficiency_level="beginner")
        client.force_login(alice)

        page = client.post(
            reverse("personas:change_skills"), {f"level_{skill.pk}": "expert", f"{field}_{skill.pk}": text}
        )

        assert "errorlist" in page.content.decode()
        assert rows_of(alice)[0]["proficiency_level"] == "beginner"

    def test_api_reads_and_writes_them(self, api: APIClient, alice: User) -> None:
        api.force_login(alice)

        made = api.post("/api/v1/skills/", {"name": "k8s", "level": "expert", "years": "3.5"}, format="json")
        address = f"/api/v1/skills/{made.json()['id']}/"
        changed = api.patch(address, {"last_used": 2023}, format="json")
        wrong = api.patch(address, {"last_used": 12}, format="json")

        assert (made.status_code, made.json()["years"]) == (201, "3.5")
        assert (changed.json()["years"], changed.json()["last_used"], changed.json()["level"]) == (
            "3.5",
            2023,
            "expert",
        )
        assert wrong.status_code == 400

    @pytest.mark.parametrize(
        "values",
        [{"years": Decimal(61)}, {"years": Decimal("NaN")}, {"last_used": 1900}, {"level": "wizard"}],
    )
    def test_service_refuses_what_cannot_be(self, alice: User, values: Any) -> None:
        skill = UserSkillFactory(user=alice)
        with acting_as(alice.pk), pytest.raises(ValuesRefused):
            change_skills(user=alice, details={skill.pk: values})

    def test_database_refuses_it_too(self, alice: User) -> None:
        skill = UserSkillFactory(user=alice)
        for values in ({"years": 61}, {"last_used": 1900}):
            with acting_as(alice.pk), pytest.raises(IntegrityError), transaction.atomic():
                UserSkill.objects.filter(pk=skill.pk).update(**values)

    def test_skill_of_somebody_else_stays(self, alice: User, charlie: User) -> None:
        skill = UserSkillFactory(user=alice, proficiency_level="expert")
        with acting_as(charlie.pk):
            assert change_skills(user=charlie, details={skill.pk: {"level": "beginner"}}) == 0
        assert rows_of(alice)[0]["proficiency_level"] == "expert"


class TestAliases:
    """Rows of other tools that are one skill."""

    def test_merged_on_the_page(self, client: Client, alice: User) -> None:
        for name, level, years, used, evidence in (
            ("k8s", "expert", None, 2020, "ran k8s"),
            ("Kubernetes", "beginner", Decimal(2), None, "Kubernetes course"),
            ("Python", "beginner", None, None, ""),
        ):
            UserSkillFactory(
                user=alice,
                skill_name=name,
                proficiency_level=level,
                years=years,
                last_used=used,
                evidence=evidence,
            )
        client.force_login(alice)
        page = client.get(reverse("personas:skills")).content.decode()
        assert "one skill under several names: Kubernetes, k8s" in page or "k8s, Kubernetes" in page

        client.post(reverse("personas:merge_skills"))

        kubernetes, python = rows_of(alice)
        assert python["skill_name"] == "Python"
        assert kubernetes["skill_name"] == "Kubernetes"
        assert (kubernetes["proficiency_level"], kubernetes["years"], kubernetes["last_used"]) == (
            "expert",
            Decimal(2),
            2020,
        )
        assert {"ran k8s", "Kubernetes course"} == set(kubernetes["evidence"].split(" / "))
        assert "Merge them" not in client.get(reverse("personas:skills")).content.decode()

    def test_merged_through_the_api(self, api: APIClient, alice: User) -> None:
        UserSkillFactory(user=alice, skill_name="k8s")
        UserSkillFactory(user=alice, skill_name="kube")
        api.force_login(alice)

        assert api.post("/api/v1/skills/merge/").json() == {"merged": 1}
        assert api.post("/api/v1/skills/merge/").json() == {"merged": 0}
        assert [row["skill_name"] for row in rows_of(alice)] == ["Kubernetes"]


class TestAnyAliases(TestCase):
    """Whatever rows there are."""

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["k8s", "K8S ", "Kubernetes", "kube", "C", "C++", "C#", "cpp", "golang", "Go", "My own"]
                ),
                st.sampled_from(LEVELS),
                st.none() | st.integers(0, 60),
            ),
            max_size=8,
            unique_by=lambda each: each[0].strip().lower(),
        )
    )
    def test_merging_loses_no_skill_and_takes_the_most_of_each(
        self, held: list[tuple[str, str, int | None]]
    ) -> None:
        user = UserFactory()
        for name, level, years in held:
            UserSkillFactory(user=user, skill_name=name, proficiency_level=level, years=years)
        with acting_as(user.pk):
            merged = merge_skills(user=user)
            left = list(UserSkill.objects.owned_by(user))

            key = taxonomy().key
            assert {key(row.skill_name) for row in left} == {key(name) for name, _level, _years in held}
            assert len(left) + merged == len(held)
            assert find_aliases(left) == []
            for row in left:
                same = [each for each in held if key(each[0]) == key(row.skill_name)]
                assert row.proficiency_level == max((level for _, level, _ in same), key=LEVELS.index)
                assert row.years == max((years for _, _, years in same if years is not None), default=None)
