"""The shape of the house: arrows, names, models, templates; every drift turns one of these red."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.postgres.functions import RandomUUID
from django.core.management import call_command
from django.db import models
from django.db.models import QuerySet
from django.template.base import DebugLexer, TokenType

from matching.feed import read_page
from matching.models import Match
from personas.models import User
from personas.row_security import PERSON_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("personas", "matching", "autoapply", "learning", "coaching", "relevnt")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "base", "mixins", "signals", "managers"}
SOURCES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]

# Defaults of Python that the database does not share, each with its reason.
NO_DATABASE_DEFAULT = {
    "coaching.Relationship.status": "the fixed schema gives this column no default",
}
# Text in templates that needs no translation: names, signs, codes.
SAME_IN_EVERY_LANGUAGE = {"Relevnt", "400", "403", "404", "500", "·", "?", "%", "(", ")", "–", "—", ":", ","}
ATTRIBUTES_READ_BY_PEOPLE = {"alt", "title", "placeholder", "aria-label", "aria-description"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


# --- arrows and names --------------------------------------------------------------------------------------------


def test_arrows_between_and_inside_the_rooms_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = [
        name_of(path) for path in SOURCES if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    ]

    assert named == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_module_uses_no_signals_and_no_relative_imports(path: Path) -> None:
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            found += ["relative import"] if node.level else []
            found += ["signals"] if (node.module or "").endswith("signals") else []
            found += [alias.name for alias in node.names if alias.name in {"signals", "receiver"}]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.endswith("signals")]

    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_everything_public_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    silent = [f"{name_of(path)}:1"] if path.stat().st_size and not ast.get_docstring(tree) else []
    silent += _silent(tree, name_of(path))

    assert silent == []


def _silent(node: ast.Module | ast.ClassDef, where: str) -> list[str]:
    silent = []
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if child.name.startswith("_") or child.name == "Meta":
            continue
        if not ast.get_docstring(child) and not _is_overload(child):
            silent.append(f"{where}:{child.lineno} {child.name}")
        if isinstance(child, ast.ClassDef):
            silent += _silent(child, where)
    return silent


def _is_overload(node: ast.AST) -> bool:
    return any(getattr(each, "id", "") == "overload" for each in getattr(node, "decorator_list", ()))


# --- models --------------------------------------------------------------------------------------------------------


def _columns(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_of_a_person_says_whose_its_rows_are(model: type[models.Model]) -> None:
    is_personal = bool(set(PERSON_COLUMNS) & _columns(model))

    assert hasattr(model._default_manager.all(), "owned_by") is is_personal


def test_owned_by_gives_the_rows_of_one_person_alone() -> None:
    person = User(email="alice@example.com")
    loose = []
    for model in MODELS:
        rows = model._default_manager.all()
        if hasattr(rows, "owned_by") and str(person.pk).replace("-", "") not in str(
            rows.owned_by(person).query
        ).replace("-", ""):
            loose.append(model._meta.label)

    assert loose == []


LISTS = [
    pytest.param(model, name, id=f"{model._meta.label}.{name}")
    for model in MODELS
    for name in ("for_list", "best_first", "newest_first")
    if hasattr(model._default_manager.all(), name)
]


@pytest.mark.parametrize(("model", "name"), LISTS)
def test_every_list_has_a_total_order(model: type[models.Model], name: str) -> None:
    rows: QuerySet[models.Model] = getattr(model._default_manager.all(), name)()

    assert rows.query.order_by, "a list without an order changes between two pages"
    assert str(rows.query.order_by[-1]).lstrip("-") in {"pk", "id"}


def test_lists_are_found() -> None:
    assert len(LISTS) >= 4


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_default_stands_in_the_database_too(model: type[models.Model]) -> None:
    missing = {
        f"{model._meta.label}.{field.name}"
        for field in model._meta.concrete_fields
        if field.has_default() and field.db_default is models.NOT_PROVIDED
    }

    assert missing - set(NO_DATABASE_DEFAULT) == set()


def test_no_excuse_for_a_missing_default_is_out_of_date() -> None:
    for label in NO_DATABASE_DEFAULT:
        model, _, name = label.rpartition(".")
        field = apps.get_model(model)._meta.get_field(name)

        assert field.has_default(), label
        assert field.db_default is models.NOT_PROVIDED, label


NAMED_BY_THE_WORLD = {
    "matching.JobWord": "a word is its own name",
    "autoapply.ReceiverHost": "a host is its name",
    "autoapply.SentMark": "a mark is its own name",
    "learning.LinkHost": "a host is its name",
    "matching.WriterDay": "a day is its date",
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_key_is_made_by_the_database(model: type[models.Model]) -> None:
    key = model._meta.pk

    counted = isinstance(key, models.OneToOneField | models.BigAutoField) or key.db_default == 1
    assert counted or isinstance(key.db_default, RandomUUID) or model._meta.label in NAMED_BY_THE_WORLD


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_constraint_is_named_as_a_sentence(model: type[models.Model]) -> None:
    curt = [
        each.name
        for each in model._meta.constraints
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}", each.name) or len(each.name) > 63
    ]

    assert curt == []


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_paging_takes_only_ordered_rows(db: None) -> None:
    assert read_page(Match.objects.all()).matches == []


# --- settings ------------------------------------------------------------------------------------------------------


def test_deployment_check_is_clean_behind_https() -> None:
    environment = {**os.environ, "HTTPS": "1", "SECRET_KEY": "k9-" + "x7Qm" * 20, "RELEVNT_ROLE": "app"}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


# --- words -----------------------------------------------------------------------------------------------------------


class BareText(HTMLParser):
    """Collects what a page says outside tags that translate it."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script"}
        self.bare += [
            f'{name}="{value}"'
            for name, value in attrs
            if name in ATTRIBUTES_READ_BY_PEOPLE and _says(value or "")
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._hidden and _says(data):
            self.bare.append(data.strip())


def _says(text: str) -> bool:
    """Whether there is a word in it that differs between languages."""
    rest = " ".join(word for word in text.split() if word not in SAME_IN_EVERY_LANGUAGE)
    return bool(re.search(r"[^\W\d_]{2,}", rest))


SILENT_ENDS = {"endblocktranslate", "endcomment", "endverbatim"}


def _is_silent(words: list[str]) -> bool:
    """Whether a tag begins what is translated, is no text, or is code shown to authors of pages."""
    return words[0] in {"blocktranslate", "comment", "verbatim"} or (
        words[0] == "block" and words[1].endswith("class")
    )


def bare_text(source: str) -> list[str]:
    """What is left of a template, without what its tags and variables print and what they translate."""
    kept, silent = [], 0
    for token in DebugLexer(source).tokenize():
        words = token.contents.split()
        if token.token_type == TokenType.BLOCK and _is_silent(words):
            silent += 1
        elif token.token_type == TokenType.BLOCK and (
            words[0] in SILENT_ENDS or (silent and words[0] == "endblock")
        ):
            silent -= 1
        elif token.token_type == TokenType.TEXT and not silent:
            kept.append(token.contents)
    reader = BareText()
    reader.feed("".join(kept))
    reader.close()
    return reader.bare


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_word_of_a_template_is_marked_for_translation(path: Path) -> None:
    assert bare_text(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello there</p>",
        '<img alt="A picture">',
        "{% if x %}Hello{% endif %}",
        "{% blocktranslate %}a{% endblocktranslate %} and then",
    ],
)
def test_control_bare_words_are_seen(source: str) -> None:
    assert bare_text(source)
