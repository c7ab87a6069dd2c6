"""What a coach and the staff reach: each scope apart, every look written down once, and controls that must fail."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from coaching import looks
from coaching.models import SCOPES, AccessEntry, Consent
from personas.identity import acting_as
from personas.models import User
from tests.relevnt.test_access import (
    CANARY,
    COACHES,
    LEARNING,
    MATCHES,
    ROUTES,
    Answer,
    Harness,
    Route,
    _open_row_security,
    leaks,
    make_harness,
)
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.ignore_template_errors

# What opens the rows that an address is about, by its segment.
SCOPE_OF = {
    **dict.fromkeys(("personas", "matches", "weights", "clientpersona", "clientmatch"), "matches"),
    **dict.fromkeys(("rules", "decisions", "applications", "follow-ups"), "applications"),
    **dict.fromkeys(("clientrule", "clientdecision", "clientapplication", "clientfollowup"), "applications"),
    **dict.fromkeys(
        ("recommendations", "clientrecommendation", "learning-progress", "clientprogress"), "learning"
    ),
    **dict.fromkeys(("resumes", "skills", "clientresume", "clientskill"), "resume"),
}
OF_A_CLIENT = [route for route in ROUTES if route.is_of_a_client]
OF_COACHES = [route for route in ROUTES if route.is_of_coaching]

# Pages that read a client's rows and may tell of them without a word of theirs: counts, days, what is proposed.
TOLD_IN_FIGURES = {
    "admin:desk",
    "admin:index",
    "admin:coaching_cohort_change",
    "admin:coaching_cohort_csv",
    "admin:coaching_suggest",
    "api:coaching-desk",
    "api:coaching-cohort-progress",
}


@pytest.fixture
def harness(alice: User, bob: User, charlie: User, staff: User) -> Harness:
    return make_harness(alice, bob, charlie, staff)


def scope_of(route: Route) -> str:
    return next(SCOPE_OF[each] for each in reversed(route.pattern.split("/")) if each in SCOPE_OF)


def narrow(harness: Harness, **values: object) -> None:
    with acting_as(harness.alice.pk):
        Consent.objects.filter(pk=harness.things["consent"].pk).update(**values)


# --- each scope apart ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
def test_consent_to_one_scope_opens_its_pages_and_no_other(harness: Harness, scope: str) -> None:
    narrow(harness, scopes=[scope])
    faults, proven = [], 0
    for route in [*OF_COACHES, *(each for each in ROUTES if each.name in {"admin:index", "admin:desk"})]:
        answer = harness.visit("coach", route, "GET")
        found = list(leaks("coach", answer))
        found += [
            f"LEAK of {other}" for other in SCOPES if other != scope and f"{CANARY}-{other}" in answer.text
        ]
        if answer.opened - {scope}:
            found.append(f"opened {sorted(answer.opened)}")
        if route.is_of_a_client:
            is_open = scope_of(route) == scope
            if answer.status not in {200 if is_open else 404, 405}:
                found.append(f"status {answer.status}, open: {is_open}")
            if not is_open and answer.looks:
                found.append("a look at what is not granted")
            proven += is_open and f"{CANARY}-{scope}" in answer.text
        faults += [f"/{route.pattern}: {fault}" for fault in found]

    assert not faults, "\n".join(faults)
    assert proven >= 2


def test_every_address_of_a_client_has_a_scope_here() -> None:
    assert {scope_of(route) for route in OF_A_CLIENT} == set(SCOPES)
    assert len(OF_A_CLIENT) >= 30


@pytest.mark.parametrize(
    "values", [{"scopes": []}, {"revoked_at": "2026-03-02T09:00:00Z"}], ids=["narrowed to nothing", "revoked"]
)
def test_taking_consent_back_cuts_every_page_of_a_session_that_is_open(
    harness: Harness, values: dict[str, object]
) -> None:
    before = {route.pattern: harness.visit("coach", route, "GET").status for route in OF_A_CLIENT}
    narrow(harness, **values)
    answers = {route.pattern: harness.visit("coach", route, "GET") for route in OF_A_CLIENT}

    assert set(before.values()) <= {200, 405}
    assert {answer.status for answer in answers.values()} <= {404, 405}
    assert [pattern for pattern, answer in answers.items() if CANARY in answer.text or answer.looks] == []


# --- one entry a page view -------------------------------------------------------------------------------------------


def test_there_are_as_many_entries_as_foreign_reads(harness: Harness) -> None:
    read, written, untold = 0, 0, []
    for route in ROUTES:
        answer = harness.visit("coach", route, "GET")
        written += answer.looks
        shows = CANARY in answer.text or (route.is_of_a_client and answer.status == 200)
        read += shows or (route.name in TOLD_IN_FIGURES and answer.looks == 1)
        if answer.looks != shows and route.name not in TOLD_IN_FIGURES:
            untold.append(f"/{route.pattern}: {answer.looks} entries, shows: {shows}")

    assert untold == []
    assert {route.name for route in ROUTES} >= TOLD_IN_FIGURES
    assert written == read
    assert read >= 30


def test_staff_with_a_reason_read_one_person_and_each_page_is_written_down(
    harness: Harness, staff: User
) -> None:
    harness.client.cookies.clear()
    harness.client.force_login(staff)
    address = f"/admin/personas/user/{harness.alice.pk}/look/"
    assert harness.client.post(address, {"reason": "She asked for help"}).status_code == 302
    harness.cookies["staff"] = {name: morsel.value for name, morsel in harness.client.cookies.items()}
    faults, shown = [], 0
    for route in ROUTES:
        for method in route.methods:
            answer = harness.visit("staff", route, method)
            shown += CANARY in answer.text
            if CANARY in answer.text and answer.looks != 1:
                faults.append(f"{method} /{route.pattern}: LEAK written down {answer.looks} times")
            if answer.looks and answer.status >= 300:
                faults.append(f"{method} /{route.pattern}: an entry with status {answer.status}")
            if "zq-private" in answer.text:
                faults.append(f"{method} /{route.pattern}: LEAK of what a coach keeps")

    assert not faults, "\n".join(faults)
    assert shown >= 10


# --- controls ----------------------------------------------------------------------------------------------------------


def _grant_all(monkeypatch: pytest.MonkeyPatch, harness: Harness) -> None:
    """Patch both checks of `looks` away: whoever asks is told that everything is granted, and nothing is asked on writing."""
    everything = {harness.alice.pk: frozenset(SCOPES)}
    monkeypatch.setattr(looks, "granted_scopes", lambda coach, at=None: everything)
    monkeypatch.setattr(looks, "_WRITE", f"{looks._WRITE.partition('WHERE')[0]} RETURNING client_id")


def _write_nothing(entries: Sequence[AccessEntry]) -> set[UUID]:
    """Stand in for the entry: everybody is let through and nothing is written."""
    return {each.client_id for each in entries}


def _seen(harness: Harness, who: str) -> list[str]:
    return [f"/{route.pattern}" for route in OF_A_CLIENT if CANARY in harness.visit(who, route, "GET").text]


@pytest.mark.parametrize("who", COACHES[1:])
def test_row_security_alone_keeps_other_coaches_out(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    _grant_all(monkeypatch, harness)

    assert _seen(harness, who) == []


@pytest.mark.parametrize("who", COACHES[1:])
def test_the_check_of_looks_alone_keeps_other_coaches_out(harness: Harness, who: str) -> None:
    _open_row_security()

    assert _seen(harness, who) == []


def test_row_security_alone_shows_nothing_to_a_page_that_forgets_to_look(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_open", _write_nothing)

    assert _seen(harness, "coach") == []


@pytest.mark.parametrize("way", ["policies off", "as the owner of the tables"])
def test_control_without_both_walls_the_matrix_sees_the_leak(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _grant_all(monkeypatch, harness)
    if way == "policies off":
        _open_row_security()
        seen = _seen(harness, "coach paused")
    else:
        # Who owns the tables and passes by row security, as a superuser would.
        with as_role(OWNER_ROLE):
            seen = _seen(harness, "coach paused")

    assert len(seen) >= 10, seen


def test_control_a_read_that_is_not_written_down_is_seen(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open_row_security()
    monkeypatch.setattr(looks, "_open", _write_nothing)

    faults = [
        fault for route in OF_A_CLIENT for fault in leaks("coach", harness.visit("coach", route, "GET"))
    ]

    assert faults.count("LEAK of what is Alice's, written down 0 times") >= 10


def test_control_leaks_are_told_from_what_is_right() -> None:
    def answer(text: str, looks: int, status: int = 200) -> Answer:
        return Answer(status, "", text, "", looks, frozenset())

    assert list(leaks("coach", answer(MATCHES, 1))) == []
    assert list(leaks("owner", answer(MATCHES, 0))) == []
    for who, wrong in (
        ("coach", answer(MATCHES, 0)),
        ("coach", answer(MATCHES, 2)),
        ("coach", answer("", 1, 404)),
        ("coach", answer(f"{CANARY}-closed", 1)),
        ("coach paused", answer(LEARNING, 1)),
        ("coach ended", answer("", 1)),
        ("staff", answer(MATCHES, 0)),
        ("stranger", answer("alice@example.com", 0)),
        ("coach", answer("zq-private coach paused;", 0)),
        ("coach ended", answer("zq-between coach;", 0)),
    ):
        assert list(leaks(who, wrong)), (who, wrong)
