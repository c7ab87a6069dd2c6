"""Which ESCO skills a phrase may mean, and what the reader is made of."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from matching.reading.alignment import Alignment
from matching.reading.esco import EscoSkill, esco_skills, read_phrases, read_skills, skill_phrases
from matching.reading.phrases import SkillIndex, suggest_skills
from matching.reading.term_space import learn_terms, list_grams, one_term, split_letters
from matching.reading.word_vectors import load_vectors, word_vectors
from matching.reading.words import choose_stems, split_words, stem_word


class NoOutput:
    """A stream that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


@pytest.mark.parametrize(
    "forms",
    [
        "operate operates operating operation operational operator",
        "program programs programming programmer",
        "organise organize organising organizing",
        "policy policies",
        "plan plans planning planned planner",
        "use uses used using",
        "business businesses",
        "api apis",
    ],
)
def test_stem_word_joins_the_forms_of_a_word(forms: str) -> None:
    assert len({stem_word(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("account", "accountant"), ("class", "clay"), ("user", "use")])
def test_stem_word_keeps_words_apart(one: str, other: str) -> None:
    assert stem_word(one) != stem_word(other)


def test_split_words_keeps_signs_that_make_names_and_choose_stems_drops_the_rest() -> None:
    assert split_words("C++, C# and .NET!") == ["c++", "c#", "and", ".net"]
    assert choose_stems("the use of the tools") == ["use", stem_word("tools")]
    assert split_words("") == []


def test_list_grams_covers_short_and_long_words() -> None:
    assert list_grams("c") == (" c ",)
    assert list_grams("abc") == (" ab", "abc", "bc ", " abc", "abc ")


def test_learn_terms_gives_unit_rows_and_ignores_unknown_terms() -> None:
    space, rows = learn_terms([["a", "b"], ["a"], []], one_term)

    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).ravel()
    assert np.allclose(lengths, [1, 1, 0])
    assert space.rarities[space.numbers["b"]] > space.rarities[space.numbers["a"]]
    assert space.place([["zzz"]]).nnz == 0
    assert space.place([split_letters("B a")]).nnz == 2


def test_word_vectors_are_units_and_know_their_neighbors() -> None:
    vectors = word_vectors()
    word = {name: vectors.units[vectors.numbers[stem_word(name)]] for name in ("java", "spring", "nurse")}

    assert np.allclose(np.linalg.norm(vectors.units, axis=1), 1, atol=1e-5)
    assert word["java"] @ word["spring"] > word["java"] @ word["nurse"] + 0.2
    assert vectors.place([[], ["zzzzqq"]]).any() == np.False_


def test_alignment_counts_same_words_most_and_empty_ones_never() -> None:
    alignment = Alignment([["java"], ["nurs"], [], ["java", "nurs"]], word_vectors())

    same, other, empty, both = alignment.compare(["java"])
    assert same == pytest.approx(1)
    assert other < 0.4
    assert empty == 0
    assert other < both < same
    assert alignment.compare([]).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("phrase", "skill"),
    [
        ("Java", "Java (computer programming)"),
        ("project management", "project management"),
        ("driving a forklift", "operate forklift"),
        ("Teamwork", "work in teams"),
        ("MS Excel", "use spreadsheets software"),
        ("prepare dishes for guests", "prepare ready-made dishes"),
        ("administer medication to patients", "administer prescribed medication"),
        ("weld metal parts", "operate welding equipment"),
    ],
)
def test_suggest_skills_finds_what_a_phrase_means(phrase: str, skill: str) -> None:
    assert skill in [found.name for found in suggest_skills(phrase, limit=10)]


def test_suggest_skills_ranks_by_score_and_keeps_to_its_limit() -> None:
    found = suggest_skills("test software", "You write and test software in Python.", limit=5)

    assert len(found) == 5
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(each.uri.startswith("http://data.europa.eu/esco/skill/") for each in found)
    assert found == suggest_skills("test software", "You write and test software in Python.", limit=5)


@pytest.mark.parametrize("phrase", ["", "  ", "!!!", "\x00", "職人", "qxzzv wpfgh", "the of"])
def test_suggest_skills_of_no_known_word_is_nothing(phrase: str) -> None:
    assert suggest_skills(phrase) == ()


def test_suggest_skills_of_limit_nothing_is_nothing() -> None:
    assert suggest_skills("java", limit=0) == ()


def test_phrases_chosen_by_hand_name_skills_that_exist_and_lead_to_them() -> None:
    names = {skill.name.lower() for skill in esco_skills()}

    assert set(skill_phrases()) <= names
    plain = SkillIndex(
        [EscoSkill("u1", "paint", (), ()), EscoSkill("u2", "brushes", (), ())], {}, word_vectors()
    )
    taught = SkillIndex(plain.skills, {"paint": ["k8s"]}, word_vectors())
    assert plain.suggest("k8s", "", 5) == ()
    assert [found.uri for found in taught.suggest("K8s.", "", 1)] == ["u1"]


def test_read_phrases_and_read_skills_name_the_wrong_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_phrases(["# a\n", "no colon here\n"])
    with pytest.raises(ValueError, match="line 1: 4 tab-separated"):
        list(read_skills(["a\tb\n"]))


