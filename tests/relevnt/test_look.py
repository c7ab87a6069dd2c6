"""The look kept by figures: contrast from the tokens, one scale of type and space, a strict page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from personas.models import User
from relevnt import views
from relevnt.styleguide import sample_context, styleguide

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
CSS = (STATIC / "relevnt.css").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
LAYERS = ["reset", "tokens", "base", "layout", "components", "utilities"]
THEMES = ["light", "dark"]
GROUNDS = ["ground", "surface", "sunk"]
TEXTS = ["ink", "muted", "gold-text", "danger", "good"]
SHAPES = [
    "line-strong",
    "fill",
    "factor-skill",
    "factor-salary",
    "factor-location",
    "factor-remote",
    "factor-industry",
]
ACCOUNT_PAGES = sorted(path.name for path in (ROOT / "templates" / "account").glob("*.html"))
MAILS = sorted(
    str(path.relative_to(ROOT / "templates")).removesuffix("_subject.txt")
    for room in ("account", "mfa", "socialaccount")
    for path in (ROOT / "templates" / room / "email").glob("*_subject.txt")
)
NOTES = sorted(
    str(path.relative_to(ROOT / "templates"))
    for room in ("account", "socialaccount")
    for path in (ROOT / "templates" / room / "messages").glob("*.txt")
)
PROVIDER_PAGES = sorted(path.name for path in (ROOT / "templates" / "socialaccount").glob("[!_]*.html"))
ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]


def tokens(theme: str) -> dict[str, str]:
    pairs = re.findall(r"--([\w-]+):\s*light-dark\((#[0-9A-F]{6}),\s*(#[0-9A-F]{6})\)", CSS)
    return {name: light if theme == "light" else dark for name, light, dark in pairs}


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


class PageReader(HTMLParser):
    """Collects what a strict policy would refuse, and the ids, the labels and the filled buttons of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.described: list[str] = []
        self.filled = 0
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.refused += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        self.refused += [
            f"{tag} {value}" for value in named.values() if (value or "").startswith("javascript:")
        ]
        if tag == "style" or (
            tag == "script" and not named.get("src") and named.get("type") != "application/json"
        ):
            self.refused.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.described += (named.get("aria-describedby") or "").split()
        self.filled += named.get("data-kind") == "filled"
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)


def read(html: str) -> PageReader:
    reader = PageReader()
    reader.feed(html)
    reader.close()
    return reader


def signed_in() -> User:
    return User(email="maria@example.org", display_name="Maria Hoffmann")


def styleguide_page(rf: RequestFactory, user: User | AnonymousUser) -> str:
    request = rf.get("/styleguide/")
    request.user = user
    return styleguide(request).content.decode()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", TEXTS)
