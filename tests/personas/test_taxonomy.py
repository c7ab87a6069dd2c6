"""The taxonomy: one name for a skill, and where skills stand in a text."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from personas.management.commands.build_taxonomy import Command, merge, read_curated
from personas.mentions import CASED
from personas.taxonomy import Entry, Skill, Taxonomy, load_taxonomy, read_entries, taxonomy


def names(text: str, *, employer: str = "") -> list[str]:
    return [mention.skill for mention in taxonomy().find(text, employer=employer)]


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("k8s", "Kubernetes"),
        ("c sharp", "C#"),
        ("golang", "Go"),
        ("reactjs", "React"),
        ("React JS", "React"),
        ("node js", "Node.js"),
        ("ruby-on-rails", "Ruby on Rails"),
        ("  Project   MANAGEMENT ", "Project management"),
        ("c++", "C++"),
        ("C", "C"),
        (".net", ".NET"),
        ("excel", "Microsoft Excel"),
        ("Underwater  Basketry", "Underwater Basketry"),
        ("c-", "c-"),
    ],
)
def test_canonical_gives_one_name(typed: str, canonical: str) -> None:
    assert taxonomy().canonical(typed) == canonical


def test_key_makes_spellings_one_skill() -> None:
    words = taxonomy()

    keys = {words.key("K8S"), words.key("kubernetes"), words.key(" Kubernetes ")}

    assert keys == {"kubernetes"}


def test_canonical_of_canonical_is_itself() -> None:
    words = taxonomy()

    moved = [skill.name for skill in words.skills() if words.canonical(skill.name) != skill.name]

    assert moved == []


def test_known_tells_names_from_inventions() -> None:
    words = taxonomy()

    assert words.known("patient care")
    assert not words.known("zorgblatt")
    assert not words.known("")


def test_skill_has_kind_and_group() -> None:
    assert taxonomy().skill("vuejs") == Skill("Vue", "technology", "Front-end frameworks")
    assert taxonomy().skill("zorgblatt") is None


def test_suggest_gives_the_commonest_first() -> None:
    words = taxonomy()

    assert words.suggest("java", limit=2) == ("Java", "JavaScript")
    assert words.suggest("k8s")[0] == "Kubernetes"
    assert "Nursing" in words.suggest("nurs")
    assert words.suggest("  ") == ()
    assert words.suggest("java", limit=0) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Languages: C, C++, C#, R, Go, .NET and Node.js.", ["C", "C++", "C#", "R", "Go", ".NET", "Node.js"]),
        ("You go the extra mile at Google and have a good google rating.", []),
        ("It is what nurses do; we lead, excel and rest.", []),
        ("Our R&D people, the C-suite, a Series C round and A/R.", []),
        ("Proficient in Excel. You excel at work.", ["Microsoft Excel"]),
        ("Swift answers in spring, like a chef.", []),
        ("Kotlin, Swift, and Objective-C", ["Kotlin", "Swift", "Objective-C"]),
        ("Provide patient care and triage.", ["Patient care", "Triage"]),
        ("Bookkeeping, auditing and GIS", ["Bookkeeping", "Auditing", "GIS"]),
        ("The gis of it", []),
        ("Fluent in German and French.", ["German", "French"]),
        ("German employers and Spanish customers.", []),
        ("Any language other than English", []),
        ("Work with the customer success team.", []),
        ("Degree in Economics or sociology", ["Economics", "Sociology"]),
        ("Our engineering is driving results.", []),
        ("Équipe à İstanbul: Python", ["Python"]),
        # whole words of one letter or two
        ("C/C++ and Python/R", ["C", "C++", "Python", "R"]),
        ("C# and F# on .NET Core, ASP.NET", ["C#", "F#", ".NET", ".NET"]),
        ("Python, R&D, Java, H&R, SQL", ["Python", "Java", "SQL"]),
        ("SQL, A/R, A/P, SAP", ["SQL", "SAP"]),
        ("Join a Series C company, using AWS", ["Amazon Web Services"]),
        ("Python at C-level, class C, grade C", ["Python"]),
        ("A. Know SQL. B. Know AWS. C. Have passed.", ["SQL", "Amazon Web Services"]),
        ("Python, SQL. (C) AWS; C) Docker", ["Python", "SQL", "Amazon Web Services", "Docker"]),
        ("Python, Java (C), C. Then R.", ["Python", "Java", "C", "C"]),
        ("Using Go; go live; go-getters google it", ["Go"]),
        ("Node.js or NodeJS, no node of a tree", ["Node.js", "Node.js"]),
        ("the .net worth of a net", []),
        # names of several words
        (
            "Natural language processing, machine learning",
            ["Natural language processing", "Machine learning"],
        ),
        ("Machine\nLearning", ["Machine learning"]),
        ("Amazon Web Services (AWS)", ["Amazon Web Services", "Amazon Web Services"]),
        # other people
        ("Structural and plumbing engineers", []),
        ("Collaborate with product management, data science and legal.", []),
        ("Work with teams such as customer support.", []),
        ("The Department of Forestry", []),
        ("Understand Greek culture; the languages are French and Greek.", ["French", "Greek"]),
        ("24 semester hours in chemistry", ["Chemistry"]),
    ],
)
def test_find_reads(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_find_gives_place_and_evidence() -> None:
    text = "About us. You write Python daily.\n• Knowledge of SQL\nBye."

    python, sql = taxonomy().find(text)

    assert text[python.start : python.end] == "Python"
    assert python.evidence == "You write Python daily."
    assert sql.evidence == "Knowledge of SQL"


def test_find_prefers_the_longest_name() -> None:
    assert names("SQL Server Integration Services") == ["SSIS"]


def test_find_skips_boilerplate() -> None:
    assert names("Health insurance and Python lessons. Python is used.") == ["Python"]


def test_find_lets_titles_name_ordinary_words() -> None:
    words = taxonomy()

    assert names("Marketing Manager") == []
    assert [mention.skill for mention in words.find("Marketing Manager", is_title=True)] == ["Marketing"]
    assert [mention.skill for mention in words.find("Head of Marketing", is_title=True)] == ["Marketing"]
    assert words.find("Express Courier", is_title=True) == ()


# Words that lists of tools, icons and concepts call skills, and postings do not.
STOPPED = [
    "pdf",
    "index",
    "series",
    "state",
    "states",
    "USA",
    "ADA",
    "FSA",
    "GTM",
    "pregnancy",
    "childbirth",
    "meta",
    "Meta",
    "toast",
    "Toast",
    "Latin",
    "LinkedIn",
    "Google",
    "Facebook",
    "performance",
    "ecosystems",
    "terminology",
    "E-Verify",
    "drive",
    "Drive",
    "cursor",
    "Cursor",
    "anchor",
    "Anchor",
    "CVS",
    "cvs",
    "razor",
    "Razor",
    "capacitor",
    "Capacitor",
]


@pytest.mark.parametrize("word", STOPPED)
def test_find_stops_at_words_that_are_no_skills(word: str) -> None:
    assert names(f"Experience with Python, {word} and SQL.") == ["Python", "SQL"]
    assert names(f"Knowledge of {word}") == []


def test_find_skips_the_employers_initials() -> None:
    text = "NIST is ready for you and your SQL."

    assert names(text) == ["NIST frameworks", "SQL"]
    assert names(text, employer="National Institute of Standards and Technology") == ["SQL"]


def test_find_skips_the_employers_own_name() -> None:
    text = "Snowflake is hiring people who know Snowflake and welding."

    assert names(text, employer="Snowflake Inc.") == ["Welding"]
    assert names("Welding it is: welding and gas welding.", employer="Johnson Welding") == ["Welding"] * 3


@pytest.mark.parametrize("text", ["", " ", "\x00", "….\n", "C" * 10_000, "İ" * 50])
def test_find_survives_odd_text(text: str) -> None:
    assert taxonomy().find(text) == ()


def test_the_shipped_taxonomy_is_whole() -> None:
    assert len(taxonomy.__wrapped__().skills()) > 20_000


def test_read_entries_names_the_wrong_line() -> None:
    with pytest.raises(ValueError, match="line 4: 4 tab-separated fields expected, 2 found"):
        list(read_entries(["Go\ttechnology\t\tlGo\n", "broken\tline\n"]))
    with pytest.raises(ValueError, match="line 3: 'magic' is no kind of skill"):
        list(read_entries(["Go\tmagic\t\tlGo\n"]))


def test_load_names_the_wrong_synonym(tmp_path: Path) -> None:
    (tmp_path / "synonyms.gz").write_bytes(gzip.compress(b"# head\njust one\n"))

    with pytest.raises(ValueError, match=r"synonyms.gz, entry 1: 2 tab-separated fields expected"):
        load_taxonomy(
            skills=tmp_path / "none.gz", synonyms=tmp_path / "synonyms.gz", boilerplate=_write(tmp_path, "#")
        )


def test_taxonomy_lets_the_earlier_entry_keep_a_spelling() -> None:
    entries = [
        Entry(Skill("First", "skill", ""), (("First", CASED), ("shared", CASED))),
        Entry(Skill("Second", "skill", ""), (("Second", CASED), ("shared", CASED))),
        Entry(Skill("first", "skill", ""), (("first", CASED),)),
    ]

    words = Taxonomy(version="1", entries=entries, synonyms=[("again", "second"), ("lost", "nowhere")])

    assert words.canonical("shared") == "First"
    assert words.canonical("again") == "Second"
    assert not words.known("lost")
    assert [skill.name for skill in words.skills()] == ["First", "Second"]


def test_read_curated_reads_marks_and_never() -> None:
    entries, never = read_curated(
        ["# note", "[Tools | technology]", "~Go = golang, -go lang", "[never]", "PDF"]
    )

    assert entries == [
        Entry(Skill("Go", "technology", "Tools"), (("Go", "l"), ("golang", "p"), ("go lang", "n"))),
    ]
    assert never == {"pdf"}


def test_read_curated_names_the_wrong_line() -> None:
    with pytest.raises(ValueError, match="line 1: no section"):
        read_curated(["Go"])
    with pytest.raises(ValueError, match="line 3: 'golang' belongs to 'Go' already"):
        read_curated(["[Tools | technology]", "Go = golang", "Gopher = golang"])


def test_merge_joins_lists_under_the_earlier_name() -> None:
    chosen = Entry(Skill("GIS", "knowledge", "Maps"), (("GIS", "x"), ("geographic information system", "p")))
    imported = Entry(
        Skill("Geographic information system GIS", "technology", ""), (("GIS", "c"), ("GIS tools", "c"))
    )
    refused = Entry(Skill("PDF", "technology", ""), (("PDF", "p"),))

    assert merge([chosen, imported, refused], never=frozenset({"pdf"})) == [
        Entry(Skill("GIS", "knowledge", "Maps"), (*chosen.spellings, ("GIS tools", "n"))),
    ]


def test_build_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    arguments = _write_sources(tmp_path)

    for folder in ("once", "twice"):
        (tmp_path / folder).mkdir()
        call_command(Command(), *arguments, f"--output={tmp_path / folder}", verbosity=0)

    built = {file.name: file.read_bytes() for file in (tmp_path / "once").iterdir()}
    assert built == {file.name: file.read_bytes() for file in (tmp_path / "twice").iterdir()}
    assert set(built) == {"skills.tsv.gz", "skill_tag_synonyms.tsv.gz", "skill_letter_case.tsv.gz"}
    words = load_taxonomy(
        skills=tmp_path / "once" / "skills.tsv.gz",
        synonyms=tmp_path / "once" / "skill_tag_synonyms.tsv.gz",
        boilerplate=_write(tmp_path, "# none\n"),
    )
    assert words.version.startswith("1-")
    assert words.canonical("structured query language") == "SQL"
    assert words.canonical("sequel") == "SQL"
    assert words.skill("soil mechanics") == Skill("Soil mechanics", "knowledge", "engineering")
    assert [mention.skill for mention in words.find("We rest. SQL, Rest, Soil mechanics. Acme Drill")] == [
        "SQL",
        "Rest",
        "Soil mechanics",
        "Acme Drill",
    ]


def test_build_explains_what_is_missing(tmp_path: Path) -> None:
    arguments = _write_sources(tmp_path)
    (tmp_path / "aliases.csv").unlink()

    with pytest.raises(CommandError, match=r"The taxonomy was not built: .*aliases.csv"):
        call_command(Command(), *arguments, f"--output={tmp_path}", verbosity=0)


def _write(folder: Path, text: str) -> Path:
    path = folder / "boilerplate.txt"
    path.write_text(text, encoding="utf-8")
    return path


def _write_sources(folder: Path) -> list[str]:
    """Write the smallest set of sources and return the command's arguments."""
    (folder / "curated.txt").write_text(
        "[Data | technology]\nSQL = structured query language\nRest\n", encoding="utf-8"
    )
    technologies = (
        "Example\tCommodity Title\nStructured query language SQL\tQuery\nAcme Drill software\tDrills\n"
    )
    (folder / "Technology Skills.txt.gz").write_bytes(gzip.compress(technologies.encode()))
    (folder / "hier_mapper.json").write_text('{"K07": "engineering"}', encoding="utf-8")
    with gzip.open(folder / "skills_labels_hierarchy.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["id", "hierarchy_levels", "type"], ["1", "[['K', 'K07', None]]", "preferredLabel"]]
        )
    concept = {
        "uri": "http://esco/1",
        "preferred_label": "soil mechanics",
        "alt_labels": ["mechanics of soil"],
    }
    (folder / "esco_skills.jsonl.gz").write_bytes(gzip.compress(json.dumps(concept).encode()))
    (folder / "aliases.csv").write_text("alias,canonical\nAcme,Acme\n", encoding="utf-8")
    synonyms = "source_tag,target_tag,approved\nsequel,sql,True\nother,sql,False\nodd,nothing,True\n"
    (folder / "synonyms.csv").write_text(synonyms, encoding="utf-8")
    text = "we rest and we rest, they rest or you rest and all rest."
    postings = [
        {"licence_tier": "A", "description": text},
        {"licence_tier": "B", "description": "never read"},
    ]
    lines = "".join(f"{json.dumps(posting)}\n" for posting in postings)
    (folder / "postings.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    files = {
        "synonyms": "synonyms.csv",
        "aliases": "aliases.csv",
        "postings": "postings.jsonl.gz",
        "curated": "curated.txt",
    }
    return [
        f"--onet={folder}",
        f"--esco={folder}",
        *(f"--{name}={folder / file}" for name, file in files.items()),
    ]
