"""Rules and the log, closed to strangers from the start."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('matching', '0001_initial'),
        ('personas', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('enabled', models.BooleanField(db_default=True, default=False, verbose_name='enabled')),
                ('match_score_threshold', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='lowest score')),
                ('max_applications_per_week', models.IntegerField(db_default=5, default=5, verbose_name='applications a week')),
                ('exclude_companies', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='never these companies')),
                ('include_only_companies', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='only these companies')),
                ('require_all_keywords', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='all of these words')),
                ('active_days', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='days')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('persona', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_rules', to='personas.persona')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_rules', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'rule',
                'verbose_name_plural': 'rules',
                'db_table': 'auto_apply_rules',
            },
        ),
        migrations.CreateModel(
            name='Log',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('submitted', 'submitted'), ('failed', 'failed'), ('withdrawn', 'withdrawn')], max_length=50, verbose_name='outcome')),
                ('submission_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address')),
                ('error_message', models.TextField(blank=True, db_default='', default='', verbose_name='error')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='when')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                ('job', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_logs', to='matching.job')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_logs', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='logs', to='autoapply.rule')),
            ],
            options={
                'verbose_name': 'log entry',
                'verbose_name_plural': 'log',
                'db_table': 'auto_apply_logs',
            },
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(fields=('user', 'id'), name='rule_belongs_to_one_person'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('match_score_threshold__isnull', True), models.Q(('match_score_threshold__gte', 0), ('match_score_threshold__lte', 100)), _connector='OR'), name='rule_threshold_is_a_percentage'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('max_applications_per_week__gte', 0)), name='rule_weekly_cap_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('active_days__contained_by', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])), name='rule_days_are_mon_to_sun'),
        ),
        migrations.AddConstraint(
            model_name='log',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['submitted', 'failed', 'withdrawn'])), name='log_status_is_submitted_failed_or_withdrawn'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, triggers -----------------------------------

keys = [
    rs.foreign_key("auto_apply_rules", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("auto_apply_rules", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("auto_apply_logs", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("auto_apply_logs", "rule_id", "auto_apply_rules", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("auto_apply_logs", "job_id", "jobs", on_delete="SET NULL"),
]

doors = [rs.own_rows("auto_apply_rules"), rs.own_rows("auto_apply_logs")]

Migration.operations = [*Migration.operations, *keys, *doors, rs.touch_updated_at("auto_apply_rules")]
