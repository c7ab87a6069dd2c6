"""Inviting one address and many: what is read of a list, the report of every line, nothing twice, nothing before it is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coaching.address_lists import MOST_BYTES, MOST_LINES, Line, NotAList, decode, read_lines
from coaching.models import Invitation, Mail
from personas.identity import acting_as
from personas.models import User
from tests.factories import InvitationFactory, RelationshipFactory

LIST = "admin:coaching_invitation_changelist"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "a@example.com",
            "A@Example.com ; hello",
            "b@example.com,“hi”, there",
            '"c@example.com";"two\nlines"',
            "no address",
            ";",
            "email,message",
            "bob@example.com",
            "d@example.com\thello",
        ]
    ),
    max_size=12,
).map("\n".join)


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """A browser in which Bob is signed in."""
    client.force_login(bob)
    return client


def invited_by(bob: User) -> list[str]:
    with acting_as(bob.pk):
        return sorted(Invitation.objects.owned_by(bob).values_list("email", flat=True))


def give(desk: Client, text: str, do: str = "preview") -> Any:
    return desk.post(reverse("admin:coaching_bulk_invite"), {"text": text, "do": do})


def upload(desk: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("list.csv", content, content_type="text/csv")
    return desk.post(reverse("admin:coaching_bulk_invite"), {"file": file, "do": "preview"})


def reports_of(response: Any) -> list[tuple[int, str, bool]]:
    return [(each.number, each.email, each.invited) for each in response.context_data["reports"]]


# --- reading a list ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a@b.c", [Line(1, "a@b.c")]),
        ("a@b.c\r\n\r\nd@e.f\r\n", [Line(1, "a@b.c"), Line(3, "d@e.f")]),
        ("a@b.c\rd@e.f", [Line(1, "a@b.c"), Line(2, "d@e.f")]),
        ("email,message\na@b.c,Hello", [Line(2, "a@b.c", "Hello")]),
        ("Message;E-Mail\nHello;a@b.c", [Line(2, "a@b.c", "Hello")]),
        ("\ufeffemail\na@b.c", [Line(2, "a@b.c")]),
        ("name,email,message\nAda,a@b.c,Hello", [Line(2, "a@b.c", "Hello")]),
        ("a@b.c;Hello, Ada", [Line(1, "a@b.c", "Hello, Ada")]),
        ("a@b.c\nd@e.f;Hello", [Line(1, "a@b.c"), Line(2, "d@e.f", "Hello")]),
        ("a@b.c, Hello, Ada", [Line(1, "a@b.c", "Hello, Ada")]),
        ('a@b.c,"two\nlines"\nd@e.f', [Line(1, "a@b.c", "two\nlines"), Line(3, "d@e.f")]),
        ("a@b.c\tHello", [Line(1, "a@b.c", "Hello")]),
        (' a@b.c ; "He said ""hi"""', [Line(1, "a@b.c", 'He said "hi"')]),
    ],
)
def test_list_is_read_with_the_numbers_of_its_lines(text: str, lines: list[Line]) -> None:
    assert list(read_lines(text)) == lines


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("\n \n;;\n", "empty"),
        ("email;message", "empty"),
        ('a@b.c;"no end', "quotes"),
        ("a@b.c\n" * (MOST_LINES + 1), "lines"),
    ],
)
def test_what_is_no_list_is_told_apart(text: str, code: str) -> None:
    with pytest.raises(NotAList) as fault:
        read_lines(text)

    assert fault.value.code == code


def test_as_many_lines_as_allowed_are_read() -> None:
    assert len(read_lines("email\n" + "a@b.c\n" * MOST_LINES)) == MOST_LINES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_text_is_utf_8_with_or_without_a_mark(encoding: str) -> None:
    assert decode("é@b.c".encode(encoding)) == "é@b.c"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(NotAList, match="encoding"):
        decode("a@b.c;Grüße".encode(encoding))


