"""Descriptions of postings are hostile until proven otherwise: this is where they become safe to show."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.translation import gettext as _

from matching.posting import PostingInvalid

# nh3 takes quadratic time on nested tags (50,000 nested <div> take 20 s), so what goes in is counted first.
HTML_BYTES_LIMIT = 64 * 1024
TAGS_LIMIT = 2_000
TEXT_BYTES_LIMIT = 200_000
RAW_BYTES_LIMIT = 400_000
SHORT_TAG = 64

ALLOWED_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
DROPPED_WITH_CONTENT = frozenset(
    {"script", "style", "template", "noscript", "title", "textarea", "svg", "math"}
)
BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
PARAGRAPH_TAGS = frozenset(
    ["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table", "ul", "ol", "dl"]
)

_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags=set(DROPPED_WITH_CONTENT),
    # Without the "*", titles and languages would be allowed on every tag.
    attributes={"a": {"href"}, "*": set()},
    link_rel="noopener nofollow ugc",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
# One way to match and no more: an opening that is never closed must not be tried twice.
_TAG = re.compile(r"<!--|<(?:/?[a-zA-Z]|[!?])[^<>]*>")
_TAGS = re.compile(f"({_TAG.pattern})")
_HIDING = re.compile(rf"<!--|<(?:{'|'.join(sorted(DROPPED_WITH_CONTENT))})\b", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?[a-zA-Z][^\s/<>]*")
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|h[1-6]|b|i|u|strong|em|a|table|tr|td|section|article|font)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ESCAPED_MARKUP = re.compile(r"&lt;/?(?:p|br|div|span|ul|ol|li|h[1-6]|strong|b|em)\b", re.IGNORECASE)
# What `str.split` takes for white space, but for blanks and line ends.
_SPACES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace() and letter not in " \n")
_LONE_DASH = re.compile(r"^-\n+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Description:
    """A description that is safe to show: `html` sanitized, `text` the same words as plain lines."""

    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a tag does to the text: how it breaks the line, or what ends the stretch that it hides."""

    line_break: str = ""
    hidden_until: str | None = None


# Boards list one text for several places, one after another.
@lru_cache(maxsize=64)
def clean_description(raw: str, *, is_html: bool) -> Description:
    """The description in both shapes.

    Raises PostingInvalid past RAW_BYTES_LIMIT as published or TEXT_BYTES_LIMIT of plain text: nothing is cut off.
    """
    _check_size(raw, RAW_BYTES_LIMIT)
    if is_html and _fits_sanitizer(raw):
        safe = sanitize_html(raw)
        text = to_text(safe)
    else:
        text = to_text(raw) if is_html else tidy_text(raw)
        safe = from_text(text)
    _check_size(text, TEXT_BYTES_LIMIT)
    return Description(html=safe, text=text)


def sanitize_html(raw: str) -> str:
    """HTML with only harmless tags and links; what is too large or too nested comes back as paragraphs of text.

    Nothing is cut off: past 64 KiB or 2,000 tags the tags go and every word stays. Do not compare the answer
    with an earlier one to see whether something changed: sanitizing is not always idempotent.
    """
    if not _fits_sanitizer(raw):
        return from_text(to_text(raw))
    # A page has one h1, the job's title, and h2 for its own parts.
    safe = _CLEANER.clean(raw)
    for tag in ("h1>", "h2>"):
        safe = safe.replace(f"<{tag}", "<h3>").replace(f"</{tag}", "</h3>")
    return safe


def to_text(raw: str) -> str:
    """The words of some HTML, one line a block, list items led by a dash; linear in its length."""
    parts = _words_and_breaks(raw) if _HIDING.search(raw) is None else _shown_words(raw)
    text = tidy_text("".join(parts))
    return _close_lists(_LONE_DASH.sub("- ", text) if "-\n" in text else text)


def _close_lists(text: str) -> str:
    """Take out the blank line between two items of a list."""
    parts = text.split("\n\n- ")
    for at, part in enumerate(parts[:-1]):
        is_item = part.startswith("- ", part.rfind("\n") + 1) or (at > 0 and "\n" not in part)
        parts[at] = f"{part}\n- " if is_item else f"{part}\n\n- "
    return "".join(parts)


def _words_and_breaks(raw: str) -> list[str]:
    """The same pieces of HTML that hides nothing, as sanitized HTML is: taken apart at once, several times as fast."""
    pieces = _TAGS.split(raw.replace("\n", " "))
    if "&" in raw:
        pieces[::2] = [html.unescape(part) if "&" in part else part for part in pieces[::2]]
    pieces[1::2] = [_BREAKS[tag] if tag in _BREAKS else _line_break_of(tag) for tag in pieces[1::2]]
    return pieces


