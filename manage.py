#!/usr/bin/env python
"""Django's commands, each in the database role it needs: schema work as owner, the site as app, the rest as worker."""

import os
import sys

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
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    role = "owner" if command in OWNER_COMMANDS else "app" if command in APP_COMMANDS else "worker"
    os.environ.setdefault("RELEVNT_ROLE", role)
    from django.core.management import execute_from_command_line  # noqa: PLC0415  settings read the role first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