@given(TEXTS | LINES)
@example("\0")
@example("\x1c\n\u2028a@b.c")
def test_any_text_is_read_or_told_why_not(text: str) -> None:
    try:
        lines = read_lines(text)
    except NotAList:
        return

    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))
    assert 1 <= len(lines) <= MOST_LINES
    assert numbers[-1] <= text.count("\n") + text.count("\r") + 1


@given(st.lists(st.sampled_from(["a@b.c", "d@e.f;Hello", "what", ""]), min_size=1, max_size=20))
def test_every_line_that_says_anything_is_accounted_for(rows: list[str]) -> None:
    told = [number for number, row in enumerate(rows, start=1) if row]
    try:
        found = [line.number for line in read_lines("\n".join(rows))]
    except NotAList:
        found = []

    assert found == told


# --- the page for many -------------------------------------------------------------------------------------------------

MANY = (
    "email;message\na1@example.com;Hello\nbad address\nbob@example.com\nA1@example.com;again\nb2@example.com"
)


def test_preview_sends_nothing_and_says_the_same_as_sending(desk: Client, bob: User) -> None:
    preview = give(desk, MANY)

    assert invited_by(bob) == []
    with acting_as(bob.pk):
        assert not Mail.objects.exists()
    expected = [
        (2, "a1@example.com", True),
        (3, "bad address", False),
        (4, "bob@example.com", False),
        (5, "a1@example.com", False),
        (6, "b2@example.com", True),
    ]
    assert reports_of(preview) == expected
    sent = give(desk, preview.context_data["text"], do="send")
    assert reports_of(sent) == expected
    assert invited_by(bob) == ["a1@example.com", "b2@example.com"]


def test_same_file_again_invites_nobody_twice(desk: Client, bob: User) -> None:
    give(desk, MANY, do="send")
    again = give(desk, MANY, do="send")

    assert [invited for _number, _email, invited in reports_of(again)] == [False] * 5
    assert invited_by(bob) == ["a1@example.com", "b2@example.com"]
    with acting_as(bob.pk):
        assert Mail.objects.count() == 2


def test_file_is_previewed_and_its_text_is_carried_on(desk: Client, bob: User) -> None:
    response = upload(desk, "\ufeffemail;message\ra1@example.com;Grüße\r".encode())

    assert reports_of(response) == [(2, "a1@example.com", True)]
    give(desk, response.context_data["text"], do="send")
    with acting_as(bob.pk):
        (invitation,) = Invitation.objects.owned_by(bob)
    assert invitation.message == "Grüße"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a1@example.com;Grüße".encode("cp1252"), "Save it as “CSV UTF-8”"),
        (b"", "There is no line with an address in it."),
        (b"a" * (MOST_BYTES + 1), "This is larger than 256 kB."),
        (b"a@b.c\n" * (MOST_LINES + 1), "There are more than 500 lines."),
        (b'a@b.c;"no end', "Quotation marks do not fit together"),
        (bytes(range(256)), "Save it as “CSV UTF-8”"),
    ],
    ids=["cp1252", "empty", "large", "long", "quotes", "binary"],
)
def test_file_that_cannot_be_read_is_explained(desk: Client, bob: User, content: bytes, said: str) -> None:
    response = upload(desk, content)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert invited_by(bob) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no line with an address in it."),
        ("a" * (MOST_BYTES + 1), "This is larger than 256 kB."),
    ],
)
def test_pasted_text_that_cannot_be_read_is_explained(desk: Client, text: str, said: str) -> None:
    assert said in give(desk, text).content.decode()


def test_file_and_lines_together_are_refused(desk: Client) -> None:
    file = SimpleUploadedFile("list.csv", b"a@b.c")

    response = desk.post(reverse("admin:coaching_bulk_invite"), {"file": file, "text": "d@e.f"})

    assert "Give a file or lines, not both." in response.content.decode()


def test_what_stands_in_a_list_is_written_as_text(desk: Client) -> None:
    assert "<script>x" not in give(desk, "<script>x</script>\n</textarea><b>").content.decode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=TEXTS | LINES, do=st.sampled_from(["preview", "send", ""]))
