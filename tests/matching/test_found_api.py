"""The API of all open jobs, and of what people keep of them."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from matching.models import SavedSearch
from personas.identity import acting_as
from tests.matching.test_job_search import index, job


@pytest.fixture
def api(alice) -> APIClient:
    client = APIClient()
    client.force_login(alice)
    return client


def test_jobs_are_searched_page_by_page(api):
    for number in range(3):
        job(f"Cook {number}", workplace="remote")
    job("Baker", workplace="onsite")
    index()
    url = reverse("api:job-search")
    first = api.get(url, {"q": "cooks", "page_size": 2}).json()
    assert (first["total"], first["is_corrected"], len(first["results"])) == (3, False, 2)
    second = api.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (1, None)
    assert [each["title"] for each in api.get(url, {"workplace": "onsite"}).json()["results"]] == ["Baker"]


def test_a_slip_is_mended_and_told(api):
    job("Kubernetes Engineer")
    index()
    url = reverse("api:job-search")
    found = api.get(url, {"q": "kuberntes"}).json()
    assert (found["words"], found["is_corrected"], len(found["results"])) == ("kubernetes", True, 1)
    assert api.get(url, {"q": "kuberntes", "exactly": "true"}).json()["results"] == []
    job("Kubernetes Administrator")
    index()
    page = api.get(url, {"q": "kuberntes", "page_size": 1}).json()
    assert len(api.get(page["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"cursor": "x"}, 404),
        ({"q": "x" * 201}, 400),
        ({"workplace": "moon"}, 400),
        ({"place": "Nowhereville xx"}, 400),
        ({"minimum_pay": "-1"}, 400),
    ],
    ids=str,
)
def test_what_cannot_be_searched_is_refused(api, asked, status):
    assert api.get(reverse("api:job-search"), asked).status_code == status


def test_jobs_are_kept_once_and_forgotten(api, bob):
    found = job("Cook")
    url = reverse("api:saved-job-list")
    kept = api.post(url, {"job": str(found.pk)}, format="json")
    assert (kept.status_code, kept.json()["job"]["title"]) == (201, "Cook")
    assert api.post(url, {"job": str(found.pk)}, format="json").json()["id"] == kept.json()["id"]
    assert len(api.get(url).json()["results"]) == 1
    stranger = APIClient()
    with acting_as(bob.pk):
        stranger.force_login(bob)
    one = reverse("api:saved-job-detail", args=[kept.json()["id"]])
    assert (stranger.get(url).json()["results"], stranger.delete(one).status_code) == ([], 404)
    assert api.delete(one).status_code == 204
    assert api.post(url, {"job": "00000000-0000-4000-8000-000000000000"}, format="json").status_code == 404


def test_searches_are_kept_changed_and_asked_for_what_is_new(api, alice, bob):
    url = reverse("api:saved-search-list")
    made = api.post(url, {"name": "Cooks", "query": "q=cook&utm=1", "notify": True}, format="json")
    assert (made.status_code, made.json()["query"], made.json()["notify"]) == (201, "q=cook", True)
    found = job("Cook")
    index()
    new = reverse("api:saved-search-new", args=[made.json()["id"]])
    assert api.get(new).json() == {"jobs": [str(found.pk)]}
    one = reverse("api:saved-search-detail", args=[made.json()["id"]])
    assert api.patch(one, {"name": "Chefs"}, format="json").json()["name"] == "Chefs"
    assert api.patch(one, {"notify": False}, format="json").json()["notify"] is False
    assert api.post(url, {"name": "Chefs", "query": "q=x"}, format="json").status_code == 400
    assert api.post(url, {"name": "Nothing", "query": "page=2"}, format="json").status_code == 400
    stranger = APIClient()
    with acting_as(bob.pk):
        stranger.force_login(bob)
    assert {stranger.get(new).status_code, stranger.patch(one, {"name": "x"}, format="json").status_code} == {
        404
    }
    assert api.delete(one).status_code == 204
    with acting_as(alice.pk):
        assert not SavedSearch.objects.exists()
