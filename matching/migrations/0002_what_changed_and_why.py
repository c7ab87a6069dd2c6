"""What a match changed and why it was dismissed, and the readings of the open jobs that it came from."""

import django.contrib.postgres.functions
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0001_initial'),
        ('personas', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JobSnapshot',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('runs_seen', models.BigIntegerField()),
                ('scorer_version', models.CharField(max_length=100)),
                ('open_jobs', models.IntegerField(verbose_name='open jobs')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='read')),
            ],
            options={
                'verbose_name': 'reading of the open jobs',
                'verbose_name_plural': 'readings of the open jobs',
                'db_table': 'job_snapshots',
            },
        ),
        migrations.AddField(
            model_name='job',
            name='facts_revision',
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name='job',
            name='office_days',
            field=models.IntegerField(blank=True, null=True, verbose_name='days a week on site'),
        ),
        migrations.AddField(
            model_name='match',
            name='changed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='changed'),
        ),
        migrations.AddField(
            model_name='match',
            name='changes',
            field=models.JSONField(blank=True, null=True, verbose_name='last change'),
        ),
        migrations.AddField(
            model_name='match',
            name='dismissed_because',
            field=models.CharField(blank=True, choices=[('title', 'not my kind of work'), ('skills', 'asks for what I cannot or will not do'), ('pay', 'pays too little'), ('place', 'too far away'), ('workplace', 'not the workplace I want'), ('industry', 'not my industry'), ('company', 'not this employer'), ('seniority', 'too junior or too senior'), ('other', 'something else')], db_default='', default='', max_length=50, verbose_name='dismissed because'),
        ),
        migrations.AddField(
            model_name='matchstate',
            name='snapshot',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('dismissed_because__in', ['', 'title', 'skills', 'pay', 'place', 'workplace', 'industry', 'company', 'seniority', 'other'])), name='match_dismissal_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('dismissed_because', ''), ('is_dismissed', True), _connector='OR'), name='match_has_a_dismissal_reason_only_when_dismissed'),
        ),
        migrations.AddIndex(
            model_name='jobsnapshot',
            index=models.Index(models.OrderBy(models.F('created_at'), descending=True), name='job_snapshot_newest_first'),
        ),
    ]


# --- what Django's fields cannot say -------------------------------------------------------------------------

# A sequence, not a time: a row written by a transaction that commits late has a number that no snapshot holds yet.
facts = rs.operation(
    """
    CREATE SEQUENCE job_facts_revision;
    GRANT USAGE ON SEQUENCE job_facts_revision TO relevnt_worker;
    CREATE FUNCTION count_job_facts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.facts_revision := nextval('job_facts_revision');
        RETURN NEW;
    END $$;
    CREATE TRIGGER jobs_facts_new BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION count_job_facts();
    CREATE TRIGGER jobs_facts_changed BEFORE UPDATE ON jobs FOR EACH ROW
        WHEN ((NEW.title, NEW.company, NEW.required_skills, NEW.preferred_skills, NEW.pay_annual_minimum,
               NEW.pay_annual_maximum, NEW.pay_currency, NEW.pay_assumption, NEW.places, NEW.remote_countries,
               NEW.workplace, NEW.industry, NEW.seniority, NEW.posted_at, NEW.closed_at)
              IS DISTINCT FROM
              (OLD.title, OLD.company, OLD.required_skills, OLD.preferred_skills, OLD.pay_annual_minimum,
               OLD.pay_annual_maximum, OLD.pay_currency, OLD.pay_assumption, OLD.places, OLD.remote_countries,
               OLD.workplace, OLD.industry, OLD.seniority, OLD.posted_at, OLD.closed_at))
        EXECUTE FUNCTION count_job_facts();
    UPDATE jobs SET facts_revision = nextval('job_facts_revision');
    """,
    """
    DROP TRIGGER jobs_facts_changed ON jobs;
    DROP TRIGGER jobs_facts_new ON jobs;
    DROP FUNCTION count_job_facts();
    DROP SEQUENCE job_facts_revision;
    """,
)

# Only the default preset weighs matches: to keep, rename or delete another one renews nothing.
weights = rs.operation(
    """
    DROP TRIGGER relevance_tuner_settings_inputs ON relevance_tuner_settings;
    CREATE TRIGGER relevance_tuner_settings_new AFTER INSERT ON relevance_tuner_settings
        FOR EACH ROW WHEN (NEW.is_default) EXECUTE FUNCTION count_person_inputs();
    CREATE TRIGGER relevance_tuner_settings_gone AFTER DELETE ON relevance_tuner_settings
        FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION count_person_inputs();
    CREATE TRIGGER relevance_tuner_settings_changed AFTER UPDATE ON relevance_tuner_settings
        FOR EACH ROW WHEN ((OLD.is_default OR NEW.is_default) AND
            (OLD.is_default, OLD.skill_weight, OLD.salary_weight, OLD.location_weight, OLD.remote_weight,
             OLD.industry_weight)
            IS DISTINCT FROM
            (NEW.is_default, NEW.skill_weight, NEW.salary_weight, NEW.location_weight, NEW.remote_weight,
             NEW.industry_weight))
        EXECUTE FUNCTION count_person_inputs();
    """,
    """
    DROP TRIGGER relevance_tuner_settings_new ON relevance_tuner_settings;
    DROP TRIGGER relevance_tuner_settings_gone ON relevance_tuner_settings;
    DROP TRIGGER relevance_tuner_settings_changed ON relevance_tuner_settings;
    CREATE TRIGGER relevance_tuner_settings_inputs AFTER INSERT OR UPDATE OR DELETE ON relevance_tuner_settings
        FOR EACH ROW EXECUTE FUNCTION count_person_inputs();
    """,
)

# Pages may read the jobs anew where no worker has yet, so both roles write what they have read.
doors = rs.shared_rows("job_snapshots", app="SELECT, INSERT")

Migration.operations = [*Migration.operations, facts, weights, doors]
