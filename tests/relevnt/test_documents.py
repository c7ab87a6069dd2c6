"""Documents that stay true: settings, commands, rooms and files they name are the ones there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENV_READ = re.compile(r"""\benv(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)\"""")
ENVIRON_READ = re.compile(r"""environ(?:\.get\(|\[)\s*"([A-Z][A-Z0-9_]+)\"""")
# Read from the environment, and not for an operator to set.
NOT_OURS = {"XDG_STATE_HOME": "a convention of desktops, told in place.py"}
READERS = [ROOT / "relevnt" / "settings.py", *sorted((ROOT / "relevnt" / "embedded").glob("*.py"))]
README = ROOT / "README.md"
COMMANDS = ("./run", "./test")
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
NOTICES = [
    ROOT / "LICENSE",
    *sorted(
        path
        for room in ("personas", "matching", "learning", "static")
        for path in (ROOT / room).rglob("*")
        if re.search(r"NOTICE|LICENSE|^OFL-|ATTRIBUTION", path.name)
    ),
]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def variables_read() -> set[str]:
    """Names of the environment variables that the product reads."""
    found: set[str] = set()
    for path in READERS:
        found |= set(ENV_READ.findall(read(path))) | set(ENVIRON_READ.findall(read(path)))
        # Names kept in a tuple before they are looked up.
        found |= set(re.findall(r'"((?:DATABASE|WORKER_DATABASE|REDIS|EMAIL)(?:_[A-Z]+)*_URL)"', read(path)))
    return found - set(NOT_OURS)


def variables_in_example() -> set[str]:
    """Names in `.env.example`, set or commented out."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", read(ROOT / ".env.example"), re.MULTILINE))


def targets() -> set[str]:
    """What make can make."""
    return set(re.findall(r"^([a-z][a-z-]*):", read(ROOT / "Makefile"), re.MULTILINE))


def test_example_of_settings_names_exactly_what_is_read() -> None:
    assert variables_in_example() == variables_read()


def test_example_of_settings_sets_nothing() -> None:
    set_there = [
        line for line in read(ROOT / ".env.example").splitlines() if line and not line.startswith("#")
    ]

    assert set_there == []


def test_control_variables_are_found() -> None:
    assert {"SECRET_KEY", "HTTPS", "DATABASE_URL", "RELEVNT_STATE_DIR"} <= variables_read()


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)

    assert {line.split()[0] for line in done.stdout.splitlines() if line.strip()} == targets()


def test_every_target_is_declared_as_no_file() -> None:
    phony = re.search(r"^\.PHONY:(.*)$", read(ROOT / "Makefile"), re.MULTILINE)

    assert phony
    assert set(phony.group(1).split()) == targets()


def test_readme_gives_the_two_commands() -> None:
    blocks = "\n".join(re.findall(r"```[a-z]*\n(.*?)```", read(README), re.DOTALL))

    for command in COMMANDS:
        assert re.search(rf"^{re.escape(command)}\b", blocks, re.MULTILINE), f"README does not give {command}"
        assert (ROOT / command).stat().st_mode & 0o111, f"{command} cannot be executed"


def test_readme_explains_every_environment_variable_in_its_table() -> None:
    first_cells = "\n".join(re.findall(r"^\|([^|]*)\|", read(README), re.MULTILINE))
    rows = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", first_cells))

    assert rows == variables_in_example()


def test_readme_names_only_targets_that_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(re.findall(r"`([^`\n]+)`", read(README)))))

    assert named <= targets()


def test_readme_shows_a_picture() -> None:
    assert re.search(r"!\[[^\]]+\]\([^)]+\.(png|svg|webp)\)", read(README))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_a_document_links_to_exists(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", read(path)) + re.findall(r'(?:src|href)="([^"]+)"', read(path))
    files = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]

    assert [file for file in files if file and not (path.parent / file).exists()] == []


def test_every_room_of_the_architecture_exists_and_is_told() -> None:
    text = read(ROOT / "ARCHITECTURE.md")
    told = set(re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE))
    there = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert told == there


def test_every_file_the_architecture_names_exists() -> None:
    text = read(ROOT / "ARCHITECTURE.md")
    named = set(re.findall(r"`([\w./-]+\.(?:py|html|md|css|toml)|[\w./-]+/)`", text))
    # A bare name is told within the sentence of its room.
    known = {path.name for path in ROOT.glob("*/**/*.*")} | {
        f"{path.name}/" for room in ROOT.glob("*/apps.py") for path in room.parent.rglob("*") if path.is_dir()
    }
    missing = [
        name
        for name in named
        if not (ROOT / name).exists() and name.split("/", maxsplit=1)[-1] not in known and name not in known
    ]

    assert missing == []


@pytest.mark.parametrize("path", NOTICES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_notice_speaks_of_exists(path: Path) -> None:
    """Names of files of ours: with one of our rooms before them, or beside the notice."""
    text = re.sub(r"https?://\S+", "", read(path))
    named = re.findall(r"(?<![\w/.])((?:personas|matching|static|relevnt)/[\w./-]+\.\w+)", text)
    beside = re.findall(r"(?<![\w/.-])([a-z]\w+\.(?:tsv\.gz|tsv|npz|jsonl\.gz|txt))\b", text)

    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing + [name for name in beside if not (path.parent / name).exists()] == []


def test_every_file_of_data_is_attributed() -> None:
    """In its own first line, by name in a notice, by a notice of its folder (NOTICE.md), or of its subject (places_NOTICE.txt: places_*)."""
    notices = "\n".join(read(path) for path in NOTICES)
    data = [
        path
        for room in ("personas", "matching")
        for path in (ROOT / room / "data").rglob("*")
        if path.is_file()
    ]

    orphans = [
        path.name
        for path in data
        if path.name not in notices
        and not _has_notice_beside(path)
        and not path.read_bytes().startswith(b"# ")
    ]

    assert data
    assert orphans == []


def _has_notice_beside(path: Path) -> bool:
    subjects = [
        notice.name.partition("NOTICE")[0].strip("_").removesuffix("s")
        for notice in path.parent.glob("*NOTICE*")
    ]
    return any(path.name.startswith(subject) for subject in subjects)


def test_license_is_the_one_in_the_package() -> None:
    assert read(ROOT / "LICENSE").startswith("MIT License")
    assert 'license = "MIT"' in read(ROOT / "pyproject.toml")
