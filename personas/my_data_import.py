"""The archive of an account put into another, empty one: what its owner wrote, under new numbers, and nothing that acts.

Matches, recommendations and the ledger are worked out anew from the jobs that are here; applications that left are kept track of.
What was on its way, what stands between people, and what opens an account stay in the archive; the answer says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from personas import identity
from personas.archives import Archive, ArchiveRefused
from personas.models import User
from personas.my_data import NotOneself
from personas.readers.json_resume import check_document
from personas.readers.refusals import UploadRefused
from personas.services import Refused, edit_account, take_turns

TABLES = (
    "resumes",
    "resume_files",
    "resume_versions",
    "user_personas",
    "persona_preferences",
    "user_skills",
    "relevance_tuner_settings",
    "auto_apply_rules",
    "application_answers",
    "letter_templates",
    "learning_settings",
    "learning_progress",
    "auto_apply_applications",
    "application_notes",
    "application_contacts",
    "application_follow_ups",
)
"""What somebody wrote themselves, each after what it points to."""
CHANGED: Mapping[str, Mapping[str, Any]] = {
    # Nothing sends by itself here before its owner has looked at it, and a review is of the coach who gave it.
    "auto_apply_rules": {"enabled": False},
    "resumes": {"review": "none", "review_note": "", "reviewed_by_id": None, "reviewed_at": None},
    # What left another installation is kept track of here, as what somebody sent elsewhere is; nothing of it is sent again.
    "auto_apply_applications": {
        "origin": "person",
        "channel": "record",
        "status": "submitted",
        "resolved_by": "person",
        "moved_by": "person",
        "moved_because": "recorded",
    },
}
KEPT: Mapping[str, frozenset[str]] = {
    "auto_apply_applications": frozenset(
        {
            *("id", "user_id", "persona_id", "apply_key", "job_title", "company", "company_key", "job_url"),
            *("match_score", "sent_at", "submission_url", "stage", "stage_at", "created_at", "response_ref"),
        }
    ),
}
"""Of these tables no other columns are taken over: the others belong to the machine that sent."""
LEFT_THE_HOUSE = frozenset({"submitted", "withdrawn"})
MADE_BY_TRIGGERS = {"persona_preferences": "persona_id"}
"""Tables whose rows are there as soon as what they belong to is: they are updated by this key."""
ACCOUNT = ("display_name", "time_zone", "locale", "currency")


_REFUSALS = (
    psycopg.errors.IntegrityError,
    psycopg.errors.DataError,
    psycopg.errors.InsufficientPrivilege,
)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows went in by table, and how many of which tables stay in the archive."""

    rows: Mapping[str, int]
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that can be written: whether it may be empty, and the table and column that it points to ("" for none)."""

    name: str
    is_nullable: bool
    target: str
    target_column: str


def import_archive(*, user: User, archive: Archive) -> Imported:
    """Put an archive into an empty account, all of it or nothing; raise ArchiveRefused or NotOneself."""
    if identity.current() != user.pk:
        raise NotOneself
    with transaction.atomic():
        take_turns(user.pk)
        _check_empty(user)
        _take_over_account(user, archive)
        writing = _Writing(user, archive)
        rows = {table: writing.write(table) for table in TABLES}
    counts = {name: len(found) for name, found in archive.tables.items() if name != "users"}
    left = {name: number - rows.get(name, 0) for name, number in counts.items() if number > rows.get(name, 0)}
    return Imported({name: number for name, number in rows.items() if number}, left)


def _check_empty(user: User) -> None:
    quote = connection.ops.quote_name
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quote(table)} WHERE user_id = %s)", [user.pk])  # noqa: S608
            if cursor.fetchone()[0]:
                raise ArchiveRefused(
                    _(
                        "There is something in this account already (%(table)s). An archive goes into an empty one: sign up anew, "
                        "or delete what is here first."
                    )
                    % {"table": table}
                )


def _take_over_account(user: User, archive: Archive) -> None:
    """The name, the clock, the language and the currency; never the address, a password or a role."""
    for row in archive.tables.get("users", [])[:1]:
        values = {key: value for key in ACCOUNT if isinstance(value := row.get(key), str)}
        if len(values) != len(ACCOUNT):
            raise ArchiveRefused(_fault("users", 1))
        try:
            # A row of its own: where the archive is refused further on, the one that asks is as it was.
            edit_account(user=User.objects.get(pk=user.pk), **values)
        except Refused as refused:
            raise ArchiveRefused(_fault("users", 1)) from refused


class _Writing:
    """An archive on its way into an account: the new number of each row is noted for those that point to it."""

    def __init__(self, user: User, archive: Archive) -> None:
        self.user = user
        self.archive = archive
        self.numbers: dict[str, dict[str, str]] = {table: {} for table in TABLES}

    def write(self, table: str) -> int:
        """Write the rows of one table that can be here, and give how many."""
        columns = _columns_of(table)
        written = 0
        for place, row in enumerate(self.archive.tables.get(table, []), start=1):
            new = self._changed(table, row, columns)
            if new is None:
                continue
            try:
                self._check(table, row, new)
                with transaction.atomic():
                    _write_row(table, new, columns)
                    if row.get("status") == "withdrawn" and table == "auto_apply_applications":
                        _withdraw(new["id"])
            except (UploadRefused, AttributeError, TypeError) as error:
                raise ArchiveRefused(_fault(table, place)) from error
            except DatabaseError as error:
                # What PostgreSQL says quotes the row, so it is not carried along.
                if not isinstance(error.__cause__, _REFUSALS):
                    raise
                raise ArchiveRefused(_fault(table, place)) from None
            written += 1
        return written

    def _check(self, table: str, row: Mapping[str, Any], new: dict[str, Any]) -> None:
        """Look at what no constraint looks at, and lay the file beside its row."""
        if table == "resume_files":
            content = _file_of(row, self.archive)
            new |= {"content": f"\\x{content.hex()}", "sha256": sha256(content).hexdigest()}
        if table in {"resumes", "resume_versions"}:
            _check_document(new.get("document"))

    def _changed(
        self, table: str, row: Mapping[str, Any], columns: Mapping[str, _Column]
    ) -> dict[str, Any] | None:
        """A row as it is written; None where it stays in the archive. Raises ArchiveRefused for a foreign number."""
        if table == "auto_apply_applications" and row.get("status") not in LEFT_THE_HOUSE:
            # What was on its way stays where it can be finished.
            return None
        kept = KEPT.get(table, frozenset(columns))
        new = {key: value for key, value in row.items() if key in columns and key in kept}
        new |= CHANGED.get(table, {})
        for column in columns.values():
            if new.get(column.name) is None or not column.target or column.name == "user_id":
                continue
            new[column.name] = self._number_of(table, column, str(new[column.name]))
            if new[column.name] is None and not column.is_nullable:
                return None
        new["user_id"] = str(self.user.pk)
        if "id" in columns and "id" in row:
            new["id"] = self.numbers[table][str(row["id"])] = str(uuid4())
        return new

    def _number_of(self, table: str, column: _Column, number: str) -> str | None:
        """What a number is here, None for nothing; raises ArchiveRefused for one that the archive does not hold."""
        if column.target not in TABLES:
            return number if _is_here(column, number) else None
        known = self.numbers[column.target]
        if number in known:
            return known[number]
        if any(str(other.get("id")) == number for other in self.archive.tables.get(column.target, [])):
            # It stays in the archive together with what it belongs to.
            return None
        raise ArchiveRefused(
            _("A row of %(table)s names something that is not in the archive. Nothing was imported.")
            % {"table": table}
        )


def _check_document(document: Any) -> None:
    if not isinstance(document, dict):
        raise TypeError("document")
    check_document(document)


def _columns_of(table: str) -> dict[str, _Column]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.attname, NOT a.attnotnull, coalesce(t.relname, ''), coalesce(ta.attname, '')
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f' AND f.conkey[array_upper(f.conkey, 1)] = a.attnum
            LEFT JOIN pg_class t ON t.oid = f.confrelid
            LEFT JOIN pg_attribute ta ON ta.attrelid = f.confrelid AND ta.attnum = f.confkey[array_upper(f.confkey, 1)]
            WHERE c.relname = %s
            """,
            [table],
        )
        return {row[0]: _Column(*row) for row in cursor.fetchall()}


