"""Pages of standing rules: written, looked at, enabled, disabled, deleted; the test box; limits; the one switch."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from autoapply.models import Rule, Standing
from autoapply.queueing import run_rules
from autoapply.slot_marks import Slots, read_week
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_match, make_persona, make_rule
from tests.autoapply.test_ledger import make_quiet
from tests.autoapply.test_preview import open_jobs, wants_data
from tests.autoapply.test_states import step as go
from tests.factories import ApplicationFactory, PersonaFactory, RuleFactory
from tests.relevnt.test_look import PageReader
from tests.roles import as_role

RULES = "/auto-apply/"
NEW = "/auto-apply/rules/new/"
LOOK = "/auto-apply/rules/preview/"
TEST = "/auto-apply/rules/test-company/"
HTMX = {"HX-Request": "true"}
TYPED = {"name": "Data work", "max_applications_per_week": "5", "mode": "review"}


@pytest.fixture(autouse=True)
def no_jobs(db: None) -> None:
    open_jobs()


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def persona(alice: User) -> Persona:
    return wants_data(make_persona(alice, name="Data"))


def text_of(response: Any) -> str:
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def rules_of(user: User) -> list[Rule]:
    with acting_as(user.pk):
        return list(Rule.objects.owned_by(user).order_by("created_at"))


def standing_of(user: User) -> Standing:
    with acting_as(user.pk):
        return Standing.objects.get(user=user)


def test_rule_is_written_kept_disabled_and_enabled(signed_in: Client, alice: User, persona: Persona) -> None:
    open_jobs({"url": "https://acme.recruitee.com/o/data"}, {})
    typed = {
        **TYPED,
        "persona": str(persona.pk),
        "match_score_threshold": "12,5",
        "exclude_companies": "Initech\r\n\r\nGlobex",
        "require_all_keywords": "",
        "active_days": ["mon", "tue", "wed", "thu", "fri", "sat"],
    }

    response = signed_in.post(NEW, typed)

    (rule,) = rules_of(alice)
    assert response.headers["Location"] == f"/auto-apply/rules/{rule.pk}/enable/"
    assert (rule.enabled, rule.mode, rule.persona_id) == (False, "review", persona.pk)
    assert rule.match_score_threshold == Decimal("12.50")
    assert rule.exclude_companies == ["Initech", "Globex"]
    assert rule.active_days == ["mon", "tue", "wed", "thu", "fri", "sat"]
    page = signed_in.get(response.headers["Location"])
    words = text_of(page)
    assert "“Data work” is kept, and disabled." in words
    assert "Of 2 that pass, 1 can be sent by us, 1 need your click." in words
    assert "At most 5 applications a week for this rule, and 10 over all your rules." in words
    assert "It leaves 60 minutes after you approve it" in words
    assert f"/auto-apply/rules/{rule.pk}/simulation/" in page.content.decode()
    assert signed_in.post(response.headers["Location"]).headers["Location"] == RULES
    assert rules_of(alice)[0].enabled


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Give it a name."),
        ("match_score_threshold", "101", "Give a score from 0 to 100, such as 75"),
        ("match_score_threshold", "high", "Give a score from 0 to 100, such as 75"),
        ("match_score_threshold", "50.125", "Give at most two decimals"),
        ("max_applications_per_week", "0", "Give a whole number of applications from 1 to 50."),
        ("max_applications_per_week", "51", "Give a whole number of applications from 1 to 50."),
        ("max_applications_per_week", "", "Give a whole number of applications from 1 to 50."),
        ("exclude_companies", "Acme\n!", "Line 2, “!”, is no name of a company"),
        ("require_all_keywords", "\n".join(f"w{n}" for n in range(21)), "These are 21 words"),
        ("active_days", "someday", "someday is not one of the available choices"),
        ("persona", "00000000-0000-4000-8000-000000000000", "This persona is not there any more"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(
    signed_in: Client, alice: User, field: str, value: str, words: str
) -> None:
    response = signed_in.post(NEW, {**TYPED, field: value})

    assert response.status_code == 200
    assert words in text_of(response)
    assert 'aria-invalid="true"' in response.content.decode()
    assert rules_of(alice) == []


def test_contradiction_names_both_lines_as_they_stand_in_the_form(signed_in: Client) -> None:
    lists = {"exclude_companies": "\nAcme Inc.", "include_only_companies": "Globex\n\nacme"}

    words = text_of(signed_in.post(NEW, {**TYPED, **lists}))

    assert "Line 3, “acme”, is also line 2, “Acme Inc.”, of the companies never to apply to." in words


def test_persona_of_somebody_else_is_no_choice(signed_in: Client, alice: User, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie, name="Theirs")

    response = signed_in.post(NEW, {**TYPED, "persona": str(theirs.pk)})

    assert "This persona is not there any more" in text_of(response)
    assert "Theirs" not in text_of(response)
    assert rules_of(alice) == []


def test_rule_is_changed_and_shows_what_it_says(signed_in: Client, alice: User, persona: Persona) -> None:
    rule = RuleFactory(
        user=alice,
        persona=persona,
        match_score_threshold="72.50",
        exclude_companies=["Acme"],
        require_all_keywords=["C++", "Go"],
        active_days=["mon"],
        mode="automatic",
    )
    address = f"/auto-apply/rules/{rule.pk}/"
    html = signed_in.get(address).content.decode()
    assert 'value="72.5"' in html
    assert "C++\nGo</textarea>" in html

    response = signed_in.post(address, {**TYPED, "name": "New name", "exclude_companies": "Globex"})

    assert response.headers["Location"] == RULES
    (changed,) = rules_of(alice)
    assert (changed.name, changed.exclude_companies, changed.require_all_keywords) == (
        "New name",
        ["Globex"],
        [],
    )
    assert changed.persona_id is None


def test_enabled_rule_stays_as_it_is_when_its_new_persona_has_no_resume(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    rule = RuleFactory(user=alice, persona=persona, enabled=True)
    bare = PersonaFactory(user=alice, name="Gardener")

    response = signed_in.post(f"/auto-apply/rules/{rule.pk}/", {**TYPED, "persona": str(bare.pk)})

    assert "The persona “Gardener” has no résumé to send." in text_of(response)
    assert rules_of(alice)[0].persona_id == persona.pk


def test_rule_without_a_resume_says_which_persona_and_where_to_attach_one(
    signed_in: Client, alice: User
) -> None:
    bare = PersonaFactory(user=alice, name="Gardener")
    rule = RuleFactory(user=alice, persona=bare)
    address = f"/auto-apply/rules/{rule.pk}/enable/"
    assert "The persona has no résumé with a file that could be sent." in text_of(signed_in.get(address))

    response = signed_in.post(address)

    assert "The persona “Gardener” has no résumé to send." in text_of(response)
    assert f'href="/personas/{bare.pk}/"' in response.content.decode().replace("edit/", "")
    assert not rules_of(alice)[0].enabled


def test_preview_follows_what_is_typed_without_a_name_and_keeps_nothing(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    open_jobs({"company": "Acme"}, {"company": "Globex"}, {"company": "Globex AG"})
    typed = {**TYPED, "name": "", "exclude_companies": "globex"}

    response = signed_in.post(LOOK, typed, headers=HTMX)

    html = response.content.decode()
    assert "1 of the 3 jobs that match today pass" in text_of(response).replace("  ", " ")
    assert "2 jobs are from employers that the rule excludes" in text_of(response)
    assert "<html" not in html
    assert 'id="company-test"' in html
    assert rules_of(alice) == []


def test_preview_waits_until_what_is_typed_can_be_judged(signed_in: Client, persona: Persona) -> None:
    words = text_of(signed_in.post(LOOK, {**TYPED, "match_score_threshold": "abc"}, headers=HTMX))

    assert "The preview waits until these are right: Lowest score: Give a score from 0 to 100" in words


def test_preview_without_scripts_shows_the_page_with_what_was_typed(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    open_jobs({}, {})
    typed = {**TYPED, "name": "", "require_all_keywords": "Fortran", "look": "preview"}

    response = signed_in.post(NEW, typed)

    words = text_of(response)
    assert "0 of the 2 jobs that match today pass" in words.replace("  ", " ")
    assert "Give it a name." not in words
    assert "Fortran</textarea>" in response.content.decode()
    assert rules_of(alice) == []


def test_preview_of_a_stored_rule_stands_on_its_page(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    open_jobs({"company": "Acme"}, {"company": "Globex"})
    rule = RuleFactory(user=alice, persona=persona, include_only_companies=["Acme"])

    words = text_of(signed_in.get(f"/auto-apply/rules/{rule.pk}/"))

    assert "1 of the 2 jobs that match today pass" in words.replace("  ", " ")


def test_page_says_when_there_is_nothing_to_apply_to(signed_in: Client, persona: Persona) -> None:
    assert "No job is open now that anybody could apply to." in text_of(signed_in.get(NEW))

    open_jobs({"title": "Gardener"})

    assert "No open job matches." in text_of(signed_in.get(NEW))


@pytest.mark.parametrize(
    ("company", "lists", "badge", "words"),
    [
        (
            "Acme GmbH",
            {"exclude_companies": "Globex\n\nACME, Inc."},
            "blocked",
            "by line 3 of the rule’s list",
        ),
        ("Acme Metals", {"exclude_companies": "Acme"}, "not blocked", "Acme Metals is not among"),
        (
            "Acme",
            {"include_only_companies": "Globex"},
            "blocked",
            "not among the employers that the rule is limited",
        ),
        ("acme", {"include_only_companies": "Globex\nAcme"}, "not blocked", "is wanted by line 2"),
        ("Acme", {}, "not blocked", "The rule excludes no employers."),
        ("!", {"exclude_companies": "Acme"}, "blocked", "This is no name of a company"),
    ],
)
def test_box_tells_whether_a_company_would_be_blocked_and_by_which_line(
    signed_in: Client, company: str, lists: dict[str, str], badge: str, words: str
) -> None:
    typed = {**TYPED, "name": "", **lists, "company": company}

    fragment = signed_in.post(TEST, typed, headers=HTMX)
    page = signed_in.post(NEW, {**typed, "look": "company"})

    for response in (fragment, page):
        found = re.search(r'id="company-test".*?</div>', response.content.decode(), re.DOTALL)
        assert found is not None
        assert f">{badge}</span>" in found.group()
        assert words in re.sub(r"\s+", " ", found.group())


def test_box_without_a_company_says_what_it_is_for(signed_in: Client) -> None:
    assert "Type a company to see" in text_of(signed_in.post(TEST, {**TYPED, "company": " "}, headers=HTMX))


def test_disabling_is_one_click_and_tells_what_waits(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    rule = RuleFactory(user=alice, persona=persona, enabled=True, name="Data work")
    ApplicationFactory(user=alice, rule=rule)

    response = signed_in.post(f"/auto-apply/rules/{rule.pk}/disable/", follow=True)

    assert not rules_of(alice)[0].enabled
    said = (
        "“Data work” is disabled. Nothing more is sent for it. 1 application of it waits; you can cancel it."
    )
    assert said in text_of(response)


def test_deleting_asks_first_and_says_what_happens(signed_in: Client, alice: User) -> None:
    rule = RuleFactory(user=alice, name="Data work")
    ApplicationFactory(user=alice, rule=rule)
    address = f"/auto-apply/rules/{rule.pk}/delete/"

    words = text_of(signed_in.get(address))

    assert "1 application of it has not been sent yet: it is cancelled." in words
    assert len(rules_of(alice)) == 1
    assert "“Data work” is deleted." in text_of(signed_in.post(address, follow=True))
    assert rules_of(alice) == []
    assert signed_in.get(address).status_code == 404


def test_everything_is_paused_and_let_go_by_one_switch(signed_in: Client, alice: User) -> None:
    paused = signed_in.post("/auto-apply/pause/", {"on": "yes", "next": "/auto-apply/limits/"})
    since = standing_of(alice).paused_at

    assert paused.headers["Location"] == "/auto-apply/limits/"
    assert since is not None
    words = text_of(signed_in.get("/auto-apply/limits/"))
    assert "Paused: nothing is sent" in words
    assert "Let rules act again" in words
    signed_in.post("/auto-apply/pause/", {"on": "no"})
    assert standing_of(alice).paused_at is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_switch_leads_to_no_other_site(signed_in: Client, elsewhere: str) -> None:
    response = signed_in.post("/auto-apply/pause/", {"on": "yes", "next": elsewhere})

    assert response.headers["Location"] == RULES


@pytest.mark.parametrize("address", [RULES, NEW, "/auto-apply/limits/"])
def test_switch_stands_on_every_page(signed_in: Client, address: str) -> None:
    html = signed_in.get(address).content.decode()

    assert 'action="/auto-apply/pause/"' in html
    assert f'name="next" value="{address}"' in html


def test_limits_are_changed_and_refused_out_of_range(signed_in: Client, alice: User) -> None:
    typed = {"weekly_ceiling": "3", "hold_minutes": "0", "company_interval_days": "90"}
    wrong = signed_in.post("/auto-apply/limits/", {**typed, "weekly_ceiling": "51"})
    assert "Give a whole number of applications from 0 to 50." in text_of(wrong)

    assert signed_in.post("/auto-apply/limits/", typed).headers["Location"] == RULES

    kept = standing_of(alice)
    assert (kept.weekly_ceiling, kept.hold_minutes, kept.company_interval_days) == (3, 0, 90)


def test_form_asks_for_a_reviewed_resume_and_says_who_reviews(signed_in: Client, alice: User) -> None:
    page = text_of(signed_in.get(NEW))
    assert "Only with a résumé that was reviewed" in page
    assert "A coach reviews it whom you let see your résumés" in page

    signed_in.post(NEW, {**TYPED, "needs_reviewed_resume": "on"})

    (rule,) = rules_of(alice)
    assert rule.needs_reviewed_resume is True


def test_rule_can_be_freed_of_asking_for_a_reviewed_resume(signed_in: Client, alice: User) -> None:
    rule = RuleFactory(user=alice, needs_reviewed_resume=True)

    signed_in.post(f"/auto-apply/rules/{rule.pk}/", TYPED)

    assert rules_of(alice)[0].needs_reviewed_resume is False


def test_page_names_the_zone_and_when_the_week_begins(signed_in: Client, alice: User) -> None:
    with acting_as(alice.pk):
        User.objects.filter(pk=alice.pk).update(time_zone="Europe/Berlin")

    words = text_of(signed_in.get(NEW))

    assert "By the calendar of Europe/Berlin, where your week begins on Monday at 00:00." in words
    assert "00:00 Europe/Berlin" in words


@pytest.mark.parametrize("action", ["", "enable/", "disable/", "delete/"])
def test_rule_of_somebody_else_is_not_found(signed_in: Client, charlie: User, action: str) -> None:
    rule = RuleFactory(user=charlie)
    address = f"/auto-apply/rules/{rule.pk}/{action}"

    assert signed_in.post(address, TYPED).status_code == 404
    if action != "disable/":
        assert signed_in.get(address).status_code == 404


@pytest.mark.parametrize("shown", ["overview", "new", "edit", "enable", "delete", "limits"])
def test_page_has_one_filled_button_and_nothing_that_the_policy_refuses(
    signed_in: Client, alice: User, persona: Persona, shown: str
) -> None:
    open_jobs({}, {})
    rule = RuleFactory(user=alice, persona=persona)
    address = f"/auto-apply/rules/{rule.pk}/"
    addresses = {
        "overview": RULES,
        "new": NEW,
        "edit": address,
        "enable": f"{address}enable/",
        "delete": f"{address}delete/",
        "limits": "/auto-apply/limits/",
    }

    reader = PageReader()
    reader.feed(signed_in.get(addresses[shown]).content.decode())

    assert reader.refused == []
    assert reader.filled == (0 if shown == "delete" else 1)
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.described) <= set(reader.ids)
    assert reader.headings[0] == "h1"
    assert reader.headings.count("h1") == 1


@pytest.mark.parametrize("number", [1, 15])
def test_overview_asks_as_much_for_one_rule_as_for_fifteen(
    signed_in: Client, alice: User, persona: Persona, number: int
) -> None:
    for _each in range(number):
        RuleFactory(user=alice, persona=persona)

    with CaptureQueriesContext(connection) as queries:
        words = text_of(signed_in.get(RULES))

    assert words.count("0 of 5 places used") == number
    assert len(queries) == 13


# --- slots ------------------------------------------------------------------------------------------------------------------


def slots(**values: Any) -> Slots:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    return Slots(**{"used": 0, "held": 0, "limit": 5, "renewed_at": at, **values})


def test_slots_are_told_in_words_and_marks() -> None:
    mixed = slots(used=2, held=1)

    assert mixed.words == "3 of 5 places used (1 not sent yet), new ones on Monday, November 30, 00:00 UTC"
    assert slots(used=3).words.startswith("3 of 5 places used, new ones on Monday")
    picture = mixed.picture
    assert "<title>2 used, 1 not sent yet, 2 free</title>" in picture
    # Two inked, one half inked in an open one, two open.
    assert picture.count("slots__used") == 3
    assert picture.count("slots__free") == 3
    assert picture.count("<rect") == 6


def test_slots_above_a_lowered_limit_stand_apart() -> None:
    picture = slots(used=3, limit=2).picture

    assert picture.count("slots__over") == 1
    assert "3 used, 0 not sent yet, 0 free" in picture


def test_no_slots_are_a_picture_too() -> None:
    assert 'width="1"' in slots(limit=0).picture


def test_week_counts_what_holds_a_slot_by_rule_and_together(alice: User) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    one, other = RuleFactory(user=alice), RuleFactory(user=alice)
    held = {"origin": "rule", "cap_at_reserve": 5, "ceiling_at_reserve": 10}
    monday = date(2026, 3, 2)
    for number, rule in enumerate([one, one, other], start=1):
        ApplicationFactory(
            user=alice, rule=rule, week_start=monday, rule_slot=number, user_slot=number, **held
        )
    ApplicationFactory(
        user=alice, rule=one, week_start=monday - timedelta(days=7), rule_slot=1, user_slot=1, **held
    )
    sent_last_week = ApplicationFactory(
        user=alice, rule=one, week_start=monday - timedelta(days=7), rule_slot=2, user_slot=2, **held
    )
    with acting_as(alice.pk):
        for step in ("preparing", "review", "held", "submitting", "submitted"):
            go(sent_last_week, step)

    with acting_as(alice.pk), CaptureQueriesContext(connection) as queries:
        week = read_week(user=alice, at=at)

    assert len([each for each in queries if "auto_apply_applications" in each["sql"]]) == 2
    # Two of this week, and one that waits since the last.
    assert week.of_rule(one.pk, limit=5).held == 3
    assert week.of_rule(one.pk, limit=5).used == 0
    assert week.of_rule(other.pk, limit=5).held == 1
    assert week.of_person(limit=10).taken == 4
    assert week.of_rule(uuid.uuid4(), limit=5).taken == 0


@pytest.mark.parametrize(
    ("zone", "at", "words"),
    [
        (
            "Europe/Berlin",
            datetime(2026, 3, 25, tzinfo=UTC),
            "new ones on Monday, March 30, 00:00 Europe/Berlin",
        ),
        ("America/New_York", datetime(2026, 3, 30, 3, 0, tzinfo=UTC), "new ones on Monday, March 30, 00:00"),
    ],
)
def test_new_slots_come_on_the_persons_own_monday(alice: User, zone: str, at: datetime, words: str) -> None:
    alice.time_zone = zone

    with acting_as(alice.pk), translation.override("en-us"):
        assert words in read_week(user=alice, at=at).of_person(limit=10).words


# --- what the overview says of each rule --------------------------------------------------------------------------------------


def test_overview_counts_what_was_blocked_this_week_and_warns_of_a_quiet_rule(
    signed_in: Client, alice: User, persona: Persona
) -> None:
    now = timezone.now()
    rule = make_rule(persona, name="Hydrology", match_score_threshold="75", exclude_companies=["Initech"])
    make_match(persona, now, match_score="60.00")
    make_match(persona, now, company="Initech")
    make_match(persona, now, company="Initech GmbH", job_first_seen_at=now - timedelta(days=8))
    RuleFactory(user=alice, persona=persona, name="Beside")
    with as_role(WORKER_ROLE):
        run_rules(user_id=alice.pk, at=now)
    before = text_of(signed_in.get(RULES))
    assert "Blocked this week: 1 job of employers that it excludes" in before
    assert "for 14 days" not in before

    with acting_as(alice.pk):
        make_quiet(rule, now)
    page = signed_in.get(RULES)

    assert (
        "This rule has sent nothing for 14 days. The tightest gate is “excluded employers”: "
        "it alone stops 2 jobs that every other gate lets through. Look at its ledger"
    ) in text_of(page)
    assert text_of(page).count("for 14 days") == text_of(page).count("Blocked this week") == 1
    assert f'href="/auto-apply/rules/{rule.pk}/ledger/"' in page.content.decode()


def test_pages_of_one_rule_lead_to_each_other(signed_in: Client, persona: Persona) -> None:
    rule = make_rule(persona)
    pages = {
        f"/auto-apply/rules/{rule.pk}/{page}": name
        for page, name in (("", "Rule"), ("ledger/", "Ledger"), ("simulation/", "Last 30 days"))
    }

    for address, name in pages.items():
        html = signed_in.get(address).content.decode()
        assert all(f'href="{other}"' in html for other in pages)
        assert f'href="{address}" aria-current="page">{name}</a>' in html
        assert f'<p class="eyebrow"><a href="{RULES}">Auto-apply</a></p>' in html
