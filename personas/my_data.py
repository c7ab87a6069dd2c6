"""Everything that Relevnt keeps of a person, as one archive: every table with rows of theirs, and their files.

Tables are found in the catalogue of the database by the columns that name a person, so that a new one is in the archive from its
first day; row security gives the person's own rows and no others.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from personas import identity
from personas.models import Resume, ResumeFile
from personas.row_security import NOT_PERSONAL, PERSON_COLUMNS
from personas.spreadsheet import write_table

if TYPE_CHECKING:
    from personas.models import User

FORMAT = "relevnt-export/2"
HELD_BACK: Mapping[str, frozenset[str]] = {
    "users": frozenset({"password"}),
    "api_tokens": frozenset({"key_sha256"}),
    "calendar_feeds": frozenset({"key_sha256"}),
    "mfa_authenticator": frozenset({"data"}),
    "usersessions_usersession": frozenset({"session_key"}),
    "resume_files": frozenset({"content"}),
}
"""Columns that are left out: what opens an account (whoever steals the archive gets in nowhere), and what lies beside as a file."""

JOB_COLUMNS = ("id", "title", "company", "location", "url", "posted_at", "closed_at")

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


class NotOneself(RuntimeError):
    """Raised where the transaction does not act for the person whose data is asked for: their rows could not be read."""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    owners: tuple[str, ...]


def export_everything(*, user: User, now: datetime) -> bytes:
    """Give a ZIP archive of everything that is kept of a person; raises NotOneself unless the transaction acts for them."""
    if identity.current() != user.pk:
        raise NotOneself
    content = io.BytesIO()
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        jobs: set[str] = set()
        for table in personal_tables():
            rows = _read_rows(table, user)
            jobs.update(row["job_id"] for row in rows if row.get("job_id"))
            counts[table.name] = len(rows)
            path = f"tables/{table.name}.json"
            digests[path] = _write_file(archive, path, _as_json(rows).encode())["sha256"]
            archive.writestr(f"tables/{table.name}.csv", _as_csv(_kept_columns(table), rows))
        archive.writestr("jobs.json", _as_json(postings := _read_jobs(jobs)))
        archive.writestr("jobs.csv", _as_csv(JOB_COLUMNS, postings))
        files = [_write_file(archive, path, bytes_) for path, bytes_ in _files_of(user)]
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "person": str(user.pk),
            "tables": counts,
            "held_back": {name: sorted(columns) for name, columns in sorted(HELD_BACK.items())},
            "files": files,
            "sha256": digests,
        }
        archive.writestr("manifest.json", _as_json(manifest))
        archive.writestr("README.txt", _tell(now))
    return content.getvalue()


def archive_name(now: datetime) -> str:
    """Give the name of an archive that is made now."""
    return f"relevnt-{now.date().isoformat()}.zip"


def personal_tables() -> list[_Table]:
    """Give every table that holds rows of people, by name, with its columns and those of them that name a person."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
            GROUP BY c.relname ORDER BY c.relname
            """
        )
        tables = [
            _Table(name, tuple(columns), ("id",) if name == "users" else _owners_of(columns))
            for name, columns in cursor.fetchall()
        ]
    return [table for table in tables if table.owners and table.name not in NOT_PERSONAL]


def _owners_of(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for column in PERSON_COLUMNS if column in columns)


def _kept_columns(table: _Table) -> list[str]:
    held_back = HELD_BACK.get(table.name, frozenset())
    return [column for column in table.columns if column not in held_back]


def _read_rows(table: _Table, user: User) -> list[dict[str, Any]]:
    """Give the rows of one table as JSON has them; names come from the catalogue and are quoted."""
    quote = connection.ops.quote_name
    columns = ", ".join(f"t.{quote(column)}" for column in _kept_columns(table))
    is_own = " OR ".join(f"t.{quote(owner)} = %s" for owner in table.owners)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(r)::text FROM (SELECT {columns} FROM {quote(table.name)} t WHERE {is_own}) r",  # noqa: S608
            [user.pk] * len(table.owners),
        )
        rows = [json.loads(row) for (row,) in cursor.fetchall()]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def _read_jobs(ids: Collection[str]) -> list[dict[str, Any]]:
    """Give what the postings are called that a person's rows name: they are nobody's rows, but ids alone say nothing."""
    columns = ", ".join(f"j.{column}" for column in JOB_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(r)::text FROM (SELECT {columns} FROM jobs j WHERE j.id = ANY(%s::uuid[]) ORDER BY j.id) r",  # noqa: S608
            [sorted(ids)],
        )
        return [json.loads(row) for (row,) in cursor.fetchall()]


def _files_of(user: User) -> Iterator[tuple[str, bytes]]:
    """Give each résumé as JSON Resume, and each file as it was uploaded."""
    for resume in Resume.objects.owned_by(user).order_by("created_at", "pk"):
        name = f"resumes/{_plain(resume.title)}-{str(resume.pk)[:8]}"
        yield f"{name}.json", _as_json(resume.document).encode()
        yield f"{name}.txt", resume.text.encode()
    for file in ResumeFile.objects.owned_by(user).order_by("created_at", "pk"):
        yield f"files/{str(file.pk)[:8]}-{_plain(file.name)}", bytes(file.content)


def _write_file(archive: zipfile.ZipFile, path: str, content: bytes) -> dict[str, Any]:
    archive.writestr(path, content)
    return {"path": path, "bytes": len(content), "sha256": sha256(content).hexdigest()}


def _plain(name: str) -> str:
    """Give a name that is a file's own on every system: no part of a path, no sign that one of them refuses."""
    return _NOT_IN_NAMES.sub("_", name).strip("._")[:80] or "file"


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    return write_table(columns, ([_cell(row.get(column)) for column in columns] for row in rows))


def _cell(value: Any) -> str | int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tell(now: datetime) -> str:
    return _(
        "Everything that Relevnt kept of you on %(day)s.\n\n"
        "tables/    every table that holds rows of yours, as JSON and as CSV for spreadsheets\n"
        "jobs.*     what the postings are called whose ids stand in the tables\n"
        "resumes/   your résumés as JSON Resume (jsonresume.org) and as the text that was read\n"
        "files/     the files that you uploaded, as they were\n"
        "manifest.json counts the rows and gives the size and SHA-256 of each file.\n\n"
        "Left out is what would open your account to whoever gets this archive: your password’s hash, the hashes of your keys and of your "
        "calendar’s address, the secrets of your second factor, and the keys of your sessions.\n"
    ) % {"day": now.date().isoformat()}