def test_build_word_vectors_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    options = write_texts(tmp_path)
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"

    for output in (first, second):
        call_command("build_word_vectors", **options, output=output, release="test", stdout=NoOutput())

    assert first.read_bytes() == second.read_bytes()
    vectors = load_vectors(first)
    assert vectors.version == "test"
    assert {"bak", "bread", "weld"} <= vectors.numbers.keys()
    assert "secret" not in vectors.numbers
    bake, bread, weld = (vectors.units[vectors.numbers[stem]] for stem in ("bak", "bread", "weld"))
    assert bake @ bread > bake @ weld


def test_build_word_vectors_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="postings"):
        call_command(
            "build_word_vectors",
            postings=tmp_path / "postings.jsonl",
            onet=tmp_path,
            esco=tmp_path,
            lists=tmp_path,
            aliases=tmp_path,
            output=tmp_path / "x.npz",
        )


def test_build_classifications_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    options = write_texts(tmp_path)
    outputs = [tmp_path / "one", tmp_path / "two"]

    for output in outputs:
        output.mkdir()
        call_command(
            "build_classifications",
            onet=options["onet"],
            esco=options["esco"],
            output=output,
            stdout=NoOutput(),
        )

    for name in ("esco_skills.tsv.gz", "esco_occupations.tsv.gz", "onet_work.tsv.gz"):
        assert (outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes()
    with gzip.open(outputs[0] / "esco_skills.tsv.gz", "rt") as file:
        [skill] = read_skills(file)
    assert skill.name == "bake bread"
    assert skill.labels == ("baking of bread",)
    assert skill.groups == ("S1", "S1.2", "S1.2.3")


def test_build_classifications_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="hierarchy"):
        call_command("build_classifications", onet=tmp_path, esco=tmp_path, output=tmp_path)


def write_texts(folder: Path) -> dict[str, Path]:
    """Write the smallest release that the builders read, each text often enough to count."""
    onet, esco = folder / "onet", folder / "esco"
    onet.mkdir()
    esco.mkdir()
    postings = [
        {"source": "city", "title": "Baker", "description": "bake fresh bread every day"},
        {"source": "city", "title": "Welder", "description": "weld steel frame with torch"},
        {"source": "hahu_redacted", "title": "Secret", "description": "secret secret secret"},
    ] * 5
    (folder / "postings.jsonl").write_text("".join(json.dumps(posting) + "\n" for posting in postings))
    with gzip.open(esco / "esco_skills.jsonl.gz", "wt") as file:
        file.write(
            json.dumps(
                {
                    "uri": "http://data.europa.eu/esco/skill/1",
                    "preferred_label": "bake bread",
                    "alt_labels": ["baking of bread", "bake bread"],
                    "labels_plus_description": None,
                }
            )
        )
    write_csv(
        esco / "skills_labels_hierarchy.csv.gz",
        ["id", "description", "hierarchy_levels", "type"],
        ["1", "bake bread", "[['S', 'S1', 'S1.2', 'S1.2.3'], ['S', 'S1', None, None]]", "preferredLabel"],
    )
    write_csv(
        esco / "tabiya_occupations.csv.gz",
        ["PREFERREDLABEL", "ALTLABELS", "CODE", "DESCRIPTION"],
        ["baker", "bread baker\nbaker", "7512.1", "Bakers bake bread."],
    )
    for name in ("tabiya_ISCOGroups.csv.gz", "tabiya_skillGroups.csv.gz"):
        write_csv(esco / name, ["PREFERREDLABEL", "DESCRIPTION"], ["food", "Food trades."])
    write_tsv(
        onet / "Occupation Data.txt",
        ["O*NET-SOC Code", "Title", "Description"],
        ["51-3011.00", "Bakers", "Mix and bake."],
    )
    write_tsv(
        onet / "Task Statements.txt.gz", ["O*NET-SOC Code", "Task"], ["51-3011.00", "Observe color of bread."]
    )
    write_tsv(onet / "DWA Reference.txt", ["DWA Title"], ["Bake products."])
    write_tsv(onet / "Alternate Titles.txt.gz", ["Alternate Title"], ["Bread Baker"])
    write_tsv(
        onet / "Technology Skills.txt.gz", ["Commodity Title", "Example"], ["Recipe software", "BakePro"]
    )
    (folder / "lists.jsonl").write_text(json.dumps({"skills": ["bake", "bread"]}) + "\n")
    (folder / "aliases.csv").write_text("alias,canonical\nbp,BakePro\n")
    return {
        "postings": folder / "postings.jsonl",
        "onet": onet,
        "esco": esco,
        "lists": folder / "lists.jsonl",
        "aliases": folder / "aliases.csv",
    }


def write_csv(path: Path, *rows: list[str]) -> None:
    with gzip.open(path, "wt", newline="") as file:
        csv.writer(file).writerows(rows)


def write_tsv(path: Path, *rows: list[str]) -> None:
    text = "".join("\t".join(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        with gzip.open(path, "wt") as file:
            file.write(text)
    else:
        path.write_text(text)
