"""Build the shipped skill taxonomy from O*NET, ESCO, open alias lists and our own choice of skills."""

from __future__ import annotations

import ast
import csv
import gzip
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from personas.mentions import ASKED, CASED, EXACT, LISTED, NAMED, PLAIN, SPOKEN
from personas.taxonomy import DATA, Entry, Kind, Skill, Taxonomy, fold

MARKS = {"^": CASED, "!": EXACT, "~": LISTED, "?": ASKED, "%": SPOKEN, "-": NAMED}
KINDS: tuple[Kind, ...] = ("technology", "knowledge", "skill", "language")
# A single word that our postings write in lower case more often than this, in mid-sentence, is an ordinary word
# first (lead .84, access .98, excel .42); measured on the postings given, where it stands at least MID_SENTENCE times.
LOWER_SHARE = 0.3
MID_SENTENCE = 5
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_ACRONYM = re.compile(r"^(.{5,}?)\s+([A-Z][A-Z0-9/&-]{1,6})$")
_LINK_WORDS = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"]
)
_VAGUE_ENDINGS = (
    " industry",
    " market",
    " products",
    " policies",
    " components",
    " characteristics",
    " regulations",
)


class Command(BaseCommand):
    """Write personas/data/skills.tsv.gz and its companions; the same input gives the same bytes."""

    help = _("Build the shipped skill taxonomy from O*NET, ESCO, alias lists and the skills chosen by hand.")

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files to read and the folder to write."""
        parser.add_argument("--onet", type=Path, required=True, help=_("folder of the O*NET database"))
        parser.add_argument("--esco", type=Path, required=True, help=_("folder of the ESCO files"))
        parser.add_argument(
            "--aliases", type=Path, required=True, help=_("CSV of technology names: alias, canonical")
        )
        parser.add_argument(
            "--synonyms", type=Path, required=True, help=_("CSV of Stack Overflow tag synonyms")
        )
        parser.add_argument(
            "--postings", type=Path, required=True, help=_("JSONL of postings; only tier A is read")
        )
        parser.add_argument(
            "--curated", type=Path, default=DATA / "skill_curated.txt", help=_("our own skills")
        )
        parser.add_argument("--output", type=Path, default=DATA, help=_("folder to write to"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, merge and write; say how much there is."""
        try:
            chosen, never = read_curated(options["curated"].read_text(encoding="utf-8").splitlines())
            texts = list(read_postings(options["postings"]))
            letter_case = count_letter_case(texts)
            chosen = [guard(entry, letter_case) for entry in chosen]
            entries = merge(
                [
                    *chosen,
                    *read_onet(options["onet"]),
                    *read_esco(options["esco"]),
                    *read_aliases(options["aliases"]),
                ],
                never=never,
            )
            pairs = read_synonyms(options["synonyms"], known=spellings(entries))
            entries = sort_entries(entries, chosen={entry.skill.name for entry in chosen}, texts=texts)
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(_("The taxonomy was not built: %(error)s") % {"error": error}) from error
        output: Path = options["output"]
        body = "\t".join(["#never", *sorted(never)]) + "\n"
        body += "".join(f"{line}\n" for line in map(write_entry, entries))
        version = f"1-{hashlib.sha256(body.encode()).hexdigest()[:10]}"
        write_gzip(output / "skills.tsv.gz", f"#version {version}\n{body}")
        notice = "# Stack Exchange tag synonyms, CC BY-SA 4.0: see skills_NOTICE.txt\n"
        write_gzip(output / "skill_tag_synonyms.tsv.gz", notice + "".join(f"{a}\t{b}\n" for a, b in pairs))
        rows = (
            f"{word}\t{seen}\t{low}\n"
            for word, (seen, low) in sorted(letter_case.items())
            if seen >= MID_SENTENCE
        )
        write_gzip(output / "skill_letter_case.tsv.gz", "".join(rows))
        self.stdout.write(
            _("%(version)s: %(skills)d skills, %(names)d names, %(synonyms)d synonyms")
            % {
                "version": version,
                "skills": len(entries),
                "names": sum(len(entry.spellings) for entry in entries),
                "synonyms": len(pairs),
            }
        )


