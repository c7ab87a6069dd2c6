"""The worker strikes what the admin noted about an account that is deleted: the log names its address."""

from django.db import migrations

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ("relevnt", "0002_second_factors_and_sessions"),
        ("personas", "0004_closing_accounts"),
    ]

    operations = [
        rs.operation(
            f"""
            CREATE POLICY worker_strikes_traces ON django_admin_log FOR ALL TO {rs.WORKER_ROLE}
                USING (object_id = (SELECT app_user_id())::text) WITH CHECK (false);
            """,
            "DROP POLICY worker_strikes_traces ON django_admin_log;",
        ),
    ]
