"""Pieces of the pictures that pages draw: inline SVG with a text alternative, and no style of its own."""

from __future__ import annotations

from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def draw(*, kind: str, title: str, description: str, height: int, body: SafeString) -> SafeString:
    """Give a picture as wide as its place and `height` pixels high; `kind` is its class, coordinates in x are percents."""
    return format_html(
        '<svg class="figure {}" role="img" width="100%" height="{}"><title>{}</title>{}{}</svg>',
        kind,
        height,
        title,
        format_html("<desc>{}</desc>", description) if description else "",
        body,
    )


def join(pieces: list[SafeString]) -> SafeString:
    """Give pieces of a picture as one."""
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def coordinate(value: Decimal | int) -> str:
    """Give a coordinate with at most two decimals, a point in every language."""
    text = f"{Decimal(value):.2f}"
    return text.rstrip("0").rstrip(".")
