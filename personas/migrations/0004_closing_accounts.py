"""Accounts that close: asked for by their owner, kept for a fortnight, then deleted by the worker."""

import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0003_resume_reviews'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountDeletion',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(verbose_name='asked for')),
                ('deleted_at', models.DateTimeField(verbose_name='deleted')),
            ],
            options={
                'verbose_name': 'deleted account',
                'verbose_name_plural': 'deleted accounts',
                'db_table': 'deleted_accounts',
            },
        ),
        migrations.CreateModel(
            name='AccountClosing',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='closing', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('receipt', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False)),
                ('asked_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='asked for')),
                ('due_at', models.DateTimeField(verbose_name='deleted on')),
            ],
            options={
                'verbose_name': 'account that closes',
                'verbose_name_plural': 'accounts that close',
                'db_table': 'closing_accounts',
                'indexes': [models.Index(fields=['due_at'], name='closing_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('asked_at'))), name='closing_leaves_time_to_think')],
            },
        ),
        rs.foreign_key("closing_accounts", "user_id", "users", on_delete="CASCADE"),
        rs.own_rows("closing_accounts", worker_reads_all=True),
        rs.shared_rows("deleted_accounts"),
        rs.operation(
            f"""
            GRANT DELETE ON users TO {rs.WORKER_ROLE};
            CREATE FUNCTION guard_deleted_account() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF current_user = '{rs.WORKER_ROLE}' AND NOT EXISTS (
                    SELECT 1 FROM closing_accounts c WHERE c.user_id = OLD.id AND c.due_at <= clock_timestamp()
                ) THEN
                    RAISE insufficient_privilege USING MESSAGE = 'the worker deletes accounts whose owners asked for it and whose time is over';
                END IF;
                RETURN OLD;
            END $$;
            CREATE TRIGGER users_deleted_guard BEFORE DELETE ON users
                FOR EACH ROW EXECUTE FUNCTION guard_deleted_account();
            """,
            f"""
            DROP TRIGGER users_deleted_guard ON users;
            DROP FUNCTION guard_deleted_account();
            REVOKE DELETE ON users FROM {rs.WORKER_ROLE};
            """,
        ),
    ]
