"""Web addresses of boards and of their postings, told apart by patterns with groups whose names begin with `board` and `number`."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

# What stands where a company's name would stand in addresses that name none.
_NO_BOARDS = frozenset(
    (
        "embed",
        "api",
        "jobs",
        "job",
        "careers",
        "search",
        "about",
        "static",
        "v1",
        "o",
        "j",
        "www",
        "app",
        "docs",
    )
)
_START = re.compile(r"(?:https?:)?//(?:www\.)?", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def encrypted(typed: str) -> str:
    """What somebody pasted as an address that is asked for encrypted: it may lack its beginning, or bear an old one."""
    return f"https://{_SCHEME.sub('', typed.strip())}"


def is_address(address: str) -> bool:
    """Tell whether an address names a host on the web."""
    try:
        return "." in (urlsplit(address).hostname or "")
    except ValueError:
        return False


def no_address(typed: str) -> str:
    """What is said of a text that is no address."""
    return _("“{address}” is no web address. Paste it in full: https://…").format(address=typed.strip()[:100])


def find_board(pattern: re.Pattern[str], address: str) -> str:
    """The board that an address names, empty where it names none."""
    board = _find(pattern, address, "board")
    return "" if board.lower() in _NO_BOARDS else board


def find_number(pattern: re.Pattern[str], address: str) -> str:
    """The number of the posting that an address leads to, empty where it leads to none."""
    return _find(pattern, address, "number")


def check_label(board: str) -> str:
    """A company's name that is a part of a host's name, in lower case; raises ValueError for any other text."""
    label = board.strip().lower()
    if not _LABEL.fullmatch(label):
        reason = _("“{board}” cannot be a part of a web address. Write only the name before the first dot.")
        raise ValueError(reason.format(board=board[:60]))
    return label


def _find(pattern: re.Pattern[str], address: str, group: str) -> str:
    """What the groups of this name have taken up; an address may begin with a scheme, and its host with www."""
    found = pattern.match(_START.sub("", address.strip(), count=1))
    taken = found.groupdict().items() if found else ()
    return next((unquote(value) for name, value in taken if name.startswith(group) and value), "")
