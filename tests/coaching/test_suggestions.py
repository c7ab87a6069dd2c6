"""Suggestions: made within what is granted, answered by the client alone, done whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from coaching import looks
from coaching.differences import Part
from coaching.models import Consent, Relationship, Suggestion
from coaching.proposals import WEIGHTS
from coaching.suggestion_effects import foresee
from coaching.suggestion_previews import Preview, preview_suggestion
from coaching.suggestions import (
    MAX_OPEN,
    Answered,
    ChangedMeanwhile,
    Obstructed,
    TooManyOpen,
    accept_suggestion,
    decline_suggestion,
    suggest,
    withdraw_suggestion,
)
from matching.models import Job, Match, MatchState, TunerSettings
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, Resume, User, UserSkill
from personas.services import Gone, Refused, ValuesRefused, edit_persona, edit_resume_texts
from tests.factories import (
    ConsentFactory,
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    MatchStateFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.matching.market import open_jobs
from tests.roles import OWNER_ROLE, as_role

WEIGHED = {"name": "Pay first", **dict(zip(WEIGHTS, ("0.25", "0.50", "0.10", "0.10", "0.05"), strict=True))}
DOCUMENT = {
    "basics": {"name": "Alice", "summary": "I build things."},
    "work": [{"name": "Acme", "highlights": ["Led a team of 5."]}],
}


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    """Bob may see Alice's matches and résumés."""
    made: Relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=made, scopes=["matches", "resume"])
    return made


@pytest.fixture
def persona(alice: User) -> Persona:
    made = PersonaFactory(user=alice, name="Data", is_active=True)
    with acting_as(alice.pk):
        edit_persona(persona=made, preferences={"min_salary": 90_000, "locations": ["Paris"]})
    return made


@pytest.fixture
def resume(alice: User) -> Resume:
    return ResumeFactory(user=alice, title="Mine", document=DOCUMENT, text="I build things.")


def propose(
    relationship: Relationship, kind: str, proposal: dict[str, Any] | None = None, **values: Any
) -> Suggestion:
    """What Bob suggests, with the rows open that its kind needs."""
    scope = "resume" if kind in ("skill", "resume") else "matches"
    with acting_as(relationship.coach_id):
        looks.look_at_client(
            coach=relationship.coach, relationship=relationship, scopes=[scope], page="suggestion"
        )
        made = suggest(
            coach=relationship.coach,
            relationship=relationship,
            kind=kind,
            proposal=proposal or {},
            **{"note": "It would help.", **values},
        )
        looks.close_look()
    return made


def look_at(suggestion: Suggestion, client: User) -> Preview:
    with acting_as(client.pk):
        own = Suggestion.objects.select_related("relationship", "job__source", "resume").get(pk=suggestion.pk)
        return preview_suggestion(suggestion=own, client=client)


def accept(suggestion: Suggestion, client: User, seen: str | None = None) -> Suggestion:
    """Accept what was seen; what stands now, where nothing else is said."""
    seen = look_at(suggestion, client).seen if seen is None else seen
    with acting_as(client.pk):
        return accept_suggestion(suggestion=suggestion, client=client, seen=seen)


def stored(suggestion: Suggestion) -> Suggestion:
    with acting_as(suggestion.client_id):
        return Suggestion.objects.get(pk=suggestion.pk)


def sentences(refused: pytest.ExceptionInfo[Refused]) -> str:
    return " ".join(sentence for each in refused.value.faults.values() for sentence in each)


def of(model: Any, user: User, **values: Any) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.filter(user=user, **values))


# --- each kind, accepted ---------------------------------------------------------------------------------------------


