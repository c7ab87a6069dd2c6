"""JSON as people write it into pages by hand: commas too many or too few, comments. Mended where its meaning is plain; pure.

Nothing inside a text is touched, so that a mended document says what the broken one said, or stays broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<comment>/\*.*?\*/|(?<![:\w])//[^\n]*)
    | (?P<space>\s+)
    | (?P<mark>[{}\[\],:])
    | (?P<word>[^\s{}\[\],:"/]+|/)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENS, _CLOSES = ("{", "["), ("}", "]")


def mend_json(text: str) -> str:
    """Give the text without comments and needless commas, and with the commas that are missing between two values.

    A text that is never closed, and anything else that is no token of JSON, is left as it stands.
    """
    mended = _Mended()
    at = 0
    for token in _TOKEN.finditer(text):
        if token.start() != at:
            return text
        at = token.end()
        mended.take(str(token.lastgroup), token[0])
    return "".join(mended.parts) if at == len(text) else text


@dataclass(slots=True)
class _Mended:
    """What is mended so far, and the last token of it that counts: a mark, or "value"."""

    parts: list[str] = field(default_factory=list)
    before: str = ""

    def take(self, kind: str, said: str) -> None:
        """Take in a token, with the comma before it or without one."""
        if kind in {"comment", "space"}:
            self.parts.append(" " if kind == "comment" else said)
            return
        if said == "," and self.before in {",", *_OPENS}:
            return
        is_closing = said in _CLOSES
        if is_closing and self.before == ",":
            self._drop_comma()
        begins_value = kind != "mark" or said in _OPENS
        if begins_value and self.before == "value":
            self.parts.append(",")
        self.parts.append(said)
        self.before = "value" if is_closing or kind != "mark" else said

    def _drop_comma(self) -> None:
        last = len(self.parts) - 1
        while self.parts[last] != ",":
            last -= 1
        del self.parts[last]
