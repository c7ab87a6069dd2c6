"""Answers to requests that may be sent again, kept for a day."""

import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255)),
                ('request_sha256', models.CharField(max_length=64)),
                ('status', models.IntegerField()),
                ('location', models.CharField(blank=True, db_default='', default='', max_length=2000)),
                ('body', models.TextField(blank=True, db_default='', default='')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='idempotency_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'answer to a repeatable request',
                'verbose_name_plural': 'answers to repeatable requests',
                'db_table': 'idempotency_keys',
                'indexes': [models.Index(fields=['created_at'], name='idempotency_key_by_age')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='idempotency_key_is_one_per_person'), models.CheckConstraint(condition=models.Q(('key__regex', '^[ -~]{1,255}$')), name='idempotency_key_is_printable_ascii'), models.CheckConstraint(condition=models.Q(('request_sha256__regex', '^[0-9a-f]{64}$')), name='idempotency_request_is_kept_as_sha256'), models.CheckConstraint(condition=models.Q(('status__gte', 200), ('status__lt', 300)), name='idempotency_answer_is_one_that_was_done')],
            },
        ),
        rs.foreign_key("idempotency_keys", "user_id", "users", on_delete="CASCADE"),
        rs.own_rows("idempotency_keys"),
        # Acting for nobody, the worker sees and deletes what is past its day (idempotency.KEPT_FOR), and nothing else.
        rs.operation(
            f"""
            CREATE POLICY worker_sees_old ON idempotency_keys FOR SELECT TO {rs.WORKER_ROLE}
                USING (created_at < now() - interval '24 hours');
            CREATE POLICY worker_strikes_old ON idempotency_keys FOR DELETE TO {rs.WORKER_ROLE}
                USING (created_at < now() - interval '24 hours');
            """
        ),
    ]
