"""A coach invites somebody new, sees what they grant and no more, and less with each thing taken back; with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from autoapply.models import Fence
from coaching.models import Cohort, Consent, Invitation, Relationship, Suggestion
from coaching.tasks import send_mails
from matching.models import TunerSettings
from personas.identity import acting_as
from personas.models import Resume, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona, make_rule
from tests.autoapply.test_preview import open_jobs, wants_data
from tests.e2e.conftest import listen
from tests.e2e.test_story import PHONE, is_wider_than_its_window
from tests.e2e.test_tuner import sign_in
from tests.factories import (
    ApplicationFactory,
    CohortFactory,
    CohortMemberFactory,
    ConsentFactory,
    FollowUpFactory,
    InvitationFactory,
    MatchFactory,
    RecommendationFactory,
    RelationshipFactory,
    RuleFactory,
    SuggestionFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.browser
NEWCOMER, PASSWORD = "newcomer@example.com", "correct horse battery"
DESKTOP = {"width": 1280, "height": 900}
REASON = "You wrote that a persona is gone"
LONG = "Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def letters(settings: Any, live_database: None, live_server: Any) -> list[Any]:
    """What people were written, with links that lead to the running copy."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = live_server.url
    django_mail.outbox.clear()
    with as_role(OWNER_ROLE):
        # Tests that commit leave the tables empty, this one too.
        Fence.objects.get_or_create(pk=1)
    return django_mail.outbox


@pytest.fixture
def bob(letters: list[Any]) -> User:
    """A coach who has a password."""
    coach = UserFactory(email="bob@example.com", display_name="Bob", is_coach=True)
    coach.set_password(PASSWORD)
    with as_role(OWNER_ROLE):
        coach.save(update_fields=["password"])
    return coach


