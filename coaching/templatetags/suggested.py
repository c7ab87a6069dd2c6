"""What a suggestion is called on a page of its client."""

from __future__ import annotations

from django import template

from coaching.suggestion_words import title_of

register = template.Library()
register.filter("suggested_title", title_of)
