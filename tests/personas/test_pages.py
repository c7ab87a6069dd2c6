"""The pages about people: what they show, keep and refuse, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from personas.identity import acting_as
from personas.models import Persona, Resume, ResumeFile, User, UserSkill
from tests.factories import PersonaFactory, ResumeFactory, ResumeFileFactory, UserSkillFactory

TEXT = "Ada Lovelace\nBuilt pipelines with Terraform and Kubernetes.\nTaught Python to colleagues.\n"
ODD = "<b>&\"'"


@pytest.fixture
def site(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def words_of(response: Any) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(text.split())


def persona_data(**changes: Any) -> dict[str, Any]:
    """What a browser sends for a persona of which only the name is said."""
    return {
        "name": "Nurse",
        "currency": "EUR",
        "salary_period": "year",
        "remote_preference": "any",
        **changes,
    }


def every_page(user: User) -> dict[str, str]:
    """Each address with an id in it, by name, for rows of this person."""
    resume = ResumeFactory(user=user, text=TEXT)
    ResumeFileFactory(resume=resume)
    persona, skill = PersonaFactory(user=user), UserSkillFactory(user=user)
    rows = {
        **dict.fromkeys(["edit", "activate", "copy", "delete"], persona),
        **dict.fromkeys(["remove_skill"], skill),
        **dict.fromkeys(
            ["resume", "download", "accept_skills", "make_default", "rename_resume", "delete_resume"], resume
        ),
    }
    return {name: reverse(f"personas:{name}", args=[row.pk]) for name, row in rows.items()}


WITHOUT_ID = (
    "list",
    "create",
    "skills",
    "suggest_skills",
    "change_skills",
    "resumes",
    "upload",
    "account",
)


# Doors


@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_gets_404_for_every_id_and_changes_nothing(
    client: Client, alice: User, charlie: User, method: str
) -> None:
    addresses = every_page(alice)
    client.force_login(charlie)

    answers = {name: getattr(client, method)(address).status_code for name, address in addresses.items()}

    assert set(answers.values()) <= {404, 405}
    assert 404 in answers.values()
    with acting_as(alice.pk):
        assert (Persona.objects.count(), UserSkill.objects.count(), Resume.objects.count()) == (1, 1, 1)
        assert not Persona.objects.get().is_active
    with acting_as(charlie.pk):
        assert not Persona.objects.exists()


def test_unknown_id_reads_as_a_strangers(site: Client) -> None:
    assert site.get(reverse("personas:edit", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_visitor_is_sent_to_sign_in_from_everywhere(client: Client, alice: User, method: str) -> None:
    addresses = [*every_page(alice).values(), *(reverse(f"personas:{name}") for name in WITHOUT_ID)]

    answers = [getattr(client, method)(address) for address in addresses]

    assert [answer.url for answer in answers] == [f"/accounts/login/?next={address}" for address in addresses]


@pytest.mark.parametrize("name", ["activate", "copy", "accept_skills", "make_default"])
def test_changing_address_cannot_be_opened_by_a_link(site: Client, alice: User, name: str) -> None:
    assert site.get(every_page(alice)[name]).status_code == 405


def test_form_without_its_token_is_refused(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    answer = browser.post(reverse("personas:create"), persona_data())

    assert answer.status_code == 403


# Personas


def test_persona_is_made_from_what_was_typed(site: Client, alice: User) -> None:
    data = persona_data(
        job_title_keywords="Data engineer, analytics engineer\n\n data ENGINEER",
        required_skills="k8s; Python",
        locations="Austin, TX\nGermany",
        min_salary="65,000",
        max_salary="90 000",
        industries=["health"],
        company_size=["11-50", "51-200"],
        excluded_companies="Acme, Inc.\nInitech",
        remote_preference="hybrid",
    )

    answer = site.post(reverse("personas:create"), data, follow=True)

    assert "“Nurse” is kept." in words_of(answer)
    with acting_as(alice.pk):
        persona = Persona.objects.select_related("preferences").get()
        wishes = persona.preferences
    assert persona.is_active
    assert wishes.job_title_keywords == ["Data engineer", "analytics engineer"]
    assert wishes.required_skills == ["Kubernetes", "Python"]
    assert wishes.locations == ["Austin, TX, United States", "Germany"]
    assert (wishes.min_salary, wishes.max_salary, wishes.currency) == (65_000, 90_000, "EUR")
    assert (wishes.industries, wishes.company_size) == (["health"], ["11-50", "51-200"])
    assert wishes.excluded_companies == ["Acme, Inc.", "Initech"]
    assert wishes.remote_preference == "hybrid"


def test_new_persona_starts_in_the_currency_of_the_account(site: Client, alice: User) -> None:
    with acting_as(alice.pk):
        User.objects.filter(pk=alice.pk).update(currency="CHF")

    answer = site.get(reverse("personas:create"))

    assert answer.context["form"]["currency"].value() == "CHF"
    assert '<option value="CHF" selected>' in answer.content.decode()


def test_list_says_what_each_persona_looks_for(site: Client, alice: User) -> None:
    site.post(
        reverse("personas:create"),
        persona_data(
            job_title_keywords="Nurse", locations="Germany", min_salary="40000", remote_preference="onsite"
        ),
    )
    site.post(reverse("personas:create"), persona_data(name=f"Open {ODD}"))

    answer = site.get(reverse("personas:list"))

    words = words_of(answer)
    assert "Nurse active" in words
    assert "Germany on site from EUR 40,000 a year" in words
    assert "does not say yet what work it looks for" in words
    assert ODD not in answer.content.decode()


def test_empty_list_names_the_next_step(site: Client) -> None:
    assert "Make the first one" in words_of(site.get(reverse("personas:list")))


def test_edit_shows_what_is_kept_and_keeps_what_is_typed(site: Client, alice: User) -> None:
    resume = ResumeFactory(user=alice, title="For clinics")
    site.post(
        reverse("personas:create"), persona_data(locations="Germany", resume=resume.pk, mission_values="care")
    )
    with acting_as(alice.pk):
        address = reverse("personas:edit", args=[Persona.objects.get().pk])

    shown = site.get(address).content.decode()
    answer = site.post(address, persona_data(name="Midwife", locations="France"))

    assert f'<option value="{resume.pk}" selected>For clinics</option>' in shown
    assert re.search(r"<textarea[^>]*>\s*Germany</textarea>", shown)
    assert answer.url == reverse("personas:list")
    with acting_as(alice.pk):
        persona = Persona.objects.select_related("preferences").get()
    assert (persona.name, persona.resume_id) == ("Midwife", None)
    assert (persona.preferences.locations, persona.preferences.mission_values) == (["France"], [])


def test_taken_name_is_said_at_the_field_and_what_was_typed_stays(site: Client, alice: User) -> None:
    PersonaFactory(user=alice, name="Nurse")

    answer = site.post(reverse("personas:create"), persona_data(description="typed", locations="Germany"))

    assert answer.status_code == 200
    assert "already have a persona" in answer.context["form"].errors["name"][0]
    assert re.search(r"<textarea[^>]*>\s*Germany</textarea>", answer.content.decode())
    with acting_as(alice.pk):
        assert Persona.objects.count() == 1


def test_refused_edit_keeps_the_old_name_in_the_title(site: Client, alice: User) -> None:
    PersonaFactory(user=alice, name="Nurse")
    persona = PersonaFactory(user=alice, name="Teacher")

    answer = site.post(reverse("personas:edit", args=[persona.pk]), persona_data(name="Nurse"))

    assert "<h1>Teacher</h1>" in answer.content.decode()
    with acting_as(alice.pk):
        assert Persona.objects.get(pk=persona.pk).name == "Teacher"


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "Give it a name."),
        ("name", "x" * 10_000, "at most 255"),
        ("name", "Nur\0se", "Null characters"),
        ("name", " \t ", "Give it a name."),
        ("description", "d" * 10_000, "at most 5000"),
        ("job_title_keywords", "fine, " + "x" * 101, "101 characters"),
        ("job_title_keywords", "a\0b", "Null characters"),
        ("mission_values", "\n".join(map(str, range(60))), "“50” is the first too many"),
        ("locations", "Hamburg\nHambrg", "Did you mean Hamburg, Germany"),
        ("locations", "a\0b", "Null characters"),
        ("min_salary", "a lot", "whole amount"),
        ("min_salary", "-5", "from 0"),
        ("min_salary", "9" * 30, "from 0"),
        ("min_salary", "9" * 10_000, "whole amount"),
        ("min_salary", "5\0", "whole amount"),
        ("currency", "XXX", "XXX"),
        ("salary_period", "decade", "decade"),
        ("remote_preference", "moon", "moon"),
        ("industries", ["witchcraft"], "witchcraft"),
        ("company_size", ["a\0b"], "valid choice"),
        ("resume", "not-an-id", "not a valid"),
        ("resume", "a\0b", "Null characters"),
        ("resume", str(UUID(int=1)), "valid choice"),
    ],
)
def test_wrong_entry_is_said_at_its_field(
    site: Client, alice: User, field: str, typed: Any, says: str
) -> None:
    answer = site.post(reverse("personas:create"), persona_data(**{field: typed}))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert says in answer.context["form"].errors[field][0]
    assert "Nothing is saved yet" in words_of(answer)
    with acting_as(alice.pk):
        assert not Persona.objects.exists()


def test_every_wrong_entry_is_said_at_once(site: Client) -> None:
    answer = site.post(
        reverse("personas:create"),
        persona_data(name="", min_salary="a lot", locations="Hambrg", description="d" * 6000),
    )

    assert set(answer.context["form"].errors) == {"name", "min_salary", "locations", "description"}


def test_lowest_pay_above_the_highest_is_said_at_the_field(site: Client, alice: User) -> None:
    answer = site.post(reverse("personas:create"), persona_data(min_salary="90000", max_salary="65000"))

    assert "above the highest" in answer.context["form"].errors["min_salary"][0]
    with acting_as(alice.pk):
        assert not Persona.objects.exists()


def test_resume_of_a_stranger_cannot_be_chosen(site: Client, charlie: User) -> None:
    foreign = ResumeFactory(user=charlie, title="Charlie’s")

    answer = site.post(reverse("personas:create"), persona_data(resume=foreign.pk))

    assert list(answer.context["form"].errors) == ["resume"]
    assert "Charlie’s" not in words_of(answer)


def test_activating_is_one_click_and_may_lead_back(site: Client, alice: User) -> None:
    PersonaFactory(user=alice, is_active=True)
    other = PersonaFactory(user=alice)
    address = reverse("personas:activate", args=[other.pk])

    answers = [
        site.post(address, {"next": there}).url for there in ("/today/", "https://evil.example/", "//evil")
    ]

    assert answers == ["/today/", reverse("personas:list"), reverse("personas:list")]
    with acting_as(alice.pk):
        assert list(Persona.objects.filter(is_active=True)) == [other]


@pytest.mark.parametrize("there", ["foo", "ſ", "x\ny", "/\\evil.example", "///evil.example", "", "."])
def test_what_is_no_address_of_ours_leads_to_the_list(site: Client, alice: User, there: str) -> None:
    address = reverse("personas:activate", args=[PersonaFactory(user=alice).pk])

    answer = site.post(address, {"next": there})

    assert (answer.status_code, answer["Location"]) == (302, reverse("personas:list"))


def test_copy_opens_for_editing(site: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice, name="Nurse")

    answer = site.post(reverse("personas:copy", args=[persona.pk]))

    with acting_as(alice.pk):
        copy = Persona.objects.get(name="Nurse (copy)")
    assert answer.url == reverse("personas:edit", args=[copy.pk])


def test_deleting_a_persona_asks_first(site: Client, alice: User) -> None:
    persona = PersonaFactory(user=alice, name="Nurse", is_active=True)
    address = reverse("personas:delete", args=[persona.pk])

    asked = site.get(address)
    with acting_as(alice.pk):
        still_there = Persona.objects.exists()
    site.post(address)

    assert "Delete the persona “Nurse”?" in words_of(asked)
    assert "It is the active one" in words_of(asked)
    assert still_there
    with acting_as(alice.pk):
        assert not Persona.objects.exists()


# Skills


def test_skill_is_added_and_shown_under_its_one_name(site: Client) -> None:
    answer = site.post(reverse("personas:skills"), {"name": "k8s", "level": "expert"}, follow=True)

    assert "Kubernetes is among your skills." in words_of(answer)
    assert '<th role="rowheader" scope="row">Kubernetes</th>' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"name": "kubernetes", "level": "expert"}, "name", "You have Kubernetes already"),
        ({"name": "", "level": "expert"}, "name", "Name the skill."),
        ({"name": "x" * 10_000, "level": "expert"}, "name", "at most 255"),
        ({"name": "a\0b", "level": "expert"}, "name", "Null characters"),
        ({"name": "Python", "level": "wizard"}, "level", "wizard"),
    ],
)
def test_skill_that_cannot_be_added_is_said_at_the_field(
    site: Client, alice: User, typed: dict[str, str], field: str, says: str
) -> None:
    UserSkillFactory(user=alice, skill_name="Kubernetes")

    answer = site.post(reverse("personas:skills"), typed)

    assert answer.status_code == 200
    assert says in answer.context["form"].errors[field][0]
    with acting_as(alice.pk):
        assert UserSkill.objects.count() == 1


def test_levels_are_saved_together_and_only_where_they_changed(site: Client, alice: User) -> None:
    python = UserSkillFactory(user=alice, skill_name="Python", proficiency_level="beginner")
    rust = UserSkillFactory(user=alice, skill_name="Rust", proficiency_level="expert")

    answer = site.post(
        reverse("personas:change_skills"),
        {f"level_{python.pk}": "advanced", f"level_{rust.pk}": "expert"},
        follow=True,
    )

    assert "1 skill is changed." in words_of(answer)
    with acting_as(alice.pk):
        levels = dict(UserSkill.objects.values_list("skill_name", "proficiency_level"))
    assert levels == {"Python": "advanced", "Rust": "expert"}


def test_level_that_is_none_changes_nothing(site: Client, alice: User) -> None:
    python = UserSkillFactory(user=alice, skill_name="Python", proficiency_level="beginner")
    rust = UserSkillFactory(user=alice, skill_name="Rust", proficiency_level="expert")

    answer = site.post(
        reverse("personas:change_skills"), {f"level_{python.pk}": "advanced", f"level_{rust.pk}": "wizard"}
    )

    assert "wizard" in words_of(answer)
    with acting_as(alice.pk):
        assert UserSkill.objects.get(pk=python.pk).proficiency_level == "beginner"


def test_levels_of_a_stranger_stay(site: Client, charlie: User) -> None:
    foreign = UserSkillFactory(user=charlie, proficiency_level="expert")

    site.post(reverse("personas:change_skills"), {f"level_{foreign.pk}": "beginner"})

    with acting_as(charlie.pk):
        assert UserSkill.objects.get().proficiency_level == "expert"


def test_removing_a_skill_asks_first(site: Client, alice: User) -> None:
    skill = UserSkillFactory(user=alice, skill_name="Python")
    address = reverse("personas:remove_skill", args=[skill.pk])

    asked = site.get(address)
    site.post(address)

    assert "Remove Python from your skills?" in words_of(asked)
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()


@pytest.mark.parametrize("field", ["name", "skill", "skill_name"])
def test_names_of_skills_are_suggested(site: Client, field: str) -> None:
    answer = site.get(reverse("personas:suggest_skills"), {field: "kubern"})

    assert '<option value="Kubernetes">' in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "\0", "x" * 10_000, "<script>"])
def test_odd_beginnings_suggest_nothing_and_do_no_harm(site: Client, typed: str) -> None:
    answer = site.get(reverse("personas:suggest_skills"), {"name": typed})

    assert (answer.status_code, answer.content.strip()) == (200, b"")


# Résumés


def upload(site: Client, name: str, content: bytes, title: str = "", *, follow: bool = True) -> Any:
    file = SimpleUploadedFile(name, content)
    return site.post(reverse("personas:upload"), {"file": file, "title": title}, follow=follow)


def test_uploaded_resume_shows_its_text_and_proposes_its_skills(site: Client, alice: User) -> None:
    checking = upload(site, "ada.txt", TEXT.encode())
    assert "“ada” is read." in words_of(checking)
    assert "Is this what your file says?" in words_of(checking)

    answer = site.get(reverse("personas:resume", args=[checking.context["resume"].pk]))
    words = words_of(answer)
    assert "Built pipelines with Terraform and Kubernetes." in words
    assert [row.proposal.skill for row in answer.context["proposals"].rows()] == [
        "Terraform",
        "Kubernetes",
        "Python",
    ]
    assert "2 lines have no place" in words
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "title", "field", "says"),
    [
        ("cv.txt", b"", "", "file", "empty"),
        ("cv.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "file", "old Word document"),
        ("cv.png", b"\x89PNG\r\n\x1a\n", "", "file", "picture"),
        ("cv.txt", b"Ada\0Lovelace", "", "file", "NUL"),
        ("cv.json", b'{"basics": ', "", "file", "error in line 1"),
        ("cv.txt", b"Ada", "t" * 10_000, "title", "at most 255"),
        ("cv.txt", b"Ada", "a\0b", "title", "Null characters"),
    ],
    ids=["empty", "old word", "picture", "nul", "broken json", "long title", "nul title"],
)
def test_file_that_cannot_be_read_is_refused_with_the_remedy(
    site: Client, alice: User, name: str, content: bytes, title: str, field: str, says: str
) -> None:
    answer = upload(site, name, content, title)

    assert answer.status_code == 200
    assert says in answer.context["form"].errors[field][0]
    with acting_as(alice.pk):
        assert not Resume.objects.exists()


def test_upload_without_a_file_asks_for_one(site: Client) -> None:
    answer = site.post(reverse("personas:upload"), {"title": "CV"})

    assert list(answer.context["form"].errors) == ["file"]


def test_resume_text_is_shown_as_text(site: Client, alice: User) -> None:
    answer = upload(site, "ada.txt", b"Ada <script>alert(1)</script> Lovelace", "<i>CV</i>")

    assert "<script>alert" not in answer.content.decode()
    assert "<i>CV" not in answer.content.decode()


def test_ticked_skills_are_added_with_level_and_evidence_and_the_others_left(
    site: Client, alice: User
) -> None:
    upload(site, "ada.txt", TEXT.encode())
    with acting_as(alice.pk):
        address = reverse("personas:accept_skills", args=[Resume.objects.get().pk])

    answer = site.post(
        address,
        {"take_1": "on", "level_0": "expert", "level_1": "advanced", "level_2": "beginner"},
        follow=True,
    )

    assert "1 skill is added to your skills." in words_of(answer)
    with acting_as(alice.pk):
        skill = UserSkill.objects.get()
    assert (skill.skill_name, skill.proficiency_level, skill.source) == ("Kubernetes", "advanced", "resume")
    assert skill.evidence == "Built pipelines with Terraform and Kubernetes."


def test_proposals_keep_their_places_when_one_is_held_by_now(site: Client, alice: User) -> None:
    upload(site, "ada.txt", TEXT.encode())
    UserSkillFactory(user=alice, skill_name="Terraform")
    with acting_as(alice.pk):
        address = reverse("personas:accept_skills", args=[Resume.objects.get().pk])

    site.post(address, {"take_0": "on", "level_0": "expert", "take_2": "on", "level_2": "expert"})

    with acting_as(alice.pk):
        assert set(UserSkill.objects.values_list("skill_name", flat=True)) == {"Terraform", "Python"}


@pytest.mark.parametrize(
    ("ticked", "says"),
    [
        ({}, "Nothing is ticked"),
        ({"take_0": "on", "level_0": "wizard"}, "wizard"),
        ({"take_0": "on", "level_0": ""}, "is not one of"),
        ({"take_99": "on"}, "Nothing is ticked"),
    ],
)
def test_proposals_accepted_wrongly_add_nothing(
    site: Client, alice: User, ticked: dict[str, str], says: str
) -> None:
    resume = ResumeFactory(user=alice, text=TEXT)

    answer = site.post(reverse("personas:accept_skills", args=[resume.pk]), ticked)

    assert (answer.status_code, says in words_of(answer)) == (200, True)
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()


def test_skills_page_proposes_from_the_default_resume_and_links_the_others(site: Client, alice: User) -> None:
    ResumeFactory(user=alice, text=TEXT, title="Main", is_default=True)
    other = ResumeFactory(user=alice, text="Rust", title="Other")
    UserSkillFactory(user=alice, skill_name="k8s")

    answer = site.get(reverse("personas:skills"))

    assert [row.proposal.skill for row in answer.context["proposals"].rows()] == ["Terraform", "Python"]
    assert reverse("personas:resume", args=[other.pk]) in answer.content.decode()


def test_file_comes_back_as_it_was_and_is_never_opened_as_a_page(site: Client, alice: User) -> None:
    content = TEXT.encode()
    upload(site, 'Lebensläufe\r\n"x".txt', content)
    with acting_as(alice.pk):
        pk = Resume.objects.get().pk

    answer = site.get(reverse("personas:download", args=[pk]))

    assert answer.content == content
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["Content-Type"] == "text/plain"
    assert "no-store" in answer["Cache-Control"]


def test_resume_without_a_file_has_nothing_to_download(site: Client, alice: User) -> None:
    resume = ResumeFactory(user=alice, text=TEXT)

    shown = site.get(reverse("personas:resume", args=[resume.pk]))

    assert "Download" not in words_of(shown)
    assert site.get(reverse("personas:download", args=[resume.pk])).status_code == 404


def test_list_of_resumes_says_who_carries_which(site: Client, alice: User) -> None:
    resume = ResumeFileFactory(resume=ResumeFactory(user=alice, title="For clinics", is_default=True)).resume
    ResumeFactory(user=alice, title="Spare")
    PersonaFactory(user=alice, name="Nurse", resume=resume)

    words = words_of(site.get(reverse("personas:resumes")))

    assert "For clinics default resume.txt 12\xa0bytes".replace("\xa0", " ") in words.replace("\xa0", " ")
    assert "Carried by Nurse" in words
    assert "Carried by no persona" in words


def test_default_is_moved_by_one_click(site: Client, alice: User) -> None:
    ResumeFactory(user=alice, is_default=True)
    other = ResumeFactory(user=alice)

    site.post(reverse("personas:make_default", args=[other.pk]))

    with acting_as(alice.pk):
        assert list(Resume.objects.filter(is_default=True)) == [other]


def test_resume_is_renamed(site: Client, alice: User) -> None:
    resume = ResumeFactory(user=alice, title="Old")
    address = reverse("personas:rename_resume", args=[resume.pk])

    refused = [
        site.post(address, {"title": title}).context["form"].errors for title in ("", "x" * 10_000, "a\0b")
    ]
    site.post(address, {"title": "New"})

    assert all("title" in errors for errors in refused)
    with acting_as(alice.pk):
        assert Resume.objects.get().title == "New"


def test_deleting_a_resume_asks_first_and_keeps_the_persona(site: Client, alice: User) -> None:
    resume = ResumeFileFactory(resume=ResumeFactory(user=alice, title="CV")).resume
    PersonaFactory(user=alice, resume=resume)
    address = reverse("personas:delete_resume", args=[resume.pk])

    asked = site.get(address)
    site.post(address)

    assert "Delete the résumé “CV”?" in words_of(asked)
    with acting_as(alice.pk):
        assert not Resume.objects.exists()
        assert not ResumeFile.objects.exists()
        assert Persona.objects.get().resume_id is None


# Account


def test_account_is_changed_and_times_follow(site: Client, alice: User) -> None:
    data = {"display_name": "Ada", "time_zone": "Asia/Tokyo", "locale": "en", "currency": "JPY"}

    answer = site.post(reverse("personas:account"), data, follow=True)

    stored = User.objects.get(pk=alice.pk)
    assert (stored.display_name, stored.time_zone, stored.currency) == ("Ada", "Asia/Tokyo", "JPY")
    assert "Your account is changed." in words_of(answer)
    assert '<option value="Asia/Tokyo" selected>' in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("display_name", "x" * 10_000),
        ("display_name", "a\0b"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "a\0b"),
        ("locale", "tlh"),
        ("currency", "XAU"),
    ],
)
def test_wrong_account_entry_is_said_at_its_field(site: Client, alice: User, field: str, typed: str) -> None:
    data = {"display_name": "Ada", "time_zone": "UTC", "locale": "en", "currency": "EUR", field: typed}

    answer = site.post(reverse("personas:account"), data)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert User.objects.get(pk=alice.pk).display_name == "Alice"


@pytest.mark.parametrize(("time_zone", "currency"), [("US/Eastern", "EUR"), ("UTC", "XAU")])
def test_unusual_value_that_is_already_kept_can_stay(
    site: Client, alice: User, time_zone: str, currency: str
) -> None:
    with acting_as(alice.pk):
        User.objects.filter(pk=alice.pk).update(time_zone=time_zone, currency=currency)

    answer = site.post(
        reverse("personas:account"),
        {"display_name": "Ada", "time_zone": time_zone, "locale": "en", "currency": currency},
    )

    assert answer.status_code == 302
    assert User.objects.get(pk=alice.pk).display_name == "Ada"


# Queries


def make_persona(user: User) -> None:
    PersonaFactory(user=user, resume=ResumeFactory(user=user))


def make_resume(user: User) -> None:
    resume = ResumeFileFactory(resume=ResumeFactory(user=user, text=TEXT)).resume
    PersonaFactory(user=user, resume=resume)


def make_skill(user: User) -> None:
    UserSkillFactory(user=user)
    ResumeFactory(user=user, text=TEXT)


@pytest.mark.parametrize(
    ("name", "make"),
    [("list", make_persona), ("resumes", make_resume), ("skills", make_skill), ("create", make_resume)],
)
def test_list_asks_as_much_for_twenty_rows_as_for_one(
    site: Client, alice: User, name: str, make: Callable[[User], None]
) -> None:
    make(alice)
    with CaptureQueriesContext(connection) as few:
        site.get(reverse(f"personas:{name}"))
    for _number in range(19):
        make(alice)

    with CaptureQueriesContext(connection) as many:
        site.get(reverse(f"personas:{name}"))

    assert len(many) == len(few)
