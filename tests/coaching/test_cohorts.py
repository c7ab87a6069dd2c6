"""Groups of clients: names, members, and what happens when two do it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaching.cohorts import (
    CohortGone,
    CohortNameTaken,
    MemberGone,
    add_members,
    checked_name,
    create_cohort,
    delete_cohort,
    remove_member,
    rename_cohort,
)
from coaching.models import Cohort, CohortMember, Relationship
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, Refused, ValuesRefused
from tests.factories import CohortFactory, CohortMemberFactory, RelationshipFactory, UserFactory

LIST = "admin:coaching_cohort_changelist"


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice)


@pytest.fixture
def cohort(bob: User) -> Cohort:
    return CohortFactory(coach=bob, name="Spring course")


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """A browser in which Bob is signed in."""
    client.force_login(bob)
    return client


def names_of(bob: User) -> list[str]:
    with acting_as(bob.pk):
        return sorted(Cohort.objects.owned_by(bob).values_list("name", flat=True))


def members_of(cohort: Cohort) -> list[CohortMember]:
    with acting_as(cohort.coach_id):
        return list(CohortMember.objects.filter(cohort=cohort))


def address(name: str, cohort: Cohort) -> str:
    return reverse(f"admin:coaching_cohort_{name}", args=[cohort.pk])


# --- the service -------------------------------------------------------------------------------------------------------


def test_cohort_is_made_with_a_tidy_name(bob: User) -> None:
    with acting_as(bob.pk):
        create_cohort(coach=bob, name="  Spring \n course ")

    assert names_of(bob) == ["Spring course"]


@pytest.mark.parametrize("name", ["Spring course", "SPRING COURSE", " spring  course "])
def test_name_is_taken_whatever_its_case(bob: User, cohort: Cohort, name: str) -> None:
    with acting_as(bob.pk), pytest.raises(CohortNameTaken):
        create_cohort(coach=bob, name=name)

    assert names_of(bob) == ["Spring course"]


def test_two_coaches_may_use_one_name(bob: User, cohort: Cohort) -> None:
    other = UserFactory(is_coach=True)
    with acting_as(other.pk):
        create_cohort(coach=other, name="Spring course")

    assert names_of(other) == names_of(bob)


@pytest.mark.parametrize("name", ["", "   ", "\0", "a" * 256])
def test_name_that_cannot_be_kept_is_refused(bob: User, name: str) -> None:
    with acting_as(bob.pk), pytest.raises(ValuesRefused) as refused:
        create_cohort(coach=bob, name=name)

    assert list(refused.value.faults) == ["name"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_kept_name_is_kept_as_it_is(name: str) -> None:
    try:
        kept = checked_name(name)
    except ValuesRefused:
        return

    assert checked_name(kept) == kept
    assert 0 < len(kept) <= 255


def test_renaming_to_another_case_of_itself(bob: User, cohort: Cohort) -> None:
    with acting_as(bob.pk):
        rename_cohort(cohort=cohort, name="SPRING course")

    assert names_of(bob) == ["SPRING course"]


def test_renaming_to_a_name_that_is_taken(bob: User, cohort: Cohort) -> None:
    CohortFactory(coach=bob, name="Autumn")
    with acting_as(bob.pk), pytest.raises(CohortNameTaken):
        rename_cohort(cohort=cohort, name="autumn")


def test_clients_are_added_once(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    other = RelationshipFactory(coach=bob)
    with acting_as(bob.pk):
        first = add_members(cohort=cohort, relationships=[relationship])
        second = add_members(cohort=cohort, relationships=[relationship, other, other])

    assert (first, second) == (1, 1)
    assert {each.relationship_id for each in members_of(cohort)} == {relationship.pk, other.pk}


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_only_active_clients_are_added(
    bob: User, cohort: Cohort, relationship: Relationship, status: str
) -> None:
    inactive = RelationshipFactory(coach=bob, status=status)
    with acting_as(bob.pk), pytest.raises(ValuesRefused):
        add_members(cohort=cohort, relationships=[relationship, inactive])

    assert members_of(cohort) == []


def test_clients_of_another_coach_are_refused(bob: User, cohort: Cohort) -> None:
    strange = RelationshipFactory()
    with acting_as(bob.pk), pytest.raises(ValuesRefused):
        add_members(cohort=cohort, relationships=[strange])

    assert members_of(cohort) == []


def test_member_is_taken_out_once(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    member = CohortMemberFactory(cohort=cohort, relationship=relationship)
    with acting_as(bob.pk):
        remove_member(member=member)
        with pytest.raises(MemberGone):
            remove_member(member=member)


def test_what_was_deleted_is_gone(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    with acting_as(bob.pk):
        delete_cohort(cohort=Cohort.objects.get(pk=cohort.pk))
        delete_cohort(cohort=cohort)
        with pytest.raises(CohortGone):
            rename_cohort(cohort=cohort, name="Autumn")
        with pytest.raises(CohortGone):
            add_members(cohort=cohort, relationships=[relationship])


def test_deleting_leaves_the_clients(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    CohortMemberFactory(cohort=cohort, relationship=relationship)
    with acting_as(bob.pk):
        delete_cohort(cohort=cohort)

        assert Relationship.objects.filter(pk=relationship.pk).exists()


# --- races -------------------------------------------------------------------------------------------------------------


def at_once(user: User, *works: Callable[[], Any]) -> list[str]:
    """Run each work in a connection of its own at the same time; give how each ended."""
    ends: list[str] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait()
            with acting_as(user.pk):
                work()
            ends.append("done")
        except Refused as refused:
            ends.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
def test_one_name_at_once_is_taken_once(bob: User) -> None:
    ends = at_once(bob, *[lambda: create_cohort(coach=bob, name="Spring")] * 4)

    assert ends == ["CohortNameTaken"] * 3 + ["done"]
    assert names_of(bob) == ["Spring"]


@pytest.mark.django_db(transaction=True)
def test_one_client_added_at_once_is_in_it_once(
    bob: User, cohort: Cohort, relationship: Relationship
) -> None:
    ends = at_once(bob, *[lambda: add_members(cohort=cohort, relationships=[relationship])] * 4)

    assert ends == ["done"] * 4
    assert len(members_of(cohort)) == 1


@pytest.mark.django_db(transaction=True)
def test_adding_while_deleting_is_done_or_gone(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    ends = at_once(
        bob,
        lambda: add_members(cohort=cohort, relationships=[relationship]),
        lambda: delete_cohort(cohort=cohort),
    )

    assert ends in (["done", "done"], ["CohortGone", "done"])
    assert names_of(bob) == []
    assert members_of(cohort) == []


@pytest.mark.django_db(transaction=True)
def test_removing_at_once_is_done_once(bob: User, cohort: Cohort, relationship: Relationship) -> None:
    member = CohortMemberFactory(cohort=cohort, relationship=relationship)

    ends = at_once(bob, *[lambda: remove_member(member=member)] * 3)

    assert ends == ["MemberGone"] * 2 + ["done"]


@pytest.mark.django_db(transaction=True)
def test_account_that_is_deleted_meanwhile_is_gone(bob: User) -> None:
    stranger = User(email="gone@example.com")
    with acting_as(bob.pk), pytest.raises(Gone):
        create_cohort(coach=stranger, name="Spring")


# --- pages -------------------------------------------------------------------------------------------------------------


def test_walk_from_a_new_cohort_to_its_end(desk: Client, bob: User, relationship: Relationship) -> None:
    assert "No cohort yet" in desk.get(reverse(LIST)).content.decode()

    made = desk.post(reverse("admin:coaching_cohort_add"), {"name": "Spring course"})
    with acting_as(bob.pk):
        cohort = Cohort.objects.get()
    assert made["Location"] == address("members", cohort)
    desk.post(address("members", cohort), {"clients": [relationship.pk]})
    (member,) = members_of(cohort)
    assert "Alice" in desk.get(address("change", cohort)).content.decode()
    desk.post(address("rename", cohort), {"name": "Summer course"})
    assert names_of(bob) == ["Summer course"]
    desk.post(address("remove", cohort), {"member": member.pk})
    assert members_of(cohort) == []
    desk.post(address("delete", cohort))

    assert names_of(bob) == []


@pytest.mark.parametrize(
    ("page", "sent", "said"),
    [
        ("add", {"name": ""}, "This field is required"),
        ("add", {"name": "spring COURSE"}, "You have a cohort of this name already."),
        ("rename", {"name": "autumn"}, "You have a cohort of this name already."),
        ("members", {}, "Choose at least one client."),
        ("members", {"clients": ["not a key"]}, "not a key"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    desk: Client,
    bob: User,
    cohort: Cohort,
    relationship: Relationship,
    page: str,
    sent: dict[str, Any],
    said: str,
) -> None:
    CohortFactory(coach=bob, name="Autumn")
    url = reverse("admin:coaching_cohort_add") if page == "add" else address(page, cohort)

    response = desk.post(url, sent)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert names_of(bob) == ["Autumn", "Spring course"]


def test_members_page_offers_active_clients_who_are_not_in_it(
    desk: Client, bob: User, cohort: Cohort, relationship: Relationship
) -> None:
    CohortMemberFactory(cohort=cohort, relationship=relationship)
    RelationshipFactory(coach=bob, client=UserFactory(display_name="Paul"), status="ended")
    RelationshipFactory(coach=bob, client=UserFactory(display_name="Mara"))
    RelationshipFactory(client=UserFactory(display_name="Stranger"))

    html = desk.get(address("members", cohort)).content.decode()

    assert "Mara" in html
    assert "Paul" not in html
    assert "Stranger" not in html


@pytest.mark.parametrize("page", ["change", "rename", "delete", "members", "remove", "csv"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_cohort_of_another_coach_is_not_there(desk: Client, page: str, method: str) -> None:
    other = CohortFactory()

    response = getattr(desk, method)(address(page, other), {"name": "mine", "member": other.pk})

    assert response.status_code == (403 if method == "post" and page in {"change", "csv"} else 404)


@pytest.mark.parametrize("page", ["change", "rename", "delete", "members", "remove", "csv"])
def test_pages_are_for_coaches_alone(client: Client, staff: User, cohort: Cohort, page: str) -> None:
    client.force_login(staff)

    assert client.get(address(page, cohort)).status_code == 403
    assert client.get(reverse(LIST)).status_code == 403


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_member_who_is_not_there(desk: Client, cohort: Cohort, key: str) -> None:
    assert desk.post(address("remove", cohort), {"member": key}).status_code == 404


def test_list_asks_as_often_for_twenty_as_for_one(desk: Client, bob: User, cohort: Cohort) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get(reverse(LIST))
        return len(asked)

    one = queries()
    CohortFactory.create_batch(19, coach=bob)

    assert queries() == one


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(name=st.text(max_size=300))
def test_any_name_is_taken_or_explained(desk: Client, bob: User, name: str) -> None:
    desk.force_login(bob)

    response = desk.post(
        reverse("admin:coaching_cohort_add"), {"name": name.encode("utf-8", "replace").decode()}
    )

    assert response.status_code in {200, 302}