def test_text_reaches_aa_on_every_ground(theme: str, ground: str, name: str) -> None:
    colors = tokens(theme)

    assert contrast(colors[name], colors[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", SHAPES)
def test_controls_and_pictures_stand_out_on_every_ground(theme: str, ground: str, name: str) -> None:
    colors = tokens(theme)

    assert contrast(colors[name], colors[ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("fill", ["fill", "fill-hover"])
def test_words_on_a_filled_button_reach_aa(theme: str, fill: str) -> None:
    colors = tokens(theme)

    assert contrast(colors["on-fill"], colors[fill]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_a_pressed_danger_button_reach_aa(theme: str) -> None:
    colors = tokens(theme)

    assert contrast(colors["ground"], colors["danger"]) >= 4.5


ADMIN_CSS = (STATIC / "admin.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("body-fg", "body-bg"),
        ("body-quiet-color", "darkened-bg"),
        ("link-fg", "selected-row"),
        ("breadcrumbs-link-fg", "breadcrumbs-bg"),
        ("button-fg", "button-bg"),
        ("button-fg", "delete-button-bg"),
        ("button-fg", "close-button-bg"),
        ("object-tools-fg", "object-tools-bg"),
        ("error-fg", "body-bg"),
    ],
)
def test_words_in_the_admin_reach_aa(theme: str, text: str, ground: str) -> None:
    named = dict(re.findall(r"--([\w-]+): var\(--([\w-]+)\);", ADMIN_CSS))
    colors = tokens(theme)

    assert contrast(colors[named[text]], colors[named[ground]]) >= 4.5


def test_admin_has_no_color_of_its_own() -> None:
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b", ADMIN_CSS) == []


def test_neighboring_factors_are_told_apart_by_more_than_color() -> None:
    html = render_to_string(
        "components/factor_legend.html", {"labels": [("skill", "Skills"), ("salary", "Pay")]}
    )

    assert "Skills" in html
    assert "Pay" in html
    assert "not stated" in html


def test_style_sheet_stays_small() -> None:
    assert len(CSS.splitlines()) < 700


def test_style_sheet_has_only_the_six_layers_in_order() -> None:
    declared = re.search(r"^@layer ([^{;]+);", CSS, re.MULTILINE)
    used = re.findall(r"^@layer (\w+) \{", CSS, re.MULTILINE)
    top_level = set(re.findall(r"^([^\s/}@][^{]*|@[\w-]+)", CSS, re.MULTILINE))

    assert declared is not None
    assert declared.group(1).split(", ") == LAYERS
    assert used == LAYERS
    assert top_level == {"@layer", "@font-face"}


def test_type_has_five_sizes() -> None:
    sizes = dict(re.findall(r"--type-(\d+): ([\d.]+)rem", CSS))
    used = set(re.findall(r"font-size:\s*([^;}]+)", CSS))

    assert {int(name): float(size) * 16 for name, size in sizes.items()} == {
        11: 11,
        12: 12,
        15: 15,
        18: 18,
        24: 24,
    }
    assert used <= {f"var(--type-{name})" for name in sizes}


def test_space_has_five_steps() -> None:
    assert len(re.findall(r"--space-\d: ", CSS)) == 5


def test_corners_are_at_most_four_pixels() -> None:
    token = re.search(r"--radius: (\d+)px", CSS)
    used = set(re.findall(r"border-radius:\s*([^;}]+)", CSS))

    assert token is not None
    assert int(token.group(1)) <= 4
    assert used <= {"var(--radius)", "1px"}


@pytest.mark.parametrize(
    "forbidden", ["shadow", "!important", "http:", "https:", "@import", "animation-name"]
)
def test_style_sheet_has_none_of(forbidden: str) -> None:
    assert forbidden not in CSS


def test_colors_are_written_only_as_tokens() -> None:
    outside = re.sub(r"@layer tokens \{.*?\n\}", "", CSS, flags=re.DOTALL)

    # Selected text is dark on gold in both themes; paper is white in print.
    assert set(re.findall(r"#[0-9A-Fa-f]{3,8}\b", outside)) == {"#11100E", "#FFFFFF"}


def test_both_themes_follow_the_reader() -> None:
    assert "color-scheme: light dark" in CSS


def test_motion_is_reduced_on_request() -> None:
    assert "prefers-reduced-motion: reduce" in CSS


def test_files_that_the_style_sheet_names_exist() -> None:
    named = re.findall(r'url\("([^"]+)"\)', CSS)

    assert named
    assert [name for name in named if not (STATIC / name).is_file()] == []


@pytest.mark.parametrize("family", ["Fraunces", "Inter"])
def test_fonts_carry_their_license(family: str) -> None:
    text = (STATIC / "fonts" / f"OFL-{family}.txt").read_text(encoding="utf-8")

    assert f"The {family} Project Authors" in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text


def test_every_font_belongs_to_a_licensed_family_and_they_stay_small() -> None:
    fonts = list((STATIC / "fonts").glob("*.woff2"))

    assert {font.name.split("-")[0] for font in fonts} == {"fraunces", "inter"}
    assert sum(font.stat().st_size for font in fonts) < 600_000
    assert CSS.count("font-display: swap") == len(fonts)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_template_has_nothing_inline(path: Path) -> None:
    html = path.read_text(encoding="utf-8")

    assert (
        re.findall(
            r'<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*(?:\bsrc=|type="application/json"))|hx-on',
            html,
        )
        == []
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_speaks_calmly(path: Path) -> None:
    text = re.sub(r"<!DOCTYPE html>|\{%.*?%\}", lambda tag: tag.group().replace("!=", ""), path.read_text())
    text = text.replace("<!DOCTYPE", "")

    assert re.findall(r"(?i)successful|oops|click here|!", text) == []


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_needs_no_request(name: str) -> None:
    page = read(get_template(name).render())

    assert page.headings == ["h1"]
    assert page.filled == 1
    assert page.refused == []


def test_front_page_is_strict_and_has_one_filled_action(rf: RequestFactory) -> None:
    request = rf.get("/")

    html = render_to_string("front.html", {"user": AnonymousUser()}, request)

    page = read(html)
    assert page.refused == []
    assert page.filled == 1
    assert page.headings[0] == "h1"


def test_navigation_of_a_visitor_leads_to_sign_in_only() -> None:
    html = render_to_string("components/nav.html", {"user": AnonymousUser()})

    assert "Sign in" in html
    assert "Create account" in html
    assert "Matches" not in html


@pytest.mark.parametrize(
    ("room", "page", "marked"),
    [
        ("matching", "detail", ["Matches"]),
        ("personas", "edit", ["Personas"]),
        ("personas", "skills", ["Skills"]),
        ("personas", "resumes", ["Résumés"]),
        ("personas", "resume", ["Résumés"]),
        ("personas", "upload", ["Résumés"]),
        ("personas", "accept_skills", ["Résumés"]),
        ("personas", "remove_skill", ["Skills"]),
        ("personas", "account", []),
    ],
)
def test_navigation_marks_the_page_it_stands_on(room: str, page: str, marked: list[str]) -> None:
    here = SimpleNamespace(
        resolver_match=SimpleNamespace(view_name=f"{room}:{page}", namespace=room, url_name=page)
    )

    html = render_to_string("components/nav.html", {"user": signed_in(), "request": here})

    assert re.findall(r'aria-current="page">([^<]+)', html) == marked


@pytest.mark.parametrize(
    ("is_staff", "is_coach", "words"),
    [(False, False, None), (True, False, "Administration"), (False, True, "Coach’s desk")],
    ids=["seeker", "staff", "coach"],
)
def test_navigation_offers_the_admin_to_those_it_lets_in(
    is_staff: bool, is_coach: bool, words: str | None
) -> None:
    user = signed_in()
    user.is_staff, user.is_coach = is_staff, is_coach

    html = render_to_string("components/nav.html", {"user": user})

    assert ("/admin/" in html) == (words is not None)
    assert words is None or words in html


def test_styleguide_renders_every_component(rf: RequestFactory) -> None:
    html = styleguide_page(rf, signed_in())

    source = (ROOT / "templates" / "styleguide.html").read_text(encoding="utf-8")
    parts = {path.name for path in (ROOT / "templates" / "components").iterdir()}
    shown_by_tags_or_base = {
        "factor_table.html",
        "factor_legend.html",
        "factor_example.html",
        "nav.html",
        "posted.html",
    }
    assert [
        name for name in sorted(parts - shown_by_tags_or_base) if f"components/{name}" not in source
    ] == []
    assert "archive, 2016" in html
    assert "employer not named" in html
    assert "EUR 72,000 to 88,000 a year" in html


def test_styleguide_is_strict_and_sound(rf: RequestFactory) -> None:
    page = read(styleguide_page(rf, signed_in()))

    assert page.refused == []
    assert page.filled == 1
    assert len(page.ids) == len(set(page.ids))
    assert [name for name in page.described if name not in page.ids] == []


def test_styleguide_page_carries_the_token_for_htmx(rf: RequestFactory) -> None:
    html = styleguide_page(rf, signed_in())

    assert re.search(r"hx-headers='\{\"x-csrftoken\": \"\w{64}\"\}'", html)


def test_field_names_its_hint_and_its_errors() -> None:
    form = sample_context()["form"]

    html = render_to_string("components/_field.html", {"field": form["name"]})

    page = read(html)
    assert page.described == ["id_name_helptext", "id_name_error"]
    assert set(page.described) <= set(page.ids)
    assert 'for="id_name"' in html


def test_match_row_that_is_dismissed_offers_the_way_back() -> None:
    context = sample_context()
    *_, dismissed = context["matches"]

    html = render_to_string("components/match_row.html", {"match": dismissed})

    assert "Put back" in html
    assert "Not for me" not in html
    assert html.count('method="post"') == 2  # back, and why


@pytest.mark.parametrize("name", ACCOUNT_PAGES)
def test_account_page_is_strict_and_has_one_way_forward(name: str, rf: RequestFactory) -> None:
    address = SimpleNamespace(email="maria@example.org", primary=True, verified=False)
    context = {
        "user": AnonymousUser(),
        "form": sample_context()["form"],
        "verify_form": sample_context()["form"],
        "redirect_field": "",
        "signup_url": "/accounts/signup/",
        "login_url": "/accounts/login/",
        "confirmation": SimpleNamespace(key="abc", email_address=address),
        "can_confirm": True,
        "can_add_email": True,
        "can_resend": True,
        "emailaddress_radios": [SimpleNamespace(id="email_1", checked=True, emailaddress=address)],
        "reauthentication_alternatives": [],
    }

    page = read(render_to_string(f"account/{name}", context, rf.get("/accounts/")))

    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert page.filled <= 1
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("is_away", [True, False])
@pytest.mark.parametrize("name", PROVIDER_PAGES)
def test_page_of_the_sign_in_provider_is_strict_and_has_one_way_forward(
    name: str, is_away: bool, rf: RequestFactory, settings: Any
) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.org", "Example ID"
    account = SimpleNamespace(
        pk=1, get_provider=SimpleNamespace(name="Example ID"), extra_data={"email": "maria@example.org"}
    )
    context = {
        "user": AnonymousUser(),
        "provider": "Example ID",
        "url": 'https://id.example.org/authorize?a=1&b="><script>',
        "told": ["There is an account with this address already."],
        "back": "/accounts/login/",
        "is_away": is_away,
        "form": SimpleNamespace(accounts=[account, account], errors={"account": ["Set a password first."]}),
    }

    page = read(render_to_string(f"socialaccount/{name}", context, rf.get("/accounts/")))

    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert page.filled == 1
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids))


def test_button_of_the_sign_in_provider_is_there_where_one_is_named(
    rf: RequestFactory, settings: Any
) -> None:
    for name in ("", "Example ID"):
        settings.OIDC_ISSUER, settings.OIDC_NAME = name and "https://id.example.org", name

        html = render_to_string("socialaccount/_provider.html", {"redirect_field": ""}, rf.get("/"))

        assert ("Sign in with Example ID" in html) == bool(name)


def test_reset_link_that_is_used_up_offers_a_new_one(rf: RequestFactory) -> None:
    context = {"user": AnonymousUser(), "token_fail": True}

    html = render_to_string("account/password_reset_from_key.html", context, rf.get("/accounts/"))

    assert "used up or too old" in html
    assert "/accounts/password/reset/" in html
    assert "<form" not in html


@pytest.mark.parametrize("name", MAILS)
def test_mail_has_a_subject_of_one_line_and_says_what_it_is_for(name: str) -> None:
    context = {
        "current_site": SimpleNamespace(name="Relevnt", domain="jobs.example.org"),
        "code": "",
        "device": "a browser",
        "reset_url": "https://jobs.example.org/reset/",
        "sessions_url": "https://jobs.example.org/sessions/",
        "timestamp": "22 November 2026",
        "number": 2,
        "provider": SimpleNamespace(name="Example ID"),
        "email": "o'neill@example.org",
        "deleted_email": "old@example.org",
        "from_email": "old@example.org",
        "to_email": "o'neill@example.org",
        "password_reset_url": "https://jobs.example.org/reset/?a=1&b=2",
        "activate_url": "https://jobs.example.org/confirm/?a=1&b=2",
        "signup_url": "https://jobs.example.org/signup/?a=1&b=2",
    }

    subject = render_to_string(f"{name}_subject.txt", context).strip()
    body = render_to_string(f"{name}_message.txt", context)

    assert subject
    assert "\n" not in subject
    assert "Relevnt at jobs.example.org" in body
    assert "&amp;" not in body
    assert "&#x27;" not in body


@pytest.mark.parametrize("name", NOTES)
def test_note_after_an_account_change_is_one_sentence(name: str) -> None:
    note = render_to_string(name, {"email": "maria@example.org"}).strip()

    assert "\n" not in note
    assert not note or note.endswith(".")
    assert (note == "") == (name == "account/messages/logged_in.txt")


def test_icon_is_found_where_browsers_used_to_look(rf: RequestFactory) -> None:
    answer = views.favicon(rf.get("/favicon.ico"))

    assert answer.status_code == 302
    assert re.search(r"/favicon(\.\w+)?\.svg$", answer["Location"])


@pytest.mark.parametrize(
    "name", ["personas/skill_list.html", "personas/_proposals.html", "components/factor_table.html"]
)
def test_table_keeps_its_roles_when_it_is_laid_out_anew(name: str) -> None:
    text = (ROOT / "templates" / name).read_text()

    assert re.findall(r"<(?:table|thead|tbody|tr|th|td)(?![^>]* role=)", text) == []


@pytest.mark.parametrize(("filled", "kind"), [(True, ' data-kind="filled"'), (False, "")])
def test_empty_state_is_the_action_of_the_page_where_it_says_so(filled: bool, kind: str) -> None:
    html = render_to_string(
        "components/empty.html",
        {"title": "None yet", "next_url": "/new/", "next_label": "Make one", "filled": filled},
    )

    assert f'<a class="button"{kind} href="/new/">Make one</a>' in html
