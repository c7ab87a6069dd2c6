"""Pages of the tuner: weights tried, kept, renamed, made default, deleted and taken back, with htmx and without."""

from __future__ import annotations

import re
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matching import tuner
from matching.forms import UndoForm, sign_steps
from matching.models import Match, TunerSettings
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.factories import MatchFactory, PersonaFactory, TunerSettingsFactory
from tests.matching.market import FITS, PAYS, open_jobs, wants_data_and_pay
from tests.relevnt.test_access import FACTORS
from tests.relevnt.test_look import PageReader
from tests.roles import as_role

TUNER = "/tuner/"
HTMX = {"HX-Request": "true"}
WORK = {"skill": "100", "salary": "0", "location": "0", "remote": "0", "industry": "0"}
PAY = {"skill": "1", "salary": "99", "location": "0", "remote": "0", "industry": "0"}
NONE = dict.fromkeys(WORK, "0")


@pytest.fixture(autouse=True)
def no_jobs(db: None) -> None:
    """No job is open until a test opens some."""
    open_jobs()


@pytest.fixture
def persona(alice: User) -> Persona:
    return wants_data_and_pay(PersonaFactory(user=alice, name="Data engineer", is_active=True))


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def titles(response: Any) -> list[str]:
    return re.findall(r'<h3 class="match__title">(?:<a[^>]*>)?([^<]+)', response.content.decode())


def presets_of(user: User) -> list[dict[str, Any]]:
    fields = ("pk", "name", "is_default", "created_at", *(f"{each}_weight" for each in WORK))
    with acting_as(user.pk):
        return list(TunerSettings.objects.owned_by(user).order_by("pk").values(*fields))


