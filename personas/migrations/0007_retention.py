"""How long things of a person are kept, as they choose."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0006_skill_years'),
    ]

    operations = [
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='retention', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('resume_versions', models.SmallIntegerField(blank=True, null=True, verbose_name='earlier versions of résumés')),
                ('applications', models.SmallIntegerField(blank=True, null=True, verbose_name='what went with ended applications')),
                ('decisions', models.SmallIntegerField(blank=True, null=True, verbose_name='decisions of rules')),
            ],
            options={
                'verbose_name': 'retention',
                'verbose_name_plural': 'retention',
                'db_table': 'retention_settings',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('resume_versions__isnull', True), ('resume_versions__in', [3, 6, 12, 24]), _connector='OR'), models.Q(('applications__isnull', True), ('applications__in', [3, 6, 12, 24]), _connector='OR'), models.Q(('decisions__isnull', True), ('decisions__in', [3, 6, 12, 24]), _connector='OR')), name='retention_is_one_of_the_choices')],
            },
        ),
        rs.foreign_key("retention_settings", "user_id", "users", on_delete="CASCADE"),
        # The worker finds whose things are due; it deletes them acting for each.
        rs.own_rows("retention_settings", worker_reads_all=True),
    ]