def read_curated(lines: Iterable[str]) -> tuple[list[Entry], frozenset[str]]:
    """Return the hand-made entries and the names never to be skills; raises ValueError naming the line."""
    entries: list[Entry] = []
    never: set[str] = set()
    section = ""
    taken: dict[str, str] = {}
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "never":
            never.add(line.lower())
        else:
            entry = _read_choice(line, section=section, number=number)
            for form, _mode in entry.spellings:
                if (other := taken.setdefault(form.lower(), entry.skill.name)) != entry.skill.name:
                    raise ValueError(f"curated skills, line {number}: {form!r} belongs to {other!r} already")
            entries.append(entry)
    return entries, frozenset(never)


def _read_choice(line: str, *, section: str, number: int) -> Entry:
    group, _bar, kind = (part.strip() for part in section.partition("|"))
    if kind not in KINDS:
        raise ValueError(f"curated skills, line {number}: no section [group | kind] above {line!r}")
    head, _sign, tail = line.partition(" = ")
    forms: dict[str, tuple[str, str]] = {}
    for item in (head, *tail.split(",")):
        if word := item.strip():
            mode, form = (MARKS[word[0]], word[1:]) if word[0] in MARKS else (PLAIN, word)
            if mode != NAMED or form.lower() not in forms:
                forms[form.lower()] = (form, mode)
    name = head.strip()
    return Entry(Skill(name[1:] if name[0] in MARKS else name, group=group, kind=kind), tuple(forms.values()))


def read_postings(path: Path) -> Iterator[str]:
    """Yield the texts of the tier A postings of a gzip'd JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            posting = json.loads(line)
            if posting["licence_tier"] == "A":
                yield posting.get("description_text") or posting["description"] or ""


def count_letter_case(texts: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Count, for each word that follows another in a sentence, how often it stands there and how often in lower case."""
    seen: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for text in texts:
        words = re.findall(r"(?<=[a-z,] )[A-Za-z][A-Za-z0-9+#]*", text)
        seen.update(word.lower() for word in words)
        lower.update(word for word in words if word.islower())
    return {word: (count, lower[word]) for word, count in seen.items()}


def guard(entry: Entry, letter_case: dict[str, tuple[int, int]]) -> Entry:
    """Make the one-word names of technologies that are ordinary words wait for a technology beside them."""
    if entry.skill.kind != "technology":
        return entry
    spellings = []
    for form, mode in entry.spellings:
        seen, low = letter_case.get(form.lower(), (0, 0))
        common = mode == PLAIN and " " not in form and seen >= MID_SENTENCE and low / seen > LOWER_SHARE
        spellings.append((form.title() if common and form.islower() else form, LISTED if common else mode))
    return Entry(entry.skill, tuple(spellings))


def read_onet(folder: Path) -> Iterator[Entry]:
    """Yield the technologies of O*NET; only names of two capitalised words or of mixed case are looked for in text."""
    examples: dict[str, str] = {}
    for row in _read_tsv(folder / "Technology Skills.txt.gz"):
        examples.setdefault(row["Example"], row["Commodity Title"])
    for example, group in sorted(examples.items()):
        name = re.sub(r" software$", "", fold(example))
        words = name.split()
        branded = len(words) > 1 and all(word[0].isupper() or word[0].isdigit() for word in words)
        mixed = len(words) == 1 and len(name) >= 5 and re.search(r"[a-z][A-Z]", name) is not None
        mode = CASED if branded else EXACT if mixed else NAMED
        forms = {
            name.lower(): (name, mode),
            example.lower(): (fold(example), NAMED if example != name else mode),
        }
        if match := _ACRONYM.match(name):
            forms.setdefault(match[1].lower(), (match[1], NAMED))
        yield Entry(Skill(name, "technology", group.lower()), tuple(forms.values()))


def read_esco(folder: Path) -> Iterator[Entry]:
    """Yield the skills of ESCO; names of knowledge with two telling words are looked for in text, the rest only known."""
    groups = json.loads((folder / "hier_mapper.json").read_text(encoding="utf-8"))
    levels: dict[str, list[list[str | None]]] = {}
    for row in _read_csv(folder / "skills_labels_hierarchy.csv.gz"):
        if row["type"] == "preferredLabel":
            levels[row["id"]] = ast.literal_eval(row["hierarchy_levels"])
    with gzip.open(folder / "esco_skills.jsonl.gz", "rt", encoding="utf-8") as file:
        records = sorted(
            (json.loads(line) for line in file), key=lambda record: str(record["preferred_label"])
        )
    for record in records:
        yield _read_concept(record, levels.get(record["uri"].rsplit("/", 1)[1], []), groups)