class Forms(HTMLParser):
    """What a browser without scripts would send: each form's address and fields, and the addresses of its buttons."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.found.append({"action": named.get("action"), "fields": {}, "buttons": []})
        elif tag == "input" and self.found and named.get("name"):
            self.found[-1]["fields"][named["name"]] = named.get("value") or ""
        elif tag == "button" and self.found:
            self.found[-1]["buttons"].append(named.get("formaction") or self.found[-1]["action"])

    def with_button(self, address: str) -> dict[str, str]:
        """The fields of the form that has a button leading there."""
        (fields,) = [form["fields"] for form in self.found if address in form["buttons"]]
        return fields


def press_undo(client: Client, response: Any) -> Any:
    """Press "Undo" on a page as a browser without scripts does."""
    (form,) = [form for form in Forms(response).found if "undo" in (form["action"] or "")]
    return client.post(form["action"], form["fields"], follow=True)


# --- trying ----------------------------------------------------------------------------------------------------------


def test_sliders_stand_at_the_usual_weights_with_their_shares(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS)

    html = text_of(signed_in.get(TUNER))

    # The persona asks for a title and for pay alone: 30 and 25 share the score.
    assert "55 % of the score" in html
    assert "45 % of the score" in html
    assert html.count("not asked by this persona") == 3
    assert html.count('type="range"') == 5
    for name, value in {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10}.items():
        assert re.search(rf'<input type="range" name="{name}" value="{value}" [^>]*min="0" max="100"', html)


def test_weights_reorder_the_jobs_and_say_how_far_each_moved(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS, PAYS)
    with acting_as(persona.user_id):
        TunerSettingsFactory(user=persona.user, is_default=True, skill_weight="1", salary_weight="0")

    before, after = signed_in.get(TUNER), signed_in.get(TUNER, PAY)

    assert (titles(before), titles(after)) == ([FITS[0], PAYS[0]], [PAYS[0], FITS[0]])
    assert "This is the order of your matches." in text_of(before)
    assert "places" not in text_of(before).replace("data-", "") or "up 1 place" not in text_of(before)
    assert [said in text_of(after) for said in ("▲ 1", "up 1 place<", "▼ 1", "down 1 place<")] == [True] * 4
    assert "2 of the 2 jobs shown stand elsewhere" in text_of(after)


def test_job_that_the_saved_weights_do_not_rank_is_new(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS)
    unasked = {f"{each}_weight": "0" for each in WORK} | {"remote_weight": "1"}
    TunerSettingsFactory(user=persona.user, is_default=True, **unasked)

    html = text_of(signed_in.get(TUNER, WORK))

    assert '<span class="ranked__moved" data-way="new">new</span>' in html


def test_slider_is_answered_with_the_ranking_alone(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS, PAYS)

    response = signed_in.get(TUNER, {"persona": persona.pk, **PAY}, headers=HTMX)

    assert titles(response) == [PAYS[0], FITS[0]]
    assert "<html" not in text_of(response)
    assert "<form" not in text_of(response)
    assert '<p id="ranking-said" hx-swap-oob="innerHTML">' in text_of(response)


def test_form_asks_for_the_latest_ranking_only(signed_in: Client, persona: Persona) -> None:
    html = text_of(signed_in.get(TUNER))

    assert 'hx-trigger="input delay:40ms"' in html
    assert 'hx-sync="this:replace"' in html
    assert 'hx-params="not csrfmiddlewaretoken"' in html
    assert re.search(r'<script src="/static/tuner[^"]*\.js" defer></script>', html)


def test_button_ranks_without_scripts_and_leaves_an_address(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS, PAYS)
    fields = Forms(signed_in.get(TUNER)).with_button(TUNER)

    response = signed_in.post(TUNER, {**fields, **PAY}, follow=True)

    assert titles(response) == [PAYS[0], FITS[0]]
    address = response.redirect_chain[-1][0]
    assert "salary=99" in address
    assert "csrf" not in address
    assert titles(signed_in.get(address)) == [PAYS[0], FITS[0]]


def test_all_zero_counts_as_the_usual_weights_and_says_so(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS, PAYS)

    html = text_of(signed_in.get(TUNER, NONE))

    assert "All five stand at zero, so the usual weights count." in html
    assert "55 % of the score" in html
    assert titles(signed_in.get(TUNER, NONE)) == titles(signed_in.get(TUNER))


def test_zero_on_everything_asked_leaves_nothing_to_rank_by(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS)

    assert "every weight that it asks for stands at zero" in text_of(
        signed_in.get(TUNER, {**NONE, "remote": "5"})
    )


@pytest.mark.parametrize("wrong", ["101", "-1", "x", "", "1.5", "9" * 400])
@pytest.mark.parametrize("method", ["get", "post"])
def test_weight_out_of_range_is_said_at_its_slider(
    signed_in: Client, persona: Persona, wrong: str, method: str
) -> None:
    open_jobs(FITS)

    response = getattr(signed_in, method)(TUNER, {**WORK, "salary": wrong})

    assert response.status_code == 200
    assert "Give a whole percent from 0 to 100." in text_of(response)
    assert "Until all five are, “Balanced” is shown." in text_of(response)
    assert titles(response) == [FITS[0]]


def test_preset_that_is_chosen_moves_the_sliders(signed_in: Client, persona: Persona) -> None:
    mine = TunerSettingsFactory(user=persona.user, name="Night shifts", salary_weight="0.77")

    ready = text_of(signed_in.get(TUNER, {"preset": "pay_first"}))
    own = text_of(signed_in.get(TUNER, {"preset": mine.pk}))

    assert 'name="salary" value="50"' in ready
    assert 'name="salary" value="77"' in own
    assert re.search(r'aria-current="true">Pay first', ready)
    assert re.search(r'aria-current="true">Night shifts', own)


def test_default_preset_is_where_the_sliders_stand_at_first(signed_in: Client, persona: Persona) -> None:
    TunerSettingsFactory(user=persona.user, name="Mine", salary_weight="0.66", is_default=True)

    html = text_of(signed_in.get(TUNER))

    assert 'name="salary" value="66"' in html
    assert "Your matches are weighed with “Mine”." in html


def test_without_a_persona_it_asks_for_one(signed_in: Client) -> None:
    assert "You have no persona yet" in text_of(signed_in.get(TUNER))


def test_without_jobs_it_says_who_adds_them(signed_in: Client, persona: Persona) -> None:
    open_jobs()

    assert "No jobs have come in yet" in text_of(signed_in.get(TUNER))


def test_pages_keep_the_weights(signed_in: Client, persona: Persona) -> None:
    open_jobs(*((FITS[0], 60_000 + number) for number in range(23)))

    first = signed_in.get(TUNER, WORK)
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = signed_in.get(following.replace("&amp;", "&"))

    assert "skill=100" in following
    assert [len(titles(first)), len(titles(second))] == [20, 3]
    assert ["Ranks 1 to 20 of 23" in text_of(first), "Ranks 21 to 23 of 23" in text_of(second)] == [True] * 2
    assert 'rel="prev"' in text_of(second)


def test_job_leads_to_its_match_where_one_is_kept_else_to_its_score_of_now(
    signed_in: Client, persona: Persona
) -> None:
    kept, other = open_jobs(FITS, PAYS)
    match = MatchFactory(persona=persona, job=kept, match_factors=FACTORS)

    html = text_of(signed_in.get(TUNER))

    assert f'href="/matches/{match.pk}/"' in html
    assert f'href="/personas/{persona.pk}/jobs/{other.pk}/"' in html


def test_trying_saves_nothing(signed_in: Client, persona: Persona) -> None:
    open_jobs(FITS, PAYS)
    TunerSettingsFactory(user=persona.user)

    def kept() -> list[Any]:
        with as_role(WORKER_ROLE):
            return [list(model.objects.order_by("pk").values()) for model in (TunerSettings, Match, Persona)]

    before = kept()
    for preset in ("pay_first", ""):
        signed_in.get(TUNER, {"preset": preset, **PAY})
        signed_in.post(TUNER, {"preset": preset, **PAY})

    assert kept() == before


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_ranking_asks_as_often_for_twenty_as_for_one(
    signed_in: Client, persona: Persona, headers: dict[str, str]
) -> None:
    open_jobs(FITS)
    TunerSettingsFactory(user=persona.user)
    signed_in.get(TUNER, PAY)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(TUNER, PAY, headers=headers)
    for _ in range(9):
        TunerSettingsFactory(user=persona.user)
    jobs = open_jobs(*((FITS[0], 60_000 + number) for number in range(19)))
    MatchFactory(persona=persona, job=jobs[0], match_factors=FACTORS)
    signed_in.get(TUNER, PAY)

    with CaptureQueriesContext(connection) as twenty:
        response = signed_in.get(TUNER, PAY, headers=headers)

    assert len(titles(response)) == 20
    assert len(twenty) == len(one)


@pytest.mark.parametrize(
    "query", [{"persona": "x"}, {"persona": uuid.UUID(int=1)}, {"after": "x"}, {"before": "\0"}]
)
def test_what_is_not_there_is_not_found(signed_in: Client, persona: Persona, query: dict[str, Any]) -> None:
    open_jobs(FITS)

    assert signed_in.get(TUNER, query).status_code == 404


def test_persona_of_somebody_else_is_not_found(signed_in: Client, persona: Persona, charlie: User) -> None:
    assert signed_in.get(TUNER, {"persona": PersonaFactory(user=charlie).pk}).status_code == 404


@pytest.mark.parametrize("preset", ["no such", str(uuid.UUID(int=1)), "theirs"])
def test_preset_that_is_not_mine_is_not_found_and_the_page_says_what_to_do(
    signed_in: Client, persona: Persona, charlie: User, preset: str
) -> None:
    open_jobs(FITS)
    theirs = TunerSettingsFactory(user=charlie, name="Charlie's own")

    response = signed_in.get(TUNER, {"preset": str(theirs.pk) if preset == "theirs" else preset})

    assert response.status_code == 404
    assert "These weights are not there any more" in text_of(response)
    assert "Charlie" not in text_of(response)


# --- keeping ---------------------------------------------------------------------------------------------------------


def test_saving_as_asks_for_a_name_and_keeps_what_the_sliders_show(
    signed_in: Client, persona: Persona
) -> None:
    new = reverse("matching:tuner_new")
    fields = Forms(signed_in.get(TUNER)).with_button(new)
    asked = signed_in.post(new, {**fields, **PAY})
    (form,) = [form for form in Forms(asked).found if "name" in form["fields"]]
    assert presets_of(persona.user) == []

    response = signed_in.post(new, {**form["fields"], "name": "Pay above all"}, follow=True)

    (kept,) = presets_of(persona.user)
    assert (kept["name"], str(kept["salary_weight"]), kept["is_default"]) == ("Pay above all", "0.99", False)
    assert "“Pay above all” is kept." in text_of(response)
    assert f"preset={kept['pk']}" in response.redirect_chain[-1][0]
    assert f"persona={persona.pk}" in response.redirect_chain[-1][0]


def test_ready_preset_saved_unchanged_brings_its_name(signed_in: Client, persona: Persona) -> None:
    new = reverse("matching:tuner_new")
    fields = Forms(signed_in.get(TUNER, {"preset": "pay_first"})).with_button(new)

    assert 'value="Pay first"' in text_of(signed_in.post(new, fields))
    assert 'value="Pay first"' not in text_of(signed_in.post(new, {**fields, **PAY}))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Give it a name."),
        ("   ", "Give it a name."),
        ("MINE", "You have a preset of this name already."),
        ("x" * 256, "at most 255"),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_name_that_cannot_be_kept_is_said_and_the_weights_stay(
    signed_in: Client, persona: Persona, name: str, sentence: str
) -> None:
    TunerSettingsFactory(user=persona.user, name="Mine")

    response = signed_in.post(reverse("matching:tuner_new"), {**PAY, "name": name})

    assert sentence in text_of(response)
    assert '<input type="hidden" name="salary" value="99">' in text_of(response)
    assert len(presets_of(persona.user)) == 1


def test_one_preset_too_many_is_said(
    signed_in: Client, persona: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuner, "MAX_PRESETS", 1)
    TunerSettingsFactory(user=persona.user)

    response = signed_in.post(reverse("matching:tuner_new"), {**PAY, "name": "Another"})

    assert "You keep 1 presets, which is as many as there can be." in text_of(response)


def test_saving_onto_a_preset_needs_no_script_and_can_be_undone(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    before = presets_of(persona.user)
    keep = reverse("matching:tuner_keep", args=[preset.pk])
    fields = Forms(signed_in.get(TUNER, {"preset": preset.pk})).with_button(keep)

    saved = signed_in.post(keep, {**fields, **PAY}, follow=True)
    between = presets_of(persona.user)
    undone = press_undo(signed_in, saved)

    assert "“Mine” has these weights now." in text_of(saved)
    assert str(between[0]["salary_weight"]) == "0.99"
    assert presets_of(persona.user) == before
    assert "Undone: it is as it was before." in text_of(undone)
    assert 'name="salary" value="25"' in text_of(undone)


@pytest.mark.parametrize(
    ("name", "end", "fields", "said"),
    [
        ("tuner_rename", [], {"name": "Other"}, "It is now called “Other”."),
        (
            "tuner_default",
            [],
            {},
            "“Mine” is your default now. Your matches are weighed anew within a minute.",
        ),
        ("tuner_delete", [], {}, "“Mine” is deleted."),
    ],
)
def test_change_is_said_and_can_be_undone(
    signed_in: Client, persona: Persona, name: str, end: list[str], fields: dict[str, str], said: str
) -> None:
    TunerSettingsFactory(user=persona.user, name="Default", is_default=True, skill_weight="0.80")
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    before = presets_of(persona.user)

    changed = signed_in.post(
        f"{reverse(f'matching:{name}', args=[preset.pk])}?persona={persona.pk}", fields, follow=True
    )
    between = presets_of(persona.user)
    press_undo(signed_in, changed)

    assert said in text_of(changed)
    assert between != before
    assert presets_of(persona.user) == before


def test_default_can_be_given_up(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine", is_default=True, skill_weight="0.80")
    address = f"{reverse('matching:tuner_default', args=[preset.pk])}?persona={persona.pk}"
    fields = Forms(signed_in.get(TUNER)).with_button(address)

    response = signed_in.post(address, fields, follow=True)

    assert "“Mine” is your default no longer." in text_of(response)
    assert [row["is_default"] for row in presets_of(persona.user)] == [False]


def test_new_default_tells_that_matches_are_being_renewed(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, skill_weight="0.80")

    response = signed_in.post(reverse("matching:tuner_default", args=[preset.pk]), follow=True)

    assert "Your matches are weighed anew within a minute." in text_of(response)
    assert "Your matches are being renewed" in text_of(response)


def test_what_was_done_is_said_once(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    first = signed_in.post(reverse("matching:tuner_rename", args=[preset.pk]), {"name": "Other"}, follow=True)

    assert "It is now called" in text_of(first)
    assert "It is now called" not in text_of(signed_in.get(TUNER))


def test_deleting_asks_first(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine", is_default=True)

    html = text_of(signed_in.get(reverse("matching:tuner_delete", args=[preset.pk])))

    assert "Delete “Mine”?" in html
    assert "renewed within a minute" in html
    assert len(presets_of(persona.user)) == 1


def test_renaming_to_a_name_that_is_taken_is_refused(signed_in: Client, persona: Persona) -> None:
    TunerSettingsFactory(user=persona.user, name="Taken")
    preset = TunerSettingsFactory(user=persona.user, name="Mine")

    response = signed_in.post(reverse("matching:tuner_rename", args=[preset.pk]), {"name": "taken"})

    assert "You have a preset of this name already." in text_of(response)
    assert {row["name"] for row in presets_of(persona.user)} == {"Taken", "Mine"}


def test_saving_onto_a_preset_deleted_in_another_tab_keeps_the_sliders(
    signed_in: Client, persona: Persona
) -> None:
    open_jobs(FITS, PAYS)
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    fields = Forms(signed_in.get(TUNER, {"preset": preset.pk})).with_button(f"/tuner/{preset.pk}/")
    signed_in.post(reverse("matching:tuner_delete", args=[preset.pk]))

    response = signed_in.post(f"/tuner/{preset.pk}/", {**fields, **PAY})

    assert response.status_code == 404
    assert "The sliders stand as you left them" in text_of(response)
    assert 'name="salary" value="99"' in text_of(response)
    assert titles(response) == [PAYS[0], FITS[0]]
    assert presets_of(persona.user) == []


def test_weights_out_of_range_are_not_kept(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user)
    before = presets_of(persona.user)

    answers = [
        signed_in.post(address, {**PAY, "skill": "101", "name": "New"})
        for address in (f"/tuner/{preset.pk}/", reverse("matching:tuner_new"))
    ]

    assert ["Give a whole percent from 0 to 100." in text_of(answer) for answer in answers] == [True, True]
    assert presets_of(persona.user) == before


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("post", "tuner_keep"),
        ("get", "tuner_rename"),
        ("post", "tuner_rename"),
        ("post", "tuner_default"),
        ("get", "tuner_delete"),
        ("post", "tuner_delete"),
    ],
)
def test_preset_of_somebody_else_is_not_found_and_stays(
    signed_in: Client, persona: Persona, charlie: User, method: str, name: str
) -> None:
    theirs = TunerSettingsFactory(user=charlie, name="Charlie's own")
    before = presets_of(charlie)

    response = getattr(signed_in, method)(
        reverse(f"matching:{name}", args=[theirs.pk]), {**PAY, "name": "Stolen"}
    )

    assert response.status_code == 404
    assert "Charlie" not in text_of(response)
    assert presets_of(charlie) == before


# --- undoing ---------------------------------------------------------------------------------------------------------


def test_undo_after_another_change_says_that_it_is_too_late(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    saved = signed_in.post(f"/tuner/{preset.pk}/", PAY, follow=True)
    signed_in.post(f"/tuner/{preset.pk}/", {**PAY, "salary": "55"})
    before = presets_of(persona.user)

    late = press_undo(signed_in, saved)

    assert "cannot be undone any more" in text_of(late)
    assert presets_of(persona.user) == before


def test_undo_pressed_twice_undoes_once(signed_in: Client, persona: Persona) -> None:
    preset = TunerSettingsFactory(user=persona.user, name="Mine")
    deleted = signed_in.post(reverse("matching:tuner_delete", args=[preset.pk]), follow=True)

    press_undo(signed_in, deleted)
    again = press_undo(signed_in, deleted)

    assert "cannot be undone any more" in text_of(again)
    assert [row["pk"] for row in presets_of(persona.user)] == [preset.pk]


def test_steps_that_are_not_ours_undo_nothing(
    signed_in: Client, persona: Persona, charlie: User, alice: User
) -> None:
    theirs = TunerSettingsFactory(user=charlie)
    step = tuner.Step(theirs.pk, {"name": "Stolen"}, {"name": theirs.name})
    before = presets_of(charlie)
    forged = [
        "",
        "x",
        sign_steps([step], user=charlie),
        signing.dumps([[str(theirs.pk), {"name": "Stolen"}, None]]),
        sign_steps([step], user=alice),
        sign_steps([step], user=alice)[:-2],
    ]

    said = [text_of(signed_in.post("/tuner/undo/", {"steps": each}, follow=True)) for each in forged]

    assert ["undone" in each for each in said] == [True] * len(forged)
    assert presets_of(charlie) == before


def test_undo_is_offered_for_a_day(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    step = tuner.Step(uuid.UUID(int=1), None, {"name": "x"})
    signed = sign_steps([step], user=alice)
    in_time = UndoForm({"steps": signed}, user=alice)
    assert in_time.is_valid()
    assert in_time.cleaned_data["steps"] == [step]

    monkeypatch.setattr("matching.forms.UNDO_WITHIN", -1)

    assert UndoForm({"steps": signed}, user=alice).errors == {"steps": ["This can no longer be undone."]}


# --- the page itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_page_is_strict_and_has_one_filled_action(signed_in: Client, persona: Persona, own: bool) -> None:
    open_jobs(FITS, PAYS)
    preset = TunerSettingsFactory(user=persona.user, name="Mine") if own else None
    response = signed_in.get(TUNER, {"preset": preset.pk if preset else "", **PAY})

    page = PageReader()
    page.feed(response.content.decode())

    assert page.refused == []
    assert page.filled == 1
    assert page.headings[0] == "h1"
    assert len(page.ids) == len(set(page.ids))


def test_matches_and_the_menu_lead_to_the_tuner(signed_in: Client, persona: Persona) -> None:
    MatchFactory(persona=persona, match_factors=FACTORS)

    html = text_of(signed_in.get("/matches/"))

    assert f'href="{TUNER}?persona={persona.pk}"' in html
    assert f'<a href="{TUNER}">' in html


def test_hostile_names_stay_text(signed_in: Client, persona: Persona) -> None:
    open_jobs(("<script>alert(1)</script> Data Engineer", 1))
    preset = TunerSettingsFactory(user=persona.user, name="<b>{share} %(name)s %s</b>")

    response = signed_in.post(f"/tuner/{preset.pk}/", {**PAY, "preset": str(preset.pk)}, follow=True)

    assert response.status_code == 200
    assert "<script>alert" not in text_of(response)
    assert "<b>{share}" not in text_of(response)
    assert "&lt;b&gt;{share} %(name)s %s" in text_of(response)
