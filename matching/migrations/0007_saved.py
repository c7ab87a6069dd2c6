"""Jobs and searches that people keep."""

import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0006_search_of_jobs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedJob',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='saved')),
                ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='saved_by', to='matching.job')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='saved_jobs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved job',
                'verbose_name_plural': 'saved jobs',
                'db_table': 'saved_jobs',
                'constraints': [models.UniqueConstraint(fields=('user', 'job'), name='job_is_saved_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('query', models.CharField(max_length=2000, verbose_name='search')),
                ('notify', models.BooleanField(db_default=False, default=False, verbose_name='tell by mail')),
                ('looked_number', models.BigIntegerField(db_default=0, default=0, editable=False)),
                ('told_number', models.BigIntegerField(db_default=0, default=0, editable=False)),
                ('mailed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last mail')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='saved')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='saved_searches', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved search',
                'verbose_name_plural': 'saved searches',
                'db_table': 'saved_searches',
                'constraints': [models.UniqueConstraint(fields=('user', 'name'), name='saved_search_has_a_name_of_its_own'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_search_has_a_name')],
            },
        ),
        *(rs.foreign_key(table, "user_id", "users", on_delete="CASCADE") for table in ("saved_jobs", "saved_searches")),
        rs.foreign_key("saved_jobs", "job_id", "jobs", on_delete="CASCADE"),
        rs.own_rows("saved_jobs"),
        # The worker finds whose searches are due to be told of; it tells them acting for each.
        rs.own_rows("saved_searches", worker_reads_all=True),
    ]