def _read_concept(record: dict[str, Any], levels: list[list[str | None]], groups: dict[str, str]) -> Entry:
    branches = {branch[0] or "": branch for branch in levels}
    letter = next((letter for letter in "KLS" if letter in branches), "S")
    kinds: dict[str, Kind] = {"K": "knowledge", "L": "language", "S": "skill"}
    codes = [code for code in branches.get(letter, []) if code in groups]
    label = fold(_BRACKETS.sub("", record["preferred_label"]))
    name = label[0].upper() + label[1:] if label.split()[0].islower() else label
    telling = [word for word in label.split() if word.lower() not in _LINK_WORDS]
    sought = letter == "K" and len(telling) > 1 and not label.lower().endswith(_VAGUE_ENDINGS)
    forms = {label.lower(): (label, PLAIN if sought else NAMED)}
    if letter == "K":
        for other in record["alt_labels"]:
            form = fold(_BRACKETS.sub("", other))
            forms.setdefault(form.lower(), (form, NAMED))
    return Entry(Skill(name, kinds[letter], groups[codes[-1]] if codes else ""), tuple(forms.values()))


def read_aliases(path: Path) -> Iterator[Entry]:
    """Yield the technologies of the open alias lists, known when typed and never looked for in text."""
    names: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _read_csv(path):
        forms = names.setdefault(fold(row["canonical"]), {})
        for form in (fold(row["canonical"]), fold(row["alias"])):
            forms.setdefault(form.lower(), (form, NAMED))
    for name, forms in sorted(names.items()):
        yield Entry(Skill(name, "technology", ""), tuple(forms.values()))


def read_synonyms(path: Path, *, known: frozenset[str]) -> list[tuple[str, str]]:
    """Return the approved tag synonyms whose target is known and whose source is not, sorted."""
    pairs: dict[str, str] = {}
    for row in _read_csv(path):
        if row["approved"] != "True":
            continue
        target = next((form for form in _tag_forms(row["target_tag"]) if form in known), None)
        for source in _tag_forms(row["source_tag"]):
            if target is not None and source not in known:
                pairs[source] = target
    return sorted(pairs.items())


def merge(entries: Iterable[Entry], *, never: frozenset[str]) -> list[Entry]:
    """Join entries that share their name, the earlier list deciding name, group and mode; later spellings only add."""
    merged: dict[str, dict[str, tuple[str, str]]] = {}
    skills: dict[str, Skill] = {}
    owner: dict[str, str] = {}
    for entry in entries:
        wanted = [item for item in entry.spellings if item[0] and item[0].lower() not in never]
        claimed = next((owner[form.lower()] for form, _mode in wanted if form.lower() in owner), None)
        if not wanted:
            continue
        name = claimed or entry.skill.name
        skills.setdefault(name, entry.skill)
        for form, mode in wanted:
            if owner.setdefault(form.lower(), name) == name:
                merged.setdefault(name, {}).setdefault(form.lower(), (form, NAMED if claimed else mode))
    return [
        Entry(skills[name], tuple(forms.values()))
        for name, forms in merged.items()
        if not any(mark in form for form, _mode in forms.values() for mark in "|\t")
    ]


def sort_entries(entries: list[Entry], *, chosen: set[str], texts: Iterable[str]) -> list[Entry]:
    """Return the entries chosen by hand before the others, each part by how many texts name the skill, then by name."""
    words = Taxonomy(version="", entries=entries)
    named = Counter(name for text in texts for name in {mention.skill for mention in words.find(text)})
    return sorted(
        entries,
        key=lambda entry: (entry.skill.name not in chosen, -named[entry.skill.name], entry.skill.name),
    )


def spellings(entries: Iterable[Entry]) -> frozenset[str]:
    """Return every spelling of the entries in lower case."""
    return frozenset(form.lower() for entry in entries for form, _mode in entry.spellings)


def write_entry(entry: Entry) -> str:
    """Return the line of one entry in the skill file."""
    forms = "|".join(f"{mode}{form}" for form, mode in entry.spellings)
    return "\t".join((entry.skill.name, entry.skill.kind, entry.skill.group, forms))


def write_gzip(path: Path, text: str) -> None:
    """Write a text as gzip without a time stamp or a name, so that the same text gives the same bytes."""
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def _tag_forms(tag: str) -> tuple[str, str]:
    return tag.lower(), tag.lower().replace("-", " ")


def _read_tsv(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _read_csv(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
