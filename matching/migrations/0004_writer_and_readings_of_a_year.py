"""Readings of the jobs that closed within a year, and what was asked of the optional writer."""

from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0003_readings_of_closed_jobs'),
    ]

    operations = [
        migrations.CreateModel(
            name='WriterDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='day')),
                ('calls', models.IntegerField(db_default=0, default=0, verbose_name='questions')),
                ('failures_in_row', models.IntegerField(db_default=0, default=0, verbose_name='failures in a row')),
                ('last_failure', models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='last failure')),
                ('rests_until', models.DateTimeField(blank=True, null=True, verbose_name='left alone until')),
            ],
            options={
                'verbose_name': 'day of the writer',
                'verbose_name_plural': 'days of the writer',
                'db_table': 'writer_days',
            },
        ),
        migrations.RemoveConstraint(
            model_name='jobsnapshot',
            name='job_snapshot_kind_is_known',
        ),
        migrations.AlterField(
            model_name='jobsnapshot',
            name='kind',
            field=models.CharField(choices=[('open', 'open jobs'), ('closed', 'jobs that closed lately'), ('past', 'jobs that closed within a year')], db_default='open', default='open', max_length=10, verbose_name='which jobs'),
        ),
        migrations.AddConstraint(
            model_name='jobsnapshot',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['open', 'closed', 'past'])), name='job_snapshot_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='writerday',
            constraint=models.CheckConstraint(condition=models.Q(('calls__gte', 0), ('failures_in_row__gte', 0)), name='writer_counts_are_not_negative'),
        ),
        # A page that asks for other words claims its question itself.
        rs.shared_rows('writer_days', app='SELECT, INSERT, UPDATE'),
    ]
