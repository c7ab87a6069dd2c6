"""Sources, jobs, matches and weights, closed to strangers from the start."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.expressions
import matching.models
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('personas', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('running', 'running'), ('ok', 'complete'), ('failed', 'failed')], db_default='running', default='running', max_length=20, verbose_name='outcome')),
                ('error', models.TextField(blank=True, db_default='', default='', verbose_name='error')),
                ('started_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('fetched_count', models.IntegerField(db_default=0, default=0, verbose_name='read')),
                ('new_count', models.IntegerField(db_default=0, default=0, verbose_name='new')),
                ('changed_count', models.IntegerField(db_default=0, default=0, verbose_name='changed')),
                ('unchanged_count', models.IntegerField(db_default=0, default=0, verbose_name='unchanged')),
                ('merged_count', models.IntegerField(db_default=0, default=0, verbose_name='merged')),
                ('closed_count', models.IntegerField(db_default=0, default=0, verbose_name='closed')),
                ('rejected_count', models.IntegerField(db_default=0, default=0, verbose_name='rejected')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
                'db_table': 'job_runs',
            },
        ),
        migrations.CreateModel(
            name='JobRejection',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('line', models.IntegerField(verbose_name='line')),
                ('external_id', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='number at the source')),
                ('field', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='field')),
                ('reason', models.TextField(verbose_name='reason')),
                ('payload_hash', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejections', to='matching.jobrun')),
            ],
            options={
                'verbose_name': 'rejected line',
                'verbose_name_plural': 'rejected lines',
                'db_table': 'job_rejections',
            },
        ),
        migrations.CreateModel(
            name='JobSource',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, unique=True, verbose_name='name')),
                ('kind', models.CharField(max_length=50, verbose_name='kind')),
                ('attribution', models.TextField(blank=True, db_default='', default='', verbose_name='attribution')),
                ('enabled', models.BooleanField(db_default=True, default=True, verbose_name='enabled')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'source',
                'verbose_name_plural': 'sources',
                'db_table': 'job_sources',
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='job_source_has_a_name')],
            },
        ),
        migrations.AddField(
            model_name='jobrun',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='matching.jobsource'),
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=255, verbose_name='number at the source')),
                ('canonical_key', models.CharField(editable=False, max_length=64)),
                ('title', models.CharField(max_length=500, verbose_name='title')),
                ('company', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='employer')),
                ('company_key', models.CharField(blank=True, db_default='', default='', editable=False, max_length=255)),
                ('location', models.TextField(blank=True, db_default='', default='', verbose_name='place as stated')),
                ('places', models.JSONField(blank=True, db_default=[], default=list, verbose_name='places')),
                ('remote_countries', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='countries of remote work')),
                ('workplace', models.CharField(choices=[('remote', 'remote'), ('hybrid', 'hybrid'), ('onsite', 'on site'), ('unknown', 'not stated')], db_default='unknown', default='unknown', max_length=50, verbose_name='workplace')),
                ('employment_type', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='employment')),
                ('seniority', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='seniority')),
                ('years_minimum', models.IntegerField(blank=True, null=True, verbose_name='years of experience')),
                ('pay_minimum', models.BigIntegerField(blank=True, null=True, verbose_name='lowest pay, minor units')),
                ('pay_maximum', models.BigIntegerField(blank=True, null=True, verbose_name='highest pay, minor units')),
                ('pay_currency', models.CharField(blank=True, db_default='', default='', max_length=3, verbose_name='currency')),
                ('pay_period', models.CharField(blank=True, choices=[('hour', 'an hour'), ('day', 'a day'), ('week', 'a week'), ('month', 'a month'), ('year', 'a year')], db_default='', default='', max_length=10, verbose_name='paid for')),
                ('pay_annual_minimum', models.BigIntegerField(blank=True, null=True, verbose_name='lowest pay a year, whole units')),
                ('pay_annual_maximum', models.BigIntegerField(blank=True, null=True, verbose_name='highest pay a year, whole units')),
                ('pay_assumption', models.CharField(blank=True, db_default='', default='', max_length=50)),
                ('industry', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='industry')),
                ('description_html', models.TextField(blank=True, db_default='', default='')),
                ('description_text', models.TextField(blank=True, db_default='', default='')),
                ('required_skills', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='skills asked for')),
                ('preferred_skills', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='skills welcome')),
                ('url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address')),
                ('apply_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address to apply at')),
                ('apply_channel', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='channel')),
                ('posted_at', models.DateTimeField(blank=True, null=True, verbose_name='posted')),
                ('closes_at', models.DateTimeField(blank=True, null=True, verbose_name='closing date')),
                ('first_seen_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='last seen')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('payload_hash', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('reader_version', models.CharField(blank=True, db_default='', default='', max_length=50)),
                ('raw', models.JSONField(blank=True, db_default={}, default=dict)),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='matching.jobsource')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'db_table': 'jobs',
            },
        ),
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('match_score', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='score')),
                ('match_factors', models.JSONField(verbose_name='factors')),
                ('explanation', models.TextField(blank=True, db_default='', default='', verbose_name='explanation')),
                ('is_dismissed', models.BooleanField(db_default=False, default=False, verbose_name='dismissed')),
                ('dismissed_at', models.DateTimeField(blank=True, null=True, verbose_name='dismissed at')),
                ('values_alignment', matching.models.UnboundedDecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='values alignment')),
                ('coverage', models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True, verbose_name='coverage')),
                ('scorer_version', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('inputs_hash', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='found')),
                ('refreshed_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='refreshed')),
                ('expires_at', models.DateTimeField(db_default=django.db.models.expressions.CombinedExpression(django.contrib.postgres.functions.TransactionNow(), '+', models.Value(datetime.timedelta(days=7))), verbose_name='fresh until')),
                ('job', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='matches', to='matching.job')),
                ('persona', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='matches', to='personas.persona')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='matches', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'match',
                'verbose_name_plural': 'matches',
                'db_table': 'job_matches',
            },
        ),
        migrations.CreateModel(
            name='MatchState',
            fields=[
                ('persona', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='match_state', serialize=False, to='personas.persona')),
                ('inputs_revision', models.BigIntegerField()),
                ('runs_seen', models.BigIntegerField()),
                ('scorer_version', models.CharField(max_length=100)),
                ('open_jobs', models.IntegerField(verbose_name='open jobs scored')),
                ('matching_jobs', models.IntegerField(verbose_name='jobs that match')),
                ('matched_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='matched')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='match_states', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'state of matching',
                'verbose_name_plural': 'states of matching',
                'db_table': 'match_states',
            },
        ),
        migrations.CreateModel(
            name='TunerSettings',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('skill_weight', models.DecimalField(db_default=models.Value('0.30', models.DecimalField(decimal_places=2, max_digits=3)), decimal_places=2, default='0.30', max_digits=3, verbose_name='skills')),
                ('salary_weight', models.DecimalField(db_default=models.Value('0.25', models.DecimalField(decimal_places=2, max_digits=3)), decimal_places=2, default='0.25', max_digits=3, verbose_name='pay')),
                ('location_weight', models.DecimalField(db_default=models.Value('0.15', models.DecimalField(decimal_places=2, max_digits=3)), decimal_places=2, default='0.15', max_digits=3, verbose_name='place')),
                ('remote_weight', models.DecimalField(db_default=models.Value('0.20', models.DecimalField(decimal_places=2, max_digits=3)), decimal_places=2, default='0.20', max_digits=3, verbose_name='workplace')),
                ('industry_weight', models.DecimalField(db_default=models.Value('0.10', models.DecimalField(decimal_places=2, max_digits=3)), decimal_places=2, default='0.10', max_digits=3, verbose_name='industry')),
                ('is_default', models.BooleanField(db_default=False, default=False, verbose_name='default')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='tuner_settings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'weights',
                'verbose_name_plural': 'weights',
                'db_table': 'relevance_tuner_settings',
            },
        ),
        migrations.CreateModel(
            name='JobSighting',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=255, verbose_name='number at the source')),
                ('merged_because', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='merged because')),
                ('payload_hash', models.CharField(max_length=64)),
                ('first_seen_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='last seen')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='matching.job')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='matching.jobsource')),
            ],
            options={
                'verbose_name': 'sighting',
                'verbose_name_plural': 'sightings',
                'db_table': 'job_sightings',
                'constraints': [models.UniqueConstraint(fields=('source', 'external_id'), name='job_sighting_is_one_per_source_and_number')],
            },
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'running')), fields=('source',), name='job_run_is_one_at_a_time_per_source'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['running', 'ok', 'failed'])), name='job_run_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('outcome', 'running')), models.Q(models.Q(('outcome', 'running'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='job_run_has_finished_unless_it_is_running'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(models.F('canonical_key'), name='job_canonical_key'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(models.OrderBy(models.F('posted_at'), descending=True, nulls_last=True), models.OrderBy(models.F('first_seen_at'), descending=True), models.F('id'), condition=models.Q(('closed_at__isnull', True)), name='job_open_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(fields=('source', 'external_id'), name='job_is_one_per_source_and_number'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='job_has_a_title'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('workplace__in', ['remote', 'hybrid', 'onsite', 'unknown'])), name='job_workplace_is_known'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('pay_period__in', ['', 'hour', 'day', 'week', 'month', 'year'])), name='job_pay_period_is_known'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('pay_minimum__isnull', True), ('pay_maximum__isnull', True)), models.Q(('pay_currency__regex', '^[A-Z]{3}$'), models.Q(('pay_period', ''), _negated=True)), _connector='OR'), name='job_pay_has_a_currency_and_a_period'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('pay_minimum__isnull', True), ('pay_maximum__isnull', True), ('pay_minimum__lte', models.F('pay_maximum')), _connector='OR'), name='job_lowest_pay_is_not_above_highest'),
        ),
        migrations.AddIndex(
            model_name='match',
            index=models.Index(models.F('persona'), models.OrderBy(models.F('match_score'), descending=True), name='match_best_first'),
        ),
        migrations.AddIndex(
            model_name='match',
            index=models.Index(fields=['expires_at'], name='match_expiry'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(fields=('user', 'persona', 'job'), name='match_is_unique_per_persona_and_job', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('match_score__gte', 0), ('match_score__lte', 100)), name='match_score_is_a_percentage'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('coverage__isnull', True), models.Q(('coverage__gte', 0), ('coverage__lte', 1)), _connector='OR'), name='match_coverage_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user',), name='tuner_default_is_one_per_person'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.CheckConstraint(condition=models.Q(('skill_weight__gte', 0), ('skill_weight__lte', 1)), name='tuner_skill_weight_is_between_0_and_1'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.CheckConstraint(condition=models.Q(('salary_weight__gte', 0), ('salary_weight__lte', 1)), name='tuner_salary_weight_is_between_0_and_1'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.CheckConstraint(condition=models.Q(('location_weight__gte', 0), ('location_weight__lte', 1)), name='tuner_location_weight_is_between_0_and_1'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.CheckConstraint(condition=models.Q(('remote_weight__gte', 0), ('remote_weight__lte', 1)), name='tuner_remote_weight_is_between_0_and_1'),
        ),
        migrations.AddConstraint(
            model_name='tunersettings',
            constraint=models.CheckConstraint(condition=models.Q(('industry_weight__gte', 0), ('industry_weight__lte', 1)), name='tuner_industry_weight_is_between_0_and_1'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, triggers -----------------------------------

keys = [
    *(
        rs.foreign_key(table, "user_id", "users", on_delete="CASCADE")
        for table in ("job_matches", "match_states", "relevance_tuner_settings")
    ),
    rs.foreign_key("job_matches", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("job_matches", "job_id", "jobs", on_delete="CASCADE"),
    rs.foreign_key("match_states", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
]

FACTORS = ("skill_score", "salary_score", "location_score", "remote_score", "industry_score")


def is_percentage_or_unknown(key):
    """The SQL that holds for a factor of 0 to 100, or null where it is unknown; not where it is missing."""
    return f"""
        CASE coalesce(jsonb_typeof(match_factors -> '{key}'), 'missing')
            WHEN 'null' THEN true
            WHEN 'number' THEN (match_factors ->> '{key}')::numeric BETWEEN 0 AND 100
            ELSE false END
    """


checks = [
    rs.operation(
        "ALTER TABLE job_matches ADD CONSTRAINT match_factors_are_five_percentages_or_unknown CHECK "
        f"(jsonb_typeof(match_factors) = 'object' AND {' AND '.join(map(is_percentage_or_unknown, FACTORS))})"
    ),
]

doors = [
    # Sources are the operator's to edit in the admin; everything else of jobs is written by ingest alone.
    rs.shared_rows("job_sources", app="SELECT, INSERT, UPDATE"),
    *(rs.shared_rows(table) for table in ("job_runs", "job_rejections", "jobs", "job_sightings")),
    rs.own_rows("job_matches"),
    rs.worker_keeps("job_matches"),
    rs.own_rows("match_states"),
    rs.worker_keeps("match_states"),
    rs.own_rows("relevance_tuner_settings", worker_reads_all=True),
]

triggers = [
    # A job that is only seen again has not changed: `last_seen_at` moves and nothing that ingest compares does.
    rs.operation(
        """
        CREATE TRIGGER jobs_updated_at BEFORE UPDATE ON jobs FOR EACH ROW
            WHEN (NEW.last_seen_at = OLD.last_seen_at
                  OR (NEW.payload_hash, NEW.reader_version, NEW.closed_at)
                     IS DISTINCT FROM (OLD.payload_hash, OLD.reader_version, OLD.closed_at))
            EXECUTE FUNCTION touch_updated_at();
        """
    ),
    rs.touch_updated_at("relevance_tuner_settings"),
    rs.operation(
        """
        CREATE TRIGGER relevance_tuner_settings_inputs AFTER INSERT OR UPDATE OR DELETE ON relevance_tuner_settings
            FOR EACH ROW EXECUTE FUNCTION count_person_inputs();
        """
    ),
]

Migration.operations = [*Migration.operations, *keys, *checks, *doors, *triggers]