def test_weights_are_kept_as_the_default_beside_those_there_were(
    alice: User, relationship: Relationship
) -> None:
    old = TunerSettingsFactory(user=alice, name="Mine", is_default=True)
    suggestion = propose(relationship, "weights", WEIGHED)

    preview = look_at(suggestion, alice)
    accept(suggestion, alice, preview.seen)

    assert ("salary_weight", "25 %", "50 %") in [(c.field, c.before, c.after) for c in preview.changes]
    (new,) = of(TunerSettings, alice, is_default=True)
    assert (new.name, new.salary_weight, new.skill_weight) == ("Pay first", Decimal("0.50"), Decimal("0.25"))
    assert [each.pk for each in of(TunerSettings, alice, name="Mine", is_default=False)] == [old.pk]
    assert stored(suggestion).status == "accepted"
    assert stored(suggestion).answered_at is not None


def test_weights_of_a_name_that_is_taken_get_a_number(alice: User, relationship: Relationship) -> None:
    TunerSettingsFactory(user=alice, name="pay FIRST")
    suggestion = propose(relationship, "weights", WEIGHED)
    assert "a number after it" in " ".join(look_at(suggestion, alice).notes)

    accept(suggestion, alice)

    assert [each.name for each in of(TunerSettings, alice, is_default=True)] == ["Pay first (2)"]


def test_weights_that_are_kept_already_only_become_the_default(
    alice: User, relationship: Relationship
) -> None:
    TunerSettingsFactory(user=alice, **WEIGHED)

    accept(propose(relationship, "weights", WEIGHED), alice)

    (only,) = of(TunerSettings, alice)
    assert only.is_default


