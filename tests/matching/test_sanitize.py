import random
import re
import time
from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.feeds.sanitize import (
    ALLOWED_TAGS,
    RAW_BYTES_LIMIT,
    TAGS_LIMIT,
    TEXT_BYTES_LIMIT,
    _close_lists,
    clean_description,
    from_text,
    sanitize_html,
    tidy_text,
    to_line,
    to_text,
    unescape_markup,
)
from matching.posting import PostingInvalid

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/logout'>x</a>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=x><input onfocus=alert(1) autofocus></form>",
    "<style>@import 'x'</style>",
    "<p style='background:url(javascript:1)'>x</p>",
    "<meta http-equiv=refresh content='0;url=javascript:1'>",
    "<base href='javascript:1'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<b onmouseover=alert(1)>x</b>",
    "<h1 id=x class=y>x</h1>",
    "<details open ontoggle=alert(1)>",
]
WRAPPERS = [
    "{}", "<p>{}</p>", "<ul><li>{}</li></ul>", "<table><tr><td>{}</td></tr></table>", "<b><i>{}", "</p>{}", "<a href='{}'>x</a>",
    "<p title=\"{}\">x</p>", "<!-- {} -->", "<svg>{}</svg>", "<math>{}</math>", "<select>{}</select>", "<xmp>{}</xmp>", "&lt;{}&gt;",
]  # fmt: skip


