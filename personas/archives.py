"""An export archive, read and checked before anything is believed of it: a ZIP of bounded size whose parts are what it says. Pure."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

FORMATS = frozenset({"relevnt-export/1", "relevnt-export/2"})
MAX_BYTES = 50 * 1024 * 1024
MAX_INFLATED = 200 * 1024 * 1024
"""The most bytes that all entries together may inflate to; counted while inflating, because declared sizes lie."""
MAX_ENTRIES = 2_000
MAX_ROWS = 20_000
"""Rows of one table."""
_TABLE = re.compile(r"tables/([a-z_]+)\.json\Z")


class ArchiveRefused(Exception):
    """Raised for an archive that is not imported; `message` says what is wrong and how to go on."""

    def __init__(self, message: str) -> None:
        # The message may quote the archive, which no log may hold.
        super().__init__("archive refused")
        self.message = message


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds: whose it was, the rows by table, and the files by their paths."""

    person: UUID
    tables: Mapping[str, list[dict[str, Any]]]
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_archive(content: bytes) -> Archive:
    """Read an archive; raise ArchiveRefused for anything that is none of ours, is damaged, or was tampered with."""
    if len(content) > MAX_BYTES:
        raise ArchiveRefused(
            _("The archive is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024}
        )
    entries = _inflate(content)
    manifest = _object(entries, "manifest.json")
    if manifest.get("format") not in FORMATS:
        raise ArchiveRefused(
            _(
                "This is no archive that Relevnt made, or one of a newer version. Choose the ZIP file that “Download everything” gave you."
            )
        )
    _check_digests(manifest, entries)
    person = _person(manifest)
    tables = {found[1]: _rows(entries, name) for name in entries if (found := _TABLE.fullmatch(name))}
    for name, rows in tables.items():
        owners = {
            str(row["id" if name == "users" else "user_id"])
            for row in rows
            if "user_id" in row or name == "users"
        }
        if owners - {str(person)}:
            raise ArchiveRefused(
                _("The table %(table)s holds rows of somebody else. Nothing was imported.") % {"table": name}
            )
    files = {name: body for name, body in entries.items() if name.startswith("files/")}
    return Archive(person, tables, files)


def _inflate(content: bytes) -> dict[str, bytes]:
    entries: dict[str, bytes] = {}
    room = MAX_INFLATED
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > MAX_ENTRIES or len(set(names)) != len(names):
                raise ArchiveRefused(_("The archive holds more files than an export does, or one twice."))
            for name in names:
                if name.startswith("/") or "\\" in name or ".." in name.split("/"):
                    raise ArchiveRefused(_("The archive holds a file whose name leads out of it."))
                with archive.open(name) as part:
                    entries[name] = part.read(room + 1)
                room -= len(entries[name])
                if room < 0:
                    raise ArchiveRefused(
                        _("The archive unpacks to more than %(limit)s MB.")
                        % {"limit": MAX_INFLATED // 1024 // 1024}
                    )
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise ArchiveRefused(_("This is no ZIP file, or it is damaged. Download it again.")) from error
    return entries


def _object(entries: Mapping[str, bytes], name: str) -> dict[str, Any]:
    found = _json(entries, name)
    if not isinstance(found, dict):
        raise ArchiveRefused(_("The file %(name)s in the archive is damaged.") % {"name": name})
    return found


def _json(entries: Mapping[str, bytes], name: str) -> Any:
    if name not in entries:
        raise ArchiveRefused(_("The file %(name)s is missing in the archive.") % {"name": name})
    try:
        return json.loads(entries[name])
    except (ValueError, RecursionError) as error:
        raise ArchiveRefused(_("The file %(name)s in the archive is damaged.") % {"name": name}) from error


def _check_digests(manifest: Mapping[str, Any], entries: Mapping[str, bytes]) -> None:
    files = manifest.get("files")
    digests = (
        {
            each["path"]: each["sha256"]
            for each in files
            if isinstance(each, dict) and {"path", "sha256"} <= set(each)
        }
        if isinstance(files, list)
        else {}
    )
    told = manifest.get("sha256")
    digests |= told if isinstance(told, dict) else {}
    for path, digest in digests.items():
        if path not in entries or sha256(entries[path]).hexdigest() != digest:
            raise ArchiveRefused(
                _("The file %(name)s is not the one that was exported: it is missing or was changed.")
                % {"name": str(path)[:80]}
            )


def _person(manifest: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(manifest.get("person")))
    except ValueError as error:
        raise ArchiveRefused(_("The archive does not say whose it is.")) from error


def _rows(entries: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    rows = _json(entries, name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MAX_ROWS:
        raise ArchiveRefused(_("The file %(name)s in the archive is damaged.") % {"name": name})
    return rows
