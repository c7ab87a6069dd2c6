"""Postings that people bring themselves."""

import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0008_more_words_of_jobs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PastedPosting',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('address', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='link')),
                ('title', models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='title')),
                ('company', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='employer')),
                ('location', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='place')),
                ('text', models.TextField(blank=True, db_default='', default='', verbose_name='text')),
                ('state', models.CharField(choices=[('waiting', 'being read'), ('taken', 'among the jobs'), ('refused', 'not read')], db_default='waiting', default='waiting', max_length=10, verbose_name='state')),
                ('reason', models.TextField(blank=True, db_default='', default='', verbose_name='why it was not read')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='pasted')),
                ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='pasted_by', to='matching.job')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='pasted_postings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'pasted posting',
                'verbose_name_plural': 'pasted postings',
                'db_table': 'pasted_postings',
                'indexes': [models.Index(fields=['user', 'created_at'], name='pasted_posting_of_person'), models.Index(condition=models.Q(('state', 'waiting')), fields=['created_at'], name='pasted_posting_waits')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'taken', 'refused'])), name='pasted_posting_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('address', ''), _negated=True), models.Q(('text', ''), _negated=True), _connector='OR'), name='pasted_posting_is_a_link_or_a_text'), models.CheckConstraint(condition=models.Q(('text', ''), models.Q(('title', ''), _negated=True), _connector='OR'), name='pasted_posting_with_a_text_has_a_title'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'taken'), _negated=True), ('reason', ''), _connector='OR'), name='pasted_posting_has_one_end')],
            },
        ),
        rs.foreign_key("pasted_postings", "user_id", "users", on_delete="CASCADE"),
        rs.foreign_key("pasted_postings", "job_id", "jobs", on_delete="SET NULL"),
        # The worker finds what waits; it takes it in acting for each.
        rs.own_rows("pasted_postings", worker_reads_all=True),
    ]