def _is_here(column: _Column, value: Any) -> bool:
    """Whether something that is nobody's, such as a course, is in this installation as well."""
    quote = connection.ops.quote_name
    if column.target == "users":
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {quote(column.target)} WHERE {quote(column.target_column)}::text = %s)",  # noqa: S608
                [str(value)],
            )
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def _write_row(table: str, row: Mapping[str, Any], columns: Iterable[str]) -> None:
    quote = connection.ops.quote_name
    names = [name for name in columns if name in row]
    listed = ", ".join(map(quote, names))
    source = f"SELECT {listed} FROM jsonb_populate_record(NULL::{quote(table)}, %s::jsonb)"  # noqa: S608 - quoted names of the catalog
    key = MADE_BY_TRIGGERS.get(table)
    with connection.cursor() as cursor:
        if key:
            kept = [name for name in names if name not in {"id", "user_id", key}]
            listed = ", ".join(map(quote, kept))
            cursor.execute(
                f"UPDATE {quote(table)} SET ({listed}) = ROW(r.*) FROM (SELECT {listed} FROM "  # noqa: S608
                f"jsonb_populate_record(NULL::{quote(table)}, %s::jsonb)) r WHERE {quote(key)} = %s",
                [json.dumps(row), row[key]],
            )
        else:
            cursor.execute(f"INSERT INTO {quote(table)} ({listed}) {source}", [json.dumps(row)])
        if cursor.rowcount != 1:
            raise ArchiveRefused(_fault(table, 1))


def _withdraw(application_id: str) -> None:
    """An application begins as one that was sent; the log follows by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE auto_apply_applications SET status = 'withdrawn', moved_by = 'person', moved_because = 'recorded', "
            "moved_at = clock_timestamp() WHERE id = %s",
            [application_id],
        )


def _file_of(row: Mapping[str, Any], archive: Archive) -> bytes:
    """The file of a row, by its number at the begin of the name; its hash was compared with the manifest's."""
    prefix = f"files/{str(row.get('id'))[:8]}-"
    found = [body for name, body in archive.files.items() if name.startswith(prefix)]
    if len(found) != 1:
        raise ArchiveRefused(_("A file of the table resume_files is missing in the archive."))
    return found[0]


def _fault(table: str, place: int) -> str:
    return _("Row %(place)s of the table %(table)s cannot be kept here. Nothing was imported.") % {
        "place": place,
        "table": table,
    }
