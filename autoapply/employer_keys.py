"""Keys that employers issued for their own boards: encrypted at rest, read only to send, never logged."""

from __future__ import annotations

import logging

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from autoapply.models import EmployerKey
from personas.services import ValuesRefused

logger = logging.getLogger(__name__)

LONGEST = 500
SHORTEST_TO_HINT_AT = 12


class KeyUnreadable(Exception):
    """Raised for a key that the encryption key of this installation does not open."""


def find_faults(*, channel: str, board: str, secret: str) -> dict[str, list[str]]:
    """What keeps these from being the key of a board, as sentences by channel, board or secret; empty where nothing does."""
    faults: dict[str, list[str]] = {}
    if channel not in EmployerKey.Channel.values:
        faults["channel"] = [_("Choose one of the systems listed.")]
    if not board.strip() or len(board.strip()) > 255:
        faults["board"] = [_("Write the board's name as it stands in the addresses of its jobs.")]
    if not secret.strip() or len(secret) > LONGEST or not secret.isprintable():
        faults["secret"] = [_("Paste the key as the employer gave it, in one line.")]
    return faults


def set_key(*, channel: str, board: str, secret: str) -> EmployerKey:
    """Keep the key of one board, in place of an earlier one; raise ValuesRefused for what cannot be one."""
    if faults := find_faults(channel=channel, board=board, secret=secret):
        raise ValuesRefused(faults)
    values = {
        "secret": _fernet().encrypt(secret.strip().encode()),
        # Of a short one four characters would be too much to tell.
        "hint": secret.strip()[-4:] if len(secret.strip()) >= SHORTEST_TO_HINT_AT else "",
        "refused_at": None,
    }
    name = board.strip().lower()
    if not EmployerKey.objects.filter(channel=channel, board=name).update(**values):
        EmployerKey.objects.create(channel=channel, board=name, **values)
    return EmployerKey.objects.defer("secret").get(channel=channel, board=name)


def remove_key(*, key: EmployerKey) -> None:
    """Forget a key; jobs of its board are handed over to people from now on."""
    EmployerKey.objects.filter(pk=key.pk).delete()


def read_key(*, channel: str, board: str) -> str | None:
    """The key of a board in clear, None where there is none that works; raises KeyUnreadable. The worker's alone."""
    row = EmployerKey.objects.filter(channel=channel, board=board.lower(), refused_at=None).first()
    if row is None:
        return None
    try:
        return _fernet().decrypt(bytes(row.secret)).decode()
    except InvalidToken:
        sentence = "The key of the board %s at %s cannot be read with this ENCRYPTION_KEY: enter it again"
        logger.error(sentence, board, channel)  # noqa: TRY400
        raise KeyUnreadable(f"{channel} {board}") from None


def note_refusal(*, channel: str, board: str) -> None:
    """Note that the employer refuses the key: it is not used again until staff enter another."""
    EmployerKey.objects.filter(channel=channel, board=board.lower()).update(refused_at=timezone.now())


def _fernet() -> Fernet:
    return Fernet(settings.ENCRYPTION_KEY)