def _line_break_of(tag: str) -> str:
    effect = _known_effect(tag) if len(tag) <= SHORT_TAG else _effect(tag)
    return effect.line_break


def _shown_words(raw: str) -> list[str]:
    """What stands between tags, and the line breaks that these make; what is hidden is passed over."""
    parts: list[str] = []
    never_closed: set[str] = set()
    at = 0
    while match := _TAG.search(raw, at):
        parts.append(_words(raw[at : match.start()]))
        at = match.end()
        tag = match[0]
        effect = _known_effect(tag) if len(tag) <= SHORT_TAG else _effect(tag)
        if effect.hidden_until is None:
            parts.append(effect.line_break)
        elif effect.hidden_until not in never_closed:
            end = _find_folded(raw, effect.hidden_until, at)
            if end < 0:
                never_closed.add(effect.hidden_until)
            else:
                at = end + len(effect.hidden_until)
    parts.append(_words(raw[at:]))
    return parts


def from_text(text: str) -> str:
    """Tidy plain text as safe HTML: a blank line ends a paragraph, any other line end is a break."""
    if not text:
        return ""
    return f"<p>{html.escape(text)}</p>".replace("\n\n", "</p><p>").replace("\n", "<br>")


def tidy_text(text: str) -> str:
    """Plain text with runs of spaces folded, lines stripped and at most one blank line in a row.

    Whole texts are replaced in, which is several times as fast as taking them apart or as a pattern for runs of spaces.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _is_plain(text):
        # Mostly these two and nothing else.
        text = text.replace("\xa0", " ").replace("\t", " ")
        if not _is_plain(text):
            for space in _SPACES:
                text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()


def _is_plain(text: str) -> bool:
    """Whether a text has no white space but blanks and line ends; the quick check of most texts."""
    return text.replace("\n", "").isprintable()


def to_line(raw: str) -> str:
    """One line of plain text: tags dropped, entities resolved, spaces folded; for titles, names and places."""
    if "<" in raw:
        raw = to_text(raw)
    elif "&" in raw:
        raw = html.unescape(raw)
    return " ".join(raw.split())


def looks_like_html(text: str) -> bool:
    """Whether a text whose format nobody states holds HTML tags."""
    return _MARKUP.search(text) is not None


def unescape_markup(text: str) -> str:
    """Undo one level of escaping where a whole HTML description came as `&lt;p&gt;…`, as several boards send it."""
    if not looks_like_html(text) and _ESCAPED_MARKUP.search(text):
        return html.unescape(text)
    return text


def _fits_sanitizer(raw: str) -> bool:
    return (
        raw.count("<") <= TAGS_LIMIT
        and len(raw) <= HTML_BYTES_LIMIT
        and len(raw.encode()) <= HTML_BYTES_LIMIT
    )


def _check_size(text: str, limit: int) -> None:
    size = len(text.encode())
    if size > limit:
        reason = _("The description takes {size:,} bytes; at most {limit:,} are kept. Shorten it.")
        raise PostingInvalid("description", reason.format(size=size, limit=limit))


def _words(part: str) -> str:
    """What stands between two tags, its line ends being no more than spaces."""
    part = part.replace("\n", " ") if "\n" in part else part
    return html.unescape(part) if "&" in part else part


def _effect(tag: str) -> _Effect:
    match = _TAG_NAME.match(tag)
    name = match[0][1:].lower() if match else ""
    if tag == "<!--":
        return _Effect(hidden_until="-->")
    if name in DROPPED_WITH_CONTENT:
        return _Effect(hidden_until=f"</{name}>")
    return _Effect(line_break=_line_break(name))


_known_effect = lru_cache(maxsize=1024)(_effect)


def _find_folded(raw: str, closing: str, start: int) -> int:
    match = re.compile(re.escape(closing), re.IGNORECASE).search(raw, start)
    return match.start() if match else -1


def _line_break(name: str) -> str:
    bare = name.removeprefix("/")
    if bare not in BLOCK_TAGS:
        return " " if bare in {"td", "th"} else ""
    if name == "li":
        return "\n- "
    return "\n\n" if bare in PARAGRAPH_TAGS else "\n"


# The tags that most descriptions are made of, as the sanitizer writes them.
_BREAKS = {f"<{slash}{name}>": _line_break(f"{slash}{name}") for name in ALLOWED_TAGS for slash in ("", "/")}
