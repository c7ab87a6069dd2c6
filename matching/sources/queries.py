"""Boards of feeds that can be asked for a part: `country=gb&what=python`, checked by name."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _


def check_query(board: str, *, known: Collection[str], needed: Collection[str] = ()) -> str:
    """A query as it is written in an address; raises ValueError for unknown, repeated or missing names."""
    found = read_query(board)
    names = [name for name, _value in parse_qsl(board, keep_blank_values=True)]
    if board.strip() and not names:
        raise ValueError(
            _("Write name=value, apart by &, with these names: {known}.").format(known=", ".join(known))
        )
    for name in names:
        if name not in known:
            reason = _("“{name}” is not known here. These names are: {known}.")
            raise ValueError(reason.format(name=name[:60], known=", ".join(known)))
        if names.count(name) > 1:
            raise ValueError(_("“{name}” stands there twice. Write it once.").format(name=name))
    missing = [name for name in needed if not found.get(name)]
    if missing:
        raise ValueError(_("“{name}” is missing: write {name}=….").format(name=missing[0]))
    return urlencode(found)


def read_query(board: str) -> dict[str, str]:
    """The values of a query by their names."""
    return {name: value.strip() for name, value in parse_qsl(board) if value.strip()}
