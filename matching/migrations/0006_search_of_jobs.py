"""What jobs are searched by."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0005_sources_by_the_clock'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobWord',
            fields=[
                ('word', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='word')),
                ('jobs', models.IntegerField(verbose_name='open jobs')),
            ],
            options={
                'verbose_name': 'word of jobs',
                'verbose_name_plural': 'words of jobs',
                'db_table': 'job_words',
            },
        ),
        migrations.CreateModel(
            name='JobText',
            fields=[
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_text', serialize=False, to='matching.job')),
                ('language', models.CharField(blank=True, db_default='', default='', max_length=2, verbose_name='language')),
                ('titles', django.contrib.postgres.search.SearchVectorField()),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('sort_at', models.DateTimeField(verbose_name='posted or first seen')),
                ('number', models.BigIntegerField(editable=False, verbose_name='number')),
                ('payload_hash', models.CharField(blank=True, db_default='', default='', max_length=64)),
            ],
            options={
                'verbose_name': 'searchable text of a job',
                'verbose_name_plural': 'searchable texts of jobs',
                'db_table': 'job_texts',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['titles'], name='job_text_titles'), django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['words'], name='job_text_words'), models.Index(models.OrderBy(models.F('sort_at'), descending=True), models.OrderBy(models.F('job'), descending=True), name='job_text_newest_first'), models.Index(fields=['number'], name='job_text_number')],
            },
        ),
        rs.shared_rows("job_texts"),
        rs.shared_rows("job_words"),
        rs.operation(
            f"CREATE SEQUENCE job_text_numbers; GRANT USAGE, SELECT ON SEQUENCE job_text_numbers TO {rs.BOTH_ROLES};",
            "DROP SEQUENCE job_text_numbers;",
        ),
    ]
