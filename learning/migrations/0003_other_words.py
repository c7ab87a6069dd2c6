"""What the optional writer made of a reason, and to which writer the reasons of somebody may go."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('learning', '0002_courses_and_progress'),
    ]

    operations = [
        migrations.AddField(
            model_name='learningsettings',
            name='writer_host',
            field=models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='writer'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_fault',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_for',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='reason put into other words'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_text',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='other words'),
        ),
    ]