class LiveThings(HTMLParser):
    """Collects what a browser could act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.found.append(tag)
        for name, value in attrs:
            is_link = (
                tag == "a" and name == "href" and (value or "").startswith(("http://", "https://", "mailto:"))
            )
            if not is_link and (tag, name, value) != ("a", "rel", "noopener nofollow ugc"):
                self.found.append(f"{tag} {name}={value}")


def live_things(safe: str) -> list[str]:
    parser = LiveThings()
    parser.feed(safe)
    parser.close()
    return parser.found


def test_live_things_are_seen_by_the_checker_itself():
    assert live_things("<img src=x onerror=alert(1)><a href='javascript:1'>x</a>") != []


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_sanitize_html_leaves_nothing_live(wrapper):
    cases = [wrapper.format(vector) for vector in HOSTILE]

    live = {case: found for case in cases if (found := live_things(sanitize_html(case)))}

    assert live == {}


def test_sanitize_html_leaves_nothing_live_in_random_soup():
    dice = random.Random(20260302)
    pieces = [
        *HOSTILE,
        "<",
        ">",
        "'",
        '"',
        "</",
        "<p>",
        "</b>",
        "&lt;",
        "&#60;",
        "--",
        "x",
        " ",
        "\x00",
        "<a href=",
        "on",
        "=",
    ]
    soups = ["".join(dice.choices(pieces, k=dice.randint(1, 12))) for _each in range(2_000)]

    live = [
        soup for soup in soups if live_things(sanitize_html(soup)) or live_things(from_text(to_text(soup)))
    ]

    assert live == []


def test_sanitize_html_keeps_structure_and_marks_links():
    safe = sanitize_html(
        "<h1>Role</h1><ul><li>Go</li></ul><a href='https://example.com' target=_blank>us</a>"
    )

    assert safe == (
        '<h3>Role</h3><ul><li>Go</li></ul><a href="https://example.com" rel="noopener nofollow ugc">us</a>'
    )


@pytest.mark.parametrize(
    "raw", ["<div>" * TAGS_LIMIT + "deep<", "<p>" + "word " * 20_000 + "end"], ids=["tags", "bytes"]
)
def test_sanitize_html_makes_what_is_too_large_plain_and_keeps_every_word(raw):
    safe = sanitize_html(raw)

    assert set(live_things(safe)) == set()
    assert "<div>" not in safe
    assert to_text(safe).split() == to_text(raw).split()


@pytest.mark.parametrize(
    "raw",
    [
        "<div>" * (RAW_BYTES_LIMIT // 5),
        "<div>" * TAGS_LIMIT,
        "<script>" * (RAW_BYTES_LIMIT // 8),
        "<!--" * (RAW_BYTES_LIMIT // 4),
        "<" * RAW_BYTES_LIMIT,
        "<a" * (RAW_BYTES_LIMIT // 2),
        "<" + "a" * (RAW_BYTES_LIMIT - 1),
        "&" * RAW_BYTES_LIMIT,
        "&#1" * (RAW_BYTES_LIMIT // 3),
        "<li>" * (RAW_BYTES_LIMIT // 4),
        "\n" * RAW_BYTES_LIMIT,
    ],
    ids=lambda raw: raw[:6].encode("unicode_escape").decode(),
)
def test_clean_description_is_quick_whatever_it_gets(raw):
    begin = time.process_time()

    with suppress(PostingInvalid):
        clean_description(raw, is_html=True)

    assert time.process_time() - begin < 10  # quadratic ways take minutes


def test_clean_description_refuses_ten_megabytes_and_says_so():
    with pytest.raises(PostingInvalid) as raised:
        clean_description("x" * 10_000_000, is_html=False)

    assert (raised.value.field, raised.value.reason) == (
        "description",
        "The description takes 10,000,000 bytes; at most 400,000 are kept. Shorten it.",
    )


def test_clean_description_counts_the_text_of_long_html():
    few_words = "<div class='" + "x" * 100_000 + "'>"
    many_words = "<p>" + "é" * (TEXT_BYTES_LIMIT // 2 + 1)

    assert clean_description(few_words + "word", is_html=True).text == "word"
    with pytest.raises(PostingInvalid, match="200,002 bytes"):
        clean_description(many_words, is_html=True)


def test_clean_description_shows_plain_text_as_it_is():
    description = clean_description("Knows <b> & C++\nand Go\n\n\n\nApply", is_html=False)

    assert description.text == "Knows <b> & C++\nand Go\n\nApply"
    assert description.html == "<p>Knows &lt;b&gt; &amp; C++<br>and Go</p><p>Apply</p>"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("R&amp;D &lt;now&gt;", "R&D <now>"),
        ("<p>in\none   line</p>", "in one line"),
        ("<style>p {}</style>x<script>y</script>", "x"),
        ("<SCRIPT>y</Script>x", "x"),
        ("a <!-- b > c --> d", "a d"),
        ("<script>never closed", "never closed"),
        ("<!-- never closed", "never closed"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<td>a</td><td>b</td>", "a b"),
        ("", ""),
    ],
)  # fmt: skip
def test_to_text_keeps_the_words_in_their_lines(raw, text):
    assert to_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("<b>Senior</b> Engineer", "Senior Engineer"),
        ("R&amp;D\tLead\n", "R&D Lead"),
        ("Engineer (<5 years)", "Engineer (<5 years)"),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_to_line_makes_one_line_of_text(raw, line):
    assert to_line(raw) == line


def test_unescape_markup_undoes_one_level_and_only_for_whole_descriptions():
    assert unescape_markup("&lt;p&gt;R&amp;amp;D&lt;/p&gt;") == "<p>R&amp;D</p>"
    assert unescape_markup("<p>write &lt;p&gt;</p>") == "<p>write &lt;p&gt;</p>"
    assert unescape_markup("R&amp;D") == "R&amp;D"


@given(st.text(alphabet="-\n a", max_size=60))
def test_blank_lines_between_items_go_and_no_others(text):
    plainly = re.sub(r"^(- [^\n]*)\n\n(?=- )", r"\1\n", text, flags=re.MULTILINE)
    assert _close_lists(text) == plainly


@given(st.text(alphabet="a \n\t\r\u00a0\u2028\u3000\x1f-", max_size=60) | st.text())
def test_text_is_tidied_as_if_line_by_line(text):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    plainly = re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()
    assert tidy_text(text) == plainly