@pytest.fixture
def phone(chromium: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A small window without scripts."""
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    context.set_default_timeout(10_000)
    listen(context, complaints)
    yield context
    context.close()


def mail_to(letters: list[Any], address: str) -> Any:
    """The one mail that the worker sends now, which is to that address."""
    letters.clear()
    with as_role(WORKER_ROLE):
        assert send_mails() == 1
    [letter] = letters
    assert letter.to == [address]
    return letter


def link_in(letter: Any) -> str:
    return re.search(r"http://\S+", letter.body).group()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until that has the focus."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not reached by Tab")


def expect_nothing_there(page: Page, complaints: list[str], click: Locator) -> None:
    """Follow a link to what is not there any more; the browser notes the 404, which is as it should be."""
    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as answered:
        click.click()
    assert answered.value.status == 404
    page.wait_for_load_state()
    expected = [each for each in complaints if "404" in each]
    assert len(expected) == 1
    complaints.remove(expected[0])


def assert_fits(page: Page, *addresses: str) -> None:
    wide = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        if is_wider_than_its_window(page):
            wide.append(address)
    assert not wide, "\n".join(wide)


def status_of(page: Page, address: str) -> int:
    return page.request.get(address).status


def test_whole_story_from_invitation_to_end(
    window: BrowserContext,
    phone: BrowserContext,
    complaints: list[str],
    bob: User,
    letters: list[Any],
    live_server: Any,
) -> None:
    desk, own = window.new_page(), phone.new_page()
    invite_by_mail(desk, live_server.url)
    sign_up_by_the_link(own, link_in(mail_to(letters, NEWCOMER)))
    client = User.objects.get(email=NEWCOMER)
    rows = give_rows(client)
    accept_by_keyboard(own, client)
    assert link_in(mail_to(letters, bob.email)).startswith(live_server.url)

    read_what_is_granted(desk, live_server.url, client)
    assert_the_rest_is_closed(desk, live_server.url, client, rows["resume"])
    suggest_weights(desk)
    accept_the_difference(own, live_server.url, client)
    read_who_looked(own, live_server.url)
    take_one_scope_away(own, desk, complaints, live_server.url)
    revoke_everything(own, desk, complaints, live_server.url)
    end_it(own, desk, live_server.url, client)


def invite_by_mail(desk: Page, site: str) -> None:
    desk.goto(f"{site}/admin/")
    desk.get_by_label("Email").fill("bob@example.com")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(desk.get_by_text("No client yet")).to_be_visible()
    desk.get_by_role("link", name="Invite a client").click()
    desk.get_by_label("E-mail address").fill(NEWCOMER)
    desk.get_by_label("Message").fill("We met at the fair.")
    desk.get_by_role("button", name="Send the invitation").click()
    expect(desk.get_by_role("main")).to_contain_text(NEWCOMER)


def sign_up_by_the_link(own: Page, link: str) -> None:
    """A newcomer comes back to the invitation after creating an account, and by the same way after signing in."""
    own.goto(link)
    own.get_by_role("main").get_by_role("link", name="Create one").click()
    own.locator("input[name=email]").fill(NEWCOMER)
    own.locator("input[name=password1]").fill(PASSWORD)
    own.locator("input[name=password2]").fill(PASSWORD)
    own.get_by_role("main").locator("button[type=submit]").click()
    expect(own).to_have_url(link)
    own.context.clear_cookies(name="sessionid")
    own.goto(link)
    own.get_by_label("Email").fill(NEWCOMER)
    own.get_by_label("Password").fill(PASSWORD)
    own.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(own).to_have_url(link)
    expect(own.get_by_role("heading", level=1)).to_have_text("Bob would like to coach you")
    expect(own.get_by_text("We met at the fair.")).to_be_visible()
    assert not is_wider_than_its_window(own)


def give_rows(client: User) -> dict[str, Any]:
    """A persona with two matches, an application with a follow-up, a résumé, a skill, something to learn."""
    persona = wants_data(make_persona(client, name="Engineer of data", is_active=True))
    jobs = open_jobs({"title": "Data Engineer", "company": "Acme"}, {"title": "Tide Keeper"})
    for job in jobs:
        MatchFactory(persona=persona, job=job, expires_at=timezone.now() + timedelta(days=3))
    TunerSettingsFactory(user=client, name="As it was", is_default=True)
    application = ApplicationFactory(user=client, job=jobs[0], job_title="Data Engineer", company="Acme")
    FollowUpFactory(application=application, what="Ask how it stands", due_on=timezone.now().date())
    UserSkillFactory(user=client, skill_name="Falconry")
    RecommendationFactory(user=client, target_skill="Terraform")
    return {"resume": persona.resume}


def accept_by_keyboard(own: Page, client: User) -> None:
    """Two boxes and a last day, with Tab, Space, digits and Enter alone."""
    tab_to(own, own.get_by_label("Matches"))
    own.keyboard.press("Space")
    tab_to(own, own.get_by_label("Applications"))
    own.keyboard.press("Space")
    tab_to(own, own.get_by_label("Last day"))
    last = timezone.now().date() + timedelta(days=60)
    own.keyboard.type(last.strftime("%m%d%Y"))
    tab_to(own, own.get_by_role("button", name="Accept"))
    own.keyboard.press("Enter")
    expect(own.locator("#messages")).to_contain_text("Accepted. Bob sees")
    with acting_as(client.pk):
        consent = Consent.objects.get()
    assert set(consent.scopes) == {"matches", "applications"}
    assert consent.valid_until is not None
    assert consent.valid_until.date() - last <= timedelta(days=1)


def read_what_is_granted(desk: Page, site: str, client: User) -> None:
    desk.goto(f"{site}/admin/")
    desk.get_by_role("main").get_by_role("link", name=NEWCOMER).first.click()
    shared = desk.get_by_role("navigation", name="What this client shares")
    expect(shared.get_by_role("link")).to_have_text(
        ["Matches", "Personas", "Applications", "Follow-ups", "Rules", "Decisions"]
    )
    shared.get_by_role("link", name="Matches").click()
    expect(desk.get_by_role("rowheader")).to_have_count(2)
    desk.get_by_role("rowheader").get_by_role("link").first.click()
    expect(desk.get_by_role("heading", name="How it fits")).to_be_visible()
    desk.go_back()
    desk.get_by_role("navigation", name="What this client shares").get_by_role(
        "link", name="Applications"
    ).click()
    expect(desk.get_by_role("main")).to_contain_text("Acme")


def assert_the_rest_is_closed(desk: Page, site: str, client: User, resume: Resume) -> None:
    """Not granted, and nothing in the lists, the pages, the files and the search."""
    relationship = relationship_of(client)
    for page in (
        "clientresume/",
        "clientskill/",
        "clientrecommendation/",
        "clientprogress/",
        f"clientresume/{resume.pk}/change/",
    ):
        assert status_of(desk, f"{site}/admin/coaching/{page}?client={relationship.pk}") == 404, page
    assert status_of(desk, f"{site}/admin/coaching/relationship/{relationship.pk}/suggest/skill/") == 404
    assert status_of(desk, f"{site}/admin/coaching/relationship/{relationship.pk}/review/{resume.pk}/") == 404


def relationship_of(client: User) -> Relationship:
    with acting_as(client.pk):
        return Relationship.objects.get()


def suggest_weights(desk: Page) -> None:
    desk.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name=NEWCOMER).click()
    desk.get_by_role("main").get_by_role("link", name=re.compile("weights", re.IGNORECASE)).click()
    for name, percent in (("Skills", 70), ("Pay", 30), ("Place", 0), ("Workplace", 0), ("Industry", 0)):
        desk.get_by_label(name, exact=True).fill(str(percent))
    desk.get_by_label("Name", exact=True).fill("The work first")
    desk.get_by_label("Why").fill("You said that the work matters most.")
    desk.get_by_role("button", name="Suggest it").click()
    expect(desk.locator("#messages")).to_contain_text("Nothing changes until your client accepts it.")


def accept_the_difference(own: Page, site: str, client: User) -> None:
    own.goto(f"{site}/today/")
    own.get_by_role("link", name="A suggestion of your coach waits for your answer.").click()
    own.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").click()
    expect(own.locator(".difference")).to_contain_text("70")
    expect(own.get_by_text("You said that the work matters most.")).to_be_visible()
    assert not is_wider_than_its_window(own)
    with acting_as(client.pk):
        assert TunerSettings.objects.get(is_default=True).name == "As it was"
    own.get_by_role("button", name="Accept the change").click()
    expect(own.locator("#messages .message")).to_be_visible()
    with acting_as(client.pk):
        preset = TunerSettings.objects.get(is_default=True)
    assert (preset.name, preset.salary_weight) == ("The work first", Decimal("0.30"))


def read_who_looked(own: Page, site: str) -> None:
    own.goto(f"{site}/coaching/")
    own.get_by_role("link", name="Who looked at your data").click()
    looks = own.locator(".looks")
    for words in ("your matches", "one of your matches", "your applications", "the form for a suggestion"):
        expect(looks.get_by_text(f"Bob, your coach, looked at {words}").first).to_be_visible()
    expect(looks).not_to_contain_text("résumé")


def choose_scopes(own: Page, site: str, **ticked: bool) -> None:
    own.goto(f"{site}/coaching/")
    own.get_by_role("main").get_by_role("link", name="Bob", exact=True).click()
    for name, is_ticked in ticked.items():
        own.get_by_label(name).set_checked(is_ticked)
    own.get_by_role("button", name="Save", exact=True).click()
    expect(own.locator("#messages")).to_contain_text("Changed. Bob sees")


def take_one_scope_away(own: Page, desk: Page, complaints: list[str], site: str) -> None:
    """While the coach has the page of the file open, with a link to what is taken away."""
    desk.goto(f"{site}/admin/")
    desk.get_by_role("main").get_by_role("link", name=NEWCOMER).first.click()
    shared = desk.get_by_role("navigation", name="What this client shares")
    choose_scopes(own, site, Applications=False)
    expect_nothing_there(desk, complaints, shared.get_by_role("link", name="Applications"))
    expect(desk.locator("body")).not_to_contain_text("Acme")
    desk.go_back()
    desk.reload()
    expect(shared.get_by_role("link", name="Applications")).to_have_count(0)
    shared.get_by_role("link", name="Matches").click()
    expect(desk.get_by_role("rowheader")).to_have_count(2)


def revoke_everything(own: Page, desk: Page, complaints: list[str], site: str) -> None:
    """While the coach has the list of the matches open."""
    own.get_by_role("link", name="Revoke everything…").click()
    own.get_by_role("button", name="Revoke").click()
    expect(own.locator("#messages")).to_contain_text("Bob sees nothing from now on.")
    expect_nothing_there(desk, complaints, desk.get_by_role("rowheader").get_by_role("link").first)
    desk.goto(f"{site}/admin/")
    main = desk.get_by_role("main")
    expect(main.get_by_role("link", name=NEWCOMER).first).to_be_visible()
    for theirs in ("Acme", "Ask how it stands", "Data Engineer", "You may see"):
        expect(main).not_to_contain_text(theirs)


def end_it(own: Page, desk: Page, site: str, client: User) -> None:
    desk.get_by_role("main").get_by_role("link", name=NEWCOMER).first.click()
    expect(desk.get_by_role("navigation", name="What this client shares")).to_have_count(0)
    desk.get_by_role("link", name="End it").click()
    desk.get_by_role("button", name="End it").click()
    assert relationship_of(client).status == Relationship.Status.ENDED
    own.reload()
    expect(own.get_by_role("main")).to_contain_text("Bob ended it.")
    expect(own.get_by_role("checkbox")).to_have_count(0)


@pytest.fixture
def alice(bob: User) -> User:
    """Somebody whom Bob coaches and lets see her résumés; her rule asks for a reviewed one."""
    user = UserFactory(email="alice@example.com", display_name="Alice")
    ConsentFactory(relationship=RelationshipFactory(coach=bob, client=user), scopes=["resume"])
    persona = wants_data(make_persona(user, name="Data engineer", is_active=True))
    open_jobs({"company": "Acme"}, {"company": "Globex"})
    make_rule(persona, name="Reviewed only", needs_reviewed_resume=True)
    return user


def test_resume_is_reviewed_for_a_rule_and_the_staff_looks_with_a_reason(
    window: BrowserContext, phone: BrowserContext, alice: User, bob: User, live_server: Any
) -> None:
    site = live_server.url
    sign_in(window, bob, site)
    sign_in(phone, alice, site)
    desk, own = window.new_page(), phone.new_page()
    expect_of_the_rule(own, site, is_held=True)
    own.goto(f"{site}/resumes/")
    own.get_by_role("main").get_by_role("heading", level=2).get_by_role("link").click()
    own.get_by_role("button", name="Ask for a review").click()
    assert review_of(alice) == Resume.Review.PENDING
    expect_of_the_rule(own, site, is_held=True)

    desk.goto(f"{site}/admin/")
    desk.get_by_role("region", name="Waiting for your review").get_by_role("link").click()
    desk.get_by_label("Approve it").check()
    desk.get_by_label("Your words").fill("Clear and true.")
    desk.get_by_role("button", name="Keep the review").click()
    expect(desk.locator("#messages")).to_contain_text("Your review is kept")
    assert review_of(alice) == Resume.Review.APPROVED

    own.goto(f"{site}/resumes/")
    own.get_by_role("main").get_by_role("heading", level=2).get_by_role("link").click()
    expect(own.locator("#review")).to_contain_text("Bob approved it")
    expect(own.locator("#review")).to_contain_text("Clear and true.")
    expect_of_the_rule(own, site, is_held=False)
    assert_staff_look_with_a_reason(window, own, site, alice)


def expect_of_the_rule(own: Page, site: str, *, is_held: bool) -> None:
    """The rule says that the review of the résumé holds everything, and no more once it is approved."""
    own.goto(f"{site}/auto-apply/")
    own.get_by_role("main").get_by_role("link", name="Reviewed only").first.click()
    expect(own.locator(".preview__count")).to_have_text("2 of the 2 jobs that match today pass")
    held = own.locator("#preview .stopped").get_by_text(
        "The rule asks for a reviewed résumé, and nobody has approved this one as it stands."
    )
    expect(held).to_have_count(int(is_held))


def review_of(person: User) -> str:
    with acting_as(person.pk):
        return str(Resume.objects.get().review)


def assert_staff_look_with_a_reason(window: BrowserContext, own: Page, site: str, person: User) -> None:
    staff = UserFactory(email="stella@example.com", display_name="Stella", is_staff=True)
    sign_in(window, staff, site)
    page = window.new_page()
    page.goto(f"{site}/admin/personas/persona/")
    expect(page.get_by_role("main")).not_to_contain_text("Data engineer")
    page.goto(f"{site}/admin/personas/user/{person.pk}/look/")
    page.get_by_label("Why you need to look").fill(REASON)
    page.get_by_role("button", name="Open their rows").click()
    expect(page.locator(".looking")).to_contain_text(REASON)
    page.goto(f"{site}/admin/personas/persona/")
    expect(page.get_by_role("main")).to_contain_text("Data engineer")

    own.goto(f"{site}/coaching/who-looked/")
    expect(own.get_by_text("Stella", exact=False).first).to_be_visible()
    expect(own.locator(".looks")).to_contain_text(f"Their reason: “{REASON}”")
    page.get_by_role("button", name="Close them").click()
    page.goto(f"{site}/admin/personas/persona/")
    expect(page.get_by_role("main")).not_to_contain_text("Data engineer")


def test_pages_of_both_sides_fit_a_phone(
    chromium: Browser, complaints: list[str], bob: User, live_server: Any
) -> None:
    site = live_server.url
    client: User = UserFactory(email=f"{LONG}@example.com".lower(), display_name=LONG)
    relationship: Relationship = RelationshipFactory(coach=bob, client=client, notes=f"{LONG} " * 3)
    ConsentFactory(relationship=relationship, scopes=["matches", "applications", "learning", "resume"])
    rows = give_rows(client)
    RuleFactory(user=client, name=LONG)
    suggestion: Suggestion = SuggestionFactory(relationship=relationship, note=f"{LONG} " * 5)
    invitation: Invitation = InvitationFactory(
        user=UserFactory(is_coach=True, display_name=LONG), email=client.email
    )
    cohort: Cohort = CohortFactory(coach=bob, name=f"Group of {LONG}")
    CohortMemberFactory(cohort=cohort, relationship=relationship)
    coaching, admin = f"{site}/coaching/", f"{site}/admin/coaching/"
    file = f"{admin}relationship/{relationship.pk}/"

    small = chromium.new_context(viewport=PHONE, locale="en-US")
    listen(small, complaints)
    sign_in(small, client, site)
    beside = ("", "ask/", "who-looked/", "suggestions/", f"suggestions/{suggestion.pk}/")
    theirs = (
        f"coaches/{relationship.pk}/",
        f"coaches/{relationship.pk}/revoke/",
        f"invitations/{invitation.pk}/",
    )
    assert_fits(small.new_page(), *(f"{coaching}{each}" for each in (*beside, *theirs)))
    small.clear_cookies()
    sign_in(small, bob, site)
    lists = (
        "match",
        "persona",
        "application",
        "followup",
        "rule",
        "decision",
        "recommendation",
        "progress",
        "resume",
        "skill",
    )
    assert_fits(
        small.new_page(),
        f"{site}/admin/",
        *(f"{admin}{each}/" for each in ("relationship", "suggestion", "cohort", "invitation")),
        *(f"{admin}cohort/{cohort.pk}/{each}" for each in ("", "members/")),
        *(f"{file}{each}/" for each in ("change", "end", f"review/{rows['resume'].pk}")),
        *(f"{file}suggest/{kind}/" for kind in ("weights", "persona", "job", "skill", "resume")),
        *(f"{admin}client{each}/?client={relationship.pk}" for each in lists),
        *(f"{admin}client{each}/" for each in lists[:1]),
    )
    small.close()
