"""The services about people: each rule, each refusal, and that a refusal leaves nothing half-written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from personas import services
from personas.identity import assume
from personas.models import Persona, PersonaPreferences, Resume, ResumeFile, User, UserSkill
from personas.readers.refusals import Refusal, UploadRefused
from personas.services import NewSkill
from tests.factories import PersonaFactory, ResumeFactory, UserSkillFactory
from tests.personas.resume_files import docx_of, image_pdf, text_pdf


@pytest.fixture
def me(alice: User) -> Iterator[User]:
    """Alice, in whose name everything here happens."""
    with transaction.atomic():
        assume(alice.pk)
        yield alice


def wishes_of(persona: Persona) -> PersonaPreferences:
    return PersonaPreferences.objects.get(persona=persona)


def make(user: User, name: str = "Nurse", **preferences: Any) -> Persona:
    return services.create_persona(user=user, details={"name": name}, preferences=preferences)


# Personas


def test_first_persona_becomes_active_and_the_second_does_not(me: User) -> None:
    first, second = make(me, "Nurse"), make(me, "Teacher")

    assert [Persona.objects.get(pk=each.pk).is_active for each in (first, second)] == [True, False]


def test_persona_keeps_everything_that_was_said(me: User) -> None:
    resume = ResumeFactory(user=me)
    values: services.PreferenceValues = {
        "job_title_keywords": ["Data engineer"],
        "required_skills": ["SQL"],
        "nice_to_have_skills": ["Rust"],
        "locations": ["Germany"],
        "industries": ["health", "education"],
        "company_size": ["11-50"],
        "excluded_companies": ["Acme Ltd."],
        "mission_values": ["public health"],
        "growth_focus": ["statistics"],
        "min_salary": 60_000,
        "max_salary": 80_000,
        "currency": "EUR",
        "salary_period": "year",
        "remote_preference": "hybrid",
    }

    persona = services.create_persona(
        user=me,
        details={"name": "  Data \n engineer ", "description": " near home ", "resume": resume},
        preferences=values,
    )

    stored = Persona.objects.get(pk=persona.pk)
    assert (stored.name, stored.description, stored.resume_id) == ("Data engineer", "near home", resume.pk)
    wishes = wishes_of(persona)
    assert {field: getattr(wishes, field) for field in values} == values


def test_edit_changes_only_what_is_named(me: User) -> None:
    persona = make(me, min_salary=50_000, locations=["Germany"])

    services.edit_persona(persona=persona, preferences={"locations": ["France"]})

    stored, wishes = Persona.objects.get(pk=persona.pk), wishes_of(persona)
    assert (stored.name, wishes.min_salary, wishes.locations) == ("Nurse", 50_000, ["France"])


def test_edit_of_preferences_counts_the_revision_that_matching_reads(me: User) -> None:
    persona = make(me)
    before = Persona.objects.get(pk=persona.pk).inputs_revision

    services.edit_persona(persona=persona, preferences={"job_title_keywords": ["Nurse"]})

    assert Persona.objects.get(pk=persona.pk).inputs_revision > before


def test_second_persona_of_a_name_is_refused_and_nothing_is_written(me: User) -> None:
    make(me, "Nurse")

    with pytest.raises(services.PersonaNameTaken) as refused:
        make(me, " Nurse ", min_salary=1)

    assert "already have a persona" in refused.value.faults["name"][0]
    assert Persona.objects.count() == 1


def test_renaming_to_a_taken_name_changes_nothing_of_the_preferences_either(me: User) -> None:
    make(me, "Nurse")
    persona = make(me, "Teacher", min_salary=10)

    with pytest.raises(services.PersonaNameTaken):
        services.edit_persona(persona=persona, details={"name": "Nurse"}, preferences={"min_salary": 20})

    assert (Persona.objects.get(pk=persona.pk).name, wishes_of(persona).min_salary) == ("Teacher", 10)


def test_two_people_may_use_one_name(me: User, charlie: User) -> None:
    PersonaFactory(user=charlie, name="Nurse")

    assert make(me, "Nurse").name == "Nurse"


def test_refusal_says_no_personal_word_in_its_message(me: User) -> None:
    make(me, "Nurse in hiding")

    with pytest.raises(services.Refused) as refused:
        make(me, "Nurse in hiding")

    assert str(refused.value) == "name"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Give it a name"),
        (" \n ", "Give it a name"),
        ("x" * 10_000, "10000 characters"),
        ("a\0b", "NUL"),
        ("a\ud800b", "broken"),
    ],
)
def test_persona_name_that_cannot_be_kept_is_refused(me: User, name: str, says: str) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        make(me, name)

    assert says in refused.value.faults["name"][0]


def test_persona_without_a_name_is_refused(me: User) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        services.create_persona(user=me, details={"description": "no name"})

    assert list(refused.value.faults) == ["name"]


def test_description_longer_than_is_kept_is_refused(me: User) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        services.create_persona(user=me, details={"name": "Nurse", "description": "x" * 5001})

    assert "5001 characters" in refused.value.faults["description"][0]


def test_every_fault_is_told_at_once(me: User) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        make(me, "", currency="XYZ", locations=["Atlantis on Sea"], industries=["witchcraft"])

    assert set(refused.value.faults) == {"name", "currency", "locations", "industries"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("min_salary", -1, "from 0"),
        ("max_salary", 2**31, "2147483647"),
        ("min_salary", True, "whole amount"),
        ("min_salary", "9", "whole amount"),
        ("currency", "eur", "no currency"),
        ("salary_period", "decade", "hour, day, week"),
        ("remote_preference", "moon", "remote, hybrid"),
        ("company_size", ["12"], "1-10"),
        ("excluded_companies", ["Acme", "!!!"], "“!!!”"),
        ("mission_values", ["fine", "x" * 101], "101 characters"),
        ("job_title_keywords", ["a\0b"], "NUL"),
        ("required_skills", ["s" * 101], "at most 100"),
    ],
)
def test_preference_that_cannot_be_kept_is_refused_at_its_field(
    me: User, field: str, value: Any, says: str
) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        make(me, **{field: value})

    assert says in refused.value.faults[field][0]
    assert not Persona.objects.exists()


def test_fifty_entries_are_kept_and_the_first_too_many_is_named(me: User) -> None:
    persona = make(me, mission_values=[f"value {number}" for number in range(50)])

    with pytest.raises(services.ValuesRefused) as refused:
        services.edit_persona(
            persona=persona, preferences={"mission_values": [f"value {n}" for n in range(51)]}
        )

    assert len(wishes_of(persona).mission_values) == 50
    assert "“value 50”" in refused.value.faults["mission_values"][0]


def test_entries_are_trimmed_and_kept_once(me: User) -> None:
    persona = make(me, job_title_keywords=["  Data   engineer", "data engineer", "", " "])

    assert wishes_of(persona).job_title_keywords == ["Data engineer"]


def test_skills_of_a_persona_are_kept_under_one_name(me: User) -> None:
    persona = make(me, required_skills=["k8s", "Kubernetes", "C++", "underwater basket weaving"])

    assert wishes_of(persona).required_skills == ["Kubernetes", "C++", "underwater basket weaving"]


def test_companies_that_are_one_are_kept_once_as_typed(me: User) -> None:
    persona = make(me, excluded_companies=["Acme, Inc.", "ACME Ltd", "Meta"])

    assert wishes_of(persona).excluded_companies == ["Acme, Inc.", "Meta"]


def test_lowest_pay_above_the_highest_is_refused_by_the_database_at_the_field(me: User) -> None:
    persona = make(me, max_salary=50_000)

    with pytest.raises(services.ValuesRefused) as refused:
        services.edit_persona(persona=persona, preferences={"min_salary": 60_000})

    assert "above the highest" in refused.value.faults["min_salary"][0]
    assert wishes_of(persona).min_salary is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Hamburg", "Hamburg, Germany"),
        ("NYC", "New York, NY, United States"),
        ("germany", "Germany"),
        ("Paris, TX", "Paris, TX, United States"),
    ],
)
def test_place_is_kept_by_the_name_that_shows_which_one_is_meant(me: User, typed: str, kept: str) -> None:
    persona = make(me, locations=[typed, kept])

    assert wishes_of(persona).locations == [kept]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Hambrg", "Did you mean Hamburg, Germany"),
        ("Remote", "choose it under Workplace"),
        ("Europe", "many countries"),
        ("Xqzzv", "nearest larger town"),
    ],
)
def test_unknown_place_is_refused_with_a_way_on(me: User, typed: str, says: str) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        make(me, locations=["Hamburg", typed])

    assert says in refused.value.faults["locations"][0]
    assert f"“{typed}”" in refused.value.faults["locations"][0]


def test_resume_of_a_stranger_is_refused_by_the_database(me: User, charlie: User) -> None:
    persona, foreign = make(me), ResumeFactory(user=charlie)

    with pytest.raises(services.ResumeNotFound) as refused:
        services.attach_resume(persona=persona, resume=foreign)

    assert list(refused.value.faults) == ["resume"]
    assert Persona.objects.get(pk=persona.pk).resume_id is None


def test_resume_is_attached_and_taken_off(me: User) -> None:
    persona, resume = make(me), ResumeFactory(user=me)

    services.attach_resume(persona=persona, resume=resume)
    attached = Persona.objects.get(pk=persona.pk).resume_id
    services.attach_resume(persona=persona, resume=None)

    assert (attached, Persona.objects.get(pk=persona.pk).resume_id) == (resume.pk, None)


def test_copies_carry_the_wishes_under_free_names_and_are_not_active(me: User) -> None:
    resume = ResumeFactory(user=me)
    persona = make(me, "Nurse", locations=["Germany"], min_salary=40_000)
    services.attach_resume(persona=persona, resume=resume)

    first, second = services.copy_persona(persona=persona), services.copy_persona(persona=persona)

    assert [first.name, second.name] == ["Nurse (copy)", "Nurse (copy 2)"]
    copied = Persona.objects.get(pk=second.pk)
    assert (copied.is_active, copied.resume_id) == (False, resume.pk)
    assert (wishes_of(second).locations, wishes_of(second).min_salary) == (["Germany"], 40_000)


def test_copy_of_a_persona_with_the_longest_name_fits(me: User) -> None:
    persona = make(me, "n" * 255)

    copy = services.copy_persona(persona=persona)

    assert len(Persona.objects.get(pk=copy.pk).name) == 255
    assert copy.name.endswith(" (copy)")


def test_activating_leaves_one_active(me: User) -> None:
    first, second = make(me, "Nurse"), make(me, "Teacher")

    services.activate_persona(persona=second)
    services.activate_persona(persona=second)

    assert list(Persona.objects.filter(is_active=True)) == [second]
    assert not Persona.objects.get(pk=first.pk).is_active


def test_deleting_the_active_persona_makes_another_active(me: User) -> None:
    first, second = make(me, "Nurse"), make(me, "Teacher")

    services.delete_persona(persona=first)

    assert list(Persona.objects.filter(is_active=True)) == [second]
    assert PersonaPreferences.objects.count() == 1


# Skills


def add(user: User, name: str, level: str = "advanced") -> UserSkill:
    return services.add_skill(user=user, name=name, level=level, source=UserSkill.Source.INPUT)


def test_skill_is_kept_under_the_name_of_the_taxonomy(me: User) -> None:
    skill = services.add_skill(
        user=me, name=" k8s ", level="expert", source="resume", evidence="Ran k8s\nfor years"
    )

    stored = UserSkill.objects.get(pk=skill.pk)
    assert (stored.skill_name, stored.proficiency_level, stored.source) == ("Kubernetes", "expert", "resume")
    assert stored.evidence == "Ran k8s\nfor years"


@pytest.mark.parametrize("again", ["k8s", "KUBERNETES", " Kubernetes "])
def test_skill_that_is_held_is_refused_by_any_of_its_names(me: User, again: str) -> None:
    add(me, "Kubernetes")

    with pytest.raises(services.SkillHeld) as refused:
        add(me, again)

    assert "You have Kubernetes already" in refused.value.faults["name"][0]
    assert UserSkill.objects.count() == 1


def test_skill_that_another_tool_wrote_by_an_alias_counts_as_held(me: User) -> None:
    UserSkillFactory(user=me, skill_name="k8s")

    with pytest.raises(services.SkillHeld):
        add(me, "Kubernetes")


def test_unknown_skill_is_one_skill_whatever_its_case(me: User) -> None:
    add(me, "Basket weaving under water")

    with pytest.raises(services.SkillHeld):
        add(me, "basket weaving UNDER water")


@pytest.mark.parametrize(
    ("name", "level", "field"),
    [
        ("", "expert", "name"),
        ("x" * 10_000, "expert", "name"),
        ("a\0b", "expert", "name"),
        ("Python", "wizard", "level"),
    ],
)
def test_skill_that_cannot_be_kept_is_refused(me: User, name: str, level: str, field: str) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        add(me, name, level)

    assert list(refused.value.faults) == [field]
    assert not UserSkill.objects.exists()


def test_long_evidence_is_cut_where_one_sees_it(me: User) -> None:
    skill = services.add_skill(user=me, name="Python", level="expert", source="resume", evidence="e" * 5000)

    assert len(skill.evidence) == 1000
    assert skill.evidence.endswith("…")


def test_level_changes_and_nothing_else(me: User) -> None:
    skill = add(me, "Python", "beginner")

    services.change_skill_level(skill=skill, level="expert")

    assert UserSkill.objects.get(pk=skill.pk).proficiency_level == "expert"


def test_level_that_is_none_is_refused(me: User) -> None:
    skill = add(me, "Python", "beginner")

    with pytest.raises(services.ValuesRefused):
        services.change_skill_level(skill=skill, level="wizard")

    assert UserSkill.objects.get(pk=skill.pk).proficiency_level == "beginner"


def test_removed_skill_is_gone_and_matching_is_told(me: User) -> None:
    persona, skill = make(me), add(me, "Python")
    before = Persona.objects.get(pk=persona.pk).inputs_revision

    services.remove_skill(skill=skill)

    assert not UserSkill.objects.exists()
    assert Persona.objects.get(pk=persona.pk).inputs_revision == before + 1


def test_proposed_skills_are_added_once_with_their_evidence(me: User) -> None:
    add(me, "Python", "expert")
    chosen = [
        NewSkill("Python", "beginner", "Python"),
        NewSkill("Terraform", "advanced", "Built with Terraform"),
        NewSkill("terraform", "beginner", "again"),
    ]

    added = services.add_proposed_skills(user=me, skills=chosen)

    rows = {skill.skill_name: skill for skill in UserSkill.objects.all()}
    assert (added, set(rows)) == (1, {"Python", "Terraform"})
    assert rows["Python"].proficiency_level == "expert"
    assert (rows["Terraform"].source, rows["Terraform"].evidence) == ("resume", "Built with Terraform")


# Résumés


def test_first_upload_is_the_default_and_keeps_the_file(me: User) -> None:
    content = b"Ada Lovelace\nada@example.com\nPython and PostgreSQL\n"

    uploaded = services.upload_resume(user=me, title="", file_name="C:\\cv\\ada 2026.txt", content=content)
    second = services.upload_resume(user=me, title="Other", file_name="b.txt", content=b"Something else")

    resume = Resume.objects.get(pk=uploaded.resume.pk)
    assert (resume.title, resume.is_default, second.resume.is_default) == ("ada 2026", True, False)
    assert "PostgreSQL" in resume.text
    assert resume.document["basics"]["email"] == "ada@example.com"
    assert resume.unplaced == ["Python and PostgreSQL"]
    file = ResumeFile.objects.get(resume=resume)
    assert (file.name, file.media_type, bytes(file.content)) == ("ada 2026.txt", "text/plain", content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("cv.pdf", text_pdf([(60.0, 60.0, "Ada Lovelace, analyst")]), "application/pdf"),
        ("cv.docx", docx_of("Ada Lovelace"), services.MEDIA_TYPES[services.Kind.DOCX]),
        ("cv.json", json.dumps({"basics": {"name": "Ada"}, "x-own": [1]}).encode(), "application/json"),
    ],
    ids=["pdf", "docx", "json"],
)
def test_every_kind_of_resume_is_read(me: User, name: str, content: bytes, media_type: str) -> None:
    uploaded = services.upload_resume(user=me, title="CV", file_name=name, content=content)

    assert "Ada" in Resume.objects.get(pk=uploaded.resume.pk).text
    assert ResumeFile.objects.get(resume=uploaded.resume).media_type == media_type


def test_file_that_cannot_be_read_leaves_nothing(me: User) -> None:
    with pytest.raises(UploadRefused) as refused:
        services.upload_resume(user=me, title="CV", file_name="cv.pdf", content=image_pdf())

    assert refused.value.code is Refusal.IMAGE_ONLY
    assert not Resume.objects.exists()


@pytest.mark.parametrize("title", ["x" * 10_000, "a\0b"])
def test_upload_under_a_title_that_cannot_be_kept_is_refused(me: User, title: str) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        services.upload_resume(user=me, title=title, file_name="cv.txt", content=b"Ada")

    assert list(refused.value.faults) == ["title"]


def test_long_file_name_keeps_its_ending(me: User) -> None:
    uploaded = services.upload_resume(
        user=me, title="CV", file_name=f"../{'n' * 400}\r\n.txt", content=b"Ada Lovelace"
    )

    name = ResumeFile.objects.get(resume=uploaded.resume).name
    assert (len(name), name[-5:]) == (255, "n.txt")


def test_renamed_resume_keeps_everything_else(me: User) -> None:
    resume = ResumeFactory(user=me, text="Ada")

    services.rename_resume(resume=resume, title=" For clinics ")

    stored = Resume.objects.get(pk=resume.pk)
    assert (stored.title, stored.text) == ("For clinics", "Ada")


def test_empty_title_is_refused(me: User) -> None:
    resume = ResumeFactory(user=me, title="CV")

    with pytest.raises(services.ValuesRefused):
        services.rename_resume(resume=resume, title=" ")

    assert Resume.objects.get(pk=resume.pk).title == "CV"


def test_one_resume_is_the_default(me: User) -> None:
    first, second = ResumeFactory(user=me, is_default=True), ResumeFactory(user=me)

    services.make_default_resume(resume=second)
    services.make_default_resume(resume=second)

    assert list(Resume.objects.filter(is_default=True)) == [second]
    assert Resume.objects.filter(pk=first.pk).exists()


def test_deleting_a_resume_keeps_its_persona_and_promotes_the_newest(me: User) -> None:
    uploaded = services.upload_resume(user=me, title="CV", file_name="cv.txt", content=b"Ada Lovelace").resume
    other = ResumeFactory(user=me)
    persona = PersonaFactory(user=me, resume=uploaded)

    services.delete_resume(resume=uploaded)

    assert Persona.objects.get(pk=persona.pk).resume_id is None
    assert not ResumeFile.objects.exists()
    assert list(Resume.objects.filter(is_default=True)) == [other]


# Accounts


def test_account_is_changed(me: User) -> None:
    services.edit_account(
        user=me, display_name=" Ada  L. ", time_zone="Europe/Berlin", locale="en", currency="EUR"
    )

    stored = User.objects.get(pk=me.pk)
    assert (stored.display_name, stored.time_zone, stored.currency) == ("Ada L.", "Europe/Berlin", "EUR")


def test_account_with_wrong_values_is_refused_with_each_of_them(me: User) -> None:
    with pytest.raises(services.ValuesRefused) as refused:
        services.edit_account(
            user=me, display_name="x" * 256, time_zone="Mars/Olympus", locale="tlh", currency="GOLD"
        )

    assert set(refused.value.faults) == {"display_name", "time_zone", "locale", "currency"}
    assert User.objects.get(pk=me.pk).time_zone == "UTC"
