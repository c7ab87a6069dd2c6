"""Readings of the jobs that closed lately, beside those of the open ones."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0002_what_changed_and_why'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='jobsnapshot',
            options={'verbose_name': 'reading of the jobs', 'verbose_name_plural': 'readings of the jobs'},
        ),
        migrations.AddField(
            model_name='jobsnapshot',
            name='kind',
            field=models.CharField(choices=[('open', 'open jobs'), ('closed', 'jobs that closed lately')], db_default='open', default='open', max_length=10, verbose_name='which jobs'),
        ),
        migrations.AlterField(
            model_name='jobsnapshot',
            name='open_jobs',
            field=models.IntegerField(verbose_name='jobs'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='job_closed_lately'),
        ),
        migrations.AddConstraint(
            model_name='jobsnapshot',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['open', 'closed'])), name='job_snapshot_kind_is_known'),
        ),
    ]
