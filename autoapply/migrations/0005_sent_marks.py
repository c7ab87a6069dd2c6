"""Marks of what deleted accounts applied for."""

import django.contrib.postgres.functions
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('autoapply', '0004_fence_answered'),
    ]

    operations = [
        migrations.CreateModel(
            name='SentMark',
            fields=[
                ('mark', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='mark')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='kept since')),
            ],
            options={
                'verbose_name': 'mark of an application',
                'verbose_name_plural': 'marks of applications',
                'db_table': 'sent_marks',
            },
        ),
        rs.shared_rows("sent_marks"),
    ]
