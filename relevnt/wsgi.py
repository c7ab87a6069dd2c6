"""The web server's way in; it serves nothing while row security is void."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relevnt.settings")
os.environ.setdefault("RELEVNT_ROLE", "app")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import connection

from personas.row_security import verify

verify(connection)
connection.close()