def test_accepted_weights_and_personas_make_the_matches_due(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    before = of(Persona, alice)[0].inputs_revision
    accept(propose(relationship, "weights", WEIGHED), alice)
    between = of(Persona, alice)[0].inputs_revision
    accept(propose(relationship, "persona", {"min_salary": 60_000}, persona_id=persona.pk), alice)

    assert before < between < of(Persona, alice)[0].inputs_revision


def test_persona_is_changed_where_it_was_proposed_and_nowhere_else(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(
        relationship, "persona", {"min_salary": 65_000, "locations": ["Paris", "Rome"]}, persona_id=persona.pk
    )

    changes = {change.field: change for change in look_at(suggestion, alice).changes}
    accept(suggestion, alice)

    assert (changes["min_salary"].before, changes["min_salary"].after) == ("90,000", "65,000")
    assert [part.how for part in changes["locations"].parts] == ["kept", "added"]
    (wishes,) = of(PersonaPreferences, alice)
    assert wishes.min_salary == 65_000
    assert len(wishes.locations) == 2
    assert of(Persona, alice)[0].name == "Data"


def test_job_that_was_set_aside_is_put_back_and_nothing_is_applied_for(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    match = MatchFactory(
        persona=persona, is_dismissed=True, dismissed_at=timezone.now(), dismissed_because="pay"
    )
    MatchStateFactory(persona=persona)
    suggestion = propose(relationship, "job", job_id=match.job_id)

    preview = look_at(suggestion, alice)
    accept(suggestion, alice)

    assert "applies for nothing" in " ".join(preview.notes)
    (now,) = of(Match, alice)
    assert (now.is_dismissed, now.dismissed_because) == (False, "")
    with acting_as(alice.pk):
        assert MatchState.objects.get(pk=persona.pk).runs_seen == -1
        assert not alice.applications.exists()


def test_job_that_was_not_set_aside_can_be_accepted(alice: User, relationship: Relationship) -> None:
    assert accept(propose(relationship, "job", job_id=JobFactory().pk), alice).status == "accepted"


def test_job_of_an_archive_is_labelled(alice: User, relationship: Relationship) -> None:
    job = JobFactory(source=JobSourceFactory(kind="archive"))

    preview = look_at(propose(relationship, "job", job_id=job.pk), alice)

    assert preview.obstacle == ""
    assert "Nobody can apply for it" in " ".join(preview.notes)


def test_skill_is_added(alice: User, relationship: Relationship) -> None:
    suggestion = propose(relationship, "skill", {"name": "k8s", "level": "beginner"})

    accept(suggestion, alice)

    (skill,) = of(UserSkill, alice)
    assert (skill.skill_name, skill.proficiency_level, skill.source) == ("Kubernetes", "beginner", "input")


def test_level_of_a_skill_is_changed_whatever_it_is_called(alice: User, relationship: Relationship) -> None:
    UserSkillFactory(user=alice, skill_name="Kubernetes", proficiency_level="beginner")
    suggestion = propose(relationship, "skill", {"name": "k8s", "level": "advanced"})

    (change,) = look_at(suggestion, alice).changes
    accept(suggestion, alice)

    assert (change.label, change.before, change.after) == ("Kubernetes", "beginner", "advanced")
    assert [each.proficiency_level for each in of(UserSkill, alice)] == ["advanced"]


def test_resume_says_what_was_proposed_and_its_text_and_file_stay(
    alice: User, relationship: Relationship, resume: Resume
) -> None:
    edit = {"pointer": "/work/0/highlights/0", "text": "Led a team of twelve."}
    suggestion = propose(relationship, "resume", {"edits": [edit]}, resume_id=resume.pk)

    preview = look_at(suggestion, alice)
    accept(suggestion, alice)

    assert [change.label for change in preview.changes] == ["Work 1 · highlights 1"]
    assert Part("removed", "5") in preview.changes[0].parts
    assert "uploaded stays as it is" in " ".join(preview.notes)
    (now,) = of(Resume, alice)
    assert now.document["work"][0]["highlights"] == ["Led a team of twelve."]
    assert (now.text, now.document["basics"]) == ("I build things.", DOCUMENT["basics"])


def test_approved_resume_that_is_changed_waits_for_a_review_again(
    alice: User, relationship: Relationship, resume: Resume
) -> None:
    with as_role(OWNER_ROLE):
        Resume.objects.update(review="approved")
    edit = {"pointer": "/basics/summary", "text": "I build good things."}
    suggestion = propose(relationship, "resume", {"edits": [edit]}, resume_id=resume.pk)
    assert "waits for another review" in " ".join(look_at(suggestion, alice).notes)

    accept(suggestion, alice)

    assert of(Resume, alice)[0].review == "pending"


# --- answered ----------------------------------------------------------------------------------------------------------


def decline(suggestion: Suggestion, client: User) -> None:
    with acting_as(client.pk):
        decline_suggestion(suggestion=suggestion, client=client)


def withdraw(suggestion: Suggestion) -> None:
    with acting_as(suggestion.coach_id):
        withdraw_suggestion(suggestion=suggestion, coach=suggestion.coach)


def skill(relationship: Relationship) -> Suggestion:
    return propose(relationship, "skill", {"name": "Rust", "level": "beginner"})


def test_declining_changes_nothing_and_keeps_the_words(
    alice: User, bob: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    with acting_as(alice.pk):
        decline_suggestion(suggestion=suggestion, client=alice, answer="  Not now. ")

    assert of(UserSkill, alice) == []
    with acting_as(bob.pk):
        seen_by_coach = Suggestion.objects.by_coach(bob).get()
    assert (seen_by_coach.status, seen_by_coach.answer) == ("declined", "Not now.")


def test_too_long_an_answer_is_refused(alice: User, relationship: Relationship) -> None:
    suggestion = skill(relationship)
    with acting_as(alice.pk), pytest.raises(ValuesRefused) as refused:
        decline_suggestion(suggestion=suggestion, client=alice, answer="x" * 2001)

    assert "at most 2000" in sentences(refused)
    assert stored(suggestion).status == "open"


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (accept, "You have answered this suggestion already"),
        (decline, "You have answered this suggestion already"),
        (lambda s, client: withdraw(s), "Your coach took this suggestion back"),
    ],
)
def test_what_is_answered_or_taken_back_stays_so(
    alice: User, relationship: Relationship, first: Callable[[Suggestion, User], Any], words: str
) -> None:
    suggestion = skill(relationship)
    seen = look_at(suggestion, alice).seen
    first(suggestion, alice)
    before = (stored(suggestion).status, len(of(UserSkill, alice)))

    with pytest.raises(Answered) as again:
        accept(suggestion, alice, seen)
    with pytest.raises(Answered):
        decline(suggestion, alice)
    assert words in sentences(again)
    with pytest.raises(Answered):
        withdraw(suggestion)

    assert (stored(suggestion).status, len(of(UserSkill, alice))) == before


def test_somebody_elses_suggestion_is_not_there(
    alice: User, bob: User, charlie: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    for other in (charlie, bob):
        with acting_as(other.pk), pytest.raises(Gone):
            accept_suggestion(suggestion=suggestion, client=other, seen="x")
        with acting_as(other.pk), pytest.raises(Gone):
            decline_suggestion(suggestion=suggestion, client=other)
    with acting_as(charlie.pk), pytest.raises(Gone):
        withdraw_suggestion(suggestion=suggestion, coach=charlie)

    assert stored(suggestion).status == "open"


def test_coach_cannot_answer_and_client_cannot_withdraw_by_sql(
    alice: User, bob: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    for who, status in ((bob, "accepted"), (bob, "declined"), (alice, "withdrawn")):
        with acting_as(who.pk), pytest.raises(DatabaseError), transaction.atomic():
            Suggestion.objects.filter(pk=suggestion.pk).update(status=status)
    with acting_as(bob.pk), pytest.raises(DatabaseError), transaction.atomic():
        Suggestion.objects.filter(pk=suggestion.pk).update(proposal={})


def test_nothing_is_accepted_after_the_relationship_has_ended(
    alice: User, bob: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    seen = look_at(suggestion, alice).seen
    with acting_as(bob.pk):
        Relationship.objects.filter(pk=relationship.pk).update(status="ended")

    with pytest.raises(Obstructed) as refused:
        accept(suggestion, alice, seen)

    assert "does not coach you any more" in sentences(refused)
    assert of(UserSkill, alice) == []
    decline(suggestion, alice)


def test_client_may_accept_what_they_have_when_nothing_is_shared_any_more(
    alice: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    with acting_as(alice.pk):
        Consent.objects.update(scopes=[])

    assert accept(suggestion, alice).status == "accepted"


# --- the client's rows as they are now -------------------------------------------------------------------------------


def changes_the_persona(alice: User) -> None:
    with acting_as(alice.pk):
        edit_persona(persona=Persona.objects.get(user=alice), preferences={"min_salary": 70_000})


def test_change_since_it_was_seen_is_refused_with_the_new_difference(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(relationship, "persona", {"min_salary": 65_000}, persona_id=persona.pk)
    seen = look_at(suggestion, alice).seen
    changes_the_persona(alice)

    with pytest.raises(ChangedMeanwhile) as refused:
        accept(suggestion, alice, seen)

    (change,) = refused.value.preview.changes
    assert (change.before, change.after) == ("70,000", "65,000")
    assert of(PersonaPreferences, alice)[0].min_salary == 70_000
    assert stored(suggestion).status == "open"
    accept(suggestion, alice, refused.value.preview.seen)


def test_change_of_something_else_disturbs_nothing(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(relationship, "persona", {"description": "New."}, persona_id=persona.pk)
    seen = look_at(suggestion, alice).seen
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"locations": ["Rome"]})

    accept(suggestion, alice, seen)

    assert of(Persona, alice)[0].description == "New."


@pytest.mark.parametrize("seen", ["", "x", "0" * 64])
def test_nothing_is_accepted_unseen(alice: User, relationship: Relationship, seen: str) -> None:
    with pytest.raises(ChangedMeanwhile):
        accept(skill(relationship), alice, seen)

    assert of(UserSkill, alice) == []


def obstacle(suggestion: Suggestion, alice: User) -> str:
    found = look_at(suggestion, alice).obstacle
    if found:
        with pytest.raises(Obstructed) as refused:
            accept(suggestion, alice)
        assert sentences(refused) == found
        assert stored(suggestion).status == "open"
    return found


def test_what_is_so_already_cannot_be_accepted(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    made = (
        propose(relationship, "weights", WEIGHED),
        skill(relationship),
        propose(relationship, "persona", {"min_salary": 95_000}, persona_id=persona.pk),
    )
    TunerSettingsFactory(user=alice, is_default=True, **WEIGHED)
    UserSkillFactory(user=alice, skill_name="Rust", proficiency_level="beginner")
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"min_salary": 95_000})

    for each in made:
        assert obstacle(each, alice) == "It is so already: accepting would change nothing."


def test_what_is_so_already_is_not_suggested(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    TunerSettingsFactory(user=alice, is_default=True, **WEIGHED)
    UserSkillFactory(user=alice, skill_name="Rust", proficiency_level="beginner")

    for kind, proposal, about in (
        ("weights", WEIGHED, {}),
        ("skill", {"name": "Rust", "level": "beginner"}, {}),
        ("persona", {"min_salary": 90_000}, {"persona_id": persona.pk}),
    ):
        with pytest.raises(ValuesRefused) as refused:
            propose(relationship, kind, proposal, **about)
        assert sentences(refused) == "It is so already with your client. Change something."
    with acting_as(alice.pk):
        assert not Suggestion.objects.exists()


def test_job_that_closed_cannot_be_accepted(alice: User, relationship: Relationship) -> None:
    suggestion = propose(relationship, "job", job_id=JobFactory().pk)
    with as_role(OWNER_ROLE):
        Job.objects.update(closed_at=timezone.now())

    assert obstacle(suggestion, alice) == "This job has closed meanwhile."


def test_pay_that_would_be_upside_down_is_an_obstacle(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(relationship, "persona", {"min_salary": 120_000}, persona_id=persona.pk)
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"max_salary": 100_000})

    assert "above the highest" in obstacle(suggestion, alice)


def test_name_of_another_persona_is_an_obstacle(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    suggestion = propose(relationship, "persona", {"name": "Teacher"}, persona_id=persona.pk)
    PersonaFactory(user=alice, name="Teacher")

    assert "another persona of this name" in obstacle(suggestion, alice)


def test_text_that_has_changed_is_not_overwritten(
    alice: User, relationship: Relationship, resume: Resume
) -> None:
    edit = {"pointer": "/basics/summary", "text": "I build good things."}
    suggestion = propose(relationship, "resume", {"edits": [edit]}, resume_id=resume.pk)
    with acting_as(alice.pk):
        edit_resume_texts(resume=resume, texts={"/basics/summary": "I teach."})

    assert "Basics · summary" in obstacle(suggestion, alice)


def test_text_that_is_not_there_any_more_is_an_obstacle(
    alice: User, relationship: Relationship, resume: Resume
) -> None:
    edit = {"pointer": "/work/0/name", "text": "Acme Ltd."}
    suggestion = propose(relationship, "resume", {"edits": [edit]}, resume_id=resume.pk)
    with acting_as(alice.pk):
        Resume.objects.update(document={"basics": {}})

    assert "Work 1 · name" in obstacle(suggestion, alice)


@pytest.mark.parametrize("kind", ["persona", "resume"])
def test_suggestion_goes_with_what_it_is_about(
    alice: User, relationship: Relationship, persona: Persona, resume: Resume, kind: str
) -> None:
    proposal = {
        "persona": {"min_salary": 1},
        "resume": {"edits": [{"pointer": "/basics/name", "text": "Ada"}]},
    }[kind]
    about = {"persona": {"persona_id": persona.pk}, "resume": {"resume_id": resume.pk}}[kind]
    suggestion = propose(relationship, kind, proposal, **about)
    seen = look_at(suggestion, alice).seen
    with acting_as(alice.pk):
        (persona if kind == "persona" else resume).delete()

    with pytest.raises(Gone) as refused:
        accept(suggestion, alice, seen)

    assert "no such suggestion" in sentences(refused)


def test_refusal_of_the_change_itself_takes_the_answer_back(
    alice: User, relationship: Relationship, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        TunerSettingsFactory(user=alice, name=f"W{number}")
    suggestion = propose(relationship, "weights", WEIGHED)

    with pytest.raises(Refused) as refused:
        accept(suggestion, alice)

    assert "Delete one first" in sentences(refused)
    assert stored(suggestion).status == "open"


# --- made within what is granted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "granted"),
    [
        ("weights", ["resume", "applications", "learning"]),
        ("persona", ["resume"]),
        ("job", ["resume"]),
        ("skill", ["matches", "applications", "learning"]),
        ("resume", ["matches"]),
        ("skill", []),
    ],
)
def test_what_is_not_granted_cannot_be_suggested(
    alice: User, bob: User, kind: str, granted: list[str]
) -> None:
    relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=relationship, scopes=granted)
    values = {"skill": {"name": "Rust", "level": "beginner"}, "weights": WEIGHED}

    with acting_as(bob.pk), pytest.raises(looks.NotGranted):
        suggest(coach=bob, relationship=relationship, kind=kind, proposal=values.get(kind, {}), note="Why.")

    with acting_as(bob.pk), pytest.raises(DatabaseError), transaction.atomic():
        Suggestion.objects.create(relationship=relationship, coach=bob, client=alice, kind=kind, note="Why.")


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_nothing_is_suggested_in_a_relationship_that_is_not_active(
    bob: User, relationship: Relationship, status: str
) -> None:
    with acting_as(bob.pk):
        Relationship.objects.update(status=status)
        with pytest.raises(looks.NotGranted):
            suggest(coach=bob, relationship=relationship, kind="weights", proposal=WEIGHED, note="Why.")


def test_rows_of_others_cannot_be_named(
    alice: User, charlie: User, relationship: Relationship, persona: Persona, resume: Resume
) -> None:
    theirs, other = PersonaFactory(user=charlie), ResumeFactory(user=charlie, document=DOCUMENT)
    edits = {"edits": [{"pointer": "/basics/name", "text": "Ada"}]}

    for kind, proposal, about, field in (
        ("persona", {"min_salary": 1}, {"persona_id": theirs.pk}, "persona"),
        ("persona", {"min_salary": 1}, {"persona_id": uuid4()}, "persona"),
        ("persona", {"min_salary": 1}, {}, "persona"),
        ("resume", edits, {"resume_id": other.pk}, "resume"),
        ("job", {}, {"job_id": uuid4()}, "job"),
        ("job", {}, {}, "job"),
        ("job", {}, {"job_id": JobFactory().pk, "persona_id": theirs.pk}, "persona"),
        ("weights", WEIGHED, {"persona_id": persona.pk}, "persona"),
        ("skill", {"name": "Rust", "level": "beginner"}, {"resume_id": resume.pk}, "resume"),
    ):
        with pytest.raises(ValuesRefused) as refused:
            propose(relationship, kind, proposal, **about)
        assert list(refused.value.faults) == [field]


def test_without_a_look_no_row_of_the_client_can_be_named(
    bob: User, relationship: Relationship, persona: Persona
) -> None:
    with acting_as(bob.pk), pytest.raises(ValuesRefused):
        suggest(
            coach=bob,
            relationship=relationship,
            kind="persona",
            proposal={"min_salary": 1},
            note="Why.",
            persona_id=persona.pk,
        )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"pointer": "/basics/nothing", "text": "x"}, "holds no text at “/basics/nothing”"),
        ({"pointer": "/work/0", "text": "x"}, "holds no text"),
        ({"pointer": "/work/00/name", "text": "x"}, "holds no text"),
        ({"pointer": "/basics/name", "text": "Alice"}, "says this already"),
    ],
)
def test_edit_has_to_change_a_text_that_is_there(
    relationship: Relationship, resume: Resume, edit: dict[str, str], words: str
) -> None:
    with pytest.raises(ValuesRefused) as refused:
        propose(relationship, "resume", {"edits": [edit]}, resume_id=resume.pk)

    assert words in sentences(refused)


@pytest.mark.parametrize("note", ["", "  ", "x" * 2001, "a\0b"])
def test_every_suggestion_says_why(relationship: Relationship, note: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        propose(relationship, "weights", WEIGHED, note=note)

    assert list(refused.value.faults) == ["note"]


def test_closed_job_and_unknown_kind_are_refused(relationship: Relationship) -> None:
    with pytest.raises(ValuesRefused) as refused:
        propose(relationship, "job", job_id=JobFactory(closed_at=timezone.now()).pk)
    assert "has closed" in sentences(refused)
    with pytest.raises(ValuesRefused):
        propose(relationship, "money")


def test_open_suggestions_are_bounded(relationship: Relationship) -> None:
    for _each in range(MAX_OPEN):
        last = propose(relationship, "weights", WEIGHED)

    with pytest.raises(TooManyOpen):
        propose(relationship, "weights", WEIGHED)
    withdraw(last)
    propose(relationship, "weights", WEIGHED)


def test_coach_loses_sight_of_a_suggestion_with_its_scope(
    alice: User, bob: User, relationship: Relationship
) -> None:
    suggestion = skill(relationship)
    with acting_as(alice.pk):
        Consent.objects.update(scopes=["matches"])

    with acting_as(bob.pk):
        assert not Suggestion.objects.by_coach(bob).exists()
        with pytest.raises(Gone):
            withdraw_suggestion(suggestion=suggestion, coach=bob)


def test_consent_that_has_run_out_lets_nothing_be_suggested(bob: User, relationship: Relationship) -> None:
    with as_role(OWNER_ROLE):
        Consent.objects.update(
            valid_from=timezone.now() - timedelta(days=2), valid_until=timezone.now() - timedelta(days=1)
        )
    with acting_as(bob.pk), pytest.raises(looks.NotGranted):
        suggest(coach=bob, relationship=relationship, kind="weights", proposal=WEIGHED, note="Why.")


# --- what it would do --------------------------------------------------------------------------------------------------


def test_effect_tells_the_best_jobs_now_and_then_and_saves_nothing(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    open_jobs(("Data engineer", 50_000), ("Gardener", 200_000))
    with acting_as(alice.pk):
        edit_persona(persona=persona, preferences={"job_title_keywords": ["Data engineer"], "locations": []})
    suggestion = propose(relationship, "persona", {"job_title_keywords": ["Gardener"]}, persona_id=persona.pk)

    with acting_as(alice.pk):
        effect = foresee(suggestion=suggestion, client=alice)
        wishes = PersonaPreferences.objects.get()

    assert effect is not None
    assert [row.job.title for row in effect.now] == ["Data engineer"]
    assert [row.job.title for row in effect.then] == ["Gardener"]
    assert not effect.is_same
    assert wishes.job_title_keywords == ["Data engineer"]


def test_effect_of_weights_is_told_for_the_active_persona(
    alice: User, relationship: Relationship, persona: Persona
) -> None:
    open_jobs(("Data engineer", 50_000))
    suggestion = propose(relationship, "weights", WEIGHED)

    with acting_as(alice.pk):
        effect = foresee(suggestion=suggestion, client=alice)

    assert effect is not None
    assert effect.persona == persona


def test_effect_is_told_where_there_is_one(alice: User, relationship: Relationship) -> None:
    for suggestion in (skill(relationship), propose(relationship, "weights", WEIGHED)):
        with acting_as(alice.pk):
            assert foresee(suggestion=suggestion, client=alice) is None


def test_unknown_person_has_no_suggestions(db: None) -> None:
    other = UserFactory()
    with acting_as(other.pk):
        assert not Suggestion.objects.owned_by(other).exists()