def test_any_text_is_answered_and_every_line_accounted_for(
    desk: Client, bob: User, text: str, do: str
) -> None:
    desk.force_login(bob)

    response = give(desk, text, do=do)

    assert response.status_code == 200
    if "reports" in response.context_data:
        lines = read_lines(response.context_data["text"])
        assert [number for number, _email, _invited in reports_of(response)] == [
            line.number for line in lines
        ]
        assert all(each.sentence for each in response.context_data["reports"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_file_is_answered(desk: Client, bob: User, content: bytes) -> None:
    desk.force_login(bob)

    assert upload(desk, content).status_code == 200


# --- one, and the list of all ------------------------------------------------------------------------------------------


def test_one_address_is_invited(desk: Client, bob: User) -> None:
    response = desk.post(reverse("admin:coaching_invite"), {"email": "New@Example.com", "message": "Hello"})

    assert response["Location"] == reverse(LIST)
    assert invited_by(bob) == ["new@example.com"]


@pytest.mark.parametrize("email", ["", "nobody", "bob@example.com", "a" * 300 + "@example.com"])
def test_address_that_cannot_be_invited_is_explained(desk: Client, bob: User, email: str) -> None:
    response = desk.post(reverse("admin:coaching_invite"), {"email": email})

    assert response.status_code == 200
    assert 'class="errorlist' in response.content.decode()
    assert invited_by(bob) == []


def test_client_whom_one_has_already_is_explained(desk: Client, bob: User, alice: User) -> None:
    RelationshipFactory(coach=bob, client=alice)

    response = desk.post(reverse("admin:coaching_invite"), {"email": alice.email})

    assert "work together already" in response.content.decode()


def test_list_shows_the_answers_of_ones_own_alone(desk: Client, bob: User) -> None:
    InvitationFactory(user=bob, email="open@example.com")
    InvitationFactory(user=bob, email="late@example.com", expires_at=timezone.now() - timedelta(days=1))
    InvitationFactory(email="strange@example.com")

    html = desk.get(reverse(LIST)).content.decode()

    assert "open@example.com" in html
    assert "out of date" in html
    assert "strange@example.com" not in html
    assert html.count("Withdraw") == 1


def test_invitation_is_withdrawn_once(desk: Client, bob: User) -> None:
    invitation = InvitationFactory(user=bob)
    url = reverse("admin:coaching_invitation_withdraw", args=[invitation.pk])

    first, second = desk.post(url, follow=True), desk.post(url, follow=True)

    assert "is withdrawn" in first.content.decode()
    assert "You withdrew this already." in second.content.decode()
    with acting_as(bob.pk):
        assert Invitation.objects.get(pk=invitation.pk).answer == "withdrawn"


def test_invitation_of_another_coach_is_not_there(desk: Client) -> None:
    other = InvitationFactory()

    response = desk.post(reverse("admin:coaching_invitation_withdraw", args=[other.pk]))

    assert response.status_code == 404


def test_invitation_to_oneself_cannot_be_withdrawn(desk: Client, alice: User, bob: User) -> None:
    asked = InvitationFactory(user=alice, by_coach=False, email=bob.email)

    assert desk.post(reverse("admin:coaching_invitation_withdraw", args=[asked.pk])).status_code == 404


@pytest.mark.parametrize(
    "name", ["coaching_invite", "coaching_bulk_invite", "coaching_invitation_changelist"]
)
def test_pages_are_for_coaches_alone(client: Client, staff: User, name: str) -> None:
    client.force_login(staff)

    assert client.get(reverse(f"admin:{name}")).status_code == 403
    assert client.post(reverse(f"admin:{name}"), {"email": "a@example.com"}).status_code == 403


def test_list_asks_as_often_for_twenty_as_for_one(desk: Client, bob: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get(reverse(LIST))
        return len(asked)

    InvitationFactory(user=bob)
    one = queries()
    InvitationFactory.create_batch(60, user=bob)

    assert queries() == one
    assert "?page=2" in desk.get(reverse(LIST)).content.decode()
