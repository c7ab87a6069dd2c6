#!/usr/bin/env python
"""Django's commands, each in the database role it needs: schema work as owner, the site as app, the rest as worker."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from relevnt.embedded.place import PlaceError

OWNER_COMMANDS = {
    "migrate",
    "dbshell",
    "sqlmigrate",
    "showmigrations",
    "makemigrations",
    # Accounts with a role are made by the owner alone.
    "createsuperuser",
    "changepassword",
    "demo_accounts",
}
APP_COMMANDS = {"runserver"}


def main() -> None:
    """Run one command; what an operator can mend is said in a sentence, with exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    role = "owner" if command in OWNER_COMMANDS else "app" if command in APP_COMMANDS else "worker"
    os.environ.setdefault("RELEVNT_ROLE", role)
    try:
        # Read before Django does, which keeps some errors to itself.
        settings.DEBUG  # noqa: B018
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, PlaceError) as error:
        sys.exit(str(error))
    except OperationalError as error:
        # A server that answered gives its errors a code.
        if getattr(error.__cause__, "sqlstate", None):
            raise
        reason = str(error).partition("\n")[0]
        mend = "check DATABASE_URL" if os.environ.get("DATABASE_URL") else "start Relevnt with ./run first"
        sys.exit(f"The database does not answer; {mend}. ({reason})")


if __name__ == "__main__":
    main()
