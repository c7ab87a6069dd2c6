"""What would change, so that one can read it: values, lists entry by entry, texts word by word; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

How = Literal["kept", "removed", "added"]

WORD_OR_SPACE = re.compile(r"\s+|[^\s\w]|\w+")
"""White space, signs one by one, words: what a text is compared by."""
MAX_PIECES = 4000
"""Texts of more pieces together are shown whole, one after the other: comparing takes the square of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, or an entry of a list: kept, taken out, or put in."""

    how: How
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would change: what it is called, both values as one reads them, and the difference in parts.

    `kind` is "value", "list" or "text". The parts of a text make the value before when the added ones are left out, and the value
    after when the removed ones are; the parts of a list are its entries.
    """

    field: str
    label: str
    kind: Literal["value", "list", "text"]
    before: str
    after: str
    parts: Sequence[Part]


def compare_texts(before: str, after: str) -> tuple[Part, ...]:
    """The difference of two texts, word by word."""
    old, new = WORD_OR_SPACE.findall(before), WORD_OR_SPACE.findall(after)
    if len(old) + len(new) > MAX_PIECES:
        return tuple(_parts([("removed", before), ("added", after)]))
    found: list[tuple[How, str]] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("kept", "".join(old[a:b])))
        else:
            found += [("removed", "".join(old[a:b])), ("added", "".join(new[c:d]))]
    return tuple(_parts(_bridge_spaces(found)))


def compare_lists(before: Iterable[str], after: Iterable[str]) -> tuple[Part, ...]:
    """The difference of two lists of entries, whatever their order: what stays and goes in the old order, then what comes."""
    old, new = list(dict.fromkeys(before)), list(dict.fromkeys(after))
    kept: list[Part] = [Part("kept" if entry in new else "removed", entry) for entry in old]
    return (*kept, *(Part("added", entry) for entry in new if entry not in old))


def change_of(
    field: str, label: str, before: Any, after: Any, *, none: str, is_text: bool = False
) -> Change | None:
    """The change of one field from one value to another, None where it stays; `none` is said of what is empty."""
    if isinstance(after, list):
        parts = compare_lists(before or (), after)
        if all(part.how == "kept" for part in parts):
            return None
        return Change(field, label, "list", _join(before, none), _join(after, none), parts)
    if before == after:
        return None
    old, new = _say(before), _say(after)
    if is_text and old and new:
        return Change(field, label, "text", old, new, compare_texts(old, new))
    parts = tuple(_parts([("removed", old), ("added", new)]))
    return Change(field, label, "value", old or none, new or none, parts)


def _bridge_spaces(found: Sequence[tuple[How, str]]) -> list[tuple[How, str]]:
    """Let white space alone between two changes be a part of them: one reads phrases more easily than single words."""
    bridged: list[tuple[How, str]] = []
    for place, (how, text) in enumerate(found):
        if how == "kept" and text.isspace() and "\n" not in text and 0 < place < len(found) - 1:
            bridged += [("removed", text), ("added", text)]
        else:
            bridged.append((how, text))
    return bridged


def _parts(found: Iterable[tuple[How, str]]) -> list[Part]:
    """Parts between what is kept drawn together, what is removed before what is added."""
    parts: list[Part] = []
    removed = added = ""
    for how, text in [*found, ("kept", "")]:
        if how == "removed":
            removed += text
        elif how == "added":
            added += text
        else:
            parts += [Part("removed", removed)] if removed else []
            parts += [Part("added", added)] if added else []
            removed = added = ""
            if text:
                parts.append(Part("kept", text))
    return parts


def _say(value: Any) -> str:
    return "" if value is None else str(value)


def _join(values: Any, none: str) -> str:
    return "; ".join(values or ()) or none
